"""Silhouettes of squared distances from the moments of the clusters.

The mean squared distance of a row to a cluster is that to its mean plus the
spread of the cluster about it, so a row needs only its distances to the means.
They are summed directly, as ``(x - c)**2``, of rows and means seen from a point
among them, so that offsets do not cancel.
"""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, measure_center, turn_block
from ._compile import kernel
from ._spans import CHUNK_ROWS


@kernel
def measure_silhouettes(
    X: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    origin: np.ndarray,
    means: np.ndarray,
    spreads: np.ndarray,
    counts: np.ndarray,
    out: np.ndarray,
    out_sums: np.ndarray,
) -> None:
    """Silhouette of every row, and their weighted sum.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    labels : ndarray of shape (n_rows,)
        Cluster of every row; negative ones belong to none.
    weights : ndarray of shape (n_rows,)
        Weights of the rows, float64.
    origin : ndarray of shape (n_columns,)
        A point near the rows, float64.
    means : ndarray of shape (n_clusters, n_columns)
        Means of the clusters, as seen from `origin`, float64.
    spreads : ndarray of shape (n_clusters,)
        Mean squared distance of the rows of a cluster to its mean.
    counts : ndarray of shape (n_clusters,)
        Weights of the clusters; one without weight is nobody's neighbour.
    out : ndarray of shape (n_rows,)
        Set to the silhouettes; NaN for a row of no cluster.
    out_sums : ndarray of shape (n_chunks,)
        The sums over the rows of clusters are added to their chunks.
    """
    n_columns = X.shape[1]
    block = np.empty((1, n_columns, BLOCK_ROWS))
    distances, own, other = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    for start in range(0, X.shape[0], BLOCK_ROWS):
        size = turn_block(X, start, block)
        for column in range(n_columns):
            for row in range(BLOCK_ROWS):
                block[0, column, row] -= origin[column]
        for row in range(BLOCK_ROWS):
            own[row], other[row] = np.inf, np.inf
        for cluster in range(means.shape[0]):
            if counts[cluster] <= 0.0:
                continue
            # A row is no neighbour of its own.
            share = counts[cluster] / (counts[cluster] - 1.0) if counts[cluster] > 1.0 else 0.0
            measure_center(block, np.int64(0), means, cluster, distances)
            for row in range(size):
                # Selections of values at hand, never branches: so this becomes SIMD code.
                at_home, distance = (
                    labels[start + row] == cluster,
                    distances[row] + spreads[cluster],
                )
                own[row] = distance * share if at_home else own[row]
                nearer = distance < other[row] and not at_home
                other[row] = distance if nearer else other[row]
        for row in range(size):
            label = labels[start + row]
            if label < 0:
                out[start + row] = np.nan
                continue
            larger = own[row] if own[row] > other[row] else other[row]
            silhouette = 0.0
            if larger > 0.0 and counts[label] > 1.0:
                silhouette = (other[row] - own[row]) / larger
            out[start + row] = silhouette
            out_sums[start // CHUNK_ROWS] += weights[start + row] * silhouette
