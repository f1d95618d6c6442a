"""The moves of a search for first centres, on a sample of the rows in blocks."""

from __future__ import annotations

import numpy as np

from ._blocks import BLOCK_ROWS, measure_center
from ._compile import kernel


@kernel
def measure_two(
    blocks: np.ndarray,
    weights: np.ndarray,
    centers: np.ndarray,
    out_distances: np.ndarray,
    out_costs: np.ndarray,
) -> None:
    """Measure the distances to the nearest centres, and what the loss of a centre would cost.

    Parameters
    ----------
    blocks, weights : ndarray
        Rows as in `run_lloyd_steps`.
    centers : ndarray of shape (n_clusters, n_columns)
        Centres about the same point.
    out_distances : ndarray of shape (n_blocks, BLOCK_ROWS)
        Set to the squared distances to the nearest centre.
    out_costs : ndarray of shape (n_clusters,)
        The inertia that the rows of a cluster gain when they go to their second centres is added.
    """
    distances, second = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    labels = np.empty(BLOCK_ROWS, np.int64)
    for block in range(blocks.shape[0]):
        first = out_distances[block]
        for row in range(BLOCK_ROWS):
            first[row], second[row], labels[row] = np.inf, np.inf, 0
        for cluster in range(centers.shape[0]):
            measure_center(blocks[block], centers[cluster], distances)
            for row in range(BLOCK_ROWS):
                nearer = distances[row] < first[row]
                second[row] = min(second[row], max(distances[row], first[row]))
                labels[row] = cluster if nearer else labels[row]
                first[row] = distances[row] if nearer else first[row]
        for row in range(BLOCK_ROWS):
            out_costs[labels[row]] += weights[block, row] * (second[row] - first[row])


@kernel
def sum_shortened(
    blocks: np.ndarray,
    weights: np.ndarray,
    distances: np.ndarray,
    candidates: np.ndarray,
    out: np.ndarray,
) -> None:
    """Sum what distances remain when one of some candidate centres is added.

    Parameters
    ----------
    blocks, weights : ndarray
        Rows as in `run_lloyd_steps`.
    distances : ndarray of shape (n_blocks, BLOCK_ROWS)
        Squared distances to the nearest centre so far.
    candidates : ndarray of shape (n_candidates, n_columns)
        Candidate centres.
    out : ndarray of shape (n_candidates,)
        The weighted sums with each candidate on its own are added.
    """
    shortened, sums = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    for candidate in range(candidates.shape[0]):
        for row in range(BLOCK_ROWS):
            sums[row] = 0.0
        for block in range(blocks.shape[0]):
            measure_center(blocks[block], candidates[candidate], shortened)
            for row in range(BLOCK_ROWS):
                sums[row] += weights[block, row] * min(shortened[row], distances[block, row])
        for row in range(BLOCK_ROWS):
            out[candidate] += sums[row]
