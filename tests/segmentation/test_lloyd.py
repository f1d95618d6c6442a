"""Lloyd's iterations against their oracle and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from custbase.kernels._spans import CHUNK_ROWS, LEAST_CHUNKS
from custbase.segmentation import _lloyd
from custbase.segmentation._lloyd import find_labels, run_lloyd
from custbase.segmentation._rows import assign, weighted_rows
from tests.oracles import kmeans as oracle

WAYS = ("at once", "one by one")


def take(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all of Lloyd's steps in one of the ways there are."""
    monkeypatch.setattr(_lloyd, "AT_ONCE_SIZE", np.inf if way == "at once" else 0)


def make_problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Rows, first centres and weights: duplicates, empty clusters, k = 1, k = n, float32."""
    rng = np.random.default_rng(seed)
    n_rows, n_columns = int(rng.integers(5, 400)), int(rng.integers(1, 12))
    X = rng.normal(size=(n_rows, n_columns)) * rng.uniform(0.1, 10, n_columns)
    if seed % 4 == 1:
        X = X[rng.integers(0, n_rows // 2 + 1, n_rows)]
    X = (X + 10 * rng.normal(size=n_columns)).astype(np.float32 if seed % 5 == 4 else np.float64)
    # First centres are distinct rows: coincident ones tie, and rounding would decide.
    distinct = np.unique(X, axis=0)
    n_clusters = min(int(rng.choice([1, 2, 3, 5, 8, 20, n_rows])), len(distinct), 60)
    centers = rng.permutation(distinct)[:n_clusters].astype(np.float64)
    if seed % 4 == 2 and n_clusters > 1:
        n_far = n_clusters // 2
        centers[:n_far] += 1000.0 * np.arange(1, n_far + 1)[:, None]
    return X, centers, rng.uniform(0.1, 5, n_rows) if seed % 3 == 0 else None


def check_against_scikit_learn(seed: int) -> None:
    """Same clusters but for ties, same inertia, from the same first centres."""
    X, init, weights = make_problem(seed)
    theirs = KMeans(len(init), init=init, n_init=1, tol=0).fit(X, sample_weight=weights)
    with weighted_rows(X, weights) as rows:
        ours = run_lloyd(rows, init, max_iter=300, tol=0.0)
        labels = assign(rows, ours.centers).labels
    tolerance = 1e-9 if X.dtype == np.float64 else 2e-6
    assert ours.inertia == pytest.approx(theirs.inertia_, rel=tolerance, abs=1e-9)
    if X.dtype == np.float64:
        distances = ((X[:, None, :] - ours.centers) ** 2).sum(axis=2)
        nearest = np.partition(distances, min(1, len(init) - 1), axis=1)
        clear = (nearest[:, 1:2] - nearest[:, :1] > 1e-12).all(axis=1)
        # Which of several empty clusters takes which far row hangs on the processor there.
        pairs = np.unique(np.column_stack([labels[clear], theirs.labels_[clear]]), axis=0)
        for side in pairs.T:
            assert len(np.unique(side)) == len(pairs)
        if seed % 4 != 2:
            np.testing.assert_array_equal(labels[clear], theirs.labels_[clear])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(40))
def test_lloyd_equals_scikit_learn(monkeypatch, seed, way):
    take(way, monkeypatch)
    check_against_scikit_learn(seed)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(40, 100))
def test_lloyd_equals_scikit_learn_on_many_problems(monkeypatch, seed, way):
    take(way, monkeypatch)
    check_against_scikit_learn(seed)


def test_problems_hold_what_they_promise():
    problems = [make_problem(seed) for seed in range(40)]
    sizes = [(len(X), len(init)) for X, init, _ in problems]
    assert any(k == 1 for _, k in sizes)
    assert any(k == n for n, k in sizes)
    assert any(weights is not None for *_, weights in problems)
    assert any(len(np.unique(X, axis=0)) < len(X) for X, *_ in problems)
    empty = [
        oracle.assign(X, init, np.ones(len(X)))["weights"].min() == 0
        for X, init, _ in problems[:12]
    ]
    assert any(empty)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=15)
def test_lloyd_equals_the_oracle(seed):
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(40, 2)), rng.uniform(0.5, 2, 40)
    init = X[:3].copy()
    centers, labels = oracle.lloyd(X, init, weights)
    with weighted_rows(X, weights) as rows:
        found = run_lloyd(rows, init, max_iter=300, tol=0.0)
        found_labels = assign(rows, found.centers).labels
    np.testing.assert_allclose(found.centers, centers, rtol=1e-10)
    np.testing.assert_array_equal(found_labels, labels)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_number_of_threads_does_not_change_a_bit(monkeypatch, dtype, way):
    take(way, monkeypatch)
    X = np.random.default_rng(0).normal(size=(3 * LEAST_CHUNKS * CHUNK_ROWS + 5, 3)).astype(dtype)
    found = []
    for n_jobs in (1, 2, 3):
        with weighted_rows(X, n_jobs=n_jobs) as rows:
            assert len(rows.spans) == n_jobs
            run = run_lloyd(rows, X[:13].astype(np.float64), max_iter=15, tol=0.0)
            labels = assign(rows, run.centers).labels
            found.append((run.centers.tobytes(), run.inertia, labels.tobytes()))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("tol", [0.0, 1e-3])
@pytest.mark.parametrize("max_iter", [1, 2, 300])
@pytest.mark.parametrize("seed", range(4))
def test_all_ways_take_the_same_steps(monkeypatch, seed, max_iter, tol):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(3000, 3)) + 8 * rng.integers(0, 3, (3000, 1))
    init = X[:9].copy()
    if seed % 2:
        init[4] = 1e3  # nearest to no row
    weights, found = rng.uniform(size=3000), []
    for way in WAYS:
        take(way, monkeypatch)
        with weighted_rows(X, weights) as rows:
            found.append(run_lloyd(rows, init, max_iter=max_iter, tol=tol))
    for other in found[1:]:
        np.testing.assert_allclose(other.centers, found[0].centers, rtol=1e-12)
        np.testing.assert_array_equal(other.labels, found[0].labels)
        assert other.n_iter == found[0].n_iter


@pytest.mark.parametrize("seed", range(4))
def test_bounds_change_nothing(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(4000, 3)) + 8 * rng.integers(0, 3, (4000, 1))
    X = np.round(X, 1) if seed % 2 else X
    weights, found, n_bounded = rng.uniform(size=4000), [], []
    step_bounded = _lloyd.step_bounded

    def count_bounded(*args):
        n_bounded.append(1)
        return step_bounded(*args)

    monkeypatch.setattr(_lloyd, "step_bounded", count_bounded)
    monkeypatch.setattr(_lloyd, "AT_ONCE_SIZE", 0)
    for coordinates, moved, measured in ((10**6, 0.0, 0.0), (12, 0.01, 0.25), (1, 1.0, 1.0)):
        monkeypatch.setattr(_lloyd, "BOUNDS_COORDINATES", coordinates)
        monkeypatch.setattr(_lloyd, "BOUNDS_SIZE", 0)
        monkeypatch.setattr(_lloyd, "BOUNDS_MOVED", moved)
        monkeypatch.setattr(_lloyd, "BOUNDS_MEASURED", measured)
        with weighted_rows(X, weights) as rows:
            found.append(run_lloyd(rows, X[:14].copy(), max_iter=300, tol=0.0))
        n_bounded.append(0)
    assert sum(n_bounded) > 5
    for other in found[1:]:
        np.testing.assert_allclose(other.centers, found[0].centers, rtol=1e-12)
        assert other.n_iter == found[0].n_iter


def test_a_heavy_row_that_leaves_takes_its_rounding_along():
    # 1e12 less 1e12 leaves rounding that is more than the light rows weigh.
    X = np.array([[0.1], [0.2], [0.3], [-10.0], [10.0], [-14.0], [14.0]])
    weights = np.array([1e-3, 1e-3, 1e-3, 1e12, 1e12 / 3, 1.0, 1.0])
    with weighted_rows(X, weights) as rows:
        run = run_lloyd(rows, np.array([[0.0], [25.0], [-25.0]]), max_iter=100, tol=0.0)
    np.testing.assert_allclose(run.centers.ravel(), [0.2, 10.0, -10.0], rtol=1e-9)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_far_row_does_not_blur_the_others(weight):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2)) + 3 * rng.integers(0, 2, (400, 1))
    X[7] = 1e11
    weights = np.ones(400)
    weights[7] = weight
    init = np.vstack([X[:2], X[7] - 1.0])
    with weighted_rows(X, weights) as rows:
        run = run_lloyd(rows, init[: 2 + int(weight)].copy(), max_iter=300, tol=0.0)
    kept = np.delete(X, 7, axis=0)
    theirs = KMeans(2, init=init[:2], n_init=1, tol=0).fit(kept)
    np.testing.assert_allclose(run.centers[:2], theirs.cluster_centers_, atol=1e-9)


def test_rows_without_weight_fill_no_cluster():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [500.0]])
    weights = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    with weighted_rows(X, weights) as rows:
        run = run_lloyd(rows, np.array([[1.0], [900.0]]), max_iter=10, tol=0.0)
    assert run.weights.min() > 0
    assert run.centers.max() < 4


def test_tol_stops_early_and_labels_belong_to_the_last_centers():
    X = np.random.default_rng(2).normal(size=(3000, 2))
    with weighted_rows(X) as rows:
        early, late = (run_lloyd(rows, X[:6].copy(), max_iter=300, tol=tol) for tol in (1e-2, 0.0))
        assert early.n_iter < late.n_iter
        assert early.inertia == pytest.approx(assign(rows, early.centers).inertia.sum())
        assert run_lloyd(rows, X[:6].copy(), max_iter=3, tol=0.0).n_iter == 3


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_labels_are_those_of_an_exact_assignment(weight):
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(3000, 3)), 1)  # rows that lie between two centres
    weights = np.where(rng.uniform(size=3000) < 0.1, weight, 1.0)
    centers = np.unique(X, axis=0)[::300].copy()
    with weighted_rows(X, weights) as rows:
        expected = assign(rows, centers).labels
        for before in (np.full(3000, -1), expected, rng.integers(0, len(centers), 3000)):
            np.testing.assert_array_equal(find_labels(rows, centers, before), expected)
