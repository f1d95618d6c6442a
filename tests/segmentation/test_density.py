"""Dense regions: HDBSCAN's labels, noise, weights as repetitions, and who is out of reach."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from tests.oracles import ward as oracle


@pytest.fixture(scope="module")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """Four segments and a few customers far from all."""
    X, truth = make_segments(400, n_clusters=4, separation=8.0, random_state=0)
    far = np.random.default_rng(0).uniform(30, 90, size=(4, X.shape[1]))
    return np.vstack([X, far]), np.append(truth, np.full(4, -1))


def test_labels_equal_those_of_hdbscan(blobs):
    X, truth = blobs
    clusterer = SegmentClusterer(algorithm="density").fit(X)
    theirs = HDBSCAN(min_cluster_size=5, min_samples=5, allow_single_cluster=True, copy=True)
    found = theirs.fit_predict(X)
    # One customer reaches two segments just as they become one: theirs is in either, as rows come.
    torn = np.arange(len(X)) == 169
    assert adjusted_rand_score(clusterer.labels_[~torn], found[~torn]) == 1
    np.testing.assert_array_equal(clusterer.labels_ < 0, found < 0)
    np.testing.assert_array_equal(clusterer.algorithm_.labels_ < 0, found < 0)
    np.testing.assert_allclose(
        clusterer.algorithm_.probabilities_[~torn], theirs.probabilities_[~torn]
    )
    assert clusterer.n_clusters_ == 4
    assert adjusted_rand_score(truth, clusterer.labels_) > 0.95
    assert (np.diff(np.bincount(clusterer.labels_[clusterer.labels_ >= 0])) <= 0).all()
    assert isinstance(clusterer.algorithm_, HDBSCAN)
    assert clusterer.labels_.dtype in (np.int32, np.int64)


def test_noise_is_left_out_of_centers_scores_and_profile(blobs):
    X, _ = blobs
    clusterer = SegmentClusterer(algorithm="density").fit(X)
    labels = clusterer.labels_
    assert (labels[-4:] == -1).all()
    for segment in range(4):
        np.testing.assert_allclose(
            clusterer.cluster_centers_[segment], X[labels == segment].mean(axis=0)
        )
    assert clusterer.inertia_ == pytest.approx(oracle.inertia(X, np.ones(len(X)), labels))
    assert clusterer.score(X) == pytest.approx(-clusterer.inertia_)
    assert clusterer.score(X[-4:]) == 0
    profile = clusterer.profile(X)
    assert profile.index.tolist() == [0, 1, 2, 3]
    assert profile["size"].tolist() == np.bincount(labels[labels >= 0]).tolist()
    assert profile["share"].sum() == pytest.approx((labels >= 0).mean())
    assert clusterer.selection_.index.tolist() == [4]


def test_who_is_out_of_reach_is_noise(blobs):
    X, _ = blobs
    clusterer = SegmentClusterer(algorithm="density").fit(X)
    np.testing.assert_array_equal(clusterer.predict(X), clusterer.labels_)
    member = np.flatnonzero(clusterer.labels_ == 0)[0]
    distances = np.sort(np.linalg.norm(X - X[member], axis=1))
    core = distances[4]  # the fifth of its neighbours, the row itself among them
    step = np.zeros(X.shape[1])
    # A step so small that no other row is nearer.
    step[0] = min(core, distances[1] / 2) * 0.99
    assert clusterer.predict(X[[member]] + step).tolist() == [0]
    lonely = X.max(axis=0) + 1e3
    assert clusterer.predict(lonely[None]).tolist() == [-1]
    nearest = np.linalg.norm(X[:400] - X[:400].max(axis=0), axis=1)
    edge = X[:400].max(axis=0)
    expected = clusterer.labels_[nearest.argmin()]
    reach = np.sort(np.linalg.norm(X - X[nearest.argmin()], axis=1))[4]
    assert clusterer.predict(edge[None])[0] == (expected if nearest.min() <= reach else -1)


def test_it_can_answer_one_segment_or_none():
    rng = np.random.default_rng(0)
    one = SegmentClusterer(algorithm="density").fit(rng.uniform(size=(800, 2)))
    assert one.n_clusters_ == 1
    X = rng.normal(size=(4, 2))
    own = HDBSCAN(min_cluster_size=2, copy=True)
    none = SegmentClusterer(algorithm=own).set_output(transform="pandas").fit(X)
    assert none.n_clusters_ == 0
    assert none.labels_.tolist() == none.predict(X).tolist() == [-1] * 4
    assert none.cluster_centers_.shape == (0, 2)
    assert none.segment_ids_.tolist() == []
    assert none.inertia_ == none.score(X) == 0
    assert none.transform(X).shape == (4, 0)
    assert none.profile(X).empty
    assert none.profile(X, describe=pd.DataFrame({"shop": list("abca")})).empty
    assert none.get_feature_names_out().tolist() == []


def test_one_segment_with_noise_is_not_called_all_customers():
    X = np.vstack([np.random.default_rng(0).normal(size=(60, 2)) * 0.1, [[50.0, 50.0]]])
    profile = SegmentClusterer(algorithm="density").fit(X).profile(X)
    assert profile["name"].tolist() == ["All customers but noise"]


def test_equal_rows_are_in_one_segment():
    X = np.random.default_rng(0).integers(0, 4, size=(120, 2)).astype(float)
    labels = SegmentClusterer(algorithm="density").fit_predict(X)
    table = pd.DataFrame(X).assign(label=labels)
    assert (table.groupby([0, 1])["label"].nunique() == 1).all()
    equal = SegmentClusterer(algorithm="density").fit(np.ones((20, 2)))
    assert equal.n_clusters_ == 1


def test_weights_repeat_rows(blobs):
    X, _ = blobs
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    weighted = SegmentClusterer(algorithm="density").fit(X, sample_weight=weights)
    repeated = SegmentClusterer(algorithm="density").fit(X.repeat(weights, axis=0))
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))
    np.testing.assert_array_equal(weighted.labels_, weighted.predict(X))
    np.testing.assert_allclose(weighted.cluster_centers_, repeated.cluster_centers_)
    same = SegmentClusterer(algorithm="density").fit(X, sample_weight=np.full(len(X), 0.5))
    np.testing.assert_array_equal(
        same.labels_, SegmentClusterer(algorithm="density").fit_predict(X)
    )


def test_what_makes_no_sense_is_refused(blobs):
    X, _ = blobs
    with pytest.raises(ValueError, match=r"n_clusters must be 'auto' with algorithm='density'"):
        SegmentClusterer(3, algorithm="density").fit(X)
    with pytest.raises(ValueError, match=r"sample_weight must hold whole numbers.*got 0\.5"):
        SegmentClusterer(algorithm="density").fit(X, sample_weight=np.r_[0.5, np.ones(len(X) - 1)])
    with pytest.raises(ValueError, match=r"sample_weight must add up to at most 10,000,000"):
        SegmentClusterer(algorithm="density").fit(X, sample_weight=np.r_[1e9, np.ones(len(X) - 1)])


def test_an_hdbscan_of_another_metric_has_no_reach(blobs):
    X, _ = blobs
    own = HDBSCAN(min_cluster_size=20, metric="manhattan", copy=True)
    clusterer = SegmentClusterer(algorithm=own).fit(X)
    np.testing.assert_array_equal(clusterer.predict(X), clusterer.labels_)
    assert (clusterer.labels_ >= 0).mean() > 0.8


def test_an_hdbscan_of_the_users_has_its_own_settings(blobs):
    X, _ = blobs
    own = HDBSCAN(min_cluster_size=130, copy=True)
    clusterer = SegmentClusterer(algorithm=own).fit(X)
    assert clusterer.n_clusters_ < 4
    assert not hasattr(own, "labels_")
    np.testing.assert_array_equal(clusterer.predict(X), clusterer.labels_)
    assert clusterer.predict(X[:1] + 1e3).tolist() == [-1]
