"""Models that a user gave: copied with a seed, and fitted with weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import MetadataRequest, get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from ._params import shorten
from ._wrappers import find_owners, is_search

LARGEST_SEED = np.iinfo(np.int32).max
WEIGHTS = "sample_weight"
# Parameters that name classes, and those that hold values of them; what they may be to do so.
NAMES_OF_CLASSES = ("class_weight", "pos_label", "sampling_strategy")
GRIDS = ("param_grid", "param_distributions")
NAMING = (Mapping, list, tuple, str, int, float)


def parts_of(model: Any) -> Iterator[Any]:
    """Walk through a model and all that it is made of.

    Parameters
    ----------
    model : estimator
        An object with get_params.

    Yields
    ------
    object
        The model, then, in the order of parameters, estimators and other objects with a
        ``random_state``, such as splitters, in its parameters, or in lists and mappings there;
        nothing of what is frozen.
    """
    yield model
    if isinstance(model, FrozenEstimator):
        return
    for _, value in sorted(model.get_params(deep=False).items()):
        yield from _parts_in(value)


def _parts_in(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from _parts_in(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _parts_in(entry)
    elif isinstance(value, type):
        return
    elif hasattr(value, "get_params"):
        yield from parts_of(value)
    elif hasattr(value, "random_state"):
        yield value


def lacks_seed(model: Any) -> bool:
    """Tell whether a model, or a part of it, would draw from numpy's global source."""
    return any(_is_unseeded(part) for part in parts_of(model))


def _is_unseeded(part: Any) -> bool:
    if hasattr(part, "get_params"):
        return part.get_params(deep=False).get("random_state", 0) is None
    # A splitter that does not shuffle has no use for a seed, and refuses it when it is made.
    return part.random_state is None and getattr(part, "shuffle", True) is not False


def clone_seeded(model: Any, seed: int) -> Any:
    """Copy a model, and give seeds to whatever in it has none.

    Parameters
    ----------
    model : estimator
        What the user gave; it is not changed.
    seed : int
        Of the model itself; parts of it get others, all different, that follow from it.

    Returns
    -------
    estimator
        The copy. A ``random_state`` that the user has set stays.
    """
    copy = clone(model)
    # Some are their own copies, such as frozen ones, and must not be changed.
    originals = list(parts_of(model))
    shared = {id(part) for part in originals}
    draws = np.random.RandomState(seed)
    for part in parts_of(copy):
        if id(part) in shared or not _is_unseeded(part):
            continue
        own = seed if part is copy else int(draws.randint(LARGEST_SEED))
        if hasattr(part, "set_params"):
            part.set_params(random_state=own)
        else:
            part.random_state = own
    return copy


def draw_seed(model: Any, random_state: np.random.RandomState) -> int:
    """Draw a seed for copies of a model; 0, and nothing drawn, if none of it needs one.

    Parameters
    ----------
    model : estimator
        What the user gave.
    random_state : RandomState
        Where the seed comes from.

    Returns
    -------
    int
        For `clone_seeded`.
    """
    return int(random_state.randint(LARGEST_SEED)) if lacks_seed(model) else 0


def number_labels(model: Any, classes: np.ndarray) -> Any:
    """Copy a classifier that will learn from truth values, class names in it translated.

    Parameters
    ----------
    model : estimator
        What the user gave; it is not changed.
    classes : ndarray of shape (2,)
        The labels, sorted: False stands for the first, True for the second.

    Returns
    -------
    estimator
        The copy, in which a ``class_weight``, a ``pos_label`` and a ``sampling_strategy``
        that name the labels name truth values, in grids of searches, too.

    Raises
    ------
    ValueError
        If weights are given to what is no label.
    """
    copy = clone(model)
    numbers = dict(zip(classes.tolist(), (False, True), strict=True))
    shared = {id(part) for part in parts_of(model)}
    for part in parts_of(copy):
        if id(part) in shared or not hasattr(part, "get_params"):
            continue
        params = part.get_params(deep=False)
        told = {
            name: _number(name, params[name], numbers)
            for name in (*NAMES_OF_CLASSES, *GRIDS)
            if isinstance(params.get(name), NAMING)
        }
        if told:
            part.set_params(**told)
    return copy


def _number(name: str, value: Any, numbers: dict[Any, bool]) -> Any:
    """Bring labels in a value of a parameter, or in those of a grid, into truth values."""
    if isinstance(value, list | tuple):
        return [_number(name, entry, numbers) for entry in value]
    if name.rpartition("__")[2] not in NAMES_OF_CLASSES:
        if not isinstance(value, Mapping):
            return value
        return {key: _number(str(key), entry, numbers) for key, entry in value.items()}
    if not isinstance(value, Mapping):
        return numbers.get(value, value) if name.endswith("pos_label") else value
    if value.keys() <= numbers.keys():
        return {numbers[label]: entry for label, entry in value.items()}
    if value.keys() <= {0, 1}:
        return value
    raise ValueError(
        f"{name} in model must be of the classes {', '.join(map(repr, numbers))}; got "
        f"{shorten(value)}."
    )


def will_have(model: Any, method: str) -> bool:
    """Tell whether a model has a method, or will have it once it is fitted."""
    if hasattr(model, method):
        return True
    if isinstance(model, Pipeline):
        return will_have(model.steps[-1][1], method)
    if is_search(model):
        return will_have(model.estimator, method)
    # What answers for a stack is made in its fit unless the user gives it.
    if isinstance(model, StackingClassifier) and model.final_estimator is None:
        return hasattr(LogisticRegression, method)
    if isinstance(model, StackingRegressor) and model.final_estimator is None:
        return hasattr(RidgeCV, method)
    return False


def takes_weights(model: Any) -> bool:
    """Tell whether `fit_given` can hand weights to a model."""
    if _is_routed(model):
        return WEIGHTS in get_routing_for_object(model).consumes("fit", [WEIGHTS])
    return _name_weights(model) is not None


def require_weights(name: str, model: Any) -> None:
    """Raise unless a model that a parameter gave takes weights.

    Parameters
    ----------
    name : str
        The parameter.
    model : estimator
        What the user gave.

    Raises
    ------
    ValueError
        If no part of it that learns takes them, or none asks for them.
    """
    if takes_weights(model):
        return
    start = f"{WEIGHTS} must be None or all equal with {name}={shorten(model)}, "
    if _is_routed(model):
        raise ValueError(
            f"{start}whose metadata requests leave weights out. Call "
            f"set_fit_request({WEIGHTS}=True) on the part that is to learn with them."
        )
    remedy = f"Choose another {name}, or repeat rows."
    if has_router(model):
        remedy = (
            f"Choose another {name}, or call sklearn.set_config(enable_metadata_routing=True) and "
            f"set_fit_request({WEIGHTS}=True) on the parts of it that take weights."
        )
    raise ValueError(f"{start}whose fit takes no weights. {remedy}")


def fit_given(model: Any, *data: Any, weights: np.ndarray | None = None) -> Any:
    """Fit a model, with weights for the parts of it that learn from the target.

    Parameters
    ----------
    model : estimator
        A copy of what the user gave, which `takes_weights` if there are any.
    *data : object
        What ``fit`` takes first.
    weights : ndarray of shape (n_rows,) or None, default=None
        Weights of the rows.

    Returns
    -------
    estimator
        The fitted model.

    Raises
    ------
    ValueError
        If it takes no weights and there are some, or a search found no score.

    Notes
    -----
    Where metadata routing is enabled and the user has set a request for weights somewhere
    in the model, these requests decide, and parts without one get no weights. Otherwise
    weights go, with and without routing, to the model itself, to the last step of a
    Pipeline, to the estimator of a search and to all of a vote or a stack.
    """
    if _is_routed(model):
        for part in parts_of(model):
            if _requests_of(part).get(WEIGHTS, True) is None:  # which would be an error
                part.set_fit_request(**{WEIGHTS: False})
        return refuse_blind_choice(
            model.fit(*data, **({} if weights is None else {WEIGHTS: weights}))
        )
    named: dict[str, Any] = {}
    if weights is not None:
        require_weights("model", model)
        named = {str(_name_weights(model)): weights}
    # Metadata that nobody has set a request for makes scikit-learn raise.
    with config_context(enable_metadata_routing=False) if has_router(model) else nullcontext():
        return refuse_blind_choice(model.fit(*data, **named))


def refuse_blind_choice(fitted: Any) -> Any:
    """Raise if a search inside of a model had nothing to choose by; return the model."""
    blind = find_owners(
        fitted, lambda part: np.isnan(np.asarray(getattr(part, "best_score_", 0.0), dtype=float))
    )
    if blind:
        search = blind[0][-1]
        raise ValueError(
            f"model: {type(search).__name__} of {type(search.estimator).__name__} found no score "
            "that is a number, so that its choice would be the first candidate. Set "
            "error_score='raise' to see why; with metadata routing, scores need a request for "
            "weights, or a refusal, like fits."
        )
    return fitted


def has_router(model: Any) -> bool:
    """Tell whether a model hands metadata on to parts of it, in scikit-learn's way."""
    try:
        return not isinstance(get_routing_for_object(model), MetadataRequest)
    except NotImplementedError:  # those that refuse metadata while routing is enabled
        return True


def _is_routed(model: Any) -> bool:
    """Tell whether requests that the user has set say who gets weights."""
    if not get_config()["enable_metadata_routing"]:
        return False
    return any(_requests_of(part).get(WEIGHTS) is not None for part in parts_of(model))


def _requests_of(part: Any) -> dict[str, Any]:
    """What the ``fit`` of one part asks for; None for what the user has not said yet."""
    try:
        routing: Any = get_routing_for_object(part)
    except NotImplementedError:
        return {}
    if not isinstance(routing, MetadataRequest):
        own = [pair.router for name, pair in routing if name == "$self_request"]
        if not own:
            return {}
        routing = own[0]
    return routing.fit.requests


def _name_weights(model: Any) -> str | None:
    """Name of weights in the ``fit`` of a model, without routing; None if it takes none."""
    if has_fit_parameter(model, WEIGHTS) or isinstance(model, FrozenEstimator):
        return WEIGHTS
    if isinstance(model, Pipeline):
        name, last = model.steps[-1]
        inner = None if _resamples(model) else _name_weights(last)
        return inner and f"{name}__{inner}"
    if is_search(model):
        return _name_weights(model.estimator)
    if isinstance(model, TransformedTargetRegressor):
        return WEIGHTS if model.regressor is None else _name_weights(model.regressor)
    if isinstance(
        model, VotingClassifier | VotingRegressor | StackingClassifier | StackingRegressor
    ):
        learners = [part for _, part in model.estimators if not isinstance(part, str)]
        if (last := getattr(model, "final_estimator", None)) is not None:
            learners.append(last)
        names = {_name_weights(part) for part in learners}
        return WEIGHTS if names == {WEIGHTS} else None
    return None


def _resamples(pipeline: Pipeline) -> bool:
    """Tell whether a step changes the number of rows, so that weights no longer fit."""
    return any(hasattr(step, "fit_resample") for _, step in pipeline.steps)
