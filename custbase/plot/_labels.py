"""Labels of customers: from an estimator or the user, and what segments they make."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d

from .._inputs import refuse_lazy_frame
from .._params import HasMethods, check_value
from .._wrappers import hand_on, open_up
from ._names import is_noise
from ._style import GREY, color_and_marker


class Segments(NamedTuple):
    """The segments that occur among labels in their order, noise last."""

    ids: np.ndarray  # (n_segments,)
    sizes: np.ndarray  # (n_segments,)
    codes: np.ndarray  # (n_rows,), position of each row's segment


def open_clusterer(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Give the clusterer inside of Pipelines and searches, and the data that reach it."""
    refuse_lazy_frame(X, "X")
    levels = open_up(estimator)
    return levels[-1], hand_on(levels, X)


def predict_segments(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Give the data that a clusterer divides, and their labels."""
    check_value("estimator", estimator, HasMethods(("predict",)))
    _, matrix = open_clusterer(estimator, X)
    return matrix, estimator.predict(X)


def check_labels(labels: Any, X: Any, *, n_rows: int) -> np.ndarray:
    """Give the labels as an array, one for every row of `X`."""
    if np.shape(labels) not in ((n_rows,), (n_rows, 1)):
        raise ValueError(
            f"labels must have one label for each of the {n_rows} rows of X; "
            f"got shape {np.shape(labels)}."
        )
    if (
        isinstance(labels, pd.Series | pd.DataFrame)
        and isinstance(X, pd.DataFrame)
        and not labels.index.equals(X.index)
    ):
        raise ValueError(
            "labels must have the index of X, row by row: use labels.loc[X.index], or reset the "
            "index of both if the rows do correspond."
        )
    labels = column_or_1d(labels)
    if pd.isna(labels).any():
        raise ValueError("labels must name a segment for every row; some are missing.")
    return labels


def find_segments(labels: np.ndarray) -> Segments:
    """Count the rows of every segment."""
    try:
        ids, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    except TypeError as error:
        kinds = " and ".join(sorted({type(label).__name__ for label in labels.tolist()}))
        raise TypeError(f"labels must be all numbers or all strings; got {kinds}.") from error
    order = np.argsort([is_noise(segment) for segment in ids], kind="stable")
    return Segments(ids[order], sizes[order], np.argsort(order)[codes])


def look_of(segment: Any, position: int) -> tuple[str, str]:
    """Colour and marker, by number where there is one: they stay when segments are missing."""
    if is_noise(segment):
        return GREY, "o"
    numbered = isinstance(segment, int | np.integer)
    return color_and_marker(int(segment) if numbered else position)
