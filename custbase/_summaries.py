"""What columns of a summary of customers mean, for errors of all who read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from ._missing_values import fill_zeros
from ._numbers import write_apart

# What recency and frequency of a summary are.
RECENCY = (
    "recency must be 0 where frequency is 0, and more where it is not, for it is the time from the "
    "first purchase to the last, and frequency counts the days with purchases after the first"
)


def refuse_time_since(names: Sequence[str], columns: Sequence[np.ndarray]) -> None:
    """Raise if recency is the time since the last purchase, as other tables of RFM have it.

    Parameters
    ----------
    names : sequence of str
        Names of the columns; without frequency or recency, nothing can be told.
    columns : sequence of ndarray of shape (n_customers,)
        Finite numbers.

    Raises
    ------
    ValueError
        If customers who bought once have a time from the first purchase to the last.
    """
    found = dict(zip(names, columns, strict=True))
    if not {"frequency", "recency"} <= found.keys():
        return
    is_since = (found["frequency"] == 0) & (found["recency"] > 0)
    if is_since.any():
        row = int(np.argmax(is_since))
        raise ValueError(
            f"X: {RECENCY}; row {row} has {write_row(names, columns, row)}, {is_since.sum()} rows "
            "in all. If yours is the time since the last purchase, use T - recency."
        )


def write_row(names: Sequence[str], columns: Sequence[np.ndarray], row: int) -> str:
    """Write a row of some columns for an error, so that different numbers look different."""
    texts = write_apart(*(float(column[row]) for column in columns))
    *most, last = (f"{name}={text}" for name, text in zip(names, texts, strict=True))
    return f"{', '.join(most)} and {last}" if most else last


def refuse_faults(
    columns: Sequence[np.ndarray], names: Sequence[str], faults: Mapping[str, np.ndarray]
) -> None:
    """Raise for the first row that breaks a rule.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_customers,)
        The columns.
    names : sequence of str
        Names of the columns.
    faults : mapping of str to ndarray of bool of shape (n_customers,)
        Which rows break which rule.

    Raises
    ------
    ValueError
        If there are such rows.
    """
    for rule, is_fault in faults.items():
        if is_fault.any():
            row = int(np.argmax(is_fault))
            raise ValueError(
                f"X: {rule}; row {row} has {write_row(names, columns, row)}, {is_fault.sum()} rows "
                "in all."
            )


@contextmanager
def spend_explained(X: Any, names: Sequence[str]) -> Iterator[None]:
    """Say what a monetary_value that is missing would have to be, if a summary is refused.

    Parameters
    ----------
    X : array or frame of shape (n_customers, n_columns)
        What the user gave.
    names : sequence of str
        Names of the columns that are read, frequency first and monetary_value last; of an
        array all of them.

    Raises
    ------
    ValueError
        If the block raises one, and what is missing is what customers spent.
    """
    try:
        yield
    except ValueError as error:
        frame = nw.from_native(X, pass_through=True)
        try:
            if isinstance(frame, nw.DataFrame):
                pair = [frame[name].to_numpy() for name in (names[0], names[-1])]
            else:
                pair = [np.asarray(X)[:, place] for place in (0, len(names) - 1)]
            frequency, value = (np.asarray(column, dtype=np.float64) for column in pair)
        except Exception:  # What else is wrong with it has been said.
            raise error from None
        refuse_unknown_spend(frequency, value, fill_zeros(X))
        raise


def refuse_unknown_spend(frequency: np.ndarray, value: np.ndarray, filled: str) -> None:
    """Raise for customers whose spend is missing: what is not known, or what is nothing."""
    is_missing = np.isnan(value)
    is_unknown = is_missing & (frequency > 0)
    if is_unknown.any():
        row = int(np.argmax(is_unknown))
        raise ValueError(
            f"X: monetary_value is NaN for {is_unknown.sum()} customers with a frequency above 0, "
            f"row {row} the first; it must be the mean of their repeat purchases, as rfm_summary "
            "makes it. Drop those whose spend is unknown: 0 would say that it was free."
        )
    if (is_missing & (frequency == 0)).any():
        raise ValueError(
            f"X: monetary_value is NaN for {is_missing.sum()} customers of frequency 0, where it "
            "is 0 by definition, as rfm_summary makes it. Fill it with 0, for instance by "
            f"X['monetary_value']{filled}: without those rows nobody would have bought only once."
        )
