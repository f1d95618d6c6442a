"""The BG/NBD and the MBG/NBD model: customers leave after a purchase, with a coin of their own.

The two differ in who can be gone: with x repeat purchases a customer of the MBG/NBD model
survived ``x + 1`` coins, that of the BG/NBD model ``x``, for the first purchase had none.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly, chebvander

from .._threads import ThreadMap, row_chunks
from ..kernels._beta_geo import set_expected_purchases, set_polynomials, sum_beta_geo
from ._beta_mean import beta_means
from ._customers import Customers
from ._maximum_likelihood import Likelihood
from ._purchase_model import PurchaseModel, run_rows
from ._rows import Rows
from ._terms import Terms, add_terms, gamma_terms, power_terms, symmetric

# Customers of a smaller r + x are expected to buy what a series says, of so many terms;
# integrals do for the others, and where the series, or its polynomial, would be too long.
SMALL_SHAPE, MOST_TERMS = 128.0, 1024
CACHED_ROWS = 2**13
# Bounds of spans of shares z, each of which makes 1 - z smaller by the root of 2.
SPANS = -np.expm1(-0.5 * np.log(2) * np.arange(9))
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

    def _guess(self, rows: Rows) -> np.ndarray:
        # As many purchases as there are, over the times that there are.
        bought = max(float(rows.counts @ rows.frequency), 1.0)
        known = float(rows.weights @ rows.columns[1])
        return np.array([0.5, 0.5 * known / bought, 0.5, 1.5])

    def _make_likelihood(
        self, rows: Rows, tasks: list[tuple[np.ndarray, ...]], run: ThreadMap
    ) -> Likelihood:
        x, counts, total = rows.frequency, rows.counts, rows.counts.sum()
        coins = x + self._n_first
        can_be_gone = coins > 0

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
            of_rows = np.sum([sums for sums, _ in parts], axis=0)
            by_odds = np.sum([part for _, part in parts], axis=0)
            return add_terms(
                open_odds(a, stake, of_rows, by_odds),
                power_terms(params, 0, 1, total),
                gamma_terms(params, (0,), x, counts),
                gamma_terms(params, (3,), coins, counts),
                gamma_terms(params, (2, 3), coins, -counts),
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
        n_few = int(max(min(SMALL_SHAPE - r, frequency.max() + 1), 0))
        soonest, latest = float(times.min()), float(times.max())
        smallest = soonest / (alpha + float(T.max()) + soonest)
        largest = latest / (alpha + float(T.min()) + latest)
        first, last = choose_spans(smallest, largest)
        spans = SPANS[first : last + 1]
        table = tabulate_counts(r, a, b + self._n_first, n_few, first, last)
        found = np.empty(len(times))
        run_rows(
            lambda x, T, times, out: set_expected_purchases(x, T, times, alpha, spans, table, out),
            (frequency, T, times, found),
            self.n_jobs,
        )
        rest = np.flatnonzero(np.isnan(found))
        if len(rest):
            shape = r + frequency[rest]
            length = times[rest] / (alpha + T[rest])
            found[rest] = beta_means(
                a,
                b + frequency[rest] + self._n_first,
                lambda rows, p: count_until(p, shape[rows], length[rows]),
            )
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
    gone, spread, with_r, with_alpha = by_odds.T
    first = np.array([by_r, by_alpha, gone.sum() / a, -(gone / stake).sum()])
    second = np.zeros((4, 4))
    second[0, :2], second[1, 1] = (twice_r, by_both), twice_alpha
    second[:2, 2] = with_r.sum() / a, with_alpha.sum() / a
    second[:2, 3] = -(with_r / stake).sum(), -(with_alpha / stake).sum()
    second[2, 2] = (spread.sum() - gone.sum()) / a**2
    second[2, 3] = -(spread / stake).sum() / a
    second[3, 3] = ((spread + gone) / stake**2).sum()
    return Terms(value, first, symmetric(second))


def choose_spans(smallest: float, largest: float) -> tuple[int, int]:
    """Find the spans that hold some shares, as far as there are.

    Parameters
    ----------
    smallest, largest : float
        Shares that are asked for, from 0 to 1.

    Returns
    -------
    first, last : int
        Places of their bounds in `SPANS`; the same if there are none.
    """
    first, last = np.searchsorted(SPANS, [smallest, largest]).tolist()
    most = len(SPANS) - 1
    return min(max(first - 1, 0), most), min(max(last, 1), most)


@lru_cache(maxsize=32)  # a year is often asked for week by week
def tabulate_counts(r: float, a: float, b: float, n_few: int, first: int, last: int) -> np.ndarray:
    """Polynomials of the share z that give expected purchases, divided by z.

    With k purchases to come, were it not for leaving, customers who leave after each with
    probability p ~ Beta(a, b + x) make the sum over j < k of the mean of (1 - p)^j; k is
    negative binomial, of size r + x. That is a power series of positive terms, which is summed
    at the nodes of Chebyshev: a polynomial through 16 of them in a span is exact but for
    rounding.

    Parameters
    ----------
    r, a, b : float
        Parameters; b counts a coin at the first purchase.
    n_few : int
        x = 0, 1, ... past purchases that are asked for.
    first, last : int
        Places of the bounds of spans in `SPANS`.

    Returns
    -------
    ndarray of shape (n_few, n_spans, 16)
        Coefficients of powers of y, -1 to 1 in the span; NaN where 16 are not enough. Read-only.
    """
    few = np.arange(n_few)
    table = np.empty((n_few, last - first, N_NODES))
    for span, (low, high) in enumerate(pairwise(SPANS[first : last + 1])):
        z = (low + high + (high - low) * NODES) / 2
        set_polynomials(r + few, a, b + few, z, TO_CHEBYSHEV, TO_POWERS, MOST_TERMS, table[:, span])
    table.flags.writeable = False
    return table


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
