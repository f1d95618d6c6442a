"""What purchase models are given of customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .._numbers import rounding_of
from .._params import as_numbers, shorten
from .._summaries import RECENCY, refuse_faults
from .._threads import row_chunks

COLUMNS = ("frequency", "recency", "T")
NO_COUNT = "frequency must be a whole number >= 0, of purchase days after the first"
# Days divided by 7 and summed again differ by less.
ROUNDING = 1e-9
CHUNK_ROWS = 2**14
# Larger numbers do not count single purchases any more.
MOST_COUNT = 2.0**53
# Times and money between these have squares, and products with counts and with parameters
# that are 1e7 times as large or small, that are numbers.
SMALLEST, LARGEST = 1e-100, 1e100


class Customers(NamedTuple):
    """Columns of a summary, float64."""

    frequency: np.ndarray
    recency: np.ndarray
    T: np.ndarray


def check_customers(columns: Sequence[np.ndarray]) -> Customers:
    """Raise unless rows are histories: counts, and times that fit together.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_customers,)
        Finite numbers: frequency, recency, T.

    Returns
    -------
    Customers
        The columns.

    Raises
    ------
    ValueError
        If a row is no history; the message has the first one.
    """
    frequency, recency, T = columns
    refuse_sizes(columns, COLUMNS)
    chunks = row_chunks(len(T), CHUNK_ROWS)
    if all(map(are_histories, *([a[c] for c in chunks] for a in (frequency, recency, T)))):
        return Customers(frequency, recency, T)
    faults = {
        NO_COUNT: (frequency < 0) | (frequency != np.floor(frequency)),
        RECENCY: (recency < 0) | ((frequency > 0) != (recency > 0)),
        "T must be at least recency, the time from the first purchase to the last, in one unit": (
            recency > T * (1 + ROUNDING + rounding_of(recency) + rounding_of(T)) + ROUNDING
        ),
    }
    refuse_faults(columns, COLUMNS, faults)
    return Customers(frequency, np.minimum(recency, T), T)


def are_histories(frequency: np.ndarray, recency: np.ndarray, T: np.ndarray) -> bool:
    """Whether no row needs a second look.

    Parameters
    ----------
    frequency, recency, T : ndarray of shape (n_customers,)
        Finite numbers.

    Returns
    -------
    bool
        False if a row is no history, or its recency is beyond T by rounding.
    """
    return bool(
        frequency.min() >= 0
        and recency.min() >= 0
        and (frequency == np.floor(frequency)).all()
        and ((frequency > 0) == (recency > 0)).all()
        and (recency <= T).all()
    )


def refuse_sizes(columns: Sequence[np.ndarray], names: Sequence[str]) -> None:
    """Raise for counts that do not count, and for times and money that formulas cannot hold.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_customers,)
        Finite numbers: the first one counts, the last one, if there are more, is a time that
        the others are within, or money.
    names : sequence of str
        Names of the columns.

    Raises
    ------
    ValueError
        If a number is too large, or next to 0; the message has the column and the first row.
    """
    count, *amounts = columns
    if count.max() > MOST_COUNT:
        rule = (
            f"{names[0]} must be at most 2**53 = {MOST_COUNT:.0f}, because float64 skips whole "
            "numbers above it; check its source"
        )
        refuse_faults(columns, names, {rule: count > MOST_COUNT})
    for amount in amounts[-1:]:
        if amount.max() > LARGEST or amount.min() < SMALLEST:
            is_small = (amount > 0) & (amount < SMALLEST)
            rule = (
                f"{names[-1]} must be 0, or between {SMALLEST:g} and {LARGEST:g}; check its "
                "source, or choose another unit"
            )
            refuse_faults(columns, names, {rule: (amount > LARGEST) | is_small})


def check_horizon(given: Any, default: float | None, n_customers: int) -> np.ndarray:
    """Give the horizon of every customer.

    Parameters
    ----------
    given : float, array of shape (n_customers,) or None
        What the method was given.
    default : float or None
        What the constructor was given.
    n_customers : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n_customers,)
        Times.

    Raises
    ------
    ValueError
        If there is none, it is no time, or one beyond all formulas.
    """
    horizon = default if given is None else given
    if horizon is None:
        raise ValueError(
            "horizon must be given, here or in the constructor: how far to look ahead, in the "
            "unit of T; got None."
        )
    times = as_numbers(horizon).astype(np.float64)
    if times.ndim > 1 or times.size not in (1, n_customers) or not (times >= 0).all():
        raise ValueError(
            f"horizon must be a number >= 0, or one for each of the {n_customers} rows of X; got "
            f"{shorten(horizon)}."
        )
    if not np.isfinite(times).all():
        raise ValueError(f"horizon must be finite; got {shorten(horizon)}.")
    if (times > LARGEST).any():
        raise ValueError(
            f"horizon must be at most {LARGEST:g}, in the unit of T; got {shorten(horizon)}."
        )
    return np.broadcast_to(times, (n_customers,))
