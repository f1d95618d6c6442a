"""Neighbours of sparse rows: by counters, by bits and by sums, against a dense matrix."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

from custbase._interactions import canonical_csr
from custbase.kernels._products import SPARSE_SHARE
from custbase.kernels._selection import MOST_COMPARED
from custbase.recommendation._neighborhood import transpose
from custbase.recommendation._similarity import (
    METRICS,
    choose_bits,
    cut_evenly,
    most_similar,
    prepare_candidates,
    shorten,
)


def make_rows(n_rows, n_features, seed=0, *, weighted=False):
    """Rows of a few features that nearly all have, and many that few have."""
    rng = np.random.default_rng(seed)
    share = np.where(np.arange(n_features) < 70, 0.5, 0.02)
    X = (rng.random((n_rows, n_features)) < share) * 1.0
    X[: n_rows // 4, 70:] = 0
    X[n_rows // 2 : n_rows // 2 + 3] = 0
    if n_features > 72:
        X[-40:] = 0
        X[-40:, 71:73] = rng.random((40, 2)) < 0.6  # alike, and far from all others
    return X * rng.normal(size=X.shape).round(1) if weighted else X


def dense_neighbors(X, Y, metric, shrinkage, n, own):
    if metric == "jaccard":
        product = (X != 0).astype(float) @ (Y != 0).T
        sizes = (X != 0).sum(axis=1)[:, None] + (Y != 0).sum(axis=1) - product
        bottom = sizes + shrinkage
    else:
        product = X @ Y.T
        sizes = np.outer((X**2).sum(axis=1), (Y**2).sum(axis=1))
        if shrinkage == 0:
            # Of integers, equal similarities have equal bits this way.
            product = np.where(product > 0, np.sqrt(product**2 / np.maximum(sizes, 1e-300)), 0)
        bottom = np.sqrt(sizes) + shrinkage if shrinkage else np.ones_like(sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        sims = np.where(product > 0, product / bottom, 0.0)
    if own is not None:
        sims[np.arange(len(X)), own] = 0.0
    # Positions where a similarity is reached; equal ones in the order of the rows.
    order = np.argsort(-sims, axis=1, kind="stable")[:, :n]
    best = np.take_along_axis(sims, order, axis=1)
    return best, np.where(best > 0, order, -1)


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("shrinkage", [0.0, 3.5])
@pytest.mark.parametrize("metric", ["cosine", "jaccard"])
@pytest.mark.parametrize("n_features", [40, 300])
def test_binary_rows(metric, shrinkage, n_jobs, n_features):
    X = make_rows(400, n_features)
    candidates = prepare_candidates(transpose(canonical_csr(X)), metric)
    assert (len(candidates.bits) > 0) == (n_features > 64)
    similarities, neighbors = most_similar(
        canonical_csr(X),
        candidates,
        n_neighbors=30,
        shrinkage=shrinkage,
        own=np.arange(400),
        n_jobs=n_jobs,
    )
    expected = dense_neighbors(X, X, metric, shrinkage, 30, np.arange(400))
    np.testing.assert_array_equal(similarities, expected[0])
    np.testing.assert_array_equal(neighbors, expected[1])


@pytest.mark.parametrize("is_left_weighted", [False, True])
@pytest.mark.parametrize("is_right_weighted", [False, True])
@pytest.mark.parametrize("metric", ["cosine", "jaccard"])
@pytest.mark.parametrize("n_features", [40, 300])
def test_other_rows(n_features, metric, is_left_weighted, is_right_weighted):
    # Ones may meet other values: neither side alone decides how products are made.
    X = make_rows(90, n_features, 1, weighted=is_left_weighted)
    Y = make_rows(400, n_features, 2, weighted=is_right_weighted)
    candidates = prepare_candidates(transpose(canonical_csr(Y)), metric)
    similarities, neighbors = most_similar(
        canonical_csr(X), candidates, n_neighbors=401, shrinkage=1.0
    )
    expected = dense_neighbors(X, Y, metric, 1.0, 401, None)
    assert (neighbors[:, 400:] == -1).all()
    if metric == "jaccard" or not (is_left_weighted or is_right_weighted):
        np.testing.assert_array_equal(neighbors[:, :400], expected[1])
    np.testing.assert_allclose(similarities[:, :400], expected[0], rtol=1e-9, atol=1e-12)


def test_no_rows_no_features_and_nothing_in_common():
    candidates = prepare_candidates(transpose(canonical_csr(np.eye(4))), "cosine")
    for rows in (np.eye(4)[:0], np.zeros((2, 4))):
        similarities, neighbors = most_similar(
            canonical_csr(rows), candidates, n_neighbors=3, shrinkage=0.0
        )
        assert similarities.shape == neighbors.shape == (len(rows), 3)
        assert not similarities.any()
        assert (neighbors == -1).all()
    alone = most_similar(
        canonical_csr(np.eye(4)), candidates, n_neighbors=2, shrinkage=0.0, own=np.arange(4)
    )
    assert (alone[1] == -1).all()


def test_rows_that_touch_few_others_are_listed():
    # 2,000 rows in pairs: each touches two rows, far fewer than one in SPARSE_SHARE.
    features = np.repeat(np.arange(1000), 2)
    for values in (np.ones(2000), np.full(2000, 2.5)):
        X = canonical_csr(csr_array((values, (np.arange(2000), features)), (2000, 1000)))
        assert 2000 // SPARSE_SHARE > 2
        similarities, neighbors = most_similar(
            X,
            prepare_candidates(transpose(X), "cosine"),
            n_neighbors=2,
            shrinkage=0.0,
            own=np.arange(2000),
        )
        assert np.array_equal(neighbors[:, 0], np.arange(2000) ^ 1)
        assert (neighbors[:, 1] == -1).all()
        assert (similarities[:, 0] == 1.0).all()


def test_products_that_cancel_on_the_way_count_once():
    # The third row's product with the first is 1 - 1 + 1: listed twice, and pushed once.
    X = np.zeros((100, 3))
    X[0], X[1] = [1, 1, 1], [1, -1, 1]
    X = canonical_csr(X)
    found = most_similar(
        X,
        prepare_candidates(transpose(X), "cosine"),
        n_neighbors=3,
        shrinkage=0.0,
        own=np.arange(100),
    )
    assert found[1][:2].tolist() == [[1, -1, -1], [0, -1, -1]]
    np.testing.assert_allclose(found[0][0, 0], 1 / 3)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("n_neighbors", [1, 5, 150])
def test_many_candidates(n_neighbors, is_weighted):
    # Enough for a floor of the keys, among 2,000 rows that are all touched, or a few of 40,000.
    rng = np.random.default_rng(3)
    for n_rows, share in ((2000, 0.2), (40_000, 0.0075)):
        Y = (rng.random((n_rows, 60)) < share) * 1.0
        Y *= rng.lognormal(0, 2, Y.shape) * rng.choice([-1, 1, 1, 1], Y.shape) if is_weighted else 1
        X = Y[:20]
        candidates = prepare_candidates(transpose(canonical_csr(Y)), "cosine")
        found = most_similar(
            canonical_csr(X),
            candidates,
            n_neighbors=n_neighbors,
            shrinkage=0.0,
            own=np.arange(20),
        )
        expected = dense_neighbors(X, Y, "cosine", 0.0, n_neighbors, np.arange(20))
        if is_weighted:
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        else:
            np.testing.assert_array_equal(found[0], expected[0])
            np.testing.assert_array_equal(found[1], expected[1])


def test_of_many_equal_rows_the_first_are_found():
    # More reach the floor than are compared with each other.
    X = canonical_csr(np.ones((2 * MOST_COMPARED, 3)))
    similarities, neighbors = most_similar(
        X,
        prepare_candidates(transpose(X), "cosine"),
        n_neighbors=4,
        shrinkage=0.0,
        own=np.arange(len(X.indptr) - 1),
    )
    assert (similarities == 1.0).all()
    assert neighbors[[0, 2, 9]].tolist() == [[1, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 3]]


@pytest.mark.parametrize("asymmetry", [0.0, 0.5, 1.0])
def test_similarities_beyond_the_shelves(asymmetry):
    # Keys underflow, and without symmetry they overflow.
    scales = 10.0 ** np.arange(-50, 50, 0.25)[:, None]
    X = np.ones((400, 2)) * [1.0, 0.0] * scales
    X[::3] = [1e-50, 1e50]
    X = canonical_csr(X)
    found = most_similar(
        X,
        prepare_candidates(transpose(X), "cosine", asymmetry),
        n_neighbors=3,
        shrinkage=0.0,
        own=np.arange(400),
    )
    values, squares = X.toarray(), (X.toarray() ** 2).sum(axis=1)
    for row in range(400):
        tops = values @ values[row]
        bottoms = squares[row] ** (2 - 2 * asymmetry) * squares ** (2 * asymmetry)
        expected = np.delete(np.sqrt(tops / bottoms * tops), row)
        np.testing.assert_allclose(found[0][row], np.sort(expected)[:-4:-1], rtol=1e-9)


def test_numbers_of_rows_take_two_bytes_if_they_fit():
    assert shorten(np.array([0, 2**16 - 1]), 2**16).dtype == np.uint16
    assert shorten(np.array([0, 2**16]), 2**16 + 1).max() == 2**16
    X = canonical_csr(make_rows(400, 40))
    candidates = prepare_candidates(transpose(X), "cosine")
    long = candidates._replace(short=candidates.postings.indices)
    asked = {"n_neighbors": 30, "shrinkage": 0.0, "own": np.arange(400)}
    for one, other in zip(
        most_similar(X, candidates, **asked), most_similar(X, long, **asked), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_counters_hold_what_rows_have_in_common():
    X = canonical_csr(np.ones((3, 2**16 + 10)))
    candidates = prepare_candidates(transpose(X), "cosine")
    similarities, neighbors = most_similar(
        X, candidates, n_neighbors=2, shrinkage=0.0, own=np.arange(3)
    )
    assert (similarities == 1.0).all()
    assert neighbors.tolist() == [[1, 2], [0, 2], [0, 1]]


def test_tasks_are_all_rows_and_of_like_cost():
    costs = np.r_[np.full(1000, 1), 5000, np.full(3000, 2)]
    cuts = cut_evenly(costs)
    assert cuts == sorted(cuts)
    assert (cuts[0], cuts[-1]) == (0, 4001)
    sums = [costs[first:last].sum() for first, last in pairwise(cuts)]
    assert sum(sums) == costs.sum()
    assert max(sums) <= 5000 + costs.sum() / (len(cuts) - 1)
    assert cut_evenly(np.zeros(0, np.int64)) == [0, 0]
    assert cut_evenly(np.zeros(500, np.int64))[-1] == 500


def test_bits_are_whole_words_of_the_most_frequent_features():
    counts = np.r_[np.full(136, 5), np.full(54, 900), np.full(10, 1000)]
    chosen = choose_bits(counts, 1000)
    assert len(chosen) == 64
    assert set(chosen[:10]) == set(range(190, 200))
    assert counts[chosen].min() == 900
    assert len(choose_bits(np.full(63, 1000), 1000)) == 0


def test_metrics_are_known():
    assert set(METRICS) == {"cosine", "jaccard", "correlation"}
