"""From a transaction log to a table of cohorts: who stayed, period by period."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._params import NONE, STRING, OneOf, check_value
from ._grouping import amount_rounding, customer_days, number_customers, spread_earliest
from ._log import (
    RETURNS,
    Frame,
    add_day_numbers,
    collect_columns,
    last_day,
    midnight,
    open_frame,
    parse_day,
    read_rows,
)

# Calendar unit -> what pandas calls its periods.
_FREQUENCIES = {"D": "D", "W": "W-SUN", "M": "M", "Q": "Q-DEC", "Y": "Y-DEC"}
_EPOCH = date(1970, 1, 1).toordinal()
_UNIT = OneOf(tuple(_FREQUENCIES))
_VALUES = OneOf(("customers", "retention", "revenue"))


def cohort_table(
    log: Any,
    *,
    customer: str = "customer_id",
    time: str = "date",
    amount: str | None = None,
    end: Any = None,
    unit: str = "M",
    values: str = "retention",
    returns: str = "net",
) -> pd.DataFrame:
    """Tabulate how many customers of each cohort came back, period by period.

    A cohort is the customers whose first purchase fell into one calendar period,
    such as January 2024; they are followed through the periods after it.

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
    amount : str or None, default=None
        Name of the column of money, in one currency; negative is a return. None
        takes every row for a purchase.
    end : str, date or datetime, default=None
        Last day of the observation, inclusive; a string in ISO 8601. None for
        the last day of `log`. Later rows are left out.
    unit : {"D", "W", "M", "Q", "Y"}, default="M"
        Calendar period: day, week from Monday to Sunday, month, quarter or year.
    values : {"customers", "retention", "revenue"}, default="retention"
        What the cells hold: customers of the cohort who bought in the period,
        their share of the cohort, or the cohort's net spend in it, which needs
        `amount`.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount, as in `rfm_summary`.

    Returns
    -------
    DataFrame of pandas
        One row a period in which customers were acquired (a PeriodIndex
        ``cohort``), in order of time, whatever the kind of `log`. Columns:

        - ``n_customers``: customers of the cohort;
        - 0, 1, 2, ...: the periods since that of the first purchase, as floats;
          NaN where a period was not over by `end`.

    Raises
    ------
    TypeError
        If `log` is no frame, or a column holds text or objects.
    ValueError
        If a column is absent, an argument is out of range or `amount` is None
        with ``values="revenue"``; if nobody bought in a period that is over by
        `end`. For a log in memory also if ids, times or amounts are missing or
        amounts infinite; of a lazy log such rows are left out.

    See Also
    --------
    rfm_summary : One row a customer instead of one a cohort.
    custbase.plot.CohortDisplay : The table as a picture.

    Notes
    -----
    A period that `end` cuts short would look like a drop. It is left out, both as
    the last cell of every cohort and as a cohort of its own: a log that runs to
    10 June ends, by months, with May. Without purchases on the last days of a
    month the default of `end` cuts it short too: state the day to which the log
    was kept.

    Periods are those of the calendar, so that a customer acquired on 31 January is
    in period 1 the day after. A customer-day is a purchase as in `rfm_summary`: with
    "net" if its net amount is positive or it holds no return. Customers count once a
    period, and everyone in period 0, hence its retention of 1. Revenue nets every
    row from the first purchase day on; rows before it count nowhere, so that the
    cells of a complete table add up to ``total_value`` of the summary.

    A log that does not reach back to the beginning takes old customers for new:
    its first cohorts are too large and too loyal.

    O(n) time for n rows, O(n log n) for a pandas frame.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import cohort_table
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve", "bob", "ann", "eve"],
    ...     "date": pd.to_datetime([
    ...         "2024-01-05", "2024-01-31", "2024-02-03", "2024-02-10",
    ...         "2024-03-01", "2024-03-09", "2024-04-02",
    ...     ]),
    ... })
    >>> cohort_table(log, end="2024-03-31")
    period   n_customers    0    1    2
    cohort
    2024-01            2  1.0  0.5  1.0
    2024-02            1  1.0  0.0  NaN
    """
    check_value("customer", customer, STRING)
    check_value("amount", amount, STRING, NONE)
    check_value("unit", unit, _UNIT)
    check_value("values", values, _VALUES)
    check_value("returns", returns, RETURNS)
    if values == "revenue" and amount is None:
        raise ValueError(
            "amount must name the column of money with values='revenue'; got None. "
            "Name it, or ask for 'customers' or 'retention'."
        )
    end_day = None if end is None else parse_day("end", end)
    frame = open_frame("log", log)
    rows = read_rows("log", frame, customer=customer, time=time, amount=amount)
    if end_day is None:
        end_day = last_day(rows)
    else:
        rows = rows.filter(nw.col("day") <= midnight(end_day))
    rows, _ = number_customers(rows)
    days = customer_days("log", rows, returns, amount_rounding(frame, amount))
    cells = _count_cells(days, unit, values)
    return _tabulate(cells, end_day, unit, values)


def _count_cells(days: Frame, unit: str, values: str) -> pd.DataFrame:
    """Sum up customer-days to one row a cohort and period that occur together."""
    days = days.with_columns(first=nw.when("is_purchase").then("day"))
    days = spread_earliest(days, "first").filter(nw.col("day") >= nw.col("first"))
    if values != "revenue":
        days = days.filter(nw.col("is_purchase"))
    days = _add_periods(days, {"cohort": "first", "period": "day"}, unit)
    is_first = nw.col("day") == nw.col("first")
    columns: dict[str, Any] = {"is_first": is_first.cast(nw.Int64)}
    aggregates = {"n_customers": nw.col("is_first").sum()}
    if values == "revenue":
        columns["value"] = nw.col("value")
        aggregates["cell"] = nw.col("value").sum()
    else:
        aggregates["cell"] = nw.col("customer").n_unique()
    days = days.select("customer", "cohort", "period", **columns)
    return pd.DataFrame(collect_columns(days.group_by("cohort", "period").agg(**aggregates)))


def _add_periods(days: Frame, columns: dict[str, str], unit: str) -> Frame:
    """Number the calendar periods of day columns as pandas numbers them."""
    if unit in ("D", "W"):
        days = add_day_numbers(days, columns)
        if unit == "D":
            return days.with_columns(nw.col(*columns) - _EPOCH)
        # Ordinal 1 is a Monday; the first week of 1970 is number 1.
        return days.with_columns((nw.col(*columns) - 1) // 7 - ((_EPOCH - 1) // 7 - 1))
    numbers = {}
    for name, day in columns.items():
        numbers[name] = year = nw.col(day).dt.year().cast(nw.Int64) - 1970
        month = nw.col(day).dt.month().cast(nw.Int64) - 1
        if unit != "Y":
            numbers[name] = year * 12 + month if unit == "M" else year * 4 + month // 3
    return days.with_columns(**numbers)


def _tabulate(cells: pd.DataFrame, end_day: date, unit: str, values: str) -> pd.DataFrame:
    """Spread counted cells over a table; what is not over by the end is missing."""
    freq = _FREQUENCIES[unit]
    end_period = pd.Period(end_day, freq=freq)
    is_over = end_period.end_time.date() == end_day
    last = end_period.ordinal - (not is_over)
    cells = cells[cells["period"] <= last]
    if cells.empty:
        cut = "" if is_over else f", which cuts {end_period} short"
        raise ValueError(
            f"log must hold a purchase in a period that is over by end ({end_day}{cut}); it has "
            f"none with unit={unit!r}. State the day to which the log was kept as end, or take a "
            "shorter unit."
        )
    cohort = cells["cohort"].to_numpy(np.int64)
    age = cells["period"].to_numpy(np.int64) - cohort
    cohorts, row = np.unique(cohort, return_inverse=True)
    n_customers = np.bincount(row, weights=cells["n_customers"]).astype(np.int64)
    ages = np.arange(last - cohorts[0] + 1)
    table = np.where(ages <= last - cohorts[:, None], 0.0, np.nan)
    table[row, age] = cells["cell"]
    if values == "retention":
        table /= n_customers[:, None]
    periods = [pd.Period(ordinal=int(number), freq=freq) for number in cohorts]
    index = pd.PeriodIndex(periods, name="cohort")
    frame = pd.DataFrame(table, index=index, columns=ages.tolist())
    frame.insert(0, "n_customers", n_customers)
    return frame.rename_axis(columns="period")
