"""Predicted values against actual ones, drawn."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import ValueCalibrationDisplay
from custbase.metrics import decile_mape
from tests.oracles import value as oracle

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
EXPECTED = np.exp(3 + 1.6 * X[:, 0])
SPENT = np.where(RNG.random(400) < 0.5, 2 * EXPECTED * RNG.exponential(size=400), 0.0).round(2)
FEW = {"n_bootstrap": 40, "random_state": 0}


def drawn_intervals(display):
    """Bounds of the intervals, as they are drawn."""
    (bars,) = display.intervals_.lines[2]
    return np.array([segment[:, 1] for segment in bars.get_segments()])


def tick_labels(axis):
    axis.figure.canvas.draw()
    return [tick.get_text() for tick in axis.get_ticklabels()]


@pytest.mark.parametrize("n_bins", [10, 7])
def test_buckets_are_those_of_the_metric(n_bins):
    predicted = EXPECTED.round(-1)  # with ties
    display = ValueCalibrationDisplay.from_predictions(SPENT, predicted, n_bins=n_bins, **FEW)
    expected = oracle.bin_means(SPENT.tolist(), predicted.tolist(), [1] * 400, n_bins)
    np.testing.assert_allclose(display.predicted, np.array(expected, float)[:, 0])
    np.testing.assert_allclose(display.actual, np.array(expected, float)[:, 1])
    np.testing.assert_array_equal(display.line_.get_xdata(), display.predicted)
    np.testing.assert_array_equal(display.line_.get_ydata(), display.actual)
    error = np.mean(np.abs(display.predicted - display.actual) / display.actual)
    assert error == pytest.approx(decile_mape(SPENT, predicted, n_bins=n_bins))


def test_intervals_are_those_of_customers_drawn_again():
    display = ValueCalibrationDisplay.from_predictions(
        SPENT, EXPECTED, n_bins=4, n_bootstrap=3000, random_state=0, confidence_level=0.8
    )
    rng, drawn = np.random.default_rng(1), []
    for _ in range(3000):
        rows = rng.integers(400, size=400)
        order = rows[np.argsort(EXPECTED[rows], kind="stable")]
        drawn.append(SPENT[order].reshape(4, -1).mean(axis=1))
    expected = np.quantile(drawn, [0.1, 0.9], axis=0).T
    assert display.interval == pytest.approx(expected, abs=0.1 * np.std(drawn, axis=0).max())
    np.testing.assert_allclose(drawn_intervals(display), display.interval)
    assert display.ax_.get_legend().get_texts()[-1].get_text() == "80% interval"


def test_the_seed_is_the_only_source_of_chance():
    intervals = [
        ValueCalibrationDisplay.from_predictions(SPENT, EXPECTED, n_bootstrap=20, random_state=s)
        for s in (1, 1, 2)
    ]
    np.testing.assert_array_equal(intervals[0].interval, intervals[1].interval)
    assert (intervals[0].interval != intervals[2].interval).any()


def test_without_draws_there_are_no_intervals():
    display = ValueCalibrationDisplay.from_predictions(SPENT, EXPECTED, n_bootstrap=0)
    assert display.interval is None
    assert display.intervals_ is None
    assert len(display.ax_.get_legend().get_texts()) == 2


def test_weights_repeat():
    weights = np.arange(400) % 3
    weighted = ValueCalibrationDisplay.from_predictions(
        SPENT, EXPECTED, sample_weight=weights, **FEW
    )
    repeated = ValueCalibrationDisplay.from_predictions(
        np.repeat(SPENT, weights), np.repeat(EXPECTED, weights), **FEW
    )
    np.testing.assert_allclose(weighted.actual, repeated.actual)
    np.testing.assert_allclose(weighted.predicted, repeated.predicted)


def test_both_axes_show_the_same_so_that_the_diagonal_is_right():
    for scale in ("linear", "log"):
        display = ValueCalibrationDisplay.from_predictions(SPENT, EXPECTED, scale=scale, **FEW)
        ax = display.ax_
        assert ax.get_xlim() == ax.get_ylim()
        assert ax.get_xscale() == ax.get_yscale() == {"log": "symlog"}.get(scale, scale)
        low, high = ax.get_xlim()
        shown = np.concatenate([display.predicted, display.actual, display.interval.ravel()])
        assert low < shown.min() < shown.max() < high
        ends = display.diagonal_line_.get_transform().transform([(0, 0), (1, 1)])
        np.testing.assert_allclose(ends, ax.transData.transform([(low, low), (high, high)]))
        assert tick_labels(ax.xaxis) == tick_labels(ax.yaxis)


def test_heavy_tails_are_drawn_on_a_logarithmic_axis():
    display = ValueCalibrationDisplay.from_predictions(SPENT, EXPECTED, **FEW)
    assert display.ax_.get_xscale() == "symlog"
    places = display.ax_.transData.transform(np.c_[display.predicted, display.actual])[:, 0]
    assert np.diff(places).min() > 0.03 * np.ptp(places)
    labels = tick_labels(display.ax_.xaxis)
    assert 3 <= len(labels) <= 7
    assert len(set(labels)) == len(labels)
    light = RNG.uniform(20, 120, 400)
    display = ValueCalibrationDisplay.from_predictions(light, light, **FEW)
    assert display.ax_.get_xscale() == "linear"
    assert display.ax_.get_xlim()[0] <= 0


def test_buckets_without_money_have_a_place():
    rich = np.arange(400) >= 240
    display = ValueCalibrationDisplay.from_predictions(
        np.where(rich, SPENT, 0.0), np.where(rich, EXPECTED, 0.0), **FEW
    )
    assert (display.actual[:6] == 0).all()
    assert "0" in tick_labels(display.ax_.yaxis)
    place = display.ax_.transAxes.inverted().transform(display.ax_.transData.transform((0, 0)))
    assert (place > 0.01).all()


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e4, 1e9])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_labels_can_be_read_in_any_unit(unit, scale):
    display = ValueCalibrationDisplay.from_predictions(
        SPENT * unit, EXPECTED * unit, scale=scale, **FEW
    )
    labels = tick_labels(display.ax_.xaxis)
    shown = [text for text in labels if text]
    assert len(set(shown)) == len(shown) >= 3
    assert max(map(len, shown)) <= 8


def test_values_below_zero_are_drawn():
    for scale in ("linear", "log"):
        display = ValueCalibrationDisplay.from_predictions(
            SPENT - 30, EXPECTED - 30, scale=scale, **FEW
        )
        assert display.ax_.get_xlim()[0] < display.predicted[0] < 0
        assert any(text.startswith("\N{MINUS SIGN}") for text in tick_labels(display.ax_.xaxis))


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [5.0, 5.0, 5.0]])
@pytest.mark.parametrize("scale", ["auto", "log"])
def test_customers_who_are_all_alike_are_one_point(values, scale):
    display = ValueCalibrationDisplay.from_predictions(values, values, scale=scale, **FEW)
    assert set(display.actual) == {values[0]}
    assert display.ax_.get_xscale() == "linear"
    assert display.ax_.get_xlim() == display.ax_.get_ylim()


def test_models_beside_each_other_can_be_told_apart():
    first = ValueCalibrationDisplay.from_predictions(
        SPENT, EXPECTED, name="net", currency="USD", **FEW
    )
    second = ValueCalibrationDisplay.from_predictions(
        SPENT, 30 * EXPECTED, name="guess", ax=first.ax_, **FEW
    )
    assert first.line_.get_color() != second.line_.get_color()
    assert first.diagonal_line_ is second.diagonal_line_
    texts = [text.get_text() for text in first.ax_.get_legend().get_texts()]
    assert [text.partition(":")[0] for text in texts] == [
        "net", "guess", "As predicted", "95% interval",
    ]  # fmt: skip
    assert first.ax_.get_xlim()[1] > second.predicted.max()
    assert first.ax_.get_xlim() == first.ax_.get_ylim()
    assert first.ax_.get_xlabel() == "Mean predicted value (USD)"
    before = first.ax_.get_xlim()
    again = ValueCalibrationDisplay.from_predictions(
        SPENT, EXPECTED, name="again", scale="linear", ax=first.ax_, **FEW
    )
    assert again.ax_.get_xscale() == "linear"
    assert before[0] < again.ax_.get_xlim()[1]


def test_the_legend_tells_the_totals():
    display = ValueCalibrationDisplay.from_predictions([10, 20], [16, 16], n_bins=2, **FEW)
    text = display.ax_.get_legend().get_texts()[0].get_text()
    assert text == "Predicted 16, actual 15 on average"
    display = ValueCalibrationDisplay.from_predictions([1e6, 2e6], [16, 16], name="a", **FEW)
    text = display.ax_.get_legend().get_texts()[0].get_text()
    assert text == "a: predicted 16, actual 1.5M on average"


def test_estimators_are_drawn_for_what_they_predict():
    spent = pd.Series(SPENT)
    for model in (
        LinearRegression(),
        make_pipeline(StandardScaler(), LinearRegression()),
        GridSearchCV(LinearRegression(), {"fit_intercept": [True]}, cv=2),
    ):
        fitted = model.fit(X, spent)
        display = ValueCalibrationDisplay.from_estimator(fitted, X, spent, n_bins=5, **FEW)
        expected = ValueCalibrationDisplay.from_predictions(
            SPENT, fitted.predict(X), n_bins=5, **FEW
        )
        np.testing.assert_allclose(display.actual, expected.actual)
        np.testing.assert_allclose(display.interval, expected.interval)
    assert display.name == "GridSearchCV"
    again = display.plot(ax=plt.figure().subplots())
    assert again is display


@pytest.mark.parametrize("model", [LogisticRegression(), DBSCAN()])
def test_only_models_of_values_are_drawn(model):
    fitted = model.fit(X, SPENT > 0)
    with pytest.raises(TypeError, match="estimator must predict values; got"):
        ValueCalibrationDisplay.from_estimator(fitted, X, SPENT)
    with pytest.raises(NotFittedError):
        ValueCalibrationDisplay.from_estimator(LinearRegression(), X, SPENT)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_bins": 0}, "n_bins must be an integer >= 1"),
        ({"n_bootstrap": -1}, "n_bootstrap must be an integer >= 0"),
        ({"confidence_level": 1.0}, "confidence_level must be a number > 0 and < 1"),
        ({"random_state": "a"}, "random_state must be"),
        ({"name": 3}, "name must be a string"),
        ({"currency": None}, "currency must be a string"),
        ({"scale": "sqrt"}, "scale must be 'auto' or 'linear' or 'log'; got 'sqrt'"),
        ({"sample_weight": [1.0]}, "sample_weight must have one weight"),
    ],
)
def test_refusals_name_what_is_wrong(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ValueCalibrationDisplay.from_predictions(SPENT, EXPECTED, **changes)
    with pytest.raises(ValueError, match="y_pred must have one prediction for each of the 400"):
        ValueCalibrationDisplay.from_predictions(SPENT, EXPECTED[1:])
