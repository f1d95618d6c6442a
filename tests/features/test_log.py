"""The door of the room: days, names and types of a log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from custbase.features._log import add_day_numbers, open_frame, parse_day, take_off_zone, wall_day


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
