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
DATES, SPREADSHEET, SPREADSHEET_START = (19_000_101, 21_001_232), (10_000, 80_000), 25_569
# Days since 1970 do not come that far before 2071.
SPREADSHEET_SURE = 37_000
EPOCHS = {"s": 2e8, "ms": 2e11, "us": 2e14, "ns": 2e17}
EPOCH_LENGTH = 20.5
# Letters that stand for money: codes, and short forms.
CURRENCY = re.compile(r"[A-Z]{3}|US|CA|HK|NZ|[ACR]|kr|K\u010d|z\u0142|Fr|Rs|Ft|lei|TL")


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
        Name of a column of numbers, or of texts of them.
    frame : narwhals frame
        With the column; a lazy one tells no values.

    Returns
    -------
    str
        The conversion, or two of them if the values do not tell.
    """
    log, pl = f"log[{column!r}]", f"pl.col({column!r})"
    other = "a function of your engine"
    values = first_values(column, frame)
    if any(isinstance(value, str) for value in values):
        values = [float(value) for value in values]
        log, pl = f"pd.to_numeric({log})", f"{pl}.cast(pl.Float64)"
    whole = in_words_of(
        frame,
        f"pd.to_datetime({log}.astype('Int64').astype('string'), format='%Y%m%d')",
        f"{pl}.cast(pl.Int64).cast(pl.String).str.to_date('%Y%m%d')",
        other,
    )
    if values and all(DATES[0] <= value < DATES[1] for value in values):
        return whole
    if values and all(SPREADSHEET[0] <= value < SPREADSHEET[1] for value in values):
        days = in_words_of(
            frame,
            f"pd.to_datetime({log}, unit='D', origin='1899-12-30')",
            f"pl.from_epoch({pl} - {SPREADSHEET_START}, 'd')",
            other,
        )
        since = in_words_of(
            frame, f"pd.to_datetime({log}, unit='D')", f"pl.from_epoch({pl}, 'd')", other
        )
        if min(values) >= SPREADSHEET_SURE:
            return days
        return f"{since} if they count days since 1970, or with {days} if since 1899-12-30"
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
        The conversion; one that makes missing values of what it cannot read, if there is such.
    """
    log, pl = f"log[{column!r}]", f"pl.col({column!r})"
    texts = [str(value).strip() for value in first_values(column, frame)]
    texts = [text for text in texts if text]
    steps: list[tuple[str, str]] = []
    if any(text.startswith("(") and text.endswith(")") for text in texts):
        steps.append((r"^\((.*)\)$", r"-\1"))  # of accountants
    if any("\u2212" in text for text in texts):
        steps.append(("\u2212", "-"))
    if any(re.search(r"\d-$", text) for text in texts):
        steps.append((r"^(.*\d)-$", r"-\1"))
    if any(re.search(r"[^\d.,+\-()\u2212]", text) for text in texts):
        words = {word for text in texts for word in re.findall(r"[^\W\d_]+", text)}
        has_units = not all(map(CURRENCY.fullmatch, words))  # such as 1.2k, which is not 1.2
        steps.append(("[^0-9A-Za-z.,-]" if has_units else "[^0-9.,-]", ""))
    has_dots = any(re.search(r"\.\d{1,2}\D*$", text) for text in texts)
    has_commas = any(re.search(r",\d{1,2}\D*$", text) for text in texts)
    if has_commas and not has_dots:
        steps += [(r"\.", ""), (",", ".")]
    elif has_commas:
        return in_words_of(
            frame,
            f"pd.to_numeric({log}, errors='coerce'), which leaves out decimal commas: both ways of "
            "writing occur",
            f"{pl}.cast(pl.Float64, strict=False), which leaves out decimal commas: both ways of "
            "writing occur",
        )
    elif any("," in text for text in texts):
        steps.append((",", ""))
    read = [_follow(text, steps) for text in texts]
    fails = len(texts) < len(first_values(column, frame)) or None in read
    coerced, loose = (", errors='coerce'", ", strict=False") if fails else ("", "")
    pandas = "".join(f".str.replace({a!r}, {b!r}, regex=True)" for a, b in steps)
    escaped = [(a, b.replace("\\1", "${1}")) for a, b in steps]
    polars = "".join(f".str.replace_all({a!r}, {b!r})" for a, b in escaped)
    is_text = _is_text(column, frame)
    texts_of = log if is_text or not steps else f"{log}.astype('string')"
    plain = pl if is_text else f"{pl}.cast(pl.String)"
    return in_words_of(
        frame,
        f"pd.to_numeric({texts_of}{pandas}{coerced})",
        f"{plain}{polars}.cast(pl.Float64{loose})",
    )


def hold_numbers(column: str, frame: Any) -> bool:
    """Tell whether all texts of a column, as far as one can see, are plain numbers."""
    texts = [str(value) for value in first_values(column, frame)]
    return bool(texts) and all(re.fullmatch(r"\d{4,}(\.\d+)?", text) for text in texts)


def _follow(text: str, steps: list[tuple[str, str]]) -> float | None:
    """What a text becomes by some replacements; None if it is no number then."""
    for pattern, other in steps:
        text = re.sub(pattern, other, text)
    try:
        return float(text)
    except ValueError:
        return None


def _is_text(column: str, frame: Any) -> bool:
    """Tell whether a column holds text only, and no categories or objects."""
    return bool(isinstance(frame.collect_schema()[column], nw.String))


def objects_to_numbers(column: str, frame: Any) -> str:
    """Write how Python's objects become numbers in pandas: those that it does not know, too."""
    log = f"log[{column!r}]"
    if any(isinstance(value, str) for value in first_values(column, frame)):
        return text_to_numbers(column, frame)
    is_known = not any(isinstance(value, Fraction) for value in first_values(column, frame))
    return f"pd.to_numeric({log}).astype(float)" if is_known else f"{log}.astype(float)"


def first_values(column: str, frame: Any) -> list[Any]:
    """Some values that are not missing; none of a lazy frame."""
    if not isinstance(frame, nw.DataFrame):
        return []
    values = frame[column].drop_nulls().head(N_SHOWN).to_list()
    return [value for value in values if not (isinstance(value, float) and np.isnan(value))]
