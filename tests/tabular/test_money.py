from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from custbase import CampaignFinance, ChurnClassifier, GammaGammaModel, SpendRegressor
from custbase._tabular._money import check_money, read_money
from custbase.metrics import spearman_correlation

MONEY = np.array([12.5, 0.25, 80.0, 41.75])
DECIMALS = [Decimal(str(amount)) for amount in MONEY]
KINDS: dict[str, Any] = {
    "decimals": DECIMALS,
    "objects": pd.Series(DECIMALS, dtype=object),
    "mixed": pd.Series([12.5, *DECIMALS[1:]], dtype=object),
    "arrow": pd.Series(DECIMALS, dtype=pd.ArrowDtype(pa.decimal128(12, 2))),
    "polars": pl.Series(DECIMALS, dtype=pl.Decimal(12, 2)),
    "pyarrow": pa.array(DECIMALS),
    "chunks": pa.chunked_array([DECIMALS]),
    "nullable": pd.array(MONEY, dtype="Float64"),
    "single": MONEY.astype(np.float32),
}


@pytest.mark.parametrize("given", KINDS.values(), ids=KINDS)
def test_money_is_numbers_of_any_kind(given: Any) -> None:
    np.testing.assert_array_equal(check_money("margin", given, 4), MONEY)
    column = given.to_pylist() if hasattr(given, "to_pylist") else given
    frame = pd.DataFrame({"value": column if isinstance(column, pd.Series) else list(column)})
    np.testing.assert_array_equal(read_money("margin", "value", frame), MONEY)


@pytest.mark.parametrize(
    "given",
    [
        pd.Series([1, 2, 3, 4], dtype=object),
        pl.DataFrame({"value": [1, 2, 3, 4]}, schema={"value": pl.Decimal(10, 0)})
        .to_pandas()
        .value,
        pd.array([1, 2, 3, 4], dtype="UInt8"),
        [np.int8(1), 2, 3.0, Decimal(4)],
    ],
    ids=["objects", "from polars", "nullable", "mixed"],
)
def test_whole_money_is_money(given: Any) -> None:
    np.testing.assert_array_equal(check_money("margin", given, 4), [1, 2, 3, 4])
    frame = pd.DataFrame({"value": given})
    np.testing.assert_array_equal(read_money("margin", "value", frame), [1, 2, 3, 4])


@pytest.mark.parametrize("missing", [None, pd.NA, np.nan, Decimal("nan")])
def test_missing_money_is_counted(missing: Any) -> None:
    given = pd.Series([missing, *DECIMALS[1:]], dtype=object)
    for call in (
        lambda: check_money("margin", given, 4),
        lambda: check_money("margin", given.tolist(), 4),
        lambda: read_money("margin", "value", pd.DataFrame({"value": given})),
    ):
        with pytest.raises(ValueError, match=r"margin must hold finite numbers >= 0; got 1 that"):
            call()


@pytest.mark.parametrize("given", [["1", "2"], [True, "2"], [1j, 2], [{}, 1]])
def test_text_is_no_money(given: Any) -> None:
    with pytest.raises(TypeError, match="margin must hold numbers, one a customer"):
        check_money("margin", given, 2)
    with pytest.raises(TypeError, match="margin must name a column of numbers; 'value' holds"):
        read_money("margin", "value", pd.DataFrame({"value": given}))


def test_money_beyond_a_limit_is_told_apart_from_it() -> None:
    with pytest.raises(ValueError, match=r"numbers from 0 to 1; got 0 to 1\.0000001"):
        check_money("accept_rate", [0.0, 1.0000001], 2, most=1.0)


def test_every_door_takes_decimals() -> None:
    rng = np.random.default_rng(0)
    money = rng.gamma(2, 20, 60).round(2)
    exact = pd.Series([Decimal(str(amount)) for amount in money])
    X = pd.DataFrame({"visits": rng.poisson(3, 60), "value": money})
    y = rng.integers(0, 2, 60)
    profits = [
        ChurnClassifier("logistic", customer_value="value", random_state=0)
        .fit(frame, y)
        .expected_profit(frame)
        for frame in (X, X.assign(value=exact))
    ]
    np.testing.assert_array_equal(*profits)
    spend = [
        SpendRegressor("linear", random_state=0).fit(X[["visits"]], amounts).predict(X[["visits"]])
        for amounts in (money, exact)
    ]
    np.testing.assert_array_equal(*spend)
    campaign = CampaignFinance(cost_per_contact=2.0, n_bootstrap=5, random_state=0)
    flows = [clone(campaign).fit(X, amounts) for amounts in (money, exact)]
    pd.testing.assert_frame_equal(*(fitted.report_ for fitted in flows))
    summary = pd.DataFrame({"frequency": rng.integers(1, 6, 60), "monetary_value": money})
    means = [
        GammaGammaModel().fit(frame).predict(frame)
        for frame in (summary, summary.assign(monetary_value=exact))
    ]
    np.testing.assert_array_equal(*means)
    assert spearman_correlation(exact, money) == 1.0
