"""When the rows of a log in memory happened, as numbers that other rooms compare."""

from __future__ import annotations

from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from ._log import add_day_numbers, collect_columns, read_rows


class Times(NamedTuple):
    """Times of the rows of a log, in their order."""

    day: np.ndarray  # (n_rows,): ordinals of wall-clock days, as of datetime.date.toordinal
    instant: np.ndarray  # (n_rows,): microseconds; those of any zones are in order


def read_times(argument: str, log: nw.DataFrame[Any], *, customer: str, time: str) -> Times:
    """Read when rows happened.

    Parameters
    ----------
    argument : str
        How the user knows the log.
    log : narwhals frame in memory
        One row an interaction.
    customer, time : str
        Names of its columns.

    Returns
    -------
    Times
        Days and instants.

    Raises
    ------
    TypeError, ValueError
        If a column is absent, of a wrong type, or holds missing values.
    """
    rows = read_rows(argument, log, customer=customer, time=time, amount=None)
    day = collect_columns(add_day_numbers(rows, {"ordinal": "day"}).select("ordinal"))["ordinal"]
    instants = _in_one_zone(log, time).select(instant=nw.col(time).dt.timestamp("us"))
    return Times(day.astype(np.int64), instants["instant"].to_numpy().astype(np.int64))


def _in_one_zone(log: nw.DataFrame[Any], time: str) -> nw.DataFrame[Any]:
    """Make times of pandas naive ones of UTC: narwhals (2.29) does not know all its zones.

    The wall clock would not do: in autumn it shows one hour twice.
    """
    if not log.implementation.is_pandas():
        return log
    times = log.to_native()[time]
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        return log
    return nw.from_native(times.dt.tz_convert("UTC").dt.tz_localize(None).to_frame())
