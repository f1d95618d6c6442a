"""Rows of a fitted matrix that are added or replaced, for partial_fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, vstack

from .._interactions import canonical_csr
from .._params import as_numbers, shorten


def check_rows(rows: Any, n_new: int, n_rows: int) -> np.ndarray:
    """Check the numbers of rows that are replaced.

    Parameters
    ----------
    rows : array of int of shape (n_new,)
        What the user gave.
    n_new, n_rows : int
        How many rows come, and how many there are.

    Returns
    -------
    ndarray of int64 of shape (n_new,)
        The numbers.

    Raises
    ------
    ValueError
        If they are not as many as come, no row numbers, or not distinct.
    """
    numbers = as_numbers(rows, "iu")
    if isinstance(rows, list | tuple | np.ndarray) and not len(rows):
        numbers = np.empty(0, np.int64)  # of an empty list, numpy makes other numbers
    if (
        numbers.shape != (n_new,)
        or numbers.dtype.kind == "f"
        or len(np.unique(numbers)) < n_new
        or (n_new and not 0 <= numbers.min() <= numbers.max() < n_rows)
    ):
        raise ValueError(
            f"rows must hold distinct numbers from 0 to {n_rows - 1}, one for each of the {n_new} "
            f"rows of X; got {shorten(rows)}."
        )
    return numbers.astype(np.int64)


def put_rows(fitted: csr_array, new: csr_array, rows: Any) -> tuple[csr_array, csr_array]:
    """Add or replace rows.

    Parameters
    ----------
    fitted : csr_array of shape (n_rows, n_items)
        What was fitted.
    new : csr_array of shape (n_new, n_items)
        What comes.
    rows : array of int of shape (n_new,) or None
        Numbers of the rows that are replaced; None adds rows at the end.

    Returns
    -------
    together : csr_array
        The matrix that a refit would see.
    changed : csr_array
        Rows before and after: whatever differs stands in their columns.

    Raises
    ------
    ValueError
        If `rows` are not as many as `new` has, no row numbers, or not distinct.
    """
    if rows is None:
        return canonical_csr(vstack([fitted, new], format="csr")), new
    n_rows, n_new = fitted.shape[0], new.shape[0]
    numbers = check_rows(rows, n_new, n_rows)
    source = np.arange(n_rows)
    source[numbers] = n_rows + np.arange(n_new)
    together = vstack([fitted, new], format="csr")[source]
    changed = vstack([fitted[numbers], new], format="csr")
    return canonical_csr(together), canonical_csr(changed)


def refuse_rows(rows: Any) -> None:
    """Raise if rows are to be replaced before any are fitted."""
    if rows is not None:
        raise ValueError(
            f"rows must be None in the first call, when nothing is fitted; got {shorten(rows)}."
        )


def related_items(interactions: csr_array, changed: csr_array) -> np.ndarray:
    """Items whose neighbours can have changed: those in changed rows, and what goes with them.

    Products change between two items of a changed row, sizes change of the items of one.

    Parameters
    ----------
    interactions : csr_array of shape (n_rows, n_items)
        The matrix now.
    changed : csr_array of shape (n_changed, n_items)
        Rows before and after, as `put_rows` gives them.

    Returns
    -------
    ndarray of shape (n_related,)
        Numbers of items, ascending.
    """
    is_changed = np.zeros(interactions.shape[1], dtype=bool)
    is_changed[changed.indices] = True
    counts = np.diff(interactions.indptr)
    row = np.repeat(np.arange(len(counts)), counts)
    has_changed = np.bincount(row[is_changed[interactions.indices]], minlength=len(counts)) > 0
    is_changed[interactions.indices[has_changed[row]]] = True
    return np.flatnonzero(is_changed)
