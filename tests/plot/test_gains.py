"""Gains and profits drawn."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from custbase import ChurnClassifier, GainsDisplay, ProfitCurveDisplay
from custbase.metrics import gains_curve, maximum_profit_score, profit_curve

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
LEFT = (X[:, 0] + RNG.normal(size=300) > 0.8).astype(int)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_gains_of_predictions():
    display = GainsDisplay.from_predictions(LEFT, X[:, 0], name="score")
    fractions, gains = gains_curve(LEFT, X[:, 0])
    np.testing.assert_array_equal(display.line_.get_xdata(), fractions)
    np.testing.assert_array_equal(display.line_.get_ydata(), gains)
    assert display.base_rate == LEFT.mean()
    assert display.best_line_.get_xdata()[1] == LEFT.mean()
    assert display.ax_.get_legend().get_texts()[0].get_text() == "score"
    assert display.plot(ax=plt.figure().subplots()).ax_ is not None


def test_profit_of_predictions():
    display = ProfitCurveDisplay.from_predictions(
        LEFT, X[:, 0], customer_value=300.0, currency="EUR"
    )
    fractions, profits = profit_curve(LEFT, X[:, 0], customer_value=300.0)
    np.testing.assert_array_equal(display.line_.get_ydata(), profits)
    best = maximum_profit_score(LEFT, X[:, 0], customer_value=300.0, return_fraction=True)
    assert (display.best_profit, display.best_fraction) == pytest.approx(best)
    assert display.best_fraction in fractions
    assert "EUR" in display.ax_.get_ylabel()
    assert display.ax_.get_title(loc="left").startswith("Most profit at")


@pytest.mark.parametrize("kind", [GainsDisplay, ProfitCurveDisplay])
def test_curves_beside_each_other_can_be_told_apart(kind):
    first = kind.from_predictions(LEFT, X[:, 0], name="good")
    second = kind.from_predictions(LEFT, X[:, 1], name="poor", ax=first.ax_)
    third = kind.from_predictions(LEFT, X[:, 2], name="worse", ax=first.ax_)
    assert len({display.line_.get_color() for display in (first, second, third)}) == 3
    legend = first.ax_.get_legend()
    texts = [text.get_text().partition(":")[0] for text in legend.get_texts()]
    assert texts[:3] == ["good", "poor", "worse"]
    colors = [line.get_color() for line in legend.get_lines()[:3]]
    assert colors == [display.line_.get_color() for display in (first, second, third)]
    assert first.ax_.get_title(loc="left") == ""


@pytest.mark.parametrize("kind", [GainsDisplay, ProfitCurveDisplay])
def test_wrapped_classifiers_are_drawn_for_the_class_that_leaves(kind):
    named = np.where(LEFT == 1, "Churned", "Stayed")
    churn = ChurnClassifier("logistic", pos_label="Churned", random_state=0)
    expected = kind.from_estimator(churn.fit(X, named), X, named).line_.get_ydata()
    search = GridSearchCV(make_pipeline(churn), {"churnclassifier__calibrate": [True]}, cv=2)
    threshold = FixedThresholdClassifier(churn)
    for wrapped in (search, threshold):
        display = kind.from_estimator(wrapped.fit(X, named), X, named)
        np.testing.assert_allclose(display.line_.get_ydata(), expected)
    plain = LogisticRegression().fit(X, named)
    with pytest.raises(ValueError, match="pos_label must name the positive class"):
        kind.from_estimator(plain, X, named)
    assert kind.from_estimator(plain, X, named, pos_label="Churned").ax_ is not None


@pytest.mark.parametrize("kind", [GainsDisplay, ProfitCurveDisplay])
@pytest.mark.parametrize(
    "ensemble", [RandomForestClassifier(5), AdaBoostClassifier(n_estimators=5)]
)
def test_ensembles_hold_models_that_are_not_asked(kind, ensemble):
    fitted = ensemble.fit(X, LEFT)
    expected = kind.from_predictions(LEFT, fitted.predict_proba(X)[:, 1]).line_.get_ydata()
    found = kind.from_estimator(fitted, X, LEFT).line_.get_ydata()
    np.testing.assert_array_equal(found, expected)


def test_profit_of_an_estimator_is_that_of_its_own_offer():
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(worth=np.arange(300.0))
    churn = ChurnClassifier(
        "logistic", customer_value="worth", incentive_cost=20.0, accept_rate=0.5, contact_cost=5.0,
        random_state=0,
    ).fit(frame, LEFT)  # fmt: skip
    display = ProfitCurveDisplay.from_estimator(churn, frame, LEFT)
    p = churn.predict_proba(frame)[:, 1]
    offer = {"incentive_cost": 20.0, "contact_cost": 5.0, "accept_rate": 0.5}
    _, profits = profit_curve(LEFT, p, customer_value=np.arange(300.0), **offer)
    np.testing.assert_array_equal(display.profits, profits)
    _, other = profit_curve(LEFT, p, customer_value=50.0, **{**offer, "accept_rate": 0.1})
    display = ProfitCurveDisplay.from_estimator(
        churn, frame, LEFT, customer_value=50.0, accept_rate=0.1
    )
    np.testing.assert_array_equal(display.profits, other)
    with pytest.raises(ValueError, match="accept_rate must name a column of X; got 'rate'"):
        ProfitCurveDisplay.from_estimator(churn, frame, LEFT, accept_rate="rate")


@pytest.mark.parametrize("kind", [GainsDisplay, ProfitCurveDisplay])
@pytest.mark.parametrize("leaving", ["Churned", "Stayed"])
def test_estimators_of_labels_in_any_order(kind, leaving):
    other = {"Churned": "Stayed", "Stayed": "Churned"}[leaving]
    named = np.where(LEFT == 1, leaving, other)
    churn = ChurnClassifier("logistic", pos_label=leaving, random_state=0).fit(X, named)
    display = kind.from_estimator(churn, X, named)
    position = churn.classes_.tolist().index(leaving)
    expected = kind.from_predictions(LEFT, churn.predict_proba(X)[:, position])
    np.testing.assert_allclose(display.line_.get_ydata(), expected.line_.get_ydata())
    assert display.name == "ChurnClassifier"


@pytest.mark.parametrize(
    "model", [LogisticRegression(), LinearSVC(), make_pipeline(StandardScaler(), LinearSVC())]
)
def test_any_classifier(model):
    fitted = model.fit(X, LEFT)
    up = GainsDisplay.from_estimator(fitted, X, LEFT)
    down = GainsDisplay.from_estimator(fitted, X, 1 - LEFT, pos_label=1)
    assert up.gains.sum() > down.gains.sum()
    flipped = GainsDisplay.from_estimator(fitted, X, LEFT, pos_label=0)
    assert flipped.gains.sum() > flipped.fractions.sum()


def test_refusals():
    with pytest.raises(TypeError, match="classifier of two classes; got LogisticRegression"):
        GainsDisplay.from_estimator(LogisticRegression().fit(X, np.arange(300) % 3), X, LEFT)
    with pytest.raises(ValueError, match=r"pos_label must be one of \[0, 1\]; got 7"):
        GainsDisplay.from_estimator(LogisticRegression().fit(X, LEFT), X, LEFT, pos_label=7)
    with pytest.raises(ValueError, match="must have a label of the positive class"):
        GainsDisplay.from_predictions(np.zeros(300, int), X[:, 0])


def test_the_smallest_fraction_of_those_that_earn_as_much_but_for_rounding():
    fractions = np.array([0.0, 0.25, 0.5, 1.0])
    profits = np.array([0.0, 0.3, 0.1 + 0.2, -1.0])
    assert profits[2] > profits[1]
    display = ProfitCurveDisplay(fractions=fractions, profits=profits)
    assert display.best_fraction == 0.25
