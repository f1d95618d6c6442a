"""ProfileDisplay draws the profile of segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import ProfileDisplay, SegmentClusterer
from custbase.plot._profile import HIGH, LOW

LONG = "Few products purchased, low money spent, few complaints"


@pytest.fixture(scope="module")
def customers():
    rng = np.random.RandomState(0)
    big = np.repeat([False, True], [60, 30])
    return pd.DataFrame(
        {
            "money_spent": np.where(big, 9000.0, 100.0) + rng.normal(0, 10, 90),
            "visits": rng.poisson(4, 90),
            "member": np.where(np.arange(90) % 3 == 0, True, big),
            "plan": np.where(big, "premium plan for business", "basic"),
            "joined": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(90), unit="D"),
            "wait": pd.to_timedelta(np.where(big, 2.5, 10), unit="D"),
        }
    )


@pytest.fixture(scope="module")
def clusterer(customers):
    return SegmentClusterer(2, random_state=0).fit(customers[["money_spent", "visits"]])


@pytest.fixture(scope="module")
def profile(clusterer, customers):
    return clusterer.profile(customers[["money_spent", "visits"]], describe=customers)


def labels_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_contrasts_are_those_of_the_profile(profile):
    display = ProfileDisplay.from_profile(profile)
    assert display.columns == ["money_spent", "visits", "member", "plan", "joined", "wait"]
    for position, name in enumerate(display.columns):
        if name == "plan":
            assert np.isnan(display.contrasts[:, position]).all()
        else:
            np.testing.assert_array_equal(
                display.contrasts[:, position], profile[f"contrast_{name}"].astype(float)
            )
    np.testing.assert_array_equal(display.cells_.get_array().filled(np.nan), display.contrasts)
    assert labels_of(display.ax_.xaxis) == display.columns


def test_typical_values_are_written_by_their_kind(profile):
    display = ProfileDisplay.from_profile(profile)
    values = pd.DataFrame(display.values, columns=display.columns)
    assert values["money_spent"].tolist() == [f"{v:,.0f}" for v in profile["typical_money_spent"]]
    assert values["member"].tolist() == ["33% yes", "100% yes"]
    assert values["plan"].tolist() == ["basic", "premium\nplan for…"]
    assert values["joined"].tolist() == ["2024-01-30", "2024-03-15"]
    assert values["wait"].tolist() == ["10 days", "2.5 days"]


def test_marks_say_without_colour_what_is_notable(profile):
    display = ProfileDisplay.from_profile(profile)
    written = np.array([text.get_text() for text in display.texts_]).reshape(display.values.shape)
    for place, text in np.ndenumerate(written):
        contrast = display.contrasts[place]
        expected = HIGH if contrast >= 0.5 else LOW if contrast <= -0.5 else ""
        assert text == f"{expected} {display.values[place]}".strip()
    assert written[1, 0].startswith(HIGH)
    scale = labels_of(display.color_bar_.ax.yaxis)
    assert scale == [f"{LOW} −2", f"{LOW} −1", "0", f"{HIGH} 1", f"{HIGH} 2"]


def test_rows_are_named_and_sized(profile, clusterer):
    display = ProfileDisplay.from_profile(profile)
    assert display.names == profile["name"].tolist()
    rows = [label.rpartition("\n") for label in labels_of(display.ax_.yaxis)]
    assert [row[2] for row in rows] == ["60 (67%)", "30 (33%)"]
    assert [row[0].replace("\n", " ") for row in rows] == display.names
    # Customers without a segment count among all.
    noisy = ProfileDisplay.from_profile(profile.assign(share=[0.5, 0.25]))
    assert labels_of(noisy.ax_.yaxis)[0].endswith("\n60 (50%)")
    renamed = ProfileDisplay.from_profile(profile, names={1: "Firms"})
    assert renamed.names == ["Segment 0", "Firms"]


def test_estimators_describe_what_they_are_told(clusterer, customers, profile):
    X = customers[["money_spent", "visits"]]
    own = ProfileDisplay.from_estimator(clusterer, X)
    assert own.columns == ["money_spent", "visits"]
    full = ProfileDisplay.from_estimator(clusterer, X, describe=customers)
    np.testing.assert_array_equal(full.contrasts, ProfileDisplay.from_profile(profile).contrasts)


def test_a_pipeline_is_described_in_the_columns_it_gets(customers):
    X = customers[["money_spent", "visits"]]
    pipe = make_pipeline(StandardScaler(), SegmentClusterer(2, random_state=0)).fit(X)
    display = ProfileDisplay.from_estimator(pipe, X)
    assert display.columns == ["money_spent", "visits"]
    expected = pipe[-1].profile(pipe[0].transform(X), describe=X)
    np.testing.assert_array_equal(display.contrasts[:, 0], expected["contrast_money_spent"])


def test_ids_need_not_be_consecutive_and_segments_may_be_empty(profile):
    moved = profile.set_axis(pd.Index([0, 3], name="segment"))
    display = ProfileDisplay.from_profile(moved, names={3: "Firms"})
    assert display.names == ["Segment 0", "Firms"]
    clusterer = SegmentClusterer(2, random_state=0).fit([[0.0, 1], [0, 2], [9, 1], [9, 2]])
    display = ProfileDisplay.from_estimator(clusterer, np.array([[0.0, 1], [0, 2]]))
    empty = clusterer.predict([[9.0, 1]])[0]
    assert display.values[empty].tolist() == ["–", "–"]
    display.figure_.canvas.draw()


def test_of_many_columns_the_telling_ones_are_drawn(profile):
    display = ProfileDisplay.from_profile(profile, max_columns=2)
    strength = profile.filter(like="contrast_").abs().max().rename(lambda name: name[9:])
    assert set(display.columns) == set(strength.nlargest(2).index)
    assert display.values.shape == display.contrasts.shape == (2, 2)


def test_categories_alone_have_no_scale(clusterer, customers):
    X = customers[["money_spent", "visits"]]
    display = ProfileDisplay.from_estimator(clusterer, X, describe=customers[["plan"]])
    assert display.color_bar_ is None
    assert [text.get_text() for text in display.texts_] == ["basic", "premium\nplan for…"]


def make_wide(n_segments, n_columns):
    rng = np.random.RandomState(0)
    names = [f"{LONG} {i}" for i in range(n_segments)]
    table = {"name": names, "size": 5, "share": 5 / (6 * n_segments)}
    for i in range(n_columns):
        table[f"typical_spend_in_category_{i}"] = rng.normal(0, 20_000, n_segments)
        table[f"contrast_spend_in_category_{i}"] = rng.normal(0, 1, n_segments)
    return pd.DataFrame(table)


@pytest.mark.parametrize(("n_segments", "n_columns"), [(2, 1), (12, 3), (2, 30), (12, 30)])
def test_nothing_overlaps(n_segments, n_columns):
    display = ProfileDisplay.from_profile(make_wide(n_segments, n_columns))
    display.figure_.canvas.draw()
    box = display.ax_.get_window_extent()
    assert len(display.texts_) == n_segments * n_columns
    extents = [text.get_window_extent() for text in display.texts_]
    assert max(extent.width for extent in extents) < box.width / n_columns
    rows = [label.get_window_extent() for label in display.ax_.get_yticklabels()]
    assert max(label.height for label in rows) < box.height / n_segments + 1


def test_small_axes_get_short_labels():
    figure, ax = pyplot.subplots(figsize=(6, 4), layout="constrained")
    display = ProfileDisplay.from_profile(make_wide(12, 4), ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert all("\n" not in label and "…" in label for label in labels_of(ax.yaxis))
    assert display.plot() is display
    assert display.ax_ is not ax


def test_bad_arguments_are_named(profile, customers):
    with pytest.raises(TypeError, match="profile must be a DataFrame of pandas; got list"):
        ProfileDisplay.from_profile([1])
    for wrong in (customers, profile.drop(columns="name"), profile[:0]):
        with pytest.raises(ValueError, match=r"profile must have a row a segment .* got \d+ rows"):
            ProfileDisplay.from_profile(wrong)
    with pytest.raises(ValueError, match="max_columns must be an integer >= 1"):
        ProfileDisplay.from_profile(profile, max_columns=0)
    with pytest.raises(ValueError, match="names must have one name for each of the 2 segments"):
        ProfileDisplay.from_profile(profile, names=["a"])


def test_bad_estimators_are_named(customers, clusterer):
    X = customers[["money_spent", "visits"]]
    with pytest.raises(TypeError, match=r"estimator must be a SegmentClusterer.*got KMeans"):
        ProfileDisplay.from_estimator(KMeans(2, n_init=1).fit(X), X)
    with pytest.raises(NotFittedError):
        ProfileDisplay.from_estimator(SegmentClusterer(), X)
    with pytest.raises(ValueError, match="describe must have the rows of X"):
        ProfileDisplay.from_estimator(clusterer, X, describe=customers[:5])
