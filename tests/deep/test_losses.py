"""Losses in tensorflow, against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import lognorm
from sklearn.metrics import mean_tweedie_deviance

from custbase.deep._losses import mse_loss, tweedie_loss, ziln_loss

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def tensorflow():
    return pytest.importorskip("tensorflow")


def outputs_of(n_outputs: int, n_rows: int = 40, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1.5, (2, n_rows, n_outputs))


def money_of(n_rows: int = 40) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.lognormal(0, 1.5, n_rows) * (rng.random(n_rows) < 0.5)


def test_ziln_is_minus_the_log_likelihood(tensorflow) -> None:
    outputs, y = outputs_of(3), money_of()
    is_positive = y > 0
    log_y = np.log(np.where(is_positive, y, 1.0))
    found = ziln_loss(
        tensorflow, tensorflow.constant(outputs), np.column_stack([is_positive, log_y])
    )
    p, mu, raw = expit(outputs[..., 0]), outputs[..., 1], outputs[..., 2]
    sigma = 1e-3 + np.log1p(np.exp(raw)) - np.log1p(np.exp(raw - 2.5))
    size = lognorm.logpdf(np.where(is_positive, y, 1.0), s=sigma, scale=np.exp(mu))
    # What does not depend on the network is left out.
    size += log_y + np.log(np.sqrt(2 * np.pi))
    expected = -np.where(is_positive, np.log(p) + size, np.log1p(-p))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("value", [-1e30, -1e4, 0.0, 1e4, 1e30])
def test_ziln_of_extreme_outputs_is_no_nan(tensorflow, value: float) -> None:
    outputs = tensorflow.Variable(np.full((1, 2, 3), value, dtype=np.float32))
    target = tensorflow.constant(np.float32([[1, 40], [0, 0]]))
    with tensorflow.GradientTape() as tape:
        loss = ziln_loss(tensorflow, outputs, target)
    assert not np.isnan(loss.numpy()).any()
    assert tape.gradient(loss, outputs) is not None


def test_mse_of_softplus(tensorflow) -> None:
    outputs, y = outputs_of(1), money_of()
    found = mse_loss(tensorflow, tensorflow.constant(outputs), y[:, None])
    np.testing.assert_allclose(found.numpy(), (np.log1p(np.exp(outputs[..., 0])) - y) ** 2)


def test_tweedie_differs_from_half_the_deviance_by_what_no_network_changes(tensorflow) -> None:
    outputs, y = outputs_of(1), money_of()
    found = tweedie_loss(tensorflow, tensorflow.constant(outputs), y[:, None]).numpy()
    mean = np.exp(outputs[..., 0])
    deviance = [mean_tweedie_deviance(y, row, power=1.5) / 2 for row in mean]
    assert found[0].mean() - found[1].mean() == pytest.approx(deviance[0] - deviance[1])
