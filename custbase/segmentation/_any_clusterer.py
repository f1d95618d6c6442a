"""Segments by any clusterer of scikit-learn's kind."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from .._models import (
    clone_seeded,
    draw_seed,
    fit_given,
    require_weights,
    takes_weights,
)
from ._candidates import (
    Anchors,
    Candidate,
    Task,
    count_repeats,
    find_distinct_rows,
    find_positions,
    solve_labels,
)


def find_number_parameter(clusterer: Any) -> str | None:
    """Name the parameter that says how many clusters to find; None if it finds them itself."""
    params = clusterer.get_params(deep=False)
    # AgglomerativeClustering(n_clusters=None, distance_threshold=1.0) finds its own number.
    names = ("n_clusters", "n_components")
    return next((name for name in names if isinstance(params.get(name), Integral)), None)


def divide_by_clusterer(task: Task) -> list[Candidate]:
    """Fit copies of the clusterer, one for every number of segments."""
    if np.ptp(task.rows.weights) > 0:
        require_weights("algorithm", task.algorithm)
    # One seed for all of them, so that they differ in nothing but the number.
    seed = draw_seed(task.algorithm, task.random_state)
    name = find_number_parameter(task.algorithm)
    if name is None or task.n_clusters is None:
        return [_fit_clusterer(task, seed, {}, None)]
    return [_fit_clusterer(task, seed, {name: k}, k) for k in task.n_clusters]


def _fit_clusterer(
    task: Task, seed: int, params: dict[str, int], n_clusters: int | None
) -> Candidate:
    """Fit one copy and number what it found from 0."""
    X = task.rows.X
    clusterer = clone_seeded(task.algorithm, seed).set_params(**params)
    weights = task.rows.weights if takes_weights(task.algorithm) else None
    # Equal weights may say how many rows there are, of a neighbourhood for example.
    rows = X if weights is not None else X.repeat(count_repeats(task), axis=0)
    try:
        fit_given(clusterer, rows, weights=weights)
    except Exception as error:
        if n_clusters is not None and len(task.n_clusters or ()) > 1:
            error.add_note(
                f"SegmentClusterer was fitting the algorithm with {n_clusters} segments: lower "
                "max_clusters if it cannot find so many."
            )
        raise
    anchors = None
    if hasattr(clusterer, "predict"):
        found = np.asarray(clusterer.predict(X))
        own_labels = np.unique(found[found >= 0])
    else:
        # Equal rows are in one segment, that of the first of them.
        first, numbers = find_distinct_rows(X)
        n_repeats = len(rows) // len(X)
        own = np.asarray(clusterer.labels_)[first * n_repeats]
        own_labels, found = np.unique(own[own >= 0]), own[numbers]
        anchors = Anchors(X[first].astype(np.float64), find_positions(own_labels, own))
    labels = find_positions(own_labels, found)
    n_segments = len(own_labels) if n_clusters is None else n_clusters
    solution = solve_labels(X, task.rows.weights, labels, n_segments)
    return Candidate(solution, labels, anchors, clusterer, own_labels)


def predict_by_clusterer(
    clusterer: Any, X: np.ndarray, *, labels: np.ndarray, rows: np.ndarray, centers: np.ndarray
) -> np.ndarray:
    """Row of the centre of the segment that a fitted clusterer predicts; -1 for noise.

    The clusterer's `labels`, ascending, stand for the segments at those `rows`. What
    it gives to a cluster that no row of ``fit`` is in goes to the nearest centre.
    """
    found = np.asarray(clusterer.predict(X))
    positions = find_positions(labels, found)
    predicted = np.append(rows, -1)[positions]
    strange = (positions < 0) & (found >= 0)
    if strange.any() and len(centers):
        predicted[strange] = cdist(X[strange], centers).argmin(axis=1)
    return predicted
