"""How exact numbers of a user are, and how to write them so that they can be told apart."""

from __future__ import annotations

from typing import Any

import numpy as np

# Share of numbers that use the last bit of float32, and so were rounded to it, among others.
SOME = 0.01
# Parts of a unit whose sums are exact in any type, and what leaves no parts of a number it is
# added to.
EXACT_PARTS, WHOLE = 64, 1.5 * 2.0**52


def rounding_of(column: np.ndarray) -> float:
    """Largest relative error that numbers have by the precision that they came in.

    What was rounded to float32, or float16, is still seen when it comes as float64, alone or
    beside other numbers.

    Parameters
    ----------
    column : ndarray of shape (n_rows,)
        Finite numbers, float64.

    Returns
    -------
    float
        Half the spacing of float16, float32 or float64 at 1: of the least precise type that
        made the numbers, or some of them.
    """
    is_part = column != np.floor(column)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        is_fine = has_small_parts(column)
        is_half, is_single = (column.astype(kind) == column for kind in (np.float16, np.float32))
        told = is_fine | (np.abs(column) > 2.0**24)
        n_chance = np.count_nonzero(told & uses_last_bit(column, 24) & is_single & is_part)
        n_last = np.count_nonzero(uses_last_bit(column, 11) & is_half & is_part)
    if is_half.all() and n_last > column.size / 4:
        return float(np.finfo(np.float16).eps) / 2
    if (told.any() and is_single[told].all()) or n_chance > SOME * np.count_nonzero(told):
        return float(np.finfo(np.float32).eps) / 2
    return float(np.finfo(np.float64).eps) / 2


def has_small_parts(amount: Any) -> Any:
    """Whether numbers have parts that are no halves, quarters and so on, down to a 64th.

    Parameters
    ----------
    amount : expression of narwhals, or ndarray of shape (n_rows,)
        Finite numbers, float64; the same sums find it in every engine.

    Returns
    -------
    expression or ndarray
        True or False.
    """
    parts = amount * EXACT_PARTS
    return (parts + WHOLE) - WHOLE != parts


def uses_last_bit(column: np.ndarray, bits: int) -> np.ndarray:
    """Whether numbers have so many bits or more, as every other one that was rounded to them."""
    spread = column * (2.0 ** (54 - bits) + 1)
    return np.asarray(spread - (spread - column) != column)


def write_apart(*numbers: float) -> list[str]:
    """Write numbers as short as can be, but so that different numbers look different.

    Parameters
    ----------
    *numbers : float
        At least 6 digits of each are written.

    Returns
    -------
    list of str
        Distinct for distinct numbers, and whole for whole ones only.
    """
    for digits in range(6, 17):
        written = [f"{number:.{digits}g}" for number in numbers]
        are_whole = [float(text).is_integer() for text in written]
        if len(set(written)) == len(set(numbers)) and are_whole == [
            float(number).is_integer() for number in numbers
        ]:
            return written
    return [repr(float(number)) for number in numbers]
