"""Lloyd's steps: measured in single precision, decided in double.

A block of float32 is half as long to read and twice as fast to measure. Where the
two least distances of a row are nearer to each other than rounding can tell, which is
one row in a hundred thousand, the row is measured again, in float64. So all rows are
with their nearest centres, and the sums of the clusters are those of float64.
"""

from __future__ import annotations

import numpy as np

from ._blocks import (
    BLOCK_ROWS,
    LEAST,
    SECOND,
    WORK_ROWS,
    find_two_nearest,
    pair_centers,
)
from ._compile import helper_kernel, kernel
from ._spans import CHUNK_BLOCKS

ROUNDING = 2.0**-24
LARGE = np.float32(1e38)  # what overflows is farther
UNCLEAR = np.int32(-2)  # instead of a cluster; -1 is none


@kernel
def cut_singles(
    X: np.ndarray,
    shift: np.ndarray,
    scale: float,
    weights: np.ndarray,
    out: np.ndarray,
    out_longest: np.ndarray,
    out_sums: np.ndarray,
    out_squares: np.ndarray,
) -> None:
    """Cut rows into blocks in single precision.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Rows, float64 or float32.
    shift, scale, weights, out, out_longest : ndarray, float, ndarray, ndarray, ndarray
        As those of `run_lloyd_steps`; `out` holds zeros.
    out_sums, out_squares : ndarray of shape (n_blocks, n_columns)
        Set to the weighted sums of the rows less `shift`, and of their squares.
    """
    lengths = np.empty(BLOCK_ROWS)
    for number in range(out.shape[0]):
        start = number * BLOCK_ROWS
        size = X.shape[0] - start if start + BLOCK_ROWS > X.shape[0] else BLOCK_ROWS
        for row in range(size):
            lengths[row] = 0.0
        for column in range(X.shape[1]):
            origin, total, squares = shift[column], 0.0, 0.0
            for row in range(size):
                value = X[start + row, column] - origin
                moment = weights[number, row] * value
                total += moment
                squares += moment * value
                lengths[row] += value * value
                out[number, column, row] = value * scale
            out_sums[number, column], out_squares[number, column] = total, squares
        longest = 0.0
        for row in range(size):
            longest = lengths[row] if lengths[row] > longest else longest
        out_longest[number] = np.sqrt(longest) * scale


@kernel
def run_lloyd_steps(
    blocks: np.ndarray,
    weights: np.ndarray,
    longest: np.ndarray,
    scale: float,
    X: np.ndarray,
    shift: np.ndarray,
    max_steps: int,
    tol: float,
    centers: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, int]:
    """Move rows to the clusters of their nearest centres, and centres to their means, in turn.

    The last thing is that rows move: one step leaves the centres alone, and can be
    taken by threads on parts of the rows.

    Parameters
    ----------
    blocks : ndarray of shape (n_blocks, n_paired_columns, BLOCK_ROWS)
        Rows less `shift`, times `scale`, float32; a column of zeros makes up for an odd
        number.
    weights : ndarray of shape (n_blocks, BLOCK_ROWS)
        Weights of the rows.
    longest : ndarray of shape (n_blocks,)
        Largest length of any row of a block, scaled.
    scale : float
        A power of two that keeps squares in the range of float32.
    X : ndarray of shape (n_rows, n_columns)
        The rows, float64 or float32.
    shift : ndarray of shape (n_columns,)
        A point amid the rows.
    max_steps : int
        Most steps.
    tol : float
        A step is the last that moves the centres by no more, as a sum of squares; so is
        one that moves no row, and one that leaves a cluster empty.
    centers : ndarray of shape (n_clusters, n_columns)
        Centres about that point; set to those that the rows moved to last.
    labels : ndarray of shape (n_blocks, BLOCK_ROWS)
        Clusters, -1 for none; rows without weight have one and take no part in it.
    sums : ndarray of shape (n_chunks, n_clusters, n_columns)
        Weighted sums of the clusters, changed by the rows that change theirs.
    totals, counts : ndarray of shape (n_chunks, n_clusters)
        Their weights, and their numbers of rows that have a weight, likewise.

    Returns
    -------
    n_steps, n_moved : int
        Steps, and the rows with a weight that changed their cluster in the last of them.
    """
    n_clusters, n_columns = centers.shape
    n_pairs = (n_clusters + 1) // 2
    paired = np.empty((2 * n_pairs, blocks.shape[1]), np.float32)
    means = np.empty((n_clusters, n_columns))
    n_steps, n_moved = 0, 0
    while n_steps < max_steps:
        pair_centers(centers, n_clusters, scale, paired)
        n_moved = move_rows(
            blocks, weights, longest, X, shift, centers, paired, n_pairs,
            labels, sums, totals, counts,
        )  # fmt: skip
        n_steps += 1
        if n_moved == 0 or n_steps == max_steps:
            break
        drift = 0.0
        for cluster in range(n_clusters):
            total, count = 0.0, 0
            for chunk in range(totals.shape[0]):
                total += totals[chunk, cluster]
                count += counts[chunk, cluster]
            for column in range(n_columns):
                moment = 0.0
                for chunk in range(totals.shape[0]):
                    moment += sums[chunk, cluster, column]
                means[cluster, column] = moment / total
                gap = means[cluster, column] - centers[cluster, column]
                # An empty cluster ends the steps.
                drift += gap * gap if count > 0 else -np.inf
        if drift <= tol:
            break
        for cluster in range(n_clusters):
            for column in range(n_columns):
                centers[cluster, column] = means[cluster, column]
    return n_steps, n_moved


@helper_kernel
def move_rows(
    blocks: np.ndarray,
    weights: np.ndarray,
    longest: np.ndarray,
    X: np.ndarray,
    shift: np.ndarray,
    centers: np.ndarray,
    paired: np.ndarray,
    n_pairs: int,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> int:
    """Take one of the steps of `run_lloyd_steps`, with centres paired as well."""
    work = np.empty((WORK_ROWS, BLOCK_ROWS), np.float32)
    nearest, n_moved = np.empty(BLOCK_ROWS, np.int32), 0
    for block in range(blocks.shape[0]):
        find_two_nearest(blocks, block, paired, n_pairs, work, nearest)
        mark_unclear(work, longest[block], blocks.shape[1], nearest)
        n_open = 0
        for row in range(BLOCK_ROWS):
            n_open += 0 if nearest[row] == labels[block, row] else 1
        if n_open == 0:
            continue
        for row in range(BLOCK_ROWS):
            new, old, weight = int(nearest[row]), int(labels[block, row]), weights[block, row]
            at, chunk = block * BLOCK_ROWS + row, block // CHUNK_BLOCKS
            if new == old or at >= X.shape[0]:
                continue
            if new == UNCLEAR:
                new = find_exactly(X, at, shift, centers)
            labels[block, row] = new
            if new == old or weight == 0.0:
                continue
            n_moved += 1
            counts[chunk, new] += 1
            totals[chunk, new] += weight
            for column in range(X.shape[1]):
                sums[chunk, new, column] += weight * (X[at, column] - shift[column])
            if old >= 0:
                counts[chunk, old] -= 1
                totals[chunk, old] -= weight
                for column in range(X.shape[1]):
                    sums[chunk, old, column] -= weight * (X[at, column] - shift[column])
    return n_moved


@helper_kernel
def mark_unclear(work: np.ndarray, longest: float, n_columns: int, nearest: np.ndarray) -> None:
    """Mark the rows whose nearest centre may be another one, because of rounding.

    With rows and centres rounded by u, a distance d of a row of length r is off by no more
    than u (2 r + n d / 2), where n is the number of columns and some more; so a squared one
    is by no more than u (4 r d + n d^2) + (u (2 r + n d / 2))^2, and of two no more than
    twice that for the farther one.
    """
    length = np.float32(longest)
    share, rest = np.float32(2 * (n_columns + 10) * ROUNDING), np.float32(16 * ROUNDING**2)
    slope, rest = np.float32(8 * ROUNDING) * length, rest * length * length
    for row in range(BLOCK_ROWS):
        far = work[SECOND, row] if work[SECOND, row] < LARGE else LARGE
        gap = (far - work[LEAST, row]) - (share * far + rest)
        # Without a square root; where squares vanish, rows are not clear.
        is_clear = gap > np.float32(0.0) and gap * gap > slope * slope * far
        nearest[row] = nearest[row] if is_clear else UNCLEAR


@helper_kernel
def find_exactly(X: np.ndarray, row: int, shift: np.ndarray, centers: np.ndarray) -> int:
    """Nearest centre of one row, of equally near ones the first, in double precision."""
    nearest, least = 0, np.inf
    for cluster in range(centers.shape[0]):
        distance = 0.0
        for column in range(centers.shape[1]):
            gap = (X[row, column] - shift[column]) - centers[cluster, column]
            distance += gap * gap
        if distance < least:
            nearest, least = cluster, distance
    return nearest
