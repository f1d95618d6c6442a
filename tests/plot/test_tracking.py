"""TrackingDisplay draws the purchases that came against those that a model expects."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot
from scipy.special import hyp2f1
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from custbase import (
    BetaGeoModel,
    BTYDRegressor,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    TrackingDisplay,
)
from custbase.datasets import load_cdnow
from custbase.features import rfm_summary

DAYS = {"end": "1997-09-30", "holdout_end": "1998-06-30"}


@pytest.fixture(scope="module")
def log():
    return load_cdnow()


@pytest.fixture(scope="module")
def summary(log):
    return rfm_summary(log, **DAYS)


@pytest.fixture(scope="module")
def model(summary):
    return BetaGeoModel(horizon=39).fit(summary)


def legend_of(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def beta_geo(t, r, alpha, a, b):
    """E[Y(t)] of BG/NBD: Fader, Hardie and Lee (2005), equation 9."""
    series = hyp2f1(r, b, a + b - 1, t / (alpha + t))
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * series)


def modified(t, r, alpha, a, b):
    """The same of MBG/NBD."""
    series = hyp2f1(r, b + 1, a + b, t / (alpha + t))
    return b / (a - 1) * (1 - (alpha / (alpha + t)) ** r * series)


def pareto(t, r, alpha, s, beta):
    """The same of Pareto/NBD."""
    return r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1))


@pytest.mark.parametrize(
    ("kind", "formula", "params", "total"),
    [
        (BetaGeoModel, beta_geo, (0.2426, 4.4136, 0.7929, 2.4259), 4160),
        (ModifiedBetaGeoModel, modified, (0.5248, 6.1831, 0.8914, 1.6140), 4050),
        (ParetoNBDModel, pareto, (0.5533, 10.5777, 0.6062, 11.6685), 4270),
    ],
)
def test_cdnow_is_tracked_as_the_closed_formulas_say(log, summary, kind, formula, params, total):
    display = TrackingDisplay.from_estimator(kind().fit(summary), log, **DAYS)
    assert display.actual.sum() == 2457 + 1882
    known = summary["T"].to_numpy()
    for weeks in (0, 13, 39):
        expected = formula(known + weeks, *params).sum()
        assert display.line_.get_ydata()[272 + 7 * weeks] == pytest.approx(expected, rel=1e-3)
    assert display.expected.sum() == pytest.approx(total, rel=1e-3)
    np.testing.assert_array_equal(display.line_.get_ydata(), np.cumsum(display.expected))
    np.testing.assert_array_equal(display.actual_line_.get_ydata(), np.cumsum(display.actual))
    assert display.line_.get_xdata()[[0, -1]].astype(str).tolist() == ["1997-01-01", "1998-06-30"]


@pytest.mark.parametrize("unit", ["D", "W", "M"])
def test_expected_purchases_are_those_of_every_customer(log, unit):
    few = log[log["customer_id"] < 30]
    summary = rfm_summary(few, **DAYS, unit=unit)
    model = BetaGeoModel().fit(rfm_summary(log, end="1997-09-30", unit=unit))
    display = TrackingDisplay.from_estimator(model, few, **DAYS, unit=unit)
    length = {"D": 1, "W": 7, "M": 30.4375}[unit]
    drawn = display.line_.get_ydata()
    for place in (0, 20, 100, 272, 400, 545):
        until = pd.Timestamp("1997-01-01") + pd.Timedelta(days=place)
        total = 0.0
        for first in summary["first_purchase"]:
            if first <= until:
                new = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
                total += model.predict(new, (until - first).days / length)[0]
        # Days are counted from the first purchase of these customers.
        at = np.flatnonzero(display.days == np.datetime64(until, "D"))
        if len(at):
            assert drawn[at[0]] == pytest.approx(total, rel=1e-9, abs=1e-12)


def test_units_of_time_do_not_matter(log, model):
    by_day = BetaGeoModel().fit(rfm_summary(log, end="1997-09-30", unit="D"))
    weeks = TrackingDisplay.from_estimator(model, log, **DAYS)
    days = TrackingDisplay.from_estimator(by_day, log, **DAYS, unit="D")
    np.testing.assert_allclose(days.expected, weeks.expected, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
def test_periods_are_counted_from_the_end_of_fitting(log, model, unit):
    end, last = pd.Timestamp("1997-09-14"), pd.Timestamp("1998-05-05")
    shown = {"end": end, "holdout_end": last, "unit": unit, "cumulative": False}
    if unit == "Y":
        with pytest.raises(ValueError, match="hold no whole year; got 'Y'"):
            TrackingDisplay.from_estimator(model, log, **shown)
        return
    display = TrackingDisplay.from_estimator(model, log, **shown)
    length = {"D": 1, "W": 7, "M": 30.4375}[unit]
    first = pd.Timestamp(display.days[0])
    expected, places = [], []
    for k in range(-400, 400):
        begin = end + pd.Timedelta(days=round(k * length))  # the day before the period
        finish = end + pd.Timedelta(days=round((k + 1) * length))
        if begin < first - pd.Timedelta(days=1) or finish > last:
            continue
        days = (display.days > np.datetime64(begin)) & (display.days <= np.datetime64(finish))
        expected.append((display.actual[days].sum(), display.expected[days].sum()))
        places.append(begin + (finish - begin) / 2)
    drawn = np.transpose([display.actual_line_.get_ydata(), display.line_.get_ydata()])
    np.testing.assert_allclose(drawn, expected)
    assert pd.to_datetime(display.line_.get_xdata()).tolist() == places
    assert display.ax_.get_ylabel().endswith({"D": "a day", "W": "a week", "M": "a month"}[unit])


def test_models_beside_each_other(log, summary, model):
    first = TrackingDisplay.from_estimator(model, log, **DAYS)
    pareto = ParetoNBDModel().fit(summary)
    second = TrackingDisplay.from_estimator(pareto, log, **DAYS, name="P", ax=first.ax_)
    assert second.actual_line_ is first.actual_line_
    assert second.end_line_ is first.end_line_
    assert len(first.ax_.lines) == 4
    assert first.line_.get_color() != second.line_.get_color()
    assert legend_of(second) == [
        "Actual",
        "BetaGeoModel: −11% after fitting",
        "P: −7% after fitting",
        "Fitted until 1997-09-30",
    ]
    assert second.end_line_.get_xdata()[0] == np.datetime64("1997-09-30")


def test_other_purchases_on_the_axes_are_refused(log, model):
    ax = TrackingDisplay.from_estimator(model, log, **DAYS).ax_
    others = [
        {"end": "1997-09-30"},
        {**DAYS, "cumulative": False},
        {"end": "1997-02-28", "holdout_end": "1998-06-30"},
    ]
    for other in others:
        with pytest.raises(ValueError, match="ax must have no other purchases on it"):
            TrackingDisplay.from_estimator(model, log, **other, ax=ax)


def test_draws_again_from_what_it_holds(log, model):
    display = TrackingDisplay.from_estimator(model, log, **DAYS)
    again = TrackingDisplay(
        days=display.days, actual=display.actual, expected=display.expected, end=DAYS["end"]
    ).plot()
    assert legend_of(again)[1] == "Expected: −11% after fitting"
    again.cumulative = False
    axes = pyplot.figure().subplots()
    assert again.plot(ax=axes).ax_ is axes
    assert len(again.line_.get_xdata()) == 78
    again.figure_.canvas.draw()


def test_without_a_holdout(log, model):
    display = TrackingDisplay.from_estimator(model, log, end=dt.date(1997, 9, 30))
    assert display.end_line_ is None
    assert legend_of(display) == ["Actual", "BetaGeoModel: +2% in all"]


@pytest.mark.parametrize("end", ["1997-01-01", "1997-01-02", "1997-01-10"])
def test_short_logs(log, model, end):
    display = TrackingDisplay.from_estimator(model, log, end=end)
    display.figure_.canvas.draw()
    assert display.line_.get_marker() == "o"
    assert display.ax_.get_ylim()[0] == 0
    labels = [label.get_text() for label in display.ax_.xaxis.get_ticklabels()]
    assert not any(":" in label for label in labels)  # no hours


def test_without_repeat_purchases(log, model):
    once = log.drop_duplicates("customer_id")
    display = TrackingDisplay.from_estimator(model, once, **DAYS)
    assert not display.actual.any()
    assert legend_of(display)[1] == "BetaGeoModel"


def test_other_logs_and_names_of_columns(log, summary, model):
    expected = TrackingDisplay.from_estimator(model, log, **DAYS)
    plain = ParetoNBDModel().fit(summary[["frequency", "recency", "T"]].to_numpy())
    frame = pl.from_pandas(log).rename({"customer_id": "who", "date": "when"}).lazy()
    display = TrackingDisplay.from_estimator(
        plain, frame, **DAYS, customer="who", time="when", amount=None
    )
    np.testing.assert_array_equal(display.actual, expected.actual)
    assert display.name == "ParetoNBDModel"


def test_refusals(log, summary, model):
    with pytest.raises(NotFittedError):
        TrackingDisplay.from_estimator(BetaGeoModel(), log, **DAYS)
    for other in (LinearRegression(), BTYDRegressor(), None):
        with pytest.raises(TypeError, match="estimator must be a fitted model of purchases"):
            TrackingDisplay.from_estimator(other, log, **DAYS)
    regressor = BTYDRegressor(horizon=39).fit(summary)
    with pytest.raises(TypeError, match="got BTYDRegressor, whose purchases_ is one"):
        TrackingDisplay.from_estimator(regressor, log, **DAYS)
    with pytest.raises(TypeError, match="got the class BetaGeoModel"):
        TrackingDisplay.from_estimator(BetaGeoModel, log, **DAYS)
    with pytest.raises(ValueError, match="unit must be 'D' or 'W' or 'M' or 'Y'; got 'Q'"):
        TrackingDisplay.from_estimator(model, log, **DAYS, unit="Q")
    with pytest.raises(TypeError, match="cumulative must be True or False"):
        TrackingDisplay.from_estimator(model, log, **DAYS, cumulative="no")
    with pytest.raises(TypeError, match="name must be a string or None"):
        TrackingDisplay.from_estimator(model, log, **DAYS, name=3)
    with pytest.raises(ValueError, match="holdout_end must be after end"):
        TrackingDisplay.from_estimator(model, log, end="1997-09-30", holdout_end="1997-09-30")
    assert not pyplot.get_fignums()
