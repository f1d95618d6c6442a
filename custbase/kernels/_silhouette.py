"""Loops of the silhouette of squared distances: moments of the clusters, then one value a row.

The mean squared distance of a row to a cluster is that to its mean plus the
spread of the cluster about it, so a row needs only its distances to the means.
They are summed directly, as ``(x - c)**2``, of rows and means seen from a point
among them, so that offsets do not cancel. The
innermost loops run over the rows of a small transposed block: one independent
sum each, which becomes SIMD code without reordering an addition.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

# Rows at a time; with a few columns they stay in the nearest cache.
BLOCK_ROWS = 256


@kernel
def sum_deviations(
    X: np.ndarray,
    labels: np.ndarray,
    origins: np.ndarray,
    weights: np.ndarray,
    out_sums: np.ndarray,
    out_squares: np.ndarray,
    out_weights: np.ndarray,
) -> None:
    """Add up the weighted deviations of the rows from the origin of their cluster.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    labels : ndarray of shape (n_rows,)
        Cluster of every row; negative ones are left out.
    origins : ndarray of shape (n_clusters, n_columns)
        Points near the clusters, float64.
    weights : ndarray of shape (n_rows,)
        Weights of the rows, float64.
    out_sums : ndarray of shape (n_clusters, n_columns)
        The weighted deviations are added.
    out_squares, out_weights : ndarray of shape (n_clusters,)
        The weighted squared lengths of the deviations, and the weights, are added.
    """
    for row in range(X.shape[0]):
        label, weight = labels[row], weights[row]
        if label < 0:
            continue
        square = 0.0
        for column in range(X.shape[1]):
            deviation = X[row, column] - origins[label, column]
            out_sums[label, column] += weight * deviation
            square += deviation * deviation
        out_squares[label] += weight * square
        out_weights[label] += weight


@kernel
def measure_silhouettes(
    X: np.ndarray,
    labels: np.ndarray,
    origin: np.ndarray,
    means: np.ndarray,
    spreads: np.ndarray,
    counts: np.ndarray,
    out: np.ndarray,
) -> None:
    """Silhouette of every row from the means and spreads of the clusters.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    labels : ndarray of shape (n_rows,)
        Cluster of every row; negative ones belong to none.
    origin : ndarray of shape (n_columns,)
        A point near the rows, float64.
    means : ndarray of shape (n_clusters, n_columns)
        Means of the clusters, as seen from `origin`, float64.
    spreads : ndarray of shape (n_clusters,)
        Mean squared distance of the rows of a cluster to its mean.
    counts : ndarray of shape (n_clusters,)
        Weights of the clusters; one without weight is nobody's neighbour.
    out : ndarray of shape (n_rows,)
        Set to the silhouette; NaN for a row of no cluster.
    """
    n_rows, n_columns = X.shape
    block = np.empty((n_columns, BLOCK_ROWS))
    distances = np.empty(BLOCK_ROWS)
    own = np.empty(BLOCK_ROWS)
    other = np.empty(BLOCK_ROWS)
    block_labels = np.empty(BLOCK_ROWS, np.int64)
    for start in range(0, n_rows, BLOCK_ROWS):
        size = min(BLOCK_ROWS, n_rows - start)
        for row in range(size):
            block_labels[row] = labels[start + row]
            own[row] = np.nan
            other[row] = np.inf
        for column in range(n_columns):
            offset = origin[column]
            for row in range(size):
                block[column, row] = X[start + row, column] - offset
        for cluster in range(means.shape[0]):
            if counts[cluster] <= 0:
                continue
            for row in range(size):
                distances[row] = spreads[cluster]
            for column in range(n_columns):
                mean = means[cluster, column]
                for row in range(size):
                    deviation = block[column, row] - mean
                    distances[row] += deviation * deviation
            for row in range(size):
                # Selections of values at hand, never branches: this too becomes SIMD code.
                at_home, distance = block_labels[row] == cluster, distances[row]
                own[row] = distance if at_home else own[row]
                distance = np.inf if at_home else distance
                other[row] = distance if distance < other[row] else other[row]
        for row in range(size):
            label = block_labels[row]
            if label < 0:
                out[start + row] = np.nan
            elif counts[label] <= 1:
                out[start + row] = 0.0
            else:
                # The row is no neighbour of its own.
                within = own[row] * (counts[label] / (counts[label] - 1))
                larger = max(within, other[row])
                out[start + row] = (other[row] - within) / larger if larger > 0 else 0.0
