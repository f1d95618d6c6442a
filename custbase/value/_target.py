"""What models of money learn: amounts that customers spent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length


def check_spend(estimator: Any, y: Any, X: Any, *, largest: float) -> np.ndarray:
    """Validate amounts: one a row, known and at least 0.

    Parameters
    ----------
    estimator : estimator
        Who asks.
    y : array of shape (n_rows,)
        What the user gave.
    X : array or frame of n_rows rows
        What it belongs to.
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
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None. Give "
            "what customers spent."
        )
    given = column_or_1d(y, warn=True)
    check_consistent_length(X, given)
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
