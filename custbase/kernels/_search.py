"""Starts for Lloyd's steps, made from other solutions: one more centre, or one less."""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, measure_center
from ._compile import helper_kernel, kernel


@kernel
def add_centers(
    blocks: np.ndarray,
    weights: np.ndarray,
    draws: np.ndarray,
    drawn: int,
    n_given: int,
    n_clusters: int,
    centers: np.ndarray,
) -> None:
    """Set further centres to rows that are far from the others, one after the other.

    Parameters
    ----------
    blocks, weights : ndarray
        Rows as in `run_lloyd_steps`.
    draws : ndarray of shape (n_draws, n_trials)
        Random numbers from 0 to 1, for every new centre a row of them from row `drawn`
        on: as many rows are drawn by weight times squared distance, and the one is
        taken that leaves the least inertia.
    n_given, n_clusters : int
        Number of centres before, and after.
    centers : ndarray of shape (most, n_columns)
        The given centres, and those to be set.
    """
    n_blocks, n_columns = blocks.shape[0], centers.shape[1]
    nearest, cumulated = np.empty((n_blocks, BLOCK_ROWS)), np.empty(n_blocks * BLOCK_ROWS)
    distances, candidate = np.empty(BLOCK_ROWS), np.empty((1, n_columns))
    for new in range(n_given, n_clusters):
        total, last = 0.0, 0
        for block in range(n_blocks):
            if new == n_given:
                for row in range(BLOCK_ROWS):
                    nearest[block, row] = np.inf
            for cluster in range(0 if new == n_given else new - 1, new):
                measure_center(blocks, block, centers, cluster, distances)
                for row in range(BLOCK_ROWS):
                    nearer = distances[row] < nearest[block, row]
                    nearest[block, row] = distances[row] if nearer else nearest[block, row]
            for row in range(BLOCK_ROWS):
                at = block * BLOCK_ROWS + row
                total += weights[block, row] * nearest[block, row]
                cumulated[at] = total
                last = at if weights[block, row] > 0.0 else last
        least = np.inf
        for trial in range(draws.shape[1]):
            at, target = 0, draws[drawn + new - n_given, trial] * total
            while at < last and cumulated[at] <= target:
                at += 1
            drawn_block, drawn_row = at // BLOCK_ROWS, at % BLOCK_ROWS
            for column in range(n_columns):
                candidate[0, column] = blocks[drawn_block, column, drawn_row]
            left = 0.0
            for block in range(n_blocks):
                measure_center(blocks, block, candidate, np.int64(0), distances)
                for row in range(BLOCK_ROWS):
                    nearer = distances[row] < nearest[block, row]
                    distance = distances[row] if nearer else nearest[block, row]
                    left += weights[block, row] * distance
            if left < least:
                least = left
                for column in range(n_columns):
                    centers[new, column] = candidate[0, column]


@helper_kernel
def merge_two(
    masses: np.ndarray, slot: int, n_clusters: int, rank: int, centers: np.ndarray
) -> None:
    """Make two clusters one that raise the inertia little, as in Ward's method.

    Parameters
    ----------
    masses : ndarray of shape (n_slots, most)
        Weights of the clusters, in row `slot`.
    n_clusters : int
        Number of clusters.
    rank : int
        Pairs that cost less and are passed over.
    centers : ndarray of shape (most, n_columns)
        Their centres; the last one moves to the place that becomes free.
    """
    one, other, share, above = 0, 0, 0.0, -1.0
    for _ in range(rank + 1):
        least = np.inf
        for i in range(n_clusters):
            for j in range(i):
                gap = 0.0
                for column in range(centers.shape[1]):
                    difference = centers[i, column] - centers[j, column]
                    gap += difference * difference
                # Clusters may have no weight; one of them then goes for nothing.
                both = masses[slot, i] + masses[slot, j]
                part = masses[slot, i] / both if both > 0.0 else 0.0
                cost = masses[slot, j] * part * gap
                if above < cost < least:
                    least, one, other, share = cost, j, i, part
        above = least
    for column in range(centers.shape[1]):
        centers[one, column] += share * (centers[other, column] - centers[one, column])
        centers[other, column] = centers[n_clusters - 1, column]
