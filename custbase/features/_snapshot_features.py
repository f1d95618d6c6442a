"""What is known of customers on a day, from the customer-days up to that day and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

COLUMNS = (
    "frequency",
    "recency",
    "T",
    "monetary_value",
    "n_transactions",
    "total_value",
    "inactivity",
    "mean_gap",
    "longest_gap",
    "last_gap",
    "first_value",
    "last_value",
    "largest_value",
)


@dataclass(frozen=True)
class Days:
    """Customer-days as arrays of one length, in order of customer and day.

    Parameters
    ----------
    customer : ndarray of int
        Numbers of the customers.
    day : ndarray of int
        Ordinals, as `datetime.date.toordinal` counts.
    is_purchase : ndarray of bool
        Whether the day counts as a purchase.
    n_transactions : ndarray of int
        Rows that are not returns.
    value : ndarray of float or None
        Net spend, if money counts.
    """

    customer: np.ndarray
    day: np.ndarray
    is_purchase: np.ndarray
    n_transactions: np.ndarray
    value: np.ndarray | None

    def __getitem__(self, rows: np.ndarray) -> Days:
        """Choose days by mask or position."""
        return Days(
            self.customer[rows],
            self.day[rows],
            self.is_purchase[rows],
            self.n_transactions[rows],
            None if self.value is None else self.value[rows],
        )


def describe_customers(
    known: Days, cutoff: int, windows: Sequence[float], per_unit: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Compute the features of everybody who bought by a cut-off.

    Parameters
    ----------
    known : Days
        Those up to the cut-off, and no others; at least one is a purchase.
    cutoff : int
        Ordinal of the last day that is known.
    windows : sequence of float
        Lengths of the times before the cut-off in which purchases are counted.
    per_unit : float
        Number of days in the unit of all times.

    Returns
    -------
    customer : ndarray of shape (n,)
        Numbers of the customers, ascending.
    X : DataFrame of n rows
        The features as floats.
    """
    bought = known[known.is_purchase]
    start = np.flatnonzero(np.diff(bought.customer, prepend=-1))
    stop = np.append(start[1:], len(bought.customer)) - 1
    customer, first, last = bought.customer[start], bought.day[start], bought.day[stop]
    known, row = _since_first(known, customer, first)
    columns = {
        "frequency": (stop - start).astype(float),
        "recency": (last - first) / per_unit,
        "T": (cutoff - first) / per_unit,
        "n_transactions": _add_up(row, known.n_transactions, len(customer)),
        "inactivity": (cutoff - last) / per_unit,
        **_describe_gaps(bought.day, start, stop, per_unit),
    }
    if known.value is not None and bought.value is not None:
        repeats = bought.value.copy()
        repeats[start] = 0.0
        columns |= {
            "monetary_value": np.add.reduceat(repeats, start) / np.maximum(stop - start, 1),
            "total_value": _add_up(row, known.value, len(customer)),
            "first_value": bought.value[start],
            "last_value": bought.value[stop],
            "largest_value": np.maximum.reduceat(bought.value, start),
        }
    columns = {name: columns[name] for name in COLUMNS if name in columns}
    for window in windows:
        recent = cutoff - known.day < round(window * per_unit, 6)
        for name, amount in zip(
            name_windows([window]), (known.is_purchase, known.value), strict=True
        ):
            if amount is not None:
                columns[name] = _add_up(row[recent], amount[recent], len(customer))
    return customer, pd.DataFrame(columns)


def name_windows(windows: Sequence[float]) -> list[str]:
    """Names of the columns of each window: purchases and money."""
    shown = [
        f"{window:g}" if float(f"{window:g}") == window else repr(window) for window in windows
    ]
    return [f"{name}_last_{window}" for window in shown for name in ("purchases", "value")]


def _since_first(known: Days, customer: np.ndarray, first: np.ndarray) -> tuple[Days, np.ndarray]:
    """Leave out days before the first purchase, such as returns of older ones; rows of the rest."""
    row_of = np.full(known.customer.max() + 1, -1)
    row_of[customer] = np.arange(len(customer))
    row = row_of[known.customer]
    since = (row >= 0) & (known.day >= first[row])
    return known[since], row[since]


def _describe_gaps(
    day: np.ndarray, start: np.ndarray, stop: np.ndarray, per_unit: float
) -> dict[str, np.ndarray]:
    """Mean, longest and last time between the purchase days of each customer."""
    gap = np.diff(day, prepend=day[0]) / per_unit
    gap[start] = 0.0  # reaches over to the customer before
    n_gaps = stop - start
    gaps = {
        "mean_gap": (day[stop] - day[start]) / per_unit / np.maximum(n_gaps, 1),
        "longest_gap": np.maximum.reduceat(gap, start),
        "last_gap": gap[stop],
    }
    return {name: np.where(n_gaps > 0, value, np.nan) for name, value in gaps.items()}


def _add_up(row: np.ndarray, amount: np.ndarray, n_rows: int) -> np.ndarray:
    """Sum of the amounts of every row."""
    return np.bincount(row, weights=amount, minlength=n_rows)
