"""Days of a log against a slow twin, the summary and published figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlframe.duckdb import DuckDBSession

from custbase.datasets import load_cdnow
from custbase.features import daily_purchases, rfm_summary
from tests.oracles.daily import daily_rows

START = datetime(2023, 12, 25)
COLUMNS = ["customer_id", "date", "amount"]

amounts = st.sampled_from([-30.0, -10.0, -0.3, 0.0, 0.1, 0.2, 10.0, 19.99])
logs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 60 * 24 * 60), amounts), min_size=1, max_size=40
)
options = st.fixed_dictionaries(
    {
        "end": st.integers(0, 50).map(lambda n: (START + timedelta(days=n)).date()),
        "returns": st.sampled_from(["net", "drop"]),
    }
)


def make_log(seed=0, n_rows=300, n_customers=60):
    """Many returns, free and same-day purchases, any time of day, over five months."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(0, 150 * 86400, n_rows)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n_customers, n_rows),
            "date": pd.Timestamp(START) + pd.to_timedelta(seconds, unit="s"),
            "amount": np.maximum(rng.integers(-12, 24, n_rows), -10) / 2,
        }
    )


def check_sums(days, summary, end):
    """Hold a table of days against the summary of the same log."""
    seen = days[: pd.Timestamp(end)]
    assert seen["new_customers"].sum() == days["new_customers"].sum() == len(summary)
    assert seen["repeat_purchases"].sum() == summary["frequency"].sum()
    held = days["repeat_purchases"].sum() - seen["repeat_purchases"].sum()
    assert held == summary.get("holdout_frequency", pd.Series([0])).sum()


@settings(max_examples=25, deadline=None)
@given(rows=logs, chosen=options, n_held=st.none() | st.integers(1, 30))
def test_equals_the_slow_twin_and_adds_up_to_the_summary(rows, chosen, n_held):
    if n_held is not None:
        chosen = {**chosen, "holdout_end": chosen["end"] + timedelta(days=n_held)}
    rows = [(c, START + timedelta(minutes=m), a) for c, m, a in rows]
    log = pd.DataFrame(rows, columns=COLUMNS)
    expected = daily_rows(rows, **chosen)
    if not expected:
        with pytest.raises(ValueError, match="log must hold a purchase by end"):
            daily_purchases(log, **chosen)
        return
    days = daily_purchases(log, **chosen)
    assert [(day.date(), *row) for day, row in zip(days.index, days.to_numpy(), strict=True)] == [
        (day, *counts) for day, counts in expected.items()
    ]
    check_sums(days, rfm_summary(log, **chosen), chosen["end"])


def test_published_figures_of_cdnow():
    log = load_cdnow()
    days = daily_purchases(log, end="1997-09-30", holdout_end="1998-06-30")
    summary = rfm_summary(log, end="1997-09-30", holdout_end="1998-06-30")
    check_sums(days, summary, "1997-09-30")
    seen = days[:"1997-09-30"]
    assert days["new_customers"].sum() == 2357
    assert seen["repeat_purchases"].sum() == 2457
    assert days["repeat_purchases"].sum() == 2457 + 1882
    assert (len(seen), len(days)) == (39 * 7, 78 * 7)


@pytest.mark.parametrize("returns", ["net", "drop"])
def test_every_kind_of_frame_gives_the_same_table(make_frame, returns):
    log = make_log()
    given = {"end": "2024-02-10", "holdout_end": datetime(2024, 4, 1, 9), "returns": returns}
    expected = daily_purchases(log, **given)
    assert list(expected.dtypes) == [np.int64, np.int64]
    pd.testing.assert_frame_equal(daily_purchases(make_frame(log), **given), expected)
    text = log.assign(customer_id="c" + log["customer_id"].astype(str))
    pd.testing.assert_frame_equal(daily_purchases(make_frame(text), **given), expected)


@pytest.mark.slow  # SQLFrame plans for seconds
@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")  # SQLFrame reads so
def test_spark_frames_give_the_same():
    log = make_log()
    frame = DuckDBSession().createDataFrame(log)
    pd.testing.assert_frame_equal(
        daily_purchases(frame, end="2024-03-01"), daily_purchases(log, end="2024-03-01")
    )


def test_names_of_columns_and_a_log_without_money():
    log = make_log()
    renamed = log.rename(columns={"customer_id": "who", "date": "when"})
    days = daily_purchases(renamed, customer="who", time="when", amount=None, end="2024-03-01")
    check_sums(days, rfm_summary(log, amount=None, end="2024-03-01"), "2024-03-01")
    assert days.index[-1] == pd.Timestamp("2024-03-01")
    assert days.index.name == "day"


def test_customers_who_came_after_the_end_are_left_out():
    log = pd.DataFrame(
        [(1, "2024-01-01", 5.0), (2, "2024-01-03", 5.0), (2, "2024-01-04", 5.0)], columns=COLUMNS
    ).astype({"date": "datetime64[us]"})
    days = daily_purchases(log, end="2024-01-02", holdout_end="2024-01-05")
    assert days["new_customers"].tolist() == [1, 0, 0, 0, 0]
    assert not days["repeat_purchases"].any()


def test_incomplete_rows(make_lazy):
    log = make_log()
    broken = log.astype({"customer_id": float, "amount": float})
    broken.loc[[3, 5], "customer_id"] = np.nan
    broken.loc[7, "date"] = pd.NaT
    with pytest.raises(ValueError, match="customer column 'customer_id' has 2 missing values"):
        daily_purchases(broken, end="2024-03-01")
    pd.testing.assert_frame_equal(
        daily_purchases(make_lazy(broken), end="2024-03-01"),
        daily_purchases(log.drop([3, 5, 7]), end="2024-03-01"),
    )


def test_refusals(make_lazy):
    log = make_log()
    with pytest.raises(ValueError, match=r"holdout_end must be after end \(2024-03-01\)"):
        daily_purchases(log, end="2024-03-01", holdout_end=date(2024, 3, 1))
    with pytest.raises(ValueError, match=r"log must hold a purchase by end \(2020-01-01\)"):
        daily_purchases(log, end="2020-01-01")
    with pytest.raises(ValueError, match=r"log must hold a purchase by end \(2020-01-01\)"):
        daily_purchases(make_lazy(log), end="2020-01-01")
    with pytest.raises(ValueError, match="log has no rows"):
        daily_purchases(log[:0], end="2024-03-01")
    with pytest.raises(ValueError, match="rows of negative amount and returns='raise'"):
        daily_purchases(log, end="2024-03-01", returns="raise")
    with pytest.raises(ValueError, match="returns must be 'net' or 'drop' or 'raise'"):
        daily_purchases(log, end="2024-03-01", returns="keep")
    with pytest.raises(TypeError, match="log must be a frame"):
        daily_purchases([1, 2], end="2024-03-01")
