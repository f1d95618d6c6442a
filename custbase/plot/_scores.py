"""Scores of the positive class by any classifier of two."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._params import shorten
from .._wrappers import find_owners, open_up

PLAIN = ({0, 1}, {-1, 1}, {"No", "Yes"}, {"no", "yes"})  # the second one is "it happened"
POSITIVE = ("churn_class_", "response_class_")


def find_own(estimator: Any, name: str) -> Any:
    """Find what the classifiers inside of an estimator are set to, and agree on.

    Parameters
    ----------
    estimator : classifier
        Fitted, of any kind.
    name : str
        A parameter, such as "customer_value".

    Returns
    -------
    object
        The one setting other than None; None if there is none.

    Raises
    ------
    ValueError
        If classifiers are set to different things.
    """
    owners = find_owners(estimator, lambda model: getattr(model, name, None) is not None)
    found = [getattr(path[-1], name) for path in owners]
    for other in found[1:]:
        if not np.array_equal(found[0], other):
            raise ValueError(
                f"{name} must be given, because the classifiers inside of "
                f"{type(estimator).__name__} have different ones: {shorten(found[0])} and "
                f"{shorten(other)}."
            )
    return found[0] if found else None


def score_positive(estimator: Any, X: Any, pos_label: Any) -> tuple[np.ndarray, Any]:
    """Scores of the positive class, and its label.

    Parameters
    ----------
    estimator : classifier of two classes
        Fitted, of any kind.
    X : array or frame of shape (n_samples, n_features)
        Customers.
    pos_label : object
        The positive class; None for that of the estimator or of classifiers inside of it,
        or else 1, True or "Yes".

    Returns
    -------
    scores : ndarray of shape (n_samples,)
        Probabilities, or decisions where there are none.
    label : object
        The positive class.

    Raises
    ------
    TypeError, ValueError
        If it is no classifier of two classes, has no such class, or it cannot be told which
        is the positive one.
    """
    check_is_fitted(estimator)
    kind = type(estimator).__name__
    classes = getattr(estimator, "classes_", None)
    if classes is None or len(classes) != 2:
        found = "none" if classes is None else f"{len(classes)}"
        raise TypeError(
            f"estimator must be a classifier of two classes; got {kind}, which has {found}."
        )
    labels = np.asarray(classes).tolist()
    if pos_label is None:
        pos_label = _find_positive(estimator, labels)
    if pos_label not in labels:
        raise ValueError(f"pos_label must be one of {labels}; got {pos_label!r}.")
    position = labels.index(pos_label)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(X))[:, position], labels[position]
    if not hasattr(estimator, "decision_function"):
        raise TypeError(
            "estimator must have predict_proba or decision_function, by which customers can be "
            f"ranked; got {kind}, which has neither."
        )
    decisions = np.asarray(estimator.decision_function(X))
    return (decisions if position else -decisions), labels[position]


def _find_positive(estimator: Any, labels: list[Any]) -> Any:
    """The positive class by the classifiers inside of an estimator, or by plain labels."""
    paths = find_owners(estimator, lambda model: any(hasattr(model, name) for name in POSITIVE))
    found = [_translate(path, labels) for path in paths]
    if len(set(found)) > 1:
        raise ValueError(
            f"pos_label must be given, because the classifiers inside of "
            f"{type(estimator).__name__} look for different classes: {found[0]!r} and "
            f"{next(label for label in found if label != found[0])!r}."
        )
    if found:
        return found[0]
    for level in open_up(estimator):  # a threshold has its own
        if getattr(level, "pos_label", None) in labels:
            return level.pos_label
    # A template whose fitted copy is out of sight.
    asked = find_own(estimator, "pos_label")
    if asked is not None and (set(labels) not in PLAIN or asked != labels[1]):
        raise ValueError(
            f"pos_label must be given, because {type(estimator).__name__} shows no fitted "
            f"classifier that was told pos_label={asked!r}; its labels are {labels[0]!r} and "
            f"{labels[1]!r}."
        )
    if set(labels) not in PLAIN:
        raise ValueError(
            "pos_label must name the positive class where labels are other than 0 and 1 and "
            f"the estimator has none of its own; got labels {labels[0]!r} and {labels[1]!r}."
        )
    return labels[1]


def _translate(path: tuple[Any, ...], labels: list[Any]) -> Any:
    """Positive class of an inner classifier, in the labels of the outermost estimator."""
    own = next(getattr(path[-1], name) for name in POSITIVE if hasattr(path[-1], name))
    known = np.asarray(path[-1].classes_).tolist()
    # Ensembles of scikit-learn number the labels in their order.
    is_numbered = all(
        isinstance(level, Pipeline) or type(level).__module__.startswith("sklearn.")
        for level in path[:-1]
    )
    if known == labels or (is_numbered and known == [0, 1]):
        return labels[known.index(own)]
    raise ValueError(
        f"pos_label must be given, because the {type(path[-1]).__name__} inside of "
        f"{type(path[0]).__name__} knows the labels {known[0]!r} and {known[1]!r} instead of "
        f"{labels[0]!r} and {labels[1]!r}, and looks for {own!r}."
    )
