"""Formulas of networks, against slow twins and against tensorflow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from custbase.deep._networks import NETWORKS, NUMPY, Shape, draw_weights, run_network

N_NETWORKS = 2


def make(network: str, n_columns: int = 3, n_steps: int = 4, hidden=(5, 6), seed: int = 0):
    """A shape, weights and inputs."""
    rng = np.random.RandomState(seed)
    shape = Shape(network, n_steps, n_columns, hidden, 2)
    weights = draw_weights(shape, np.array([0.5, -1.0]), N_NETWORKS, rng)
    weights = [w.astype(float) + 0.1 * rng.standard_normal(w.shape) for w in weights]
    mask = (np.arange(7) >= 7 - rng.randint(1, 8, 10)[:, None]).astype(float)[:, :, None]
    return shape, weights, rng.randn(10, n_columns), mask * rng.randn(10, 7, n_steps), mask


def slow_state(network: str, weights, steps: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The last state of one customer, step by real step, gate by gate."""
    of_input, of_state, bias = weights
    units = of_state.shape[0]
    h = c = np.zeros(units)

    def gate(g: int, x: np.ndarray, state: np.ndarray) -> np.ndarray:
        at = slice(g * units, (g + 1) * units)
        return x @ of_input[:, at] + state @ of_state[:, at] + bias[0, at]

    for x, is_real in zip(steps, mask[:, 0], strict=True):
        if not is_real:
            continue
        if network == "rnn":
            h = np.tanh(gate(0, x, h))
        elif network == "gru":
            z, r = expit(gate(0, x, h)), expit(gate(1, x, h))
            h = z * h + (1 - z) * np.tanh(gate(2, x, r * h))
        else:
            i, f, o = (expit(gate(g, x, h)) for g in range(3))
            c = f * c + i * np.tanh(gate(3, x, h))
            h = o * np.tanh(c)
    return h


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("n_columns", [0, 3])
def test_a_slow_twin_agrees(network: str, n_columns: int) -> None:
    shape, weights, columns, steps, mask = make(network, n_columns)
    if network == "feedforward" and n_columns == 0:
        pytest.skip("a network of nothing")
    found = run_network(NUMPY, shape, weights, columns, steps, mask)
    assert found.shape == (N_NETWORKS, 10, 2)
    for n in range(N_NETWORKS):
        own = [w[n] for w in weights]
        for row in range(10):
            hidden, layers = columns[row], own
            if network != "feedforward":
                state = slow_state(network, own[:3], steps[row], mask[row])
                hidden, layers = np.r_[state, columns[row]], own[3:]
            while len(layers) > 2:
                hidden = np.maximum(hidden @ layers[0] + layers[1][0], 0)
                layers = layers[2:]
            expected = hidden @ layers[0] + layers[1][0]
            np.testing.assert_allclose(found[n, row], expected, atol=1e-12)


@pytest.mark.parametrize("network", NETWORKS)
def test_first_weights(network: str) -> None:
    shape = Shape(network, 4, 3, (64, 32), 2)
    weights = draw_weights(shape, np.array([0.5, -1.0]), 3, np.random.RandomState(0))
    assert all(w.dtype == np.float32 and w.shape[0] == 3 for w in weights)
    np.testing.assert_array_equal(weights[-1], np.tile(np.float32([0.5, -1.0]), (3, 1, 1)))
    again = draw_weights(shape, np.array([0.5, -1.0]), 3, np.random.RandomState(0))
    assert all((a == b).all() for a, b in zip(weights, again, strict=True))
    if network != "feedforward":
        rotation = weights[1][0, :, :64]
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(64), atol=1e-5)


@pytest.mark.deep
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("n_steps", [1, 7])
def test_tensorflow_computes_the_same_with_its_gradient(network: str, n_steps: int) -> None:
    tf = pytest.importorskip("tensorflow")
    from custbase.deep._training import make_ops

    shape, weights, columns, steps, mask = make(network)
    mask[:3] = 0.0  # of whom nothing is known
    inputs = columns, mask[:, -n_steps:] * steps[:, -n_steps:], mask[:, -n_steps:]
    variables = [tf.Variable(w) for w in weights]

    @tf.function(autograph=False)
    def compute():
        with tf.GradientTape() as tape:
            outputs = run_network(
                make_ops(tf), shape, variables, *[tf.constant(part) for part in inputs]
            )
            total = tf.reduce_sum(tf.square(outputs))
        return outputs, tape.gradient(total, variables)

    outputs, gradients = compute()
    expected = run_network(NUMPY, shape, weights, *inputs)
    np.testing.assert_allclose(outputs.numpy(), expected, atol=1e-12)
    # How much the total changes along a random direction, by numpy alone.
    rng = np.random.default_rng(0)
    directions = [rng.standard_normal(w.shape) for w in weights]

    def total_at(length: float) -> float:
        moved = [w + length * d for w, d in zip(weights, directions, strict=True)]
        return float((run_network(NUMPY, shape, moved, *inputs) ** 2).sum())

    slope = (total_at(1e-6) - total_at(-1e-6)) / 2e-6
    found = sum(float((g.numpy() * d).sum()) for g, d in zip(gradients, directions, strict=True))
    assert found == pytest.approx(slope, rel=1e-6)
