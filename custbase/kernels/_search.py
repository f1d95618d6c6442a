"""A search for centres on few rows: moves from one solution to the next.

Everything is in single precision but sums: a start need not be exact, and twice as
many rows are measured at once. Distances are summed directly, so that clusters far
from each other do not blur the distances within them.
"""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, LEAST, WORK_ROWS, find_two_nearest, measure_center, pair_centers
from ._compile import helper_kernel, kernel

GAIN = 1e-3  # of the inertia: less is no better solution
PATIENCE = 3.0  # times the gain of a step: further behind, a run is given up


@kernel
def run_moves(
    blocks: np.ndarray,
    weights: np.ndarray,
    max_steps: int,
    settled: float,
    moves: np.ndarray,
    draws: np.ndarray,
    sizes: np.ndarray,
    centers: np.ndarray,
    masses: np.ndarray,
    inertia: np.ndarray,
) -> None:
    """Improve centres, which lie in slots, by Lloyd's steps from those of other slots.

    A move starts from the centres of one slot, one more or one less if the other slot
    has as many, and puts them there if they are better. One call makes all moves of a
    search, for threads wait for each other between calls.

    Parameters
    ----------
    blocks : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        Rows about a point amid them, float32, in an even number of columns.
    weights : ndarray of shape (n_blocks, BLOCK_ROWS)
        Weights of the rows.
    max_steps : int
        Most steps of a move: assignments to the nearest centres, and means between them.
    settled : float
        Share of the inertia: a step that gains no more is the last.
    moves : ndarray of shape (n_moves, 3)
        The slot to start from, the slot to be improved, and the rank of the pair of
        clusters that becomes one if there is one less, 0 for the cheapest.
    draws : ndarray of shape (n_moves, n_trials)
        Random numbers for one more centre, see `add_centers`.
    sizes : ndarray of shape (n_slots,)
        Number of centres in every slot.
    centers : ndarray of shape (n_slots, most, n_columns)
        Centres about the same point.
    masses : ndarray of shape (n_slots, most)
        Weights of their clusters.
    inertia : ndarray of shape (n_slots,)
        Inertia to beat, infinite if there is none: a move that falls behind too far
        is given up.
    """
    most, n_columns = centers.shape[1:]
    start = np.empty((most, n_columns))
    paired = np.empty((most + 1, n_columns), np.float32)
    sums, totals, counts = np.empty((most, n_columns)), np.empty(most), np.empty(most, np.int64)
    labels = np.empty((blocks.shape[0], BLOCK_ROWS), np.int32)
    for move in range(moves.shape[0]):
        source, target = moves[move, 0], moves[move, 1]
        n_clusters, n_known = sizes[target], sizes[source]
        for cluster in range(n_known):
            for column in range(n_columns):
                start[cluster, column] = centers[source, cluster, column]
        if n_clusters > n_known:
            add_centers(blocks, weights, draws, move, n_known, n_clusters, start)
        if n_clusters < n_known:
            merge_two(masses, source, n_known, moves[move, 2], start)
        for block in range(blocks.shape[0]):
            for row in range(BLOCK_ROWS):
                labels[block, row] = -1
        for cluster in range(n_clusters):
            totals[cluster], counts[cluster] = 0.0, 0
            for column in range(n_columns):
                sums[cluster, column] = 0.0
        reached = np.inf
        for step in range(max_steps):
            pair_centers(start, n_clusters, 1.0, paired)
            n_moved, left = move_rows(
                blocks, weights, paired, (n_clusters + 1) // 2, labels, sums, totals, counts
            )
            gain, reached = reached - left, left
            if n_moved == 0 or step + 1 == max_steps or gain <= settled * reached:
                break
            if step > 0 and reached - inertia[target] > PATIENCE * gain:
                break
            for cluster in range(n_clusters):
                for column in range(n_columns):
                    if counts[cluster] > 0:
                        start[cluster, column] = sums[cluster, column] / totals[cluster]
        if reached < inertia[target] * (1.0 - GAIN):
            inertia[target] = reached
            for cluster in range(n_clusters):
                masses[target, cluster] = totals[cluster]
                for column in range(n_columns):
                    centers[target, cluster, column] = start[cluster, column]


@helper_kernel
def move_rows(
    blocks: np.ndarray,
    weights: np.ndarray,
    paired: np.ndarray,
    n_pairs: int,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, float]:
    """Move rows to the clusters of their nearest centres, and keep the sums.

    Parameters
    ----------
    blocks, weights : ndarray
        Rows as in `run_moves`.
    paired, n_pairs : ndarray, int
        Centres as `find_two_nearest` takes them.
    labels : ndarray of shape (n_blocks, BLOCK_ROWS)
        Clusters, -1 for none.
    sums : ndarray of shape (most, n_columns)
        Weighted sums of the clusters.
    totals, counts : ndarray of shape (most,)
        Their weights, and their numbers of rows that have a weight.

    Returns
    -------
    n_moved : int
        Rows with a weight that changed their cluster.
    inertia : float
        Weighted sum of squared distances to the nearest centres.
    """
    work = np.empty((WORK_ROWS, BLOCK_ROWS), np.float32)
    clusters, left = np.empty(BLOCK_ROWS, np.int32), np.empty(BLOCK_ROWS)
    for row in range(BLOCK_ROWS):
        left[row] = 0.0
    n_moved = 0
    for block in range(blocks.shape[0]):
        find_two_nearest(blocks, block, paired, n_pairs, work, clusters)
        n_open = 0
        for row in range(BLOCK_ROWS):
            left[row] += weights[block, row] * work[LEAST, row]
            n_open += 0 if clusters[row] == labels[block, row] else 1
        if n_open == 0:
            continue
        for row in range(BLOCK_ROWS):
            new, old, weight = int(clusters[row]), int(labels[block, row]), weights[block, row]
            if new == old or weight == 0.0:
                continue
            labels[block, row] = new
            n_moved += 1
            counts[new] += 1
            totals[new] += weight
            for column in range(blocks.shape[1]):
                sums[new, column] += weight * blocks[block, column, row]
            if old >= 0:
                counts[old] -= 1
                totals[old] -= weight
                for column in range(blocks.shape[1]):
                    sums[old, column] -= weight * blocks[block, column, row]
    inertia = 0.0
    for row in range(BLOCK_ROWS):
        inertia += left[row]
    return n_moved, inertia


@kernel
def measure_starts(
    blocks: np.ndarray, weights: np.ndarray, sizes: np.ndarray, starts: np.ndarray, out: np.ndarray
) -> None:
    """Set `out` to the inertia about the centres in every slot; shapes as in `run_moves`."""
    paired = np.empty((starts.shape[1] + 1, starts.shape[2]), np.float32)
    work = np.empty((WORK_ROWS, BLOCK_ROWS), np.float32)
    clusters, left = np.empty(BLOCK_ROWS, np.int32), np.empty(BLOCK_ROWS)
    for slot in range(starts.shape[0]):
        n_pairs = (sizes[slot] + 1) // 2
        pair_centers(starts[slot], sizes[slot], 1.0, paired)
        for row in range(BLOCK_ROWS):
            left[row] = 0.0
        for block in range(blocks.shape[0]):
            find_two_nearest(blocks, block, paired, n_pairs, work, clusters)
            for row in range(BLOCK_ROWS):
                left[row] += weights[block, row] * work[LEAST, row]
        out[slot] = 0.0
        for row in range(BLOCK_ROWS):
            out[slot] += left[row]


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
        Rows as in `run_moves`.
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
    nearest = np.empty((n_blocks, BLOCK_ROWS), np.float32)
    cumulated, left = np.empty(n_blocks * BLOCK_ROWS), np.empty(BLOCK_ROWS)
    distances, held = np.empty(BLOCK_ROWS, np.float32), np.empty((1, n_columns), np.float32)
    for new in range(n_given, n_clusters):
        total, last = 0.0, 0
        for cluster in range(0 if new == n_given else new - 1, new):
            for column in range(n_columns):
                held[0, column] = centers[cluster, column]
            for block in range(n_blocks):
                measure_center(blocks, block, held, np.int64(0), distances)
                for row in range(BLOCK_ROWS):
                    nearer = cluster == 0 or distances[row] < nearest[block, row]
                    nearest[block, row] = distances[row] if nearer else nearest[block, row]
        for block in range(n_blocks):
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
            for column in range(n_columns):
                held[0, column] = blocks[at // BLOCK_ROWS, column, at % BLOCK_ROWS]
            for row in range(BLOCK_ROWS):
                left[row] = 0.0
            for block in range(n_blocks):
                measure_center(blocks, block, held, np.int64(0), distances)
                for row in range(BLOCK_ROWS):
                    nearer = distances[row] < nearest[block, row]
                    distance = distances[row] if nearer else nearest[block, row]
                    left[row] += weights[block, row] * distance
            inertia = 0.0
            for row in range(BLOCK_ROWS):
                inertia += left[row]
            if trial == 0 or inertia < least:
                least = inertia
                for column in range(n_columns):
                    centers[new, column] = held[0, column]


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
