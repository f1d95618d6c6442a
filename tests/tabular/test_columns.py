"""What the columns of a raw frame are taken for."""

from __future__ import annotations

import datetime
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from custbase import ChurnClassifier
from custbase._tabular._columns import (
    CATEGORY,
    MISSING,
    NOTHING,
    NUMBER,
    UNSEEN,
    learn_columns,
    read_columns,
    says_nothing,
)
from custbase._tabular._text_numbers import parse_numbers
from custbase.exceptions import CustbaseWarning

N = 40
CYCLE = np.arange(N) % 4


def learn(values, dtype=None):
    """Kind of a column, and how it is read."""
    frame = pd.DataFrame({"column": pd.Series(values, dtype=dtype), "other": np.arange(float(N))})
    columns = learn_columns(frame)
    return columns["kinds"][0], read_columns(frame, columns)


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        (CYCLE, None, NUMBER),
        (CYCLE / 3, "float32", NUMBER),
        (CYCLE, "Int64", NUMBER),
        (CYCLE > 1, None, NUMBER),
        (CYCLE > 1, "boolean", NUMBER),
        ([True, None] * (N // 2), object, NUMBER),
        ([1.5, 2, None, 4] * (N // 4), object, NUMBER),
        ([Decimal("1.5"), Decimal("2")] * (N // 2), object, NUMBER),
        (["a", "b"] * (N // 2), None, CATEGORY),
        (["a", "b"] * (N // 2), "category", CATEGORY),
        (["1", "2"] * (N // 2), "category", CATEGORY),
        ([1, "b"] * (N // 2), object, CATEGORY),
        (["a", None] * (N // 2), object, CATEGORY),
        ([1.0, np.nan] * (N // 2), None, NUMBER),
        ([7.0] * N, None, NOTHING),
        ([np.nan] * N, None, NOTHING),
        ([None] * N, object, NOTHING),
        (["same"] * N, None, NOTHING),
        (["", " "] * (N // 2), None, NOTHING),
    ],
)
def test_kinds(values, dtype, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, read = learn(values, dtype)
    assert found == kind
    assert ("0" in read) == (kind != NOTHING)
    if kind == NUMBER:
        assert read["0"].dtype == np.float64
    if kind == CATEGORY:
        assert read["0"].dtype == np.int32
        assert set(read["0"]) <= {MISSING, 0, 1}


def test_texts_that_are_mostly_numbers_become_numbers_with_a_warning():
    texts = [f"{value / 2}" for value in range(N)]
    texts[3], texts[5] = " ", "unknown"
    with pytest.warns(CustbaseWarning, match=r"'column' holds numbers as text.* 1 blanks.*unknown"):
        kind, read = learn(texts)
    assert kind == NUMBER
    assert np.isnan(read["0"][[3, 5]]).all()
    assert read["0"][4] == 2.0


AMOUNTS = np.round(np.random.default_rng(0).lognormal(7, 1, size=400), 2)
WAYS_TO_WRITE = {
    "plain": "{:.2f}".format,
    "dollars": "${:,.2f}".format,
    "code": "{:,.2f} USD".format,
    "decimal comma": lambda value: f"{value:.2f}".replace(".", ","),
    "German": lambda value: f"{value:,.2f} \u20ac".translate(str.maketrans(",.", ".,")),
    "French": lambda value: f"{value:,.2f}".replace(",", "\u202f").replace(".", ","),
    "Swiss": lambda value: f"CHF {value:,.2f}".replace(",", "'"),
    "percent": "{:.2f} %".format,
    "accountant": "({:,.2f})".format,
}


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
@pytest.mark.parametrize("unknown", [0.0, 0.17, 0.45, 0.8])
def test_numbers_are_read_however_they_are_written(write, unknown):
    is_unknown = np.random.default_rng(1).random(len(AMOUNTS)) < unknown
    texts = np.where(is_unknown, "unknown", [write(value) for value in AMOUNTS])
    frame = pd.DataFrame({"column": texts})
    lost = rf".*{is_unknown.sum()} others \('unknown'\) count as missing" if unknown else ""
    with pytest.warns(CustbaseWarning, match=f"'column' holds numbers as text{lost}"):
        columns = learn_columns(frame)
    assert columns["kinds"] == [NUMBER]
    sign = -1 if write(1.0).startswith("(") else 1
    expected = np.where(is_unknown, np.nan, sign * AMOUNTS)
    np.testing.assert_array_equal(read_columns(frame, columns)["0"], expected)
    # One row alone, which may mean two numbers, means what it meant among the others.
    later = pd.DataFrame({"column": [write(1234.5), "unknown"]})
    np.testing.assert_array_equal(read_columns(later, columns)["0"], [sign * 1234.5, np.nan])


def test_the_decimal_mark_of_the_column_settles_what_a_text_alone_leaves_open():
    texts = pd.Series(["1.234", "2.500", "12,5", "3,75"] * 10)
    with pytest.warns(CustbaseWarning, match="'12,5' as 12.5|'1.234' as 1234"):
        _, read = learn(texts)
    assert read["0"].tolist()[:4] == [1234.0, 2500.0, 12.5, 3.75]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["905 €", "2.726 €", "1.350 €"], [905, 2726, 1350]),  # whole euros below a million
        (["905", "2.726", "4.679", "12.000"], [905, 2726, 4679, 12000]),
        (["1.250", "0.375", "2.000"], [1.25, 0.375, 2.0]),  # kilograms, to the gram
        (["1.250", "2.375", "4.125"], [1.25, 2.375, 4.125]),  # likewise
        (["3", "2.375", "4.125"], [3, 2.375, 4.125]),  # cut short
        (["3.75", "2.370", "40"], [3.75, 2.37, 40]),
        (["1500", "2.370", "40"], [1500, 2.37, 40]),
    ],
)
def test_dots_before_three_digits_are_of_thousands_where_all_texts_agree(texts, numbers):
    with pytest.warns(CustbaseWarning, match="numbers as text"):
        _, read = learn(pd.Series(np.resize(texts, N)))
    np.testing.assert_array_equal(read["0"], np.resize(np.array(numbers, dtype=float), N))


@pytest.mark.parametrize(
    "text", ["A12", "10-20", "1.2.3", "12 50", "1,23,4", "", "-", "P1", "2 kg"]
)
def test_codes_are_no_numbers(text):
    assert np.isnan(parse_numbers(pd.Index([text], dtype=object), ".")).all()


@pytest.mark.parametrize(
    "texts",
    [["1", "2", "3", "4 or more"], ["0", "1", "no answer"], ["basic", "plus", "pro"]],
)
def test_few_levels_that_are_shared_stay_categories(texts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert learn(np.resize(texts, N))[0] == CATEGORY


DAYS = pd.date_range("2015-01-01", periods=N, freq="100D")
WAYS_TO_DATE = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%d %b %Y",
    "%B %d, %Y",
    "%Y-%m-%dT%H:%M:%S",
    "%Y%m%d",
    "%Y-%m",
    "%Y/%m",
    "%m/%Y",
    "%b %Y",
    "%B %Y",
    "%b-%y",
    "%Y %b",
    "%G-W%V",
    "%YQ%q",
    "Q%q %Y",
]


def _write_days(days, how):
    return [
        day.strftime(how.replace("%q", f"{quarter}"))
        for day, quarter in zip(days, days.quarter, strict=True)
    ]


@pytest.mark.parametrize("how", WAYS_TO_DATE)
def test_dates_as_text_are_refused_as_dates_are(how):
    texts = _write_days(DAYS, how)
    texts[::5] = ["unknown"] * len(texts[::5])
    for values, dtype in [
        (texts, None),
        (texts, "category"),
        (np.resize([texts[1], texts[4]], N), None),
    ]:
        with pytest.raises(ValueError, match="column 'column' holds points in time"):
            learn(values, dtype)
    many = _write_days(pd.date_range("2015-01-01", periods=300, freq="100D"), how)
    with pytest.raises(ValueError, match="column 'column' holds points in time"):
        learn_columns(pd.DataFrame({"column": [*many, *(["unknown"] * 900)]}))
    # The user says that they are categories, and they can be.
    assert learn(np.resize([texts[1], texts[4]], N), "category")[0] == CATEGORY


@pytest.mark.parametrize(
    "names",
    [
        ["2009-10", "2010-11", "2011-12"],
        ["2008/09", "2009/10", "2013/14"],
        ["Model 2019", "Model 2020", "Mars 2021"],
        ["Q1", "Q2", "Q3"],
        ["Jan", "May", "Dec"],
        ["2019 W", "2020 W", "2020 Q5"],
    ],
)
def test_seasons_and_models_are_categories(names):
    assert learn(np.resize(names, N))[0] == CATEGORY


def test_numbers_that_could_be_a_day_are_numbers_among_others():
    texts = [str(value) for value in 19_990_000 + 37 * np.arange(N)]
    texts[:10] = ["20150131"] * 10
    with pytest.warns(CustbaseWarning, match="numbers as text"):
        kind, read = learn(texts)
    assert kind == NUMBER
    assert read["0"][0] == 20_150_131


def test_texts_that_are_mostly_rare_are_warned_about():
    towns = [f"town {row % 25}" for row in range(N)]
    with pytest.warns(CustbaseWarning, match="'column' holds 25 different texts, and 100% of the"):
        assert learn(towns)[0] == CATEGORY
    with pytest.warns(CustbaseWarning, match="'column' holds 25 different texts"):
        assert learn(towns, "category")[0] == CATEGORY


def test_texts_that_identify_are_left_out_with_a_warning():
    with pytest.warns(CustbaseWarning, match="'column' has another text in each of 40 rows"):
        kind, _ = learn([f"id-{row}" for row in range(N)])
    assert kind == NOTHING


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.date_range("2024-01-01", periods=N), "'column' holds points in time"),
        ([datetime.date(2024, 1, 1)] * N, "'column' holds points in time"),
        (pd.to_timedelta(np.arange(N), unit="D"), "'column' holds durations.*Timedelta"),
        ([1.0, np.inf] * (N // 2), "infinity, or values beyond 1e\\+150, in column 'column'"),
        ([[1], [2]] * (N // 2), "'column' holds lists"),
        (np.ones(N, dtype=complex), "Complex data not supported"),
    ],
)
def test_what_is_refused(values, message):
    with pytest.raises((TypeError, ValueError), match=message):
        learn(values)


def test_a_table_that_says_nothing_is_known():
    constant = pd.DataFrame({"a": [1.0] * N})
    assert says_nothing(learn_columns(constant))
    assert not says_nothing(learn_columns(constant.assign(b=np.arange(N))))
    with pytest.raises(ValueError, match="X must have a column that differs between customers"):
        ChurnClassifier("logistic").fit(constant, np.arange(N) % 2)


def test_later_rows_are_read_as_in_fit():
    frame = pd.DataFrame({"n": CYCLE, "c": np.where(CYCLE > 1, "x", "y")})
    columns = learn_columns(frame)
    read = read_columns(pd.DataFrame({"n": ["3", " "], "c": [1.0, None]}), columns)
    assert read["0"].tolist()[0] == 3.0
    assert np.isnan(read["0"].iloc[1])
    assert columns["levels"] == [None, ["x", "y"]]
    assert read["1"].tolist() == [UNSEEN, MISSING]
    assert read_columns(frame, columns)["1"].tolist()[:4] == [1, 1, 0, 0]
    with pytest.raises(ValueError, match="column 'n' must hold numbers, as in fit; got 'many'"):
        read_columns(pd.DataFrame({"n": ["many"], "c": ["x"]}), columns)


def test_a_category_of_which_all_is_new_is_warned_about():
    columns = learn_columns(pd.DataFrame({"size": ["small", "large"] * N}))
    later = pd.DataFrame({"size": ["Small", "Large", None, "Large"] * 10})
    with pytest.warns(CustbaseWarning, match="'size' holds 2 texts, such as 'Small', and fit saw"):
        read_columns(later, columns)
    differ = pd.DataFrame({"size": [f"town {row}" for row in range(90)]})
    for few in (
        later[:20],
        later[later["size"] == "Large"],
        differ,
        later.replace({"Large": "large"}),
        later.assign(size=None),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read_columns(few.astype(object), columns)


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame({"n": ["1", "2"] * 20, "c": ["x", " y "] * 20})
    before = frame.copy(deep=True)
    with pytest.warns(CustbaseWarning):
        read_columns(frame, learn_columns(frame))
    pd.testing.assert_frame_equal(frame, before)
