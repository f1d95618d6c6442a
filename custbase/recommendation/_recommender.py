"""What every recommender of purchase histories answers: predict, recommend and score."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator
from .._column_names import fitted_names, read_names
from .._interactions import check_held, check_interactions
from .._joins import in_one_order
from .._params import BOOLEAN, check_value
from ..metrics import ndcg_at_k
from ._request import Request, open_request


class Recommender(CustbaseEstimator):
    """Rank items for customers by their histories.

    A subclass ends ``fit`` with `popularity_`, and ranks in `_rank`.
    """

    n_recommendations: int
    n_jobs: int | None = None
    fallback: str | None = "popularity"
    popularity_: np.ndarray

    def predict(self, X: Any) -> np.ndarray:
        """Recommend `n_recommendations` items to each customer.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items)
            Past interactions, one row a customer, known to ``fit`` or not.

        Returns
        -------
        ndarray of shape (n_rows, n_recommendations)
            Numbers of items that the customer does not have, the best first; -1 where
            there is none.

        Raises
        ------
        TypeError, ValueError
            If `X` is no matrix of finite numbers with the items of ``fit``.
        """
        return self.recommend(X, self.n_recommendations)[0]

    @in_one_order
    def recommend(
        self, X: Any, n: int = 10, *, exclude_seen: bool = True, items: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Recommend items to each customer, and say how they score.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items)
            Past interactions, one row a customer, known to ``fit`` or not. Stored zeros
            are none.
        n : int, default=10
            How many items to recommend.
        exclude_seen : bool, default=True
            Leave out the items that the customer has in `X`.
        items : array of int of shape (n_asked,), mask of shape (n_items,) or None, default=None
            The only items to choose from, such as those in stock; None for all.

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
        MemoryError
            If so many recommendations do not fit into memory.
        """
        check_is_fitted(self)
        check_value("exclude_seen", exclude_seen, BOOLEAN)
        history = check_interactions(self, X, reset=False)
        request = open_request(
            self.popularity_,
            history,
            n,
            exclude_seen=exclude_seen,
            items=items,
            fallback=self.fallback,
            n_jobs=self.n_jobs,
        )
        return self._rank(history, request)

    @in_one_order
    def score(self, X: Any, y: Any) -> float:
        """Measure recommendations by what was held out.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items)
            Past interactions, one row a customer.
        y : sparse matrix or array of shape (n_rows, n_items)
            Later, or held-out, interactions of the same customers and items.

        Returns
        -------
        float
            NDCG of `n_recommendations` items, mean over the customers who have
            held-out items, in [0, 1].

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or nobody has held-out items.
        """
        items = self.predict(X)
        names = fitted_names(self)
        names = read_names(X) if names is None else names
        return ndcg_at_k(check_held(y, len(items), len(self.popularity_), "y", names), items)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags

    @abstractmethod
    def _rank(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of items, and their scores."""


def count_customers(interactions: csr_array) -> np.ndarray:
    """Popularity of the items: how many customers have them.

    Negative values, such as returns, are no reason to recommend an item to others.
    """
    is_positive = interactions.data > 0
    items = interactions.indices if is_positive.all() else interactions.indices[is_positive]
    return np.bincount(items, minlength=interactions.shape[1])


def refuse_changes(recommender: Any, learnt: Mapping[str, Any]) -> None:
    """Raise if what was learnt is for parameters that were changed since.

    Parameters
    ----------
    recommender : estimator
        A fitted one.
    learnt : mapping of str to object
        Parameters in ``fit``.

    Raises
    ------
    ValueError
        If one is another now.
    """
    for name, value in learnt.items():
        now = getattr(recommender, name)
        if now != value:
            raise ValueError(
                f"{name} must be that of fit, {value!r}; it was changed to {now!r}. Fit again."
            )
