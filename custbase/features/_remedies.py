"""How a user makes datetimes or numbers of a column, in the words of its library, by its values."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

# Values of a column that are looked at.
N_SHOWN = 1000
# Numbers that stand for times -> what they are, the first bound included: whole dates, days of
# spreadsheets since 1899-12-30, and time since 1970 between 1976 and 2100 in a unit.
DATES, SPREADSHEET, SPREADSHEET_START = (19_000_101, 21_001_232), (20_000, 80_000), 25_569
EPOCHS = {"s": 2e8, "ms": 2e11, "us": 2e14, "ns": 2e17}
EPOCH_LENGTH = 20.5


def in_words_of(frame: Any, pandas: str, polars: str, other: str = "a cast") -> str:
    """Choose the conversion that the frame's own library knows."""
    if frame.implementation.is_pandas_like():
        return pandas
    return polars if frame.implementation.is_polars() else other


def numbers_to_times(column: str, frame: Any) -> str:
    """Write how numbers become datetimes, as they are: dates, days, or time since 1970.

    Parameters
    ----------
    column : str
        Name of a column of numbers.
    frame : narwhals frame
        With the column; a lazy one tells no values.

    Returns
    -------
    str
        The conversion, or two of them if the values do not tell.
    """
    log, pl = f"log[{column!r}]", f"pl.col({column!r})"
    other = "a function of your engine"
    whole = in_words_of(
        frame,
        f"pd.to_datetime({log}.astype('int64').astype(str), format='%Y%m%d')",
        f"{pl}.cast(pl.Int64).cast(pl.String).str.to_date('%Y%m%d')",
        other,
    )
    values = _first_values(column, frame)
    if values and all(DATES[0] <= value < DATES[1] for value in values):
        return whole
    if values and all(SPREADSHEET[0] <= value < SPREADSHEET[1] for value in values):
        return in_words_of(
            frame,
            f"pd.to_datetime({log}, unit='D', origin='1899-12-30')",
            f"pl.from_epoch({pl} - {SPREADSHEET_START}, 'd')",
            other,
        )
    for unit, start in EPOCHS.items():
        since = in_words_of(
            frame, f"pd.to_datetime({log}, unit={unit!r})", f"pl.from_epoch({pl}, {unit!r})", other
        )
        if values and all(start <= value < start * EPOCH_LENGTH for value in values):
            return since
    since = in_words_of(frame, f"pd.to_datetime({log}, unit='s')", f"pl.from_epoch({pl}, 's')", "")
    return f"{whole}, or with {since}" if since else whole


def text_to_numbers(column: str, frame: Any) -> str:
    """Write how text becomes numbers: without signs of currency, or with a decimal comma.

    Parameters
    ----------
    column : str
        Name of a column of text.
    frame : narwhals frame
        With the column; a lazy one tells no values.

    Returns
    -------
    str
        The conversion.
    """
    log, pl = f"log[{column!r}]", f"pl.col({column!r})"
    texts = [str(value).strip() for value in _first_values(column, frame)]
    has_comma = any(re.search(r",\d{1,2}\D*$", text) for text in texts)
    has_signs = any(re.search(r"[^\d.,+\-eE]", text) for text in texts)
    groups = any(re.search(r",\d{3}", text) for text in texts)
    steps: list[tuple[str, str, bool]] = []
    if has_comma:
        steps += [(".", "", False), (",", ".", False)]
    if has_signs or (groups and not has_comma):
        steps.append(("[^0-9.-]", "", True))
    pandas = "".join(f".str.replace({a!r}, {b!r}, regex={regex})" for a, b, regex in steps)
    polars = "".join(
        f".str.replace_all({a!r}, {b!r}{'' if regex else ', literal=True'})"
        for a, b, regex in steps
    )
    return in_words_of(frame, f"pd.to_numeric({log}{pandas})", f"{pl}{polars}.cast(pl.Float64)")


def objects_to_numbers(column: str, frame: Any) -> str:
    """Write how Python's objects become numbers in pandas: those that it does not know, too."""
    log = f"log[{column!r}]"
    is_known = not any(isinstance(value, Fraction) for value in _first_values(column, frame))
    return f"pd.to_numeric({log}).astype(float)" if is_known else f"{log}.astype(float)"


def _first_values(column: str, frame: Any) -> list[Any]:
    """Some values that are not missing; none of a lazy frame."""
    if not isinstance(frame, nw.DataFrame):
        return []
    values = frame[column].drop_nulls().head(N_SHOWN).to_list()
    return [value for value in values if not (isinstance(value, float) and np.isnan(value))]
