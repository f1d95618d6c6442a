"""How exact numbers of a user are, and how to write them so that they can be told apart."""

from __future__ import annotations

import numpy as np


def rounding_of(column: np.ndarray) -> float:
    """Largest relative error that numbers have by the precision that they came in.

    What was rounded to float32, or float16, is still seen when it comes as float64.

    Parameters
    ----------
    column : ndarray of shape (n_rows,)
        Finite numbers, float64.

    Returns
    -------
    float
        Half the spacing of float16, float32 or float64 at 1, whichever is the least precise
        type that holds all the numbers.
    """
    # Whole numbers may well be exact: those that float16 holds are too few, and too far apart.
    kinds = (np.float32,) if (column == np.floor(column)).all() else (np.float16, np.float32)
    for kind in kinds:
        with np.errstate(over="ignore", under="ignore"):
            if np.array_equal(column.astype(kind), column):
                return float(np.finfo(kind).eps) / 2
    return float(np.finfo(np.float64).eps) / 2


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
