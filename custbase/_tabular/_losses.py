"""What held-out rows say of log-odds, and of amounts."""

from __future__ import annotations

import numpy as np
from scipy.special import kl_div


def mean_log_loss(log_odds: np.ndarray, hits: np.ndarray, weights: np.ndarray) -> float:
    """Weighted mean of minus the log-likelihood."""
    return float(np.average(np.logaddexp(0, np.where(hits, -log_odds, log_odds)), weights=weights))


def mean_deviance(y: np.ndarray, expected: np.ndarray, weights: np.ndarray) -> float:
    """Poisson's deviance of amounts, which need not be whole numbers.

    Parameters
    ----------
    y, expected : ndarray of shape (n_rows,)
        Amounts and their means.
    weights : ndarray of shape (n_rows,)
        Weights.

    Returns
    -------
    float
        2 (y log(y / m) - y + m), averaged.
    """
    return float(2.0 * np.average(kl_div(y, expected), weights=weights))


def choose_by_others(losses: np.ndarray) -> list[int]:
    """Candidate of the least loss in the other folds, for each fold.

    Parameters
    ----------
    losses : ndarray of shape (n_candidates, n_folds)
        A candidate that is judged in a fold that chose it would look better than it is.

    Returns
    -------
    list of int
        One for each fold.
    """
    folds = range(losses.shape[1])
    return [int(np.delete(losses, fold, axis=1).sum(axis=1).argmin()) for fold in folds]
