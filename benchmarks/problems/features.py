"""From a transaction log to one row a customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._case import Case, Contenders
from benchmarks.peers import lifetimes
from custbase.features import rfm_summary

TITLE = "rfm_summary"
CLAIM = (
    "On a log of 2,000,000 rows (--full; a tenth of them otherwise) rfm_summary is at least 5 "
    "times faster than lifetimes' summary_data_from_transaction_data, and gives the same "
    "frequency, recency, T and monetary_value. custbase also counts transactions and values, and "
    "checks the log."
)
END = "2025-12-01"


def make_log(n_rows: int, *, ids: str, rows_a_customer: int) -> pd.DataFrame:
    """Purchases at random seconds of 700 days, in the order of time as shops store them."""
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.integers(0, 700 * 86400, n_rows))
    customers = rng.integers(0, n_rows // rows_a_customer, n_rows)
    return pd.DataFrame(
        {
            "customer_id": customers
            if ids == "int"
            else pd.Series(customers).map("C{:08d}".format),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
            "amount": rng.gamma(2.0, 20.0, n_rows).round(2),
        }
    )


def judge(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Largest difference to lifetimes' four columns."""
    theirs = results["lifetimes"].sort_index()
    columns = ["frequency", "recency", "T", "monetary_value"]
    found = {}
    for name, summary in results.items():
        if name == "lifetimes":
            continue
        frame = summary if isinstance(summary, pd.DataFrame) else summary.to_pandas()
        ours = frame.set_index("customer_id").sort_index()[columns]
        scale = np.maximum(theirs[columns].abs().to_numpy(), 1)
        worst = (np.abs(ours.to_numpy() - theirs[columns].to_numpy()) / scale).max()
        found[name] = {"largest relative difference": f"{worst:.1e}"}
    return found


def _setup(n_rows: int, ids: str, rows_a_customer: int) -> Callable[[], Contenders]:
    def setup() -> Contenders:
        import polars as pl

        log = make_log(n_rows, ids=ids, rows_a_customer=rows_a_customer)
        polars_log = pl.from_pandas(log)
        return {
            "custbase (pandas)": lambda: rfm_summary(log, end=END, unit="D"),
            "custbase (polars)": lambda: rfm_summary(polars_log, end=END, unit="D"),
            "lifetimes": lambda: lifetimes.rfm_summary(log, end=END),
        }

    return setup


def cases(full: bool) -> dict[str, Case]:
    """Integer and text ids, many and few rows a customer."""
    n_rows = 2_000_000 if full else 200_000
    return {
        f"{n_rows:,} rows, {ids} ids, {each} a customer": Case(_setup(n_rows, ids, each), judge)
        for ids, each in [("int", 8), ("int", 40), ("text", 8)]
    }
