"""CohortDisplay draws the table of cohort_table."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from custbase import CohortDisplay
from custbase.datasets import load_cdnow
from custbase.features import cohort_table


@pytest.fixture(scope="module")
def log():
    return load_cdnow()


@pytest.fixture
def table():
    return pd.DataFrame(
        {"n_customers": [10, 1200, 4], 0: 1.0, 1: [0.5, 0.25, np.nan], 2: [0.1, np.nan, np.nan]},
        index=pd.PeriodIndex(["2024-01", "2024-02", "2024-03"], freq="M", name="cohort"),
    )


def grey_of(display, place):
    colors = display.cells_.to_rgba(display.cells_.get_array()).reshape(*display.cells.shape, 4)
    return colors[place][:3] @ [0.2126, 0.7152, 0.0722]


def labels_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_cells_are_those_of_the_table(table):
    display = CohortDisplay.from_table(table)
    np.testing.assert_array_equal(display.cells_.get_array().filled(np.nan), table.loc[:, 0:])
    written = [text.get_text() for text in display.texts_]
    assert written == ["100%", "50%", "10%", "100%", "25%", "100%"]
    places = [(round(t.get_position()[1]), round(t.get_position()[0])) for t in display.texts_]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]
    assert display.color_bar_ is None
    assert display.ax_.get_ylim() == (2.5, -0.5)  # the oldest cohort on top


def test_labels_say_which_cohort_and_how_large(table):
    display = CohortDisplay.from_table(table)
    rows = [
        label.replace("\N{FIGURE SPACE}", " ").split() for label in labels_of(display.ax_.yaxis)
    ]
    assert rows == [["2024-01", "10"], ["2024-02", "1,200"], ["2024-03", "4"]]
    assert labels_of(display.ax_.xaxis) == ["0", "1", "2"]
    assert display.ax_.get_xlabel() == "Months since the first purchase"
    assert display.ax_.get_title(loc="left") == "Share of the cohort that bought"


def test_darker_is_more_and_period_0_does_not_set_the_scale(table):
    display = CohortDisplay.from_table(table)
    greys = [grey_of(display, (0, column)) for column in (2, 1, 0)]
    assert greys[0] > greys[1] + 0.3
    assert greys[1] == greys[2]  # 50 % is the highest after period 0
    assert display.cells_.get_clim() == (0.0, 0.5)


@pytest.mark.parametrize(
    ("unit", "noun", "first"),
    [
        ("D", "Days", "1997-01-01"),
        ("W", "Weeks", "1996-12-30"),
        ("M", "Months", "1997-01"),
        ("Q", "Quarters", "1997Q1"),
        ("Y", "Years", "1997"),
    ],
)
def test_units_are_those_of_the_table(log, unit, noun, first):
    display = CohortDisplay.from_table(cohort_table(log, unit=unit, end="1998-12-31"))
    assert display.cohorts[0] == first
    assert display.ax_.get_xlabel() == f"{noun} since the first purchase"


def test_money_has_its_unit_and_may_be_negative(log):
    table = cohort_table(log, amount="amount", values="revenue")
    table.loc["1997-01", 3] = -50.0
    display = CohortDisplay.from_table(table, values="revenue", currency="USD")
    assert display.ax_.get_title(loc="left") == "Net spend of the cohort (USD)"
    assert display.texts_[3].get_text() == "−50"
    assert display.cells_.get_clim()[0] == -50


def test_customers_are_whole_numbers(log):
    table = cohort_table(log, values="customers")
    display = CohortDisplay.from_table(table, values="customers")
    assert display.texts_[0].get_text() == "781"
    assert display.ax_.get_title(loc="left") == "Customers of the cohort who bought"


def test_many_cells_have_a_scale_instead_of_text_and_labels_that_do_not_overlap(log):
    display = CohortDisplay.from_table(cohort_table(log, unit="D"))
    assert display.texts_ == []
    display.figure_.canvas.draw()
    assert display.color_bar_ is not None
    for axis, side in ((display.ax_.xaxis, "x"), (display.ax_.yaxis, "y")):
        boxes = [label.get_window_extent() for label in axis.get_ticklabels()]
        starts = np.array([getattr(box, f"{side}0") for box in boxes])
        ends = np.array([getattr(box, f"{side}1") for box in boxes])
        order = np.argsort(starts)
        assert len(boxes) > 10
        assert (starts[order][1:] >= ends[order][:-1] - 1).all()


@pytest.mark.parametrize("unit", ["M", "Q"])
def test_text_stays_in_its_cell(log, unit):
    table = cohort_table(log, unit=unit, amount="amount", values="revenue")
    display = CohortDisplay.from_table(table, values="revenue")
    display.figure_.canvas.draw()
    width = display.ax_.get_window_extent().width / display.cells.shape[1]
    assert max(text.get_window_extent().width for text in display.texts_) < width


def test_a_table_that_was_saved_is_read_again(table):
    saved = io.StringIO(table.to_csv())
    display = CohortDisplay.from_table(pd.read_csv(saved, index_col="cohort"))
    assert display.cohorts == ["2024-01", "2024-02", "2024-03"]
    assert display.ax_.get_xlabel() == "Periods since the first purchase"
    np.testing.assert_array_equal(display.cells, table.loc[:, 0:])


def test_a_table_of_nothing_but_zeros_and_one_of_one_cell_are_drawn(table):
    zeros = table * 0
    display = CohortDisplay.from_table(zeros, values="revenue")
    display.figure_.canvas.draw()
    assert {text.get_text() for text in display.texts_} == {"0"}
    one = CohortDisplay.from_table(table[["n_customers", 0]][:1])
    assert [text.get_text() for text in one.texts_] == ["100%"]


def test_given_axes_are_used_and_the_data_can_be_drawn_again(table):
    figure, axes = pyplot.subplots(ncols=2)
    display = CohortDisplay.from_table(table, ax=axes[0])
    assert display.ax_ is axes[0]
    assert display.figure_ is figure
    assert display.plot(axes[1]) is display
    assert display.ax_ is axes[1]
    part = pyplot.figure(layout="constrained").subfigures(1, 2)[0]
    assert CohortDisplay.from_table(table, ax=part.subplots()).figure_ is part


def test_the_table_is_left_as_it_was(table):
    before = table.copy()
    CohortDisplay.from_table(table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"values": "money"}, ValueError, "values must be 'customers'"),
        ({"currency": 3}, TypeError, "currency must be a string"),
        ({"table": [1, 2]}, TypeError, "table must be a DataFrame of cohort_table; got list"),
        ({"table": pd.DataFrame({"a": [1]})}, ValueError, "table must have the column 'n_custom"),
        ({"table": pd.DataFrame({"n_customers": [1], "b": 2})}, ValueError, "got 'n_custom"),
        ({"table": pd.DataFrame({"n_customers": [1], 0: np.nan})}, ValueError, "must hold values"),
        ({"table": pd.DataFrame({"n_customers": []})}, ValueError, "table must hold values"),
        ({"table": pd.DataFrame({"n_customers": [9], 0: 9})}, ValueError, "shares between 0 and 1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(table, change, error, message):
    arguments = {"table": table, **change}
    with pytest.raises(error, match=message):
        CohortDisplay.from_table(arguments.pop("table"), **arguments)
