"""Lloyd's step with Hamerly's bounds: rows that cannot change their cluster are passed over.

A row keeps its cluster while the distance to its centre is below both its
distance to any other centre and half the gap between its centre and the next. Two
bounds a row tell so without measuring; the rows that need measuring are gathered
in a block, so that the measuring stays SIMD code.

Bounds are widened by what rounding can do, so the clusters are those of
`step_rows`.
"""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, score_center
from ._compile import kernel
from ._kmeans import CHUNK_BLOCKS

ROUNDING = 4 * np.finfo(np.float64).eps


@kernel
def step_bounded(
    blocks: np.ndarray,
    weights: np.ndarray,
    centers: np.ndarray,
    halves: np.ndarray,
    moves: np.ndarray,
    drifts: np.ndarray,
    gaps: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, int]:
    """Move rows to the clusters of their nearest centres; keep the sums and the bounds.

    Parameters
    ----------
    blocks, weights, centers, halves, labels, sums, totals, counts : ndarray
        As in `step_rows`.
    moves, drifts : ndarray of shape (n_clusters,)
        How far each centre has moved since the last step, and the farthest move of any other.
    gaps : ndarray of shape (n_clusters,)
        Half the distance of each centre to the nearest other one.
    upper, lower : ndarray of shape (n_blocks, BLOCK_ROWS)
        Bounds of the distance to the own centre from above, to all others from below.

    Returns
    -------
    n_moved, n_measured : int
        Rows with a weight that moved, and that were measured.
    """
    gathered = np.empty((blocks.shape[1], BLOCK_ROWS))
    at = np.empty(BLOCK_ROWS, np.int64)
    n_moved, n_measured, waiting = 0, 0, 0
    for block in range(blocks.shape[0]):
        for row in range(BLOCK_ROWS):
            if weights[block, row] == 0.0:
                continue
            label = labels[block, row]
            if label >= 0:
                upper[block, row] += moves[label]
                lower[block, row] -= drifts[label]
                if upper[block, row] < max(lower[block, row], gaps[label]):
                    continue
            at[waiting] = block * BLOCK_ROWS + row
            for column in range(blocks.shape[1]):
                gathered[column, waiting] = blocks[block, column, row]
            waiting += 1
            n_measured += 1
            if waiting == BLOCK_ROWS:
                n_moved += move_gathered(
                    gathered, at, waiting, weights, centers, halves, labels, upper, lower,
                    sums, totals, counts,
                )  # fmt: skip
                waiting = 0
    n_moved += move_gathered(
        gathered, at, waiting, weights, centers, halves, labels, upper, lower, sums, totals, counts
    )
    return n_moved, n_measured


@kernel
def move_gathered(
    gathered: np.ndarray,
    at: np.ndarray,
    n_rows: int,
    weights: np.ndarray,
    centers: np.ndarray,
    halves: np.ndarray,
    labels: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> int:
    """Measure gathered rows against all centres, and move them; shapes as in `step_bounded`."""
    n_columns = gathered.shape[0]
    best, second = np.full(BLOCK_ROWS, -np.inf), np.full(BLOCK_ROWS, -np.inf)
    scores, norms = np.empty(BLOCK_ROWS), np.zeros(BLOCK_ROWS)
    nearest = np.zeros(BLOCK_ROWS, np.int64)
    farthest = 0.0
    for cluster in range(centers.shape[0]):
        farthest = max(farthest, 2.0 * halves[cluster])
        score_center(gathered, centers[cluster], halves[cluster], scores)
        for row in range(BLOCK_ROWS):
            better = scores[row] > best[row]
            second[row] = max(second[row], min(scores[row], best[row]))
            nearest[row] = cluster if better else nearest[row]
            best[row] = scores[row] if better else best[row]
    for column in range(n_columns):
        for row in range(BLOCK_ROWS):
            norms[row] += gathered[column, row] * gathered[column, row]
    n_moved = 0
    for waiting in range(n_rows):
        block, row = at[waiting] // BLOCK_ROWS, at[waiting] % BLOCK_ROWS
        error = (n_columns + 4) * ROUNDING * (norms[waiting] + farthest)
        upper[block, row] = np.sqrt(max(norms[waiting] - 2.0 * best[waiting], 0.0) + error)
        lower[block, row] = np.sqrt(max(norms[waiting] - 2.0 * second[waiting] - error, 0.0))
        new, old, weight = nearest[waiting], labels[block, row], weights[block, row]
        if new == old:
            continue
        labels[block, row] = new
        chunk = block // CHUNK_BLOCKS
        n_moved += 1
        counts[chunk, new] += 1
        totals[chunk, new] += weight
        for column in range(n_columns):
            sums[chunk, new, column] += weight * gathered[column, waiting]
        if old >= 0:
            counts[chunk, old] -= 1
            totals[chunk, old] -= weight
            for column in range(n_columns):
                sums[chunk, old, column] -= weight * gathered[column, waiting]
    return n_moved
