"""Names of any kind are drawn as they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.text import Text

from custbase import (
    CampaignDisplay,
    CampaignFinance,
    CohortDisplay,
    ElbowDisplay,
    FrequencyRecencyDisplay,
    GainsDisplay,
    ProfileDisplay,
    ProfitCurveDisplay,
    SegmentClusterer,
    SegmentDisplay,
    SilhouetteDisplay,
    TrackingDisplay,
    ValueCalibrationDisplay,
    plot,
)

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(size=(20, 3)), RNG.normal(size=(30, 3)) + 8])
LABELS = np.repeat([0, 1], [20, 30])
LEFT = (RNG.random(50) < 0.4).astype(int)

# Two dollars may be in one text, or in two that are drawn together.
HOSTILE = {
    "dollars and underscores": ("$0-$50", "_hidden $5_$10"),
    "formats": ("\\$a\\$ %d {x} $\\frac{$", "<b>&amp; é\\b \\alpha {0}^{_"),
}
# What is drawn of these is not quite what was given.
ODD = {
    "breaks and length": ("a\nb\r\nc\td\x00 \ufeff" + "very " * 200, "x" * 1000),
    "empty": ("", " "),
}
Drawn = Iterator[tuple[Any, tuple[str, ...]]]


def draw_segments(one: str, two: str) -> Drawn:
    frame = pd.DataFrame(X, columns=[one, two, "c"])
    labels = np.where(LABELS, one, two)
    yield SegmentDisplay.from_predictions(frame, labels, columns=[one, two, "c"]), (one, two)
    yield SegmentDisplay.from_predictions(frame[[one, two]], LABELS), (one, two)
    axes = pyplot.subplots()[1]
    yield SegmentDisplay.from_predictions(X, LABELS, names=[one, two], ax=axes), (one, two)


def draw_silhouettes(one: str, two: str) -> Drawn:
    yield SilhouetteDisplay.from_predictions(X, LABELS, names=[one, two]), (one, two)
    axes = pyplot.subplots(figsize=(6, 1.6), layout="constrained")[1]
    names = {0: one, 1: two}
    yield SilhouetteDisplay.from_predictions(X, LABELS, names=names, ax=axes), (one, two)


def draw_profiles(one: str, two: str) -> Drawn:
    described = pd.DataFrame({one: X[:, 0], two: np.where(LABELS, "$a", "b_$")})
    model = SegmentClusterer(2, random_state=0).fit(X)
    display = ProfileDisplay.from_estimator(model, X, describe=described, names=[two, one])
    yield display, (one, two, "$a", "b_$")


def draw_campaigns(one: str, two: str) -> Drawn:
    frame = pd.DataFrame({"segment": np.where(LABELS, one, two)})
    finance = CampaignFinance("segment", marketing_budget=50.0, random_state=0)
    finance.fit(frame, RNG.gamma(2, 40, 50))
    yield CampaignDisplay.from_estimator(finance, currency=f"{one} {two}"), (one, two)
    yield CampaignDisplay.from_estimator(finance, names=[one, two]), (one, two)


def draw_gains(one: str, two: str) -> Drawn:
    axes = GainsDisplay.from_predictions(LEFT, X[:, 0], name=one).ax_
    yield GainsDisplay.from_predictions(LEFT, X[:, 1], name=two, ax=axes), (one, two)


def draw_profits(one: str, two: str) -> Drawn:
    first = ProfitCurveDisplay.from_predictions(LEFT, X[:, 0], name=one, currency=two)
    yield first, (one, two)
    axes = first.ax_
    yield ProfitCurveDisplay.from_predictions(LEFT, X[:, 1], name=two, ax=axes), (one, two)


def draw_calibrations(one: str, two: str) -> Drawn:
    given = {"n_bins": 2, "n_bootstrap": 0, "currency": one}
    yield ValueCalibrationDisplay.from_predictions(LEFT, X[:, 0], name=two, **given), (one, two)


def draw_tracks(one: str, two: str) -> Drawn:
    days = np.arange("2024-01-01", "2024-01-15", dtype="datetime64[D]")
    given = {"days": days, "actual": np.ones(14), "expected": np.ones(14), "end": "2024-01-10"}
    axes = TrackingDisplay(**given, name=one).plot().ax_
    yield TrackingDisplay(**given, name=two).plot(ax=axes), (one, two)


def draw_cohorts(one: str, two: str) -> Drawn:
    table = pd.DataFrame({"n_customers": [2, 3], 0: [1.0, 1.0], 1: [0.5, 0.4]}, [one, two])
    yield CohortDisplay.from_table(table), (one, two)
    yield CohortDisplay.from_table(table, values="revenue", currency=one + two), (one + two,)


def draw_elbows(one: str, two: str) -> Drawn:
    given = {"n_clusters": np.arange(1, 4), "inertia": np.array([3.0, 2.0, 1.0]), "chosen": 2}
    score = np.array([1.0, 2.0, 1.0])
    yield ElbowDisplay(**given, score=score, score_name=one, chosen_by=two).plot(), (one, two)


def draw_histories(one: str, two: str) -> Drawn:
    cells = np.array([[1.0, np.nan], [np.nan, 2.0]])
    grid = {"frequency": np.arange(2), "recency": np.arange(2.0), "cells": cells, "T": 1.0}
    dots = {"customers": np.ones((1, 2)), "customers_label": f"{one}\n{two}"}
    yield FrequencyRecencyDisplay(**grid, **dots).plot(), (one, two)


DRAW = {name: draw for name, draw in globals().items() if name.startswith("draw_")}


def squeeze(text: str) -> str:
    return "".join(text.split())


def read_texts(display: Any) -> list[str]:
    """Save a picture, and give what is written in it."""
    figure = display.figure_
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=30)
    width, height = figure.get_size_inches()
    assert width <= 20
    assert height <= 20
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    for text in texts:
        assert not text.get_parse_math() or "$" not in text.get_text()
        assert not set("\x00\t\r\ufeff") & set(text.get_text())
    return [squeeze(text.get_text()) for text in texts]


def test_every_display_is_tried():
    shown = {type(display) for draw in DRAW.values() for display, _ in draw("a", "b")}
    assert shown == {getattr(plot, name) for name in plot.__all__}


@pytest.mark.parametrize("names", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_names_are_drawn_as_they_are(draw, names):
    for display, expected in draw(*names):
        written = read_texts(display)
        for name in expected:
            assert any(squeeze(name) in text for text in written), name


@pytest.mark.parametrize("names", ODD.values(), ids=ODD)
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_odd_names_can_be_drawn(draw, names):
    for display, _ in draw(*names):
        assert read_texts(display)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_names_that_are_no_texts(missing):
    names = {0: ("a", 1), 1: missing}
    for display in (
        SegmentDisplay.from_predictions(X, LABELS, names=names),
        SilhouetteDisplay.from_predictions(X, LABELS, names=pd.Series(names)),
    ):
        written = read_texts(display)
        assert any("('a',1)" in text for text in written)
        assert any("Segment1" in text for text in written)


def test_legends_of_the_user_keep_their_mathematics():
    axes = pyplot.subplots()[1]
    axes.set_title("$\\alpha$")
    GainsDisplay.from_predictions(LEFT, X[:, 0], name="$5_$10", ax=axes)
    assert axes.title.get_parse_math()
    axes.figure.savefig(io.BytesIO(), format="svg")
