"""Lloyd's iterations on weighted rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from ..kernels._blocks import BLOCK_ROWS
from ..kernels._bounds import step_bounded
from ..kernels._moments import sum_deviations
from ..kernels._single import run_lloyd_steps
from ..kernels._spans import Span
from ._rows import Moments, Rows, assign, move_moments, sum_moments

# Rows times clusters times columns, at most: a step takes about a millisecond, so that one thread
# makes all of them sooner than several that meet after each.
AT_ONCE_SIZE = 1e7
# Where bounds pay, measured on blobs and on one normal cloud of 3 to 20 columns with 12 to 40
# clusters: with many clusters in many columns, once few rows move and most are passed over. There
# a run takes half the time; elsewhere measuring all rows is quicker than keeping their bounds.
BOUNDS_COORDINATES = 600  # clusters times columns, at least
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
    moments: Moments | None = None  # of these labels


class Bounds(NamedTuple):
    """Hamerly's bounds of the distances to the own and to all other centres, and the centres."""

    upper: np.ndarray
    lower: np.ndarray
    centers: np.ndarray
    age: int = 0


class Clusters:
    """Clusters of the rows between Lloyd's steps: labels, and sums chunk by chunk."""

    def __init__(self, rows: Rows, n_clusters: int) -> None:
        n_blocks, n_columns = len(rows.blocks.values), rows.X.shape[1]
        self.rows = rows
        self.labels = np.full((n_blocks, BLOCK_ROWS), -1, dtype=np.int32)
        self.sums = np.zeros((rows.n_chunks, n_clusters, n_columns))
        self.totals = np.zeros((rows.n_chunks, n_clusters))
        self.counts = np.zeros((rows.n_chunks, n_clusters), dtype=np.int64)
        self._bounds: Bounds | None = None
        size = len(rows.X) * n_columns * n_clusters
        self._at_once = size <= AT_ONCE_SIZE
        is_wide = n_clusters * n_columns >= BOUNDS_COORDINATES
        self._may_bound = is_wide and size >= BOUNDS_SIZE

    def step(self, centers: np.ndarray, max_steps: int, tol: float) -> tuple[int, int, np.ndarray]:
        """Move every row to its nearest centre; where that is quick, centres and rows in turn.

        Returns the number of steps, how many rows moved in the last of them, and
        the centres they moved to. Steps end as those of `run_lloyd` do.
        """
        shift = self.rows.blocks.shift
        about_shift = centers - shift
        if self._at_once:
            everywhere = Span(*(slice(None) for _ in Span._fields))
            n_steps, n_moved = self._run_steps(everywhere, about_shift, max_steps, tol)
            return n_steps, n_moved, about_shift + shift
        if self._bounds is not None:
            return 1, self._step_bounded(about_shift, self._bounds), centers
        n_moved = self._step_once(about_shift)
        if self._may_bound and n_moved < BOUNDS_MOVED * len(self.rows.X):
            # Bounds that hold nothing: the next step measures all rows.
            shape = self.labels.shape
            self._bounds = Bounds(np.full(shape, np.inf), np.zeros(shape), about_shift)
        return 1, n_moved, centers

    def find_labels(self, centers: np.ndarray) -> np.ndarray:
        """Nearest centre of every row, the first of equally near ones; no bounds."""
        self._step_once(centers - self.rows.blocks.shift)
        return self.labels.reshape(-1)[: len(self.rows.X)]

    def _step_once(self, centers: np.ndarray) -> int:
        """Measure all rows."""
        steps = self.rows.map(lambda span: self._run_steps(span, centers, 1, 0.0), self.rows.spans)
        return sum(n_moved for _, n_moved in steps)

    def _run_steps(
        self, span: Span, centers: np.ndarray, max_steps: int, tol: float
    ) -> tuple[int, int]:
        """Take steps over a span of rows; centres are moved in place, but for the last step."""
        blocks, at = self.rows.blocks, span.blocks
        return run_lloyd_steps(
            blocks.values[at],
            blocks.weights[at],
            blocks.longest[at],
            blocks.scale,
            self.rows.X[span.rows],
            blocks.shift,
            max_steps,
            tol,
            centers,
            *self._of(span),
        )

    def _step_bounded(self, centers: np.ndarray, bounds: Bounds) -> int:
        """Measure the rows that may move, and move them; give up bounds that hold few rows."""
        blocks, X = self.rows.blocks, self.rows.X
        halves = (centers**2).sum(axis=1) / 2
        geometry = _moves_and_gaps(bounds.centers, centers)

        def step_span(span: Span) -> tuple[int, int]:
            at = span.blocks
            return step_bounded(
                X[span.rows],
                blocks.shift,
                blocks.weights[at],
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
    n_iter, is_settled = 0, False
    while not is_settled and n_iter < max_iter:
        n_steps, n_moved, centers = clusters.step(centers, max_iter - n_iter, tol)
        n_iter += n_steps
        clusters.fill_empty(centers)
        previous, centers = centers, clusters.means()
        is_settled = n_moved == 0 or ((centers - previous) ** 2).sum() <= tol
    # Summed afresh: moving rows in and out leaves rounding behind.
    before = clusters.labels.reshape(-1)[: len(rows.X)].copy()
    moments = sum_moments(rows, centers, before).about_means()
    labels = clusters.find_labels(moments.centers)
    moments = move_moments(rows, moments, before, labels)
    few_bytes = labels.astype(np.min_scalar_type(-len(centers)))
    inertia = float(moments.squares.sum())
    return Solution(moments.centers, moments.weights, inertia, n_iter, few_bytes, moments)


def find_labels(rows: Rows, centers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Nearest centre of every row, of equally near ones the first, where most rows have it."""
    clusters = Clusters(rows, len(centers))
    clusters.labels.reshape(-1)[: len(labels)] = labels
    return clusters.find_labels(centers)


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
