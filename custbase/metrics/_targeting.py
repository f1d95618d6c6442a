"""Who is reached when customers are contacted from the highest score down."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._joins import in_one_order
from .._params import Number, check_value
from .._tabular._money import check_money
from ._targets import Targets, check_targets

FRACTION = Number(0, 1, low_open=True)


def lift_score(
    y_true: Any,
    y_score: Any,
    *,
    fraction: float = 0.1,
    pos_label: Any = None,
    sample_weight: Any = None,
) -> float:
    """Compare the rate of positives among the highest scores with the rate among all.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels.
    y_score : array of shape (n_samples,)
        Scores or probabilities of the positive class.
    fraction : float, default=0.1
        Share of the customers with the highest scores, above 0 and at most 1.
    pos_label : bool, int, str or None, default=None
        Label of the positive class; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    float
        1 is as good as chance, 3 finds three times as many; NaN without positives.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    gains_curve : The share of positives that is found, for every fraction.

    Notes
    -----
    The gain at `fraction` over `fraction`, see `gains_curve`. Customers of equal
    scores count as drawn from at random, so the order of the rows does not matter.

    Examples
    --------
    >>> from custbase.metrics import lift_score
    >>> lift_score([0, 1, 0, 0, 1, 0, 0, 1], [.1, .9, .2, .3, .8, .2, .1, .4], fraction=0.25)
    2.6666666666666665
    """
    check_value("fraction", fraction, FRACTION)
    shares, gains = _cumulate(check_targets(y_true, y_score, pos_label, sample_weight))
    return float(np.interp(fraction, shares, gains) / fraction)


def gains_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the positives among the highest scores, for every fraction of customers.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels.
    y_score : array of shape (n_samples,)
        Scores or probabilities of the positive class.
    pos_label : bool, int, str or None, default=None
        Label of the positive class; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    fractions : ndarray of shape (n_thresholds + 1,)
        Fractions of customers with the highest scores, from 0 to 1, one for each
        distinct score.
    gains : ndarray of shape (n_thresholds + 1,)
        Shares of all positives among them, from 0 to 1; NaN without positives.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    lift_score : The gain at one fraction over that fraction.
    custbase.plot.GainsDisplay : The curve as a picture.

    Notes
    -----
    Between two points the curve is a straight line, which is what contacting some of
    the customers of one score at random brings.

    Examples
    --------
    >>> from custbase.metrics import gains_curve
    >>> fractions, gains = gains_curve([0, 1, 0, 1], [0.1, 0.8, 0.3, 0.3])
    >>> fractions
    array([0.  , 0.25, 0.75, 1.  ])
    >>> gains
    array([0. , 0.5, 1. , 1. ])
    """
    return _cumulate(check_targets(y_true, y_score, pos_label, sample_weight))


@in_one_order
def profit_curve(
    y_true: Any,
    y_score: Any,
    *,
    customer_value: Any = 200.0,
    incentive_cost: Any = 10.0,
    contact_cost: float = 1.0,
    accept_rate: Any = 0.3,
    pos_label: Any = None,
    sample_weight: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Profit of contacting the highest scores, for every fraction of customers.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels; the positive class is leaving.
    y_score : array of shape (n_samples,)
        What customers are ranked by: scores, probabilities, or expected profits.
    customer_value : float or array of shape (n_samples,), default=200.0
        Money that a customer who is kept is worth, one for all or one each.
    incentive_cost : float or array of shape (n_samples,), default=10.0
        Money that an accepted incentive costs.
    contact_cost : float, default=1.0
        Money that contacting a customer costs.
    accept_rate : float or array of shape (n_samples,), default=0.3
        Share of those who would leave that accepts the incentive and stays, in [0, 1].
    pos_label : bool, int, str or None, default=None
        Label of those who leave; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    fractions : ndarray of shape (n_thresholds + 1,)
        Fractions of customers with the highest scores, from 0 to 1, one for each
        distinct score.
    profits : ndarray of shape (n_thresholds + 1,)
        Profit per customer of the whole base, from 0 on.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    maximum_profit_score : The top of the curve.
    custbase.plot.ProfitCurveDisplay : The curve as a picture.

    Notes
    -----
    Contacting a customer of value V who would leave earns ``g (V - d) - f``, one who
    stays anyway ``-(d + f)``, with the share g that accepts, the incentive d and the
    contact cost f.

    Examples
    --------
    >>> from custbase.metrics import profit_curve
    >>> fractions, profits = profit_curve([0, 1, 0, 1], [0.1, 0.8, 0.3, 0.6])
    >>> profits
    array([ 0. , 14. , 28. , 25.25, 22.5 ])
    """
    check_value("contact_cost", contact_cost, Number(0))
    targets = check_targets(y_true, y_score, pos_label, sample_weight)
    n_rows = len(targets.hits)
    value = check_money("customer_value", customer_value, n_rows)
    incentive = check_money("incentive_cost", incentive_cost, n_rows)
    rate = check_money("accept_rate", accept_rate, n_rows, most=1.0)
    brought = np.where(targets.hits, rate * (value - incentive), -incentive) - contact_cost
    weights = np.ones(len(brought)) if targets.weights is None else targets.weights
    reached, profits = _sum_down(targets.scores, weights, weights * brought)
    return reached / reached[-1], profits / reached[-1]


def _cumulate(targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Shares of customers and of positives, down to every distinct score."""
    weights = np.ones(len(targets.hits)) if targets.weights is None else targets.weights
    reached, found = _sum_down(targets.scores, weights, weights * targets.hits)
    with np.errstate(invalid="ignore"):
        return reached / reached[-1], found / found[-1]


def _sum_down(scores: np.ndarray, *amounts: np.ndarray) -> list[np.ndarray]:
    """Sums of amounts from the highest score down to every distinct one, from 0 on."""
    order = np.argsort(-scores, kind="stable")
    is_last = np.append(np.diff(scores[order]) != 0, True)
    return [np.append(0.0, amount[order].cumsum()[is_last]) for amount in amounts]
