"""Segments by any clusterer of scikit-learn's kind."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

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
    fitted_on = _check_weights(task)
    params: dict[str, Any] = {}
    if task.algorithm.get_params(deep=False).get("random_state", 0) is None:
        # One seed for all of them, so that they differ in nothing but the number.
        params["random_state"] = task.random_state.randint(np.iinfo(np.int32).max)
    name = find_number_parameter(task.algorithm)
    if name is None or task.n_clusters is None:
        return [_fit_clusterer(task, params, *fitted_on, None)]
    return [_fit_clusterer(task, {**params, name: k}, *fitted_on, k) for k in task.n_clusters]


def _check_weights(task: Task) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Rows and weights as the clusterer's ``fit`` takes them; equal weights may repeat rows."""
    X, weights = task.rows.X, task.rows.weights
    if has_fit_parameter(task.algorithm, "sample_weight"):
        return X, {"sample_weight": weights}
    if np.ptp(weights) > 0:
        raise ValueError(
            f"sample_weight must be None or all equal with algorithm={task.algorithm!r}, whose fit "
            "takes no weights. Choose another algorithm, or repeat rows."
        )
    return X.repeat(count_repeats(task), axis=0), {}


def _fit_clusterer(
    task: Task,
    params: dict[str, Any],
    rows: np.ndarray,
    weights: dict[str, np.ndarray],
    n_clusters: int | None,
) -> Candidate:
    """Fit one copy to some rows and number what it found from 0."""
    X = task.rows.X
    clusterer = clone(task.algorithm).set_params(**params)
    try:
        clusterer.fit(rows, **weights)
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
