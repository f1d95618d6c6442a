"""Slow, obvious twin of `custbase.features.rfm_summary`: loops over the rows of each customer."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from fractions import Fraction

DAYS = {"D": Fraction(1), "W": Fraction(7), "M": Fraction(487, 16), "Y": Fraction(1461, 4)}


def rfm_rows(
    log: list[tuple[object, datetime, float]],
    *,
    end: date,
    unit: str = "W",
    holdout_end: date | None = None,
    returns: str = "net",
) -> dict[object, dict[str, object]]:
    """One dict a customer who bought by `end`; money as exact fractions of the given floats."""
    by_customer = defaultdict(lambda: defaultdict(list))
    for customer, time, amount in log:
        if returns == "drop" and amount < 0:
            continue
        by_customer[customer][time.date()].append(amount)
    summary = {}
    for customer, days in by_customer.items():
        purchases = sorted(day for day, amounts in days.items() if is_purchase(amounts))
        known = [day for day in purchases if day <= end]
        if not known:
            continue
        first, last = known[0], known[-1]
        repeats = [net(days[day]) for day in known[1:]]
        seen = [amounts for day, amounts in days.items() if first <= day <= end]
        row = {
            "frequency": len(repeats),
            "recency": float(Fraction((last - first).days) / DAYS[unit]),
            "T": float(Fraction((end - first).days) / DAYS[unit]),
            "monetary_value": sum(repeats) / len(repeats) if repeats else Fraction(0),
            "n_transactions": sum(amount >= 0 for amounts in seen for amount in amounts),
            "total_value": sum(map(net, seen), Fraction(0)),
            "first_purchase": datetime(first.year, first.month, first.day),
            "last_purchase": datetime(last.year, last.month, last.day),
        }
        if holdout_end is not None:
            later = [day for day in purchases if end < day <= holdout_end]
            held = [net(amounts) for day, amounts in days.items() if end < day <= holdout_end]
            row["holdout_frequency"] = len(later)
            row["holdout_value"] = sum(held, Fraction(0))
            wait = float(Fraction((later[0] - end).days) / DAYS[unit]) if later else None
            row["holdout_time"] = wait
        summary[customer] = row
    return summary


def is_purchase(amounts: list[float]) -> bool:
    """A customer-day is a purchase if it holds no return or if more was bought than returned."""
    return all(amount >= 0 for amount in amounts) or round(net(amounts), 6) > 0


def net(amounts: list[float]) -> Fraction:
    """Exact sum."""
    return sum((Fraction(amount) for amount in amounts), Fraction(0))
