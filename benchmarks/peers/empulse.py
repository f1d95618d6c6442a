"""empulse: profit metrics of churn, at their defaults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def expected_maximum_profit(y: np.ndarray, scores: np.ndarray) -> float:
    """Expected maximum profit of a campaign of retention."""
    from empulse.metrics import empc_score

    return float(empc_score(y, scores))


def maximum_profit(y: np.ndarray, scores: np.ndarray) -> float:
    """Maximum profit of a campaign of retention."""
    from empulse.metrics import mpc_score

    return float(mpc_score(y, scores))


def choose_customers(
    model: Any, known: pd.DataFrame, left: np.ndarray, later: pd.DataFrame, costs: Any
) -> np.ndarray:
    """Whom to contact by thresholds of each customer's costs.

    Fitted without costs, which it needs only to predict, it does not calibrate the model: wrapped
    in scikit-learn's sigmoid, all three models earned less.
    """
    from empulse.models import CSThresholdClassifier

    tuned = CSThresholdClassifier(model, random_state=0).fit(known, left)
    return np.asarray(tuned.predict(later, **costs)) == 1
