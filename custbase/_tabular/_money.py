"""Money of customers: one number, a column of their frame, or one each."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from .._numbers import write_apart
from .._params import Number, check_value


def read_money(name: str, given: Any, frame: pd.DataFrame, *, most: float = np.inf) -> np.ndarray:
    """Validate money that is one number for all, a column, or one a customer.

    Parameters
    ----------
    name : str
        How the user knows the argument.
    given : float, str or array of shape (n_rows,)
        What was given.
    frame : DataFrame of n_rows
        The customers.
    most : float, default=inf
        Largest number that is allowed.

    Returns
    -------
    ndarray of shape () or (n_rows,)
        Finite numbers from 0 to `most`, float64.

    Raises
    ------
    TypeError, ValueError
        If it is something else.
    """
    if isinstance(given, str):
        if given not in frame.columns:
            raise ValueError(
                f"{name} must name a column of X; got {given!r}, and the columns are "
                f"{', '.join(map(repr, frame.columns))}."
            )
        try:
            given = _read_numbers(frame[given])
        except TypeError as error:
            kind = frame[given].dtype
            raise TypeError(
                f"{name} must name a column of numbers; {given!r} holds {kind}."
            ) from error
    return check_money(name, given, len(frame), most=most)


def check_money(name: str, values: Any, n_rows: int, *, most: float = np.inf) -> np.ndarray:
    """Validate money that is one number, or one a row.

    Parameters
    ----------
    name : str
        How the user knows the argument.
    values : float or array of shape (n_rows,)
        What was given.
    n_rows : int
        Number of customers.
    most : float, default=inf
        Largest number that is allowed.

    Returns
    -------
    ndarray of shape () or (n_rows,)
        Finite numbers from 0 to `most`, float64.

    Raises
    ------
    TypeError, ValueError
        If it is something else.
    """
    if np.ndim(values) == 0:
        check_value(name, values, Number(0, most))
        return np.asarray(values, dtype=np.float64)
    try:
        money = _read_numbers(values)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers, one a customer; got other things.") from error
    if money.shape != (n_rows,):
        raise ValueError(
            f"{name} must be one number, or one for each of the {n_rows} customers; "
            f"got shape {money.shape}."
        )
    limits = ">= 0" if most == np.inf else f"from 0 to {most:g}"
    if lost := np.count_nonzero(~np.isfinite(money)):
        raise ValueError(
            f"{name} must hold finite numbers {limits}; got {lost} that are missing or infinite."
        )
    if money.size and (money.min() < 0 or money.max() > most):
        low, high, _ = write_apart(money.min(), money.max(), most)
        raise ValueError(f"{name} must hold numbers {limits}; got {low} to {high}.")
    return money


def _read_numbers(values: Any) -> np.ndarray:
    """Numbers of any kind as float64, what is missing as NaN; text is none."""
    if isinstance(values, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        column = pd.Series(values)
        if pd.api.types.is_any_real_numeric_dtype(column) or column.dtype.kind == "b":
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
    given = np.asarray(values)
    if given.dtype.kind in "biuf":
        return given.astype(np.float64)
    is_missing = np.array([value is None or value is pd.NA for value in given.flat], dtype=bool)
    rest = given.ravel()[~is_missing]
    if given.dtype.kind != "O" or not all(isinstance(value, Real | Decimal) for value in rest):
        raise TypeError(f"got {given.dtype}")
    numbers = np.full(given.size, np.nan)
    numbers[~is_missing] = rest.astype(np.float64)
    return numbers.reshape(given.shape)
