"""Slow, obvious twins of `rfm_summary` and `RFMScorer`: loops over rows and customers, exactly."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from fractions import Fraction
from statistics import median

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


# What each name claims, by the level of recency and that of frequency and money.
NAMES = [
    ["Lost", "Hibernating", "At risk"],
    ["About to sleep", "Needs attention", "Loyal"],
    ["Promising", "Potential loyalist", "Champions"],
]
CLAIM_SILENCE = {
    "Lost": "Promising", "About to sleep": "Promising", "Hibernating": "Needs attention",
    "At risk": "Loyal",
}  # fmt: skip
CLAIM_PRESENCE = {
    "Champions": "At risk", "Loyal": "At risk", "Potential loyalist": "Needs attention",
    "Promising": "About to sleep",
}  # fmt: skip


def score(value: Fraction, known: list[Fraction], n_bins: int) -> int:
    """Bin of the middle of the range that a value has among the known ones."""
    worse = Fraction(sum(other < value for other in known), len(known))
    at_most = Fraction(sum(other <= value for other in known), len(known))
    middle = (worse + at_most) / 2
    return 1 + sum(Fraction(edge, n_bins) <= middle for edge in range(1, n_bins))


def scored(customer: dict[str, Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """What is scored of a customer: higher is better."""
    silence = customer["T"] - customer["recency"]
    return -silence, customer["frequency"], customer["monetary_value"]


def score_customer(
    customer: dict[str, Fraction], base: list[dict[str, Fraction]], n_bins: int
) -> list[float]:
    """Three scores and the engagement of a customer among those of a base."""
    known = list(zip(*map(scored, base), strict=True))
    scores = [score(*pair, n_bins) for pair in zip(scored(customer), known, strict=True)]
    shares = [
        Fraction(sum(other <= value for other in others), len(base))
        for value, others in zip(scored(customer), known, strict=True)
    ]
    return [*scores, float(100 * sum(shares) / 3)]


def gaps(base: list[dict[str, Fraction]]) -> tuple[Fraction, Fraction] | None:
    """Median and mean of all gaps between purchases, each as its customer has them on average."""
    gaps = [
        customer["recency"] / customer["frequency"]
        for customer in base
        for _ in range(int(customer["frequency"]))
    ]
    return (median(gaps), sum(gaps) / len(gaps)) if gaps else None


def name_customer(
    customer: dict[str, Fraction], base: list[dict[str, Fraction]], n_bins: int
) -> str:
    """Name by the scores, unless the silence of the customer refutes it."""
    recency, frequency, money, _ = score_customer(customer, base, n_bins)
    name = NAMES[third(recency - 1, n_bins - 1)][third(frequency + money - 2, 2 * n_bins - 2)]
    if (known := gaps(base)) is None:
        return name
    silence = customer["T"] - customer["recency"]
    if silence < known[0]:
        return CLAIM_SILENCE.get(name, name)
    if silence > 2 * known[1]:
        return CLAIM_PRESENCE.get(name, name)
    return name


def third(position: int, top: int) -> int:
    """Lower, middle or upper third of 0..top; both ends of the middle are in it."""
    share = Fraction(position, top)
    return 0 if share < Fraction(1, 3) else 2 if share > Fraction(2, 3) else 1
