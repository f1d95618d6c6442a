"""Search for good first centres, for several numbers of clusters at once.

Beside its own seeds, every number of clusters is helped by its neighbours: on the
way up, the solution for k with one more centre is a start for k + 1; on the way
down, the solution for k + 1 with two clusters made one is a start for k. A start
ends as soon as it can no longer win.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kernels._blocks import BLOCK_ROWS
from ..kernels._search import add_centers, run_moves
from ._rows import Blocks

MAX_STEPS = 20
SETTLED = 1e-4  # of the inertia: a step that gains less is the last
N_MERGERS = 3  # pairs of clusters of k + 1 that are made one in turn on the way down


def draw_numbers(n_clusters: Sequence[int], random_state: np.random.RandomState) -> np.ndarray:
    """Random numbers of a search: for every new centre, as many trials as scikit-learn takes."""
    return random_state.uniform(size=(2 * n_clusters[-1], 2 + int(np.log(n_clusters[-1]))))


def search_centers(
    blocks: Blocks, n_clusters: Sequence[int], draws: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Search for centres for consecutive numbers of clusters.

    Parameters
    ----------
    blocks : Blocks
        One chunk of rows.
    n_clusters : sequence of n_searched int
        Consecutive numbers of clusters.
    draws : ndarray of shape (2 * most, n_trials)
        Random numbers from 0 to 1; `most` is the largest number of clusters.

    Returns
    -------
    centers : list of n_searched ndarray of shape (k, n_columns)
        The centres.
    inertia : ndarray of shape (n_searched,)
        Their inertia.
    """
    size, most = len(n_clusters), n_clusters[-1]
    seeds = np.zeros((most, blocks.values.shape[1]))
    cumulated = blocks.weights.cumsum()
    at = np.searchsorted(cumulated, draws[0, 0] * cumulated[-1], side="right")
    seeds[0] = blocks.values[at // BLOCK_ROWS, :, at % BLOCK_ROWS]
    add_centers(blocks.values, blocks.weights, draws, 1, 1, most, seeds)
    # Seeds lie in the first slots, solutions in the others.
    centers, masses = np.tile(seeds, (2 * size, 1, 1)), np.zeros((2 * size, most))
    inertia = np.full(2 * size, np.inf)
    n_columns, first = len(blocks.shift), 0
    if n_clusters[0] == 1:
        # One cluster has one solution.
        first, masses[size, 0] = 1, cumulated[-1]
        centers[size, 0, :n_columns] = (blocks.mean - blocks.shift) * blocks.scale
        inertia[size] = cumulated[-1] * blocks.variances.sum() * blocks.scale**2
    found = np.arange(size + first, 2 * size)
    moves = np.array(
        [
            *((slot - size, slot, 0) for slot in found),
            *((slot - 1, slot, 0) for slot in range(size + 1, 2 * size)),
            *((slot + 1, slot, rank) for slot in found[-2::-1] for rank in range(N_MERGERS)),
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    run_moves(
        blocks.values,
        blocks.weights,
        MAX_STEPS,
        SETTLED,
        moves,
        draws[most + moves[:, 1] - size],
        np.tile(n_clusters, 2),
        centers,
        masses,
        inertia,
    )
    centers = centers[size:, :, :n_columns] / blocks.scale + blocks.shift
    solutions = [one[:k] for one, k in zip(centers, n_clusters, strict=True)]
    return solutions, inertia[size:] / blocks.scale**2
