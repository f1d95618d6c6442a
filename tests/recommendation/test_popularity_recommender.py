"""PopularityRecommender: customers counted, ties by item."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from custbase import EASERecommender, FactorRecommender, PopularityRecommender, _memory
from tests.oracles.recommendation import recommend

matrices = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(-1, 3, (7, 6)).clip(-1, 2) * 1.0
)


@settings(max_examples=60, deadline=None)
@given(X=matrices, queries=matrices, n=st.integers(1, 8), exclude_seen=st.booleans())
def test_equals_counting(X, queries, n, exclude_seen):
    counts = (X > 0).sum(axis=0)
    recommender = PopularityRecommender().fit(X)
    indices, scores = recommender.recommend(queries, n, exclude_seen=exclude_seen)
    expected, _ = recommend(np.zeros(X.shape), queries, counts, n, exclude_seen=exclude_seen)
    assert np.array_equal(indices, expected)
    assert np.array_equal(scores, np.where(expected >= 0, counts[expected], np.nan), equal_nan=True)
    assert np.array_equal(recommender.popularity_, counts)


def test_rows_are_replaced_only_where_there_are_some():
    with pytest.raises(ValueError, match=r"rows must be None in the first call.*got \[0\]"):
        PopularityRecommender().partial_fit(np.eye(3), rows=[0])


def test_more_items_than_there_are_take_no_time():
    indices, scores = PopularityRecommender().fit(np.eye(3)).recommend(np.eye(3), 1_000_000)
    assert indices.shape == scores.shape == (3, 1_000_000)
    assert np.array_equal(indices[0, :3], [1, 2, -1])
    assert (indices[:, 2:] == -1).all()
    assert np.isnan(scores[:, 2:]).all()


def test_more_places_than_memory_has_are_refused(monkeypatch):
    recommender = PopularityRecommender().fit(np.eye(3))
    with pytest.raises(MemoryError, match=r"n=10{15} needs, for 3 rows, 44,703,\d{3}\.\d\d GiB"):
        recommender.recommend(np.eye(3), 10**15)
    monkeypatch.setattr(_memory, "GIB", 16 * 3 * 4)
    for available in (16 * 3 * 5, None):
        monkeypatch.setattr(_memory, "available_memory", lambda left=available: left)
        assert recommender.recommend(np.eye(3), 5)[0].shape == (3, 5)
    monkeypatch.setattr(_memory, "available_memory", lambda: 16 * 3 * 5 - 1)
    with pytest.raises(MemoryError, match="Ask for fewer, or for fewer rows at a time"):
        recommender.recommend(np.eye(3), 5)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16])
def test_numbers_of_few_bits_are_numbers(kind):
    X = np.eye(200)
    for recommender in (PopularityRecommender(), EASERecommender()):
        found = recommender.fit(X).recommend(X, kind(5))[0]
        assert np.array_equal(found, recommender.recommend(X, 5)[0])
    found = recommender.similar_items(np.arange(9), kind(100))[0]
    assert np.array_equal(found, recommender.similar_items(np.arange(9), 100)[0])


@pytest.mark.parametrize(
    "recommender",
    [PopularityRecommender(), EASERecommender(), FactorRecommender(2, random_state=0)],
    ids=repr,
)
def test_no_rows_replace_none(recommender):
    X = np.eye(4)
    before = recommender.fit(X).recommend(X, 2)
    np.testing.assert_equal(recommender.partial_fit(X[:0], rows=[]).recommend(X, 2), before)
    with pytest.raises(ValueError, match=r"rows must hold distinct numbers.*got \[\[1\], \[2, 3"):
        recommender.partial_fit(X[:2], rows=[[1], [2, 3]])
    with pytest.raises(ValueError, match=r"items must hold numbers of items.*got \[\[1\], \[2, 3"):
        recommender.recommend(X, 2, items=[[1], [2, 3]])


def test_fallback_is_checked_when_asked():
    recommender = PopularityRecommender().fit(np.eye(3))
    recommender.fallback = "bogus"
    with pytest.raises(ValueError, match="fallback must be 'popularity' or None"):
        recommender.predict(np.eye(3))


def test_partial_fit_is_a_refit():
    X = np.random.default_rng(0).integers(0, 2, (9, 5))
    grown = PopularityRecommender().partial_fit(X[:4]).partial_fit(csr_array(X[4:]))
    assert np.array_equal(grown.popularity_, X.sum(axis=0))
    grown.partial_fit(np.ones((2, 5)), rows=[8, 0])
    X[[0, 8]] = 1
    assert np.array_equal(grown.popularity_, X.sum(axis=0))
    assert np.array_equal(grown.interactions_.toarray(), X)


def test_wrong_parameters_and_order():
    with pytest.raises(ValueError, match="n_recommendations must be an integer >= 1; got 0"):
        PopularityRecommender(0).fit([[1.0]])
    with pytest.raises(TypeError, match="n_jobs must be"):
        PopularityRecommender(n_jobs="all").fit([[1.0]])
    with pytest.raises(Exception, match="not fitted yet"):
        PopularityRecommender().predict([[1.0]])
