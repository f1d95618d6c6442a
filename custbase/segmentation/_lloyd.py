"""Lloyd's iterations on weighted rows."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from ..kernels._blocks import BLOCK_ROWS
from ..kernels._bounds import step_bounded
from ..kernels._kmeans import run_lloyd_steps
from ..kernels._moments import sum_deviations
from ..kernels._spans import Span
from ._rows import Rows, assign

# Where bounds pay, measured on blobs and on one normal cloud of 3 to 20 columns with 4 to 32
# clusters: with many clusters, once few rows move and most are passed over. There an iteration
# takes half the time; elsewhere measuring all rows is as fast as keeping their bounds.
BOUNDS_CLUSTERS = 12
BOUNDS_SIZE = 2e7  # rows times clusters times columns, at least: worth another kernel
BOUNDS_MOVED = 0.01  # of the rows, at most
BOUNDS_MEASURED = 0.25  # of the rows, at most


class Solution(NamedTuple):
    """What one run of k-means found."""

    centers: np.ndarray
    weights: np.ndarray
    inertia: float
    n_iter: int
    labels: np.ndarray | None = None  # nearest centre of every row, in few bytes


class Bounds(NamedTuple):
    """Hamerly's bounds of the distances to the own and to all other centres, and the centres."""

    upper: np.ndarray
    lower: np.ndarray
    centers: np.ndarray
    age: int = 0


class Clusters:
    """Clusters of the rows between Lloyd's steps: labels, and sums chunk by chunk."""

    def __init__(self, rows: Rows, n_clusters: int) -> None:
        n_blocks, n_columns, _ = rows.blocks.values.shape
        self.rows = rows
        self.labels = np.full((n_blocks, BLOCK_ROWS), -1, dtype=np.int32)
        self.sums = np.zeros((rows.n_chunks, n_clusters, n_columns))
        self.totals = np.zeros((rows.n_chunks, n_clusters))
        self.counts = np.zeros((rows.n_chunks, n_clusters), dtype=np.int64)
        self._bounds: Bounds | None = None
        size = len(rows.X) * n_columns * n_clusters
        self._may_bound = n_clusters >= BOUNDS_CLUSTERS and size >= BOUNDS_SIZE

    def step(self, centers: np.ndarray) -> int:
        """Move every row to its nearest centre; return how many moved."""
        centers = centers - self.rows.blocks.shift
        if self._bounds is not None:
            return self._step_bounded(centers, self._bounds)
        n_moved, _ = self.step_and_score(centers)
        if self._may_bound and n_moved < BOUNDS_MOVED * len(self.rows.X):
            # Bounds that hold nothing: the next step measures all rows.
            shape = self.labels.shape
            self._bounds = Bounds(np.full(shape, np.inf), np.zeros(shape), centers)
        return n_moved

    def step_and_score(self, centers: np.ndarray) -> tuple[int, float]:
        """Measure all rows against centres about the point of the blocks, and move them.

        Returns how many moved, and the inertia.
        """
        values, weights, *_ = self.rows.blocks

        # One move of one step, that stays where it is.
        moves, draws = np.zeros((1, 3), dtype=np.int64), np.empty((1, 0))
        sizes, masses = np.array([len(centers)]), np.empty((1, len(centers)))

        def step_span(span: Span) -> tuple[int, float]:
            at, inertia = span.blocks, np.full(1, np.inf)
            n_moved = run_lloyd_steps(
                values[at],
                weights[at],
                0.0,
                1,
                moves,
                draws,
                sizes,
                centers[None].copy(),
                masses.copy(),
                inertia,
                *self._of(span),
            )
            return n_moved, float(inertia[0])

        moved, inertias = zip(*self.rows.map(step_span, self.rows.spans), strict=True)
        return sum(moved), self.rows.blocks.scatter + sum(inertias)

    def _step_bounded(self, centers: np.ndarray, bounds: Bounds) -> int:
        """Measure the rows that may move, and move them; give up bounds that hold few rows."""
        values, weights, *_ = self.rows.blocks
        halves = (centers**2).sum(axis=1) / 2
        geometry = _moves_and_gaps(bounds.centers, centers)

        def step_span(span: Span) -> tuple[int, int]:
            at = span.blocks
            return step_bounded(
                values[at],
                weights[at],
                centers,
                halves,
                *geometry,
                bounds.upper[at],
                bounds.lower[at],
                *self._of(span),
            )

        moved, measured = zip(*self.rows.map(step_span, self.rows.spans), strict=True)
        self._bounds = bounds._replace(centers=centers, age=bounds.age + 1)
        if bounds.age > 0 and sum(measured) > BOUNDS_MEASURED * len(self.rows.X):
            self._bounds, self._may_bound = None, False
        return sum(moved)

    def _of(self, span: Span) -> tuple[np.ndarray, ...]:
        """Labels of the rows of a span, and the sums of its chunks."""
        at = span.chunks
        return self.labels[span.blocks], self.sums[at], self.totals[at], self.counts[at]

    def sum_afresh(self) -> None:
        """Sum the clusters anew: moving rows in and out leaves rounding behind."""
        labels = self.labels.reshape(-1)[: len(self.rows.X)]
        origins = np.tile(self.rows.blocks.shift, (self.sums.shape[1], 1))
        squares = np.empty(self.totals.shape)
        for part in (self.sums, squares, self.totals, self.counts):
            part.fill(0)

        def sum_span(span: Span) -> None:
            at = span.chunks
            sum_deviations(
                self.rows.X[span.rows],
                labels[span.rows],
                self.rows.weights[span.rows],
                origins,
                self.sums[at],
                squares[at],
                self.totals[at],
                self.counts[at],
            )

        self.rows.map(sum_span, self.rows.spans)

    def fill_empty(self, centers: np.ndarray) -> None:
        """Move the rows farthest from their centres to the clusters without a row."""
        empty = np.flatnonzero(self.counts.sum(axis=0) == 0)
        if not empty.size:
            return
        # A row without weight cannot fill a cluster.
        distances = np.where(self.rows.weights > 0, assign(self.rows, centers).distances, 0.0)
        if distances.max() > 0:
            # The order of argpartition is part of the result: scikit-learn takes the rows so.
            farthest = np.argpartition(distances, -len(empty))[: -len(empty) - 1 : -1]
            self.labels.reshape(-1)[farthest] = empty
            self.sum_afresh()
            self._bounds = None

    def means(self) -> np.ndarray:
        """Means of the clusters."""
        totals = self.totals.sum(axis=0)
        filled = self.counts.sum(axis=0) > 0
        centers = self.sums.sum(axis=0) / np.where(filled, totals, 1.0)[:, None]
        # With more clusters than distinct rows some stay empty, at the centre of the largest.
        centers[~filled] = centers[np.where(filled, totals, 0.0).argmax()]
        return centers + self.rows.blocks.shift


def run_lloyd(rows: Rows, centers: np.ndarray, *, max_iter: int, tol: float) -> Solution:
    """Alternate assignment and means until no row moves or the centres hardly do."""
    clusters = Clusters(rows, len(centers))
    for n_iter in count(1):
        n_moved = clusters.step(centers)
        clusters.fill_empty(centers)
        previous, centers = centers, clusters.means()
        settled = n_moved == 0 or ((centers - previous) ** 2).sum() <= tol
        if settled or n_iter == max_iter:
            break
    clusters.sum_afresh()
    centers = clusters.means()
    step = assign(rows, centers)
    few_bytes = np.min_scalar_type(-len(centers))
    labels = step.labels.astype(few_bytes, copy=False)
    return Solution(centers, step.weights, float(step.inertia.sum()), n_iter, labels)


def _moves_and_gaps(
    previous: np.ndarray, centers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far each centre moved, the farthest move of any other, half the way to the next."""
    ulps = 1.0 + 8 * np.finfo(np.float64).eps
    moves = np.sqrt(((centers - previous) ** 2).sum(axis=1)) * ulps
    drifts = np.array([np.delete(moves, cluster).max(initial=0.0) for cluster in range(len(moves))])
    gaps = cdist(centers, centers)
    np.fill_diagonal(gaps, np.inf)
    return moves, drifts, gaps.min(axis=1) / 2 / ulps
