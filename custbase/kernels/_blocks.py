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
LEAST, SECOND, WORK_ROWS = 2, 3, 4  # of what `find_two_nearest` works with


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
def pair_centers(centers: np.ndarray, n_clusters: int, scale: float, out: np.ndarray) -> None:
    """Copy centres times `scale`, in the pairs that `find_two_nearest` takes."""
    for cluster in range(n_clusters + n_clusters % 2):
        for column in range(out.shape[1]):
            value = 0.0
            if cluster >= n_clusters:
                value = np.inf
            elif column < centers.shape[1]:
                value = centers[cluster, column] * scale
            out[cluster, column] = value


@helper_kernel
def find_two_nearest(
    blocks: np.ndarray,
    block: int,
    centers: np.ndarray,
    n_pairs: int,
    work: np.ndarray,
    out: np.ndarray,
) -> None:
    """Nearest centre of every row of a block, and the two least squared distances.

    All in single precision, of equally near centres the first. The distances are set in the
    rows `LEAST` and `SECOND` of `work`, whose other two rows keep sums.

    Centres and columns come in pairs, which half as many passes over a block take: a column
    that makes up for an odd number holds zeros, such a centre is infinitely far. The last
    pair of columns goes straight on to the choice.
    """
    prefer_wide_vectors()
    for row in range(BLOCK_ROWS):
        out[row], work[LEAST, row], work[SECOND, row] = 0, np.inf, np.inf
    last = centers.shape[1] - 2
    for pair in range(n_pairs):
        one, other = 2 * pair, 2 * pair + 1
        # As wide as a distance, so that as many of them fit into a vector.
        labels = np.int32(one), np.int32(other)
        for row in range(BLOCK_ROWS):
            work[0, row], work[1, row] = np.float32(0.0), np.float32(0.0)
        for i in range(0, last, 2):
            j = i + 1
            a0, a1, b0, b1 = centers[one, i], centers[one, j], centers[other, i], centers[other, j]
            for row in range(BLOCK_ROWS):
                x0, x1 = blocks[block, i, row], blocks[block, j, row]
                work[0, row] += (x0 - a0) * (x0 - a0) + (x1 - a1) * (x1 - a1)
                work[1, row] += (x0 - b0) * (x0 - b0) + (x1 - b1) * (x1 - b1)
        i, j = last, last + 1
        a0, a1, b0, b1 = centers[one, i], centers[one, j], centers[other, i], centers[other, j]
        for row in range(BLOCK_ROWS):
            x0, x1 = blocks[block, i, row], blocks[block, j, row]
            label, least, second = out[row], work[LEAST, row], work[SECOND, row]
            # Selections instead of branches, which could not become SIMD code.
            distance = work[0, row] + ((x0 - a0) * (x0 - a0) + (x1 - a1) * (x1 - a1))
            nearer = distance < least
            farther = least if nearer else distance
            second = farther if farther < second else second
            label = labels[0] if nearer else label
            least = distance if nearer else least
            distance = work[1, row] + ((x0 - b0) * (x0 - b0) + (x1 - b1) * (x1 - b1))
            nearer = distance < least
            farther = least if nearer else distance
            work[SECOND, row] = farther if farther < second else second
            out[row] = labels[1] if nearer else label
            work[LEAST, row] = distance if nearer else least
