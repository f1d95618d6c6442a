"""Linear models of wide designs, against those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from custbase._tabular import _newton
from custbase._tabular._newton import NewtonLogistic, NewtonPoisson


def draw(n_numbers: int, n_levels: list[int], n: int = 700, noise: float = 0.3) -> np.ndarray:
    """Numbers that go together, and dummies of categories, one after the other."""
    rng = np.random.default_rng([n_numbers, *n_levels])
    shared = rng.normal(size=(n, 2))
    numbers = shared @ rng.normal(size=(2, n_numbers)) + noise * rng.normal(size=(n, n_numbers))
    dummies = [np.eye(levels)[rng.integers(levels, size=n)] for levels in n_levels]
    return np.hstack([*dummies, numbers])[:, rng.permutation(n_numbers + sum(n_levels))]


DESIGNS = {
    "one category": draw(3, [40]),
    "three categories": draw(4, [30, 50, 11]),
    "a level of most": draw(2, [2, 60]),
    "no category": draw(8, []),
    "categories alone": draw(0, [20, 30]),
    "numbers that are much alike": draw(60, [], noise=0.03),
}


@pytest.mark.parametrize("is_sparse", [True, False])
@pytest.mark.parametrize("has_weights", [True, False])
@pytest.mark.parametrize("name", DESIGNS)
def test_models_are_those_of_scikit_learn(name, has_weights, is_sparse):
    X = DESIGNS[name]
    rng = np.random.default_rng(0)
    effect = X @ rng.normal(size=X.shape[1]) / 2 - 1
    weights = rng.exponential(size=len(X)) if has_weights else None
    given = csr_array(X) if is_sparse else X
    did = np.where(rng.random(len(X)) < 1 / (1 + np.exp(-effect)), "yes", "no")
    ours = NewtonLogistic(0.7).fit(given, did, sample_weight=weights)
    theirs = LogisticRegression(C=0.7, solver="newton-cholesky", tol=1e-9)
    theirs.fit(X, did, sample_weight=weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=2e-4)
    np.testing.assert_allclose(ours.predict_proba(given), theirs.predict_proba(X), atol=1e-4)
    logs = theirs.predict_log_proba(X)
    np.testing.assert_allclose(ours.predict_log_proba(given), logs, atol=1e-2)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_array_equal(ours.predict(given), theirs.predict(X))

    amounts = rng.poisson(np.exp(effect)) * 1.7
    sums = NewtonPoisson(0.01).fit(given, amounts, sample_weight=weights)
    others = PoissonRegressor(alpha=0.01, solver="newton-cholesky", tol=1e-9)
    others.fit(X, amounts, sample_weight=weights)
    np.testing.assert_allclose(sums.predict(given), others.predict(X), rtol=5e-4)


def test_the_least_loss_is_one_wherever_a_search_begins():
    model = NewtonLogistic()
    X = csr_array(DESIGNS["three categories"])
    rng = np.random.default_rng(1)
    y, others = rng.integers(2, size=(2, X.shape[0]))
    cold = model.fit(X, y).coef_
    warm = model.fit(X, others).set_params(warm_start=True).fit(X, y).coef_
    np.testing.assert_allclose(warm, cold, atol=2e-4)
    amounts = NewtonPoisson(0.01)
    cold = amounts.fit(X, y + 0.1).coef_
    warm = amounts.fit(X, others + 0.2).set_params(warm_start=True).fit(X, y + 0.1).coef_
    np.testing.assert_allclose(warm, cold, atol=1e-3)


def test_of_too_many_filled_columns_the_fullest_count_as_filled(monkeypatch):
    X = csr_array(DESIGNS["three categories"])
    y = np.random.default_rng(2).integers(2, size=X.shape[0])
    expected = NewtonLogistic().fit(X, y)
    monkeypatch.setattr(_newton, "FILLED", 0.05)
    counts = (X != 0).sum(axis=0)
    assert 3 < (counts > 0.05 * len(y)).sum() < X.shape[1]
    monkeypatch.setattr(_newton, "MOST_FILLED", 3)
    is_filled = _newton._find_filled(X)
    assert is_filled.sum() == 3
    assert counts[is_filled].min() >= counts[~is_filled].max()
    found = NewtonLogistic().fit(X, y)
    np.testing.assert_allclose(found.coef_, expected.coef_, atol=2e-4)


@pytest.mark.parametrize(
    ("name", "most", "most_again"),
    [
        ("one category", 15, 10),
        ("three categories", 45, 27),
        ("numbers that are much alike", 24, 12),
    ],
)
def test_searches_are_short(name, most, most_again, monkeypatch):
    """Each sum of the rows is a walk through the whole table."""
    walks = []
    rmatvec = _newton._Split.rmatvec

    def walk(split, values):
        walks.append(1)
        return rmatvec(split, values)

    monkeypatch.setattr(_newton._Split, "rmatvec", walk)
    X = csr_array(DESIGNS[name])
    effect = X @ np.random.default_rng(4).normal(size=X.shape[1])
    y = np.random.default_rng(5).random(X.shape[0]) < 1 / (1 + np.exp(-effect))
    model = NewtonLogistic().fit(X, y)
    assert len(walks) <= most
    walks.clear()
    model.set_params(warm_start=True, C=0.25).fit(X, y)
    assert len(walks) <= most_again


def test_no_column_leaves_the_share():
    y = np.arange(10) < 3
    for X in (np.empty((10, 0)), csr_array((10, 0))):
        np.testing.assert_allclose(NewtonLogistic().fit(X, y).predict_proba(X)[:, 1], 0.3)


def test_columns_that_tell_all_have_an_end():
    X = csr_array(np.hstack([np.eye(30)[np.arange(900) % 30], 1e3 * np.ones((900, 1))]))
    y = np.arange(900) % 30 < 2
    ours = NewtonLogistic(C=1e6).fit(X, y)
    assert (ours.predict(X) == y).all()
    amounts = np.where(y, 1e9, 0.0)
    assert np.isfinite(NewtonPoisson(1e-9).fit(X, amounts).predict(X)).all()


def test_a_search_that_is_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(_newton, "MOST_STEPS", 1)
    X = DESIGNS["one category"]
    y = np.random.default_rng(3).integers(2, size=len(X))
    with pytest.warns(ConvergenceWarning, match=r"stopped after 1 step\(s\) of Newton's"):
        NewtonLogistic().fit(X, y)


@pytest.mark.parametrize("X", [DESIGNS["no category"], csr_array(DESIGNS["one category"])])
def test_nothing_to_learn_is_learnt_at_once(X):
    y = np.ones(X.shape[0])
    model = NewtonPoisson(0.01).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), y)
