"""The choice among candidates through the estimator."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN, AgglomerativeClustering
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.segmentation._selection import CRITERIA, RESAMPLING


@pytest.fixture(scope="module")
def blobs():
    return make_segments(400, n_clusters=4, separation=8.0, random_state=0)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_criterion_finds_clear_segments(blobs, criterion):
    clusterer = SegmentClusterer(criterion=criterion, random_state=0).fit(blobs[0])
    assert clusterer.n_clusters_ == 4
    columns = clusterer.selection_.columns
    assert [name for name in RESAMPLING if name in columns] == (
        [criterion] if criterion in RESAMPLING else []
    )
    assert hasattr(clusterer, "stability_") == (criterion == "consensus")


@pytest.mark.parametrize("algorithm", ["kmeans", "hierarchical", AgglomerativeClustering()])
def test_scores_are_those_of_scikit_learn(blobs, algorithm):
    X = blobs[0]
    selection = SegmentClusterer(algorithm=algorithm, random_state=0).fit(X).selection_
    assert selection.index.tolist() == list(range(1, 13))
    assert selection.loc[1, ["silhouette", "calinski_harabasz"]].isna().all()
    assert selection.loc[2:].notna().all(axis=None)
    for k in (2, 4, 7):
        labels = SegmentClusterer(k, algorithm=algorithm, random_state=0).fit_predict(X)
        one = selection.loc[k]
        assert one["silhouette"] == pytest.approx(
            silhouette_score(X, labels, metric="sqeuclidean"), abs=0.02
        )
        assert one["calinski_harabasz"] == pytest.approx(
            calinski_harabasz_score(X, labels), rel=0.02
        )


def test_a_fixed_number_is_scored_where_there_is_something_to_say(blobs):
    clusterer = SegmentClusterer(4, random_state=0)
    selection = clusterer.fit(blobs[0]).selection_
    assert selection.index.tolist() == [4]
    assert selection[["elbow", "kneedle", "silhouette"]].isna().all(axis=None)
    assert selection[["inertia", "calinski_harabasz", "bic"]].notna().all(axis=None)
    by_silhouette = clusterer.set_params(criterion="silhouette").fit(blobs[0]).selection_
    assert by_silhouette["silhouette"].notna().all()


def test_noise_takes_no_part_in_scores():
    X, _ = make_segments(300, n_clusters=3, separation=10.0, random_state=0)
    X = np.vstack([X, np.random.default_rng(0).uniform(-40, 40, (30, X.shape[1]))])
    clusterer = SegmentClusterer(algorithm=HDBSCAN(min_cluster_size=40, copy=False)).fit(X)
    kept = clusterer.labels_ >= 0
    assert 0 < (~kept).sum() < 60
    row = clusterer.selection_.iloc[0]
    labels = clusterer.labels_[kept]
    assert row["calinski_harabasz"] == pytest.approx(calinski_harabasz_score(X[kept], labels))
    expected = silhouette_score(X[kept], labels, metric="sqeuclidean")
    assert row["silhouette"] == pytest.approx(expected)


def test_stability_belongs_to_the_segments_and_goes_with_the_criterion():
    rng = np.random.default_rng(0)
    # A big cloud that is cut anew every time, and a small group far away.
    X = np.vstack([rng.normal(size=(400, 2)), rng.normal(size=(60, 2)) * 0.2 + 12])
    clusterer = SegmentClusterer(3, criterion="consensus", random_state=0).fit(X)
    assert clusterer.stability_.shape == (3,)
    sizes = np.bincount(clusterer.labels_)
    assert sizes[2] == 60
    assert clusterer.stability_[2] > 0.95
    assert clusterer.stability_[:2].max() < 0.9
    clusterer.set_params(criterion="elbow").fit(X)
    assert not hasattr(clusterer, "stability_")


@pytest.mark.parametrize("criterion", RESAMPLING)
def test_criteria_that_resample_need_kmeans(blobs, criterion):
    clusterer = SegmentClusterer(algorithm="hierarchical", criterion=criterion)
    with pytest.raises(ValueError, match=f"criterion='{criterion}'.*algorithm='kmeans'"):
        clusterer.fit(blobs[0])


def test_structureless_data_can_be_one_segment():
    X = np.random.default_rng(0).normal(size=(500, 3))
    answers = {
        criterion: SegmentClusterer(criterion=criterion, random_state=0).fit(X).n_clusters_
        for criterion in ("elbow", "gap", "consensus", "silhouette")
    }
    assert answers["elbow"] == answers["gap"] == answers["consensus"] == 1
    assert answers["silhouette"] > 1


@pytest.mark.parametrize("criterion", CRITERIA)
def test_one_number_to_choose_from_is_chosen(blobs, criterion):
    clusterer = SegmentClusterer(
        criterion=criterion, min_clusters=3, max_clusters=3, random_state=0
    ).fit(blobs[0])
    assert clusterer.n_clusters_ == 3


@pytest.mark.parametrize("criterion", CRITERIA)
def test_equal_rows_are_one_segment(criterion):
    clusterer = SegmentClusterer(criterion=criterion, random_state=0).fit(np.ones((30, 2)))
    assert clusterer.n_clusters_ == 1


@pytest.mark.parametrize("criterion", CRITERIA)
def test_weights_may_be_shares(blobs, criterion):
    X = blobs[0]
    plain, shares = (
        SegmentClusterer(criterion=criterion, random_state=0).fit(X, sample_weight=weights)
        for weights in (None, np.full(len(X), 1 / len(X)))
    )
    assert shares.n_clusters_ == plain.n_clusters_ == 4
    columns = ["silhouette", "calinski_harabasz", "bic"]
    np.testing.assert_allclose(shares.selection_[columns], plain.selection_[columns], rtol=1e-6)
