"""Money over time: what a customer costs to win, brings, and when that pays back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._joins import refuse_other_index
from .._params import NONE, Number, check_value
from ._amounts import (
    Amount,
    FloatArray,
    as_amounts,
    as_result,
    safe_ratio,
    warn_of_zero,
    warned_ratio,
)


def customer_acquisition_cost(acquisition_cost: ArrayLike, new_customers: ArrayLike) -> Amount:
    """Divide what was spent on winning customers by how many were won.

    Parameters
    ----------
    acquisition_cost : float or array-like
        Money spent on acquisition in the period.
    new_customers : int or array-like
        Customers won by it: new ones only, without reactivated ones.

    Returns
    -------
    float or ndarray
        Money per new customer, CAC.

    Raises
    ------
    ValueError
        If a cost or a number of customers is negative; or if Series differ in their
        index, whose values would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If money was spent and nobody was won.

    See Also
    --------
    max_affordable_cac : What a new customer may cost.
    payback_period : When the cost is earned back.

    Notes
    -----
    CAC = cost / new customers; 0/0 is NaN. Which cost is meant (paid media only,
    all marketing, fully loaded) has to be said beside the figure.

    References
    ----------
    .. [1] Farris, Bendle, Pfeifer and Reibstein, "Marketing Metrics", Pearson.

    Examples
    --------
    >>> customer_acquisition_cost(5000.0, 40)
    125.0
    """
    refuse_other_index(acquisition_cost=acquisition_cost, new_customers=new_customers)
    return as_result(
        warned_ratio(
            as_amounts("acquisition_cost", acquisition_cost, low=0),
            as_amounts("new_customers", new_customers, low=0),
            result="customer_acquisition_cost",
            denominator_name="new_customers",
        )
    )


def customer_lifetime_value(
    value_per_period: ArrayLike,
    *,
    lifespan: ArrayLike | None = None,
    retention_rate: ArrayLike | None = None,
    discount_rate: ArrayLike = 0.0,
    horizon: int | None = None,
) -> Amount:
    """Value a customer who brings the same amount each period while they stay.

    Parameters
    ----------
    value_per_period : float or array-like
        Money a per period: contribution for a value to compare with costs.
    lifespan : float or array-like, default=None
        Periods a customer stays. Exactly one of `lifespan` and `retention_rate`
        is given.
    retention_rate : float or array-like, default=None
        Share q of customers who stay from one period to the next, in [0, 1];
        below 1 + `discount_rate` if `horizon` is None.
    discount_rate : float or array-like, default=0.0
        Rate r per period, above -1; with `retention_rate` only. A yearly rate R
        is (1 + R)**(1/12) - 1 a month.
    horizon : int, default=None
        Number of periods counted, with `retention_rate` only; None for all.

    Returns
    -------
    float or ndarray
        Money per customer, of the broadcast shape.

    Raises
    ------
    ValueError
        If both or neither of `lifespan` and `retention_rate` are given, if
        `lifespan` is combined with `discount_rate` or `horizon`, if an argument is
        out of range, or if the value of all periods is infinite (retention_rate >=
        1 + discount_rate without a horizon); or if Series differ in their index,
        whose values would be combined by position.

    See Also
    --------
    net_present_value : Of flows that differ from period to period.
    max_affordable_cac : What winning such a customer may cost.

    Notes
    -----
    With a lifespan: a * lifespan. With a retention rate, the first amount coming
    at once,

    .. math:: a \\sum_{t=0}^{T-1} v^t = a \\frac{1 - v^T}{1 - v}, \\qquad v = \\frac{q}{1+r},

    and a(1+r)/(1+r-q) without a horizon. A constant q is one customer's hazard;
    averaged over customers who differ, 1/(1-q) understates the mean lifetime.

    References
    ----------
    .. [1] Gupta, Lehmann and Stuart, "Valuing Customers", Journal of Marketing
       Research 41, 2004.

    Examples
    --------
    >>> customer_lifetime_value(50.0, lifespan=4)
    200.0
    >>> round(customer_lifetime_value(50.0, retention_rate=0.88, discount_rate=0.1), 6)
    250.0
    >>> customer_lifetime_value(50.0, retention_rate=0.5, horizon=3)
    87.5
    """
    refuse_other_index(
        value_per_period=value_per_period,
        lifespan=lifespan,
        retention_rate=retention_rate,
        discount_rate=discount_rate,
    )
    value = as_amounts("value_per_period", value_per_period)
    rate = as_amounts("discount_rate", discount_rate, low=-1, low_open=True)
    check_value("horizon", horizon, Number(1, integer=True), NONE)
    if lifespan is not None:
        if retention_rate is not None:
            raise ValueError(
                "give lifespan or retention_rate, not both; "
                f"got {lifespan!r} and {retention_rate!r}."
            )
        if horizon is not None or rate.any():
            raise ValueError(
                "discount_rate and horizon belong to retention_rate; with lifespan got "
                f"discount_rate={discount_rate!r} and horizon={horizon!r}."
            )
        return as_result(value * as_amounts("lifespan", lifespan, low=0))
    if retention_rate is None:
        raise ValueError("give lifespan or retention_rate; got None for both.")
    stay = as_amounts("retention_rate", retention_rate, low=0, high=1)
    if horizon is None and (stay >= 1 + rate).any():
        raise ValueError(
            "retention_rate must be below 1 + discount_rate where horizon is None, else the "
            f"value is infinite; got {retention_rate!r} and {discount_rate!r}."
        )
    return as_result(value * annuity_factor(stay / (1 + rate), horizon))


def annuity_factor(v: ArrayLike, n_periods: int | None) -> FloatArray:
    """Sum of v**t for t = 0, 1, ..., n_periods - 1; None is for ever."""
    v = np.asarray(v, dtype=np.float64)
    if n_periods is None:
        return 1 / (1 - v)
    flat = v == 1
    gap = np.where(flat, 1.0, 1 - v)
    return np.where(flat, n_periods, (1 - v**n_periods) / gap)


def net_present_value(cashflows: ArrayLike, rate: ArrayLike, *, first_period: int = 1) -> Amount:
    """Discount flows of money to today.

    Parameters
    ----------
    cashflows : array-like of shape (n_periods,) or (..., n_periods)
        Money per period, received positive, paid negative. The last axis is
        time, so that a customer is a row.
    rate : float or array-like
        Discount rate per period, above -1; an array is broadcast against the
        axes of `cashflows` before the last.
    first_period : int, default=1
        Time of the first flow: 0 is now, 1 at the end of the first period.

    Returns
    -------
    float or ndarray
        Present value, without the axis of time.

    Raises
    ------
    ValueError
        If a rate is -1 or less, if there is no period, or if `first_period` is
        negative; or if Series differ in their index, whose values would be combined
        by place.

    See Also
    --------
    customer_lifetime_value : The closed form for flows that fade at a constant rate.

    Notes
    -----
    Flow j is divided by (1 + rate)**(first_period + j). ``first_period=0`` is
    numpy-financial's convention, 1 that of spreadsheets. Of a matrix,
    numpy-financial 1.0 discounts the last axis and adds up the first, which goes
    wrong in silence when it is square; here time is the last axis throughout.
    O(size), by a matrix product for one rate and by Horner's scheme for many, so
    without temporaries as large as `cashflows`.

    References
    ----------
    .. [1] Brealey, Myers and Allen, "Principles of Corporate Finance", McGraw-Hill.

    Examples
    --------
    110/1.1 + 121/1.21 = 200, and a period earlier 220.

    >>> round(net_present_value([110.0, 121.0], 0.1), 6)
    200.0
    >>> round(net_present_value([110.0, 121.0], 0.1, first_period=0), 6)
    220.0
    >>> net_present_value([[100.0, 100.0], [0.0, 400.0]], 1.0)
    array([ 75., 100.])
    """
    refuse_other_index(cashflows=cashflows, rate=rate)
    flows = as_amounts("cashflows", cashflows)
    rates = as_amounts("rate", rate, low=-1, low_open=True)
    check_value("first_period", first_period, Number(0, integer=True))
    if flows.ndim == 0 or flows.shape[-1] == 0:
        raise ValueError(
            f"cashflows must have at least one period along its last axis; got shape {flows.shape}."
        )
    if rates.ndim == 0:
        return as_result(flows @ discount_factors(float(rates), flows.shape[-1], first_period))
    v = 1 / (1 + rates)
    value: FloatArray = np.zeros(np.broadcast_shapes(flows.shape[:-1], rates.shape))
    for period in reversed(range(flows.shape[-1])):
        value *= v
        value += flows[..., period]
    return as_result(value * v**first_period)


def discount_factors(rate: float, n_periods: int, first_period: int) -> FloatArray:
    """What one unit of money at each period is worth today."""
    return (1.0 + rate) ** -np.arange(first_period, first_period + n_periods, dtype=np.float64)


def payback_period(
    acquisition_cost: ArrayLike,
    margin_per_period: ArrayLike,
    *,
    retention_rate: ArrayLike = 1.0,
    discount_rate: ArrayLike = 0.0,
) -> Amount:
    """Compute after how many periods a new customer has earned what they cost.

    Parameters
    ----------
    acquisition_cost : float or array-like
        Money a new customer costs (CAC), at least 0.
    margin_per_period : float or array-like
        Contribution a per period of a customer who is still there.
    retention_rate : float or array-like, default=1.0
        Share q of customers who stay from one period to the next, in [0, 1].
    discount_rate : float or array-like, default=0.0
        Rate r per period, above -1.

    Returns
    -------
    float or ndarray
        Number of periods: inf if the cost is never earned back, as with a negative
        margin; 0 if there is no cost; NaN if there is neither cost nor margin.

    Raises
    ------
    ValueError
        If a cost is negative or a rate is out of range; or if Series differ in
        their index, whose values would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If there is a cost and no margin.

    See Also
    --------
    customer_acquisition_cost : The cost per new customer.
    max_affordable_cac : The cost that still pays.

    Notes
    -----
    Without churn and discount the margin flows evenly: CAC/a, not rounded.
    Otherwise, with v = q/(1+r) and an amount at the start of each period, the
    smallest whole T with a(1 - v^T)/(1 - v) >= CAC,

    .. math:: T = \\left\\lceil \\frac{\\ln(1 - CAC (1-v)/a)}{\\ln v} \\right\\rceil,

    which exists if CAC < a/(1-v).

    Examples
    --------
    >>> payback_period(120.0, 50.0)
    2.4

    With half of the customers lost each period: 50 + 25 + 12.5 reaches 80 in the
    third, and no number of periods reaches 100.

    >>> payback_period([80.0, 100.0], 50.0, retention_rate=0.5)
    array([ 3., inf])
    """
    refuse_other_index(
        acquisition_cost=acquisition_cost,
        margin_per_period=margin_per_period,
        retention_rate=retention_rate,
        discount_rate=discount_rate,
    )
    cost = as_amounts("acquisition_cost", acquisition_cost, low=0)
    margin = as_amounts("margin_per_period", margin_per_period)
    stay = as_amounts("retention_rate", retention_rate, low=0, high=1)
    rate = as_amounts("discount_rate", discount_rate, low=-1, low_open=True)
    warn_of_zero(cost, margin, result="payback_period", denominator_name="margin_per_period")
    return as_result(discounted_periods(safe_ratio(cost, margin), stay / (1 + rate)))


def discounted_periods(periods: ArrayLike, v: ArrayLike) -> FloatArray:
    """Turn cost / margin into the periods that pay it if each brings v times the one before."""
    even, v = np.broadcast_arrays(np.asarray(periods, np.float64), np.asarray(v, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = np.log1p(-even * (1 - v)) / np.log(v)
        # Rounding must not turn a cost worth exactly T periods into T + 1, nor never into late.
        whole = np.maximum(np.ceil(exact - 1e-9 * np.maximum(exact, 1.0)), 1.0)
        never = even * (1 - v) >= 1 - 1e-12
    # Nobody stays: the first period is the only one.
    whole = np.where(v == 0, np.where(even <= 1, 1.0, np.inf), np.where(never, np.inf, whole))
    periods_needed = np.where(v == 1, even, np.where(np.isnan(even), np.nan, whole))
    # A negative margin pays back nothing, unless there is nothing to pay back.
    return np.where(even == 0, 0.0, np.where(even < 0, np.inf, periods_needed))


def max_affordable_cac(
    lifetime_value: ArrayLike,
    *,
    target_ratio: ArrayLike | None = None,
    required_profit: ArrayLike | None = None,
) -> Amount:
    """Compute what winning a customer may cost at most.

    Parameters
    ----------
    lifetime_value : float or array-like
        Contribution of a customer over their lifetime (CLV, LTV).
    target_ratio : float or array-like, default=None
        Wanted LTV:CAC, above 0; 3 is a common rule of thumb. Exactly one of
        `target_ratio` and `required_profit` is given.
    required_profit : float or array-like, default=None
        Money that has to be left per customer; 0 is break-even.

    Returns
    -------
    float or ndarray
        Money per new customer; negative if even a free one is not worth having.

    Raises
    ------
    ValueError
        If both or neither of `target_ratio` and `required_profit` are given, or if
        a ratio is not positive; or if Series differ in their index, whose values
        would be combined by position.

    See Also
    --------
    customer_lifetime_value : The value to compare with.
    customer_acquisition_cost : What customers did cost.

    Notes
    -----
    CLV / target_ratio, or CLV - required_profit.

    Examples
    --------
    >>> max_affordable_cac(240.0, target_ratio=3)
    80.0
    >>> max_affordable_cac(240.0, required_profit=100.0)
    140.0
    """
    refuse_other_index(
        lifetime_value=lifetime_value, target_ratio=target_ratio, required_profit=required_profit
    )
    value = as_amounts("lifetime_value", lifetime_value)
    if target_ratio is not None:
        if required_profit is not None:
            raise ValueError(
                "give target_ratio or required_profit, not both; "
                f"got {target_ratio!r} and {required_profit!r}."
            )
        return as_result(value / as_amounts("target_ratio", target_ratio, low=0, low_open=True))
    if required_profit is None:
        raise ValueError("give target_ratio or required_profit; got None for both.")
    return as_result(value - as_amounts("required_profit", required_profit))
