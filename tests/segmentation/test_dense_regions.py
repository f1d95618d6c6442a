"""Dense regions against HDBSCAN's definition, and in any order of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN

from custbase.segmentation._candidates import find_distinct_rows
from custbase.segmentation._dense_regions import find_dense_regions
from tests.oracles import density as oracle


def label(X: np.ndarray, least: int, n_neighbors: int) -> np.ndarray:
    """Regions of rows, of which some may be equal."""
    first, numbers = find_distinct_rows(X)
    found = find_dense_regions(
        X[first], np.bincount(numbers), least=least, n_neighbors=n_neighbors, n_jobs=1
    )
    return found.labels[numbers]


def members(labels: np.ndarray) -> list[set[int]]:
    """Rows of every region."""
    return [set(np.flatnonzero(labels == one).tolist()) for one in range(labels.max() + 1)]


def draw(seed: int) -> tuple[np.ndarray, int, int]:
    """A cloud, two clouds or a lattice with repeated rows; and settings."""
    rng = np.random.default_rng(seed)
    n_rows, n_columns = int(rng.integers(6, 32)), int(rng.integers(1, 4))
    X = rng.normal(size=(n_rows, n_columns))
    X[: n_rows // 2] += 5 * (seed % 2)
    if seed % 3 == 0:
        X = X.round()
    least = min(int(rng.integers(2, 7)), n_rows)
    return X, least, int(rng.integers(1, least + 1))


@pytest.mark.parametrize("seed", range(24))
def test_regions_are_those_of_the_definition(seed):
    X, least, n_neighbors = draw(seed)
    found = members(label(X, least, n_neighbors))
    expected = oracle.find_regions(X, least, n_neighbors)
    assert len(found) == len(expected)
    if seed % 3:
        assert {frozenset(own) for own in found} == {frozenset(own.held) for own in expected}
    else:  # what is as near to two regions may be in either
        assert all(any(own.sure <= region for region in found) for own in expected)


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_those_of_scikit_learn_where_it_is_of_one_mind(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 2))
    X[:90] += 7
    theirs = HDBSCAN(min_cluster_size=8, min_samples=5, allow_single_cluster=True, copy=True)
    votes = []
    for _ in range(8):
        order = rng.permutation(len(X))
        votes.append(np.empty(len(X), dtype=int))
        found = theirs.fit_predict(X[order])
        # Numbered by their mean, so that answers can be held against each other.
        means = [X[order][found == one].mean() for one in range(found.max() + 1)]
        votes[-1][order] = np.append(np.argsort(np.argsort(means)), -1)[found]
    agreed = (np.array(votes) == votes[0]).all(axis=0)
    assert agreed.mean() > 0.95
    own = label(X, 8, 5)
    means = [X[own == one].mean() for one in range(own.max() + 1)]
    np.testing.assert_array_equal(
        np.append(np.argsort(np.argsort(means)), -1)[own][agreed], votes[0][agreed]
    )


def test_probabilities_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 9])
    theirs = HDBSCAN(min_cluster_size=10, min_samples=4, allow_single_cluster=True, copy=True)
    first, numbers = find_distinct_rows(X)
    found = find_dense_regions(X[first], np.bincount(numbers), least=10, n_neighbors=4, n_jobs=1)
    expected = theirs.fit(X).probabilities_
    agreed = (found.labels[numbers] < 0) == (theirs.labels_ < 0)
    assert agreed.mean() > 0.97
    np.testing.assert_allclose(found.probabilities[numbers][agreed], expected[agreed])


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_rows_and_the_side_they_are_seen_from_change_nothing(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 7, size=(60, 2)).astype(float)
    order = rng.permutation(len(X))
    np.testing.assert_array_equal(label(X[order], 4, 3), label(X, 4, 3)[order])
    X = rng.normal(size=(60, 2))
    mirrored = {frozenset(own) for own in members(label(-X[:, ::-1], 4, 3))}
    assert {frozenset(own) for own in members(label(X, 4, 3))} == mirrored
