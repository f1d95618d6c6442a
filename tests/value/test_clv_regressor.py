"""CLVRegressor: honest totals, quantiles that cover, no NaN ever, no tensorflow to predict."""

from __future__ import annotations

import doctest
import inspect
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from custbase import CLVRegressor, PurchaseSequenceEncoder
from custbase.datasets import make_transactions
from custbase.deep._training import train_networks
from custbase.features import make_snapshots, rfm_summary
from custbase.metrics import normalized_gini
from custbase.value import _clv_regressor

RECURRENT = ["rnn", "gru", "lstm"]


def draw_customers(n_customers: int = 3000, seed: int = 0):
    """Two columns that matter and a constant one; who spends, and how much, depend on them."""
    rng = np.random.default_rng(seed)
    recent, spent = rng.random(n_customers), rng.lognormal(3, 1, n_customers)
    X = np.column_stack([recent, spent, np.full(n_customers, 7.0)])
    y = spent * rng.lognormal(-0.5, 0.6, n_customers) * (rng.random(n_customers) < recent**2)
    return X, y


def draw_sequences(n_customers: int = 60, seed: int = 0):
    """Sequences of a log, and what the customers spent afterwards."""
    log, _ = make_transactions(n_customers, random_state=seed)
    end = log["date"].min() + (log["date"].max() - log["date"].min()) / 2
    day, last = f"{end:%Y-%m-%d}", f"{log['date'].max():%Y-%m-%d}"
    X = PurchaseSequenceEncoder(max_length=3).fit_transform(log, end=day)
    summary = rfm_summary(log, end=day, holdout_end=last)
    return X, summary["holdout_value"].to_numpy()


def small(**params) -> CLVRegressor:
    defaults = {"hidden_units": (4, 3), "n_networks": 2, "max_epochs": 3, "random_state": 0}
    return CLVRegressor(**{**defaults, **params})


@pytest.fixture(scope="module")
def fitted():
    """A model in earnest, and customers that it has not seen."""
    pytest.importorskip("tensorflow")
    X, y = draw_customers()
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = CLVRegressor(n_networks=2, random_state=0).fit(X_train, y_train)
    return model, X_train, X_test, y_train, y_test


@pytest.mark.deep
def test_it_finds_who_is_worth_most_and_how_much(fitted) -> None:
    model, X_train, X_test, y_train, y_test = fitted
    truth = X_test[:, 1] * np.exp(-0.5 + 0.6**2 / 2) * X_test[:, 0] ** 2
    predicted = model.predict(X_test)
    best = normalized_gini(y_test, truth)
    assert normalized_gini(y_test, predicted) > best - 0.02
    assert np.corrcoef(predicted, truth)[0, 1] > 0.95
    assert model.predict(X_train).sum() == pytest.approx(y_train.sum())
    assert model.n_epochs_ < model.max_epochs
    assert model.validation_loss_.shape == (model.n_epochs_, 2)


@pytest.mark.deep
def test_quantiles_and_probabilities_are_those_of_the_customers(fitted) -> None:
    model, _, X_test, _, y_test = fitted
    assert model.predict_positive(X_test).mean() == pytest.approx((y_test > 0).mean(), abs=0.05)
    previous = np.zeros(len(X_test))
    for q in (0.5, 0.7, 0.9, 0.97):
        quantile = model.predict_quantile(X_test, q)
        assert (quantile >= previous).all()
        assert ((quantile == 0) == (q <= 1 - model.predict_positive(X_test))).all()
        # Who spends nothing is below any quantile.
        covered = np.maximum(q, 1 - model.predict_positive(X_test)).mean()
        assert (y_test <= quantile).mean() == pytest.approx(covered, abs=0.04)
        previous = quantile
    assert (model.predict_quantile(X_test, 0.0) == 0).all()


@pytest.mark.deep
def test_a_fitted_model_is_pickled_and_predicts_without_tensorflow(fitted, tmp_path: Path) -> None:
    model, _, X_test, *_ = fitted
    with (tmp_path / "model.pickle").open("wb") as file:
        pickle.dump((model, X_test, model.predict(X_test)), file)
    code = """
import pickle, sys
import numpy as np
sys.modules["tensorflow"] = sys.modules["keras"] = None
model, X, expected = pickle.load(open("model.pickle", "rb"))
assert np.array_equal(model.predict(X), expected)
assert model.predict_quantile(X, 0.9).shape == model.predict_positive(X).shape == (len(X),)
from sklearn.base import clone
try:
    clone(model).fit(X, expected)
except ImportError as error:
    assert "CLVRegressor.fit needs tensorflow, which is not installed" in str(error)
else:
    raise AssertionError
"""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"import sys; sys.path.insert(0, {str(root)!r})" + code,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.deep
@pytest.mark.parametrize("network", ["feedforward", *RECURRENT])
def test_same_seed_same_bits_and_no_global_seed_touched(network: str) -> None:
    tf = pytest.importorskip("tensorflow")
    X, y = draw_customers(200) if network == "feedforward" else draw_sequences()
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    before = random.getstate(), str(np.random.mtrand._rand.get_state())
    first = small(network=network).fit(X, y)
    assert (random.getstate(), str(np.random.mtrand._rand.get_state())) == before
    assert tf.config.threading.get_intra_op_parallelism_threads() == threads
    tf.random.set_seed(5)
    second = small(network=network).fit(X, y)
    assert (first.predict(X) == second.predict(X)).all()
    if network == "feedforward":
        other = small(network=network, random_state=1).fit(X, y)
        assert (first.predict(X) != other.predict(X)).any()


@pytest.mark.deep
@pytest.mark.parametrize("network", RECURRENT)
def test_sequences(network: str) -> None:
    X, y = draw_sequences()
    model = small(network=network).fit(X, y)
    assert model.n_features_in_ == X.shape[2]
    predicted = model.predict(X)
    assert np.isfinite(predicted).all()
    assert predicted.sum() == pytest.approx(y.sum())
    # One by one, and with padding before, customers are worth the same.
    np.testing.assert_allclose(model.predict(X[3:4]), predicted[3:4])
    padded = np.concatenate([np.zeros_like(X[:, :2]), X], axis=1)
    np.testing.assert_allclose(model.predict(padded), predicted)
    with pytest.raises(ValueError, match="X has 3 channels, but CLVRegressor was fitted on 11"):
        model.predict(X[:, :, :3])


@pytest.mark.deep
def test_encoder_and_network_make_a_pipeline() -> None:
    log, _ = make_transactions(40, random_state=0)
    encoder = PurchaseSequenceEncoder(max_length=2, end=log["date"].max().strftime("%Y-%m-%d"))
    y = np.arange(len(encoder.fit(log).customers_), dtype=float)
    pipe = make_pipeline(encoder, small(network="gru")).fit(log, y)
    assert pipe.predict(log).shape == y.shape


@pytest.mark.deep
@pytest.mark.parametrize("loss", ["mse", "tweedie"])
def test_other_losses_predict_the_mean_alone(loss: str) -> None:
    X, y = draw_customers(500)
    model = small(loss=loss, max_epochs=30).fit(X, y)
    assert (model.predict(X) >= 0).all()
    assert model.predict(X).sum() == pytest.approx(y.sum())
    assert normalized_gini(y, model.predict(X)) > 0.3
    with pytest.raises(ValueError, match=r"predict_quantile needs .*loss='ziln'.*got .*" + loss):
        model.predict_quantile(X, 0.5)
    with pytest.raises(ValueError, match=r"predict_positive needs"):
        model.predict_positive(X)


@pytest.mark.deep
def test_money_and_columns_in_cents_are_worth_the_same() -> None:
    X, y = draw_customers(300)
    in_dollars = small(max_epochs=10).fit(X, y)
    in_cents = small(max_epochs=10).fit(X * 100, y * 100)
    np.testing.assert_allclose(in_cents.predict(X * 100), in_dollars.predict(X) * 100, rtol=1e-3)


@pytest.mark.deep
def test_zero_weights_leave_out_and_weights_count() -> None:
    X, y = draw_customers(300)
    weight = np.ones(300)
    weight[200:] = 0
    model = small().fit(X, np.where(weight > 0, y, 1e9), weight)
    np.testing.assert_array_equal(model.predict(X), small().fit(X[:200], y[:200]).predict(X))
    np.testing.assert_array_equal(
        model.predict(X), small().fit(X[:200], y[:200], np.full(200, 2.0)).predict(X)
    )
    weight = 1.0 + 9.0 * (y > 0)
    heavy = small(max_epochs=10).fit(X, y, weight)
    assert weight @ heavy.predict(X) == pytest.approx(weight @ y)


@pytest.mark.deep
def test_groups_validate_as_a_whole(monkeypatch) -> None:
    X, y = draw_customers(300)
    groups = np.random.default_rng(0).permutation(np.repeat([f"c{i}" for i in range(100)], 3))
    given = []

    def look(*args, **options):
        given.append(args[4])
        return train_networks(*args, **options)

    monkeypatch.setattr(_clv_regressor, "train_networks", look)
    model = small(max_epochs=1, validation_fraction=0.25).fit(X, y, groups=groups)
    shares = pd.Series(given[0]).groupby(groups).mean()
    assert set(shares) == {0.0, 1.0}
    assert shares.sum() == 25
    assert np.isfinite(model.predict(X)).all()
    alone = small(max_epochs=1).fit(X, y, groups=np.arange(300)).predict(X)
    assert np.array_equal(alone, small(max_epochs=1).fit(X, y).predict(X))
    with pytest.raises(ValueError, match="groups must have one group for each of the 300 rows"):
        small().fit(X, y, groups=groups[:10])


@pytest.mark.deep
def test_frames_are_remembered_by_name() -> None:
    log, _ = make_transactions(60, random_state=0)
    cutoff = (log["date"].min() + (log["date"].max() - log["date"].min()) / 2).strftime("%Y-%m-%d")
    X, y = make_snapshots(log, cutoffs=cutoff, horizon=4, target="spend")
    with pytest.raises(ValueError, match=r"contains NaN in columns 'mean_gap' \(\d+\)"):
        small().fit(X, y)
    X = X.fillna(0.0)
    model = small().fit(X, y)
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    expected = model.predict(X)
    assert (model.predict(pytest.importorskip("polars").DataFrame(X)) == expected).all()
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X[X.columns[::-1]])


@pytest.mark.deep
def test_changed_parameters_wait_for_the_next_fit(fitted) -> None:
    model, _, X_test, *_ = fitted
    changed = pickle.loads(pickle.dumps(model)).set_params(
        network="gru", loss="mse", hidden_units=(3,), n_networks=7
    )
    assert (changed.predict(X_test) == model.predict(X_test)).all()
    assert clone(changed).get_params() == changed.get_params()


@pytest.mark.deep
def test_verbose_prints_a_line_an_epoch(capsys) -> None:
    X, y = draw_customers(50)
    small().fit(X, y)
    assert capsys.readouterr().out == ""
    small(verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("[CLVRegressor] epoch 1: validation loss ")


@pytest.mark.deep
def test_example_of_the_docstring() -> None:
    pytest.importorskip("tensorflow")
    text = inspect.getdoc(CLVRegressor).replace("  # doctest: +SKIP", "")
    example = doctest.DocTestParser().get_doctest(text, {}, "CLVRegressor", None, 0)
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"network": "cnn"}, "network must be 'feedforward' or 'rnn'"),
        ({"loss": "mae"}, "loss must be 'ziln' or 'mse' or 'tweedie'; got 'mae'"),
        ({"hidden_units": np.array(4)}, r"hidden_units must list the units of each .*array\(4\)"),
        ({"hidden_units": (4, 0)}, r"each of hidden_units must be an integer >= 1; got 0"),
        ({"hidden_units": (), "network": "gru"}, "at least one number for network='gru'"),
        ({"n_networks": 0}, "n_networks must be an integer >= 1; got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be a number > 0 and <= 1; got 0"),
        ({"validation_fraction": 1.0}, "validation_fraction must be a number >= 0 and < 1"),
    ],
)
def test_parameters_are_checked(params: dict, message: str) -> None:
    X, y = draw_customers(20)
    with pytest.raises(ValueError, match=message):
        CLVRegressor(**params).fit(X, y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, -2, 0, -3], r"at least 0; got -2 in row 1, the first of 2 negative .*clip\(lower=0\)"),
        ([1, 2, 3], "inconsistent numbers of samples: X has 4 rows, and y 3. Give what customers"),
        ([1, 2, np.nan, 3], "Input y contains NaN"),
        ([1, 2, np.inf, 3], "Input y contains infinity"),
        (["a", "b", "c", "d"], "y must hold numbers, what customers spent; could not convert"),
        (None, "y is None. Give what customers spent"),
    ],
)
def test_money_is_checked(y: list | None, message: str) -> None:
    model = CLVRegressor()
    with pytest.raises(ValueError, match=message):
        model.fit(np.eye(4), y)
    assert not [name for name in vars(model) if name.endswith("_")]


def test_tables_and_sequences_are_told_apart() -> None:
    with pytest.raises(ValueError, match=r"two dimensions for network='feedforward'.*'gru'"):
        CLVRegressor().fit(np.ones((3, 4, 2)), [1, 2, 3])
    with pytest.raises(
        ValueError, match=r"\(n_customers, n_steps, n_channels\).*got shape \(3, 4\)"
    ):
        CLVRegressor("gru").fit(np.ones((3, 4)), [1, 2, 3])
    with pytest.raises(ValueError, match="first channel of 0 and 1; got 2"):
        CLVRegressor("gru").fit(np.full((3, 4, 2), 2.0), [1, 2, 3])


def draw_degenerate(seed: int):
    """A model and data that go wrong in one way or several."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 3, 7, 30]))
    size = 10.0 ** rng.choice([-300, -6, 0, 12, 150])
    X = rng.normal(size=(n, 3)) * size
    X[:, rng.random(3) < 0.4] = rng.choice([0.0, 1.0, -1e12])
    if rng.random() < 0.3:
        X[rng.integers(n), rng.integers(3)] = 1e300
    y = rng.lognormal(0, rng.choice([0.0, 1.0, 10.0]), n) * 10.0 ** rng.choice(
        [-300, -6, 0, 12, 290]
    )
    kind = rng.choice(["all", "none", "one", "some", "mixed"])
    if kind == "none":
        y[:] = 0.0
    elif kind == "one":
        y[1:] = 0.0
    elif kind == "some":
        y[rng.random(n) < 0.5] = 0.0
    elif kind == "mixed":
        y[: n // 2] = 1e-6
    weight = rng.choice([1e-300, 1.0, 1e6], n) if rng.random() < 0.3 else None
    network = str(rng.choice(["feedforward", *RECURRENT], p=[0.7, 0.1, 0.1, 0.1]))
    loss = str(rng.choice(["ziln", "mse", "tweedie"], p=[0.6, 0.2, 0.2]))
    if network != "feedforward":
        mask = np.sort(rng.integers(0, 2, (n, 4)), axis=1)[:, :, None]
        X = np.concatenate([mask, mask * X[:, None]], axis=2)
    model = CLVRegressor(
        network,
        loss=loss,
        hidden_units=(3,),
        n_networks=int(rng.integers(1, 3)),
        max_epochs=4,
        learning_rate=float(rng.choice([0.002, 1.0])),
        validation_fraction=float(rng.choice([0.0, 0.1, 0.9])),
        random_state=seed,
    )
    return model, X, y, weight


def assert_all_is_well(seed: int) -> None:
    model, X, y, weight = draw_degenerate(seed)
    model.fit(X, y, weight)
    assert not np.isnan(model.validation_loss_).any()
    assert all(np.isfinite(w).all() for w in model.weights_)
    predicted = model.predict(X)
    assert np.isfinite(predicted).all()
    assert (predicted >= 0).all()
    if not y.any():
        assert not predicted.any()
    if model.loss == "ziln":
        p, quantile = model.predict_positive(X), model.predict_quantile(X, 0.9)
        assert ((p >= 0) & (p <= 1)).all()
        assert np.isfinite(quantile).all()


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(10))
def test_degenerate_data(seed: int) -> None:
    assert_all_is_well(seed)


@pytest.mark.deep
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 50))
def test_all_degenerate_data(seed: int) -> None:
    assert_all_is_well(seed)


@pytest.mark.deep
@pytest.mark.slow
def test_cdnow_out_of_fold(real_data) -> None:
    log = real_data("cdnow/cdnow_master.csv.gz")
    log["date"] = pd.to_datetime(log["date"])
    X, y = make_snapshots(
        log,
        amount="dollar_value",
        cutoffs="1997-09-30",
        horizon=39,
        target="spend",
        end="1998-06-30",
    )
    X = X.fillna(0.0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    predicted = CLVRegressor(random_state=0).fit(X_train, y_train).predict(X_test)
    assert normalized_gini(y_test, predicted) > 0.69
    assert predicted.sum() == pytest.approx(y_test.sum(), rel=0.1)
