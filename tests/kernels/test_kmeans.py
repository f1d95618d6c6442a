"""Kernels of k-means against their oracle."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._kmeans import BLOCK_ROWS, assign_rows, shorten_distances
from tests.oracles import kmeans as oracle


def run_assign(X: np.ndarray, centers: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Call the kernel with fresh outputs."""
    n_clusters = len(centers)
    out = {
        "labels": np.full(len(X), -1, dtype=np.int32),
        "distances": np.full(len(X), np.nan),
        "sums": np.zeros(centers.shape),
        "weights": np.zeros(n_clusters),
        "inertia": np.zeros(n_clusters),
    }
    assign_rows(X, centers, weights, *out.values())
    return out


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("n_rows", "n_columns", "n_clusters"),
    [
        (0, 2, 3),
        (1, 1, 1),
        (7, 3, 2),
        (BLOCK_ROWS - 1, 4, 5),
        (BLOCK_ROWS, 5, 3),
        (BLOCK_ROWS + 1, 9, 4),
        (600, 2, 12),
    ],
)
def test_assign_rows_equals_the_oracle(dtype, n_rows, n_columns, n_clusters):
    rng = np.random.default_rng(n_rows)
    X = rng.normal(size=(n_rows, n_columns)).astype(dtype)
    X.flags.writeable = False
    centers, weights = rng.normal(size=(n_clusters, n_columns)), rng.uniform(size=n_rows)
    expected = oracle.assign(X, centers, weights)
    found = run_assign(X, centers, weights)
    np.testing.assert_array_equal(found["labels"], expected["labels"])
    for name in ("distances", "sums", "weights", "inertia"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12)


def test_assign_rows_takes_the_first_of_equally_near_centers():
    X = np.array([[0.0], [1.0], [2.0]])
    X.flags.writeable = False
    found = run_assign(X, np.array([[2.0], [0.0], [2.0]]), np.ones(3))
    assert found["labels"].tolist() == [1, 0, 0]
    assert found["weights"].tolist() == [2.0, 1.0, 0.0]


def test_assign_rows_adds_to_what_the_sums_hold():
    X, centers = np.array([[1.0], [3.0]]), np.zeros((1, 1))
    X.flags.writeable = False
    sums, weights, inertia = np.full((1, 1), 10.0), np.full(1, 20.0), np.full(1, 30.0)
    labels, distances = np.empty(2, dtype=np.int32), np.empty(2)
    assign_rows(X, centers, np.array([1.0, 2.0]), labels, distances, sums, weights, inertia)
    assert (sums[0, 0], weights[0], inertia[0]) == (17.0, 23.0, 49.0)


def test_assign_rows_reads_rows_in_either_order():
    rng = np.random.default_rng(0)
    X, centers, weights = rng.normal(size=(300, 5)), rng.normal(size=(4, 5)), np.ones(300)
    by_row, by_column = (
        run_assign(layout, centers, weights) for layout in (X, np.asfortranarray(X))
    )
    for name, values in by_row.items():
        np.testing.assert_array_equal(values, by_column[name])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n_rows", "n_columns"), [(0, 1), (5, 2), (BLOCK_ROWS + 3, 6)])
def test_shorten_distances_equals_the_oracle(dtype, n_rows, n_columns):
    rng = np.random.default_rng(n_columns)
    X = rng.normal(size=(n_rows, n_columns)).astype(dtype)
    X.flags.writeable = False
    candidates, weights = rng.normal(size=(3, n_columns)), rng.uniform(size=n_rows)
    distances = rng.uniform(0, 2 * n_columns, size=n_rows)
    expected, potentials = oracle.shorten(X, candidates, weights, distances)
    out, out_potentials = np.full((3, n_rows), np.nan), np.zeros(3)
    shorten_distances(X, candidates, weights, distances, out, out_potentials)
    np.testing.assert_allclose(out, expected, rtol=1e-12)
    np.testing.assert_allclose(out_potentials, potentials, rtol=1e-12)
