"""Doors of models of summaries: columns one by one, other meanings of recency, rounding."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

from custbase import (
    BetaGeoModel,
    BTYDRegressor,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    RFMScorer,
    ShiftedBetaGeoModel,
)
from custbase.btyd._customers import COLUMNS, check_customers
from custbase.datasets import make_transactions
from custbase.features import rfm_summary

PURCHASES = [
    BetaGeoModel(horizon=4),
    ModifiedBetaGeoModel(horizon=4),
    ParetoNBDModel(horizon=4),
    BTYDRegressor(horizon=4),
]
ALL = [*PURCHASES, GammaGammaModel(), RFMScorer(), ShiftedBetaGeoModel()]
pytestmark = pytest.mark.filterwarnings(
    "ignore:.* do not determine all parameters",
    "ignore:GammaGammaModel. frequency and monetary_value rise",
)


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    log, _ = make_transactions(300, end="1997-12-31", random_state=0)
    return rfm_summary(log, end="1997-12-31")


def convert(column: pd.Series, kind: str) -> Any:
    return {"pandas": column, "numpy": column.to_numpy(), "list": column.tolist()}.get(
        kind, pl.Series(column.name, column.to_numpy())
    )


@pytest.mark.parametrize("kind", ["pandas", "numpy", "list", "polars"])
@pytest.mark.parametrize("model", ALL, ids=lambda model: type(model).__name__)
def test_columns_come_together(model: Any, kind: str, summary: pd.DataFrame) -> None:
    frequency, recency, T = (convert(summary[name], kind) for name in COLUMNS)
    given = (T, frequency) if isinstance(model, ShiftedBetaGeoModel) else (frequency, recency)
    more = () if isinstance(model, RFMScorer | ShiftedBetaGeoModel) else (T,)
    with pytest.raises(ValueError, match=r"X must have the columns .*T|frequency.* together") as e:
        clone(model).fit(*given, *more)
    assert f"{type(model).__name__} takes no columns one by one; give summary[[" in str(e.value)
    assert "Reshape" not in str(e.value)


@pytest.mark.parametrize("model", [*PURCHASES, RFMScorer()], ids=lambda m: type(m).__name__)
def test_recency_is_no_time_since_the_last_purchase(model: Any, summary: pd.DataFrame) -> None:
    since = summary.assign(recency=summary["T"] - summary["recency"])
    fitted = clone(model).fit(summary)
    array = since[[*COLUMNS, "monetary_value"][: fitted.n_features_in_]].to_numpy()
    for call in (
        lambda: clone(model).fit(since),
        lambda: clone(model).fit(array),
        lambda: fitted.predict(since),
        lambda: fitted.predict(pl.from_pandas(since)),
    ):
        with pytest.raises(ValueError, match=r"recency must be 0 where frequency is 0.*it is the ti"
                           r"me from the first purchase to the last.* T - recency"):  # fmt: skip
            call()
    remedy = since.assign(recency=since["T"] - since["recency"])
    clone(model).fit(remedy)


def test_counts_of_all_purchases_are_told_what_frequency_is(summary: pd.DataFrame) -> None:
    counted = summary.assign(frequency=summary["frequency"] + 1)
    with pytest.raises(ValueError, match="frequency counts the days with purchases after the fir"):
        BetaGeoModel().fit(counted)


@pytest.mark.parametrize("rounded", ["recency", "T"])
@pytest.mark.parametrize(
    ("kind", "unit"),
    [(np.float32, 1.0), (np.float32, 7.0), (np.float32, 86_400.0), (np.float16, 1.0)],
)
def test_rounding_of_a_column_is_no_fault(rounded: str, kind: Any, unit: float) -> None:
    T = np.random.default_rng(0).integers(7, 900, 500) / 7 * unit
    exact = {"frequency": np.ones(500), "recency": T.copy(), "T": T.copy()}
    exact[rounded] = exact[rounded].astype(kind).astype(np.float64)
    assert (exact["recency"] > exact["T"]).any()
    customers = check_customers(list(exact.values()))
    assert (customers.recency <= customers.T).all()
    np.testing.assert_allclose(customers.recency, T, rtol=np.finfo(kind).eps)


@pytest.mark.parametrize("model", PURCHASES, ids=lambda model: type(model).__name__)
def test_a_column_of_single_precision_serves(model: Any, summary: pd.DataFrame) -> None:
    recent = summary.assign(recency=np.where(summary["frequency"], summary["T"], 0.0))
    single = recent.astype({"recency": np.float32})
    assert (single["recency"] > single["T"]).any()
    fitted = clone(model).fit(summary)
    np.testing.assert_allclose(fitted.predict(single), fitted.predict(recent), rtol=1e-4)
    clone(model).fit(single)


@pytest.mark.parametrize(
    ("recency", "T"),
    [
        (38.8571430, 38.8571429 - 1e-5),
        (1_000_001.0, 1_000_000.0),
        (123_456_789.0, 123_456_787.0),
        (20_000.25, 20_000.0),
    ],
)
def test_a_fault_shows_two_numbers(recency: float, T: float) -> None:
    columns = [np.ones(1), np.array([recency]), np.array([T])]
    with pytest.raises(ValueError, match="T must be at least recency") as error:
        check_customers(columns)
    shown = re.search(r"recency=(\S+) and T=(\S+),", str(error.value))
    assert shown is not None
    assert float(shown[1]) > float(shown[2])


def test_a_count_that_is_not_whole_looks_so() -> None:
    columns = [np.array([1_000_000.5]), np.array([3.0]), np.array([9.0])]
    with pytest.raises(ValueError, match=r"frequency must be a whole .* frequency=1000000\.5, rec"):
        check_customers(columns)
