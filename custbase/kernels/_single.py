"""Lloyd's step for many rows: measured in single precision, decided in double.

A block of float32 is half as long to read and twice as fast to measure. Where the
two best scores of a row are nearer to each other than rounding can tell, which is
one row in a hundred thousand, the row is measured again, in float64. So the
clusters are those of `run_lloyd_steps`.
"""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, score_pair, turn_block
from ._compile import helper_kernel, kernel, prefer_wide_vectors
from ._spans import CHUNK_BLOCKS

ROUNDING = 2.0**-24


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
        As those of `step_single`; `out` holds zeros.
    out_sums, out_squares : ndarray of shape (n_blocks, n_columns)
        Set to the weighted sums of the rows less `shift`, and of their squares.
    """
    block, lengths = np.empty((1, X.shape[1], BLOCK_ROWS)), np.empty(BLOCK_ROWS)
    for number in range(out.shape[0]):
        size = turn_block(X, number * BLOCK_ROWS, block)
        for row in range(size):
            lengths[row] = 0.0
        for column in range(X.shape[1]):
            total, squares = 0.0, 0.0
            for row in range(size):
                value = block[0, column, row] - shift[column]
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
def step_single(
    blocks: np.ndarray,
    weights: np.ndarray,
    longest: np.ndarray,
    scale: float,
    X: np.ndarray,
    shift: np.ndarray,
    centers: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> int:
    """Move rows to the clusters of their nearest centres, and keep the sums.

    Parameters
    ----------
    blocks : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        Rows less `shift`, times `scale`, float32.
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
    centers : ndarray of shape (n_clusters, n_columns)
        Centres about that point.
    labels, sums, totals, counts : ndarray
        As in `run_lloyd_steps`.

    Returns
    -------
    int
        Rows with a weight that changed their cluster.
    """
    n_clusters, n_columns = centers.shape
    n_paired = n_clusters + n_clusters % 2
    paired, halves = np.empty((n_paired, n_columns), np.float32), np.empty(n_paired, np.float32)
    farthest = 0.0
    for cluster in range(n_paired):
        # One that makes up for an odd number is never the best.
        like, square = cluster if cluster < n_clusters else 0, 0.0
        for column in range(n_columns):
            value = centers[like, column] * scale
            paired[cluster, column] = value
            square += value * value
        halves[cluster] = square / 2 if cluster < n_clusters else np.inf
        farthest = max(farthest, np.sqrt(square))
    scores = np.empty((2, BLOCK_ROWS), np.float32)
    best, gaps = np.empty(BLOCK_ROWS, np.float32), np.empty(BLOCK_ROWS, np.float32)
    nearest = np.empty(BLOCK_ROWS, np.int32)
    n_moved = 0
    for block in range(blocks.shape[0]):
        find_clearly_best(blocks, block, paired, halves, n_paired // 2, scores, nearest, best, gaps)
        # Of two scores: inputs, products and sums are rounded.
        error = np.float32(2 * (n_columns + 6) * ROUNDING * farthest * (longest[block] + farthest))
        n_open = 0
        for row in range(BLOCK_ROWS):
            is_clear = error < gaps[row] < np.inf  # not where single precision overflows
            n_open += 0 if is_clear and nearest[row] == labels[block, row] else 1
        if n_open == 0:
            continue
        for row in range(BLOCK_ROWS):
            new, old, weight = int(nearest[row]), labels[block, row], weights[block, row]
            is_clear = error < gaps[row] < np.inf
            if weight == 0.0 or (is_clear and new == old):
                continue
            at = block * BLOCK_ROWS + row
            if not is_clear:
                new = find_exactly(X, at, shift, centers)
                if new == old:
                    continue
            labels[block, row] = new
            n_moved += 1
            for sign in (1, -1):
                own = new if sign > 0 else int(old)
                if own >= 0:
                    counts[block // CHUNK_BLOCKS, own] += sign
                    totals[block // CHUNK_BLOCKS, own] += sign * weight
                    for column in range(n_columns):
                        moment = weight * (X[at, column] - shift[column])
                        sums[block // CHUNK_BLOCKS, own, column] += sign * moment
    return n_moved


@helper_kernel
def find_clearly_best(
    blocks: np.ndarray,
    block: int,
    centers: np.ndarray,
    halves: np.ndarray,
    n_pairs: int,
    scores: np.ndarray,
    out_labels: np.ndarray,
    out_scores: np.ndarray,
    out_gaps: np.ndarray,
) -> None:
    """As `find_best`, and how much the best score of a row is above the second."""
    prefer_wide_vectors()
    for row in range(BLOCK_ROWS):
        out_labels[row], out_scores[row], out_gaps[row] = 0, -np.inf, -np.inf
    for pair in range(n_pairs):
        # As wide as a score, so that as many of them fit into a vector.
        labels = np.int32(2 * pair), np.int32(2 * pair + 1)
        score_pair(blocks, block, centers, halves, 2 * pair, scores)
        for row in range(BLOCK_ROWS):
            label, best, second = out_labels[row], out_scores[row], out_gaps[row]
            score = scores[0, row]
            better = score > best
            worse = best if better else score
            second = worse if worse > second else second
            label = labels[0] if better else label
            best = score if better else best
            score = scores[1, row]
            better = score > best
            worse = best if better else score
            out_gaps[row] = worse if worse > second else second
            out_labels[row] = labels[1] if better else label
            out_scores[row] = score if better else best
    for row in range(BLOCK_ROWS):
        out_gaps[row] = out_scores[row] - out_gaps[row]


@helper_kernel
def find_exactly(X: np.ndarray, row: int, shift: np.ndarray, centers: np.ndarray) -> int:
    """Centre of the best score of one row, of equal ones the first, in double precision."""
    nearest, best = 0, -np.inf
    for cluster in range(centers.shape[0]):
        score = 0.0
        for column in range(centers.shape[1]):
            coordinate = centers[cluster, column]
            score += coordinate * (X[row, column] - shift[column] - coordinate / 2)
        if score > best:
            nearest, best = cluster, score
    return nearest
