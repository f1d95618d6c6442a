"""SegmentClusterer: customers into segments, as many as the data show."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.base import ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_array, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_matrix, check_sample_weight
from .._params import ARRAY, N_JOBS, RANDOM_STATE, Number, OneOf, check_params
from ._elbow import choose_elbow
from ._kmeans import (
    Assignment,
    Solution,
    assign,
    count_distinct_rows,
    run_lloyd,
    sweep_kmeans,
    weighted_rows,
)
from ._profile import as_described_frame, profile_segments

_RULES = {
    "n_clusters": (Number(1, integer=True), OneOf(("auto",))),
    "algorithm": (OneOf(("kmeans",)),),
    "criterion": (OneOf(("elbow",)),),
    "min_clusters": (Number(1, integer=True),),
    "max_clusters": (Number(1, integer=True),),
    "init": (OneOf(("k-means++",)), ARRAY),
    "n_init": (Number(1, integer=True), OneOf(("auto",))),
    "max_iter": (Number(1, integer=True),),
    "tol": (Number(0),),
    "random_state": RANDOM_STATE,
    "n_jobs": N_JOBS,
}

# Runs from fresh seeds with n_init="auto": greedy k-means++ seldom gains from more.
_AUTO_N_INIT = 3


class SegmentClusterer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, CustbaseEstimator
):
    """Divide customers into segments by k-means, as many as the data show.

    With ``n_clusters="auto"`` the number of segments is where the inertia falls
    further below that of a cloud without segments than chance explains: the
    elbow. The answer can be one segment, which says that there are none to find.

    Columns count by their variance: scale them first (for money and counts,
    ``log1p`` and then a scaler), for instance in a Pipeline.

    Parameters
    ----------
    n_clusters : int or "auto", default="auto"
        Number of segments; "auto" chooses it between `min_clusters` and
        `max_clusters`.
    algorithm : {"kmeans"}, default="kmeans"
        How customers are divided.
    criterion : {"elbow"}, default="elbow"
        How "auto" chooses; see Notes.
    min_clusters : int, default=1
        Fewest segments that "auto" considers.
    max_clusters : int, default=12
        Most segments that "auto" considers; it never considers more than `X`
        has distinct rows.
    init : "k-means++" or array of shape (n_clusters, n_features), default="k-means++"
        First centres: rows chosen by greedy k-means++, or those given, with a
        number for `n_clusters`.
    n_init : int or "auto", default="auto"
        Runs from different k-means++ seeds for every number of segments, of
        which the one of least inertia is kept; "auto" is 3, or 1 with an array
        for `init`.
    max_iter : int, default=300
        Most iterations of one run.
    tol : float, default=1e-4
        A run ends when the squared moves of all centres add up to at most `tol`
        times the mean variance of the columns, or when no label changes.
    random_state : int, RandomState or None, default=None
        Source of the seeds; an int gives the same segments every time.
    n_jobs : int or None, default=None
        Threads; None takes every core, -1 too. The result does not depend on it.

    Attributes
    ----------
    n_clusters_ : int
        Number of segments.
    labels_ : ndarray of shape (n_samples,)
        Segment of every row, from 0. Segments are numbered by size (sum of
        weights), the largest first; with an array for `init`, by its rows.
    cluster_centers_ : ndarray of shape (`n_clusters_`, n_features)
        Centres of the segments, float64.
    inertia_ : float
        Weighted sum of squared distances of the rows to their centres.
    n_iter_ : int
        Iterations of the run that was kept.
    selection_ : DataFrame
        Inertia and elbow score for every number of segments.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of `X`, if it was a frame with string names.

    See Also
    --------
    segment_actions : What to do with each segment.
    sklearn.cluster.KMeans : The algorithm with a number of clusters known beforehand.

    Notes
    -----
    k-means minimises the inertia ``sum_i w_i min_c ||x_i - mu_c||^2``. Empty
    clusters take the rows farthest from their centres, as in scikit-learn, and
    from the same centres the labels equal those of its Lloyd algorithm. One
    iteration takes O(n k d) operations. With "auto" every number of segments is
    also started from the solution with one segment fewer, plus a centre, so that
    inertia never rises with their number.

    Rows are summed in chunks of fixed size: the same seed gives the same bits
    for every number of threads. Seeds are drawn along an order of the rows that
    depends on their values alone: the same customers in another order, or
    repeated instead of weighted, give the same segments up to rounding.

    The elbow compares the logarithmic drop of inertia at every further segment with
    the larger of two drops that data without segments could show: that of a uniform
    box with the covariance of `X`, and that of cutting the widest present segment,
    where a cut explains at most 3/4 of the variance along an axis. The score adds up
    what exceeds them; chosen is the number at its top, or one segment if the curve
    does not fall below that of the boxes. Steps of counts, prices and flags are no
    gaps: the variance inside a step counts as inertia. It asks for a moderate skew:
    take logarithms of money and counts first.

    References
    ----------
    .. [1] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful
       seeding", SODA 2007.
    .. [2] R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of
       clusters in a data set via the gap statistic", JRSS B 63, 2001.

    Examples
    --------
    >>> from custbase import SegmentClusterer
    >>> from custbase.datasets import make_segments
    >>> X, _ = make_segments(300, n_clusters=4, random_state=0)
    >>> clusterer = SegmentClusterer(random_state=0).fit(X)
    >>> clusterer.n_clusters_
    4

    Customers in their own units are scaled first, and described unscaled:

    >>> import pandas as pd
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import custbase
    >>> customers = pd.DataFrame({
    ...     "products_purchased": [1, 2, 1, 3, 12, 14, 11, 2, 1, 2],
    ...     "complains": [0, 0, 0, 0, 0, 1, 0, 4, 5, 4],
    ...     "money_spent": [20.0, 35, 25, 40, 410, 380, 450, 90, 30, 45],
    ... })
    >>> pipe = make_pipeline(StandardScaler(), SegmentClusterer(3, random_state=0))
    >>> pipe.fit_predict(customers)
    array([0, 0, 0, 0, 2, 2, 2, 1, 1, 1], dtype=int32)
    >>> profile = custbase.call(pipe, "profile", customers, describe=customers)
    >>> for name in profile["name"]:
    ...     print(name)
    Low money spent, few complaints
    Very many complaints, few products purchased
    Many products purchased, high money spent
    """

    def __init__(
        self,
        n_clusters: int | str = "auto",
        *,
        algorithm: str = "kmeans",
        criterion: str = "elbow",
        min_clusters: int = 1,
        max_clusters: int = 12,
        init: Any = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.algorithm = algorithm
        self.criterion = criterion
        self.min_clusters = min_clusters
        self.max_clusters = max_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> SegmentClusterer:
        """Find the segments.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            One row a customer, without missing values.
        y : None
            Ignored; there for scikit-learn's convention.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the rows; a row of weight 2 counts as two equal rows, and
            one of weight 0 is labelled without having a say.

        Returns
        -------
        SegmentClusterer
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X` or `sample_weight` cannot be
            used; the message names it and what to do.
        """
        check_params(self, _RULES)
        X = check_matrix(self, X, reset=True)
        weights = check_sample_weight(sample_weight, X).astype(np.float64)
        n_clusters = self._check_n_clusters(X, weights)
        init = self._check_init(X)
        random_state = check_random_state(self.random_state)
        mean = np.average(X, axis=0, weights=weights)
        tol = self.tol * np.average((X - mean) ** 2, axis=0, weights=weights).mean()

        with weighted_rows(X, weights, n_jobs=self.n_jobs) as rows:
            if init is not None:
                solutions = [run_lloyd(rows, init, max_iter=self.max_iter, tol=tol)]
            else:
                solutions = sweep_kmeans(
                    rows,
                    n_clusters,
                    n_init=_AUTO_N_INIT if isinstance(self.n_init, str) else self.n_init,
                    max_iter=self.max_iter,
                    tol=tol,
                    random_state=random_state,
                )
            elbow, chosen = np.full(1, np.nan), 0
            if self.n_clusters == "auto":
                elbow, chosen = choose_elbow(
                    X, solutions, sample_weight=weights, random_state=random_state
                )
            solution = solutions[chosen]
            centers = solution.centers if init is not None else _largest_first(solution)
            labels = assign(rows, centers).labels

        self._selection = {
            "n_clusters": np.array(n_clusters),
            "inertia": np.array([run.inertia for run in solutions]),
            "elbow": elbow,
        }
        self.n_clusters_ = len(centers)
        self.labels_ = labels
        self.cluster_centers_ = centers
        self.inertia_ = solution.inertia
        self.n_iter_ = solution.n_iter
        if (found := len(np.unique(labels))) < self.n_clusters_:
            warnings.warn(
                f"only {found} of n_clusters={self.n_clusters_} segments hold customers: X has too "
                "few distinct rows. Ask for fewer segments.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _check_n_clusters(self, X: np.ndarray, weights: np.ndarray) -> range:
        """Numbers of segments to look at, checked against the rows there are."""
        if not isinstance(self.n_clusters, str):
            if len(X) < self.n_clusters:
                raise ValueError(
                    f"n_clusters must be at most the number of rows of X, {len(X)}; "
                    f"got {self.n_clusters}. Ask for fewer segments."
                )
            return range(self.n_clusters, self.n_clusters + 1)
        if self.max_clusters < self.min_clusters:
            raise ValueError(
                f"max_clusters must be at least min_clusters, {self.min_clusters}; "
                f"got {self.max_clusters}."
            )
        distinct = count_distinct_rows(X[weights > 0], self.max_clusters)
        if distinct < self.min_clusters:
            raise ValueError(
                f"min_clusters must be at most the number of distinct rows of X, {distinct}; "
                f"got {self.min_clusters}. Lower it or give more customers."
            )
        return range(self.min_clusters, distinct + 1)

    def _check_init(self, X: np.ndarray) -> np.ndarray | None:
        """Given first centres, or None to seed by k-means++."""
        if isinstance(self.init, str):
            return None
        if self.n_clusters == "auto":
            raise ValueError(
                "init must be 'k-means++' with n_clusters='auto'; got an array. "
                "Give its number of rows as n_clusters."
            )
        if self.n_init not in ("auto", 1):
            raise ValueError(
                "n_init must be 'auto' or 1 when init is an array, which is one start; "
                f"got {self.n_init}."
            )
        init = check_array(self.init, dtype=np.float64, order="C", input_name="init")
        if init.shape != (self.n_clusters, X.shape[1]):
            raise ValueError(
                f"init must have shape (n_clusters, n_features) = {(self.n_clusters, X.shape[1])}; "
                f"got {init.shape}."
            )
        return init

    @property
    def selection_(self) -> pd.DataFrame:
        """Inertia and elbow score for every number of segments that was looked at.

        Returns
        -------
        DataFrame
            One row a number of segments (index ``n_clusters``), columns
            ``inertia`` and ``elbow``. With a fixed `n_clusters` there is one row
            and its elbow score is NaN, for there was nothing to compare.
        """
        check_is_fitted(self, "cluster_centers_")
        return pd.DataFrame(self._selection).set_index("n_clusters")

    def predict(self, X: Any) -> np.ndarray:
        """Assign customers to the segment of the nearest centre.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Segment ids; of equally near centres the first.
        """
        return self._assign(X).labels

    def transform(self, X: Any) -> np.ndarray:
        """Measure the distance of customers to every centre.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples, `n_clusters_`)
            Euclidean distances, in the dtype of `X`.
        """
        check_is_fitted(self, "cluster_centers_")
        X = check_matrix(self, X, reset=False)
        return cdist(X, self.cluster_centers_).astype(X.dtype, copy=False)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Score customers by minus the sum of squared distances to the own centre.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        y : None
            Ignored; there for scikit-learn's convention.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the rows.

        Returns
        -------
        float
            Minus the weighted inertia of `X`.
        """
        return -float(self._assign(X, sample_weight).inertia.sum())

    def _assign(self, X: Any, sample_weight: Any = None) -> Assignment:
        """Assign validated rows to the fitted centres."""
        check_is_fitted(self, "cluster_centers_")
        X = check_matrix(self, X, reset=False)
        weights = check_sample_weight(sample_weight, X)
        with weighted_rows(X, weights, n_jobs=self.n_jobs) as rows:
            return assign(rows, self.cluster_centers_)

    def profile(self, X: Any, *, describe: Any = None) -> pd.DataFrame:
        """Describe the segments: their size, typical values, what sets them apart, and a name.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``; they need not be those of it.
        describe : array, frame or Series of shape (n_samples, n_columns), default=None
            The same customers, row by row, in columns that people read: amounts
            before scaling, categories, yes or no, dates; values may be missing. A
            Series is one column; None describes `X` itself.

        Returns
        -------
        DataFrame
            One row a segment (index ``segment``), also for segments without a
            customer in `X`, whose values are missing. Columns:

            - ``name``, different for every segment: the two traits that set it apart
              most, with a typical value or the id where two segments share them;
            - ``size`` and ``share``, its number of customers and their fraction;
            - ``sets_apart``, up to five notable traits in words, strongest first;
            - for every number or date c of the described frame ``mean_c``,
              ``typical_c`` (the median) and ``contrast_c``;
            - for every yes or no c ``mean_c`` (the share of yes), ``typical_c`` (the
              more frequent) and ``contrast_c``;
            - for every category c ``typical_c`` (the most frequent).

        Raises
        ------
        TypeError, ValueError
            If `X` or `describe` cannot be used, or they do not hold the same rows;
            if `describe` has no column, repeats a name or holds lists or dicts.

        Notes
        -----
        The contrast of a column is (mean rank in the segment - mean rank of all) /
        standard deviation of the ranks, so that a few very large amounts do not
        hide the others; for yes or no it equals that of the values themselves. A
        category has the contrast of the column that says yes where it occurs;
        ``sets_apart`` takes the category over-represented most among those that
        at least two customers and 5 % of all have, if it is so by more than two
        standard errors. A trait is notable from a contrast of 0.5 on: the average
        member is then ahead of (or, below -0.5, behind) 64 % of all customers.
        """
        labels = self.predict(X)
        if describe is None:
            names = getattr(self, "feature_names_in_", None)
            X = check_matrix(self, X, reset=False)
            columns = [f"x{i}" for i in range(X.shape[1])] if names is None else names
            frame = pd.DataFrame(X, columns=columns)
        else:
            frame = as_described_frame(describe)
            _check_same_rows(X, frame, labels)
        return profile_segments(frame, labels, self.n_clusters_)

    @property
    def _n_features_out(self) -> int:
        return self.n_clusters_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _largest_first(solution: Solution) -> np.ndarray:
    """Centres in the order of their weight, so that ids hardly depend on the seed."""
    order = np.lexsort((*solution.centers.T[::-1], -solution.weights))
    return solution.centers[order]


def _check_same_rows(X: Any, frame: pd.DataFrame, labels: np.ndarray) -> None:
    """Raise unless the described frame holds the rows of `X`."""
    if len(frame) != len(labels):
        raise ValueError(
            f"describe must have the rows of X: X has {len(labels)} rows, describe {len(frame)}."
        )
    if isinstance(X, pd.DataFrame) and not X.index.equals(frame.index):
        raise ValueError(
            "describe must have the index of X, row by row: use describe.loc[X.index], or reset "
            "the index of both if the rows do correspond."
        )
