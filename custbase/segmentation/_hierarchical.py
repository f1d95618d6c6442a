"""Ward's method: one tree of mergers for every number of segments.

All pairs of clusters that are each other's cheapest partner merge at once: no other
merger can make theirs dearer or be cheaper for them (Ward's costs are reducible), so
the tree is that of one merger at a time. It takes O(n) memory, no table of distances.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from .._threads import ThreadMap, row_chunks, thread_map
from ..kernels._ward import BLOCK_QUERIES, find_cheapest_merges
from ._candidates import Anchors, Candidate, Task, find_distinct_rows, find_nearest, solve_labels
from ._rows import Rows, count_distinct_rows

# More distinct rows than this are summed up in cells first.
MAX_ROWS = 20_000
N_CELLS = 2000
# The cells are cut from a sample of so many rows.
SAMPLE_ROWS = 100_000


class Tree(NamedTuple):
    """Mergers in the order of their cost; merger i makes node n_leaves + i."""

    parents: np.ndarray  # (2 n_leaves - 1,): node that each one merges into; the root is its own
    costs: np.ndarray  # (n_leaves - 1,): inertia that each merger adds


def divide_by_ward(task: Task) -> list[Candidate]:
    """Cut one tree of Ward's method at every number of segments."""
    assert task.n_clusters is not None
    points, nearest = _find_anchors(task)
    rows = task.rows
    leaves = solve_labels(rows.X, rows.weights, nearest, len(points))
    tree = build_tree(leaves.centers, leaves.weights, n_jobs=task.n_jobs)
    candidates = []
    for k in task.n_clusters:
        labels = cut_tree(tree, min(k, len(points)))
        solution = solve_labels(leaves.centers, leaves.weights, labels, k, within=leaves.inertia)
        candidates.append(Candidate(solution, labels[nearest], Anchors(points, labels)))
    return candidates


def _find_anchors(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows, or cells of many, and the number of the one nearest to every row."""
    X, weights = task.rows.X, task.rows.weights
    counted = weights > 0
    positive = X if counted.all() else X[counted]
    if count_distinct_rows(positive, MAX_ROWS + 1) <= MAX_ROWS:
        first, numbers = find_distinct_rows(positive)
        points = positive[first].astype(np.float64)
        nearest = np.empty(len(X), dtype=np.intp)
        nearest[counted] = numbers
        if not counted.all():
            nearest[~counted] = find_nearest(X[~counted], points, n_jobs=task.n_jobs)[1]
        return points, nearest
    points = cut_cells(*_sample_rows(task.rows, SAMPLE_ROWS), N_CELLS)
    _, nearest = find_nearest(X, points, n_jobs=task.n_jobs)
    held = np.bincount(nearest, weights, len(points)) > 0
    if not held.all():
        points = points[held]
        _, nearest = find_nearest(X, points, n_jobs=task.n_jobs)
    return points, nearest


def _sample_rows(rows: Rows, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows at equal steps of weight along an order of their values, and how often each occurs."""
    cumulated = np.cumsum(rows.weights[rows.order])
    steps = (np.arange(n_rows) + 0.5) / n_rows * cumulated[-1]
    drawn, counts = np.unique(np.searchsorted(cumulated, steps), return_counts=True)
    return rows.X[rows.order[drawn]].astype(np.float64), counts.astype(np.float64)


def cut_cells(rows: np.ndarray, weights: np.ndarray, n_cells: int) -> np.ndarray:
    """Centres of cells: that of the largest inertia is cut at its mean until there are enough.

    Cuts run across the column of the largest scatter, after a rotation to the main
    axes of all rows. There are fewer cells if there are fewer distinct rows.
    """
    center = np.average(rows, axis=0, weights=weights)
    centered = rows - center
    axes = np.linalg.eigh((centered.T * weights) @ centered)[1]
    rotated = centered @ axes
    everything = np.arange(len(rows))
    heap = [_measure_cell(rotated, weights, everything)]
    while len(heap) < n_cells and heap[0].scatter < 0:
        cell = heap[0]
        values = rotated[cell.members, cell.column]
        left = values <= cell.cut
        heapq.heapreplace(heap, _measure_cell(rotated, weights, cell.members[left]))
        heapq.heappush(heap, _measure_cell(rotated, weights, cell.members[~left]))
    return np.array([cell.center for cell in heap]) @ axes.T + center


class _Cell(NamedTuple):
    """Rows of one cell; the first cell in order is the next to be cut."""

    scatter: float  # minus the inertia
    first: int  # breaks ties
    column: int
    cut: float
    center: np.ndarray
    members: np.ndarray


def _measure_cell(rows: np.ndarray, weights: np.ndarray, members: np.ndarray) -> _Cell:
    """Inertia of a cell and where to cut it."""
    own, shares = rows[members], weights[members]
    center = shares @ own / shares.sum()
    scatters = shares @ (own - center) ** 2
    column = int(scatters.argmax())
    # A mean rounded to beyond the rows must not leave one side of a cut empty.
    low, high = own[:, column].min(), own[:, column].max()
    inertia = float(scatters.sum()) if low < high else 0.0
    cut = float(np.clip(center[column], low, np.nextafter(high, low)))
    return _Cell(-inertia, int(members[0]), column, cut, center, members)


def build_tree(centers: np.ndarray, weights: np.ndarray, *, n_jobs: int | None = 1) -> Tree:
    """Merge weighted points by Ward's method until one is left.

    Parameters
    ----------
    centers : ndarray of shape (n_points, n_features)
        The points.
    weights : ndarray of shape (n_points,)
        Their weights, positive; a weight of 2 counts as two points at the place.
    n_jobs : int or None, default=1
        Threads; the tree does not depend on them.

    Returns
    -------
    Tree
        All mergers. Costs are half the squares of the heights of
        ``scipy.cluster.hierarchy.linkage(method="ward")``.

    Notes
    -----
    It takes O(n d) memory and O(n^2 d) operations for usual data. Of equally cheap
    partners the first in the order of making counts, points in their own order.
    """
    n_points = len(centers)
    forest = _Forest(centers - centers.mean(axis=0), weights)
    pairs, costs = [np.empty((0, 2), dtype=np.intp)], [np.empty(0)]
    n_nodes = n_points
    with thread_map(n_jobs, len(row_chunks(n_points, BLOCK_QUERIES))) as parallel:
        asking = np.arange(n_points)
        while len(forest.nodes) > 1:
            forest.ask(asking, parallel)
            first, second = forest.mutual()
            if not len(first):
                # Rounding made a newer partner cheaper than one remembered: with fresh
                # answers the cheapest pair of all, the first of them, is always mutual.
                asking = np.arange(len(forest.nodes))
                continue
            pairs.append(forest.nodes[np.column_stack([first, second])])
            made = n_nodes + np.arange(len(first))
            n_nodes += len(first)
            asking = forest.merge(first, second, made)
            costs.append(forest.heights[-len(first) :])
    return _sort_mergers(np.concatenate(pairs), np.concatenate(costs))


class _Forest:
    """Clusters in the order of their making, each with the partner it last found."""

    def __init__(self, centers: np.ndarray, weights: np.ndarray) -> None:
        self.centers = np.ascontiguousarray(centers)
        self.weights = weights
        self.nodes = np.arange(len(centers))
        self.heights = np.zeros(len(centers))
        self.partners = np.zeros(len(centers), dtype=np.int64)
        self.costs = np.zeros(len(centers))

    def ask(self, asking: np.ndarray, parallel: ThreadMap) -> None:
        """Find the cheapest partner of some clusters."""
        reciprocal = 1.0 / self.weights
        partners, costs = np.empty(len(asking), dtype=np.int64), np.empty(len(asking))

        def ask_chunk(chunk: slice) -> None:
            out = partners[chunk], costs[chunk]
            find_cheapest_merges(self.centers, reciprocal, asking[chunk], *out)

        parallel(ask_chunk, row_chunks(len(asking), BLOCK_QUERIES))
        self.partners[asking], self.costs[asking] = partners, costs

    def mutual(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of clusters that are each other's partner."""
        positions = np.arange(len(self.nodes))
        chosen = (self.partners[self.partners] == positions) & (positions < self.partners)
        first = np.flatnonzero(chosen)
        return first, self.partners[first]

    def merge(self, first: np.ndarray, second: np.ndarray, made: np.ndarray) -> np.ndarray:
        """Replace pairs by the clusters made of them; return the positions of who has to ask."""
        kept = np.ones(len(self.nodes), dtype=bool)
        kept[first] = kept[second] = False
        w1, w2 = self.weights[first], self.weights[second]
        share = (w2 / (w1 + w2))[:, None]
        moved = self.centers[first] + share * (self.centers[second] - self.centers[first])
        # A merger never costs less than those before it; rounding may say so.
        heights = np.maximum(self.heights[first], self.heights[second])
        heights = np.maximum(heights, self.costs[first])
        alone = kept[self.partners[kept]]
        renumbered = np.cumsum(kept) - 1
        partners = np.where(alone, renumbered[self.partners[kept]], 0)

        fresh = np.zeros(len(made), dtype=np.int64)
        self.centers = np.concatenate([self.centers[kept], moved])
        self.weights = np.concatenate([self.weights[kept], w1 + w2])
        self.nodes = np.concatenate([self.nodes[kept], made])
        self.heights = np.concatenate([self.heights[kept], heights])
        self.costs = np.concatenate([self.costs[kept], fresh])
        self.partners = np.concatenate([partners, fresh])
        n_kept = len(alone)
        return np.concatenate([np.flatnonzero(~alone), n_kept + np.arange(len(made))])


def _sort_mergers(pairs: np.ndarray, costs: np.ndarray) -> Tree:
    """Number the mergers by cost; those of one cost keep the order of their making."""
    n_points = len(pairs) + 1
    order = costs.argsort(kind="stable")
    nodes = np.arange(2 * n_points - 1)
    nodes[n_points + order] = n_points + np.arange(len(pairs))
    parents = np.full(2 * n_points - 1, 2 * n_points - 2)
    parents[nodes[pairs[order]]] = (n_points + np.arange(len(pairs)))[:, None]
    return Tree(parents, costs[order])


def cut_tree(tree: Tree, n_clusters: int) -> np.ndarray:
    """Cluster of every leaf once so many clusters are left, numbered from 0."""
    n_leaves = len(tree.costs) + 1
    n_nodes = 2 * n_leaves - n_clusters
    top = np.where(tree.parents < n_nodes, tree.parents, np.arange(len(tree.parents)))[:n_nodes]
    while not np.array_equal(top[top], top):
        top = top[top]
    return np.unique(top[:n_leaves], return_inverse=True)[1].astype(np.int32)
