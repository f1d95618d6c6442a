"""Criteria that are a formula: against oracles, scikit-learn and figures of kneed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from custbase.datasets import make_segments
from custbase.segmentation._criteria import (
    bic,
    calinski_harabasz,
    choose_highest,
    choose_lowest,
    kneedle,
    silhouette,
)
from custbase.segmentation._kmeans import sweep_kmeans
from custbase.segmentation._lloyd import Solution
from custbase.segmentation._rows import assign, weighted_rows
from tests.oracles import criteria as oracle


def sweep(
    X: np.ndarray, weights: np.ndarray | None = None, high: int = 6
) -> tuple[list[Solution], list[np.ndarray], np.ndarray]:
    """Solutions for 1 to `high` clusters, their labels and silhouettes."""
    rng = np.random.RandomState(0)
    with weighted_rows(X, weights) as rows:
        runs = sweep_kmeans(
            rows, range(1, high + 1), n_init=2, max_iter=300, tol=0.0, random_state=rng
        )
        labels = [assign(rows, run.centers).labels for run in runs]
        scores = [silhouette(rows, *pair) for pair in zip(runs, labels, strict=True)]
    return runs, labels, np.array(scores)


def total_scatter(X: np.ndarray) -> float:
    """Sum of the squared distances to the mean."""
    return float(((X - X.mean(axis=0)) ** 2).sum())


@pytest.fixture(scope="module")
def problem() -> tuple[np.ndarray, list[Solution], list[np.ndarray], np.ndarray]:
    X, _ = make_segments(150, n_clusters=4, random_state=0)
    return X, *sweep(X)


def test_curves_equal_scikit_learn_and_the_oracle(problem):
    X, runs, labels, silhouettes = problem
    ratios = calinski_harabasz(runs, total=total_scatter(X))
    criterion = bic(runs, n_columns=X.shape[1])
    assert np.isnan([ratios[0], silhouettes[0]]).all()
    for i in range(len(runs)):
        assert criterion[i] == pytest.approx(oracle.bic(X, labels[i]), rel=1e-10)
        if i > 0:
            expected = calinski_harabasz_score(X, labels[i])
            assert ratios[i] == pytest.approx(expected, rel=1e-9)
            assert oracle.calinski_harabasz(X, labels[i]) == pytest.approx(expected, rel=1e-9)
            expected = silhouette_score(X, labels[i], metric="sqeuclidean")
            assert silhouettes[i] == pytest.approx(expected, rel=1e-9)


def test_each_criterion_finds_clear_segments(problem):
    X, runs, _, silhouettes = problem
    assert choose_highest(silhouettes) == 3
    assert choose_highest(calinski_harabasz(runs, total=total_scatter(X))) == 3
    # A knee asks for segments at like distances, BIC for round ones of one spread.
    corners = np.repeat(10 * np.eye(4), 30, axis=0)
    runs, _, _ = sweep(corners + np.random.default_rng(0).normal(size=corners.shape))
    assert kneedle(np.array([run.inertia for run in runs]))[1] == 3
    assert choose_lowest(bic(runs, n_columns=4)) == 3


def test_bic_can_answer_one():
    X = np.random.default_rng(0).normal(size=(300, 2))
    assert choose_lowest(bic(sweep(X)[0], n_columns=2)) == 0


def test_silhouette_does_not_need_exact_means(problem):
    X, runs, labels, silhouettes = problem
    moved = runs[3]._replace(centers=runs[3].centers + 0.3)
    with weighted_rows(X) as rows:
        assert silhouette(rows, moved, labels[3]) == pytest.approx(silhouettes[3], rel=1e-9)


def test_silhouette_leaves_noise_out(problem):
    X, runs, labels, _ = problem
    kept = np.arange(len(X)) % 5 > 0
    with weighted_rows(X) as rows:
        found = silhouette(rows, runs[3], np.where(kept, labels[3], -1))
    expected = silhouette_score(X[kept], labels[3][kept], metric="sqeuclidean")
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("label", [-1, 0])
def test_silhouette_of_fewer_than_two_clusters_is_nan(label):
    X = np.arange(6.0)[:, None]
    labels = np.full(6, label)
    with weighted_rows(X) as rows:
        for centers in (np.empty((0, 1)), np.array([[2.5]]), np.array([[2.5], [9.0]])):
            run = Solution(centers, np.zeros(len(centers)), 0.0, 1)
            if len(centers) > label:
                assert np.isnan(silhouette(rows, run, labels))


def test_a_weight_is_a_number_of_repetitions(problem):
    X, _, labels, _ = problem
    weights = np.random.default_rng(0).integers(1, 4, len(X))
    repeated = np.repeat(X, weights, axis=0)
    curves = []
    for rows, row_weights, own in (
        (X, weights.astype(float), labels),
        (repeated, np.ones(len(repeated)), [np.repeat(each, weights) for each in labels]),
    ):
        runs = []
        for each in own:
            n = np.bincount(each, row_weights)
            columns = [np.bincount(each, row_weights * column) / n for column in rows.T]
            centers = np.column_stack(columns)
            runs.append(Solution(centers, n, row_weights @ ((rows - centers[each]) ** 2).sum(1), 1))
        with weighted_rows(rows, row_weights) as matrix:
            scores = [silhouette(matrix, *pair) for pair in zip(runs, own, strict=True)]
        ratios = calinski_harabasz(runs, total=total_scatter(repeated))
        curves.append(np.array([scores, ratios, bic(runs, n_columns=3)]))
    np.testing.assert_allclose(*curves, rtol=1e-9)


def test_curves_without_inertia_are_infinite_and_the_smallest_number_wins():
    X = np.repeat([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]], 5, axis=0)
    runs = [
        Solution(np.zeros((k, 2)), np.full(k, 15 / k), w, 1)
        for k, w in ((1, total_scatter(X)), (2, 160.0), (3, 0.0), (4, 0.0))
    ]
    ratios = calinski_harabasz(runs, total=total_scatter(X))
    assert ratios[2] == ratios[3] == np.inf
    assert choose_highest(ratios) == 2
    criterion = bic(runs, n_columns=2)
    assert criterion[2] == criterion[3] == -np.inf
    assert choose_lowest(criterion) == 2
    assert kneedle(np.array([run.inertia for run in runs]))[1] == 2


def test_calinski_harabasz_has_no_value_for_as_many_clusters_as_rows():
    runs = [
        Solution(np.zeros((k, 1)), np.full(k, 3 / k), w, 1) for k, w in ((1, 2.0), (2, 1), (3, 0))
    ]
    ratios = calinski_harabasz(runs, total=2.0)
    np.testing.assert_array_equal(ratios, [np.nan, 1.0, np.nan])


def test_with_one_cluster_only_every_criterion_answers_it():
    X = np.arange(6.0)[:, None]
    runs, _, silhouettes = sweep(X, high=1)
    assert choose_highest(silhouettes) == 0
    assert choose_highest(calinski_harabasz(runs, total=total_scatter(X))) == 0
    assert choose_lowest(bic(runs, n_columns=1)) == 0
    scores, position = kneedle(np.array([runs[0].inertia]))
    assert (scores.tolist(), position) == ([0.0], 0)


@pytest.mark.parametrize(
    ("scores", "highest", "lowest"),
    [
        ([np.nan, 1.0, 3.0, 3.0, 2.0], 2, 1),
        ([np.nan, -np.inf, 5.0], 2, 1),
        ([np.nan, -1.0, -1.0], 1, 1),
        ([np.nan, np.nan], 0, 0),
        ([2.0, np.inf, np.inf], 1, 0),
    ],
)
def test_ties_go_to_the_smallest_number_and_nan_is_never_chosen(scores, highest, lowest):
    assert choose_highest(np.array(scores)) == highest
    assert choose_lowest(np.array(scores)) == lowest


@pytest.mark.parametrize(
    ("inertia", "expected"),
    [
        ([10.0, 5.0, 2.0, 1.5, 1.2, 1.0, 0.9], 3),
        ([100, 40, 38, 36, 34, 32], 2),
        ([10, 4, 4, 4, 1, 1, 1], 2),
        ([8, 8, 3, 3, 3, 2, 1], 3),
        ([9, 9, 9, 1, 1, 1, 1, 1], 1),
        ([100, 50, 33, 25, 20, 17, 14, 12, 11, 10, 9, 8], 3),
        ([5.0, 4.0, 4.5, 2.0, 2.2, 1.0], 2),
        ([7.0, 6.0, 5.5, 1.0, 0.9, 0.8, 0.0], 4),
        ([10, 9, 8, 7, 6, 0], 1),
        # No knee: the smallest number.
        ([6, 5, 4, 3, 2, 1], 1),
        ([3, 1], 1),
        ([4, 2, 2, 0], 1),
        ([2, 2, 2], 1),
    ],
)
def test_kneedle_finds_the_knee_of_kneed(inertia, expected):
    # Figures of kneed 0.9.0: KneeLocator(k, inertia, curve="convex", direction="decreasing").
    scores, position = kneedle(np.array(inertia, dtype=float))
    assert position + 1 == expected
    assert scores.shape == (len(inertia),)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.01, 1), min_size=2, max_size=15),
    st.floats(1e-3, 1e3),
    st.floats(-1e3, 1e3),
)
def test_kneedle_depends_on_neither_scale_nor_origin(drops, scale, origin):
    # Drops that shrink make a convex curve: below its chord, and one maximum.
    inertia = np.append(np.cumsum(np.sort(drops))[::-1], 0.0)
    scores, position = kneedle(inertia)
    assert scores.min() >= -1e-12
    assert scores[[0, -1]] == pytest.approx([0, 0], abs=1e-12)
    assert position == 0 or scores[position] >= scores.max() - 1e-12
    again, _ = kneedle(scale * inertia + origin)
    # Far from the origin the curve itself is rounded.
    rounding = 8 * np.finfo(np.float64).eps * (1 + abs(origin) / (scale * np.ptp(inertia)))
    np.testing.assert_allclose(again, scores, atol=1e-12 + rounding)
