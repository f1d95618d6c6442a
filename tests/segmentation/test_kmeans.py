"""The sweep over numbers of clusters, its searches and samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from custbase.datasets import make_segments
from custbase.kernels._spans import CHUNK_ROWS
from custbase.segmentation._kmeans import (
    SEARCH_ROWS,
    measure_inertia,
    sample_rows,
    search_starts,
    sweep_kmeans,
)
from custbase.segmentation._lloyd import Solution
from custbase.segmentation._rows import assign, weighted_rows


def sweep(
    X: np.ndarray,
    numbers: range,
    *,
    weights: np.ndarray | None = None,
    n_jobs: int = 1,
    seed: int = 0,
) -> list[Solution]:
    """Run a sweep to the end."""
    with weighted_rows(X, weights, n_jobs=n_jobs) as rows:
        return sweep_kmeans(
            rows, numbers, n_init=4, max_iter=300, tol=0.0, random_state=np.random.RandomState(seed)
        )


def test_a_search_reads_at_most_one_chunk():
    assert SEARCH_ROWS <= CHUNK_ROWS


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(deadline=None, max_examples=15)
def test_inertia_never_rises_in_a_sweep(seed, coarse):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 2))
    X = np.round(X) if coarse else X
    numbers = range(1, min(12, len(np.unique(X, axis=0))) + 1)
    with weighted_rows(X) as rows:
        runs = sweep_kmeans(
            rows, numbers, n_init=1, max_iter=300, tol=0.0, random_state=np.random.RandomState(0)
        )
    inertia = np.array([run.inertia for run in runs])
    assert (np.diff(inertia) <= 1e-12 * inertia[0]).all()
    assert [len(run.centers) for run in runs] == list(numbers)
    assert all(run.weights.min() > 0 for run in runs)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_number_of_threads_does_not_change_a_bit(dtype):
    X = np.random.default_rng(0).normal(size=(9 * CHUNK_ROWS, 3)).astype(dtype)
    one, two = (sweep(X, range(2, 5), n_jobs=n_jobs) for n_jobs in (1, 2))
    assert [run.centers.tobytes() for run in one] == [run.centers.tobytes() for run in two]
    assert [run.inertia for run in one] == [run.inertia for run in two]


@pytest.mark.parametrize("n_samples", [1000, pytest.param(20_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["gaussian", "heavy_tailed", "uniform"])
def test_solutions_are_as_good_as_the_best_of_ten_runs(kind, n_samples):
    X, _ = make_segments(n_samples, n_clusters=6, kind=kind, random_state=3)
    for run in sweep(X, range(2, 10)):
        best = KMeans(len(run.centers), n_init=10, random_state=0).fit(X).inertia_
        assert run.inertia <= 1.01 * best


@pytest.mark.parametrize("k", [1, 3, 9])
def test_one_number_alone_is_searched_as_well(k):
    X, _ = make_segments(3000, n_clusters=6, random_state=1)
    (run,) = sweep(X, range(k, k + 1))
    best = KMeans(k, n_init=10, random_state=0).fit(X).inertia_
    assert run.inertia <= 1.005 * best
    assert run.centers.shape == (k, X.shape[1])


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=10)
def test_starts_depend_neither_on_the_order_of_rows_nor_on_how_repeats_are_written(seed):
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(60, 3)), rng.integers(0, 4, 60)
    weights[0] = 1
    shuffled = rng.permutation(60)
    found = []
    for rows_in, row_weights in (
        (X, weights),
        (X[shuffled], weights[shuffled]),
        (X.repeat(weights, axis=0), None),
    ):
        found.append([run.inertia for run in sweep(rows_in, range(1, 6), weights=row_weights)])
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-9)


def test_rows_without_weight_are_no_centers():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [500.0]])
    runs = sweep(X, range(1, 5), weights=np.array([1.0, 1.0, 1.0, 1.0, 0.0]))
    assert max(run.centers.max() for run in runs) <= 3.0
    assert runs[-1].inertia == pytest.approx(0.0, abs=1e-12)


def test_as_many_clusters_as_distinct_rows_leave_no_inertia():
    X = np.repeat(np.random.default_rng(0).normal(size=(9, 2)), 5, axis=0)
    runs = sweep(X, range(1, 10))
    assert runs[-1].inertia == pytest.approx(0.0, abs=1e-12)
    assert runs[-1].weights.tolist() == [5.0] * 9


def test_samples_weigh_what_all_rows_weigh_and_hold_the_far_ones():
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(20_000, 2)), rng.uniform(0.5, 2.0, 20_000)
    X[:20] += 1000.0
    with weighted_rows(X, weights) as rows:
        random_state = np.random.RandomState(0)
        samples = [sample_rows(rows, 1000, random_state).blocks for _ in range(3)]
        for sample in samples:
            assert (sample.weights > 0).sum() == 1000
            assert sample.weights.sum() == pytest.approx(weights.sum(), rel=0.02)
            first = sample.values[:, 0][sample.weights > 0] / sample.scale + sample.shift[0]
            far = first > 500
            assert far.sum() > 100
            scatter = (sample.variances * sample.weights.sum()).sum()
            assert scatter == pytest.approx(rows.blocks.variances.sum() * weights.sum(), rel=0.05)
        assert not np.array_equal(samples[0].values, samples[1].values)


def test_the_inertia_of_all_starts_is_measured_in_one_call():
    X = np.random.default_rng(0).normal(size=(500, 3)) + 100
    with weighted_rows(X) as rows:
        starts = search_starts(rows, range(2, 5), n_init=3, random_state=np.random.RandomState(0))
        assert [centers.shape for centers in starts] == [(2, 3), (3, 3), (4, 3)]
        expected = [assign(rows, centers).inertia.sum() for centers in starts]
        np.testing.assert_allclose(measure_inertia(rows, starts), expected, rtol=1e-6)
