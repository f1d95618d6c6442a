"""PySpark's frames, as SQLFrame speaks them on DuckDB: the same plans, without a cluster."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sqlframe.duckdb import DuckDBSession

from custbase.datasets import make_transactions
from custbase.features import rfm_summary, update_summary

pytestmark = pytest.mark.slow  # SQLFrame plans for seconds


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return make_transactions(40, return_rate=0.2, random_state=0)[0]


def collected(frame: Any, like: pd.DataFrame) -> pd.DataFrame:
    """Rows of a lazy frame in the order and types of another summary."""
    rows = pd.DataFrame([row.asDict() for row in frame.collect()])
    return rows.sort_values("customer_id", ignore_index=True).astype(like.dtypes.to_dict())


def test_summary_of_a_spark_frame(log: pd.DataFrame) -> None:
    frame = DuckDBSession().createDataFrame(log)
    summary = rfm_summary(frame, end="1998-01-31", holdout_end="1998-06-30")
    assert type(summary) is type(frame)
    expected = rfm_summary(log, end="1998-01-31", holdout_end="1998-06-30")
    pd.testing.assert_frame_equal(collected(summary, expected), expected)


def test_update_of_a_spark_frame(log: pd.DataFrame) -> None:
    session = DuckDBSession()
    old = rfm_summary(session.createDataFrame(log), end="1998-01-31")
    news = session.createDataFrame(log[log["date"] >= "1998-02-01"])
    summary = update_summary(old, news, previous_end="1998-01-31", end="1998-06-30")
    expected = rfm_summary(log, end="1998-06-30")
    pd.testing.assert_frame_equal(collected(summary, expected), expected)
