"""FrequencyRecencyDisplay draws what a model expects of customers, by their history."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from custbase import (
    BetaGeoModel,
    FrequencyRecencyDisplay,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
)
from custbase.datasets import load_cdnow
from custbase.features import rfm_summary
from custbase.plot._frequency_recency import write_time


@pytest.fixture(scope="module")
def summary():
    return rfm_summary(load_cdnow(), end="1997-09-30")


@pytest.fixture(scope="module")
def model(summary):
    return BetaGeoModel(horizon=39).fit(summary)


def told(display):
    """What stands above the axes, line by line."""
    legend = display.ax_.get_legend()
    if legend is None:
        return [display.ax_.get_title(loc="left")]
    texts = [legend.get_title().get_text(), legend.get_texts()[0].get_text()]
    return "\n".join(texts).split("\n")


@pytest.mark.parametrize("kind", [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel])
@pytest.mark.parametrize("values", ["purchases", "alive"])
def test_cells_are_what_the_model_says(summary, kind, values):
    model = kind().fit(summary)
    display = FrequencyRecencyDisplay.from_estimator(
        model, summary, values=values, T=30, max_frequency=4, horizon=20
    )
    recency, frequency = np.indices((51, 5)) * [[[30 / 50]], [[1]]]
    possible = (frequency > 0) == (recency > 0)
    history = {"frequency": frequency[possible], "recency": recency[possible], "T": 30.0}
    ask = model.predict_alive if values == "alive" else lambda X: model.predict(X, 20)
    expected = np.full((51, 5), np.nan)
    expected[possible] = ask(pd.DataFrame(history))
    np.testing.assert_allclose(display.cells, expected, rtol=1e-9)
    drawn = display.cells_.get_array()
    np.testing.assert_array_equal(drawn.mask, np.isnan(display.cells))
    np.testing.assert_array_equal(drawn.compressed(), display.cells[~np.isnan(display.cells)])


def test_cells_are_where_their_history_is(summary, model):
    display = FrequencyRecencyDisplay.from_estimator(model, summary)
    corners = display.cells_.get_coordinates()
    centres = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    np.testing.assert_allclose(centres[0, :, 0], np.arange(len(display.frequency)))
    np.testing.assert_allclose(centres[:, 0, 1], display.recency, atol=1e-9)
    assert display.recency[-1] == summary["T"].max()
    assert display.ax_.get_ylim()[0] < 0 < display.ax_.get_ylim()[1]  # recent is up


def test_labels_have_units(summary, model):
    display = FrequencyRecencyDisplay.from_estimator(model, summary, unit="W")
    assert display.color_bar_.ax.get_ylabel() == "Purchases expected within 39 weeks"
    assert display.ax_.get_ylabel() == "Recency: first to last purchase (weeks)"
    assert told(display)[0] == "Customers known for 38.9 weeks"
    one = FrequencyRecencyDisplay.from_estimator(model, summary, unit="M", horizon=1)
    assert one.color_bar_.ax.get_ylabel() == "Purchases expected within 1 month"
    none = FrequencyRecencyDisplay.from_estimator(model, summary)
    assert none.ax_.get_ylabel() == "Recency: first to last purchase"
    assert none.color_bar_.ax.get_ylabel() == "Purchases expected within 39"
    alive = FrequencyRecencyDisplay.from_estimator(model, summary, values="alive")
    alive.figure_.canvas.draw()
    assert alive.color_bar_.ax.get_ylabel() == "Probability to be alive"
    assert alive.color_bar_.ax.get_yticklabels()[-1].get_text() == "100%"
    assert alive.horizon is None
    assert alive.cells_.get_clim() == (0, 1)


def test_most_customers_are_in_view(summary, model):
    display = FrequencyRecencyDisplay.from_estimator(model, summary)
    shown = (summary["frequency"] <= display.frequency[-1]).mean()
    fewer = (summary["frequency"] < display.frequency[-1]).mean()
    assert fewer < 0.99 <= shown < 1
    small = FrequencyRecencyDisplay.from_estimator(model, summary[:9])
    assert small.frequency[-1] == summary["frequency"][:9].max()


def test_dots_are_customers_of_about_that_age(summary, model):
    display = FrequencyRecencyDisplay.from_estimator(model, summary, unit="W", max_frequency=5)
    T = summary["T"].max()
    alike = summary[summary["T"] >= 0.9 * T]
    drawn = alike[alike["frequency"].between(1, 5)]
    places = display.dots_.get_offsets().data
    np.testing.assert_array_equal(np.round(places[:, 0]), drawn["frequency"])
    np.testing.assert_array_equal(places[:, 1], drawn["recency"])
    once, more = (alike["frequency"] == 0).sum(), (alike["frequency"] > 5).sum()
    assert told(display)[1:] == [
        f"{len(alike)} customers known for 35 to 38.9 weeks:",
        f"{once} bought once, {more} more than 6 times",
    ]
    younger = FrequencyRecencyDisplay.from_estimator(model, summary, T=30)
    count = summary["T"].between(27, 30).sum()
    assert told(younger)[1].startswith(f"{count} customers known for 27 to 30")


def test_dots_can_be_left_out(summary, model):
    plain = FrequencyRecencyDisplay.from_estimator(model, summary, show_customers=False)
    assert plain.dots_ is None
    assert told(plain) == ["Customers known for 38.9"]
    # Nobody is as old as that.
    older = FrequencyRecencyDisplay.from_estimator(model, summary, T=100)
    assert older.dots_ is None
    assert told(older) == ["Customers known for 100"]


def test_of_many_customers_some_are_drawn(summary, model):
    many = pd.concat([summary] * 10)
    display = FrequencyRecencyDisplay.from_estimator(model, many)
    assert len(display.dots_.get_offsets()) <= 2000
    assert told(display)[-1].endswith("; a dot is 2")


def test_who_bought_once_is_written_where_there_is_room(summary, model):
    display = FrequencyRecencyDisplay.from_estimator(model, summary)
    once = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [summary["T"].max()]})
    assert display.text_.get_text() == f"{model.predict(once)[0]:.2g}"
    alive = FrequencyRecencyDisplay.from_estimator(model, summary, values="alive")
    assert alive.text_.get_text() == "100%"
    wide = FrequencyRecencyDisplay.from_estimator(model, summary, max_frequency=200)
    assert wide.text_ is None


def test_arrays_and_other_frames(summary, model):
    expected = FrequencyRecencyDisplay.from_estimator(model, summary)
    frame = pl.from_pandas(summary)
    np.testing.assert_array_equal(
        FrequencyRecencyDisplay.from_estimator(model, frame).cells, expected.cells
    )
    table = summary[["frequency", "recency", "T"]].to_numpy()
    plain = BetaGeoModel().fit(table)
    display = FrequencyRecencyDisplay.from_estimator(plain, table, horizon=39)
    np.testing.assert_allclose(display.cells, expected.cells, rtol=1e-9)


def test_draws_again_from_what_it_holds(summary, model):
    display = FrequencyRecencyDisplay.from_estimator(model, summary)
    again = FrequencyRecencyDisplay(
        frequency=display.frequency, recency=display.recency, cells=display.cells, T=display.T
    )
    axes = pyplot.figure().subplots()
    assert again.plot(ax=axes).ax_ is axes
    assert again.color_bar_.ax.get_ylabel() == "Purchases expected"
    assert again.dots_ is None
    again.customers = display.customers
    assert told(again.plot())[1] == "Customers"


def test_customers_without_a_past(model):
    new = pd.DataFrame({"frequency": [0, 0], "recency": [0.0, 0.0], "T": [0.0, 0.0]})
    with pytest.raises(ValueError, match="T must be given, because all customers of X are new"):
        FrequencyRecencyDisplay.from_estimator(model, new)
    display = FrequencyRecencyDisplay.from_estimator(model, new, T=10)
    assert display.cells.shape == (51, 2)


def test_refusals(summary, model):
    refused = FrequencyRecencyDisplay.from_estimator
    with pytest.raises(NotFittedError):
        refused(BetaGeoModel(), summary)
    with pytest.raises(TypeError, match=r"must be a fitted model of purchases.*GammaGammaModel"):
        refused(GammaGammaModel(), summary)
    with pytest.raises(ValueError, match="horizon must be given"):
        refused(BetaGeoModel().fit(summary), summary)
    with pytest.raises(ValueError, match="horizon must be a number > 0 or None; got 0"):
        refused(model, summary, horizon=0)
    with pytest.raises(ValueError, match="values must be 'purchases' or 'alive'; got 'spend'"):
        refused(model, summary, values="spend")
    with pytest.raises(ValueError, match="T must be a number > 0 or None; got -1"):
        refused(model, summary, T=-1)
    with pytest.raises(ValueError, match="max_frequency must be an integer >= 1 or None; got 0"):
        refused(model, summary, max_frequency=0)
    with pytest.raises(ValueError, match="unit must be"):
        refused(model, summary, unit="weeks")
    with pytest.raises(ValueError, match="X has no column 'T'"):
        refused(model, summary.drop(columns="T"))
    with pytest.raises(ValueError, match="recency must be 0 where frequency is 0"):
        refused(model, summary.assign(recency=1.0))
    cells = dict.fromkeys(("frequency", "recency"), np.arange(2)) | {"cells": np.eye(2), "T": 1.0}
    for own in ({"values": "spend"}, {"unit": "weeks"}):
        with pytest.raises(ValueError, match="must be"):
            FrequencyRecencyDisplay(**cells, **own).plot()
    assert not pyplot.get_fignums()


@pytest.mark.parametrize("time", [1, np.int64(1), np.float64(39), 39.0])
def test_times_of_numpy_are_times(time):
    assert write_time(time, "W").split()[1] == ("week" if time == 1 else "weeks")


def test_models_that_a_search_has_found(summary, model):
    search = GridSearchCV(BetaGeoModel(), {"horizon": [39]}, cv=2, scoring=lambda *_: 0.0)
    expected = FrequencyRecencyDisplay.from_estimator(
        BetaGeoModel(horizon=39).fit(summary), summary
    )
    for found in (search.fit(summary), FrozenEstimator(search)):
        display = FrequencyRecencyDisplay.from_estimator(found, summary)
        np.testing.assert_allclose(display.cells, expected.cells)
        assert display.horizon == 39
    with pytest.raises(TypeError, match="model of purchases, such as BetaGeoModel; got Pipeline"):
        FrequencyRecencyDisplay.from_estimator(make_pipeline(model), summary)
