"""Ward's method against its oracle and scipy, on cells of many rows, and as an algorithm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.segmentation import _hierarchical
from custbase.segmentation._hierarchical import build_tree, cut_cells, cut_tree
from tests.oracles import ward as oracle


def groups(labels: np.ndarray) -> set[frozenset[int]]:
    """Partition without the numbers of its parts."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@pytest.mark.parametrize(("n_rows", "n_columns"), [(1, 2), (2, 1), (3, 2), (12, 1), (25, 3)])
def test_the_tree_equals_the_oracle(n_rows, n_columns):
    rng = np.random.default_rng(n_rows)
    X, weights = rng.normal(size=(n_rows, n_columns)), rng.uniform(0.5, 4, n_rows)
    tree = build_tree(X, weights)
    costs, left = oracle.merge_all(X, weights)
    np.testing.assert_allclose(tree.costs, costs, rtol=1e-10)
    for k, expected in left.items():
        assert groups(cut_tree(tree, k)) == {frozenset(members) for members in expected}


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_the_tree_equals_scipy(offset):
    X = np.random.default_rng(0).normal(size=(700, 4)) + offset
    tree = build_tree(X, np.ones(len(X)))
    expected = linkage(X, "ward")
    np.testing.assert_allclose(np.sqrt(2 * tree.costs), expected[:, 2], rtol=1e-9)
    # scipy numbers the merged clusters in the same way.
    children = expected[:, :2].astype(int)
    for merger, pair in enumerate(children):
        assert (tree.parents[pair] == len(X) + merger).all()


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_ties_and_repeated_points_give_a_whole_tree(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, size=(rng.integers(1, 60), 2)).astype(float)
    tree = build_tree(X, rng.integers(1, 4, len(X)).astype(float))
    assert (np.diff(tree.costs) >= 0).all()
    for k in range(1, len(X) + 1):
        labels = cut_tree(tree, k)
        assert np.unique(labels).tolist() == list(range(k))
    distinct = len(np.unique(X, axis=0))
    labels = cut_tree(tree, distinct)
    assert all(len(np.unique(X[labels == k], axis=0)) == 1 for k in range(distinct))


def test_evenly_spaced_points_do_not_stop_the_tree():
    tree = build_tree(np.arange(300.0)[:, None], np.ones(300))
    sizes = np.bincount(cut_tree(tree, 2))
    assert sizes.min() > 30
    np.testing.assert_allclose(tree.costs.sum(), np.var(np.arange(300)) * 300)


def test_a_weight_counts_as_so_many_points():
    rng = np.random.default_rng(1)
    X, weights = rng.normal(size=(40, 2)), rng.integers(1, 4, 40)
    weighted, repeated = build_tree(X, weights.astype(float)), X.repeat(weights, axis=0)
    many = build_tree(repeated, np.ones(len(repeated)))
    np.testing.assert_allclose(many.costs[-39:], weighted.costs, rtol=1e-10)
    for k in (2, 5):
        expected = cut_tree(weighted, k).repeat(weights)
        assert groups(cut_tree(many, k)) == groups(expected)


def test_threads_do_not_change_a_bit():
    X = np.random.default_rng(2).normal(size=(1200, 3))
    trees = [build_tree(X, np.ones(len(X)), n_jobs=n_jobs) for n_jobs in (1, 2, 3)]
    for tree in trees[1:]:
        assert tree.costs.tobytes() == trees[0].costs.tobytes()
        np.testing.assert_array_equal(tree.parents, trees[0].parents)


def test_labels_equal_those_of_scikit_learn():
    X, _ = make_segments(500, n_clusters=3, separation=2.0, random_state=0)
    for k in (1, 2, 6):
        ours = SegmentClusterer(k, algorithm="hierarchical").fit(X)
        assert adjusted_rand_score(ours.labels_, AgglomerativeClustering(k).fit_predict(X)) == 1
        assert ours.inertia_ == pytest.approx(oracle.inertia(X, np.ones(500), ours.labels_))
        assert (np.diff(np.bincount(ours.labels_)) <= 0).all()


def test_auto_finds_the_segments_or_none():
    X, truth = make_segments(400, n_clusters=4, separation=8.0, random_state=0)
    found = SegmentClusterer(algorithm="hierarchical", random_state=0).fit(X)
    assert adjusted_rand_score(truth, found.labels_) > 0.99
    assert found.selection_.index.tolist() == list(range(1, 13))
    assert found.selection_.loc[4, "inertia"] == found.inertia_
    cloud = np.random.default_rng(0).normal(size=(400, 3))
    assert SegmentClusterer(algorithm="hierarchical", random_state=0).fit(cloud).n_clusters_ == 1


def test_rows_of_no_weight_are_labelled_without_a_say():
    X, _ = make_segments(200, n_clusters=3, separation=8.0, random_state=0)
    far = np.vstack([X, [[900.0] * 3]])
    weights = np.append(np.ones(200), 0.0)
    with_it = SegmentClusterer(3, algorithm="hierarchical").fit(far, sample_weight=weights)
    without = SegmentClusterer(3, algorithm="hierarchical").fit(X)
    np.testing.assert_allclose(with_it.cluster_centers_, without.cluster_centers_)
    np.testing.assert_array_equal(with_it.labels_, without.predict(far))


def test_more_segments_than_distinct_rows_warn():
    X = np.repeat([[0.0], [1.0], [5.0]], 4, axis=0)
    clusterer = SegmentClusterer(5, algorithm="hierarchical")
    with pytest.warns(ConvergenceWarning, match="only 3 of n_clusters=5 segments"):
        clusterer.fit(X)
    assert clusterer.n_clusters_ == len(clusterer.cluster_centers_) == 3
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(X))


def test_cells_are_centres_of_rows_cut_by_inertia():
    rng = np.random.default_rng(3)
    rows = np.vstack([rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) * 20 + 100])
    cells = cut_cells(rows, np.ones(600), 40)
    assert len(np.unique(cells, axis=0)) == 40
    assert (cells > 30).all(axis=1).sum() > 30
    assert len(cut_cells(np.repeat(rows[:3], 5, axis=0), np.ones(15), 40)) == 3
    weights = np.r_[np.full(300, 3.0), np.ones(300)]
    np.testing.assert_allclose(
        cut_cells(rows, weights, 1), [np.average(rows, axis=0, weights=weights)]
    )


@pytest.mark.parametrize("seed", range(20))
def test_cells_of_rows_that_differ_by_rounding(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 3, (200, 2)) * 0.1
    rows = np.nextafter(rows, rng.choice([-1.0, 1.0], rows.shape))
    cells = cut_cells(rows, rng.random(200), 150)
    assert np.isfinite(cells).all()


@pytest.mark.parametrize("kind", ["gaussian", "lognormal"])
def test_cells_cost_little_inertia(monkeypatch, kind):
    X, _ = make_segments(3000, n_clusters=5, kind=kind, random_state=0)
    exact = SegmentClusterer(algorithm="hierarchical", random_state=0).fit(X)
    monkeypatch.setattr(_hierarchical, "MAX_ROWS", 1000)
    monkeypatch.setattr(_hierarchical, "N_CELLS", 600)
    monkeypatch.setattr(_hierarchical, "SAMPLE_ROWS", 2500)
    by_cells = SegmentClusterer(algorithm="hierarchical", random_state=0).fit(X)
    ratio = by_cells.selection_["inertia"] / exact.selection_["inertia"]
    assert ratio.max() < 1.03
    np.testing.assert_array_equal(by_cells.labels_, by_cells.predict(X))
    np.testing.assert_array_equal(by_cells.labels_, by_cells.fit_predict(X))
    assert -by_cells.score(X) == pytest.approx(by_cells.inertia_)
    order = np.random.default_rng(0).permutation(len(X))
    np.testing.assert_array_equal(by_cells.labels_[order], by_cells.fit_predict(X[order]))


@pytest.mark.slow
def test_cells_cost_one_or_two_per_cent_of_twenty_thousand_rows(monkeypatch):
    X, _ = make_segments(20_000, n_clusters=6, n_features=8, random_state=0)
    exact = SegmentClusterer(algorithm="hierarchical", random_state=0).fit(X)
    monkeypatch.setattr(_hierarchical, "MAX_ROWS", 1000)
    by_cells = SegmentClusterer(algorithm="hierarchical", random_state=0).fit(X)
    ratio = by_cells.selection_["inertia"] / exact.selection_["inertia"]
    assert ratio.max() < 1.02
