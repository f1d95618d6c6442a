"""split_last_out: all but what each user had last, and that."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._params import Number, check_value
from ..features import InteractionEncoder
from ._interactions import (
    DROP_OR_KEEP,
    Interactions,
    InteractionSplit,
    make_split,
    read_interactions,
)


def split_last_out(
    log: Any,
    *,
    n_held_out: int = 1,
    time: str = "date",
    encoder: InteractionEncoder | None = None,
    new_items: str = "drop",
) -> InteractionSplit:
    """Leave out the items that each user came to last, and everything after them.

    Each user has a cut-off of their own. That tests every user who has enough items, but the
    histories of some run on after the cut-offs of others, and so tell of their future:
    `split_by_time` is more like use.

    Parameters
    ----------
    log : frame of pandas, polars or pyarrow
        One row an interaction, in any order.
    n_held_out : int, default=1
        How many items of a user are held out. Users who have no more keep everything in
        history, and nothing of them is held out.
    time : str, default="date"
        Name of the column of datetimes or dates.
    encoder : InteractionEncoder or None, default=None
        Names the columns of users and items, and what rows count; a copy of it is
        fitted. None for the default one.
    new_items : {"drop", "keep"}, default="drop"
        What becomes of held-out items that nobody has in history. They can hardly be
        found; "keep" has columns for them, empty in history, so that they count as
        missed.

    Returns
    -------
    InteractionSplit
        A named tuple:

        - ``history``, a csr_array of shape (n_users, n_items): sums up to the cut-offs;
        - ``held_out``, a csr_array of the same shape: sums of the items that users first
          had after them;
        - ``users``, an array of shape (n_users,): the ids of the rows, sorted;
        - ``encoder``, an InteractionEncoder fitted on history, which holds the ids of
          the columns.

    Raises
    ------
    TypeError
        If `log` is no frame in memory, a column is of a wrong type, or an argument is.
    ValueError
        If a column is absent or holds missing values, an argument is out of range, or
        nobody has more than `n_held_out` items.

    Warns
    -----
    CustbaseWarning
        If held-out items are left out because nobody has them in history; says how many.

    See Also
    --------
    split_by_time : One cut-off for all users.
    split_items : Held-out items that are drawn.

    Notes
    -----
    A user's items are in the order in which they first appear, those of one microsecond in
    the order of their rows in the log. The cut-off is just before the first row of the
    `n_held_out`-th last of them. History is what stands before it. What a user buys again
    after it stands nowhere: recommenders leave out what a user has, and to have it in
    history would be to know the future. Items that add up to 0, such as returned
    purchases, are not held out.

    O(n log n) time for n rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.model_selection import split_last_out
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "ann", "bob", "bob", "eve"],
    ...     "product_id": ["tea", "cup", "pot", "tea", "pot", "tea", "cup"],
    ...     "date": pd.to_datetime([f"2024-01-{day:02}" for day in (1, 2, 3, 4, 1, 2, 1)]),
    ... })
    >>> split = split_last_out(log)
    >>> split.encoder.items_.tolist()
    ['cup', 'pot', 'tea']
    >>> split.history.toarray()
    array([[1., 0., 1.],
           [0., 1., 0.],
           [1., 0., 0.]])
    >>> split.held_out.toarray()
    array([[0., 1., 0.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """
    check_value("n_held_out", n_held_out, Number(1, integer=True))
    check_value("new_items", new_items, DROP_OR_KEEP)
    rows = read_interactions(log, encoder, time)
    is_history, is_held = _cut_off(rows, n_held_out)
    return make_split(rows, is_history, is_held, new_items=new_items)


def _cut_off(rows: Interactions, n_held_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Mark the rows before the cut-off of their user, and those of items that come after it."""
    # Sorted by user and time; sorts of keys are stable, so that ties stay in the order of the log.
    order = np.lexsort((rows.instant, rows.user))
    user, n_rows = rows.user[order], len(order)
    cell = user * len(rows.encoder.items_) + rows.item[order].astype(np.int64)
    _, first, number = np.unique(cell, return_index=True, return_inverse=True)
    left = rows.rounding * np.abs(rows.amount)
    sums, left = (np.bincount(number, a[order]) for a in (rows.amount, left))
    is_item = np.abs(sums) > left
    starts = np.sort(first[is_item])
    n_items = np.bincount(user[starts], minlength=len(rows.users))
    has_enough = n_items > n_held_out
    if not has_enough.any():
        raise ValueError(
            f"n_held_out must leave history to at least one user; got {n_held_out}, and nobody "
            f"has more than {n_items.max()} items. Hold out fewer."
        )
    cut = np.full(len(rows.users), n_rows)
    cut[has_enough] = starts[n_items.cumsum()[has_enough] - n_held_out]
    is_history, is_held = np.empty((2, n_rows), dtype=bool)
    is_history[order] = np.arange(n_rows) < cut[user]
    is_held[order] = is_item[number] & (first[number] >= cut[user])
    return is_history, is_held
