"""Passes of k-means over rows: to their exact nearest centres, and one step of Lloyd's."""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, find_best, find_nearest, turn_block
from ._compile import kernel

# Fixed, so that partial sums are the same for every number of threads.
CHUNK_BLOCKS = 32
CHUNK_ROWS = CHUNK_BLOCKS * BLOCK_ROWS


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
    n_columns = X.shape[1]
    shift = np.zeros(n_columns)
    block = np.empty((n_columns, BLOCK_ROWS))
    nearest = np.empty(BLOCK_ROWS)
    labels = np.empty(BLOCK_ROWS, np.int64)
    for start in range(0, X.shape[0], BLOCK_ROWS):
        chunk = start // CHUNK_ROWS
        size = turn_block(X, start, shift, block)
        find_nearest(block, centers, labels, nearest)
        for row in range(size):
            label, weight = labels[row], weights[start + row]
            out_labels[start + row] = label
            out_distances[start + row] = nearest[row]
            out_weights[chunk, label] += weight
            out_inertia[chunk, label] += weight * nearest[row]


@kernel
def fill_blocks(
    X: np.ndarray,
    shift: np.ndarray,
    weights: np.ndarray,
    out: np.ndarray,
    out_weights: np.ndarray,
    out_sums: np.ndarray,
    out_squares: np.ndarray,
) -> None:
    """Copy rows less `shift`, columns first; add up their weighted sums.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    shift : ndarray of shape (n_columns,)
        A point amid the rows.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    out : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        Set to the rows; zeros pad the last block.
    out_weights : ndarray of shape (n_blocks, BLOCK_ROWS)
        Set to their weights, zeros for the padding.
    out_sums, out_squares : ndarray of shape (n_chunks, n_columns)
        The weighted values and their squares are added to their chunks.
    """
    for start in range(0, X.shape[0], BLOCK_ROWS):
        block, chunk = start // BLOCK_ROWS, start // CHUNK_ROWS
        size = turn_block(X, start, shift, out[block])
        for row in range(BLOCK_ROWS):
            out_weights[block, row] = weights[start + row] if row < size else 0.0
        for column in range(X.shape[1]):
            for row in range(BLOCK_ROWS):
                value = out[block, column, row]
                out_sums[chunk, column] += out_weights[block, row] * value
                out_squares[chunk, column] += out_weights[block, row] * value * value


@kernel
def step_rows(
    blocks: np.ndarray,
    weights: np.ndarray,
    centers: np.ndarray,
    halves: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, float]:
    """Move rows to their nearest centres; keep the sums of the clusters.

    Parameters
    ----------
    blocks : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        Rows about a point amid them.
    weights : ndarray of shape (n_blocks, BLOCK_ROWS)
        Weights of the rows.
    centers : ndarray of shape (n_clusters, n_columns)
        Centres about the same point.
    halves : ndarray of shape (n_clusters,)
        Half their squared norms.
    labels : ndarray of shape (n_blocks, BLOCK_ROWS)
        Clusters so far, -1 for none; set to the new ones.
    sums : ndarray of shape (n_chunks, n_clusters, n_columns)
        Weighted sums of the clusters, changed by the rows that move.
    totals, counts : ndarray of shape (n_chunks, n_clusters)
        Their weights, and their numbers of rows that have a weight, likewise.

    Returns
    -------
    n_moved : int
        Rows with a weight that moved.
    score : float
        Weighted sum of the best scores: the inertia is the scatter about the point
        less twice of it.
    """
    n_columns = blocks.shape[1]
    scores = np.empty((4, BLOCK_ROWS))
    best = np.empty(BLOCK_ROWS)
    nearest = np.empty(BLOCK_ROWS, np.int64)
    n_moved, gathered = 0, np.zeros(BLOCK_ROWS)
    for block in range(blocks.shape[0]):
        chunk = block // CHUNK_BLOCKS
        find_best(blocks[block], centers, halves, scores, nearest, best)
        own, row_weights = labels[block], weights[block]
        for row in range(BLOCK_ROWS):
            gathered[row] += row_weights[row] * best[row]
        for row in range(BLOCK_ROWS):
            new, old, weight = nearest[row], own[row], row_weights[row]
            if new != old and weight > 0.0:
                own[row] = new
                n_moved += 1
                counts[chunk, new] += 1
                totals[chunk, new] += weight
                for column in range(n_columns):
                    sums[chunk, new, column] += weight * blocks[block, column, row]
                if old >= 0:
                    counts[chunk, old] -= 1
                    totals[chunk, old] -= weight
                    for column in range(n_columns):
                        sums[chunk, old, column] -= weight * blocks[block, column, row]
    total = 0.0
    for row in range(BLOCK_ROWS):
        total += gathered[row]
    return n_moved, total


@kernel
def sum_rows(
    blocks: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    out_sums: np.ndarray,
    out_totals: np.ndarray,
    out_counts: np.ndarray,
) -> None:
    """Sum the clusters afresh: shapes as in `step_rows`."""
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
