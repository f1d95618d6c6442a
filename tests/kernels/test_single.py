"""The kernels that measure in single precision against their oracle."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._bounds import step_bounded
from custbase.kernels._single import run_lloyd_steps
from tests.kernels.test_kmeans import SHAPES, cut_pairs, empty_clusters, make_rows
from tests.oracles import kmeans as oracle


def cut(X, weights, shift, scale) -> tuple:
    """What the kernels take of rows: blocks, weights, lengths, scale, rows and shift."""
    shift = np.full(X.shape[1], float(shift))
    seen = (X - shift) * scale
    blocks, row_weights = cut_pairs(seen, weights)
    longest = np.zeros(len(blocks) * BLOCK_ROWS)
    longest[: len(X)] = np.sqrt((seen**2).sum(axis=1))
    return blocks, row_weights, longest.reshape(-1, BLOCK_ROWS).max(axis=1), scale, X, shift


def step(X, weights, centers, clusters, *, shift=0.0, scale=1.0) -> int:
    """Take one step."""
    rows = cut(X, weights, shift, scale)
    n_steps, n_moved = run_lloyd_steps(*rows, 1, 0.0, centers - shift, *clusters)
    assert n_steps == 1
    return n_moved


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.7, 2.0**-20), (-3.0, 2.0**30)])
@pytest.mark.parametrize("shape", SHAPES)
def test_steps_equal_the_oracle(shape, shift, scale):
    X, centers, weights = make_rows(*shape)
    clusters = empty_clusters(-(-len(X) // BLOCK_ROWS), centers)
    counted, before = weights > 0, np.full(len(X), -1)
    for move in (0.0, 0.3, 0.01):
        centers = centers + move
        n_moved = step(X, weights, centers, clusters, shift=shift, scale=scale)
        expected = oracle.assign(X, centers, weights)
        labels = clusters[0].ravel()[: len(X)]
        np.testing.assert_array_equal(labels, expected["labels"])
        assert n_moved == (labels != before)[counted].sum()
        sums = expected["sums"] - shift * expected["weights"][:, None]
        np.testing.assert_allclose(clusters[1].sum(axis=0), sums, atol=1e-12)
        np.testing.assert_allclose(clusters[2].sum(axis=0), expected["weights"], atol=1e-12)
        before = labels.copy()


def test_rows_that_single_precision_cannot_tell_are_told():
    # One row in a million lengths is nearer to the second centre by 1e-9.
    centers = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1e6]])
    X = np.column_stack([1.0 + np.array([-1e-9, 1e-9, -1e-3, 1e-3]), np.zeros(4)])
    clusters = empty_clusters(1, centers)
    assert step(X, np.ones(4), centers, clusters) == 4
    assert clusters[0][0, :4].tolist() == [0, 1, 0, 1]


def test_equally_near_centers_tie_for_the_first():
    X, centers = np.array([[0.0], [1.0]]), np.array([[2.0], [0.0], [2.0]])
    clusters = empty_clusters(1, centers)
    step(X, np.ones(2), centers, clusters)
    assert clusters[0][0, :2].tolist() == [1, 0]


def test_a_row_beyond_single_precision_is_told_and_blurs_no_other():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    X[7] = 1e60
    centers = np.vstack([rng.normal(size=(4, 3)), X[7]])
    clusters = empty_clusters(1, centers)
    with np.errstate(over="ignore"):
        step(X, np.ones(100), centers, clusters)
    expected = oracle.assign(X, centers, np.ones(100))["labels"]
    np.testing.assert_array_equal(clusters[0][0, :100], expected)


@pytest.mark.parametrize(("n_rows", "n_columns", "n_clusters"), SHAPES)
def test_bounded_steps_equal_the_others(n_rows, n_columns, n_clusters):
    X, centers, weights = make_rows(n_rows, n_columns, n_clusters)
    _, row_weights = cut_pairs(X, weights)
    plain, bounded = (empty_clusters(len(row_weights), centers) for _ in range(2))
    bounds = np.full(row_weights.shape, np.inf), np.zeros(row_weights.shape)
    rng, previous, n_measured = np.random.default_rng(0), centers, []
    for scale in (0.3, 0.1, 0.01, 0.001):
        n_moved = step(X, weights, centers, plain)
        moves = np.sqrt(((centers - previous) ** 2).sum(axis=1))
        drifts = np.array([np.delete(moves, c).max(initial=0.0) for c in range(n_clusters)])
        gaps = np.sqrt(((centers[:, None] - centers) ** 2).sum(axis=2))
        np.fill_diagonal(gaps, np.inf)
        halves = (centers**2).sum(axis=1) / 2
        found = step_bounded(
            X, np.zeros(n_columns), row_weights, centers, halves, moves, drifts,
            gaps.min(axis=1) / 2, *bounds, *bounded,
        )  # fmt: skip
        n_measured.append(found[1])
        assert found[0] == n_moved
        counted = row_weights > 0
        np.testing.assert_array_equal(plain[0][counted], bounded[0][counted])
        for one, other in zip(plain[1:], bounded[1:], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)
        previous, centers = centers, centers + scale * rng.normal(size=centers.shape) / 10
    assert n_measured[0] == (weights > 0).sum()
    if n_rows > 100:
        assert n_measured[-1] < n_measured[0] / 2


@pytest.mark.parametrize("shape", SHAPES)
def test_many_steps_equal_single_ones(shape):
    X, centers, weights = make_rows(*shape)
    rows = cut(X, weights, 0.25, 0.5)
    many, single = (empty_clusters(len(rows[0]), centers) for _ in range(2))
    at_once, in_turn = centers - 0.25, centers - 0.25
    found = run_lloyd_steps(*rows, 7, 0.0, at_once, *many)
    for n_steps in range(1, 8):
        _, n_moved = run_lloyd_steps(*rows, 1, 0.0, in_turn, *single)
        if n_moved == 0 or n_steps == 7 or single[3].sum(axis=0).min() == 0:
            break
        in_turn = single[1].sum(axis=0) / single[2].sum(axis=0)[:, None]
    assert found == (n_steps, n_moved)
    np.testing.assert_allclose(at_once, in_turn, rtol=1e-12)
    for one, other in zip(many, single, strict=True):
        np.testing.assert_array_equal(one, other)


def test_steps_end_where_centers_hardly_move():
    X, centers, weights = make_rows(700, 8, 7)
    rows = cut(X, weights, 0.0, 1.0)
    n_steps = [
        run_lloyd_steps(*rows, 100, tol, centers.copy(), *empty_clusters(3, centers))[0]
        for tol in (np.inf, 0.1, 0.0)
    ]
    assert n_steps[0] == 1 < n_steps[1] < n_steps[2] < 100
