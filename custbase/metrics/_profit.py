"""What a campaign of retention earns if it contacts the customers of the highest scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import betainc
from sklearn.utils import check_random_state

from .._params import BOOLEAN, N_JOBS, RANDOM_STATE, Number, check_value
from .._threads import count_threads, thread_map
from ..kernels._profit import LAST, POSITIVE, find_hull, merge_scores, resample_hull, split_scores
from ._targets import Targets, check_targets

MONEY, SHARE, SHAPE = Number(0), Number(0, 1), Number(0, low_open=True)
ROUNDING = 1e-12  # of a profit
DRAWN_AT_ONCE = 1_000_000  # rows of a task: a few draws, or one


class Campaign(NamedTuple):
    """Money of a campaign of retention."""

    customer_value: float
    incentive_cost: float
    contact_cost: float


class Hull(NamedTuple):
    """Corners of the convex hull of a ROC curve, as shares of all customers."""

    hits: np.ndarray
    misses: np.ndarray


def expected_maximum_profit_score(
    y_true: Any,
    y_score: Any,
    *,
    customer_value: float = 200.0,
    incentive_cost: float = 10.0,
    contact_cost: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
    pos_label: Any = None,
    sample_weight: Any = None,
    return_fraction: bool = False,
) -> float | tuple[float, float]:
    """Measure scores by the profit of the best campaign, averaged over who accepts.

    Customers of the highest scores are contacted and offered an incentive. Which
    share of those who would leave accepts it is not known beforehand, so it is
    beta distributed, and for every share the most profitable cut is taken.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels; the positive class is leaving.
    y_score : array of shape (n_samples,)
        Scores or probabilities of leaving.
    customer_value : float, default=200.0
        Money that a customer who is kept is worth.
    incentive_cost : float, default=10.0
        Money that an accepted incentive costs.
    contact_cost : float, default=1.0
        Money that contacting a customer costs.
    alpha : float, default=6.0
        First parameter of the beta distribution of the share that accepts, above 0.
    beta : float, default=14.0
        Second parameter; the mean is ``alpha / (alpha + beta)``.
    pos_label : bool, int, str or None, default=None
        Label of those who leave; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.
    return_fraction : bool, default=False
        Return the fraction of customers to contact, too.

    Returns
    -------
    score : float
        Profit per customer of the whole base, at least 0; the higher, the better.
    fraction : float
        Expected fraction of customers contacted; only with `return_fraction`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    maximum_profit_score : The same for one share that accepts.
    expected_maximum_profit_interval : How far chance could have moved the score.

    Notes
    -----
    With value V, incentive d and contact cost f, a cut that contacts a share A of
    all customers who leave and B who stay earns, if g of the former accept,

    .. math:: P(g) = A (g (V - d) - f) - B (d + f),

    for those who stay anyway take the incentive. The score is the integral of
    max P(g) over the distribution of g [1]_. The best cut is a corner of the convex
    hull of the ROC curve, and changes from corner i to i + 1 at

    .. math:: g_{i+1} = \\frac{(d + f) \\Delta B + f \\Delta A}{(V - d) \\Delta A},

    so the integral is a sum over corners of incomplete beta functions: exact. With
    d = f = 0 everybody is contacted, down to the last who leaves. O(n log n) for the
    sort. The R package EMP and empulse have the same defaults and give the same figures.

    References
    ----------
    .. [1] T. Verbraken, W. Verbeke and B. Baesens, "A novel profit maximizing metric
       for measuring classification performance of customer churn prediction models",
       IEEE Transactions on Knowledge and Data Engineering 25, 2013.

    Examples
    --------
    >>> from custbase.metrics import expected_maximum_profit_score
    >>> left = [0, 1, 0, 1, 0, 1, 0, 1]
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9]
    >>> score, fraction = expected_maximum_profit_score(left, scores, return_fraction=True)
    >>> round(score, 4), round(fraction, 4)
    (23.8756, 0.8744)
    """
    campaign = _check_campaign(customer_value, incentive_cost, contact_cost)
    _check_beta(alpha, beta)
    check_value("return_fraction", return_fraction, BOOLEAN)
    hull = _measure_hull(check_targets(y_true, y_score, pos_label, sample_weight))
    score, fraction = _expect_profit([hull], campaign, alpha, beta)[:, 0].tolist()
    return (score, fraction) if return_fraction else score


def maximum_profit_score(
    y_true: Any,
    y_score: Any,
    *,
    customer_value: float = 200.0,
    incentive_cost: float = 10.0,
    contact_cost: float = 1.0,
    accept_rate: float = 0.3,
    pos_label: Any = None,
    sample_weight: Any = None,
    return_fraction: bool = False,
) -> float | tuple[float, float]:
    """Measure scores by the profit of the best campaign.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels; the positive class is leaving.
    y_score : array of shape (n_samples,)
        Scores or probabilities of leaving.
    customer_value : float, default=200.0
        Money that a customer who is kept is worth.
    incentive_cost : float, default=10.0
        Money that an accepted incentive costs.
    contact_cost : float, default=1.0
        Money that contacting a customer costs.
    accept_rate : float, default=0.3
        Share of those who would leave that accepts the incentive and stays, in [0, 1].
    pos_label : bool, int, str or None, default=None
        Label of those who leave; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.
    return_fraction : bool, default=False
        Return the fraction of customers to contact, too.

    Returns
    -------
    score : float
        Profit per customer of the whole base, at least 0; the higher, the better.
    fraction : float
        Fraction of customers to contact, the smallest of those that earn as much;
        only with `return_fraction`.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    expected_maximum_profit_score : The same if the share that accepts is uncertain.
    profit_curve : The profit of every cut.

    Notes
    -----
    The largest P(g) of `expected_maximum_profit_score` for g = `accept_rate` [1]_.

    References
    ----------
    .. [1] T. Verbraken, W. Verbeke and B. Baesens, "A novel profit maximizing metric
       for measuring classification performance of customer churn prediction models",
       IEEE Transactions on Knowledge and Data Engineering 25, 2013.

    Examples
    --------
    >>> from custbase.metrics import maximum_profit_score
    >>> left = [0, 1, 0, 1, 0, 1, 0, 1]
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9]
    >>> score, fraction = maximum_profit_score(left, scores, return_fraction=True)
    >>> round(score, 3), fraction
    (23.875, 0.875)
    """
    campaign = _check_campaign(customer_value, incentive_cost, contact_cost)
    check_value("accept_rate", accept_rate, SHARE)
    check_value("return_fraction", return_fraction, BOOLEAN)
    hull = _measure_hull(check_targets(y_true, y_score, pos_label, sample_weight))
    score, fraction = _take_profit([hull], campaign, accept_rate)[:, 0].tolist()
    return (score, fraction) if return_fraction else score


def expected_maximum_profit_interval(
    y_true: Any,
    y_score: Any,
    *,
    customer_value: float = 200.0,
    incentive_cost: float = 10.0,
    contact_cost: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
    pos_label: Any = None,
    sample_weight: Any = None,
    n_bootstrap: int = 1000,
    confidence_level: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
    n_jobs: int | None = None,
) -> tuple[float, float]:
    """Bootstrap interval of the expected maximum profit.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels; the positive class is leaving.
    y_score : array of shape (n_samples,)
        Scores or probabilities of leaving.
    customer_value : float, default=200.0
        Money that a customer who is kept is worth.
    incentive_cost : float, default=10.0
        Money that an accepted incentive costs.
    contact_cost : float, default=1.0
        Money that contacting a customer costs.
    alpha : float, default=6.0
        First parameter of the beta distribution of the share that accepts, above 0.
    beta : float, default=14.0
        Second parameter; the mean is ``alpha / (alpha + beta)``.
    pos_label : bool, int, str or None, default=None
        Label of those who leave; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers, who are drawn with equal chances.
    n_bootstrap : int, default=1000
        Number of times that as many customers are drawn with replacement.
    confidence_level : float, default=0.95
        Coverage, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Source of the draws.
    n_jobs : int or None, default=None
        Threads; -1 for every core, None too unless OMP_NUM_THREADS says less. The result
        is the same for any number.

    Returns
    -------
    tuple of float
        Lower and upper bound, percentiles of the scores of the draws.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    expected_maximum_profit_score : The score itself.
    maximum_profit_interval : That of the maximum profit.

    Notes
    -----
    The scores are sorted once; a draw counts rows in that order, O(n). Every draw
    chooses its cuts anew, which makes the mean of the draws a little higher than the
    score. The model is taken as given: how it would vary with other customers to
    learn from is not in the interval.

    Examples
    --------
    >>> from custbase.metrics import expected_maximum_profit_interval
    >>> left = [0, 1, 0, 1, 0, 1, 0, 1] * 50
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9] * 50
    >>> low, high = expected_maximum_profit_interval(left, scores, random_state=0)
    >>> low < 23.88 < high
    True
    """
    campaign = _check_campaign(customer_value, incentive_cost, contact_cost)
    _check_beta(alpha, beta)
    targets = check_targets(y_true, y_score, pos_label, sample_weight)

    def measure(hulls: list[Hull]) -> np.ndarray:
        return _expect_profit(hulls, campaign, alpha, beta)

    return _bootstrap(targets, measure, n_bootstrap, confidence_level, random_state, n_jobs)


def maximum_profit_interval(
    y_true: Any,
    y_score: Any,
    *,
    customer_value: float = 200.0,
    incentive_cost: float = 10.0,
    contact_cost: float = 1.0,
    accept_rate: float = 0.3,
    pos_label: Any = None,
    sample_weight: Any = None,
    n_bootstrap: int = 1000,
    confidence_level: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
    n_jobs: int | None = None,
) -> tuple[float, float]:
    """Bootstrap interval of the maximum profit.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels; the positive class is leaving.
    y_score : array of shape (n_samples,)
        Scores or probabilities of leaving.
    customer_value : float, default=200.0
        Money that a customer who is kept is worth.
    incentive_cost : float, default=10.0
        Money that an accepted incentive costs.
    contact_cost : float, default=1.0
        Money that contacting a customer costs.
    accept_rate : float, default=0.3
        Share of those who would leave that accepts the incentive and stays, in [0, 1].
    pos_label : bool, int, str or None, default=None
        Label of those who leave; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers, who are drawn with equal chances.
    n_bootstrap : int, default=1000
        Number of times that as many customers are drawn with replacement.
    confidence_level : float, default=0.95
        Coverage, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Source of the draws.
    n_jobs : int or None, default=None
        Threads; -1 for every core, None too unless OMP_NUM_THREADS says less. The result
        is the same for any number.

    Returns
    -------
    tuple of float
        Lower and upper bound, percentiles of the scores of the draws.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    maximum_profit_score : The score itself.
    expected_maximum_profit_interval : Notes on what the interval holds.

    Examples
    --------
    >>> from custbase.metrics import maximum_profit_interval
    >>> left = [0, 1, 0, 1, 0, 1, 0, 1] * 50
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9] * 50
    >>> low, high = maximum_profit_interval(left, scores, random_state=0)
    >>> low < 23.88 < high
    True
    """
    campaign = _check_campaign(customer_value, incentive_cost, contact_cost)
    check_value("accept_rate", accept_rate, SHARE)
    targets = check_targets(y_true, y_score, pos_label, sample_weight)

    def measure(hulls: list[Hull]) -> np.ndarray:
        return _take_profit(hulls, campaign, accept_rate)

    return _bootstrap(targets, measure, n_bootstrap, confidence_level, random_state, n_jobs)


def _check_campaign(customer_value: float, incentive_cost: float, contact_cost: float) -> Campaign:
    check_value("customer_value", customer_value, MONEY)
    check_value("incentive_cost", incentive_cost, MONEY)
    check_value("contact_cost", contact_cost, MONEY)
    return Campaign(float(customer_value), float(incentive_cost), float(contact_cost))


def _check_beta(alpha: float, beta: float) -> None:
    check_value("alpha", alpha, SHAPE)
    check_value("beta", beta, SHAPE)


def _sort_rows(targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Kinds and weights of the rows, the highest score first."""
    kinds = np.empty(len(targets.scores), np.uint8)
    if targets.weights is None:
        # Two short sorts of numbers take half the time of one that keeps an order.
        scores = np.empty_like(targets.scores)
        n_positives = split_scores(targets.hits, targets.scores, scores)
        positives, negatives = scores[:n_positives], scores[n_positives:]
        positives.sort()
        negatives.sort()
        merge_scores(positives, negatives, kinds)
        return kinds, np.empty(0)
    order = np.argsort(targets.scores)[::-1]
    scores = targets.scores[order]
    np.multiply(targets.hits[order], POSITIVE, out=kinds, casting="unsafe")
    kinds[np.append(scores[1:] != scores[:-1], True)] += LAST
    return kinds, targets.weights[order]


def _measure_hull(targets: Targets) -> Hull:
    """Hull of all rows."""
    kinds, weights = _sort_rows(targets)
    hits, misses = np.empty((2, len(kinds) + 1))
    size = find_hull(kinds, weights, np.ones(len(kinds), np.uint8), hits, misses)
    return _as_shares(hits[:size], misses[:size])


def _as_shares(hits: np.ndarray, misses: np.ndarray) -> Hull:
    # A draw of weighted rows may have no weight at all: it earns nothing.
    total = hits[-1] + misses[-1] or 1.0
    return Hull(hits / total, misses / total)


def _bootstrap(
    targets: Targets,
    measure: Callable[[list[Hull]], np.ndarray],
    n_bootstrap: int,
    confidence_level: float,
    random_state: int | np.random.RandomState | None,
    n_jobs: int | None,
) -> tuple[float, float]:
    """Percentiles of what is measured of rows drawn again."""
    check_value("n_bootstrap", n_bootstrap, Number(1, integer=True))
    check_value("confidence_level", confidence_level, Number(0, 1, low_open=True, high_open=True))
    check_value("random_state", random_state, *RANDOM_STATE)
    check_value("n_jobs", n_jobs, *N_JOBS)
    kinds, weights = _sort_rows(targets)
    bound = np.iinfo(np.uint64).max
    seeds = check_random_state(random_state).randint(bound, size=n_bootstrap, dtype=np.uint64)
    at_once = max(1, DRAWN_AT_ONCE // len(kinds))

    def draw(start: int) -> np.ndarray:
        counts, (hits, misses) = np.empty(len(kinds), np.uint8), np.empty((2, len(kinds) + 1))
        hulls = []
        for seed in seeds[start : start + at_once]:
            size = resample_hull(kinds, weights, seed, counts, hits, misses)
            hulls.append(_as_shares(hits[:size], misses[:size]))
        return measure(hulls)[0]

    starts = range(0, n_bootstrap, at_once)
    with thread_map(count_threads(n_jobs), len(starts)) as run:
        scores = np.concatenate(run(draw, starts))
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(scores, [tail, 1 - tail]).tolist()
    return low, high


def _take_profit(hulls: list[Hull], campaign: Campaign, accept_rate: float) -> np.ndarray:
    """Largest profit of each hull, and the fraction contacted; shape (2, n_hulls)."""
    value, incentive, contact = campaign
    found = []
    for hits, misses in hulls:
        gain = accept_rate * (value - incentive) - contact
        profit = gain * hits - (incentive + contact) * misses
        # The first of those that earn as much, up to rounding.
        best = int(np.argmax(profit >= profit.max() - ROUNDING * np.abs(profit).max()))
        found.append((profit[best], hits[best] + misses[best]))
    return np.array(found).T


def _expect_profit(hulls: list[Hull], campaign: Campaign, alpha: float, beta: float) -> np.ndarray:
    """Expected maximum profit of each hull, and the fraction contacted; shape (2, n_hulls)."""
    value, incentive, contact = campaign
    starts = np.cumsum([0] + [len(hull.hits) for hull in hulls[:-1]])
    hits = np.concatenate([hull.hits for hull in hulls])
    misses = np.concatenate([hull.misses for hull in hulls])
    gain = value - incentive
    # Share that must accept before a corner earns as much as the one before: the first
    # corner of a hull earns nothing, from 0 on.
    more_hits, more_misses = np.diff(hits, prepend=0.0), np.diff(misses, prepend=0.0)
    least = (incentive + contact) * more_misses + contact * more_hits
    at = np.ones_like(hits)
    np.divide(least, gain * more_hits, out=at, where=gain * more_hits > 0)
    at = at.clip(0.0, 1.0)
    at[starts] = 0.0
    below = betainc(alpha, beta, at)
    below_weighted = alpha / (alpha + beta) * betainc(alpha + 1, beta, at)
    ends = np.append(starts[1:] - 1, len(hits) - 1)
    chance, weighted = (
        _differences(below, ends, 1.0),
        _differences(below_weighted, ends, alpha / (alpha + beta)),
    )
    profit = gain * hits * weighted - (contact * hits + (incentive + contact) * misses) * chance
    # Where a corner earns most it earns no less than nobody contacted, but for rounding.
    profit = profit.clip(min=0.0)
    return np.add.reduceat(np.stack([profit, (hits + misses) * chance]), starts, axis=1)


def _differences(below: np.ndarray, ends: np.ndarray, last: float) -> np.ndarray:
    """What is between each corner and the next; the last of a hull reaches up to `last`."""
    above = np.append(below[1:], last)
    above[ends] = last
    return above - below
