from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csc_array, csr_array

from custbase import CustomerNeighborRecommender, EASERecommender, PopularityRecommender
from custbase.metrics import ndcg_at_k, novelty
from custbase.model_selection import split_items, split_users

MATRIX = np.random.default_rng(0).poisson(1.0, (12, 4)).astype(np.float64)
TOP = np.zeros((12, 1), dtype=int)
FITTED = PopularityRecommender(2).fit(MATRIX)
DOORS = {
    "fit": lambda X: EASERecommender().fit(X),
    "predict": FITTED.predict,
    "score": lambda X: FITTED.score(MATRIX, X),
    "y": lambda X: CustomerNeighborRecommender().fit(MATRIX, X),
    "split_items": split_items,
    "split_users": split_users,
    "ndcg_at_k": lambda X: ndcg_at_k(X, TOP),
    "novelty": lambda X: novelty(TOP, X),
}
GAPS = np.where(MATRIX == 0, np.nan, MATRIX)


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("X", "remedy"),
    [
        (GAPS, "np.nan_to_num"),
        (GAPS.astype(np.float32).tolist(), "np.nan_to_num"),
        (np.where(MATRIX == 0, None, MATRIX), "np.nan_to_num"),
        (csr_array(GAPS), "leave it out"),
        (csc_array(GAPS), "leave it out"),
        (pd.DataFrame(GAPS, columns=list("abcd")), "fillna"),
        (pd.DataFrame(GAPS, columns=list("abcd")).convert_dtypes(), "fillna"),
        (pl.DataFrame(GAPS, schema=list("abcd")), r"fill_null\(0\)\.fill_nan\(0\)"),
    ],
    ids=["array", "list", "objects", "csr", "csc", "pandas", "nullable", "polars"],
)
def test_what_is_missing_is_no_interaction(door: str, X: Any, remedy: str) -> None:
    with pytest.raises(ValueError, match=rf"Input \w+ contains NaN.* is 0: .*{remedy}") as error:
        DOORS[door](X)
    assert "HistGradientBoosting" not in str(error.value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "X", [pd.DataFrame(index=range(12)), pl.DataFrame(), pa.table({})], ids=["pd", "pl", "pa"]
)
def test_a_frame_without_columns_is_named(door: str, X: Any) -> None:
    with pytest.raises(ValueError, match="must have at least one column; got a frame of"):
        DOORS[door](X)


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame.map(lambda value: Decimal(int(value))),
        lambda frame: frame.astype(int).astype(object),
        lambda frame: frame.convert_dtypes(),
        lambda frame: pl.from_pandas(frame).cast(pl.Decimal(10, 2)),
        lambda frame: pa.Table.from_pandas(frame.map(lambda value: Decimal(int(value)))),
        lambda frame: frame.astype(pd.ArrowDtype(pa.decimal128(10, 2))),
    ],
    ids=["Decimal", "objects", "nullable", "polars", "pyarrow", "arrow"],
)
def test_numbers_of_any_kind_are_interactions(convert: Any) -> None:
    frame = pd.DataFrame(MATRIX, columns=list("abcd"))
    history, held_out = split_items(convert(frame), random_state=0)
    np.testing.assert_array_equal((history + held_out).toarray(), MATRIX)
    np.testing.assert_array_equal(FITTED.predict(convert(frame)), FITTED.predict(MATRIX))
    assert ndcg_at_k(convert(frame), TOP) == ndcg_at_k(MATRIX, TOP)
