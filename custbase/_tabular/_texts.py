"""What a column of texts holds: categories, numbers written as text, or names of customers."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from .._warn import warn
from ..exceptions import CustbaseWarning
from ._text_numbers import find_decimal_mark, is_date, parse_numbers

RARE = 10  # rows: categories of fewer are taken together
MOSTLY = 0.9  # of the texts of a column: so many are numbers, or it is one of categories
HALF = 0.5  # of them, where categories would keep little of it
MANY_LEVELS = 20  # numbers that differ: categories of them would forget their order
FEW_ROWS = 20  # below, it is no accident if all texts differ, or are new
YEAR, MONTH = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])"
MONTH_NAME = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Months, weeks, quarters, and days without a mark between their parts: numbers are written like
# some of them, one by one.
SHORT_DATE = re.compile(
    rf"{YEAR}(?:[-/]{MONTH}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))|{MONTH}[-/]{YEAR}"
    rf"|{MONTH_NAME}[.]?[ '\u2019/-]*{YEAR}|{MONTH_NAME}[.]?[ '\u2019/-]+\d\d"
    rf"|{YEAR}[ /-]*{MONTH_NAME}[.]?"
    rf"|{YEAR}[ /-]?(?:W(?:[0-4]\d|5[0-3])|Q[1-4])|Q[1-4][ /-]?{YEAR}",
    re.IGNORECASE,
)
# Years that begin in one and end in the next, such as 2009-10 and 2013/14.
SEASON = re.compile("|".join(rf"(?:19|20){y:02}[-/]{(y + 1) % 100:02}" for y in range(100)))


def find_numbers(name: Any, column: pd.Series, texts: pd.Series) -> str | None:
    """Tell whether texts are numbers.

    Parameters
    ----------
    name : object
        Name of the column.
    column : Series
        As it was given.
    texts : Series of str
        Texts without blanks around them; missing ones are NaN.

    Returns
    -------
    str or None
        The mark before their decimals; None if they are no numbers.

    Warns
    -----
    CustbaseWarning
        If they are.
    """
    given = texts.value_counts(sort=False)
    mark = find_decimal_mark(given.index)
    numbers = parse_numbers(given.index, mark)
    is_number = ~np.isnan(numbers)
    has_many = len(np.unique(numbers[is_number])) > MANY_LEVELS
    if has_many or share_of_rare(given) > HALF:
        is_told = _is_half(given, is_number, has_many)
    else:
        is_told = given[is_number].sum() >= MOSTLY * given.sum()
    if not is_told or not is_number.any():
        return None
    _warn_of_numbers(name, column, given, numbers)
    return mark


def has_dates(texts: pd.Series) -> bool:
    """Tell whether at least half of the texts are days, or months."""
    given = texts.value_counts(sort=False)
    are_days = [is_date(text) for text in given.index]
    if not all(SEASON.fullmatch(text) for text in given.index):
        are_days = [
            is_day or SHORT_DATE.fullmatch(text) is not None
            for is_day, text in zip(are_days, given.index, strict=True)
        ]
    is_day = np.array(are_days, dtype=bool)
    return _is_half(given, is_day, bool(is_day.sum() > MANY_LEVELS))


def _is_half(given: pd.Series, is_told: np.ndarray, has_many: bool) -> bool:
    """Tell whether at least half of the rows are told.

    If they are told many things, the most frequent other text may stand for what is unknown.
    """
    n_told, others = given[is_told].sum(), given[~is_told]
    n_rows = given.sum() - (others.max() if has_many and len(others) else 0)
    return bool(n_told >= HALF * n_rows > 0)


def share_of_rare(given: pd.Series) -> float:
    """Share of the rows whose text fewer than 10 of them have; 0 of no rows."""
    return float(given[given < RARE].sum() / max(given.sum(), 1))


def is_identifier(name: Any, texts: pd.Series) -> bool:
    """Tell whether all texts differ; warn of that, or of texts that are mostly rare."""
    given = texts.value_counts(sort=False)
    if len(given) > FEW_ROWS and given.max() == 1:
        warn(
            f"column {name!r} has another text in each of {len(given)} rows: it identifies "
            "customers, says nothing about others, and is left out. Drop it, or set it as index; "
            "if it holds amounts or dates as text, turn them into numbers.",
            CustbaseWarning,
        )
        return True
    if len(given) > FEW_ROWS and (share := share_of_rare(given)) > HALF:
        warn(
            f"column {name!r} holds {len(given):,} different texts, and {share:.0%} of the "
            f"customers have one that fewer than {RARE} share. Trees, forests and boosting take "
            "such texts together, as one rare category; logistic regression learns little of "
            "each. Give the column fewer categories, such as regions instead of towns; if it "
            "holds numbers with units, take the units away; if it names customers, drop it.",
            CustbaseWarning,
        )
    return False


def warn_if_all_unseen(name: Any, texts: pd.Series, is_unseen: np.ndarray) -> None:
    """Say that ``fit`` saw none of the texts of a column, unless they differ much anyway."""
    known = texts[texts.notna()]
    if len(known) < FEW_ROWS or not is_unseen[texts.notna()].all():
        return
    n_texts = known.nunique()
    if n_texts < 2 or share_of_rare(known.value_counts()) > HALF:
        return
    warn(
        f"column {name!r} holds {n_texts:,} texts, such as {known.iloc[0]!r}, and fit saw none of "
        "them. The model takes them for rare or unknown ones. Check that the texts are written as "
        "in fit.",
        CustbaseWarning,
    )


def _warn_of_numbers(name: Any, column: pd.Series, given: pd.Series, numbers: np.ndarray) -> None:
    """Say that texts become numbers, how, and which become missing values."""
    plain = pd.to_numeric(given.index.to_series(), errors="coerce").to_numpy(np.float64)
    read = np.flatnonzero(~np.isnan(numbers) & (plain != numbers))
    longest = max(read.tolist(), key=lambda place: len(given.index[place]), default=0)
    as_what = f", {given.index[longest]!r} as {numbers[longest]:.15g}" if len(read) else ""
    wrong = given[np.isnan(numbers)]
    lost = ", ".join(map(repr, wrong.index[:3]))
    blank = int((column.astype(str).str.strip() == "").sum())
    blanks = f"; {blank} blanks count as missing" if blank else ""
    others = f"; {wrong.sum()} others ({lost}) count as missing" if len(wrong) else ""
    remedy = (
        "Convert the column first"
        if len(read)
        else f"Convert it first, for instance with pd.to_numeric(X[{name!r}], errors='coerce')"
    )
    warn(
        f"column {name!r} holds numbers as text, which are taken as numbers{as_what}{blanks}"
        f"{others}. "
        f"{remedy}; if they are codes, say so with X[{name!r}].astype('category').",
        CustbaseWarning,
    )


def refuse_dates(name: Any) -> NoReturn:
    """Raise for points in time."""
    raise ValueError(
        f"X must hold numbers, categories and truth values; column {name!r} holds points in "
        "time. Turn it into a number, such as the days before the cut-off, or drop it; if they "
        f"name a few kinds, say so with X[{name!r}].astype('category')."
    )
