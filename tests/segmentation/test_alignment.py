"""Ids that segments keep from earlier ones."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.segmentation._alignment import Earlier, match_ids, order_by_size


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    X, _ = make_segments(400, n_clusters=4, separation=8.0, random_state=0)
    return X


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_the_matching_has_the_least_sum(seed):
    rng = np.random.default_rng(seed)
    n_new, n_earlier = rng.integers(1, 5, 2).tolist()
    centers, earlier = rng.normal(size=(n_new, 2)), rng.normal(size=(n_earlier, 2))
    ids = match_ids(centers, Earlier(earlier, np.arange(len(earlier))))
    assert len(set(ids.tolist())) == n_new
    matched = ids < n_earlier
    assert matched.sum() == min(n_new, n_earlier)
    assert ids[~matched].tolist() == list(range(n_earlier, n_earlier + (~matched).sum()))
    costs = ((centers[:, None] - earlier[None]) ** 2).sum(axis=2)
    least = min(
        costs[list(rows), list(columns)].sum()
        for rows in permutations(range(n_new), min(n_new, n_earlier))
        for columns in permutations(range(n_earlier), min(n_new, n_earlier))
    )
    assert costs[matched, ids[matched]].sum() == pytest.approx(least)


def test_the_largest_comes_first_and_ties_go_by_center():
    order = order_by_size(np.array([[2.0], [1.0], [0.0]]), np.array([3.0, 3.0, 9.0]))
    assert order.tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    "algorithm", ["kmeans", "hierarchical", "density", AgglomerativeClustering()]
)
def test_segments_keep_their_ids(blobs, algorithm):
    n_clusters = "auto" if algorithm == "density" else 4
    first = SegmentClusterer(n_clusters, algorithm=algorithm, random_state=0).fit(blobs)
    assert first.segment_ids_.tolist() == [0, 1, 2, 3]
    earlier = first.cluster_centers_[[2, 0, 3, 1]]
    again = SegmentClusterer(n_clusters, algorithm=algorithm, random_state=0, align_to=earlier)
    labels = again.fit_predict(blobs)
    np.testing.assert_allclose(again.cluster_centers_, earlier)
    np.testing.assert_array_equal(labels, again.predict(blobs))
    renamed = np.array([1, 3, 0, 2, -1])
    np.testing.assert_array_equal(labels, renamed[first.labels_])


def test_vanished_ids_stay_unused_and_new_ones_follow(blobs):
    first = SegmentClusterer(4, random_state=0).fit(blobs)
    later = blobs[first.labels_ != 1]
    fewer = SegmentClusterer(3, random_state=0, align_to=first.cluster_centers_).fit(later)
    assert fewer.segment_ids_.tolist() == [0, 2, 3]
    assert sorted(set(fewer.labels_)) == [0, 2, 3]
    np.testing.assert_array_equal(fewer.labels_, fewer.predict(later))
    np.testing.assert_array_equal(fewer.labels_, first.labels_[first.labels_ != 1])
    profile = fewer.profile(later)
    assert profile.index.tolist() == [0, 2, 3]
    assert profile["size"].tolist() == np.bincount(fewer.labels_)[[0, 2, 3]].tolist()
    assert -fewer.score(later) == pytest.approx(fewer.inertia_)
    assert fewer.transform(later).shape == (len(later), 3)
    distances = fewer.transform(later)
    np.testing.assert_array_equal(fewer.segment_ids_[distances.argmin(axis=1)], fewer.labels_)

    more = SegmentClusterer(4, random_state=0, align_to=first.cluster_centers_[[3, 1]]).fit(blobs)
    assert more.segment_ids_.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(more.cluster_centers_[:2], first.cluster_centers_[[3, 1]])
    sizes = np.bincount(more.labels_)
    assert sizes[2] >= sizes[3]


def test_alignment_overrides_the_order_of_first_centers(blobs):
    init = blobs[[5, 50, 200, 300]]
    plain = SegmentClusterer(4, init=init).fit(blobs)
    earlier = plain.cluster_centers_[::-1]
    aligned = SegmentClusterer(4, init=init, align_to=earlier).fit(blobs)
    np.testing.assert_allclose(aligned.cluster_centers_, earlier)
    assert aligned.n_iter_ == plain.n_iter_


@pytest.mark.parametrize(
    ("align_to", "error", "message"),
    [
        (np.ones((2, 2)), ValueError, r"align_to must have shape .* n_features = 3; got \(2, 2\)"),
        (np.ones(3), ValueError, r"align_to must have shape .*got \(3,\)"),
        (np.ones((0, 3)), ValueError, r"align_to must have shape .*got \(0, 3\)"),
        ([[np.nan, 0.0, 0.0]], ValueError, "align_to contains NaN"),
        ("last", TypeError, "align_to must be None, an array or a frame"),
    ],
)
def test_other_things_than_centers_are_refused(blobs, align_to, error, message):
    with pytest.raises(error, match=message):
        SegmentClusterer(2, align_to=align_to).fit(blobs)


def test_a_frame_has_the_ids_in_its_index(blobs):
    X = pd.DataFrame(blobs, columns=["a", "b", "c"])
    first = SegmentClusterer(4, random_state=0).fit(X)
    known = pd.DataFrame(first.cluster_centers_, columns=X.columns, index=[7, 2, 9, 4])
    again = SegmentClusterer(4, random_state=1, align_to=known).fit(X)
    assert again.segment_ids_.tolist() == [2, 4, 7, 9]
    np.testing.assert_array_equal(again.labels_, known.index[first.labels_])
    more = SegmentClusterer(5, random_state=1, align_to=known).fit(X)
    assert more.segment_ids_.tolist() == [2, 4, 7, 9, 10]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index": ["VIP", "new"]}, "align_to, as a frame, must have the ids.*VIP"),
        ({"index": [1, 1]}, "different integers"),
        ({"index": [-1, 0]}, "from 0 to"),
        ({"index": [0, 2**40]}, "from 0 to"),
        ({"columns": ["a", "c", "b"]}, "align_to must have the columns of X"),
    ],
)
def test_frames_that_are_no_earlier_segments_are_refused(blobs, change, message):
    X = pd.DataFrame(blobs, columns=["a", "b", "c"])
    given = {"index": [0, 1], "columns": list(X.columns), **change}
    align_to = pd.DataFrame(np.ones((2, 3)), **given)
    with pytest.raises(ValueError, match=message):
        SegmentClusterer(2, align_to=align_to).fit(X)


def test_columns_of_transform_are_named_by_the_ids(blobs):
    first = SegmentClusterer(4, random_state=0).fit(blobs)
    known = pd.DataFrame(first.cluster_centers_[1:], index=[5, 3, 8])
    later = SegmentClusterer(3, init=first.cluster_centers_[1:], align_to=known).fit(blobs)
    distances = later.set_output(transform="pandas").transform(blobs)
    assert list(distances) == [f"segmentclusterer{segment}" for segment in (3, 5, 8)]
