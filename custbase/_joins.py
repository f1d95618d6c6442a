"""What two tables of one user must share: the index of their rows, or the ids of customers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pandas as pd

Call = TypeVar("Call", bound=Callable[..., Any])


def refuse_other_index(**given: Any) -> None:
    """Raise if columns or frames of pandas that are read row by row differ in their index.

    Parameters
    ----------
    **given : object
        What the user gave, by the names that the user knows. Other objects than Series
        and frames of pandas have no index and pass.

    Raises
    ------
    ValueError
        If an index is not that of the first one, label by label: rows of other
        customers would be combined. If frames have the same columns in another order.
    """
    frames = {name: value for name, value in given.items() if isinstance(value, pd.DataFrame)}
    for name, frame in frames.items():
        first, earlier = next(iter(frames.items()))
        columns, wanted = frame.columns, earlier.columns
        are_turned = len(columns) == len(wanted) and _has_the_labels(columns, wanted)
        if are_turned and not columns.equals(wanted):
            raise ValueError(
                f"{name} must have the columns of {first}, in the same order; it has the same "
                f"ones in another order. Use {name}[{first}.columns], or .to_numpy() if the order "
                "is right."
            )
    for name, index, first, expected in _find_other_indexes(given):
        remedy = f"Keep the rows that both have, such as pd.concat([{first}, {name}], axis=1, "
        remedy += "join='inner')"
        if len(index) != len(expected):
            fault = f"it has {len(index)} rows and {first} has {len(expected)}"
        elif _has_the_labels(index, expected):
            fault = "it has the same labels in another order"
            remedy = _put_in_order(name, first, index)
        else:
            fault = "some labels are in one of them only"
        raise ValueError(
            f"{name} must have the index of {first}, in the same order; {fault}. "
            f"{remedy}, or .to_numpy() if the order is right."
        )


def refuse_turned_index(**given: Any) -> None:
    """Raise if columns or frames of pandas hold the same rows in another order.

    Other labels count by position, as in scikit-learn: predictions rarely have those of
    what they predict. So do predictions with a fresh index, 0, 1, 2 and so on, of rows that
    were shuffled before.

    Parameters
    ----------
    **given : object
        As for `refuse_other_index`.

    Raises
    ------
    ValueError
        If an index has the labels of the first one, in another order.
    """
    for name, index, first, expected in _find_other_indexes(given):
        is_turned = len(index) == len(expected) and _has_the_labels(index, expected)
        if is_turned and not is_fresh(index):
            way = _put_in_order(name, first, index)
            raise ValueError(
                f"{name} must have the index of {first}, in the same order; it has the same labels "
                "in another order, so that other rows would be combined. "
                f"{way}, or .to_numpy() if the order is right."
            )


def is_fresh(index: pd.Index) -> bool:
    """Tell whether an index is 0, 1, 2 and so on, as of rows that were numbered again."""
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))


def in_one_order(function: Call) -> Call:
    """Let a function or method refuse arguments whose rows are those of the first, turned.

    Parameters
    ----------
    function : callable
        Its arguments hold one row per customer each, or something else, which passes.

    Returns
    -------
    callable
        The function. As in scikit-learn, a target `y` counts by position beside rows `X` that
        were numbered again.
    """
    names = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(names, args, strict=False)) | kwargs
        if isinstance(given.get("X"), pd.DataFrame) and is_fresh(given["X"].index):
            given.pop("y", None)
        refuse_turned_index(**given)
        return function(*args, **kwargs)

    return checked  # type: ignore[return-value]


def _put_in_order(name: str, first: str, index: pd.Index) -> str:
    """Say how rows come into the order of others."""
    if index.is_unique:
        return f"Use {name}.reindex({first}.index)"
    return f"Labels come more than once: take {first} and {name} from one frame"


def _find_other_indexes(given: dict[str, Any]) -> Iterator[tuple[str, pd.Index, str, pd.Index]]:
    """Names and indexes that differ from the first one, with its name and itself."""
    indexed = {
        name: value.index
        for name, value in given.items()
        if isinstance(value, pd.Series | pd.DataFrame)
    }
    for name, index in indexed.items():
        first, expected = next(iter(indexed.items()))
        # The same labels may come in several types, of pandas, numpy and Arrow.
        if not (index.equals(expected) or index.astype(object).equals(expected.astype(object))):
            yield name, index, first, expected


def _has_the_labels(index: pd.Index, expected: pd.Index) -> bool:
    """Tell whether two indexes hold the same labels."""
    return bool(index.isin(expected).all() and expected.isin(index).all())


def refuse_other_spelling(
    one: pd.Index, other: pd.Index, first: str, second: str, where: str = "the index"
) -> None:
    """Raise if customers would not be found because their ids are numbers here and text there.

    Parameters
    ----------
    one, other : Index
        Ids of customers of two tables, which are joined by them.
    first, second : str
        How the user knows the tables.
    where : str, default="the index"
        Where the ids stand.

    Raises
    ------
    TypeError
        If ids of different types are spelt alike, or no id is in both and their types
        differ.
    """
    kinds = _name_kind(one), _name_kind(other)
    if kinds[0] == kinds[1] == "number":
        return
    are_strange, are_unknown = ~one.isin(other), ~other.isin(one)
    none_in_both = are_strange.all() and are_unknown.all() and min(len(one), len(other)) > 0
    if kinds[0] == kinds[1] != "mixed" and not none_in_both:
        return  # "1" and "01" are two customers where others are in both
    strange, unknown = one[are_strange].tolist(), other[are_unknown].tolist()
    spelt = {_spell(customer): customer for customer in unknown}
    pair = next(((own, spelt[_spell(own)]) for own in strange if _spell(own) in spelt), None)
    if pair is None and none_in_both and kinds[0] != kinds[1]:
        pair = strange[0], unknown[0]
    if pair is not None:
        raise TypeError(
            f"{first} and {second} must name customers alike; {first} has ids of type "
            f"{type(pair[0]).__name__}, such as {pair[0]!r}, and {second} of type "
            f"{type(pair[1]).__name__}, such as {pair[1]!r}. Convert {where} of one of them."
        )


def _name_kind(ids: pd.Index) -> str:
    """Kind of ids that may be equal to each other: numbers, text, and so on."""
    match ids.inferred_type:
        case "integer" | "floating" | "mixed-integer-float" | "decimal" | "boolean":
            return "number"
        case "categorical":
            return _name_kind(pd.CategoricalIndex(ids).categories)
        case "mixed" | "mixed-integer":
            return "mixed"
        case kind:
            return kind


def _spell(customer: Any) -> str:
    """An id as text; 7.0 and 007 are spelt as 7 is."""
    if isinstance(customer, tuple):
        return repr([_spell(part) for part in customer])
    is_whole = isinstance(customer, float) and customer.is_integer()
    text = str(int(customer) if is_whole else customer).strip()
    return str(int(text)) if text.isascii() and text.isdigit() else text
