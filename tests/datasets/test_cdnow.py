"""The embedded sample against the published figures and the file it came from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custbase.datasets import load_cdnow

CALIBRATION_END = pd.Timestamp("1997-09-30")


def test_totals_are_the_published_ones():
    log = load_cdnow()
    assert log.shape == (6919, 4)
    assert log["customer_id"].nunique() == 2357
    assert log["amount"].sum().round(2) == 244091.94
    assert log["quantity"].sum() == 16479
    assert (log["amount"] == 0).sum() == 8


def test_repeat_purchase_days_are_the_published_ones():
    log = load_cdnow()
    days = log.drop_duplicates(["customer_id", "date"])
    calibration = days[days["date"] <= CALIBRATION_END]
    repeats = calibration.groupby("customer_id").size() - 1
    assert repeats.size == 2357
    assert repeats.sum() == 2457
    assert (repeats > 0).sum() == 946
    assert len(days) - len(calibration) == 1882
    holdout_spend = log.loc[log["date"] > CALIBRATION_END, "amount"].sum()
    assert round(holdout_spend) == 70976


def test_columns_are_typed_and_rows_in_order():
    log = load_cdnow()
    assert list(log.columns) == ["customer_id", "date", "quantity", "amount"]
    assert pd.api.types.is_datetime64_dtype(log["date"])
    assert (log["date"] == log["date"].dt.normalize()).all()
    assert (log["date"].min(), log["date"].max()) == (
        pd.Timestamp("1997-01-01"),
        pd.Timestamp("1998-06-30"),
    )
    assert log["customer_id"].dtype == log["quantity"].dtype == np.int64
    pd.testing.assert_frame_equal(log, log.sort_values(["customer_id", "date"], kind="stable"))


def test_every_call_gives_a_frame_of_its_own():
    log = load_cdnow()
    log["amount"] = 0.0
    assert load_cdnow()["amount"].sum() > 0


def test_rows_are_those_of_the_source(real_data):
    source = real_data("cdnow/cdnow_sample.csv.gz").rename(
        columns={"number_of_cds": "quantity", "dollar_value": "amount"}
    )
    source["date"] = pd.to_datetime(source["date"]).astype(load_cdnow()["date"].dtype)
    pd.testing.assert_frame_equal(load_cdnow(), source.drop(columns="master_customer_id"))
