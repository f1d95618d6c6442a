"""Rows in blocks that are turned into columns, and the distances of a block to centres.

The innermost loops run over the rows of a block, one independent sum each, and
become SIMD code without reordering an addition. (A literal number of a block would
be compiled on its own, so it is passed as ``np.int64(0)``.) A block always holds
`BLOCK_ROWS` rows, the last one padded: so no row is ever handled by the scalar
end of a loop, and equal rows get equal bits wherever they stand.
"""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, prefer_wide_vectors

# With a few columns a block stays in the nearest cache.
BLOCK_ROWS = 256


@helper_kernel
def turn_block(X: np.ndarray, start: int, out: np.ndarray) -> int:
    """Copy rows of `X` from row `start` on into the columns of block 0 of `out`.

    Returns their number; the rest of the block stays as it is.
    """
    n_rows = X.shape[0] - start
    if n_rows > BLOCK_ROWS:
        n_rows = BLOCK_ROWS
    for column in range(X.shape[1]):
        for row in range(n_rows):
            out[0, column, row] = X[start + row, column]
    return n_rows


@helper_kernel
def measure_center(
    blocks: np.ndarray,
    block: int | np.int64,
    centers: np.ndarray,
    cluster: int | np.int64,
    out: np.ndarray,
) -> None:
    """Squared distances of the rows of a block to one centre.

    Summed directly, as ``(x - c)**2``, so that duplicates tie exactly and offsets
    do not cancel.
    """
    prefer_wide_vectors()
    for row in range(BLOCK_ROWS):
        out[row] = 0.0
    for column in range(centers.shape[1]):
        coordinate = centers[cluster, column]
        for row in range(BLOCK_ROWS):
            gap = blocks[block, column, row] - coordinate
            out[row] += gap * gap


@helper_kernel
def score_center(
    blocks: np.ndarray,
    block: int | np.int64,
    centers: np.ndarray,
    cluster: int,
    half: float,
    out: np.ndarray,
) -> None:
    """Scores ``x c - c c / 2`` of the rows of a block: the higher, the nearer."""
    prefer_wide_vectors()
    for row in range(BLOCK_ROWS):
        out[row] = -half
    for column in range(centers.shape[1]):
        coordinate = centers[cluster, column]
        for row in range(BLOCK_ROWS):
            out[row] += coordinate * blocks[block, column, row]


@helper_kernel
def score_pair(
    blocks: np.ndarray,
    block: int,
    centers: np.ndarray,
    halves: np.ndarray,
    first: int,
    out: np.ndarray,
) -> None:
    """Scores as those of `score_center`, for the centre `first` and the next one."""
    prefer_wide_vectors()
    n_columns, second = centers.shape[1], first + 1
    for row in range(BLOCK_ROWS):
        out[0, row], out[1, row] = -halves[first], -halves[second]
    column = 0
    while column + 4 <= n_columns:
        i, j, k = column + 1, column + 2, column + 3
        a0, a1, a2, a3 = (
            centers[first, column],
            centers[first, i],
            centers[first, j],
            centers[first, k],
        )
        b0, b1, b2, b3 = (
            centers[second, column],
            centers[second, i],
            centers[second, j],
            centers[second, k],
        )
        for row in range(BLOCK_ROWS):
            x0, x1 = blocks[block, column, row], blocks[block, i, row]
            x2, x3 = blocks[block, j, row], blocks[block, k, row]
            out[0, row] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3
            out[1, row] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3
        column += 4
    while column < n_columns:
        a0, b0 = centers[first, column], centers[second, column]
        for row in range(BLOCK_ROWS):
            out[0, row] += a0 * blocks[block, column, row]
            out[1, row] += b0 * blocks[block, column, row]
        column += 1


@helper_kernel
def find_best(
    blocks: np.ndarray,
    block: int,
    centers: np.ndarray,
    halves: np.ndarray,
    n_pairs: int,
    scores: np.ndarray,
    out_labels: np.ndarray,
    out_scores: np.ndarray,
) -> None:
    """Centre of the best score of every row of a block, of equal ones the first.

    Centres come in pairs; one that makes up for an odd number has an infinite half.
    """
    prefer_wide_vectors()
    for row in range(BLOCK_ROWS):
        out_labels[row], out_scores[row] = 0, -np.inf
    for pair in range(n_pairs):
        first = 2 * pair
        score_pair(blocks, block, centers, halves, first, scores)
        for row in range(BLOCK_ROWS):
            # Selections instead of branches, which could not become SIMD code.
            label, best = out_labels[row], out_scores[row]
            better = scores[0, row] > best
            label = first if better else label
            best = scores[0, row] if better else best
            better = scores[1, row] > best
            out_labels[row] = first + 1 if better else label
            out_scores[row] = scores[1, row] if better else best
