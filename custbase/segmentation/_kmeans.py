"""k-means on weighted rows: seeds, Lloyd's iterations, a sweep over numbers of clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._threads import ThreadMap, row_chunks, thread_map
from ..kernels._kmeans import assign_rows, shorten_distances

# Fixed, so that partial sums are the same for every number of threads.
CHUNK_ROWS = 16_384


@dataclass(frozen=True)
class Rows:
    """Weighted rows, cut into chunks, and the workers that go over them."""

    X: np.ndarray
    weights: np.ndarray
    chunks: list[slice]
    map: ThreadMap

    @cached_property
    def order(self) -> np.ndarray:
        """Order of the rows by their values alone: draws along it do not ask how they came.

        Equal rows are neighbours, so a row of weight 2 is also drawn as two rows are.
        """
        direction = np.random.RandomState(0).normal(size=self.X.shape[1])
        return (self.X * direction).sum(axis=1).argsort(kind="stable")


class Assignment(NamedTuple):
    """Rows at their nearest centres; the last three have one entry a cluster."""

    labels: np.ndarray
    distances: np.ndarray
    sums: np.ndarray
    weights: np.ndarray
    inertia: np.ndarray


class Solution(NamedTuple):
    """What one run of k-means found."""

    centers: np.ndarray
    weights: np.ndarray
    inertia: float
    n_iter: int


@contextmanager
def weighted_rows(
    X: np.ndarray, weights: np.ndarray | None = None, *, n_jobs: int | None = 1
) -> Iterator[Rows]:
    """Yield the rows of a matrix, with weights of one if there are none, ready for k-means."""
    weights = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=np.float64)
    # Arrays from frames are read-only, a type of its own to numba: with every matrix read-only
    # the kernels are compiled once.
    X = X.view()
    X.flags.writeable = False
    chunks = row_chunks(len(X), CHUNK_ROWS)
    with thread_map(n_jobs, len(chunks)) as parallel:
        yield Rows(X, weights, chunks, parallel)


def assign(rows: Rows, centers: np.ndarray) -> Assignment:
    """Assign every row to its nearest centre, the first of equally near ones."""
    n_chunks, (n_clusters, n_columns) = len(rows.chunks), centers.shape
    labels = np.empty(len(rows.X), dtype=np.int32)
    distances = np.empty(len(rows.X))
    sums = np.zeros((n_chunks, n_clusters, n_columns))
    weights = np.zeros((n_chunks, n_clusters))
    inertia = np.zeros((n_chunks, n_clusters))

    def assign_chunk(chunk: slice, *out: np.ndarray) -> None:
        X, row_weights = rows.X[chunk], rows.weights[chunk]
        assign_rows(X, centers, row_weights, labels[chunk], distances[chunk], *out)

    rows.map(assign_chunk, rows.chunks, sums, weights, inertia)
    return Assignment(labels, distances, sums.sum(axis=0), weights.sum(axis=0), inertia.sum(axis=0))


def add_seed(
    rows: Rows,
    centers: np.ndarray,
    distances: np.ndarray,
    n_trials: int,
    random_state: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray]:
    """Add the best of a few rows drawn with probability proportional to weight x distance."""
    drawn = _draw_rows(rows, rows.weights * distances, n_trials, random_state)
    return _add_best(rows, centers, distances, drawn)


def seed_centers(rows: Rows, n_clusters: int, random_state: np.random.RandomState) -> np.ndarray:
    """Choose rows as first centres by greedy k-means++, with as many trials as scikit-learn."""
    n_rows, n_columns = rows.X.shape
    n_trials = 2 + int(np.log(n_clusters))
    first = _draw_rows(rows, rows.weights, 1, random_state)
    centers, distances = _add_best(rows, np.empty((0, n_columns)), np.full(n_rows, np.inf), first)
    while len(centers) < n_clusters:
        centers, distances = add_seed(rows, centers, distances, n_trials, random_state)
    return centers


def _draw_rows(
    rows: Rows, scores: np.ndarray, n_draws: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Draw rows with probability proportional to their score."""
    cumulated = np.cumsum(scores[rows.order])
    draws = random_state.uniform(size=n_draws) * cumulated[-1]
    return rows.order[np.minimum(np.searchsorted(cumulated, draws), len(scores) - 1)]


def _add_best(
    rows: Rows, centers: np.ndarray, distances: np.ndarray, candidates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Append the row among `candidates` that leaves the least inertia; update the distances."""
    positions = rows.X[candidates].astype(np.float64)
    shortened = np.empty((len(candidates), len(rows.X)))
    potentials = np.zeros((len(rows.chunks), len(candidates)))

    def shorten_chunk(chunk: slice, out: np.ndarray) -> None:
        X, weights = rows.X[chunk], rows.weights[chunk]
        shorten_distances(X, positions, weights, distances[chunk], shortened[:, chunk], out)

    rows.map(shorten_chunk, rows.chunks, potentials)
    best = potentials.sum(axis=0).argmin()
    return np.vstack([centers, positions[best]]), shortened[best]


def run_lloyd(rows: Rows, centers: np.ndarray, *, max_iter: int, tol: float) -> Solution:
    """Alternate assignment and means until the labels repeat or the centres hardly move."""
    labels = np.empty(0, dtype=np.int32)
    for n_iter in count(1):
        step = assign(rows, centers)
        previous, centers = centers, _move_centers(rows, step)
        settled = np.array_equal(step.labels, labels) or ((centers - previous) ** 2).sum() <= tol
        if settled or n_iter == max_iter:
            break
        labels = step.labels
    if not np.array_equal(centers, previous):
        step = assign(rows, centers)
    return Solution(centers, step.weights, float(step.inertia.sum()), n_iter)


def _move_centers(rows: Rows, step: Assignment) -> np.ndarray:
    """Means of the clusters; an empty one takes the row farthest from its own centre."""
    sums, weights = step.sums, step.weights
    empty = np.flatnonzero(weights == 0)
    if empty.size:
        sums, weights = _fill_clusters(rows, step, empty)
    centers = sums / np.where(weights > 0, weights, 1.0)[:, None]
    # With more clusters than distinct rows some stay empty, at the centre of the largest.
    centers[weights == 0] = centers[weights.argmax()]
    return centers


def _fill_clusters(
    rows: Rows, step: Assignment, empty: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sums and weights of the clusters after the farthest rows moved to the empty ones."""
    sums, weights = step.sums.copy(), step.weights.copy()
    # A row without weight cannot fill a cluster.
    distances = np.where(rows.weights > 0, step.distances, 0.0)
    if distances.max() > 0:
        # The order of argpartition is part of the result: scikit-learn takes the rows so.
        farthest = np.argpartition(distances, -len(empty))[: -len(empty) - 1 : -1]
        labels = step.labels.copy()
        labels[farthest] = empty
        # Donors are summed anew: subtracting would leave rounding where nothing is left.
        for cluster in {*empty, *step.labels[farthest]}:
            own = labels == cluster
            weights[cluster] = rows.weights[own].sum()
            sums[cluster] = (rows.weights[own, None] * rows.X[own]).sum(axis=0)
    return sums, weights


def fit_kmeans(
    rows: Rows,
    n_clusters: int,
    *,
    n_init: int,
    max_iter: int,
    tol: float,
    random_state: np.random.RandomState,
    extra_start: np.ndarray | None = None,
) -> Solution:
    """Best of some runs from greedy k-means++ seeds, and of one from `extra_start`."""
    # One cluster has one solution: the mean, wherever the run starts.
    starts = [
        seed_centers(rows, n_clusters, random_state) for _ in range(n_init if n_clusters > 1 else 1)
    ]
    if extra_start is not None:
        starts.append(extra_start)
    runs = [run_lloyd(rows, start, max_iter=max_iter, tol=tol) for start in starts]
    return min(runs, key=lambda run: run.inertia)


def sweep_kmeans(
    rows: Rows,
    n_clusters: Sequence[int],
    *,
    n_init: int,
    max_iter: int,
    tol: float,
    random_state: np.random.RandomState,
) -> list[Solution]:
    """Run k-means for consecutive numbers of clusters, with inertia that never rises.

    Beside its own seeds, every number of clusters also starts from the solution
    before it with one centre added, so it cannot end above that solution.
    """
    solutions: list[Solution] = []
    for k in n_clusters:
        extra_start = None
        if solutions:
            centers = solutions[-1].centers
            distances = assign(rows, centers).distances
            extra_start, _ = add_seed(rows, centers, distances, 2 + int(np.log(k)), random_state)
        solutions.append(
            fit_kmeans(
                rows,
                k,
                n_init=n_init,
                max_iter=max_iter,
                tol=tol,
                random_state=random_state,
                extra_start=extra_start,
            )
        )
    return solutions


def count_distinct_rows(X: np.ndarray, limit: int) -> int:
    """Number of distinct rows, or `limit` if there are as many or more."""
    # Nearly every table shows `limit` distinct rows at once; only others are read to the end.
    distinct = len(pd.DataFrame(X[: 2 * limit]).drop_duplicates())
    if distinct < limit < len(X):
        distinct = len(pd.DataFrame(X).drop_duplicates())
    return min(distinct, limit)
