"""BTYDRegressor: purchases times spend, discounted; and common checks on summaries."""

from __future__ import annotations

import pickle
import warnings
from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

from custbase import BetaGeoModel, BTYDRegressor, GammaGammaModel, ParetoNBDModel
from custbase.datasets import load_cdnow
from custbase.features import rfm_summary

COLUMNS = ["frequency", "recency", "T", "monetary_value"]


@pytest.fixture(scope="module")
def summary():
    return rfm_summary(load_cdnow(), end="1997-09-30", holdout_end="1998-06-30")


class FixedSpend(BaseEstimator):
    """Every purchase is worth 7."""

    def fit(self, X, y=None, sample_weight=None):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.full(len(X), 7.0)


@pytest.mark.parametrize("horizon", [0.4, 1.0, 12.0, 39.5])
@pytest.mark.parametrize("purchases", ["beta_geo", "modified_beta_geo", "pareto_nbd"])
def test_equals_the_sum_of_every_period(summary, purchases, horizon):
    model = BTYDRegressor(purchases, horizon=horizon, margin_rate=0.3, discount_rate=0.01)
    found = model.fit(summary).predict(summary)
    customer = summary.iloc[[1500]]
    total, before, end = 0.0, 0.0, 0.0
    while end < horizon:
        end = min(np.floor(end) + 1, horizon)
        until = model.purchases_.predict(customer, end).item()
        total += (until - before) / 1.01**end
        before = until
    expected = 0.3 * model.spend_.predict(customer).item() * total
    assert found[1500] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("purchases", ["beta_geo", "modified_beta_geo", "pareto_nbd"])
def test_many_periods_are_the_sum_of_all(summary, purchases):
    model = BTYDRegressor(purchases, FixedSpend(), horizon=700.3, discount_rate=0.002)
    model.fit(summary)
    some = summary.iloc[[3, 700, 1500]].assign(T=[0.0, 39.0, 400.0], recency=[0.0, 20.0, 390.0])
    some["frequency"] = [0, 2, 150]
    found = model.predict(some)
    counts = [model.purchases_.predict(some, t) for t in (*range(1, 701), 700.3)]
    ends = np.append(np.arange(1.0, 701), 700.3)
    expected = 7 * np.diff(counts, axis=0, prepend=0).T @ 1.002**-ends
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    # Few calls do for any horizon: the sum has an end.
    farther = [clone(model).set_params(horizon=t).fit(summary).predict(some) for t in (1e6, 1e100)]
    np.testing.assert_allclose(*farther, rtol=1e-12)
    assert (farther[0] > found).all()


class CountingPurchases(ParetoNBDModel):
    """Notes when it is asked for."""

    def predict(self, X, horizon=None):
        vars(self).setdefault("asked_", []).append(horizon)
        return super().predict(X, horizon)


class Weekly(BaseEstimator):
    """A purchase at the end of every seventh unit, of all customers; a model of a user."""

    def fit(self, X):
        self.asked_ = []
        return self

    def predict(self, X, horizon):
        self.asked_.append(horizon)
        return np.full(len(X), horizon // 7)


def test_how_often_models_are_asked(summary):
    model = BTYDRegressor(CountingPurchases(), FixedSpend(), horizon=4000, discount_rate=0.002)
    model.fit(summary).predict(summary)
    assert len(model.purchases_.asked_) < 200
    # What is no smooth function of time is asked for every unit.
    model = BTYDRegressor(Weekly(), FixedSpend(), horizon=4000.0, discount_rate=0.05).fit(summary)
    found = model.predict(summary.head(2))
    np.testing.assert_allclose(found, 7 / (1.05**7 - 1), rtol=1e-14)
    assert model.purchases_.asked_ == list(range(1, len(model.purchases_.asked_) + 1))
    assert len(model.purchases_.asked_) < 2000


def test_without_discount_it_is_a_product(summary):
    model = BTYDRegressor(ParetoNBDModel(n_jobs=1), GammaGammaModel(), horizon=39).fit(summary)
    expected = ParetoNBDModel(horizon=39).fit(summary).predict(summary)
    expected = expected * GammaGammaModel().fit(summary).predict(summary)
    np.testing.assert_allclose(model.predict(summary), expected, rtol=1e-12)
    barely = clone(model).set_params(discount_rate=1e-12).fit(summary)
    np.testing.assert_allclose(barely.predict(summary), expected, rtol=1e-9)
    assert model.purchases is not model.purchases_


def test_published_value_of_cdnow(summary):
    model = BTYDRegressor("pareto_nbd", horizon=39).fit(summary)
    actual = summary["holdout_value"].to_numpy()
    found = model.predict(summary)
    assert np.abs(found - actual).mean() == pytest.approx(29.45, abs=0.01)
    assert np.sqrt(np.mean((found - actual) ** 2)) == pytest.approx(72.18, abs=0.01)
    assert found.sum() / actual.sum() - 1 == pytest.approx(-0.148, abs=0.001)


def test_customers_whose_purchases_were_free_are_worth_little(summary):
    model = BTYDRegressor(horizon=39, discount_rate=0.01).fit(summary)
    rows = pd.DataFrame({"frequency": 50, "recency": 38.0, "T": 39.0}, index=range(3))
    found = model.predict(rows.assign(monetary_value=[0.0, 1e-9, 35.17]))
    assert 0 < found[0] == pytest.approx(found[1], rel=1e-7)
    assert found[0] < 0.01 * found[2]


@pytest.mark.parametrize("make", [BTYDRegressor, GammaGammaModel])
def test_spend_that_is_missing(summary, make):
    model = make(horizon=9) if make is BTYDRegressor else make()
    columns = COLUMNS if make is BTYDRegressor else [COLUMNS[0], COLUMNS[3]]
    known = summary[columns]
    once = known.assign(monetary_value=known["monetary_value"].where(known["frequency"] > 0))
    twice = once.assign(monetary_value=once["monetary_value"].where(known["frequency"] != 2))
    fitted = clone(model).fit(known)
    of_two = np.flatnonzero(known["frequency"] == 2)
    found = f"is NaN for {len(of_two)} customers with a frequency above 0, row {of_two[0]} the"
    for X, message in [
        (
            once,
            r"is NaN for 1411 customers of frequency 0, where it is 0 by def.*fill(na|_null)\(0\)",
        ),
        (twice, rf"{found} first.*unknown"),
    ]:
        forms = (X, pl.from_pandas(X), X.convert_dtypes(), X.to_numpy(), X[columns[::-1]])
        for form, call in product(forms, (clone(model).fit, fitted.predict)):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "X does not have valid feature names")
                with pytest.raises(ValueError, match=f"X: monetary_value {message}"):
                    call(form)
    filled = clone(model).fit(once.fillna(0))
    np.testing.assert_array_equal(filled.predict(known), fitted.predict(known))
    # Whatever else is missing, or no number, is not taken for it.
    for X, message in [
        (known.assign(frequency=np.nan), r"NaN.*frequency"),
        (known.assign(monetary_value="much"), "must hold numbers"),
        (known.to_numpy()[:, :1], "must have the columns"),
    ]:
        with pytest.raises(ValueError, match=message):
            clone(model).fit(X)


def test_weights_that_sum_to_one(summary):
    model = BTYDRegressor("pareto_nbd", horizon=39)
    expected = clone(model).fit(summary).predict(summary)
    shares = np.full(len(summary), 1 / len(summary))
    found = model.fit(summary, sample_weight=shares).predict(summary)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_own_models_frames_arrays_and_search(summary):
    model = BTYDRegressor(BetaGeoModel(n_jobs=1), FixedSpend(), horizon=10).fit(summary)
    expected = 7 * model.purchases_.predict(summary, 10)
    np.testing.assert_allclose(model.predict(summary), expected, rtol=1e-12)
    np.testing.assert_allclose(model.predict(pl.from_pandas(summary)), expected, rtol=1e-12)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        np.testing.assert_allclose(model.predict(summary[COLUMNS].to_numpy()), expected, rtol=1e-12)
    assert model.feature_names_in_.tolist() == COLUMNS
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(summary), model.predict(summary))
    search = GridSearchCV(
        BTYDRegressor(horizon=39), {"purchases": ["beta_geo", "pareto_nbd"]}, cv=2
    ).fit(summary, summary["holdout_value"])
    assert 0.2 < search.best_score_ < 0.6


def test_weights_are_repetitions(summary):
    some = summary.iloc[::3]
    counts = np.random.default_rng(0).integers(0, 3, len(some))
    weighed = BTYDRegressor(horizon=10).fit(some, sample_weight=counts)
    each = BTYDRegressor(horizon=10).fit(some.iloc[np.repeat(np.arange(len(some)), counts)])
    np.testing.assert_allclose(weighed.predict(some), each.predict(some), rtol=1e-6)


def test_wrong_use(summary):
    for params, message in [
        ({}, "horizon must be given"),
        ({"horizon": 0}, "horizon must be a number > 0; got 0"),
        ({"horizon": 5, "purchases": "nbd"}, "purchases must be 'beta_geo'.*got 'nbd'"),
        ({"horizon": 5, "discount_rate": -0.1}, "discount_rate must be a number >= 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            BTYDRegressor(**params).fit(summary)
    with pytest.raises(TypeError, match="spend must be"):
        BTYDRegressor(spend=3, horizon=5).fit(summary)
    with pytest.raises(ValueError, match="X has no column 'monetary_value'"):
        BTYDRegressor(horizon=5).fit(summary[COLUMNS[:3]])
    with pytest.raises(ValueError, match="monetary_value must be >= 0"):
        BTYDRegressor(horizon=5).fit(summary.assign(monetary_value=-1.0))
    with pytest.raises(NotFittedError):
        BTYDRegressor(horizon=5).predict(summary)
    model = BTYDRegressor(horizon=5).fit(summary)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="T must be at least recency"):
        model.fit(summary.assign(recency=summary["recency"] * 9))
    assert vars(model) == before


class MeanSpend(RegressorMixin, BaseEstimator):
    """What a purchase is worth, the same for all; a model of a user."""

    def fit(self, X):
        self.mean_ = X["monetary_value"].mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def test_models_of_a_user(summary):
    model = BTYDRegressor(spend=MeanSpend(), horizon=5).fit(summary)
    expected = model.purchases_.predict(summary, 5) * summary["monetary_value"].mean()
    np.testing.assert_allclose(model.predict(summary), expected)
    for params, message in [
        ({"spend": LinearRegression()}, r"spend must have fit\(X\).*LinearRegression\(\).*'y'"),
        ({"purchases": MeanSpend()}, r"purchases must have predict\(X, horizon\).*MeanSpend"),
    ]:
        with pytest.raises(TypeError, match=message):
            BTYDRegressor(**params, horizon=5).fit(summary)


def test_models_of_a_user_that_take_no_weights(summary):
    model = BTYDRegressor(spend=MeanSpend(), horizon=5).fit(summary)
    weights = np.full(len(summary), 2.0)
    again = BTYDRegressor(spend=MeanSpend(), horizon=5).fit(summary, sample_weight=weights)
    np.testing.assert_allclose(again.predict(summary), model.predict(summary), rtol=1e-9)
    weights[0] = 1.0
    with pytest.raises(ValueError, match="must be None or all equal with spend=MeanSpend"):
        BTYDRegressor(spend=MeanSpend(), horizon=5).fit(summary, sample_weight=weights)


def test_new_customers_are_worth_what_all_are(summary):
    model = BTYDRegressor(horizon=52).fit(summary)
    new = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0], "monetary_value": [0.0]})
    assert 20 < model.predict(new).item() < 80
