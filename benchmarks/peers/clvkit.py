"""clvkit: purchase models on a summary."""

from __future__ import annotations

from typing import Any

import pandas as pd


def open_summary(summary: pd.DataFrame) -> Any:
    """A summary as clvkit takes it, without the log that it usually makes it of."""
    from clvkit import CustomerBase

    return CustomerBase(
        summary,
        time_unit="W",
        observation_period_end=pd.Timestamp("1998-06-30"),
        has_monetary="monetary_value" in summary,
        on_negative="net",
        collapse="D",
    )


def fit(model: str, base: Any) -> Any:
    """Fit BGNBD or MBGNBD."""
    from clvkit import clv

    return getattr(clv, model)().fit(base)
