"""What a display is made of: arrays, also if lists are given."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from .._params import shorten

Shape = tuple[int | None, ...]


def as_array(name: str, given: Any, shape: Shape) -> np.ndarray:
    """Make an array of labels or texts.

    Parameters
    ----------
    name : str
        How the user knows the argument.
    given : array or list
        What was given.
    shape : tuple of int or None
        What it must be; None for any length.

    Returns
    -------
    ndarray of that shape
        An array is returned itself.

    Raises
    ------
    ValueError
        If it has another shape.
    """
    try:
        array = np.asarray(given)
    except ValueError as error:  # lists of different lengths
        raise ValueError(f"{name} must have rows of one length; got {shorten(given)}.") from error
    fits = len(shape) == array.ndim and all(
        wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise ValueError(
            f"{name} must have shape ({wanted}{',' * (len(shape) == 1)}); got {array.shape}."
        )
    return array


def check_numbers(name: str, given: Any, shape: Shape) -> np.ndarray:
    """Make an array of numbers, as `as_array` does; None among them is NaN."""
    numbers = as_array(name, given, shape)
    if numbers.dtype == object:
        with suppress(TypeError, ValueError):
            numbers = numbers.astype(float)
    if numbers.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers; got {shorten(given)}.")
    return numbers


def check_length(name: str, given: Sequence[Any], length: int) -> Sequence[Any]:
    """Raise unless there are as many names as there should be."""
    if len(given) != length:
        raise ValueError(f"{name} must have {length} entries; got {len(given)}.")
    return given
