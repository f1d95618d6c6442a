"""Loop of the gamma-gamma model of spend."""

from __future__ import annotations

import math

import numpy as np

from ._compile import kernel
from ._growth import STEEP, log_growth


@kernel
def sum_gamma_gamma(
    frequency: np.ndarray,
    value: np.ndarray,
    weights: np.ndarray,
    params: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add up what the log-likelihood has of single customers, and its derivatives.

    That is ``-w (p x ln(1 + v / (x z)) + q ln(1 + x z / v) + ln(z))``.

    Parameters
    ----------
    frequency, value : ndarray of shape (n_rows,)
        x, and z, the mean value of a purchase.
    weights : ndarray of shape (n_rows,)
        w.
    params : ndarray of shape (3,)
        p, q, v.
    out : ndarray of shape (7,)
        The sum, its derivatives by p, q and v, and its second derivatives by p and v, by q
        and v, and by v twice; the others are 0.
    """
    p, q, v = params
    out[:] = 0.0
    for i in range(frequency.shape[0]):
        x, weight = frequency[i], weights[i]
        spent, own = x * value[i], p * x
        inverse, shape = 1.0 / (v + spent), own + q
        by_own, by_usual = log_growth(spent, v, own > STEEP), log_growth(v, spent, q > STEEP)
        out[0] -= weight * (own * by_own + q * by_usual + math.log(value[i]))
        out[1] -= weight * x * by_own
        out[2] -= weight * by_usual
        out[3] -= weight * shape * inverse
        out[4] -= weight * x * inverse
        out[5] -= weight * inverse
        out[6] += weight * shape * inverse * inverse
