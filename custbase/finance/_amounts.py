"""Amounts at the door of the equations, and the one way this room divides."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._warn import warn
from ..exceptions import NegativeDenominatorWarning, ZeroDenominatorWarning

# Share of added amounts that rounding leaves of a sum that is 0.
DUST = 1e-12
FloatArray = NDArray[np.float64]
Amount = float | FloatArray


def as_amounts(
    name: str,
    values: ArrayLike,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    low_open: bool = False,
    high_open: bool = False,
) -> FloatArray:
    """Read numbers, refusing text and what lies outside the bounds; NaN passes."""
    array = np.asarray(values)
    if array.dtype.kind not in "biufO" or not all_numbers(array):
        raise TypeError(f"{name} must be a number or an array of numbers; got {values!r}.")
    numbers = np.asarray(array, dtype=np.float64)
    bounds = []
    outside = np.zeros(numbers.shape, dtype=bool)
    if low > -np.inf:
        bounds.append(f"{'>' if low_open else '>='} {low:g}")
        outside |= numbers <= low if low_open else numbers < low
    if high < np.inf:
        bounds.append(f"{'<' if high_open else '<='} {high:g}")
        outside |= numbers >= high if high_open else numbers > high
    if outside.any():
        raise ValueError(f"{name} must be {' and '.join(bounds)}; got {numbers[outside][0]:g}.")
    return numbers


def all_numbers(array: NDArray[Any]) -> bool:
    """Tell whether Python objects are numbers all; numpy would read None as NaN, and parse text."""
    return array.dtype.kind != "O" or all(isinstance(value, Number) for value in array.flat)


def holds_text(array: NDArray[Any]) -> bool:
    """Tell whether there is text in an array, which numpy would parse in silence."""
    if array.dtype.kind == "O":
        return any(isinstance(value, str | bytes) for value in array.flat)
    return array.dtype.kind in "US"


def as_result(values: FloatArray) -> Amount:
    """Give a float where numbers went in, an array where arrays did."""
    return float(values) if np.ndim(values) == 0 else values


def without_dust(sums: FloatArray, sizes: FloatArray) -> FloatArray:
    """Take sums that are next to nothing beside the sizes of what was added for 0.

    Dollars and cents that cancel leave 1e-17, and ratios of that would be no ratios.
    """
    is_dust = (np.abs(sums) <= DUST * sizes) & (sizes < np.inf)
    return np.where(is_dust, 0.0, sums)


def safe_ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Divide; 0/0 is NaN, x/0 is infinite with the sign of x, and nothing warns."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    undefined = np.where(np.isnan(top) | (top == 0), np.nan, np.copysign(np.inf, top))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.divide(top, bottom, out=undefined, where=bottom != 0)


def positive_ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Divide as `safe_ratio` does; NaN where the denominator is negative, and nothing warns."""
    bottom = np.asarray(denominator, dtype=np.float64)
    return safe_ratio(numerator, np.where(bottom < 0, np.nan, bottom))


def warned_ratio(
    numerator: ArrayLike, denominator: ArrayLike, *, result: str, denominator_name: str
) -> FloatArray:
    """Divide as `positive_ratio` does, and warn the user about x/0 and negative denominators."""
    warn_of_zero(numerator, denominator, result=result, denominator_name=denominator_name)
    if (negative := np.asarray(denominator, dtype=np.float64) < 0).any():
        warn(
            f"{result} is NaN where {denominator_name} is negative: a share of a loss has no "
            f"meaning. {np.count_nonzero(negative)} of {negative.size} are.",
            NegativeDenominatorWarning,
        )
    return positive_ratio(numerator, denominator)


def warn_of_zero(
    numerator: ArrayLike, denominator: ArrayLike, *, result: str, denominator_name: str
) -> None:
    """Warn the user about x/0."""
    if np.any((np.asarray(denominator) == 0) & (np.abs(np.asarray(numerator)) > 0)):
        warn(
            f"{result} is infinite where {denominator_name} is 0.",
            ZeroDenominatorWarning,
        )
