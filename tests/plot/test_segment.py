"""SegmentDisplay shows every segment where its customers are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from matplotlib.colors import to_hex
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import SegmentClusterer, SegmentDisplay
from custbase.datasets import make_customers, make_segments
from custbase.plot._style import GREY

COLUMNS = ("products_purchased", "complaints", "money_spent")


@pytest.fixture(scope="module")
def segments():
    return make_segments(300, n_clusters=4, n_features=4, random_state=0)


@pytest.fixture(scope="module")
def customers():
    return make_customers(200, random_state=0)


def legend_of(display):
    return [text.get_text() for text in display.legend_.get_texts()]


def test_points_are_principal_components(segments):
    X, labels = segments
    display = SegmentDisplay.from_predictions(X, labels)
    pca = PCA(2).fit(X)
    np.testing.assert_allclose(display.points, pca.transform(X), atol=1e-10)
    for axis, share in zip("xy", pca.explained_variance_ratio_, strict=True):
        text = getattr(display.ax_, f"get_{axis}label")()
        assert f"({share:.0%} of the variance)" in text


def test_every_segment_is_drawn_where_it_is(segments):
    X, labels = segments
    display = SegmentDisplay.from_predictions(X, labels)
    assert len(display.points_) == 4
    for segment, drawn in enumerate(display.points_):
        expected = display.points[labels == segment]
        np.testing.assert_array_equal(drawn.get_offsets(), expected)
        np.testing.assert_allclose(
            display.centers_.get_offsets()[segment], expected.mean(axis=0), atol=1e-12
        )
    shares = np.bincount(labels) / 300
    expected = [f"Segment {i}\n{n} ({n / 300:.0%})" for i, n in enumerate(np.bincount(labels))]
    assert legend_of(display) == [*expected, "Segment mean"]
    assert shares.sum() == 1


def test_estimator_is_drawn_with_its_names_and_centers(segments):
    X, _ = segments
    clusterer = SegmentClusterer(4, random_state=0).fit(X)
    names = clusterer.profile(X)["name"]
    display = SegmentDisplay.from_estimator(clusterer, X, names=names)
    np.testing.assert_array_equal(display.labels, clusterer.labels_)
    assert display.names == names.tolist()
    np.testing.assert_allclose(
        display.centers, PCA(2).fit(X).transform(clusterer.cluster_centers_), atol=1e-6
    )


def test_pipeline_shows_components_of_what_it_clusters_and_columns_of_what_it_gets(customers):
    X = customers[list(COLUMNS)]
    pipe = make_pipeline(StandardScaler(), KMeans(3, n_init=2, random_state=0)).fit(X)
    flat = SegmentDisplay.from_estimator(pipe, X)
    scaled = StandardScaler().fit_transform(X)
    np.testing.assert_allclose(flat.points, PCA(2).fit_transform(scaled), atol=1e-10)
    solid = SegmentDisplay.from_estimator(pipe, X, columns=COLUMNS)
    np.testing.assert_array_equal(solid.points, X)
    np.testing.assert_array_equal(solid.labels, flat.labels)
    np.testing.assert_allclose(solid.centers, X.groupby(pipe.predict(X)).mean())
    alone = make_pipeline(KMeans(3, n_init=2, random_state=0)).fit(X)
    assert SegmentDisplay.from_estimator(alone, X).points.shape == (200, 2)


def test_three_columns_are_three_dimensions(customers):
    display = SegmentDisplay.from_predictions(customers, customers["plan"], columns=COLUMNS)
    ax = display.ax_
    assert ax.name == "3d"
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == COLUMNS
    assert display.names == ["basic", "premium", "standard"]
    display.figure_.canvas.draw()


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.Table.from_pandas, np.asarray])
def test_two_columns_of_any_frame(customers, kind):
    frame = kind(customers[list(COLUMNS)])
    columns = [2, 0] if isinstance(frame, np.ndarray) else ["money_spent", "products_purchased"]
    display = SegmentDisplay.from_predictions(frame, np.zeros(200, int), columns=columns)
    np.testing.assert_array_equal(
        display.points, customers[["money_spent", "products_purchased"]].to_numpy(float)
    )
    stated = [f"Column {c}" if isinstance(c, int) else c for c in columns]
    assert [display.ax_.get_xlabel(), display.ax_.get_ylabel()] == stated


@pytest.mark.parametrize("kind", [pl.DataFrame, pa.Table.from_pandas])
def test_components_of_other_frames(customers, kind):
    frame = customers[list(COLUMNS)]
    expected = SegmentDisplay.from_predictions(frame, np.zeros(200, int))
    display = SegmentDisplay.from_predictions(kind(frame), np.zeros(200, int))
    np.testing.assert_allclose(display.points, expected.points, atol=1e-9)


def test_long_names_make_the_figure_higher(segments):
    X, _ = segments
    labels = np.arange(300) % 15
    names = {i: f"Few products purchased, low money spent, few complaints {i}" for i in range(15)}
    display = SegmentDisplay.from_predictions(X, labels, names=names)
    display.figure_.canvas.draw()
    box = display.legend_.get_window_extent()
    assert box.y0 > 0
    assert box.x1 < display.figure_.bbox.x1


def test_one_customer_has_columns_but_no_components(customers):
    one = customers[list(COLUMNS)][:1]
    with pytest.raises(ValueError, match=r"X must hold at least two customers .*; got 1"):
        SegmentDisplay.from_predictions(one, [0])
    for columns in (COLUMNS, COLUMNS[:2]):
        display = SegmentDisplay.from_predictions(one, [0], columns=columns)
        np.testing.assert_array_equal(display.centers, one[list(columns)])
        display.figure_.canvas.draw()
    assert SegmentDisplay.from_predictions(one[list(COLUMNS[:2])], [0]).points.shape == (1, 2)


def test_two_columns_alone_are_not_rotated(customers):
    pair = customers[["money_spent", "complaints"]]
    display = SegmentDisplay.from_predictions(pair, np.zeros(200))
    np.testing.assert_array_equal(display.points, pair)
    assert display.ax_.get_xlabel() == "money_spent"


def test_noise_is_grey_last_and_without_a_mean(segments):
    X, _ = segments
    labels = np.repeat([-1, 0, 1], 100)
    display = SegmentDisplay.from_predictions(X, labels)
    assert display.segments.tolist() == [0, 1, -1]
    assert legend_of(display)[2] == "No segment\n100 (33%)"
    assert to_hex(display.points_[2].get_facecolor()[0]) == GREY.lower()
    assert len(display.centers_.get_offsets()) == 2
    only = SegmentDisplay.from_predictions(X, np.full(300, -1))
    assert len(only.centers_.get_offsets()) == 0


def test_colours_stay_with_the_number_of_a_segment(segments):
    X, labels = segments
    every = SegmentDisplay.from_predictions(X, labels)
    some = SegmentDisplay.from_predictions(X[labels != 1], labels[labels != 1])
    colours = [[to_hex(p.get_facecolor()[0]) for p in d.points_] for d in (every, some)]
    assert colours[1] == [colours[0][i] for i in (0, 2, 3)]
    assert len(set(colours[0])) == 4


def test_names_may_be_partial(segments):
    X, labels = segments
    display = SegmentDisplay.from_predictions(X, labels, names={1: "Loyal", 9: "Nobody"})
    assert display.names == ["Segment 0", "Loyal", "Segment 2", "Segment 3"]


def test_names_may_be_a_list_in_the_order_of_the_labels(segments):
    X, _ = segments
    labels = np.repeat(["b", "a", "c"], 100)
    display = SegmentDisplay.from_predictions(X, labels, names=["A", "B", "C"])
    assert dict(zip(display.segments, display.names, strict=True)) == {"a": "A", "b": "B", "c": "C"}
    noisy = SegmentDisplay.from_predictions(X, np.repeat([5, -1, 2], 100), names=["Two", "Five"])
    assert noisy.names == ["Two", "Five", "No segment"]


def test_labels_of_another_index_are_refused(customers):
    X = customers.loc[::-1, list(COLUMNS)]
    labels = customers["plan"]
    for foreign in (labels, labels.to_frame(), labels.rename(lambda i: -i)):
        with pytest.raises(
            ValueError, match=r"labels must have the index of X.*labels.loc\[X.index"
        ):
            SegmentDisplay.from_predictions(X, foreign)
    expected = SegmentDisplay.from_predictions(X, labels.to_numpy()[::-1])
    same = labels.loc[X.index]
    for right in (same, same.to_frame(), pl.Series(same), list(same)):
        display = SegmentDisplay.from_predictions(X, right)
        np.testing.assert_array_equal(display.labels, expected.labels)
    moved = SegmentDisplay.from_predictions(X.to_numpy(), labels)
    np.testing.assert_array_equal(moved.labels, labels)


@settings(max_examples=15, deadline=None)
@given(max_points=st.integers(1, 400), seed=st.integers(0, 1000))
def test_samples_are_reproducible_and_change_no_figure(segments, max_points, seed):
    X, labels = segments
    arguments = {"max_points": max_points, "random_state": seed}
    full = SegmentDisplay.from_predictions(X, labels)
    display = SegmentDisplay.from_predictions(X, labels, **arguments)
    assert len(display.points) == min(max_points, 300)
    rows = {tuple(row) for row in full.points}
    assert {tuple(row) for row in display.points} <= rows
    np.testing.assert_array_equal(display.sizes, full.sizes)
    np.testing.assert_array_equal(display.centers, full.centers)
    again = SegmentDisplay.from_predictions(X, labels, **arguments)
    np.testing.assert_array_equal(display.points, again.points)
    shown = display.legend_.get_title().get_text()
    assert shown == ("300 customers" if max_points >= 300 else f"300 customers, {max_points} shown")
    pyplot.close("all")


def test_given_axes_are_used(segments, customers):
    X, labels = segments
    figure, ax = pyplot.subplots()
    display = SegmentDisplay.from_predictions(X, labels, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert ax.get_legend() is display.legend_
    with pytest.raises(ValueError, match="ax must be three-dimensional"):
        SegmentDisplay.from_predictions(customers, customers["plan"], columns=COLUMNS, ax=ax)
    with pytest.raises(ValueError, match="ax must be two-dimensional"):
        display.plot(pyplot.figure().add_subplot(projection="3d"))


def test_customers_all_alike_can_be_drawn():
    display = SegmentDisplay.from_predictions(np.ones((5, 3)), np.zeros(5, int))
    np.testing.assert_array_equal(display.points, 0.0)
    display.figure_.canvas.draw()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"columns": "money"}, TypeError, "columns must be an array"),
        ({"columns": ["money_spent"]}, ValueError, "columns must be two or three"),
        ({"columns": ["money_spent", "cash"]}, ValueError, "columns must be .* got .*'cash'"),
        ({"columns": ["age", "money_spent"]}, ValueError, "X contains NaN"),
        ({"names": ["a", "b"]}, ValueError, "names must have one .* 1 segments .* got 2"),
        ({"names": "a"}, TypeError, "names must be a mapping, a Series, an array or None"),
        ({"max_points": 0}, ValueError, "max_points"),
        ({"random_state": "x"}, TypeError, "random_state"),
        ({"labels": np.zeros(7)}, ValueError, r"labels must .* 200 rows of X; got shape \(7,\)"),
        ({"labels": np.zeros((200, 2))}, ValueError, r"labels must .* got shape \(200, 2\)"),
        ({"labels": 3}, ValueError, r"labels must .* got shape \(\)"),
        ({"labels": np.full(200, np.nan)}, ValueError, "labels must name a segment"),
        ({"X": pl.LazyFrame({"a": [1.0]})}, TypeError, "X must be .* lazy"),
        (
            {"X": np.zeros((200, 1)), "columns": None},
            ValueError,
            "X must have at least two columns",
        ),
        ({"X": np.zeros((200, 2)), "columns": [0, 2]}, ValueError, "columns must be two or three"),
    ],
)
def test_bad_arguments_are_named(customers, arguments, error, message):
    arguments = {
        "X": customers,
        "labels": np.zeros(200, int),
        "columns": COLUMNS,
        **arguments,
    }
    with pytest.raises(error, match=message):
        SegmentDisplay.from_predictions(arguments.pop("X"), arguments.pop("labels"), **arguments)


def test_bad_estimators_are_named(segments):
    X, _ = segments
    with pytest.raises(TypeError, match="estimator must be an object with predict"):
        SegmentDisplay.from_estimator(DBSCAN().fit(X), X)
    with pytest.raises(NotFittedError):
        SegmentDisplay.from_estimator(SegmentClusterer(), X)
    with pytest.raises(TypeError, match="X must be"):
        SegmentDisplay.from_estimator(KMeans(), pl.LazyFrame({"a": [1.0]}))


def test_searches_and_nested_pipelines_show_what_they_cluster(customers):
    X = customers[list(COLUMNS)]
    pipe = make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0))
    expected = SegmentDisplay.from_estimator(pipe.fit(X), X)
    for wrapped in (
        GridSearchCV(pipe, {"kmeans__n_clusters": [3]}, cv=2).fit(X),
        FrozenEstimator(make_pipeline("passthrough", pipe).fit(X)),
    ):
        display = SegmentDisplay.from_estimator(wrapped, X)
        np.testing.assert_allclose(display.points, expected.points)
        np.testing.assert_array_equal(display.labels, expected.labels)
