"""Lloyd's step with Hamerly's bounds: rows that cannot change their cluster are passed over.

A row keeps its cluster while the distance to its centre is below both its
distance to any other centre and half the gap between its centre and the next. Two
bounds a row tell so without measuring; the rows that need measuring are gathered
in a block, so that the measuring stays SIMD code.

Bounds are widened by what rounding can do, so the clusters are those of
`run_lloyd_steps`.
"""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, score_center
from ._compile import kernel
from ._spans import CHUNK_BLOCKS

ROUNDING = 4 * np.finfo(np.float64).eps


@kernel
def step_bounded(
    X: np.ndarray,
    shift: np.ndarray,
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
    X : ndarray of shape (n_rows, n_columns)
        Rows.
    shift : ndarray of shape (n_columns,)
        A point amid the rows.
    centers : ndarray of shape (n_clusters, n_columns)
        Centres about that point.
    weights, labels, sums, totals, counts : ndarray
        As in `run_lloyd_steps`.
    halves : ndarray of shape (n_clusters,)
        Half the squared norms of the centres.
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
    n_rows, n_columns = X.shape
    gathered = np.empty((1, n_columns, BLOCK_ROWS))
    at = np.empty(BLOCK_ROWS, np.int64)
    n_moved, n_measured, waiting = 0, 0, 0
    for position in range(n_rows + 1):
        if waiting == BLOCK_ROWS or position == n_rows:
            n_measured += waiting
            n_moved += move_gathered(
                gathered, at, waiting, weights, centers, halves, upper, lower,
                labels, sums, totals, counts,
            )  # fmt: skip
            waiting = 0
        if position == n_rows:
            break
        block, row = position // BLOCK_ROWS, position % BLOCK_ROWS
        if weights[block, row] == 0.0:
            continue
        label = labels[block, row]
        if label >= 0:
            upper[block, row] += moves[label]
            lower[block, row] -= drifts[label]
            if upper[block, row] < max(lower[block, row], gaps[label]):
                continue
        at[waiting] = position
        for column in range(n_columns):
            gathered[0, column, waiting] = X[position, column] - shift[column]
        waiting += 1
    return n_moved, n_measured


@kernel
def move_gathered(
    gathered: np.ndarray,
    at: np.ndarray,
    n_rows: int,
    weights: np.ndarray,
    centers: np.ndarray,
    halves: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    labels: np.ndarray,
    sums: np.ndarray,
    totals: np.ndarray,
    counts: np.ndarray,
) -> int:
    """Measure gathered rows against all centres, and move them; shapes as in `step_bounded`."""
    n_columns = gathered.shape[1]
    best, second = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    scores, norms = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    nearest = np.empty(BLOCK_ROWS, np.int64)
    for row in range(BLOCK_ROWS):
        best[row], second[row], norms[row], nearest[row] = -np.inf, -np.inf, 0.0, 0
    farthest = 0.0
    for cluster in range(centers.shape[0]):
        farthest = max(farthest, 2.0 * halves[cluster])
        score_center(gathered, np.int64(0), centers, cluster, halves[cluster], scores)
        for row in range(BLOCK_ROWS):
            better = scores[row] > best[row]
            second[row] = max(second[row], min(scores[row], best[row]))
            nearest[row] = cluster if better else nearest[row]
            best[row] = scores[row] if better else best[row]
    for column in range(n_columns):
        for row in range(BLOCK_ROWS):
            norms[row] += gathered[0, column, row] * gathered[0, column, row]
    n_moved = 0
    for waiting in range(n_rows):
        block, row = at[waiting] // BLOCK_ROWS, at[waiting] % BLOCK_ROWS
        error = (n_columns + 4) * ROUNDING * (norms[waiting] + farthest)
        upper[block, row] = np.sqrt(max(norms[waiting] - 2.0 * best[waiting], 0.0) + error)
        lower[block, row] = np.sqrt(max(norms[waiting] - 2.0 * second[waiting] - error, 0.0))
        new, old, weight = nearest[waiting], np.int64(labels[block, row]), weights[block, row]
        if new == old:
            continue
        labels[block, row] = new
        n_moved += 1
        chunk = block // CHUNK_BLOCKS
        for sign in (1, -1):
            own = new if sign > 0 else old
            if own >= 0:
                counts[chunk, own] += sign
                totals[chunk, own] += sign * weight
                for column in range(n_columns):
                    sums[chunk, own, column] += sign * (weight * gathered[0, column, waiting])
    return n_moved
