"""Passes of k-means over rows: to their exact nearest centres, and Lloyd's steps."""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, find_best, measure_center, turn_block
from ._compile import helper_kernel, kernel
from ._search import add_centers, merge_two
from ._spans import CHUNK_BLOCKS, CHUNK_ROWS

GAIN = 1e-3  # of the inertia: less is no better solution
PATIENCE = 3.0  # times the gain of a step: further behind, a run is given up


@kernel
def assign_rows(
    X: np.ndarray,
    centers: np.ndarray,
    weights: np.ndarray,
    out_labels: np.ndarray,
    out_distances: np.ndarray,
    out_weights: np.ndarray,
    out_inertia: np.ndarray,
) -> None:
    """Assign rows to their nearest centres.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    centers : ndarray of shape (n_clusters, n_columns)
        Centres, float64.
    weights : ndarray of shape (n_rows,)
        Weights of the rows, float64.
    out_labels : ndarray of shape (n_rows,)
        Set to the nearest centre; of equally near ones the first.
    out_distances : ndarray of shape (n_rows,)
        Set to the squared distance to that centre.
    out_weights, out_inertia : ndarray of shape (n_chunks, n_clusters)
        The weights, and the weighted squared distances, are added to their chunks.
    """
    # Columns of rows there are none of are measured as well, and not looked at.
    block = np.empty((1, X.shape[1], BLOCK_ROWS))
    distances, nearest = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    labels = np.empty(BLOCK_ROWS, np.int64)
    for start in range(0, X.shape[0], BLOCK_ROWS):
        size = turn_block(X, start, block)
        for row in range(BLOCK_ROWS):
            labels[row], nearest[row] = 0, np.inf
        for cluster in range(centers.shape[0]):
            measure_center(block, np.int64(0), centers, cluster, distances)
            for row in range(BLOCK_ROWS):
                # Two selections instead of a branch, which could not become SIMD code.
                nearer = distances[row] < nearest[row]
                labels[row] = cluster if nearer else labels[row]
                nearest[row] = distances[row] if nearer else nearest[row]
        chunk = start // CHUNK_ROWS
        for row in range(size):
            label, weight = labels[row], weights[start + row]
            out_labels[start + row] = label
            out_distances[start + row] = nearest[row]
            out_weights[chunk, label] += weight
            out_inertia[chunk, label] += weight * nearest[row]


@kernel
def run_lloyd_steps(
    blocks: np.ndarray,
    weights: np.ndarray,
    scatter: float,
    max_steps: int,
    settled: float,
    tol: float,
    stop_at_empty: bool,
    moves: np.ndarray,
    draws: np.ndarray,
    sizes: np.ndarray,
    centers: np.ndarray,
    masses: np.ndarray,
    inertia: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, int]:
    """Assign rows to their nearest centres, and centres to the means of their rows, in turn.

    The last thing is an assignment: one step leaves the centres alone, and can be
    taken by threads on parts of the rows.

    Centres lie in slots. A move starts from those of one slot, one more or one less
    if the other slot has as many, and puts them there if they are better. One call
    makes all moves of a search, for threads wait for each other between calls. (A
    step for all rows and a search are one kernel, for they would be compiled twice:
    a third of the time of all kernels.)

    Parameters
    ----------
    blocks : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        Rows about a point amid them.
    weights : ndarray of shape (n_blocks, BLOCK_ROWS)
        Weights of the rows.
    scatter : float
        Weighted sum of squared distances of the rows to the point.
    max_steps : int
        Most assignments of a move.
    settled : float
        Share of the inertia: a step that gains no more is the last; -inf for any gain.
    tol : float
        A step is the last that moves the centres by no more, as a sum of squares.
    stop_at_empty : bool
        A step is the last that leaves a cluster empty. Otherwise its centre stays.
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
    labels : ndarray of shape (n_blocks, BLOCK_ROWS)
        Clusters before the first move, -1 for none; set to those of the last.
    sums : ndarray of shape (n_chunks, most, n_columns)
        Weighted sums of the clusters, changed by the rows that change theirs. They
        are cleared between moves.
    totals, counts : ndarray of shape (n_chunks, most)
        Their weights, and their numbers of rows that have a weight, likewise.

    Returns
    -------
    n_steps, n_moved : int
        Assignments of the last move, and the rows with a weight that changed their
        cluster in the last of them.
    """
    most, n_columns = centers.shape[1:]
    start, paired = np.empty((most, n_columns)), np.empty((most + 1, n_columns))
    halves = np.empty(most + 1)
    scores = np.empty((2, BLOCK_ROWS))
    best, gathered = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    nearest = np.empty(BLOCK_ROWS, np.int64)
    n_steps, n_moved = 0, 0
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
        if move > 0:
            for block in range(labels.shape[0]):
                for row in range(BLOCK_ROWS):
                    labels[block, row] = -1
            for cluster in range(n_clusters):
                totals[0, cluster], counts[0, cluster] = 0.0, 0
                for column in range(n_columns):
                    sums[0, cluster, column] = 0.0
        n_paired = n_clusters + n_clusters % 2
        reached = np.inf
        for step in range(max_steps):
            for cluster in range(n_paired):
                # One that makes up for an odd number is never the best.
                like = cluster if cluster < n_clusters else 0
                halves[cluster] = 0.0 if cluster < n_clusters else np.inf
                for column in range(n_columns):
                    value = start[like, column]
                    paired[cluster, column] = value
                    halves[cluster] += value * value / 2
            n_moved = 0
            for row in range(BLOCK_ROWS):
                gathered[row] = 0.0
            for block in range(blocks.shape[0]):
                find_best(blocks, block, paired, halves, n_paired // 2, scores, nearest, best)
                n_moved += move_rows(
                    blocks, weights, block, nearest, best, labels, sums, totals, counts, gathered
                )
            before, reached = reached, scatter
            for row in range(BLOCK_ROWS):
                reached -= 2.0 * gathered[row]
            gain, n_steps = before - reached, step + 1
            is_empty, shift = False, 0.0
            for cluster in range(n_clusters):
                total, count = 0.0, 0
                for chunk in range(totals.shape[0]):
                    total += totals[chunk, cluster]
                    count += counts[chunk, cluster]
                is_empty = is_empty or count == 0
                for column in range(n_columns):
                    moment = 0.0
                    for chunk in range(totals.shape[0]):
                        moment += sums[chunk, cluster, column]
                    value = moment / total if count > 0 else start[cluster, column]
                    drift = value - start[cluster, column]
                    shift += drift * drift
                    paired[cluster, column] = value
            if n_moved == 0 or n_steps == max_steps or shift <= tol or gain <= settled * reached:
                break
            if is_empty and stop_at_empty:
                break
            if step > 0 and reached - inertia[target] > PATIENCE * gain:
                break
            for cluster in range(n_clusters):
                for column in range(n_columns):
                    start[cluster, column] = paired[cluster, column]
        if reached < inertia[target] * (1.0 - GAIN):
            inertia[target] = reached
            for cluster in range(n_clusters):
                masses[target, cluster] = totals[0, cluster]
                for column in range(n_columns):
                    centers[target, cluster, column] = start[cluster, column]
    return n_steps, n_moved


@helper_kernel
def move_rows(
    blocks: np.ndarray,
    weights: np.ndarray,
    block: int,
    nearest: np.ndarray,
    scores: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
    out_scores: np.ndarray,
) -> int:
    """Move the rows of a block to their nearest clusters; shapes as in `run_lloyd_steps`.

    Their weighted scores are added to `out_scores`. Returns the number of rows with a
    weight that move.
    """
    for row in range(BLOCK_ROWS):
        out_scores[row] += weights[block, row] * scores[row]
    n_moved, chunk = 0, block // CHUNK_BLOCKS
    for row in range(BLOCK_ROWS):
        new, old = nearest[row], np.int64(labels[block, row])
        weight = weights[block, row]
        if new == old or weight == 0.0:
            continue
        labels[block, row] = new
        n_moved += 1
        for sign in (1, -1):
            own = new if sign > 0 else old
            if own >= 0:
                counts[chunk, own] += sign
                totals[chunk, own] += sign * weight
                for column in range(blocks.shape[1]):
                    moment = weight * blocks[block, column, row]
                    sums[chunk, own, column] += sign * moment
    return n_moved
