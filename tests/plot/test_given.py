"""Displays are made of arrays or of lists."""

from __future__ import annotations

import datetime as dt
import inspect

import numpy as np
import pandas as pd
import pytest

from custbase import SegmentDisplay, TrackingDisplay
from custbase.plot._given import as_array, check_numbers
from tests.plot.test_texts import DRAW, read_texts


def as_lists(value):
    """Lists in place of arrays."""
    if isinstance(value, np.ndarray):
        return [None if cell != cell else cell for cell in value] if value.ndim == 1 else [
            as_lists(row) for row in value
        ]  # fmt: skip
    return [as_lists(part) for part in value] if isinstance(value, list | tuple) else value


def arguments_of(display):
    return {name: getattr(display, name) for name in inspect.signature(type(display)).parameters}


@pytest.fixture(scope="module", params=DRAW.values(), ids=DRAW)
def drawn(request):
    return next(request.param("a", "b"))[0]


def test_lists_are_drawn_as_arrays_are(drawn):
    arguments = arguments_of(drawn)
    again = type(drawn)(**{name: as_lists(value) for name, value in arguments.items()}).plot()
    afresh = type(drawn)(**arguments).plot()
    assert read_texts(again) == read_texts(afresh)
    for name, value in arguments.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(again, name), value)


def test_what_does_not_fit_is_named(drawn):
    arguments = arguments_of(drawn)
    arrays = {name: value for name, value in arguments.items() if isinstance(value, np.ndarray)}
    assert arrays
    for name, value in arrays.items():
        with pytest.raises((TypeError, ValueError), match=f"^{name} must |must have .* got "):
            type(drawn)(**{**arguments, name: value[None]})
        if value.dtype.kind == "f":
            with pytest.raises(TypeError, match=f"^{name} must hold numbers; got "):
                type(drawn)(**{**arguments, name: np.full(value.shape, "text")})


def test_every_argument_of_another_length_is_named(drawn):
    arguments = arguments_of(drawn)
    # All lengths follow from the first argument, or from the names.
    for name, value in list(arguments.items())[1:]:
        if isinstance(value, np.ndarray) and name not in ("customers", "segments", "ages"):
            with pytest.raises((TypeError, ValueError), match=r"must (have|be)"):
                type(drawn)(**{**arguments, name: value[:-1]})


DAYS = pd.date_range("2024-01-01", periods=14)


@pytest.mark.parametrize(
    "days",
    [
        DAYS,
        DAYS.to_series(),
        DAYS.to_list(),
        [f"{day:%Y-%m-%d}" for day in DAYS],
        [day.date() for day in DAYS],
        [dt.datetime(2024, 1, 1) + dt.timedelta(n) for n in range(14)],
    ],
)
def test_days_of_any_kind(days):
    counts = [float(n) for n in range(14)]
    given = {"actual": counts, "expected": counts, "end": "2024-01-10"}
    display = TrackingDisplay(days=days, unit="D", **given).plot()
    expected = TrackingDisplay(days=DAYS.to_numpy(), unit="D", **given).plot()
    assert display.days.dtype == "datetime64[D]"
    np.testing.assert_array_equal(display.line_.get_xdata(), expected.line_.get_xdata())
    assert read_texts(display) == read_texts(expected)


@pytest.mark.parametrize(
    ("days", "error", "message"),
    [
        ([1.5, 2.5], TypeError, r"days must hold dates; got \[1.5, 2.5\]"),
        (["today", "later"], TypeError, "days must hold dates; got"),
        ([], ValueError, r"days must be every calendar day .*; got \[\]"),
        (["2024-01-01", "2024-01-03"], ValueError, "one after the other"),
        (["2024-01-02", "2024-01-01"], ValueError, "one after the other"),
    ],
)
def test_days_that_are_none(days, error, message):
    with pytest.raises(error, match=message):
        TrackingDisplay(days=days, actual=[1, 2], expected=[1, 2], end="2024-01-01")


def test_labels_of_two_kinds_are_named():
    with pytest.raises(TypeError, match="labels must be all numbers or all strings; got int and"):
        SegmentDisplay.from_predictions([[1, 2], [3, 4]], pd.Series([1, "a"], dtype=object))


def test_lists_of_lists():
    assert np.isnan(check_numbers("cells", [[1, None], [2, 3]], (2, 2))[0, 1])
    with pytest.raises(ValueError, match="cells must have rows of one length; got"):
        check_numbers("cells", [[1], [2, 3]], (2, None))
    with pytest.raises(ValueError, match=r"cells must have shape \(any, 3\); got \(1, 2\)"):
        as_array("cells", [["a", "b"]], (None, 3))
