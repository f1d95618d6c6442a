"""Call any method of the last step of a Pipeline."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline


def call(estimator: Any, method: str, X: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Transform with the steps of a Pipeline before the last and call a method of that one.

    A Pipeline forwards only scikit-learn's own methods. Estimators of custbase
    have more (``profile``, ``select``, ``recommend``), and this is the way to
    reach them behind a preprocessing.

    Parameters
    ----------
    estimator : Pipeline or estimator
        A fitted Pipeline; of an estimator on its own the method is called directly.
    method : str
        Name of a method of the last step.
    X : array or frame of shape (n_rows, n_columns)
        Raw data, as given to the Pipeline's ``fit``.
    *args, **kwargs : object
        Passed to the method after the transformed `X`.

    Returns
    -------
    object
        What the method returns.

    Raises
    ------
    AttributeError
        If the last step has no such method.

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
    last = estimator
    if isinstance(estimator, Pipeline):
        last = estimator[-1]
        if len(estimator) > 1:
            X = estimator[:-1].transform(X)
    if not callable(getattr(last, method, None)):
        raise AttributeError(
            f"the last step, {type(last).__name__}, has no method {method!r}; "
            "fitted steps may also lack a method that their parameters switch off."
        )
    return getattr(last, method)(X, *args, **kwargs)
