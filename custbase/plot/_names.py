"""What segments are called in a picture."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._params import MAPPING, NONE, Is, check_value

WIDTH = 26


def is_noise(segment: Any) -> bool:
    """Tell whether a label stands for no segment."""
    return isinstance(segment, int | float | np.number) and bool(segment == -1)


def name_segments(
    segments: Iterable[Any], names: Mapping[Any, str] | pd.Series | None
) -> list[str]:
    """Name segments as the user does, or else by their labels."""
    check_value("names", names, MAPPING, Is((pd.Series,), "a Series"), NONE)
    given = {} if names is None else dict(names)
    return [str(given.get(segment, _default_name(segment))) for segment in segments]


def wrap_name(name: str) -> str:
    """Break a long name into lines."""
    return textwrap.fill(name, WIDTH)


def _default_name(segment: Any) -> str:
    """Name a segment by its label."""
    if is_noise(segment):
        return "No segment"
    return segment if isinstance(segment, str) else f"Segment {segment}"
