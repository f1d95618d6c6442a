"""Weights of whole numbers are rows that occur so often, with every algorithm and criterion."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    OPTICS,
    AgglomerativeClustering,
    KMeans,
    MeanShift,
)
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from custbase import SegmentClusterer

ALGORITHMS = [
    "kmeans",
    "hierarchical",
    "density",
    HDBSCAN(min_cluster_size=12, copy=True),
    HDBSCAN(min_cluster_size=12, metric="manhattan", copy=True),
    OPTICS(min_samples=12, cluster_method="dbscan", eps=1.5),
    DBSCAN(eps=0.5, min_samples=12),
    MeanShift(bandwidth=3.0),
    AgglomerativeClustering(),
    KMeans(random_state=0, n_init=5),
    GaussianMixture(),
]


@pytest.fixture(scope="module")
def customers() -> np.ndarray:
    """Two loose clouds of which few rows are near many others."""
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(size=(40, 2)), rng.normal(size=(25, 2)) + 7])


def label(algorithm, X, weights=None) -> np.ndarray:
    """Labels of the rows."""
    clusterer = SegmentClusterer(algorithm=algorithm, random_state=0, max_clusters=4)
    return clusterer.fit(X, sample_weight=weights).labels_


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_equal_weights_are_rows_that_often(customers, algorithm):
    weighted = label(algorithm, customers, np.full(len(customers), 5))
    repeated = label(algorithm, customers.repeat(5, axis=0))[::5]
    assert adjusted_rand_score(weighted, repeated) == 1
    np.testing.assert_array_equal(weighted < 0, repeated < 0)


@pytest.mark.parametrize("algorithm", [*ALGORITHMS[:5], *ALGORITHMS[7:9]], ids=repr)
def test_equal_shares_are_no_weights(customers, algorithm):
    shares = np.full(len(customers), 1 / len(customers))
    np.testing.assert_array_equal(label(algorithm, customers, shares), label(algorithm, customers))


@pytest.mark.parametrize("algorithm", [*ALGORITHMS[:4], DBSCAN(eps=0.5, min_samples=12)], ids=repr)
def test_whole_weights_are_rows_that_often(customers, algorithm):
    weights = np.random.default_rng(1).integers(1, 6, len(customers))
    weighted = label(algorithm, customers, weights)
    repeated = label(algorithm, customers.repeat(weights, axis=0))[weights.cumsum() - 1]
    assert adjusted_rand_score(weighted, repeated) == 1
    np.testing.assert_array_equal(weighted < 0, repeated < 0)


def test_equal_weights_make_dense_what_repeated_rows_make_dense():
    X = np.random.default_rng(0).normal(size=(30, 2)) * [1, 8]
    alone, five = label("density", X), label("density", X, np.full(30, 5))
    assert adjusted_rand_score(five, label("density", X.repeat(5, axis=0))[::5]) == 1
    assert adjusted_rand_score(five, alone) < 1


@pytest.mark.parametrize("algorithm", ["density", HDBSCAN(copy=True), MeanShift(bandwidth=3.0)])
def test_equal_weights_that_are_no_whole_numbers_are_refused(customers, algorithm):
    with pytest.raises(ValueError, match=r"sample_weight must hold whole numbers.*got 1\.5"):
        label(algorithm, customers, np.full(len(customers), 1.5))
