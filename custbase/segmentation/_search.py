"""Search for good first centres, for several numbers of clusters at once.

Beside its own seeds, every number of clusters is helped by its neighbours: on the
way up, the solution for k with one more centre is a start for k + 1; on the way
down, the solution for k + 1 with two clusters made one, or without a centre that is
hardly missed, is a start for k. A start ends as soon as it can no longer win.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np

from ..kernels._blocks import BLOCK_ROWS
from ..kernels._kmeans import run_lloyd_steps
from ..kernels._search import measure_two, sum_shortened
from ._rows import Blocks

MAX_STEPS = 20
GAIN = 1e-3  # of the inertia: less is no better solution
N_REMOVALS = 2  # centres of k + 1 that are left out in turn on the way down


class Search:
    """Best centres so far for consecutive numbers of clusters, about the point of the blocks."""

    def __init__(self, blocks: Blocks, n_clusters: Sequence[int], draws: np.ndarray) -> None:
        n_columns = blocks.values.shape[1]
        self.blocks = blocks
        self.n_clusters = n_clusters
        self.centers = [np.empty((k, n_columns)) for k in n_clusters]
        self.weights = [np.zeros(k) for k in n_clusters]
        self.inertia = np.full(len(n_clusters), np.inf)
        self._draws: Iterator[np.ndarray] = cycle(draws)
        self._last = np.flatnonzero(blocks.weights)[-1]
        self._distances = np.empty(blocks.weights.shape)
        self._labels = np.empty(blocks.weights.shape, dtype=np.int32)

    def run(self) -> None:
        """Go up over the numbers of clusters from seeds, and down again."""
        self._seed()
        self._climb()
        self._descend()

    def _seed(self) -> None:
        """Start every number of clusters from rows chosen by greedy k-means++."""
        self._distances[:] = 1.0
        centers = self._draw_rows()[:1]
        nearest = np.full(self.blocks.weights.shape, np.inf)
        while len(centers) < self.n_clusters[-1]:
            self._measure(centers[-1:])
            np.minimum(nearest, self._distances, out=nearest)
            self._distances[:] = nearest
            centers = np.vstack([centers, self._draw()])
        for position, k in enumerate(self.n_clusters):
            self._improve(position, centers[:k].copy())

    def _climb(self) -> None:
        """Start every number of clusters from the centres of the one before it and one more."""
        for position in range(1, len(self.centers)):
            before = self.centers[position - 1]
            self._measure(before)
            self._improve(position, np.vstack([before, self._draw()]))

    def _descend(self) -> None:
        """Start every number of clusters but the last from the solution of the next."""
        # One cluster has one solution, the mean.
        for position in reversed(range(self.n_clusters[0] == 1, len(self.centers) - 1)):
            after = self.centers[position + 1]
            self._improve(position, _merge_cheapest(after, self.weights[position + 1]))
            for dropped in self._measure(after)[:N_REMOVALS]:
                self._improve(position, after[np.arange(len(after)) != dropped])

    def _measure(self, centers: np.ndarray) -> np.ndarray:
        """Measure the rows against some centres; return the centres, the cheapest first."""
        costs = np.zeros(len(centers))
        measure_two(self.blocks.values, self.blocks.weights, centers, self._distances, costs)
        return costs.argsort(kind="stable")

    def _draw(self) -> np.ndarray:
        """Place one more centre beside those measured last: the best of some drawn rows."""
        candidates = self._draw_rows()
        potentials = np.zeros(len(candidates))
        sum_shortened(
            self.blocks.values, self.blocks.weights, self._distances, candidates, potentials
        )
        return candidates[potentials.argmin()]

    def _draw_rows(self) -> np.ndarray:
        """Draw rows in proportion to weight times distance to the centres measured last."""
        cumulated = (self.blocks.weights * self._distances).ravel().cumsum()
        at = np.searchsorted(cumulated, next(self._draws) * cumulated[-1], side="right")
        at = np.minimum(at, self._last)
        return self.blocks.values[at // BLOCK_ROWS, :, at % BLOCK_ROWS]

    def _improve(self, position: int, centers: np.ndarray) -> None:
        """Settle centres, and keep them if they are better than those known."""
        k, n_columns = centers.shape
        self._labels[:] = -1
        weights = np.zeros((1, k))
        _, inertia = run_lloyd_steps(
            self.blocks.values,
            self.blocks.weights,
            self.blocks.scatter,
            self.inertia[position],
            MAX_STEPS,
            centers,
            self._labels,
            np.zeros((1, k, n_columns)),
            weights,
            np.zeros((1, k), dtype=np.int64),
        )
        if inertia < self.inertia[position] * (1.0 - GAIN):
            self.inertia[position] = inertia
            self.centers[position], self.weights[position] = centers, weights[0]


def _merge_cheapest(centers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Centres with the two made one that raise the inertia least, as in Ward's method."""
    # Clusters may have no weight; one of them then goes for nothing.
    totals = np.maximum(weights[:, None] + weights, np.finfo(np.float64).tiny)
    gaps = centers[:, None] - centers
    costs = weights[:, None] * weights / totals * np.einsum("ijk,ijk->ij", gaps, gaps)
    np.fill_diagonal(costs, np.inf)
    one, other = sorted(divmod(int(costs.argmin()), len(centers)))
    merged = centers[np.arange(len(centers)) != other]
    merged[one] -= weights[other] / totals[one, other] * gaps[one, other]
    return merged
