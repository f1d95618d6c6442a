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


def test_texts_that_identify_are_left_out_with_a_warning():
    with pytest.warns(CustbaseWarning, match="'column' has another text in each of 40 rows"):
        kind, _ = learn([f"id-{row}" for row in range(N)])
    assert kind == NOTHING


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.date_range("2024-01-01", periods=N), "'column' holds points in time"),
        ([datetime.date(2024, 1, 1)] * N, "'column' holds points in time"),
        (pd.to_timedelta(np.arange(N), unit="D"), "'column' holds points in time"),
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


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame({"n": ["1", "2"] * 20, "c": ["x", " y "] * 20})
    before = frame.copy(deep=True)
    with pytest.warns(CustbaseWarning):
        read_columns(frame, learn_columns(frame))
    pd.testing.assert_frame_equal(frame, before)
