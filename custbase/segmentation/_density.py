"""Segments as dense regions, by HDBSCAN: the rest is noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.cluster import HDBSCAN

from ..metrics import nearest_neighbors
from ._candidates import (
    Anchors,
    Candidate,
    Task,
    count_repeats,
    find_distinct_rows,
    find_positions,
    predict_by_anchors,
    solve_labels,
)
from ._dense_regions import find_dense_regions

# Smallest segment: this share of the rows, and no fewer than so many.
LEAST_SHARE = 0.01
LEAST_ROWS = 5
# Neighbours, the row itself among them, that its surroundings are judged by.
N_NEIGHBORS = 10


def divide_by_density(task: Task) -> list[Candidate]:
    """Find the dense regions, as many as there are."""
    counts = count_repeats(task)
    counted = counts > 0
    first, numbers = find_distinct_rows(task.rows.X[counted])
    points = task.rows.X[counted][first].astype(np.float64)
    totals = np.bincount(numbers, counts[counted]).astype(np.int64)
    if not isinstance(task.algorithm, str):
        clusterer, own, reach = _fit_clusterer(task, points, totals)
        return [_as_candidate(task, points, own, reach, clusterer)]
    n_rows = int(totals.sum())
    least = max(LEAST_ROWS, int(np.ceil(LEAST_SHARE * n_rows)))
    n_neighbors = min(N_NEIGHBORS, least, n_rows)
    found = find_dense_regions(
        points, totals, least=min(least, n_rows), n_neighbors=n_neighbors, n_jobs=task.n_jobs
    )
    # HDBSCAN as a record of the settings, and with its own names for what was found.
    record = HDBSCAN(
        min_cluster_size=least, min_samples=n_neighbors, allow_single_cluster=True, copy=True
    )
    candidate = _as_candidate(task, points, found.labels, found.reach, record)
    record.labels_, record.probabilities_ = candidate.labels, np.zeros(len(counts))
    record.probabilities_[counted] = found.probabilities[numbers]
    return [candidate]


def _as_candidate(
    task: Task, points: np.ndarray, own: np.ndarray, reach: np.ndarray, clusterer: Any
) -> Candidate:
    """Segments of all rows, by the labels of the distinct ones."""
    own_labels = np.unique(own[own >= 0])
    anchors = Anchors(points, find_positions(own_labels, own), reach)
    labels = predict_by_anchors(anchors, task.rows.X, n_jobs=task.n_jobs)
    solution = solve_labels(task.rows.X, task.rows.weights, labels, len(own_labels))
    return Candidate(solution, labels, anchors, clusterer, own_labels)


def _fit_clusterer(
    task: Task, points: np.ndarray, counts: np.ndarray
) -> tuple[Any, np.ndarray, np.ndarray]:
    """A copy of the user's HDBSCAN, which sees the rows in the order of their values."""
    rows = points.repeat(counts, axis=0)
    clusterer = clone(task.algorithm).fit(rows)
    # Equal rows are in one segment, that of the first of them.
    own = np.asarray(clusterer.labels_)[counts.cumsum() - counts]
    # Core distances: how far the neighbour is that makes a row's surroundings dense.
    n_neighbors = clusterer.min_samples or clusterer.min_cluster_size
    distances, _ = nearest_neighbors(points, rows, n_neighbors=n_neighbors, n_jobs=task.n_jobs)
    return clusterer, own, distances[:, -1]
