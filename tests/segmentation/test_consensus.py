"""Consensus: agreement of partitions, stability of segments, and what is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from custbase.datasets import make_segments
from custbase.segmentation import _consensus
from custbase.segmentation._consensus import (
    adjusted_rand_index,
    choose_consensus,
    count_pairs,
    largest_jaccard_similarity,
)
from custbase.segmentation._kmeans import sweep_kmeans
from custbase.segmentation._lloyd import Solution
from custbase.segmentation._rows import weighted_rows
from tests.oracles import criteria as oracle

pairs_of_labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=25)


def choose(
    X: np.ndarray, weights: np.ndarray | None = None, *, low: int = 1, high: int = 6
) -> tuple[np.ndarray, list[np.ndarray], int]:
    """Sweep and choose."""
    weights = np.ones(len(X)) if weights is None else weights
    rng = np.random.RandomState(0)
    with weighted_rows(X, weights) as rows:
        runs = sweep_kmeans(
            rows, range(low, high + 1), n_init=2, max_iter=100, tol=0.0, random_state=rng
        )
    scores, stability, position = choose_consensus(X, runs, sample_weight=weights, random_state=rng)
    return scores, stability, low + position


@settings(max_examples=60, deadline=None)
@given(pairs_of_labels)
def test_agreement_equals_the_oracle_and_scikit_learn(pairs):
    first, second = np.array(pairs).T
    table = count_pairs(first, second, 4)
    assert table.sum() == len(pairs)
    assert all(table[a, b] == pairs.count((a, b)) for a in range(4) for b in range(4))
    index = adjusted_rand_index(table)
    assert index == pytest.approx(adjusted_rand_score(first, second), abs=1e-12)
    if len(pairs) > 1:
        assert index == pytest.approx(oracle.adjusted_rand_index(first, second), abs=1e-12)
    similarity = largest_jaccard_similarity(table)
    for cluster in range(4):
        if (first == cluster).any():
            expected = oracle.largest_jaccard_similarity(first, second, cluster)
            assert similarity[cluster] == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(similarity[cluster])


def test_scores_compare_with_the_partitions_of_the_samples(monkeypatch):
    X = np.random.default_rng(0).normal(size=(40, 2))
    fitted, again = X[:3], iter([X[3:6], X[6:9]] * _consensus.N_BOOTSTRAPS)
    samples = []

    def sweep(sample, n_clusters, _):
        samples.append(sample)
        assert n_clusters == [3]
        return [Solution(next(again), np.ones(3), 1.0, 1)]

    monkeypatch.setattr(_consensus, "_sweep", sweep)
    monkeypatch.setattr(_consensus, "BOOTSTRAP_ROWS", 25)
    scores, stability, _ = choose_consensus(
        X,
        [Solution(fitted, np.ones(3), 1.0, 1)],
        sample_weight=np.ones(40),
        random_state=np.random.RandomState(0),
    )
    own, *others = (cdist(X, centers).argmin(axis=1) for centers in (fitted, X[3:6], X[6:9]))
    expected = np.mean([oracle.adjusted_rand_index(own, other) for other in others])
    assert scores[0] == pytest.approx(expected, abs=1e-12)
    for c in range(3):
        expected = np.mean([oracle.largest_jaccard_similarity(own, other, c) for other in others])
        assert stability[0][c] == pytest.approx(expected, abs=1e-12)
    drawn = samples[: _consensus.N_BOOTSTRAPS]
    assert {sample.shape for sample in drawn} == {(25, 2)}
    assert {tuple(row) for row in np.vstack(drawn)} == {tuple(row) for row in X}


@pytest.mark.parametrize("n_clusters", [2, 3, 5])
def test_clear_segments_are_counted(n_clusters):
    X, _ = make_segments(300, n_clusters=n_clusters, separation=8.0, random_state=n_clusters)
    scores, stability, chosen = choose(X)
    assert chosen == n_clusters
    assert scores.shape == (6,)
    assert scores[n_clusters - 1] > 0.95
    assert [len(each) for each in stability] == [1, 2, 3, 4, 5, 6]
    assert (stability[n_clusters - 1] > 0.85).all()
    assert all(((each >= 0) & (each <= 1)).all() for each in stability)


def test_one_cluster_agrees_with_itself():
    scores, stability, _ = choose(np.random.default_rng(0).normal(size=(60, 2)), high=2)
    assert (scores[0], stability[0].tolist()) == (1.0, [1.0])


@pytest.mark.parametrize("kind", ["gaussian", "box", "long", "correlated"])
def test_a_cloud_is_one_segment(kind):
    rng = np.random.default_rng(3)
    X = rng.uniform(size=(300, 3)) if kind == "box" else rng.normal(size=(300, 3))
    if kind == "correlated":
        X = X @ rng.normal(size=(3, 3))
    elif kind == "long":
        X = X * np.array([9.0, 1.0, 1.0])
    scores, stability, chosen = choose(X)
    assert chosen == 1
    if kind == "long":
        # Stable, but no more than a box: its longest axis is halved the same way every time.
        assert scores[1] > 0.8
        assert stability[1].min() > 0.85


def test_the_segment_that_is_cut_apart_is_the_unstable_one():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(150, 2)), rng.normal(size=(80, 2)) * 0.5 + [12.0, 0.0]])
    _, stability, chosen = choose(X, high=3)
    assert chosen == 2
    assert np.sort(stability[2])[-1] > 0.95
    assert np.sort(stability[2])[0] < 0.8


def test_min_clusters_is_the_answer_if_nothing_is_stable():
    X = np.random.default_rng(3).normal(size=(200, 4))
    scores, _, chosen = choose(X, low=3, high=5)
    assert scores.shape == (3,)
    assert chosen == 3


def test_rows_without_weight_have_no_say():
    X, _ = make_segments(150, n_clusters=3, separation=8.0, random_state=0)
    weights = np.append(np.ones(150), np.zeros(20))
    scores, _, chosen = choose(np.vstack([X, X[:20] + 1000.0]), weights, high=4)
    assert chosen == 3
    assert scores[2] > 0.95


def test_samples_follow_the_weights():
    X, labels = make_segments(300, n_clusters=3, separation=8.0, random_state=0)
    X = np.vstack([X, X[labels == 0] + 40.0])
    weights = np.append(np.ones(300), np.full((labels == 0).sum(), 1e-9))
    _, stability, _ = choose(X, weights, high=3)
    assert (stability[2] > 0.95).all()


def test_a_segment_of_which_no_row_is_drawn_has_no_stability():
    X = np.vstack([np.random.default_rng(0).normal(size=(100, 2)), [[50.0, 50.0]]])
    runs = [
        Solution(X.mean(axis=0)[None], np.array([100.0]), 1.0, 1),
        Solution(np.array([[0.0, 0.0], [50.0, 50.0]]), np.array([100.0, 1e-9]), 1.0, 1),
    ]
    weights = np.append(np.ones(100), 1e-9)
    _, stability, position = choose_consensus(
        X, runs, sample_weight=weights, random_state=np.random.RandomState(0)
    )
    assert np.isnan(stability[1][1])
    assert position == 0


def test_equal_seeds_give_equal_bits():
    X, _ = make_segments(100, n_clusters=3, random_state=0)
    (scores, stability, chosen), again = choose(X, high=4), choose(X, high=4)
    np.testing.assert_array_equal(scores, again[0])
    np.testing.assert_array_equal(np.concatenate(stability), np.concatenate(again[1]))
    assert chosen == again[2]
