"""Loop of the gamma-gamma model of spend."""

from __future__ import annotations

import math

import numpy as np

from ._compile import kernel


@kernel
def sum_gamma_gamma(
    frequency: np.ndarray,
    value: np.ndarray,
    weights: np.ndarray,
    params: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add up what the log-likelihood has of single customers, and its derivatives.

    That is ``w (p x ln(x z) - (p x + q) ln(v + x z) - ln(z))``.

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
        spent = x * value[i]
        spent_log, all_log, inverse = math.log(spent), math.log(v + spent), 1.0 / (v + spent)
        shape = p * x + q
        out[0] += weight * (p * x * spent_log - shape * all_log - math.log(value[i]))
        out[1] += weight * x * (spent_log - all_log)
        out[2] -= weight * all_log
        out[3] -= weight * shape * inverse
        out[4] -= weight * x * inverse
        out[5] -= weight * inverse
        out[6] += weight * shape * inverse * inverse
