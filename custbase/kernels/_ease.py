"""Loops of linear models of items: their products, their weights, and scores."""

from __future__ import annotations

import numpy as np

from ._compile import kernel, prefer_wide_vectors

# Cells of a square that is turned within the cache.
TILE = 32


@kernel
def add_gram(
    start: int,
    stop: int,
    item_ptr: np.ndarray,
    item_users: np.ndarray,
    item_values: np.ndarray,
    user_ptr: np.ndarray,
    user_items: np.ndarray,
    user_values: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add up the products of items with all items, user by user.

    Parameters
    ----------
    start, stop : int
        Items.
    item_ptr, item_users, item_values, user_ptr, user_items, user_values : ndarray
        The interactions by item, and by user, as in CSR matrices.
    out : ndarray of shape (n_items, n_items)
        Rows `start` to `stop` hold zeros; set to the sums of products.
    """
    for item in range(start, stop):
        row = out[item]
        for at in range(item_ptr[item], item_ptr[item + 1]):
            user, value = item_users[at], item_values[at]
            for place in range(user_ptr[user], user_ptr[user + 1]):
                row[user_items[place]] += value * user_values[place]


@kernel
def divide_inverse(start: int, stop: int, diagonal: np.ndarray, inverse: np.ndarray) -> None:
    """Turn the lower triangle of an inverse into weights, in place.

    Parameters
    ----------
    start, stop : int
        Rows; every cell below the diagonal of them, and its mirror, is set.
    diagonal : ndarray of shape (n_items,)
        Diagonal of the inverse.
    inverse : ndarray of shape (n_items, n_items)
        Weights of row items for column items: minus the inverse by the diagonal of the
        column, 0 on the diagonal.
    """
    for first in range(0, stop, TILE):
        for row in range(start, stop):
            for column in range(first, min(first + TILE, row)):
                value = inverse[row, column]
                inverse[row, column] = -value / diagonal[column]
                inverse[column, row] = -value / diagonal[row]
    for row in range(start, stop):
        inverse[row, row] = 0.0


@kernel
def add_weights(
    start: int,
    stop: int,
    ptr: np.ndarray,
    items: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add up the weights of the items of each row.

    Parameters
    ----------
    start, stop : int
        Rows.
    ptr, items, values : ndarray
        Their items, as in a CSR matrix.
    weights : ndarray of shape (n_items, n_items)
        Weights of row items for column items.
    out : ndarray of shape (stop - start, n_items)
        Set to the scores.
    """
    prefer_wide_vectors()
    for row in range(start, stop):
        scores = out[row - start]
        scores[:] = 0.0
        for at in range(ptr[row], ptr[row + 1]):
            own, value = weights[items[at]], values[at]
            for item in range(scores.shape[0]):
                scores[item] += value * own[item]
