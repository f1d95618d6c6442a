"""Passes of k-means over rows: to their exact nearest centres, and Lloyd's steps."""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, find_best, find_nearest, turn_block
from ._compile import kernel

# Fixed, so that partial sums are the same for every number of threads.
CHUNK_BLOCKS = 32
CHUNK_ROWS = CHUNK_BLOCKS * BLOCK_ROWS
SETTLED = 1e-4  # of the inertia: a step that gains less is the last of several
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
    block = np.empty((X.shape[1], BLOCK_ROWS))
    nearest = np.empty(BLOCK_ROWS)
    labels = np.empty(BLOCK_ROWS, np.int64)
    for start in range(0, X.shape[0], BLOCK_ROWS):
        chunk = start // CHUNK_ROWS
        size = turn_block(X, start, block)
        find_nearest(block, centers, labels, nearest)
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
    limit: float,
    max_steps: int,
    centers: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, float]:
    """Assign rows to their nearest centres, and centres to the means of their rows, in turn.

    The last thing is an assignment: one step leaves `centers` alone, and can be
    taken by threads on parts of the rows. (A kernel of its own for a step would be
    compiled twice, here once more: a third of the time of all kernels.)

    Parameters
    ----------
    blocks : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        Rows about a point amid them.
    weights : ndarray of shape (n_blocks, BLOCK_ROWS)
        Weights of the rows.
    scatter : float
        Weighted sum of squared distances of the rows to the point.
    limit : float
        Inertia to beat: a run that falls behind too far is given up.
    max_steps : int
        Most assignments.
    centers : ndarray of shape (n_clusters, n_columns)
        Centres about the same point, moved between assignments.
    labels : ndarray of shape (n_blocks, BLOCK_ROWS)
        Clusters so far, -1 for none; set to the new ones.
    sums : ndarray of shape (n_chunks, n_clusters, n_columns)
        Weighted sums of the clusters, changed by the rows that move.
    totals, counts : ndarray of shape (n_chunks, n_clusters)
        Their weights, and their numbers of rows that have a weight, likewise.

    Returns
    -------
    n_moved : int
        Rows with a weight that moved in the last step.
    inertia : float
        Inertia about the centres of the last step.
    """
    n_clusters, n_columns = centers.shape
    n_paired = n_clusters + n_clusters % 2
    paired, halves = np.empty((n_paired, n_columns)), np.empty(n_paired)
    scores = np.empty((2, BLOCK_ROWS))
    best, gathered = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    nearest = np.empty(BLOCK_ROWS, np.int64)
    n_moved, inertia = 0, np.inf
    for step in range(max_steps):
        for cluster in range(n_paired):
            halves[cluster] = 0.0 if cluster < n_clusters else np.inf
            for column in range(n_columns):
                value = centers[min(cluster, n_clusters - 1), column]
                paired[cluster, column] = value
                halves[cluster] += value * value / 2
        n_moved = 0
        for row in range(BLOCK_ROWS):
            gathered[row] = 0.0
        for block in range(blocks.shape[0]):
            find_best(blocks[block], paired, halves, scores, nearest, best)
            for row in range(BLOCK_ROWS):
                gathered[row] += weights[block, row] * best[row]
            for row in range(BLOCK_ROWS):
                new, old, weight = nearest[row], np.int64(labels[block, row]), weights[block, row]
                if new == old or weight == 0.0:
                    continue
                labels[block, row] = new
                n_moved += 1
                for sign in (1, -1):
                    own = new if sign > 0 else old
                    if own >= 0:
                        counts[block // CHUNK_BLOCKS, own] += sign
                        totals[block // CHUNK_BLOCKS, own] += sign * weight
                        for column in range(n_columns):
                            moment = weight * blocks[block, column, row]
                            sums[block // CHUNK_BLOCKS, own, column] += sign * moment
        before, inertia = inertia, scatter
        for row in range(BLOCK_ROWS):
            inertia -= 2.0 * gathered[row]
        gain = before - inertia
        hopeless = step > 0 and inertia - limit > PATIENCE * gain
        if n_moved == 0 or step + 1 == max_steps or gain <= SETTLED * inertia or hopeless:
            break
        for cluster in range(n_clusters):
            if counts[0, cluster] > 0:
                for column in range(n_columns):
                    centers[cluster, column] = sums[0, cluster, column] / totals[0, cluster]
    return n_moved, inertia


@kernel
def sum_rows(
    blocks: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    out_sums: np.ndarray,
    out_totals: np.ndarray,
    out_counts: np.ndarray,
) -> None:
    """Sum the clusters afresh: shapes as in `run_lloyd_steps`."""
    n_chunks, n_clusters, n_columns = out_sums.shape
    for chunk in range(n_chunks):
        for cluster in range(n_clusters):
            out_counts[chunk, cluster], out_totals[chunk, cluster] = 0, 0.0
            for column in range(n_columns):
                out_sums[chunk, cluster, column] = 0.0
    for block in range(blocks.shape[0]):
        chunk = block // CHUNK_BLOCKS
        for row in range(BLOCK_ROWS):
            weight, label = weights[block, row], labels[block, row]
            if weight > 0.0:
                out_counts[chunk, label] += 1
                out_totals[chunk, label] += weight
                for column in range(n_columns):
                    out_sums[chunk, label, column] += weight * blocks[block, column, row]
