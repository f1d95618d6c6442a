"""split_items and split_users: what is drawn, how much of it, and that nothing is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csc_matrix, csr_array, csr_matrix
from sklearn.model_selection import GridSearchCV, cross_validate

from custbase.model_selection import split_items, split_users
from custbase.recommendation._popularity_recommender import PopularityRecommender


def draw(seed=0, n_users=40, n_items=30, density=0.3):
    rng = np.random.default_rng(seed)
    has = rng.random((n_users, n_items)) < density
    return np.where(has, rng.integers(-2, 4, has.shape), 0).astype(float)


def count_held(n_items, size):
    """Items that are held out of a user's, as the documentation has it."""
    if isinstance(size, int):
        return size if n_items > size else 0
    if n_items < 2:
        return 0
    return max(1, int(n_items * size + 1e-9))


def check(X, history, held_out, size):
    """Hold the parts of a matrix against it, row by row."""
    assert history.shape == held_out.shape == X.shape
    for row, kept, held in zip(X, history.toarray(), held_out.toarray(), strict=True):
        assert not np.any((kept != 0) & (held != 0))
        np.testing.assert_array_equal(kept + held, row)
        n_items = np.count_nonzero(row)
        assert np.count_nonzero(held) == count_held(n_items, size)
        assert np.count_nonzero(kept) >= min(n_items, 1)
    for part in (history, held_out):
        assert isinstance(part, csr_array)
        assert part.has_canonical_format
        assert np.all(part.data != 0)


sizes = st.sampled_from([0.01, 0.2, 0.29, 0.5, 0.7, 0.999, 1, 2, 5])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), density=st.sampled_from([0.05, 0.3, 1.0]), size=sizes)
def test_parts_are_disjoint_and_together_the_matrix(seed, density, size):
    X = draw(seed, density=density)
    counts = (X != 0).sum(axis=1)
    if not any(count_held(n, size) for n in counts):
        with pytest.raises(ValueError, match="held_out_size="):
            split_items(X, held_out_size=size, random_state=seed)
        return
    history, held_out = split_items(csr_array(X), held_out_size=size, random_state=seed)
    check(X, history, held_out, size)
    again = split_items(X, held_out_size=size, random_state=np.random.RandomState(seed))
    assert (again[0] != history).nnz == (again[1] != held_out).nnz == 0


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), test_size=st.sampled_from([0.01, 0.2, 0.29, 0.9, 1, 39]))
def test_test_users_stand_in_history_and_the_others_in_train(seed, test_size):
    X = draw(seed, density=0.5)
    split = split_users(X, test_size=test_size, held_out_size=0.3, random_state=seed)
    n_test = test_size if isinstance(test_size, int) else max(1, int(40 * test_size))
    assert len(split.test_users) == n_test
    assert sorted([*split.train_users, *split.test_users]) == list(range(40))
    for rows in (split.train_users, split.test_users):
        assert np.all(np.diff(rows) > 0)
    np.testing.assert_array_equal(split.train.toarray(), X[split.train_users])
    check(X[split.test_users], split.history, split.held_out, 0.3)
    again = split_users(X, test_size=test_size, held_out_size=0.3, random_state=seed)
    for one, other in zip(split, again, strict=True):
        assert np.array_equal(
            *(p.toarray() if isinstance(p, csr_array) else p for p in (one, other))
        )


def test_each_item_and_each_user_is_drawn_alike():
    X = np.ones((20_000, 5))
    _, held_out = split_items(X, held_out_size=2, random_state=0)
    # Within 5 standard deviations of a share of 2 in 5.
    np.testing.assert_allclose(held_out.sum(axis=0) / 20_000, 0.4, atol=5 * (0.24 / 20_000) ** 0.5)
    chosen = np.zeros(10)
    for seed in range(1000):
        chosen[split_users(np.ones((10, 3)), test_size=0.3, random_state=seed).test_users] += 1
    np.testing.assert_allclose(chosen / 1000, 0.3, atol=5 * (0.21 / 1000) ** 0.5)


def test_numbers_of_numpy_are_sizes():
    for size, other in [(0.5, np.float32(0.5)), (2, np.int64(2))]:
        expected, found = (
            split_items(draw(), held_out_size=s, random_state=0) for s in (size, other)
        )
        assert (expected[1] != found[1]).nnz == 0


def test_seeds_differ_and_none_draws_anew():
    X = np.ones((50, 20))
    first, other = (split_items(X, random_state=seed)[1] for seed in (0, 1))
    assert (first != other).nnz
    assert (split_items(X)[1] != split_items(X)[1]).nnz


def test_any_matrix_is_taken_and_none_is_written():
    X = draw(1)
    expected = split_items(X, random_state=0)
    doubled = coo_array(X)
    doubled = coo_array(
        (np.tile(doubled.data / 2, 2), tuple(np.tile(c, 2) for c in doubled.coords)), shape=X.shape
    )
    stored = csr_array(np.ones_like(X))
    stored.data[:] = X.ravel()
    frames = [pd.DataFrame(X).add_prefix("x"), pl.DataFrame(X)]
    for given_x in (csr_matrix(X), csc_matrix(X), doubled, stored, X.tolist(), *frames):
        found = split_items(given_x, random_state=0)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.toarray(), other.toarray())
            assert one.nnz == other.nnz
    assert stored.nnz == X.size
    assert doubled.nnz == 2 * np.count_nonzero(X)
    X.flags.writeable = False
    frozen = csr_array(X)
    before = [part.copy() for part in (frozen.data, frozen.indices, frozen.indptr)]
    split = split_users(frozen, random_state=0)
    for part in (split.train, split.history, split.held_out):
        part.data[:] = 7
    for one, other in zip((frozen.data, frozen.indices, frozen.indptr), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_recommenders_are_searched_over_the_pair():
    X = np.abs(draw(2, n_users=90))
    history, held_out = split_items(X, random_state=0)
    found = cross_validate(PopularityRecommender(), history, held_out.toarray(), cv=3)
    assert np.all(found["test_score"] > 0)
    search = GridSearchCV(PopularityRecommender(), {"n_recommendations": [2, 10]}, cv=3)
    assert search.fit(history, held_out).best_params_ == {"n_recommendations": 10}
    split = split_users(X, random_state=0)
    assert PopularityRecommender().fit(split.train).score(split.history, split.held_out) > 0


@pytest.mark.parametrize("split", [split_items, split_users])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"held_out_size": 0}, r"held_out_size must be .* > 0 and < 1 or an integer >= 1; got 0"),
        ({"held_out_size": 1.0}, "held_out_size must be .*; got 1.0"),
        ({"held_out_size": True}, r"held_out_size must be .*; got True \(bool\)"),
        ({"held_out_size": 30}, "held_out_size=30 needs a user of at least 31 items; the most"),
        ({"random_state": -1}, "random_state must be"),
        ({"random_state": "0"}, "random_state must be"),
        ({"X": [[1, np.nan]]}, "Input X contains NaN"),
        ({"X": [[1, np.inf]]}, "Input X contains infinity"),
        ({"X": [1, 2]}, "Expected 2D array, got 1D array"),
        ({"X": pl.LazyFrame({"a": [1]})}, "X must be an array or a frame in memory; got a lazy"),
        ({"X": np.eye(3)}, "held_out_size=0.2 needs a user of at least 2 items; the most .* is 1"),
        ({"X": np.zeros((3, 2))}, "needs a user of at least 2 items; the most .* is 0"),
    ],
)
def test_what_they_refuse(split, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        split(**{"X": draw(), **arguments})


@pytest.mark.parametrize(
    ("test_size", "message"),
    [
        (40, "test_size must leave users to learn from; got 40 for 40 users"),
        (1.5, "test_size must be a number > 0 and < 1 or an integer >= 1; got 1.5"),
        (None, r"test_size must be .*; got None \(NoneType\)"),
    ],
)
def test_sizes_of_test_users_that_are_refused(test_size, message):
    with pytest.raises((TypeError, ValueError), match=message):
        split_users(draw(), test_size=test_size)
