"""The door of the room: days, names and types of a log."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from custbase.features import (
    InteractionEncoder,
    PurchaseSequenceEncoder,
    check_log,
    cohort_table,
    daily_purchases,
    make_snapshots,
    rfm_summary,
    wallet_gap,
)
from custbase.features._log import add_day_numbers, open_frame, parse_day, take_off_zone, wall_day
from custbase.model_selection import split_by_time


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-29",
        "20240229",
        "2024-02-29T23:59:59+05:00",
        date(2024, 2, 29),
        datetime(2024, 2, 29, 12, 30),
        pd.Timestamp("2024-02-29 23:00", tz="America/New_York"),
        np.datetime64("2024-02-29T01"),
    ],
)
def test_a_day_is_the_wall_clock_date_of_what_is_given(value):
    assert parse_day("end", value) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("09/10/1997", ValueError),
        ("yesterday", ValueError),
        (pd.NaT, ValueError),
        (np.datetime64("NaT"), TypeError),
        (20240229, TypeError),
        (None, TypeError),
    ],
)
def test_what_is_no_day_is_refused_by_name(value, error):
    with pytest.raises(error, match=r"^end must be"):
        parse_day("end", value)


@pytest.mark.parametrize("frame", [[1, 2], {"a": [1]}, pd.Series([1]), np.ones((2, 2)), None])
def test_what_is_no_frame_is_refused_by_name(frame):
    with pytest.raises(TypeError, match=r"log must be a frame of pandas.* got"):
        open_frame("log", frame)


def test_day_numbers_are_those_of_python():
    days = [
        date(1, 1, 1),
        date(1600, 12, 31),
        date(1900, 3, 1),
        date(2000, 2, 29),
        date(2100, 3, 1),
    ]
    days += [date(1999, 12, 25) + timedelta(days=n) for n in range(1500)]
    frame = nw.from_native(pl.DataFrame({"day": days}).cast(pl.Datetime("us")))
    numbers = add_day_numbers(frame, {"n": "day"})["n"].to_list()
    assert numbers == [day.toordinal() for day in days]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Sao_Paulo", "Asia/Kolkata"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_the_day_of_a_zoned_column_is_its_own_even_where_midnight_does_not_exist(zone, kind):
    # In Sao Paulo, 2018-11-04 began at 01:00.
    instants = [datetime(2018, 11, 3, 20, tzinfo=UTC) + timedelta(hours=h) for h in range(30)]
    frame = pl.DataFrame({"t": instants}).with_columns(pl.col("t").dt.convert_time_zone(zone))
    native = {"pandas": frame.to_pandas, "polars": frame.clone, "pyarrow": frame.to_arrow}[kind]()
    wrapped = take_off_zone(nw.from_native(native), "t")
    found = wrapped.select(day=wall_day("t", wrapped.schema["t"]))["day"].to_list()
    want = [t.date() for t in frame["t"].to_list()]
    assert [datetime.combine(day, datetime.min.time()) for day in want] == found


def test_an_offset_in_a_string_does_not_move_its_day():
    late = datetime(2024, 1, 1, 23, tzinfo=timezone(timedelta(hours=-11)))
    assert parse_day("end", late.isoformat()) == date(2024, 1, 1)


def log_with(column, values):
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-05"])
    log = pd.DataFrame({"customer_id": [1, 2, 2], "date": days, "amount": [1.0, 2.0, 3.0]})
    return log.assign(**{column: values})


def follow(error, log):
    """Do what an error advises, to the letter."""
    advice = re.search(
        r"(?:with|zone:) ((pd|pl|log)\b.*?\))(?=\.$|, (?:or|with))", str(error.value)
    )[1]
    column = re.search(r"column '(\w+)'", str(error.value))[1]
    repaired = eval(advice, {"pd": pd, "pl": pl, "log": log})
    if isinstance(log, pl.DataFrame):
        return log.with_columns(repaired.alias(column))
    return log.assign(**{column: repaired})


MONEY = {
    "text": ["1", "2", "3"],
    "flags": [True, False, True],
    "nullable flags": pd.array([True, False, True], dtype="boolean"),
    "flags of Arrow": pd.array([True, False, True], dtype="bool[pyarrow]"),
    "flags as objects": pd.Series([True, False, True], dtype=object),
    "categories": pd.Categorical([1.0, 2.0, 3.0]),
    "texts in categories": pd.Categorical(["1", "2", "3"]),
    "long doubles": np.array([1, 2, 3], dtype=np.longdouble),
    "sparse": pd.arrays.SparseArray([1.0, 0.0, 3.0]),
    "objects": pd.Series([1, "2.5", Decimal(3)], dtype=object),
    "wide decimals": pd.Series(
        [Decimal(1), Decimal(2), Decimal(3)], dtype=pd.ArrowDtype(pa.decimal256(40, 2))
    ),
}


@pytest.mark.parametrize("kind", MONEY)
def test_advice_on_money_leads_out_of_the_error(kind):
    log = log_with("amount", MONEY[kind])
    with pytest.raises(TypeError, match="amount column 'amount' holds") as error:
        rfm_summary(log, end="2024-02-01")
    assert (rfm_summary(follow(error, log), end="2024-02-01")["frequency"] == [0, 1]).all()
    messages = check_log(log).query("check == 'columns'")["message"]
    assert f"log: {messages.item()}" == str(error.value)


@pytest.mark.parametrize(
    "values",
    [
        pl.Series(["1", "2", "3"]),
        pl.Series([True, False, True]),
        pl.Series(["1", "2", "3"], dtype=pl.Categorical),
        pl.Series(["1", "2", "3"], dtype=pl.Enum(["1", "2", "3"])),
        pl.Series([Decimal(1), 2, 3.0], dtype=pl.Object),
    ],
    ids=lambda values: str(values.dtype),
)
def test_advice_on_money_in_words_of_polars(values):
    log = pl.from_pandas(log_with("amount", 1.0)).with_columns(values.alias("amount"))
    with pytest.raises(TypeError, match="amount column 'amount' holds") as error:
        rfm_summary(log, end="2024-02-01")
    assert rfm_summary(follow(error, log), end="2024-02-01")["frequency"].to_list() == [0, 1]


@pytest.mark.parametrize(
    "values",
    [
        [1j, 2, 3],
        pd.period_range("2020", "2022", freq="Y"),
        pd.to_timedelta([1, 2, 3], unit="D"),
        pd.to_datetime(["2024-01-01"] * 3),
    ],
    ids=lambda values: type(values).__name__,
)
def test_what_is_no_money_is_no_money_in_any_type(values):
    with pytest.raises(TypeError, match=r"holds \S.*\. It must hold numbers\.$"):
        rfm_summary(log_with("amount", values), end="2024-02-01")


@pytest.mark.parametrize("missing", [None, Decimal("nan"), float("nan")])
def test_decimals_of_a_database_are_money(missing):
    log = log_with("amount", [Decimal("1.10"), Decimal("2.20"), Decimal("-3.30")])
    log["product_id"] = ["a", "b", "b"]
    exact = log.assign(amount=[1.1, 2.2, -3.3])
    pd.testing.assert_frame_equal(
        rfm_summary(log, end="2024-02-01"), rfm_summary(exact, end="2024-02-01")
    )
    pd.testing.assert_frame_equal(check_log(log), check_log(exact))
    encoder = InteractionEncoder(amount="amount")
    assert (encoder.fit_transform(log) != encoder.fit_transform(exact)).nnz == 0
    segments = {1: "x", 2: "x"}
    pd.testing.assert_frame_equal(
        wallet_gap(log, segments, category="product_id"),
        wallet_gap(exact, segments, category="product_id"),
    )
    log.loc[1, "amount"] = missing
    with pytest.raises(ValueError, match="'amount' has 1 missing values"):
        rfm_summary(log, end="2024-02-01")
    assert check_log(log).set_index("check").loc["missing_amount", "count"] == 1


def test_advice_on_decimals_beside_na():
    log = log_with("amount", [Decimal(1), pd.NA, Decimal(3)])
    with pytest.raises(TypeError, match="amount column 'amount' holds") as error:
        rfm_summary(log, end="2024-02-01")
    assert follow(error, log)["amount"].isna().tolist() == [False, True, False]


DATES = {
    "text": ["2024-01-01", "2024-01-02", "2024-01-05"],
    "texts in categories": pd.Categorical(["2024-01-01", "2024-01-02", "2024-01-05"]),
    "days as objects": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 5)],
    "numbers": [20240101, 20240102, 20240105],
    "periods": pd.PeriodIndex(["2024-01-01", "2024-01-02", "2024-01-05"], freq="D"),
}


@pytest.mark.parametrize("kind", DATES)
def test_advice_on_dates_leads_out_of_the_error(kind):
    log = log_with("date", DATES[kind])
    with pytest.raises(TypeError, match="time column 'date' holds") as error:
        rfm_summary(log, end="2024-02-01")
    assert (rfm_summary(follow(error, log), end="2024-02-01")["T"] == [31 / 7, 30 / 7]).all()


def test_advice_on_texts_names_their_format(make_frame):
    log = make_frame(log_with("date", ["01/02/2024", "02/02/2024", "05/02/2024"]))
    with pytest.raises(TypeError, match=r"holds text.*'%d/%m/%Y' if the day comes first") as error:
        rfm_summary(log, end="2024-02-29")
    assert ("dayfirst" in str(error.value)) == isinstance(log, pd.DataFrame)
    if isinstance(log, pl.DataFrame):
        iso = pl.from_pandas(log_with("date", DATES["text"]))
        assert follow(error, iso)["date"].dtype == pl.Datetime("us")


@pytest.mark.parametrize("day", ["20240-01-01", "-0044-03-15"])
def test_years_that_python_does_not_know_are_refused_or_left_out(make_eager, make_lazy, day):
    log = log_with("date", np.array(["2024-01-01", "2024-01-02", day], dtype="M8[us]"))
    log["product_id"] = "a"
    given = make_eager(log)
    for use in (
        lambda: rfm_summary(given, end="2024-02-01"),
        lambda: daily_purchases(given, end="2024-02-01"),
        lambda: cohort_table(given, unit="D"),
        lambda: make_snapshots(given, cutoffs="2024-01-02", horizon=1),
        lambda: PurchaseSequenceEncoder(end="2024-01-03").fit(given),
        lambda: split_by_time(given, cutoff="2024-01-01"),
    ):
        with pytest.raises(ValueError, match="'date' has 1 days outside the years 1 to 9999 in 3"):
            use()
    whole = daily_purchases(make_lazy(log), end="2024-02-01")
    assert whole["new_customers"].tolist()[:2] == [1, 1]
    assert cohort_table(make_lazy(log), unit="D").shape == (2, 3)
