"""Loops of k-means: the nearest centre of every row, and the distances to new centres.

Rows are taken in small blocks that are turned into columns first: the innermost
loops then run over rows, one independent sum each, and become SIMD code without
reordering a single addition. Squared distances are summed directly, as
``(x - c)**2``, so that duplicates tie exactly and offsets do not cancel.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

# Rows turned into columns at a time; with a few columns they stay in the nearest cache.
BLOCK_ROWS = 256


@kernel
def transpose_block(X: np.ndarray, start: int, n_rows: int, out: np.ndarray) -> None:
    """Copy `n_rows` rows of `X` from row `start` into the columns of `out`."""
    for row in range(n_rows):
        for column in range(X.shape[1]):
            out[column, row] = X[start + row, column]


@kernel
def measure_block(block: np.ndarray, center: np.ndarray, n_rows: int, out: np.ndarray) -> None:
    """Squared distances of the first `n_rows` rows of a transposed block to one centre."""
    n_columns = center.shape[0]
    for row in range(n_rows):
        out[row] = 0.0
    # Four columns a pass: the running sums are read and written a quarter as often.
    column = 0
    while column + 4 <= n_columns:
        c0, c1, c2, c3 = center[column], center[column + 1], center[column + 2], center[column + 3]
        for row in range(n_rows):
            d0 = block[column, row] - c0
            d1 = block[column + 1, row] - c1
            d2 = block[column + 2, row] - c2
            d3 = block[column + 3, row] - c3
            out[row] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3)
        column += 4
    while column < n_columns:
        c0 = center[column]
        for row in range(n_rows):
            d0 = block[column, row] - c0
            out[row] += d0 * d0
        column += 1


@kernel
def assign_rows(
    X: np.ndarray,
    centers: np.ndarray,
    weights: np.ndarray,
    out_labels: np.ndarray,
    out_distances: np.ndarray,
    out_sums: np.ndarray,
    out_weights: np.ndarray,
    out_inertia: np.ndarray,
) -> None:
    """Assign every row to its nearest centre and add the row to that centre's sums.

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
    out_sums : ndarray of shape (n_clusters, n_columns)
        The weighted rows of every cluster are added.
    out_weights, out_inertia : ndarray of shape (n_clusters,)
        The weights, and the weighted squared distances, are added.
    """
    n_rows, n_columns = X.shape
    block = np.empty((n_columns, BLOCK_ROWS))
    distances = np.empty(BLOCK_ROWS)
    nearest = np.empty(BLOCK_ROWS)
    labels = np.empty(BLOCK_ROWS, np.int64)
    for start in range(0, n_rows, BLOCK_ROWS):
        size = min(BLOCK_ROWS, n_rows - start)
        transpose_block(X, start, size, block)
        measure_block(block, centers[0], size, nearest)
        labels[:] = 0
        for cluster in range(1, centers.shape[0]):
            measure_block(block, centers[cluster], size, distances)
            for row in range(size):
                # Two selections instead of a branch, which could not become SIMD code.
                nearer = distances[row] < nearest[row]
                labels[row] = cluster if nearer else labels[row]
                nearest[row] = distances[row] if nearer else nearest[row]
        for row in range(size):
            label, weight = labels[row], weights[start + row]
            out_labels[start + row] = label
            out_distances[start + row] = nearest[row]
            out_weights[label] += weight
            out_inertia[label] += weight * nearest[row]
            for column in range(n_columns):
                out_sums[label, column] += weight * X[start + row, column]


@kernel
def shorten_distances(
    X: np.ndarray,
    candidates: np.ndarray,
    weights: np.ndarray,
    distances: np.ndarray,
    out_distances: np.ndarray,
    out_potentials: np.ndarray,
) -> None:
    """Shorten the distances of the rows by each of some candidate centres on its own.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    candidates : ndarray of shape (n_candidates, n_columns)
        Candidate centres, float64.
    weights : ndarray of shape (n_rows,)
        Weights of the rows, float64.
    distances : ndarray of shape (n_rows,)
        Squared distances to the nearest centre so far.
    out_distances : ndarray of shape (n_candidates, n_rows)
        Set to the squared distances with the candidate added.
    out_potentials : ndarray of shape (n_candidates,)
        Their weighted sums are added.
    """
    n_rows, n_columns = X.shape
    block = np.empty((n_columns, BLOCK_ROWS))
    for start in range(0, n_rows, BLOCK_ROWS):
        size = min(BLOCK_ROWS, n_rows - start)
        transpose_block(X, start, size, block)
        for candidate in range(candidates.shape[0]):
            shortened = out_distances[candidate, start : start + size]
            measure_block(block, candidates[candidate], size, shortened)
            potential = 0.0
            for row in range(size):
                shortened[row] = min(shortened[row], distances[start + row])
                potential += weights[start + row] * shortened[row]
            out_potentials[candidate] += potential
