"""Counts, times and money of any size: numbers, or an error that names the column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import exp, expm1, log, log1p, loggamma, mp, mpf, psi, quad

from custbase import (
    BetaGeoModel,
    BTYDRegressor,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    ShiftedBetaGeoModel,
)
from custbase.btyd import _shifted_beta_geo_model
from custbase.btyd._customers import LARGEST, MOST_COUNT, SMALLEST, Customers
from custbase.btyd._rows import collapse
from custbase.btyd._terms import digamma_gaps, log_gamma_gap
from tests.oracles import btyd as oracle

MODELS = [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel]
COLUMNS = ["frequency", "recency", "T", "monetary_value"]
PARAMS = [(0.25, 4.4, 0.8, 2.4), (3.0, 10.0, 1.5, 7.0), (0.5, 10.0, 40.0, 3.0)]
COUNTS = [1e4, 1e9, 1e12, MOST_COUNT]
# Fits of a few customers of any kind say so, rightly.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*do not determine all parameters"),
    pytest.mark.filterwarnings("ignore:.*the search for the largest likelihood"),
    pytest.mark.filterwarnings("ignore:GammaGammaModel. frequency and monetary_value rise"),
]


def with_params(model, params):
    fitted = model()
    names = getattr(fitted, "_names", ("alpha", "beta") if len(params) == 2 else ("p", "q", "v"))
    fitted.params_ = dict(zip(names, params, strict=True))
    fitted.n_features_in_ = {2: 1, 3: 2, 4: 3}[len(params)]
    return fitted


def make_frame(**changed):
    frame = pd.DataFrame([[0, 0, 30, 0], [2, 20, 39, 12], [5, 30, 35, 9]] * 9, columns=COLUMNS)
    frame = frame.astype(float)
    for name, value in changed.items():
        frame.loc[4, name] = value
    return frame


@pytest.mark.parametrize(
    ("column", "value", "bound"),
    [
        ("frequency", 1e24, "2**53"),
        ("frequency", 1e50, "2**53"),
        ("frequency", np.nextafter(MOST_COUNT, np.inf), "2**53"),
        ("T", 1e305, "1e-100 and 1e+100"),
        ("T", np.nextafter(LARGEST, np.inf), "1e-100 and 1e+100"),
        ("monetary_value", 1e305, "1e-100 and 1e+100"),
        ("monetary_value", np.nextafter(SMALLEST, 0), "1e-100 and 1e+100"),
        ("monetary_value", 5e-324, "1e-100 and 1e+100"),
    ],
)
def test_sizes_beyond_the_door_are_named(column, value, bound):
    frame = make_frame(**{column: value})
    models = [GammaGammaModel(), *[model(horizon=9) for model in MODELS]]
    regressor = BTYDRegressor(horizon=9)
    if column == "monetary_value":
        models = models[:1]
    elif column == "T":
        models = models[1:]
    for model in [*models, regressor]:
        fitted = type(model)(**model.get_params()).fit(make_frame())
        for call in (model.fit, fitted.predict):
            with pytest.raises(ValueError, match=f"X: {column} must be .*row 4 has ") as caught:
                call(frame)
            assert bound in str(caught.value)
            assert f"{column}={value:g}" in str(caught.value)


@pytest.mark.parametrize("model", MODELS)
def test_next_to_no_time_is_named(model):
    with pytest.raises(ValueError, match=r"T must be 0, or between 1e-100 .* and T=1e-200, 2 rows"):
        model().fit([[0, 0.0, 1e-200], [0, 0.0, 1e-200]])


def test_periods_beyond_the_door_are_named():
    with pytest.raises(ValueError, match=r"T must be at most 2\*\*53.*row 1 has T=1e\+24"):
        ShiftedBetaGeoModel().fit([[1.0], [1e24]], [1, 0])
    fitted = with_params(ShiftedBetaGeoModel, (0.7, 3.8))
    with pytest.raises(ValueError, match=r"times must be at most 2\*\*53"):
        fitted.predict_survival([[1]], [1e24])
    assert 0 < fitted.predict_survival([[1]], [MOST_COUNT]).item() < 1e-9


@pytest.mark.parametrize("model", MODELS)
def test_horizons_beyond_the_door_are_named(model):
    fitted = with_params(model, PARAMS[0])
    for call in (fitted.predict, fitted.predict_any):
        with pytest.raises(ValueError, match=r"horizon must be at most 1e\+100.*got 1e\+305"):
            call([[0, 0.0, 3.0]], 1e305)
        assert np.isfinite(call([[0, 0.0, 3.0]], LARGEST)).all()
    for refused in (model(horizon=1e305), BTYDRegressor(horizon=1e305)):
        with pytest.raises(ValueError, match=r"horizon must be at most 1e\+100.*got 1e\+305"):
            refused.fit(make_frame())


def draw_sizes(seed):
    """Customers of any counts and times within the doors, some of them alike, and weights."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    x = np.floor(10 ** rng.uniform(0, rng.choice([1, 4, 15.95]), n)) * (rng.random(n) < 0.7)
    unit = 10 ** rng.choice([0, rng.uniform(-100, 100)])
    T = unit * 10 ** rng.uniform(-3, 3, n)
    if rng.random() < 0.3:
        T = 10 ** rng.uniform(-100, 100, n)
    T = np.clip(T, SMALLEST, LARGEST)
    shares = np.where(rng.random(n) < 0.3, 1, 10 ** rng.uniform(rng.choice([-15, -2]), 0, n))
    return np.column_stack([x, np.where(x > 0, T * shares, 0), T]), 10 ** rng.uniform(-9, 9, n)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), model=st.sampled_from(MODELS))
def test_purchases_of_any_size_have_numbers(seed, model):
    X, weights = draw_sizes(seed)
    fitted = model().fit(X, sample_weight=weights)
    assert np.isfinite([*fitted.params_.values(), fitted.log_likelihood_]).all()
    assert np.isfinite(fitted.score(X))
    for horizon in (0, 1e-100, X[:, 2].max(), LARGEST):
        assert (np.isfinite(fitted.predict(X, horizon)) & (fitted.predict(X, horizon) >= 0)).all()
        for after in (0, horizon / 2):
            once = fitted.predict_any(X, horizon, after=after)
            assert ((once >= 0) & (once <= 1)).all()
    waits = [fitted.next_purchase_quantile(X, q) for q in (1e-300, 0.5, np.nextafter(1, 0))]
    assert (waits[0] >= 0).all()
    assert (waits[0] <= waits[1]).all()
    assert (waits[1] <= waits[2]).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=1492)  # a step without any curve
def test_spend_and_contracts_of_any_size_have_numbers(seed):
    X, weights = draw_sizes(seed)
    x, money = X[:, 0], X[:, 2] * np.arange(len(X))
    x[0], money[0] = x[0] + 1, X[0, 2]
    spend = np.column_stack([x, np.clip(money, 0, LARGEST)])
    fitted = GammaGammaModel().fit(spend, sample_weight=weights)
    assert np.isfinite([*fitted.params_.values(), fitted.score(spend)]).all()
    assert (np.isfinite(fitted.predict(spend)) & (fitted.predict(spend) >= 0)).all()
    T, cancelled = x[:, None], np.arange(len(x)) % 2
    contracts = ShiftedBetaGeoModel().fit(T, cancelled, sample_weight=weights)
    assert np.isfinite([*contracts.params_.values(), contracts.score(T, cancelled)]).all()
    survival = contracts.predict_survival(T, [0, 1, 7, 2**40, 2**53])
    assert ((survival >= 0) & (survival <= 1)).all()


def gone(model, params, x, recency, T):
    """Odds to be gone, in many digits: no function of Gauss' has them for so many purchases."""
    r, alpha, a, b = (mpf(value) for value in params)
    x, recency, T = mpf(x), mpf(recency), mpf(T)
    if model is not ParetoNBDModel:
        stake = b + x + model._n_first - 1
        return ((alpha + T) / (alpha + recency)) ** (r + x) * a / stake

    def density(t):
        by_alpha, by_beta = log((alpha + T) / (alpha + t)), log((b + T) / (b + t))
        return exp((r + x) * by_alpha + a * by_beta) / (b + t)

    width = (alpha + recency) / (r + x)
    ends = [recency + width * k for k in (1, 4, 10, 25, 60, 120) if recency + width * k < T]
    return a * quad(density, [recency, *ends, *([] if len(ends) == 6 else [T])])


@pytest.mark.parametrize("params", PARAMS)
@pytest.mark.parametrize("model", MODELS)
def test_who_is_alive_after_any_number_of_purchases(model, params):
    fitted, T = with_params(model, params), 39.0
    with mp.workdps(30):
        for x in COUNTS[1:]:
            # Silent for so many times the usual gap.
            silent = np.array([0.0, 0.5, 30.0]) * T / x
            recency = T - silent
            found = fitted.predict_alive(np.column_stack([np.full(3, x), recency, np.full(3, T)]))
            expected = [float(1 / (1 + gone(model, params, x, at, T))) for at in recency]
            np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("model", [BetaGeoModel, ModifiedBetaGeoModel])
def test_purchases_expected_at_any_time_and_after_any_number(model):
    T = mpf(39)
    with mp.workdps(20):
        for params in PARAMS[:2]:
            r, alpha, a, b = (mpf(value) for value in params)
            for x, t in [(3.0, 1e9), (MOST_COUNT, LARGEST)]:
                n, stay, length = r + x, b + x + model._n_first, mpf(t) / (alpha + T)
                with mp.workdps(50):
                    scale = oracle.log_beta(a, stay)

                def integrand(u, n=n, stay=stay, length=length, scale=scale, a=a):
                    # Of log odds u of leaving after a purchase.
                    many = -expm1(-n * log1p(length / (1 + exp(-u)))) * (1 + exp(-u))
                    return many * exp(a * u - (a + stay) * log1p(exp(u)) - scale)

                # It bends where leaving is as likely as a purchase, and where it is usual.
                bends = (-log(n * length), log(a / stay))
                ends = {bend + k for bend in bends for k in (-200, -40, -8, 0, 8)}
                expected = quad(integrand, sorted(ends))
                customers = Customers(np.array([x]), np.array([39.0]), np.array([39.0]))
                found = with_params(model, params)._count(customers, np.array([t]))
                np.testing.assert_allclose(found, float(expected), rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_waits_of_any_probability(model):
    # The first of many purchases comes at their rate.
    fitted = with_params(model, (0.25, 4.4, 0.8, 2.4))
    for x in (0.0, 3.0, 1e9, MOST_COUNT):
        X = np.array([[x, 39.0 * (x > 0), 39.0]])
        alive = fitted.predict_alive(X)
        for q in (1e-250, 1e-50, 1e-18):
            found = fitted.next_purchase_quantile(X, q)
            np.testing.assert_allclose(found, q / alive * (4.4 + 39) / (0.25 + x), rtol=1e-9)
        assert np.isinf(fitted.next_purchase_quantile(X, np.nextafter(1, 0))) or alive == 1


@pytest.mark.parametrize("unit", [1e-97, 1e-50, 1e50, 1e97])
@pytest.mark.parametrize("model", MODELS)
def test_the_unit_of_time_makes_no_difference(model, unit):
    X = np.array([[0, 0.0, 30.0], [3, 20.0, 39.0], [2000, 38.9, 39.0]])
    scale = [unit if name in model._times else 1.0 for name in model._names]
    one, other = with_params(model, PARAMS[1]), with_params(model, np.multiply(PARAMS[1], scale))
    Y = X * [1, unit, unit]
    for found, expected in [
        (other.predict(Y, 50 * unit), one.predict(X, 50)),
        (other.predict_alive(Y), one.predict_alive(X)),
        (other.predict_any(Y, 9 * unit, after=2 * unit), one.predict_any(X, 9, after=2)),
        (other.next_purchase_quantile(Y, 0.2) / unit, one.next_purchase_quantile(X, 0.2)),
    ]:
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    shift = X[:, 0].mean() * np.log(unit)
    assert other.score(Y) + shift == pytest.approx(one.score(X), rel=1e-9)


def test_likelihoods_of_spend_and_contracts_after_any_number():
    with mp.workdps(50):
        for params in [(6.2, 3.7, 15.4), (1e-3, 2.0, 1e5), (50.0, 1e3, 0.1)]:
            precise = [mpf(value) for value in params]
            for x in (1.0, *COUNTS):
                for z in (SMALLEST, 0.3, 50.0, LARGEST):
                    rows = collapse(np.array([[x, z]]), np.ones(1))
                    with GammaGammaModel()._open_likelihood(rows) as likelihood:
                        found = likelihood(np.array(params)).value
                    expected = float(oracle.gamma_gamma_log(precise, mpf(x), mpf(z)))
                    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        for params in [(0.7, 3.8), (50.0, 1e3), (1e-5, 1e-3)]:
            a, b = (mpf(value) for value in params)
            for T in (0.0, 5.0, *COUNTS):
                for left in (0, 1):
                    contracts = _shifted_beta_geo_model.make_likelihood(
                        np.array([T]), np.array([left]), np.ones(1)
                    )
                    expected = oracle.log_beta(a + left, b + mpf(T)) - oracle.log_beta(a, b)
                    found = contracts(np.array(params)).value
                    assert found == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("step", [1e-5, 1.1, 1e3, 1e7])
def test_differences_of_gamma_functions_keep_their_digits(step):
    base = np.array([0.1, 10.0, 9e3, 1.1e4, 1e6, 1e12, MOST_COUNT])
    slopes, curves = digamma_gaps(base, step)
    with mp.workdps(50):
        pairs = [(mpf(low), mpf(low) + mpf(step)) for low in base]
        values = [float(loggamma(high) - loggamma(low)) for low, high in pairs]
        np.testing.assert_allclose(log_gamma_gap(base, step), values, rtol=1e-10, atol=1e-11)
        for found, order in ((slopes, 0), (curves, 1)):
            expected = [float(psi(order, high) - psi(order, low)) for low, high in pairs]
            np.testing.assert_allclose(found, expected, rtol=1e-6)
