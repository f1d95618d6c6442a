"""The figures of a campaign from sums over the customers of each segment.

Every function works along the last axis of its arrays, which is the segments
and, at its end, the total; axes before it are draws of the bootstrap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..metrics._bootstrap import percentile_interval
from ._amounts import FloatArray, positive_ratio, safe_ratio
from ._lifetime import annuity_factor, discount_factors, discounted_periods
from ._sums import add_total

# Figures that get an interval: those that people quote.
HEADLINE = (
    "total_revenue",
    "roi_pct",
    "cac",
    "clv",
    "npv",
    "break_even_pct",
    "profit_margin_pct",
    "average_revenue_per_customer",
    "marketing_roi_pct",
    "contribution_roi_pct",
    "contribution_npv",
    "incremental_roi_pct",
    "incremental_npv",
    "ltv_cac",
)

# Shares of the revenue, which mean nothing where it is negative -> what they tend to as it falls.
SHARES = {
    "break_even_pct": np.inf,
    "profit_margin_pct": -np.inf,
    "contribution_break_even_pct": np.inf,
}


@dataclass(frozen=True)
class Terms:
    """What a campaign's money is counted by; see the parameters of CampaignFinance."""

    n_periods: int
    first_period: int
    margin_rate: float
    discount_rate: float
    lifespan: float | None
    retention_rate: float | None
    horizon: int | None


@dataclass(frozen=True)
class Costs:
    """Money spent on each segment and, last, in total, by kind."""

    implementation: FloatArray
    budget: FloatArray
    contacts: FloatArray


def spread_costs(
    n_customers: FloatArray,
    implementation: float | Mapping[Any, float],
    budget: float | Mapping[Any, float],
    cost_per_contact: float,
    segments: NDArray[Any],
) -> Costs:
    """Cost of each segment and the total; what belongs to none is spread by customers."""
    share = n_customers / n_customers.sum()
    if isinstance(implementation, Mapping):
        implementation = sum(implementation.values())
    own = np.array(
        [budget.get(label, 0.0) for label in segments.tolist()]
        if isinstance(budget, Mapping)
        else budget * share
    )
    return Costs(
        implementation=add_total(implementation * share),
        budget=add_total(own),
        contacts=add_total(cost_per_contact * n_customers),
    )


def campaign_figures(
    sums: Mapping[str, FloatArray], costs: Costs, terms: Terms
) -> dict[str, FloatArray]:
    """Compute every figure of the report, in the order of its columns.

    `sums` holds n_customers, revenue, present_value, baseline and n_new of each
    segment and the total, NaN where unknown. Nothing here warns.
    """
    n, revenue, present = sums["n_customers"], sums["revenue"], sums["present_value"]
    m = terms.margin_rate
    cost = costs.implementation + costs.budget + costs.contacts
    marketing = costs.budget + costs.contacts
    cac = safe_ratio(costs.budget, sums["n_new"])
    per_period = revenue / (n * terms.n_periods)
    clv = per_period * _lifetime_factor(terms)
    above = revenue - sums["baseline"]
    factors = discount_factors(terms.discount_rate, terms.n_periods, terms.first_period)
    above_present = present - sums["baseline"] * factors.mean()
    figures = {
        "n_customers": n,
        "total_revenue": revenue,
        "total_cost": cost,
        "roi_pct": _gain_pct(revenue, cost),
        "cac": cac,
        "clv": clv,
        "npv": present - cost,
        "break_even_pct": 100 * positive_ratio(cost, revenue),
        "profit_margin_pct": 100 * positive_ratio(revenue - cost, revenue),
        "average_revenue_per_customer": revenue / n,
        "marketing_roi_pct": _gain_pct(revenue, marketing),
        "contribution_total": m * revenue,
        "contribution_roi_pct": _gain_pct(m * revenue, cost),
        "contribution_clv": m * clv,
        "contribution_npv": m * present - cost,
        "contribution_break_even_pct": 100 * positive_ratio(cost, m * revenue),
        "contribution_marketing_roi_pct": _gain_pct(m * revenue, marketing),
        "incremental_revenue": above,
        "incremental_contribution": m * above,
        "incremental_roi_pct": _gain_pct(m * above, cost),
        "incremental_npv": m * above_present - cost,
        "incremental_marketing_roi_pct": _gain_pct(m * above, marketing),
        "ltv_cac": safe_ratio(m * clv, cac),
        "payback_periods": _payback(cac, m * per_period, terms),
    }
    return {name: np.broadcast_to(values, revenue.shape) for name, values in figures.items()}


def headline_intervals(
    draws: Mapping[str, FloatArray], costs: Costs, terms: Terms, confidence_level: float
) -> dict[str, FloatArray]:
    """Bounds of the headline figures over resampled sums; NaN where one customer is all.

    A draw of negative revenue is worse than any of a positive one, in every figure.
    """
    figures = campaign_figures(draws, costs, terms)
    for name, worst in SHARES.items():
        figures[name] = np.where(draws["revenue"] < 0, worst, figures[name])
    sizes = draws["n_customers"][:-1]
    alone = np.append(sizes < 2, sizes.max() < 2)
    return {
        name: np.where(alone, np.nan, percentile_interval(figures[name], confidence_level))
        for name in HEADLINE
    }


def figures_table(
    figures: Mapping[str, FloatArray],
    intervals: Mapping[str, FloatArray],
    segments: NDArray[Any],
) -> pd.DataFrame:
    """One row a segment and a last row "total"; the bounds of the intervals come last."""
    columns: dict[str, NDArray[Any]] = dict(figures)
    columns["n_customers"] = figures["n_customers"].astype(np.int64)
    for name, (low, high) in intervals.items():
        columns[f"{name}_low"], columns[f"{name}_high"] = low, high
    return pd.DataFrame(columns, index=pd.Index([*segments.tolist(), "total"], name="segment"))


def _gain_pct(earned: FloatArray, spent: FloatArray) -> FloatArray:
    """Gain in percent of what was spent."""
    return 100 * safe_ratio(earned - spent, spent)


def _lifetime_factor(terms: Terms) -> float:
    """How many times its value per period a customer is worth; NaN if nothing says so."""
    if terms.lifespan is not None:
        return terms.lifespan
    if terms.retention_rate is not None:
        v = terms.retention_rate / (1 + terms.discount_rate)
        return float(annuity_factor(v, terms.horizon))
    return np.nan


def _payback(cac: FloatArray, margin: FloatArray, terms: Terms) -> FloatArray:
    """Periods until the contribution of a new customer reaches CAC, counted as clv counts it."""
    v: float
    longest: float | None
    if terms.lifespan is not None:
        v, longest = 1.0, terms.lifespan
    elif terms.retention_rate is not None:
        v, longest = terms.retention_rate / (1 + terms.discount_rate), terms.horizon
    else:
        v, longest = 1 / (1 + terms.discount_rate), None
    periods = discounted_periods(safe_ratio(cac, margin), v)
    return periods if longest is None else np.where(periods > longest, np.inf, periods)
