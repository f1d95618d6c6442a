"""Models of purchases, asked about customers who are made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._wrappers import open_up

HISTORY = ("frequency", "recency", "T")
# Unit of time -> what one, and several, are called.
UNIT_NAMES = {
    "D": ("day", "days"),
    "W": ("week", "weeks"),
    "M": ("month", "months"),
    "Y": ("year", "years"),
}


def find_purchase_model(estimator: Any) -> Any:
    """Give the fitted model of purchases that was given, or that a search has found.

    Parameters
    ----------
    estimator : object
        What was given.

    Returns
    -------
    model of purchases
        Fitted; customers reach it as they are.

    Raises
    ------
    TypeError
        If it does not predict purchases.
    NotFittedError
        If it is not fitted.
    """
    levels = open_up(estimator)
    if not any(isinstance(level, Pipeline) for level in levels):
        estimator = levels[-1]
    if isinstance(estimator, type):
        found = f"the class {estimator.__name__}"
    elif hasattr(estimator, "purchases_"):
        found = f"{type(estimator).__name__}, whose purchases_ is one"
    else:
        found = type(estimator).__name__
    is_model = hasattr(estimator, "predict") and hasattr(estimator, "predict_alive")
    if isinstance(estimator, type) or not is_model:
        raise TypeError(
            f"estimator must be a fitted model of purchases, such as BetaGeoModel; got {found}."
        )
    check_is_fitted(estimator)
    return estimator


def make_customers(estimator: Any, history: np.ndarray) -> Any:
    """Lay out customers as the estimator has been given them in ``fit``.

    Parameters
    ----------
    estimator : model of purchases
        Fitted.
    history : ndarray of shape (n_customers, 3)
        Frequency, recency and T.

    Returns
    -------
    DataFrame or ndarray
        A frame if it was fitted on one.
    """
    is_named = hasattr(estimator, "feature_names_in_")
    return pd.DataFrame(history, columns=HISTORY) if is_named else history
