"""Parameters of SegmentClusterer that have to fit each other and the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from .._column_names import fitted_names
from .._params import (
    ARRAY,
    N_JOBS,
    NONE,
    RANDOM_STATE,
    HasMethods,
    Is,
    Number,
    OneOf,
    Rule,
)
from ._algorithms import ALGORITHMS, finds_own_number
from ._alignment import Earlier
from ._rows import count_distinct_rows
from ._selection import CRITERIA, RESAMPLING

RULES: dict[str, tuple[Rule, ...]] = {
    "n_clusters": (Number(1, integer=True), OneOf(("auto",))),
    "algorithm": (OneOf(tuple(ALGORITHMS)), HasMethods(("fit", "fit_predict"))),
    "criterion": (OneOf(CRITERIA),),
    "min_clusters": (Number(1, integer=True),),
    "max_clusters": (Number(1, integer=True),),
    "init": (OneOf(("k-means++",)), ARRAY),
    "n_init": (Number(1, integer=True), OneOf(("auto",))),
    "max_iter": (Number(1, integer=True),),
    "tol": (Number(0),),
    "random_state": RANDOM_STATE,
    "n_jobs": N_JOBS,
    "align_to": (NONE, ARRAY, Is((pd.DataFrame,), "a frame")),
}

# Labels are int32, with room for new ids.
LARGEST_ID = 2**30


def check_n_clusters(clusterer: Any, X: np.ndarray, weights: np.ndarray) -> range | None:
    """Numbers of segments to look at, checked against the rows there are."""
    if finds_own_number(clusterer.algorithm):
        if clusterer.n_clusters != "auto":
            raise ValueError(
                f"n_clusters must be 'auto' with algorithm={clusterer.algorithm!r}, which finds "
                f"its own number of segments; got {clusterer.n_clusters}."
            )
        return None
    if not isinstance(clusterer.n_clusters, str):
        if len(X) < clusterer.n_clusters:
            raise ValueError(
                f"n_clusters must be at most the number of rows of X, {len(X)}; "
                f"got {clusterer.n_clusters}. Ask for fewer segments."
            )
        return range(clusterer.n_clusters, clusterer.n_clusters + 1)
    if clusterer.max_clusters < clusterer.min_clusters:
        raise ValueError(
            f"max_clusters must be at least min_clusters, {clusterer.min_clusters}; "
            f"got {clusterer.max_clusters}."
        )
    distinct = count_distinct_rows(X[weights > 0], clusterer.max_clusters)
    if distinct < clusterer.min_clusters:
        raise ValueError(
            f"min_clusters must be at most the number of distinct rows of X, {distinct}; "
            f"got {clusterer.min_clusters}. Lower it or give more customers."
        )
    return range(clusterer.min_clusters, distinct + 1)


def check_distances(clusterer: Any) -> None:
    """Raise if the algorithm wants a matrix of distances instead of customers."""
    if isinstance(clusterer.algorithm, str):
        return
    params = clusterer.algorithm.get_params(deep=False)
    for name in ("metric", "affinity"):
        if isinstance(params.get(name), str) and params[name].startswith("precomputed"):
            raise ValueError(
                f"algorithm must divide customers by their columns; got {clusterer.algorithm!r}, "
                f"whose {name} is {params[name]!r}. Give it another {name}, or use it on its own."
            )


def check_init(clusterer: Any, n_features: int) -> np.ndarray | None:
    """Given first centres, or None to seed by k-means++."""
    if isinstance(clusterer.init, str):
        return None
    if clusterer.algorithm != "kmeans":
        raise ValueError(
            "init must be 'k-means++' unless algorithm='kmeans'; got an array with "
            f"algorithm={clusterer.algorithm!r}. Leave it out."
        )
    if clusterer.n_clusters == "auto":
        raise ValueError(
            "init must be 'k-means++' with n_clusters='auto'; got an array. "
            "Give its number of rows as n_clusters."
        )
    if clusterer.n_init not in ("auto", 1):
        raise ValueError(
            "n_init must be 'auto' or 1 when init is an array, which is one start; "
            f"got {clusterer.n_init}."
        )
    init = check_array(clusterer.init, dtype=np.float64, order="C", input_name="init")
    if init.shape != (shape := (clusterer.n_clusters, n_features)):
        raise ValueError(
            f"init must have shape (n_clusters, n_features) = {shape}; got {init.shape}."
        )
    return init


def check_align_to(clusterer: Any, n_features: int) -> Earlier | None:
    """Earlier segments, or None; a frame has their ids in its index."""
    given = clusterer.align_to
    if given is None:
        return None
    centers = check_array(
        given, dtype=np.float64, input_name="align_to", ensure_2d=False, ensure_min_samples=0
    )
    if centers.ndim != 2 or not len(centers) or centers.shape[1] != n_features:
        raise ValueError(
            "align_to must have shape (n_earlier_segments, n_features) with n_features = "
            f"{n_features}; got {centers.shape}."
        )
    if not isinstance(given, pd.DataFrame):
        return Earlier(centers, np.arange(len(centers)))
    names = fitted_names(clusterer)
    if names is not None and list(given.columns) != list(names):
        raise ValueError(
            f"align_to must have the columns of X, {list(names)}, in their order; "
            f"got {list(given.columns)}. Give the frame columns=X.columns, for instance."
        )
    ids = given.index
    whole = pd.api.types.is_integer_dtype(ids) and ids.is_unique
    if not (whole and ids.min() >= 0 and ids.max() < LARGEST_ID):
        raise ValueError(
            "align_to, as a frame, must have the ids of the earlier segments as its index, "
            f"different integers from 0 to {LARGEST_ID - 1}; got {list(ids[:10])}."
        )
    return Earlier(centers, ids.to_numpy())


def check_criterion(clusterer: Any) -> None:
    """Raise if the criterion resamples and the algorithm is another than the one that it uses."""
    if clusterer.criterion in RESAMPLING and clusterer.algorithm != "kmeans":
        raise ValueError(
            f"criterion={clusterer.criterion!r} clusters resampled customers by k-means and needs "
            f"algorithm='kmeans'; got algorithm={clusterer.algorithm!r}. Choose another criterion."
        )
