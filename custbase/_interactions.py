"""Matrices of customers and items at the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils.validation import check_array

from ._column_names import fitted_names, read_names, refuse_other_names
from ._inputs import (
    check_cells,
    refuse_lazy_frame,
    refuse_other_than_numbers,
)
from ._log_or_matrix import refuse_log, refuse_numbers_of_log
from ._missing_values import explain_values, fill_zeros, refuse_missing_values

# Interactions beyond it, or its inverse, have squares whose products are no normal numbers.
SMALLEST = 1e-60
# Values that are looked at together: a whole copy of them could be the peak of a fit.
BLOCK_VALUES = 2**18


def check_interactions(estimator: Any, X: Any, *, reset: bool) -> csr_array:
    """Validate a matrix of customers and items, and remember or check its columns.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` when `reset`.
    X : sparse matrix, array or frame of shape (n_users, n_items)
        What the user gave.
    reset : bool
        True in ``fit``, False afterwards.

    Returns
    -------
    csr_array of shape (n_users, n_items)
        Float64 values, none of them 0, columns in ascending order, none twice; it may
        share memory with what was given, and is never to be written.

    Raises
    ------
    TypeError
        If `X` is a lazy frame.
    ValueError
        If `X` holds other things than finite numbers, numbers whose squares cannot be
        added up, has another shape or other columns than in ``fit``, or looks like a log.
    """
    # A frame must have the names of fit, which looked at them.
    may_be_log = reset or fitted_names(estimator) is None or not hasattr(X, "columns")
    with explained(X, "X", may_be_log=may_be_log):
        # Empty matrices of no customers are as good as any, once the items are known.
        cells = check_cells(estimator, X, reset=reset, min_rows=1 if reset else 0)
    if may_be_log:
        refuse_numbers_of_log(cells, "X", X)
    return canonical_csr(cells)


def read_cells(X: Any, argument: str, *, min_rows: int = 1) -> Any:
    """Validate a matrix of customers and items that no estimator learns from.

    Parameters
    ----------
    X : sparse matrix, array or frame of shape (n_users, n_items)
        What the user gave.
    argument : str
        How the user knows it.
    min_rows : int, default=1
        Fewer rows are refused.

    Returns
    -------
    ndarray or sparse matrix in CSR of shape (n_users, n_items)
        Finite numbers, float64; possibly those of the user, never to be written.

    Raises
    ------
    TypeError, ValueError
        As `check_interactions` does.
    """
    with explained(X, argument):
        cells = check_array(
            X, accept_sparse="csr", dtype=np.float64, ensure_min_samples=min_rows,
            input_name=argument,
        )  # fmt: skip
    refuse_numbers_of_log(cells, argument, X)
    return cells


@contextmanager
def explained(X: Any, argument: str, *, may_be_log: bool = True) -> Iterator[None]:
    """Refuse logs, and say which columns of a frame are at fault if scikit-learn refuses it.

    To look at thousands of columns, one by one, takes longer than to validate them. What
    `may_be_log` is false for is a log all the same if it is refused and its names say so.
    """
    refuse_lazy_frame(X, argument)
    if may_be_log:
        refuse_log(X, argument)
    try:
        yield
    except (TypeError, ValueError) as error:
        refuse_log(X, argument)
        refuse_other_than_numbers(
            X, argument, "Interactions are counts, amounts or ratings, one column per item; "
            "InteractionEncoder makes a matrix of a log.",
        )  # fmt: skip
        refuse_missing_values(X, argument, f"A missing interaction is 0: use {fill_zeros(X)}.")
        way = "leave it out of the matrix" if issparse(X) else "use np.nan_to_num"
        with explain_values(X, argument, f"A missing interaction is 0: {way}."):
            raise error


def check_held(
    y: Any, n_rows: int, n_items: int | None, argument: str, names: Any = None
) -> csr_array:
    """Validate what customers have, beside a matrix of what else is known of them.

    Parameters
    ----------
    y : sparse matrix or array of shape (n_rows, n_items)
        What the user gave.
    n_rows : int
        Number of customers.
    n_items : int or None
        Number of items; None for any.
    argument : str
        How the user knows it.
    names : sequence of object or None, default=None
        Names of the items, which those of a frame must be; None for any.

    Returns
    -------
    csr_array of shape (n_rows, n_items)
        As `check_interactions` returns it.

    Raises
    ------
    ValueError
        If `y` holds other things than finite numbers, has another shape or other items, or
        looks like a log.
    """
    if y is None:
        raise ValueError(
            f"{argument} must hold items of the customers; got None. requires y to be passed: a "
            "matrix, one row per customer and one column per item."
        )
    held = read_cells(y, argument, min_rows=0)
    if held.shape[0] != n_rows or n_items not in (None, held.shape[1]):
        wanted = f"{n_rows} rows" + ("" if n_items is None else f" and {n_items} columns")
        raise ValueError(
            f"{argument} must have {wanted}, one row per customer and one column per item; got "
            f"shape {held.shape}."
        )
    refuse_other_names(read_names(y), names, f"{argument} must have the items of fit, in order")
    return canonical_csr(held, argument)


def canonical_csr(matrix: Any, argument: str = "X") -> csr_array:
    """Bring a matrix of finite numbers into the one form that loops over CSR read.

    Parameters
    ----------
    matrix : sparse matrix or array of float64
        Finite numbers; never written.
    argument : str, default="X"
        How the user knows it.

    Returns
    -------
    csr_array
        As `check_interactions` returns it.

    Raises
    ------
    ValueError
        If squares of the numbers cannot be added up.
    """
    rows = csr_array(matrix)
    if not rows.has_canonical_format or not np.all(rows.data):
        rows = rows.copy()
        rows.sum_duplicates()
        rows.eliminate_zeros()
    for start in range(0, rows.nnz, BLOCK_VALUES):
        sizes = np.abs(rows.data[start : start + BLOCK_VALUES])
        if not SMALLEST < sizes.min() <= sizes.max() < 1 / SMALLEST:
            raise ValueError(
                f"{argument} must hold numbers between {SMALLEST:g} and {1 / SMALLEST:g}, but for "
                f"signs and zeros; got {sizes.min():g} to {sizes.max():g}. Change their unit."
            )
    # Both of one type, the shorter one: scipy keeps it, and loops over CSR are compiled once.
    is_short = max(rows.nnz, *rows.shape) <= np.iinfo(np.int32).max
    rows.indices = rows.indices.astype(np.int32 if is_short else np.int64, copy=False)
    rows.indptr = rows.indptr.astype(rows.indices.dtype, copy=False)
    return rows
