"""The elbow: how many segments, one included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from custbase.datasets import make_segments
from custbase.segmentation._elbow import choose_elbow
from custbase.segmentation._kmeans import sweep_kmeans, weighted_rows


def choose(
    X: np.ndarray, weights: np.ndarray | None = None, *, low: int = 1, high: int = 8
) -> tuple[np.ndarray, int]:
    """Sweep and choose."""
    weights = np.ones(len(X)) if weights is None else weights
    random_state = np.random.RandomState(0)
    with weighted_rows(X, weights) as rows:
        runs = sweep_kmeans(
            rows, range(low, high + 1), n_init=3, max_iter=100, tol=0.0, random_state=random_state
        )
    scores, position = choose_elbow(X, runs, sample_weight=weights, random_state=random_state)
    return scores, low + position


def draw_ball(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Points spread evenly in a ball."""
    X = rng.normal(size=(n, d))
    return X / np.linalg.norm(X, axis=1)[:, None] * rng.uniform(size=(n, 1)) ** (1 / d)


@pytest.mark.parametrize("n_clusters", [2, 3, 5])
def test_clear_segments_are_counted(n_clusters):
    X, _ = make_segments(600, n_clusters=n_clusters, separation=8.0, random_state=n_clusters)
    scores, chosen = choose(X)
    assert chosen == n_clusters
    assert scores.shape == (8,)
    assert np.isfinite(scores).all()
    assert scores[0] == pytest.approx(0, abs=1e-12)
    assert scores[n_clusters - 1] > scores[: n_clusters - 1].max()


@pytest.mark.parametrize("kind", ["gaussian", "box", "correlated"])
def test_a_cloud_is_one_segment(kind):
    rng = np.random.default_rng(3)
    X = rng.uniform(size=(400, 3)) if kind == "box" else rng.normal(size=(400, 3))
    if kind == "correlated":
        X = X @ rng.normal(size=(3, 3))
    assert choose(X)[1] == 1


@pytest.mark.parametrize(("n_blobs", "seed", "expected"), [(4, 0, 4), (5, 2, 4)])
def test_segments_that_no_single_cut_lays_bare_are_found(n_blobs, seed, expected):
    # Two of the five blobs with seed 2 are one: silhouettes say four as well.
    X, _ = make_blobs(500, centers=n_blobs, random_state=seed)
    scores, chosen = choose(X, high=12)
    assert scores.max() < 0.03
    assert chosen == expected


@pytest.mark.parametrize("seed", range(4))
def test_a_cross_of_five_segments_is_no_box_for_its_first_cuts(seed):
    # As mall customers by income and spending: four corners and the middle.
    rng = np.random.default_rng(seed)
    middles = np.array([[0, 0], [4, 4], [4, -4], [-4, 4], [-4, -4]])
    X = np.vstack(
        [rng.normal(m, 0.8, (n, 2)) for m, n in zip(middles, (80, 40, 35, 25, 20), strict=True)]
    )
    assert choose(X, high=12)[1] == 5


def draw_cloud(rng: np.random.Generator, family: str, n: int, d: int) -> np.ndarray:
    """Points without segments."""
    match family:
        case "box":
            return rng.uniform(size=(n, d))
        case "ball":
            return draw_ball(rng, n, d)
        case "correlated":
            return rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
    return rng.normal(size=(n, d))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["gaussian", "ball"])  # tests/theory has others
def test_clouds_hardly_ever_rise_clear_of_the_boxes(family):
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n, d = int(rng.integers(150, 3000)), int(rng.integers(2, 7))
        found.append(choose(draw_cloud(rng, family, n, d), high=12)[1] > 1)
    assert np.mean(found) <= 0.05


@pytest.mark.parametrize("kind", ["counts", "logarithms of counts", "flags", "few prices"])
def test_steps_of_a_scale_are_no_segments(kind):
    rng = np.random.default_rng(3)
    X = {
        "counts": rng.poisson(1.0, (500, 2)),
        "logarithms of counts": np.log1p(rng.geometric(0.5, (500, 3))),
        "flags": rng.integers(0, 2, (500, 3)),
        "few prices": np.c_[rng.choice([9.9, 14.9, 19.9], 500), rng.normal(15, 3, 500)],
    }[kind]
    assert choose(X.astype(float))[1] == 1


def test_segments_among_counts_are_found():
    rng = np.random.default_rng(3)
    means = np.array([[2, 40], [40, 2], [60, 60]])[rng.integers(0, 3, 600)]
    assert choose(rng.poisson(means).astype(float))[1] == 3


def test_a_repeated_row_counts_as_one_of_more_weight():
    X, _ = make_segments(60, n_clusters=3, separation=4.0, random_state=1)
    weights = np.random.default_rng(0).integers(0, 4, 60).astype(float)
    repeated = np.repeat(X, weights.astype(int), axis=0)
    np.testing.assert_allclose(choose(X, weights)[0], choose(repeated)[0], atol=1e-9)


def test_min_clusters_is_the_first_number_and_the_least_answer():
    X = np.random.default_rng(3).normal(size=(400, 2))
    scores, chosen = choose(X, low=3, high=6)
    assert scores.shape == (4,)
    assert 3 <= chosen <= 6


def test_the_answer_depends_neither_on_units_nor_on_origin():
    X, _ = make_segments(300, n_clusters=3, separation=8.0, random_state=0)
    assert choose(X)[1] == choose(1e3 * X + 1e4)[1] == 3


def test_rows_without_weight_have_no_say():
    X, _ = make_segments(300, n_clusters=3, separation=8.0, random_state=0)
    weights = np.append(np.ones(300), np.zeros(20))
    far = np.vstack([X, X[:20] + 1000.0])
    assert choose(far, weights)[1] == 3


def test_one_number_of_clusters_or_one_distinct_row_needs_no_comparison():
    scores, chosen = choose(np.ones((10, 2)), high=1)
    assert (scores.tolist(), chosen) == ([0.0], 1)
