"""Loops that predict ratings: what the most similar raters, or rated items, deviate by."""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, kernel
from ._heaps import NO_ROW, push
from ._similarity import measure_product


@helper_kernel
def average_nearest(
    similarities: np.ndarray,
    parts: np.ndarray,
    deviations: np.ndarray,
    own: int,
    distances: np.ndarray,
    places: np.ndarray,
) -> float:
    """Mean deviation of the most similar parts, weighed by similarity; 0 without any.

    Parameters
    ----------
    similarities : ndarray of shape (n_rows,)
        Similarities to all rows.
    parts, deviations : ndarray of shape (n_parts,)
        Rows that can be asked, in ascending order, and what they deviate by.
    own : int
        A row that is not asked.
    distances, places : ndarray of shape (n_neighbors,)
        Room for a heap.
    """
    for slot in range(distances.shape[0]):
        distances[slot], places[slot] = np.inf, NO_ROW
    for place in range(parts.shape[0]):
        similarity = similarities[parts[place]]
        if similarity > 0.0 and -similarity < distances[0] and parts[place] != own:
            push(distances, places, -similarity, place)
    total, weight = 0.0, 0.0
    for slot in range(distances.shape[0]):
        if places[slot] != NO_ROW:
            total -= distances[slot] * deviations[places[slot]]
            weight -= distances[slot]
    return total / weight if weight > 0.0 else 0.0


@kernel
def predict_deviations(
    rows: np.ndarray,
    pair_ptr: np.ndarray,
    pair_others: np.ndarray,
    left_ptr: np.ndarray,
    left_features: np.ndarray,
    left_values: np.ndarray,
    postings_ptr: np.ndarray,
    postings: np.ndarray,
    values: np.ndarray,
    lefts: np.ndarray,
    rights: np.ndarray,
    shrinkage: float,
    code: int,
    itself: bool,
    part_ptr: np.ndarray,
    parts: np.ndarray,
    deviations: np.ndarray,
    n_neighbors: int,
    out: np.ndarray,
) -> None:
    """Predict the deviations of pairs of rows and others.

    A row is a customer and the other an item, or a row is an item and the other a
    customer. The rows similar to a row are asked what they know of the other.

    Parameters
    ----------
    rows : ndarray of shape (n_asked,)
        Rows whose pairs are predicted.
    pair_ptr, pair_others : ndarray
        Others that row r is paired with: ``pair_others[pair_ptr[r]:pair_ptr[r + 1]]``.
    left_ptr, left_features, left_values, lefts : ndarray
        Rows, and sums of their squares, as in `rank_products`.
    postings_ptr, postings, values, rights : ndarray
        Rows that are asked, by their features, and sums of their squares.
    shrinkage, code : float, int
        As in `measure_product`.
    itself : bool
        Whether the rows are those that are asked, and do not ask themselves.
    part_ptr, parts, deviations : ndarray
        Rows that know an other, and what they deviate by, as in a CSR matrix.
    n_neighbors : int
        How many are asked.
    out : ndarray of shape (n_pairs,)
        Set for the pairs of `rows`.
    """
    similarities = np.empty(rights.shape[0])
    distances, places = np.empty(n_neighbors), np.empty(n_neighbors, np.int64)
    for row in rows:
        if pair_ptr[row] == pair_ptr[row + 1]:
            continue
        similarities[:] = 0.0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            feature = left_features[at]
            for place in range(postings_ptr[feature], postings_ptr[feature + 1]):
                similarities[postings[place]] += left_values[at] * values[place]
        for other in range(rights.shape[0]):
            if similarities[other] > 0.0:
                similarities[other] = measure_product(
                    similarities[other], lefts[row], rights[other], shrinkage, code
                )
        own = row if itself else -1
        for pair in range(pair_ptr[row], pair_ptr[row + 1]):
            other = pair_others[pair]
            first, last = part_ptr[other], part_ptr[other + 1]
            out[pair] = average_nearest(
                similarities, parts[first:last], deviations[first:last], own, distances, places
            )
