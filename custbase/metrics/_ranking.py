"""How good recommendations are: what held-out purchases say of ranked items."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from .._interactions import read_cells
from .._joins import refuse_turned_index
from .._log_or_matrix import refuse_log
from .._params import NONE, Number, check_value


class Ranked(NamedTuple):
    """Recommendations of the users who have held-out items."""

    is_hit: np.ndarray  # (n_users, k), of bool
    n_held: np.ndarray  # (n_users,): items held out


def ndcg_at_k(y_true: Any, y_recommended: Any, *, k: int | None = None) -> float:
    """Measure rankings by the normalised discounted cumulative gain.

    Parameters
    ----------
    y_true : sparse or dense array of shape (n_users, n_items)
        Held-out items; what is not 0 counts as relevant, each alike.
    y_recommended : array of int of shape (n_users, n_recommendations)
        Numbers of the recommended items, the best first; -1 where there is none.
    k : int or None, default=None
        How many recommendations count; None for all.

    Returns
    -------
    float
        Mean over the users who have held-out items, in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described or looks like a log, an item is recommended twice
        to one user, or nobody has held-out items.

    See Also
    --------
    mean_average_precision_at_k : Another mean that looks at ranks.

    Notes
    -----
    A hit at rank r brings ``1 / log2(r + 1)``; the sum is divided by that of the best
    ranking, whose first min(k, held-out items) ranks are hits [1]_. A place that is
    left empty is a miss.

    References
    ----------
    .. [1] K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR
       techniques", ACM Transactions on Information Systems 20, 2002.

    Examples
    --------
    >>> from custbase.metrics import ndcg_at_k
    >>> held_out = [[1, 0, 0, 1], [0, 1, 0, 0]]
    >>> round(ndcg_at_k(held_out, [[0, 2], [2, 1]]), 4)
    0.622
    """
    ranked = _check_ranked(y_true, y_recommended, k)
    gains = 1 / np.log2(np.arange(2, ranked.is_hit.shape[1] + 2))
    best = np.append(0.0, gains.cumsum())[np.minimum(ranked.n_held, len(gains))]
    return float(np.mean(ranked.is_hit @ gains / best))


def precision_at_k(y_true: Any, y_recommended: Any, *, k: int | None = None) -> float:
    """Measure the share of recommendations that are hits.

    Parameters
    ----------
    y_true : sparse or dense array of shape (n_users, n_items)
        Held-out items; what is not 0 counts as relevant.
    y_recommended : array of int of shape (n_users, n_recommendations)
        Numbers of the recommended items, the best first; -1 where there is none.
    k : int or None, default=None
        How many recommendations count; None for all.

    Returns
    -------
    float
        Hits by k, mean over the users who have held-out items. A place that is left
        empty is a miss, and so is every place beyond the number of held-out items.

    Raises
    ------
    TypeError, ValueError
        As in `ndcg_at_k`.

    See Also
    --------
    recall_at_k : The share of held-out items that are found.

    Examples
    --------
    >>> from custbase.metrics import precision_at_k
    >>> held_out = [[1, 0, 0, 1], [0, 1, 0, 0]]
    >>> precision_at_k(held_out, [[0, 2], [2, 1]])
    0.5
    """
    return float(np.mean(_check_ranked(y_true, y_recommended, k).is_hit))


def recall_at_k(y_true: Any, y_recommended: Any, *, k: int | None = None) -> float:
    """Measure the share of held-out items that are recommended.

    Parameters
    ----------
    y_true : sparse or dense array of shape (n_users, n_items)
        Held-out items; what is not 0 counts as relevant.
    y_recommended : array of int of shape (n_users, n_recommendations)
        Numbers of the recommended items, the best first; -1 where there is none.
    k : int or None, default=None
        How many recommendations count; None for all.

    Returns
    -------
    float
        Hits by held-out items, mean over the users who have any.

    Raises
    ------
    TypeError, ValueError
        As in `ndcg_at_k`.

    See Also
    --------
    precision_at_k : The share of recommendations that are hits.

    Notes
    -----
    Papers on autoencoders divide by min(k, held-out items) instead.

    Examples
    --------
    >>> from custbase.metrics import recall_at_k
    >>> held_out = [[1, 0, 0, 1], [0, 1, 0, 0]]
    >>> recall_at_k(held_out, [[0, 2], [2, 1]])
    0.75
    """
    ranked = _check_ranked(y_true, y_recommended, k)
    return float(np.mean(ranked.is_hit.sum(axis=1) / ranked.n_held))


def mean_average_precision_at_k(y_true: Any, y_recommended: Any, *, k: int | None = None) -> float:
    """Measure rankings by the precision at each hit.

    Parameters
    ----------
    y_true : sparse or dense array of shape (n_users, n_items)
        Held-out items; what is not 0 counts as relevant.
    y_recommended : array of int of shape (n_users, n_recommendations)
        Numbers of the recommended items, the best first; -1 where there is none.
    k : int or None, default=None
        How many recommendations count; None for all.

    Returns
    -------
    float
        Sum of the precision at the ranks of hits, by min(k, held-out items); mean over
        the users who have held-out items.

    Raises
    ------
    TypeError, ValueError
        As in `ndcg_at_k`.

    See Also
    --------
    ndcg_at_k : Another mean that looks at ranks.

    Examples
    --------
    >>> from custbase.metrics import mean_average_precision_at_k
    >>> held_out = [[1, 0, 0, 1], [0, 1, 0, 0]]
    >>> mean_average_precision_at_k(held_out, [[0, 2], [2, 1]])
    0.5
    """
    is_hit, n_held = _check_ranked(y_true, y_recommended, k)
    precision = is_hit.cumsum(axis=1) / np.arange(1, is_hit.shape[1] + 1)
    return float(np.mean((precision * is_hit).sum(axis=1) / np.minimum(n_held, is_hit.shape[1])))


def coverage(y_recommended: Any, n_items: int, *, k: int | None = None) -> float:
    """Measure the share of the catalogue that is recommended to anybody.

    Parameters
    ----------
    y_recommended : array of int of shape (n_users, n_recommendations)
        Numbers of the recommended items, the best first; -1 where there is none.
    n_items : int
        Number of items of the catalogue.
    k : int or None, default=None
        How many recommendations count; None for all.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    See Also
    --------
    ndcg_at_k : Whether the recommendations are good.
    novelty : Whether they are what most customers have anyway.

    Examples
    --------
    >>> from custbase.metrics import coverage
    >>> coverage([[0, 2], [2, -1]], 4)
    0.5
    """
    check_value("n_items", n_items, Number(1, integer=True))
    items = _check_items(y_recommended, n_items, k)
    return len(np.unique(items[items >= 0])) / n_items


def novelty(y_recommended: Any, X: Any, *, k: int | None = None) -> float:
    """Measure how few customers have the items that are recommended.

    Parameters
    ----------
    y_recommended : array of int of shape (n_users, n_recommendations)
        Numbers of the recommended items, the best first; -1 where there is none.
    X : sparse or dense array of shape (n_customers, n_items)
        The interactions that the recommender learnt from; what is not 0 counts, each
        alike. Its customers may be others than those of `y_recommended`.
    k : int or None, default=None
        How many recommendations count; None for all.

    Returns
    -------
    float
        In bits, from 0, where all customers have all these items, to log2(n_customers):
        mean over the items recommended to a user, then over the users who are
        recommended any.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or nothing is recommended.

    See Also
    --------
    coverage : How much of the catalogue is recommended.

    Notes
    -----
    An item brings its self-information, ``-log2(share of the customers who have it)``
    [1]_ [2]_. An item that nobody has counts as if one customer had it. Novelty is no
    merit by itself: what nobody wants is novel.

    References
    ----------
    .. [1] T. Zhou et al., "Solving the apparent diversity-accuracy dilemma of
       recommender systems", PNAS 107, 2010.
    .. [2] S. Vargas and P. Castells, "Rank and relevance in novelty and diversity metrics
       for recommender systems", RecSys 2011.

    Examples
    --------
    Everybody has item 0, one in four has item 1, and two of them have item 2:

    >>> from custbase.metrics import novelty
    >>> purchases = [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]]
    >>> novelty([[1, 2], [0, -1]], purchases)
    0.75
    """
    has = _find_cells(X, "X")
    n_customers, n_items = has.shape
    if not n_customers:
        raise ValueError("X must have at least one customer; got none.")
    items = _check_items(y_recommended, n_items, k)
    is_item = items >= 0
    any_item = is_item.any(axis=1)
    if not any_item.any():
        raise ValueError("y_recommended must recommend an item to at least one user; got only -1.")
    counts = np.bincount(has.indices, minlength=n_items)
    bits = np.log2(n_customers / np.maximum(counts, 1))
    total = np.where(is_item, bits[items], 0.0).sum(axis=1)
    return float(np.mean(total[any_item] / is_item.sum(axis=1)[any_item]))


def _find_cells(given: Any, name: str) -> csr_array:
    """Cells of users and items that are not 0, in order, as a copy."""
    cells = csr_array(read_cells(given, name, min_rows=0), copy=True)
    cells.sum_duplicates()
    cells.eliminate_zeros()
    return cells


def _check_ranked(y_true: Any, y_recommended: Any, k: int | None) -> Ranked:
    """Tell which recommendations are hits, of the users who have held-out items."""
    refuse_turned_index(y_true=y_true, y_recommended=y_recommended)
    held = _find_cells(y_true, "y_true")
    n_users, n_items = held.shape
    items = _check_items(y_recommended, n_items, k)
    if len(items) != n_users:
        raise ValueError(
            f"y_recommended must have one row for each of the {n_users} users of y_true; got "
            f"{len(items)}."
        )
    n_held = np.diff(held.indptr)
    if not n_held.any():
        raise ValueError("y_true must hold out items of at least one user; got none.")
    # Cells by number: user * n_items + item, sorted as the rows and columns are.
    cells = np.repeat(np.arange(n_users), n_held) * n_items + held.indices
    asked = np.arange(n_users)[:, None] * n_items + items
    is_hit = np.isin(asked, cells) & (items >= 0)
    known = n_held > 0
    return Ranked(is_hit[known], n_held[known])


def _check_items(y_recommended: Any, n_items: int, k: int | None) -> np.ndarray:
    """Numbers of items, the first k of each user, none twice."""
    check_value("k", k, Number(1, integer=True), NONE)
    refuse_log(y_recommended, "y_recommended")
    items = np.asarray(y_recommended)
    if items.ndim != 2 or items.dtype.kind not in "iu" or not items.size:
        raise ValueError(
            "y_recommended must hold numbers of items, one row a user; got "
            f"{items.dtype} of shape {items.shape}."
        )
    if items.min() < -1 or items.max() >= n_items:
        raise ValueError(
            f"y_recommended must hold numbers from -1 to {n_items - 1}; got {items.min()} to "
            f"{items.max()}."
        )
    if k is not None and k > items.shape[1]:
        raise ValueError(
            f"k must be at most the number of recommendations, {items.shape[1]}; got {k}."
        )
    items = items[:, :k].astype(np.int64)
    ordered = np.sort(items, axis=1)
    repeated = (np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] >= 0)
    if repeated.any():
        row = int(np.argmax(repeated.any(axis=1)))
        raise ValueError(f"y_recommended must not name an item twice; it does in row {row}.")
    return items
