"""Numbers that were written for people: with signs of currency, thousands, and decimal commas."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

# What may stand before or after a number: signs of currencies and their codes, and percents. Other
# letters make codes of it, such as A12.
CURRENCY = (
    r"[$\u00a2-\u00a5\u20a0-\u20cf%]|(?:US|CA|A|C|R|HK|NZ|S)\$|kr\.?|z\u0142|Fr\.?|Rs\.?|K\u010d|Ft|lei|p\.?|"
    r"USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|BRL|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|TL|MXN|ZAR|RUB|KRW|SGD|HKD"
)
NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+\u2212])?\s*(?:{CURRENCY})?\s*(?P<inner>[-+\u2212])?\s*"
    r"(?P<digits>\d[\d.,'\u2019\s_]*|[.,]\d+)(?P<power>e[-+]?\d+)?"
    rf"\s*(?:{CURRENCY})?\s*(?P<close>\))?(?P<last>[-\u2212])?",
    re.IGNORECASE,
)
GROUPS = re.compile(r"['\u2019\s_]")
# Dates, and times, as people and machines write them.
DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}[ -]?[a-z]{3,9}\.?[ ,-]+\d{2,4}|[a-z]{3,9}\.? \d{1,2},? \d{4})"
    r"(?:[t ]+\d{1,2}:\d{2}.*)?",
    re.IGNORECASE,
)


def find_decimal_mark(texts: pd.Index) -> str:
    """Tell which mark stands before the decimals of numbers.

    Parameters
    ----------
    texts : Index of str
        Distinct texts.

    Returns
    -------
    str
        "," where a number shows that it is no mark of thousands; otherwise ".".
    """
    commas = 0
    for text in texts:
        digits = _digits_of(text)
        last_comma, last_dot = digits.rfind(","), digits.rfind(".")
        if last_comma < 0:
            # Two dots are marks of thousands, and so may one be.
            commas += digits.count(".") > 1
        elif last_dot >= 0:
            commas += 1 if last_comma > last_dot else -1
        elif digits.count(",") > 1:
            commas -= 1
        else:
            commas += len(digits) - last_comma - 1 != 3 or digits.startswith("0,")
    return "," if commas > 0 else "."


def parse_numbers(texts: pd.Index, mark: str) -> np.ndarray:
    """Read numbers.

    Parameters
    ----------
    texts : Index of str
        Distinct texts.
    mark : str
        What stands before the decimals.

    Returns
    -------
    ndarray of shape (n_texts,)
        The numbers, NaN of what is none; percents stay percents.
    """
    plain = pd.to_numeric(texts.to_series(), errors="coerce").to_numpy(np.float64, copy=True)
    if mark == ".":
        rest = np.flatnonzero(np.isnan(plain))
    else:
        plain = np.full(len(texts), np.nan)
        rest = np.arange(len(texts))
    for place in rest:
        plain[place] = _parse(texts[place], mark)
    return plain


def is_date(text: str) -> bool:
    """Tell whether a text is a date."""
    return DATE.fullmatch(text) is not None


def _digits_of(text: str) -> str:
    found = NUMBER.fullmatch(text)
    return GROUPS.sub("", found["digits"]) if found else ""


def _parse(text: str, mark: str) -> float:
    found = NUMBER.fullmatch(text)
    if found is None or is_date(text):
        return np.nan
    parts_of_thousands = GROUPS.split(found["digits"].strip().partition(mark)[0])
    if any(len(group) != 3 for group in parts_of_thousands[1:]):
        return np.nan
    digits = GROUPS.sub("", found["digits"]).rstrip(".,")
    other = "," if mark == "." else "."
    whole, _, parts = digits.partition(mark)
    groups = whole.split(other)
    if mark in parts or other in parts or any(len(group) != 3 for group in groups[1:]):
        return np.nan
    try:
        value = float(f"{''.join(groups) or '0'}.{parts or '0'}{found['power'] or ''}")
    except ValueError:
        return np.nan
    signs = [found[name] for name in ("sign", "inner", "last")]
    is_negative = any(sign in ("-", "\u2212") for sign in signs) or bool(found["open"])
    return -value if is_negative else value
