"""SegmentClusterer: customers into segments, as many as the data show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.base import ClusterMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_matrix, check_sample_weight, refuse_far_values
from .._joins import in_one_order
from .._params import check_params
from .._warn import warn
from ..exceptions import CustbaseWarning
from ._algorithms import find_divide
from ._alignment import Earlier, match_ids, order_by_size
from ._any_clusterer import predict_by_clusterer
from ._candidates import Anchors, Candidate, Task, predict_by_anchors, solve_labels
from ._fit_checks import (
    RULES,
    check_align_to,
    check_criterion,
    check_distances,
    check_init,
    check_n_clusters,
)
from ._lloyd import Solution, find_labels
from ._profile import as_described_frame, check_same_rows, profile_segments
from ._rows import assign, weighted_rows
from ._selection import Selection, choose_candidate, score_solutions

# Searches with n_init="auto": more than 4 gain less than 0.1 % of the inertia, save rarely.
_AUTO_N_INIT = 4


def _keeps_running_means(estimator: Any) -> bool:
    """Tell whether ``partial_fit`` means anything, or raise why not."""
    if estimator.algorithm != "kmeans" or isinstance(estimator.n_clusters, str):
        raise AttributeError(
            "partial_fit needs algorithm='kmeans' and a number for n_clusters; got "
            f"algorithm={estimator.algorithm!r} and n_clusters={estimator.n_clusters!r}."
        )
    return True


class SegmentClusterer(TransformerMixin, ClusterMixin, CustbaseEstimator):
    """Divide customers into segments, as many as the data show.

    With ``n_clusters="auto"`` a criterion chooses the number of segments. The elbow is
    where the inertia falls further below that of a cloud without segments than chance
    explains; it can be one segment, which says that there are none to find.

    Columns count by their variance: scale them first (for money and counts,
    ``log1p`` and then a scaler), for instance in a Pipeline.

    Parameters
    ----------
    n_clusters : int or "auto", default="auto"
        Number of segments; "auto" chooses it between `min_clusters` and
        `max_clusters`, or leaves it to an algorithm that finds its own.
    algorithm : {"kmeans", "hierarchical", "density"} or clusterer, default="kmeans"
        How customers are divided: by k-means, by Ward's method, by HDBSCAN, which
        finds its own number of segments and leaves customers between them as
        noise, or by a copy of any clusterer or mixture of scikit-learn's kind. The
        copy gets the number of segments as its ``n_clusters`` or ``n_components``;
        without an integer there it finds its own number. See Notes.
    criterion : str, default="elbow"
        How "auto" chooses: "elbow", "kneedle", "silhouette", "calinski_harabasz",
        "bic", "gap" or "consensus"; see Notes. The last two resample the customers,
        which takes seconds, and need k-means.
    min_clusters : int, default=1
        Fewest segments that "auto" considers.
    max_clusters : int, default=12
        Most segments that "auto" considers; it never considers more than `X`
        has distinct rows.
    init : "k-means++" or array of shape (n_clusters, n_features), default="k-means++"
        First centres of k-means: rows chosen by greedy k-means++, or those given,
        with a number for `n_clusters`.
    n_init : int or "auto", default="auto"
        Searches for first centres, of which the best is kept for every number of
        segments; "auto" is 4, or 1 with an array for `init`. See Notes.
    max_iter : int, default=300
        Most iterations of one run of k-means.
    tol : float, default=1e-4
        A run of k-means ends when the squared moves of all centres add up to at most `tol`
        times the mean variance of the columns, or when no label changes.
    random_state : int, RandomState or None, default=None
        Source of the seeds; an int gives the same segments every time. A clusterer,
        and each part of it, with a ``random_state`` of None gets a seed from it.
    n_jobs : int or None, default=None
        Threads; -1 takes every core, None too unless OMP_NUM_THREADS says less. The
        result does not depend on it. A clusterer keeps its own.
    align_to : array or frame of shape (n_earlier_segments, n_features) or None, default=None
        Centres of earlier segments, whose ids are kept by the segments that continue
        them: an array, such as last month's ``cluster_centers_``, for segments 0, 1,
        ..., or a frame whose index holds the ids.

    Attributes
    ----------
    n_clusters_ : int
        Number of segments.
    labels_ : ndarray of shape (n_samples,)
        Segment of every row; -1 is noise. Segments are numbered by size (sum of
        weights), the largest first, from 0; with an array for `init`, by its rows;
        with `align_to` as Notes say.
    segment_ids_ : ndarray of shape (`n_clusters_`,)
        Id of the segment at every row of ``cluster_centers_``, ascending: 0, 1, ...
        unless `align_to` leaves some out.
    cluster_centers_ : ndarray of shape (`n_clusters_`, n_features)
        Weighted means of the segments, float64.
    inertia_ : float
        Weighted sum of squared distances of the rows to their centres, noise left
        out.
    n_iter_ : int
        Iterations of the run of k-means that was kept; 1 for other algorithms.
    algorithm_ : clusterer or None
        The fitted clusterer behind `algorithm`, if it is one; with "density" an HDBSCAN
        that holds the settings in use, ``labels_`` and ``probabilities_``.
    selection_ : DataFrame
        Scores by every criterion for every number of segments.
    stability_ : ndarray of shape (`n_clusters_`,)
        With ``criterion="consensus"``: mean Jaccard similarity of each segment to the
        most similar one of bootstrap samples; above 0.75 a segment is stable, below
        0.6 doubtful.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of `X`, if it was a frame with string names.

    See Also
    --------
    segment_actions : What to do with each segment.
    segment_migration : Who moved from segment to segment.
    sklearn.cluster.KMeans : The algorithm with a number of clusters known beforehand.

    Notes
    -----
    k-means minimises the inertia ``sum_i w_i min_c ||x_i - mu_c||^2``. Each search looks
    for first centres on at most 4,096 rows, drawn by weight and by distance to the mean:
    greedy k-means++ [1]_ seeds for every number of segments up to two more than asked for,
    then the solution for k and one more centre as a start for k + 1, then that for k + 1
    with one centre less as a start for k. The best centres on 8,192 rows are the start
    on all rows. An iteration takes O(n k d) operations, and inertia never rises with the
    number of segments. Empty clusters take the rows farthest from their centres, as in
    scikit-learn; from the same centres the labels equal those of its Lloyd algorithm,
    unless a row that is moved so leaves its own cluster empty.

    Rows are summed in chunks of fixed size: the same seed gives the same bits for every
    number of threads. Up to 4,096 customers, the same ones in another order, or
    repeated instead of weighted, give k-means the same segments up to rounding. The
    criteria draw customers in the order of their values, too; a constant column changes
    none of them.

    "hierarchical" cuts one tree of Ward's method at every number of segments. It
    merges all pairs that are each other's cheapest partner at once, in O(n d) memory
    and O(n^2 d) operations; up to 20,000 distinct rows the mergers are those of
    ``scipy.cluster.hierarchy.linkage``, save that those of equal cost may come in
    another order. More rows are first summed up in about 2,000 cells: the one of
    largest inertia is cut in two until there are enough, and its rows go with the
    nearest centre of a cell. Inertia then differs by about 1 %.

    "density" is HDBSCAN [3]_ with segments of at least 1 % of the rows, 5 or more, and
    10 neighbours. It may answer one segment, the dense core of a cloud. What is equally
    near is joined at once, and a customer who reaches two segments just as they become
    one goes with the nearer: neither the order of rows nor the processor decides. Where
    whole numbers tie, columns in another order may give other segments. One of your own
    with other settings may also find none; it sees the rows in the order of their
    values. For HDBSCAN weights must be whole numbers, and repeat rows; equal ones of at
    most 1 are shares and change nothing. Other clusterers whose ``fit`` takes no weights
    refuse any that differ, and take equal ones as HDBSCAN does.

    Customers are predicted to be in the segment of the nearest centre (k-means), in
    the one that the clusterer predicts, if it can, or else in that of the nearest row
    of ``fit`` (of the nearest cell, for "hierarchical" with many rows). With HDBSCAN a
    customer is noise who is further from that row than the neighbour that makes the
    row's surroundings dense. Rows of ``fit`` are predicted to have their own labels.

    `align_to` matches segments and earlier ones, one to one, so that the squared
    distances between their centres have the least sum. Segments left over get new
    ids, the largest first, and ids of earlier segments left over are not used.
    Keeping the centres of vanished segments in `align_to` lets them come back.

    The elbow compares the logarithmic drop of inertia at every further segment with
    the larger of two drops that data without segments could show: that of a uniform
    box with the covariance of `X`, and that of cutting the widest present segment,
    where a cut explains at most 3/4 of the variance along an axis. The score adds up
    what exceeds them; chosen is the number at its top, or one segment if the curve
    does not fall below that of the boxes. Where no single cut lays segments bare, so
    that the top is at one, the number counts at which the curve has fallen most against
    the boxes since it was highest above them. Steps of counts, prices and flags are no
    gaps: the variance inside a step counts as inertia. It asks for a moderate skew:
    take logarithms of money and counts first.

    "kneedle" takes the first knee of the inertia below its chord; "silhouette" (of
    squared distances) and "calinski_harabasz" the highest value, so that they never
    answer one segment; "bic" the lowest value for round clusters of one variance;
    "gap" [2]_ the smallest number within one standard error of the next; "consensus"
    the largest number of segments that all come back, with a mean Jaccard similarity
    [4]_ of 0.85 or more, when customers are drawn again, and do so clearly better than
    the pieces of a uniform box.

    References
    ----------
    .. [1] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful
       seeding", SODA 2007.
    .. [2] R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of
       clusters in a data set via the gap statistic", JRSS B 63, 2001.
    .. [3] R. Campello, D. Moulavi and J. Sander, "Density-based clustering based on
       hierarchical density estimates", PAKDD 2013.
    .. [4] C. Hennig, "Cluster-wise assessment of cluster stability", Computational
       Statistics & Data Analysis 52, 2007.

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
        algorithm: Any = "kmeans",
        criterion: str = "elbow",
        min_clusters: int = 1,
        max_clusters: int = 12,
        init: Any = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        align_to: Any = None,
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
        self.align_to = align_to

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
            one of weight 0 is labelled without having a say. A clusterer takes
            them as its own ``fit`` does, a Pipeline in its last step.

        Returns
        -------
        SegmentClusterer
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X` or `sample_weight` cannot be
            used; the message names it and what to do.

        Warns
        -----
        CustbaseWarning
            If "auto" chooses `max_clusters`, which may be a limit and no finding.
        ConvergenceWarning
            If fewer segments than asked for hold customers.
        """
        check_params(self, RULES)
        X = check_matrix(self, X, reset=True)
        return self._divide(X, check_sample_weight(sample_weight, X).astype(np.float64))

    def _divide(self, X: np.ndarray, weights: np.ndarray) -> SegmentClusterer:
        """Divide validated rows and learn from the candidate that is chosen."""
        check_distances(self)
        refuse_far_values(X, weights)
        n_clusters = check_n_clusters(self, X, weights)
        init = check_init(self, X.shape[1])
        earlier = check_align_to(self, X.shape[1])
        check_criterion(self)
        random_state = check_random_state(self.random_state)
        with weighted_rows(X, weights, n_jobs=self.n_jobs) as rows:
            task = Task(
                rows,
                n_clusters,
                algorithm=self.algorithm,
                init=init,
                n_init=_AUTO_N_INIT if isinstance(self.n_init, str) else self.n_init,
                max_iter=self.max_iter,
                tol=self.tol * rows.blocks.variances.mean(),
                random_state=random_state,
                n_jobs=self.n_jobs,
            )
            candidates = find_divide(self.algorithm)(task)
            selection = choose_candidate(
                rows,
                candidates,
                criterion=self.criterion,
                random_state=random_state,
                n_jobs=self.n_jobs,
            )
            self._learn(task, candidates, selection, earlier)
        asked = selection.scores["n_clusters"][selection.position]
        if isinstance(self.n_clusters, str) and asked == self.max_clusters and len(candidates) > 1:
            warn(
                f"criterion={self.criterion!r} chose max_clusters={asked}, the largest number "
                "allowed: it may be a limit and no finding. Look at selection_, raise "
                "max_clusters, or take logarithms of skewed columns.",
                CustbaseWarning,
            )
        held = np.isin(self.segment_ids_, pd.unique(self.labels_))
        if (found := np.count_nonzero(held)) < asked:
            warn(
                f"only {found} of n_clusters={asked} segments hold customers: X has too "
                "few distinct rows, or the algorithm leaves some empty. Ask for fewer segments.",
                ConvergenceWarning,
            )
        return self

    def _learn(
        self,
        task: Task,
        candidates: list[Candidate],
        selection: Selection,
        earlier: Earlier | None,
    ) -> None:
        """Number the segments of the chosen candidate and keep what tells those of other rows."""
        candidate = candidates[selection.position]
        solution, labels = candidate.solution, candidate.labels
        # k-means keeps segments without customers, as scikit-learn's does.
        held = (
            np.arange(len(solution.centers)) if labels is None else np.unique(labels[labels >= 0])
        )
        if task.init is None or earlier is not None:
            held = held[order_by_size(solution.centers[held], solution.weights[held])]
        ids = np.arange(len(held))
        if earlier is not None:
            ids = match_ids(solution.centers[held], earlier)
            held, ids = held[ids.argsort()], np.sort(ids)
        # Position in the candidate -> row of cluster_centers_; the last entry is for noise, -1.
        ranks = np.full(len(solution.centers) + 1, -1)
        ranks[held] = np.arange(len(held))

        self._selection = selection.scores
        self._forget("stability_")
        if selection.stability is not None:
            self.stability_ = selection.stability[held]
        self.n_clusters_ = len(held)
        self.cluster_centers_ = solution.centers[held]
        self.segment_ids_ = ids.astype(np.int32)
        self.inertia_, self.n_iter_ = solution.inertia, solution.n_iter
        self.algorithm_ = candidate.clusterer
        self._anchors: dict[str, Any] | None = None
        self._own_labels: dict[str, np.ndarray] | None = None
        self._center_weights: np.ndarray | None = None
        if candidate.anchors is not None:
            anchors = candidate.anchors
            self._anchors = anchors._replace(labels=ranks[anchors.labels])._asdict()
        elif candidate.own_labels is not None:
            own = candidate.own_labels
            self._own_labels = {"labels": own, "rows": ranks[: len(own)]}
        else:
            self._center_weights = solution.weights[held]
        if labels is not None:
            rows = ranks[labels]
        elif solution.labels is not None and (held == np.arange(len(held))).all():
            rows = ranks[solution.labels]
        elif solution.labels is None:
            rows = assign(task.rows, self.cluster_centers_).labels
        else:
            # In another order another one of equally near centres is the first.
            rows = find_labels(task.rows, self.cluster_centers_, ranks[solution.labels])
        self.labels_ = self._give_ids(rows)

    def _forget(self, name: str) -> None:
        """Drop what an earlier fit has learnt."""
        if hasattr(self, name):
            delattr(self, name)

    def _give_ids(self, rows: np.ndarray) -> np.ndarray:
        """Ids of the segments at some rows of ``cluster_centers_``; noise stays -1."""
        return np.append(self.segment_ids_, np.int32(-1))[rows]

    @available_if(_keeps_running_means)
    @whole_or_not_at_all
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> SegmentClusterer:
        """Let a batch of customers move the centres of the segments.

        There is such a method with ``algorithm="kmeans"`` and a number for
        `n_clusters` only. The first call is ``fit``; after it, or after ``fit``,
        each centre is the running weighted mean of all rows that were nearest to
        it when they came. ``labels_``, ``inertia_`` and ``selection_`` are those of
        the batch, at the centres that it has moved.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            New customers, with the columns of the batches before; the first
            batch has at least `n_clusters` rows.
        y : None
            Ignored; there for scikit-learn's convention.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the rows.

        Returns
        -------
        SegmentClusterer
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            As ``fit`` does, and if `n_clusters` is no longer the number of
            segments there are.
        """
        check_params(self, RULES)
        # An estimator that was fitted by another algorithm starts anew.
        if getattr(self, "_center_weights", None) is None:
            X = check_matrix(self, X, reset=True)
            return self._divide(X, check_sample_weight(sample_weight, X).astype(np.float64))
        if self.n_clusters != self.n_clusters_:
            raise ValueError(
                f"n_clusters must be the number of segments that were fitted, {self.n_clusters_}, "
                f"for partial_fit to go on; got {self.n_clusters}. Call fit to start anew."
            )
        X = check_matrix(self, X, reset=False)
        weights = check_sample_weight(sample_weight, X).astype(np.float64)
        refuse_far_values(X, weights)
        with weighted_rows(X, weights, n_jobs=self.n_jobs) as rows:
            labels = assign(rows, self.cluster_centers_).labels
            new = solve_labels(X, weights, labels, self.n_clusters_)
            seen = self._center_weights + new.weights
            share = new.weights / np.where(seen > 0, seen, 1.0)
            moves = share[:, None] * (new.centers - self.cluster_centers_)
            centers = self.cluster_centers_ + moves
            batch = assign(rows, centers)
            solution = Solution(centers, batch.weights, float(batch.inertia.sum()), 1)
            selection = score_solutions(rows, [solution], [batch.labels])
        self.cluster_centers_, self._center_weights = centers, seen
        self.labels_ = self._give_ids(batch.labels)
        self.inertia_, self._selection = solution.inertia, selection
        self._forget("stability_")
        return self

    @property
    def selection_(self) -> pd.DataFrame:
        """Scores of every number of segments that was looked at.

        Returns
        -------
        DataFrame
            One row a number of segments (index ``n_clusters``), columns ``inertia``,
            ``elbow``, ``kneedle``, ``silhouette`` (of squared distances),
            ``calinski_harabasz``, ``bic``, and with ``criterion="gap"`` also ``gap`` and
            its standard error ``gap_error``, with ``criterion="consensus"`` also
            ``consensus``. With a fixed `n_clusters` there is one row, and NaN where
            there was nothing to compare: ``fit`` of k-means then has a silhouette with
            ``criterion="silhouette"`` only.
        """
        check_is_fitted(self, "cluster_centers_")
        return pd.DataFrame(self._selection).set_index("n_clusters")

    def predict(self, X: Any) -> np.ndarray:
        """Assign customers to segments.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Segment ids: of the nearest centre, of the nearest row of ``fit`` or as
            the clusterer predicts, see Notes of the class; of equally near ones
            the first. Noise is -1.
        """
        check_is_fitted(self, "cluster_centers_")
        return self._give_ids(self._locate(check_matrix(self, X, reset=False)))

    def _locate(self, X: np.ndarray) -> np.ndarray:
        """Row of ``cluster_centers_`` that validated rows belong to; -1 for noise."""
        if self._anchors is not None:
            return predict_by_anchors(Anchors(**self._anchors), X, n_jobs=self.n_jobs)
        if self._own_labels is not None:
            return predict_by_clusterer(
                self.algorithm_, X, **self._own_labels, centers=self.cluster_centers_
            )
        with weighted_rows(X, n_jobs=self.n_jobs) as rows:
            return assign(rows, self.cluster_centers_).labels

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

    @in_one_order
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
            Minus the weighted inertia of `X` in the segments that ``predict`` gives,
            noise left out.
        """
        check_is_fitted(self, "cluster_centers_")
        X = check_matrix(self, X, reset=False)
        weights = check_sample_weight(sample_weight, X).astype(np.float64)
        rows = self._locate(X)
        kept = rows >= 0
        distances = ((X[kept] - self.cluster_centers_[rows[kept]]) ** 2).sum(axis=1)
        return -float(weights[kept] @ distances)

    @in_one_order
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
            - ``size`` and ``share``, its number of customers and their fraction of
              all in `X`; noise is in no segment and left out of all else;
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
            check_same_rows(X, describe, labels)
        return profile_segments(frame, labels, self.segment_ids_)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns of ``transform`` by the ids of the segments.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored; there for scikit-learn's convention.

        Returns
        -------
        ndarray of shape (`n_clusters_`,)
            ``segmentclusterer0`` and so on.
        """
        check_is_fitted(self, "segment_ids_")
        name = type(self).__name__.lower()
        return np.array([f"{name}{segment}" for segment in self.segment_ids_], dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
