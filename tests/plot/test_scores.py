"""What displays of classifiers find out about the positive class and its money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from custbase import ChurnClassifier, GainsDisplay, ProfitCurveDisplay, ResponseClassifier
from tests.test_wrappers import Sampler, SamplingPipeline

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
LEFT = (X[:, 0] + RNG.normal(size=200) > 0.8).astype(int)
NAMED = np.where(LEFT == 1, "Yes", "No")


def churn(**options):
    own = {"pos_label": 0, "customer_value": 60, "contact_cost": 3.0, **options}
    return ChurnClassifier("logistic", calibrate=False, random_state=0, **own)


class Wrapper(ClassifierMixin, BaseEstimator):
    """What a stranger's wrapper looks like; `keep` is where the fitted model goes."""

    def __init__(self, estimator, keep="estimator_", code=None):
        self.estimator = estimator
        self.keep = keep
        self.code = code

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        inner = clone(self.estimator).fit(X, y if self.code is None else self.code(y))
        self.answer_ = inner.predict_proba
        kept = {"a list": ("models_", [("first", inner)]), "a mapping": ("_models", {"a": inner})}
        name, value = kept.get(self.keep, (self.keep, inner))
        if self.keep != "nowhere":
            setattr(self, name, value)
        return self

    def predict_proba(self, X):
        return self.answer_(X)


class Bare(Wrapper):
    """One of an earlier kind."""

    def __init__(self, base_estimator, keep="model"):
        self.base_estimator = base_estimator
        self.keep = keep

    estimator = property(lambda self: self.base_estimator)
    code = None


def both(model):
    return [("a", model), ("b", LogisticRegression())]


WRAPS = {
    "calibrated": lambda model: CalibratedClassifierCV(model, cv=2),
    "calibrated as one": lambda model: CalibratedClassifierCV(model, cv=2, ensemble=False),
    "frozen, calibrated": lambda model: CalibratedClassifierCV(
        FrozenEstimator(model.fit(X, LEFT)), cv=2
    ),
    "voting": lambda model: VotingClassifier(both(model), voting="soft"),
    "stacked": lambda model: StackingClassifier(both(model), cv=2),
    "above the stack": lambda model: StackingClassifier(both(LogisticRegression()), model, cv=2),
    "bagging": lambda model: BaggingClassifier(model, 2, random_state=0),
    "boosting": lambda model: AdaBoostClassifier(model, n_estimators=2, random_state=0),
    "one against the rest": OneVsRestClassifier,
    "one against one": OneVsOneClassifier,
    "frozen": lambda model: FrozenEstimator(model.fit(X, LEFT)),
    "threshold": FixedThresholdClassifier,
    "tuned threshold": lambda model: TunedThresholdClassifierCV(model, cv=2),
    "pipelines": lambda model: make_pipeline(StandardScaler(), make_pipeline(None, model)),
    "resampled": lambda model: SamplingPipeline([("sampler", Sampler()), ("model", model)]),
    "stranger": Wrapper,
    "stranger's list": lambda model: Wrapper(model, "a list"),
    "stranger's mapping": lambda model: Wrapper(model, "a mapping"),
    "bare": Bare,
    "searches, calibrated": lambda model: CalibratedClassifierCV(
        GridSearchCV(model, {}, cv=2), cv=2
    ),
    "votes of thresholds and searches": lambda model: VotingClassifier(
        [("a", FixedThresholdClassifier(model)), ("b", GridSearchCV(model, {}, cv=2))],
        voting="soft",
    ),
    "nested": lambda model: make_pipeline(
        StandardScaler(),
        VotingClassifier(
            [("a", BaggingClassifier(model, 2)), ("b", CalibratedClassifierCV(model, cv=2))],
            voting="soft",
        ),
    ),
}


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_class_and_money_are_found_inside_of_wrappers(wrap):
    model = wrap(churn()).fit(X, LEFT)
    if hasattr(model, "predict_proba"):
        scores = model.predict_proba(X)[:, 0]
    else:
        scores = -model.decision_function(X)
    gains = GainsDisplay.from_estimator(model, X, LEFT)
    expected = GainsDisplay.from_predictions(LEFT, scores, pos_label=0)
    np.testing.assert_array_equal(gains.gains, expected.gains)
    profits = ProfitCurveDisplay.from_estimator(model, X, LEFT).profits
    expected = ProfitCurveDisplay.from_predictions(
        LEFT, scores, pos_label=0, customer_value=60, contact_cost=3.0
    )
    np.testing.assert_array_equal(profits, expected.profits)


@pytest.mark.parametrize(
    "wrap", [WRAPS["searches, calibrated"], WRAPS["votes of thresholds and searches"]]
)
def test_templates_that_are_not_fitted_tell_nothing(wrap):
    model = wrap(LogisticRegression()).fit(X, LEFT)
    gains = GainsDisplay.from_estimator(model, X, LEFT).gains
    expected = GainsDisplay.from_predictions(LEFT, model.predict_proba(X)[:, 1])
    np.testing.assert_array_equal(gains, expected.gains)


def test_a_search_tells_its_best_candidate():
    stale = churn().fit(X, LEFT)
    grid = {"estimator__customer_value": [70], "estimator__pos_label": [1]}
    search = GridSearchCV(CalibratedClassifierCV(stale, cv=2), grid, cv=2).fit(X, LEFT)
    scores = search.predict_proba(X)[:, 1]
    expected = ProfitCurveDisplay.from_predictions(
        LEFT, scores, customer_value=70, contact_cost=3.0
    )
    profits = ProfitCurveDisplay.from_estimator(search, X, LEFT).profits
    np.testing.assert_array_equal(profits, expected.profits)


def test_a_threshold_has_a_class_of_its_own():
    plain = FixedThresholdClassifier(LogisticRegression(), pos_label=0)
    model = make_pipeline(StandardScaler(), plain).fit(X, LEFT)
    gains = GainsDisplay.from_estimator(model, X, LEFT).gains
    expected = GainsDisplay.from_predictions(LEFT, model.predict_proba(X)[:, 0], pos_label=0)
    np.testing.assert_array_equal(gains, expected.gains)


def test_half_labelled_customers():
    half = np.where(np.arange(200) % 2, LEFT, -1)
    model = SelfTrainingClassifier(churn(), max_iter=1).fit(X, half)
    gains = GainsDisplay.from_estimator(model, X, LEFT).gains
    expected = GainsDisplay.from_predictions(LEFT, model.predict_proba(X)[:, 0], pos_label=0)
    np.testing.assert_array_equal(gains, expected.gains)


def test_columns_of_money_and_responses():
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(worth=np.arange(200.0))
    model = CalibratedClassifierCV(churn(customer_value="worth"), cv=2).fit(frame, LEFT)
    profits = ProfitCurveDisplay.from_estimator(model, frame, LEFT).profits
    expected = ProfitCurveDisplay.from_predictions(
        LEFT, model.predict_proba(frame)[:, 0], customer_value=frame["worth"], contact_cost=3.0,
        pos_label=0,
    )  # fmt: skip
    np.testing.assert_array_equal(profits, expected.profits)
    response = ResponseClassifier("logistic", pos_label=0, random_state=0)
    model = CalibratedClassifierCV(response, cv=2).fit(X, LEFT)
    gains = GainsDisplay.from_estimator(model, X, LEFT).gains
    expected = GainsDisplay.from_predictions(LEFT, model.predict_proba(X)[:, 0], pos_label=0)
    np.testing.assert_array_equal(gains, expected.gains)


@pytest.mark.parametrize(
    "wrap", [WRAPS["voting"], WRAPS["bagging"], WRAPS["one against the rest"], WRAPS["stacked"]]
)
def test_labels_that_ensembles_number_are_told_apart(wrap):
    model = wrap(churn()).fit(X, NAMED)
    assert model.classes_.tolist() == ["No", "Yes"]
    gains = GainsDisplay.from_estimator(model, X, NAMED).gains
    expected = GainsDisplay.from_predictions(NAMED, model.predict_proba(X)[:, 0], pos_label="No")
    np.testing.assert_array_equal(gains, expected.gains)


@pytest.mark.parametrize("kind", [GainsDisplay, ProfitCurveDisplay])
def test_what_cannot_be_told_is_asked_for(kind):
    several = [("a", churn()), ("b", churn(pos_label=1))]
    model = VotingClassifier(several, voting="soft").fit(X, LEFT)
    message = "pos_label must be given, because the classifiers inside of VotingClassifier look for"
    with pytest.raises(ValueError, match=f"{message} different classes: 0 and 1"):
        kind.from_estimator(model, X, LEFT)
    hidden = Wrapper(churn(), "nowhere").fit(X, LEFT)
    with pytest.raises(ValueError, match="pos_label must be given, because Wrapper shows no"):
        kind.from_estimator(hidden, X, LEFT)
    coded = Wrapper(churn(), code=lambda y: 1 - (y == "Yes")).fit(X, NAMED)
    with pytest.raises(ValueError, match="pos_label must be given, because the ChurnClassifier"):
        kind.from_estimator(coded, X, NAMED)
    for told, answer in ((model, 0), (hidden, 0), (hidden, 1)):
        display = kind.from_estimator(told, X, LEFT, pos_label=answer)
        scores = told.predict_proba(X)[:, answer]
        expected = GainsDisplay.from_predictions(LEFT, scores, pos_label=answer)
        np.testing.assert_array_equal(display.fractions, expected.fractions)
    # The default is no choice.
    usual = Wrapper(churn(pos_label=None), "nowhere").fit(X, LEFT)
    assert kind.from_estimator(usual, X, LEFT).fractions[-1] == 1


@pytest.mark.parametrize("money", ["customer_value", "incentive_cost", "accept_rate"])
def test_different_money_is_asked_for(money):
    several = [("a", churn()), ("b", churn(**{money: 0.5}))]
    model = VotingClassifier(several, voting="soft").fit(X, LEFT)
    with pytest.raises(ValueError, match=f"{money} must be given, because .* different ones"):
        ProfitCurveDisplay.from_estimator(model, X, LEFT)
    display = ProfitCurveDisplay.from_estimator(model, X, LEFT, **{money: 0.25})
    assert np.isfinite(display.profits).all()
    GainsDisplay.from_estimator(model, X, LEFT)


def test_who_ranks_nobody_is_named():
    model = VotingClassifier(both(churn()), voting="hard").fit(X, LEFT)
    message = "must have predict_proba or decision_function, .* got VotingClassifier, which has"
    with pytest.raises(TypeError, match=message):
        GainsDisplay.from_estimator(model, X, LEFT)
