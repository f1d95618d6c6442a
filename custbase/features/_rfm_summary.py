"""From a transaction log to one row a customer, and from an older summary to a newer one.

Both go through the same two small tables: customer-days (what a customer did on
a day) and customer states (sums, first and last day), which merge by adding.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
from narwhals.stable.v2.typing import IntoFrameT

from .._joins import refuse_other_spelling
from .._params import NONE, STRING, check_value
from .._units import DAYS_IN_UNIT, UNIT
from ._grouping import (
    amount_rounding,
    customer_days,
    merge_customers,
    name_customers,
    number_customers,
    spread_earliest,
)
from ._log import (
    RETURNS,
    Frame,
    add_day_numbers,
    check_columns,
    midnight,
    mixed_ids,
    open_frame,
    parse_day,
    read_rows,
    time_fault,
    wall_day,
)

_MONEY_COLUMNS = ("monetary_value", "total_value")
_SUMMARY_COLUMNS = (
    "frequency",
    "recency",
    "T",
    "monetary_value",
    "n_transactions",
    "total_value",
    "first_purchase",
    "last_purchase",
)
_COUNTS = ("purchases", "n_transactions", "holdout_frequency")
_HOLDOUT_COLUMNS = ("holdout_frequency", "holdout_value", "holdout_time")


def rfm_summary(
    log: IntoFrameT,
    *,
    customer: str = "customer_id",
    time: str = "date",
    amount: str | None = "amount",
    end: Any,
    unit: str = "W",
    holdout_end: Any = None,
    returns: str = "net",
) -> IntoFrameT:
    """Summarise a transaction log to one row a customer: recency, frequency, T and money.

    Parameters
    ----------
    log : frame of pandas, polars, pyarrow, DuckDB or PySpark
        One row a transaction, in any order; several rows a day are one purchase
        day. A lazy frame stays lazy: nothing is run.
    customer : str, default="customer_id"
        Name of the column of customer ids.
    time : str, default="date"
        Name of the column of datetimes or dates. A day is the wall-clock day of
        the column's own zone.
    amount : str or None, default="amount"
        Name of the column of money, in one currency; negative is a return. None
        leaves out the columns of money.
    end : str, date or datetime
        Last day of the observation, inclusive; a string in ISO 8601. Always a
        whole day: a time of day is left off, and of a datetime with a time zone
        its own wall-clock day counts.
    unit : {"D", "W", "M", "Y"}, default="W"
        Unit of all times: 1, 7, 30.4375 or 365.25 days, never snapped to the calendar.
    holdout_end : str, date or datetime, default=None
        Last day of a holdout that starts the day after `end`; None for no holdout.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount: "net" them as the Notes say,
        "drop" them first, or "raise" an error (only for a log in memory).

    Returns
    -------
    frame of the kind of `log`
        One row for each customer who bought by `end`, sorted by customer (in no
        particular order if lazy), with columns

        - the customer column under its own name;
        - ``frequency``: number of purchase days after the first;
        - ``recency``: time from the first to the last purchase day; high is recent;
        - ``T``: time from the first purchase day to `end`;
        - ``monetary_value``: mean net spend per purchase day after the first, 0 if none;
        - ``n_transactions``: number of rows from the first purchase day on that are not returns;
        - ``total_value``: net spend from that day on, returns subtracted;
        - ``first_purchase``, ``last_purchase``: those days, as datetimes at midnight
          without a zone;
        - with `holdout_end`, ``holdout_frequency``: number of purchase days in the
          holdout, ``holdout_value``: net spend in it, ``holdout_time``: time from
          `end` to its first purchase day, NaN or null if none.

    Raises
    ------
    TypeError
        If `log` is no frame, or a column holds text or objects.
    ValueError
        If a column is absent or named twice, or an argument is out of range. For
        a log in memory also if ids, times or amounts are missing, amounts are
        infinite, days outside the years 1 to 9999, or nobody bought by `end`. Of a
        lazy log incomplete rows are left out: `check_log` counts them.

    See Also
    --------
    update_summary : Fold later days into a summary.
    check_log : What to look at in a log first.

    Notes
    -----
    "net" makes a customer-day a purchase if its net amount is positive (beyond the
    rounding of the column: 1e-9 of what was bought, 2e-7 in single precision) or if it
    holds no return, so free purchases count. From the first
    purchase day on every row is netted in ``total_value``; rows before it, such
    as returns of purchases made before the log starts, count in no column.

    No row after `end` touches a column that is not ``holdout_*``. Frequency,
    recency and T are those of Fader, Hardie and Lee [1]_; the published summary of
    the CDNOW sample comes out exactly.

    DuckDB reads a zoned column in the zone of its session (``SET TimeZone``).

    Rows are grouped by customer and day, and those by customer: O(n) time for n
    rows, O(n log n) for a pandas frame, which is sorted instead.

    References
    ----------
    .. [1] P. S. Fader, B. G. S. Hardie and K. L. Lee (2005). "Counting Your
       Customers" the Easy Way: An Alternative to the Pareto/NBD Model. Marketing
       Science 24(2), 275-284.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import rfm_summary
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-22", "2024-01-08"]),
    ...     "amount": [20.0, 35.0, 45.0, 10.0],
    ... })
    >>> summary = rfm_summary(log, end="2024-01-29")
    >>> summary[["customer_id", "frequency", "recency", "T", "monetary_value"]]
      customer_id  frequency  recency    T  monetary_value
    0         ann          2      3.0  4.0            40.0
    1         bob          0      0.0  3.0             0.0
    """
    end_day = parse_day("end", end)
    last_day = end_day
    if holdout_end is not None:
        last_day = parse_day("holdout_end", holdout_end)
        if last_day <= end_day:
            raise ValueError(f"holdout_end must be after end ({end_day}); got {last_day}.")
    _check_choices(customer, amount, unit, returns)
    frame = open_frame("log", log)
    rows = read_rows("log", frame, customer=customer, time=time, amount=amount)
    if isinstance(rows, nw.DataFrame) and rows.is_empty():
        raise ValueError("log has no rows.")
    rows, ids = number_customers(rows)
    days = customer_days("log", _until(rows, last_day), returns, amount_rounding(frame, amount))
    if holdout_end is not None:
        days = _set_holdout_apart(days, end_day)
    summary = _finish(_states(_with_first_purchase(days)), end_day, unit)
    if isinstance(summary, nw.DataFrame) and summary.is_empty():
        raise ValueError(
            f"log has no purchase by end ({end_day}): its days run from "
            f"{rows['day'].min():%Y-%m-%d} to {rows['day'].max():%Y-%m-%d}."
        )
    return _unwrap(name_customers(summary, ids), customer)


def update_summary(
    summary: IntoFrameT,
    new_log: IntoFrameT,
    *,
    previous_end: Any,
    end: Any,
    customer: str = "customer_id",
    time: str = "date",
    amount: str | None = "amount",
    unit: str = "W",
    returns: str = "net",
) -> IntoFrameT:
    """Fold the days after a summary into it, without the log it was made from.

    Parameters
    ----------
    summary : frame of pandas, polars, pyarrow, DuckDB or PySpark
        What `rfm_summary` or this function returned. Columns of a holdout, and
        any of yours, are left out of the result.
    new_log : frame of the kind of `summary`
        The rows of the days after `previous_end`, in any order; it may be empty.
    previous_end : str, date or datetime
        The ``end`` of `summary`.
    end : str, date or datetime
        The new last day, inclusive. Later rows are left out.
    customer : str, default="customer_id"
        Name of the column of customer ids, in both frames.
    time : str, default="date"
        Name of the column of datetimes or dates in `new_log`.
    amount : str or None, default="amount"
        Name of the column of money in `new_log`; None if `summary` has none.
    unit : {"D", "W", "M", "Y"}, default="W"
        Unit of all times, that of `summary`.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount, as in `rfm_summary`.

    Returns
    -------
    frame of the kind of `summary`
        What `rfm_summary` makes of the whole log: counts and dates exactly, money
        up to rounding.

    Raises
    ------
    TypeError
        If the frames are of different kinds or their customer ids of different
        types, or a column holds text or objects.
    ValueError
        If a column is absent, or an argument is out of range. For frames in memory
        also if a customer has two rows in `summary`, its T does not fit
        `previous_end`, `new_log` holds rows that are not after that day, or values
        that `rfm_summary` refuses. Such rows of a lazy `new_log` are left out.

    See Also
    --------
    rfm_summary : Summarise a whole log.

    Notes
    -----
    A summary is all that later days need to know: its sums (the spend of repeat
    purchases is ``frequency * monetary_value``) add up, and whole days are never
    split between two logs. The time is that of `rfm_summary` on `new_log` plus
    O(customers).

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import rfm_summary, update_summary
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-22"]),
    ...     "amount": [20.0, 35.0, 10.0],
    ... })
    >>> january = rfm_summary(log[:2], end="2024-01-21")
    >>> summary = update_summary(january, log[2:], previous_end="2024-01-21", end="2024-01-29")
    >>> summary.equals(rfm_summary(log, end="2024-01-29"))
    True
    """
    start, end_day = parse_day("previous_end", previous_end), parse_day("end", end)
    if end_day <= start:
        raise ValueError(f"end must be after previous_end ({start}); got {end_day}.")
    _check_choices(customer, amount, unit, returns)
    old, log = open_frame("summary", summary), open_frame("new_log", new_log)
    if type(old) is not type(log) or old.implementation is not log.implementation:
        raise TypeError(
            "summary and new_log must be frames of one kind; got "
            f"{_kind(summary)} and {_kind(new_log)}."
        )
    states = _read_states(old, customer, start, unit, money=amount is not None)
    rows = read_rows("new_log", log, customer=customer, time=time, amount=amount)
    rows = _match_customers(rows, states, customer)
    if isinstance(rows, nw.DataFrame) and (count := (rows["day"] <= midnight(start)).sum()):
        raise ValueError(
            f"new_log must hold only days after previous_end ({start}); {count} rows do not. "
            "Filter them out, or summarise the whole log anew if they arrived late."
        )
    rows = rows.filter((nw.col("day") > midnight(start)) & (nw.col("day") <= midnight(end_day)))
    rows, ids = number_customers(rows)
    days = customer_days("new_log", rows, returns, amount_rounding(log, amount))
    days = name_customers(_with_first_purchase(days), ids)
    known: Any = states.select("customer", known="first_purchase")
    days = days.join(known, on="customer", how="left").with_columns(
        first_purchase=nw.coalesce("known", "first_purchase")
    )
    frames: list[Any] = [states, _states(days).select(states.collect_schema().names())]
    merged = _add_states(nw.concat(frames))
    return _unwrap(_finish(merged, end_day, unit), customer)


def _kind(frame: Any) -> str:
    """Library and class of a frame."""
    return f"{type(frame).__module__.partition('.')[0]} {type(frame).__name__}"


def _check_choices(customer: str, amount: str | None, unit: str, returns: str) -> None:
    """Check what does not depend on the data."""
    check_value("customer", customer, STRING)
    check_value("amount", amount, STRING, NONE)
    check_value("unit", unit, UNIT)
    check_value("returns", returns, RETURNS)
    taken = {name.casefold() for name in _SUMMARY_COLUMNS + _HOLDOUT_COLUMNS}
    if customer.casefold() in taken:  # SQL does not tell "t" from "T"
        raise ValueError(
            f"customer must not be named like a column of the summary; got {customer!r}. "
            "Rename that column of the log."
        )


def _until(rows: Frame, last_day: date) -> Frame:
    """Leave out later rows, without the copy that a filter makes if there are none."""
    if isinstance(rows, nw.DataFrame) and rows["day"].max() <= midnight(last_day):
        return rows
    return rows.filter(nw.col("day") <= midnight(last_day))


def _set_holdout_apart(days: Frame, end_day: date) -> Frame:
    """Move what happened after a day from the columns of the observation to the holdout's."""
    later = nw.col("day") > midnight(end_day)
    held_purchase = nw.col("is_purchase") & later
    columns = {
        "is_purchase": nw.col("is_purchase") & ~later,
        "n_transactions": nw.when(later).then(0).otherwise("n_transactions"),
        "holdout_frequency": held_purchase.cast(nw.Int64),
        "next_purchase": nw.when(held_purchase).then("day"),
    }
    if "value" in days.collect_schema().names():
        columns["value"] = nw.when(later).then(0.0).otherwise("value")
        columns["holdout_value"] = nw.when(later).then("value").otherwise(0.0)
    return days.with_columns(**columns)


def _with_first_purchase(days: Frame) -> Frame:
    """Add each customer's first purchase day, null if there is none."""
    days = days.with_columns(first_purchase=nw.when("is_purchase").then("day"))
    return spread_earliest(days, "first_purchase")


def _states(days: Frame) -> Frame:
    """Add up customer-days from the first purchase day on to one state a customer."""
    names = days.collect_schema().names()
    bought, day, first = nw.col("is_purchase"), nw.col("day"), nw.col("first_purchase")
    columns: dict[str, nw.Expr]
    if isinstance(days, nw.DataFrame) and days["is_purchase"].all():
        # Most logs in memory: what follows says the same, at the cost of six more columns.
        columns = {
            "purchases": nw.lit(1, nw.Int64),
            "last_purchase": day,
            "n_transactions": nw.col("n_transactions"),
            "total_value": nw.col("value"),
            "repeat_value": nw.when(day > first).then("value").otherwise(0.0),
        }
    else:
        columns = {
            "purchases": bought.cast(nw.Int64),
            "last_purchase": nw.when(bought).then("day"),
            "n_transactions": nw.when(day >= first).then("n_transactions").otherwise(0),
            "total_value": nw.when(day >= first).then("value").otherwise(0.0),
            "repeat_value": nw.when(bought & (day > first)).then("value").otherwise(0.0),
        }
    if "value" not in names:
        del columns["total_value"], columns["repeat_value"]
    held = [c for c in ("holdout_frequency", "holdout_value", "next_purchase") if c in names]
    states = _add_states(days.select("customer", "first_purchase", *held, **columns))
    return states.filter(~nw.col("first_purchase").is_null())


def _add_states(states: Frame) -> Frame:
    """Merge the states of a customer: earliest first, latest last, sums of the rest."""
    special = {"first_purchase": "min", "last_purchase": "max", "next_purchase": "min"}
    names = [name for name in states.collect_schema().names() if name != "customer"]
    merged = merge_customers(states, {name: special.get(name, "sum") for name in names})
    # SQL engines widen sums of integers.
    counts = [name for name in _COUNTS if name in names]
    return merged.with_columns(nw.col(*counts).cast(nw.Int64))


def _read_states(summary: Frame, customer: str, start: date, unit: str, *, money: bool) -> Frame:
    """Turn a summary back into states, checked as far as it is in memory."""
    schema = summary.collect_schema()
    wanted = [name for name in _SUMMARY_COLUMNS if money or name not in _MONEY_COLUMNS]
    check_columns("summary", schema, {"customer": customer} | {name: name for name in wanted})
    if not money and (extra := [name for name in _MONEY_COLUMNS if name in schema]):
        raise ValueError(f"amount=None would leave {' and '.join(extra)} of summary behind.")
    for column in ("first_purchase", "last_purchase"):
        if fault := time_fault(column, schema[column], summary):
            raise TypeError(f"summary: {fault}")
    frequency = nw.col("frequency").cast(nw.Int64)
    columns = {
        "customer": nw.col(customer),
        "first_purchase": wall_day("first_purchase", schema["first_purchase"]),
        "last_purchase": wall_day("last_purchase", schema["last_purchase"]),
        "purchases": frequency + 1,
        "n_transactions": nw.col("n_transactions").cast(nw.Int64),
    }
    if money:
        columns["repeat_value"] = frequency * nw.col("monetary_value").cast(nw.Float64)
        columns["total_value"] = nw.col("total_value").cast(nw.Float64)
    states = summary.select(**columns)
    if isinstance(states, nw.DataFrame):
        if states["customer"].n_unique() < len(states):
            raise ValueError("summary must hold one row a customer; some have more.")
        told = (nw.col("T") * DAYS_IN_UNIT[unit]).round(0)
        dated: Any = add_day_numbers(summary, {"first": "first_purchase"})
        if count := dated.select((told != start.toordinal() - nw.col("first")).sum()).item():
            raise ValueError(
                f"summary must have been made with end=previous_end ({start}) and unit={unit!r}; "
                f"T says otherwise for {count} customers."
            )
    return states


def _match_customers(rows: Frame, states: Frame, customer: str) -> Frame:
    """Give the ids of a log the type they have in the summary."""
    have, want = rows.collect_schema()["customer"], states.collect_schema()["customer"]
    if have == want:
        if isinstance(rows, nw.DataFrame) and isinstance(states, nw.DataFrame):
            one, other = (pd.Index(f["customer"].unique().to_numpy()) for f in (states, rows))
            refuse_other_spelling(one, other, "summary", "new_log", "the column")
        return rows
    if have.is_integer() and want.is_integer():
        return rows.with_columns(nw.col("customer").cast(want))
    raise TypeError(
        f"customer column {customer!r} must have one type in both frames; "
        f"it is {want} in summary and {have} in new_log."
    )


def _finish(states: Frame, end_day: date, unit: str) -> Frame:
    """Turn states into the columns of a summary."""
    names = states.collect_schema().names()
    days = {"first": "first_purchase", "last": "last_purchase"}
    if "next_purchase" in names:
        days["next"] = "next_purchase"
    states = add_day_numbers(states, days)
    first, last, end_number = nw.col("first"), nw.col("last"), end_day.toordinal()
    # A column, because polars divides by a number as by its inverse, one bit off.
    per_unit = first * 0 + DAYS_IN_UNIT[unit]
    frequency, repeat_value = nw.col("purchases") - 1, nw.col("repeat_value")
    columns = {
        "frequency": frequency,
        "recency": (last - first) / per_unit,
        "T": (end_number - first) / per_unit,
        "monetary_value": nw.when(frequency > 0).then(repeat_value / frequency).otherwise(0.0),
        "n_transactions": nw.col("n_transactions"),
        "total_value": nw.col("total_value"),
        "first_purchase": nw.col("first_purchase"),
        "last_purchase": nw.col("last_purchase"),
        "holdout_frequency": nw.col("holdout_frequency"),
        "holdout_value": nw.col("holdout_value"),
        "holdout_time": (nw.col("next") - end_number) / per_unit,
    }
    absent = set() if "total_value" in names else {*_MONEY_COLUMNS, "holdout_value"}
    if "holdout_frequency" not in names:
        absent |= {*_HOLDOUT_COLUMNS}
    return states.select("customer", **{k: v for k, v in columns.items() if k not in absent})


def _unwrap(summary: Frame, customer: str) -> Any:
    """Sort what is in memory, give the column of customers its name and unwrap the frame."""
    if isinstance(summary, nw.DataFrame):
        try:
            summary = nw.maybe_reset_index(summary.sort("customer"))
        except TypeError as error:
            raise mixed_ids(customer) from error
    return summary.rename({"customer": customer}).to_native()
