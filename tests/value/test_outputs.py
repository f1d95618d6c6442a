"""Money from what comes out of networks, against scipy and draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import lognorm, norm

from custbase.value._outputs import (
    learn_unit,
    make_target,
    mean_money,
    split_ziln,
    start_outputs,
    ziln_quantile,
)

UNIT = 20.0


def make_outputs(p, mu, sigma):
    """Outputs of those parameters, mu in units."""
    raw = np.log(np.expm1(np.asarray(sigma) - 1e-3))
    raw = raw - np.log1p(-np.exp(np.asarray(sigma) - 1e-3 - 2.5))
    return np.stack(np.broadcast_arrays(logit(p), mu, raw), axis=-1)


def test_parameters_come_back() -> None:
    p, mu, sigma = split_ziln(make_outputs(0.3, 1.5, [[0.1, 1.0, 2.4]]), UNIT)
    np.testing.assert_allclose(p, 0.3)
    np.testing.assert_allclose(mu, 1.5 + np.log(UNIT))
    np.testing.assert_allclose(sigma, [[0.1, 1.0, 2.4]])


def test_sigma_stays_in_its_bounds() -> None:
    _, _, sigma = split_ziln(np.array([[[0, 0, -1e4], [0, 0, 1e4]]], dtype=float), UNIT)
    np.testing.assert_allclose(sigma, [[1e-3, 2.501]])


@pytest.mark.parametrize("sigma", [0.2, 1.0, 2.2])
def test_mean_and_quantiles_are_those_of_scipy(sigma: float) -> None:
    outputs = make_outputs(0.4, 0.5, [[sigma]])
    money = lognorm(s=sigma, scale=UNIT * np.exp(0.5))
    expected = mean_money(outputs, UNIT, 1e9, "ziln")
    np.testing.assert_allclose(expected, [0.4 * money.mean()])
    for q in (0.0, 0.3, 0.6, 0.61, 0.9, 0.999):
        quantile = ziln_quantile(outputs, UNIT, q)
        expected = money.ppf((q - 0.6) / 0.4) if q > 0.6 else 0.0
        np.testing.assert_allclose(quantile, [expected], rtol=1e-8)


def test_mean_and_quantiles_of_draws_of_several_networks() -> None:
    p, mu, sigma = np.array([0.2, 0.5, 0.7]), np.array([-1.0, 0.5, 2.0]), np.array([0.3, 0.8, 1.1])
    outputs = make_outputs(p[:, None], mu[:, None], sigma[:, None])
    rng = np.random.default_rng(0)
    network = rng.integers(0, 3, 400_000)
    drawn = np.exp(rng.normal(mu[network], sigma[network])) * UNIT
    drawn *= rng.random(len(drawn)) < p[network]
    np.testing.assert_allclose(mean_money(outputs, UNIT, 1e9, "ziln"), drawn.mean(), rtol=0.02)
    for q in (0.5, 0.6, 0.8, 0.95):
        share_below = (drawn <= ziln_quantile(outputs, UNIT, q)).mean()
        assert share_below == pytest.approx(max(q, 1 - p.mean()), abs=0.004)


def test_quantile_of_a_mixture_solves_its_distribution() -> None:
    p, mu, sigma = np.array([0.5, 0.9]), np.array([-3.0, 3.0]), np.array([0.2, 1.5])
    outputs = make_outputs(p[:, None], mu[:, None], sigma[:, None])
    quantile = ziln_quantile(outputs, 1.0, 0.7)
    reached = np.mean(1 - p + p * norm.cdf((np.log(quantile) - mu) / sigma))
    assert reached == pytest.approx(0.7, abs=1e-12)


def test_no_mean_explodes() -> None:
    outputs = np.array([[[50.0, 700.0, 700.0]]])
    assert mean_money(outputs, 1e12, 3e12, "ziln") == pytest.approx(3e12)
    assert np.isfinite(ziln_quantile(outputs, 1e12, 0.999)).all()
    for loss in ("mse", "tweedie"):
        assert mean_money(np.array([[[1e4]]]), 1e300, 2e300, loss) == pytest.approx(2e300)


def test_who_certainly_spends_nothing_has_quantiles_of_0() -> None:
    outputs = np.array([[[-1e4, 3.0, 1.0]]])
    assert (ziln_quantile(outputs, UNIT, 0.999) == 0).all()


def test_nobody_is_worth_anything_where_nobody_spent() -> None:
    for loss, n_outputs in (("ziln", 3), ("mse", 1), ("tweedie", 1)):
        assert (mean_money(np.ones((2, 5, n_outputs)), 1.0, 0.0, loss) == 0).all()


@pytest.mark.parametrize("loss", ["ziln", "mse", "tweedie"])
def test_first_outputs_are_right_on_average(loss: str) -> None:
    rng = np.random.default_rng(0)
    y = rng.lognormal(3, 0.7, 5000) * (rng.random(5000) < 0.4)
    weight = np.ones(len(y))
    unit = learn_unit(y, weight, loss)
    outputs = start_outputs(make_target(y, unit, loss), weight, loss)[None, None]
    tolerance = 0.03 if loss == "ziln" else 1e-6
    assert mean_money(outputs, unit, y.max(), loss) == pytest.approx(y.mean(), rel=tolerance)


@pytest.mark.parametrize(
    "y", [[0.0], [5.0], [0.0, 0.0, 0.0], [1e-320, 0.0], [1e-6, 1e12], [1e308, 1e308]]
)
@pytest.mark.parametrize("loss", ["ziln", "mse", "tweedie"])
def test_targets_of_extreme_money_are_finite(loss: str, y: list[float]) -> None:
    y = np.array(y)
    weight = np.ones(len(y))
    unit = learn_unit(y, weight, loss)
    assert np.isfinite(unit)
    assert unit > 0
    target = make_target(y, unit, loss)
    assert np.isfinite(target.astype(np.float32)).all()
    assert np.isfinite(start_outputs(target, weight, loss)).all()
