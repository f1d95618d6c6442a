"""Solutions of labelled rows, distinct rows, and the nearest of some points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.segmentation import _candidates
from custbase.segmentation._candidates import (
    Anchors,
    find_distinct_rows,
    find_nearest,
    find_positions,
    predict_by_anchors,
    solve_labels,
)
from tests.oracles import ward as oracle


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_solutions_equal_the_oracle(dtype, offset):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(50, 3)) + offset).astype(dtype)
    weights, labels = rng.uniform(size=50), rng.integers(-1, 4, 50)
    solution = solve_labels(X, weights, labels, 4)
    for k in range(4):
        own = labels == k
        np.testing.assert_allclose(
            solution.centers[k], np.average(X[own].astype(float), axis=0, weights=weights[own])
        )
        assert solution.weights[k] == pytest.approx(weights[own].sum())
    expected = oracle.inertia(X.astype(np.float64), weights, labels)
    assert solution.inertia == pytest.approx(expected, rel=1e-6)
    within = solve_labels(X, weights, labels, 4, within=2.0)
    assert within.inertia == pytest.approx(expected + 2.0)


def test_far_rows_do_not_cost_digits():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(100, 2)), rng.integers(0, 3, 100)
    expected = solve_labels(X, np.ones(100), labels, 3)
    for weight in (0.0, 1.0):
        rows, weights = np.vstack([X, [1e18, -1e18]]), np.append(np.ones(100), weight)
        found = solve_labels(rows, weights, np.append(labels, 3), 4)
        np.testing.assert_allclose(found.centers[:3], expected.centers, rtol=1e-9)
        assert found.inertia == pytest.approx(expected.inertia)
    found = solve_labels(rows, np.append(np.ones(100), 0.0), np.append(labels, 0), 3)
    np.testing.assert_allclose(found.centers, expected.centers, rtol=1e-9)


def test_segments_without_rows_or_weight_have_centers():
    X = np.array([[0.0], [2.0], [7.0], [9.0]])
    solution = solve_labels(X, np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 2, 2]), 4)
    assert solution.centers[:, 0].tolist() == [1.0, 1.0, 8.0, 1.0]
    assert solution.weights.tolist() == [2.0, 0.0, 0.0, 0.0]
    assert solution.inertia == 2.0


def test_nothing_but_noise_is_no_segment():
    solution = solve_labels(np.ones((3, 2)), np.ones(3), np.full(3, -1), 0)
    assert solution.centers.shape == (0, 2)
    assert solution.inertia == 0


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_distinct_rows_are_those_of_numpy(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(-1, 2, size=(rng.integers(1, 30), rng.integers(1, 4)))
    X = X.astype(rng.choice([np.float32, np.float64])) * rng.choice([-1.0, 1.0], size=X.shape)
    first, numbers = find_distinct_rows(X)
    rows, positions, inverse = np.unique(X, axis=0, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(X[first], rows)
    np.testing.assert_array_equal(first, positions)
    np.testing.assert_array_equal(numbers, inverse)


def test_positions_of_labels_that_are_not_there():
    known = np.array([3, 5, 9])
    assert find_positions(known, np.array([5, 4, 9, 10, 3, -1])).tolist() == [1, -1, 2, -1, 0, -1]
    assert find_positions(known[:0], np.array([0, 1])).tolist() == [-1, -1]


def test_both_ways_to_the_nearest_point_agree(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 9, size=(200, 2)).astype(np.float32)
    points = rng.integers(0, 9, size=(40, 2)).astype(np.float64)
    by_scan = find_nearest(X, points, n_jobs=2)
    monkeypatch.setattr(_candidates, "FEW_POINTS", 1)
    by_search = find_nearest(X, points, n_jobs=2)
    np.testing.assert_array_equal(by_scan[1], by_search[1])
    np.testing.assert_allclose(by_scan[0], by_search[0])
    exact = ((X[:, None] - points[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(by_scan[1], exact.argmin(axis=1))


def test_anchors_reach_so_far():
    anchors = Anchors(np.array([[0.0], [10.0]]), np.array([1, 0]), np.array([1.0, 3.0]))
    X = np.array([[0.0], [1.0], [1.1], [7.0], [6.9], [14.0]])
    assert predict_by_anchors(anchors, X, n_jobs=1).tolist() == [1, 1, -1, 0, -1, -1]
    everywhere = anchors._replace(reach=None)
    assert predict_by_anchors(everywhere, X, n_jobs=1).tolist() == [1, 1, 1, 0, 0, 0]
