"""Preprocessing of narrow and wide tables."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import SplineTransformer, StandardScaler

from custbase import ChurnClassifier, SpendRegressor
from custbase._tabular import _design, _folds, _newton
from custbase._tabular._columns import learn_columns, read_columns
from custbase._tabular._design import BENDS, make_columns, make_linear
from custbase._tabular._folds import Table, cross_fit, cut_folds
from custbase._tabular._linear import cross_linear
from custbase._tabular._medians import FillMedians
from custbase._tabular._menu import build_model
from custbase._tabular._newton import NewtonLogistic, NewtonPoisson
from custbase.exceptions import CustbaseWarning


@pytest.mark.parametrize("n_towns", [0, 150])
def test_curves_stay_as_they_ended(n_towns):
    rng = np.random.default_rng(0)
    numbers = [rng.normal(size=500), rng.uniform(0, 9, 500) ** 3, 1e12 * rng.random(500)]
    rows = pd.DataFrame(dict(zip("012", numbers, strict=True)))
    if n_towns:
        rows["3"] = (np.arange(500) % n_towns).astype(np.int32)
    design = make_linear(rows, curves=True)
    assert design.is_sparse == bool(n_towns)
    columns = make_columns(design)
    columns.fit(rows)
    scale = StandardScaler().fit(rows.iloc[:, :3].to_numpy())
    theirs = SplineTransformer(
        5, knots="quantile", extrapolation="constant", include_bias=False
    ).fit(scale.transform(rows.iloc[:, :3].to_numpy()))
    for times in (1, 3, -1):
        other = rows.assign(**{name: times * rows[name] for name in "012"})
        values = columns.transform(other)
        assert issparse(values) == bool(n_towns)
        values = values.toarray() if n_towns else values
        expected = theirs.transform(scale.transform(other.iloc[:, :3].to_numpy()))
        np.testing.assert_allclose(values[:, : 3 * BENDS], expected, atol=1e-12)


def draw(n: int = 1500) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    town = rng.integers(40, size=n)
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef"))
    frame["town"] = np.array([f"town {t}" for t in range(40)])[town]
    frame.loc[rng.random(n) < 0.1, "c"] = np.nan
    effect = rng.normal(size=40)[town] + frame["a"] + np.abs(frame["b"])
    return frame, (rng.random(n) < 1 / (1 + np.exp(-effect.to_numpy()))).astype(int)


@pytest.mark.parametrize(("limit", "is_sparse"), [("MANY_DUMMIES", True), ("WIDE", False)])
def test_wide_tables_have_the_same_answer(limit, is_sparse, monkeypatch):
    frame, y = draw()
    spend = y * np.exp(frame["a"].to_numpy())
    fits = (
        lambda: ChurnClassifier("logistic", random_state=0).fit(frame, y),
        lambda: SpendRegressor("linear", random_state=0).fit(frame, spend),
    )
    monkeypatch.setattr(_design, "RARE", 1)
    if limit == "WIDE":  # curves are always solved with all their pairs
        monkeypatch.setattr(_design, "MOST_CURVES", 0)
    narrow = [fit() for fit in fits]
    monkeypatch.setattr(_design, limit, 20)
    monkeypatch.setattr(_folds, "TIMES", (1,))  # narrow ones have the first penalty
    wide = [fit() for fit in fits]
    assert [type(model.model_[-1]).__name__ for model in narrow + wide] == (
        ["LogisticRegression", "PoissonRegressor", "NewtonLogistic", "NewtonPoisson"]
    )
    assert issparse(wide[0].model_[0].transform(_read(wide[0], frame))) == is_sparse
    p, other = (model.predict_proba(frame)[:, 1] for model in (narrow[0], wide[0]))
    np.testing.assert_allclose(other, p, atol=2e-5)
    np.testing.assert_allclose(wide[1].predict(frame), narrow[1].predict(frame), rtol=1e-4)
    parts, others = narrow[0].explain(frame[:50]), wide[0].explain(frame[:50])
    np.testing.assert_allclose(others, parts, atol=2e-4)
    odds = np.log(other[:50] / (1 - other[:50]))
    np.testing.assert_allclose(others.sum(axis=1), odds, atol=1e-9)


@pytest.mark.parametrize(("size", "differs"), [(1.5, True), (0.1, False)])
def test_held_out_rows_say_how_much_levels_are_drawn_to_the_mean(size, differs):
    rng = np.random.default_rng(5)
    town = rng.integers(400, size=4000)
    frame = pd.DataFrame({"town": [f"town {t}" for t in town], "a": rng.normal(size=4000)})
    effect = size * rng.normal(size=400)[town] + frame["a"]
    y = (rng.random(4000) < 1 / (1 + np.exp(-effect))).astype(int)
    model = ChurnClassifier("logistic", random_state=0).fit(frame, y)
    columns, last = model.model_[0], model.model_[-1]
    assert (last.C == 1.0) == differs
    assert not last.warm_start
    assert len(last.coef_[0]) > 400  # of levels of any size
    design = columns.transform(_read(model, frame))
    np.testing.assert_allclose(NewtonLogistic(last.C).fit(design, y).coef_, last.coef_, atol=1e-3)


def test_customers_that_do_not_count_do_not_choose_the_penalty():
    rng = np.random.default_rng(5)
    town = rng.integers(400, size=8000)
    frame = pd.DataFrame({"town": [f"town {t}" for t in town], "a": rng.normal(size=8000)})
    effect = 1.5 * rng.normal(size=400)[town] + frame["a"].to_numpy()
    counts = np.arange(8000) % 2 == 0
    y = rng.random(8000) < np.where(counts, 1 / (1 + np.exp(-effect)), 0.5)
    penalties = [
        ChurnClassifier("logistic", random_state=0).fit(frame, y, weights).model_[-1].C
        for weights in (np.where(counts, 1.0, 1e-6), None)
    ]
    assert penalties[0] == 1.0 > penalties[1]


@pytest.mark.parametrize(
    ("losses", "times", "best"),
    [
        ([3, 4], [1, 4, 16], 1),
        ([3, 3], [1, 4, 16], 1),
        ([3, 2, 1, 1], [1, 4, 16, 64, 256], 16),
        ([3, 2, 1], [16, 4, 1], 1),
        ([3, 4], [16, 4, 1], 16),
        ([3], [1], 1),
    ],
)
def test_penalties_are_tried_as_long_as_they_gain(losses, times, best):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(90, 3))).add_prefix("x")
    rows, y = read_columns(frame, learn_columns(frame)), rng.random(90) < 0.5
    pipeline = build_model("logistic", rows, 90, seed=0, n_jobs=None)
    design = pipeline[0].fit_transform(rows)
    cuts = [(np.delete(np.arange(90), held), held) for held in np.arange(90).reshape(3, 30)]
    everybody, left = np.ones(90, dtype=bool), iter(losses)
    found = cross_linear(
        "logistic",
        pipeline,
        design,
        y,
        np.ones(90),
        everybody,
        cuts,
        lambda said: next(left) * np.ones(3),
        times=times,
        beats=lambda tried, before: bool(tried[0] < before[0]),
    )
    assert [1 / model[-1].C for model in (found.whole, *found.models)] == [best] * 4
    assert not list(left)
    alone = clone(pipeline[-1]).fit(design, y)
    np.testing.assert_allclose(found.whole[-1].coef_, alone.coef_, atol=1e-5)


def test_rare_levels_may_have_something_in_common():
    """1,200 towns of 3 customers who mostly leave, and 60 of many who mostly stay."""
    rng = np.random.default_rng(3)
    n_rare = 3600
    town = np.concatenate([np.arange(n_rare) // 3, 1200 + rng.integers(60, size=8000)])
    is_rare = town < 1200
    frame = pd.DataFrame({"town": [f"town {t}" for t in town], "a": rng.normal(size=len(town))})
    y = rng.random(len(town)) < np.where(is_rare, 0.8, 0.1)
    model = ChurnClassifier("logistic", random_state=0).fit(frame, y)
    assert "rare__0_rare" in _names(model)
    p = model.predict_proba(frame)[:, 1]
    assert abs(p[is_rare].mean() - 0.8) < 0.02
    unseen = model.predict_proba(pd.DataFrame({"town": ["elsewhere"] * 9, "a": np.zeros(9)}))
    assert abs(unseen[0, 1] - 0.8) < 0.05


def test_many_numbers_are_drawn_to_the_mean_as_far_as_others_want(monkeypatch):
    monkeypatch.setattr(_design, "WIDE", 5)
    monkeypatch.setattr(_design, "MOST_CURVES", 0)
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.normal(size=(3000, 120))).add_prefix("x")
    y = rng.random(3000) < 1 / (1 + np.exp(-2 * frame["x0"] + frame["x1"]))
    wide = ChurnClassifier("logistic", random_state=0).fit(frame[:400], y[:400])
    assert isinstance(wide.model_[-1], NewtonLogistic)
    assert wide.model_[-1].C < 1 / 10
    monkeypatch.setattr(_folds, "TIMES", (1,))
    plain = ChurnClassifier("logistic", random_state=0).fit(frame[:400], y[:400])
    losses = [log_loss(y[400:], model.predict_proba(frame[400:])[:, 1]) for model in (wide, plain)]
    assert losses[0] < 0.99 * losses[1]


@pytest.mark.parametrize("model", ["tree", "forest", "boosting", "logistic"])
def test_a_level_that_fit_did_not_see_is_not_taken_for_another(model):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.choice(["large", "small"], 900, p=[0.45, 0.55])})
    y = rng.random(900) < np.where(frame["size"] == "large", 0.8, 0.2)
    p = []
    for names in ({"large": "a", "small": "z"}, {"large": "z", "small": "a"}):
        told = frame.replace(names)
        fitted = ChurnClassifier(model, random_state=0).fit(told, y)
        later = pd.DataFrame({"size": ["other", None, names["small"]]})
        p.append(fitted.predict_proba(later)[:, 1])
    np.testing.assert_allclose(p[0], p[1], atol=0.02)  # whatever comes first in the alphabet


def test_towns_where_nobody_bought_have_a_spend():
    rng = np.random.default_rng(4)
    town = rng.integers(900, size=6000)
    frame = pd.DataFrame({"town": [f"town {t:03}" for t in town], "a": rng.normal(size=6000)})
    size = np.exp(rng.normal(size=900))[town]
    spend = np.where((rng.random(6000) < 0.3) & (town < 700), size * rng.exponential(size=6000), 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)  # of rare towns
        model = SpendRegressor("linear", random_state=0).fit(frame, spend)
        elsewhere = model.predict(frame.assign(town="elsewhere"))
    assert isinstance(model.model_[-1], NewtonPoisson)
    expected = model.predict(frame)
    assert expected[town >= 700].mean() < 0.8 * expected[town < 700].mean()
    means = [expected[towns].mean() for towns in (town >= 700, town < 700)]
    assert means[0] < elsewhere.mean() < 1.5 * means[1]


def test_folds_leave_no_trace_of_the_rows_that_they_hold_out():
    frame, y = draw()
    rows, hits = read_columns(frame, learn_columns(frame)), y.astype(bool)
    table = Table(rows, hits, np.ones(len(y)))
    folds = cut_folds(hits, None, np.random.RandomState(0))
    fitted = cross_fit("logistic", table, folds, seed=0, n_jobs=1)
    for held, model in zip(folds, fitted.models, strict=True):
        seen = np.delete(np.arange(len(y)), held)
        alone = clone(model[-1]).set_params(warm_start=False)
        alone.fit(model[0].transform(rows.iloc[seen]), hits[seen])
        expected = alone.decision_function(model[0].transform(rows.iloc[held]))
        np.testing.assert_allclose(fitted.scores[held], expected, atol=5e-5)


def _read(model, frame):
    return read_columns(frame, model._columns)


@pytest.mark.parametrize("n_towns", [120, 400, 700])
def test_towns_of_few_customers_are_learnt_from_however_many_they_are(n_towns):
    rng = np.random.default_rng(7)
    town = rng.integers(n_towns, size=8000)
    frame = pd.DataFrame({"town": [f"town {t}" for t in town], "a": rng.normal(size=8000)})
    effect = 2 * rng.normal(size=n_towns)[town] + frame["a"]
    y = (rng.random(8000) < 1 / (1 + np.exp(-effect))).astype(int)
    seen, later = np.arange(3000), np.arange(3000, 8000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)  # of rare towns
        model = ChurnClassifier("logistic", random_state=0).fit(frame.iloc[seen], y[seen])
    assert isinstance(model.model_[-1], NewtonLogistic)
    assert len(model.model_[-1].coef_[0]) > 0.7 * n_towns
    auc = roc_auc_score(y[later], model.predict_proba(frame.iloc[later])[:, 1])
    alone = roc_auc_score(y[later], frame["a"].iloc[later])
    assert auc > alone + 0.1


def test_members_of_households_have_no_dummies_of_their_own(monkeypatch):
    monkeypatch.setattr(_design, "MANY_DUMMIES", 20)
    frame, y = draw()
    frame["household"] = [f"household {i // 2}" for i in range(len(frame))]
    with pytest.warns(CustbaseWarning, match="'household' holds 750 different texts, and 100%"):
        model = ChurnClassifier("logistic", random_state=0).fit(frame, y)
    assert isinstance(model.model_[-1], NewtonLogistic)
    assert sum(name.startswith("categories__6") for name in _names(model)) == 40
    assert sum(name.startswith("categories__7") for name in _names(model)) == 1


@pytest.mark.parametrize("n_towns", [3, 150, 300])
def test_curves_of_many_numbers_are_solved_with_all_their_pairs(n_towns):
    """Conjugate gradients alone would take minutes for columns that are so much alike."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1500, 75))).add_prefix("x")
    frame["town"] = [f"town {t}" for t in rng.permutation(np.arange(1500) % n_towns)]
    y = rng.random(1500) < 1 / (1 + np.exp(5 - 8 * frame["x0"].abs()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)  # of rare towns
        design = make_linear(read_columns(frame, learn_columns(frame)), curves=True)
        model = ChurnClassifier("logistic", random_state=0).fit(frame, y)
    assert design.is_sparse == design.is_wide == (n_towns > 100)
    assert sum(name.startswith("curves") for name in _names(model)) == 75 * BENDS
    if n_towns > 100:
        assert (
            _newton._find_filled(model.model_[0].transform(_read(model, frame))).sum() >= 75 * BENDS
        )


def _names(model):
    return model.model_[0].get_feature_names_out()


def test_explanations_of_many_columns_warn_of_nothing():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 150))).add_prefix("x")
    model = ChurnClassifier("logistic", random_state=0).fit(frame, frame["x3"] > 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.explain(frame)
    assert found.columns.tolist() == ["baseline", *frame]
    odds = np.log(1 / (1 / model.predict_proba(frame)[:, 1] - 1))
    np.testing.assert_allclose(found.sum(axis=1), odds, atol=1e-9)


def test_sparse_curves_do_not_heed_what_everybody_wants_of_transformers(monkeypatch):
    monkeypatch.setattr(_design, "MANY_DUMMIES", 20)
    frame, y = draw()
    expected = ChurnClassifier("logistic", random_state=0).fit(frame, y)
    with config_context(transform_output="pandas"):
        found = ChurnClassifier("logistic", random_state=0).fit(frame, y)
        p = found.predict_proba(frame)
    assert issparse(found.model_[0].transform(_read(found, frame)))
    np.testing.assert_array_equal(p, expected.predict_proba(frame))


def test_levels_are_capped(monkeypatch):
    frame, y = draw()
    monkeypatch.setattr(_design, "MANY_DUMMIES", 20)
    monkeypatch.setattr(_design, "MOST_SPARSE_LEVELS", 39)
    model = ChurnClassifier("logistic", random_state=0).fit(frame, y).model_
    dummies = [n for n in model[0].get_feature_names_out() if n.startswith("categories")]
    assert len(dummies) == 39  # the most frequent ones, and one of the others


@pytest.mark.parametrize(("shape", "is_bent"), [("straight", False), ("bent", True)])
def test_held_out_customers_choose_between_curves_and_lines(shape, is_bent, monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(400, 5))).add_prefix("x")
    effect = frame.sum(axis=1) if shape == "straight" else 3 * frame["x1"].abs() - 2
    y = rng.random(400) < 1 / (1 + np.exp(-effect))
    model = ChurnClassifier("logistic", random_state=0).fit(frame, y)
    assert any(name.startswith("curves") for name in _names(model)) == is_bent
    if not is_bent:
        monkeypatch.setattr(_folds, "PLENTY", 1)  # of so many rows, the choice would save nothing
        model = ChurnClassifier("logistic", random_state=0).fit(frame, y)
        assert any(name.startswith("curves") for name in _names(model))


def test_a_fold_is_judged_by_the_shape_that_the_others_chose(monkeypatch):
    """Noise that one fold likes is no merit of logistic regression."""
    losses = {True: np.array([0.5, 0.6, 0.6]), False: np.array([0.1, 0.7, 0.7])}

    def cross_lines(pipeline, table, folds):
        is_bent = any(name == "curves" for name, _, _ in pipeline[0].transformers)
        sigmoid = _folds.Sigmoid(1.0, 0.0)
        return _folds.CrossFit("logistic", [is_bent], np.empty(0), sigmoid, losses[is_bent])

    monkeypatch.setattr(_folds, "_cross_lines", cross_lines)
    rows = pd.DataFrame({"0": np.random.default_rng(0).normal(size=60)})
    table = Table(rows, np.arange(60) % 2 == 0, np.ones(60))
    found = cross_fit("logistic", table, [], seed=0, n_jobs=1)
    assert found.models == [False]  # of the least sum
    np.testing.assert_array_equal(found.losses, [0.5, 0.7, 0.7])


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
