"""The gap statistic: its arithmetic, its boxes, its sampling, and what it chooses."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.datasets import make_segments
from custbase.segmentation import _gap
from custbase.segmentation._gap import choose_gap, draw_by_weight, turn_to_principal_axes
from tests.oracles import criteria as oracle


def choose(
    X: np.ndarray, weights: np.ndarray | None = None, *, low: int = 1, high: int = 5
) -> tuple[np.ndarray, np.ndarray, int]:
    """Gap, standard errors and the chosen number."""
    weights = np.ones(len(X)) if weights is None else weights
    gap, errors, position = choose_gap(
        X,
        range(low, high + 1),
        sample_weight=weights,
        random_state=np.random.RandomState(0),
    )
    return gap, errors, low + position


@pytest.mark.parametrize("n_clusters", [2, 3, 4])
def test_clear_segments_are_counted(n_clusters):
    X, _ = make_segments(200, n_clusters=n_clusters, separation=8.0, random_state=n_clusters)
    gap, errors, chosen = choose(X)
    assert chosen == n_clusters
    assert gap.shape == errors.shape == (5,)
    assert (errors > 0).all()
    assert gap[n_clusters - 1] > gap[: n_clusters - 1].max()


@pytest.mark.parametrize("kind", ["gaussian", "box", "correlated"])
def test_a_cloud_is_one_segment(kind):
    rng = np.random.default_rng(3)
    X = rng.uniform(size=(120, 3)) if kind == "box" else rng.normal(size=(120, 3))
    if kind == "correlated":
        X = X @ rng.normal(size=(3, 3))
    assert choose(X)[2] == 1


def test_it_is_the_definition_on_the_inertia_of_rows_and_boxes(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) @ np.array([[3.0, 1.0], [0.0, 0.5]])
    clustered = []
    original = _gap._log_inertia

    def spy(rows, *args):
        clustered.append((rows.copy(), original(rows, *args)))
        return clustered[-1][1]

    monkeypatch.setattr(_gap, "_log_inertia", spy)
    gap, errors, chosen = choose(X)
    (rows, curve), boxes = clustered[0], clustered[1:]
    expected = oracle.gap(curve.tolist(), [box[1].tolist() for box in boxes])
    np.testing.assert_allclose(gap, expected[0], rtol=1e-12)
    np.testing.assert_allclose(errors, expected[1], rtol=1e-9)
    assert chosen == 1 + expected[2]
    # The inertia of one cluster is the total scatter, wherever the axes point.
    assert np.exp(curve[0]) == pytest.approx(((X - X.mean(axis=0)) ** 2).sum())
    assert len(boxes) == 20
    for points, _ in boxes:
        assert points.shape == X.shape
        assert (points >= rows.min(axis=0)).all()
        assert (points <= rows.max(axis=0)).all()
    assert not np.array_equal(boxes[0][0], boxes[1][0])


def test_principal_axes_keep_distances_and_are_uncorrelated():
    X = np.random.default_rng(0).normal(size=(50, 3)) @ np.diag([1.0, 5.0, 2.0]) + 7.0
    turned = turn_to_principal_axes(X)
    np.testing.assert_allclose(
        np.linalg.norm(turned[1:] - turned[:-1], axis=1), np.linalg.norm(X[1:] - X[:-1], axis=1)
    )
    covariance = np.cov(turned.T)
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-10)


def test_the_rule_takes_the_first_number_within_one_standard_error(monkeypatch):
    curves = iter([np.zeros(4), *(np.array([1.0, 2.0, 1.9, 3.0]) + s for s in [-0.1, 0.1] * 10)])
    monkeypatch.setattr(_gap, "_log_inertia", lambda *_: next(curves))
    gap, errors, chosen = choose(np.arange(8.0)[:, None], high=4)
    np.testing.assert_allclose(gap, [1.0, 2.0, 1.9, 3.0])
    np.testing.assert_allclose(errors, 0.1 * np.sqrt(1 + 1 / 20))
    assert chosen == 2


def test_without_such_a_number_the_last_is_chosen(monkeypatch):
    curves = iter([np.zeros(3), *([np.array([1.0, 2.0, 3.0])] * 20)])
    monkeypatch.setattr(_gap, "_log_inertia", lambda *_: next(curves))
    assert choose(np.arange(8.0)[:, None], high=3)[2] == 3


def test_rows_without_spread_are_counted_without_a_warning():
    gap, _, chosen = choose(np.repeat([[0.1, 0.2], [8.0, 0.2]], 20, axis=0), high=2)
    assert chosen == 2
    assert np.isfinite(gap).all()
    gap, errors, chosen = choose(np.full((10, 2), 0.1), high=1)
    assert (gap.tolist(), errors.tolist(), chosen) == ([0.0], [0.0], 1)


def test_rows_without_weight_have_no_say():
    X, _ = make_segments(150, n_clusters=3, separation=8.0, random_state=0)
    weights = np.append(np.ones(150), np.zeros(20))
    for ours, expected in zip(
        choose(np.vstack([X, X[:20] + 1000.0]), weights), choose(X), strict=True
    ):
        np.testing.assert_array_equal(ours, expected)


def test_heavier_rows_count_more():
    X, labels = make_segments(300, n_clusters=3, separation=8.0, random_state=0)
    # Two of the segments weigh next to nothing: they are outliers of one cloud.
    assert choose(X, np.where(labels == 0, 1.0, 1e-9))[2] == 1


def test_rows_are_all_there_if_they_are_few_and_weigh_alike():
    weights = np.array([2.0, 0.0, 2.0, 2.0])
    drawn = draw_by_weight(weights, 3, np.random.RandomState(0))
    np.testing.assert_array_equal(drawn, [0, 2, 3])


@pytest.mark.parametrize("max_rows", [50, 1000])
def test_rows_are_drawn_in_proportion_to_their_weight(max_rows):
    rng = np.random.default_rng(0)
    weights = rng.uniform(0, 3, 200) * (rng.uniform(size=200) < 0.8)
    size = min(max_rows, np.count_nonzero(weights))
    counts = np.zeros(200)
    for seed in range(400):
        drawn = draw_by_weight(weights, max_rows, np.random.RandomState(seed))
        assert len(drawn) == size
        counts += np.bincount(drawn, minlength=200)
    expected = 400 * size * weights / weights.sum()
    assert (counts[weights == 0] == 0).all()
    # No more than five standard deviations of a Poisson count.
    assert (np.abs(counts - expected) <= 5 * np.sqrt(expected) + 1e-9).all()


def test_large_data_are_sampled(monkeypatch):
    monkeypatch.setattr(_gap, "MAX_ROWS", 100)
    X, _ = make_segments(1000, n_clusters=3, separation=9.0, random_state=0)
    sizes = []
    original = _gap._log_inertia

    def spy(rows, *args):
        sizes.append(len(rows))
        return original(rows, *args)

    monkeypatch.setattr(_gap, "_log_inertia", spy)
    assert choose(X)[2] == 3
    assert set(sizes) == {100}


def test_min_clusters_is_the_least_answer():
    X = np.random.default_rng(3).normal(size=(100, 2))
    gap, _, chosen = choose(X, low=3, high=5)
    assert gap.shape == (3,)
    assert chosen >= 3
