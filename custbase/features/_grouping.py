"""Rows of a log added up by customer and day, and those by customer.

One statement of narwhals does it for every backend. pandas gets a second way: its
rows are sorted once by customer and day, and slices of sorted rows are added up,
because its grouping by two keys alone takes longer than all the rest of a summary.
The tests hold the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._numbers import has_small_parts
from .._threads import thread_map
from ._log import Frame, mixed_ids

_DAY = 86_400_000_000  # microseconds

# A sum of amounts is 0 if it is no more than this share of their sizes: 0.1 + 0.2 - 0.3 is 5.6e-17,
# in an order of addition that differs between engines.
ROUNDING = 5e-10
# Types of numbers, in lower case, that are coarser than float64 -> their relative spacing.
_COARSE = {"float16": 2.0**-10, "float32": 2.0**-23}
# Cuts numbers to 36 bits: what is left of float32 times a count.
_CUT = 2.0**17 + 1
# Amounts up to here, in 64ths, are exact in single precision.
_EXACT = 2.0**18


def amount_rounding(frame: Frame, amount: str | None) -> float:
    """Share of added amounts that their type may leave of sums that are 0.

    Parameters
    ----------
    frame : narwhals frame
        With the column as it was given: sums in float64 of numbers that were rounded to
        single precision keep the errors of those.
    amount : str or None
        Name of the column of money, if there is one.

    Returns
    -------
    float
        `ROUNDING`, or a unit in the last place of coarser types: half for the rounding of
        amounts, half for that of what they were computed from.
    """
    if amount is None:
        return ROUNDING
    return max(ROUNDING, _COARSE.get(str(frame.collect_schema()[amount]).lower(), 0.0))


def is_coarse(amount: Any) -> Any:
    """Tell whether an amount was rounded to single precision before it came as float64.

    Parameters
    ----------
    amount : expression of narwhals, or ndarray of shape (n_rows,)
        Finite amounts, float64; the same operations find it in every engine.

    Returns
    -------
    expression or ndarray
        True of amounts of 36 bits or fewer, unless their sums are exact. An amount that was
        not rounded has so few once in 100,000 times.
    """
    spread = amount * _CUT
    return (spread - (spread - amount) == amount) & has_small_parts(amount)


def row_roundings(frame: nw.DataFrame[Any], amount: str | None) -> np.ndarray:
    """Share of the amount of each row that rounding may leave of sums that are 0.

    Parameters
    ----------
    frame : narwhals DataFrame
        With the column as it was given.
    amount : str or None
        Name of the column of money, if there is one: finite numbers.

    Returns
    -------
    ndarray of shape (n_rows,)
        The shares.
    """
    least = amount_rounding(frame, amount)
    if amount is None:
        return np.full(len(frame), least)
    amounts = frame[amount].cast(nw.Float64).to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        share = np.where(is_coarse(amounts), max(least, _COARSE["float32"]), least)
        if least <= _COARSE["float32"]:
            share = np.where(is_exact(amounts), ROUNDING, share)
    return share


def rounding_left(rounding: float) -> nw.Expr:
    """What rounding may leave of sums of the column ``amount``, by row: see `amount_rounding`."""
    amount = nw.col("amount")
    share = nw.when(is_coarse(amount)).then(max(rounding, _COARSE["float32"])).otherwise(rounding)
    if rounding <= _COARSE["float32"]:
        share = nw.when(is_exact(amount)).then(ROUNDING).otherwise(share)
    return share * amount.abs()


def is_exact(amount: Any) -> Any:
    """Tell whether an amount is no larger than what single precision has in whole parts."""
    return (amount <= _EXACT) & (amount >= -_EXACT) & ~has_small_parts(amount)


def clear_dust(sums: np.ndarray, amounts: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Set sums to 0 of which rounding left no more.

    Parameters
    ----------
    sums : ndarray of shape (n_sums,)
        Sums of amounts; changed.
    amounts : ndarray of shape (n_amounts,)
        What was added.
    place : ndarray of shape (n_amounts,)
        Number of the sum of each.

    Returns
    -------
    ndarray of shape (n_sums,)
        The sums.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        share = np.where(is_coarse(amounts), _COARSE["float32"], ROUNDING)
    left = np.bincount(place, weights=share * np.abs(amounts), minlength=len(sums))
    sums[np.abs(sums) <= left] = 0.0
    return sums


def number_ids(ids: np.ndarray, column: str, role: str) -> tuple[np.ndarray, np.ndarray]:
    """Number ids in their order, and list them.

    Parameters
    ----------
    ids : ndarray of shape (n_rows,)
        One a row, none missing.
    column, role : str
        Name of their column and what it is for, for errors.

    Returns
    -------
    numbers : ndarray of shape (n_rows,)
        Place of each id among the sorted ones.
    found : ndarray of shape (n_ids,)
        The ids, sorted.

    Raises
    ------
    TypeError
        If they cannot be sorted.
    """
    numbers, found = pd.factorize(ids)
    try:
        order = np.argsort(found)
    except TypeError as error:
        raise mixed_ids(column, role) from error
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[numbers], np.asarray(found)[order]


def number_customers(rows: Frame) -> tuple[Frame, nw.Series[Any] | None]:
    """Replace ids by small integers where that makes grouping faster.

    Parameters
    ----------
    rows : narwhals frame
        With a column ``customer``.

    Returns
    -------
    rows : narwhals frame
        With numbers for ids if it is a pandas frame, unless its ids are small
        integers already.
    ids : narwhals Series or None
        The id of each number; None if nothing was replaced.
    """
    if not rows.implementation.is_pandas() or isinstance(rows, nw.LazyFrame):
        return rows, None
    native = rows.to_native()
    customers = native["customer"]
    if customers.dtype == np.int64 and len(rows):
        lowest, highest = int(customers.min()), int(customers.max())  # their range may exceed int64
        if highest - lowest < 4 * len(rows):
            return rows, None
    numbers, ids = pd.factorize(customers)
    numbered = nw.from_native(native.assign(customer=numbers))
    return numbered, nw.from_native(pd.Series(ids), series_only=True)


def name_customers(frame: Frame, ids: nw.Series[Any] | None) -> Frame:
    """Undo `number_customers`.

    Parameters
    ----------
    frame : narwhals frame
        With numbers in its column ``customer`` if there are `ids`.
    ids : narwhals Series or None
        As `number_customers` returned them.

    Returns
    -------
    narwhals frame
        With ids in its column ``customer``.
    """
    if ids is None or isinstance(frame, nw.LazyFrame):
        return frame
    return frame.with_columns(customer=ids[frame["customer"].to_numpy()])


def sum_days(rows: Frame, sums: Mapping[str, str], *, n_rows: str) -> Frame:
    """Add up columns and count rows by customer and day.

    Parameters
    ----------
    rows : narwhals frame
        With columns ``customer`` and ``day``, without missing values.
    sums : mapping of str to str
        Name of a sum -> the column to add up.
    n_rows : str
        Name of the number of rows.

    Returns
    -------
    narwhals frame
        One row a customer and day that occur, in any order.
    """
    if rows.implementation.is_pandas() and isinstance(rows, nw.DataFrame) and len(rows):
        table = _sum_days_sorted(rows.to_native(), sums, n_rows)
        if table is not None:
            return nw.from_native(table)
    return rows.group_by("customer", "day").agg(
        nw.len().alias(n_rows), **{name: nw.col(column).sum() for name, column in sums.items()}
    )


def _sum_days_sorted(
    rows: pd.DataFrame, sums: Mapping[str, str], n_rows: str
) -> pd.DataFrame | None:
    """Sort one integer a row, made of customer, day and row number; None if it has no room."""
    kinds = {column: rows[column].dtype for column in ("customer", "day", *sums.values())}
    if kinds["customer"] != np.int64 or not all(isinstance(k, np.dtype) for k in kinds.values()):
        return None
    customers = rows["customer"].to_numpy()
    days = rows["day"].to_numpy().astype("datetime64[us]", copy=False).view(np.int64) // _DAY
    first_customer, first_day = customers.min(), days.min()
    customer_bits = (int(customers.max()) - int(first_customer)).bit_length()
    day_bits, row_bits = int(days.max() - first_day).bit_length(), len(rows).bit_length()
    if customer_bits + day_bits + row_bits > 63:
        return None
    # In place: at millions of rows every copy costs as much as the arithmetic.
    key = customers - first_customer
    key <<= day_bits
    days -= first_day
    key |= days
    key <<= row_bits
    key |= np.arange(len(rows))
    key.sort()
    order = key & ((1 << row_bits) - 1)
    key >>= row_bits
    starts = np.concatenate([[0], np.flatnonzero(key[1:] != key[:-1]) + 1])
    key = key[starts]
    day = (key & ((1 << day_bits) - 1)) + first_day
    table = {
        "customer": (key >> day_bits) + first_customer,
        "day": (day * _DAY).view("datetime64[us]"),
        n_rows: np.diff(starts, append=len(rows)),
    }
    for name, column in sums.items():
        table[name] = np.add.reduceat(rows[column].to_numpy()[order], starts)
    return pd.DataFrame(table, copy=False)


def merge_customers(frame: Frame, how: Mapping[str, str]) -> Frame:
    """Merge the rows of each customer into one.

    Parameters
    ----------
    frame : narwhals frame
        With a column ``customer``.
    how : mapping of str to {"min", "max", "sum"}
        What becomes of the other columns; missing values are passed over.

    Returns
    -------
    narwhals frame
        One row a customer, in any order.
    """
    starts = _customer_starts(frame)
    if starts is None:
        merged = (getattr(nw.col(name), kind)() for name, kind in how.items())
        return frame.group_by("customer").agg(*merged)
    native = frame.to_native()
    with thread_map(None, len(how)) as run:
        columns = run(lambda item: _reduce_slices(native[item[0]], starts, item[1]), how.items())
    table = {
        "customer": native["customer"].to_numpy()[starts],
        **dict(zip(how, columns, strict=True)),
    }
    return nw.from_native(pd.DataFrame(table, copy=False))


def spread_earliest(frame: Frame, column: str) -> Frame:
    """Replace the days of a column by the earliest of each customer.

    Parameters
    ----------
    frame : narwhals frame
        With a column ``customer``.
    column : str
        A column of days; missing ones are passed over.

    Returns
    -------
    narwhals frame
        With as many rows in the same order.
    """
    starts = _customer_starts(frame)
    if starts is None:
        return frame.with_columns(nw.col(column).min().over("customer"))
    native = frame.to_native()
    earliest = _reduce_slices(native[column], starts, "min")
    sizes = np.diff(starts, append=len(native))
    return nw.from_native(native.assign(**{column: np.repeat(earliest, sizes)}))


def _customer_starts(frame: Frame) -> np.ndarray | None:
    """First row of each customer, if it is a pandas frame sorted by small integers for ids."""
    if not isinstance(frame, nw.DataFrame) or not frame.implementation.is_pandas():
        return None
    native = frame.to_native()
    if native.empty or not all(isinstance(kind, np.dtype) for kind in native.dtypes):
        return None
    customers = native["customer"].to_numpy()
    if customers.dtype != np.int64 or (customers[1:] < customers[:-1]).any():
        return None
    return np.concatenate([[0], np.flatnonzero(customers[1:] != customers[:-1]) + 1])


def _reduce_slices(column: pd.Series, starts: np.ndarray, kind: str) -> np.ndarray:
    """Smallest, largest or sum of every slice of a column."""
    values = column.to_numpy()
    if values.dtype.kind != "M":
        return {"min": np.fmin, "max": np.fmax, "sum": np.add}[kind].reduceat(values, starts)
    # numpy lets a missing day win; as an integer it is the smallest of all.
    bounds = np.iinfo(np.int64)
    numbers = values.view(np.int64)
    if kind == "max":
        return np.maximum.reduceat(numbers, starts).view(values.dtype)
    numbers = np.where(numbers == bounds.min, bounds.max, numbers)
    numbers = np.minimum.reduceat(numbers, starts)
    numbers[numbers == bounds.max] = bounds.min
    return numbers.view(values.dtype)


def customer_days(argument: str, rows: Frame, returns: str, rounding: float) -> Frame:
    """Add up rows to one row a customer and day, and tell the days of purchase.

    Parameters
    ----------
    argument : str
        How the user knows the log.
    rows : narwhals frame
        What `read_rows` returned.
    returns : {"net", "drop", "raise"}
        The rule for rows of negative amount, as in `rfm_summary`.
    rounding : float
        What `amount_rounding` says of the column of amounts.

    Returns
    -------
    narwhals frame
        Columns ``customer``, ``day``, ``n_transactions``, ``is_purchase`` and,
        with money, ``value``.

    Raises
    ------
    ValueError
        If returns are to raise and there are any, or it takes a query to tell.
    """
    if "amount" not in rows.collect_schema().names():
        days = sum_days(rows, {}, n_rows="n_transactions")
        return days.with_columns(is_purchase=nw.lit(True))
    if returns == "drop":
        rows = rows.filter(nw.col("amount") >= 0)
    elif returns == "raise":
        refuse_returns(argument, rows)
    if returns != "net" or (isinstance(rows, nw.DataFrame) and not (rows["amount"] < 0).any()):
        days = sum_days(rows, {"value": "amount"}, n_rows="n_transactions")
        return days.with_columns(is_purchase=nw.lit(True))
    is_sale = nw.col("amount") >= 0
    rows = rows.with_columns(left=rounding_left(rounding), is_sale=is_sale.cast(nw.Int64))
    sums = {"value": "amount", "left": "left", "n_transactions": "is_sale"}
    days = sum_days(rows, sums, n_rows="n_rows")
    is_net = nw.col("value") > nw.col("left")
    # What rounding leaves of a day is nothing.
    value = nw.when(nw.col("value").abs() > nw.col("left")).then("value").otherwise(0.0)
    no_return = nw.col("n_transactions") == nw.col("n_rows")
    return days.select(
        "customer",
        "day",
        nw.col("n_transactions").cast(nw.Int64),  # SQL engines widen sums of integers
        value=value,
        is_purchase=is_net | no_return,
    )


def refuse_returns(argument: str, rows: Frame) -> None:
    """Raise if there is a return, or if that cannot be told without running a query.

    Parameters
    ----------
    argument : str
        How the user knows the log.
    rows : narwhals frame
        With a column ``amount``.

    Raises
    ------
    ValueError
        If a row has a negative amount, or the frame is lazy.
    """
    if isinstance(rows, nw.LazyFrame):
        raise ValueError(
            f"returns='raise' needs {argument} in memory; got a lazy frame. "
            "Collect it, or count its returns with check_log."
        )
    if count := (rows["amount"] < 0).sum():
        raise ValueError(
            f"{argument} has {count} rows of negative amount and returns='raise'; "
            "returns='net' nets them, returns='drop' leaves them out."
        )
