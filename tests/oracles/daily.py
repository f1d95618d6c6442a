"""Slow, obvious twin of `custbase.features.daily_purchases`: looks for every day anew."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from tests.oracles.rfm import is_purchase


def daily_rows(
    log: list[tuple[object, datetime, float]],
    *,
    end: date,
    holdout_end: date | None = None,
    returns: str = "net",
) -> dict[date, tuple[int, int]]:
    """Every calendar day -> first and repeat purchases of customers acquired by `end`."""
    by_customer = defaultdict(lambda: defaultdict(list))
    for customer, time, amount in log:
        if returns != "drop" or amount >= 0:
            by_customer[customer][time.date()].append(amount)
    bought = [
        sorted(day for day, amounts in days.items() if is_purchase(amounts))
        for days in by_customer.values()
    ]
    bought = [days for days in bought if days and days[0] <= end]
    table = {}
    if bought:
        day = min(days[0] for days in bought)
        while day <= (holdout_end or end):
            n_first = sum(days[0] == day for days in bought)
            table[day] = n_first, sum(day in days for days in bought) - n_first
            day += timedelta(days=1)
    return table
