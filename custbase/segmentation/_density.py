"""Segments as dense regions, by HDBSCAN: the rest is noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.cluster import HDBSCAN

from .._threads import count_threads
from ..metrics import nearest_neighbors
from ._candidates import (
    Anchors,
    Candidate,
    Task,
    find_distinct_rows,
    find_positions,
    predict_by_anchors,
    solve_labels,
)

# Smallest segment: this share of the rows, and no fewer than so many.
LEAST_SHARE = 0.01
LEAST_ROWS = 5
# Neighbours, the row itself among them, that its surroundings are judged by.
N_NEIGHBORS = 10
# Rows that are repeated lie in memory so often.
MOST_REPEATED = 10_000_000


def divide_by_density(task: Task) -> list[Candidate]:
    """Find the dense regions, as many as there are."""
    repeated = _repeat_rows(task)
    clusterer = _make_clusterer(task, len(repeated)).fit(repeated)
    # Equal rows are in one segment, that of the first of them.
    first, _ = find_distinct_rows(repeated)
    own = np.asarray(clusterer.labels_)[first]
    own_labels = np.unique(own[own >= 0])
    anchors = Anchors(
        repeated[first].astype(np.float64),
        find_positions(own_labels, own),
        _measure_reach(repeated, first, clusterer, task.n_jobs),
    )
    labels = predict_by_anchors(anchors, task.rows.X, n_jobs=task.n_jobs)
    solution = solve_labels(task.rows.X, task.rows.weights, labels, len(own_labels))
    return [Candidate(solution, labels, anchors, clusterer, own_labels)]


def _repeat_rows(task: Task) -> np.ndarray:
    """Rows as often as their weights say; equal weights say nothing."""
    X, weights = task.rows.X, task.rows.weights
    if np.ptp(weights) == 0:
        return X
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
    return X.repeat(weights.astype(np.intp), axis=0)


def _make_clusterer(task: Task, n_rows: int) -> Any:
    """HDBSCAN with settings that suit the number of rows, or a copy of the user's."""
    if not isinstance(task.algorithm, str):
        return clone(task.algorithm)
    least = max(LEAST_ROWS, int(np.ceil(LEAST_SHARE * n_rows)))
    return HDBSCAN(
        min_cluster_size=least,
        min_samples=min(N_NEIGHBORS, least, n_rows),
        allow_single_cluster=True,
        n_jobs=count_threads(task.n_jobs),
        copy=True,
    )


def _measure_reach(
    X: np.ndarray, positions: np.ndarray, clusterer: Any, n_jobs: int | None
) -> np.ndarray:
    """Core distances: how far the neighbour is that makes a row's surroundings dense."""
    n_neighbors = clusterer.min_samples or clusterer.min_cluster_size
    distances, _ = nearest_neighbors(X[positions], X, n_neighbors=n_neighbors, n_jobs=n_jobs)
    return np.asarray(distances[:, -1], dtype=np.float64)
