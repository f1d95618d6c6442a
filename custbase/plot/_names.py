"""What segments are called in a picture."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._params import ARRAY, MAPPING, NONE, Is, check_value

Names = Mapping[Any, str] | pd.Series | Sequence[str] | np.ndarray

WIDTH = 26


def is_noise(segment: Any) -> bool:
    """Tell whether a label stands for no segment."""
    return isinstance(segment, int | float | np.number) and bool(segment == -1)


def name_segments(segments: Iterable[Any], names: Names | None) -> list[str]:
    """Name segments as the user does, or else by their labels; a list skips noise."""
    check_value("names", names, MAPPING, Is((pd.Series,), "a Series"), ARRAY, NONE)
    segments = list(segments)
    if names is None:
        given = {}
    elif isinstance(names, Mapping | pd.Series):
        given = dict(names)
    else:
        real = [segment for segment in segments if not is_noise(segment)]
        if len(names) != len(real):
            raise ValueError(
                f"names must have one name for each of the {len(real)} segments {real}, in that "
                f"order; got {len(names)}. To name only some, map segments to names."
            )
        given = dict(zip(real, names, strict=True))
    return [str(given.get(segment, _default_name(segment))) for segment in segments]


def wrap_name(name: str) -> str:
    """Break a long name into lines."""
    return textwrap.fill(name, WIDTH)


def shorten_name(name: str) -> str:
    """Cut a long name to one line."""
    return textwrap.shorten(name, WIDTH, placeholder="\N{HORIZONTAL ELLIPSIS}")


def _default_name(segment: Any) -> str:
    """Name a segment by its label."""
    if is_noise(segment):
        return "No segment"
    return segment if isinstance(segment, str) else f"Segment {segment}"
