"""SilhouetteDisplay draws the silhouettes of every segment, sorted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import silhouette_samples
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import SilhouetteDisplay
from custbase.datasets import make_segments
from custbase.plot._silhouette import MAX_POINTS
from custbase.plot._style import COLORS

LONG = "Few products purchased, low money spent, few complaints"


@pytest.fixture(scope="module")
def segments():
    return make_segments(300, n_clusters=4, n_features=3, separation=3, random_state=0)


def labels_of(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def legend_of(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def overlaps(display):
    """How far any label of a segment reaches into the next one, in pixels."""
    display.figure_.canvas.draw()
    boxes = [label.get_window_extent() for label in display.ax_.get_yticklabels()]
    return max(below.y1 - above.y0 for above, below in pairwise(boxes))


def test_curves_are_sorted_silhouettes_of_squared_distances(segments):
    X, labels = segments
    display = SilhouetteDisplay.from_predictions(X, labels)
    expected = silhouette_samples(X, labels, metric="sqeuclidean")
    for segment, curve in enumerate(display.curves):
        np.testing.assert_allclose(curve, np.sort(expected[labels == segment])[::-1], atol=1e-9)
    assert display.mean == pytest.approx(expected.mean())
    np.testing.assert_allclose(
        display.means, [expected[labels == i].mean() for i in range(4)], atol=1e-9
    )
    assert set(display.mean_line_.get_xdata()) == {display.mean}


def test_every_customer_is_a_bar_of_the_same_height(segments):
    X, labels = segments
    display = SilhouetteDisplay.from_predictions(X, labels)
    for bars, curve in zip(display.bars_, display.curves, strict=True):
        (path,) = bars.get_paths()
        x, y = path.vertices.T
        assert {*x} == {*curve, 0.0}
        edges = np.unique(y)
        assert len(edges) == len(curve) + 1
        np.testing.assert_allclose(np.diff(edges), np.diff(edges)[0])
    tops = [bars.get_paths()[0].vertices[:, 1].min() for bars in display.bars_]
    assert tops == sorted(tops)


def test_labels_say_size_and_mean(segments):
    X, labels = segments
    display = SilhouetteDisplay.from_predictions(X, labels, names={1: "Loyal"})
    sizes = np.bincount(labels)
    names = ["Segment 0", "Loyal", "Segment 2", "Segment 3"]
    assert labels_of(display) == [
        f"{name}\n{n} ({n / 300:.0%}), mean {mean:.2f}"
        for name, n, mean in zip(names, sizes, display.means, strict=True)
    ]
    assert legend_of(display) == [f"Mean of all: {display.mean:.2f}"]
    assert display.noise_ is None


def test_noise_is_left_out_and_counted(segments):
    X, labels = segments
    labels = np.where(np.arange(300) % 10 == 0, -1, labels)
    display = SilhouetteDisplay.from_predictions(X, labels)
    rest = labels >= 0
    expected = silhouette_samples(X[rest], labels[rest], metric="sqeuclidean")
    assert display.mean == pytest.approx(expected.mean())
    assert sum(map(len, display.curves)) == 270
    assert legend_of(display)[1] == "No segment, left out: 30 (10%)"
    floats = SilhouetteDisplay.from_predictions(X, labels.astype(float))
    assert floats.mean == display.mean


def test_ids_need_not_be_consecutive_nor_numbers(segments):
    X, labels = segments
    moved = np.array([0, 1, 3, 40])[labels]
    display = SilhouetteDisplay.from_predictions(X, moved)
    assert display.segments.tolist() == [0, 1, 3, 40]
    assert labels_of(display)[2].startswith("Segment 3\n")
    colors = [to_hex(bars.get_facecolor()[0]).upper() for bars in display.bars_]
    assert colors == [COLORS[i % len(COLORS)].upper() for i in (0, 1, 3, 40)]
    words = SilhouetteDisplay.from_predictions(X, np.array(["d", "a", "c", "b"])[labels])
    assert words.segments.tolist() == ["a", "b", "c", "d"]
    assert words.mean == pytest.approx(display.mean)


def test_estimators_and_pipelines_are_drawn_as_they_divide(segments):
    X, _ = segments
    pipe = make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0)).fit(X)
    display = SilhouetteDisplay.from_estimator(pipe, X, names=["a", "b", "c"])
    scaled = pipe[0].transform(X)
    expected = silhouette_samples(scaled, pipe[-1].labels_, metric="sqeuclidean").mean()
    assert display.mean == pytest.approx(expected)
    assert display.names == ["a", "b", "c"]


def test_many_customers_are_thinned_out_but_counted():
    X, labels = make_segments(20_000, n_clusters=3, random_state=0)
    display = SilhouetteDisplay.from_predictions(X, labels)
    assert [len(curve) for curve in display.curves] == [MAX_POINTS] * 3
    expected = silhouette_samples(X[::10], labels[::10], metric="sqeuclidean").mean()
    assert display.mean == pytest.approx(expected, abs=0.02)
    assert display.sizes.sum() == 20_000
    np.testing.assert_allclose([c.mean() for c in display.curves], display.means, atol=5e-3)


def test_small_segments_and_long_names_have_room(segments):
    X, labels = segments
    labels = np.where(np.arange(300) < 12, np.arange(300) + 10, labels)
    names = {segment: f"{LONG} {segment}" for segment in range(0, 22, 2)}
    display = SilhouetteDisplay.from_predictions(X, labels, names=names)
    assert overlaps(display) <= 0
    _, ax = pyplot.subplots(figsize=(6, 8), layout="constrained")
    assert overlaps(SilhouetteDisplay.from_predictions(X, labels, names=names, ax=ax)) <= 0


def test_given_axes_are_used_and_the_data_can_be_drawn_again(segments):
    figure, axes = pyplot.subplots(ncols=2)
    display = SilhouetteDisplay.from_predictions(*segments, ax=axes[0])
    assert display.ax_ is axes[0]
    assert display.figure_ is figure
    assert display.plot(axes[1]) is display
    assert len(display.bars_) == 4
    assert display.ax_ is axes[1]


def test_frames_are_taken_and_labels_must_be_theirs(segments):
    X, labels = segments
    frame = pd.DataFrame(X, columns=list("abc"))
    expected = SilhouetteDisplay.from_predictions(X, labels)
    for kind in (frame, pl.from_pandas(frame), frame.to_numpy().tolist()):
        assert SilhouetteDisplay.from_predictions(kind, labels).mean == expected.mean
    with pytest.raises(ValueError, match="labels must have the index of X"):
        SilhouetteDisplay.from_predictions(frame[::-1], pd.Series(labels))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"labels": np.zeros(300)}, ValueError, "labels must .* at least two segments, .* got 1"),
        ({"labels": np.full(300, -1)}, ValueError, "labels must .* two segments, .* got 0"),
        ({"labels": np.zeros(7)}, ValueError, "labels must have one label for each of the 300"),
        ({"labels": np.full(300, np.nan)}, ValueError, "labels must name a segment"),
        ({"names": ["a"]}, ValueError, "names must have one name for each of the 4 segments"),
        ({"X": pl.LazyFrame({"a": [1.0]})}, TypeError, "X must be .* lazy"),
        ({"X": np.full((300, 2), np.nan)}, ValueError, "X contains NaN"),
        ({"X": pd.DataFrame({"plan": ["a"] * 300})}, ValueError, "X must hold numbers"),
    ],
)
def test_bad_arguments_are_named(segments, change, error, message):
    arguments = {"X": segments[0], "labels": segments[1], **change}
    with pytest.raises(error, match=message):
        SilhouetteDisplay.from_predictions(**arguments)


def test_estimators_that_cannot_predict_are_refused(segments):
    with pytest.raises(TypeError, match="estimator must be an object with predict"):
        SilhouetteDisplay.from_estimator(DBSCAN().fit(segments[0]), segments[0])
