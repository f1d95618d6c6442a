"""Every kind of frame the room takes, and the way back to pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

CONNECTION = duckdb.connect()
CONNECTION.execute("SET TimeZone = 'Europe/Berlin'")  # the zone in which it shows all times


def to_duckdb(frame: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    return CONNECTION.from_arrow(pa.Table.from_pandas(frame, preserve_index=False))


MAKERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": pd.DataFrame.copy,
    "pandas-pyarrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.from_pandas,
    "polars-lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "duckdb": to_duckdb,
}
LAZY = ("polars-lazy", "duckdb")


@pytest.fixture(params=MAKERS)
def make_frame(request):
    """Turn a pandas frame into a frame of one kind."""
    maker = MAKERS[request.param]
    return lambda frame: maker(frame)


@pytest.fixture(params=[kind for kind in MAKERS if kind not in LAZY])
def make_eager(request):
    """Turn a pandas frame into a frame in memory of one kind."""
    return MAKERS[request.param]


@pytest.fixture(params=LAZY)
def make_lazy(request):
    """Turn a pandas frame into a lazy frame of one kind."""
    return MAKERS[request.param]


@pytest.fixture(scope="session")
def to_pandas():
    """Collect any kind of frame into a pandas frame with plain dtypes, sorted by customer."""

    def collect(frame: Any, customer: str = "customer_id") -> pd.DataFrame:
        wrapped = nw.from_native(frame).lazy().collect("polars")
        plain = pd.DataFrame(wrapped.to_dict(as_series=False))
        return plain.sort_values(customer, ignore_index=True)

    return collect
