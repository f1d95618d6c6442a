"""What a campaign brings and what it costs: revenue, cost and their ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._joins import refuse_other_index
from ._amounts import Amount, FloatArray, as_amounts, as_result, warned_ratio, without_dust


def total_revenue(revenue: ArrayLike, *, axis: int | None = None) -> Amount:
    """Add up revenue.

    Parameters
    ----------
    revenue : array-like
        Money per customer, or per customer and period; returns are negative.
    axis : int, default=None
        Axis that is added up; None for all of them.

    Returns
    -------
    float or ndarray
        Total revenue TR, in the money unit of `revenue`.

    See Also
    --------
    total_cost : What stands against it.

    Notes
    -----
    TR = sum of y. O(size), pairwise summation.

    Examples
    --------
    >>> total_revenue([[120.0, 80.0], [0.0, 50.0]])
    250.0
    >>> total_revenue([[120.0, 80.0], [0.0, 50.0]], axis=1)
    array([200.,  50.])
    """
    amounts = as_amounts("revenue", revenue)
    total, size = (np.asarray(some.sum(axis=axis)) for some in (amounts, np.abs(amounts)))
    return as_result(without_dust(total, size))


def total_cost(
    implementation_cost: ArrayLike,
    marketing_budget: ArrayLike = 0.0,
    *,
    cost_per_contact: ArrayLike = 0.0,
    n_contacts: ArrayLike = 0,
) -> Amount:
    """Add up what a campaign costs.

    Parameters
    ----------
    implementation_cost : float or array-like
        Money spent on building the campaign, whoever it reaches.
    marketing_budget : float or array-like, default=0.0
        Money spent on media, agencies and the like.
    cost_per_contact : float or array-like, default=0.0
        Money per contacted customer.
    n_contacts : int or array-like, default=0
        Number of contacted customers.

    Returns
    -------
    float or ndarray
        Total cost TC, of the broadcast shape.

    Raises
    ------
    ValueError
        If a cost or a number of contacts is negative; or if Series differ in their
        index, whose values would be combined by position.

    See Also
    --------
    total_revenue : What stands against it.

    Notes
    -----
    TC = implementation + budget + cost per contact * contacts.

    Examples
    --------
    >>> total_cost(2000.0, 500.0, cost_per_contact=0.5, n_contacts=1000)
    3000.0
    """
    refuse_other_index(
        implementation_cost=implementation_cost,
        marketing_budget=marketing_budget,
        cost_per_contact=cost_per_contact,
        n_contacts=n_contacts,
    )
    return as_result(
        as_amounts("implementation_cost", implementation_cost, low=0)
        + as_amounts("marketing_budget", marketing_budget, low=0)
        + as_amounts("cost_per_contact", cost_per_contact, low=0)
        * as_amounts("n_contacts", n_contacts, low=0)
    )


def return_on_investment_pct(revenue: ArrayLike, cost: ArrayLike) -> Amount:
    """Compare what comes back with what was spent.

    Parameters
    ----------
    revenue : float or array-like
        Total revenue TR; pass margin times revenue for a return on contribution.
    cost : float or array-like
        Total cost TC, at least 0.

    Returns
    -------
    float or ndarray
        Return in percent of the cost: 0 at break-even, -100 if nothing comes back.

    Raises
    ------
    ValueError
        If a cost is negative; or if Series differ in their index, whose values
        would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If there is revenue without cost: the return is infinite.

    See Also
    --------
    marketing_roi_pct : The same against the marketing cost alone.
    marginal_roi : What the next unit of money returns.

    Notes
    -----
    ROI = 100 (TR - TC)/TC. Return on revenue overstates the gain by the cost of
    the goods: at a margin m, a campaign pays if TR/TC exceeds 1/m. 0/0 is NaN.

    References
    ----------
    .. [1] Farris, Bendle, Pfeifer and Reibstein, "Marketing Metrics", Pearson.

    Examples
    --------
    >>> return_on_investment_pct(4500.0, 3000.0)
    50.0
    """
    refuse_other_index(revenue=revenue, cost=cost)
    earned = as_amounts("revenue", revenue)
    spent = as_amounts("cost", cost, low=0)
    ratio = warned_ratio(
        earned - spent, spent, result="return_on_investment_pct", denominator_name="cost"
    )
    return as_result(100.0 * ratio)


def break_even_pct(revenue: ArrayLike, cost: ArrayLike) -> Amount:
    """Compute the share of the revenue that it takes to cover the cost.

    Parameters
    ----------
    revenue : float or array-like
        Total revenue TR.
    cost : float or array-like
        Total cost TC, at least 0.

    Returns
    -------
    float or ndarray
        Percent of the revenue; above 100 the campaign loses money.

    Raises
    ------
    ValueError
        If a cost is negative; or if Series differ in their index, whose values
        would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If there is cost without revenue: no multiple of the revenue covers it.
    NegativeDenominatorWarning
        If there is negative revenue, more returned than bought: the result is NaN.

    See Also
    --------
    profit_margin_pct : What is left of the revenue.

    Notes
    -----
    100 TC/TR; 0/0 is NaN. Of a negative revenue the cost is no share: 100 TC/TR would be
    below 0, as if the campaign cost less than nothing, and is NaN instead. As TR falls to
    0 the figure rises without end, so in intervals of CampaignFinance such draws count as
    the worst.

    Examples
    --------
    >>> break_even_pct(4500.0, 1800.0)
    40.0
    """
    refuse_other_index(revenue=revenue, cost=cost)
    ratio = warned_ratio(
        as_amounts("cost", cost, low=0),
        as_amounts("revenue", revenue),
        result="break_even_pct",
        denominator_name="revenue",
    )
    return as_result(100.0 * ratio)


def profit_margin_pct(revenue: ArrayLike, cost: ArrayLike) -> Amount:
    """Compute the share of the revenue that is left after the cost.

    Parameters
    ----------
    revenue : float or array-like
        Total revenue TR.
    cost : float or array-like
        Total cost TC, at least 0.

    Returns
    -------
    float or ndarray
        Percent of the revenue; negative if the campaign loses money.

    Raises
    ------
    ValueError
        If a cost is negative; or if Series differ in their index, whose values
        would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If there is cost without revenue: the margin is minus infinity.
    NegativeDenominatorWarning
        If there is negative revenue, more returned than bought: the result is NaN.

    See Also
    --------
    break_even_pct : Its complement to 100.

    Notes
    -----
    100 (TR - TC)/TR; 0/0 is NaN. Of a negative revenue a loss is no share: the quotient
    would be a gain above 100, and is NaN instead. Where TC and TR are positive, it is
    1 - 1/(1 + ROI), as shares. As TR falls to 0 the margin falls without end, so in
    intervals of CampaignFinance draws of negative revenue count as the worst.

    Examples
    --------
    >>> profit_margin_pct(4500.0, 1800.0)
    60.0
    """
    refuse_other_index(revenue=revenue, cost=cost)
    earned = as_amounts("revenue", revenue)
    ratio = warned_ratio(
        earned - as_amounts("cost", cost, low=0),
        earned,
        result="profit_margin_pct",
        denominator_name="revenue",
    )
    return as_result(100.0 * ratio)


def average_revenue_per_customer(revenue: ArrayLike, n_customers: ArrayLike) -> Amount:
    """Divide revenue by the number of customers.

    Parameters
    ----------
    revenue : float or array-like
        Total revenue TR.
    n_customers : int or array-like
        Number of customers, those without revenue included.

    Returns
    -------
    float or ndarray
        Money per customer.

    Raises
    ------
    ValueError
        If a number of customers is negative; or if Series differ in their index,
        whose values would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If there is revenue without customers.

    See Also
    --------
    customer_lifetime_value : What a customer brings over time.

    Notes
    -----
    TR/n; 0/0 is NaN.

    Examples
    --------
    >>> average_revenue_per_customer(4500.0, 300)
    15.0
    """
    refuse_other_index(revenue=revenue, n_customers=n_customers)
    return as_result(
        warned_ratio(
            as_amounts("revenue", revenue),
            as_amounts("n_customers", n_customers, low=0),
            result="average_revenue_per_customer",
            denominator_name="n_customers",
        )
    )


def marketing_roi_pct(revenue: ArrayLike, marketing_cost: ArrayLike) -> Amount:
    """Compare what comes back with the marketing part of the cost.

    Parameters
    ----------
    revenue : float or array-like
        Revenue TR credited to the marketing; for the stricter reading pass the
        incremental contribution, margin times the revenue above the baseline.
    marketing_cost : float or array-like
        Marketing cost M, at least 0: total cost without implementation.

    Returns
    -------
    float or ndarray
        Return in percent of the marketing cost.

    Raises
    ------
    ValueError
        If a cost is negative; or if Series differ in their index, whose values
        would be combined by position.

    Warns
    -----
    ZeroDenominatorWarning
        If there is revenue without marketing cost.

    See Also
    --------
    return_on_investment_pct : The same against the total cost.
    marginal_roi : What the next unit of money returns, the other thing people call MROI.

    Notes
    -----
    100 (TR - M)/M; 0/0 is NaN.

    References
    ----------
    .. [1] Farris, Bendle, Pfeifer and Reibstein, "Marketing Metrics", Pearson.

    Examples
    --------
    >>> marketing_roi_pct(4500.0, 1500.0)
    200.0
    """
    refuse_other_index(revenue=revenue, marketing_cost=marketing_cost)
    earned = as_amounts("revenue", revenue)
    spent = as_amounts("marketing_cost", marketing_cost, low=0)
    ratio = warned_ratio(
        earned - spent, spent, result="marketing_roi_pct", denominator_name="marketing_cost"
    )
    return as_result(100.0 * ratio)


def marginal_roi(contribution: Callable[[Any], Any] | ArrayLike, spend: ArrayLike) -> Amount:
    """Compute what the next unit of money returns, net of itself.

    Parameters
    ----------
    contribution : callable or array-like of shape (n_points,)
        A curve spend -> contribution, called with one number at a time, or the
        contributions observed at `spend`.
    spend : float or array-like of shape (n_points,)
        Where the curve is looked at, at least 0; with observed contributions at
        least two strictly increasing amounts.

    Returns
    -------
    float or ndarray of shape (n_points,)
        A ratio, not a percentage: 0.25 returns 1.25 for 1, negative loses money.

    Raises
    ------
    ValueError
        If a spend is negative, if observed points do not match or increase, or if
        the curve gives something other than a finite number; or if Series differ in
        their index, whose values would be combined by position.

    See Also
    --------
    marketing_roi_pct : The average return instead.
    CampaignFinance.allocate : The budget at which marginal returns are equal.

    Notes
    -----
    d contribution / d spend - 1. A curve is differentiated by a central
    difference of relative step 1e-5 (one-sided at 0). Observed points are
    differentiated as `numpy.gradient` does: exact for a parabola inside, the
    slope of the outermost pair at the ends. Sunk and fixed costs play no part.

    Examples
    --------
    A curve 100 sqrt(x) has slope 50/sqrt(x), which is 2 at 625.

    >>> round(marginal_roi(lambda spend: 100 * spend**0.5, 625.0), 6)
    1.0

    Observed points: slopes 3 and 1, and 2 in the middle.

    >>> marginal_roi([0.0, 300.0, 400.0], [0.0, 100.0, 200.0])
    array([2., 1., 0.])
    """
    refuse_other_index(spend=spend, contribution=contribution)
    at = as_amounts("spend", spend, low=0)
    if callable(contribution):
        steps = 1e-5 * np.where(at > 0, at, 1.0)
        slopes = [slope(contribution, x, h) for x, h in zip(at.flat, steps.flat, strict=True)]
        return as_result(np.reshape(slopes, at.shape) - 1.0)
    observed = as_amounts("contribution", contribution)
    if observed.ndim != 1 or observed.shape != at.shape or len(at) < 2:
        raise ValueError(
            "contribution must be a curve, or as many observed points as spend, at least two; "
            f"got shapes {observed.shape} and {at.shape}."
        )
    if not (np.diff(at) > 0).all():
        raise ValueError(f"spend must strictly increase from point to point; got {at}.")
    return np.gradient(observed, at) - 1.0


def slope(curve: Callable[[Any], Any], at: float, step: float, high: float = np.inf) -> float:
    """Slope of a curve between the points a step to either side, kept within [0, high]."""
    left, right = max(at - step, 0.0), min(at + step, high)
    return (read_curve(curve, right) - read_curve(curve, left)) / (right - left)


def read_curve(curve: Callable[[Any], Any], spend: float, name: str = "contribution") -> float:
    """Value of a curve at one spend, whether it answers with a number or an array of one."""
    value: FloatArray = np.asarray(curve(spend), dtype=np.float64)
    if value.size != 1 or not np.isfinite(value).all():
        raise ValueError(
            f"{name} must give one finite number for one spend; got {value} at {spend:g}."
        )
    return float(value.reshape(()))
