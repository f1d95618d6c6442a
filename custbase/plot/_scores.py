"""Scores of the positive class by any classifier of two."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

PLAIN = ({0, 1}, {-1, 1}, {"No", "Yes"}, {"no", "yes"})  # the second one is "it happened"
WRAPPED = ("best_estimator_", "estimator_")  # of searches, and of tuned thresholds


def find_own(estimator: Any, name: str) -> Any:
    """Attribute of a classifier, or of the one inside of a pipeline, search or threshold."""
    while estimator is not None:
        if (own := getattr(estimator, name, None)) is not None:
            return own
        if isinstance(estimator, Pipeline):
            estimator = estimator[-1]
        else:
            inner = (getattr(estimator, wrapped, None) for wrapped in WRAPPED)
            estimator = next((model for model in inner if model is not None), None)
    return None


def score_positive(estimator: Any, X: Any, pos_label: Any) -> tuple[np.ndarray, Any]:
    """Scores of the positive class, and its label.

    Parameters
    ----------
    estimator : classifier of two classes, or Pipeline that ends in one
        Fitted.
    X : array or frame of shape (n_samples, n_features)
        Customers.
    pos_label : object
        The positive class; None for that of the estimator, or else 1, True or "Yes".

    Returns
    -------
    scores : ndarray of shape (n_samples,)
        Probabilities, or decisions where there are none.
    label : object
        The positive class.

    Raises
    ------
    TypeError, ValueError
        If it is no classifier of two classes, or has no such class.
    """
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    check_is_fitted(last)
    classes = getattr(last, "classes_", None)
    if classes is None or len(classes) != 2:
        found = "none" if classes is None else f"{len(classes)}"
        raise TypeError(
            f"estimator must be a classifier of two classes; got {type(last).__name__}, which has "
            f"{found}."
        )
    labels = np.asarray(classes).tolist()
    if pos_label is None:
        own = (find_own(last, name) for name in ("churn_class_", "response_class_"))
        pos_label = next((label for label in own if label is not None), None)
    if pos_label is None:
        if set(labels) not in PLAIN:
            raise ValueError(
                "pos_label must name the positive class where labels are other than 0 and 1 and "
                f"the estimator has none of its own; got labels {labels[0]!r} and {labels[1]!r}."
            )
        pos_label = labels[1]
    if pos_label not in labels:
        raise ValueError(f"pos_label must be one of {labels}; got {pos_label!r}.")
    position = labels.index(pos_label)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(X))[:, position], labels[position]
    decisions = np.asarray(estimator.decision_function(X))
    return (decisions if position else -decisions), labels[position]
