"""Tell logs of purchases from matrices of customers and items, by names and by numbers."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from ._id_names import BESIDE_ID, Name, read_name
from ._id_numbers import Numbers, read_numbers

# Names and numbers give points. A log has a column of so many, or two that add up to it.
ENOUGH = 8
# Of a matrix of more columns, items may well be called "User" and "Movie".
LOG_COLUMNS = 20
# Numbers of fewer rows say nothing, and those of more nothing new.
FEW_ROWS, MANY_ROWS = 20, 10_000
KEYS = ("customers", "orders", "", "items")
NO_NAME = Name("", 0)
NOTHING = Numbers(0)


class Column(NamedTuple):
    """How the user calls a column, and what its name and its numbers say."""

    label: str
    name: Name
    numbers: Numbers = NOTHING

    @property
    def points(self) -> int:
        """Of name and numbers."""
        return self.name.points + self.numbers.points

    @property
    def seen(self) -> str:
        """What speaks for ids."""
        reasons = [f"named like {self.name.role or 'ids'}"] if self.name.points else []
        return " and ".join([*reasons, *([self.numbers.seen] if self.numbers.points else [])])


def refuse_log(X: Any, argument: str) -> None:
    """Raise if the column names of a frame are those of a log of purchases.

    Parameters
    ----------
    X : object
        What the user gave for a matrix; other things than frames pass.
    argument : str
        How the user knows it.

    Raises
    ------
    ValueError
        If columns are called like customers and items, or one like ids of customers.
    """
    names = _list_names(X)
    if len(names) < 2:
        return
    is_wide = len(names) > LOG_COLUMNS
    if is_wide:  # Ids come first, or last.
        names = [*names[: LOG_COLUMNS // 2], *names[-LOG_COLUMNS // 2 :]]
    columns = [Column(repr(name), read_name(name)) for name in names]
    if is_wide:
        ids = [c for c in columns if c.name.role == "customers" and c.name.points >= ENOUGH]
        columns = ids[:1]
    _refuse(_find_evidence(columns), argument, X)


def refuse_numbers_of_log(cells: Any, argument: str, X: Any = None) -> None:
    """Raise if columns of a dense matrix hold ids, by their numbers and by what names say.

    Names may say nothing, and arrays have none.

    Parameters
    ----------
    cells : ndarray or sparse matrix of shape (n_rows, n_columns)
        Finite numbers; sparse ones pass.
    argument : str
        How the user knows it.
    X : object, default=None
        What the user gave; a frame has names.

    Raises
    ------
    ValueError
        If it looks like a log.
    """
    if not isinstance(cells, np.ndarray):
        return
    n_rows, n_columns = cells.shape
    if n_rows < FEW_ROWS or not 2 <= n_columns <= LOG_COLUMNS:
        return
    numbers = read_numbers(cells[:MANY_ROWS])
    if not any(of_column.points for of_column in numbers):
        return
    names = _list_names(X)
    labels = [repr(name) for name in names] or [str(j) for j in range(n_columns)]
    read = [read_name(name) for name in names] or [NO_NAME] * n_columns
    columns = [
        Column(label, name if name.role in KEYS else NO_NAME, of_column)
        for label, name, of_column in zip(labels, read, numbers, strict=True)
        if of_column.points
    ]
    _refuse(_find_evidence(columns), argument, X)


def _list_names(X: Any) -> list[Any]:
    frame = nw.from_native(X, pass_through=True)
    return list(frame.columns) if isinstance(frame, nw.DataFrame) else []


def _find_evidence(columns: list[Column]) -> list[Column]:
    """The one or two columns that make a log, those of customers first; none of a matrix."""
    columns = sorted(
        (c for c in columns if c.points),
        key=lambda c: KEYS.index(c.name.role) if c.name.role in KEYS else len(KEYS),
    )
    pairs = [pair for pair in combinations(columns, 2) if _add_up(*pair) >= ENOUGH]
    if pairs:
        best = max(pairs, key=lambda pair: (pair[1].name.role == "items", _add_up(*pair)))
        return [*best]
    return [c for c in columns if c.name.points > BESIDE_ID and c.points >= ENOUGH][:1]


def _add_up(one: Column, other: Column) -> int:
    """Points of two columns; two names of one role count once, and prices need customers."""
    roles = {one.name.role, other.name.role}
    if not roles & set(KEYS):
        return 0
    is_twice = len(roles) == 1 and roles != {""}
    return one.points + other.points - is_twice * min(one.name.points, other.name.points)


def _refuse(found: list[Column], argument: str, X: Any) -> None:
    """Raise if there is evidence, and say what was seen and what helps."""
    if not found:
        return
    seen = " and ".join(f"{column.label} ({column.seen})" for column in found)
    head = (
        f"{argument} must have one row per customer and one column per item; with the column"
        f"{'s' if len(found) > 1 else ''} {seen} it looks like a log."
    )
    labels = ", ".join(column.label for column in found)
    if len(found) == 2 and found[0].name.points and found[1].name.role == "items":
        remedy = f"InteractionEncoder({labels}).fit_transform(log) makes a matrix of it."
    else:
        remedy = "InteractionEncoder makes a matrix of a log."
    if found[0].name.role == "customers" and found[0].points >= ENOUGH:
        frame = nw.from_native(X, pass_through=True)
        is_polars = isinstance(frame, nw.DataFrame) and not frame.implementation.is_pandas_like()
        way = ".drop" if is_polars else ".set_index"
        remedy += f" {way}({found[0].label}) takes ids of customers out of a matrix."
    if any(column.name.points for column in found):
        remedy += " If such a column is an item, rename it."
    if any(column.numbers.points for column in found):
        remedy += " A matrix of amounts passes as scipy.sparse.csr_array(X)."
    raise ValueError(f"{head} {remedy}")
