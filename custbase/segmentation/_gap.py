"""The gap statistic: inertia against that of boxes without segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._threads import thread_map
from ._kmeans import search_inertia
from ._rows import weighted_rows

N_BOXES = 20
# Rows do not differ along an axis with less than this share of the largest variance: a product
# of matrices leaves as much.
FLAT = 1e-14
MAX_ROWS = 3000  # rows that are clustered, of the data and of every box
N_INIT = 3  # searches for every set of points


def choose_gap(
    X: np.ndarray,
    n_clusters: Sequence[int],
    *,
    sample_weight: np.ndarray,
    random_state: np.random.RandomState,
    n_jobs: int | None = 1,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Choose among consecutive numbers of clusters by the gap statistic.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The rows to cluster.
    n_clusters : sequence of n_curve int
        Numbers of clusters, each one more than that before.
    sample_weight : ndarray of shape (n_rows,)
        Weights of the rows.
    random_state : RandomState
        Draws rows and boxes, and starts k-means.
    n_jobs : int or None, default=1
        Threads.

    Returns
    -------
    gap : ndarray of shape (n_curve,)
        Gap of every number of clusters.
    errors : ndarray of shape (n_curve,)
        Its standard error.
    position : int
        Position of the chosen number.

    Notes
    -----
    With W_k the inertia of the rows and W_bk that of box b, drawn uniformly from
    the bounding box of the rows along their principal axes::

        Gap(k) = mean_b log W_bk - log W_k
        s_k = sd_b(log W_bk) sqrt(1 + 1/B)

    Chosen is the smallest k with Gap(k) >= Gap(k + 1) - s_{k+1}, the last one if
    there is none. The B = 20 boxes are the same for every k. Rows and boxes get the
    same search: beyond 3000 rows, or if weights differ, that many rows are drawn by
    weight and stand for all. A box has as many points as rows are clustered.

    References
    ----------
    .. [1] R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of
       clusters in a data set via the gap statistic", JRSS B 63, 2001.
    """
    rows = X[draw_by_weight(sample_weight, MAX_ROWS, random_state)].astype(np.float64)
    rows = turn_to_principal_axes(rows)
    low, high = rows.min(axis=0), rows.max(axis=0)
    curve = _log_inertia(rows, n_clusters, random_state)
    seeds = random_state.randint(2**31 - 1, size=N_BOXES)

    def cluster_box(seed: int) -> np.ndarray:
        own_state = np.random.RandomState(seed)
        return _log_inertia(own_state.uniform(low, high, rows.shape), n_clusters, own_state)

    with thread_map(n_jobs, N_BOXES) as parallel:
        boxes = np.array(parallel(cluster_box, seeds))
    gap = boxes.mean(axis=0) - curve
    errors = boxes.std(axis=0) * np.sqrt(1 + 1 / N_BOXES)
    enough = np.append(gap[:-1] >= gap[1:] - errors[1:], True)
    return gap, errors, int(enough.argmax())


def draw_by_weight(
    weights: np.ndarray, max_rows: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Row numbers in which every row is expected in proportion to its weight.

    All rows that have weight if they are no more than `max_rows` of equal weight;
    otherwise one draw from each of as many equal slices of the cumulated weight.
    """
    counted = np.flatnonzero(weights > 0)
    n_draws = min(len(counted), max_rows)
    if n_draws == len(counted) and (weights[counted] == weights[counted[0]]).all():
        return counted
    cumulated = np.cumsum(weights[counted])
    draws = (np.arange(n_draws) + random_state.uniform(size=n_draws)) / n_draws * cumulated[-1]
    positions = np.searchsorted(cumulated, draws, side="right")
    return counted[np.minimum(positions, len(counted) - 1)]


def turn_to_principal_axes(rows: np.ndarray) -> np.ndarray:
    """Rows about their mean, in the coordinates of the principal axes along which they differ."""
    centered = rows - rows.mean(axis=0)
    variances, axes = np.linalg.eigh(centered.T @ centered)
    axes = axes[:, variances >= FLAT * variances[-1]]
    # Either sign is as good; which one comes out hangs on the last bit.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    return centered @ (axes * np.sign(largest))


def _log_inertia(
    rows: np.ndarray, n_clusters: Sequence[int], random_state: np.random.RandomState
) -> np.ndarray:
    """Logarithm of the inertia for every number of clusters; none left counts as rounding."""
    with weighted_rows(rows) as matrix:
        inertia = search_inertia(matrix, n_clusters, n_init=N_INIT, random_state=random_state)
    return np.log(np.maximum(inertia, max(1e-12 * inertia[0], np.finfo(np.float64).tiny)))
