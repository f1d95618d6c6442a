"""FactorRecommender: customers and items as points, found by alternating least squares."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import whole_or_not_at_all
from .._interactions import check_interactions
from .._joins import in_one_order
from .._params import N_JOBS, RANDOM_STATE, Number, OneOf, Rule, check_params, check_value
from .._threads import ONE_BLAS_THREAD, ThreadMap, thread_map
from ..kernels._als import solve_rows_csr
from ._explanation import check_recommended, tabulate_reasons
from ._neighborhood import transpose
from ._recommender import Recommender, count_customers, refuse_changes
from ._request import COUNT, FALLBACK, Request, check_numbers, rank_dense, rank_similar
from ._rows import check_rows, put_rows, refuse_rows

RULES: dict[str, tuple[Rule, ...]] = {
    "n_factors": COUNT,
    "regularization": (Number(1e-30, 1e30), OneOf(("auto",))),
    "alpha": (Number(0),),
    "max_iter": COUNT,
    "fallback": FALLBACK,
    "n_recommendations": COUNT,
    "random_state": RANDOM_STATE,
    "n_jobs": N_JOBS,
    "regularization_exponent": (Number(0, 1),),
}
# What the factors of items are learnt for, and those of customers follow.
KEPT = ("alpha", "regularization", "regularization_exponent")
# Cells that one task solves for; a row costs as much as some cells, however few it has.
TASK_CELLS, ROW_CELLS = 2**16, 16
# Errors (squared residuals) that searches leave, as shares of those they start from: in a
# sweep, which is followed by others, and for good.
SWEEP_ERROR, FINAL_ERROR = 1e-2, 1e-24
# Searches need fewer steps than there are factors, but for rounding.
STEPS_PER_FACTOR = 20
FIRST_FACTORS = 1e-2
# Beyond, the confidence of 1 of all other items would be lost in rounding.
LARGEST_WEIGHT = 1e12
# Within these, sweeps in single precision lose nothing.
USUAL_CONFIDENCE, USUAL_PENALTIES = 1e6, (1e-6, 1e6)


class FactorRecommender(Recommender):
    """Recommend by factors of customers and items that multiply to what was bought.

    Finds tastes that many customers share, beyond items that go together directly.
    Customers are known by what is in their row of `X`, also those who are new.

    Parameters
    ----------
    n_factors : int, default=64
        Numbers that describe a customer, and an item: more tell finer tastes apart, and
        need more data, or more regularization.
    regularization : float or "auto", default="auto"
        Penalty of squared factors, lambda. "auto" takes a middling one for so many
        customers and items, see Notes; it is worth a search from a third of that to
        three times as much, more so than the number of factors.
    alpha : float, default=1.0
        How much surer an interaction of value 1 makes that the customer wants the item:
        the confidence is 1 plus alpha times the value, and 1 where there is none.
    max_iter : int, default=15
        Number of sweeps, each over all customers, then all items.
    fallback : {"popularity"} or None, default="popularity"
        What customers get of whom nothing is known: the items of most customers, or
        nothing.
    n_recommendations : int, default=10
        How many items `predict` recommends.
    random_state : int, RandomState or None, default=None
        Source of the first factors; an int gives the same recommendations every time.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.
    regularization_exponent : float, default=0.0
        How much more the factors of those with many interactions are penalised, in [0,
        1]: the penalty is `regularization` times the sum of all confidences of the
        customer, or item, to this power. At 1, `regularization` is smaller by some
        thousands, 0.003 to 0.05 in most data, and one that is best for a part of the
        customers is about the best for all of them.

    Attributes
    ----------
    user_factors_ : ndarray of shape (n_users, n_factors)
        Factors of the fitted customers, the best for `item_factors_`.
    item_factors_ : ndarray of shape (n_items, n_factors)
        Factors of the items along their principal axes: columns are orthogonal, the
        longest first.
    popularity_ : ndarray of shape (n_items,)
        Number of customers who have the item, with a positive value.
    interactions_ : csr_array of shape (n_users, n_items)
        The fitted interactions, which `partial_fit` needs; they may share memory with
        what was given.
    regularization_ : float
        The penalty, also where "auto" chose it.
    n_iter_ : int
        Number of sweeps.
    n_features_in_ : int
        Number of items.
    feature_names_in_ : ndarray of shape (n_items,)
        Names of the items, if `X` was a frame whose column names are strings.

    See Also
    --------
    NeighborRecommender : Looks at items, or customers, that have much in common.
    EASERecommender : A linear model of every item, for some thousands of items.
    custbase.features.InteractionEncoder : Makes `X` of a log.

    Notes
    -----
    Minimises, over all customers u and items i, bought or not [1]_,

    .. math:: \\sum_{u, i} c_{ui} (p_{ui} - x_u^T y_i)^2
              + \\lambda \\Big(\\sum_u |x_u|^2 + \\sum_i |y_i|^2\\Big)

    (with an exponent e, :math:`\\lambda (\\sum_i c_{ui})^e` takes the place of
    :math:`\\lambda` [3]_), the preference p = 1 where the value r is positive, else 0, and
    the confidence
    :math:`c = 1 + \\alpha |r|`: a negative value makes it surer that the customer does
    not want the item. (implicit has the confidence :math:`\\alpha |r|` there, so its
    alpha is ours plus 1 where all values are 1.)

    "auto" is :math:`\\lambda = (n_{users} n_{items})^{1/4 - e/2} / 2`, a rule of thumb that
    came within some percent of the best on films, a shop and simulated purchases, of
    200 to 6,000 customers and items.

    A sweep solves the equations of each customer with the items as they are,
    :math:`(Y^T Y + \\lambda I + \\sum_i (c_{ui} - 1) y_i y_i^T) x_u = \\sum_i c_{ui}
    p_{ui} y_i`, over the items of the customer, then those of each item. As in [2]_,
    conjugate gradients go on from the last sweep's factors. They work on principal
    axes, where :math:`Y^T Y + \\lambda I` is diagonal and preconditions them, and stop
    when they have made the residual ten times smaller, mostly after one or two steps: a
    sweep takes O(n_interactions n_factors + (n_users + n_items) n_factors\\ :sup:`2`)
    time. Sweeps run in single precision, unless confidences or penalties are extreme.

    Last, and whenever customers are asked for, the equations of customers are solved in
    double precision, to ten digits where confidences are usual ones (at confidences of
    10\\ :sup:`12`, to four), so that a fitted customer gets the same as a new one with the
    same items. Scores are :math:`x_u^T y_i`, about 1 for what is wanted
    and 0 for what is not; all items are ranked. Customers whose factors are all 0 get
    the fallback: those without items, or only with items of negative values.

    References
    ----------
    .. [1] Y. Hu, Y. Koren and C. Volinsky, "Collaborative filtering for implicit
       feedback datasets", ICDM 2008.
    .. [2] G. Takács, I. Pilászy and D. Tikk, "Applications of the conjugate gradient
       method for implicit feedback collaborative filtering", RecSys 2011.
    .. [3] S. Rendle, W. Krichene, L. Zhang and Y. Koren, "Revisiting the performance of
       iALS on item recommendation benchmarks", RecSys 2022.

    Examples
    --------
    >>> from custbase import FactorRecommender
    >>> purchases = [  # tea, pot, cup, saw, nail
    ...     [1, 1, 1, 0, 0],
    ...     [1, 0, 1, 0, 0],
    ...     [0, 1, 1, 0, 0],
    ...     [0, 0, 0, 1, 1],
    ...     [0, 0, 0, 1, 1],
    ... ]
    >>> recommender = FactorRecommender(2, n_recommendations=1, random_state=0)
    >>> recommender.fit(purchases).predict([[1, 1, 0, 0, 0], [0, 0, 0, 0, 1]])
    array([[2],
           [3]])
    """

    def __init__(
        self,
        n_factors: int = 64,
        *,
        regularization: float | str = "auto",
        alpha: float = 1.0,
        max_iter: int = 15,
        fallback: str | None = "popularity",
        n_recommendations: int = 10,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        regularization_exponent: float = 0.0,
    ) -> None:
        self.n_factors = n_factors
        self.regularization = regularization
        self.alpha = alpha
        self.max_iter = max_iter
        self.fallback = fallback
        self.n_recommendations = n_recommendations
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.regularization_exponent = regularization_exponent

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the factors.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_users, n_items)
            Interactions; stored zeros are none.
        y : None
            Ignored.

        Returns
        -------
        FactorRecommender
            The fitted recommender itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, `X` is no matrix of finite numbers, or alpha
            too large for them.
        """
        check_params(self, RULES)
        self.interactions_ = check_interactions(self, X, reset=True)
        self.popularity_ = count_customers(self.interactions_)
        self.regularization_ = choose_regularization(
            self.regularization, self.regularization_exponent, *self.interactions_.shape
        )
        self._learnt_by = {name: getattr(self, name) for name in KEPT}
        random = check_random_state(self.random_state)
        shape = (len(self.popularity_), self.n_factors)
        confidences = weigh_cells(self.interactions_, self.alpha)
        totals = sum_confidences(
            self.interactions_.indices, confidences, *self.interactions_.shape[::-1]
        )
        penalties = (
            self._penalize(self.interactions_, confidences),
            self.regularization_ * totals**self.regularization_exponent,
        )
        self.item_factors_ = learn_item_factors(
            self.interactions_,
            confidences,
            FIRST_FACTORS * random.random_sample(shape),
            penalties,
            self.max_iter,
            self.n_jobs,
        )
        self.user_factors_ = self._fold_in(self.interactions_)
        self.n_iter_ = self.max_iter
        return self

    @whole_or_not_at_all
    def partial_fit(self, X: Any, y: Any = None, *, rows: Any = None) -> Self:
        """Add or replace customers, without learning the items again.

        Their factors are solved for the items as they are: they get what `predict` gives
        them anyway. Items stay as they were fitted, new customers or not, so this is no
        refit: fit again when many have come.

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
        FactorRecommender
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
        refuse_changes(self, self._learnt_by)
        new = check_interactions(self, X, reset=False)
        self.interactions_, _ = put_rows(self.interactions_, new, rows)
        self.popularity_ = count_customers(self.interactions_)
        factors = self._fold_in(new)
        if rows is None:
            self.user_factors_ = np.concatenate([self.user_factors_, factors])
        else:
            numbers = check_rows(rows, len(factors), len(self.user_factors_))
            self.user_factors_ = self.user_factors_.copy()
            self.user_factors_[numbers] = factors
        return self

    def similar_items(self, items: Any, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Find the items whose factors point the same way.

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
            more, and for items that nobody has.
        similarities : ndarray of shape (n_asked, n)
            Cosines of their factors, in descending order; NaN where there are none.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        check_value("n", n, *COUNT)
        asked = check_numbers(items, len(self.item_factors_), "items", "items")
        lengths = np.linalg.norm(self.item_factors_, axis=1, keepdims=True)
        units = self.item_factors_ / np.where(lengths > 0, lengths, 1.0)

        def score(chunk: slice) -> np.ndarray:
            return np.clip(units[asked[chunk]] @ units.T, -1.0, 1.0)

        with ONE_BLAS_THREAD:
            return rank_similar(score, asked, len(units), n, self.n_jobs)

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

        Notes
        -----
        Past item j adds :math:`c_{uj} p_{uj} \\, y_i^T A_u^{-1} y_j` to the score of i,
        with the matrix A of the customer's equations (section 5 of [1]_): other past
        items like j make it add less.

        References
        ----------
        .. [1] Y. Hu, Y. Koren and C. Volinsky, "Collaborative filtering for implicit
           feedback datasets", ICDM 2008.
        """
        check_is_fitted(self)
        refuse_changes(self, self._learnt_by)
        history = check_interactions(self, X, reset=False)
        recommended = check_recommended(items, *history.shape)
        confidences = weigh_cells(history, self.alpha)
        strengths = self._strengths()
        penalties = self._penalize(history, confidences)

        def contribute(row: int, asked: np.ndarray) -> np.ndarray:
            cells = slice(history.indptr[row], history.indptr[row + 1])
            past, own = self.item_factors_[history.indices[cells]], confidences[cells]
            system = np.diag(strengths + penalties[row]) + (past.T * (np.abs(own) - 1)) @ past
            answers = np.linalg.solve(system, self.item_factors_[asked].T)
            return np.maximum(own, 0.0)[:, None] * (past @ answers)

        return tabulate_reasons(history, recommended, contribute)

    def _rank(self, history: csr_array, request: Request) -> tuple[np.ndarray, np.ndarray]:
        refuse_changes(self, self._learnt_by)
        users = self._fold_in(history)
        is_known = np.diff(history.indptr) > 0
        with ONE_BLAS_THREAD:
            return rank_dense(lambda chunk: users[chunk] @ self.item_factors_.T, is_known, request)

    def _strengths(self) -> np.ndarray:
        """What all items say together, along their axes."""
        return floor_strengths(np.einsum("ij,ij->j", self.item_factors_, self.item_factors_))

    def _penalize(self, history: csr_array, confidences: np.ndarray) -> np.ndarray:
        """Penalties of the squared factors of customers."""
        row = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
        totals = sum_confidences(row, confidences, *history.shape)
        return self.regularization_ * totals**self.regularization_exponent

    def _fold_in(self, history: csr_array) -> np.ndarray:
        """Factors of customers, the best for the factors of the items."""
        counts = np.diff(history.indptr)
        confidences = weigh_cells(history, self.alpha)
        order = np.argsort(-counts, kind="stable")
        tasks = [order[chunk] for chunk in cut_rows(counts[order])]
        n_factors = self.item_factors_.shape[1]
        strengths, factors = self._strengths(), np.zeros((len(counts), n_factors))
        penalties = self._penalize(history, confidences)
        with thread_map(self.n_jobs, len(tasks)) as run:
            run(
                lambda rows: solve_rows_csr(
                    rows, history.indptr, history.indices, confidences, self.item_factors_,
                    strengths, penalties, FINAL_ERROR, STEPS_PER_FACTOR * n_factors, factors,
                ),
                tasks,
            )  # fmt: skip
        return factors


class Side(NamedTuple):
    """Customers or items: their cells, those of most cells first, and their factors."""

    cells: csr_array
    factors: np.ndarray
    penalties: np.ndarray
    chunks: list[slice]


def choose_regularization(given: float | str, exponent: float, n_users: int, n_items: int) -> float:
    """Give the penalty that was asked for, or a middling one for so many customers and items."""
    if not isinstance(given, str):
        return float(given)
    return 0.5 * float(n_users * n_items) ** (0.25 - 0.5 * exponent)


def weigh_cells(interactions: csr_array, alpha: float) -> np.ndarray:
    """Confidences of stored cells, with the sign of the preference: negative for 0."""
    with np.errstate(over="ignore"):
        weights = alpha * np.abs(interactions.data)
    largest = weights.max(initial=0.0)
    if largest > LARGEST_WEIGHT:
        raise ValueError(
            f"alpha times the values of X must be at most {LARGEST_WEIGHT:g}; got {largest:g} with "
            f"alpha={alpha:g}. Take a smaller alpha, or logarithms of the values."
        )
    return np.copysign(1 + weights, interactions.data)


def floor_strengths(strengths: np.ndarray) -> np.ndarray:
    """Raise what is lost in rounding beside the largest; negative is what rounding made so."""
    return np.maximum(strengths, np.finfo(strengths.dtype).eps * strengths.max())


def sum_confidences(
    number: np.ndarray, confidences: np.ndarray, n_own: int, n_other: int
) -> np.ndarray:
    """Add up the confidences of customers, or items: those of stored cells, and 1 for others.

    Parameters
    ----------
    number : ndarray of shape (n_cells,)
        The customer, or item, of each cell.
    confidences : ndarray of shape (n_cells,)
        As `weigh_cells` returns them.
    n_own, n_other : int
        Number of customers and items, or the other way round.

    Returns
    -------
    ndarray of shape (n_own,)
        The sums.
    """
    return n_other + np.bincount(number, np.abs(confidences) - 1, minlength=n_own)


def cut_rows(counts: np.ndarray) -> list[slice]:
    """Cut rows into tasks of about as many cells."""
    work = np.append(0, np.cumsum(counts + ROW_CELLS))
    cuts = np.searchsorted(work, np.arange(TASK_CELLS, work[-1], TASK_CELLS))
    bounds = np.unique([0, *cuts, len(counts)]).tolist()
    return [slice(*pair) for pair in pairwise(bounds)]


def learn_item_factors(
    interactions: csr_array,
    confidences: np.ndarray,
    first: np.ndarray,
    penalties: tuple[np.ndarray, np.ndarray],
    max_iter: int,
    n_jobs: int | None,
) -> np.ndarray:
    """Sweep over customers and items in turn.

    Parameters
    ----------
    interactions : csr_array of shape (n_users, n_items)
        Where the cells are.
    confidences : ndarray of shape (n_cells,)
        Those of the cells, as `weigh_cells` returns them.
    first : ndarray of shape (n_items, n_factors)
        Factors to start from.
    penalties : tuple of ndarray of shape (n_users,) and (n_items,)
        Penalties of squared factors.
    max_iter, n_jobs : int, int or None
        As in the constructor.

    Returns
    -------
    ndarray of shape (n_items, n_factors)
        Factors along their principal axes, the longest first.
    """
    (n_users, n_items), n_factors = interactions.shape, first.shape[1]
    low, high = USUAL_PENALTIES
    is_usual = all(low <= each.min() <= each.max() <= high for each in penalties)
    is_usual &= bool(np.abs(confidences).max(initial=0.0) <= USUAL_CONFIDENCE)
    dtype = np.float32 if is_usual else np.float64
    # Rows of most cells first: the long ones do not end last, and what is used most lies
    # together.
    by_user = np.diff(interactions.indptr)
    by_item = np.bincount(interactions.indices, minlength=n_items)
    user_order = np.argsort(-by_user, kind="stable")
    item_order = np.argsort(-by_item, kind="stable")
    place = np.empty(n_items, interactions.indices.dtype)
    place[item_order] = np.arange(n_items)
    parts = (confidences.astype(dtype), place[interactions.indices], interactions.indptr)
    by_place = transpose(csr_array(parts, shape=interactions.shape)[user_order])
    users = Side(
        transpose(by_place),
        np.zeros((n_users, n_factors), dtype),
        penalties[0][user_order].astype(dtype),
        cut_rows(by_user[user_order]),
    )
    items = Side(
        by_place,
        first[item_order].astype(dtype),
        penalties[1][item_order].astype(dtype),
        cut_rows(by_item[item_order]),
    )
    n_tasks = max(len(users.chunks), len(items.chunks))
    with ONE_BLAS_THREAD, thread_map(n_jobs, n_tasks) as run:
        for _ in range(max_iter):
            sweep(run, users, items)
            sweep(run, items, users)
        last = items.factors.astype(np.float64)
        _, axes = np.linalg.eigh(last.T @ last)
        factors = np.empty_like(last)
        factors[item_order] = last @ axes[:, ::-1]
    return factors


def sum_products(run: ThreadMap, side: Side) -> np.ndarray:
    """Sum of the products of factors with each other."""
    n_factors = side.factors.shape[1]
    total = np.zeros((n_factors, n_factors))
    for product in run(lambda rows: side.factors[rows].T @ side.factors[rows], side.chunks):
        total += product
    return total


def sweep(run: ThreadMap, own: Side, other: Side) -> None:
    """Solve the factors of one side, after turning all to the principal axes of the other.

    Parameters
    ----------
    run : callable
        Map on threads.
    own, other : Side
        What is solved, and what is given.
    """
    dtype = own.factors.dtype
    strengths, axes = (part.astype(dtype) for part in np.linalg.eigh(sum_products(run, other)))
    strengths = floor_strengths(strengths)
    cells = own.cells

    def turn(rows: slice) -> None:
        other.factors[rows] = other.factors[rows] @ axes

    def solve(rows: slice) -> None:
        own.factors[rows] = own.factors[rows] @ axes
        solve_rows_csr(
            np.arange(rows.start, rows.stop), cells.indptr, cells.indices, cells.data,
            other.factors, strengths, own.penalties, SWEEP_ERROR, STEPS_PER_FACTOR * len(axes),
            own.factors,
        )  # fmt: skip

    run(turn, other.chunks)
    run(solve, own.chunks)
