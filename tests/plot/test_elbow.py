"""ElbowDisplay draws the selection of a fitted SegmentClusterer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import ElbowDisplay, SegmentClusterer
from custbase.datasets import make_segments


class Chooser(BaseEstimator):
    """Has the attributes of a clusterer that chose by any criterion."""

    def __init__(self, criterion="elbow"):
        self.criterion = criterion

    def fit(self, X):
        self.n_clusters_ = 3
        self.selection_ = X
        return self


@pytest.fixture(scope="module")
def clusterer():
    X, _ = make_segments(400, n_clusters=3, separation=8, random_state=0)
    return SegmentClusterer(max_clusters=6, random_state=0).fit(X)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "inertia": [100.0, 50.0, 10.0, 0.0],
            "elbow": [0.0, 0.1, 0.7, 30.0],
            "silhouette": [np.nan, 0.4, 0.8, 0.6],
        },
        index=pd.Index([1, 2, 3, 4], name="n_clusters"),
    )


def test_curve_is_that_of_the_clusterer(clusterer):
    display = ElbowDisplay.from_estimator(clusterer)
    selection = clusterer.selection_
    np.testing.assert_array_equal(display.line_.get_xdata(), selection.index)
    np.testing.assert_array_equal(display.line_.get_ydata(), selection["inertia"])
    assert set(display.chosen_line_.get_xdata()) == {clusterer.n_clusters_} == {3}
    assert display.figure_ is display.ax_.figure
    assert display.score_ax_ is None
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["These customers", "Data without segments", "Chosen: 3 segments"]


def test_reference_starts_at_the_curve_and_lies_above_the_chosen(clusterer):
    display = ElbowDisplay.from_estimator(clusterer)
    assert display.reference[0] == pytest.approx(display.inertia[0])
    assert display.reference[2] > 1.5 * display.inertia[2]


def test_score_of_the_elbow_is_the_log_ratio_to_the_reference(table):
    display = ElbowDisplay.from_estimator(Chooser().fit(table))
    ratio = np.log(display.reference[:3] / display.inertia[:3])
    np.testing.assert_allclose(ratio, table["elbow"][:3], atol=1e-12)
    assert np.isnan(display.reference[3])  # a perfect fit
    display.figure_.canvas.draw()


def test_other_criteria_have_an_axis_of_their_own(table):
    display = ElbowDisplay.from_estimator(Chooser("silhouette").fit(table))
    assert display.reference_line_ is None
    np.testing.assert_array_equal(display.score_line_.get_ydata(), table["silhouette"])
    assert display.score_ax_.get_ylabel() == "Silhouette"
    assert len(display.ax_.get_legend().get_texts()) == 3
    display.figure_.canvas.draw()


CRITERIA = {
    "kneedle": [0.0, 0.4, 0.6, 0.0],
    "silhouette": [np.nan, 0.4, 0.8, 0.6],
    "calinski_harabasz": [np.nan, 90.0, 400.0, np.inf],
    "bic": [-300.0, -350.0, -500.0, -np.inf],
    "gap": [0.1, 0.2, 0.9, 0.8],
    "consensus": [1.0, 0.6, 0.97, 0.8],
}


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_criterion_can_be_drawn(table, criterion):
    table = table.assign(**CRITERIA)
    own = ElbowDisplay.from_estimator(Chooser(criterion).fit(table))
    asked = ElbowDisplay.from_estimator(Chooser().fit(table), criterion=criterion)
    for display, by in ((own, ""), (asked, " by elbow")):
        display.figure_.canvas.draw()
        np.testing.assert_array_equal(display.score_line_.get_ydata(), CRITERIA[criterion])
        assert display.chosen_line_.get_label() == f"Chosen{by}: 3 segments"
        assert np.isfinite(display.score_ax_.get_ylim()).all()
    assert ("lower is better" in own.score_ax_.get_ylabel()) == (criterion == "bic")


def test_the_elbow_can_be_drawn_where_another_criterion_chose(table):
    display = ElbowDisplay.from_estimator(Chooser("silhouette").fit(table), criterion="elbow")
    assert display.score_line_ is None
    assert display.reference_line_ is not None
    assert display.chosen_line_.get_label() == "Chosen by silhouette: 3 segments"


@pytest.mark.parametrize("criterion", ["gap", "inertia"])
def test_criteria_that_were_not_computed_are_named(table, criterion):
    with pytest.raises(
        ValueError, match=rf"criterion .*\['elbow', 'silhouette'\]; got '{criterion}'"
    ):
        ElbowDisplay.from_estimator(Chooser().fit(table), criterion=criterion)
    with pytest.raises(TypeError, match="criterion must be a string or None"):
        ElbowDisplay.from_estimator(Chooser().fit(table), criterion=3)


def test_last_step_of_a_pipeline_is_drawn():
    X, _ = make_segments(300, n_clusters=2, separation=8, random_state=1)
    pipe = make_pipeline(StandardScaler(), SegmentClusterer(max_clusters=4, random_state=0))
    display = ElbowDisplay.from_estimator(pipe.fit(X))
    np.testing.assert_array_equal(display.inertia, pipe[-1].selection_["inertia"])


def test_given_axes_are_used_and_the_data_can_be_drawn_again(clusterer):
    figure, axes = pyplot.subplots(ncols=2)
    display = ElbowDisplay.from_estimator(clusterer, ax=axes[0])
    assert display.ax_ is axes[0]
    assert display.figure_ is figure
    assert display.plot(axes[1]) is display
    assert display.ax_ is axes[1]
    assert len(axes[0].lines) == len(axes[1].lines) == 3


def test_ticks_are_whole_numbers(clusterer):
    display = ElbowDisplay.from_estimator(clusterer)
    display.figure_.canvas.draw()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
    assert set(range(1, 7)) <= set(ticks)


def test_one_segment_is_singular(table):
    display = ElbowDisplay(n_clusters=table.index.to_numpy(), inertia=table["inertia"], chosen=1)
    assert display.plot().chosen_line_.get_label() == "Chosen: 1 segment"


def test_estimators_that_chose_nothing_are_refused(clusterer):
    with pytest.raises(NotFittedError):
        ElbowDisplay.from_estimator(SegmentClusterer())
    with pytest.raises(TypeError, match=r"estimator must be a SegmentClusterer.*got KMeans"):
        ElbowDisplay.from_estimator(KMeans(1).fit(np.zeros((1, 2))))
    fixed = SegmentClusterer(2, random_state=0).fit(np.arange(6.0).reshape(3, 2))
    with pytest.raises(ValueError, match=r"estimator must have tried several.*n_clusters='auto'"):
        ElbowDisplay.from_estimator(fixed)


def test_what_is_inside_of_wrappers_is_drawn():
    X, _ = make_segments(200, n_clusters=3, separation=8, random_state=0)
    pipe = make_pipeline(
        StandardScaler(),
        SegmentClusterer(max_clusters=5, criterion="silhouette", random_state=0),
    )
    search = GridSearchCV(pipe, {"segmentclusterer__max_clusters": [5]}, cv=2).fit(X)
    expected = ElbowDisplay.from_estimator(search.best_estimator_)
    for wrapped in (search, FrozenEstimator(search), make_pipeline(None, FrozenEstimator(search))):
        display = ElbowDisplay.from_estimator(wrapped)
        assert display.score_name == expected.score_name == "Silhouette"
        np.testing.assert_array_equal(display.inertia, expected.inertia)
