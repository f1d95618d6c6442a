"""A transaction log at the door: names, types and whole days, for every backend alike.

Everything here stays inside the engine: expressions of narwhals that pandas,
polars, pyarrow, DuckDB and Spark all understand. To look at the values of a
lazy frame would run its query, so values are checked only if they are in memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError

from .._params import STRING, OneOf, check_value
from ._remedies import (
    hold_numbers,
    in_words_of,
    numbers_to_times,
    objects_to_numbers,
    text_to_numbers,
)

_DAY = 86_400_000_000  # microseconds
_EPOCH = date(1970, 1, 1).toordinal()
# Python's objects of which so many are looked at.
N_LOOKED_AT = 1000
RETURNS = OneOf(("net", "drop", "raise"))

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]


def parse_day(name: str, value: Any) -> date:
    """Wall-clock day of a date, a datetime or an ISO 8601 string.

    Parameters
    ----------
    name : str
        How the user knows the argument.
    value : object
        What was given.

    Returns
    -------
    date
        The day; a time of day and a time zone are left off, not converted.

    Raises
    ------
    TypeError, ValueError
        If it is no day. Strings must be ISO 8601: "09/10/1997" has two readings.
    """
    day = value
    if isinstance(day, np.datetime64):
        day = day.astype("datetime64[D]").item()
    elif isinstance(day, str):
        try:
            day = datetime.fromisoformat(day)
        except ValueError:
            raise ValueError(
                f"{name} must be an ISO 8601 date such as '1997-09-30'; got {value!r}."
            ) from None
    if not isinstance(day, date):
        raise TypeError(
            f"{name} must be a date, a datetime or a string such as '1997-09-30'; "
            f"got {value!r} ({type(value).__name__})."
        )
    if day != day:  # NaT calls itself a datetime
        raise ValueError(f"{name} must be a day; got {value!r}.")
    return day.date() if isinstance(day, datetime) else day


def midnight(day: date) -> datetime:
    """First instant of a day, which is how day columns hold it."""
    return datetime(day.year, day.month, day.day)


def open_frame(argument: str, frame: Any) -> Frame:
    """Wrap a frame of any supported kind.

    Parameters
    ----------
    argument : str
        How the user knows it.
    frame : object
        What was given.

    Returns
    -------
    narwhals frame
        Eager or lazy as what was given.

    Raises
    ------
    TypeError
        If it is no frame.
    ValueError
        If two columns have one name.
    """
    try:
        wrapped = nw.from_native(frame, pass_through=True)
    except DuplicateError as error:
        raise ValueError(f"{argument} must have unique column names. {error}") from error
    if not isinstance(wrapped, nw.DataFrame | nw.LazyFrame):
        raise TypeError(
            f"{argument} must be a frame of pandas, polars, pyarrow, DuckDB or PySpark; "
            f"got {type(frame).__name__}."
        )
    return wrapped


def take_off_zone(frame: Frame, column: str) -> Frame:
    """Make a zoned column of pandas naive wall-clock time; leave any other frame as it is.

    narwhals (2.29) does not recognise the dtype of zones such as America/New_York.
    """
    if not frame.implementation.is_pandas() or isinstance(frame, nw.LazyFrame):
        return frame
    native = frame.to_native()
    if not isinstance(native[column].dtype, pd.DatetimeTZDtype):
        return frame
    return nw.from_native(native.assign(**{column: native[column].dt.tz_localize(None)}))


def check_columns(argument: str, schema: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    """Raise unless a frame has the columns asked for, each of them for one purpose.

    Parameters
    ----------
    argument : str
        How the user knows the frame.
    schema : mapping of str to dtype
        The columns it has.
    wanted : mapping of str to str
        Argument that names a column -> name of the column.

    Raises
    ------
    TypeError, ValueError
        If a name is no string, is absent, or serves two arguments.
    """
    for role, column in wanted.items():
        check_value(role, column, STRING)
        if column not in schema:
            asked = "" if role == column else f" ({role}={column!r})"
            raise ValueError(
                f"{argument} has no column {column!r}{asked}; "
                f"its columns are {', '.join(map(repr, schema)) or 'none'}."
            )
    if len(set(wanted.values())) < len(wanted):
        named = ", ".join(f"{role}={column!r}" for role, column in wanted.items())
        raise ValueError(f"{', '.join(wanted)} must be different columns; got {named}.")


def time_fault(column: str, dtype: Any, frame: Frame) -> str | None:
    """Say why a column cannot serve as time and what to do, or None if it can."""
    if isinstance(dtype, nw.Datetime | nw.Date):
        return None
    log, named = f"log[{column!r}]", f"time column {column!r} holds"
    if isinstance(dtype, nw.Object) and frame.implementation.is_pandas_like():
        return (
            f"{named} Python objects. Make it datetimes of one zone: pd.to_datetime({log}), with "
            f"format= if texts are among them; or if it mixes UTC offsets pd.to_datetime({log}, "
            "utc=True).dt.tz_convert(zone), with the zone whose days count."
        )
    if isinstance(dtype, nw.String) and hold_numbers(column, frame):
        remedy = numbers_to_times(column, frame)
        return f"{named} numbers as text. Say what they mean, for instance with {remedy}."
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum):
        remedy = in_words_of(
            frame,
            f"pd.to_datetime({log}, format='%Y-%m-%d'), or format='%d/%m/%Y'",
            f"pl.col({column!r}).cast(pl.String).str.to_datetime('%Y-%m-%d'), or '%d/%m/%Y'",
            "strptime and '%Y-%m-%d', or '%d/%m/%Y'",
        )
        hint = in_words_of(frame, ", and dayfirst=True is only a preference", "", "")
        return (
            f"{named} text. Make it datetimes by its own format, for instance with {remedy} if the "
            f"day comes first. Without a format, 03/04/2024 may be in March or in April{hint}."
        )
    if dtype.is_numeric():
        remedy = numbers_to_times(column, frame)
        return f"{named} {dtype}. Say what the numbers mean, for instance with {remedy}."
    if _is_period(column, frame):
        return f"{named} periods. Make it datetimes with {log}.dt.to_timestamp()."
    return f"{named} {dtype}. It must hold datetimes or dates."


def id_fault(role: str, column: str, dtype: Any, frame: Frame) -> str | None:
    """Say why a column cannot hold ids and what to do, or None if it can."""
    is_table = isinstance(dtype, nw.List | nw.Struct)
    if isinstance(frame, nw.DataFrame) and isinstance(dtype, nw.Object):
        some = frame[column].head(N_LOOKED_AT).to_list()
        is_table = any(not isinstance(value, Hashable) for value in some)
    if not is_table:
        return None
    return (
        f"{role} column {column!r} holds lists, or other values that cannot be ids. Give each row "
        "one id, a number or a text."
    )


def amount_fault(column: str, dtype: Any, frame: Frame) -> str | None:
    """Say why a column cannot serve as amount and what to do, or None if it can."""
    if dtype.is_numeric() or _holds_decimals(column, dtype, frame):
        return None
    log, cast = f"log[{column!r}]", f"pl.col({column!r}).cast(pl.Float64)"
    match dtype:
        case nw.String():
            kind, remedy = "text", text_to_numbers(column, frame)
        case nw.Boolean():
            kind = "only True and False, which are no money. Name another column, or"
            remedy = in_words_of(frame, f"{log}.astype(float)", cast)
            return f"amount column {column!r} holds {kind} make it numbers with {remedy}."
        case nw.Object():
            kind = "Python objects"
            each = f"pl.Series({column!r}, list(map(float, {log})))"
            remedy = in_words_of(frame, objects_to_numbers(column, frame), each)
        case nw.Categorical() | nw.Enum():
            kind = "categories"
            remedy = text_to_numbers(column, frame)
        case _ if _is_odd_number(column, frame):
            kind, remedy = f"{frame.to_native()[column].dtype}", f"{log}.astype(float)"
        case _:
            return f"amount column {column!r} holds {dtype}. It must hold numbers."
    return f"amount column {column!r} holds {kind}. Make it numbers, for instance with {remedy}."


def _native_dtype(column: str, frame: Frame) -> Any:
    """Type of a column of pandas in pandas' own words; None for other frames."""
    is_pandas = frame.implementation.is_pandas() and isinstance(frame, nw.DataFrame)
    return frame.to_native()[column].dtype if is_pandas else None


def _is_period(column: str, frame: Frame) -> bool:
    """Tell whether a column holds periods of pandas."""
    return isinstance(_native_dtype(column, frame), pd.PeriodDtype)


def _is_odd_number(column: str, frame: Frame) -> bool:
    """Tell whether a column holds real numbers of a type that only pandas knows."""
    dtype = _native_dtype(column, frame)
    return dtype is not None and pd.api.types.is_numeric_dtype(dtype) and dtype.kind != "c"


def _holds_decimals(column: str, dtype: Any, frame: Frame) -> bool:
    """Tell whether objects are decimals, which databases give to pandas as such."""
    if not isinstance(dtype, nw.Object) or _native_dtype(column, frame) is None:
        return False
    values = frame.to_native()[column]
    # Which is no float, and makes no float either.
    return pd.api.types.infer_dtype(values) == "decimal" and all(v is not pd.NA for v in values)


def wall_day(column: str, dtype: Any) -> nw.Expr:
    """Midnight, without a zone, of the wall-clock day of a time column's own zone.

    Days stay timestamps of the engine: those compare, group and sort everywhere,
    while types of dates differ between backends.
    """
    time = nw.col(column)
    if isinstance(dtype, nw.Date):
        return time.cast(nw.Datetime("us"))
    if dtype.time_zone is not None:
        # The zone goes first: in some zones some days have no midnight.
        time = time.dt.replace_time_zone(None)
    return time.dt.truncate("1d").cast(nw.Datetime("us"))


def last_day(rows: Frame) -> date:
    """Last day of a log, at the cost of a query if it is lazy.

    Parameters
    ----------
    rows : narwhals frame
        What `read_rows` returned.

    Returns
    -------
    date
        The day.

    Raises
    ------
    ValueError
        If there are no rows.
    """
    last = collect_columns(rows.select(nw.col("day").max()))["day"][0]
    if np.isnat(last):
        raise ValueError("log has no rows.")
    return parse_day("end", last)


def collect_columns(frame: Frame) -> dict[str, np.ndarray]:
    """Columns of a frame as arrays, from whatever engine.

    Parameters
    ----------
    frame : narwhals frame
        In memory or lazy.

    Returns
    -------
    dict of str to ndarray
        Name -> values.
    """
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("polars" if frame.implementation.is_polars() else "pandas")
    return {name: frame[name].to_numpy() for name in frame.columns}


def mixed_ids(column: str, role: str = "customer") -> TypeError:
    """Error of ids that cannot be sorted.

    Parameters
    ----------
    column : str
        Name of their column.
    role : str, default="customer"
        What they are ids of.

    Returns
    -------
    TypeError
        To be raised.
    """
    return TypeError(
        f"{role} column {column!r} mixes types that have no order; make it one type "
        f"first, for instance with log[{column!r}].astype(str)."
    )


def add_day_numbers(frame: Frame, columns: Mapping[str, str]) -> Frame:
    """Add ordinals of day columns, counted as `datetime.date.toordinal` counts.

    Differences of timestamps are not portable; of an engine's frame the year and the
    day of the year are, of a frame in memory also the microseconds, which take less.

    Parameters
    ----------
    frame : narwhals frame
        With the day columns.
    columns : mapping of str to str
        Name of an ordinal -> the day column.

    Returns
    -------
    narwhals frame
        The ordinals are null or NaN where the day is missing.
    """
    if isinstance(frame, nw.DataFrame):
        return frame.with_columns(
            **{
                name: nw.col(day).dt.timestamp("us") // _DAY + _EPOCH
                for name, day in columns.items()
            }
        )
    frame = frame.with_columns(**{n: nw.col(day).dt.year() - 1 for n, day in columns.items()})
    return frame.with_columns(
        **{
            name: nw.col(name) * 365
            + (nw.col(name) // 4 - nw.col(name) // 100 + nw.col(name) // 400)
            + nw.col(day).dt.ordinal_day()
            for name, day in columns.items()
        }
    )


def is_missing(column: str, dtype: Any) -> nw.Expr:
    """Tell whether a value is null or NaN; polars and Arrow tell the two apart."""
    missing = nw.col(column).is_null()
    if not dtype.is_float():
        return missing
    # pandas cannot compare numbers of half precision that Arrow holds.
    value = nw.col(column).cast(nw.Float64) if is_half(dtype) else nw.col(column)
    return missing | value.is_nan()


def is_half(dtype: Any) -> bool:
    """Tell whether numbers are of half precision, which older narwhals have no name for."""
    return str(dtype) == "Float16"


def read_rows(
    argument: str,
    log: Frame,
    *,
    customer: str,
    time: str | None,
    amount: str | None,
    labels: Mapping[str, str] | None = None,
) -> Frame:
    """Rows of a log under names of our own, checked as far as they are in memory.

    Parameters
    ----------
    argument : str
        How the user knows the log.
    log : narwhals frame
        One row a transaction.
    customer : str
        Name of the column of ids.
    time, amount : str or None
        Names of the columns of times and of money, if they count.
    labels : mapping of str to str or None, default=None
        Other columns: what they are for, such as "event" -> their names.

    Returns
    -------
    narwhals frame
        Columns ``customer``, with time ``day``, with money ``amount`` as float, and
        those of labels, called what they are for. The incomplete rows of a lazy log
        are left out.

    Raises
    ------
    TypeError, ValueError
        If columns are absent or of a wrong type; of a log in memory also if
        values are missing or infinite, or days outside the years 1 to 9999.
    """
    given = {"customer": customer, "time": time, "amount": amount, **(labels or {})}
    names = {role: column for role, column in given.items() if column is not None}
    check_columns(argument, log.collect_schema(), names)
    if time is not None:
        log = take_off_zone(log, time)
    schema = log.collect_schema()
    _refuse_wrong_types(argument, log, customer, time, amount)
    columns = {"customer": nw.col(customer)}
    if time is not None:
        columns["day"] = wall_day(time, schema[time])
    if amount is not None:
        columns["amount"] = nw.col(amount).cast(nw.Float64)
    columns |= {role: nw.col(column) for role, column in (labels or {}).items()}
    rows = log.select(**columns)
    if isinstance(rows, nw.DataFrame):
        _refuse_bad_values(argument, rows, names)
        return rows
    kinds = rows.collect_schema()
    for role in columns:
        missing = is_missing(role, kinds[role])
        rows = rows.filter(nw.col(role).is_finite() if role == "amount" else ~missing)
    return rows if time is None else rows.filter(~is_beyond_python("day"))


def is_beyond_python(column: str) -> nw.Expr:
    """Tell whether a day is of a year that Python's dates do not have, before 1 or after 9999."""
    return (nw.col(column) < midnight(date.min)) | (nw.col(column) > midnight(date.max))


def _refuse_wrong_types(
    argument: str, log: Frame, customer: str, time: str | None, amount: str | None
) -> None:
    """Raise if a column cannot serve for what it is named for."""
    schema = log.collect_schema()
    fault = None if time is None else time_fault(time, schema[time], log)
    if fault is None and amount is not None:
        fault = amount_fault(amount, schema[amount], log)
    if fault is not None:
        raise TypeError(f"{argument}: {fault}")
    if fault := id_fault("customer", customer, schema[customer], log):
        raise TypeError(f"{argument}: {fault}")
    if isinstance(schema[customer], nw.Int128 | nw.UInt128):
        raise TypeError(
            f"{argument}: customer column {customer!r} holds {schema[customer]}, which no frame in "
            "memory can tell apart. Cast it to 64 bits, or to text."
        )


def _refuse_bad_values(argument: str, rows: nw.DataFrame[Any], names: Mapping[str, str]) -> None:
    """Raise if ids, days or amounts are missing, or amounts infinite."""
    schema = rows.schema
    for role, column in zip(names, rows.columns, strict=True):
        named = f"{role} column {names[role]!r}"
        if count := rows.select(is_missing(column, schema[column]).sum()).item():
            raise ValueError(
                f"{argument}: {named} has {count} missing values in {len(rows)} rows. "
                "Drop or repair those rows; check_log shows what else is wrong."
            )
        if role == "time" and (count := rows.select(is_beyond_python(column).sum()).item()):
            raise ValueError(
                f"{argument}: {named} has {count} days outside the years 1 to 9999 in {len(rows)} "
                "rows. Drop or repair those rows; check_log shows what else is wrong."
            )
        if role == "amount" and (count := rows.select((~nw.col(column).is_finite()).sum()).item()):
            raise ValueError(
                f"{argument}: {named} has {count} infinite values in {len(rows)} rows. "
                "Drop or repair those rows."
            )
