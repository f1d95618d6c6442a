"""Slow, obvious twin of `custbase.features.make_snapshots`: one customer and cut-off at a time."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise

from tests.oracles.rfm import DAYS, is_purchase, net, rfm_rows

Log = list[tuple[object, datetime, float]]


def snapshot_rows(
    log: Log,
    *,
    cutoff: date,
    horizon: int,
    windows: list[int],
    gap: int = 0,
    unit: str = "W",
    min_tenure: int = 0,
    max_inactivity: int | None = None,
    returns: str = "net",
) -> dict[object, tuple[dict[str, object], dict[str, object]]]:
    """Customer -> what was known on the cut-off, and every kind of answer."""
    days_of = defaultdict(lambda: defaultdict(list))
    for customer, time, amount in log:
        if not (returns == "drop" and amount < 0):
            days_of[customer][time.date()].append(amount)
    rows = {}
    for customer, summary in rfm_rows(log, end=cutoff, unit=unit, returns=returns).items():
        days = days_of[customer]
        purchases = sorted(day for day, amounts in days.items() if is_purchase(amounts))
        known = [day for day in purchases if day <= cutoff]
        age = {day: Fraction((cutoff - day).days) / DAYS[unit] for day in days}
        if age[known[0]] < min_tenure:
            continue
        if max_inactivity is not None and age[known[-1]] > max_inactivity:
            continue
        gaps = [age[a] - age[b] for a, b in pairwise(known)]
        spend = [net(days[day]) for day in known]
        X = {k: v for k, v in summary.items() if k not in ("first_purchase", "last_purchase")}
        X["inactivity"] = age[known[-1]]
        X["mean_gap"] = sum(gaps) / len(gaps) if gaps else None
        X["longest_gap"] = max(gaps, default=None)
        X["last_gap"] = gaps[-1] if gaps else None
        X["first_value"], X["last_value"], X["largest_value"] = spend[0], spend[-1], max(spend)
        for window in windows:
            recent = [day for day in days if known[0] <= day <= cutoff and age[day] < window]
            X[f"purchases_last_{window}"] = sum(day in purchases for day in recent)
            X[f"value_last_{window}"] = sum((net(days[day]) for day in recent), Fraction(0))
        held = sorted(day for day in days if gap < -age[day] <= gap + horizon)
        bought = [day for day in held if day in purchases]
        y = {
            "churn": int(not bought),
            "spend": sum((net(days[day]) for day in held), Fraction(0)),
            "purchases": len(bought),
            "event": bool(bought),
            "time": -age[bought[0]] if bought else Fraction(gap + horizon),
        }
        rows[customer] = X, y
    return rows
