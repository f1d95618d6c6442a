"""The tree of least mutual reach against scipy's on all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree

from custbase.kernels._reachability import span_rows
from tests.oracles import density as oracle


def run(X: np.ndarray, n_neighbors: int) -> tuple[np.ndarray, ...]:
    """Call the kernel with fresh outputs."""
    _, squares = oracle.mutual_reaches(X, 1)
    cores = np.sort(squares, axis=1)[:, n_neighbors - 1]
    first, second = np.full((2, len(X) - 1), -1)
    reach, distances = np.full((2, len(X) - 1), np.nan)
    span_rows(np.ascontiguousarray(X.T), cores, first, second, reach, distances)
    return first, second, reach, distances


@pytest.mark.parametrize(("n_rows", "n_columns"), [(2, 1), (3, 2), (40, 1), (97, 3)])
@pytest.mark.parametrize("whole", [True, False])
def test_reaches_are_those_of_a_minimum_spanning_tree(n_rows, n_columns, whole):
    rng = np.random.default_rng(n_rows)
    X = rng.normal(size=(n_rows, n_columns)) * 3
    X = X.round() if whole else X
    n_neighbors = min(4, n_rows)
    first, second, reach, squares = run(X, n_neighbors)
    all_reaches, all_squares = oracle.mutual_reaches(X, n_neighbors)
    np.testing.assert_array_equal(reach, all_reaches[first, second])
    np.testing.assert_array_equal(squares, all_squares[first, second])
    # Zeros are no branches to scipy; the order of the others is that of one more than each.
    expected = minimum_spanning_tree(all_reaches + 1).data - 1
    np.testing.assert_allclose(np.sort(reach), np.sort(expected), atol=1e-12)
    assert set(first) | set(second) == set(range(n_rows))


def test_of_equal_reaches_the_nearer_rows_are_joined():
    # Row 2 needs three neighbours: 1 and 3 are as far in reach, 3 is nearer.
    X = np.array([[0.0], [1.0], [3.0], [4.5], [5.0]])
    first, second, reach, squares = run(X, 3)
    joined = {frozenset(pair): d for *pair, d in zip(first, second, squares, strict=True)}
    assert joined[frozenset((2, 3))] == 2.25
    assert sorted(reach) == [4.0, 4.0, 4.0, 9.0]


def test_one_row_has_no_branches():
    assert all(len(part) == 0 for part in run(np.zeros((1, 2)), 1))
