"""Columns of wide tables that trees look at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from custbase._tabular import _screen
from custbase._tabular._boosting import Boosting
from custbase._tabular._folds import Table, cross_fit, cut_folds
from custbase._tabular._screen import MOST_COLUMNS, screen_columns
from custbase.churn import ChurnClassifier
from custbase.value import SpendRegressor

RNG = np.random.default_rng


def make_noise(n: int, n_columns: int) -> pd.DataFrame:
    noise = RNG(0).normal(size=(n, n_columns))
    return pd.DataFrame(noise, columns=[str(i) for i in range(n_columns)])


@pytest.mark.parametrize("kind", ["number", "few", "gaps", "category"])
def test_a_score_is_that_of_pearsons_chi_square(kind):
    rng = RNG(1)
    hits = rng.random(500) < 0.3
    values = rng.normal(size=500) + hits
    if kind == "few":
        values = np.floor(values)
    if kind == "gaps":
        values[rng.random(500) < 0.2] = np.nan
    if kind == "category":
        values = np.clip(values.astype(np.int32), -1, 2)
        parts = values
    else:
        limits = np.quantile(values[~np.isnan(values)], np.arange(1, 8) / 8, method="lower")
        parts = (values[:, None] > np.unique(limits)).sum(axis=1) - 9 * np.isnan(values)
    counted = pd.crosstab(parts, hits).to_numpy()
    expected = chi2_contingency(counted, correction=False)
    off = (hits - hits.mean()) / hits.std()
    found = _screen._score(_screen._group(values), off, np.ones(500))
    freedom = expected.dof
    assert found == pytest.approx((expected.statistic - freedom) / np.sqrt(2 * freedom))


def test_few_values_on_either_side_of_the_rest_are_a_group():
    values = np.repeat([1.0, 5.0, np.nan], [5, 75, 10])
    for some in (values, -values, 5 - values):
        groups = _screen._group(some)
        assert [len(set(part)) for part in (groups[:5], groups[5:80], groups[80:])] == [1, 1, 1]
        assert len(set(groups)) == 3


@pytest.mark.parametrize("n_levels", [0, 2, 40])
@pytest.mark.parametrize("weigh", [np.ones_like, np.exp, lambda z: 1 + 19.0 * (z > 1.3)])
def test_columns_that_say_nothing_score_0_whatever_their_levels_and_weights(n_levels, weigh):
    rng, scores = RNG(5), []
    for _ in range(300):
        values = rng.integers(n_levels, size=400) if n_levels else rng.normal(size=400)
        hits, weights = rng.random(400) < 0.3, weigh(rng.normal(size=400))
        off = hits - np.average(hits, weights=weights)
        parts = weights / weights.mean()
        off /= np.sqrt(np.mean(parts * off**2))
        scores.append(_screen._score(_screen._group(values), off, parts))
    assert abs(np.mean(scores)) < 0.25
    assert 0.5 < np.std(scores) < 1.4


def test_what_says_something_is_kept_whatever_its_shape():
    n = 2_000
    rows = make_noise(n, 400)
    rng = RNG(3)
    rows["400"] = rng.integers(4, size=n).astype(np.int32)
    rows["401"] = rows["0"].where(rng.random(n) < 0.7)
    odds = np.abs(rows["7"]) + rows["13"] + 2 * rows["401"].isna() + (rows["400"] == 2)
    hits = rng.random(n) < 1 / (1 + np.exp(1.5 - odds))
    for y in (hits, hits * np.exp(rng.normal(scale=2, size=n))):
        kept = screen_columns(rows, y, np.ones(n))
        assert len(kept) == MOST_COLUMNS
        assert kept == [name for name in rows if name in kept]
        assert {"7", "13", "400", "401"} <= set(kept)
    assert screen_columns(rows.iloc[:, -9:], hits, np.ones(n)) == list(rows.columns[-9:])


def test_held_out_customers_have_no_say_in_what_trees_look_at():
    """Otherwise some of thousands of columns of noise would tell who they are: 0.23."""
    n = 400
    rows, hits = make_noise(n, 3_000), np.arange(n) % 2 == 0
    folds = cut_folds(hits, None, np.random.RandomState(0))
    fitted = cross_fit("boosting", Table(rows, hits, np.ones(n)), folds, seed=0, n_jobs=1)
    assert isinstance(fitted.model, Boosting)
    assert fitted.model.columns is not None
    assert len(fitted.model.columns) == MOST_COLUMNS
    assert np.corrcoef(fitted.scores, hits)[0, 1] < 0.15


@pytest.mark.parametrize("kind", ["churn", "spend"])
def test_columns_that_trees_do_not_look_at_contribute_nothing(kind, monkeypatch):
    monkeypatch.setattr(_screen, "MOST_COLUMNS", 10)
    n = 300
    X = make_noise(n, 14)
    odds = 4 * (X["3"] * X["5"] > 0) - 2 + X["3"]
    hits = RNG(4).random(n) < 1 / (1 + np.exp(-odds))
    if kind == "churn":
        model = ChurnClassifier("boosting", random_state=0).fit(X, hits)
        told = model.predict_proba(X[:1])[:, 1]
        told = np.log(told / (1 - told))
        assert model.drivers_.index[0] in {"3", "5"}
        read = model.model_["columns"]
    else:
        model = SpendRegressor("boosting", random_state=0).fit(X, hits * (1.0 + X["3"] ** 2))
        told, read = model.predict(X[:1]), model.model_["columns"]
    names = [name for _, step, some in read.transformers_ if step != "drop" for name in some]
    assert len(names) == 10
    parts = model.explain(X[:1])
    np.testing.assert_allclose(parts.sum(axis=1), told, rtol=1e-6)
    if kind == "churn":  # spend has two models
        assert (parts[[name for name in X if name not in names]] == 0).all(axis=None)
