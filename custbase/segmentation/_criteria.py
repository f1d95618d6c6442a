"""Criteria for the number of clusters that are a formula on the solutions of a sweep.

Each gives one score a solution. Where a formula has no value, as silhouettes have
none for one cluster, the score is NaN and the solution is never chosen for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import xlogy

from ..kernels._silhouette import sum_silhouettes
from ..kernels._spans import Span
from ._lloyd import Solution
from ._rows import Rows, sum_moments


def choose_highest(scores: np.ndarray) -> int:
    """Position of the highest score, the first of equal ones; 0 if all are NaN."""
    return int(np.where(np.isnan(scores), -np.inf, scores).argmax())


def choose_lowest(scores: np.ndarray) -> int:
    """Position of the lowest score, the first of equal ones; 0 if all are NaN."""
    return choose_highest(-scores)


def silhouette(rows: Rows, solution: Solution, labels: np.ndarray) -> float:
    """Weighted mean silhouette of squared distances; the highest is best.

    Parameters
    ----------
    rows : Rows
        The rows.
    solution : Solution
        The clusters; their centres need not be exact means.
    labels : ndarray of shape (n_rows,)
        Cluster of every row; -1 is noise and takes no part.

    Returns
    -------
    float
        Mean of `custbase.metrics.squared_silhouette_samples`; NaN unless at least
        two clusters have weight.
    """
    if len(solution.centers) < 2:
        return np.nan
    moments, counts = solution.moments, solution.weights
    if moments is None or labels is not solution.labels:
        moments = sum_moments(rows, solution.centers, labels.astype(np.int32, copy=False))
        counts = moments.weights
    labels = labels.astype(np.int32, copy=False)
    if np.count_nonzero(counts) < 2:
        return np.nan
    blocks, sums = rows.blocks, np.zeros(rows.n_chunks)
    about_shift, spreads = moments.centers - blocks.shift + moments.shifts, moments.spreads

    def sum_span(span: Span) -> None:
        sum_silhouettes(
            blocks.values[span.blocks],
            blocks.longest[span.blocks],
            blocks.scale,
            rows.X[span.rows],
            blocks.shift,
            labels[span.rows],
            rows.weights[span.rows],
            about_shift,
            spreads,
            counts,
            sums[span.chunks],
        )

    rows.map(sum_span, rows.spans)
    return float(sums.sum()) / float(counts.sum())


def calinski_harabasz(solutions: Sequence[Solution], *, total: np.ndarray | float) -> np.ndarray:
    """Ratio of the variance between clusters to that within them; the highest is best.

    Parameters
    ----------
    solutions : sequence of n_curve Solution
        Solutions to compare.
    total : ndarray of shape (n_curve,) or float
        Weighted sum of the squared distances to the mean of all rows but noise.

    Returns
    -------
    ndarray of shape (n_curve,)
        ``((T - W) / (k - 1)) / (W / (n - k))``, where n is the sum of the weights;
        inf where nothing is left within, NaN for one cluster and where n <= k.
    """
    k, n, inertia = _sizes(solutions)
    defined = (k > 1) & (n > k)
    between = (total - inertia) / np.where(defined, k - 1, np.nan)
    within = inertia / np.where(defined, n - k, np.nan)
    return np.divide(between, within, out=np.where(between > 0, np.inf, np.nan), where=within > 0)


def bic(solutions: Sequence[Solution], *, n_columns: int) -> np.ndarray:
    """Bayesian information criterion of round clusters of one variance; the lowest is best.

    Parameters
    ----------
    solutions : sequence of n_curve Solution
        Solutions to compare.
    n_columns : int
        Columns of the rows that are not constant: one that is has no variance to model.

    Returns
    -------
    ndarray of shape (n_curve,)
        ``-2 log L + p log n`` for n the sum of the weights, d columns and
        p = k d + (k - 1) + 1 parameters, with every row in its own cluster:
        ``log L = sum_c n_c log(n_c / n) - n d / 2 (log(2 pi W / (n d)) + 1)``; -inf
        where nothing is left within.
    """
    k, n, inertia = _sizes(solutions)
    # Of no rows there is nothing to say.
    n = np.where(n > 0, n, np.nan)
    shares = [run.weights / total for run, total in zip(solutions, n, strict=True)]
    entropy = np.array([xlogy(share, share).sum() for share in shares])
    variance = inertia / (n * n_columns)
    log_variance = np.log(variance, out=np.full(len(k), -np.inf), where=variance > 0)
    log_likelihood = n * entropy - n * n_columns / 2 * (np.log(2 * np.pi) + log_variance + 1)
    return -2 * log_likelihood + (k * n_columns + k) * np.log(n)


def _sizes(solutions: Sequence[Solution]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of clusters, weight of all rows and inertia of every solution."""
    k = np.array([len(run.centers) for run in solutions])
    weight = np.array([run.weights.sum() for run in solutions])
    return k, weight, np.array([run.inertia for run in solutions])


def kneedle(inertia: np.ndarray) -> tuple[np.ndarray, int]:
    """Height of the curve of inertia below its chord, and its first knee.

    Parameters
    ----------
    inertia : ndarray of shape (n_curve,)
        Inertia of consecutive numbers of clusters.

    Returns
    -------
    scores : ndarray of shape (n_curve,)
        ``(1 - y) - x`` of the curve scaled to the unit square; 0 if it is flat.
    position : int
        Position of the knee; 0 if there is none.

    Notes
    -----
    Kneedle offline with sensitivity 1: a local maximum is the knee once the scores
    after it, before they reach a local minimum, fall by more than one step of x.
    Of equal neighbours the last counts. The answer depends on where the curve ends.

    References
    ----------
    .. [1] V. Satopaa, J. Albrecht, D. Irwin and B. Raghavan, "Finding a 'kneedle' in
       a haystack", ICDCS Workshops 2011.
    """
    fall = np.ptp(inertia)
    if fall == 0:
        return np.zeros(len(inertia)), 0
    x = np.arange(len(inertia)) / (len(inertia) - 1)
    scores = 1 - (inertia - inertia.min()) / fall - x
    step = np.diff(x).mean()
    before, after = np.append(scores[0], scores[:-1]), np.append(scores[1:], scores[-1])
    is_top = (scores >= before) & (scores >= after)
    is_bottom = (scores <= before) & (scores <= after)
    top = None
    for position in range(len(scores) - 1):
        if is_top[position]:
            top = position
        if is_bottom[position]:
            top = None
        if top is not None and scores[position + 1] < scores[top] - step:
            return scores, top
    return scores, 0
