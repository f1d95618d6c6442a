"""A pass of k-means over rows, to their exact nearest centres."""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, measure_center, turn_block
from ._compile import kernel
from ._spans import CHUNK_ROWS


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
