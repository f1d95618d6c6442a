"""Weighted rows: blocks, assignment, distinct rows."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._spans import CHUNK_ROWS, LEAST_CHUNKS
from custbase.segmentation._rows import (
    Moments,
    assign,
    count_distinct_rows,
    move_moments,
    sum_moments,
    weighted_rows,
)
from tests.oracles import kmeans as oracle


@pytest.mark.parametrize("n_rows", [1, 300, CHUNK_ROWS, LEAST_CHUNKS * CHUNK_ROWS * 2 + 1])
def test_spans_cover_all_rows_once(n_rows):
    with weighted_rows(np.zeros((n_rows, 1)), n_jobs=2) as rows:
        covered = np.zeros(n_rows, dtype=int)
        for span in rows.spans:
            covered[span.rows] += 1
        assert (covered == 1).all()
        assert rows.n_chunks == -(-n_rows // CHUNK_ROWS)
        assert len(rows.spans) == (2 if rows.n_chunks >= 2 * LEAST_CHUNKS else 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_blocks_know_mean_and_variances(dtype, offset):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(3000, 4)) * [1, 2, 3, 0] + offset).astype(dtype)
    weights = rng.uniform(size=3000)
    with weighted_rows(X, weights) as rows:
        mean = np.average(X.astype(np.float64), axis=0, weights=weights)
        variances = np.average((X.astype(np.float64) - mean) ** 2, axis=0, weights=weights)
        np.testing.assert_allclose(rows.blocks.mean, mean, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(rows.blocks.variances, variances, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(1, 3), (255, 3), (256, 2), (257, 1), (CHUNK_ROWS * 9, 4)])
def test_blocks_hold_the_rows_about_their_shift_in_single_precision(dtype, n_jobs, shape):
    rng = np.random.default_rng(shape[0])
    X = (1e-4 * rng.normal(size=shape) + 7).astype(dtype)
    weights = rng.uniform(0.1, 1, len(X))
    with weighted_rows(X, weights, n_jobs=n_jobs) as rows:
        blocks = rows.blocks
    seen = X - blocks.shift
    values, row_weights = oracle.cut_blocks(seen * blocks.scale, weights, BLOCK_ROWS)
    n_columns = shape[1]
    np.testing.assert_array_equal(blocks.values[:, :n_columns], values.astype(np.float32))
    assert blocks.values.shape[1] == n_columns + n_columns % 2
    assert not blocks.values[:, n_columns:].any()
    np.testing.assert_array_equal(blocks.weights, row_weights)
    lengths = np.sqrt((values**2).sum(axis=1))
    np.testing.assert_allclose(blocks.longest, lengths.max(axis=1))
    if len(X) > 1:
        assert 0.05 < np.median(lengths[row_weights > 0]) < 4


def test_assignment_sums_over_chunks():
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(2 * CHUNK_ROWS + 7, 2)), rng.uniform(size=2 * CHUNK_ROWS + 7)
    with weighted_rows(X, weights) as rows:
        found = assign(rows, X[:3].copy())
    np.testing.assert_allclose(found.weights, np.bincount(found.labels, weights))
    np.testing.assert_allclose(
        found.inertia, np.bincount(found.labels, weights * found.distances), rtol=1e-10
    )


def check_moments(found: Moments, X: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> None:
    """Compare with numpy's sums over the rows of every cluster."""
    for cluster, center in enumerate(found.centers):
        own = labels == cluster
        total, mean = weights[own].sum(), np.average(X[own], axis=0, weights=weights[own])
        squares = weights[own] @ ((X[own] - center) ** 2).sum(axis=1)
        spread = np.average(((X[own] - mean) ** 2).sum(axis=1), weights=weights[own])
        assert found.weights[cluster] == pytest.approx(total, rel=1e-12)
        np.testing.assert_allclose(center + found.shifts[cluster], mean, atol=1e-12)
        assert found.squares[cluster] == pytest.approx(squares, rel=1e-12)
        assert found.spreads[cluster] == pytest.approx(spread, rel=1e-12)


@pytest.mark.parametrize("n_moved", [0, 20, 5000])
def test_moments_are_those_of_the_labels(n_moved):
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(2 * CHUNK_ROWS + 7, 3)), rng.uniform(size=2 * CHUNK_ROWS + 7)
    with weighted_rows(X, weights) as rows:
        before = assign(rows, X[:5].copy()).labels
        labels = before.copy()
        labels[rng.choice(len(X), n_moved, replace=False)] = 2
        moments = sum_moments(rows, X[:5].copy(), before)
        check_moments(moments, X, weights, before)
        moments = moments.about_means()
        check_moments(moments, X, weights, before)
        assert not moments.shifts.any()
        check_moments(move_moments(rows, moments, before, labels), X, weights, labels)


@pytest.mark.parametrize("heavy", ["weight", "distance"])
def test_a_row_that_is_most_of_its_cluster_leaves_no_rounding_behind(heavy):
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(1000, 2)), np.ones(1000)
    labels, before = np.zeros(1000, np.int32), np.zeros(1000, np.int32)
    labels[500:], before[500:], before[0] = 1, 1, 1
    if heavy == "weight":
        weights[0] = 1e14
    else:
        X[0] = 1e9
    with weighted_rows(X, weights) as rows:
        moments = sum_moments(rows, np.zeros((2, 2)), before)
        moved = move_moments(rows, moments, before, labels)
    check_moments(moved, X, weights, labels)


@pytest.mark.parametrize("limit", [1, 3, 5, 100])
def test_distinct_rows_are_counted_up_to_the_limit(limit):
    X = np.repeat(np.arange(5.0), 400)[:, None]
    assert count_distinct_rows(X, limit) == min(5, limit)
    assert count_distinct_rows(np.array([[0.0], [-0.0]]), limit) == 1
