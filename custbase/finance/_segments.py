"""Which segment each customer belongs to, from a column, an estimator or nothing."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state

from .._column_names import check_names
from .._inputs import refuse_lazy_frame, refuse_no_columns
from .._missing_values import explain_values
from .._models import clone_seeded, draw_seed, fit_given
from ._ledger import count_rows

FILL_IN_PIPELINE = (
    "Fill them, for instance with a SimpleImputer before the segmenter in a Pipeline, or drop "
    "those customers."
)


def fit_segmenter(segmenter: Any, X: Any, random_state: Any) -> Any:
    """Clone and fit a segmenter that is an estimator; others are taken as they are."""
    if segmenter is None or isinstance(segmenter, str):
        return segmenter
    refuse_lazy_frame(X, "X")
    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        refuse_no_columns(frame, "X")
    if isinstance(segmenter, FrozenEstimator):
        return segmenter
    seed = draw_seed(segmenter, check_random_state(random_state))
    with explain_values(X, "X", FILL_IN_PIPELINE):
        return fit_given(clone_seeded(segmenter, seed), X)


def check_segmented(campaign: Any, X: Any, segmenter: Any, *, reset: bool) -> None:
    """Remember column names, or check them against those of ``fit``, if an estimator reads them."""
    is_read = segmenter is not None and not isinstance(segmenter, str)
    # Names that are strings are remembered by the segmenter.
    keeper = campaign if reset or hasattr(campaign, "_column_names") else segmenter
    if reset or is_read:
        check_names(keeper, X if is_read else None, reset=reset)


def label_customers(X: Any, segmenter: Any) -> NDArray[Any]:
    """Segment label of each customer, by a fitted segmenter, a column name or None."""
    if segmenter is None:
        return np.full(count_rows(X), "all", dtype=object)
    if isinstance(segmenter, str):
        return _read_column(X, segmenter)
    refuse_lazy_frame(X, "X")
    with explain_values(X, "X", FILL_IN_PIPELINE):
        labels = segmenter.predict(X)
    return _check_labels(labels, "segmenter.predict")


def _read_column(X: Any, column: str) -> NDArray[Any]:
    """Take the segment labels from a column of a frame; a missing label is an error."""
    refuse_lazy_frame(X, "X")
    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        raise TypeError(
            f"X must be a frame, since segmenter={column!r} names a column of it; "
            f"got {type(X).__name__}."
        )
    if column not in frame.columns:
        raise ValueError(
            f"segmenter={column!r} is not a column of X; the columns are {frame.columns}."
        )
    return _check_labels(frame[column].to_numpy(), f"column {column!r} of X")


def _check_labels(labels: Any, source: str) -> NDArray[Any]:
    """Refuse labels that are missing or not one per customer."""
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise ValueError(
            f"{source} must give one label a customer; got an array of shape {labels.shape}."
        )
    missing = pd.isna(labels)
    if missing.any():
        raise ValueError(
            f"{source} has no segment label for {missing.sum()} customers, the first in row "
            f"{missing.argmax()}; label or drop them."
        )
    return labels


def encode_labels(labels: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Number the segments in sorted order -> (position of each customer's, labels)."""
    positions, segments = pd.factorize(labels, sort=True)
    if "total" in segments.tolist():
        raise ValueError(
            "the segment label 'total' is taken by the last row of the report; rename that segment."
        )
    return positions, np.asarray(segments)


def find_labels(labels: NDArray[Any], segments: NDArray[Any]) -> NDArray[np.intp]:
    """Position of each label among the segments seen in ``fit``; another is an error."""
    codes, given = pd.factorize(labels)
    positions = pd.Index(segments).get_indexer(pd.Index(given))
    if (positions < 0).any():
        raise ValueError(
            f"segments without a customer in fit: {_name_some(given[positions < 0].tolist())}; "
            f"the known ones are {_name_some(segments.tolist())}."
        )
    return positions[codes]


def check_segment_names(name: str, given: Any, segments: NDArray[Any]) -> None:
    """Refuse a mapping that names segments without customers."""
    known = segments.tolist()
    if unknown := [segment for segment in given if segment not in known]:
        raise ValueError(
            f"{name} names segments without customers: {_name_some(unknown)}; "
            f"the segments are {_name_some(known)}."
        )


def _name_some(labels: list[Any]) -> str:
    """List labels, the first ten only."""
    shown = ", ".join(repr(label) for label in labels[:10])
    return shown if len(labels) <= 10 else f"{shown} and {len(labels) - 10} more"
