"""CampaignDisplay draws the report of a fitted CampaignFinance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression

from custbase import CampaignDisplay, CampaignFinance
from custbase.exceptions import ZeroDenominatorWarning


@pytest.fixture(scope="module")
def finance():
    rng = np.random.RandomState(0)
    X = pd.DataFrame({"segment": np.repeat([0, 1, 2], [50, 30, 20])})
    y = rng.gamma(2, 40, 100) * (1 + X["segment"])
    return CampaignFinance(
        "segment", marketing_budget=5000.0, cost_per_contact=10.0, random_state=0
    ).fit(X, y)


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_bars_and_points_are_those_of_the_report(finance):
    display = CampaignDisplay.from_estimator(finance)
    report = finance.report_
    money, roi = display.ax_
    np.testing.assert_allclose(
        [bar.get_width() for bar in display.revenue_bars_], report["total_revenue"][:-1]
    )
    np.testing.assert_allclose(
        [bar.get_width() for bar in display.cost_bars_], report["total_cost"][:-1]
    )
    np.testing.assert_allclose(display.roi_points_.get_xdata(), report["roi_pct"][:-1])
    assert set(display.total_line_.get_xdata()) == {report.loc["total", "roi_pct"]}
    names = [label.get_text() for label in money.get_yticklabels()]
    assert names == ["Segment 0", "Segment 1", "Segment 2"]
    assert money.get_xlabel() == "Revenue and cost"
    assert roi.get_xlabel() == "Return on investment (%)"
    assert texts_of(roi) == [f"{value:+,.0f}%" for value in report["roi_pct"][:-1]]


def test_intervals_are_those_of_the_report(finance):
    display = CampaignDisplay.from_estimator(finance)
    (lines,) = display.roi_intervals_.lines[2]
    drawn = np.array([segment[:, 0] for segment in lines.get_segments()])
    expected = finance.report_[["roi_pct_low", "roi_pct_high"]][:-1]
    np.testing.assert_allclose(drawn, expected)
    labels = [text.get_text() for text in display.ax_[1].get_legend().get_texts()]
    assert labels[:2] == ["ROI of the segment", "95% interval"]
    assert labels[2].startswith("Whole campaign: ")


def test_report_without_intervals(finance):
    X = pd.DataFrame({"segment": ["a", "b", "b"]})
    plain = CampaignFinance("segment", marketing_budget=10.0, n_bootstrap=0).fit(X, [50.0, 2, 0])
    display = CampaignDisplay.from_estimator(plain)
    assert display.roi_interval is display.roi_intervals_ is None
    assert texts_of(display.ax_[1]) == ["+1,400%", "−70%"]


def test_an_interval_beside_its_figure_is_drawn_where_it_is():
    display = CampaignDisplay(
        segments=["a"],
        revenue=np.array([1.0]),
        cost=np.array([1.0]),
        roi_pct=np.array([0.0]),
        total_roi_pct=0.0,
        roi_interval=np.array([[5.0, 9.0]]),
    ).plot()
    (lines,) = display.roi_intervals_.lines[2]
    np.testing.assert_allclose(lines.get_segments()[0][:, 0], [5, 9])
    assert display.roi_intervals_.get_label() == "Interval"


def test_names_currency_and_axes_are_taken(finance):
    figure, axes = pyplot.subplots(ncols=2)
    names = pd.Series({0: "Loyal customers with a very long name", 2: "New"})
    display = CampaignDisplay.from_estimator(finance, names=names, currency="USD", ax=axes)
    assert display.figure_ is figure
    assert display.segments == ["Loyal customers with a very long name", "Segment 1", "New"]
    assert axes[0].get_xlabel() == "Revenue and cost (USD)"
    assert "\n" in axes[0].get_yticklabels()[0].get_text()
    display.plot()
    assert display.figure_ is not figure


def test_segments_without_cost_are_said_to_be():
    X = pd.DataFrame({"segment": ["free", "nothing", "paid"] * 2})
    finance = CampaignFinance("segment", marketing_budget={"paid": 10.0}, random_state=0)
    finance.fit(X, [5.0, 0.0, 20.0] * 2)
    with pytest.warns(ZeroDenominatorWarning):
        display = CampaignDisplay.from_estimator(finance)
    assert texts_of(display.ax_[1]) == ["no cost", "not defined", "+300%"]
    assert display.roi_points_.get_xdata().tolist() == [300.0]
    display.figure_.canvas.draw()


def test_a_campaign_of_one_segment_and_no_cost():
    finance = CampaignFinance(n_bootstrap=0).fit(np.zeros((2, 1)), [0.0, 0.0])
    display = CampaignDisplay.from_estimator(finance)
    assert display.total_line_ is None
    assert list(display.segments) == ["all"]
    display.figure_.canvas.draw()


def test_losses_go_to_the_left():
    X = pd.DataFrame({"segment": ["a", "b"] * 2})
    finance = CampaignFinance("segment", marketing_budget=4.0, n_bootstrap=0)
    display = CampaignDisplay.from_estimator(finance.fit(X, [-3e6, 1.0, -1e6, 2.0]))
    assert display.revenue_bars_[0].get_width() == -4e6
    assert texts_of(display.ax_[0])[0] == "−4M"
    assert display.ax_[0].get_xlim()[0] < -4e6


def test_bad_arguments_are_named(finance):
    with pytest.raises(NotFittedError):
        CampaignDisplay.from_estimator(CampaignFinance())
    with pytest.raises(TypeError, match="estimator must be a fitted CampaignFinance; got Linear"):
        CampaignDisplay.from_estimator(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]))
    with pytest.raises(TypeError, match="names must be a mapping"):
        CampaignDisplay.from_estimator(finance, names="a")
    with pytest.raises(ValueError, match="names must have one name for each of the 3 segments"):
        CampaignDisplay.from_estimator(finance, names=["a"])
    with pytest.raises(TypeError, match="currency must be a string"):
        CampaignDisplay.from_estimator(finance, currency=None)
    with pytest.raises(ValueError, match="ax must be a pair of axes"):
        CampaignDisplay.from_estimator(finance, ax=pyplot.gca())


def test_a_frozen_report_keeps_its_level(finance):
    display = CampaignDisplay.from_estimator(FrozenEstimator(finance))
    assert display.confidence_level == finance.confidence_level
