"""Slow, obvious twin of `custbase.features.wallet_gap`: one customer and category at a time."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from tests.oracles.rfm import net

Log = list[tuple[object, object, float]]


def wallet_rows(
    log: Log,
    segments: dict[object, object],
    *,
    quantile: Fraction = Fraction(3, 4),
    among: str = "all",
    returns: str = "net",
) -> list[tuple[object, object, object, Fraction, Fraction, Fraction]]:
    """Customer, segment, category, spend, benchmark and gap, in order."""
    rows = [row for row in log if not (returns == "drop" and row[2] < 0)]
    categories = sorted({category for _, category, _ in rows})

    def spend(customer: object, category: object) -> Fraction:
        total = net([amount for c, k, amount in rows if (c, k) == (customer, category)])
        return total if total > Fraction(1, 10**6) else Fraction(0)

    found = []
    for customer in sorted(segments):
        for category in categories:
            own = segments[customer]
            peers = [spend(c, category) for c, segment in segments.items() if segment == own]
            if among == "buyers":
                peers = [amount for amount in peers if amount > 0]
            benchmark = interpolate(sorted(peers), quantile)
            gap = max(Fraction(0), benchmark - spend(customer, category))
            found.append((customer, own, category, spend(customer, category), benchmark, gap))
    return found


def interpolate(ordered: list[Fraction], quantile: Fraction) -> Fraction:
    """Linear interpolation between ranks; 0 of nothing."""
    if not ordered:
        return Fraction(0)
    at = quantile * (len(ordered) - 1)
    low = floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])
