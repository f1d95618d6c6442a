"""The most similar rows of a sparse matrix: what is prepared once, and a search on threads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from .._threads import thread_map
from ..kernels._products import SPARSE_SHARE, count_additions, rank_common, rank_products
from ..kernels._similarity import COSINE, JACCARD, Measure

METRICS = {"cosine": COSINE, "correlation": COSINE, "jaccard": JACCARD}

# Rows that one task searches for, at least, and the most tasks.
TASK_ROWS, MOST_TASKS = 64, 128
# Cost of a row and a word of bits, as a share of that of one addition to a counter.
BITS_COST = 0.3
WORD = 64


class Candidates(NamedTuple):
    """Rows to choose from, by their features."""

    postings: csr_array  # (n_features, n_rows): the rows that have a feature
    squares: np.ndarray  # (n_rows,): sums of squares, or numbers of features
    metric: int
    is_binary: bool  # whether values, as far as they matter, are all 1
    bits: np.ndarray  # (n_words, n_rows) of uint64
    bit_features: np.ndarray  # features that are bits, by their number
    ptr: np.ndarray  # (n_features + 1,): where those that are not begin in `short`
    short: np.ndarray  # their postings, in as few bytes as hold them
    asymmetry: float  # share of the lengths of candidates in what cosines are divided by
    feature_weights: np.ndarray | None  # what a feature adds to a product; None for 1


def prepare_candidates(
    postings: csr_array,
    metric: str,
    asymmetry: float = 0.5,
    feature_weights: np.ndarray | None = None,
) -> Candidates:
    """Prepare rows to be searched.

    Parameters
    ----------
    postings : csr_array of shape (n_features, n_rows)
        The transpose of the matrix of rows: a row of it lists those that have a feature.
    metric : {"cosine", "correlation", "jaccard"}
        What makes rows similar; values are centred already for "correlation".
    asymmetry : float, default=0.5
        Share of the length of a candidate in what a cosine is divided by; 0.5 for "jaccard".
    feature_weights : ndarray of shape (n_features,) or None, default=None
        Where all values are 1, what a feature that rows share adds to their product: rows
        that are searched hold it instead of 1. None for 1.

    Returns
    -------
    Candidates
        What `most_similar` needs.
    """
    code = METRICS[metric]
    n_rows = postings.shape[1]
    is_binary = holds_ones(postings, code)
    counts = np.diff(postings.indptr)
    parts = None if is_binary else postings.data**2
    if feature_weights is not None:
        parts = np.repeat(feature_weights, counts)
    squares = np.bincount(postings.indices, parts, minlength=n_rows).astype(np.float64)
    is_counted = is_binary and feature_weights is None
    features = choose_bits(counts, n_rows) if is_counted else np.empty(0, np.int64)
    bits = np.zeros((-(-len(features) // WORD), n_rows), dtype=np.uint64)
    for bit, feature in enumerate(features):
        rows = postings.indices[postings.indptr[feature] : postings.indptr[feature + 1]]
        bits[bit // WORD, rows] |= np.uint64(1) << np.uint64(bit % WORD)
    ptr, short = postings.indptr, shorten(postings.indices, n_rows)
    if len(features):
        is_other = np.ones(len(counts), bool)
        is_other[features] = False
        short = short[np.repeat(is_other, counts)]
        ptr = np.append(0, np.where(is_other, counts, 0).cumsum()).astype(ptr.dtype)
    return Candidates(
        postings, squares, code, is_binary, bits, features, ptr, short, asymmetry, feature_weights
    )


def shorten(numbers: np.ndarray, n_numbers: int) -> np.ndarray:
    """Bring numbers below a limit into two bytes each, if they fit: caches hold twice as many."""
    return numbers.astype(np.uint16) if n_numbers <= 2**16 else numbers


def choose_bits(counts: np.ndarray, n_rows: int) -> np.ndarray:
    """Find the features that cost less as bits of all rows than as counters.

    Parameters
    ----------
    counts : ndarray of shape (n_features,)
        How many rows have a feature.
    n_rows : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n_bits,)
        Features, the most frequent first; whole words of them.
    """
    if counts.max(initial=0) <= n_rows * np.sqrt(BITS_COST / WORD):
        return np.empty(0, np.int64)  # not even a word of such features costs less
    order = np.argsort(-counts, kind="stable")
    order = order[: len(order) // WORD * WORD]
    words = counts[order].astype(np.float64).reshape(-1, WORD)
    # A row is compared with all others for a word in which it has any bit.
    as_bits = BITS_COST * np.minimum(words.sum(axis=1), n_rows) * n_rows
    is_cheaper = as_bits < (words**2).sum(axis=1)
    n_words = len(words) if is_cheaper.all() else int(np.argmin(is_cheaper))
    return order[: n_words * WORD]


def most_similar(
    rows: csr_array,
    candidates: Candidates,
    *,
    n_neighbors: int,
    shrinkage: float,
    own: np.ndarray | None = None,
    n_jobs: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the candidates of the highest positive similarity.

    Parameters
    ----------
    rows : csr_array of shape (n_left, n_features)
        Rows whose neighbours are searched.
    candidates : Candidates
        Rows to choose from.
    n_neighbors : int
        The most to be found.
    shrinkage : float
        Added to the denominator of a similarity.
    own : ndarray of shape (n_left,) or None, default=None
        The candidate that each row is, and must not find; None if they are none.
    n_jobs : int or None, default=None
        Number of threads.

    Returns
    -------
    similarities : ndarray of shape (n_left, n_neighbors)
        In descending order; 0 where there are no more.
    neighbors : ndarray of shape (n_left, n_neighbors)
        Numbers of the candidates, of equal ones the lowest first; -1 where there are
        no more.
    """
    n_left = rows.shape[0]
    if own is None:
        own = np.full(n_left, -1)
        lefts, left_bits = sum_squares(rows, candidates.metric), _collect_bits(rows, candidates)
    else:
        lefts, left_bits = candidates.squares[own], candidates.bits[:, own]
    rights = candidates.squares
    if candidates.asymmetry != 0.5:
        share = 2 * candidates.asymmetry
        lefts, rights = lefts ** (2 - share), rights**share
    is_counted = (
        candidates.is_binary
        and candidates.feature_weights is None
        and holds_ones(rows, candidates.metric)
    )
    ptr, short = candidates.ptr, candidates.short
    if len(candidates.bits) and not is_counted:
        ptr, short = candidates.postings.indptr, candidates.postings.indices
    additions = np.empty(n_left, np.int64)
    count_additions(rows.indptr, rows.indices, np.diff(ptr), additions)
    sizes = key_sizes(rights, candidates.metric, np.float32 if is_counted else np.float64)
    measure = Measure(lefts, rights, sizes, float(shrinkage), candidates.metric)
    values = candidates.postings.data[: 0 if candidates.is_binary else None]
    product = _product_type(rows, candidates) if is_counted else np.float64
    similarities, neighbors = np.zeros((n_left, n_neighbors)), np.full((n_left, n_neighbors), -1)

    def search(first: int, last: int) -> None:
        products: np.ndarray = np.zeros(len(rights), product)
        left = (first, last, own, rows.indptr, rows.indices)
        right = (measure, products, similarities, neighbors)
        if is_counted:
            rank_common(*left, left_bits, additions, ptr, short, candidates.bits, *right)
        else:
            rank_products(*left, rows.data, additions, ptr, short, values, *right)

    cuts = cut_evenly(additions + len(rights) // SPARSE_SHARE)
    with thread_map(n_jobs, len(cuts) - 1) as run:
        run(search, cuts[:-1], cuts[1:])
    return similarities, neighbors


def _product_type(rows: csr_array, candidates: Candidates) -> type:
    """Type of counters: two bytes if no row has more features in common with another."""
    most = min(np.diff(rows.indptr).max(initial=0), candidates.squares.max(initial=0))
    return np.uint16 if most < 2**16 else np.int32


def key_sizes(rights: np.ndarray, metric: int, dtype: type) -> np.ndarray:
    """Sizes of candidates as `Measure` has them."""
    sizes: np.ndarray = (rights if metric == JACCARD else np.sqrt(rights)).astype(dtype)
    sizes[rights == 0] = 1
    return sizes


def cut_evenly(costs: np.ndarray) -> list[int]:
    """Cut rows into tasks of about the same cost, which no number of threads changes."""
    n_tasks = min(max(len(costs) // TASK_ROWS, 1), MOST_TASKS)
    sums = costs.cumsum()
    total = sums[-1] if len(sums) else 0
    inner = np.searchsorted(sums, total * np.arange(1, n_tasks) / n_tasks)
    return [0, *inner.tolist(), len(costs)]


def holds_ones(rows: csr_array, metric: int) -> bool:
    """Tell whether the values that matter to a metric are all 1."""
    return metric == JACCARD or bool(np.all(rows.data == 1.0))


def sum_squares(rows: csr_array, metric: int) -> np.ndarray:
    """Sum of squares of each row, or its number of features."""
    if metric == JACCARD:
        return np.diff(rows.indptr).astype(np.float64)
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    return np.bincount(row, rows.data**2, minlength=rows.shape[0])


def _collect_bits(rows: csr_array, candidates: Candidates) -> np.ndarray:
    """Those features of rows that are bits."""
    n_words = len(candidates.bits)
    bits = np.zeros((n_words, rows.shape[0]), dtype=np.uint64)
    if n_words:
        place = np.full(rows.shape[1], -1)
        place[candidates.bit_features] = np.arange(len(candidates.bit_features))
        bit = place[rows.indices]
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))[bit >= 0]
        bit = bit[bit >= 0]
        np.bitwise_or.at(bits, (bit // WORD, row), np.uint64(1) << (bit % WORD).astype(np.uint64))
    return bits
