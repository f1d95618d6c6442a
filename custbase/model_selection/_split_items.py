"""split_items: some of the items of each user, drawn at random, and the others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils import check_random_state

from .._interactions import canonical_csr, read_cells
from .._params import RANDOM_STATE, Number, check_value

SIZE = (Number(0, 1, low_open=True, high_open=True), Number(1, integer=True))
DIGITS = 9  # of a number of items or users: 0.29 of 100 are 29


def split_items(
    X: Any, *, held_out_size: float = 0.2, random_state: int | np.random.RandomState | None = None
) -> tuple[csr_array, csr_array]:
    """Hold out items of each user, drawn at random.

    The protocol of many papers, for interactions without a time. History holds what came
    later than held-out items, which flatters: with a time, take `split_by_time`.

    Parameters
    ----------
    X : sparse matrix or array of shape (n_users, n_items)
        Interactions; stored zeros are none.
    held_out_size : float or int, default=0.2
        A float in (0, 1): the share of a user's items that is held out, rounded down, but
        at least one item of two. An int: their number, from users who have more items.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.

    Returns
    -------
    history : csr_array of shape (n_users, n_items)
        What is left to each user: at least one item, if they have any.
    held_out : csr_array of shape (n_users, n_items)
        The rest of `X`; empty rows where users have too few items.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, `X` looks like a log, or nobody has enough items.

    See Also
    --------
    split_users : The same for test users, who are kept out of training.
    split_by_time : Held-out items that come later.

    Notes
    -----
    The same matrix and seed give the same split; in another order of users, others are
    drawn. O(n log n) time for n interactions.

    Examples
    --------
    >>> from custbase.model_selection import split_items
    >>> purchases = [[1, 2, 0, 1], [0, 1, 1, 0], [0, 0, 0, 3]]
    >>> history, held_out = split_items(purchases, held_out_size=1, random_state=0)
    >>> (history + held_out).toarray()
    array([[1., 2., 0., 1.],
           [0., 1., 1., 0.],
           [0., 0., 0., 3.]])
    >>> (held_out != 0).sum(axis=1).tolist()
    [1, 1, 0]
    """
    check_split(held_out_size, random_state)
    return hold_out(read_matrix(X), held_out_size, check_random_state(random_state))


def check_split(held_out_size: Any, random_state: Any) -> None:
    """Raise unless a share, or number, of items and a seed are allowed."""
    check_value("held_out_size", held_out_size, *SIZE)
    check_value("random_state", random_state, *RANDOM_STATE)


def read_matrix(X: Any) -> csr_array:
    """Validate a matrix of users and items; what it holds is never 0."""
    return canonical_csr(read_cells(X, "X"))


def hold_out(
    interactions: csr_array, size: float, rng: np.random.RandomState
) -> tuple[csr_array, csr_array]:
    """Draw items of each row.

    Parameters
    ----------
    interactions : csr_array of shape (n_users, n_items)
        As `read_matrix` returns them.
    size : float or int
        Share, or number, of the items.
    rng : RandomState
        Where the draws come from.

    Returns
    -------
    history, held_out : csr_array of shape (n_users, n_items)
        The items that stay, and the others.

    Raises
    ------
    ValueError
        If no user has enough items.
    """
    counts = np.diff(interactions.indptr)
    least = 1 if size < 1 else int(size)
    n_held = np.array([take_share(size, int(n)) for n in range(counts.max() + 1)])[counts]
    n_held = np.where(counts > least, np.maximum(n_held, least), 0)
    if not n_held.any():
        raise ValueError(
            f"held_out_size={size!r} needs a user of at least {least + 1} items; the most that one "
            f"has is {counts.max()}."
        )
    user = np.repeat(np.arange(len(counts)), counts)
    # In a random order within each user, the first are held out.
    order = np.lexsort((rng.random_sample(len(user)), user))
    is_held = np.empty(len(user), dtype=bool)
    is_held[order] = np.arange(len(user)) - interactions.indptr[user] < n_held[user]
    return _take(interactions, ~is_held), _take(interactions, is_held)


def take_share(size: float, n: int) -> int:
    """Number that a size stands for, of n: a share of them, rounded down, or itself."""
    return math.floor(round(size * n, DIGITS)) if size < 1 else int(size)


def _take(interactions: csr_array, is_taken: np.ndarray) -> csr_array:
    """Some of the cells of a matrix."""
    ends = np.append(0, is_taken.cumsum())[interactions.indptr]
    cells = (interactions.data[is_taken], interactions.indices[is_taken], ends)
    return canonical_csr(csr_array(cells, shape=interactions.shape))
