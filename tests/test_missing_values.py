"""NaN and infinity are found, and said where, at every door."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans

from custbase import (
    BetaGeoModel,
    CampaignFinance,
    CLVRegressor,
    FactorRecommender,
    RFMScorer,
    SegmentClusterer,
)
from custbase._missing_values import explain_values
from custbase.metrics import pairwise_distances

SUMMARY = pd.DataFrame(
    {"frequency": [1, 0, 2.0], "recency": [3, 0, 4.0], "T": 9.0, "monetary_value": [5, 0, 7.0]}
)
WHERE = {np.nan: "contains NaN", np.inf: "contains infinity or a value too large for float64"}


def broken(value, column="monetary_value"):
    frame = SUMMARY.copy()
    frame.loc[2, column] = value
    return frame


@pytest.mark.parametrize("value", WHERE)
@pytest.mark.parametrize(
    ("read", "column"),
    [
        (lambda X: RFMScorer().fit(X), "recency"),
        (lambda X: BetaGeoModel().fit(X if hasattr(X, "columns") else X[:, :3]), "T"),
        (lambda X: SegmentClusterer(2).fit(X), "monetary_value"),
        (lambda X: pairwise_distances(X), "frequency"),
        (lambda X: CampaignFinance(KMeans(2), n_bootstrap=2).fit(X, np.ones(3)), "T"),
        (lambda X: FactorRecommender(2).fit(X), "T"),
    ],
)
def test_columns_and_places_are_named(read, column, value):
    frame, says = broken(value, column), WHERE[value]
    for given in (frame, pl.from_pandas(frame)):
        with pytest.raises(ValueError, match=rf"{says} in columns '{column}' \(1\)\. [FRA]"):
            read(given)
    place = f"2, {frame.columns.get_loc(column)}"
    with pytest.raises(ValueError, match=rf"{says} \(1 value, at \[{place}\]\)\. [FRA]"):
        read(frame.to_numpy())


@pytest.mark.parametrize("value", WHERE)
def test_a_step_of_a_sequence_is_named(value):
    X = np.zeros((4, 3, 2))
    X[1, 2, 1] = value
    with pytest.raises(ValueError, match=rf"{WHERE[value]} .*value, at \[1, 2, 1\]\)"):
        CLVRegressor("gru", n_networks=1, max_epochs=1).fit(X, np.ones(4))


def test_spend_of_those_who_bought_once_is_known():
    frame = SUMMARY.assign(monetary_value=[5, np.nan, 7])
    for X in (frame, frame.to_numpy()):
        with pytest.raises(ValueError, match=r"is 0 by definition.*Fill it with 0"):
            RFMScorer().fit(X)
    with pytest.raises(ValueError, match=r"frequency above 0, row 2 the first.*Drop those"):
        RFMScorer().fit(broken(np.nan))


def test_other_errors_are_left_alone():
    with pytest.raises(ValueError, match="something else"), explain_values([1], "X"):
        raise ValueError("something else")
