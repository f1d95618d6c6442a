"""Preprocessing of narrow and wide tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import SplineTransformer

from custbase import ChurnClassifier, SpendRegressor
from custbase._tabular import _design
from custbase._tabular._curves import Curves
from custbase._tabular._medians import FillMedians


@pytest.mark.parametrize("sparse", [False, True])
def test_curves_stay_as_they_ended(sparse):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=500), rng.poisson(3, 500), 1e12 * rng.random(500)])
    ours = Curves(sparse).fit(X)
    theirs = SplineTransformer(
        5, knots="quantile", extrapolation="constant", include_bias=False
    ).fit(X)
    for rows in (X, 3 * X, -X):
        values = ours.transform(rows)
        assert issparse(values) == sparse
        values = values.toarray() if sparse else values
        np.testing.assert_array_equal(values, theirs.transform(rows))


def draw(n: int = 1500) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    town = rng.integers(60, size=n)
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef"))
    frame["town"] = np.array([f"town {t}" for t in range(60)])[town]
    frame.loc[rng.random(n) < 0.1, "c"] = np.nan
    effect = rng.normal(size=60)[town] + frame["a"] + np.abs(frame["b"])
    return frame, (rng.random(n) < 1 / (1 + np.exp(-effect.to_numpy()))).astype(int)


@pytest.mark.parametrize(("limit", "is_sparse"), [("MANY_DUMMIES", True), ("WIDE", True)])
def test_wide_tables_have_the_same_answer(limit, is_sparse, monkeypatch):
    frame, y = draw()
    spend = y * np.exp(frame["a"].to_numpy())
    fits = (
        lambda: ChurnClassifier("logistic", random_state=0).fit(frame, y),
        lambda: SpendRegressor("linear", random_state=0).fit(frame, spend),
    )
    narrow = [fit() for fit in fits]
    monkeypatch.setattr(_design, limit, 20)
    wide = [fit() for fit in fits]
    assert [model.model_[-1].solver for model in narrow + wide] == (
        ["newton-cholesky"] * 2 + ["lbfgs"] * 2
    )
    assert issparse(wide[0].model_[0].transform(_read(wide[0], frame))) == is_sparse
    p, other = (model.predict_proba(frame)[:, 1] for model in (narrow[0], wide[0]))
    np.testing.assert_allclose(other, p, atol=2e-3)
    np.testing.assert_allclose(wide[1].predict(frame), narrow[1].predict(frame), rtol=0.01)
    parts, others = narrow[0].explain(frame[:50]), wide[0].explain(frame[:50])
    np.testing.assert_allclose(others, parts, atol=0.02)
    odds = np.log(other[:50] / (1 - other[:50]))
    np.testing.assert_allclose(others.sum(axis=1), odds, atol=1e-9)


def _read(model, frame):
    from custbase._tabular._columns import read_columns

    return read_columns(frame, model._columns)


def test_levels_are_capped(monkeypatch):
    frame, y = draw()
    monkeypatch.setattr(_design, "MANY_DUMMIES", 20)
    monkeypatch.setattr(_design, "MOST_SPARSE_LEVELS", 30)
    model = ChurnClassifier("logistic", random_state=0).fit(frame, y).model_
    dummies = [n for n in model[0].get_feature_names_out() if n.startswith("categories")]
    assert len(dummies) == 30  # the most frequent ones, and one of the others


def test_tables_of_many_numbers_have_no_curves(monkeypatch):
    frame, y = draw()
    monkeypatch.setattr(_design, "MOST_CURVES", 5)
    model = ChurnClassifier("logistic", random_state=0).fit(frame, y).model_
    names = model[0].get_feature_names_out()
    assert not any(name.startswith("curves") for name in names)
    assert sum(name.startswith("numbers") for name in names) == 6


def test_medians_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(101, 4))
    X[rng.random(X.shape) < 0.3] = np.nan
    X[0, :] = 1.0
    later = np.full((2, 4), np.nan)
    later[0, 1] = 5.0
    ours, theirs = FillMedians().fit(X), SimpleImputer(strategy="median").fit(X)
    for rows in (X, later):
        before = rows.copy()
        np.testing.assert_array_equal(ours.transform(rows), theirs.transform(rows))
        np.testing.assert_array_equal(rows, before)
