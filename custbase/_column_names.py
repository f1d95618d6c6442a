"""Names of columns: listed in errors, remembered, and held against those of ``fit``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

# Names that an error lists.
SHOWN = 10
IN_ORDER = "X must have the columns of fit, in their order"


def list_some(found: Iterable[str]) -> str:
    """Write the first of many, and how many there are more."""
    names = list(found)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def read_names(X: Any) -> pd.Index | None:
    """Column names of a frame in memory, of any type; None for other things."""
    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    return pd.Index(list(frame.columns), dtype=object, tupleize_cols=False)


def fitted_names(estimator: Any) -> Any:
    """Column names of the frame that an estimator was fitted on; None for an array."""
    return vars(estimator).get("_column_names", vars(estimator).get("feature_names_in_"))


def check_names(estimator: Any, X: Any, *, reset: bool) -> None:
    """Remember column names that are not strings, or check names against those of ``fit``.

    scikit-learn remembers strings, and reports those that differ.

    Parameters
    ----------
    estimator : estimator
        Keeps names that ``feature_names_in_`` does not have.
    X : object
        What the user gave; other things than frames have no names.
    reset : bool
        True in ``fit``, False afterwards.

    Raises
    ------
    ValueError
        If the columns are others than in ``fit``, or in another order.
    """
    names = read_names(X)
    are_texts = names is None or all(isinstance(name, str) for name in names)
    if reset:
        vars(estimator).pop("_column_names", None)
        if not are_texts:
            estimator._column_names = np.asarray(names)
        return
    fitted = fitted_names(estimator)
    is_told = are_texts and not hasattr(estimator, "_column_names")
    if not is_told and fitted is not None:
        refuse_other_names(names, fitted, IN_ORDER)


def refuse_other_names(names: Any, expected: Any, rule: str) -> None:
    """Raise unless names are those that are expected, and say where they first differ.

    Parameters
    ----------
    names, expected : sequence of object or None
        Names of columns, NaN equal to itself; None where there are none.
    rule : str
        What must be, the beginning of a sentence.

    Raises
    ------
    ValueError
        If one of them differs.
    """
    if names is None or expected is None:
        return
    given, wanted = (
        pd.Index(list(some), dtype=object, tupleize_cols=False) for some in (names, expected)
    )
    if given.equals(wanted):
        return
    pairs = enumerate(zip_longest(given, wanted))
    first = next((number for number, (a, b) in pairs if str(a) != str(b)), 0)
    start = first if first >= SHOWN else 0
    shown = [f"[{list_some(map(repr, some[start:]))}]" for some in (wanted, given)]
    where = f", from column {start} on" if start else ""
    raise ValueError(f"{rule}: {shown[0]}; got {shown[1]}{where}.")
