"""What a program does with tensorflow around a fit changes nothing of it, nor the fit of that."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from custbase import CLVRegressor
from custbase.value import _clv_regressor

pytestmark = pytest.mark.deep
NETWORKS = ["feedforward", "gru"]


def draw(network: str, n_steps: int = 3, n_customers: int = 40):
    """Customers of 0 steps and more, and what they spent."""
    rng = np.random.default_rng(0)
    if network == "feedforward":
        X = rng.gamma(2.0, 1.0, (n_customers, 2))
    else:
        n_real = rng.integers(0, n_steps + 1, n_customers)
        n_real[0] = 0
        mask = (np.arange(n_steps) >= n_steps - n_real[:, None])[:, :, None]
        X = np.concatenate([mask, mask * rng.gamma(2.0, 1.0, (n_customers, n_steps, 2))], axis=2)
    return X, rng.lognormal(size=n_customers) * (rng.random(n_customers) < 0.5)


def make(network: str, **params) -> CLVRegressor:
    small = {"hidden_units": (3,), "n_networks": 2, "max_epochs": 2, "random_state": 0}
    return CLVRegressor(network, **{**small, **params})


def answer(network: str) -> np.ndarray:
    X, y = draw(network)
    return make(network).fit(X, y).predict(X)


@pytest.fixture(scope="module")
def expected() -> dict[str, np.ndarray]:
    pytest.importorskip("tensorflow")
    return {network: answer(network) for network in NETWORKS}


def scopes() -> dict:
    """Scopes that belong to a thread, and their makers."""

    def in_float64(tf):
        return tf.variable_creator_scope(lambda make, **k: make(**{**k, "dtype": tf.float64}))

    return {
        "graph": lambda tf: tf.Graph().as_default(),
        "session": lambda tf: tf.compat.v1.Session(graph=tf.Graph()),
        "init_scope": lambda tf: tf.init_scope(),
        "tape": lambda tf: tf.GradientTape(),
        "name": lambda tf: tf.name_scope("outer"),
        "device": lambda tf: tf.device("/CPU:0"),
        "strategy": lambda tf: tf.distribute.MirroredStrategy(["/CPU:0"]).scope(),
        "creator": in_float64,
    }


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("scope", scopes())
def test_scopes(expected, network: str, scope: str) -> None:
    tf = pytest.importorskip("tensorflow")
    with scopes()[scope](tf) as opened:
        found = answer(network)
    np.testing.assert_array_equal(found, expected[network])
    if scope == "graph":
        assert not opened.get_operations()
    if scope == "tape":
        assert not opened.watched_variables()


@pytest.mark.parametrize("network", NETWORKS)
def test_inside_a_function_that_is_traced(expected, network: str) -> None:
    tf = pytest.importorskip("tensorflow")
    found = []
    traced = tf.function(lambda: found.append(answer(network)), autograph=False)
    graph = traced.get_concrete_function().graph
    np.testing.assert_array_equal(found[0], expected[network])
    assert not graph.get_operations()


def test_in_a_thread_that_works_in_a_graph(expected) -> None:
    tf = pytest.importorskip("tensorflow")
    found = []

    def work() -> None:
        with tf.Graph().as_default():
            found.append(answer("gru"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    np.testing.assert_array_equal(found[0], expected["gru"])


@contextlib.contextmanager
def changed(get, put, value):
    before = get()
    put(value)
    try:
        yield
        assert get() == value
    finally:
        put(before)


def settings(tf, keras) -> dict:
    """Settings of the whole process: how they are read and set, and a value."""
    config = tf.config
    policy = keras.config
    return {
        "eager": (config.functions_run_eagerly, config.run_functions_eagerly, True),
        "half": (lambda: policy.dtype_policy().name, policy.set_dtype_policy, "mixed_float16"),
        "double": (lambda: policy.dtype_policy().name, policy.set_dtype_policy, "float64"),
        "floatx": (policy.floatx, policy.set_floatx, "float64"),
        "placement": (
            config.get_soft_device_placement,
            config.set_soft_device_placement,
            False,
        ),
    }


@pytest.mark.parametrize("name", ["eager", "half", "double", "floatx", "placement"])
def test_settings_of_the_process(expected, name: str) -> None:
    tf, keras = pytest.importorskip("tensorflow"), pytest.importorskip("keras")
    with changed(*settings(tf, keras)[name]):
        for network in NETWORKS:
            np.testing.assert_array_equal(answer(network), expected[network])


def test_draws_of_the_program_go_on_as_without_a_fit() -> None:
    tf, keras = pytest.importorskip("tensorflow"), pytest.importorskip("keras")
    # Each is drawn twice from a seed, the second time with a fit between.
    drawn = []
    for fits in (False, True):
        keras.utils.set_random_seed(3)
        generator = tf.random.Generator.from_seed(3)
        tf.random.uniform([2])
        if fits:
            answer("gru")
        drawn.append(
            [
                tf.random.uniform([2]).numpy().tolist(),
                generator.uniform([2]).numpy().tolist(),
                keras.random.uniform([2]).numpy().tolist(),
                np.random.random(2).tolist(),  # noqa: NPY002
            ]
        )
    assert drawn[0] == drawn[1]


def test_an_interrupted_fit_leaves_no_thread(monkeypatch) -> None:
    pytest.importorskip("tensorflow")

    def interrupt(*_args) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_clv_regressor, "_print_epoch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make("gru", verbose=1, max_epochs=10**9).fit(*draw("gru"))
    assert not [t for t in threading.enumerate() if t.name.startswith("custbase")]


def run(code: str) -> str:
    known = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=known
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


FORK = """
import multiprocessing, warnings
import numpy as np
warnings.simplefilter("ignore")  # newer Pythons warn of any fork beside threads
from custbase import CLVRegressor
X = np.arange(40.0).reshape(20, 2)
model = CLVRegressor(hidden_units=(2,), max_epochs=1, n_networks=1, random_state=0)
def fit(_):
    try:
        return model.fit(X, X[:, 0]).predict(X).tolist()
    except RuntimeError as error:
        return str(error)
def ask(call):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.map_async(call, [X]).get(120)[0]
import tensorflow  # there, and not used
forked = ask(fit)
assert fit(X) == forked, forked
print(ask(fit))
assert ask(model.predict).tolist() == forked
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of Unix")
def test_forked_processes_are_told_and_predict() -> None:
    pytest.importorskip("tensorflow")
    told = run(FORK)
    assert told.startswith("CLVRegressor.fit cannot train in a process that was forked after ")
    assert "'spawn' or 'forkserver'" in told


NO_EAGER = """
import tensorflow as tf
tf.compat.v1.disable_v2_behavior()
import numpy as np
from custbase import CLVRegressor
X = np.arange(40.0).reshape(20, 2)
try:
    CLVRegressor(hidden_units=(2,), max_epochs=1, n_networks=1).fit(X, X[:, 0])
except RuntimeError as error:
    print(error)
"""


def test_eager_execution_is_needed() -> None:
    pytest.importorskip("tensorflow")
    assert run(NO_EAGER).startswith("CLVRegressor.fit needs eager execution")


@pytest.mark.parametrize("network", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize(
    ("n_steps", "params"),
    [(1, {}), (3, {"batch_size": 1, "max_epochs": 1}), (512, {"max_epochs": 1})],
)
def test_sequences_of_any_length(network: str, n_steps: int, params: dict) -> None:
    pytest.importorskip("tensorflow")
    X, y = draw(network, n_steps)
    model = make(network, **params).fit(X, y)
    predicted = model.predict(X)
    assert predicted.sum() == pytest.approx(y.sum())
    # Padding before changes nothing, and the first customer has no step at all.
    longer = np.concatenate([np.zeros_like(X), X], axis=1)
    np.testing.assert_allclose(model.predict(longer), predicted)
    np.testing.assert_allclose(model.predict(np.zeros_like(X)), predicted[0])


@pytest.mark.parametrize("network", ["rnn", "gru", "lstm"])
def test_nobody_has_a_step(network: str) -> None:
    pytest.importorskip("tensorflow")
    _, y = draw(network)
    predicted = make(network).fit(np.zeros((len(y), 4, 3)), y).predict(np.zeros((2, 9, 3)))
    np.testing.assert_allclose(predicted, y.mean())
