"""What purchase models are given of customers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._params import shorten

COLUMNS = ("frequency", "recency", "T")
# Days divided by 7 and summed again differ by less.
ROUNDING = 1e-9


class Customers(NamedTuple):
    """Columns of a summary, float64."""

    frequency: np.ndarray
    recency: np.ndarray
    T: np.ndarray


def check_customers(columns: np.ndarray) -> Customers:
    """Raise unless rows are histories: counts, and times that fit together.

    Parameters
    ----------
    columns : ndarray of shape (n_customers, 3)
        Finite numbers.

    Returns
    -------
    Customers
        The columns.

    Raises
    ------
    ValueError
        If a row is no history; the message has the first one.
    """
    frequency, recency, T = np.ascontiguousarray(columns.T, dtype=np.float64)
    faults = {
        "frequency must be a whole number >= 0, of purchase days after the first": (
            (frequency < 0) | (frequency != np.floor(frequency))
        ),
        "recency must be 0 where frequency is 0, and more where it is not": (
            (recency < 0) | ((frequency > 0) != (recency > 0))
        ),
        "T must be at least recency, the time from the first purchase to the last": (
            recency > T * (1 + ROUNDING) + ROUNDING
        ),
    }
    for rule, is_fault in faults.items():
        if is_fault.any():
            row = int(np.argmax(is_fault))
            raise ValueError(
                f"X: {rule}; row {row} has frequency={frequency[row]:g}, "
                f"recency={recency[row]:g} and T={T[row]:g}, {is_fault.sum()} rows in all."
            )
    return Customers(frequency, np.minimum(recency, T), T)


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
        If there is none, or it is no time.
    """
    horizon = default if given is None else given
    if horizon is None:
        raise ValueError(
            "horizon must be given, here or in the constructor: how far to look ahead, in the "
            "unit of T; got None."
        )
    try:
        times = np.asarray(horizon, dtype=np.float64)
    except (TypeError, ValueError):
        times = np.full(1, np.nan)
    if times.ndim > 1 or times.size not in (1, n_customers) or not (times >= 0).all():
        raise ValueError(
            f"horizon must be a number >= 0, or one for each of the {n_customers} rows of X; got "
            f"{shorten(horizon)}."
        )
    if not np.isfinite(times).all():
        raise ValueError(f"horizon must be finite; got {shorten(horizon)}.")
    return np.broadcast_to(times, (n_customers,))
