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


def pick_least(losses: np.ndarray, said: list[list[np.ndarray]]) -> tuple[int, list[np.ndarray]]:
    """Take the candidate of the least loss, and keep what nobody chose it by.

    Parameters
    ----------
    losses : ndarray of shape (n_candidates, n_parts)
        Loss of the rows that each part holds out.
    said : list of list of ndarray
        What each candidate says of the rows of each part.

    Returns
    -------
    best : int
        Candidate of the least sum of losses.
    unseen : list of ndarray
        For each part, what is said by the candidate that the other parts would take.
    """
    unseen = []
    for part in range(losses.shape[1]):
        chosen = int(np.delete(losses, part, axis=1).sum(axis=1).argmin())
        unseen.append(said[chosen][part])
    return int(losses.sum(axis=1).argmin()), unseen
