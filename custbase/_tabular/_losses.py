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
