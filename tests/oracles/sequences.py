"""Slow, obvious twin of `custbase.features.PurchaseSequenceEncoder`: one step at a time."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from itertools import pairwise
from math import cos, log1p, pi, sin

from tests.oracles.rfm import DAYS, is_purchase, net, rfm_rows

Log = list[tuple[object, datetime, float, str]]


def sequence_steps(
    log: Log, *, end: date, max_length: int, unit: str = "W", returns: str = "net"
) -> dict[object, list[dict[str, object]]]:
    """Customer -> their latest steps, each a dict of channels and the set of its events."""
    days_of = defaultdict(lambda: defaultdict(list))
    for customer, time, amount, event in log:
        if time.date() <= end and not (returns == "drop" and amount < 0):
            days_of[customer][time.date()].append((amount, event))
    plain = [(customer, time, amount) for customer, time, amount, _ in log]
    sequences = {}
    for customer, summary in rfm_rows(plain, end=end, unit=unit, returns=returns).items():
        days = days_of[customer]
        amounts = {day: [amount for amount, _ in rows] for day, rows in days.items()}
        bought = sorted(day for day in days if is_purchase(amounts[day]))
        steps = []
        for before, day in pairwise([bought[0], *bought]):
            in_year = (day - date(day.year, 1, 1)).days
            year = (date(day.year, 12, 31) - date(day.year, 1, 1)).days + 1
            steps.append(
                {
                    "mask": 1,
                    "gap": (day - before).days / DAYS[unit],
                    "open_gap": 0,
                    "frequency": 0,
                    "recency": 0,
                    "T": 0,
                    "weekday_sin": sin(2 * pi * day.weekday() / 7),
                    "weekday_cos": cos(2 * pi * day.weekday() / 7),
                    "yearday_sin": sin(2 * pi * in_year / year),
                    "yearday_cos": cos(2 * pi * in_year / year),
                    "amount": log1p(net(amounts[day])),
                    "events": {event for amount, event in days[day] if amount >= 0},
                }
            )
        steps[-1]["open_gap"] = (end - bought[-1]).days / DAYS[unit]
        for name in ("frequency", "recency", "T"):
            steps[-1][name] = summary[name]
        sequences[customer] = steps[-max_length:]
    return sequences
