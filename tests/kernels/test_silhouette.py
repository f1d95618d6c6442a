"""Kernels of the silhouette against their oracle."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._silhouette import measure_silhouettes, sum_silhouettes
from custbase.kernels._spans import CHUNK_ROWS
from tests.kernels.test_kmeans import cut_pairs
from tests.oracles import silhouette as oracle


def read_only(X: np.ndarray) -> np.ndarray:
    """The matrix as the kernels get it."""
    X = X.view()
    X.flags.writeable = False
    return X


def measure(X: np.ndarray, labels: np.ndarray, weights: np.ndarray, shift: float) -> np.ndarray:
    """Call both kernels with the exact moments of the clusters, seen from a point."""
    n_clusters, n_columns = labels.max() + 1, X.shape[1]
    origin = np.full(n_columns, shift)
    means, spreads, counts = np.zeros((n_clusters, n_columns)), *np.zeros((2, n_clusters))
    for c in range(n_clusters):
        own = labels == c
        counts[c] = weights[own].sum()
        if counts[c] > 0:
            means[c] = np.average(X[own].astype(float), axis=0, weights=weights[own])
            squares = ((X[own] - means[c]) ** 2).sum(axis=1)
            spreads[c] = np.average(squares, weights=weights[own])
    out, sums = np.full(len(X), 7.0), np.ones(-(-len(X) // CHUNK_ROWS))
    seen = X.astype(np.float64) - origin
    blocks, _ = cut_pairs(0.5 * seen, weights)
    longest = np.full(len(blocks), 0.5 * np.sqrt((seen**2).sum(axis=1)).max())
    labels = labels.astype(np.int32)
    moments = origin, means - origin, spreads, counts
    measure_silhouettes(read_only(X), labels, *moments, out)
    rows = read_only(X), origin, labels, weights
    sum_silhouettes(blocks, longest, 0.5, *rows, *moments[1:], sums)
    kept = labels >= 0
    np.testing.assert_allclose(sums.sum() - len(sums), weights[kept] @ out[kept], atol=1e-9)
    return out


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("n_rows", "n_columns", "n_clusters"),
    [(5, 1, 2), (40, 3, 4), (BLOCK_ROWS, 2, 3), (BLOCK_ROWS + 1, 5, 2)],
)
def test_measure_silhouettes_equals_the_oracle(dtype, n_rows, n_columns, n_clusters):
    rng = np.random.default_rng(n_rows)
    X = rng.normal(size=(n_rows, n_columns)).astype(dtype)
    labels = np.r_[np.arange(n_clusters), rng.integers(-1, n_clusters, n_rows - n_clusters)]
    weights = rng.integers(1, 4, n_rows).astype(float)
    expected = oracle.silhouettes(X, labels.tolist(), weights)
    for shift in (0.0, 1.5):
        np.testing.assert_allclose(measure(X, labels, weights, shift), expected, atol=1e-12)


def test_measure_silhouettes_overlooks_clusters_without_weight():
    X = np.array([[0.0], [0.1], [5.0], [5.1], [0.05]])
    labels, weights = np.array([0, 0, 1, 1, 2]), np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    found = measure(X, labels, weights, 0.0)
    np.testing.assert_allclose(found[:4], measure(X[:4], labels[:4], weights[:4], 0.0))
    assert found[4] == 0


def test_measure_silhouettes_of_no_rows_writes_nothing():
    X, out = read_only(np.empty((0, 2))), np.empty(0)
    moments = np.zeros(2), np.zeros((2, 2)), np.ones(2), np.ones(2)
    measure_silhouettes(X, np.empty(0, dtype=np.int32), *moments, out)
    assert out.size == 0
