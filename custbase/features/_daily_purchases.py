"""From a transaction log to a table of days: who bought first, and who came back."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._params import NONE, STRING, check_value
from ._grouping import amount_rounding, customer_days, number_customers, spread_earliest
from ._log import (
    RETURNS,
    Frame,
    add_day_numbers,
    collect_columns,
    midnight,
    open_frame,
    parse_day,
    read_rows,
)


def daily_purchases(
    log: Any,
    *,
    customer: str = "customer_id",
    time: str = "date",
    amount: str | None = "amount",
    end: Any,
    holdout_end: Any = None,
    returns: str = "net",
) -> pd.DataFrame:
    """Count first and repeat purchases day by day.

    Parameters
    ----------
    log : frame of pandas, polars, pyarrow, DuckDB or PySpark
        One row a transaction, in any order. A lazy frame is counted by its own
        engine; only the table comes into memory.
    customer : str, default="customer_id"
        Name of the column of customer ids.
    time : str, default="date"
        Name of the column of datetimes or dates. A day is the wall-clock day of
        the column's own zone.
    amount : str or None, default="amount"
        Name of the column of money, in one currency; negative is a return. None
        takes every row for a purchase.
    end : str, date or datetime
        Last day of the observation, inclusive; a string in ISO 8601. Customers who
        bought first later are left out.
    holdout_end : str, date or datetime, default=None
        Last day to count the repeat purchases of these customers, after `end`;
        None for `end`.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount, as in `rfm_summary`.

    Returns
    -------
    DataFrame of pandas
        One row a calendar day (a DatetimeIndex ``day``), from that of the first
        purchase to the last day, without gaps, whatever the kind of `log`. Columns:

        - ``new_customers``: number of customers whose first purchase day it is;
        - ``repeat_purchases``: number of customers for whom it is a later purchase day.

    Raises
    ------
    TypeError
        If `log` is no frame, or a column holds text or objects.
    ValueError
        If a column is absent, an argument is out of range, or nobody bought by
        `end`. For a log in memory also if ids, times or amounts are missing or
        amounts infinite; of a lazy log such rows are left out.

    See Also
    --------
    rfm_summary : One row a customer instead of one a day.
    cohort_table : One row a cohort.
    custbase.plot.TrackingDisplay : The table, added up, against a model.

    Notes
    -----
    The table adds up to the summary: ``new_customers`` to its number of rows, and
    ``repeat_purchases`` until `end` to the sum of ``frequency``, after it to that of
    ``holdout_frequency``.

    O(n) time for n rows, O(n log n) for a pandas frame.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import daily_purchases
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-01", "2024-01-01", "2024-01-03", "2024-01-04", "2024-01-04"]
    ...     ),
    ... })
    >>> daily_purchases(log, amount=None, end="2024-01-03", holdout_end="2024-01-05")
                new_customers  repeat_purchases
    day
    2024-01-01              2                 0
    2024-01-02              0                 0
    2024-01-03              0                 1
    2024-01-04              0                 1
    2024-01-05              0                 0
    """
    end_day = parse_day("end", end)
    last_day = end_day
    if holdout_end is not None:
        last_day = parse_day("holdout_end", holdout_end)
        if last_day <= end_day:
            raise ValueError(f"holdout_end must be after end ({end_day}); got {last_day}.")
    check_value("customer", customer, STRING)
    check_value("amount", amount, STRING, NONE)
    check_value("returns", returns, RETURNS)
    frame = open_frame("log", log)
    rows = read_rows("log", frame, customer=customer, time=time, amount=amount)
    if isinstance(rows, nw.DataFrame) and rows.is_empty():
        raise ValueError("log has no rows.")
    rows, _ = number_customers(rows.filter(nw.col("day") <= midnight(last_day)))
    days = customer_days("log", rows, returns, amount_rounding(frame, amount))
    found = _count_days(days, end_day)
    if not len(found["number"]):
        raise ValueError(
            f"log must hold a purchase by end ({end_day}); it has none. Choose a later end."
        )
    return _fill_calendar(found, last_day)


def _count_days(days: Frame, end_day: date) -> dict[str, np.ndarray]:
    """Count purchases on the days that have any, of customers known by a day."""
    days = days.with_columns(first=nw.when("is_purchase").then("day"))
    days = spread_earliest(days, "first")
    days = days.filter(nw.col("is_purchase") & (nw.col("first") <= midnight(end_day)))
    days = add_day_numbers(days, {"number": "day"})
    is_first = nw.col("day") == nw.col("first")
    days = days.select("number", is_first=is_first.cast(nw.Int64))
    counts = days.group_by("number").agg(
        n_first=nw.col("is_first").sum(), n_all=nw.col("is_first").count()
    )
    return collect_columns(counts)


def _fill_calendar(found: dict[str, np.ndarray], last_day: date) -> pd.DataFrame:
    """Give every day its row, also those without purchases."""
    numbers = found["number"].astype(np.int64)
    first = int(numbers.min())
    n_days = last_day.toordinal() - first + 1
    n_first, n_all = np.zeros((2, n_days), dtype=np.int64)
    n_first[numbers - first] = found["n_first"]
    n_all[numbers - first] = found["n_all"]
    index = pd.date_range(date.fromordinal(first), periods=n_days, unit="us", name="day")
    return pd.DataFrame(
        {"new_customers": n_first, "repeat_purchases": n_all - n_first}, index=index
    )
