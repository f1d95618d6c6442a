"""Terms of a log-likelihood with their derivatives, which add up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import digamma, gammaln, zeta

# Of larger numbers few terms of the series of ln(Gamma) count.
LARGE = 1e3


class Terms(NamedTuple):
    """A sum, its derivatives by the parameters, and its second derivatives."""

    value: float
    first: np.ndarray  # (n_params,)
    second: np.ndarray  # (n_params, n_params)


def add_terms(*terms: Terms) -> Terms:
    """Add up terms of the same parameters."""
    value, first, second = (sum(parts) for parts in zip(*terms, strict=True))
    return Terms(float(value), np.asarray(first), np.asarray(second))


def symmetric(upper: np.ndarray) -> np.ndarray:
    """Complete an upper triangle."""
    return upper + np.triu(upper, 1).T


def gamma_terms(
    params: np.ndarray, which: np.ndarray, steps: np.ndarray, counts: np.ndarray
) -> Terms:
    """Sum of ``count * ln(Gamma(p + step) / Gamma(p))``, where p adds up some parameters.

    Several at a time: of few numbers, calls take longer than what they compute.

    Parameters
    ----------
    params : ndarray of shape (n_params,)
        All of them.
    which : ndarray of shape (n_sums, n_params)
        1.0 for those that each p adds up, 0.0 for the others.
    steps, counts : ndarray of shape (n_sums, n_distinct)
        Numbers, and how often they occur; negative counts subtract.

    Returns
    -------
    Terms
        The sum.
    """
    base = (which @ params)[:, None]
    both = base + steps
    # The trigamma function, for which scipy's polygamma takes ten times as long.
    curves = counts * (zeta(2, both) - zeta(2, base))
    slopes = counts * (digamma(both) - digamma(base))
    value = counts * (gammaln(both) - gammaln(base))
    second = (which.T * curves.sum(axis=1)) @ which
    return Terms(float(value.sum()), slopes.sum(axis=1) @ which, second)


def log_gamma_gap(base: np.ndarray | float, step: np.ndarray | float) -> np.ndarray:
    """Difference of ln(Gamma) between `base` and ``base + step``, in all digits.

    Parameters
    ----------
    base, step : ndarray or float
        Positive numbers.

    Returns
    -------
    ndarray
        The differences.
    """
    low, more = np.broadcast_arrays(*np.atleast_1d(base, step))
    gaps = gammaln(low + more) - gammaln(low)
    # Two large values differ in their last digits alone: terms of their series do not.
    large = low > LARGE
    low, more = low[large], more[large]
    high = low + more
    gaps[large] = (low - 0.5) * np.log1p(more / low) + more * (
        np.log(high) - 1 - 1 / 12 / low / high
    )
    return gaps


def digamma_gaps(base: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Differences of the digamma and the trigamma function, as `log_gamma_gap`.

    Parameters
    ----------
    base : ndarray of shape (n_distinct,)
        Positive numbers.
    step : float
        A positive number.

    Returns
    -------
    slopes, curves : ndarray of shape (n_distinct,)
        The differences.
    """
    high = base + step
    slopes, curves = digamma(high) - digamma(base), zeta(2, high) - zeta(2, base)
    large = base > LARGE
    near, far = 1 / base[large], 1 / high[large]
    fall = step * near * far
    slopes[large] = np.log1p(step * near) + fall * (1 / 2 + (near + far) / 12)
    curves[large] = -fall * (1 + (near + far) / 2 + (near**2 + near * far + far**2) / 6)
    return slopes, curves


def power_terms(params: np.ndarray, shape: int, rate: int, total: float) -> Terms:
    """Compute ``total * shape * ln(rate)`` of two parameters.

    Parameters
    ----------
    params : ndarray of shape (n_params,)
        All of them.
    shape, rate : int
        Numbers of the two.
    total : float
        Weight of all customers.

    Returns
    -------
    Terms
        The product.
    """
    exponent, base = params[shape], params[rate]
    first, second = np.zeros(len(params)), np.zeros((len(params), len(params)))
    first[shape], first[rate] = total * np.log(base), total * exponent / base
    second[shape, rate] = second[rate, shape] = total / base
    second[rate, rate] = -total * exponent / base**2
    return Terms(float(total * exponent * np.log(base)), first, second)
