"""CustomerNeighborRecommender: what customers of the same kind buy."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._column_names import read_names
from .._inputs import check_matrix
from .._interactions import canonical_csr, check_held
from .._joins import in_one_order
from .._params import BOOLEAN, N_JOBS, OneOf, Rule, check_params, check_value
from .._threads import row_chunks
from ..metrics import ndcg_at_k, nearest_neighbors
from ._neighborhood import join_lists
from ._recommender import count_customers
from ._request import COUNT, FALLBACK, Request, open_request, rank_sparse
from ._rows import check_rows, put_rows, refuse_rows

RULES: dict[str, tuple[Rule, ...]] = {
    "n_neighbors": COUNT,
    "metric": (
        OneOf(
            (
                "euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", "correlation",
                "hamming",
            )
        ),
    ),
    "weights": (OneOf(("uniform", "distance")),),
    "fallback": FALLBACK,
    "n_recommendations": COUNT,
    "n_jobs": N_JOBS,
}  # fmt: skip
# Distances whose inverse, or a sum of such, might not be a number.
NO_DISTANCE = 1e-300
# Customers whose neighbours are held together.
BLOCK_ROWS = 2**14


class CustomerNeighborRecommender(CustbaseEstimator):
    """Recommend what customers of the same kind have: also to those without history.

    Neighbours are found by what is known of customers, such as age, region, spend or
    engagement, and then asked what they bought.

    Parameters
    ----------
    n_neighbors : int, default=50
        How many customers are asked, at most all that were fitted.
    metric : {"euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", \
"correlation", "hamming"}, default="euclidean"
        What makes customers differ, as in `custbase.metrics.nearest_neighbors`. Scale
        the columns first, and turn categories into dummies.
    weights : {"uniform", "distance"}, default="uniform"
        "uniform" asks all neighbours alike; "distance" by the inverse of their
        distance, and those at distance 0 alone if there are any.
    fallback : {"popularity"} or None, default="popularity"
        What fills places that no neighbour fills: the items of most customers, or
        nothing.
    n_recommendations : int, default=10
        How many items `predict` recommends.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.

    Attributes
    ----------
    customers_ : ndarray of shape (n_users, n_features)
        What is known of the fitted customers.
    interactions_ : csr_array of shape (n_users, n_items)
        What they have; it may share memory with what was given.
    popularity_ : ndarray of shape (n_items,)
        Number of customers who have the item, with a positive value.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of `X`, if it was a frame with string names.

    See Also
    --------
    NeighborRecommender : Neighbours by what customers have.

    Notes
    -----
    The score of an item is the mean of what neighbours have of it, weighed; only
    positive scores are recommended. A fitted customer whose features come as `X` is its
    own nearest neighbour, and with weights "distance" asks nobody else: for the fitted
    customers, call ``recommend()`` without `X`.

    Examples
    --------
    >>> from custbase import CustomerNeighborRecommender
    >>> age = [[22.0], [25.0], [61.0], [64.0]]
    >>> purchases = [[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0]]
    >>> recommender = CustomerNeighborRecommender(2, n_recommendations=1)
    >>> recommender.fit(age, purchases).predict([[20.0], [70.0]])
    array([[0],
           [1]])
    """

    def __init__(
        self,
        n_neighbors: int = 50,
        *,
        metric: str = "euclidean",
        weights: str = "uniform",
        fallback: str | None = "popularity",
        n_recommendations: int = 10,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.weights = weights
        self.fallback = fallback
        self.n_recommendations = n_recommendations
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any) -> Self:
        """Keep customers and what they have.

        Parameters
        ----------
        X : array or frame of shape (n_users, n_features)
            What is known of customers, as numbers. Sparse matrices are made dense.
        y : sparse matrix or array of shape (n_users, n_items)
            What they have; stored zeros are nothing.

        Returns
        -------
        CustomerNeighborRecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X` or `y` is no matrix of finite numbers.
        """
        check_params(self, RULES)
        self.customers_ = self._check(X, reset=True).copy()
        self._keep(check_held(y, len(self.customers_), None, "y"))
        names = read_names(y)
        self._item_names = None if names is None else np.asarray(names)
        return self

    @whole_or_not_at_all
    def partial_fit(self, X: Any, y: Any, *, rows: Any = None) -> Self:
        """Add or replace customers, as a refit would.

        Parameters
        ----------
        X : array or frame of shape (n_new, n_features)
            What is known of them.
        y : sparse matrix or array of shape (n_new, n_items)
            What they have.
        rows : array of int of shape (n_new,) or None, default=None
            Numbers of the fitted rows that are replaced; None adds new ones.

        Returns
        -------
        CustomerNeighborRecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            As `fit` does, or if `rows` are no fitted rows.
        """
        if not hasattr(self, "interactions_"):
            refuse_rows(rows)
            return self.fit(X, y)
        check_params(self, RULES)
        new = self._check(X, reset=False)
        held = check_held(y, len(new), self.interactions_.shape[1], "y", self._item_names)
        together, _ = put_rows(self.interactions_, held, rows)
        if rows is None:
            self.customers_ = np.concatenate([self.customers_, new])
        else:
            numbers = check_rows(rows, len(new), len(self.customers_))
            self.customers_ = self.customers_.astype(np.result_type(self.customers_, new))
            self.customers_[numbers] = new
        self._keep(together)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Recommend `n_recommendations` items to each customer, as if it had nothing yet.

        Parameters
        ----------
        X : array or frame of shape (n_rows, n_features)
            What is known of customers.

        Returns
        -------
        ndarray of shape (n_rows, n_recommendations)
            Numbers of items, the best first; -1 where there is none.

        Raises
        ------
        TypeError, ValueError
            If `X` is no matrix of finite numbers with the columns of ``fit``.
        """
        return self.recommend(X, self.n_recommendations)[0]

    @in_one_order
    def recommend(
        self,
        X: Any = None,
        n: int = 10,
        *,
        exclude_seen: bool = True,
        items: Any = None,
        history: Any = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Recommend items to each customer, and say how they score.

        Parameters
        ----------
        X : array or frame of shape (n_rows, n_features) or None, default=None
            What is known of customers; None for the fitted ones, none of whom is its
            own neighbour.
        n : int, default=10
            How many items to recommend.
        exclude_seen : bool, default=True
            Leave out the items of `history`.
        items : array of int of shape (n_asked,), mask of shape (n_items,) or None, default=None
            The only items to choose from, such as those in stock; None for all.
        history : sparse matrix or array of shape (n_rows, n_items) or None, default=None
            What the customers have already; None for nothing, or for what the fitted
            customers were fitted with.

        Returns
        -------
        indices : ndarray of shape (n_rows, n)
            Numbers of items, the best first, of equal scores the lowest number first; -1
            where there is none.
        scores : ndarray of shape (n_rows, n)
            Their scores; NaN for items that fill up by popularity, and where there is
            none.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        check_value("exclude_seen", exclude_seen, BOOLEAN)
        customers = None if X is None else self._check(X, reset=False)
        n_rows, n_items = self.interactions_.shape
        shape = (n_rows if customers is None else len(customers), n_items)
        if history is not None:
            seen = check_held(history, *shape, "history", self._item_names)
        else:
            seen = self.interactions_ if customers is None else csr_array(shape)
        request = open_request(
            self.popularity_,
            canonical_csr(seen),
            n,
            exclude_seen=exclude_seen,
            items=items,
            fallback=self.fallback,
            n_jobs=self.n_jobs,
        )
        # Of many customers, block by block: their neighbours take more than their items.
        block = max(shape[0], 1) if customers is None else BLOCK_ROWS
        found = [
            self._rank(None if customers is None else customers[rows], request.rows(rows))
            for rows in row_chunks(shape[0], block)
        ]
        indices, scores = map(np.concatenate, zip(*found, strict=True))
        return indices, scores

    @in_one_order
    def score(self, X: Any, y: Any) -> float:
        """Measure recommendations by what customers came to have.

        Parameters
        ----------
        X : array or frame of shape (n_rows, n_features)
            What is known of customers.
        y : sparse matrix or array of shape (n_rows, n_items)
            What they have.

        Returns
        -------
        float
            NDCG of `n_recommendations` items, mean over the customers who have any, in
            [0, 1].

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or nobody has items.
        """
        items = self.predict(X)
        n_items = self.interactions_.shape[1]
        return ndcg_at_k(check_held(y, len(items), n_items, "y", self._item_names), items)

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find the fitted customers who are like customers.

        Parameters
        ----------
        X : array or frame of shape (n_rows, n_features) or None, default=None
            What is known of customers; None for the fitted ones, none of whom is its
            own neighbour.
        n_neighbors : int or None, default=None
            How many, at most all that there are; None for those of the constructor.

        Returns
        -------
        distances : ndarray of shape (n_rows, n_neighbors)
            In ascending order.
        indices : ndarray of shape (n_rows, n_neighbors)
            Numbers of fitted rows, of equally near ones the lowest first.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        n = self.n_neighbors if n_neighbors is None else n_neighbors
        check_value("n_neighbors", n, *COUNT)
        return self._search(None if X is None else self._check(X, reset=False), n)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags

    def _check(self, X: Any, *, reset: bool) -> np.ndarray:
        """What is known of customers, as a dense matrix of numbers."""
        dense = X.toarray() if issparse(X) else X
        return check_matrix(self, dense, reset=reset, min_rows=1 if reset else 0)

    def _search(self, customers: np.ndarray | None, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances and numbers of the nearest fitted customers; None for those themselves."""
        is_own = customers is None
        if is_own and len(self.customers_) == 1:
            raise ValueError(
                "X must be given: there is but one fitted customer, without neighbours."
            )
        return nearest_neighbors(
            self.customers_ if is_own else customers,
            None if is_own else self.customers_,
            n_neighbors=min(n, len(self.customers_) - is_own),
            metric=self.metric,
            n_jobs=self.n_jobs,
        )

    def _keep(self, interactions: csr_array) -> None:
        self.interactions_ = interactions
        self.popularity_ = count_customers(interactions)

    def _rank(
        self, customers: np.ndarray | None, request: Request
    ) -> tuple[np.ndarray, np.ndarray]:
        """Items and scores of some customers, or of the fitted ones."""
        asked, totals = self._ask(customers)
        indices, scores = rank_sparse(asked, self.interactions_, request)
        return indices, scores / totals[:, None]

    def _ask(self, customers: np.ndarray | None) -> tuple[csr_array, np.ndarray]:
        """Weights of the neighbours of customers, or of the fitted ones, and their sums.

        Scores are divided by the sums after they are ranked: equal counts of neighbours stay
        equal.
        """
        if customers is not None and not len(customers):
            return canonical_csr(csr_array((0, len(self.customers_)))), np.ones(0)
        distances, neighbors = self._search(customers, self.n_neighbors)
        distances = distances.astype(np.float64, copy=False)
        weights = np.ones_like(distances)
        if self.weights == "distance":
            is_same = distances <= NO_DISTANCE
            near = is_same.any(axis=1, keepdims=True)
            weights = np.where(near, is_same, 1 / np.maximum(distances, NO_DISTANCE))
        return join_lists(weights, neighbors, len(self.customers_)), weights.sum(axis=1)
