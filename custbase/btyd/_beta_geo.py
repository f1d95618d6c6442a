"""The BG/NBD and the MBG/NBD model: customers leave after a purchase, with a coin of their own.

The two differ in who can be gone: with x repeat purchases a customer of the MBG/NBD model
survived ``x + 1`` coins, that of the BG/NBD model ``x``, for the first purchase had none.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly, chebvander

from .._threads import ThreadMap, row_chunks
from ..kernels._beta_geo import set_expected_purchases, set_polynomials, sum_beta_geo
from ..kernels._growth import STEEP
from ._beta_mean import beta_means
from ._customers import Customers
from ._maximum_likelihood import Likelihood
from ._purchase_model import PurchaseModel, run_rows
from ._rows import Rows, measure_rates
from ._terms import Terms, add_terms, gamma_terms, power_terms

# Parameters in gamma functions, of r, alpha, a and b: r, b, and a + b.
R_B_BOTH = np.array([[1.0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1]])
# Customers of a smaller r + x are expected to buy what polynomials say; integrals do for the
# others, and where the polynomial would be too long.
SMALL_SHAPE = 128.0
CACHED_ROWS = 2**13
# Falling bounds of spans of 1 - z, each smaller by the root of 2: until a million times as far
# ahead as customers have been known. In so many spans a series of so many terms finds the
# polynomial, beyond them integrals do.
SPANS = 2.0 ** (-0.5 * np.arange(41))
SERIES_SPANS, MOST_TERMS = 8, 1024
# What integrals leave of coefficients by rounding, in shares of the values.
ROUNDING = 1e-12
# Of a polynomial on a span: nodes of Chebyshev from 1 to -1, what makes coefficients of
# his polynomials of values at them, and those of powers of these. Multiplied beforehand, the
# last two would lose four digits.
N_NODES = 16
NODES = np.cos(np.pi * (np.arange(N_NODES) + 0.5) / N_NODES)
TO_CHEBYSHEV = 2 / N_NODES * chebvander(NODES, N_NODES - 1)
TO_CHEBYSHEV[:, 0] /= 2
TO_POWERS = np.array(
    [np.append(cheb2poly(row), np.zeros(N_NODES - 1 - i)) for i, row in enumerate(np.eye(N_NODES))]
)


class BetaGeo(PurchaseModel):
    """What both models share; `_n_first` coins are tossed at the first purchase."""

    _names = ("r", "alpha", "a", "b")
    _times = ("alpha",)
    _n_first: int

    def _list_starts(self, rows: Rows) -> list[np.ndarray]:
        rates = measure_rates(rows)
        # One is loyal or not at all.
        polar = np.array([2.0, 2.0 / rates.of_repeaters, 0.02, 0.02 * rates.odds])
        if not self._n_first:
            return [np.array([0.5, 0.5 / rates.of_all, 0.5, 1.5]), polar]
        # Who bought once left at once, seldom buys, or buys often and always leaves soon.
        loyal = np.array([0.5, 0.5 / rates.of_all, 10.0, 200.0])
        return [polar, loyal, np.array([0.1, 0.1 / rates.of_active, 20.0, 2.0])]

    def _make_likelihood(
        self, rows: Rows, tasks: list[tuple[np.ndarray, ...]], run: ThreadMap
    ) -> Likelihood:
        x, counts, total = rows.frequency, rows.counts, rows.counts.sum()
        coins = x + self._n_first
        can_be_gone = coins > 0
        steps, signed = np.stack([x, coins, coins]), np.stack([counts, counts, -counts])

        def evaluate(params: np.ndarray) -> Terms:
            a, b = params[2:]
            stake = np.where(can_be_gone, b + coins - 1, np.inf)
            log_odds = np.log(a) - np.log(stake)

            def add_up(task: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
                place, recency, age, weights = task
                sums, by_odds = np.empty(6), np.empty((len(x), 4))
                sum_beta_geo(place, x, recency, age, weights, log_odds, params[:2], sums, by_odds)
                return sums, by_odds

            parts = run(add_up, tasks)
            of_rows, by_odds = (sum(part[1:], part[0]) for part in zip(*parts, strict=True))
            return add_terms(
                open_odds(a, stake, of_rows, by_odds),
                power_terms(params, 0, 1, total),
                gamma_terms(params, R_B_BOTH, steps, signed),
            )

        return evaluate

    def _alive(self, customers: Customers) -> np.ndarray:
        r, alpha, a, b = self._list_params()
        found = np.empty(len(customers.T))
        # Vectors that stay in the cache, in one thread: more would wait for each other.
        for rows in row_chunks(len(found), CACHED_ROWS):
            frequency, recency, T = (column[rows] for column in customers)
            coins = frequency + self._n_first
            odds = np.log((alpha + T) / (alpha + recency))
            steep = np.flatnonzero(r + frequency > STEEP)
            odds[steep] = np.log1p((T[steep] - recency[steep]) / (alpha + recency[steep]))
            odds *= r + frequency
            with np.errstate(over="ignore"):
                odds = np.exp(odds, out=odds) * a
            odds /= b + np.maximum(coins - 1, 0)
            # Nobody can be gone who tossed no coin.
            np.copyto(odds, 0.0, where=coins == 0)
            np.divide(1.0, 1.0 + odds, out=found[rows])
        return found

    def _count(self, customers: Customers, times: np.ndarray) -> np.ndarray:
        r, alpha, a, b = self._list_params()
        frequency, _, T = customers
        # One table does for many calls: its size is that of a few.
        n_few = 2.0 ** np.ceil(np.log2(frequency.max() + 1))
        n_few = int(max(min(SMALL_SHAPE - r, n_few), 0))
        youngest, oldest = alpha + float(T.min()), alpha + float(T.max())
        first, last = choose_spans(
            oldest / (oldest + float(times.min())), youngest / (youngest + float(times.max()))
        )
        spans = SPANS[first : last + 1]
        table = np.empty((n_few, last - first, N_NODES))
        for span in range(first, last):
            table[:, span - first] = tabulate_counts(r, a, b + self._n_first, n_few, span)
        found = np.empty(len(times))
        run_rows(
            lambda x, T, times, out: set_expected_purchases(x, T, times, alpha, spans, table, out),
            (frequency, T, times, found),
            self.n_jobs,
        )
        rest = np.flatnonzero(np.isnan(found))
        if len(rest):
            x = frequency[rest]
            lengths = times[rest] / (alpha + T[rest])
            found[rest] = integrate_counts(a, b + x + self._n_first, r + x, lengths)
        return found

    def _any(self, customers: Customers, after: float, times: np.ndarray) -> np.ndarray:
        r, alpha, a, b = self._list_params()
        shape, known = r + customers.frequency, alpha + customers.T
        start, stop = after / known, times / known
        if not after:
            return -np.expm1(-shape * np.log1p(stop))

        def bought(rows: np.ndarray, p: np.ndarray) -> np.ndarray:
            n, begin, length = shape[rows, None], start[rows, None], (stop - start)[rows, None]
            there = np.exp(-n * np.log1p(p * begin))
            return there * -np.expm1(-n * np.log1p(length / (1 + p * begin)))

        return beta_means(a, b + customers.frequency + self._n_first, bought)

    def _wait(self, customers: Customers, q: np.ndarray) -> np.ndarray:
        r, alpha, _, _ = self._list_params()
        known = alpha + customers.T
        still = np.log1p(-np.minimum(q, 1.0))
        return known * np.expm1(-still / (r + customers.frequency))


def open_odds(a: float, stake: np.ndarray, of_rows: np.ndarray, by_odds: np.ndarray) -> Terms:
    """Turn derivatives by log odds ``ln(a) - ln(stake)`` into those by a and b.

    Parameters
    ----------
    a : float
        The parameter.
    stake : ndarray of shape (n_distinct,)
        b plus a number, inf for odds that are none.
    of_rows, by_odds : ndarray of shape (6,) and (n_distinct, 4)
        As `sum_beta_geo` sets them.

    Returns
    -------
    Terms
        By r, alpha, a and b.
    """
    value, by_r, by_alpha, twice_r, by_both, twice_alpha = of_rows
    share = 1 / stake
    plain, shared, twice = by_odds.sum(axis=0), share @ by_odds, share**2 @ by_odds
    gone, spread = plain[:2]
    first = np.array([by_r, by_alpha, gone / a, -shared[0]])
    second = np.zeros((4, 4))
    second[0, :2], second[1, 1] = (twice_r, by_both), twice_alpha
    second[:2, 2], second[:2, 3] = plain[2:] / a, -shared[2:]
    second[2, 2:] = (spread - gone) / a**2, -shared[1] / a
    second[3, 3] = twice[0] + twice[1]
    second[1, 0], second[3, 2], second[2:, :2] = second[0, 1], second[2, 3], second[:2, 2:].T
    return Terms(value, first, second)


def choose_spans(largest: float, smallest: float) -> tuple[int, int]:
    """Find the spans that hold some 1 - z, as far as there are.

    Parameters
    ----------
    largest, smallest : float
        Bounds of what is asked for, from 1 to 0.

    Returns
    -------
    first, last : int
        Places of their bounds in `SPANS`; the same if there are none.
    """
    first, last = np.searchsorted(-SPANS, [-largest, -smallest]).tolist()
    most = len(SPANS) - 1
    return min(max(first - 1, 0), most), min(max(last, 1), most)


@lru_cache(maxsize=2 * len(SPANS))  # a year is often asked for week by week
def tabulate_counts(r: float, a: float, b: float, n_few: int, span: int) -> np.ndarray:
    """Polynomials of the share z that give expected purchases, divided by z, in a span.

    With k purchases to come, were it not for leaving, customers who leave after each with
    probability p ~ Beta(a, b + x) make the sum over j < k of the mean of (1 - p)^j; k is
    negative binomial, of size r + x. That is a power series of positive terms, which is summed
    at the nodes of Chebyshev: a polynomial through 16 of them in a span is exact but for
    rounding, wherever the span is, for all that is not smooth is at z = 1 or beyond. Near
    there the series is too long, and integrals over p take its place.

    Parameters
    ----------
    r, a, b : float
        Parameters; b counts a coin at the first purchase.
    n_few : int
        x = 0, 1, ... past purchases that are asked for.
    span : int
        Place of its first bound in `SPANS`.

    Returns
    -------
    ndarray of shape (n_few, 16)
        Coefficients of powers of y, -1 to 1 in the span; NaN where 16 are not enough. Read-only.
    """
    few = np.arange(float(n_few))
    high, low = SPANS[span : span + 2]
    left = (low + high - (high - low) * NODES) / 2
    table = np.empty((n_few, N_NODES))
    if span < SERIES_SPANS:
        set_polynomials(r + few, a, b + few, 1 - left, TO_CHEBYSHEV, TO_POWERS, MOST_TERMS, table)
    elif n_few:
        x, left = np.repeat(few, N_NODES), np.tile(left, n_few)
        values = integrate_counts(a, b + x, r + x, (1 - left) / left) / (1 - left)
        middle = values.reshape(table.shape) @ TO_CHEBYSHEV
        is_short = np.abs(middle[:, -2:]).max(axis=1) <= ROUNDING * middle[:, 0]
        table[:] = np.where(is_short[:, None], middle @ TO_POWERS, np.nan)
    table.flags.writeable = False
    return table


def integrate_counts(a: float, b: np.ndarray, shape: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Expected purchases of customers who leave after each with probability p ~ Beta(a, b).

    Parameters
    ----------
    a : float
        Parameter of the beta distribution.
    b, shape, time : ndarray of shape (n_rows,)
        The other one, and what `count_until` takes.

    Returns
    -------
    ndarray of shape (n_rows,)
        The means.
    """
    return beta_means(
        a, b, lambda rows, p: count_until(p, shape[rows], time[rows]), float((shape * time).max())
    )


def count_until(p: np.ndarray, shape: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Expected purchases of customers who leave after each with probability p.

    Parameters
    ----------
    p : ndarray of shape (n_nodes,)
        Probabilities; 0 for never.
    shape, time : ndarray of shape (n_rows,)
        Shape of the gamma distribution of the rates, and horizon, in units of its scale.

    Returns
    -------
    ndarray of shape (n_rows, n_nodes)
        ``(1 - (1 + p time)^-shape) / p``.
    """
    n, t = shape[:, None], time[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = -np.expm1(-n * np.log1p(p * t)) / p
    return np.where(p * t * (n + 1) < 1e-17, n * t, found)
