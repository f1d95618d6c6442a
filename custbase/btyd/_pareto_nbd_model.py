"""ParetoNBDModel: customers leave at any time, each at a rate of its own."""

from __future__ import annotations

from functools import partial

import numpy as np

from .._threads import ThreadMap
from ..kernels._growth import STEEP
from ..kernels._pareto import (
    FEW_HEIGHT,
    FEW_LENGTH,
    FEW_NODES,
    FEW_WEIGHTS,
    NODES,
    PANEL_HEIGHT,
    PANEL_LENGTH,
    WEIGHTS,
    set_log_integrals,
    set_log_odds_gone,
    set_waits,
    sum_pareto_nbd,
)
from ._customers import Customers
from ._maximum_likelihood import LOW, Likelihood
from ._purchase_model import PurchaseModel, run_rows
from ._rows import Rows, measure_rates
from ._terms import Terms, add_terms, gamma_terms, power_terms, symmetric

# The parameter in a gamma function, of r, alpha, s and beta.
ONLY_R = np.array([[1.0, 0, 0, 0]])
# Where some leave at once and the others never, the likelihood grows as s and beta fall, by less
# and less: as the inverse of the logarithm of beta.
LOW_BETA = float(np.log(1e-100))


class ParetoNBDModel(PurchaseModel):
    """Pareto/NBD: customers buy at a rate of their own until they leave, at any time.

    For shops that customers leave without notice, where nothing tells whether a
    customer will come back but the time since the last purchase.

    Parameters
    ----------
    horizon : float or None, default=None
        How far ``predict`` and ``predict_any`` look ahead, unless they are told, in the
        unit of T.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.

    Attributes
    ----------
    params_ : dict of str to float
        r and alpha, shape and rate of the gamma distribution of purchases per unit of
        time, and s and beta, those of the rate at which customers leave. alpha and beta
        are measured in the unit of T.
    standard_errors_ : dict of str to float
        Standard errors of the parameters, NaN where the customers do not determine them;
        divided by the parameter they are those of its logarithm, which is more nearly
        normal.
    covariance_ : ndarray of shape (4, 4)
        Covariance of the logarithms of the parameters, in the order of `params_`.
    log_likelihood_ : float
        Log-likelihood of the fitted customers, each as often as its weight.
    n_iter_ : int
        Number of steps of the search.
    n_features_in_ : int
        3: frequency, recency and T.
    feature_names_in_ : ndarray of shape (3,)
        Their names, if `X` was a frame.

    See Also
    --------
    BetaGeoModel : Customers leave after a purchase; faster, and often as good.
    custbase.features.rfm_summary : Makes the summary of a log.

    Notes
    -----
    The likelihood of x purchases until T, the last one at t_x, is [1]_

    .. math:: \\frac{\\Gamma(r + x)}{\\Gamma(r)} \\alpha^r \\beta^s \\left(
              \\frac{1}{(\\alpha + T)^{r + x} (\\beta + T)^s} + s \\int_{t_x}^T
              \\frac{dt}{(\\alpha + t)^{r + x} (\\beta + t)^{s + 1}} \\right),

    alive, or gone at t. The integral, and those of its derivatives, is taken by
    quadrature on the logarithm of time, which keeps ten digits, but for horizons of less
    than a millionth of alpha and beta; the
    hypergeometric functions that it is written with elsewhere overflow for customers
    of some hundred purchases. Of n distinct rows a step of the search takes O(n) time.

    Those who are alive are expected to buy
    :math:`(r + x)/(\\alpha + T) \\cdot (\\beta + T)/(s - 1) \\cdot (1 - ((\\beta + T)/(\\beta +
    T + t))^{s - 1})` times within t.

    References
    ----------
    .. [1] P. S. Fader and B. G. S. Hardie, "A note on deriving the Pareto/NBD model and
       related expressions", 2005, http://brucehardie.com/notes/009/.

    Examples
    --------
    >>> from custbase import ParetoNBDModel
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import rfm_summary
    >>> summary = rfm_summary(load_cdnow(), end="1997-09-30")
    >>> model = ParetoNBDModel(horizon=39).fit(summary)
    >>> {name: round(value, 3) for name, value in model.params_.items()}
    {'r': 0.553, 'alpha': 10.578, 's': 0.606, 'beta': 11.669}
    >>> round(model.predict(summary).sum())
    1666
    """

    _names = ("r", "alpha", "s", "beta")
    _times = ("alpha", "beta")
    _low = (LOW, LOW, LOW, LOW_BETA)

    def __init__(self, *, horizon: float | None = None, n_jobs: int | None = None) -> None:
        self.horizon = horizon
        self.n_jobs = n_jobs

    def _list_starts(self, rows: Rows) -> list[np.ndarray]:
        rates = measure_rates(rows)
        return [
            np.array([0.5, 0.5 / rates.of_all, 0.5, 0.5]),
            # One leaves at once or never: who bought once, and who came back, and those are
            # much alike, or differ.
            np.array([2.0, 2.0 / rates.of_repeaters, 0.1, 1e-3]),
            np.array([0.1, 0.1 / rates.of_all, 0.03, 1e-6]),
        ]

    def _make_likelihood(
        self, rows: Rows, tasks: list[tuple[np.ndarray, ...]], run: ThreadMap
    ) -> Likelihood:
        x, counts, total = rows.frequency, rows.counts, rows.counts.sum()

        def evaluate(params: np.ndarray) -> Terms:
            # The kernel has the smaller of alpha and beta first.
            order = [0, 1, 2, 3] if params[1] <= params[3] else [2, 3, 0, 1]

            def add_up(task: tuple[np.ndarray, ...]) -> Terms:
                place, recency, age, weights = task
                value, first, second = np.empty(1), np.empty(4), np.empty((4, 4))
                sum_pareto_nbd(x[place], recency, age, weights, params, value, first, second)
                return Terms(value[0], first[order], symmetric(second)[np.ix_(order, order)])

            return add_terms(
                *run(add_up, tasks),
                power_terms(params, 0, 1, total),
                power_terms(params, 2, 3, total),
                gamma_terms(params, ONLY_R, x[None, :], counts[None, :]),
            )

        return evaluate

    def _alive(self, customers: Customers) -> np.ndarray:
        params, found = self._list_params(), np.empty(len(customers.T))

        def weigh(x: np.ndarray, recency: np.ndarray, T: np.ndarray, out: np.ndarray) -> None:
            silence, height = measure_integrand(Customers(x, recency, T), params)
            is_long = (height > PANEL_HEIGHT) | (silence > PANEL_LENGTH)
            is_long |= max(params[0], params[2]) + x > STEEP
            is_short = ~is_long & (height <= FEW_HEIGHT) & (silence <= FEW_LENGTH)
            for is_asked, find in (
                (is_short, partial(odds_gone, nodes=FEW_NODES, weights=FEW_WEIGHTS)),
                (~(is_short | is_long), partial(odds_gone, nodes=NODES, weights=WEIGHTS)),
                (is_long, odds_gone_long),
            ):
                asked = np.flatnonzero(is_asked)
                some = Customers(x[asked], recency[asked], T[asked])
                out[asked] = 1.0 / (1.0 + find(some, params))

        run_rows(weigh, (*customers, found), self.n_jobs)
        return found

    def _count(self, customers: Customers, times: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self._list_params()
        rate = (r + customers.frequency) / (alpha + customers.T)
        log_ratio = np.log1p(times / (beta + customers.T))
        power = (1 - s) * log_ratio
        # (exp(power) - 1) / power, about 1 where power is 0.
        with np.errstate(invalid="ignore"):
            share = np.where(power == 0, 1.0, np.expm1(power) / power)
        return rate * (beta + customers.T) * log_ratio * share

    def _any(self, customers: Customers, after: float, times: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self._list_params()
        shape, known = r + customers.frequency, alpha + customers.T
        left = beta + customers.T
        logs = np.empty(len(shape))
        run_rows(
            set_log_integrals,
            (times - after, known, shape + 1, left + after, np.full(len(shape), s), logs),
            self.n_jobs,
        )
        logs += np.log(shape / known) - s * np.log1p(after / left)
        return np.exp(np.minimum(logs, 0.0, out=logs))

    def _wait(self, customers: Customers, q: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self._list_params()
        waits = np.full(len(q), np.inf)
        is_likely = q < 1
        found = np.empty(np.count_nonzero(is_likely))
        shape, age = r + customers.frequency[is_likely], customers.T[is_likely]
        run_rows(
            lambda alpha, shape, beta, q, out: set_waits(alpha, shape, beta, s, q, out),
            (alpha + age, shape, beta + age, q[is_likely], found),
            self.n_jobs,
        )
        waits[is_likely] = found
        return waits


def measure_integrand(customers: Customers, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far, and how high, the integrand of those who are gone reaches, in logarithms.

    Parameters
    ----------
    customers : Customers
        Histories.
    params : ndarray of shape (4,)
        r, alpha, s, beta.

    Returns
    -------
    length, height : ndarray of shape (n_customers,)
        Of the smaller shift plus t, and of values.
    """
    r, alpha, s, beta = params
    shape, silent = r + customers.frequency, customers.T - customers.recency
    by_alpha = np.log1p(silent / (alpha + customers.recency))
    by_beta = np.log1p(silent / (beta + customers.recency))
    length = by_alpha if alpha <= beta else by_beta
    return length, np.abs(length - shape * by_alpha - (s + 1) * by_beta)


def odds_gone(
    customers: Customers, params: np.ndarray, nodes: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Odds that customers are gone, by the nodes of Gauss and Legendre on a single panel.

    Of many rows at a time, several of which processors do at once.

    Parameters
    ----------
    customers : Customers
        Histories.
    params : ndarray of shape (4,)
        r, alpha, s, beta.
    nodes, weights : ndarray of shape (n_nodes,)
        Of the panel from -1 to 1.

    Returns
    -------
    ndarray of shape (n_customers,)
        The odds.
    """
    r, alpha, s, beta = params
    shape = r + customers.frequency
    low, gap = min(alpha, beta), abs(alpha - beta)
    low_power, high_power = (shape, s + 1) if alpha <= beta else (s + 1, shape)
    first = low + customers.recency
    length = np.log1p((customers.T - customers.recency) / first)
    # Values are in units of that of being alive, beside which none overflows.
    unit = shape * np.log(alpha + customers.T) + s * np.log(beta + customers.T)
    odds, first_log = np.zeros(len(first)), np.log(first)
    for node, weight in zip(nodes, weights, strict=True):
        value = 0.5 * (1 + node) * length
        near = np.exp(value)
        near *= first
        value += first_log
        value *= 1 - low_power
        near += gap
        np.log(near, out=near)
        near *= high_power
        value -= near
        value += unit
        np.exp(value, out=value)
        value *= weight
        odds += value
    odds *= 0.5 * s * length
    return odds


def odds_gone_long(customers: Customers, params: np.ndarray) -> np.ndarray:
    """Odds that customers are gone who were silent for long, by as many panels as it takes."""
    log_odds = np.empty(len(customers.T))
    set_log_odds_gone(*customers, params, log_odds)
    with np.errstate(over="ignore"):
        return np.exp(log_odds)
