"""Labels or values, scores and weights at the door of a metric."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from .._inputs import check_sample_weight
from .._joins import refuse_turned_index
from .._params import BOOLEAN, NONE, STRING, Number
from .._tabular._positive import find_plain

# What can be a label of a class, as far as can be told without the labels.
POS_LABEL = (NONE, BOOLEAN, Number(), STRING)


class Targets(NamedTuple):
    """Rows of a metric of two classes."""

    hits: np.ndarray  # of bool: who is of the positive class
    scores: np.ndarray  # float64: the higher, the more likely positive
    weights: np.ndarray | None  # float64; None if all weigh alike


class Values(NamedTuple):
    """Rows of a metric of values, such as money."""

    actual: np.ndarray  # float64
    predicted: np.ndarray  # float64: values, or any scores
    weights: np.ndarray  # float64


def check_targets(
    y_true: Any, y_score: Any, pos_label: Any, sample_weight: Any, *, name: str = "y_score"
) -> Targets:
    """Validate labels, scores and weights.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels of one class or two.
    y_score : array of shape (n_samples,)
        Scores.
    pos_label : bool, int, str or None
        The positive class; None for 1 or True among numbers and truth values.
    sample_weight : array of shape (n_samples,) or None
        Weights of the rows.
    name : str, default="y_score"
        How the user knows the scores.

    Returns
    -------
    Targets
        What was given, as arrays.

    Raises
    ------
    TypeError, ValueError
        If something cannot be used; the message names it and what to do.
    """
    refuse_turned_index(**{"y_true": y_true, name: y_score, "sample_weight": sample_weight})
    labels = check_labels(y_true)
    scores = _check_scores(y_score, len(labels), name)
    hits = labels == find_positive(labels, pos_label)
    if sample_weight is None:
        return Targets(hits, scores, None)
    return Targets(hits, scores, check_sample_weight(sample_weight, scores, "y_true"))


def check_values(
    y_true: Any, y_pred: Any, sample_weight: Any, *, name: str = "y_pred", negative: bool = False
) -> Values:
    """Validate values, predictions and weights.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Values.
    y_pred : array of shape (n_samples,)
        Predictions, or scores.
    sample_weight : array of shape (n_samples,) or None
        Weights of the rows; None for 1 each.
    name : str, default="y_pred"
        How the user knows the predictions.
    negative : bool, default=False
        Let negative values pass.

    Returns
    -------
    Values
        What was given, as arrays; weights in a unit of their own.

    Raises
    ------
    TypeError, ValueError
        If something cannot be used; the message names it and what to do.
    """
    refuse_turned_index(**{"y_true": y_true, name: y_pred, "sample_weight": sample_weight})
    actual = _check_column(y_true, "y_true", "value")
    predicted = _check_column(y_pred, name, "prediction")
    _check_length(predicted, name, "prediction", len(actual))
    if not negative and actual.min() < 0:
        raise ValueError(
            f"y_true must hold values >= 0; got {actual.min():g}. Net returns against purchases, "
            "or set what customers cost to 0."
        )
    weights = check_sample_weight(sample_weight, actual, "y_true")
    return Values(actual, predicted, to_unit(weights))


def to_unit(amounts: np.ndarray) -> np.ndarray:
    """Divide amounts >= 0 by a power of two, so that none is above 1 and products stay finite.

    Other than division by the largest, it rounds nothing.
    """
    return np.ldexp(amounts, -np.frexp(amounts.max())[1])


def check_labels(y_true: Any) -> np.ndarray:
    """One-dimensional labels without missing ones."""
    if isinstance(y_true, list | tuple) and any(
        label is None or label != label for label in y_true
    ):
        y_true = pd.Series(y_true, dtype=object)  # numpy would make it the text "nan"
    labels = np.asarray(y_true)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise ValueError(
            f"y_true must be one-dimensional, one label a row; got shape {labels.shape}."
        )
    if not len(labels):
        raise ValueError("y_true must have at least one row; got none.")
    if missing := int(np.count_nonzero(pd.isna(labels))):
        raise ValueError(f"y_true must not have missing labels; got {missing}. Drop those rows.")
    return labels


def find_positive(labels: np.ndarray, pos_label: Any) -> Any:
    """Label of the positive class, given or told by the labels themselves."""
    found = _distinct(labels)
    if len(found) > 2:
        raise ValueError(f"y_true must have two classes; got {len(found)}: {_few(found)}.")
    if pos_label is None:
        if set(found) <= {0, 1} or set(found) <= {-1, 1}:
            return 1
        plain = find_plain(found)
        likely = found[-1 if plain is None else plain]
        raise ValueError(
            f"pos_label must name the positive class where labels are other than 0 and 1; "
            f"got labels {_few(found)}. Give pos_label={likely!r}, for instance."
        )
    if pos_label not in found and len(found) == 2:
        raise ValueError(f"pos_label must be one of the labels {_few(found)}; got {pos_label!r}.")
    return pos_label


def _distinct(labels: np.ndarray) -> list[Any]:
    """Labels that occur, in order."""
    if labels.dtype.kind in "biuf":
        low, high = labels.min(), labels.max()
        # Of two numbers, comparing takes an eighth of the time of hashing.
        if ((labels == low) | (labels == high)).all():
            return sorted({low.item(), high.item()})
    return sorted(pd.unique(labels).tolist(), key=lambda label: (str(type(label)), label))


def _few(labels: list[Any]) -> str:
    return ", ".join(map(repr, labels[:5])) + (", ..." if len(labels) > 5 else "")


def _check_scores(y_score: Any, n_rows: int, name: str) -> np.ndarray:
    """Finite numbers, one a row."""
    remedy = " Of predict_proba, give the column of the positive class."
    scores = _check_column(y_score, name, "score", remedy)
    _check_length(scores, name, "score", n_rows)
    return scores


def _check_column(given: Any, name: str, noun: str, remedy: str = "") -> np.ndarray:
    """Finite numbers of one dimension."""
    try:
        column = check_array(given, ensure_2d=False, dtype=np.float64, input_name=name)
    except (TypeError, ValueError) as error:
        if name in str(error):
            raise
        raise ValueError(f"{name} must hold numbers, one {noun} a row: {error}") from error
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise ValueError(
            f"{name} must be one-dimensional, one {noun} a row; got shape {column.shape}.{remedy}"
        )
    return column


def _check_length(column: np.ndarray, name: str, noun: str, n_rows: int) -> None:
    if len(column) != n_rows:
        raise ValueError(
            f"{name} must have one {noun} for each of the {n_rows} rows of y_true; "
            f"got {len(column)}."
        )
