"""From a transaction log to training frames: what was known on a day, and what came after it.

What describes a customer is computed from the customer-days up to the cut-off alone:
later rows are filtered out before anything is added up, so nothing of them can leak.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._params import NONE, STRING, Number, OneOf, check_value
from .._units import DAYS_IN_UNIT, UNIT
from ._grouping import amount_rounding, clear_dust, customer_days, number_customers
from ._log import (
    RETURNS,
    Frame,
    add_day_numbers,
    collect_columns,
    last_day,
    midnight,
    mixed_ids,
    open_frame,
    parse_day,
    read_rows,
)
from ._snapshot_features import COLUMNS, Days, describe_customers, name_windows

TARGETS = ("churn", "spend", "purchases", "time", "event")
DIGITS = 6  # of a number of days: three sevenths of a week are three days

_TARGET = OneOf(TARGETS[:4])


def make_snapshots(
    log: Any,
    *,
    customer: str = "customer_id",
    time: str = "date",
    amount: str | None = "amount",
    cutoffs: Any,
    horizon: float,
    gap: float = 0.0,
    unit: str = "W",
    target: str | None = "churn",
    min_tenure: float = 0.0,
    max_inactivity: float | None = None,
    windows: Iterable[float] | None = None,
    end: Any = None,
    returns: str = "net",
) -> tuple[pd.DataFrame, pd.Series | pd.DataFrame | None]:
    """Make a training frame of a transaction log: customers as of a day, and what they did next.

    One row a customer and cut-off, from which to learn who leaves or what they are worth.

    Parameters
    ----------
    log : frame of pandas, polars, pyarrow, DuckDB or PySpark
        One row a transaction, in any order. Of a lazy frame, customer-days are
        added up by its own engine and come into memory.
    customer : str, default="customer_id"
        Name of the column of customer ids.
    time : str, default="date"
        Name of the column of datetimes or dates. A day is the wall-clock day of
        the column's own zone.
    amount : str or None, default="amount"
        Name of the column of money, in one currency; negative is a return. None
        leaves out the columns of money.
    cutoffs : str, date, datetime or sequence of them
        Last days, inclusive, of what is known; strings in ISO 8601. Several of them
        give a customer several rows.
    horizon : float
        How long after a cut-off, and `gap`, customers are watched, in `unit`.
    gap : float, default=0.0
        Time between a cut-off and its horizon, in `unit`: as long as it takes to
        score customers and act. What happens in it counts nowhere.
    unit : {"D", "W", "M", "Y"}, default="W"
        Unit of all times: 1, 7, 30.4375 or 365.25 days, never snapped to the calendar.
    target : {"churn", "spend", "purchases", "time"} or None, default="churn"
        What `y` is. None for customers of today, whose horizon is yet to come.
    min_tenure : float, default=0.0
        Customers whose first purchase is less long before the cut-off, in `unit`,
        are left out.
    max_inactivity : float or None, default=None
        Customers whose last purchase is longer before the cut-off, in `unit`, are
        left out: who has been away for years has left already, and to be told so
        flatters a model. None keeps all.
    windows : sequence of float or None, default=None
        Lengths, in `unit`, of the times before the cut-off in which purchases and
        spend are counted. None for a quarter, half, once and twice `horizon`.
    end : str, date or datetime, default=None
        Day to which the log was kept, inclusive. None for the last day of `log`.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount, as in `rfm_summary`.

    Returns
    -------
    X : DataFrame of pandas
        Features as float64, whatever the kind of `log`, indexed by customer and
        ``cutoff`` (a datetime), in order of cut-off and customer. Columns:

        - ``frequency``, ``recency``, ``T``, ``monetary_value``, ``n_transactions``,
          ``total_value``: those of `rfm_summary` with the cut-off as its end;
        - ``inactivity``: time from the last purchase day to the cut-off;
        - ``mean_gap``, ``longest_gap``, ``last_gap``: times between purchase days,
          NaN after a single one;
        - ``first_value``, ``last_value``, ``largest_value``: net spend of the first,
          the last and the most expensive purchase day;
        - ``purchases_last_4``, ``value_last_4`` with a window of 4, and so on:
          purchase days and net spend in that time up to the cut-off.
    y : Series or DataFrame of pandas, or None
        What happened in the horizon, (cutoff + gap, cutoff + gap + horizon], with the
        index of `X`. "churn": 1 without a purchase day in it, else 0. "spend": net
        spend, which returns can make negative. "purchases": number of purchase days.
        "time": a frame of the columns ``event``, whether there was a purchase day,
        and ``time`` from the cut-off to it, or to the end of the horizon without one.

    Raises
    ------
    TypeError
        If `log` is no frame, or a column holds text or objects.
    ValueError
        If a column is absent or named like a feature, an argument is out of range,
        a horizon ends after `end`, nobody is left at a cut-off, or `amount` is None
        with ``target="spend"``. For a log in memory also if ids, times or amounts are
        missing or amounts infinite; of a lazy log such rows are left out.

    See Also
    --------
    rfm_summary : Customers on one day, in the frame's own library.
    custbase.churn.ChurnClassifier : Learns who leaves.

    Notes
    -----
    No row of the log after a cut-off touches the features of that cut-off. Columns
    that you join to `X` need the same care: the city that a customer has today may not
    be the one of a year ago.

    Rows of one customer at several cut-offs resemble each other, and horizons that
    overlap share purchases. Test on a later cut-off, and keep customers together with
    ``groups=X.index.get_level_values(0)``, in ``fit`` of classifiers and in ``GroupKFold``.

    A log that does not reach back to the first purchases takes old customers for new.

    O(n log n) time for n customer-days, and O(n) for each cut-off and window.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import make_snapshots
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-01", "2024-01-15", "2024-02-05", "2024-01-08", "2024-01-22"]
    ...     ),
    ...     "amount": [20.0, 35.0, 45.0, 10.0, 30.0],
    ... })
    >>> X, y = make_snapshots(log, cutoffs="2024-01-22", horizon=2, end="2024-02-11")
    >>> X[["frequency", "inactivity", "purchases_last_2", "value_last_2"]]
                            frequency  inactivity  purchases_last_2  value_last_2
    customer_id cutoff
    ann         2024-01-22        1.0         1.0               1.0          35.0
    bob         2024-01-22        1.0         0.0               1.0          30.0
    >>> y.tolist()
    [0, 1]
    """
    check_value("customer", customer, STRING)
    check_value("amount", amount, STRING, NONE)
    check_value("unit", unit, UNIT)
    check_value("target", target, _TARGET, NONE)
    check_value("min_tenure", min_tenure, Number(0))
    check_value("max_inactivity", max_inactivity, Number(0), NONE)
    check_value("returns", returns, RETURNS)
    per_unit = DAYS_IN_UNIT[unit]
    ahead = _parse_horizon(gap, horizon, per_unit)
    lengths = _parse_windows(windows, horizon)
    taken = ("cutoff", *TARGETS, *COLUMNS, *name_windows(lengths))
    if customer.casefold() in {name.casefold() for name in taken}:
        raise ValueError(
            f"customer must not be named like a column of the snapshots; got {customer!r}. "
            "Rename that column of the log."
        )
    if target == "spend" and amount is None:
        raise ValueError(
            "amount must name the column of money with target='spend'; got None. "
            "Name it, or ask for another target."
        )
    longest_away = math.inf if max_inactivity is None else max_inactivity
    cutoff_days = _parse_cutoffs(cutoffs)
    frame = open_frame("log", log)
    rows = read_rows("log", frame, customer=customer, time=time, amount=amount)
    end_day = last_day(rows) if end is None else parse_day("end", end)
    _refuse_late(cutoff_days, ahead.last if target else 0, end_day)
    rows = rows.filter(nw.col("day") <= midnight(end_day))
    days, ids = _read_days(rows, customer, returns, amount_rounding(frame, amount))
    frames, answers = [], []
    for day in cutoff_days:
        cutoff = day.toordinal()
        known = days[days.day <= cutoff]
        if not known.is_purchase.any():
            raise ValueError(f"cutoffs: nobody had bought by {day}. Take a later one.")
        number, X = describe_customers(known, cutoff, lengths, per_unit)
        stays = (X["T"] >= min_tenure) & (X["inactivity"] <= longest_away)
        if not stays.any():
            raise ValueError(
                f"cutoffs: none of the {len(X)} customers of {day} has min_tenure and at most "
                "max_inactivity. Take a later cut-off, or loosen these."
            )
        number, X = number[stays], X[stays]
        at = np.full(len(number), np.datetime64(day, "us"))
        X.index = pd.MultiIndex.from_arrays([ids.take(number), at], names=[customer, "cutoff"])
        frames.append(X)
        if target is not None:
            y = _watch(days, number, cutoff, ahead, target, per_unit)
            answers.append(y.set_axis(X.index))
    return pd.concat(frames), pd.concat(answers) if answers else None


@dataclass(frozen=True)
class _Horizon:
    """Days after a cut-off, both inclusive, and the length of the wait to its end."""

    first: int
    last: int
    length: float


def _parse_horizon(gap: Any, horizon: Any, per_unit: float) -> _Horizon:
    """Find the whole days in (gap, gap + horizon]."""
    check_value("gap", gap, Number(0))
    check_value("horizon", horizon, Number(0, low_open=True))
    length = float(gap + horizon)
    first, last = (math.floor(round(time * per_unit, DIGITS)) for time in (gap, length))
    ahead = _Horizon(first + 1, last, length)
    if ahead.last < ahead.first:
        raise ValueError(
            f"horizon must hold a whole day; got horizon={horizon!r} and gap={gap!r} in units of "
            f"{per_unit:g} days."
        )
    return ahead


def _parse_windows(windows: Any, horizon: float) -> list[float]:
    """Check the lengths of windows, or take them from the horizon."""
    if windows is None:
        return [horizon * share for share in (0.25, 0.5, 1.0, 2.0)]
    if isinstance(windows, str) or not isinstance(windows, Iterable):
        raise TypeError(f"windows must be a sequence of numbers or None; got {windows!r}.")
    lengths = list(windows)
    for length in lengths:
        check_value("windows", length, Number(0, low_open=True))
    if len(set(name_windows(lengths))) < 2 * len(lengths):
        raise ValueError(f"windows must be different lengths; got {lengths}.")
    return lengths


def _parse_cutoffs(cutoffs: Any) -> list[date]:
    """Days in order, of one day or several."""
    if isinstance(cutoffs, np.ndarray) and cutoffs.ndim == 0:
        cutoffs = cutoffs[()]
    if isinstance(cutoffs, str | date | np.datetime64) or not isinstance(cutoffs, Iterable):
        return [parse_day("cutoffs", cutoffs)]
    days = [parse_day("cutoffs", cutoff) for cutoff in cutoffs]
    if not days:
        raise ValueError("cutoffs must hold at least one day; got none.")
    if len(set(days)) < len(days):
        raise ValueError(f"cutoffs must be different days; got {', '.join(map(str, days))}.")
    return sorted(days)


def _refuse_late(cutoffs: list[date], days_ahead: int, end: date) -> None:
    """Raise if what a row needs had not happened when the log ended."""
    latest = cutoffs[-1]
    last = min(latest.toordinal() + days_ahead, date.max.toordinal())
    if (needed := date.fromordinal(last)) > end:
        if not days_ahead:
            raise ValueError(
                f"cutoffs: {latest} is too late: it ends on {end}. Take an earlier cut-off, or "
                "state the end of the log if it was kept longer."
            )
        raise ValueError(
            f"cutoffs: {latest} needs a log until {needed}; it ends on {end}. Take an earlier "
            "cut-off or a shorter horizon; if the log was kept longer, state its end; for "
            "customers whose horizon is yet to come, ask for target=None."
        )


def _read_days(rows: Frame, customer: str, returns: str, rounding: float) -> tuple[Days, pd.Index]:
    """Customer-days of a log in memory, by number of customer, and the id of each number."""
    rows, names = number_customers(rows)
    frame = customer_days("log", rows, returns, rounding)
    table = collect_columns(add_day_numbers(frame, {"ordinal": "day"}).drop("day"))
    number, found = pd.factorize(table["customer"])
    ids = pd.Index(found if names is None else names.to_native().iloc[found])
    try:
        order = ids.argsort()
    except TypeError as error:
        raise mixed_ids(customer) from error
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    days = Days(
        customer=rank[number],
        day=table["ordinal"].astype(np.int64),
        is_purchase=table["is_purchase"].astype(bool),
        n_transactions=table["n_transactions"],
        value=table.get("value"),
    )
    return days[np.lexsort((days.day, days.customer))], ids.take(order)


def _watch(
    days: Days, number: np.ndarray, cutoff: int, ahead: _Horizon, target: str, per_unit: float
) -> pd.Series | pd.DataFrame:
    """Tell what customers, given by ascending numbers, did in the horizon."""
    age = days.day - cutoff
    row = np.searchsorted(number, days.customer).clip(max=len(number) - 1)
    is_theirs = number[row] == days.customer
    held = (age >= ahead.first) & (age <= ahead.last) & is_theirs
    if target == "spend":
        assert days.value is not None
        spend = np.bincount(row[held], weights=days.value[held], minlength=len(number))
        return pd.Series(clear_dust(spend, days.value[held], row[held]), name="spend")
    held &= days.is_purchase
    purchases = np.bincount(row[held], minlength=len(number))
    if target == "purchases":
        return pd.Series(purchases, name="purchases")
    if target == "churn":
        return pd.Series((purchases == 0).astype(np.int64), name="churn")
    wait = np.full(len(number), ahead.length)
    first = np.flatnonzero(held)[::-1]  # of several days of a customer the first is written last
    wait[row[first]] = age[first] / per_unit
    return pd.DataFrame({"event": purchases > 0, "time": wait})
