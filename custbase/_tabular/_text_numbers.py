"""Numbers that were written for people: with currencies, thousands, and decimal commas."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

# What may stand beside a number: signs and codes of currencies, and percents. Other letters make
# codes of it, such as A12.
SIGNS = r"[$\u00a2-\u00a5\u20a0-\u20cf%]|(?:US|CA|A|C|R|HK|NZ|S)\$"
CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|BRL|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|TL|MXN|ZAR|RUB"
    "|KRW|SGD|HKD"
)
BEFORE = rf"{SIGNS}|{CODES}|kr\.?|Fr\.?|Rs\.?"
AFTER = rf"{BEFORE}|z\u0142|K\u010d|Ft|lei|p\.?|\u0440(?:\u0443\u0431)?\.?"
NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+\u2212])?\s*(?:{BEFORE})?\s*(?P<inner>[-+\u2212])?\s*"
    r"(?P<digits>\d{1,3}(?:['\u2019\s_]\d{3})+(?:[.,]\d*)?|\d[\d.,]*|[.,]\d+)(?P<power>e[-+]?\d+)?"
    rf"\s*(?:{AFTER})?\s*(?P<close>\))?(?P<last>[-\u2212])?",
    re.IGNORECASE,
)
SPACES = re.compile(r"['\u2019\s_]")
GROUPS_OF_THREE = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}")  # lakhs and crores in twos
# Days as people and machines write them, with or without a time.
DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}[.]?[ -]?[^\W\d]{3,9}\.?[ ,-]+\d{2,4}|[^\W\d]{3,9}\.? \d{1,2},? \d{4})"
    r"(?:[t ,]+\d{1,2}:\d{2}.*)?",
    re.IGNORECASE,
)


class _Written(NamedTuple):
    """The parts of a number as it is written."""

    digits: str  # with dots and commas only
    power: str
    is_negative: bool


def find_decimal_mark(texts: pd.Index) -> str:
    """Tell which mark stands before decimals, where a text alone does not say it.

    Parameters
    ----------
    texts : Index of str
        Distinct texts.

    Returns
    -------
    str
        "," if more texts show that it is the one, or if dots part thousands; otherwise ".".
    """
    written = [found.digits for found in map(_read, texts) if found is not None]
    marks = [_mark_of(digits) for digits in written]
    if not any(marks) and _has_thousands_by_dots(written):
        return ","
    return "," if marks.count(",") > marks.count(".") else "."


def _has_thousands_by_dots(written: list[str]) -> bool:
    """Tell "2.350" for 2,350 where no text shows a mark before decimals.

    Decimals that were cut short would not end in 0, and those that were not would stand behind
    every number: whole numbers of up to three digits have lost no thousands.
    """
    whole = [digits for digits in written if digits.isdigit()]
    dotted = [digits for digits in written if digits.count(".") == 1]
    return (
        len(whole) + len(dotted) == len(written)
        and max(map(len, whole), default=4) <= 3
        and any(digits.endswith("0") for digits in dotted)
    )


def parse_numbers(texts: pd.Index, mark: str) -> np.ndarray:
    """Read numbers.

    Parameters
    ----------
    texts : Index of str
        Distinct texts.
    mark : str
        What stands before decimals in texts that may mean two numbers, such as "1,234".

    Returns
    -------
    ndarray of shape (n_texts,)
        The numbers, NaN of what is none; 12 of "12 %".
    """
    numbers = np.full(len(texts), np.nan)
    rest = np.arange(len(texts))
    if mark == ".":
        numbers = pd.to_numeric(texts.to_series(), errors="coerce").to_numpy(np.float64, copy=True)
        rest = np.flatnonzero(np.isnan(numbers))
    names = texts.tolist()
    for place in rest:
        numbers[place] = _parse(names[place], mark)
    return numbers


def is_date(text: str) -> bool:
    """Tell whether a text is a day, with or without a time."""
    return DATE.fullmatch(text) is not None


def _read(text: str) -> _Written | None:
    """Take a number apart; None of what is none."""
    found = NUMBER.fullmatch(text)
    if found is None or is_date(text) or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [found[name] for name in ("sign", "inner", "last")]
    is_negative = any(sign in ("-", "\u2212") for sign in signs) or bool(found["open"])
    digits = SPACES.sub("", found["digits"])
    return _Written(digits.removesuffix(".").removesuffix(","), found["power"] or "", is_negative)


def _mark_of(digits: str) -> str | None:
    """Mark before decimals that a number shows; None if it has none, or may mean two numbers."""
    commas, dots = digits.count(","), digits.count(".")
    if commas and dots:
        return "," if digits.rfind(",") > digits.rfind(".") else "."
    if commas + dots != 1:  # two marks of a kind are of thousands
        return None if not commas + dots else "." if commas else ","
    whole, rest = re.split("[.,]", digits)
    is_decimal = len(rest) != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0")
    return ("," if commas else ".") if is_decimal else None


def _parse(text: str, mark: str) -> float:
    written = _read(text)
    if written is None:
        return np.nan
    digits = written.digits
    mark = _mark_of(digits) or mark
    whole, _, decimals = digits.partition(mark)
    groups = whole.replace("." if mark == "," else ",", ",")
    if "," in groups and not GROUPS_OF_THREE.fullmatch(groups):
        return np.nan
    if not decimals.isdigit() and decimals:
        return np.nan
    value = float(f"{groups.replace(',', '') or '0'}.{decimals or '0'}{written.power}")
    return -value if written.is_negative else value
