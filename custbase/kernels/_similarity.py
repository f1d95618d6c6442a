"""How similar rows of sparse matrices are by their products, and the choice of the most similar.

A row is measured only if its key says that it can be among the best: a score in single
precision, without a root.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._compile import helper_kernel, prefer_wide_vectors
from ._heaps import NO_ROW, push, sort_heaps
from ._selection import (
    GROUPS_PER_BEST,
    LEAST_GROUPS,
    MOST_COMPARED,
    N_SHELVES,
    find_floor,
    list_reaching,
    sort_compared,
)

COSINE, JACCARD = 0, 1


class Measure(NamedTuple):
    """What makes rows similar.

    Attributes
    ----------
    lefts, rights : ndarray of shape (n_left,), (n_rows,)
        As in `measure_product`, of the rows asked for, and of those to choose from.
    sizes : ndarray of shape (n_rows,)
        Roots of `rights`, or `rights` for JACCARD; 1 of rows without features. In the
        precision that keys are computed in.
    shrinkage, code : float, int
        As in `measure_product`.
    """

    lefts: np.ndarray
    rights: np.ndarray
    sizes: np.ndarray
    shrinkage: float
    code: int


class Room(NamedTuple):
    """Room for what is looked at to choose the best of a row."""

    keys: np.ndarray  # (n_rows,) of float32
    key_bits: np.ndarray  # the same as int32
    groups: np.ndarray  # as in `find_floor`
    shelves: np.ndarray
    places: np.ndarray  # (n_rows,): of keys that are large enough
    similarities: np.ndarray  # (MOST_COMPARED,)
    rows: np.ndarray
    distances: np.ndarray  # (1, n_best): a heap
    indices: np.ndarray


@helper_kernel
def make_room(n_rows: int, n_best: int) -> Room:
    """Make room for the choice of the best of some rows."""
    keys = np.empty(n_rows, np.float32)
    return Room(
        keys,
        keys.view(np.int32),
        np.empty(max(GROUPS_PER_BEST * n_best, LEAST_GROUPS), np.int32),
        np.empty(N_SHELVES, np.int32),
        np.empty(n_rows, np.int32),
        np.empty(MOST_COMPARED),
        np.empty(MOST_COMPARED, np.int64),
        np.empty((1, n_best)),
        np.empty((1, n_best), np.int64),
    )


@helper_kernel
def measure_product(
    product: float, left: float, right: float, shrinkage: float, code: int
) -> float:
    """Similarity of two rows.

    Parameters
    ----------
    product : float
        Sum of the products of their values, positive; features in common for JACCARD.
    left, right : float
        Sums of squares of their values; numbers of features for JACCARD.
    shrinkage : float
        Added to the denominator.
    code : int
        COSINE or JACCARD.
    """
    if code == COSINE and shrinkage == 0.0:
        # One rounding before the root: of integers, what is equal has equal bits.
        return np.sqrt(product * product / (left * right))
    if code == COSINE:
        return product / (np.sqrt(left * right) + shrinkage)
    return product / (left + right - product + shrinkage)


@helper_kernel
def slope_and_offset(measure: Measure, row: int) -> tuple[float, float]:
    """What products are divided by for a key: sizes, times the slope, plus the offset.

    Keys of JACCARD are no similarities, but in the same order.
    """
    if measure.code == COSINE:
        return np.sqrt(measure.lefts[row]), measure.shrinkage
    return 1.0, measure.lefts[row] + measure.shrinkage


@helper_kernel
def take_all(products: np.ndarray, measure: Measure, row: int, keys: np.ndarray) -> None:
    """Make the keys of all products."""
    prefer_wide_vectors()
    sizes, real = measure.sizes, measure.sizes.dtype.type
    slope, offset = slope_and_offset(measure, row)
    slope, offset = real(slope), real(offset)
    for other in range(products.shape[0]):
        keys[other] = real(products[other]) / (slope * sizes[other] + offset)


@helper_kernel
def take_touched(
    products: np.ndarray,
    touched: np.ndarray,
    measure: Measure,
    row: int,
    amounts: np.ndarray,
    keys: np.ndarray,
) -> None:
    """Move the products of the rows that are listed to `amounts`, and make their keys.

    Of a row that is listed twice, nothing is left the second time.
    """
    sizes, real = measure.sizes, measure.sizes.dtype.type
    slope, offset = slope_and_offset(measure, row)
    slope, offset = real(slope), real(offset)
    for place in range(touched.shape[0]):
        other = touched[place]
        amounts[place] = products[other]
        products[other] = 0
        keys[place] = real(amounts[place]) / (slope * sizes[other] + offset)


@helper_kernel
def choose_best(
    amounts: np.ndarray,
    touched: np.ndarray,
    measure: Measure,
    row: int,
    room: Room,
    out_similarities: np.ndarray,
    out_neighbors: np.ndarray,
) -> None:
    """Measure the products whose keys are large enough, and put the best in order.

    Parameters
    ----------
    amounts : ndarray of shape (n_places,)
        Products, whose keys are in the room.
    touched : ndarray of shape (n_places,) or (0,)
        Rows that they are of; without any, of the row that is the place.
    measure, row : Measure, int
        What makes rows similar to a row.
    room : Room
        Room, as of `make_room`.
    out_similarities, out_neighbors : ndarray of shape (n_best,)
        Set to the best, as far as there are any.
    """
    left, rights, n_best = measure.lefts[row], measure.rights, out_neighbors.shape[0]
    keys = room.key_bits[: amounts.shape[0]]
    n_near = list_reaching(keys, find_floor(keys, n_best, room.groups, room.shelves), room.places)
    is_heap, n_found = n_near > MOST_COMPARED, 0
    if is_heap:
        room.distances[:], room.indices[:] = np.inf, NO_ROW
    for at in range(n_near):
        place = room.places[at]
        other = touched[place] if touched.shape[0] > 0 else place
        if amounts[place] > 0:
            similarity = measure_product(
                amounts[place], left, rights[other], measure.shrinkage, measure.code
            )
            if is_heap:
                push(room.distances[0], room.indices[0], -similarity, other)
            else:
                room.similarities[n_found], room.rows[n_found] = similarity, other
            n_found += 1
    if is_heap:
        sort_heaps(room.distances, room.indices)
        for at in range(min(n_found, n_best)):
            out_similarities[at], out_neighbors[at] = -room.distances[0, at], room.indices[0, at]
    else:
        sort_compared(
            room.similarities[:n_found], room.rows[:n_found], out_similarities, out_neighbors
        )


@helper_kernel
def finish_row(
    products: np.ndarray,
    touched: np.ndarray,
    is_sparse: bool,
    own: int,
    measure: Measure,
    row: int,
    amounts: np.ndarray,
    room: Room,
    out_similarities: np.ndarray,
    out_neighbors: np.ndarray,
) -> None:
    """Choose the best by products, but for the row itself, and set these to 0."""
    if own >= 0:
        products[own] = 0
    if is_sparse:
        take_touched(products, touched, measure, row, amounts, room.keys)
        amounts = amounts[: touched.shape[0]]
        choose_best(amounts, touched, measure, row, room, out_similarities, out_neighbors)
    else:
        take_all(products, measure, row, room.keys)
        choose_best(products, touched[:0], measure, row, room, out_similarities, out_neighbors)
        products[:] = 0
