"""The metrics of two classes and of values as scorers of scikit-learn."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn.metrics import make_scorer

from .._params import OneOf, Rule, check_value
from ._calibration import STRATEGY, expected_calibration_error
from ._profit import MONEY, SHAPE, SHARE, expected_maximum_profit_score, maximum_profit_score
from ._targeting import FRACTION, lift_score
from ._targets import POS_LABEL
from ._value import N_BINS, decile_mape, normalized_gini, spearman_correlation


class _Kind(NamedTuple):
    metric: Callable[..., Any]
    higher_is_better: bool = True
    asks: tuple[str, ...] = ("predict_proba", "decision_function")


_KINDS = {
    "expected_maximum_profit": _Kind(expected_maximum_profit_score),
    "maximum_profit": _Kind(maximum_profit_score),
    "lift": _Kind(lift_score),
    "expected_calibration_error": _Kind(
        expected_calibration_error, higher_is_better=False, asks=("predict_proba",)
    ),
    "normalized_gini": _Kind(normalized_gini, asks=("predict",)),
    "spearman_correlation": _Kind(spearman_correlation, asks=("predict",)),
    "decile_mape": _Kind(decile_mape, higher_is_better=False, asks=("predict",)),
}
# Of every parameter, whichever metric has it.
_RULES: dict[str, tuple[Rule, ...]] = {
    "accept_rate": (SHARE,),
    "alpha": (SHAPE,),
    "beta": (SHAPE,),
    "contact_cost": (MONEY,),
    "customer_value": (MONEY,),
    "fraction": (FRACTION,),
    "incentive_cost": (MONEY,),
    "n_bins": (N_BINS,),
    "pos_label": POS_LABEL,
    "strategy": (STRATEGY,),
}


def get_scorer(name: str, **parameters: Any) -> Any:
    """Make a scorer for cross-validation and searches out of a metric of two classes or of values.

    Parameters
    ----------
    name : str
        "expected_maximum_profit", "maximum_profit", "lift" or
        "expected_calibration_error" of two classes; "normalized_gini",
        "spearman_correlation" or "decile_mape" of values.
    **parameters : object
        Parameters of the metric of that name, such as ``customer_value``,
        ``fraction`` or ``pos_label``, which text labels need.

    Returns
    -------
    callable
        ``scorer(estimator, X, y)``; higher is better, so that an error comes out
        negative.

    Raises
    ------
    TypeError, ValueError
        If there is no such metric, it has no such parameter, or does not take the value.

    See Also
    --------
    sklearn.metrics.make_scorer : The same for any metric.

    Notes
    -----
    Of two classes, the scorer takes the probabilities of `pos_label`, or of the second
    class, or the decision function of an estimator that has no probabilities; of values
    what the estimator predicts. It passes ``sample_weight`` on if it is routed to it.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> from custbase.metrics import get_scorer
    >>> X, left = make_classification(500, weights=[0.8], random_state=0)
    >>> profit = get_scorer("maximum_profit", customer_value=300.0)
    >>> scores = cross_val_score(LogisticRegression(), X, left, scoring=profit)
    >>> bool((scores > 0).all())
    True
    """
    check_value("name", name, OneOf(tuple(_KINDS)))
    kind = _KINDS[name]
    known = set(inspect.signature(kind.metric).parameters)
    known -= {"y_true", "y_score", "y_prob", "y_pred", "sample_weight", "return_fraction"}
    if unknown := parameters.keys() - known:
        raise TypeError(
            f"{name} has no parameter {', '.join(map(repr, sorted(unknown)))}; "
            f"it has {', '.join(sorted(known)) or 'none'}."
        )
    for parameter, value in parameters.items():
        check_value(parameter, value, *_RULES[parameter])
    return make_scorer(
        kind.metric,
        response_method=kind.asks,
        greater_is_better=kind.higher_is_better,
        **parameters,
    )
