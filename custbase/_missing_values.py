"""Values that are no numbers, NaN and infinity: where they stand, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from scipy.sparse import issparse

from ._column_names import list_some

# What to do about missing values.
FILL = "Fill them, for instance with a SimpleImputer in a Pipeline, or drop those rows."
REPLACE = "Replace them, or drop those rows."


def refuse_missing_values(
    X: Any,
    argument: str,
    remedy: str = FILL,
) -> None:
    """Raise if a frame has missing values, and name the columns.

    Parameters
    ----------
    X : object
        What the user gave; other things than frames in memory pass.
    argument : str
        How the user knows it.
    remedy : str, default=FILL
        What to do.

    Raises
    ------
    ValueError
        If a column holds nulls or NaN.
    """
    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return
    counts = {}
    for column in frame.iter_columns():
        missing = column.is_null()
        if column.dtype.is_float():
            missing = missing | column.is_nan()
        counts[column.name] = missing.sum()
    if found := [f"{name!r} ({count})" for name, count in counts.items() if count]:
        raise ValueError(f"Input {argument} contains NaN in columns {list_some(found)}. {remedy}")


def fill_zeros(X: Any) -> str:
    """How 0 takes the place of what is missing in a frame, in the words of its library."""
    frame = nw.from_native(X, pass_through=True)
    is_polars = isinstance(frame, nw.DataFrame) and frame.implementation.is_polars()
    return ".fill_null(0).fill_nan(0)" if is_polars else ".fillna(0)"


@contextmanager
def explain_values(X: Any, argument: str, remedy: str = FILL) -> Iterator[None]:
    """Say where NaN and infinity stand if scikit-learn refuses them, and what to do.

    scikit-learn advises other estimators, and names no column.

    Parameters
    ----------
    X : object
        What the user gave.
    argument : str
        How the user knows it.
    remedy : str, default=FILL
        What to do about NaN.

    Raises
    ------
    ValueError
        If the block raises one for such values.
    """
    try:
        yield
    except ValueError as error:
        text = str(error)
        if "contains NaN" in text:
            where = _find_values(X, np.isnan)
            raise ValueError(f"Input {argument} contains NaN{where}. {remedy}") from error
        if "contains infinity" in text:
            where = _find_values(X, np.isinf)
            raise ValueError(
                f"Input {argument} contains infinity or a value too large for float64{where}. "
                f"{REPLACE}"
            ) from error
        raise


def _find_values(X: Any, is_found: Callable[[np.ndarray], np.ndarray]) -> str:
    """Write which columns of a frame, or where in an array, some values stand."""
    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        counts = {}
        for column in frame.iter_columns():
            if column.dtype.is_numeric():
                counts[column.name] = is_found(column.cast(nw.Float64).to_numpy()).sum()
        found = [f"{name!r} ({count})" for name, count in counts.items() if count]
        return f" in columns {list_some(found)}" if found else ""
    if issparse(X):
        return ""
    try:
        places = np.argwhere(is_found(np.asarray(X, dtype=np.float64)))
    except (TypeError, ValueError):
        return ""
    if not len(places):
        return ""
    first = ", ".join(map(str, places[0].tolist()))
    values = "values, the first" if len(places) > 1 else "value,"
    return f" ({len(places)} {values} at [{first}])"
