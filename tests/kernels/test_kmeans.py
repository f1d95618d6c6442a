"""Kernels of k-means against their oracle."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._bounds import step_bounded
from custbase.kernels._kmeans import assign_rows, run_lloyd_steps
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


def run_steps(
    blocks: np.ndarray,
    weights: np.ndarray,
    scatter: float,
    centers: np.ndarray,
    clusters: tuple[np.ndarray, ...],
    *,
    max_steps: int = 1,
    limit: float = np.inf,
) -> tuple[int, float, np.ndarray]:
    """Call the kernel for one start; return the rows moved, the inertia and the centres."""
    k, held = len(centers), centers[None].copy()
    inertia = np.full(1, limit)
    _, n_moved = run_lloyd_steps(
        blocks, weights, scatter, max_steps, 1e-4, 0.0, False,
        np.zeros((1, 3), dtype=np.int64), np.empty((1, 0)),
        np.array([k]), held, np.zeros((1, k)), inertia, *clusters,
    )  # fmt: skip
    return n_moved, inertia[0], held[0]


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


@pytest.mark.parametrize(("n_rows", "n_columns", "n_clusters"), SHAPES)
def test_steps_equal_the_oracle_and_the_bounded_ones(n_rows, n_columns, n_clusters):
    X, centers, weights = make_rows(n_rows, n_columns, n_clusters)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    plain, bounded = (empty_clusters(len(blocks), centers) for _ in range(2))
    bounds = np.full(row_weights.shape, np.inf), np.zeros(row_weights.shape)
    rng, previous, n_measured = np.random.default_rng(0), centers, []
    for scale in (0.3, 0.1, 0.01, 0.001):
        halves = (centers**2).sum(axis=1) / 2
        scatter = float(weights @ (X**2).sum(axis=1))
        n_moved, inertia, _ = run_steps(blocks, row_weights, scatter, centers, plain)
        expected = oracle.assign(X, centers, weights)
        counted = weights > 0
        labels = plain[0].ravel()[:n_rows]
        np.testing.assert_array_equal(labels[counted], expected["labels"][counted])
        assert (labels[~counted] == -1).all()
        np.testing.assert_allclose(plain[1].sum(axis=0), expected["sums"], atol=1e-12)
        np.testing.assert_allclose(plain[2].sum(axis=0), expected["weights"], atol=1e-12)
        assert inertia == pytest.approx(expected["inertia"].sum(), abs=1e-9)
        moves = np.sqrt(((centers - previous) ** 2).sum(axis=1))
        drifts = np.array([np.delete(moves, c).max(initial=0.0) for c in range(n_clusters)])
        gaps = np.sqrt(((centers[:, None] - centers) ** 2).sum(axis=2))
        np.fill_diagonal(gaps, np.inf)
        found = step_bounded(
            X, np.zeros(n_columns), row_weights, centers, halves, moves, drifts,
            gaps.min(axis=1) / 2, *bounds, *bounded,
        )  # fmt: skip
        n_measured.append(found[1])
        assert found[0] == n_moved
        for one, other in zip(plain, bounded, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)
        previous, centers = centers, centers + scale * rng.normal(size=centers.shape) / 10
    assert n_measured[0] == counted.sum()
    if n_rows > 100:
        assert n_measured[-1] < n_measured[0] / 2


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_end_with_the_inertia_of_their_centers(shape):
    X, centers, weights = make_rows(*shape)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    scatter = float(weights @ (X**2).sum(axis=1))
    before = oracle.assign(X, centers, weights)["inertia"].sum()
    clusters = empty_clusters(len(blocks), centers)
    _, inertia, found = run_steps(blocks, row_weights, scatter, centers, clusters, max_steps=20)
    after = oracle.assign(X, found, weights)["inertia"].sum()
    assert inertia == pytest.approx(after, abs=1e-9)
    assert inertia <= before + 1e-9


def test_a_start_without_a_chance_changes_nothing():
    X, centers, weights = make_rows(700, 8, 7)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    scatter = float(weights @ (X**2).sum(axis=1))
    clusters = empty_clusters(len(blocks), centers)
    _, inertia, found = run_steps(
        blocks, row_weights, scatter, centers, clusters, max_steps=20, limit=1e-3
    )
    assert inertia == 1e-3
    np.testing.assert_array_equal(found, centers)


def test_moves_start_from_other_slots_with_a_center_more_or_less():
    X, _, weights = make_rows(700, 2, 1)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    scatter = float(weights @ (X**2).sum(axis=1))
    sizes = np.array([3, 3, 4, 3])
    centers, masses = np.zeros((4, 4, 2)), np.zeros((4, 4))
    centers[0, :3] = X[:3]
    inertia = np.full(4, np.inf)
    moves = np.array([[0, 1, 0], [1, 2, 0], [2, 3, 0], [2, 3, 1], [2, 3, 2]])
    draws = np.random.default_rng(0).uniform(size=(len(moves), 3))
    run_lloyd_steps(
        blocks, row_weights, scatter, 100, 1e-4, 0.0, False,
        moves, draws, sizes, centers, masses, inertia, *empty_clusters(len(blocks), centers[0]),
    )  # fmt: skip
    assert inertia[0] == np.inf
    np.testing.assert_array_equal(centers[0, :3], X[:3])
    assert inertia[2] < min(inertia[1], inertia[3])
    for slot in (1, 2, 3):
        found = oracle.assign(X, centers[slot, : sizes[slot]], weights)
        assert inertia[slot] == pytest.approx(found["inertia"].sum(), abs=1e-9)
        np.testing.assert_allclose(masses[slot, : sizes[slot]], found["weights"], atol=1e-9)
