"""Findings on good logs and on broken ones, of which none may raise."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from custbase.features import check_log

CHECKS = [
    "rows", "duplicates", "span", "missing_customer", "missing_time", "missing_amount",
    "infinite_amount", "returns", "zero_amount", "sentinel_time", "future", "customers", "one_time",
    "never_bought",
]  # fmt: skip


def make_log():
    """Two duplicates, one return, one free row, one row without each value, two later rows."""
    rows = [
        ("a", "2024-01-01 10:00", 10.0),
        ("a", "2024-01-01 10:00", 10.0),
        ("a", "2024-01-05 10:00", -4.0),
        ("b", "2024-01-02 10:00", 0.0),
        ("b", "2024-01-03 10:00", 5.0),
        ("c", "2024-01-03 11:00", -5.0),
        ("d", "2024-01-04 10:00", 5.0),
        (None, "2024-01-02 10:00", 5.0),
        ("d", None, 5.0),
        ("e", "2024-01-02 10:00", None),
        ("d", "2024-01-09 23:00", 7.0),
        ("d", "2024-01-09 23:00", 7.0),
        ("e", "2024-01-02 10:00", float("inf")),
    ]
    log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return log.assign(date=pd.to_datetime(log["date"]))


def test_every_backend_reports_the_same(make_frame):
    findings = check_log(make_frame(make_log()), end="2024-01-08")
    assert list(findings) == ["check", "severity", "count", "share", "message"]
    assert findings["check"].tolist() == CHECKS
    found = findings.set_index("check")
    counts = found["count"].to_dict()
    assert counts == {
        "rows": 13, "duplicates": 2, "span": 9, "missing_customer": 1, "missing_time": 1,
        "missing_amount": 1, "infinite_amount": 1, "returns": 2, "zero_amount": 1,
        "sentinel_time": 0, "future": 2,
        "customers": 4, "one_time": 2, "never_bought": 1,
    }  # fmt: skip
    assert found.loc["returns", "share"] == pytest.approx(2 / 13)
    assert found.loc["one_time", "share"] == 0.5
    assert "2024-01-01 to 2024-01-09" in found.loc["span", "message"]
    severities = found.groupby("severity").groups
    assert sorted(severities["problem"]) == [
        "infinite_amount", "missing_amount", "missing_customer", "missing_time",
    ]  # fmt: skip
    assert sorted(severities["warning"]) == ["duplicates", "future"]


def test_a_clean_log_is_ok():
    days = pd.to_datetime(["2024-01-01", "2024-01-02"] * 2).tz_localize("America/New_York")
    log = pd.DataFrame({"customer_id": [1, 1, 2, 2], "date": days, "amount": [1, 2, 3, 4]})
    findings = check_log(log, end="2024-01-02")
    assert set(findings["severity"]) == {"ok"}
    assert findings["check"].tolist() == CHECKS


def test_without_an_end_nothing_is_future_and_without_amounts_nothing_is_money():
    findings = check_log(make_log(), amount=None)
    missing = {"missing_amount", "infinite_amount", "returns", "zero_amount", "future"}
    assert set(findings["check"]) == set(CHECKS) - missing


def test_absent_columns_and_wrong_types_are_findings(make_frame):
    log = make_log().assign(amount="12 EUR", date="1.1.2024")
    findings = check_log(make_frame(log), customer="id")
    faults = findings[findings["check"] == "columns"]
    assert set(faults["severity"]) == {"problem"}
    absent, text_time, text_amount = faults["message"]
    assert "customer column 'id' is absent; the columns are 'customer_id', 'date'" in absent
    assert "time column 'date' holds text" in text_time
    assert "amount column 'amount' holds text" in text_amount
    assert findings.set_index("check").loc["rows", "count"] == len(log)


@pytest.mark.parametrize(
    "frame",
    [
        make_log()[:0],
        pl.from_pandas(make_log()[:0]).lazy(),
        pd.DataFrame(),
        pd.DataFrame(columns=["customer_id", "date", "amount"]),
        pd.DataFrame([[1, 2, 3]], columns=["date", "date", "amount"]),
        make_log().assign(basket=[["x", "y"]] * 13),
        pl.from_pandas(make_log()).with_columns(basket=pl.lit(["x", "y"])),
        make_log().assign(customer_id=[1, "a", None, 2.5, ("x",), b"b", 3, 4, 5, 6, 7, 8, 9]),
        make_log().rename(columns={"date": 0}),
        make_log().assign(customer_id=None, date=pd.NaT, amount=np.nan),
        make_log().set_index("customer_id"),
        make_log().assign(date=dt.date(2024, 1, 1)),
        make_log().astype({"customer_id": "category"}),
    ],
    ids=lambda frame: f"{type(frame).__name__}",
)
def test_nothing_in_a_log_raises(frame):
    findings = check_log(frame, end="2024-01-08")
    assert len(findings) > 0
    assert findings["count"].dtype.kind == "i"


def test_lists_do_not_hide_duplicates():
    log = make_log().assign(basket=[["x", "y"]] * 13)
    assert check_log(log).set_index("check").loc["duplicates", "count"] == 2


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"client": []}),
        pl.DataFrame({"client": []}, schema={"client": pl.Int64}),
        pl.LazyFrame({"client": []}, schema={"client": pl.Int64}),
        pd.DataFrame({0: [1, 2], 1: [3, 4]}),
        pd.DataFrame({"basket": [["x"], ["y"]]}),
    ],
)
def test_absent_columns_are_a_problem_whatever_the_rows(frame):
    findings = check_log(frame).set_index("check")
    assert findings.loc["columns", "severity"].tolist() == ["problem"] * 3
    n_rows = 0 if isinstance(frame, pl.LazyFrame) else len(frame)
    assert findings.loc["rows", "count"] == n_rows
    assert (findings.loc["columns", "count"] == n_rows).all()


def test_columns_of_an_empty_log_that_hold_no_dates_are_a_problem(make_frame):
    empty = make_log().assign(date="1.1.2024", amount=True)[:0]
    findings = check_log(make_frame(empty)).set_index("check")
    assert findings.loc["columns", "severity"].tolist() == ["problem"] * 2


SENTINELS = [
    "0001-01-01", "0202-05-05", "1753-01-01", "1899-12-30", "1900-01-01", "1904-01-01",
    "1970-01-01", "1980-01-01", "2038-01-19", "2079-06-06", "2262-04-11", "9999-12-31",
]  # fmt: skip


def test_days_that_stand_for_none_are_reported(make_frame):
    good = pd.Series(pd.to_datetime(["1970-01-02", "1980-01-02", "2024-01-01", "2038-01-18"]))
    days = [dt.datetime.fromisoformat(day) for day in SENTINELS]
    log = pd.DataFrame({"date": np.array([*good, *days], dtype="M8[us]")})
    log = log.assign(customer_id=range(len(log)), amount=1.0)
    findings = check_log(make_frame(log)).set_index("check")
    assert findings.loc["sentinel_time", ["severity", "count"]].tolist() == ["warning", 12]
    assert findings.loc["span", "message"].startswith("Days from 0001-01-01 to 9999-12-31")
    clean = check_log(make_frame(log[:4])).set_index("check")
    assert clean.loc["sentinel_time", ["severity", "count"]].tolist() == ["ok", 0]


FAR = pd.DataFrame(
    {"customer_id": [1, 2], "date": np.array(["2024-01-01", "20240-01-01"], "M8[us]")}
)


@pytest.mark.parametrize(
    "log",
    [
        FAR,
        FAR.astype({"date": "M8[s]"}),
        pl.from_pandas(FAR),
        pl.from_pandas(FAR).lazy(),
        pl.from_pandas(FAR).to_arrow(),
        duckdb.sql(
            "select 1 customer_id, timestamp 'infinity' date union select 2, date '2024-01-01'"
        ),
        duckdb.sql("select 1 customer_id, date '-infinity' date union select 2, date '2024-01-01'"),
        FAR.assign(date=np.array(["2024-01-01", "-0044-03-15"], "M8[s]")),
    ],
)
def test_years_that_python_does_not_know_are_reported(log):
    findings = check_log(log, amount=None).set_index("check")
    assert findings.loc["sentinel_time", "count"] == 1
    assert "Days from 2024-01-01 to 2024-01-01" in findings.loc["span", "message"]


def test_an_empty_log_is_a_problem(make_frame):
    found = check_log(make_frame(make_log()[:0])).set_index("check")["severity"]
    assert (found["rows"], found["span"], found["customers"]) == ("problem",) * 3


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"log": [1]}, TypeError, r"log must be a frame"),
        ({"time": 3}, TypeError, r"time must be a string"),
        ({"end": "soon"}, ValueError, r"end must be an ISO 8601 date"),
    ],
)
def test_wrong_calls_are_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        check_log(**({"log": make_log()} | arguments))
