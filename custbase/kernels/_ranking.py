"""Loops that rank items for customers: the best scores, without items that are left out.

What a customer has, or what is not asked for, is never looked at as a candidate: it is
left out by its place, whatever its score. Equal scores are ordered by item. Places that
no score fills go to the popular items, then to nothing.
"""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, kernel, prefer_wide_vectors
from ._heaps import NO_ROW, push, sort_heaps

NO_ITEM = -1
# Scores that are looked at together.
STRIPE_ITEMS = 64


@helper_kernel
def close_row(
    row: int, popular: np.ndarray, barred: np.ndarray, out_scores: np.ndarray, out_items: np.ndarray
) -> None:
    """Turn a heap of negative scores into a list, best first, and fill it up.

    Parameters
    ----------
    row : int
        Number of the row in the output.
    popular : ndarray of shape (n_popular,)
        Items that fill the places left.
    barred : ndarray of shape (n_items,)
        Holds `row` for items that are left out; those recommended are added.
    out_scores, out_items : ndarray of shape (n_rows, n_recommendations)
        A heap in row `row`; set to scores, NaN for what fills up, and to items.
    """
    sort_heaps(out_scores[row : row + 1], out_items[row : row + 1])
    place = 0
    while place < out_items.shape[1] and out_items[row, place] != NO_ROW:
        barred[out_items[row, place]] = row
        out_scores[row, place] = -out_scores[row, place]
        place += 1
    for item in popular:
        if place == out_items.shape[1]:
            break
        if barred[item] != row:
            out_scores[row, place], out_items[row, place] = np.nan, item
            place += 1
    for empty in range(place, out_items.shape[1]):
        out_scores[row, empty], out_items[row, empty] = np.nan, NO_ITEM


@kernel
def rank_items_csr(
    start: int,
    stop: int,
    left_ptr: np.ndarray,
    left_indices: np.ndarray,
    left_values: np.ndarray,
    right_ptr: np.ndarray,
    right_items: np.ndarray,
    right_values: np.ndarray,
    seen_ptr: np.ndarray,
    seen_items: np.ndarray,
    is_asked: np.ndarray,
    popular: np.ndarray,
    out_scores: np.ndarray,
    out_items: np.ndarray,
) -> None:
    """Rank items by positive scores that are a product of sparse matrices.

    The product is never held, and sums run in the order of the left matrix.

    Parameters
    ----------
    start, stop : int
        Rows that are ranked.
    left_ptr, left_indices, left_values : ndarray
        CSR matrix of rows and what they are made of: their past items, or neighbours.
    right_ptr, right_items, right_values : ndarray
        CSR matrix of these and what they say of items.
    seen_ptr, seen_items : ndarray
        Items that are left out, by row.
    is_asked : ndarray of shape (n_items,) of bool
        Items that may be recommended.
    popular : ndarray of shape (n_popular,)
        Items that fill the places left, in their order; all of them asked for.
    out_scores, out_items : ndarray of shape (n_rows, n_recommendations)
        Empty heaps; set to scores and items as `close_row` does.
    """
    n_items = is_asked.shape[0]
    scores = np.empty(n_items)
    touched, touched_by = np.empty(n_items, np.int64), np.full(n_items, -1)
    barred = np.full(n_items, -1)
    for row in range(start, stop):
        n_touched = 0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            weight, left = left_values[at], left_indices[at]
            for place in range(right_ptr[left], right_ptr[left + 1]):
                item = right_items[place]
                if touched_by[item] == row:
                    scores[item] += weight * right_values[place]
                else:
                    touched_by[item], touched[n_touched] = row, item
                    n_touched += 1
                    scores[item] = weight * right_values[place]
        for at in range(seen_ptr[row], seen_ptr[row + 1]):
            barred[seen_items[at]] = row
        for place in range(n_touched):
            item = touched[place]
            if scores[item] > 0.0 and is_asked[item] and barred[item] != row:
                push(out_scores[row], out_items[row], -scores[item], item)
        close_row(row, popular, barred, out_scores, out_items)


@kernel
def rank_items(
    scores: np.ndarray,
    first: int,
    is_known: np.ndarray,
    seen_ptr: np.ndarray,
    seen_items: np.ndarray,
    is_asked: np.ndarray,
    popular: np.ndarray,
    out_scores: np.ndarray,
    out_items: np.ndarray,
) -> None:
    """Rank items by a matrix of scores, which all count, but for rows of zeros.

    Parameters
    ----------
    scores : ndarray of shape (n_scored, n_items)
        Scores; overwritten.
    first : int
        Row of the output that the first row of scores belongs to.
    is_known : ndarray of shape (n_rows,) of bool
        Rows whose scores mean anything; the others, and those all of whose scores are
        0, get popular items.
    seen_ptr, seen_items, is_asked, popular, out_scores, out_items : ndarray
        As in `rank_items_csr`.
    """
    prefer_wide_vectors()
    n_items = scores.shape[1]
    barred = np.full(n_items, -1)
    for place in range(scores.shape[0]):
        row, found = first + place, scores[place]
        distances, items = out_scores[row], out_items[row]
        n_nothing = 0
        while n_nothing < n_items and found[n_nothing] == 0.0:
            n_nothing += 1
        for at in range(seen_ptr[row], seen_ptr[row + 1]):
            barred[seen_items[at]] = row
            found[seen_items[at]] = -np.inf
        says_something = is_known[row] and n_nothing < n_items
        for start in range(0, n_items if says_something else 0, STRIPE_ITEMS):
            stop = min(start + STRIPE_ITEMS, n_items)
            n_better = np.int32(0)
            for item in range(start, stop):
                n_better += np.int32(-found[item] < distances[0])
            if n_better > 0:
                for item in range(start, stop):
                    if is_asked[item] and barred[item] != row:
                        push(distances, items, -found[item], item)
        close_row(row, popular, barred, out_scores, out_items)
