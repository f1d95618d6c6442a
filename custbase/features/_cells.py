"""Rows of a log added up to cells of users and items."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from .._interactions import canonical_csr


def sum_cells(
    amount: np.ndarray,
    user: np.ndarray,
    item: np.ndarray,
    shape: tuple[int, int],
    rounding: np.ndarray,
) -> csr_array:
    """Sum the amounts of every user and item.

    Parameters
    ----------
    amount : ndarray of shape (n_rows,)
        What each row adds.
    user, item : ndarray of int of shape (n_rows,)
        The cell that it adds to.
    shape : tuple of int
        Numbers of users and items.
    rounding : ndarray of shape (n_rows,)
        What `row_roundings` says of them.

    Returns
    -------
    csr_array of shape (n_users, n_items)
        The sums that are not 0, as `canonical_csr` gives them. What rounding leaves of
        amounts that cancel is 0, in whatever order they come.
    """
    sums = coo_array((amount, (user, item)), shape=shape).tocsr()
    if (amount < 0).any():
        left = coo_array((rounding * np.abs(amount), (user, item)), shape=shape).tocsr()
        for matrix in (sums, left):  # the same cells in the same order, zeros included
            matrix.sum_duplicates()
        cancels = (np.abs(sums.data) <= left.data) & (left.data < np.inf)
        sums.data[cancels] = 0.0
    return canonical_csr(sums)
