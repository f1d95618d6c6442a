"""Columns of a raw frame: which are numbers, which categories, and which say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._column_names import IN_ORDER, refuse_other_names
from ._text_numbers import parse_numbers
from ._texts import (
    HALF,
    find_numbers,
    has_dates,
    is_identifier,
    refuse_dates,
    share_of_rare,
    warn_if_all_unseen,
)

NUMBER, CATEGORY, NOTHING = "number", "category", "nothing"
LARGEST = 1e150  # of a number: what is more cannot be squared
MISSING, UNSEEN = -1, -2  # in place of the number of a category


def learn_columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Tell what each column holds.

    Parameters
    ----------
    frame : DataFrame
        The rows of ``fit``.

    Returns
    -------
    dict
        ``names`` of the columns, their ``kinds``, the ``marks`` before decimals of
        numbers that are texts, and the ``levels`` of categories: their texts, sorted.

    Raises
    ------
    TypeError, ValueError
        If a column holds dates, infinities, or things that are no values.

    Warns
    -----
    CustbaseWarning
        Of texts that become numbers, of those that are mostly rare, and of identifiers
        that are left out.
    """
    kinds: list[Any] = []
    marks: list[Any] = []
    levels: list[Any] = []
    for name, column in frame.items():
        kind, mark = _tell_kind(name, column)
        kinds.append(kind)
        marks.append(mark)
        levels.append(sorted(_as_texts(column).dropna().unique()) if kind == CATEGORY else None)
    return {"names": list(frame.columns), "kinds": kinds, "marks": marks, "levels": levels}


def says_nothing(columns: Mapping[str, list[Any]]) -> bool:
    """Tell whether all columns are constant, empty or identifying ones."""
    return all(kind == NOTHING for kind in columns["kinds"])


def read_columns(frame: pd.DataFrame, columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Numbers as float64, with NaN, and categories by number; columns are called by position.

    Parameters
    ----------
    frame : DataFrame
        Rows with the columns of ``fit``.
    columns : mapping
        What `learn_columns` found.

    Returns
    -------
    DataFrame
        The columns that say something, called "0", "1", ... by their positions.
        Categories are int32, places in their levels: encoders take a tenth of the time
        that they take for texts.

    Warns
    -----
    CustbaseWarning
        If ``fit`` has seen none of the texts of a column.
    """
    given, names = list(frame.columns), columns["names"]
    # scikit-learn holds against each other what names are texts; arrays have none.
    if given != [f"x{i}" for i in range(len(names))]:
        refuse_other_names(given, names, IN_ORDER)
    read: dict[str, Any] = {}
    told = zip(*(columns[key] for key in ("names", "kinds", "marks", "levels")), strict=True)
    for position, (name, kind, mark, levels) in enumerate(told):
        column = frame.iloc[:, position]
        if kind == NUMBER:
            read[str(position)] = _as_numbers(name, column, mark)
        elif kind == CATEGORY:
            texts = _as_texts(column)
            places = pd.Index(levels).get_indexer(texts)
            is_unseen = (places < 0) & texts.notna().to_numpy()
            places[is_unseen] = UNSEEN
            warn_if_all_unseen(name, texts, is_unseen)
            read[str(position)] = places.astype(np.int32)
    return pd.DataFrame(read, index=frame.index)


def _tell_kind(name: Any, column: pd.Series) -> tuple[str, str | None]:
    """Kind of a column, and the mark before decimals if it holds texts of numbers."""
    _refuse_what_is_no_value(name, column)
    if _is_numeric(column):
        values = _as_numbers(name, column, None)
        return (NUMBER if _differs(values) else NOTHING), None
    texts = _as_texts(column)
    if texts.nunique() + texts.isna().any() < 2:
        return NOTHING, None
    is_chosen = isinstance(column.dtype, pd.CategoricalDtype)
    if has_dates(texts) and not (is_chosen and share_of_rare(texts.value_counts()) <= HALF):
        refuse_dates(name)
    if not is_chosen and (mark := find_numbers(name, column, texts)) is not None:
        values = _as_numbers(name, column, mark)
        return (NUMBER if _differs(values) else NOTHING), mark
    return (NOTHING if is_identifier(name, texts) else CATEGORY), None


def _is_numeric(column: pd.Series) -> bool:
    """Tell numbers and truth values, also those that are kept as objects."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return True
    if column.dtype.kind != "O" or isinstance(column.dtype, pd.StringDtype):
        return False
    kind = pd.api.types.infer_dtype(column, skipna=True)
    return kind in {"boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty"}


def _refuse_what_is_no_value(name: Any, column: pd.Series) -> None:
    """Raise for points in time, and for values that are tables themselves."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in {"datetime64", "datetime", "date", "period", "time"}:
        refuse_dates(name)
    if kind in {"timedelta64", "timedelta"}:
        raise ValueError(
            f"X must hold numbers, categories and truth values; column {name!r} holds durations. "
            f"Turn it into a number, such as days: X[{name!r}] / pd.Timedelta(days=1)."
        )
    if pd.api.types.is_complex_dtype(column):
        raise ValueError(f"Complex data not supported: column {name!r} holds complex numbers.")
    if column.dtype.kind == "O":
        for value in column[column.notna()].head(1000):
            if isinstance(value, list | dict | set | tuple | np.ndarray):
                raise TypeError(
                    f"X must hold numbers, strings and truth values; column {name!r} holds "
                    f"{type(value).__name__}s. The argument must be a string or a number."
                )


def _as_numbers(name: Any, column: pd.Series, mark: str | None) -> np.ndarray:
    """Values as float64; texts that are none are missing, or refused if ``fit`` saw no texts."""
    if _is_numeric(column):
        values = column.astype(object) if column.dtype.kind == "O" else column
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        texts = _as_texts(column)
        places, names = pd.factorize(texts)
        parsed = np.append(parse_numbers(pd.Index(names, dtype=object), mark or "."), np.nan)
        numbers = parsed[places]
        if mark is None and (wrong := texts[np.isnan(numbers) & texts.notna()]).size:
            raise ValueError(
                f"column {name!r} must hold numbers, as in fit; got "
                f"{', '.join(map(repr, wrong.unique()[:3]))}."
            )
    if count := np.count_nonzero(np.abs(numbers) > LARGEST):
        raise ValueError(
            f"Input X contains infinity, or values beyond {LARGEST:g}, in column {name!r} ({count} "
            "values). Replace them by NaN if they are unknown."
        )
    return numbers


def _as_texts(column: pd.Series) -> pd.Series:
    """Texts without blanks around them; empty ones are missing."""
    # Each text is named once. Other objects one by one: to a hash, 1 and True are the same.
    is_text = column.dtype.kind != "O" or pd.api.types.infer_dtype(column, skipna=True) == "string"
    values: Any = column
    if is_text or isinstance(column.dtype, pd.CategoricalDtype):
        numbers, values = pd.factorize(column)
    else:
        numbers = np.where(column.isna(), -1, np.arange(len(column)))
    names = np.array([*(_name_value(value) for value in values), ""], dtype=object)
    names[names == ""] = np.nan
    return pd.Series(names[numbers], index=column.index, dtype=object)


def _name_value(value: Any) -> str:
    """Name a value; 1, 1.0 and True are other things to Python's ``str`` but not to a user."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _differs(values: np.ndarray) -> bool:
    """Tell whether there are two different values, of which one may be missing."""
    first = values[0]
    if np.isnan(first):
        return not bool(np.isnan(values).all())
    return bool((values != first).any())
