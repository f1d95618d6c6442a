"""What a campaign returns, and where the next budget goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._case import Case, Contenders
from benchmarks.peers import numpy_financial, scipy_optimize
from custbase import CampaignFinance
from custbase.finance import net_present_value

TITLE = "Campaign finance"
CLAIM = (
    "net_present_value equals numpy-financial's to 1e-12; the report of 1,000,000 customers in 50 "
    "segments (--full) takes at most half a second without intervals; allocate finds the spend of "
    "SLSQP on smooth curves to 1e-6, and on ranked customers is within 0.1 % of the linear bound."
)


def _discounting(n_customers: int) -> Case:
    def setup() -> Contenders:
        flows = np.random.default_rng(0).normal(10, 30, (n_customers, 24))
        factors = 1.01 ** -np.arange(24.0)
        return {
            "custbase": lambda: net_present_value(flows, 0.01, first_period=0),
            "numpy-financial": lambda: numpy_financial.net_present_value(flows, 0.01),
            "numpy, broadcast": lambda: (flows * factors).sum(axis=1),
        }

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        theirs = results["numpy-financial"]
        difference = np.abs(results["custbase"] - theirs) / np.maximum(np.abs(theirs), 1)
        return {"custbase": {"difference": f"{difference.max():.1e}"}}

    return Case(setup, judge)


def _plain_report(segment: pd.Series, y: np.ndarray) -> pd.DataFrame:
    """The plain columns of the report, as one writes them with pandas."""
    groups = pd.Series(y).groupby(segment)
    revenue, n = groups.sum(), groups.size()
    cost = 1500.0 * n / n.sum() + 0.5 * n
    return pd.DataFrame(
        {
            "n_customers": n,
            "total_revenue": revenue,
            "total_cost": cost,
            "roi_pct": 100 * (revenue - cost) / cost,
            "npv": revenue / 1.01 - cost,
            "break_even_pct": 100 * cost / revenue,
            "profit_margin_pct": 100 * (revenue - cost) / revenue,
            "average_revenue_per_customer": revenue / n,
        }
    )


def _customers(n_customers: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(1)
    segments = np.array([f"segment {i:02d}" for i in range(50)])
    X = pd.DataFrame({"segment": segments[rng.integers(0, 50, n_customers)]})
    return X, rng.gamma(0.5, 40.0, n_customers) * (rng.random(n_customers) < 0.3)


def _report(n_customers: int, n_bootstrap: int) -> Case:
    def setup() -> Contenders:
        X, y = _customers(n_customers)
        campaign = CampaignFinance(
            "segment",
            implementation_cost=500.0,
            marketing_budget=1000.0,
            cost_per_contact=0.5,
            discount_rate=0.01,
            n_bootstrap=n_bootstrap,
            random_state=0,
        )
        ours = {"custbase": lambda: campaign.fit(X, y).report_}
        return ours | (
            {} if n_bootstrap else {"pandas, 8 columns": lambda: _plain_report(X["segment"], y)}
        )

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        ours = results["custbase"]
        found = {"columns": str(ours.shape[1])}
        if "pandas, 8 columns" in results:
            theirs = results["pandas, 8 columns"]
            both = ours.loc[theirs.index, theirs.columns]
            found["difference"] = f"{(np.abs(both / theirs - 1)).to_numpy().max():.1e}"
        return {"custbase": found}

    return Case(setup, judge)


def _curves(n_segments: int) -> Case:
    def setup() -> Contenders:
        rng = np.random.default_rng(2)
        scales, saturations = rng.uniform(500, 2000, n_segments), rng.uniform(50, 300, n_segments)
        names = [f"s{i}" for i in range(n_segments)]
        X = pd.DataFrame({"segment": names})
        campaign = CampaignFinance("segment", n_bootstrap=0).fit(X, np.zeros(n_segments))
        response = {
            name: lambda x, a=a, s=s: -a * np.expm1(-x / s)
            for name, a, s in zip(names, scales, saturations, strict=True)
        }
        budget = 60.0 * n_segments
        order = np.argsort(names)
        return {
            "custbase": lambda: campaign.allocate(budget, response=response).table["spend"],
            "scipy SLSQP": lambda: scipy_optimize.allocate(scales, saturations, budget)[order],
        }

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        ours, theirs = results["custbase"].to_numpy(), results["scipy SLSQP"]
        return {"custbase": {"difference": f"{np.abs(ours - theirs).max() / theirs.sum():.1e}"}}

    return Case(setup, judge)


def _contacts(n_customers: int) -> Case:
    def setup() -> Contenders:
        X, y = _customers(n_customers)
        campaign = CampaignFinance("segment", cost_per_contact=2.0, n_bootstrap=0).fit(X, y)
        return {"custbase": lambda: campaign.allocate(n_customers / 5 + 1)}

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        plan = results["custbase"]
        gap = 1 - plan.expected_return / plan.bound
        return {"custbase": {"below the bound": f"{100 * gap:.1e} %"}}

    return Case(setup, judge)


def cases(full: bool) -> dict[str, Case]:
    """Discounting, the report with and without intervals, both kinds of allocation."""
    n = 1_000_000 if full else 100_000
    return {
        f"npv of {n:,} x 24 flows": _discounting(n),
        f"report of {n:,} customers": _report(n, 0),
        f"report of {n // 10:,} customers, 1,000 resamples": _report(n // 10, 1000),
        "allocate on 20 curves": _curves(20),
        f"allocate on {n:,} ranked customers": _contacts(n),
    }
