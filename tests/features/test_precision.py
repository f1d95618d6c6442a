"""Amounts in low precision: what was bought and returned on a day is no purchase, in any engine."""

from __future__ import annotations

from decimal import Decimal

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
    update_summary,
    wallet_gap,
)
from custbase.model_selection import split_by_time, split_last_out

END = "2024-03-31"


def make_log(n_days, seed, least=1, most=10_000):
    """Cents, exactly: days of purchases, and days whose purchases are all returned, in parts."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in range(n_days):
        customer = rng.integers(5)
        bought = rng.integers(least, most, rng.integers(1, 5))
        sold = [(customer, day, day % 7, cents) for cents in bought]
        if day % 3:
            total = int(bought.sum())
            part = int(rng.integers(0, total))
            sold += [(customer, day, day % 7, -cents) for cents in (part, total - part) if cents]
        rows += [sold[i] for i in rng.permutation(len(sold))]
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "product_id", "amount"])
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["date"], unit="D")
    return frame.assign(date=days.astype("datetime64[us]"))


def in_dtype(log, kind):
    """Money in one of the types that frames have, from whole cents."""
    exact = log["amount"] / 100
    match kind:
        case "decimal":
            return log.assign(amount=[Decimal(int(cents)) / 100 for cents in log["amount"]])
        case "cast":  # as some readers make of single precision
            return log.assign(amount=exact.astype("float32").astype("float64"))
        case "half cast":  # two files of one log
            is_old = np.arange(len(log)) < len(log) // 2
            return log.assign(amount=np.where(is_old, exact, exact.astype("float32")))
        case "pyarrow16":
            half = pa.array(exact.to_numpy(np.float16))
            return log.assign(amount=pd.Series(half, dtype=pd.ArrowDtype(pa.float16())))
        case _:
            return log.assign(amount=exact.astype(kind))


KINDS = [
    "float32",
    "Float32",
    "float32[pyarrow]",
    "float16",
    "pyarrow16",
    "decimal",
    "cast",
    "half cast",
]
OTHERS = {
    "polars": lambda log: pl.from_pandas(log),
    "polars-lazy": lambda log: pl.from_pandas(log).lazy(),
    "pyarrow": lambda log: pa.Table.from_pandas(log, preserve_index=False),
    "pyarrow16": lambda log: pa.Table.from_pandas(in_dtype(log, "pyarrow16")),
}


def answers(log, whole):
    """What every function that tells purchases says of them; `whole` is the log in pandas."""
    segments = dict.fromkeys(whole["customer_id"].unique().tolist(), 0)
    spend = wallet_gap(log, segments, category="product_id", among="buyers")
    yield (spend["spend"] > 0).tolist()
    yield cohort_table(log, unit="D", values="customers", end=END).to_numpy(na_value=-1)
    yield daily_purchases(log, end=END).to_numpy()
    X, y = make_snapshots(log, cutoffs="2024-01-20", horizon=8, end=END, target="purchases")
    yield X[["frequency", "recency", "T", "n_transactions"]].to_numpy()
    yield y.tolist()
    yield check_log(log, end=END).set_index("check")["count"].drop("duplicates").tolist()


def answers_in_memory(log):
    yield PurchaseSequenceEncoder(8).fit_transform(log, end=END)[:, :, :10]
    encoder = InteractionEncoder(amount="amount")
    yield encoder.fit_transform(log).toarray() != 0
    split = split_by_time(
        log, cutoff="2024-01-20", encoder=encoder, repeats="keep", new_users="keep",
        new_items="keep",
    )  # fmt: skip
    yield (split.history != 0).toarray()
    yield (split.held_out != 0).toarray()
    yield (split_last_out(log, encoder=encoder, new_items="keep").held_out != 0).toarray()


@pytest.mark.parametrize("kind", KINDS)
def test_the_precision_of_a_column_changes_no_purchase(kind):
    # Half precision cannot tell a cent from the rounding of five dollars.
    least, most = (100, 300) if kind in ("float16", "pyarrow16") else (1, 10_000)
    log = make_log(60, 0, least, most)
    exact = in_dtype(log, "float64")
    given = in_dtype(log, kind)
    for got, want in zip(answers(given, log), answers(exact, log), strict=True):
        np.testing.assert_array_equal(got, want)
    for got, want in zip(answers_in_memory(given), answers_in_memory(exact), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("rounded", ["float32", "cast"])
@pytest.mark.parametrize("kind", OTHERS)
def test_every_engine_knows_the_precision_of_its_columns(kind, rounded, to_pandas):
    log = make_log(40, 7, 100, 300)
    exact, given = in_dtype(log, "float64"), OTHERS[kind](in_dtype(log, rounded))
    for got, want in zip(answers(given, log), answers(exact, log), strict=True):
        np.testing.assert_array_equal(got, want)
    counts = ["customer_id", "frequency", "recency", "T", "n_transactions"]
    want = to_pandas(rfm_summary(exact, end=END))[counts]
    pd.testing.assert_frame_equal(to_pandas(rfm_summary(given, end=END))[counts], want)


@pytest.mark.parametrize("money", ["float32", "float64"])
def test_frames_of_any_kind_are_summarised_and_updated(make_frame, to_pandas, money):
    log = make_log(60, 5)
    counts = ["customer_id", "frequency", "recency", "T", "n_transactions"]
    want = to_pandas(rfm_summary(in_dtype(log, "float64"), end=END))[counts]
    single = in_dtype(log, "float32")
    got = to_pandas(rfm_summary(make_frame(single), end=END))
    pd.testing.assert_frame_equal(got[counts], want)
    is_old = log["date"] <= "2024-01-20"
    old = rfm_summary(single[is_old], end="2024-01-20")
    old = old.astype({"monetary_value": money, "total_value": money})
    new = update_summary(
        make_frame(old), make_frame(single[~is_old]), previous_end="2024-01-20", end=END
    )
    pd.testing.assert_frame_equal(to_pandas(new)[counts], want)


def test_a_cent_is_a_cent_in_single_precision():
    days = pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-05"])
    for bought in (1.0, 99.5, 5_000.25, 20_000.0):
        amounts = np.array([10, bought + 0.01, -bought], dtype=np.float32)
        log = pd.DataFrame({"customer_id": 1, "date": days, "amount": amounts})
        assert rfm_summary(log, end=END)["frequency"].tolist() == [1]


@pytest.mark.parametrize(
    ("money", "sold"),
    [("float32", 200_001), ("float64", 200_001), ("float64", 10_000_001), ("int64", 10_000_001)],
)
def test_whole_amounts_are_exact(make_frame, to_pandas, money, sold):
    days = pd.to_datetime(["2024-01-01"] + ["2024-01-05"] * 2)
    amounts = np.array([10, sold, 1 - sold], dtype=money)
    log = pd.DataFrame({"customer_id": 1, "date": days, "amount": amounts})
    assert to_pandas(rfm_summary(make_frame(log), end=END))["frequency"].tolist() == [1]


@pytest.mark.parametrize("money", ["float32", "float64"])
def test_the_case_of_a_stranger(make_frame, to_pandas, money):
    days = pd.to_datetime(["2024-01-01"] + ["2024-01-05"] * 3)
    amounts = np.array([10, 5.06, 2.64, -7.70], dtype=np.float32).astype(money)
    log = pd.DataFrame({"customer_id": 1, "date": days, "amount": amounts})
    summary = to_pandas(rfm_summary(make_frame(log), end=END))
    assert summary["frequency"].tolist() == [0]
    assert summary["monetary_value"].tolist() == [0.0]


@pytest.mark.parametrize("kind", ["float64", "float32", "cast"])
def test_who_sent_everything_back_spent_nothing(kind, make_frame, to_pandas):
    cents = [(1, 0, 1000), (1, 30, 10), (1, 30, 20), (1, 30, -30), (2, 0, 1000), (2, 30, 810),
             (2, 33, -500), (2, 35, -310), (3, 0, 1000), (3, 31, 7)]  # fmt: skip
    log = pd.DataFrame(cents, columns=["customer_id", "date", "amount"])
    log["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(log["date"], unit="D")
    log = in_dtype(log.astype({"date": "datetime64[us]"}), kind)
    _, spend = make_snapshots(
        log, cutoffs="2024-01-20", horizon=8, end="2024-04-01", target="spend"
    )
    assert spend.tolist() == [0.0, 0.0, pytest.approx(0.07)]
    summary = to_pandas(rfm_summary(make_frame(log), end="2024-01-30", unit="D"))
    assert summary["total_value"].tolist()[0] == pytest.approx(10.0)
