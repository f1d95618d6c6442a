"""Ratings as what users and items have in common, and what deviates from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from .._threads import row_chunks, thread_map
from ..kernels._ratings import predict_deviations
from ..kernels._similarity import JACCARD
from ._similarity import Candidates, sum_squares

# Ratings of the mean that an item, and a user, is given on top of its own.
ITEM_DAMPING, USER_DAMPING = 10.0, 15.0
SWEEPS = 10
ROUNDING = 1e-12  # of a rating
# Rows that one task predicts for.
TASK_ROWS = 32


class Baselines(NamedTuple):
    """What is learnt of the level of ratings."""

    mean: float
    items: np.ndarray  # (n_items,): deviations of the items
    low: float
    high: float


def learn_baselines(ratings: csr_array) -> Baselines:
    """Fit mean, items and users by damped alternating least squares.

    Parameters
    ----------
    ratings : csr_array of shape (n_users, n_items)
        Known ratings.

    Returns
    -------
    Baselines
        Those of the items; `user_baselines` has those of any users.
    """
    if not ratings.nnz:
        return Baselines(0.0, np.zeros(ratings.shape[1]), 0.0, 0.0)
    n_items = ratings.shape[1]
    mean = ratings.data.mean()
    counts = np.bincount(ratings.indices, minlength=n_items)
    baselines = Baselines(mean, np.zeros(n_items), ratings.data.min(), ratings.data.max())
    for _ in range(SWEEPS):
        users = np.repeat(user_baselines(ratings, baselines), np.diff(ratings.indptr))
        sums = np.bincount(ratings.indices, ratings.data - mean - users, minlength=n_items)
        baselines = baselines._replace(items=sums / (ITEM_DAMPING + counts))
    return baselines


def user_baselines(ratings: csr_array, baselines: Baselines) -> np.ndarray:
    """Deviations of users, known to ``fit`` or not, from the mean."""
    values = ratings.data - baselines.mean - baselines.items[ratings.indices]
    counts = np.diff(ratings.indptr)
    row = np.repeat(np.arange(ratings.shape[0]), counts)
    return np.bincount(row, values, minlength=ratings.shape[0]) / (USER_DAMPING + counts)


def deviate(ratings: csr_array, baselines: Baselines) -> csr_array:
    """Ratings less their baselines, in the same cells."""
    users = np.repeat(user_baselines(ratings, baselines), np.diff(ratings.indptr))
    values = ratings.data - (baselines.mean + users + baselines.items[ratings.indices])
    # Ratings that are all the same do not deviate but by rounding.
    values[np.abs(values) <= ROUNDING * np.abs(ratings.data)] = 0.0
    return csr_array((values, ratings.indices, ratings.indptr), shape=ratings.shape)


class Pairs(NamedTuple):
    """Rows and others whose deviations are asked for, by row."""

    ptr: np.ndarray  # (n_rows + 1,)
    others: np.ndarray  # (n_pairs,)


def sort_pairs(rows: np.ndarray, others: np.ndarray, n_rows: int) -> tuple[Pairs, np.ndarray]:
    """Group pairs by row, and tell where each stood."""
    order = np.argsort(rows, kind="stable")
    ptr = np.append(0, np.bincount(rows, minlength=n_rows).cumsum())
    return Pairs(ptr, others[order]), order


def predict_pairs(
    rows: csr_array,
    candidates: Candidates,
    parts: csr_array,
    pairs: Pairs,
    *,
    n_neighbors: int,
    shrinkage: float,
    itself: bool,
    n_jobs: int | None,
) -> np.ndarray:
    """Predict deviations from the baselines by the most similar candidates.

    Parameters
    ----------
    rows : csr_array of shape (n_rows, n_features)
        Customers, or items.
    candidates : Candidates
        Customers, or items, that are similar to them.
    parts : csr_array of shape (n_others, n_candidates)
        What the candidates deviate by, for each other: the raters of an item, or the
        items that a customer rated.
    pairs : Pairs
        Rows and others.
    n_neighbors : int
        How many candidates are asked.
    shrinkage : float
        Added to the denominator of a similarity.
    itself : bool
        Whether rows are the candidates, and must not ask themselves.
    n_jobs : int or None
        Number of threads.

    Returns
    -------
    ndarray of shape (n_pairs,)
        Mean deviation of the most similar candidates that know the other, weighed by
        similarity; 0 where nobody does.
    """
    deviations = np.zeros(len(pairs.others))
    lefts = sum_squares(rows, candidates.metric)
    postings = candidates.postings
    counts_only = candidates.metric == JACCARD
    left_values = np.ones(rows.nnz) if counts_only else rows.data
    values = np.ones(postings.nnz) if counts_only else postings.data

    def predict(chunk: slice) -> None:
        predict_deviations(
            np.arange(chunk.start, chunk.stop), pairs.ptr, pairs.others, rows.indptr,
            rows.indices, left_values, postings.indptr, postings.indices, values, lefts,
            candidates.squares, shrinkage, candidates.metric, itself, parts.indptr,
            parts.indices, parts.data, n_neighbors, deviations,
        )  # fmt: skip

    chunks = row_chunks(rows.shape[0], TASK_ROWS)
    with thread_map(n_jobs, len(chunks)) as run:
        run(predict, chunks)
    return deviations
