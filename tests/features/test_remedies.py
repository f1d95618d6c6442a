"""What errors advise for columns of other types makes the log one that can be read."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest

from custbase.features import rfm_summary

DAYS = pd.date_range("2023-05-01", periods=40, freq="17h")
SINCE = (DAYS - pd.Timestamp("1970-01-01")) / pd.Timedelta("1s")
SHEET = (DAYS - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")
WRITTEN = DAYS.strftime("%Y%m%d").astype(np.int64)
TIMES = {
    "dates": WRITTEN,
    "dates as floats": WRITTEN.astype(np.float64),
    "seconds": SINCE.astype(np.int64),
    "seconds as floats": SINCE,
    "milliseconds": (SINCE * 1e3).astype(np.int64),
    "microseconds": (SINCE * 1e6).astype(np.int64),
    "nanoseconds": (SINCE * 1e9).astype(np.int64),
    "days of a spreadsheet": SHEET.astype(np.int64),
    "dates as text": WRITTEN.astype(str),
    "seconds as text": SINCE.astype(np.int64).astype(str),
    "days of a spreadsheet as text": SHEET.astype(np.int64).astype(str),
}
CENTS = np.random.default_rng(0).integers(1, 10_000_000, 40)
AMOUNTS = {
    "plain": [f"{cents / 100:.2f}" for cents in CENTS],
    "dollars": [f"${cents / 100:.2f}" for cents in CENTS],
    "thousands": [f"{cents / 100:,.2f}" for cents in CENTS],
    "dollars and thousands": [f"$ {cents / 100:,.2f}" for cents in CENTS],
    "decimal comma": [f"{cents / 100:.2f}".replace(".", ",") for cents in CENTS],
    "euros": [f"{cents / 100:_.2f} €".replace(".", ",").replace("_", ".") for cents in CENTS],
    "francs": [f"CHF {cents / 100:.2f}" for cents in CENTS],
    "Swiss": [f"{cents / 100:_.2f}".replace("_", "'") for cents in CENTS],
}
# How returns are written, that of 0.5 for instance.
RETURNED = {
    "minus": "-0.50", "typographic minus": "\u22120.50", "accountants": "(0.50)", "behind": "0.50-",
    "before dollars": "-$0.50", "behind dollars": "$-0.50", "dollars of accountants": "($0.50)",
}  # fmt: skip


def take_advice(log, column, library):
    """Read a log, and again after what the error says."""
    with pytest.raises(TypeError, match=f"column '{column}' holds") as error:
        rfm_summary(log, end="2023-06-30")
    advice = re.search(r"for instance with (.*?)( if .*)?(, or with .*)?\.$", str(error.value))[1]
    made = eval(advice, {"log": log, "pd": pd, "pl": pl})
    log = log.with_columns(made) if library is pl else log.assign(**{column: made})
    return rfm_summary(log, end="2023-06-30")


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("kind", TIMES)
def test_numbers_become_the_times_they_are(kind, library):
    log = pd.DataFrame({"customer_id": np.arange(40) % 7, "date": DAYS, "amount": 1.0})
    want = rfm_summary(log, end="2023-06-30")
    given = library.DataFrame(log.assign(date=TIMES[kind]))
    got = take_advice(given, "date", library)
    got = got.to_pandas() if library is pl else got
    pd.testing.assert_frame_equal(got.sort_values("customer_id", ignore_index=True), want)


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("kind", AMOUNTS)
def test_text_becomes_the_amount_it_is(kind, library):
    log = pd.DataFrame({"customer_id": np.arange(40) % 7, "date": DAYS, "amount": CENTS / 100})
    want = rfm_summary(log, end="2023-06-30")
    given = library.DataFrame(log.assign(amount=AMOUNTS[kind]))
    got = take_advice(given, "amount", library)
    got = got.to_pandas() if library is pl else got
    pd.testing.assert_frame_equal(got.sort_values("customer_id", ignore_index=True), want)


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("kind", RETURNED)
def test_returns_stay_returns(kind, library):
    written = [RETURNED[kind], *AMOUNTS["dollars" if "dollars" in kind else "plain"][1:]]
    amounts = [-0.5, *CENTS[1:] / 100]
    log = pd.DataFrame({"customer_id": np.arange(40) % 7, "date": DAYS, "amount": amounts})
    want = rfm_summary(log, end="2023-06-30")
    got = take_advice(library.DataFrame(log.assign(amount=written)), "amount", library)
    got = got.to_pandas() if library is pl else got
    pd.testing.assert_frame_equal(got.sort_values("customer_id", ignore_index=True), want)


@pytest.mark.parametrize("kind", ["dollars", "decimal comma"])
@pytest.mark.parametrize("dtype", ["category", object])
def test_text_of_other_types_becomes_the_amount_it_is(kind, dtype):
    log = pd.DataFrame({"customer_id": np.arange(40) % 7, "date": DAYS, "amount": CENTS / 100})
    want = rfm_summary(log, end="2023-06-30")
    texts = pd.Series(AMOUNTS[kind], dtype=dtype)
    got = take_advice(log.assign(amount=texts), "amount", pd)
    pd.testing.assert_frame_equal(got, want, check_dtype=False)


@pytest.mark.parametrize("texts", [["12,50", "5.00"], ["1.2k", "5"], ["", "5.00"], ["n/a", "$5"]])
def test_what_cannot_be_read_is_missing_and_not_another_amount(texts):
    log = pd.DataFrame({"customer_id": [1, 2], "date": DAYS[:2], "amount": texts})
    with pytest.raises(TypeError, match="coerce") as error:
        rfm_summary(log, end="2023-06-30")
    advice = re.search(r"for instance with (pd.to_numeric.*'coerce'\))", str(error.value))[1]
    assert eval(advice, {"log": log, "pd": pd}).isna().tolist() == [True, False]


def test_days_may_count_from_two_days():
    log = pd.DataFrame({"customer_id": [1, 2], "date": [19_700, 19_723], "amount": 1.0})
    with pytest.raises(TypeError, match=r"unit='D'\) if they count days since 1970, or with pd"):
        rfm_summary(log, end="2023-06-30")


def test_fractions_become_numbers():
    amounts = [Fraction(1, 3)] * 40
    log = pd.DataFrame({"customer_id": np.arange(40) % 7, "date": DAYS, "amount": amounts})
    got = take_advice(log, "amount", pd)
    want = rfm_summary(log.assign(amount=1 / 3), end="2023-06-30")
    pd.testing.assert_frame_equal(got, want)


def test_numbers_that_are_no_times_get_two_ways():
    log = pd.DataFrame({"customer_id": [1, 2], "date": [1, 2], "amount": 1.0})
    with pytest.raises(TypeError, match=r"format='%Y%m%d'\), or with pd.to_datetime"):
        rfm_summary(log, end="2023-06-30")
