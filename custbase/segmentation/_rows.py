"""Weighted rows of a matrix: in chunks for threads, in blocks for Lloyd's iterations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._threads import ThreadMap, in_turn, thread_map
from ..kernels._blocks import BLOCK_ROWS
from ..kernels._kmeans import assign_rows
from ..kernels._moments import sum_deviations
from ..kernels._single import cut_singles
from ..kernels._spans import Span, cut_spans

# A variance of less than this share of the largest is none: rounding leaves as much.
NEGLIGIBLE = 1e-24
FEW_MOVED = 0.02  # of the rows: summing these is quicker than summing all


@dataclass(frozen=True)
class Rows:
    """Weighted rows, and the workers that go over spans of their chunks."""

    X: np.ndarray
    weights: np.ndarray
    n_jobs: int | None
    spans: list[Span]
    map: ThreadMap

    @property
    def n_chunks(self) -> int:
        return self.spans[-1].chunks.stop

    def alone(self) -> Rows:
        """The same rows for one of several threads that go over all of them, each on its own."""
        blocks = self.blocks  # cut once, by all threads together
        rows = replace(self, spans=cut_spans(len(self.X), 1), map=in_turn)
        vars(rows)["blocks"] = blocks
        return rows

    @cached_property
    def varies(self) -> np.ndarray:
        """Tell of every column whether it says anything: a constant one is as good as none."""
        return varying(self.blocks.variances)

    @cached_property
    def order(self) -> np.ndarray:
        """Order of the rows by their values alone: draws along it do not ask how they came.

        Equal rows are neighbours, so a row of weight 2 is also drawn as two rows are.
        """
        direction = np.zeros(self.X.shape[1])
        direction[self.varies] = np.random.RandomState(0).normal(size=self.varies.sum())
        return np.einsum("ij,j->i", self.X, direction).argsort(kind="stable")

    @cached_property
    def importance(self) -> np.ndarray:
        """Half the share of every row in the weight, half that in the scatter about the mean."""
        share = self.weights / self.weights.sum()
        scatter = self.weights * assign(self, self.blocks.mean[None]).distances
        total = scatter.sum()
        return (share + scatter / total) / 2 if total > 0 else share

    @cached_property
    def cumulated(self) -> np.ndarray:
        """Importance of every row and those before it."""
        return np.cumsum(self.importance)

    @cached_property
    def blocks(self) -> Blocks:
        """The rows about a point amid them, columns first, for Lloyd's iterations."""
        n_columns, n_blocks = self.X.shape[1], -(-len(self.X) // BLOCK_ROWS)
        shift, scale = _find_middle(self.X, self.weights)
        values = np.zeros((n_blocks, n_columns + n_columns % 2, BLOCK_ROWS), np.float32)
        weights = np.zeros((n_blocks, BLOCK_ROWS))
        weights.reshape(-1)[: len(self.X)] = self.weights
        sums, squares = np.zeros((2, n_blocks, n_columns))
        longest = np.zeros(n_blocks)

        def cut_span(span: Span) -> None:
            at = span.blocks
            cut_singles(
                self.X[span.rows],
                shift,
                scale,
                weights[at],
                values[at],
                longest[at],
                sums[at],
                squares[at],
            )

        self.map(cut_span, self.spans)
        total = self.weights.sum()
        mean = sums.sum(axis=0) / total
        with np.errstate(over="ignore", invalid="ignore"):
            variances = np.maximum(squares.sum(axis=0) / total - mean**2, 0.0)
        return Blocks(values, weights, shift, shift + mean, variances, longest, scale)


class Blocks(NamedTuple):
    """Rows less `shift`, times `scale`, cut into blocks; their mean and variances unscaled.

    The values are float32, with a column of zeros if there would be an odd number.
    `longest` holds the length of the longest row of each block, in their units.
    """

    values: np.ndarray
    weights: np.ndarray
    shift: np.ndarray
    mean: np.ndarray
    variances: np.ndarray
    longest: np.ndarray
    scale: float


class Assignment(NamedTuple):
    """Rows at their nearest centres; the last two have one entry a cluster."""

    labels: np.ndarray
    distances: np.ndarray
    weights: np.ndarray
    inertia: np.ndarray


class Moments(NamedTuple):
    """What the rows of each cluster add up to, as seen from its centre."""

    centers: np.ndarray
    weights: np.ndarray
    sums: np.ndarray  # of the weighted deviations from the centre
    squares: np.ndarray  # of their lengths

    @property
    def shifts(self) -> np.ndarray:
        """Means less centres; none of clusters without weight."""
        return self.sums / np.where(self.weights > 0, self.weights, 1.0)[:, None]

    @property
    def spreads(self) -> np.ndarray:
        """Mean squared distances to the means, by Huygens' theorem."""
        squares = self.squares / np.where(self.weights > 0, self.weights, 1.0)
        return np.maximum(squares - (self.shifts**2).sum(axis=1), 0.0)

    def about_means(self) -> Moments:
        """The same rows as seen from the means."""
        squares = self.spreads * self.weights
        return Moments(self.centers + self.shifts, self.weights, np.zeros_like(self.sums), squares)


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
    spans = cut_spans(len(X), n_jobs)
    with thread_map(len(spans), len(spans)) as parallel:
        yield Rows(X, weights, n_jobs, spans, parallel)


def varying(variances: np.ndarray) -> np.ndarray:
    """Tell which variances are more than rounding beside the largest; at least one is."""
    return variances >= NEGLIGIBLE * variances.max()


def _find_middle(X: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Medians of the columns of about a thousand rows, and what scales these rows to one.

    The point is amid the rows, whatever a few of them say: products of rows and
    centres lose the digits of what they are away from the origin. The scale is a
    power of two, so that nothing is rounded by it.
    """
    counted = np.flatnonzero(weights > 0)
    rows = X[counted[:: max(1, len(counted) // 1024)]].astype(np.float64)
    if not len(rows):
        return np.zeros(X.shape[1]), 1.0
    middle = np.median(rows, axis=0)
    largest = np.abs(rows - middle).max()
    return middle, float(2.0 ** -np.round(np.log2(largest))) if largest > 0 else 1.0


def assign(rows: Rows, centers: np.ndarray) -> Assignment:
    """Assign every row to its nearest centre, the first of equally near ones."""
    labels, distances = np.empty(len(rows.X), dtype=np.int32), np.empty(len(rows.X))
    weights, inertia = np.zeros((2, rows.n_chunks, len(centers)))

    def assign_span(span: Span) -> None:
        assign_rows(
            rows.X[span.rows],
            centers,
            rows.weights[span.rows],
            labels[span.rows],
            distances[span.rows],
            weights[span.chunks],
            inertia[span.chunks],
        )

    rows.map(assign_span, rows.spans)
    return Assignment(labels, distances, weights.sum(axis=0), inertia.sum(axis=0))


def sum_moments(rows: Rows, centers: np.ndarray, labels: np.ndarray) -> Moments:
    """Moments of clusters of rows that have labels, int32, and centres amid them."""
    sums = np.zeros((rows.n_chunks, *centers.shape))
    squares, weights = np.zeros((2, rows.n_chunks, len(centers)))
    counts = np.zeros(weights.shape, dtype=np.int64)

    def sum_span(span: Span) -> None:
        at, to = span.rows, span.chunks
        own = rows.X[at], labels[at], rows.weights[at]
        sum_deviations(*own, centers, sums[to], squares[to], weights[to], counts[to])

    rows.map(sum_span, rows.spans)
    return Moments(centers, weights.sum(axis=0), sums.sum(axis=0), squares.sum(axis=0))


def move_moments(rows: Rows, moments: Moments, before: np.ndarray, labels: np.ndarray) -> Moments:
    """Moments of clusters after some rows have changed theirs.

    Few of them are taken out and put in. Where they are more than half of a cluster,
    what is left would hold their rounding: then all rows are summed.
    """
    moved = np.flatnonzero(labels != before)
    weights, sums, squares = (part.copy() for part in moments[1:])
    if len(moved) < FEW_MOVED * len(labels):
        for own, sign in ((before[moved], -1.0), (labels[moved], 1.0)):
            deviations = rows.X[moved] - moments.centers[own]
            signed = sign * rows.weights[moved]
            np.add.at(weights, own, signed)
            np.add.at(sums, own, signed[:, None] * deviations)
            np.add.at(squares, own, signed * (deviations**2).sum(axis=1))
            if (2 * weights < moments.weights).any() or (2 * squares < moments.squares).any():
                break
        else:
            return Moments(moments.centers, weights, sums, squares)
    return sum_moments(rows, moments.centers, labels)


def count_distinct_rows(X: np.ndarray, limit: int) -> int:
    """Number of distinct rows, or `limit` if there are as many or more."""
    # Nearly every table shows `limit` distinct rows at once; only others are read to the end.
    distinct = len(pd.DataFrame(X[: 2 * limit]).drop_duplicates())
    if distinct < limit < len(X):
        distinct = len(pd.DataFrame(X).drop_duplicates())
    return min(distinct, limit)
