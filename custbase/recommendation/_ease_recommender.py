"""EASERecommender: a linear model of every item by all others, in closed form."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array
from sklearn.utils.validation import check_is_fitted

from .._base import whole_or_not_at_all
from .._interactions import check_interactions
from .._joins import in_one_order
from .._memory import refuse_beyond_memory
from .._params import N_JOBS, Number, Rule, check_params, check_value
from .._threads import ONE_BLAS_THREAD, row_chunks, thread_map
from ..kernels._ease import add_gram, add_weights, divide_inverse
from ._explanation import check_recommended, tabulate_reasons
from ._neighborhood import transpose
from ._recommender import Recommender, count_customers
from ._request import COUNT, FALLBACK, Request, check_numbers, rank_dense, rank_similar
from ._rows import put_rows, refuse_rows

RULES: dict[str, tuple[Rule, ...]] = {
    "l2": (Number(0, low_open=True),),
    "dropout": (Number(0, 1, high_open=True),),
    "fallback": FALLBACK,
    "n_recommendations": COUNT,
    "n_jobs": N_JOBS,
}
# Items that one task adds up, or divides.
TASK_ITEMS = 128


class EASERecommender(Recommender):
    """Recommend by a linear model of every item by all others.

    Often the best where there are no more than some thousands of items. It holds a
    number for each pair of them, and says so before it runs out of memory.

    Parameters
    ----------
    l2 : float, default=500.0
        Penalty of squared weights, in units of `X` squared: customers by which an item
        is made to look less like others. From 100 to 1,000 for some thousands of
        customers, more for more.
    dropout : float, default=0.0
        Share of the past items that the model is trained to do without, in [0, 1): it
        penalises popular items more, in proportion to their customers.
    fallback : {"popularity"} or None, default="popularity"
        What customers get of whom nothing is known: the items of most customers, or
        nothing.
    n_recommendations : int, default=10
        How many items `predict` recommends.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.

    Attributes
    ----------
    item_weights_ : ndarray of shape (n_items, n_items)
        What an item of the row adds to the score of an item of the column.
    popularity_ : ndarray of shape (n_items,)
        Number of customers who have the item, with a positive value.
    interactions_ : csr_array of shape (n_users, n_items)
        The fitted interactions, which `partial_fit` needs; they may share memory with
        what was given.
    n_features_in_ : int
        Number of items.
    feature_names_in_ : ndarray of shape (n_items,)
        Names of the items, if `X` was a frame.

    See Also
    --------
    NeighborRecommender : Similar scores without a matrix of all pairs.

    Notes
    -----
    The weights B with a zero diagonal that minimise

    .. math:: \\|X - X B\\|^2 + \\lambda \\|B\\|^2
              + \\tfrac{p}{1 - p} \\|\\mathrm{diag}(X^T X)^{1/2} B\\|^2

    are :math:`B_{ij} = -P_{ij} / P_{jj}` with the inverse P of
    :math:`X^T X + \\lambda I + \\frac{p}{1 - p} \\mathrm{diag}(X^T X)`, l2
    :math:`\\lambda` and dropout p [1]_, [2]_. Scores are ``X @ item_weights_``: all
    items are ranked, also those of negative scores. Customers all of whose scores are 0
    get the fallback.

    Takes 8 n_items\\ :sup:`2` bytes and O(n_items\\ :sup:`3`) time: 0.8 GB for 10,000
    items.

    References
    ----------
    .. [1] H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019.
    .. [2] H. Steck, "Autoencoders that don't overfit towards the identity",
       NeurIPS 2020.

    Examples
    --------
    >>> from custbase import EASERecommender
    >>> purchases = [[1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]]
    >>> recommender = EASERecommender(l2=1.0, n_recommendations=1).fit(purchases)
    >>> recommender.predict([[1, 0, 0]])
    array([[1]])
    """

    def __init__(
        self,
        l2: float = 500.0,
        *,
        dropout: float = 0.0,
        fallback: str | None = "popularity",
        n_recommendations: int = 10,
        n_jobs: int | None = None,
    ) -> None:
        self.l2 = l2
        self.dropout = dropout
        self.fallback = fallback
        self.n_recommendations = n_recommendations
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the weights.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_users, n_items)
            Interactions; stored zeros are none.
        y : None
            Ignored.

        Returns
        -------
        EASERecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X` is no matrix of finite numbers.
        MemoryError
            If the weights of so many items would not fit into memory; nothing is
            computed then.
        """
        check_params(self, RULES)
        self.interactions_ = check_interactions(self, X, reset=True)
        self._learn()
        return self

    @whole_or_not_at_all
    def partial_fit(self, X: Any, y: Any = None, *, rows: Any = None) -> Self:
        """Add or replace customers, as a refit would, to the last bit.

        It takes the time of a refit: every weight depends on every customer.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_new, n_items)
            Their interactions.
        y : None
            Ignored.
        rows : array of int of shape (n_new,) or None, default=None
            Numbers of the fitted rows that are replaced; None adds new ones.

        Returns
        -------
        EASERecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError, MemoryError
            As `fit` does, or if `rows` are no fitted rows.
        """
        if not hasattr(self, "interactions_"):
            refuse_rows(rows)
            return self.fit(X)
        check_params(self, RULES)
        new = check_interactions(self, X, reset=False)
        self.interactions_, _ = put_rows(self.interactions_, new, rows)
        self._learn()
        return self

    def similar_items(self, items: Any, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Find the items that those who have an item are recommended first.

        Parameters
        ----------
        items : array of int of shape (n_asked,)
            Numbers of items.
        n : int, default=10
            How many to find.

        Returns
        -------
        indices : ndarray of shape (n_asked, n)
            Numbers of the items of the largest weights, itself left out; -1 where there
            are no more.
        weights : ndarray of shape (n_asked, n)
            In descending order; NaN where there are no more.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        check_value("n", n, *COUNT)
        asked = check_numbers(items, len(self.item_weights_), "items", "items")
        weights = self.item_weights_
        return rank_similar(
            lambda chunk: weights[asked[chunk]], asked, len(weights), n, self.n_jobs
        )

    @in_one_order
    def explain(self, X: Any, items: Any) -> pd.DataFrame:
        """Say which past items led to recommendations.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items)
            Past interactions, one row a customer.
        items : array of int of shape (n_rows, n)
            Items, as `predict` returns them for `X`.

        Returns
        -------
        DataFrame
            One row a past item that counts: row, item, past_item and contribution, the
            largest contribution first. Contributions add up to the score of the item.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        history = check_interactions(self, X, reset=False)
        recommended = check_recommended(items, *history.shape)

        def contribute(row: int, asked: np.ndarray) -> np.ndarray:
            cells = slice(history.indptr[row], history.indptr[row + 1])
            weights = self.item_weights_[np.ix_(history.indices[cells], asked)]
            return weights * history.data[cells, None]

        return tabulate_reasons(history, recommended, contribute)

    def _learn(self) -> None:
        """Learn from `interactions_`."""
        X = self.interactions_
        n_items = X.shape[1]
        refuse_large(n_items)
        self.popularity_ = count_customers(X)
        items = transpose(X)
        weights = np.zeros((n_items, n_items))
        chunks = row_chunks(n_items, TASK_ITEMS)
        with thread_map(self.n_jobs, len(chunks)) as run:
            run(
                lambda chunk: add_gram(
                    chunk.start, chunk.stop, items.indptr, items.indices, items.data,
                    X.indptr, X.indices, X.data, weights,
                ),
                chunks,
            )  # fmt: skip
            diagonal = np.einsum("ii->i", weights)
            diagonal *= 1 + self.dropout / (1 - self.dropout)
            diagonal += self.l2
            invert_in_place(weights, self.l2)
            kept = diagonal.copy()
            run(lambda chunk: divide_inverse(chunk.start, chunk.stop, kept, weights), chunks)
        self.item_weights_ = weights

    def _rank(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        def score(chunk: slice) -> np.ndarray:
            scores = np.empty((chunk.stop - chunk.start, history.shape[1]))
            add_weights(
                chunk.start, chunk.stop, history.indptr, history.indices, history.data,
                self.item_weights_, scores,
            )  # fmt: skip
            return scores

        return rank_dense(score, np.diff(history.indptr) > 0, request)


def invert_in_place(matrix: np.ndarray, l2: float) -> None:
    """Replace the lower triangle of a positive definite matrix by that of its inverse."""
    # LAPACK takes the view as it is: the matrix is symmetric, and its upper triangle in columns
    # is the lower one in rows. More threads would change bits, and wait for each other in vain
    # where cores are busy.
    with ONE_BLAS_THREAD:
        inverse, fault = dpotrf(matrix.T, lower=False, clean=False, overwrite_a=True)
        if not fault:
            inverse, fault = dpotri(inverse, lower=False, overwrite_c=True)
    if fault:
        raise ValueError(
            f"l2 must be larger for these interactions; got {l2:g}. Their products are too large "
            "beside it to be inverted."
        )
    if not np.shares_memory(inverse, matrix):
        matrix[...] = inverse.T


def refuse_large(n_items: int) -> None:
    """Raise if the weights of so many items would not fit into memory."""
    refuse_beyond_memory(
        8 * n_items**2,
        f"EASERecommender keeps the weights of all pairs of {n_items:,} items, which need",
        "Leave out the items of fewest customers, or take a NeighborRecommender, which keeps a few "
        "neighbours per item.",
    )
