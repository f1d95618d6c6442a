"""What is learnt, one a row: labels, or amounts that customers spent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .._inputs import read_column


def check_target(estimator: Any, y: Any, n_rows: int, what: str) -> np.ndarray:
    """Validate that there is one of what is learnt for each row.

    Parameters
    ----------
    estimator : estimator
        Who asks.
    y : array, Series or frame of shape (n_rows,)
        What the user gave; a single column is taken, with a warning.
    n_rows : int
        Number of rows of X.
    what : str
        What it holds, in words.

    Returns
    -------
    ndarray of shape (n_rows,)
        As it was given.

    Raises
    ------
    TypeError
        If it is a lazy frame.
    ValueError
        If it is absent, not of one dimension, or of another length.
    """
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None. Give "
            f"{what}."
        )
    given = read_column(y, what)
    if len(given) != n_rows:
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: X has "
            f"{n_rows} rows, and y {len(given)}. Give {what}, for each row of X."
        )
    return given


def check_amounts(estimator: Any, y: Any, n_rows: int, *, largest: float) -> np.ndarray:
    """Validate amounts: one a row, known and at least 0.

    Parameters
    ----------
    estimator : estimator
        Who asks.
    y : array of shape (n_rows,)
        What the user gave.
    n_rows : int
        Number of rows of X.
    largest : float
        What `estimator` can bear.

    Returns
    -------
    ndarray of shape (n_rows,)
        The amounts, float64.

    Raises
    ------
    ValueError
        If they are not as described.
    """
    given = check_target(estimator, y, n_rows, "what customers spent")
    if given.dtype.kind in "mM":
        raise ValueError(
            f"y must hold numbers, what customers spent; got points in time ({given.dtype})."
        )
    try:
        spend = np.asarray(pd.Series(given).to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise ValueError(f"y must hold numbers, what customers spent; {error}.") from error
    if missing := int(np.count_nonzero(np.isnan(spend))):
        raise ValueError(
            f"Input y contains NaN: {missing} amounts are missing. Drop those customers, or give "
            "0 if they bought nothing."
        )
    if count := int(np.count_nonzero(np.abs(spend) > largest)):
        raise ValueError(
            f"Input y contains infinity, or amounts beyond {largest:g} ({count} of them). Give "
            "larger units, or drop those customers."
        )
    if (negative := np.flatnonzero(spend < 0)).size:
        raise ValueError(
            f"y must hold amounts of at least 0; got {spend[negative[0]]:g} in row {negative[0]}, "
            f"the first of {negative.size} negative ones, such as returns make. Set them to 0, "
            "for instance with y.clip(lower=0), or drop those customers."
        )
    return spend
