"""Dense regions as HDBSCAN defines them, whatever order the rows come in.

Mutual reaches tie all the time: one row's surroundings decide about many pairs. An
implementation that joins two clusters at a time takes ties in the order of rows, or as
the processor sorts them, and labels at the edge of a region hang on it. Here all that is
joined at one reach is joined at once, and what two regions reach just as they become
one goes with the nearer of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..kernels._reachability import span_rows
from ..metrics import nearest_neighbors


class DenseRegions(NamedTuple):
    """Region of every row, -1 for noise; how surely it is in it; how far it reaches."""

    labels: np.ndarray
    probabilities: np.ndarray
    reach: np.ndarray


class Join(NamedTuple):
    """Clusters that become one at one reach."""

    density: float  # 1 / reach
    parts: list[int]  # nodes of the tree that are joined
    size: int  # rows in all


@dataclass(eq=False)
class Region:
    """A cluster that is large enough, from the density where it is born to that of its core."""

    node: int  # holds all its rows
    core: int  # holds the rows that are left in the end
    size: int
    exits: float  # densities at which its rows leave it, added up
    parts: list[Region] = field(default_factory=list)
    stability: float = 0.0
    chosen: bool = True

    def close(self, birth: float) -> None:
        """Choose it or, if they last longer, the regions that it falls apart into."""
        self.stability = self.exits - self.size * birth
        within = math.fsum(part.stability for part in self.parts)
        if within > self.stability:
            self.stability, self.chosen = within, False

    def find_chosen(self) -> list[Region]:
        """Regions of the best choice."""
        found, waiting = [], [self]
        while waiting:
            region = waiting.pop()
            if region.chosen:
                found.append(region)
            else:
                waiting.extend(region.parts)
        return found


def find_dense_regions(
    points: np.ndarray, counts: np.ndarray, *, least: int, n_neighbors: int, n_jobs: int | None
) -> DenseRegions:
    """Find the regions that last over the widest range of densities.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_features)
        Distinct rows.
    counts : ndarray of shape (n_points,)
        How often each occurs, int64.
    least : int
        Rows of the smallest region, at most as many as there are.
    n_neighbors : int
        Rows, the point itself among them, that its surroundings take in.
    n_jobs : int or None
        Threads.

    Returns
    -------
    DenseRegions
        For each point; labels are numbered from 0.

    Notes
    -----
    HDBSCAN with the excess of mass and ``allow_single_cluster=True``. O(n_points^2)
    operations, O(n_points) memory.
    """
    cores = _measure_cores(points, counts, n_neighbors, n_jobs)
    joins = _join_points(points, counts, cores, least)
    root, densities, above = _find_regions(joins, len(points), least)
    chosen = root.find_chosen()
    # A region of all rows says nothing: its core is taken instead.
    tops = [root.core] if chosen == [root] else [region.node for region in chosen]
    labels = np.full(len(above), -2)
    labels[tops] = np.arange(len(tops))
    labels[-1] = max(labels[-1], -1)
    for node in range(len(above) - 2, -1, -1):
        if labels[node] == -2:
            labels[node] = labels[above[node]]
        if np.isnan(densities[node]):
            densities[node] = densities[above[node]]
    labels, exits = labels[: len(points)], densities[: len(points)]
    core_densities = np.append(densities[[region.core for region in chosen]], np.inf)[labels]
    shares = np.divide(exits, core_densities, out=np.ones(len(exits)), where=exits < core_densities)
    return DenseRegions(labels, np.where(labels < 0, 0.0, shares), np.sqrt(cores))


def _measure_cores(
    points: np.ndarray, counts: np.ndarray, n_neighbors: int, n_jobs: int | None
) -> np.ndarray:
    """Square of the distance to the neighbour that makes the surroundings of a point dense."""
    n_found = min(n_neighbors, len(points))
    _, found = nearest_neighbors(points, points, n_neighbors=n_found, n_jobs=n_jobs)
    last = (counts[found].cumsum(axis=1) >= n_neighbors).argmax(axis=1)
    neighbor = found[np.arange(len(points)), last]
    cores = np.zeros(len(points))
    for column in points.T:  # one after the other, as distances are measured
        cores += (column - column[neighbor]) ** 2
    return cores


def _join_points(
    points: np.ndarray, counts: np.ndarray, cores: np.ndarray, least: int
) -> list[Join]:
    """Join points from the least reach on; all that are joined at one reach, at once."""
    n_points = len(points)
    ends = np.empty((2, n_points - 1), dtype=np.int64)
    reach, squares = np.empty((2, n_points - 1))
    span_rows(np.ascontiguousarray(points.T), cores, ends[0], ends[1], reach, squares)
    # Equal rows are apart, too, until their surroundings are dense.
    repeated = np.flatnonzero((counts > 1) | (n_points == 1))
    ends = np.concatenate([ends, [repeated, repeated]], axis=1)
    reach = np.append(reach, cores[repeated])
    squares = np.append(squares, np.zeros(len(repeated)))
    order = np.lexsort((squares, reach))
    branches, reach = ends.T[order].tolist(), reach[order]
    starts = np.flatnonzero(np.append(True, np.diff(reach) > 0))
    with np.errstate(divide="ignore"):
        densities = (1 / np.sqrt(reach[starts])).tolist()
    forest = _Forest(counts, least)
    for density, start, stop in zip(densities, starts, [*starts[1:], len(reach)], strict=True):
        # What reaches two regions just as they become one goes with the nearer one.
        between = forest.join(branches[start:stop], density, keep_apart=True)
        forest.join(between, density, keep_apart=False)
    return forest.joins


class _Forest:
    """Points in clusters, each known by one of its points."""

    def __init__(self, counts: np.ndarray, least: int) -> None:
        self.least = least
        self.n_points = len(counts)
        self.above = list(range(self.n_points))
        self.nodes = list(range(self.n_points))
        self.sizes = counts.tolist()
        self.is_region = [False] * self.n_points
        self.joins: list[Join] = []

    def find(self, point: int) -> int:
        """Point that the cluster of a point is known by."""
        above = self.above
        while above[point] != point:
            above[point] = point = above[above[point]]
        return point

    def join(
        self, branches: list[list[int]], density: float, *, keep_apart: bool
    ) -> list[list[int]]:
        """Join clusters along branches; return those between regions that are kept apart."""
        held: dict[int, list[int]] = {}
        between = []
        for branch in branches:
            large, small = sorted(map(self.find, branch), key=self.sizes.__getitem__, reverse=True)
            if large != small:
                if keep_apart and self.is_region[large] and self.is_region[small]:
                    between.append(branch)
                    continue
                self.above[small] = large
                self.sizes[large] += self.sizes[small]
                self.is_region[large] |= self.is_region[small]
            parts = held.pop(large, [self.nodes[large]])
            if large != small:
                parts += held.pop(small, [self.nodes[small]])
            held[large] = parts
        for top, parts in held.items():
            self.nodes[top] = self.n_points + len(self.joins)
            self.is_region[top] = self.sizes[top] >= self.least
            self.joins.append(Join(density, parts, self.sizes[top]))
        return between


def _find_regions(
    joins: list[Join], n_points: int, least: int
) -> tuple[Region, np.ndarray, np.ndarray]:
    """Follow regions from their cores outwards.

    Returns the last one; the density of every node that is a region, NaN of others; and
    the node that every node becomes a part of, the last one itself.
    """
    n_nodes = n_points + len(joins)
    densities, above = np.full(n_nodes, np.nan), np.full(n_nodes, n_nodes - 1)
    regions: list[Region | None] = [None] * n_points
    for node, (density, parts, size) in enumerate(joins, n_points):
        above[parts] = node
        within = [region for part in parts if (region := regions[part]) is not None]
        region = within[0] if len(within) == 1 else None
        if region is not None:
            region.exits += (size - region.size) * density
            region.node, region.size = node, size
        elif size >= least:
            for part in within:
                part.close(density)
            region = Region(node, node, size, size * density, within)
        if region is not None:
            densities[node] = density
        regions.append(region)
    root = regions[-1]
    assert root is not None  # least is at most the number of rows
    root.close(0.0)
    return root, densities, above
