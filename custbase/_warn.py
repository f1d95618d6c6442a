"""Warn where the user called."""

from __future__ import annotations

import sys
import warnings

# What a user does not see of a call: estimators within estimators, and scikit-learn's wrappers.
PASSED_OVER = {"custbase", "sklearn", "joblib"}


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line that called custbase, however many calls lie between.

    Parameters
    ----------
    message : str
        What happened, and the remedy.
    category : type of Warning
        A class of `custbase.exceptions`, or of scikit-learn.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_globals.get("__name__", "").partition(".")[0] in PASSED_OVER and frame.f_back:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
