from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import custbase
from custbase._wrappers import open_up
from tests.test_wrappers import Sampler, SamplingPipeline

FRAME = pd.DataFrame({"orders": [1.0, 1.2, 9.0, 9.1], "money": [10.0, 11.0, 400.0, 410.0]})

MANY = np.random.default_rng(0).normal(size=(200, 3))
LEFT = (MANY[:, 0] + np.random.default_rng(1).normal(size=200) > 0).astype(int)


def test_reaches_a_method_behind_a_pipeline() -> None:
    pipe = make_pipeline(StandardScaler(), custbase.SegmentClusterer(2, random_state=0)).fit(FRAME)
    through = custbase.call(pipe, "profile", FRAME, describe=FRAME)
    by_hand = pipe[-1].profile(pipe[:-1].transform(FRAME), describe=FRAME)
    pd.testing.assert_frame_equal(through, by_hand)


@pytest.mark.parametrize("wrap", [False, True])
def test_an_estimator_without_steps_before(wrap: bool) -> None:
    model = custbase.SegmentClusterer(2, random_state=0)
    model = (make_pipeline(model) if wrap else model).fit(FRAME)
    np.testing.assert_array_equal(custbase.call(model, "predict", FRAME), model.predict(FRAME))


SCALED = make_pipeline(StandardScaler(), custbase.SegmentClusterer(2, random_state=0))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda pipe: make_pipeline("passthrough", pipe),
        lambda pipe: SamplingPipeline([("scaler", "passthrough"), ("s", Sampler()), ("m", pipe)]),
        lambda pipe: GridSearchCV(pipe, {"segmentclusterer__n_clusters": [2]}, cv=2),
        lambda pipe: FrozenEstimator(pipe.fit(FRAME)),
        lambda pipe: make_pipeline(None, FrozenEstimator(make_pipeline(pipe).fit(FRAME))),
    ],
)
def test_reaches_a_method_through_whatever_predicts(wrap) -> None:
    model = wrap(clone(SCALED)).fit(FRAME, np.zeros(4))
    pipe = [level for level in open_up(model) if isinstance(level, Pipeline)][-1]
    by_hand = pipe[-1].profile(pipe[0].transform(FRAME), describe=FRAME)
    pd.testing.assert_frame_equal(custbase.call(model, "profile", FRAME, describe=FRAME), by_hand)


def test_a_sampler_before_the_last_step_is_passed_over() -> None:
    churn = custbase.ChurnClassifier("logistic", random_state=0)
    steps = [("scaler", StandardScaler()), ("sampler", Sampler()), ("churn", churn)]
    pipe = SamplingPipeline(steps).fit(MANY, LEFT)
    expected = churn.select(pipe[0].transform(MANY), 50.0, customer_value=60.0)
    for model in (pipe, FixedThresholdClassifier(FrozenEstimator(pipe)).fit(MANY, LEFT)):
        chosen = custbase.call(model, "select", MANY, 50.0, customer_value=60.0)
        np.testing.assert_array_equal(chosen, expected)


def test_methods_of_the_outer_estimator_are_its_own() -> None:
    churn = custbase.ChurnClassifier("logistic", random_state=0)
    strict = FixedThresholdClassifier(churn, threshold=0.9).fit(MANY, LEFT)
    predicted = custbase.call(strict, "predict", MANY)
    np.testing.assert_array_equal(predicted, strict.predict(MANY))
    assert predicted.sum() < strict.estimator_.predict(MANY).sum()


def test_unknown_method_is_named_with_those_that_there_are() -> None:
    model = custbase.SegmentClusterer(2, random_state=0).fit(FRAME)
    message = "SegmentClusterer, has no method 'select'; it has .*predict, profile, score"
    with pytest.raises(AttributeError, match=message):
        custbase.call(model, "select", FRAME)
    with pytest.raises(TypeError, match="method must be a string; got 3"):
        custbase.call(model, 3, FRAME)


def test_switched_off_methods_are_named() -> None:
    model = custbase.SegmentClusterer(2, algorithm="hierarchical")
    message = "no method 'partial_fit' with its parameters, or before it is fitted"
    with pytest.raises(AttributeError, match=message):
        custbase.call(model.fit(FRAME), "partial_fit", FRAME)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda churn: CalibratedClassifierCV(churn, cv=2),
        lambda churn: VotingClassifier([("a", churn), ("b", LogisticRegression())]),
        lambda churn: BaggingClassifier(churn, 2),
        lambda churn: make_pipeline(StandardScaler(), BaggingClassifier(churn, 2)),
    ],
)
def test_estimators_that_ask_several_are_not_guessed_through(wrap) -> None:
    model = wrap(custbase.ChurnClassifier("logistic", random_state=0)).fit(MANY, LEFT)
    with pytest.raises(AttributeError, match="has no method 'select'; ChurnClassifier inside of"):
        custbase.call(model, "select", MANY)


def test_answers_on_another_scale_are_not_passed_on() -> None:
    model = TransformedTargetRegressor(
        custbase.SpendRegressor("linear"), func=np.log1p, inverse_func=np.expm1
    )
    spent = np.exp(MANY[:, 0])
    with pytest.raises(
        AttributeError, match="SpendRegressor inside of it has one, but Transformed"
    ):
        custbase.call(model.fit(MANY, spent), "explain", MANY)


def test_what_is_not_fitted_says_so() -> None:
    for model in (SCALED, GridSearchCV(SCALED, {}), make_pipeline("passthrough", SCALED[-1])):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            custbase.call(clone(model), "profile", FRAME)


@pytest.mark.parametrize(
    "method", ["fit", "fit_predict", "partial_fit", "set_params", "_doc_link_url_param_generator"]
)
def test_only_what_answers_can_be_called(method: str) -> None:
    fitted = custbase.SegmentClusterer(2, random_state=0).fit(FRAME)
    with pytest.raises(ValueError, match=f"method must be one that .* answers with; got '{method}"):
        custbase.call(fitted, method, FRAME)


def test_a_class_is_no_estimator() -> None:
    with pytest.raises(TypeError, match="got the class SegmentClusterer"):
        custbase.call(custbase.SegmentClusterer, "predict", FRAME)
