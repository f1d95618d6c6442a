"""Purchase days of each customer up to a cut-off, in order, as arrays, and their tensor.

Rows after the cut-off are filtered out before anything is numbered or added up, and amounts
of a day are added in their own order, so that neither later rows nor the order of rows
changes a bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._inputs import refuse_lazy_frame
from .._units import DAYS_IN_UNIT
from ._grouping import amount_rounding, customer_days, number_ids
from ._log import add_day_numbers, collect_columns, midnight, open_frame, read_rows

# Networks look for the first six by position.
CHANNELS = (
    "mask",
    "gap",
    "open_gap",
    "frequency",
    "recency",
    "T",
    "weekday_sin",
    "weekday_cos",
    "yearday_sin",
    "yearday_cos",
)

_AT_CUTOFF = slice(2, 6)
_CALENDAR = slice(6, 10)
_EPOCH = date(1970, 1, 1).toordinal()


def _turn(position: np.ndarray, length: int) -> np.ndarray:
    """Sine and cosine of positions on a circle of so many days."""
    angle = 2 * np.pi * position / length
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


# Looked up, because vectorised sines may differ in the last bit by place in an array.
_WEEKDAYS = _turn(np.arange(7), 7)
_YEARDAYS = np.stack([_turn(np.arange(366), length) for length in (365, 366)])


@dataclass(frozen=True)
class PurchaseDays:
    """Purchase days as arrays, in order of customer and day.

    Parameters
    ----------
    customers : ndarray of shape (n_customers,)
        Ids of those who bought, sorted.
    start : ndarray of shape (n_customers,)
        Where the days of each customer start.
    day : ndarray of shape (n_days,)
        Ordinals, as `datetime.date.toordinal` counts.
    value : ndarray of shape (n_days,) or None
        Net spend, if money counts.
    marked, mark : ndarray of shape (n_marks,)
        Positions of days, and what a row of such a day was, a number of `events`.
    events : ndarray of shape (n_events,)
        Distinct events of the marks, in no order.
    """

    customers: np.ndarray
    start: np.ndarray
    day: np.ndarray
    value: np.ndarray | None
    marked: np.ndarray
    mark: np.ndarray
    events: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Number of purchase days of each customer."""
        return np.diff(self.start, append=len(self.day))


def read_purchase_days(X: Any, layout: Mapping[str, Any], end: date) -> PurchaseDays:
    """Read the purchase days of a log up to a cut-off.

    Parameters
    ----------
    X : frame of pandas, polars or pyarrow
        One row a transaction, in any order.
    layout : mapping of str to object
        Names of the columns and the rule for returns, as `PurchaseSequenceEncoder` has them.
    end : date
        Last day that counts.

    Returns
    -------
    PurchaseDays
        At least one.

    Raises
    ------
    TypeError, ValueError
        If `X` is no frame in memory, a column is absent, of a wrong type or holds
        missing or infinite values, or nobody bought by `end`.
    """
    refuse_lazy_frame(X, "X")
    names = {role: layout[role] for role in ("customer", "time", "amount")}
    labels = None if layout["event"] is None else {"event": layout["event"]}
    frame = open_frame("X", X)
    rows = read_rows("X", frame, **names, labels=labels)
    if not isinstance(rows, nw.DataFrame) or rows.is_empty():
        raise ValueError("X has no rows.")
    known = add_day_numbers(rows.filter(nw.col("day") <= midnight(end)), {"ordinal": "day"})
    table = collect_columns(known.drop("day"))
    number, ids = number_ids(table["customer"], layout["customer"], "customer")
    day, amount = table["ordinal"].astype(np.int64), table.get("amount")
    if len(ids):
        rounding = amount_rounding(frame, layout["amount"])
        bought, value = _add_up_days(number, day, amount, layout["returns"], rounding)
    if not len(ids) or not bought.shape[1]:
        raise ValueError(
            f"X has no purchase by end ({end}): its days run from {rows['day'].min():%Y-%m-%d} to "
            f"{rows['day'].max():%Y-%m-%d}. Take a later end."
        )
    start = np.flatnonzero(np.diff(bought[0], prepend=-1))
    marks = _mark_days(bought, number, day, amount, table.get("event"))
    return PurchaseDays(ids[bought[0][start]], start, bought[1], value, *marks)


def _add_up_days(
    number: np.ndarray, day: np.ndarray, amount: np.ndarray | None, returns: str, rounding: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Customer and day of every purchase day, in order, and its net spend."""
    columns = {"customer": number, "day": (day - _EPOCH).astype("datetime64[D]")}
    if amount is not None:
        # Sums round by the order of their terms, and rows come in any order.
        order = np.argsort(amount, kind="stable")
        columns = {name: column[order] for name, column in columns.items()}
        columns["amount"] = amount[order]
    columns["day"] = columns["day"].astype("datetime64[us]")
    rows = nw.from_native(pd.DataFrame(columns, copy=False))
    days = collect_columns(
        customer_days("X", rows, returns, rounding).filter(nw.col("is_purchase"))
    )
    ordinal = days["day"].astype("datetime64[D]").astype(np.int64) + _EPOCH
    bought, value = np.stack([days["customer"], ordinal]), days.get("value")
    order = np.lexsort(bought[::-1])
    return bought[:, order], None if value is None else value[order]


def _mark_days(
    bought: np.ndarray,
    number: np.ndarray,
    day: np.ndarray,
    amount: np.ndarray | None,
    event: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the purchase day of every row that is no return, and what the row was."""
    if event is None:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, object)
    if amount is not None:
        is_sale = amount >= 0
        number, day, event = number[is_sale], day[is_sale], event[is_sale]
    first = bought[1].min()
    span = bought[1].max() - first + 1
    # Days outside the span are no purchase days, and would take the keys of others.
    inside = (day >= first) & (day < first + span)
    key = number[inside] * span + day[inside] - first
    keys = bought[0] * span + bought[1] - first
    place = np.searchsorted(keys, key).clip(max=len(keys) - 1)
    found = keys[place] == key
    mark, events = pd.factorize(event[inside][found])
    return place[found], mark, np.asarray(events)


def fill_tensor(
    days: PurchaseDays,
    *,
    end: date,
    unit: str,
    max_length: int,
    events: np.ndarray,
) -> np.ndarray:
    """Lay out the latest purchase days of each customer, one step a day.

    Parameters
    ----------
    days : PurchaseDays
        Those up to `end`.
    end : date
        The cut-off.
    unit : {"D", "W", "M", "Y"}
        Unit of all times.
    max_length : int
        Number of steps.
    events : ndarray of shape (n_events,)
        Those that have channels; marks of others are left out.

    Returns
    -------
    ndarray of shape (n_customers, max_length, n_channels)
        Float32; channels are `CHANNELS`, the amount if there is one, and the events.
    """
    per_unit, cutoff, sizes = DAYS_IN_UNIT[unit], end.toordinal(), days.sizes
    stop = days.start + sizes - 1
    first, last = days.day[days.start], days.day[stop]
    row = np.repeat(np.arange(len(sizes)), sizes)
    place = (row + 1) * max_length - 1 - (stop[row] - np.arange(len(row)))
    kept = place >= row * max_length
    gap = np.diff(days.day, prepend=days.day[0])
    gap[days.start] = 0  # reaches over to the customer before
    n_fixed = len(CHANNELS) + (days.value is not None)
    steps = np.empty((np.count_nonzero(kept), n_fixed), dtype=np.float32)
    steps[:, 0] = 1
    steps[:, 1] = gap[kept] / per_unit
    steps[:, _AT_CUTOFF] = 0
    steps[:, _CALENDAR] = _calendar(days.day[kept])
    if days.value is not None:
        steps[:, -1] = np.log1p(days.value)[kept]
    tensor = np.zeros((len(sizes), max_length, n_fixed + len(events)), dtype=np.float32)
    flat = tensor.reshape(-1, tensor.shape[2])
    flat[place[kept], :n_fixed] = steps
    summary = [(cutoff - last) / per_unit, sizes - 1, (last - first) / per_unit]
    tensor[:, -1, _AT_CUTOFF] = np.stack([*summary, (cutoff - first) / per_unit], axis=1)
    channel = pd.Index(events).get_indexer(pd.Index(days.events))[days.mark]
    shown = kept[days.marked] & (channel >= 0)
    flat[place[days.marked[shown]], n_fixed + channel[shown]] = 1
    return tensor


def _calendar(day: np.ndarray) -> np.ndarray:
    """Place of days in the week, which starts on Monday, and in the year, on circles."""
    dates = (day - _EPOCH).astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    start = years.astype("datetime64[D]")
    length = ((years + 1).astype("datetime64[D]") - start).astype(np.int64)
    yearday = (dates - start).astype(np.int64)
    # Ordinal 1 is a Monday.
    return np.hstack([_WEEKDAYS[(day - 1) % 7], _YEARDAYS[length - 365, yearday]])
