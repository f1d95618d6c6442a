"""k-means on weighted rows: a search for starts on samples, then Lloyd's iterations on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np

from .._threads import thread_map
from ..kernels._search import measure_starts
from ._lloyd import Solution, run_lloyd
from ._rows import Rows, assign, weighted_rows
from ._search import draw_numbers, search_centers

SEARCH_ROWS = 4096  # rows that a search for starts looks at; at most one chunk
JUDGE_ROWS = 8192  # rows that the starts from several searches are compared on
N_BEYOND = 2  # numbers of clusters beyond the largest: they serve as starts from above


def sweep_kmeans(
    rows: Rows,
    n_clusters: Sequence[int],
    *,
    n_init: int,
    max_iter: int,
    tol: float,
    random_state: np.random.RandomState,
) -> list[Solution]:
    """Run k-means for consecutive numbers of clusters, with inertia that never rises."""
    starts = search_starts(rows, n_clusters, n_init=n_init, random_state=random_state)

    def run(start: np.ndarray, rows: Rows = rows) -> Solution:
        return run_lloyd(rows, start, max_iter=max_iter, tol=tol)

    # Numbers of clusters side by side, each in a thread of its own: fewer waits than all threads
    # on one of them. The largest take the longest and come first.
    if len(starts) > 1:
        with thread_map(rows.n_jobs, len(starts)) as parallel:
            solutions = parallel(run, starts[::-1], repeat(rows.alone()))[::-1]
    else:
        solutions = [run(starts[0])]
    for position in range(1, len(solutions)):
        if solutions[position].inertia > solutions[position - 1].inertia:
            # What is best on samples can be worse on all rows than one centre more.
            before = solutions[position - 1].centers
            distances = assign(rows, before).distances
            farthest = np.where(rows.weights > 0, distances, 0.0).argmax()
            solutions[position] = run(np.vstack([before, rows.X[farthest]]).astype(np.float64))
    return solutions


def search_starts(
    rows: Rows,
    n_clusters: Sequence[int],
    *,
    n_init: int,
    random_state: np.random.RandomState,
) -> list[np.ndarray]:
    """First centres for consecutive numbers of clusters: the best of some searches."""
    searched = range(n_clusters[0], n_clusters[-1] + N_BEYOND + 1)
    samples = [sample_rows(rows, SEARCH_ROWS, random_state).blocks for _ in range(n_init)]
    draws = [draw_numbers(searched, random_state) for _ in range(n_init)]
    with thread_map(rows.n_jobs, n_init) as parallel:
        found = parallel(search_centers, samples, repeat(searched), draws)
    judge = sample_rows(rows, JUDGE_ROWS, random_state)
    starts = [centers[: len(n_clusters)] for centers, _ in found]
    inertia = measure_inertia(judge, [start for some in starts for start in some])
    best = inertia.reshape(n_init, -1).argmin(axis=0)
    return [starts[search][i] for i, search in enumerate(best)]


def search_inertia(
    rows: Rows,
    n_clusters: Sequence[int],
    *,
    n_init: int = 1,
    random_state: np.random.RandomState,
) -> np.ndarray:
    """Least inertia that some searches find for consecutive numbers of clusters of few rows."""
    draws = [draw_numbers(n_clusters, random_state) for _ in range(n_init)]
    return np.min([search_centers(rows.blocks, n_clusters, draw)[1] for draw in draws], axis=0)


def sample_rows(rows: Rows, n_rows: int, random_state: np.random.RandomState) -> Rows:
    """Draw rows that stand for all: half of them by weight, half by their share of the scatter.

    The rows that make the inertia of skewed data are few; a plain sample would
    miss them. Weights of the drawn rows make up for it (a lightweight coreset).
    """
    if len(rows.X) <= n_rows:
        drawn, weights = rows.order, rows.weights[rows.order]
    else:
        steps = (np.arange(n_rows) + random_state.uniform()) / n_rows
        drawn = np.searchsorted(rows.cumulated, steps)
        drawn = np.minimum(drawn, len(rows.X) - 1)
        weights = rows.weights[drawn] / (n_rows * rows.importance[drawn])
    with weighted_rows(rows.X[drawn], weights) as sample:
        return sample


def measure_inertia(rows: Rows, starts: Sequence[np.ndarray]) -> np.ndarray:
    """Inertia about each of some sets of centres, in single precision."""
    blocks, sizes = rows.blocks, np.array([len(centers) for centers in starts])
    slots = np.zeros((len(starts), sizes.max(), blocks.values.shape[1]))
    for slot, centers in zip(slots, starts, strict=True):
        slot[: len(centers), : centers.shape[1]] = (centers - blocks.shift) * blocks.scale
    inertia = np.empty(len(starts))
    measure_starts(blocks.values, blocks.weights, sizes, slots, inertia)
    return inertia / blocks.scale**2
