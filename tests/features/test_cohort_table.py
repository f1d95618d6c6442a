"""Cohort tables against a slow twin, the summary, published figures and each other."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlframe.duckdb import DuckDBSession

from custbase.datasets import load_cdnow, make_transactions
from custbase.features import cohort_table, rfm_summary
from tests.oracles.cohort import cohort_rows

START = datetime(2023, 12, 25)
COLUMNS = ["customer_id", "date", "amount"]

amounts = st.sampled_from([-30.0, -10.0, -0.3, 0.0, 0.1, 0.2, 10.0, 19.99])
# Many rows around the end, and some far from it.
minutes = st.integers(0, 60 * 24 * 7) | st.integers(0, 60 * 24 * 120)
logs = st.lists(st.tuples(st.integers(0, 4), minutes, amounts), min_size=1, max_size=40)


def from_rows(rows, unit):
    """Spread the rows of the slow twin over a frame."""
    n_periods = max(len(cells) for _, cells in rows.values())
    starts = pd.PeriodIndex([pd.Period(day, freq=unit) for day in rows], name="cohort")
    cells = [cells + [np.nan] * (n_periods - len(cells)) for _, cells in rows.values()]
    frame = pd.DataFrame(cells, index=starts, columns=list(range(n_periods)))
    frame.insert(0, "n_customers", [size for size, _ in rows.values()])
    return frame.rename_axis(columns="period")


def make_log(seed=0, n_rows=400, n_customers=60):
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


def check_against_the_slow_twin(rows, **options):
    rows = [(c, START + timedelta(minutes=m), a) for c, m, a in rows]
    log = pd.DataFrame(rows, columns=COLUMNS)
    expected = cohort_rows(rows, **options)
    if expected:
        table = cohort_table(log, amount="amount", **options)
        pd.testing.assert_frame_equal(
            table, from_rows(expected, options["unit"]), rtol=1e-9, atol=1e-9
        )
    else:
        with pytest.raises(ValueError, match="log must hold a purchase in a period that is over"):
            cohort_table(log, amount="amount", **options)


options = {
    "end": (st.integers(0, 7) | st.integers(0, 125)).map(
        lambda n: (START + timedelta(days=n)).date()
    ),
    "unit": st.sampled_from("DWMQY"),
    "values": st.sampled_from(["customers", "retention", "revenue"]),
    "returns": st.sampled_from(["net", "drop"]),
}


@settings(max_examples=20, deadline=None)
@given(rows=logs, chosen=st.fixed_dictionaries(options))
def test_equals_the_slow_twin(rows, chosen):
    check_against_the_slow_twin(rows, **chosen)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(rows=logs, chosen=st.fixed_dictionaries(options))
def test_equals_the_slow_twin_many_times(rows, chosen):
    check_against_the_slow_twin(rows, **chosen)


@pytest.mark.parametrize(("unit", "values"), [("W", "retention"), ("Q", "revenue")])
def test_every_backend_gives_the_same(make_frame, unit, values):
    log = make_log()
    chosen = {"amount": "amount", "end": "2024-05-10", "unit": unit, "values": values}
    expected = cohort_table(log, **chosen)
    pd.testing.assert_frame_equal(cohort_table(make_frame(log), **chosen), expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")  # SQLFrame reads so
def test_spark_frames_give_the_same():
    log = make_transactions(40, return_rate=0.2, random_state=0)[0]
    frame = DuckDBSession().createDataFrame(log)
    chosen = {"amount": "amount", "end": "1998-06-30", "unit": "Q", "values": "revenue"}
    pd.testing.assert_frame_equal(cohort_table(frame, **chosen), cohort_table(log, **chosen))


def test_a_period_that_is_cut_short_is_no_drop():
    log = make_log()
    whole = cohort_table(log, end="2024-04-30")
    for day in (1, 17, 30):
        cut = cohort_table(log, end=date(2024, 5, day))
        pd.testing.assert_frame_equal(cut, whole)
    assert whole.index.astype(str).tolist()[-1] == "2024-04"
    # Missing exactly where the calendar has not come to.
    over = pd.Period("2024-04", freq="M").ordinal - whole.index.asi8
    np.testing.assert_array_equal(whole.iloc[:, 1:].notna().sum(axis=1), over + 1)


def test_the_last_day_of_the_log_is_the_default_end(make_frame):
    log = make_log()
    last = log["date"].max()
    pd.testing.assert_frame_equal(
        cohort_table(make_frame(log), unit="W"), cohort_table(log, unit="W", end=last)
    )


def test_a_table_from_january_to_december_adds_up_to_the_summary():
    log, _ = make_transactions(300, return_rate=0.1, random_state=0)
    chosen = {"end": log["date"].max(), "returns": "net"}
    summary = rfm_summary(log, **chosen)
    revenue = cohort_table(log, amount="amount", unit="D", values="revenue", **chosen)
    assert np.nansum(revenue.iloc[:, 1:]) == pytest.approx(summary["total_value"].sum())
    assert revenue["n_customers"].sum() == len(summary)
    days = cohort_table(log, amount="amount", unit="D", values="customers", **chosen)
    assert np.nansum(days.iloc[:, 1:]) == (summary["frequency"] + 1).sum()
    assert (days[0] == days["n_customers"]).all()


def test_cohorts_of_cdnow_are_those_that_were_published():
    # All 2,357 customers of the sample made their first purchase in the first quarter of 1997.
    table = cohort_table(load_cdnow(), values="customers")
    assert table.index.astype(str).tolist() == ["1997-01", "1997-02", "1997-03"]
    assert table["n_customers"].sum() == 2357
    assert table.columns.tolist() == ["n_customers", *range(18)]


def test_weeks_start_on_monday_and_years_may_be_long():
    days = ["2020-12-28", "2021-01-03", "2021-01-04", "2020-12-27"]
    log = pd.DataFrame({"customer_id": [1, 1, 1, 2], "date": pd.to_datetime(days)})
    table = cohort_table(log, end="2021-01-10", unit="W", values="customers")
    assert table.index.start_time.strftime("%Y-%m-%d").tolist() == ["2020-12-21", "2020-12-28"]
    np.testing.assert_array_equal(table.loc[:, 0:], [[1, 0, 0], [1, 1, np.nan]])


def test_periods_before_1970_are_periods_like_others(make_frame):
    log = make_log().assign(date=lambda frame: frame["date"] - pd.Timedelta(days=28 * 365 * 2 + 14))
    for unit in "DWMQY":
        table = cohort_table(log, end="1968-12-31", unit=unit)
        assert table.index[0].start_time <= log["date"].min() <= table.index[0].end_time
        got = cohort_table(make_frame(log), end="1968-12-31", unit=unit)
        pd.testing.assert_frame_equal(got, table)


def test_days_are_those_of_the_column_own_zone():
    log = make_log()
    zoned = log.assign(date=log["date"].dt.tz_localize("America/New_York"))
    chosen = {"end": "2024-05-10", "unit": "D"}
    pd.testing.assert_frame_equal(cohort_table(zoned, **chosen), cohort_table(log, **chosen))


def test_a_returned_purchase_starts_no_cohort(make_frame):
    days = pd.to_datetime(["2024-01-05", "2024-01-05", "2024-02-01", "2024-03-01"])
    log = pd.DataFrame({"customer_id": 1, "date": days, "amount": [5.0, -5.0, 7.0, -2.0]})
    chosen = {"amount": "amount", "end": "2024-03-31"}
    table = cohort_table(make_frame(log), values="revenue", **chosen)
    assert table.index.astype(str).tolist() == ["2024-02"]
    assert table.to_numpy().tolist() == [[1, 7.0, -2.0]]
    gross = cohort_table(make_frame(log), values="customers", returns="drop", **chosen)
    assert gross.to_numpy().tolist() == [[1, 1.0, 1.0, 0.0]]
    rows = cohort_table(make_frame(log), values="customers", end="2024-03-31")
    assert rows.to_numpy().tolist() == [[1, 1.0, 1.0, 1.0]]


def test_ids_of_any_type_and_the_order_of_rows_do_not_matter():
    log = make_log()
    expected = cohort_table(log, end="2024-04-30")
    for ids in ("str", "object", "category", "float64", "int8"):
        typed = log.assign(customer_id=log["customer_id"].astype(ids)).sample(frac=1)
        pd.testing.assert_frame_equal(cohort_table(typed, end="2024-04-30"), expected)


def test_the_log_is_left_as_it_was():
    log = make_log()
    before = log.copy()
    cohort_table(log, amount="amount", end="2024-04-30", values="revenue")
    pd.testing.assert_frame_equal(log, before)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"unit": "H"}, ValueError, "unit must be 'D' or 'W' or 'M' or 'Q' or 'Y'; got 'H'"),
        ({"values": "money"}, ValueError, "values must be 'customers' or"),
        ({"values": "revenue"}, ValueError, "amount must name the column of money"),
        ({"returns": "keep"}, ValueError, "returns"),
        ({"customer": 3}, TypeError, "customer must be a string"),
        ({"amount": 3}, TypeError, "amount must be a string"),
        ({"customer": "client"}, ValueError, r"no column 'client' \(customer='client'\)"),
        ({"time": "amount"}, TypeError, "time column 'amount' holds Float64"),
        ({"end": "31/12/2024"}, ValueError, "end must be an ISO 8601 date"),
        ({"end": 2024}, TypeError, "end must be a date"),
        ({"end": "2020-01-31"}, ValueError, r"over by end \(2020-01-31\); it has none with uni"),
        ({"end": "2024-01-10", "unit": "Y"}, ValueError, r"2024-01-10, which cuts 2024 short\)"),
        ({"amount": "amount", "returns": "raise"}, ValueError, "rows of negative amount"),
        ({"log": [1, 2]}, TypeError, "log must be a frame"),
        ({"log": make_log()[:0]}, ValueError, "log has no rows"),
        ({"log": pl.from_pandas(make_log()[:0]).lazy()}, ValueError, "log has no rows"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    log = make_log()
    arguments = {"log": log[log["date"] >= "2024-01-01"], **arguments}
    with pytest.raises(error, match=message):
        cohort_table(arguments.pop("log"), **arguments)


def test_missing_values_are_refused_in_memory_and_left_out_of_queries(make_eager, make_lazy):
    log = make_log().astype({"customer_id": "Int64"})
    log.loc[:9, "customer_id"] = pd.NA
    with pytest.raises(ValueError, match="customer column 'customer_id' has 10 missing values"):
        cohort_table(make_eager(log))
    expected = cohort_table(log[10:].astype({"customer_id": "int64"}), end="2024-04-30")
    pd.testing.assert_frame_equal(cohort_table(make_lazy(log), end="2024-04-30"), expected)
