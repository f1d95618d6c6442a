"""What is inside of estimators."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from custbase._wrappers import find_owners, hand_on, open_up

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
MODEL = LogisticRegression()


class Sampler(BaseEstimator):
    """Acts in fit only, as imbalanced-learn's do."""

    def fit_resample(self, X, y):
        return X[::2], y[::2]


class SamplingPipeline(Pipeline):
    """Goes past samplers when it predicts, as imbalanced-learn's does."""

    def fit(self, X, y):
        for _, step in self.steps[:-1]:
            if hasattr(step, "fit_resample"):
                X, y = step.fit_resample(X, y)
            elif step is not None and not isinstance(step, str):
                X = step.fit_transform(X, y)
        self.steps[-1][1].fit(X, y)
        return self

    def _iter(self, *args, **kwargs):
        steps = super()._iter(*args, **kwargs)
        return (step for step in steps if not hasattr(step[-1], "fit_resample"))


def through(*wraps):
    """Wrap the model, innermost first."""
    model = LogisticRegression()
    for wrap in wraps:
        model = wrap(model)
    return model


def sample(model):
    return SamplingPipeline([("a", StandardScaler()), ("b", Sampler()), ("model", model)])


WRAPS = {
    "pipeline": lambda model: make_pipeline(StandardScaler(), "passthrough", None, model),
    "resampled": sample,
    "sampler first": lambda model: SamplingPipeline([("b", Sampler()), ("model", model)]),
    "search": lambda model: GridSearchCV(model, {}, cv=2),
    "threshold": FixedThresholdClassifier,
    "frozen": lambda model: FrozenEstimator(model.fit(X, Y)),
    "elimination": lambda model: RFE(model, n_features_to_select=2, importance_getter=take_all),
}


FORBIDDEN = {("frozen", "search"), ("frozen", "elimination")}


def take_all(model):
    return np.arange(3.0)[: len(np.ravel(open_up(model)[-1].coef_))]


# What is frozen is of no use to a search, nor with fewer columns.
PAIRS = [pair for pair in product(WRAPS, WRAPS) if pair not in FORBIDDEN]


@pytest.mark.parametrize(("inner", "outer"), PAIRS)
def test_what_reaches_the_innermost_gives_the_answers_of_the_outermost(inner, outer):
    model = through(WRAPS[inner], WRAPS[outer]).fit(X, Y)
    levels = open_up(model)
    assert levels[0] is model
    assert type(levels[-1]) is LogisticRegression
    reached = levels[-1].predict(hand_on(levels, X))
    np.testing.assert_array_equal(reached, model.predict(X))


def test_searches_that_halve_and_train_themselves():
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    pipe = make_pipeline(StandardScaler(), MODEL)
    grid = {"logisticregression__C": [0.1, 1.0]}
    search = HalvingGridSearchCV(pipe, grid, cv=2, min_resources=30, random_state=0).fit(X, Y)
    assert open_up(search)[-1] is search.best_estimator_[-1]
    half = np.where(np.arange(60) % 2, Y, -1)
    trained = SelfTrainingClassifier(pipe).fit(X, half)
    levels = open_up(trained)
    np.testing.assert_array_equal(levels[-1].predict(hand_on(levels, X)), trained.predict(X))


def test_the_first_that_has_the_method_is_the_last_level():
    threshold = FixedThresholdClassifier(make_pipeline(StandardScaler(), MODEL)).fit(X, Y)
    assert open_up(make_pipeline(threshold), "predict")[-1] is threshold
    assert open_up(threshold, "densify")[-1] is threshold.estimator_[-1]


def test_others_are_not_opened():
    for model in (
        CalibratedClassifierCV(MODEL, cv=2),
        RandomForestClassifier(2),
        BaggingClassifier(MODEL, 2),
        LogisticRegressionCV(cv=2, l1_ratios=(0,), use_legacy_attributes=False, scoring="accuracy"),
        KMeans(2),
    ):
        assert open_up(model) == [model]
        assert open_up(model.fit(X, Y)) == [model]


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (GridSearchCV(MODEL, {}), NotFittedError, "GridSearchCV instance is not fitted"),
        (FixedThresholdClassifier(MODEL), NotFittedError, "is not fitted"),
        (Pipeline([]), AttributeError, "last step of Pipeline must be an estimator; got None"),
        (
            make_pipeline(StandardScaler(), "passthrough"),
            AttributeError,
            "last step of Pipeline must be an estimator; got 'passthrough'",
        ),
    ],
)
def test_dead_ends(model, error, message):
    with pytest.raises(error, match=message):
        open_up(model)
    with pytest.raises(AttributeError, match="no best_estimator_; fit it with refit=True"):
        open_up(GridSearchCV(MODEL, {}, cv=2, refit=False).fit(X, Y))


def has_coef(model):
    return hasattr(model, "coef_")


def test_owners_are_those_that_have_learnt():
    stale = LogisticRegression().fit(X, 1 - Y)
    search = GridSearchCV(stale, {"C": [0.1]}, cv=2).fit(X, Y)
    assert find_owners(search, has_coef) == [(search, search.best_estimator_)]
    calibrated = CalibratedClassifierCV(stale, cv=2).fit(X, Y)
    owners = find_owners(calibrated, has_coef)
    assert [path[-1] for path in owners] == [
        part.estimator for part in calibrated.calibrated_classifiers_
    ]
    voting = VotingClassifier([("a", search), ("b", calibrated), ("c", RandomForestClassifier(2))])
    assert len(find_owners(voting.fit(X, Y), has_coef)) == 3


def test_owners_in_estimators_that_hold_each_other():
    class Odd:
        def predict(self, X):
            return X

    odd = Odd()
    odd.itself, odd.models = (
        odd,
        {"a": [np.array([MODEL, 1], dtype=object)], "b": LogisticRegression},
    )
    assert find_owners(odd, lambda model: hasattr(model, "C")) == [(odd, MODEL)]
    assert find_owners(odd, has_coef) == []
