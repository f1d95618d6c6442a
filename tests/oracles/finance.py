"""Slow, obvious twins of the campaign report and of the budget over contacts."""

from __future__ import annotations

import itertools
import math


def divide(top, bottom):
    """0/0 is NaN, x/0 is infinite."""
    if math.isnan(top) or math.isnan(bottom):
        return math.nan
    if bottom == 0:
        return math.nan if top == 0 else math.copysign(math.inf, top)
    return top / bottom


def share(top, bottom):
    """A share of what is negative has no meaning."""
    return math.nan if bottom < 0 else divide(top, bottom)


def payback(cac, margin, v, longest):
    """Add up periods until they pay; evenly if every period brings the same."""
    if math.isnan(cac) or (cac == 0 and margin == 0):
        return math.nan
    if cac == 0:
        return 0.0
    if margin <= 0:
        return math.inf
    if v == 1:
        periods = cac / margin
        return periods if periods <= longest else math.inf
    earned, periods = 0.0, 0
    while earned < cac * (1 - 1e-9):
        if periods >= longest or periods > 10_000:
            return math.inf
        earned += margin * v**periods
        periods += 1
    return float(periods)


def campaign_report(
    labels,
    flows,
    *,
    implementation_cost=0.0,
    marketing_budget=0.0,
    cost_per_contact=0.0,
    margin_rate=1.0,
    lifespan=None,
    retention_rate=None,
    discount_rate=0.0,
    horizon=None,
    first_period=1,
    is_new=None,
    baseline=None,
):
    """Figures of each segment and "total", customer by customer, period by period."""
    n, p = len(labels), len(flows[0])
    report = {}
    for segment in [*sorted(set(labels)), "total"]:
        rows = [i for i in range(n) if segment in (labels[i], "total")]
        revenue = present = before = before_present = cost = marketing = budget = 0.0
        new = 0
        for i in rows:
            for j in range(p):
                discount = (1 + discount_rate) ** (first_period + j)
                revenue += flows[i][j]
                present += flows[i][j] / discount
                if baseline is not None:
                    before += baseline[i] / p
                    before_present += baseline[i] / p / discount
            if isinstance(marketing_budget, dict):
                peers = sum(label == labels[i] for label in labels)
                own = marketing_budget.get(labels[i], 0.0) / peers
            else:
                own = marketing_budget / n
            budget += own
            marketing += own + cost_per_contact
            cost += implementation_cost / n + own + cost_per_contact
            new += is_new is not None and bool(is_new[i])
        if baseline is None:
            before = before_present = math.nan
        a = revenue / (len(rows) * p)
        v, longest = 1 / (1 + discount_rate), math.inf
        clv = math.nan
        if lifespan is not None:
            clv, v, longest = a * lifespan, 1.0, lifespan
        if retention_rate is not None:
            v = retention_rate / (1 + discount_rate)
            longest = math.inf if horizon is None else horizon
            clv = sum(a * v**t for t in range(horizon or 5000))
        m = margin_rate
        cac = math.nan if is_new is None else divide(budget, new)
        report[segment] = {
            "n_customers": len(rows),
            "total_revenue": revenue,
            "total_cost": cost,
            "roi_pct": divide(100 * (revenue - cost), cost),
            "cac": cac,
            "clv": clv,
            "npv": present - cost,
            "break_even_pct": share(100 * cost, revenue),
            "profit_margin_pct": share(100 * (revenue - cost), revenue),
            "average_revenue_per_customer": revenue / len(rows),
            "marketing_roi_pct": divide(100 * (revenue - marketing), marketing),
            "contribution_total": m * revenue,
            "contribution_roi_pct": divide(100 * (m * revenue - cost), cost),
            "contribution_clv": m * clv,
            "contribution_npv": m * present - cost,
            "contribution_break_even_pct": share(100 * cost, m * revenue),
            "contribution_marketing_roi_pct": divide(100 * (m * revenue - marketing), marketing),
            "incremental_revenue": revenue - before,
            "incremental_contribution": m * (revenue - before),
            "incremental_roi_pct": divide(100 * (m * (revenue - before) - cost), cost),
            "incremental_npv": m * (present - before_present) - cost,
            "incremental_marketing_roi_pct": divide(
                100 * (m * (revenue - before) - marketing), marketing
            ),
            "ltv_cac": divide(m * clv, cac),
            "payback_periods": payback(cac, m * a, v, longest),
        }
    return report


def best_contacts(gains, budget, cost):
    """Largest profit of any set of customers that the budget can contact."""
    best = 0.0
    for size in range(len(gains) + 1):
        if size * cost > budget + 1e-9:
            break
        for chosen in itertools.combinations(gains, size):
            best = max(best, sum(chosen) - size * cost)
    return best
