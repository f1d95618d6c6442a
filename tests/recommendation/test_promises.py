"""No recommendation is ever a seen item: for every recommender and any parameters and data."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from custbase import (
    CustomerNeighborRecommender,
    EASERecommender,
    FactorRecommender,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase.exceptions import CustbaseWarning

fallbacks = st.sampled_from(["popularity", None])
jobs = st.sampled_from([1, 2])
neighbors = st.builds(
    NeighborRecommender,
    n_neighbors=st.integers(1, 9),
    kind=st.sampled_from(["item", "user"]),
    metric=st.sampled_from(["cosine", "jaccard", "correlation"]),
    weighting=st.sampled_from([None, "tfidf", "bm25"]),
    shrinkage=st.sampled_from([0.0, 1.0, 100.0]),
    prune=st.sampled_from(["source", "target"]),
    fallback=fallbacks,
    n_jobs=jobs,
)
ratings = st.builds(
    NeighborRecommender,
    n_neighbors=st.integers(1, 9),
    kind=st.sampled_from(["item", "user"]),
    metric=st.sampled_from(["cosine", "jaccard", "correlation"]),
    shrinkage=st.sampled_from([0.0, 1.0, 100.0]),
    feedback=st.just("explicit"),
    fallback=fallbacks,
    n_jobs=jobs,
)
by_features = st.builds(
    CustomerNeighborRecommender,
    n_neighbors=st.integers(1, 9),
    metric=st.sampled_from(["euclidean", "manhattan", "cosine"]),
    weights=st.sampled_from(["uniform", "distance"]),
    fallback=fallbacks,
    n_jobs=jobs,
)
factors = st.builds(
    FactorRecommender,
    n_factors=st.integers(1, 9),
    regularization=st.sampled_from([1e-3, 0.1, 10.0]),
    alpha=st.sampled_from([0.1, 1.0, 40.0]),
    max_iter=st.integers(1, 3),
    fallback=fallbacks,
    random_state=st.integers(0, 9),
    n_jobs=jobs,
)
ease = st.builds(
    EASERecommender,
    l2=st.sampled_from([0.5, 10.0, 1000.0]),
    dropout=st.sampled_from([0.0, 0.5]),
    fallback=fallbacks,
    n_jobs=jobs,
)
popularity = st.builds(PopularityRecommender, n_jobs=jobs)


@settings(max_examples=250, deadline=None)
@given(
    recommender=st.one_of(neighbors, ratings, by_features, factors, ease, popularity),
    shape=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 10),
    some=st.booleans(),
)
def test_no_recommendation_is_ever_a_seen_item(recommender, shape, seed, n, some):
    rng = np.random.default_rng(seed)
    values = rng.choice([0.25, 1.0, 1.0, 2.0, 5.0], shape)
    X = values * (rng.random(shape) < rng.random())
    history = X[rng.permutation(shape[0])] if rng.random() < 0.5 else np.roll(X, 1, axis=1)
    items = rng.integers(0, shape[1], 3) if some else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)
        if isinstance(recommender, CustomerNeighborRecommender):
            recommender.fit(values, csr_array(X))
            indices, scores = recommender.recommend(values, n, items=items, history=history)
        else:
            recommender.fit(csr_array(X))
            indices, scores = recommender.recommend(csr_array(history), n, items=items)
    assert indices.shape == scores.shape == (shape[0], n)
    free = history == 0
    if some:
        free &= np.isin(np.arange(shape[1]), items)
    for row in range(shape[0]):
        listed = indices[row][indices[row] >= 0]
        assert free[row, listed].all()
        assert len(set(listed)) == len(listed)
        if getattr(recommender, "fallback", "popularity"):
            assert len(listed) == min(n, free[row].sum())
    assert not np.isinf(scores).any()
