"""Silhouettes of squared distances from the moments of the clusters.

The mean squared distance of a row to a cluster is that to its mean plus the
spread of the cluster about it, so a row needs only its distances to the means.
They are summed directly, as ``(x - c)**2``, of rows and means seen from a point
among them, so that offsets do not cancel.

Where only their mean is asked for, single precision finds out which cluster is next.
"""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, LEAST, SECOND, WORK_ROWS, measure_center, pair_centers, turn_block
from ._compile import helper_kernel, kernel
from ._single import UNCLEAR, mark_unclear
from ._spans import CHUNK_BLOCKS


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
    """Silhouette of every row.

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
        Set to the silhouettes; NaN for a row of no cluster.
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


@kernel
def sum_silhouettes(
    blocks: np.ndarray,
    longest: np.ndarray,
    scale: float,
    X: np.ndarray,
    shift: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    spreads: np.ndarray,
    counts: np.ndarray,
    out: np.ndarray,
) -> None:
    """Weighted sums of the silhouettes.

    Parameters
    ----------
    blocks, longest, scale, X, shift : ndarray, ndarray, float, ndarray, ndarray
        Rows as in `run_lloyd_steps`.
    labels, weights, means, spreads, counts : ndarray
        As in `measure_silhouettes`; the means as seen from `shift`. Two clusters at least
        have weight.
    out : ndarray of shape (n_chunks,)
        The sums over the rows of clusters are added to their chunks.
    """
    n_clusters = means.shape[0]
    singles = np.empty((n_clusters + 1, blocks.shape[1]), np.float32)
    wide, shares = np.empty(n_clusters, np.float32), np.empty(n_clusters)
    pair_centers(means, n_clusters, scale, singles)
    for cluster in range(n_clusters):
        wide[cluster] = spreads[cluster] * scale * scale
        # A row is no neighbour of its own.
        shares[cluster] = counts[cluster] / (counts[cluster] - 1.0)
    work, distances = (
        np.empty((WORK_ROWS, BLOCK_ROWS), np.float32),
        np.empty(BLOCK_ROWS, np.float32),
    )
    own, nearest = np.empty(BLOCK_ROWS, np.int32), np.empty(BLOCK_ROWS, np.int32)
    for block in range(blocks.shape[0]):
        start = block * BLOCK_ROWS
        size = X.shape[0] - start if start + BLOCK_ROWS > X.shape[0] else BLOCK_ROWS
        for row in range(size):
            own[row] = labels[start + row]
        for row in range(BLOCK_ROWS):
            nearest[row], work[LEAST, row], work[SECOND, row] = -1, np.inf, np.inf
        for cluster in range(n_clusters):
            if counts[cluster] <= 0.0:
                continue
            measure_center(blocks, block, singles, cluster, distances)
            choose_other(distances, wide[cluster], np.int32(cluster), own, nearest, work)
        mark_unclear(work, longest[block], blocks.shape[1], nearest)
        total = 0.0
        for row in range(size):
            at, label = start + row, int(own[row])
            if label < 0 or counts[label] <= 1.0:
                continue
            other = int(nearest[row])
            if other == UNCLEAR:
                other = find_other(X, at, shift, means, spreads, counts, label)
            inside, outside = spreads[label], spreads[other]
            for column in range(X.shape[1]):
                value = X[at, column] - shift[column]
                gap, far = value - means[label, column], value - means[other, column]
                inside += gap * gap
                outside += far * far
            inside *= shares[label]
            larger = inside if inside > outside else outside
            if larger > 0.0:
                total += weights[at] * ((outside - inside) / larger)
        out[block // CHUNK_BLOCKS] += total


@helper_kernel
def choose_other(
    distances: np.ndarray,
    spread: float,
    cluster: int | np.int32,
    own: np.ndarray,
    nearest: np.ndarray,
    work: np.ndarray,
) -> None:
    """Let a cluster be the nearest of those that rows are not of, where it is."""
    for row in range(BLOCK_ROWS):
        # Selections instead of branches, which could not become SIMD code.
        distance, label = distances[row] + spread, nearest[row]
        near, far = work[LEAST, row], work[SECOND, row]
        distance = np.float32(np.inf) if own[row] == cluster else distance
        nearer = distance < near
        farther = near if nearer else distance
        work[SECOND, row] = farther if farther < far else far
        nearest[row] = cluster if nearer else label
        work[LEAST, row] = distance if nearer else near


@helper_kernel
def find_other(
    X: np.ndarray,
    row: int,
    shift: np.ndarray,
    means: np.ndarray,
    spreads: np.ndarray,
    counts: np.ndarray,
    own: int,
) -> int:
    """Nearest of the clusters that a row is not of, in double precision."""
    nearest, least = -1, np.inf
    for cluster in range(means.shape[0]):
        distance = spreads[cluster]
        for column in range(X.shape[1]):
            gap = (X[row, column] - shift[column]) - means[cluster, column]
            distance += gap * gap
        if cluster != own and counts[cluster] > 0.0 and (nearest < 0 or distance < least):
            nearest, least = cluster, distance
    return nearest
