"""What a campaign booked for each customer, read from arrays and frames of any kind."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

from .._inputs import refuse_lazy_frame
from .._joins import refuse_other_index
from .._params import Number, check_value
from ._amounts import FloatArray, holds_text


def count_rows(X: Any) -> int:
    """Number of customers in X, of which nothing else is looked at."""
    refuse_lazy_frame(X, "X")
    shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
    if len(shape) == 0:
        raise ValueError(f"X must have one row a customer; got {X!r}.")
    return int(shape[0])


def check_money(name: str, values: Any, X: Any) -> FloatArray:
    """Read money, one row a customer of X and one column a period, as a matrix."""
    table = _read_numbers(name, values, X)
    if table.dtype.kind == "f" and np.isnan(table).any():
        rows = np.flatnonzero(np.isnan(table.reshape(len(table), -1)).any(axis=1))
        raise ValueError(
            f"Input {name} contains NaN for {len(rows)} customers, the first in row {rows[0]}. "
            "Put 0 where nothing was bought, or drop those customers."
        )
    money = check_array(table, ensure_2d=False, dtype=np.float64, order="C", input_name=name)
    n_rows = count_rows(X)
    if len(money) != n_rows:
        raise ValueError(
            f"{name} must have one row a customer: it has {len(money)} rows and X has {n_rows}."
        )
    return money.reshape(n_rows, -1)


def check_baseline(baseline: Any, X: Any) -> FloatArray | None:
    """Read the revenue each customer would have brought without the campaign."""
    if baseline is None:
        return None
    if np.ndim(baseline) == 0:
        check_value("baseline", baseline, Number())
        return np.full(count_rows(X), float(baseline))
    money = check_money("baseline", baseline, X)
    if money.shape[1] != 1:
        raise ValueError(
            f"baseline must be a number or one per customer, over all periods; got {money.shape[1]}"
            " columns. Add them up first."
        )
    return money[:, 0].copy()


def check_new_customers(new_customers: Any, X: Any) -> NDArray[np.bool_] | int | None:
    """Read who is new: a mask of the customers, or only how many."""
    if new_customers is None:
        return None
    if np.ndim(new_customers) == 0:
        check_value("new_customers", new_customers, Number(0, integer=True))
        return int(new_customers)
    flags = check_money("new_customers", new_customers, X)
    if flags.shape[1] != 1 or not np.isin(flags, (0.0, 1.0)).all():
        raise ValueError(
            "new_customers must be a mask, True for each new customer, or how many there are; "
            f"got shape {flags.shape} with values from {flags.min():g} to {flags.max():g}."
        )
    return flags[:, 0].astype(bool)


def _read_numbers(name: str, values: Any, X: Any) -> Any:
    """Bring a column or table into numpy's reach; text and a foreign index are errors."""
    refuse_lazy_frame(values, name)
    if isinstance(values, pd.Series | pd.DataFrame) and isinstance(X, pd.Series | pd.DataFrame):
        _refuse_repeated(name, X.index)
        refuse_other_index(X=X, **{name: values})
    native = nw.from_native(values, pass_through=True, allow_series=True)
    known = isinstance(native, nw.DataFrame | nw.Series)
    table = native.to_numpy() if known else np.asarray(values)
    # numpy would parse text in silence; complex numbers are left to scikit-learn's own message.
    if holds_text(table):
        raise ValueError(f"{name} must be numbers; got text.")
    if table.ndim == 2 and not table.shape[1]:
        raise ValueError(
            f"{name} must have at least one column, of a period; got a table of {len(table)} rows "
            "and no columns."
        )
    if table.ndim == 0 or table.dtype.kind not in "biufcO":
        raise ValueError(f"{name} must be numbers, one row a customer; got {values!r}.")
    return table


def _refuse_repeated(name: str, expected: pd.Index) -> None:
    """Refuse customers that their index does not tell apart."""
    if not expected.is_unique:
        raise ValueError(
            f"the index of X must be unique to match {name} with it; got duplicates such as "
            f"{expected[expected.duplicated()][0]!r}. Use .reset_index(drop=True) on both."
        )
