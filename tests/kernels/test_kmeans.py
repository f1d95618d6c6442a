"""The pass of k-means against its oracle, and rows and clusters for tests of the other kernels."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._kmeans import assign_rows
from custbase.kernels._spans import CHUNK_BLOCKS, CHUNK_ROWS
from tests.oracles import kmeans as oracle

SHAPES = [
    (1, 1, 1),
    (7, 3, 2),
    (BLOCK_ROWS - 1, 4, 5),
    (BLOCK_ROWS, 5, 3),
    (BLOCK_ROWS + 1, 9, 4),
    (600, 2, 12),
    (700, 8, 7),
]


def make_rows(n_rows: int, n_columns: int, n_clusters: int, dtype: type = np.float64) -> tuple:
    """Read-only rows, centres and weights, of which some are zero."""
    rng = np.random.default_rng(n_rows)
    X = rng.normal(size=(n_rows, n_columns)).astype(dtype)
    X.flags.writeable = False
    weights = rng.uniform(size=n_rows) * (rng.uniform(size=n_rows) > 0.1)
    weights[0] = 0.5
    return X, rng.normal(size=(n_clusters, n_columns)), weights


def run_assign(X: np.ndarray, centers: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Call the kernel with fresh outputs."""
    n_chunks = max(1, -(-len(X) // CHUNK_ROWS))
    out = {
        "labels": np.full(len(X), -1, dtype=np.int32),
        "distances": np.full(len(X), np.nan),
        "weights": np.zeros((n_chunks, len(centers))),
        "inertia": np.zeros((n_chunks, len(centers))),
    }
    assign_rows(X, centers, weights, *out.values())
    out["weights"], out["inertia"] = out["weights"].sum(axis=0), out["inertia"].sum(axis=0)
    return out


def empty_clusters(n_blocks: int, centers: np.ndarray) -> tuple[np.ndarray, ...]:
    """Labels, sums, weights and counts before the first step."""
    k, n_columns = centers.shape
    n_chunks = -(-n_blocks // CHUNK_BLOCKS)
    return (
        np.full((n_blocks, BLOCK_ROWS), -1, dtype=np.int32),
        np.zeros((n_chunks, k, n_columns)),
        np.zeros((n_chunks, k)),
        np.zeros((n_chunks, k), dtype=np.int64),
    )


def cut_pairs(X: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of float32 with an even number of columns, and their weights."""
    if X.shape[1] % 2:
        X = np.column_stack([X, np.zeros(len(X))])
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    return blocks.astype(np.float32), row_weights


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n_rows", "n_columns", "n_clusters"), [(0, 2, 3), *SHAPES])
def test_assign_rows_equals_the_oracle(dtype, n_rows, n_columns, n_clusters):
    X, centers, weights = make_rows(max(n_rows, 1), n_columns, n_clusters, dtype)
    X, weights = X[:n_rows], weights[:n_rows]
    expected = oracle.assign(X, centers, weights)
    found = run_assign(X, centers, weights)
    np.testing.assert_array_equal(found["labels"], expected["labels"])
    for name in ("distances", "weights", "inertia"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12)


def test_assign_rows_takes_the_first_of_equally_near_centers():
    X = np.array([[0.0], [1.0], [2.0]])
    X.flags.writeable = False
    found = run_assign(X, np.array([[2.0], [0.0], [2.0]]), np.ones(3))
    assert found["labels"].tolist() == [1, 0, 0]
    assert found["weights"].tolist() == [2.0, 1.0, 0.0]


def test_assign_rows_adds_to_what_the_chunks_hold():
    X, centers = np.array([[1.0], [3.0]]), np.zeros((1, 1))
    X.flags.writeable = False
    weights, inertia = np.full((1, 1), 20.0), np.full((1, 1), 30.0)
    labels, distances = np.empty(2, dtype=np.int32), np.empty(2)
    assign_rows(X, centers, np.array([1.0, 2.0]), labels, distances, weights, inertia)
    assert (weights[0, 0], inertia[0, 0]) == (23.0, 49.0)


def test_assign_rows_reads_rows_in_either_order():
    X, centers, weights = make_rows(300, 5, 4)
    by_row, by_column = (
        run_assign(layout, centers, weights) for layout in (X, np.asfortranarray(X))
    )
    for name, values in by_row.items():
        np.testing.assert_array_equal(values, by_column[name])


def test_equal_rows_have_equal_bits_wherever_they_stand():
    X, centers, weights = make_rows(600, 7, 6)
    whole = run_assign(X, centers, weights)["distances"]
    for row in (0, 17, 255, 256, 599):
        one = X[row : row + 1]
        assert run_assign(one, centers, weights[:1])["distances"][0] == whole[row]
