"""Where the next unit of money goes: budget over segments with falling returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from ._amounts import FloatArray
from ._returns import marginal_roi, read_curve, slope
from ._segments import check_segment_names

Curve = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Allocation:
    """A budget spread over segments, as `CampaignFinance.allocate` returns it.

    Parameters
    ----------
    table : DataFrame
        One row a segment: `spend` and `expected_return` in money and, where
        customers are contacted one by one, `contacts`.
    shadow_price : float
        Profit that one more unit of budget would bring: the marginal ROI on
        which all segments that get a part of the budget agree. 0 if the budget is
        larger than what can be spent at a profit.
    bound : float
        Expected return if the last contact could be made in part (the linear
        relaxation): no plan within the budget whose contacts all pay for
        themselves returns more. For curves it equals the expected return.

    Attributes
    ----------
    spend : float
        Money spent in total, at most the budget.
    expected_return : float
        Money that comes back in total.

    See Also
    --------
    CampaignFinance.allocate : Makes one.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase import Allocation
    >>> table = pd.DataFrame({"spend": [60.0, 40.0], "expected_return": [150.0, 90.0]})
    >>> plan = Allocation(table, shadow_price=0.5, bound=240.0)
    >>> plan.spend, plan.expected_return
    (100.0, 240.0)
    """

    table: pd.DataFrame
    shadow_price: float
    bound: float

    @property
    def spend(self) -> float:
        """Money spent in total."""
        return float(self.table["spend"].sum())

    @property
    def expected_return(self) -> float:
        """Money that comes back in total."""
        return float(self.table["expected_return"].sum())


def allocate_contacts(
    gains: FloatArray,
    positions: NDArray[np.intp],
    segments: NDArray[Any],
    budget: float,
    cost: float,
) -> Allocation:
    """Contact the customers with the largest gains that exceed the cost of a contact.

    All contacts cost the same, so taking them in order of gain (ties: the lower
    row first) is the exact optimum. O(n log n).
    """
    order = np.argsort(-gains, kind="stable")
    n_useful = int((gains > cost).sum())
    affordable = budget / cost
    # 0.3 buys three contacts at 0.1, whatever binary fractions say.
    n_contacts = int(min(n_useful, affordable * (1 + 1e-12)))
    chosen = order[:n_contacts]
    contacts = np.bincount(positions[chosen], minlength=len(segments))
    returns = np.bincount(positions[chosen], weights=gains[chosen], minlength=len(segments))
    shadow_price, bound = 0.0, float(returns.sum())
    if n_contacts < n_useful:
        following = float(gains[order[n_contacts]])
        shadow_price = following / cost - 1
        bound += max(affordable - n_contacts, 0.0) * following
    table = pd.DataFrame(
        {"spend": contacts * cost, "expected_return": returns, "contacts": contacts},
        index=pd.Index(segments, name="segment"),
    )
    return Allocation(table, shadow_price, bound)


def check_response(response: Mapping[Any, Curve], segments: NDArray[Any]) -> dict[Any, Curve]:
    """Bring the curves into the order of the segments, each of which needs one."""
    check_segment_names("response", response, segments)
    labels = segments.tolist()
    if lacking := [label for label in labels if label not in response]:
        raise ValueError(f"response must have a curve for every segment; it lacks {lacking}.")
    if blunt := [label for label in labels if not callable(response[label])]:
        raise TypeError(f"response must map segments to callables; it does not for {blunt}.")
    return {label: response[label] for label in labels}


def allocate_spend(curves: Mapping[Any, Curve], budget: float) -> Allocation:
    """Spend where the marginal return is highest, until it is the same everywhere.

    With concave curves f the optimum of sum f(x) - x under sum x <= budget has
    f'(x) = mu where x > 0 and f'(0) <= mu elsewhere, for one mu >= 1, which is
    bracketed ever closer. O(n_segments) evaluations of a curve per step.
    """
    functions = list(curves.values())
    if budget > 0:
        for segment, curve in curves.items():
            _check_concave(f"response of segment {segment!r}", curve, budget)
        spend, mu = _equalize_returns(functions, budget)
    else:
        spend = np.zeros(len(functions))
        mu = max(1.0, *(1 + float(marginal_roi(curve, 0.0)) for curve in functions))
    returns = [read_curve(curve, x) for curve, x in zip(functions, spend.tolist(), strict=True)]
    table = pd.DataFrame(
        {"spend": spend, "expected_return": returns},
        index=pd.Index(list(curves), name="segment"),
    )
    return Allocation(table, float(mu - 1), float(np.sum(returns)))


def _equalize_returns(curves: list[Curve], budget: float) -> tuple[FloatArray, float]:
    """Spend per curve and the marginal return mu they have in common."""
    none, everything = np.zeros(len(curves)), np.full(len(curves), budget)
    low, high = 1.0, 2.0
    at_low = _demand(curves, low, none, everything, budget)
    if at_low.sum() <= budget:
        return at_low, low
    at_high = _demand(curves, high, none, at_low, budget)
    while at_high.sum() > budget:
        low, high, at_low = high, 2 * high, at_high
        at_high = _demand(curves, high, none, at_low, budget)
    secant = True
    while high - low > 1e-13 * high and budget - at_high.sum() > 1e-10 * budget:
        # Secants are fast on smooth curves, bisections sure on kinked ones: take turns.
        share = (at_low.sum() - budget) / (at_low.sum() - at_high.sum()) if secant else 0.5
        middle, secant = low + share * (high - low), not secant
        at_middle = _demand(curves, middle, at_high, at_low, budget)
        if at_middle.sum() > budget:
            low, at_low = middle, at_middle
        else:
            high, at_high = middle, at_middle
    # Straight pieces of slope mu take any part of the rest; spread it over them.
    share = (budget - at_high.sum()) / (at_low.sum() - at_high.sum())
    return at_high + share * (at_low - at_high), high + share * (low - high)


def _demand(
    curves: list[Curve], mu: float, least: FloatArray, most: FloatArray, budget: float
) -> FloatArray:
    """Spend, between two bounds, up to which each curve returns mu for the next unit."""
    bounds = zip(curves, least.tolist(), most.tolist(), strict=True)
    return np.array([_spend_at_slope(curve, mu, low, high, budget) for curve, low, high in bounds])


def _spend_at_slope(curve: Curve, mu: float, low: float, high: float, budget: float) -> float:
    """Where the slope of a concave curve falls to mu within [low, high]."""

    def excess(x: float) -> float:
        return slope(curve, x, 1e-6 * max(x, 1e-3 * budget), budget) - mu

    if high <= low or excess(low) <= 0:
        return low
    if excess(high) >= 0:
        return high
    return float(brentq(excess, low, high, xtol=1e-13 * budget))


def _check_concave(name: str, curve: Curve, budget: float) -> None:
    """Raise if the slope of a curve rises somewhere between no spend and the budget."""
    fine = np.geomspace(1e-6 * budget, budget / 128, 48, endpoint=False)
    grid = np.concatenate([[0.0], fine, np.linspace(budget / 128, budget, 128)])
    values = np.array([read_curve(curve, x, name) for x in grid.tolist()])
    steps = np.diff(grid)
    slopes = np.diff(values) / steps
    noise = 4 * np.finfo(np.float64).eps * np.abs(values).max() / steps
    allowed = noise[1:] + noise[:-1] + 1e-9 * np.abs(slopes[1:])
    rising = np.flatnonzero(np.diff(slopes) > allowed)
    if len(rising):
        raise ValueError(
            f"{name} must be concave (falling returns) from 0 to the budget; "
            f"its slope rises near a spend of {grid[rising[0] + 1]:g}."
        )
