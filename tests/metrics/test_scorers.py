"""Metrics as scorers of scikit-learn."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.svm import LinearSVC

from custbase.metrics import (
    decile_mape,
    expected_calibration_error,
    expected_maximum_profit_score,
    get_scorer,
    lift_score,
    maximum_profit_score,
    normalized_gini,
    spearman_correlation,
)
from custbase.metrics._scorers import _KINDS

X, Y = make_classification(300, weights=[0.7], random_state=0)


@pytest.mark.parametrize(
    ("name", "metric", "sign"),
    [
        ("expected_maximum_profit", expected_maximum_profit_score, 1),
        ("maximum_profit", maximum_profit_score, 1),
        ("lift", lift_score, 1),
        ("expected_calibration_error", expected_calibration_error, -1),
    ],
)
def test_scorer_is_the_metric_of_the_probabilities(name, metric, sign):
    model = LogisticRegression().fit(X, Y)
    assert get_scorer(name)(model, X, Y) == sign * metric(Y, model.predict_proba(X)[:, 1])


@pytest.mark.parametrize("leaving", ["Churned", "Stayed"])
def test_scorer_looks_at_the_class_that_it_is_told(leaving):
    names = np.where(leaving == "Churned", np.where(Y, "Churned", "Stayed"), "")
    names = np.where(names == "", np.where(Y, "Stayed", "Churned"), names)
    model = LogisticRegression().fit(X, names)
    scorer = get_scorer("maximum_profit", pos_label=leaving, customer_value=300.0)
    scores = model.predict_proba(X)[:, list(model.classes_).index(leaving)]
    assert scorer(model, X, names) == maximum_profit_score(Y, scores, customer_value=300.0)
    with pytest.raises(ValueError, match="pos_label must name"):
        get_scorer("maximum_profit")(model, X, names)


def test_scorer_takes_a_decision_function():
    model = LinearSVC(random_state=0).fit(X, Y)
    assert get_scorer("lift")(model, X, Y) == lift_score(Y, model.decision_function(X))


@pytest.mark.parametrize(
    ("name", "metric", "sign", "parameters"),
    [
        ("normalized_gini", normalized_gini, 1, {}),
        ("spearman_correlation", spearman_correlation, 1, {}),
        ("decile_mape", decile_mape, -1, {"n_bins": 3}),
    ],
)
def test_scorer_of_values_is_the_metric_of_what_is_predicted(name, metric, sign, parameters):
    spent = np.exp(X[:, 0] + 0.1 * Y)
    model = LinearRegression().fit(X, spent)
    scorer = get_scorer(name, **parameters)
    assert scorer(model, X, spent) == sign * metric(spent, model.predict(X), **parameters)
    scores = cross_val_score(LinearRegression(), X, spent, scoring=scorer)
    assert np.isfinite(scores).all()


def test_search_over_a_grid():
    error = get_scorer("expected_calibration_error")
    weights = {"class_weight": ["balanced", None]}
    search = GridSearchCV(LogisticRegression(), weights, scoring=error).fit(X, Y)
    assert search.best_params_ == {"class_weight": None}


def test_refuses_unknown_names_and_parameters():
    with pytest.raises(ValueError, match="name must be 'expected_maximum_profit' or"):
        get_scorer("auc")
    with pytest.raises(TypeError, match="lift has no parameter 'customer_value'; it has fraction"):
        get_scorer("lift", customer_value=3.0)
    with pytest.raises(TypeError, match="normalized_gini has no parameter 'n_bins'; it has none"):
        get_scorer("normalized_gini", n_bins=3)


VALUES = [
    *(-1, 0, 0.0, 0.25, 1, 1.5, 5, np.int64(3), np.float32(0.5), True, None, np.nan, np.inf),
    *("quantile", "uniform", "no", [1], np.ones(300), {}),
]


def refusal(call, **parameters):
    """Class and text of the error, None if there is none."""
    try:
        call(**parameters)
    except (TypeError, ValueError) as error:
        return type(error), str(error)
    return None


@pytest.mark.parametrize("name", _KINDS)
def test_every_argument_is_checked_at_once_as_the_metric_does(name):
    metric = _KINDS[name].metric
    known = inspect.signature(metric).parameters
    known = {p for p in known if known[p].kind is inspect.Parameter.KEYWORD_ONLY}
    scores = np.linspace(0.1, 0.9, len(Y))
    for parameter in known - {"pos_label", "sample_weight", "return_fraction"}:
        for value in VALUES:
            late = refusal(partial(metric, Y, scores), **{parameter: value})
            assert refusal(partial(get_scorer, name), **{parameter: value}) == late
            assert late is None or late[1].startswith(f"{parameter} must be ")


@pytest.mark.parametrize("name", [n for n in _KINDS if "predict" not in _KINDS[n].asks])
def test_labels_that_no_data_can_have_are_refused(name):
    for label in (0, 1, True, np.int8(1), 1.0, "Yes", np.str_("Yes"), None):
        assert callable(get_scorer(name, pos_label=label))
    for label in ([1], np.array([1]), {"a": 1}, np.nan, 1j):
        with pytest.raises((TypeError, ValueError), match="pos_label must be None, True or False"):
            get_scorer(name, pos_label=label)
