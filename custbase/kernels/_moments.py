"""Moments of clusters, chunk by chunk."""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from ._spans import CHUNK_ROWS


@kernel
def sum_deviations(
    X: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    origins: np.ndarray,
    out_sums: np.ndarray,
    out_squares: np.ndarray,
    out_weights: np.ndarray,
    out_counts: np.ndarray,
) -> None:
    """Add up the weighted deviations of the rows from the origin of their cluster.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    labels : ndarray of shape (n_rows,)
        Cluster of every row; those of negative label, or without weight, are left out.
    weights : ndarray of shape (n_rows,)
        Weights of the rows, float64.
    origins : ndarray of shape (n_clusters, n_columns)
        Points near the clusters, float64.
    out_sums : ndarray of shape (n_chunks, n_clusters, n_columns)
        The weighted deviations are added to their chunks.
    out_squares, out_weights : ndarray of shape (n_chunks, n_clusters)
        Likewise the weighted squared lengths of the deviations, and the weights.
    out_counts : ndarray of shape (n_chunks, n_clusters)
        Likewise the numbers of rows, int64.
    """
    for row in range(X.shape[0]):
        chunk, label, weight = row // CHUNK_ROWS, labels[row], weights[row]
        if label < 0 or weight == 0.0:
            continue
        square = 0.0
        for column in range(X.shape[1]):
            deviation = X[row, column] - origins[label, column]
            out_sums[chunk, label, column] += weight * deviation
            square += deviation * deviation
        out_squares[chunk, label] += weight * square
        out_weights[chunk, label] += weight
        out_counts[chunk, label] += 1
