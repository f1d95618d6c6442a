"""The kernel that measures in single precision against its oracle."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._single import step_single
from tests.kernels.test_kmeans import SHAPES, empty_clusters, make_rows
from tests.oracles import kmeans as oracle


def step(X, weights, centers, clusters, *, shift=0.0, scale=1.0) -> int:
    """Cut the blocks and call the kernel."""
    shift = np.full(X.shape[1], float(shift))
    blocks, row_weights = oracle.cut_blocks((X - shift) * scale, weights, BLOCK_ROWS)
    longest = np.sqrt((blocks**2).sum(axis=1)).max(axis=1)
    singles = blocks.astype(np.float32)
    return step_single(singles, row_weights, longest, scale, X, shift, centers - shift, *clusters)


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
        np.testing.assert_array_equal(labels[counted], expected["labels"][counted])
        assert (labels[~counted] == -1).all()
        assert n_moved == (labels != before).sum()
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
