"""Neighbours among items, or among customers: what is compared, and the search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from ..kernels._similarity import COSINE
from ._similarity import Candidates, holds_ones, most_similar, prepare_candidates
from ._weighting import Weights, center_users, learn_idf, learn_weights, weigh

Neighbors = tuple[np.ndarray, np.ndarray]  # similarities and numbers, as `most_similar` gives them


class Neighborhood(NamedTuple):
    """Items, or customers, that can be neighbours."""

    by_item: bool
    metric: str
    weights: Weights
    shrinkage: float
    candidates: Candidates


def transpose(matrix: csr_array) -> csr_array:
    """Turn rows into columns; cells that hold 0 stay."""
    return csr_array(matrix.T)


def learn_neighborhood(
    values: csr_array,
    *,
    by_item: bool,
    metric: str,
    weighting: str | None,
    shrinkage: float,
    asymmetry: float,
) -> Neighborhood:
    """Prepare items, or customers, to be searched.

    Parameters
    ----------
    values : csr_array of shape (n_users, n_items)
        What is compared.
    by_item : bool
        Whether items are compared, or customers.
    metric, weighting, shrinkage, asymmetry : str, str or None, float, float
        As in the constructor of `NeighborRecommender`.

    Returns
    -------
    Neighborhood
        What the searches need.
    """
    is_plain = metric == "cosine" and shrinkage == 0 and asymmetry == 0.5
    if by_item and weighting is not None and is_plain and holds_ones(values, COSINE):
        # Cosines are the same for any multiple of an item: its length under bm25 is one.
        idf = learn_idf(np.diff(values.indptr), values.shape[1], weighting)
        candidates = prepare_candidates(values, metric, feature_weights=idf**2)
        return Neighborhood(by_item, metric, Weights(weighting, idf, 1.0), shrinkage, candidates)
    if by_item and weighting is None:
        weights, users = learn_weights(values, None), values
    elif by_item:
        items = transpose(values)
        weights = learn_weights(items, weighting)
        users = transpose(weigh(items, weights))
    else:
        weights = learn_weights(values, weighting)
        users = weigh(values, weights)
    users = center_users(users) if metric == "correlation" else users
    candidates = prepare_candidates(users if by_item else transpose(users), metric, asymmetry)
    return Neighborhood(by_item, metric, weights, shrinkage, candidates)


def search_fitted(
    neighborhood: Neighborhood, asked: np.ndarray | None, n: int, n_jobs: int | None
) -> Neighbors:
    """Find the neighbours of some fitted rows, which do not find themselves; None for all."""
    postings = neighborhood.candidates.postings
    if neighborhood.candidates.is_binary:  # values take most of the memory, and say nothing
        parts = (np.ones(postings.nnz, np.int8), postings.indices, postings.indptr)
        postings = csr_array(parts, shape=postings.shape)
    rows = transpose(postings)
    if neighborhood.candidates.feature_weights is not None:
        rows.data = neighborhood.candidates.feature_weights[rows.indices]
    own = np.arange(rows.shape[0]) if asked is None else asked
    return most_similar(
        rows if asked is None else rows[asked],
        neighborhood.candidates,
        n_neighbors=n,
        shrinkage=neighborhood.shrinkage,
        own=own,
        n_jobs=n_jobs,
    )


def compare_users(neighborhood: Neighborhood, values: csr_array) -> csr_array:
    """Make customers comparable to those of a neighbourhood of customers."""
    users = weigh(values, neighborhood.weights)
    return center_users(users) if neighborhood.metric == "correlation" else users


def search_users(
    neighborhood: Neighborhood, values: csr_array, n: int, n_jobs: int | None
) -> Neighbors:
    """Find the neighbours of any customers among those of a neighbourhood."""
    return most_similar(
        compare_users(neighborhood, values),
        neighborhood.candidates,
        n_neighbors=n,
        shrinkage=neighborhood.shrinkage,
        n_jobs=n_jobs,
    )


def join_lists(similarities: np.ndarray, neighbors: np.ndarray, n_columns: int) -> csr_array:
    """Bring lists of neighbours into a matrix; rows are in the order of the lists."""
    is_there = neighbors >= 0
    ptr = np.append(0, is_there.sum(axis=1).cumsum())
    # scipy takes the type of the longer ones for both.
    index = np.int32 if is_there.size <= np.iinfo(np.int32).max else np.int64
    parts = (similarities[is_there], neighbors[is_there].astype(index), ptr.astype(index))
    return csr_array(parts, shape=(len(neighbors), n_columns))
