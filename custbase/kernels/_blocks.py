"""Rows in blocks that are turned into columns, and the distances of a block to centres.

The innermost loops run over the rows of a block, one independent sum each, and
become SIMD code without reordering an addition. A block always holds
`BLOCK_ROWS` rows, the last one padded: so no row is ever handled by the scalar
end of a loop, and equal rows get equal bits wherever they stand.
"""

from __future__ import annotations

import numpy as np

from ._compile import fused_kernel, kernel

# With a few columns a block stays in the nearest cache.
BLOCK_ROWS = 256


@kernel
def turn_block(X: np.ndarray, start: int, out: np.ndarray) -> int:
    """Copy rows of `X` from row `start` on into the columns of `out`; return their number.

    The rest of `out` stays as it is.
    """
    n_rows = min(BLOCK_ROWS, X.shape[0] - start)
    for column in range(X.shape[1]):
        for row in range(n_rows):
            out[column, row] = X[start + row, column]
    return n_rows


@fused_kernel
def measure_center(block: np.ndarray, center: np.ndarray, out: np.ndarray) -> None:
    """Squared distances of the rows of a block to one centre.

    Summed directly, as ``(x - c)**2``, so that duplicates tie exactly and offsets
    do not cancel.
    """
    for row in range(BLOCK_ROWS):
        out[row] = 0.0
    for column in range(center.shape[0]):
        coordinate, values = center[column], block[column]
        for row in range(BLOCK_ROWS):
            out[row] += (values[row] - coordinate) * (values[row] - coordinate)


@kernel
def find_nearest(
    block: np.ndarray, centers: np.ndarray, out_labels: np.ndarray, out_distances: np.ndarray
) -> None:
    """Nearest centre of every row of a block, of equally near ones the first, and its distance."""
    distances = np.empty(BLOCK_ROWS)
    measure_center(block, centers[0], out_distances)
    for row in range(BLOCK_ROWS):
        out_labels[row] = 0
    for cluster in range(1, centers.shape[0]):
        measure_center(block, centers[cluster], distances)
        for row in range(BLOCK_ROWS):
            # Two selections instead of a branch, which could not become SIMD code.
            nearer = distances[row] < out_distances[row]
            out_labels[row] = cluster if nearer else out_labels[row]
            out_distances[row] = distances[row] if nearer else out_distances[row]


@fused_kernel
def score_center(block: np.ndarray, center: np.ndarray, half: float, out: np.ndarray) -> None:
    """Scores ``x c - c c / 2`` of the rows of a block: the higher, the nearer."""
    for row in range(BLOCK_ROWS):
        out[row] = -half
    for column in range(center.shape[0]):
        coordinate, values = center[column], block[column]
        for row in range(BLOCK_ROWS):
            out[row] += coordinate * values[row]


@fused_kernel
def score_pair(
    block: np.ndarray, centers: np.ndarray, halves: np.ndarray, first: int, out: np.ndarray
) -> None:
    """Scores as those of `score_center`, for the centre `first` and the next one."""
    n_columns = centers.shape[1]
    a, b = centers[first], centers[first + 1]
    out_a, out_b = out[0], out[1]
    for row in range(BLOCK_ROWS):
        out_a[row], out_b[row] = -halves[first], -halves[first + 1]
    column = 0
    while column + 4 <= n_columns:
        a0, a1, a2, a3 = a[column], a[column + 1], a[column + 2], a[column + 3]
        b0, b1, b2, b3 = b[column], b[column + 1], b[column + 2], b[column + 3]
        x0, x1, x2, x3 = block[column], block[column + 1], block[column + 2], block[column + 3]
        for row in range(BLOCK_ROWS):
            out_a[row] += a0 * x0[row] + a1 * x1[row] + a2 * x2[row] + a3 * x3[row]
            out_b[row] += b0 * x0[row] + b1 * x1[row] + b2 * x2[row] + b3 * x3[row]
        column += 4
    while column < n_columns:
        a0, b0, x0 = a[column], b[column], block[column]
        for row in range(BLOCK_ROWS):
            out_a[row] += a0 * x0[row]
            out_b[row] += b0 * x0[row]
        column += 1


@kernel
def find_best(
    block: np.ndarray,
    centers: np.ndarray,
    halves: np.ndarray,
    scores: np.ndarray,
    out_labels: np.ndarray,
    out_scores: np.ndarray,
) -> None:
    """Centre of the best score of every row of a block, of equal ones the first.

    Centres come in pairs; one that makes up for an odd number has an infinite half.
    """
    for row in range(BLOCK_ROWS):
        out_labels[row], out_scores[row] = 0, -np.inf
    a, b = scores[0], scores[1]
    for pair in range(centers.shape[0] // 2):
        first = 2 * pair
        score_pair(block, centers, halves, first, scores)
        for row in range(BLOCK_ROWS):
            # Selections instead of branches, which could not become SIMD code.
            label, best = out_labels[row], out_scores[row]
            better = a[row] > best
            label = first if better else label
            best = a[row] if better else best
            better = b[row] > best
            out_labels[row] = first + 1 if better else label
            out_scores[row] = b[row] if better else best
