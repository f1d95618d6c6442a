"""Slow, obvious twin of `custbase.features.cohort_table`: walks the calendar for every customer."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracles.rfm import is_purchase, net


def first_day(day: date, unit: str) -> date:
    """First day of the calendar period of a day."""
    if unit == "W":
        return day - timedelta(days=day.weekday())
    month = {"D": day.month, "M": day.month, "Q": (day.month - 1) // 3 * 3 + 1, "Y": 1}[unit]
    return date(day.year, month, day.day if unit == "D" else 1)


def next_period(start: date, unit: str) -> date:
    """First day of the period after the one that starts on a day."""
    day = start + timedelta(days=1)
    while first_day(day, unit) == start:
        day += timedelta(days=1)
    return day


def cohort_rows(
    log: list[tuple[object, datetime, float]],
    *,
    end: date,
    unit: str = "M",
    values: str = "retention",
    returns: str = "net",
) -> dict[date, tuple[int, list[float]]]:
    """First day of a cohort's period -> its size, and a value for every period that is over."""
    by_customer = defaultdict(lambda: defaultdict(list))
    for customer, time, amount in log:
        if time.date() <= end and not (returns == "drop" and amount < 0):
            by_customer[customer][time.date()].append(amount)
    bought = defaultdict(set)
    spent = defaultdict(Fraction)
    sizes = defaultdict(int)
    for customer, days in by_customer.items():
        purchases = [day for day, amounts in days.items() if is_purchase(amounts)]
        if not purchases:
            continue
        cohort = first_day(min(purchases), unit)
        sizes[cohort] += 1
        for day, amounts in days.items():
            if day >= min(purchases):
                period = first_day(day, unit)
                spent[cohort, period] += net(amounts)
                if day in purchases:
                    bought[cohort, period].add(customer)
    table = {}
    for cohort in sorted(sizes):
        cells = []
        period = cohort
        while next_period(period, unit) - timedelta(days=1) <= end:
            n_bought = len(bought[cohort, period])
            cells.append(
                {
                    "customers": float(n_bought),
                    "retention": n_bought / sizes[cohort],
                    "revenue": float(spent[cohort, period]),
                }[values]
            )
            period = next_period(period, unit)
        if cells:
            table[cohort] = sizes[cohort], cells
    return table
