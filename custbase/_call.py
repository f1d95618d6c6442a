"""Call any method of the estimator inside of a Pipeline, a search, a threshold, or all of them."""

from __future__ import annotations

from typing import Any

from ._params import STRING, check_value
from ._wrappers import find_owners, hand_on, open_up

# What changes an estimator.
LEARNING = ("fit", "partial_fit", "set_")
# What estimators have besides what they answer.
PLUMBING = ("fit", "get_", "set_")


def call(estimator: Any, method: str, X: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Transform as far as the estimator inside of a Pipeline and call a method of that one.

    A Pipeline forwards only scikit-learn's own methods. Estimators of custbase
    have more (``profile``, ``select``, ``recommend``), and this is the way to
    reach them behind a preprocessing.

    Parameters
    ----------
    estimator : Pipeline, search, threshold or estimator
        Fitted. Pipelines (also those of imbalanced-learn), searches, thresholds,
        ``FrozenEstimator``, ``SelfTrainingClassifier`` and ``RFE`` are gone through, also
        within each other; of any other estimator the method is called directly.
    method : str
        Name of a method. It is that of the first estimator from the outside that has it,
        where a Pipeline counts as its last step.
    X : array or frame of shape (n_rows, n_columns)
        Raw data, as given to the ``fit`` of `estimator`.
    *args, **kwargs : object
        Passed to the method after the transformed `X`.

    Returns
    -------
    object
        What the method returns.

    Raises
    ------
    AttributeError
        If there is no such method, or only in one of several estimators that are asked
        together, such as those of an ensemble.
    NotFittedError
        If something on the way is not fitted.
    TypeError
        If `method` is no string, or `estimator` a class.
    ValueError
        If `method` is private, or one that learns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import custbase
    >>> X = np.array([[1.0, 200.0], [1.2, 210.0], [9.0, 20.0]])
    >>> pipe = make_pipeline(StandardScaler(), KMeans(2, random_state=0)).fit(X)
    >>> bool(custbase.call(pipe, "score", X) == pipe.score(X))
    True
    """
    check_value("method", method, STRING)
    if isinstance(estimator, type):
        raise TypeError(
            f"estimator must be a fitted estimator; got the class {estimator.__name__}."
        )
    levels = open_up(estimator, method)
    if not callable(getattr(levels[-1], method, None)):
        raise AttributeError(_explain(levels[-1], method))
    if method.startswith(("_", *LEARNING)):
        raise ValueError(
            f"method must be one that a fitted estimator answers with; got {method!r}. Call it on "
            "the estimator itself."
        )
    return getattr(levels[-1], method)(hand_on(levels, X), *args, **kwargs)


def _explain(last: Any, method: str) -> str:
    """Say that an estimator has no such method, and who has it or what it has instead."""
    missing = f"the last step, {type(last).__name__}, has no method {method!r}"
    owners = find_owners(last, lambda model: callable(getattr(model, method, None)))
    if owners:
        return (
            f"{missing}; {type(owners[0][-1]).__name__} inside of it has one, but "
            f"{type(last).__name__} has an answer of its own. Take the inner one out and call its "
            "method on the data that it was fitted on."
        )
    if hasattr(type(last), method):
        return f"{missing} with its parameters, or before it is fitted."
    has = [
        name
        for name in dir(type(last))
        if not name.startswith(("_", *PLUMBING))
        and callable(getattr(type(last), name))
        and hasattr(last, name)
    ]
    return f"{missing}; it has {', '.join(has) or 'none'}."
