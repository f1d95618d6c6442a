"""How often parameters are within two standard errors of the true ones."""

from __future__ import annotations

import numpy as np
import pytest

from custbase import (
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    ShiftedBetaGeoModel,
)

pytestmark = pytest.mark.slow

N_SETS, N_CUSTOMERS = 200, 3000


def draw_purchases(rng, model, params):
    """Histories of a model, in continuous time."""
    r, alpha, first, second = params.values()
    rate = rng.gamma(r, 1 / alpha, N_CUSTOMERS)
    T = rng.uniform(27, 39, N_CUSTOMERS)
    coins = np.full(N_CUSTOMERS, np.inf)
    active = T
    if model is ParetoNBDModel:
        active = np.minimum(T, rng.exponential(1 / rng.gamma(first, 1 / second, N_CUSTOMERS)))
    else:
        coins = rng.geometric(rng.beta(first, second, N_CUSTOMERS)) - model._n_first
    counts = rng.poisson(rate * active)
    customer = np.repeat(np.arange(N_CUSTOMERS), counts)
    time = rng.uniform(0, active[customer])
    time = time[np.lexsort([time, customer])]
    number = np.arange(len(time)) - np.repeat(np.cumsum(counts) - counts, counts)
    customer, time = (values[number < coins[customer]] for values in (customer, time))
    frequency = np.bincount(customer, minlength=N_CUSTOMERS)
    recency = np.zeros(N_CUSTOMERS)
    np.maximum.at(recency, customer, time)
    return np.column_stack([frequency, recency, T])


def draw_spend(rng, params):
    p, q, v = params.values()
    x = rng.integers(1, 8, N_CUSTOMERS)
    rate = rng.gamma(q, 1 / v, N_CUSTOMERS)
    return np.column_stack([x, rng.gamma(p * x, 1 / rate) / x])


def covers(fitted, params):
    """Whether the logarithm of each parameter is within two standard errors."""
    return [
        abs(np.log(fitted.params_[name] / value))
        <= 2 * fitted.standard_errors_[name] / fitted.params_[name]
        for name, value in params.items()
    ]


def check_shares(hits):
    shares = np.mean(hits, axis=0)
    assert ((shares >= 0.91) & (shares <= 0.98)).all(), shares


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (BetaGeoModel, {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.4}),
        (ModifiedBetaGeoModel, {"r": 0.5, "alpha": 5.0, "a": 0.9, "b": 2.0}),
        (ParetoNBDModel, {"r": 0.8, "alpha": 8.0, "s": 0.8, "beta": 10.0}),
    ],
)
def test_purchases(model, params):
    rng = np.random.default_rng(0)
    check_shares(
        [covers(model().fit(draw_purchases(rng, model, params)), params) for _ in range(N_SETS)]
    )


def test_spend():
    rng, params = np.random.default_rng(0), {"p": 6.2, "q": 3.7, "v": 15.4}
    check_shares(
        [covers(GammaGammaModel().fit(draw_spend(rng, params)), params) for _ in range(N_SETS)]
    )


def test_contracts():
    rng, params = np.random.default_rng(0), {"alpha": 0.7, "beta": 3.8}
    hits = []
    for _ in range(N_SETS):
        periods = rng.geometric(rng.beta(*params.values(), N_CUSTOMERS)) - 1
        T, cancelled = np.minimum(periods, 7)[:, None], periods < 7
        hits.append(covers(ShiftedBetaGeoModel().fit(T, cancelled), params))
    check_shares(hits)
