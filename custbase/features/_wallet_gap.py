"""From a log and segments to what customers leave unspent, against those who are like them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._inputs import refuse_lazy_frame
from .._joins import refuse_other_spelling
from .._params import STRING, Number, OneOf, check_value
from ._grouping import amount_rounding, number_ids, refuse_returns, rounding_left
from ._log import (
    RETURNS,
    Frame,
    check_columns,
    collect_columns,
    midnight,
    open_frame,
    parse_day,
    read_rows,
)

_COLUMNS = ("segment", "spend", "benchmark", "gap")
_AMONG = OneOf(("all", "buyers"))
_SHOWN = 5  # customers that an error names


def wallet_gap(
    log: Any,
    segments: Any,
    *,
    category: str,
    customer: str = "customer_id",
    amount: str = "amount",
    quantile: float = 0.75,
    among: str = "all",
    time: str = "date",
    end: Any = None,
    returns: str = "net",
) -> pd.DataFrame:
    """Compare what customers spend in each category with the upper quartile of their segment.

    The gap says what a customer would spend more, were they like the better customers of
    the same kind: where there is money to be won, and with what.

    Parameters
    ----------
    log : frame of pandas, polars, pyarrow, DuckDB or PySpark
        One row a purchase of a category, in any order, of the time that is compared, such
        as the last twelve months. A lazy frame is added up by its own engine.
    segments : Series, mapping, frame or array
        The segment of each customer, such as the ``labels_`` of a `SegmentClusterer`:

        - a Series of pandas, its index the customer ids;
        - a mapping of customer id to segment;
        - a frame in memory with the column `customer` and one other;
        - an array, one label for each of the sorted customers of `log`.

        Customers who are not in `log` spend 0, and count.
    category : str
        Name of the column of categories, such as departments or brands.
    customer : str, default="customer_id"
        Name of the column of customer ids.
    amount : str, default="amount"
        Name of the column of money, in one currency; negative is a return.
    quantile : float, default=0.75
        What the benchmark is: from 0, the lowest spend, to 1, the highest.
    among : {"all", "buyers"}, default="all"
        Of whom: all customers of the segment, or those who spend in the category.
    time : str, default="date"
        Name of the column of datetimes or dates; looked at only if there is an `end`.
    end : str, date, datetime or None, default=None
        Last day that counts, inclusive; a string in ISO 8601. None counts all rows.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount: subtract them, leave them out, or raise an
        error (only for a log in memory).

    Returns
    -------
    DataFrame of pandas
        One row a customer and category, in their order, all with all, whatever the kind
        of `log`. Columns:

        - the customer column under its own name, and ``segment``;
        - the category column under its own name;
        - ``spend``: net spend of the customer in the category;
        - ``benchmark``: the quantile of the segment;
        - ``gap``: benchmark - spend, 0 if the customer spends more.

    Raises
    ------
    TypeError
        If `log` is no frame, a column holds text where numbers are needed, or `segments`
        is none of the above.
    ValueError
        If customers of `log` have no segment, or one has two; if a column is absent, an
        argument is out of range, or the log has no rows. For a log in memory also if
        values are missing or amounts infinite; of a lazy log such rows are left out.

    See Also
    --------
    rfm_summary : Customers to be segmented.
    custbase.segmentation.SegmentClusterer : Finds the segments.

    Notes
    -----
    A wallet cannot be seen, only what was spent here. The best guess without asking is a
    high quantile of what similar customers spend [1]_; "similar" is the segment.

    By default the quantile is that of all customers of the segment, those included who
    spend nothing: a category that fewer than a quarter of them buy has a benchmark of 0,
    and no gap. What few want is no money left lying. ``among="buyers"`` asks what good
    buyers of the category spend, and expects it of everybody: use it where customers buy
    the category elsewhere if not here. A category that nobody of the segment buys has a
    benchmark of 0.

    Quantiles are interpolated linearly. Spend below 0, from returns of purchases that the
    log does not hold, counts as 0, as does what rounding leaves of returned purchases.
    Labels are taken as they are: noise of a clustering, -1, is a segment like others, so
    leave those customers out of both arguments if they are not alike.

    O(n + m log m) time for n rows and m pairs of customer and category, O(m) memory.

    References
    ----------
    .. [1] C. Perlich, S. Rosset, R. D. Lawrence and B. Zadrozny (2007). High-quantile
       modeling for customer wallet estimation and other applications. Proceedings of
       KDD 2007, 977-985.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import wallet_gap
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "bob", "eve"],
    ...     "department": ["wine", "tea", "wine", "tea", "tea"],
    ...     "amount": [80.0, 10.0, 20.0, 30.0, 50.0],
    ... })
    >>> segments = pd.Series({"ann": "regular", "bob": "regular", "eve": "regular"})
    >>> gaps = wallet_gap(log, segments, category="department")
    >>> gaps
      customer_id  segment department  spend  benchmark   gap
    0         ann  regular        tea   10.0       40.0  30.0
    1         ann  regular       wine   80.0       50.0   0.0
    2         bob  regular        tea   30.0       40.0  10.0
    3         bob  regular       wine   20.0       50.0  30.0
    4         eve  regular        tea   50.0       40.0   0.0
    5         eve  regular       wine    0.0       50.0  50.0
    >>> gaps.pivot(index="customer_id", columns="department", values="gap").idxmax(axis=1)
    customer_id
    ann     tea
    bob    wine
    eve    wine
    dtype: ...
    """
    check_value("quantile", quantile, Number(0, 1))
    check_value("among", among, _AMONG)
    check_value("returns", returns, RETURNS)
    names = {"customer": customer, "category": category, "amount": amount}
    for role, name in names.items():
        check_value(role, name, STRING)
        if role != "amount" and name in _COLUMNS:
            raise ValueError(
                f"{role} must not be named like a column of the result; got {name!r}. Rename "
                "that column of the log."
            )
    end_day = None if end is None else parse_day("end", end)
    frame = open_frame("log", log)
    sums = _sum_up(frame, names, time, end_day, returns)
    number, ids = number_ids(sums["customer"], customer, "customer")
    item, categories = number_ids(sums["category"], category, "category")
    owners, labels = _read_segments(segments, customer, ids)
    place, owners = number_ids(owners, customer, "customer")
    labels = labels[np.argsort(place)]
    row = _find_owners(owners, ids)[number]
    shape = len(categories), len(owners)
    cell = item * shape[1] + row
    spend, left = (
        np.bincount(cell, weights=sums[name], minlength=shape[0] * shape[1]).reshape(shape)
        for name in ("amount", "left")
    )
    spend[spend <= left] = 0.0
    benchmark = _benchmarks(spend, pd.factorize(labels)[0], quantile, among == "buyers")
    table = {
        customer: np.repeat(owners, shape[0]),
        "segment": np.repeat(labels, shape[0]),
        category: np.tile(categories, shape[1]),
        "spend": spend.T.ravel(),
        "benchmark": benchmark.T.ravel(),
        "gap": np.maximum(benchmark - spend, 0.0).T.ravel(),
    }
    return pd.DataFrame(table)


def _sum_up(
    frame: Frame, names: Mapping[str, str], time: str, end: date | None, returns: str
) -> dict[str, np.ndarray]:
    """Rows of a log, or the sums that the engine of a lazy one makes of them."""
    rows = read_rows(
        "log",
        frame,
        customer=names["customer"],
        time=None if end is None else time,
        amount=names["amount"],
        labels={"category": names["category"]},
    )
    if end is not None:
        rows = rows.filter(nw.col("day") <= midnight(end))
    if returns == "raise":
        refuse_returns("log", rows)
    elif returns == "drop":
        rows = rows.filter(nw.col("amount") >= 0)
    left = rounding_left(amount_rounding(frame, names["amount"]))
    rows = rows.select("customer", "category", "amount", left=left)
    if isinstance(rows, nw.LazyFrame):
        rows = rows.group_by("customer", "category").agg(nw.col("amount", "left").sum())
    sums = collect_columns(rows)
    if not len(sums["amount"]):
        until = "" if end is None else f" by end ({end})"
        raise ValueError(f"log has no rows{until}.")
    return sums


def _read_segments(segments: Any, customer: str, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Customers and their labels, in the order they were given."""
    refuse_lazy_frame(segments, "segments")
    if isinstance(segments, Mapping):
        segments = pd.Series(segments)
    wrapped = nw.from_native(segments, pass_through=True, allow_series=True)
    if isinstance(segments, pd.Series):
        owners, labels = segments.index.to_numpy(), segments.to_numpy()
    elif isinstance(wrapped, nw.DataFrame):
        check_columns("segments", wrapped.schema, {"customer": customer})
        if len(others := [name for name in wrapped.columns if name != customer]) != 1:
            raise ValueError(
                f"segments must have the column {customer!r} and one other, that of labels; got "
                f"{', '.join(map(repr, wrapped.columns))}. Select two."
            )
        owners, labels = wrapped[customer].to_numpy(), wrapped[others[0]].to_numpy()
    else:
        owners, labels = ids, np.asarray(segments)
        if labels.shape != ids.shape:
            raise ValueError(
                f"segments must have one label for each of the {len(ids)} customers of log, as an "
                f"array; got shape {labels.shape}. Make it a Series with the ids as its index."
            )
    _refuse_unclear(owners, labels)
    return owners, labels


def _refuse_unclear(owners: np.ndarray, labels: np.ndarray) -> None:
    """Raise if a customer has no label or two, or a label no customer."""
    if not len(owners):
        raise ValueError("segments must hold every customer of log; got none. Label them.")
    if count := np.count_nonzero(pd.isna(owners)):
        raise ValueError(f"segments has {count} missing customer ids. Drop those labels.")
    missing = pd.isna(labels)
    if missing.any():
        raise ValueError(
            f"segments has missing labels: those of {_name(owners[missing])}. Label these "
            "customers, or leave them out here and in log."
        )
    repeated = pd.Index(owners).duplicated()
    if repeated.any():
        raise ValueError(
            f"segments must have one label a customer; more have {_name(owners[repeated])}."
        )


def _find_owners(owners: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Place of each customer of a log among those with a segment."""
    found = pd.Index(owners).get_indexer(pd.Index(ids))
    if not (unknown := ids[found < 0]).size:
        return found
    given, known = (type(each.tolist()[0]).__name__ for each in (ids, owners[:1]))
    if len(unknown) == len(ids) and given != known:
        raise TypeError(
            f"segments has customer ids of type {known}, and log those of type {given}: none is "
            "known. Convert them."
        )
    refuse_other_spelling(pd.Index(owners), pd.Index(ids), "segments", "log", "the ids")
    raise ValueError(
        f"segments must hold every customer of log; {len(unknown)} of {len(ids)} have no segment: "
        f"{_name(unknown)}. Label them, or leave their rows out of log."
    )


def _name(customers: np.ndarray) -> str:
    """List customers, the first ones only."""
    shown = ", ".join(map(repr, customers[:_SHOWN].tolist()))
    more = len(customers) - _SHOWN
    return shown if more <= 0 else f"{shown} and {more} more"


def _benchmarks(
    spend: np.ndarray, segment: np.ndarray, quantile: float, buyers: bool
) -> np.ndarray:
    """Quantile of the own segment, for every category and customer."""
    benchmark = np.empty_like(spend)
    order = np.argsort(segment, kind="stable")
    for members in np.split(order, np.cumsum(np.bincount(segment))[:-1]):
        ranked = np.sort(spend[:, members], axis=1)
        last = len(members) - 1
        n_left_out = np.count_nonzero(ranked == 0, axis=1) if buyers else 0
        # Where nobody buys, every rank holds 0.
        at = np.minimum(n_left_out + quantile * (last - n_left_out), last)
        at = np.broadcast_to(at, len(spend))[:, None]
        low = np.floor(at).astype(np.intp)
        below = np.take_along_axis(ranked, low, axis=1)
        above = np.take_along_axis(ranked, np.minimum(low + 1, last), axis=1)
        benchmark[:, members] = below + (at - low) * (above - below)
    return benchmark
