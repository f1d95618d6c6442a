"""Consensus: as many clusters as come back when the customers are drawn again.

Over a split too many, clusterings of bootstrap samples disagree: each cuts a cloud in
another direction. But the longest axis of a cloud without segments is halved the same
way every time, so being stable is not enough: clusters have to be clearly more stable
than those of a box with the covariance of the data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._gap import draw_by_weight, turn_to_principal_axes
from ._kmeans import sweep_kmeans
from ._lloyd import Solution
from ._rows import assign, weighted_rows

STABLE = 0.85  # mean Jaccard similarity from which on Hennig calls a cluster highly stable
BOX_FRACTION = 0.5  # of the instability of boxes: more is that of a cloud cut into pieces
N_BOOTSTRAPS = 20
N_BOXES = 5
N_BOX_BOOTSTRAPS = 10
MAX_ROWS = 3000  # rows that partitions are compared on
BOOTSTRAP_ROWS = 500  # most rows of a bootstrap sample
MAX_ITER = 100


def choose_consensus(
    X: np.ndarray,
    solutions: Sequence[Solution],
    *,
    sample_weight: np.ndarray,
    random_state: np.random.RandomState,
) -> tuple[np.ndarray, list[np.ndarray], int]:
    """Choose among solutions with consecutive numbers of clusters by their stability.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The rows that were clustered.
    solutions : sequence of n_curve Solution
        One more cluster each.
    sample_weight : ndarray of shape (n_rows,)
        Weights of the rows.
    random_state : RandomState
        Draws samples and boxes, and starts k-means.

    Returns
    -------
    scores : ndarray of shape (n_curve,)
        Mean adjusted Rand index of the partition and those of bootstrap samples; 1
        for one cluster.
    stability : list of n_curve ndarray of shape (n_clusters,)
        For every cluster, in the order of the centres, the mean Jaccard similarity
        to the most similar cluster of a bootstrap sample: above 0.75 it is stable,
        below 0.6 doubtful. NaN if none of its rows was drawn.
    position : int
        Position of the chosen solution.

    Notes
    -----
    Each of 20 bootstrap samples, of at most 500 rows, is clustered into every
    number of clusters, and all rows (of many, 3000 drawn by weight) are assigned to
    the nearest of its centres and of those of the solution. Chosen is the largest
    number whose least stable cluster has a stability J of at least 0.85 and is at
    most half as unstable as in boxes, ``1 - J <= (1 - J_box) / 2``: J_box is that of
    the most stable of 5 uniform boxes with the covariance of the rows, clustered and
    sampled alike. If there is none, it is the first number.

    References
    ----------
    .. [1] C. Hennig, "Cluster-wise assessment of cluster stability", Computational
       Statistics & Data Analysis 52, 2007.
    .. [2] L. Hubert and P. Arabie, "Comparing partitions", Journal of
       Classification 2, 1985.
    """
    rows = X[draw_by_weight(sample_weight, MAX_ROWS, random_state)].astype(np.float64)
    scores, stability = _measure_stability(rows, solutions, N_BOOTSTRAPS, random_state)
    least = np.array([each.min() for each in stability])
    stable = np.flatnonzero(least >= STABLE)
    if stable.size:
        # The same range for boxes as for rows: how well k-means searches depends on it.
        n_clusters = [len(run.centers) for run in solutions]
        boxes = _least_stability_of_boxes(rows, n_clusters, random_state)
        stable = stable[1 - least[stable] <= BOX_FRACTION * (1 - boxes[stable])]
    return scores, stability, int(stable[-1]) if stable.size else 0


def _least_stability_of_boxes(
    rows: np.ndarray, n_clusters: Sequence[int], random_state: np.random.RandomState
) -> np.ndarray:
    """Stability of the least stable cluster in the best of some boxes of the same covariance."""
    turned = turn_to_principal_axes(rows)
    half_widths = np.sqrt(3.0) * turned.std(axis=0)
    least = np.empty((N_BOXES, len(n_clusters)))
    for box in least:
        points = random_state.uniform(-half_widths, half_widths, turned.shape)
        solutions = _sweep(points, n_clusters, random_state)
        _, stability = _measure_stability(points, solutions, N_BOX_BOOTSTRAPS, random_state)
        box[:] = [each.min() for each in stability]
    return least.max(axis=0)


def _measure_stability(
    rows: np.ndarray,
    solutions: Sequence[Solution],
    n_bootstraps: int,
    random_state: np.random.RandomState,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Mean adjusted Rand index of every solution, and mean Jaccard similarity of its clusters."""
    n_clusters = [len(run.centers) for run in solutions]
    size = min(len(rows), BOOTSTRAP_ROWS)
    indices = np.empty((n_bootstraps, len(solutions)))
    similarities = [np.empty((n_bootstraps, k)) for k in n_clusters]
    with weighted_rows(rows) as matrix:
        labels = [assign(matrix, run.centers).labels for run in solutions]
        for b in range(n_bootstraps):
            sample = rows[random_state.randint(len(rows), size=size)]
            for i, run in enumerate(_sweep(sample, n_clusters, random_state)):
                again = assign(matrix, run.centers).labels
                table = count_pairs(labels[i], again, n_clusters[i])
                indices[b, i] = adjusted_rand_index(table)
                similarities[i][b] = largest_jaccard_similarity(table)
    return indices.mean(axis=0), [each.mean(axis=0) for each in similarities]


def _sweep(
    rows: np.ndarray, n_clusters: Sequence[int], random_state: np.random.RandomState
) -> list[Solution]:
    """Run k-means on rows of equal weight."""
    with weighted_rows(rows) as matrix:
        return sweep_kmeans(
            matrix, n_clusters, n_init=1, max_iter=MAX_ITER, tol=0.0, random_state=random_state
        )


def count_pairs(labels: np.ndarray, others: np.ndarray, n_clusters: int) -> np.ndarray:
    """Number of rows for every pair of a label and another label, (n_clusters, n_clusters)."""
    pairs = labels.astype(np.intp) * n_clusters + others
    return np.bincount(pairs, minlength=n_clusters**2).reshape(n_clusters, n_clusters)


def adjusted_rand_index(table: np.ndarray) -> float:
    """Agreement of two partitions, corrected for chance, from the counts of pairs of labels."""
    joint, first, second, every = (
        float((counts * (counts - 1)).sum())
        for counts in (table, table.sum(axis=1), table.sum(axis=0), table.sum())
    )
    # Both put every row into one cluster, or every row into its own.
    if first == second == joint:
        return 1.0
    chance = first * second / every
    return (joint - chance) / ((first + second) / 2 - chance)


def largest_jaccard_similarity(table: np.ndarray) -> np.ndarray:
    """For every cluster of the first partition the similarity to the nearest of the second."""
    union = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    similarity = np.divide(table, union, out=np.zeros(table.shape), where=union > 0).max(axis=1)
    return np.where(table.any(axis=1), similarity, np.nan)
