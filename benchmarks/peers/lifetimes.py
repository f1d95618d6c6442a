"""lifetimes: the summary of a log that most Python users of purchase models know."""

from __future__ import annotations

from typing import Any

import pandas as pd


def rfm_summary(log: pd.DataFrame, *, end: str) -> Any:
    """Summarise a log of customer_id, date, amount in days."""
    from lifetimes.utils import summary_data_from_transaction_data

    return summary_data_from_transaction_data(
        log,
        "customer_id",
        "date",
        monetary_value_col="amount",
        observation_period_end=end,
        freq="D",
    )


def fit(model: str, summary: pd.DataFrame) -> Any:
    """Fit BetaGeoFitter, ModifiedBetaGeoFitter or ParetoNBDFitter."""
    import lifetimes

    return getattr(lifetimes, model)().fit(summary["frequency"], summary["recency"], summary["T"])


def predict(fitted: Any, summary: pd.DataFrame, horizon: float) -> Any:
    """Expected purchases within a horizon."""
    return fitted.conditional_expected_number_of_purchases_up_to_time(
        horizon, summary["frequency"], summary["recency"], summary["T"]
    )
