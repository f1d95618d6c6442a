"""Means of functions of a probability that is beta distributed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

# Nodes are that far apart in log odds: functions here are analytic a quarter turn from the
# real line, so that the sum is exact but for rounding.
SPACING = 0.25
# And that share of the spread, where the distribution is narrow.
SPACING_OF_SPREAD = 0.5
# Log odds beyond which a function is what it is at 0, or 1.
FAR = 100.0
NEGLIGIBLE = 60.0
# The distribution ends within so many spreads, unless log odds are far.
MANY_SPREADS = 80.0
# Customers that are looked at together.
BLOCK_ROWS = 2**12


def beta_means(
    a: float,
    b: np.ndarray,
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    largest: float = 1.0,
) -> np.ndarray:
    """Mean of a function of p ~ Beta(a, b), customer by customer.

    By the trapezoidal rule on the log odds of p, which converges exponentially, for any a
    and b: the density of log odds is smooth where that of p has a pole at 0 or 1.

    Parameters
    ----------
    a : float
        First parameter.
    b : ndarray of shape (n_rows,)
        Second parameter; rows with the same one share nodes.
    function : callable
        Numbers of rows, and values of p (n_nodes,) -> values (n_rows, n_nodes), positive
        and falling.
    largest : float, default=1.0
        Its value at p = 0; at p = 1 it is about 1, or not much less than that.

    Returns
    -------
    ndarray of shape (n_rows,)
        The means.
    """
    means = np.empty(len(b))
    distinct, place = np.unique(b, return_inverse=True)
    order = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[order], np.arange(len(distinct) + 1))
    for i, value in enumerate(distinct):
        p, weights = beta_nodes(a, value, largest)
        for start in range(bounds[i], bounds[i + 1], BLOCK_ROWS):
            rows = order[start : min(start + BLOCK_ROWS, bounds[i + 1])]
            means[rows] = function(rows, p) @ weights
    return means


def beta_nodes(a: float, b: float, largest: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Nodes, and weights that add up to 1.

    Parameters
    ----------
    a, b : float
        Parameters of the distribution.
    largest : float, default=1.0
        What may stand at p = 0, beside 1 at the mode.

    Returns
    -------
    p, weights : ndarray of shape (n_nodes,)
        The first and last node, 0 and 1, stand for all that lie beyond, whose weights
        are a geometric series.
    """
    spread = np.sqrt(1 / a + 1 / b)
    step = min(SPACING, SPACING_OF_SPREAD * spread)
    middle = np.log(a) - np.log(b)

    def log_density(odds: np.ndarray) -> np.ndarray:
        return a * odds - (a + b) * np.logaddexp(0.0, odds)

    reach = min(FAR + abs(middle), MANY_SPREADS * spread)
    # As much farther to the left as values make up for small weights there, or go on rising.
    rise = float(np.log(max(largest, 1.0)))
    farther = min(FAR + abs(middle) + rise, MANY_SPREADS * spread + rise / a)
    n_left, n_right = (int(np.ceil(side / step)) for side in (farther, reach))
    odds = middle + step * np.arange(-n_left, n_right + 1)
    fall = log_density(odds)
    fall -= fall[n_left]
    is_used = fall > np.where(odds < middle, -NEGLIGIBLE - rise, -NEGLIGIBLE)
    odds, density = odds[is_used], np.exp(fall[is_used])
    # Far out, log densities are lines of slope a and -b.
    with np.errstate(over="ignore"):  # where nothing lies beyond
        left, right = density[0] / np.expm1(a * step), density[-1] / np.expm1(b * step)
    weights = np.concatenate([[left], density, [right]])
    p = np.concatenate([[0.0], expit(odds), [1.0]])
    return p, weights / weights.sum()
