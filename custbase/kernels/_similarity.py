"""Loops of the search for the most similar rows of sparse matrices.

Rows are similar by their products: sums over the features that both have, reached
through the rows that have a feature (its postings). Few features make up most of
the work: very active customers, or best-sellers. For them, where a row has a feature
or not, rows are sets of bits, of 64 features a word, and a product is the number of
bits that two words share. The other features add to counters of all rows.

A row is measured only if its product is large enough to enter the heap: a bound that
is linear in the size of the row, so that rows are passed over in SIMD code, without a
division or a root.
"""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, kernel, prefer_wide_vectors
from ._heaps import NO_ROW, push, sort_heaps

COSINE, JACCARD = 0, 1

# Products that are looked at together.
STRIPE_ROWS = 64
# A bound may be wrong by rounding; what it lets pass is measured.
SLACK = 1.0 - 1e-12
# A row that adds to fewer counters than one in so many keeps a list of those that it touched.
SPARSE_SHARE = 16


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
def bound_products(
    similarity: float, left: float, shrinkage: float, code: int
) -> tuple[float, float]:
    """Slope and offset of the least product that reaches a similarity, by the size of a row.

    Sizes are roots of the sums of squares, numbers of features for JACCARD.
    """
    if code == COSINE:
        return SLACK * similarity * np.sqrt(left), SLACK * similarity * shrinkage
    share = SLACK * similarity / (1.0 + similarity)
    return share, share * (left + shrinkage)


@helper_kernel
def push_products(
    products: np.ndarray,
    own: int,
    left: float,
    rights: np.ndarray,
    sizes: np.ndarray,
    shrinkage: float,
    code: int,
    distances: np.ndarray,
    indices: np.ndarray,
) -> None:
    """Push the rows of positive products, but for the row itself, and set products to 0."""
    prefer_wide_vectors()
    if own >= 0:
        products[own] = 0
    slope, offset = 0.0, 0.0
    for start in range(0, products.shape[0], STRIPE_ROWS):
        stop = min(start + STRIPE_ROWS, products.shape[0])
        n_near = np.int32(0)
        for row in range(start, stop):
            n_near += np.int32(products[row] > slope * sizes[row] + offset)
        if n_near > 0:
            for row in range(start, stop):
                product = products[row]
                if product > slope * sizes[row] + offset:
                    similarity = measure_product(product, left, rights[row], shrinkage, code)
                    push(distances, indices, -similarity, row)
                    if indices[0] != NO_ROW:
                        slope, offset = bound_products(-distances[0], left, shrinkage, code)
        for row in range(start, stop):
            products[row] = 0


@helper_kernel
def push_touched(
    products: np.ndarray,
    touched: np.ndarray,
    n_touched: int,
    own: int,
    left: float,
    rights: np.ndarray,
    shrinkage: float,
    code: int,
    distances: np.ndarray,
    indices: np.ndarray,
) -> None:
    """Push as `push_products` does, where the rows of other products than 0 are listed."""
    for place in range(n_touched):
        row = touched[place]
        product = products[row]
        products[row] = 0
        if product > 0 and row != own:
            similarity = measure_product(product, left, rights[row], shrinkage, code)
            push(distances, indices, -similarity, row)


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


@kernel
def count_additions(
    ptr: np.ndarray, features: np.ndarray, starts: np.ndarray, stops: np.ndarray, out: np.ndarray
) -> None:
    """Count how many postings the features of each row have.

    Parameters
    ----------
    ptr, features : ndarray
        Features of rows, as in a CSR matrix.
    starts, stops : ndarray of shape (n_features,)
        Where the postings of features begin and end.
    out : ndarray of shape (n_rows,)
        Set to the counts.
    """
    for row in range(out.shape[0]):
        out[row] = 0
        for at in range(ptr[row], ptr[row + 1]):
            out[row] += stops[features[at]] - starts[features[at]]


@kernel
def rank_common(
    rows: np.ndarray,
    own: np.ndarray,
    left_ptr: np.ndarray,
    left_features: np.ndarray,
    left_bits: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    postings: np.ndarray,
    bits: np.ndarray,
    lefts: np.ndarray,
    rights: np.ndarray,
    sizes: np.ndarray,
    shrinkage: float,
    code: int,
    out_distances: np.ndarray,
    out_indices: np.ndarray,
) -> None:
    """Search the most similar rows by the features that rows have in common.

    Parameters
    ----------
    rows : ndarray of shape (n_asked,)
        Rows whose neighbours are searched.
    own : ndarray of shape (n_left,)
        The row to choose from that each of them is, and must not find; -1 for none.
    left_ptr, left_features : ndarray
        Features of the rows asked for, as in a CSR matrix.
    left_bits : ndarray of shape (n_words, n_left) of uint64
        Those of the features that are bits.
    starts, stops, postings : ndarray
        Rows that have feature f: ``postings[starts[f]:stops[f]]``; none where the
        feature is a bit.
    bits : ndarray of shape (n_words, n_rows) of uint64
        Bits of the rows to choose from.
    lefts, rights, sizes : ndarray of shape (n_left,), (n_rows,), (n_rows,)
        As in `measure_product` and `bound_products`.
    shrinkage, code : float, int
        As in `measure_product`.
    out_distances, out_indices : ndarray of shape (n_left, n_neighbors)
        Empty heaps; those of `rows` are set to minus the similarities, in ascending
        order, and to the neighbours. Places that are left hold infinity and `NO_ROW`.
    """
    n_rows = rights.shape[0]
    products = np.zeros(n_rows, np.int32)
    touched = np.empty(n_rows // SPARSE_SHARE + 1, np.int32)
    for row in rows:
        distances, indices = out_distances[row], out_indices[row]
        work = 0
        for word in range(bits.shape[0]):
            work += n_rows if left_bits[word, row] != 0 else 0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            feature = left_features[at]
            work += stops[feature] - starts[feature]
        if work == 0:
            continue
        if work <= touched.shape[0]:
            n_touched = 0
            for at in range(left_ptr[row], left_ptr[row + 1]):
                feature = left_features[at]
                for place in range(starts[feature], stops[feature]):
                    other = postings[place]
                    if products[other] == 0:
                        touched[n_touched] = other
                        n_touched += 1
                    products[other] += np.int32(1)
            push_touched(
                products, touched, n_touched, own[row], lefts[row], rights, shrinkage, code,
                distances, indices,
            )  # fmt: skip
        else:
            for at in range(left_ptr[row], left_ptr[row + 1]):
                feature = left_features[at]
                for place in range(starts[feature], stops[feature]):
                    products[postings[place]] += np.int32(1)
            count_bits(left_bits, row, bits, products)
            push_products(
                products, own[row], lefts[row], rights, sizes, shrinkage, code, distances, indices
            )
        sort_heaps(out_distances[row : row + 1], out_indices[row : row + 1])


@kernel
def rank_products(
    rows: np.ndarray,
    own: np.ndarray,
    left_ptr: np.ndarray,
    left_features: np.ndarray,
    left_values: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    postings: np.ndarray,
    values: np.ndarray,
    lefts: np.ndarray,
    rights: np.ndarray,
    sizes: np.ndarray,
    shrinkage: float,
    code: int,
    out_distances: np.ndarray,
    out_indices: np.ndarray,
) -> None:
    """Search the most similar rows by sums of products, in the order of the features.

    Parameters
    ----------
    rows, own, left_ptr, left_features : ndarray
        As in `rank_common`.
    left_values : ndarray of shape (n_left_values,)
        Values of the rows asked for.
    starts, stops, postings : ndarray
        As in `rank_common`, of all features.
    values : ndarray of shape (n_values,)
        Values beside the postings.
    lefts, rights, sizes, shrinkage, code, out_distances, out_indices : ndarray, float, int
        As in `rank_common`.
    """
    n_rows = rights.shape[0]
    products = np.zeros(n_rows)
    touched = np.empty(n_rows // SPARSE_SHARE + 1, np.int32)
    for row in rows:
        distances, indices = out_distances[row], out_indices[row]
        work = 0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            feature = left_features[at]
            work += stops[feature] - starts[feature]
        if work == 0:
            continue
        is_sparse = work <= touched.shape[0]
        n_touched = 0
        for at in range(left_ptr[row], left_ptr[row + 1]):
            feature, value = left_features[at], left_values[at]
            if is_sparse:
                # A row that comes twice is pushed once: its product is 0 the second time.
                for place in range(starts[feature], stops[feature]):
                    touched[n_touched] = postings[place]
                    n_touched += products[postings[place]] == 0.0
                    products[postings[place]] += value * values[place]
            else:
                for place in range(starts[feature], stops[feature]):
                    products[postings[place]] += value * values[place]
        if is_sparse:
            push_touched(
                products, touched, n_touched, own[row], lefts[row], rights, shrinkage, code,
                distances, indices,
            )  # fmt: skip
        else:
            push_products(
                products, own[row], lefts[row], rights, sizes, shrinkage, code, distances, indices
            )
        sort_heaps(out_distances[row : row + 1], out_indices[row : row + 1])
