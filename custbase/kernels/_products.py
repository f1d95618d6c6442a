"""Loops of the search for the most similar rows of sparse matrices.

Rows are similar by their products: sums over the features that both have, reached
through the rows that have a feature (its postings). Few features make up most of
the work: very active customers, or best-sellers. For them, where a row has a feature
or not, rows are sets of bits, of 64 features a word, and a product is the number of
bits that two words share. The other features add to counters of all rows; where few
rows are touched, they are listed.
"""

from __future__ import annotations

import numpy as np

from ._compile import fetch, helper_kernel, kernel, prefer_wide_vectors
from ._similarity import Measure, finish_row, make_room

# A row that adds to fewer counters than one in so many keeps a list of those that it touched.
SPARSE_SHARE = 16
# How many features ahead postings are fetched, and the most of one; bytes of a line.
AHEAD, AT_ONCE, LINE = 8, 64, 64


@helper_kernel
def count_bits(left: np.ndarray, row: int, bits: np.ndarray, products: np.ndarray) -> None:
    """Add the numbers of bits that a row shares with all rows."""
    prefer_wide_vectors()
    one, two, four = (
        np.uint64(0x5555555555555555),
        np.uint64(0x3333333333333333),
        np.uint64(0x0F0F0F0F0F0F0F0F),
    )
    for word in range(bits.shape[0]):
        mask = left[word, row]
        if mask == 0:
            continue
        words = bits[word]
        # The compiler knows this way to count bits, and has an instruction for it.
        for other in range(words.shape[0]):
            x = words[other] & mask
            x = x - ((x >> np.uint64(1)) & one)
            x = (x & two) + ((x >> np.uint64(2)) & two)
            x = (x + (x >> np.uint64(4))) & four
            products[other] += np.int32((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@helper_kernel
def fetch_ahead(features: np.ndarray, at: int, ptr: np.ndarray, parts: np.ndarray) -> None:
    """Fetch what features that come soon have: nothing else tells early where it is.

    Parameters
    ----------
    features : ndarray of shape (n_left_features,)
        Features in the order in which they come.
    at : int
        Place of the one that is looked at now.
    ptr, parts : ndarray
        Feature f has ``parts[ptr[f]:ptr[f + 1]]``.
    """
    last = features.shape[0] - 1
    fetch(ptr, features[min(at + 2 * AHEAD, last)])
    feature = features[min(at + AHEAD, last)]
    start = ptr[feature]
    for place in range(start, min(ptr[feature + 1], start + AT_ONCE), LINE // parts.itemsize):
        fetch(parts, place)


@kernel
def count_additions(
    ptr: np.ndarray, features: np.ndarray, lengths: np.ndarray, out: np.ndarray
) -> None:
    """Count how many postings the features of each row have.

    Parameters
    ----------
    ptr, features : ndarray
        Features of rows, as in a CSR matrix.
    lengths : ndarray of shape (n_features,)
        Number of postings of every feature.
    out : ndarray of shape (n_rows,)
        Set to the counts.
    """
    for row in range(out.shape[0]):
        out[row] = 0
        for at in range(ptr[row], ptr[row + 1]):
            out[row] += lengths[features[at]]


@kernel
def rank_common(
    first: int,
    last: int,
    own: np.ndarray,
    left_ptr: np.ndarray,
    left_features: np.ndarray,
    left_bits: np.ndarray,
    additions: np.ndarray,
    ptr: np.ndarray,
    postings: np.ndarray,
    bits: np.ndarray,
    measure: Measure,
    products: np.ndarray,
    out_similarities: np.ndarray,
    out_neighbors: np.ndarray,
) -> None:
    """Search the most similar rows by the features that rows have in common.

    Parameters
    ----------
    first, last : int
        Rows whose neighbours are searched: from the first, before the last.
    own : ndarray of shape (n_left,)
        The row to choose from that each of them is, and must not find; -1 for none.
    left_ptr, left_features : ndarray
        Features of the rows asked for, as in a CSR matrix.
    left_bits : ndarray of shape (n_words, n_left) of uint64
        Those of the features that are bits.
    additions : ndarray of shape (n_left,)
        As of `count_additions`.
    ptr, postings : ndarray
        Rows that have feature f: ``postings[ptr[f]:ptr[f + 1]]``; none where the
        feature is a bit.
    bits : ndarray of shape (n_words, n_rows) of uint64
        Bits of the rows to choose from.
    measure : Measure
        What makes rows similar.
    products : ndarray of shape (n_rows,)
        Room for products: integers that hold them, all 0. They are 0 again afterwards.
    out_similarities, out_neighbors : ndarray of shape (n_left, n_neighbors)
        Set as far as the rows have neighbours: to similarities, in descending order, and
        to rows.
    """
    n_rows = measure.rights.shape[0]
    touched = np.empty(n_rows // SPARSE_SHARE, postings.dtype)
    amounts = np.empty(touched.shape[0], products.dtype)
    room = make_room(n_rows, out_neighbors.shape[1])
    for row in range(first, last):
        is_sparse = additions[row] <= touched.shape[0]
        for word in range(bits.shape[0]):
            is_sparse = is_sparse and left_bits[word, row] == 0
        n_touched = 0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            fetch_ahead(left_features, at, ptr, postings)
            feature = left_features[at]
            others = postings[ptr[feature] : ptr[feature + 1]]
            if is_sparse:
                for place in range(others.shape[0]):
                    touched[n_touched] = others[place]
                    n_touched += products[others[place]] == 0
                    products[others[place]] += 1
            else:
                for place in range(others.shape[0]):
                    products[others[place]] += 1
        if not is_sparse:
            count_bits(left_bits, row, bits, products)
        finish_row(
            products, touched[:n_touched], is_sparse, own[row], measure, row, amounts, room,
            out_similarities[row], out_neighbors[row],
        )  # fmt: skip


@kernel
def rank_products(
    first: int,
    last: int,
    own: np.ndarray,
    left_ptr: np.ndarray,
    left_features: np.ndarray,
    left_values: np.ndarray,
    additions: np.ndarray,
    ptr: np.ndarray,
    postings: np.ndarray,
    values: np.ndarray,
    measure: Measure,
    products: np.ndarray,
    out_similarities: np.ndarray,
    out_neighbors: np.ndarray,
) -> None:
    """Search the most similar rows by sums of products, in the order of the features.

    Parameters
    ----------
    first, last, own, left_ptr, left_features : int, int, ndarray, ndarray, ndarray
        As in `rank_common`.
    left_values : ndarray of shape (n_left_values,)
        Values of the rows asked for.
    additions, ptr, postings : ndarray
        As in `rank_common`, of all features.
    values : ndarray of shape (n_values,) or (0,)
        Values beside the postings; without any, all are 1.
    measure, products, out_similarities, out_neighbors : Measure, ndarray, ndarray, ndarray
        As in `rank_common`; products are float64.
    """
    n_rows, has_values = measure.rights.shape[0], values.shape[0] > 0
    touched = np.empty(n_rows // SPARSE_SHARE, postings.dtype)
    amounts = np.empty(touched.shape[0], products.dtype)
    room = make_room(n_rows, out_neighbors.shape[1])
    for row in range(first, last):
        is_sparse, n_touched = additions[row] <= touched.shape[0], 0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            fetch_ahead(left_features, at, ptr, postings)
            if has_values:
                fetch_ahead(left_features, at, ptr, values)
            feature, value = left_features[at], left_values[at]
            others = postings[ptr[feature] : ptr[feature + 1]]
            beside = values[ptr[feature] : ptr[feature + 1]] if has_values else values
            if is_sparse:
                for place in range(others.shape[0]):
                    touched[n_touched] = others[place]
                    n_touched += products[others[place]] == 0.0
                    products[others[place]] += value * (beside[place] if has_values else 1.0)
            elif not has_values:
                for place in range(others.shape[0]):
                    products[others[place]] += value
            else:
                for place in range(others.shape[0]):
                    products[others[place]] += value * beside[place]
        finish_row(
            products, touched[:n_touched], is_sparse, own[row], measure, row, amounts, room,
            out_similarities[row], out_neighbors[row],
        )  # fmt: skip
