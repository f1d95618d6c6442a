"""Predictions of purchase models in many digits, and what they promise for any customers."""

from __future__ import annotations

import pickle
import warnings
from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from custbase import (
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    ShiftedBetaGeoModel,
)
from custbase.btyd import _maximum_likelihood
from custbase.btyd._beta_geo import count_until
from custbase.btyd._beta_mean import beta_means
from custbase.btyd._customers import Customers
from custbase.datasets import load_cdnow
from custbase.exceptions import CustbaseWarning
from custbase.features import rfm_summary
from tests.oracles import btyd as oracle

MODELS = [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel]
COLUMNS = ["frequency", "recency", "T"]


def with_params(model, params, **options):
    """A model that was fitted to these parameters."""
    fitted = model(**options)
    fitted.params_ = dict(zip(getattr(fitted, "_names", "pqv"), params, strict=True))
    fitted.n_features_in_ = 3
    return fitted


def count(model, params, x, T, t):
    params = [mpf(value) for value in params]
    if model is ParetoNBDModel:
        return oracle.pareto_count(params, mpf(x), mpf(T), mpf(t))
    return oracle.beta_geo_count(params, mpf(x), mpf(T), mpf(t), model._n_first)


def alive(model, params, x, recency, T):
    params = [mpf(value) for value in params]
    if model is ParetoNBDModel:
        here, gone = oracle.pareto_parts(params, mpf(x), mpf(recency), mpf(T))
    else:
        here, gone = oracle.beta_geo_parts(params, mpf(x), mpf(recency), mpf(T), model._n_first)
    return here / (here + gone)


# r, alpha, then a and b, or s and beta: near 1, equal to alpha, small and large.
LEAVING = [(1.0, 2.0), (1 + 1e-9, 2.0), (1 - 1e-6, 7.0), (0.05, 0.3), (40.0, 3.0), (0.8, 10.0)]


@pytest.mark.parametrize("model", MODELS)
def test_expected_purchases_in_many_digits(model):
    histories = [
        (0, 0.0, 3.0),
        (1, 2.0, 39.0),
        (3, 30.0, 30.0),
        (60, 9.0, 30.0),
        (10_000, 38.0, 39.0),
    ]
    with mp.workdps(60):
        for (number, leaving), (x, recency, T) in product(enumerate(LEAVING), histories):
            params = (*[(0.2, 4.0), (3.0, 10.0)][number % 2], *leaving)
            fitted = with_params(model, params)
            horizons = [0.01, 39.0, 5000.0]
            found = fitted.predict(np.full((3, 3), [x, recency, T]), horizons)
            share = alive(model, params, x, recency, T)
            expected = [float(share * count(model, params, x, T, t)) for t in horizons]
            np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_probabilities_in_many_digits(model):
    with mp.workdps(30):
        for leaving, (x, T) in product(LEAVING[:5], [(0, 3.0), (2, 39.0), (70, 39.0)]):
            params = (0.7, 4.0, *leaving)
            X = np.array([[x, T if x else 0.0, T]])
            fitted = with_params(model, params)
            precise = [mpf(value) for value in params]
            for after, t in [(0.0, 10.0), (5.0, 10.0), (0.1, 400.0), (0.0, 1e-9)]:
                if model is ParetoNBDModel:
                    any_at_all = oracle.pareto_any(precise, x, T, mpf(after), mpf(t))
                else:
                    any_at_all = oracle.beta_geo_any(
                        precise, x, T, mpf(after), mpf(t), model._n_first
                    )
                expected = any_at_all * alive(model, params, x, X[0, 1], T)
                found = fitted.predict_any(X, t, after=after)
                np.testing.assert_allclose(found, float(expected), rtol=1e-8)


customers = st.builds(
    lambda x, share, T: (x, share * T if x else 0.0, T),
    st.sampled_from([0, 1, 2, 9, 300, 10_000]),
    st.floats(1e-6, 1.0),
    st.floats(1e-3, 1e4),
)
params = st.tuples(*[st.floats(-7.0, 7.0).map(np.exp)] * 4)


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from(MODELS),
    params=params,
    rows=st.lists(customers, min_size=1, max_size=5),
    horizon=st.floats(1e-3, 1e4),
    q=st.floats(0.01, 0.99),
)
def test_any_customers_have_numbers(model, params, rows, horizon, q):
    fitted, X = with_params(model, params, horizon=horizon), np.array(rows)
    share, counted, once = fitted.predict_alive(X), fitted.predict(X), fitted.predict_any(X)
    for values in (share, once):
        assert ((values >= 0) & (values <= 1)).all()
    assert (np.isfinite(counted) & (counted >= once * (1 - 1e-9))).all()
    assert (once <= share * (1 + 1e-9)).all()
    assert (fitted.predict(X, 2 * horizon) >= counted * (1 - 1e-9)).all()
    # An interval, and what comes before it.
    later = fitted.predict_any(X, horizon, after=horizon / 2)
    assert (later <= once * (1 + 1e-9)).all()
    assert (later + fitted.predict_any(X, horizon / 2) >= once * (1 - 1e-9)).all()
    np.testing.assert_allclose(fitted.predict_any(X, after=1e-12), once, rtol=1e-6, atol=1e-9)
    waits = fitted.next_purchase_quantile(X, q)
    assert (waits > 0).all()
    usual = (waits < 1e12) & (waits > 1e-12)
    np.testing.assert_allclose(
        fitted.predict_any(X, np.where(usual, waits, 1.0))[usual], q, rtol=1e-6
    )
    assert (fitted.predict_any(X, 1e12)[np.isinf(waits)] <= q * (1 + 1e-9)).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_new_customer_is_one_of_all(model):
    # Over first purchases, expected counts are those of draws from the model.
    rng = np.random.default_rng(0)
    fitted = with_params(model, (2.0, 4.0, 1.5, 3.0), horizon=10.0)
    n = 200_000
    rate = rng.gamma(2.0, 1 / 4.0, n)
    if model is ParetoNBDModel:
        lifetime = rng.exponential(1 / rng.gamma(1.5, 1 / 3.0, n))
        made = rng.poisson(rate * np.minimum(lifetime, 10.0))
    else:
        coins = rng.geometric(rng.beta(1.5, 3.0, n)) - model._n_first
        made = np.minimum(rng.poisson(rate * 10.0), coins)
    expected = fitted.predict([[0, 0.0, 0.0]]).item()
    assert made.mean() == pytest.approx(expected, abs=4 * made.std() / np.sqrt(n))
    once = fitted.predict_any([[0, 0.0, 0.0]]).item()
    assert (made > 0).mean() == pytest.approx(once, abs=0.005)


@settings(max_examples=25, deadline=None)
@given(
    n_first=st.sampled_from([0, 1]),
    params=params,
    T=st.floats(1e-3, 1e3),
    horizons=st.lists(st.floats(1e-6, 1e4), min_size=1, max_size=4),
)
def test_polynomials_are_the_integrals(n_first, params, T, horizons):
    model = with_params([BetaGeoModel, ModifiedBetaGeoModel][n_first], params)
    r, alpha, a, b = params
    x, times = (part.ravel() for part in np.meshgrid([0.0, 1, 2, 17, 90, 140], horizons))
    customers = Customers(x, np.zeros(len(x)), np.full(len(x), T))
    shape, length = r + x, times / (alpha + T)
    expected = beta_means(
        a, b + x + n_first, lambda rows, p: count_until(p, shape[rows], length[rows])
    )
    found = model._count(customers, times)
    np.testing.assert_allclose(found, expected, rtol=2e-11)
    # Whoever else is asked about changes nothing but the last digits of integrals.
    alone = [
        model._count(Customers(*(column[[i]] for column in customers)), times[[i]]).item()
        for i in range(len(x))
    ]
    np.testing.assert_allclose(alone, found, rtol=1e-14)


def test_means_over_a_beta_distribution():
    b = np.array([0.02, 1.0, 1.0, 30.0, 5e5])
    for a in (1e-3, 0.7, 20.0, 3e5):
        found = beta_means(a, b, lambda rows, p: np.ones((len(rows), 1)) * p)
        np.testing.assert_allclose(found, a / (a + b), rtol=1e-10)
        twice = beta_means(a, b, lambda rows, p: np.ones((len(rows), 1)) * p**2)
        np.testing.assert_allclose(twice, a * (a + 1) / ((a + b) * (a + b + 1)), rtol=1e-10)


@pytest.fixture(scope="module")
def summary():
    return rfm_summary(load_cdnow(), end="1997-09-30", holdout_end="1998-06-30")


def test_holdout_of_cdnow(summary):
    published = {
        BetaGeoModel: (1653.4, 0.7855, 1.6080, 0.6256),
        ModifiedBetaGeoModel: (1576.7, 0.7648, 1.6072, 0.6273),
        ParetoNBDModel: (1665.5, 0.7545, 1.6028, 0.6302),
    }
    actual = summary["holdout_frequency"].to_numpy()
    assert actual.sum() == 1882
    for model, (total, mae, rmse, correlation) in published.items():
        found = model(horizon=39).fit(summary).predict(summary)
        assert found.sum() == pytest.approx(total, abs=0.1)
        assert np.abs(found - actual).mean() == pytest.approx(mae, abs=1e-4)
        assert np.sqrt(np.mean((found - actual) ** 2)) == pytest.approx(rmse, abs=1e-4)
        assert np.corrcoef(found, actual)[0, 1] == pytest.approx(correlation, abs=1e-4)


@pytest.mark.parametrize("model", [*MODELS, GammaGammaModel])
def test_frames_arrays_clones_and_pickles(model, summary):
    columns = COLUMNS if model is not GammaGammaModel else ["frequency", "monetary_value"]
    fitted = model().fit(summary[columns[::-1]])
    assert fitted.feature_names_in_.tolist() == columns
    options = {} if model is GammaGammaModel else {"horizon": 10.0}
    expected = fitted.predict(summary, **options)
    for X in (summary, pl.from_pandas(summary), summary[columns].to_numpy(np.float32)):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            np.testing.assert_allclose(fitted.predict(X, **options), expected, rtol=1e-5)
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict(summary, **options), expected)
    assert clone(fitted).fit(summary).params_ == fitted.params_
    before = dict(vars(fitted))
    with pytest.raises(ValueError, match="X has no column"):
        fitted.fit(summary.drop(columns=columns[-1]))
    assert vars(fitted) == before
    with pytest.raises(NotFittedError):
        model().predict(summary)


@pytest.mark.parametrize("model", MODELS)
def test_customers_who_tell_nothing(model):
    X = pd.DataFrame({"frequency": [0, 0, 0], "recency": [0.0] * 3, "T": [3.0, 9.0, 20.0]})
    with pytest.warns(ConvergenceWarning, match="do not determine all parameters") as caught:
        fitted = model(horizon=10).fit(X)
    values = ", ".join(f"{name}={value:.3g}" for name, value in fitted.params_.items())
    assert f"at others as at {values}." in str(caught[0].message)
    assert np.isnan(list(fitted.standard_errors_.values())).all()
    assert (fitted.predict(X) >= 0).all()
    assert (fitted.predict(X) < 0.1).all()
    with pytest.warns(ConvergenceWarning):
        one = model(horizon=10).fit([[4, 8.0, 9.0]])
    assert np.isfinite(one.predict([[4, 8.0, 9.0]])).all()


def test_a_search_that_comes_to_no_end_says_so(monkeypatch, summary):
    monkeypatch.setattr(_maximum_likelihood, "MAX_ITER", 2)
    with pytest.warns(ConvergenceWarning, match="BetaGeoModel: the search .* ended after 2 steps"):
        assert BetaGeoModel().fit(summary).n_iter_ == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([-1, 0.0, 3.0], "frequency must be a whole number >= 0"),
        ([1.5, 1.0, 3.0], "frequency must be a whole number >= 0.*row 1 has frequency=1.5"),
        ([0, 1.0, 3.0], "recency must be 0 where frequency is 0"),
        ([2, 0.0, 3.0], "recency must be 0 where frequency is 0"),
        ([2, 5.0, 3.0], "T must be at least recency.*recency=5 and T=3, 1 rows in all"),
        ([2, 1.0, np.nan], "NaN"),
        ([2, 1.0, np.inf], "infinity"),
    ],
)
def test_rows_that_are_no_history(row, message):
    X = np.array([[1, 2.0, 3.0], row])
    fits = (BetaGeoModel().fit, ModifiedBetaGeoModel().fit, ParetoNBDModel().fit)
    for call in (*fits, with_params(ParetoNBDModel, (1, 1, 1, 1)).predict_alive):
        with pytest.raises(ValueError, match=message):
            call(X)
    known = with_params(ParetoNBDModel, (1, 1, 1, 1))
    known.feature_names_in_ = np.array(COLUMNS, dtype=object)
    with pytest.raises(ValueError, match=message):
        known.predict_alive(pd.DataFrame(X, columns=COLUMNS))


def test_frames_of_any_types(summary):
    fitted = BetaGeoModel(horizon=9).fit(summary)
    expected = fitted.predict(summary)
    for kind in (np.float32, object, "Float64", "double[pyarrow]"):
        np.testing.assert_allclose(
            fitted.predict(summary[COLUMNS].astype(kind)), expected, rtol=1e-5
        )
    few = summary[COLUMNS].head(3)
    for X, message in [
        (few.drop(columns="T"), "X has no column 'T'"),
        (few[["frequency", "recency", "T", "T"]], "unique"),
        (few.assign(other=1)[["frequency", "recency", "T", "other", "other"]], "unique"),
        (few.assign(T=pd.array([40, None, 40], dtype="Int64")), "missing|NaN"),
        (few.assign(T="long"), "numbers|convert"),
        (few.head(0), "0 sample"),
    ]:
        with pytest.raises((TypeError, ValueError), match=message):
            fitted.predict(X)
    before = few.copy()
    fitted.predict(few.assign(recency=few["T"] * (1 + 1e-12), frequency=3))
    pd.testing.assert_frame_equal(few, before)


def test_wrong_arguments(summary):
    fitted = BetaGeoModel().fit(summary)
    few = summary.iloc[:4]
    for horizon, message in [
        (None, "horizon must be given, here or in the constructor"),
        (-1.0, "horizon must be a number >= 0, or one for each of the 4 rows"),
        ([1.0, 2.0], "horizon must be a number >= 0, or one for each of the 4 rows"),
        ([[1.0], [1.0, 2.0]], "horizon must be a number >= 0"),
        ("year", "horizon must be a number >= 0"),
        ("39", "horizon must be a number >= 0"),
        (True, "horizon must be a number >= 0"),
        (np.nan, "horizon must be a number >= 0"),
        (np.inf, "horizon must be finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            fitted.predict(few, horizon)
    with pytest.raises(ValueError, match="after must not be beyond the horizon; got 9 and 5"):
        fitted.predict_any(few, 5.0, after=9.0)
    with pytest.raises(ValueError, match="q must be a number > 0 and < 1; got 1"):
        fitted.next_purchase_quantile(few, 1)
    with pytest.raises(ValueError, match="horizon must be a number > 0 or None; got 0"):
        BetaGeoModel(horizon=0).fit(summary)
    with pytest.raises(ValueError, match="known for longer than a day"):
        BetaGeoModel().fit([[0, 0.0, 0.0]])
    with pytest.raises(ValueError, match="X must have the columns frequency, recency, T"):
        BetaGeoModel().fit(np.ones((5, 4)))
    with pytest.raises(TypeError, match=r"n_jobs must be .*got 'two' \(str\)"):
        clone(fitted).fit(summary).set_params(n_jobs="two").predict(few, 5)
    np.testing.assert_array_equal(fitted.predict(few, 0), 0)
    assert fitted.predict(few, [1, 2, 3, 4]).shape == (4,)


def test_spend_that_is_none(summary):
    with pytest.raises(ValueError, match=r"monetary_value must be >= 0.*row 1 has frequency=2"):
        GammaGammaModel().fit([[1, 3.0], [2, -3.0]])
    with pytest.raises(ValueError, match=r"customers with repeat purchases of a value.*of 2 rows"):
        GammaGammaModel().fit([[0, 0.0], [2, 0.0]])
    with pytest.warns(ConvergenceWarning):
        same = GammaGammaModel().fit([[1, 5.0], [2, 5.0], [9, 5.0]])
    np.testing.assert_allclose(same.predict([[0, 0.0], [3, 5.0]]), 5.0, rtol=1e-3)
    often = summary[summary["frequency"] > 0].copy()
    often["monetary_value"] *= often["frequency"]
    with pytest.warns(CustbaseWarning, match="rise together"):
        GammaGammaModel().fit(often)


@pytest.mark.filterwarnings("ignore:GammaGammaModel. these customers do not determine")
def test_customers_who_stand_for_many_go_together_like_them():
    rows = np.array([[1, 5.0], [2, 9.0], [3, 12.0], [9, 40.0], [4, 1.0]])
    weights = [1, 200, 3, 200, 1]
    told = set()
    for X, weight in [(rows, weights), (np.repeat(rows, weights, axis=0), None)]:
        with pytest.warns(CustbaseWarning, match="rise together") as caught:
            GammaGammaModel().fit(X, sample_weight=weight)
        told |= {str(c.message) for c in caught if c.category is CustbaseWarning}
    assert len(told) == 1


@pytest.mark.parametrize("unit", [1e-100, 1e97])
def test_the_unit_of_money_makes_no_difference(summary, unit):
    spend = summary[["frequency", "monetary_value"]].to_numpy()
    model, scaled = (GammaGammaModel().fit(spend * [1, factor]) for factor in (1, unit))
    predicted = scaled.predict(spend * [1, unit])
    np.testing.assert_allclose(predicted / unit, model.predict(spend), rtol=1e-6)


def test_spend_of_all_where_nothing_is_known(summary):
    fitted = GammaGammaModel().fit(summary[["frequency", "monetary_value"]].to_numpy())
    p, q, v = fitted.params_.values()
    assert fitted.predict([[0, 0.0]]).item() == pytest.approx(p * v / (q - 1), rel=1e-12)
    assert fitted.predict([[0, 0.0]]).item() == pytest.approx(35.17, abs=0.01)
    assert fitted.score(summary[["frequency", "monetary_value"]].to_numpy()) * 946 == pytest.approx(
        fitted.log_likelihood_, rel=1e-9
    )


@settings(max_examples=100, deadline=None)
@given(
    params=st.tuples(*[st.floats(-5.0, 5.0).map(np.exp)] * 3),
    x=st.sampled_from([1, 2, 50, 10_000, 10**9]),
)
def test_free_purchases_are_the_limit_of_cheap_ones(params, x):
    p, q, v = params[0], 1 + params[1], params[2]
    fitted = with_params(GammaGammaModel, (p, q, v))
    fitted.n_features_in_ = 2
    values = np.append(10.0 ** -np.arange(0, 40, 3), 0.0)
    found = fitted.predict(np.column_stack([np.full(len(values), x), values]))
    np.testing.assert_allclose(found, p * (v + x * values) / (p * x + q - 1), rtol=1e-12)
    # Nothing is known of those who did not come back, whatever stands there.
    unknown = fitted.predict([[0, 0.0], [0, 5.0]])
    np.testing.assert_allclose(unknown, p * v / (q - 1), rtol=1e-12)
    assert found[-1] < unknown[0]


def test_free_purchases_are_known_but_tell_a_fit_nothing(summary):
    spend = summary[["frequency", "monetary_value"]].to_numpy()
    fitted = GammaGammaModel().fit(spend)
    free, cheap, new = fitted.predict([[50, 0.0], [50, 0.01], [0, 0.0]])
    assert (free, cheap, new) == pytest.approx((0.306, 0.316, 35.17), abs=6e-4)
    again = GammaGammaModel().fit(np.vstack([spend, [[50, 0.0]] * 9]))
    assert again.params_ == fitted.params_
    assert again.score([[50, 0.0], [2, 9.0]]) == fitted.score([[2, 9.0]])


def test_contracts_that_are_none():
    for T, message in [([[1.5]], "T must be a whole number"), ([[-1]], "T must be a whole number")]:
        with pytest.raises(ValueError, match=message):
            ShiftedBetaGeoModel().fit(T, [1])
    with pytest.raises(ValueError, match="y must tell who cancelled"):
        ShiftedBetaGeoModel().fit([[1]], None)
    with pytest.raises(ValueError, match="needs T, whole periods that customers renewed, and the"):
        ShiftedBetaGeoModel().fit(pd.DataFrame({"months": [1]}), [1])
    for y in ([2], [1, 0], ["yes"], [[1], [1, 0]]):
        with pytest.raises(ValueError, match="y must hold 0 or 1 for each of the 1 rows"):
            ShiftedBetaGeoModel().fit([[1]], y)
    fitted = ShiftedBetaGeoModel().fit([[0], [0], [1], [2], [3], [9]], [1, 1, 1, 0, 1, 0])
    for times in ([0.5], [[1], [1, 2]], 3):
        with pytest.raises(ValueError, match="times must be a list of whole numbers"):
            fitted.predict_survival([[0]], times)
    survival = fitted.predict_survival([[0], [5]], range(30))
    assert (np.diff(survival) < 0).all()
    np.testing.assert_array_equal(survival[:, 0], 1.0)
    assert (survival[1, 1:] > survival[0, 1:]).all()
    assert fitted.score([[0], [1]], [1, 0]) < 0
