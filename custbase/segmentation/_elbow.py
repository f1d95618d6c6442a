"""Where the curve of inertia bends more than it would without segments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._kmeans import count_distinct_rows

# Clouds drawn of each family, and the most rows of one: enough for a standard error of
# a few percent of the gap, at a fraction of the cost of the sweep itself.
N_CLOUDS = 5
MAX_ROWS = 500
# How many standard errors the best gap must exceed zero by, or there is one segment only.
N_ERRORS = 3.0
# Distinct rows a segment, on average, below which a curve tells nothing about segments.
MIN_ROWS = 5


def choose_elbow(
    X: np.ndarray,
    inertia: np.ndarray,
    *,
    sample_weight: np.ndarray,
    run_kmeans: Callable[[np.ndarray, int, np.random.RandomState], float],
    random_state: np.random.RandomState,
    min_clusters: int = 1,
) -> tuple[np.ndarray, int]:
    """Compare the curve of inertia with curves of clouds without segments.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The rows that were clustered.
    inertia : ndarray of shape (n_curve,)
        Inertia of ``min_clusters``, ``min_clusters + 1``, ... clusters.
    sample_weight : ndarray of shape (n_rows,)
        Weights of the rows.
    run_kmeans : callable
        ``run_kmeans(cloud, n_clusters, random_state)`` returns the inertia of
        a cloud.
    random_state : RandomState
        Source of the clouds.
    min_clusters : int, default=1
        Number of clusters of the first inertia.

    Returns
    -------
    scores : ndarray of shape (n_curve,)
        The gap of every number of clusters; high is good, 0 is what chance does.
    n_clusters : int
        The chosen number.

    Notes
    -----
    The gap of k is the mean of ``log(W_cloud(k) / W_cloud(1))`` minus
    ``log(W(k) / W(1))``, for the family of clouds that explains more: a Gaussian
    of the same covariance, or a uniform box along the principal axes. Chosen is
    the smallest k whose gap is within one standard error of the largest, among
    those with five distinct rows a cluster on average; with ``min_clusters=1``,
    one cluster if no gap exceeds three standard errors.
    """
    n_clusters = np.arange(min_clusters, min_clusters + len(inertia))
    weights = sample_weight / sample_weight.sum()
    centered = X - weights @ X
    total = sample_weight @ (centered**2).sum(axis=1)
    if len(inertia) == 1 or total == 0:
        return np.zeros(len(inertia)), min_clusters
    variances, axes = np.linalg.eigh((centered * weights[:, None]).T @ centered)
    scale = np.sqrt(np.maximum(variances, 0.0))
    counted = centered[sample_weight > 0]
    rotated = counted @ axes
    low, high = rotated.min(axis=0), rotated.max(axis=0)
    # Repeated rows are no further evidence: a cloud has as many rows as X has distinct ones.
    shape = (count_distinct_rows(counted, MAX_ROWS), X.shape[1])

    # A perfect fit has no logarithm; it counts as rounding error left over.
    floor = np.finfo(np.float64).eps * total
    curve = np.log(np.maximum(inertia, floor) / total)
    gaps, errors = [], []
    for family in ("gaussian", "box"):
        curves = np.empty((N_CLOUDS, len(inertia)))
        for row in curves:
            if family == "gaussian":
                cloud = random_state.normal(size=shape) * scale
            else:
                cloud = random_state.uniform(low, high, size=shape)
            spread = ((cloud - cloud.mean(axis=0)) ** 2).sum()
            runs = [run_kmeans(cloud, min(int(k), len(cloud)), random_state) for k in n_clusters]
            row[:] = np.log(np.maximum(runs, np.finfo(np.float64).eps * spread) / spread)
        gaps.append(curves.mean(axis=0) - curve)
        errors.append(curves.std(axis=0, ddof=1) * np.sqrt(1 + 1 / N_CLOUDS))
    gap, error = np.min(gaps, axis=0), np.max(errors, axis=0)
    readable = (n_clusters == min_clusters) | (n_clusters * MIN_ROWS <= shape[0])
    best = int(np.where(readable, gap, -np.inf).argmax())
    if min_clusters == 1 and gap[best] <= N_ERRORS * error[best]:
        return gap, 1
    return gap, int(n_clusters[np.flatnonzero(gap >= gap[best] - error[best])[0]])
