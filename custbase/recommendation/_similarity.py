"""The most similar rows of a sparse matrix: what is prepared once, and a search on threads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from .._threads import row_chunks, thread_map
from ..kernels._heaps import NO_ROW
from ..kernels._similarity import COSINE, JACCARD, count_additions, rank_common, rank_products

METRICS = {"cosine": COSINE, "correlation": COSINE, "jaccard": JACCARD}

# Rows that one task searches for.
TASK_ROWS = 128
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
    starts: np.ndarray  # (n_features,): of the postings of those that are not
    stops: np.ndarray
    asymmetry: float  # share of the lengths of candidates in what cosines are divided by


def prepare_candidates(postings: csr_array, metric: str, asymmetry: float = 0.5) -> Candidates:
    """Prepare rows to be searched.

    Parameters
    ----------
    postings : csr_array of shape (n_features, n_rows)
        The transpose of the matrix of rows: a row of it lists those that have a feature.
    metric : {"cosine", "correlation", "jaccard"}
        What makes rows similar; values are centred already for "correlation".
    asymmetry : float, default=0.5
        Share of the length of a candidate in what a cosine is divided by; 0.5 for "jaccard".

    Returns
    -------
    Candidates
        What `most_similar` needs.
    """
    code = METRICS[metric]
    n_rows = postings.shape[1]
    is_binary = holds_ones(postings, code)
    squares = np.bincount(
        postings.indices, None if is_binary else postings.data**2, minlength=n_rows
    ).astype(np.float64)
    starts, stops = postings.indptr[:-1].astype(np.int64), postings.indptr[1:].astype(np.int64)
    features = choose_bits(stops - starts, n_rows) if is_binary else np.empty(0, np.int64)
    bits = np.zeros((-(-len(features) // WORD), n_rows), dtype=np.uint64)
    for bit, feature in enumerate(features):
        rows = postings.indices[starts[feature] : stops[feature]]
        bits[bit // WORD, rows] |= np.uint64(1) << np.uint64(bit % WORD)
    stops[features] = starts[features]
    return Candidates(postings, squares, code, is_binary, bits, features, starts, stops, asymmetry)


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
    n_found = min(n_neighbors, candidates.postings.shape[1])
    distances = np.full((n_left, n_found), np.inf)
    neighbors = np.full((n_left, n_found), NO_ROW)
    is_counted = candidates.is_binary and holds_ones(rows, candidates.metric)
    sizes = rights if candidates.metric == JACCARD else np.sqrt(rights)
    ptr = candidates.postings.indptr
    starts = candidates.starts if is_counted else ptr[:-1]
    stops = candidates.stops if is_counted else ptr[1:]
    work = np.empty(n_left, np.int64)
    count_additions(rows.indptr, rows.indices, starts, stops, work)
    # Rows that add most come first, so that no thread is left with one at the end.
    order = np.argsort(-work, kind="stable")

    def search(chunk: slice) -> None:
        if is_counted:
            rank_common(
                order[chunk], own, rows.indptr, rows.indices, left_bits, starts, stops,
                candidates.postings.indices, candidates.bits, lefts,
                rights, sizes, shrinkage, candidates.metric, distances, neighbors,
            )  # fmt: skip
        else:
            rank_products(
                order[chunk], own, rows.indptr, rows.indices, rows.data, starts, stops,
                candidates.postings.indices, candidates.postings.data, lefts,
                rights, sizes, shrinkage, candidates.metric, distances, neighbors,
            )  # fmt: skip

    chunks = row_chunks(n_left, TASK_ROWS)
    with thread_map(n_jobs, len(chunks)) as run:
        run(search, chunks)
    np.negative(distances, out=distances)
    none = neighbors == NO_ROW
    distances[none], neighbors[none] = 0.0, -1
    if n_found < n_neighbors:
        more = ((0, 0), (0, n_neighbors - n_found))
        return np.pad(distances, more), np.pad(neighbors, more, constant_values=-1)
    return distances, neighbors


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
