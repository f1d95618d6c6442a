"""HDBSCAN from its definition: regions from the outside in, over all pairs of rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse.csgraph import connected_components


class Region(NamedTuple):
    """Rows that are surely in a region, and those with the ones that merely touch it."""

    sure: set[int]
    held: set[int]


def mutual_reaches(X: np.ndarray, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
    """Squares of mutual reaches, and of distances, of all pairs of rows."""
    squares = sum((column[:, None] - column) ** 2 for column in X.T)
    cores = np.sort(squares, axis=1)[:, n_neighbors - 1]
    return np.maximum(np.maximum(cores[:, None], cores), squares), squares


def find_regions(X: np.ndarray, least: int, n_neighbors: int) -> list[Region]:
    """The chosen regions; what is joined at one reach falls apart at once."""
    reach, squares = mutual_reaches(X, n_neighbors)
    rows = list(range(len(X)))
    _, chosen, core = _choose(rows, set(rows), 0.0, reach, squares, least)
    return [Region(core, core)] if chosen == [Region(set(rows), set(rows))] else chosen


def _choose(
    rows: list[int],
    held: set[int],
    birth: float,
    reach: np.ndarray,
    squares: np.ndarray,
    least: int,
) -> tuple[float, list[Region], set[int]]:
    """Stability, chosen regions and core of the region that is born with some rows."""
    left, exits = rows, 0.0
    for level in np.unique(reach[np.ix_(rows, rows)])[::-1]:
        density = 1 / np.sqrt(level) if level > 0 else np.inf
        _, parts = connected_components(reach[np.ix_(left, left)] < level, directed=False)
        groups = [[left[i] for i in np.flatnonzero(parts == p)] for p in range(parts.max() + 1)]
        large = [group for group in groups if len(group) >= least]
        if len(groups) == 1 and len(left) > 1:
            continue
        if len(large) == 1:
            exits += (len(left) - len(large[0])) * density
            left = large[0]
            continue
        stability = exits + len(left) * density - len(rows) * birth
        regions = _attach(groups, large, level, reach, squares) if large else []
        within = [
            _choose(own, whole, density, reach, squares, least)
            for own, whole in zip(large, regions, strict=True)
        ]
        total = sum(gain for gain, _, _ in within)
        if total > stability:
            return total, [region for _, found, _ in within for region in found], set(left)
        return stability, [Region(set(rows), held)], set(left)
    raise AssertionError("rows fall apart at their least reach")


def _attach(
    groups: list[list[int]],
    large: list[list[int]],
    level: float,
    reach: np.ndarray,
    squares: np.ndarray,
) -> list[set[int]]:
    """Give what reaches regions just as they fall apart to the nearest, group by group."""
    regions = [set(group) for group in large]
    waiting = [group for group in groups if group not in large]
    while waiting:
        _, best, region = min(
            (squares[a, b], number, place)
            for number, group in enumerate(waiting)
            for place, region in enumerate(regions)
            for a in group
            for b in region
            if reach[a, b] <= level
        )
        regions[region] |= set(waiting.pop(best))
    return regions
