"""NeighborRecommender: what goes with what a customer has, or what similar customers have."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.utils.validation import check_is_fitted

from .._base import whole_or_not_at_all
from .._interactions import check_interactions
from .._joins import in_one_order
from .._params import N_JOBS, NONE, Number, OneOf, Rule, check_params, check_value
from .._threads import row_chunks
from .._warn import warn
from ..exceptions import CustbaseWarning
from ._explanation import (
    Reasons,
    check_recommended,
    reasons_of_lists,
    reasons_of_rated,
    reasons_of_users,
    tabulate_reasons,
)
from ._neighborhood import (
    Neighborhood,
    compare_users,
    join_lists,
    learn_neighborhood,
    search_fitted,
    search_users,
    transpose,
)
from ._ratings import (
    deviate,
    learn_baselines,
    predict_pairs,
    sort_pairs,
    user_baselines,
)
from ._recommender import Recommender, count_customers, refuse_changes
from ._request import (
    COUNT,
    FALLBACK,
    Request,
    check_numbers,
    rank_dense,
    rank_sparse,
    refuse_places,
)
from ._rows import put_rows, refuse_rows, related_items
from ._similarity import METRICS

RULES: dict[str, tuple[Rule, ...]] = {
    "n_neighbors": COUNT,
    "kind": (OneOf(("item", "user")),),
    "metric": (OneOf(tuple(METRICS)),),
    "weighting": (OneOf(("tfidf", "bm25")), NONE),
    "shrinkage": (Number(0),),
    "feedback": (OneOf(("implicit", "explicit")),),
    "fallback": FALLBACK,
    "n_recommendations": COUNT,
    "n_jobs": N_JOBS,
    "prune": (OneOf(("source", "target")),),
    "asymmetry": (Number(0, 1),),
}
# What is learnt depends on these; lists of neighbours on their number, too.
KEPT = ("kind", "feedback", "metric", "weighting", "shrinkage", "asymmetry")
# Ratings that are predicted together: similarities are computed anew for every such block.
BLOCK_RATINGS = 2**22
# Customers whose neighbours are held together.
BLOCK_USERS = 2**14


class NeighborRecommender(Recommender):
    """Recommend by neighbours: items that go together, or customers who are alike.

    For new customers as for known ones: a row of `X` is all that is asked of a customer.
    Recommendations are exact, the same for any number of threads, and never hold what
    the customer has.

    Parameters
    ----------
    n_neighbors : int, default=50
        How many neighbours an item, or a customer, has at most.
    kind : {"item", "user"}, default="item"
        "item": an item scores by its similarity to the items that the customer has.
        "user": it scores by the similarity of those who have it to the customer.
    metric : {"cosine", "jaccard", "correlation"}, default="cosine"
        What makes rows alike. "jaccard" looks at who has what, not at values;
        "correlation" is the adjusted cosine: it takes from each value the mean of the
        customer's values.
    weighting : {"tfidf", "bm25"} or None, default=None
        Before rows are compared, what few have counts more: customers of few items
        (`kind` "item"), or items of few customers ("user"). "bm25" also lets repeated
        purchases count less and less.
    shrinkage : float, default=0.0
        Added to the denominator of a similarity, in its unit: similarities that rest on
        few common customers become smaller.
    feedback : {"implicit", "explicit"}, default="implicit"
        "implicit": values say how sure it is that the customer wants the item, such as
        purchases. "explicit": they are ratings, which are predicted; a rating of 0 is
        none.
    fallback : {"popularity"} or None, default="popularity"
        What fills places that have no score: the items of most customers, or nothing.
    n_recommendations : int, default=10
        How many items `predict` recommends.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.
    prune : {"source", "target"}, default="source"
        Whose list of neighbours counts with `kind` "item" and implicit feedback: an
        item scores if it is on the list of what the customer has ("source"), or if what
        the customer has is on its own list ("target"). With "target" popular items,
        which are on many lists, have no advantage: often better where lists are short.
    asymmetry : float, default=0.5
        Share that the length of the neighbour has in what a cosine is divided by, in
        [0, 1]. Above 0.5, neighbours who have much of everything come later: often
        better with `kind` "user", at 0.6 to 0.9. Only with cosine or correlation, and
        implicit feedback.

    Attributes
    ----------
    neighbors_ : ndarray of shape (n_items, n_lists)
        Numbers of the most similar items of each item, the best first; -1 where there
        are no more. Only with `kind` "item" and implicit feedback; n_lists is
        `n_neighbors`, or the number of other items if that is less, but at least 1.
    similarities_ : ndarray of shape (n_items, n_lists)
        Their similarities; 0 where there are no more.
    popularity_ : ndarray of shape (n_items,)
        Number of customers who have the item, with a positive value or any rating.
    interactions_ : csr_array of shape (n_users, n_items)
        The fitted interactions, which neighbours among customers, explanations and
        `partial_fit` need; they may share memory with what was given.
    n_features_in_ : int
        Number of items.
    feature_names_in_ : ndarray of shape (n_items,)
        Names of the items, if `X` was a frame.

    See Also
    --------
    CustomerNeighborRecommender : For customers without history, by what else is known.
    FactorRecommender : Finds what customers have in common beyond single items.
    custbase.features.InteractionEncoder : Makes `X` of a log.

    Notes
    -----
    With the values r of customers u and items i, the similarity of i and j is

    - cosine: :math:`\\sum_u r_{ui} r_{uj} / (|r_i| |r_j| + s)`, with the shrinkage s, or with the
      asymmetry a and :math:`|r_i|^{2 (1 - a)} |r_j|^{2 a}` in the denominator [3]_;
    - jaccard: :math:`c / (n_i + n_j - c + s)`, where c customers have both,

    and likewise for customers. Only positive similarities make neighbours; equal ones
    are ordered by number (if values are integers without weights and shrinkage; else
    rounding may part what is equal). With implicit feedback, scores are

    .. math:: s_{uj} = \\sum_i r_{ui} \\, \\mathrm{sim}(i, j), \\qquad
              s_{uj} = \\sum_v \\mathrm{sim}(u, v) \\, r_{vj},

    over the items i of the customer that have j among their neighbours, or with `prune`
    "target" are among those of j [1]_; or over the neighbours v of the customer. Items
    of positive score are recommended. With `kind` "user", a fitted customer who is asked
    for again is one of its own neighbours: it takes a place and says nothing new, unless
    what it has is asked for, by ``exclude_seen=False`` or as a rating to predict. So fit
    without ratings that are predicted to test the model.

    Weights: tfidf is :math:`r (\\ln\\frac{1 + N}{1 + n} + 1)` for features that n of
    N rows have, bm25 :math:`\\ln(1 + \\frac{N - n + 0.5}{n + 0.5}) \\frac{2.2 r}{r +
    1.2 (0.25 + 0.75 l)}` for a row whose values add up to l times the mean.

    Explicit feedback: the level of a rating is :math:`b_{ui} = \\mu + b_u + b_i`, fitted
    by least squares with 10 ratings of the mean added to every item and 15 to every
    user [2]_. Rows are compared by what ratings deviate from it (cosine). A predicted
    rating is the level plus the mean deviation of the `n_neighbors` most similar of
    those that can be asked, weighed by similarity: items that the customer rated, or
    customers who rated the item. Every item has a score then: its prediction, which
    may lie beyond the range of ratings.

    With :math:`n_u` items of a customer, neighbours take :math:`O(\\sum_u n_u^2)` time
    at most, and a small part of it where values are all 1: very active customers are
    then compared by bits. Memory is that of `X` twice, and of 12 bytes a neighbour.
    To rank by predicted ratings, every pair of a customer and an item takes the time of
    the customer's, or the item's, ratings.

    References
    ----------
    .. [1] B. Sarwar, G. Karypis, J. Konstan and J. Riedl, "Item-based collaborative
       filtering recommendation algorithms", WWW 2001.
    .. [2] Y. Koren, "Factor in the neighbors: scalable and accurate collaborative
       filtering", ACM Transactions on Knowledge Discovery from Data 4, 2010.
    .. [3] F. Aiolli, "Efficient top-n recommendation for very large scale binary rated
       datasets", RecSys 2013.

    Examples
    --------
    >>> from custbase import NeighborRecommender
    >>> purchases = [  # tea, pot, cup, saw
    ...     [1, 1, 0, 0],
    ...     [1, 1, 1, 0],
    ...     [0, 1, 1, 0],
    ...     [0, 0, 0, 1],
    ... ]
    >>> recommender = NeighborRecommender(n_recommendations=2).fit(purchases)
    >>> recommender.predict([[1, 0, 0, 0]])
    array([[1, 2]])

    Why:

    >>> recommender.explain([[1, 0, 1, 0]], [[1]])
       row  item  past_item  contribution
    0    0     1          0      0.816497
    1    0     1          2      0.816497
    """

    def __init__(
        self,
        n_neighbors: int = 50,
        *,
        kind: str = "item",
        metric: str = "cosine",
        weighting: str | None = None,
        shrinkage: float = 0.0,
        feedback: str = "implicit",
        fallback: str | None = "popularity",
        n_recommendations: int = 10,
        n_jobs: int | None = None,
        prune: str = "source",
        asymmetry: float = 0.5,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.kind = kind
        self.metric = metric
        self.weighting = weighting
        self.shrinkage = shrinkage
        self.feedback = feedback
        self.fallback = fallback
        self.n_recommendations = n_recommendations
        self.n_jobs = n_jobs
        self.prune = prune
        self.asymmetry = asymmetry

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn who, or what, is alike.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_users, n_items)
            Interactions; stored zeros are none.
        y : None
            Ignored.

        Returns
        -------
        NeighborRecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, `X` is no matrix of finite numbers, negative
            under "bm25", or weights are asked for ratings.

        Warns
        -----
        CustbaseWarning
            If there are no neighbours, for no customer has values that differ.
        """
        check_params(self, RULES)
        if self.feedback == "explicit" and self.weighting is not None:
            raise ValueError(
                f"weighting must be None with feedback='explicit'; got {self.weighting!r}. Ratings "
                "are no counts."
            )
        if self.asymmetry != 0.5 and (self.feedback == "explicit" or self.metric == "jaccard"):
            raise ValueError(
                "asymmetry must be 0.5 with feedback='explicit' or metric='jaccard'; got "
                f"{self.asymmetry:g}."
            )
        self.interactions_ = check_interactions(self, X, reset=True)
        self._learn()
        return self

    @whole_or_not_at_all
    def partial_fit(self, X: Any, y: Any = None, *, rows: Any = None) -> Self:
        """Add or replace customers, as a refit would, to the last bit.

        Lists of neighbours of items are made anew where they can have changed, without
        `weighting`; what else is learnt is learnt again from all interactions.

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
        NeighborRecommender
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
        self.interactions_, changed = put_rows(self.interactions_, new, rows)
        # Weights of all customers depend on all; lists of another kind are of no use.
        now = {name: getattr(self, name) for name in self._learnt_by}
        has_lists = hasattr(self, "neighbors_") and self._learnt_by == now
        if has_lists and self._n_listed == self.n_neighbors and self.weighting is None:
            self._learn(related_items(self.interactions_, changed))
        else:
            self._learn()
        return self

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find neighbours: those of the fitted items or customers, or of other customers.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items) or None, default=None
            Customers, with `kind` "user". None for the fitted items or customers, none
            of which is its own neighbour.
        n_neighbors : int or None, default=None
            How many; None for those of the constructor.

        Returns
        -------
        similarities : ndarray of shape (n_rows, n_neighbors)
            In descending order; 0 where there are no more. Cosines without shrinkage are
            1 minus the distances of ``NearestNeighbors``.
        indices : ndarray of shape (n_rows, n_neighbors)
            Numbers of the neighbours; -1 where there are no more.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        n = self.n_neighbors if n_neighbors is None else n_neighbors
        check_value("n_neighbors", n, *COUNT)
        by_item = self.kind == "item"
        refuse_changes(self, self._learnt_by)
        if X is None and hasattr(self, "neighbors_") and n <= self.neighbors_.shape[1]:
            return self.similarities_[:, :n].copy(), self.neighbors_[:, :n].astype(np.int64)
        if X is None:
            refuse_places(self.interactions_.shape[by_item], n, "n_neighbors")
            return search_fitted(self._open_neighborhood(by_item), None, n, self.n_jobs)
        if by_item:
            raise ValueError(
                "X must be None with kind='item', where the neighbours are items; got customers. "
                "Use similar_users for them."
            )
        indices, similarities = self.similar_users(X, n)
        return np.nan_to_num(similarities, nan=0.0), indices

    def similar_items(self, items: Any, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Find the items that go with items, whatever the `kind`.

        Parameters
        ----------
        items : array of int of shape (n_asked,)
            Numbers of items.
        n : int, default=10
            How many to find.

        Returns
        -------
        indices : ndarray of shape (n_asked, n)
            Numbers of the most similar items, itself left out; -1 where there are no
            more.
        similarities : ndarray of shape (n_asked, n)
            In descending order; NaN where there are no more.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        check_value("n", n, *COUNT)
        refuse_changes(self, self._learnt_by)
        asked = check_numbers(items, self.interactions_.shape[1], "items", "items")
        refuse_places(len(asked), n)
        if hasattr(self, "neighbors_") and n <= self.neighbors_.shape[1]:
            indices = self.neighbors_[asked, :n].astype(np.int64)
            similarities = self.similarities_[asked, :n]
        else:
            near = self._open_neighborhood(by_item=True)
            similarities, indices = search_fitted(near, asked, n, self.n_jobs)
        return indices, np.where(indices >= 0, similarities, np.nan)

    def similar_users(self, X: Any, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Find the fitted customers who are like customers, whatever the `kind`.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items)
            Past interactions, one row a customer; a fitted one finds itself.
        n : int, default=10
            How many to find.

        Returns
        -------
        indices : ndarray of shape (n_rows, n)
            Numbers of fitted rows, the most similar first; -1 where there are no more.
        similarities : ndarray of shape (n_rows, n)
            In descending order; NaN where there are no more.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        check_value("n", n, *COUNT)
        refuse_changes(self, self._learnt_by)
        history = check_interactions(self, X, reset=False)
        refuse_places(history.shape[0], n)
        near = self._open_neighborhood(by_item=False)
        similarities, indices = search_users(near, self._compared(history), n, self.n_jobs)
        return indices, np.where(indices >= 0, similarities, np.nan)

    def predict_rating(self, X: Any, rows: Any, items: Any) -> np.ndarray:
        """Predict what customers would rate items.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_items)
            Known ratings, one row a customer, known to ``fit`` or not.
        rows : array of int of shape (n_pairs,)
            Rows of `X`.
        items : array of int of shape (n_pairs,)
            Items, one a row.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Ratings, within the range of those that were fitted.

        Raises
        ------
        TypeError, ValueError
            If feedback is implicit, or an argument is not as described.
        """
        check_is_fitted(self)
        if self.feedback != "explicit":
            raise ValueError(
                "feedback must be 'explicit' to predict ratings; got 'implicit'. Set it, and fit "
                "again."
            )
        refuse_changes(self, self._learnt_by)
        history = check_interactions(self, X, reset=False)
        asked_rows = check_numbers(rows, history.shape[0], "rows", "rows of X")
        asked_items = check_numbers(items, history.shape[1], "items", "items")
        if len(asked_rows) != len(asked_items):
            raise ValueError(
                f"rows and items must be pairs; got {len(asked_rows)} rows and "
                f"{len(asked_items)} items."
            )
        levels = self._baselines.mean + user_baselines(history, self._baselines)[asked_rows]
        ratings = levels + self._baselines.items[asked_items]
        ratings += self._predict_deviations(history, asked_rows, asked_items, self.n_jobs)
        return ratings.clip(self._baselines.low, self._baselines.high)

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
            largest contribution first. Contributions add up to the score of the item
            (to what the predicted rating deviates from its level).

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        refuse_changes(self, self._learnt_by)
        history = check_interactions(self, X, reset=False)
        recommended = check_recommended(items, *history.shape)
        return tabulate_reasons(history, recommended, self._open_reasons(history))

    def _learn(self, changed: np.ndarray | None = None) -> None:
        """Learn from `interactions_`: lists of items anew, or those that can have changed."""
        held = self.interactions_
        # Low ratings may be negative, and are ratings all the same.
        self.popularity_ = count_customers(abs(held) if self.feedback == "explicit" else held)
        if self.feedback == "explicit":
            self._baselines = learn_baselines(self.interactions_)
        near = self._learn_neighborhood(by_item=self.kind == "item")
        nothing_differs = self.interactions_.nnz and not near.candidates.squares.any()
        looks_at_differences = self.metric == "correlation" or self.feedback == "explicit"
        if looks_at_differences and nothing_differs:
            warn(
                "There are no neighbours: no customer has values that differ, and "
                "metric='correlation' and feedback='explicit' look at differences alone. Take "
                "metric='cosine' and feedback='implicit'.",
                CustbaseWarning,
            )
        # Nothing is left of a fit by other parameters.
        earlier = [self.__dict__.pop(name, None) for name in ("similarities_", "neighbors_")]
        self.__dict__.pop("_neighborhood", None)
        self._learnt_by = {name: getattr(self, name) for name in KEPT}
        self._n_listed = self.n_neighbors
        if self.kind == "user" or self.feedback == "explicit":
            self._neighborhood: Neighborhood = near
            return
        n_items = self.interactions_.shape[1]
        n_lists = max(1, min(self.n_neighbors, n_items - 1))
        refuse_places(n_items, n_lists, "n_neighbors")
        similarities, neighbors = search_fitted(near, changed, n_lists, self.n_jobs)
        if changed is not None:
            listed, numbers = map(np.array, earlier)  # copies
            listed[changed], numbers[changed] = similarities, neighbors
            similarities, neighbors = listed, numbers
        self.similarities_: np.ndarray = similarities
        self.neighbors_: np.ndarray = neighbors.astype(np.int32)

    def _learn_neighborhood(self, *, by_item: bool) -> Neighborhood:
        """Prepare the fitted items, or customers, to be searched."""
        return learn_neighborhood(
            self._compared(self.interactions_),
            by_item=by_item,
            metric=self.metric,
            weighting=self.weighting,
            shrinkage=self.shrinkage,
            asymmetry=self.asymmetry,
        )

    def _open_neighborhood(self, by_item: bool) -> Neighborhood:
        """That of ``fit``, if it was kept and is of the kind that is asked for, or another."""
        kept = vars(self).get("_neighborhood")
        if kept is not None and kept.by_item == by_item:
            return kept
        return self._learn_neighborhood(by_item=by_item)

    def _compared(self, history: csr_array) -> csr_array:
        """What is compared of histories: ratings by what they deviate from their level."""
        if self.feedback == "explicit" and self.metric == "cosine":
            return deviate(history, self._baselines)
        return history

    def _weights_of_items(self) -> csr_array:
        """What an item of the row adds to the score of an item of the column."""
        lists = join_lists(self.similarities_, self.neighbors_, len(self.neighbors_))
        return lists if self.prune == "source" else transpose(lists)

    def _rank(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        refuse_changes(self, self._learnt_by)
        if self.feedback == "explicit":
            return self._rank_ratings(history, request)
        if self.kind == "item":
            return rank_sparse(history, self._weights_of_items(), request)
        blocks = row_chunks(history.shape[0], BLOCK_USERS)
        found = [self._rank_by_users(history[rows], request.rows(rows)) for rows in blocks]
        indices, scores = map(np.concatenate, zip(*found, strict=True))
        return indices, scores

    def _rank_by_users(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        """Rank by what neighbours have."""
        n = min(self.n_neighbors, self.interactions_.shape[0])
        found = search_users(self._neighborhood, self._compared(history), n, self.n_jobs)
        neighbors = join_lists(*found, self.interactions_.shape[0])
        return rank_sparse(neighbors, self.interactions_, request)

    def _rank_ratings(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        """Rank by predicted ratings."""
        asked, n_items = np.flatnonzero(request.is_asked), history.shape[1]
        levels = self._baselines.mean + user_baselines(history, self._baselines)

        def predict(chunk: slice) -> np.ndarray:
            some = history[chunk]
            rows = np.repeat(np.arange(some.shape[0]), len(asked))
            items = np.tile(asked, some.shape[0])
            deviations = self._predict_deviations(some, rows, items, self.n_jobs)
            ratings = np.broadcast_to(self._baselines.items, (some.shape[0], n_items)).copy()
            ratings[:, asked] += deviations.reshape(-1, len(asked))
            return ratings + levels[chunk, None]

        is_known = np.diff(history.indptr) > 0
        # One block after the other, and threads within: memory does not grow with them.
        request = request._replace(n_jobs=1)
        return rank_dense(predict, is_known, request, block_scores=BLOCK_RATINGS)

    def _predict_deviations(
        self, history: csr_array, rows: np.ndarray, items: np.ndarray, n_jobs: int | None
    ) -> np.ndarray:
        """What ratings of pairs deviate from their level."""
        near = self._neighborhood
        known = deviate(history, self._baselines)
        if near.by_item:
            compared = transpose(near.candidates.postings)
            pairs, order = sort_pairs(items, rows, compared.shape[0])
        else:
            compared = compare_users(near, self._compared(history))
            known = transpose(deviate(self.interactions_, self._baselines))
            pairs, order = sort_pairs(rows, items, compared.shape[0])
        deviations = np.empty(len(order))
        deviations[order] = predict_pairs(
            compared,
            near.candidates,
            known,
            pairs,
            n_neighbors=min(self.n_neighbors, near.candidates.postings.shape[1]),
            shrinkage=self.shrinkage,
            itself=near.by_item,
            n_jobs=n_jobs,
        )
        return deviations

    def _open_reasons(self, history: csr_array) -> Reasons:
        """Tell what past items add to scores."""
        n = self.n_neighbors
        is_rating = self.feedback == "explicit"
        known = deviate(history, self._baselines) if is_rating else history
        if self.kind == "item" and not is_rating:
            return reasons_of_lists(known, self._weights_of_items())
        near = self._neighborhood
        if self.kind == "item":
            return reasons_of_rated(known, near, n, self.n_jobs)
        fitted = self.interactions_
        values = deviate(fitted, self._baselines) if is_rating else fitted
        compared = compare_users(near, self._compared(history))
        return reasons_of_users(compared, near, values, n, is_rating=is_rating, n_jobs=self.n_jobs)
