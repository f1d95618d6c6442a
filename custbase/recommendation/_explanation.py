"""Which past items led to a recommendation: a table of contributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from .._params import as_numbers, shorten
from ._neighborhood import Neighborhood, search_fitted
from ._similarity import most_similar

# Row and recommended items (m,) -> what each of its past items adds to each: (n_past, m).
Reasons = Callable[[int, np.ndarray], np.ndarray]


def check_recommended(items: Any, n_rows: int, n_items: int) -> np.ndarray:
    """Check numbers of items, some a row, as ``predict`` returns them.

    Parameters
    ----------
    items : array of int of shape (n_rows, n)
        What the user gave; -1 where there is none.
    n_rows, n_items : int
        What it has to fit to.

    Returns
    -------
    ndarray of shape (n_rows, n)
        The numbers.

    Raises
    ------
    ValueError
        If `items` are others.
    """
    numbers = as_numbers(items, "iu")
    is_fit = numbers.ndim == 2 and len(numbers) == n_rows and numbers.dtype.kind in "iu"
    if not is_fit or (numbers.size and not -1 <= numbers.min() <= numbers.max() < n_items):
        raise ValueError(
            f"items must hold numbers from -1 to {n_items - 1}, one row for each of the {n_rows} "
            f"rows of X, as predict returns them; got {shorten(items)}."
        )
    return numbers


def tabulate_reasons(
    history: csr_array,
    items: np.ndarray,
    contribute: Reasons,
) -> pd.DataFrame:
    """Say what each past item adds to the scores of recommended ones.

    Parameters
    ----------
    history : csr_array of shape (n_rows, n_items)
        Past items.
    items : ndarray of shape (n_rows, n)
        Recommended items, -1 for none.
    contribute : callable
        Row and recommended items (m,) -> contributions (n_past, m) of its past items.

    Returns
    -------
    DataFrame
        Columns row, item, past_item and contribution; rows and items in their order,
        the largest contribution first, without those that are 0.
    """
    rows, recommended, past, contributions = [], [], [], []
    for row in range(history.shape[0]):
        asked = items[row][items[row] >= 0]
        had = history.indices[history.indptr[row] : history.indptr[row + 1]]
        if not len(asked) or not len(had):
            continue
        for item, column in zip(asked, contribute(row, asked).T, strict=True):
            order = np.argsort(-column, kind="stable")
            order = order[column[order] != 0]
            rows.append(np.full(len(order), row))
            recommended.append(np.full(len(order), item))
            past.append(had[order])
            contributions.append(column[order])
    nothing = [np.empty(0)]
    return pd.DataFrame(
        {
            "row": np.concatenate(rows or nothing).astype(np.int64),
            "item": np.concatenate(recommended or nothing).astype(np.int64),
            "past_item": np.concatenate(past or nothing).astype(np.int64),
            "contribution": np.concatenate(contributions or nothing),
        }
    )


def reasons_of_lists(history: csr_array, lists: csr_array) -> Reasons:
    """Explain scores that past items give to the items on their lists."""

    def contribute(row: int, asked: np.ndarray) -> np.ndarray:
        past, values = _cells(history, row)
        return lists[past][:, asked].toarray() * values[:, None]

    return contribute


def reasons_of_rated(
    deviations: csr_array, near: Neighborhood, n_neighbors: int, n_jobs: int | None
) -> Reasons:
    """Explain ratings that are predicted from those of similar items."""
    n_items = deviations.shape[1]

    def contribute(row: int, asked: np.ndarray) -> np.ndarray:
        past, values = _cells(deviations, row)
        found = search_fitted(near, asked, n_items, n_jobs)
        similarities = _spread(*found, n_items)[:, past].T
        return _weigh_best(similarities, n_neighbors) * values[:, None]

    return contribute


def reasons_of_users(
    compared: csr_array,
    near: Neighborhood,
    values: csr_array,
    n_neighbors: int,
    *,
    is_rating: bool,
    n_jobs: int | None,
) -> Reasons:
    """Explain scores by what customers have in common with their neighbours.

    What a neighbour adds is divided among the past items by their shares of the
    product that makes it similar.
    """
    n_users = values.shape[0]

    def contribute(row: int, asked: np.ndarray) -> np.ndarray:
        past, own_values = _cells(compared, row)
        found = most_similar(
            compared[[row]],
            near.candidates,
            n_neighbors=n_users if is_rating else n_neighbors,
            shrinkage=near.shrinkage,
            n_jobs=n_jobs,
        )
        neighbors = np.sort(found[1][found[1] >= 0])
        similarities = _spread(*found, n_users)[0, neighbors]
        theirs = values[neighbors][:, asked]
        weights = similarities[:, None] * theirs.toarray()
        if is_rating:
            knows = csr_array((np.ones(theirs.nnz), theirs.indices, theirs.indptr), theirs.shape)
            weights = _weigh_best(similarities[:, None] * knows.toarray(), n_neighbors)
            weights = weights * theirs.toarray()
        products = near.candidates.postings[past][:, neighbors]
        if near.metric == "jaccard":
            shares = products.astype(bool).toarray().astype(np.float64)
        else:
            shares = products.toarray() * own_values[:, None]
        return shares / shares.sum(axis=0) @ weights

    return contribute


def _cells(matrix: csr_array, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and values of a row."""
    cells = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[cells], matrix.data[cells]


def _spread(similarities: np.ndarray, neighbors: np.ndarray, n_columns: int) -> np.ndarray:
    """Similarities to all rows."""
    spread = np.zeros((len(neighbors), n_columns + 1))
    np.put_along_axis(spread, neighbors, similarities, axis=1)  # -1 is the column too many
    return spread[:, :-1]


def _weigh_best(similarities: np.ndarray, n: int) -> np.ndarray:
    """Shares of the n largest of each column, of equal ones the first; columns add up to 1."""
    order = np.argsort(-similarities, axis=0, kind="stable")[:n]
    best = np.zeros_like(similarities)
    np.put_along_axis(best, order, np.take_along_axis(similarities, order, axis=0), axis=0)
    total = best.sum(axis=0)
    return best / np.where(total > 0, total, 1.0)
