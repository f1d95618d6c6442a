"""What to look at in a transaction log before anything is computed from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from .._params import STRING, check_value
from ._grouping import amount_rounding, customer_days, number_customers
from ._log import (
    Frame,
    amount_fault,
    id_fault,
    is_beyond_python,
    is_half,
    is_missing,
    midnight,
    open_frame,
    parse_day,
    take_off_zone,
    time_fault,
    wall_day,
)

_DUPLICATES = "equal an earlier row: a second piece of an article, or the same row loaded twice."
_MISSING = "have no {}: rfm_summary refuses such rows, and leaves them out of a lazy log."
_INFINITE = (
    "have an infinite amount: rfm_summary refuses such rows, and leaves them out of a lazy log."
)
_RETURNS = "have a negative amount: rfm_summary nets returns unless told to drop or refuse them."
_FREE = "have amount 0 and count as purchases: drop them if nothing was bought."
_SENTINEL = (
    "are dated before 1970-01-02, on 1980-01-01 or after 2038-01-18, as programs date what has no "
    "date: drop or repair those rows, which stretch the times of their customers."
)
_FUTURE = "are later than {}: nothing that is computed up to that day sees them."
_ONE_TIME = "bought on one day only: they tell nothing about the time between purchases."
_NEVER = "only returned, or returned all on the day: they have no row in a summary."

# Where engines begin and end, and what they show where a date is missing: year 1, Excel's 1899 and
# 1900, the epoch, that of DOS, the ends of 32 and 64 bits, 9999.
_AFTER_EPOCH, _DOS, _END_OF_32_BITS = date(1970, 1, 2), date(1980, 1, 1), date(2038, 1, 19)

# check, severity, count, share, message
_Finding = tuple[str, str, int, float, str]


def check_log(
    log: Any,
    *,
    customer: str = "customer_id",
    time: str = "date",
    amount: str | None = "amount",
    end: Any = None,
) -> pd.DataFrame:
    """Look at what a careful analyst would look at first in a transaction log.

    Nothing in the log raises an error here: absent columns, text for numbers,
    missing and infinite values become rows of the result, each with a remedy.

    Parameters
    ----------
    log : frame of pandas, polars, pyarrow, DuckDB or PySpark
        One row a transaction. A lazy frame is counted by its own engine, in
        three queries; only the counts come into memory.
    customer : str, default="customer_id"
        Name of the column of customer ids.
    time : str, default="date"
        Name of the column of datetimes or dates.
    amount : str or None, default="amount"
        Name of the column of money; None if there is none.
    end : str, date or datetime, default=None
        Last day the log should hold; later rows are reported. None leaves that
        check out, because the clock of the machine is never asked.

    Returns
    -------
    DataFrame of pandas
        One row a check, with columns

        - ``check``: its name;
        - ``severity``: "ok"; "note" is good to know; "warning" is probably a
          mistake; "problem" is what `rfm_summary` refuses or leaves out;
        - ``count``: how many rows, days or customers it is about;
        - ``share``: that count as a share of all rows or all customers, NaN
          where it would mean nothing;
        - ``message``: what was found and what to do about it.

    Raises
    ------
    TypeError
        If `log` is no frame, or the name of a column no string.
    ValueError
        If `end` is no day.

    See Also
    --------
    rfm_summary : Summarise the log.

    Notes
    -----
    Duplicates are rows that equal an earlier one in every column, lists and other
    nested values aside. Customers are counted over the rows that are complete.

    ``sentinel_time`` counts days that stand for none: 0001-01-01, 1900-01-01, 1970-01-01,
    2262-04-11, 9999-12-31 and all others before 1970-01-02 or after 2038-01-18, and
    1980-01-01. The time is O(n) for n rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import check_log
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", None, "bob"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-22", "2024-01-08"]),
    ...     "amount": [20.0, -5.0, 45.0, 10.0],
    ... })
    >>> findings = check_log(log, end="2024-01-21").set_index("check")
    >>> findings.loc[findings["severity"] != "ok", ["severity", "count", "share"]]
                     severity  count  share
    check
    missing_customer  problem      1   0.25
    returns              note      1   0.25
    future            warning      1   0.25
    one_time             note      2   1.00
    """
    names = {"customer": customer, "time": time}
    if amount is not None:
        names["amount"] = amount
    for role, column in names.items():
        check_value(role, column, STRING)
    end_day = None if end is None else parse_day("end", end)
    try:
        frame = open_frame("log", log)
    except ValueError as error:
        return _table([("columns", "problem", 1, math.nan, str(error))])
    schema = dict(frame.collect_schema())
    if time in schema:
        frame = take_off_zone(frame, time)
        schema = dict(frame.collect_schema())
    columns, faults = _usable_columns(frame, schema, names)
    n_rows, n_distinct = _count_rows(frame, schema)
    share = 1.0 if n_rows else math.nan
    findings = [("columns", "problem", n_rows, share, fault) for fault in faults]
    findings += [
        ("rows", "ok" if n_rows else "problem", n_rows, math.nan, f"{n_rows} rows."),
        _rate("duplicates", "warning", n_rows - n_distinct, n_rows, f"Rows that {_DUPLICATES}"),
    ]
    if columns:
        findings += _row_findings(frame.select(**columns), n_rows, end_day)
    if {"customer", "day"} <= columns.keys():
        rounding = amount_rounding(frame, amount if "amount" in columns else None)
        findings += _customer_findings(frame.select(**columns), end_day, rounding)
    return _table(findings)


def _table(findings: list[_Finding]) -> pd.DataFrame:
    """Put findings into a frame."""
    return pd.DataFrame(findings, columns=["check", "severity", "count", "share", "message"])


def _rate(check: str, severity: str, count: int, of: int, message: str) -> _Finding:
    """State a count as a finding, which is fine if it is zero."""
    return check, severity if count else "ok", count, count / of if of else math.nan, message


def _only_row(frame: Frame) -> dict[str, Any]:
    """Run the query of a frame of one row; sums of no rows, null in SQL, are zero."""
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("polars" if frame.implementation.is_polars() else "pandas")
    row = frame.rows(named=True)[0]
    return {
        name: value if isinstance(value, date) else _count(value) for name, value in row.items()
    }


def _count(value: Any) -> int:
    """Whole number of a sum, zero for a null or NaN."""
    return 0 if value is None or value != value else int(value)


def _usable_columns(
    frame: Frame, schema: Mapping[str, Any], names: Mapping[str, str]
) -> tuple[dict[str, nw.Expr], list[str]]:
    """Take the columns that can serve, under our names, and say why the others cannot."""
    columns: dict[str, nw.Expr] = {}
    faults = []
    for role, name in names.items():
        dtype = schema.get(name)
        if dtype is None:
            have = ", ".join(map(repr, schema)) or "none"
            faults.append(f"{role} column {name!r} is absent; the columns are {have}.")
        elif role == "customer":
            if fault := id_fault("customer", name, dtype, frame):
                faults.append(fault)
            else:
                columns["customer"] = nw.col(name)
        elif role == "time":
            if fault := time_fault(name, dtype, frame):
                faults.append(fault)
            else:
                columns["day"] = wall_day(name, dtype)
        elif fault := amount_fault(name, dtype, frame):
            faults.append(fault)
        else:
            columns["amount"] = nw.col(name).cast(nw.Float64)
    return columns, faults


def _count_rows(frame: Frame, schema: Mapping[str, Any]) -> tuple[int, int]:
    """Count the rows and the distinct ones."""
    flat = {
        name: dtype
        for name, dtype in schema.items()
        if isinstance(name, str) and not isinstance(dtype, nw.List | nw.Array | nw.Struct)
    }
    if not flat:  # nothing that can be compared
        n_rows = _only_row(frame.select(rows=nw.len()))["rows"]
        return n_rows, n_rows
    objects = [name for name, dtype in flat.items() if isinstance(dtype, nw.Object)]
    if objects:  # which may be lists, and those cannot be compared
        frame = frame.with_columns(nw.col(*objects).cast(nw.String))
    if halves := [name for name, dtype in flat.items() if is_half(dtype)]:
        frame = frame.with_columns(nw.col(*halves).cast(nw.Float64))  # pandas cannot group those
    distinct = frame.group_by(*flat).agg(nw.len().alias("custbase_n_equal"))
    counts = distinct.select(rows=nw.col("custbase_n_equal").sum(), distinct=nw.len())
    facts = _only_row(counts)
    return facts["rows"], facts["distinct"]


def _row_findings(rows: Frame, n_rows: int, end_day: date | None) -> list[_Finding]:
    """Check the values of single rows, in one pass."""
    schema = rows.collect_schema()
    checks = {
        f"missing_{role}": ("problem", is_missing(column, schema[column]), _MISSING.format(role))
        for role, column in (("customer", "customer"), ("time", "day"), ("amount", "amount"))
        if column in schema
    }
    if "amount" in schema:
        amount = nw.col("amount")
        infinite = ~amount.is_finite() & ~is_missing("amount", schema["amount"])
        checks["infinite_amount"] = ("problem", infinite, _INFINITE)
        checks["returns"] = ("note", amount < 0, _RETURNS)
        checks["zero_amount"] = ("note", amount == 0, _FREE)
    if "day" in schema:
        day = nw.col("day")
        is_early, is_late = day < midnight(_AFTER_EPOCH), day >= midnight(_END_OF_32_BITS)
        is_sentinel = is_early | (day == midnight(_DOS)) | is_late
        checks["sentinel_time"] = ("warning", is_sentinel, _SENTINEL)
    if "day" in schema and end_day is not None:
        is_later = nw.col("day") > midnight(end_day)
        checks["future"] = ("warning", is_later, _FUTURE.format(end_day))
    facts = {name: expr.cast(nw.Int64).sum() for name, (_, expr, _) in checks.items()}
    if "day" in schema:
        known = nw.when(~is_beyond_python("day")).then("day")
        facts |= {"first_day": known.min(), "last_day": known.max()}
    found = _only_row(rows.select(**facts))
    findings = [
        _rate(name, severity, found[name], n_rows, f"Rows that {message}")
        for name, (severity, _, message) in checks.items()
    ]
    if "day" in schema:
        findings.insert(0, _span(found["first_day"], found["last_day"]))
    return findings


def _span(first: Any, last: Any) -> _Finding:
    """State the days a log covers."""
    if not isinstance(first, date) or first != first:  # NaT calls itself a date
        return "span", "problem", 0, math.nan, "No row has a time of the years 1 to 9999."
    n_days = (last - first).days + 1
    first_day, last_day = parse_day("first", first), parse_day("last", last)
    message = f"Days from {first_day} to {last_day}, both included."
    return "span", "ok", n_days, math.nan, message


def _customer_findings(rows: Frame, end_day: date | None, rounding: float) -> list[_Finding]:
    """Count customers by their days of purchase, over the complete rows up to the end."""
    schema = rows.collect_schema()
    complete = ~is_missing("customer", schema["customer"]) & ~nw.col("day").is_null()
    if "amount" in schema:
        complete = complete & nw.col("amount").is_finite()
    if end_day is not None:
        complete = complete & (nw.col("day") <= midnight(end_day))
    rows, _ = number_customers(rows.filter(complete))
    days = customer_days("log", rows, "net", rounding)
    days = days.with_columns(nw.col("is_purchase").cast(nw.Int64))
    n_days = days.group_by("customer").agg(nw.col("is_purchase").sum())
    count = nw.col("is_purchase")
    found = _only_row(
        n_days.select(
            customers=nw.len(),
            one_time=(count == 1).cast(nw.Int64).sum(),
            never=(count == 0).cast(nw.Int64).sum(),
        )
    )
    n = found["customers"]
    until = "" if end_day is None else f" up to {end_day}"
    return [
        (
            "customers",
            "ok" if n else "problem",
            n,
            math.nan,
            f"Customers with complete rows{until}.",
        ),
        _rate("one_time", "note", found["one_time"], n, f"Customers who {_ONE_TIME}"),
        _rate("never_bought", "note", found["never"], n, f"Customers who {_NEVER}"),
    ]
