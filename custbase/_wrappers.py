"""Estimators inside of others: which one answers for another, and which ones it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils.validation import check_is_fitted

# Each hands its data to one estimator; RFE leaves columns out before.
WITH_ONE = (FixedThresholdClassifier, TunedThresholdClassifierCV, SelfTrainingClassifier, RFE)
ANSWERS = ("predict", "predict_proba", "decision_function")


def open_up(estimator: Any, method: str | None = None) -> list[Any]:
    """List an estimator and those inside of it that answer for it, from the outside in.

    Parameters
    ----------
    estimator : estimator
        Such as a Pipeline, a search, a threshold or a frozen estimator, in each other.
    method : str, default=None
        Go no deeper than the first that has this method. Pipelines do not count: their
        methods are those of the last step.

    Returns
    -------
    list
        The last one is no such wrapper, or has the method.

    Raises
    ------
    NotFittedError
        If a search or a threshold is not fitted.
    AttributeError
        If a search has not refitted the best candidate, or a Pipeline does not end in an
        estimator.
    """
    levels = [estimator]
    while (inner := _find_inner(levels[-1])) is not None:
        is_there = method is not None and hasattr(levels[-1], method)
        if is_there and not isinstance(levels[-1], Pipeline):
            break
        levels.append(inner)
    return levels


def hand_on(levels: list[Any], X: Any) -> Any:
    """Turn data into what reaches the last of the levels that `open_up` gives."""
    for level in levels[:-1]:
        if isinstance(level, RFE):
            X = level.transform(X)
        elif isinstance(level, Pipeline):
            for _, step in level.steps[:-1]:
                if not _is_skipped(step, level):
                    X = step.transform(X)
    return X


def find_owners(estimator: Any, owns: Callable[[Any], bool]) -> list[tuple[Any, ...]]:
    """Find models with some attribute inside of an estimator, however deep.

    What an estimator has learnt is looked at before what it was given: a search keeps its
    template, an ensemble the template of its members.

    Parameters
    ----------
    estimator : estimator
        Of any kind, also one that asks several.
    owns : callable
        Model -> whether it has the attribute. Those inside of one that has it are not
        looked at.

    Returns
    -------
    list of tuple
        For each model found, the estimators from the outermost to itself.
    """
    seen: set[int] = set()

    def find(path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        estimator = path[-1]
        if id(estimator) in seen:
            return []
        seen.add(id(estimator))
        if owns(estimator):
            return [path]
        for models in _find_members(estimator):
            if found := [owner for model in models for owner in find((*path, model))]:
                return found
        return []

    return find((estimator,))


def is_search(estimator: Any) -> bool:
    """Tell whether an estimator is a search for parameters, of any library."""
    return hasattr(estimator, "estimator") and hasattr(estimator, "error_score")


def _find_inner(estimator: Any) -> Any:
    """The one estimator that answers for another, or None."""
    if isinstance(estimator, Pipeline):
        last = estimator.steps[-1][1] if estimator.steps else None
        if last is None or isinstance(last, str):
            raise AttributeError(
                f"the last step of {type(estimator).__name__} must be an estimator; got {last!r}."
            )
        return last
    if isinstance(estimator, FrozenEstimator):
        return estimator.estimator
    if isinstance(estimator, WITH_ONE):
        check_is_fitted(estimator)
        return estimator.estimator_
    inner = getattr(estimator, "best_estimator_", None)  # of any package's searches
    if inner is None and is_search(estimator):
        check_is_fitted(estimator)
        raise AttributeError(
            f"{type(estimator).__name__} has no best_estimator_; fit it with refit=True."
        )
    return inner


def _is_skipped(step: Any, pipeline: Pipeline) -> bool:
    """Tell whether predictions go past a step: imbalanced-learn's samplers act in fit only."""
    if step is None or isinstance(step, str):
        return True
    return type(pipeline) is not Pipeline and hasattr(step, "fit_resample")


def _find_members(estimator: Any) -> Iterator[list[Any]]:
    """Models that an estimator asks: those that it has learnt, then those that it was given."""
    try:
        inner = _find_inner(estimator)
    except (AttributeError, NotFittedError):  # a template holds what it was given
        inner = None
    if inner is not None:
        yield [inner]
        return
    held = getattr(estimator, "__dict__", {})
    for is_learnt in (True, False):
        yield [
            model
            for name, value in held.items()
            if (name.startswith("_") or name.endswith("_")) == is_learnt
            for model in _models_in(value)
        ]


def _models_in(value: Any) -> Iterator[Any]:
    """Models in an attribute: itself, or those of a list, a mapping or an array."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        for part in value:
            yield from _models_in(part)
    elif not isinstance(value, type) and any(hasattr(value, name) for name in ANSWERS):
        yield value
