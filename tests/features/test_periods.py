"""Days and instants of the rows of a log, in every kind of frame in memory."""

from __future__ import annotations

from datetime import date

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from custbase.features._periods import read_times

# Around the hour that clocks of Berlin show twice, before 1970, and far away.
TIMES = ["2024-10-27 00:30", "2024-10-27 01:15", "1969-12-31 23:30", "2100-03-01 00:00"]
ZONES = [None, "UTC", "Europe/Berlin", "America/New_York"]


def read(frame):
    return read_times("log", nw.from_native(frame), customer="customer_id", time="date")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_days_are_of_the_wall_clock_and_instants_are_not(make_eager, zone, unit):
    times = pd.DatetimeIndex(TIMES).as_unit(unit)
    if zone:
        times = times.tz_localize("UTC").tz_convert(zone)
    found = read(make_eager(pd.DataFrame({"customer_id": [1, 1, 2, 3], "date": times})))
    assert found.day.tolist() == [time.date().toordinal() for time in times]
    utc = times.tz_convert("UTC").tz_localize(None) if zone else times
    np.testing.assert_array_equal(found.instant, utc.as_unit("us").asi8)


def test_dates_are_midnights():
    dates = [date(2024, 2, 29), date(1960, 1, 1)]
    frame = pl.DataFrame({"customer_id": [1, 2], "date": dates})
    for given in (frame, frame.to_arrow()):
        found = read(given)
        assert found.day.tolist() == [day.toordinal() for day in dates]
        expected = [(day - date(1970, 1, 1)).days * 86_400_000_000 for day in dates]
        assert found.instant.tolist() == expected
