from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from custbase._base import CustbaseEstimator
from custbase._inputs import check_matrix, check_sample_weight

FRAME = pd.DataFrame({"money": [1.0, 2.0], "orders": [3, 4]})


@pytest.mark.parametrize(
    "X",
    [FRAME, pl.from_pandas(FRAME), pa.Table.from_pandas(FRAME)],
    ids=["pandas", "polars", "pyarrow"],
)
def test_frames_give_a_c_ordered_matrix_and_their_names(X: object) -> None:
    estimator = CustbaseEstimator()
    matrix = check_matrix(estimator, X, reset=True)
    np.testing.assert_array_equal(matrix, [[1, 3], [2, 4]])
    assert matrix.flags.c_contiguous
    assert list(estimator.feature_names_in_) == ["money", "orders"]
    with pytest.raises(ValueError, match="feature names"):
        check_matrix(estimator, FRAME.rename(columns={"money": "spend"}), reset=False)


def test_float32_stays_float32() -> None:
    X = np.ones((2, 2), dtype=np.float32)
    assert check_matrix(CustbaseEstimator(), X, reset=True).dtype == np.float32


@pytest.mark.parametrize("kind", ["polars", "duckdb"])
def test_lazy_frames_are_refused_with_a_remedy(kind: str) -> None:
    X = pl.from_pandas(FRAME).lazy() if kind == "polars" else duckdb.sql("select 1.0 as money")
    with pytest.raises(TypeError, match=r"X must be .* in memory; got a lazy .*Collect it first"):
        check_matrix(CustbaseEstimator(), X, reset=True)


@pytest.mark.parametrize(
    "values",
    [["a", "b"], pd.Categorical(["a", "b"]), pd.to_datetime(["2025-01-01", "2025-01-02"])],
    ids=["text", "category", "datetime"],
)
@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_columns_without_numbers_are_named(values: object, kind: str) -> None:
    X = FRAME.assign(region=values)
    with pytest.raises(ValueError, match=r"X must hold numbers.*'region' \(\w+.*ColumnTransf"):
        check_matrix(CustbaseEstimator(), pl.from_pandas(X) if kind == "polars" else X, reset=True)


@pytest.mark.parametrize("kind", ["pandas", "nullable", "flags", "objects", "polars", "pyarrow"])
def test_missing_values_are_counted_by_column(kind: str) -> None:
    frame = pd.DataFrame({"money": [1.0, None, 3.0], "orders": [1.0, 2.0, 3.0]})
    X = {
        "pandas": frame,
        "nullable": frame.convert_dtypes(),
        "flags": frame.assign(money=pd.array([True, None, False], dtype="boolean")),
        "objects": frame.assign(money=pd.Series([1, pd.NA, 3], dtype=object)),
        "polars": pl.DataFrame({"money": [1, None, 3], "orders": [1, 2, 3]}),
        "pyarrow": pa.table({"money": [1, None, 3], "orders": [1, 2, 3]}),
    }[kind]
    with pytest.raises(ValueError, match=r"Input X contains NaN in columns 'money' \(1\)\. Fill"):
        check_matrix(CustbaseEstimator(), X, reset=True)


def test_booleans_and_objects_that_hold_numbers_are_numbers() -> None:
    X = pd.DataFrame({"flag": [True, False], "count": pd.Series([1, 2.5], dtype=object)})
    np.testing.assert_array_equal(
        check_matrix(CustbaseEstimator(), X, reset=True), [[1, 1], [0, 2.5]]
    )


def test_nan_is_refused_unless_allowed() -> None:
    X = np.array([[1.0, np.nan]])
    with pytest.raises(
        ValueError,
        match=r"^Input X contains NaN \(1 value, at \[0, 1\]\)\. Fill .* those rows\.$",
    ):
        check_matrix(CustbaseEstimator(), X, reset=True)
    assert np.isnan(check_matrix(CustbaseEstimator(), X, reset=True, allow_nan=True)).sum() == 1


@pytest.mark.parametrize("given", [None, 3])
def test_one_weight_for_all(given: object) -> None:
    weights = check_sample_weight(given, np.zeros((4, 1), dtype=np.float32))
    assert weights.dtype == np.float64
    np.testing.assert_array_equal(weights, np.full(4, given or 1))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "sample_weight must have one weight for each of the 2 rows of X; got 1"),
        (["many", "few"], "sample_weight must hold numbers, .* could not convert string"),
        ([{}, {}], "sample_weight must hold numbers"),
        ([[1.0], [2.0]], "sample_weight must be one-dimensional"),
        ([1.0, -1.0], "sample_weight must not be negative; got -1"),
        ([0.0, 0.0], "sample_weight must have a positive sum"),
        ([1.0, np.inf], "sample_weight contains infinity"),
    ],
)
def test_bad_weights_are_named(weights: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_sample_weight(weights, np.zeros((2, 1)))
