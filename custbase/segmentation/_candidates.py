"""What an algorithm is given, and the ways to divide the rows that it answers with.

Every algorithm is a function from a `Task` to candidates, one a number of
segments. The criteria compare their solutions; the chosen candidate holds what
it takes to find the segment of other rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..metrics import nearest_neighbors
from ._lloyd import Solution
from ._rows import Rows, assign, weighted_rows

# Rows that are repeated lie in memory so often.
MOST_REPEATED = 10_000_000
# So many points are compared with every row one by one: faster than a search in many columns.
FEW_POINTS = 2000


@dataclass(frozen=True)
class Task:
    """The rows to be divided, and how.

    Parameters
    ----------
    rows : Rows
        Weighted rows.
    n_clusters : sequence of int or None
        Consecutive numbers of segments to try; None if the algorithm finds its own.
    algorithm : str or clusterer
        As the user gave it.
    init : ndarray of shape (n_clusters, n_features) or None
        First centres of k-means.
    n_init, max_iter, tol : int, int, float
        Settings of k-means, the latter in units of squared distance.
    random_state : RandomState
        Source of seeds.
    n_jobs : int or None
        Threads.
    """

    rows: Rows
    n_clusters: Sequence[int] | None
    algorithm: Any
    init: np.ndarray | None
    n_init: int
    max_iter: int
    tol: float
    random_state: np.random.RandomState
    n_jobs: int | None


class Anchors(NamedTuple):
    """Points that decide about the rows nearest to them."""

    points: np.ndarray  # (n_anchors, n_features), float64
    labels: np.ndarray  # (n_anchors,): -1 is noise
    reach: np.ndarray | None = None  # (n_anchors,): rows further away are noise


class Candidate(NamedTuple):
    """One way to divide the rows, its segments at positions 0, 1, ...

    Without labels, every row belongs to its nearest centre. With labels (-1 is noise)
    other rows are decided about by the anchors, or by the fitted clusterer, which
    knows the segments by labels of its own.
    """

    solution: Solution
    labels: np.ndarray | None = None
    anchors: Anchors | None = None
    clusterer: Any = None
    own_labels: np.ndarray | None = None  # of the clusterer, ascending: one a segment


def solve_labels(
    X: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    n_clusters: int,
    *,
    within: float = 0.0,
) -> Solution:
    """Centres, weights and inertia of labelled rows, noise left out.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows, or centres that stand for several.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    labels : ndarray of shape (n_rows,)
        Segments from 0 on; -1 is noise.
    n_clusters : int
        Number of segments. Those without rows lie at the centre of the largest.
    within : float, default=0.0
        Inertia inside the groups that the rows stand for.

    Returns
    -------
    Solution
        As k-means would give it, after one iteration.
    """
    if not (kept := labels >= 0).all():
        X, weights, labels = X[kept], weights[kept], labels[kept]
    if not len(X):
        return Solution(np.empty((0, X.shape[1])), np.empty(0), 0.0, 1)
    total = np.bincount(labels, weights, n_clusters)
    # Segments of weightless rows alone have a centre, too.
    shares = np.where(total[labels] > 0, weights, 1.0)
    counts = np.bincount(labels, shares, n_clusters)
    centers = np.empty((n_clusters, X.shape[1]))
    inertia = within
    # About a row of each segment, so that large offsets do not cancel digits.
    anchors = np.zeros(n_clusters, np.int64)
    for some in (np.arange(len(X)), np.flatnonzero(weights > 0)):  # the latter if there are any
        anchors[labels[some]] = some
    for column in range(X.shape[1]):
        offsets = X[anchors, column].astype(np.float64)
        values = X[:, column] - offsets[labels]
        means = np.bincount(labels, shares * values, n_clusters) / np.where(counts > 0, counts, 1.0)
        inertia += float(weights @ (values - means[labels]) ** 2)
        centers[:, column] = means + offsets
    centers[counts == 0] = centers[total.argmax()]
    return Solution(centers, total, inertia, 1)


def count_repeats(task: Task) -> np.ndarray:
    """How often every row occurs for an algorithm that takes no weights, by their own.

    Equal weights of at most 1 are shares of all rows, each of which occurs once.
    """
    weights = task.rows.weights
    counted = weights[weights > 0]
    if counted.max() <= 1 and np.ptp(counted) == 0:
        return (weights > 0).astype(np.int64)
    if (broken := weights[weights % 1 > 0]).size:
        raise ValueError(
            f"sample_weight must hold whole numbers with algorithm={task.algorithm!r}, which takes "
            f"them as repetitions; got {broken[0]:g}. Round them, or choose another algorithm."
        )
    if (total := weights.sum()) > MOST_REPEATED:
        raise ValueError(
            f"sample_weight must add up to at most {MOST_REPEATED:,} with "
            f"algorithm={task.algorithm!r}, which takes weights as repetitions; got {total:,.0f}. "
            "Divide the weights by a common factor, or choose another algorithm."
        )
    return weights.astype(np.int64)


def find_distinct_rows(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First position of every distinct row, in the order of values, and each row's number."""
    # A negative zero equals zero.
    columns = pd.DataFrame(X + X.dtype.type(0))
    numbers = columns.groupby(list(columns), sort=True).ngroup().to_numpy()
    first = np.unique(numbers, return_index=True)[1]
    return first, numbers


def find_positions(own_labels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Position of every label among the ascending ones of the clusterer; -1 if it is not there."""
    if not len(own_labels):
        return np.full(len(labels), -1)
    positions = np.searchsorted(own_labels, labels).clip(max=len(own_labels) - 1)
    return np.where(own_labels[positions] == labels, positions, -1)


def find_nearest(
    X: np.ndarray, points: np.ndarray, *, n_jobs: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest point, and its number: the first of equally near ones."""
    if len(points) > FEW_POINTS:
        distances, nearest = nearest_neighbors(X, points, n_neighbors=1, n_jobs=n_jobs)
        return distances[:, 0], nearest[:, 0]
    with weighted_rows(X, n_jobs=n_jobs) as rows:
        found = assign(rows, points)
    return np.sqrt(found.distances), found.labels


def predict_by_anchors(anchors: Anchors, X: np.ndarray, *, n_jobs: int | None) -> np.ndarray:
    """Label of the nearest anchor; -1 beyond its reach."""
    distances, nearest = find_nearest(X, anchors.points, n_jobs=n_jobs)
    labels = anchors.labels[nearest]
    if anchors.reach is not None:
        labels = np.where(distances <= anchors.reach[nearest], labels, -1)
    return labels
