"""What segments, columns and models are called in a picture."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._params import ARRAY, MAPPING, NONE, Is, check_value

Names = Mapping[Any, str] | pd.Series | Sequence[str] | np.ndarray

WIDTH, LINES = 26, 6  # of a name in characters and lines; what is longer is cut
LEGEND_WIDTH, LONGEST = 60, 150  # of what stands above or beside axes, and of a name in it
CUT = "\N{HORIZONTAL ELLIPSIS}"
STRANGE = "\N{REPLACEMENT CHARACTER}"
# Texts are drawn as they are: a dollar is no mathematics.
AS_IS = {"parse_math": False}


def is_noise(segment: Any) -> bool:
    """Tell whether a label stands for no segment."""
    return isinstance(segment, int | float | np.number) and bool(segment == -1)


def name_segments(segments: Iterable[Any], names: Names | None) -> list[str]:
    """Name segments as the user does, or else by their labels; a list skips noise.

    A missing name is none.
    """
    column = nw.from_native(names, pass_through=True, allow_series=True)
    if isinstance(column, nw.Series) and not isinstance(names, pd.Series):
        names = column.to_list()
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
    return [
        _default_name(segment) if _is_missing(name) else str(name)
        for segment, name in ((segment, given.get(segment)) for segment in segments)
    ]


def clean_name(name: Any) -> str:
    """Write a name on one line, without characters that cannot be drawn."""
    return "".join(_clean(character) for character in str(name))


def wrap_name(name: Any, width: int = WIDTH) -> str:
    """Break a long name into lines, and cut what is longer still."""
    return textwrap.fill(clean_name(name), width, max_lines=LINES, placeholder=CUT)


def shorten_name(name: Any, width: int = WIDTH) -> str:
    """Cut a long name to one line, between words if that leaves half of it."""
    name = clean_name(name)
    if len(name) <= width:
        return name
    words = name[:width].rpartition(" ")[0]
    return (words if 2 * len(words) >= width else name[: width - 1]) + CUT


def tell(name: Any, told: str) -> str:
    """Say something of a model that has a name, or none, on lines that fit a legend."""
    if not (name := clean_name(name or "")):
        return told[:1].upper() + told[1:]
    return textwrap.fill(f"{shorten_name(name, LONGEST)}: {told}", LEGEND_WIDTH)


def _clean(character: str) -> str:
    """A space for any that parts lines or columns, nothing for a mark of byte order."""
    if character == "\ufeff":
        return ""
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return " " if character.isspace() else STRANGE
    return character


def _is_missing(name: Any) -> bool:
    """Tell whether a name is None, NaN or the like."""
    return bool(pd.api.types.is_scalar(name) and pd.isna(name))


def _default_name(segment: Any) -> str:
    """Name a segment by its label."""
    if is_noise(segment):
        return "No segment"
    return segment if isinstance(segment, str) else f"Segment {segment}"
