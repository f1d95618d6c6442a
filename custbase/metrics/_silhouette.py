"""Silhouettes of squared Euclidean distances, without the distances between rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from .._inputs import (
    check_sample_weight,
    refuse_far_values,
    refuse_lazy_frame,
    refuse_other_than_numbers,
)
from .._joins import in_one_order
from .._missing_values import explain_values, refuse_missing_values
from .._params import N_JOBS, check_value
from .._threads import ThreadMap, thread_map
from ..kernels._moments import sum_deviations
from ..kernels._silhouette import measure_silhouettes
from ..kernels._spans import Span, cut_spans


@in_one_order
def squared_silhouette_samples(
    X: Any, labels: Any, *, sample_weight: Any = None, n_jobs: int | None = None
) -> np.ndarray:
    """Measure how much nearer each row is to its own cluster than to the next one.

    The distance is the squared Euclidean one, that of k-means. The values are
    exact, and the time grows with the number of rows, not with its square.

    Parameters
    ----------
    X : array or frame of shape (n_samples, n_features)
        The rows, without missing values.
    labels : array of shape (n_samples,)
        Cluster of every row: integers, strings or other ids. A row of integer
        label -1 is noise: its value is NaN, and it takes no part in the others.
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the rows, which count as repetitions: a row of weight 2 stands
        for two equal rows. They are not to be normalised, for the rows of a
        cluster of weight 1 or less have the value 0.
    n_jobs : int or None, default=None
        Threads; -1 for every core, None too unless OMP_NUM_THREADS says less. The result
        is the same for any number.

    Returns
    -------
    ndarray of shape (n_samples,)
        Silhouettes between -1 and 1; positive where the own cluster is nearer.

    Raises
    ------
    TypeError, ValueError
        If `X`, `labels` or `sample_weight` cannot be used, or if fewer than two
        clusters have a row.

    See Also
    --------
    sklearn.metrics.silhouette_samples : The same for any metric, in quadratic time.

    Notes
    -----
    With mu_c the mean of cluster c, n_c the sum of its weights and W_c that of its
    weighted squared distances to mu_c, the mean squared distance of a row x to the
    rows of c is::

        D(x, c) = ||x - mu_c||^2 + W_c / n_c

    The silhouette is (b - a) / max(a, b), where b is the least D(x, c) among the
    other clusters and a = D(x, own) n_own / (n_own - 1), which leaves out the row
    itself; it is 0 where n_own <= 1 and where a = b = 0. It equals
    ``silhouette_samples(X, labels, metric="sqeuclidean")`` of scikit-learn. Time
    is O(n k d) for n rows, k clusters and d columns, and memory beyond `X` O(n).

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and
       validation of cluster analysis", Journal of Computational and Applied
       Mathematics 20, 1987.

    Examples
    --------
    >>> from custbase.metrics import squared_silhouette_samples
    >>> X = [[1.0], [2.0], [6.0], [8.0], [9.0]]
    >>> squared_silhouette_samples(X, ["new", "new", "new", "loyal", "loyal"]).round(2)
    array([ 0.77,  0.8 , -0.68,  0.97,  0.98])

    The third customer belongs nowhere:

    >>> squared_silhouette_samples(X, [0, 0, -1, 1, 1]).round(2)
    array([0.98, 0.98,  nan, 0.98, 0.98])
    """
    check_value("n_jobs", n_jobs, *N_JOBS)
    refuse_lazy_frame(X, "X")
    refuse_other_than_numbers(X, "X")
    refuse_missing_values(X, "X")
    # A view: read-only, as arrays from frames are, every matrix is one type to numba.
    with explain_values(X, "X"):
        X = check_array(X, dtype=[np.float64, np.float32], order="C", input_name="X").view()
    X.flags.writeable = False
    weights = check_sample_weight(sample_weight, X).astype(np.float64)
    refuse_far_values(X, weights)
    codes = _encode_labels(labels, X)
    if (found := np.count_nonzero(np.bincount(codes + 1, weights)[1:])) < 2:
        raise ValueError(
            "labels must put rows of positive weight into at least two clusters, noise (-1) aside; "
            f"got {found}. With one cluster there is no next one to compare with."
        )

    spans = cut_spans(len(X), n_jobs)
    with thread_map(len(spans), len(spans)) as parallel:
        rows = LabelledRows(X, codes, weights, spans, parallel)
        return _measure_rows(rows, _measure_clusters(rows, _find_means(rows)))


class LabelledRows(NamedTuple):
    """Weighted rows with the number of their cluster, -1 for none, and who goes over them."""

    X: np.ndarray  # read-only, so that the kernels are compiled once
    labels: np.ndarray  # int32
    weights: np.ndarray
    spans: list[Span]
    map: ThreadMap


class Clusters(NamedTuple):
    """Moments of clusters, as the kernel takes them."""

    origin: np.ndarray  # a point near the rows
    means: np.ndarray  # as seen from it
    spreads: np.ndarray  # mean squared distances to the means
    counts: np.ndarray  # sums of the weights


def _measure_clusters(rows: LabelledRows, origins: np.ndarray) -> Clusters:
    """Moments of the clusters, seen from a point amid each of them."""
    shifts, spreads, counts = _sum_clusters(rows, origins)
    return Clusters(origins[0], (origins - origins[0]) + shifts, spreads, counts)


def _measure_rows(rows: LabelledRows, clusters: Clusters) -> np.ndarray:
    """Silhouettes of the rows."""
    silhouettes = np.empty(len(rows.X))

    def measure_span(span: Span) -> None:
        at = span.rows
        measure_silhouettes(rows.X[at], rows.labels[at], *clusters, silhouettes[at])

    rows.map(measure_span, rows.spans)
    return silhouettes


def _encode_labels(labels: Any, X: np.ndarray) -> np.ndarray:
    """Number the clusters from 0 on in the order they appear; noise is -1."""
    labels = np.asarray(labels)
    if labels.shape != (len(X),):
        raise ValueError(
            f"labels must be one-dimensional, one label for each of the {len(X)} rows of X; "
            f"got shape {labels.shape}."
        )
    if labels.dtype.kind == "f":
        raise ValueError(
            f"labels must be integers, strings or other ids; got {labels.dtype} numbers. "
            "Fill what is missing and turn them into integers with astype(int)."
        )
    codes, names = pd.factorize(labels)
    if (missing := (codes < 0).sum()) > 0:
        raise ValueError(
            f"labels must not be missing; got {missing} missing. Drop those rows, or give them the "
            "integer label -1 if they are noise."
        )
    if labels.dtype.kind in "iO" and (names == -1).any():
        noise = np.flatnonzero(names == -1)[0]
        codes = np.where(codes == noise, -1, codes - (codes > noise))
    return codes.astype(np.int32)


def _find_means(rows: LabelledRows) -> np.ndarray:
    """Means of the clusters, of which only the labels are known."""
    # Deviations from a row of the cluster: offsets do not cancel, and equal rows have their own
    # value as their mean, to the bit. Labels are numbered as they appear, which tells where.
    highest = np.maximum.accumulate(rows.labels)
    first = np.searchsorted(highest, np.arange(highest[-1] + 1))
    origins = rows.X[first].astype(np.float64)
    return origins + _sum_clusters(rows, origins)[0]


def _sum_clusters(
    rows: LabelledRows, origins: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of the clusters less `origins`, mean squared distances to them, and weights."""
    n_chunks, (n_clusters, n_columns) = rows.spans[-1].chunks.stop, origins.shape
    sums = np.zeros((n_chunks, n_clusters, n_columns))
    squares, totals = np.zeros((2, n_chunks, n_clusters))
    counts = np.zeros((n_chunks, n_clusters), dtype=np.int64)

    def sum_span(span: Span) -> None:
        at, to = span.rows, span.chunks
        sum_deviations(
            rows.X[at],
            rows.labels[at],
            rows.weights[at],
            origins,
            sums[to],
            squares[to],
            totals[to],
            counts[to],
        )

    rows.map(sum_span, rows.spans)
    total = totals.sum(axis=0)
    divisors = np.where(total > 0, total, 1.0)
    shifts = sums.sum(axis=0) / divisors[:, None]
    # Huygens' theorem: the scatter about another point is larger by the distance to it.
    spreads = squares.sum(axis=0) / divisors - (shifts**2).sum(axis=1)
    return shifts, np.maximum(spreads, 0.0), total
