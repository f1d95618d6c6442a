"""Any clusterer of scikit-learn's kind as the algorithm."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import (
    DBSCAN,
    AgglomerativeClustering,
    Birch,
    BisectingKMeans,
    KMeans,
    MeanShift,
    SpectralClustering,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.segmentation._any_clusterer import find_number_parameter, predict_by_clusterer


@pytest.fixture(scope="module")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    return make_segments(300, n_clusters=3, separation=8.0, random_state=0)


class FirstColumn(ClusterMixin, BaseEstimator):
    """Labels rows by their first column, rounded, plus ten; leaves numbers out."""

    def fit(self, X, y=None):
        self.labels_ = self.predict(X)
        return self

    def predict(self, X):
        return np.rint(X[:, 0]).astype(int) + 10


@pytest.mark.parametrize(
    "algorithm",
    [
        AgglomerativeClustering(),
        Birch(),
        BisectingKMeans(),
        GaussianMixture(),
        KMeans(),
    ],
    ids=lambda algorithm: type(algorithm).__name__,
)
def test_a_clusterer_is_fitted_for_every_number(blobs, algorithm):
    X, truth = blobs
    before = repr(algorithm.get_params())
    clusterer = SegmentClusterer(algorithm=algorithm, max_clusters=5, random_state=0).fit(X)
    assert clusterer.n_clusters_ == 3
    assert clusterer.selection_.index.tolist() == [1, 2, 3, 4, 5]
    assert adjusted_rand_score(truth, clusterer.labels_) > 0.97
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(X))
    assert repr(algorithm.get_params()) == before
    assert not hasattr(algorithm, "n_features_in_")
    name = find_number_parameter(algorithm)
    assert clusterer.algorithm_.get_params()[name] == 3
    fixed = SegmentClusterer(2, algorithm=algorithm, random_state=0).fit(X)
    assert fixed.n_clusters_ == 2
    assert fixed.n_iter_ == 1


@pytest.mark.parametrize(
    "algorithm",
    [
        AgglomerativeClustering(n_clusters=None, distance_threshold=60.0),
        DBSCAN(eps=1.5),
        MeanShift(bandwidth=4.0),
        make_pipeline(StandardScaler(), KMeans(3, random_state=0)),
    ],
    ids=lambda algorithm: type(algorithm).__name__,
)
def test_a_clusterer_may_find_its_own_number(blobs, algorithm):
    X, truth = blobs
    clusterer = SegmentClusterer(algorithm=algorithm).fit(X)
    assert clusterer.n_clusters_ == 3
    kept = clusterer.labels_ >= 0
    assert adjusted_rand_score(truth[kept], clusterer.labels_[kept]) > 0.97
    assert clusterer.selection_.index.tolist() == [3]
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(X))
    with pytest.raises(ValueError, match="n_clusters must be 'auto' with algorithm="):
        SegmentClusterer(3, algorithm=algorithm).fit(X)


def test_without_predict_the_nearest_row_decides(blobs):
    X, _ = blobs
    clusterer = SegmentClusterer(3, algorithm=AgglomerativeClustering()).fit(X)
    new = np.random.default_rng(0).normal(size=(50, X.shape[1])) * 5
    nearest = ((new[:, None] - X[None]) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(clusterer.predict(new), clusterer.labels_[nearest])


def test_seeds_come_from_random_state_where_there_is_none(blobs):
    X, _ = blobs
    noisy = np.random.default_rng(0).normal(size=X.shape)
    one, same, other = (
        SegmentClusterer(6, algorithm=KMeans(init="random", n_init=1), random_state=seed).fit(noisy)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.labels_, same.labels_)
    assert one.algorithm_.random_state == same.algorithm_.random_state
    assert one.algorithm_.random_state != other.algorithm_.random_state
    own = SegmentClusterer(3, algorithm=KMeans(random_state=5), random_state=1).fit(X)
    assert own.algorithm_.random_state == 5


def test_weights_are_passed_on_or_refused(blobs):
    X, _ = blobs
    weights = np.random.default_rng(0).uniform(1, 3, len(X))
    weighted = SegmentClusterer(3, algorithm=KMeans(random_state=0)).fit(X, sample_weight=weights)
    theirs = KMeans(3, random_state=0).fit(X, sample_weight=weights)
    assert weighted.inertia_ == pytest.approx(theirs.inertia_)
    order = [
        np.linalg.norm(theirs.cluster_centers_ - center, axis=1).argmin()
        for center in weighted.cluster_centers_
    ]
    assert sorted(order) == [0, 1, 2]
    agglomerative = SegmentClusterer(3, algorithm=AgglomerativeClustering())
    with pytest.raises(ValueError, match="sample_weight must be None or all equal"):
        agglomerative.fit(X, sample_weight=weights)
    agglomerative.fit(X, sample_weight=np.full(len(X), 2.0))
    assert agglomerative.n_clusters_ == 3


def test_components_without_customers_are_no_segments():
    X = np.repeat([[0.0, 0.0], [9.0, 9.0]], 20, axis=0)
    X += np.random.default_rng(0).normal(size=X.shape) * 0.01
    mixture = GaussianMixture(
        means_init=[[0, 0], [9, 9], [500, 500]], weights_init=[0.5, 0.5, 1e-9], max_iter=1
    )
    clusterer = SegmentClusterer(3, algorithm=mixture)
    with pytest.warns(ConvergenceWarning):
        clusterer.fit(X)
    assert clusterer.n_clusters_ <= 3
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(X))
    assert set(clusterer.labels_) == set(range(clusterer.n_clusters_))


def test_labels_of_any_kind_are_numbered_from_zero():
    X = np.array([[1.0], [1.1], [5.0], [0.9], [5.2]])
    clusterer = SegmentClusterer(algorithm=FirstColumn()).fit(X)
    assert clusterer.labels_.tolist() == [0, 0, 1, 0, 1]
    # The clusterer has not seen cluster 13; the nearest centre has.
    assert clusterer.predict([[3.4], [2.6], [5.4]]).tolist() == [1, 0, 1]


def test_predictions_of_unknown_clusters_go_to_the_nearest_center():
    found = predict_by_clusterer(
        FirstColumn(),
        np.array([[0.0], [3.0], [9.0]]),
        labels=np.array([10, 19]),
        rows=np.array([1, 0]),
        centers=np.array([[9.0], [0.0]]),
    )
    assert found.tolist() == [1, 1, 0]


def test_other_things_than_clusterers_are_refused(blobs):
    X, _ = blobs
    with pytest.raises(ValueError, match=r"algorithm must be 'kmeans' or 'hierarchical' or"):
        SegmentClusterer(algorithm="ward").fit(X)
    for algorithm in (KMeans, StandardScaler(), None):
        with pytest.raises(TypeError, match="algorithm must be"):
            SegmentClusterer(algorithm=algorithm).fit(X)
    with pytest.raises(ValueError, match=r"init must be 'k-means\+\+' unless algorithm='kmeans'"):
        SegmentClusterer(2, algorithm="hierarchical", init=X[:2]).fit(X)


def test_the_number_is_an_integer_parameter():
    assert find_number_parameter(KMeans()) == "n_clusters"
    assert find_number_parameter(GaussianMixture()) == "n_components"
    assert find_number_parameter(SpectralClustering()) == "n_clusters"
    assert find_number_parameter(Birch(n_clusters=None)) is None
    assert find_number_parameter(DBSCAN()) is None


def test_an_algorithm_that_fails_says_for_which_number():
    X = np.random.default_rng(0).normal(size=(6, 2))

    class Picky(KMeans):
        def fit(self, X, y=None, sample_weight=None):
            if self.n_clusters > 3:
                raise RuntimeError("too many for me")
            return super().fit(X, y, sample_weight)

    with pytest.raises(RuntimeError, match="too many for me") as caught:
        SegmentClusterer(algorithm=Picky(), random_state=0).fit(X)
    assert "with 4 segments: lower max_clusters" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "algorithm",
    [
        AgglomerativeClustering(metric="precomputed", linkage="single"),
        SpectralClustering(affinity="precomputed_nearest_neighbors"),
    ],
)
def test_algorithms_that_want_distances_are_refused(blobs, algorithm):
    X, _ = blobs
    with pytest.raises(ValueError, match="algorithm must divide customers by their columns"):
        SegmentClusterer(3, algorithm=algorithm).fit(X)
