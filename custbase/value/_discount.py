"""When to ask a model of purchases for its count, to discount those of every unit of time."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.polynomial.legendre import leggauss

# Units that are asked for one by one; spans after them are each as long as all before.
FIRST_UNITS = 32
# Nodes of Chebyshev in a span. Counts until t are analytic but for some t < 0, three half
# spans from the middle of one: a polynomial is off by less than 1e-14 of them.
N_NODES = 20
NODES = np.cos(np.pi * (np.arange(N_NODES) + 0.5) / N_NODES)
TO_WEIGHTS = 2 / N_NODES * chebvander(NODES, N_NODES - 1)
TO_WEIGHTS[:, 0] /= 2
# A span of more units is an integral: the sum differs from it by less than 1e-10 of it.
MANY_UNITS = 2**18
BLOCK_UNITS = 2**13
TIMES, SHARES = leggauss(64)
# All that comes later is left out where it is a smaller share.
NEGLIGIBLE = 1e-17


def weigh_times(horizon: float, rate: float, *, is_smooth: bool) -> tuple[np.ndarray, np.ndarray]:
    """Find times, and weights of what is counted until them, that discount every unit.

    Counts c(k) until the end of unit k are worth the sum of ``(c(k) - c(k - 1)) w(k)``, with
    ``w(k) = (1 + rate)^-k``. The same terms in another order are ``c(k) (w(k) - w(k + 1))``, w
    being 0 after the last: a sum of positive terms, which is as exact as what stands for them.

    Parameters
    ----------
    horizon : float
        Where the last unit ends, in full or in part; more than 0.
    rate : float
        Discount of a unit of time; more than 0.
    is_smooth : bool
        Whether counts are smooth functions of time, which grow ever more slowly: a polynomial
        through few of them stands for those of many units then.

    Returns
    -------
    times, weights : ndarray of shape (n_times,)
        The sum of weights times counts is within 1e-9 of that of every unit. Units are left
        out from where they add less than 1e-17 of it, if counts grow no faster than time.
    """
    force = float(np.log1p(rate))
    last = max(float(np.ceil(horizon)) - 1, 0.0)
    times, weights = [], []
    start, size = 1.0, float(FIRST_UNITS)

    def adds_nothing(start: float) -> bool:
        return (start + 1 / rate) * np.exp((1 - start) * force) < NEGLIGIBLE

    while start < last and not adds_nothing(start):
        stop = min(start + size, last) - 1
        if is_smooth and start > FIRST_UNITS and stop - start >= N_NODES:
            times.append((start + stop) / 2 + (stop - start) / 2 * NODES)
            weights.append(TO_WEIGHTS @ add_up_span(start, stop, force))
        else:
            times.append(np.arange(start, stop + 1))
            weights.append(np.exp(-times[-1] * force) * -np.expm1(-force))
        start, size = stop + 1, stop
    if not adds_nothing(start):
        # The last full unit, if any, is followed by the horizon, and that by nothing.
        ends = np.array([last, horizon])
        falls = np.array([-np.expm1((last - horizon) * force), 1.0])
        times.append(ends[ends > 0])
        weights.append((np.exp(-ends * force) * falls)[ends > 0])
    return np.concatenate(times), np.concatenate(weights)


def add_up_span(start: float, stop: float, force: float) -> np.ndarray:
    """Sums of polynomials of Chebyshev over units of a span, as their weights fall.

    Parameters
    ----------
    start, stop : float
        The first and the last unit, where the polynomials are at -1 and 1.
    force : float
        Logarithm of 1 + rate.

    Returns
    -------
    ndarray of shape (20,)
        One sum for each degree.
    """
    middle, half = (start + stop) / 2, (stop - start) / 2
    sums = np.zeros(N_NODES)
    if stop - start < MANY_UNITS:
        for first in np.arange(start, stop + 1, BLOCK_UNITS):
            units = np.arange(first, min(first + BLOCK_UNITS, stop + 1))
            falls = np.exp(-units * force) * -np.expm1(-force)
            sums += falls @ chebvander((units - middle) / half, N_NODES - 1)
        return sums
    # Unit k is what lies within a half of it.
    units = middle + (half + 0.5) * TIMES
    falls = (half + 0.5) * SHARES * force * np.exp(-(units + 0.5) * force)
    return falls @ chebvander((units - middle) / half, N_NODES - 1)
