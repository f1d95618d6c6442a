"""What holds for every algorithm: labels are predictions, state is plain, refits forget."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, Birch, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.segmentation._algorithms import ALGORITHMS, find_divide, finds_own_number
from custbase.segmentation._any_clusterer import divide_by_clusterer
from custbase.segmentation._density import divide_by_density
from tests.oracles import ward as oracle

CHOICES = [
    *ALGORITHMS,
    AgglomerativeClustering(),
    Birch(),
    DBSCAN(eps=1.0),
    GaussianMixture(covariance_type="diag"),
    HDBSCAN(copy=True),
    KMeans(n_init=1),
]
WEIGHTED = ["kmeans", "hierarchical", "density", DBSCAN(eps=1.0), KMeans(n_init=1)]


def name(algorithm: object) -> str:
    return algorithm if isinstance(algorithm, str) else type(algorithm).__name__


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    X, _ = make_segments(250, n_clusters=3, separation=6.0, random_state=0)
    # Duplicates, too.
    return np.vstack([X, X[:50]])


def make(algorithm: object, n_clusters: int = 4, **params: object) -> SegmentClusterer:
    """A clusterer with a number of segments where it can have one."""
    number = "auto" if finds_own_number(algorithm) else n_clusters
    return SegmentClusterer(number, algorithm=algorithm, random_state=0, **params)


def test_algorithms_by_name_and_kind():
    assert list(ALGORITHMS) == ["kmeans", "hierarchical", "density"]
    assert find_divide(HDBSCAN(copy=True)) is find_divide("density") is divide_by_density
    assert find_divide(KMeans()) is divide_by_clusterer
    assert [name(a) for a in CHOICES if finds_own_number(a)] == ["density", "DBSCAN", "HDBSCAN"]


@pytest.mark.parametrize("algorithm", CHOICES, ids=name)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_labels_are_predictions(blobs, algorithm, dtype):
    X = blobs.astype(dtype)
    clusterer = make(algorithm).fit(X)
    labels = clusterer.labels_
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, make(algorithm).fit_predict(X))
    for same in (X, np.asfortranarray(X), X.tolist() if dtype == np.float64 else X):
        np.testing.assert_array_equal(labels, clusterer.predict(same))
    np.testing.assert_array_equal(labels[:50], labels[250:])
    # One by one as together.
    alone = [clusterer.predict(X[[row]])[0] for row in range(0, 300, 23)]
    assert alone == labels[::23].tolist()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    np.testing.assert_array_equal(labels, make(algorithm).fit(frame).predict(frame))


@pytest.mark.parametrize("algorithm", CHOICES, ids=name)
def test_centers_scores_and_ids_belong_together(blobs, algorithm):
    clusterer = make(algorithm).fit(blobs)
    labels, k = clusterer.labels_, clusterer.n_clusters_
    assert set(labels) - {-1} == set(range(k)) == set(clusterer.segment_ids_)
    sizes = np.bincount(labels[labels >= 0])
    assert (np.diff(sizes) <= 0).all()
    for segment, center in enumerate(clusterer.cluster_centers_):
        np.testing.assert_allclose(center, blobs[labels == segment].mean(axis=0), atol=1e-2)
    assert clusterer.inertia_ == pytest.approx(
        oracle.inertia(blobs, np.ones(300), labels), rel=1e-4
    )
    assert clusterer.score(blobs) == pytest.approx(-clusterer.inertia_)
    assert clusterer.transform(blobs).shape == (300, k)
    assert len(clusterer.get_feature_names_out()) == k
    assert clusterer.profile(blobs)["size"].tolist() == sizes.tolist()
    assert clusterer.n_iter_ >= 1
    assert clusterer.selection_["inertia"].iloc[-1] == clusterer.inertia_


@pytest.mark.parametrize("algorithm", WEIGHTED, ids=name)
def test_weights_with_zeros_and_repeats(blobs, algorithm):
    weights = np.random.default_rng(0).integers(0, 3, 300)
    clusterer = make(algorithm).fit(blobs, sample_weight=weights)
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(blobs))
    score = clusterer.score(blobs, sample_weight=weights)
    assert score == pytest.approx(-clusterer.inertia_)


@pytest.mark.parametrize("algorithm", ["kmeans", "hierarchical", "density"])
@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=20)
def test_labels_are_predictions_on_small_tables_of_repeated_rows(algorithm, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, size=(rng.integers(6, 40), 2))
    X = X.astype(rng.choice([np.float32, np.float64]))
    weights = rng.integers(0, 3, len(X)) + (seed % 2)
    weights[0] = 1
    clusterer = make(algorithm, int(rng.integers(1, 6)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = clusterer.fit_predict(X, sample_weight=weights)
    np.testing.assert_array_equal(labels, clusterer.predict(X))
    np.testing.assert_array_equal(labels, clusterer.labels_)
    table = pd.DataFrame(X).assign(label=labels)
    assert (table.groupby([0, 1])["label"].nunique() == 1).all()
    assert clusterer.score(X, sample_weight=weights) == pytest.approx(-clusterer.inertia_)


@pytest.mark.parametrize("algorithm", CHOICES, ids=name)
def test_clone_pickle_and_output(blobs, algorithm):
    clusterer = make(algorithm).set_output(transform="pandas").fit(blobs)
    read = pickle.loads(pickle.dumps(clusterer))
    np.testing.assert_array_equal(read.predict(blobs), clusterer.labels_)
    pd.testing.assert_frame_equal(read.transform(blobs), clusterer.transform(blobs))
    pd.testing.assert_frame_equal(read.selection_, clusterer.selection_)
    assert not hasattr(clone(clusterer), "labels_")


@pytest.mark.parametrize("algorithm", CHOICES, ids=name)
def test_a_refit_leaves_nothing_of_the_fit_before(blobs, algorithm):
    fresh = make(algorithm).fit(blobs)
    for earlier in ("kmeans", "density", Birch()):
        refitted = make(earlier).fit(blobs + 100.0)
        refitted.set_params(**make(algorithm).get_params(deep=False)).fit(blobs)
        assert vars(refitted).keys() == vars(fresh).keys()
        np.testing.assert_array_equal(refitted.predict(blobs), fresh.labels_)


@pytest.mark.parametrize("algorithm", ["hierarchical", "density"])
def test_threads_do_not_change_a_bit(blobs, algorithm):
    states = set()
    for n_jobs in (1, 2):
        clusterer = make(algorithm, n_jobs=n_jobs).fit(blobs)
        states.add((clusterer.cluster_centers_.tobytes(), clusterer.labels_.tobytes()))
    assert len(states) == 1


@pytest.mark.parametrize("algorithm", ["hierarchical", "density", AgglomerativeClustering()])
def test_rows_of_fit_are_kept_apart_from_the_users(blobs, algorithm):
    X = blobs.copy()
    clusterer = make(algorithm).fit(X)
    X += 1000.0
    np.testing.assert_array_equal(clusterer.predict(blobs), clusterer.labels_)


def test_a_failed_fit_leaves_the_estimator_as_it_was(blobs):
    clusterer = make("hierarchical").fit(blobs)
    labels = clusterer.labels_
    clusterer.set_params(algorithm="density")
    with pytest.raises(ValueError, match="n_clusters must be 'auto'"):
        clusterer.fit(blobs[:9])
    np.testing.assert_array_equal(clusterer.predict(blobs), labels)
