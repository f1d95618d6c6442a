"""Centres that go on with every batch of customers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from tests.oracles import kmeans as oracle


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    X, _ = make_segments(600, n_clusters=4, separation=6.0, random_state=0)
    return X


def test_centers_are_running_means_of_all_rows_seen(blobs):
    rng = np.random.default_rng(0)
    weights = rng.integers(0, 3, 600).astype(float)
    parts = [slice(0, 200), slice(200, 203), slice(203, 600)]
    clusterer = SegmentClusterer(4, random_state=0)
    seen = []
    for part in parts:
        before = getattr(clusterer, "cluster_centers_", None)
        clusterer.partial_fit(blobs[part], sample_weight=weights[part])
        own = (
            clusterer.labels_
            if before is None
            else oracle.assign(blobs[part], before, weights[part])["labels"]
        )
        seen.append((blobs[part], weights[part], own))
        for segment in range(4):
            rows = np.vstack([X[labels == segment] for X, _, labels in seen])
            row_weights = np.concatenate([w[labels == segment] for _, w, labels in seen])
            np.testing.assert_allclose(
                clusterer.cluster_centers_[segment], np.average(rows, axis=0, weights=row_weights)
            )
        np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(blobs[part]))
        score = clusterer.score(blobs[part], sample_weight=weights[part])
        assert clusterer.inertia_ == pytest.approx(-score)
        assert clusterer.selection_.loc[4, "inertia"] == clusterer.inertia_
    assert clusterer.n_clusters_ == 4


def test_the_first_batch_is_a_fit_and_a_fit_is_gone_on_with(blobs):
    first = SegmentClusterer(3, random_state=0).partial_fit(blobs[:300])
    fitted = SegmentClusterer(3, random_state=0).fit(blobs[:300])
    assert first.cluster_centers_.tobytes() == fitted.cluster_centers_.tobytes()
    assert first.n_iter_ == fitted.n_iter_
    first.partial_fit(blobs[300:])
    fitted.partial_fit(blobs[300:])
    assert first.cluster_centers_.tobytes() == fitted.cluster_centers_.tobytes()
    fitted.fit(blobs[:300])
    again = SegmentClusterer(3, random_state=0).fit(blobs[:300])
    assert fitted.cluster_centers_.tobytes() == again.cluster_centers_.tobytes()


def test_given_first_centers_and_ids_are_kept(blobs):
    init = blobs[[5, 50, 200, 300]]
    clusterer = SegmentClusterer(4, init=init).partial_fit(blobs[:300])
    moved = clusterer.partial_fit(blobs[300:]).cluster_centers_
    nearest = [((moved - center) ** 2).sum(axis=1).argmin() for center in moved]
    assert nearest == [0, 1, 2, 3]
    aligned = SegmentClusterer(3, random_state=0, align_to=np.vstack([init, init + 500]))
    ids = aligned.partial_fit(blobs[:300]).segment_ids_
    assert aligned.partial_fit(blobs[300:]).segment_ids_.tolist() == ids.tolist()
    assert set(aligned.labels_) <= set(ids.tolist())


def test_a_batch_may_be_one_row_and_threads_do_not_matter(blobs):
    states = set()
    for n_jobs in (1, 2):
        clusterer = SegmentClusterer(4, random_state=0, n_jobs=n_jobs)
        many = np.tile(blobs, (60, 1))
        clusterer.partial_fit(many).partial_fit(blobs[:1]).partial_fit(many + 0.1)
        states.add((clusterer.cluster_centers_.tobytes(), clusterer.labels_.tobytes()))
    assert len(states) == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_segments_that_were_empty_fill_up():
    clusterer = SegmentClusterer(3, random_state=0).partial_fit([[0.0], [0.0], [10.0]])
    for _ in range(3):
        clusterer.partial_fit([[0.5], [9.0]])
        np.testing.assert_array_equal(clusterer.labels_, clusterer.predict([[0.5], [9.0]]))
        assert np.isfinite(clusterer.cluster_centers_).all()
    # The third lay at the centre of the largest, which has moved on.
    clusterer.partial_fit([[0.0]])
    assert 0.0 in clusterer.cluster_centers_


@pytest.mark.parametrize("params", [{}, {"n_clusters": 3, "algorithm": "hierarchical"}])
def test_there_is_none_without_running_means(params):
    clusterer = SegmentClusterer(**params)
    assert not hasattr(clusterer, "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit") as raised:
        clusterer.partial_fit([[0.0]])
    assert "needs algorithm='kmeans' and a number for n_clusters" in str(raised.value.__cause__)


def test_other_batches_are_refused_and_change_nothing(blobs):
    clusterer = SegmentClusterer(4, random_state=0)
    with pytest.raises(ValueError, match="n_clusters must be at most the number of rows of X, 3"):
        clusterer.partial_fit(blobs[:3])
    clusterer.partial_fit(blobs[:300])
    before = clusterer.cluster_centers_
    with pytest.raises(ValueError, match="X has 2 features"):
        clusterer.partial_fit(blobs[:, :2])
    with pytest.raises(ValueError, match="sample_weight must not be negative"):
        clusterer.partial_fit(blobs[:2], sample_weight=[1.0, -1.0])
    clusterer.set_params(n_clusters=5)
    with pytest.raises(ValueError, match=r"n_clusters must be .* fitted, 4.* got 5"):
        clusterer.partial_fit(blobs)
    assert clusterer.cluster_centers_ is before


def test_another_algorithm_before_is_no_start(blobs):
    clusterer = SegmentClusterer(4, algorithm="hierarchical").fit(blobs[:100])
    clusterer.set_params(algorithm="kmeans", random_state=0).partial_fit(blobs[100:])
    fresh = SegmentClusterer(4, random_state=0).fit(blobs[100:])
    np.testing.assert_array_equal(clusterer.labels_, fresh.labels_)


def test_large_offsets_do_not_cancel(blobs):
    far = blobs + 1e7
    clusterer = SegmentClusterer(4, random_state=0).partial_fit(far[:300])
    near = SegmentClusterer(4, random_state=0).partial_fit(blobs[:300])
    for start in range(300, 600, 50):
        clusterer.partial_fit(far[start : start + 50])
        near.partial_fit(blobs[start : start + 50])
    np.testing.assert_allclose(
        clusterer.cluster_centers_ - 1e7, near.cluster_centers_, rtol=0, atol=1e-6
    )


def test_it_is_the_last_step_of_a_pipeline(blobs):
    pipe = make_pipeline(StandardScaler(), SegmentClusterer(4, random_state=0)).fit(blobs[:300])
    scaled = pipe[:-1].transform(blobs[300:])
    pipe[-1].partial_fit(scaled)
    np.testing.assert_array_equal(pipe[-1].labels_, pipe.predict(blobs[300:]))
