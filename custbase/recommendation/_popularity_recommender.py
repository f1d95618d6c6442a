"""PopularityRecommender: what most customers have, to everyone who does not have it yet."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from .._base import whole_or_not_at_all
from .._interactions import canonical_csr, check_interactions
from .._params import N_JOBS, check_params
from ._recommender import Recommender, count_customers
from ._request import COUNT, Request, rank_sparse
from ._rows import put_rows, refuse_rows

RULES = {"n_recommendations": COUNT, "n_jobs": N_JOBS}


class PopularityRecommender(Recommender):
    """Recommend what most customers have: the answer that others have to beat.

    Parameters
    ----------
    n_recommendations : int, default=10
        How many items `predict` recommends.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.

    Attributes
    ----------
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
    NeighborRecommender : Recommends by what a customer has.

    Notes
    -----
    The score of an item is its popularity. Customers count once, however much they
    bought.

    Examples
    --------
    >>> from custbase import PopularityRecommender
    >>> purchases = [[1, 1, 0], [0, 1, 1], [0, 1, 1]]
    >>> recommender = PopularityRecommender(n_recommendations=2).fit(purchases)
    >>> recommender.predict([[0, 1, 0], [0, 0, 0]])
    array([[2, 0],
           [1, 2]])
    """

    def __init__(self, n_recommendations: int = 10, *, n_jobs: int | None = None) -> None:
        self.n_recommendations = n_recommendations
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Count the customers of every item.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_users, n_items)
            Interactions; stored zeros are none.
        y : None
            Ignored.

        Returns
        -------
        PopularityRecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X` is no matrix of finite numbers.
        """
        check_params(self, RULES)
        self.interactions_ = check_interactions(self, X, reset=True)
        self.popularity_ = count_customers(self.interactions_)
        return self

    @whole_or_not_at_all
    def partial_fit(self, X: Any, y: Any = None, *, rows: Any = None) -> Self:
        """Add or replace customers, as a refit would.

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
        PopularityRecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            As `fit` does, or if `rows` are no fitted rows.
        """
        if not hasattr(self, "interactions_"):
            refuse_rows(rows)
            return self.fit(X)
        check_params(self, RULES)
        new = check_interactions(self, X, reset=False)
        self.interactions_, _ = put_rows(self.interactions_, new, rows)
        self.popularity_ = count_customers(self.interactions_)
        return self

    def _rank(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        nothing = canonical_csr(csr_array(history.shape))
        indices, _ = rank_sparse(nothing, nothing, request)
        return indices, np.where(indices >= 0, self.popularity_[indices], np.nan)
