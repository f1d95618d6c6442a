"""What is learnt: one column of anything, one a row."""

from __future__ import annotations

import re
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.exceptions import DataConversionWarning

from custbase import (
    ChurnClassifier,
    CLVRegressor,
    ResponseClassifier,
    ShiftedBetaGeoModel,
    SpendRegressor,
)
from custbase.metrics import lift_score

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2))
LEFT = X[:, 0] + RNG.normal(size=80) > 0
SERIES = {
    "truth values": pd.Series(LEFT),
    "truth values that may be missing": pd.Series(LEFT, dtype="boolean"),
    "whole numbers": pd.Series(LEFT, dtype="Int64"),
    "of arrow": pd.Series(LEFT.astype(int), dtype="int64[pyarrow]"),
    "texts": pd.Series(np.where(LEFT, "Yes", "No"), dtype="string"),
    "categories": pd.Series(np.where(LEFT, "Yes", "No"), dtype="category"),
    "polars": pl.Series("left", LEFT),
    "texts of polars": pl.Series("left", np.where(LEFT, "Yes", "No")),
    "column of arrow": pa.chunked_array([np.where(LEFT, "Yes", "No")]),
}


def as_frame(series):
    """A frame of one column."""
    if isinstance(series, pd.Series):
        return series.to_frame(101)  # names need not be texts
    if isinstance(series, pl.Series):
        return series.to_frame()
    return pa.table({"left": series})


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_labels_stay_what_they_are(series):
    fitted = ChurnClassifier("tree", random_state=0).fit(X, series)
    labels = series.to_pylist() if hasattr(series, "to_pylist") else series.to_list()
    assert sorted(fitted.classes_.tolist()) == sorted(set(labels))
    assert isinstance(fitted.predict(X).tolist()[0], type(labels[0]))
    with pytest.warns(DataConversionWarning, match=r"frame of one column.*Give y\[(101|'left')\]"):
        again = ChurnClassifier("tree", random_state=0).fit(X, as_frame(series))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))


ESTIMATORS = [
    ChurnClassifier("tree"),
    ResponseClassifier("tree"),
    SpendRegressor("tree"),
    CLVRegressor(),
]


@pytest.mark.parametrize("estimator", [*ESTIMATORS, ShiftedBetaGeoModel()], ids=repr)
def test_frames_of_other_than_one_column_are_refused(estimator):
    rows = pd.DataFrame({"T": np.arange(80)}) if hasattr(estimator, "predict_survival") else X
    two = pd.DataFrame({"left": LEFT, "spent": LEFT * 2.0})
    with pytest.raises(
        ValueError, match=r"y must be one column, .*2 columns, 'left', 'spent'.*y\['spent'\]"
    ):
        estimator.fit(rows, two)
    with pytest.raises(ValueError, match=r"y must be one column, .* got a frame of no column"):
        estimator.fit(rows, pd.DataFrame(index=range(80)))
    with pytest.raises(TypeError, match=r"y must be an array or a frame in memory.*LazyFrame"):
        estimator.fit(rows, pl.from_pandas(two).lazy())


def test_a_column_of_cancellations_is_taken_with_a_warning():
    rows = pd.DataFrame({"T": RNG.geometric(RNG.beta(1.0, 3.0, 80)).clip(max=9) - 1})
    left = (rows["T"] < 8).rename("left")
    with pytest.warns(DataConversionWarning, match=r"Give y\['left'\]"):
        found = ShiftedBetaGeoModel().fit(rows, left.to_frame())
    assert found.params_ == ShiftedBetaGeoModel().fit(rows, left).params_


DAYS = pd.Series(pd.to_datetime(np.where(LEFT, "1997-01-01", "1998-01-01")))


@pytest.mark.parametrize(
    "days", [DAYS, DAYS - DAYS.min(), DAYS.dt.tz_localize("UTC"), DAYS.dt.date, pl.Series(DAYS)]
)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_dates_are_neither_labels_nor_money(estimator, days):
    with pytest.raises((TypeError, ValueError), match=r"y must hold (labels|numbers)"):
        estimator.fit(X, days)


def test_labels_of_odd_kinds_are_refused_by_value():
    for labels in ([Decimal(int(left)) for left in LEFT], [(int(left),) for left in LEFT]):
        column = pd.Series(labels, dtype=object)
        with pytest.raises(TypeError, match=r"y must hold labels.*got .*(Decimal|tuple)"):
            ChurnClassifier("tree").fit(X, column)


def test_lists_of_different_lengths_are_refused():
    for estimator in ESTIMATORS:
        with pytest.raises(ValueError, match=r"y must be of one dimension.*different lengths"):
            estimator.fit(X[:2], [[1], [1, 0]])


@pytest.mark.parametrize("names", [(0, 1), ("No", "Yes"), (False, True)])
def test_a_class_without_weight_is_named(names):
    labels = np.array(names)[LEFT.astype(int)]
    for lost, left in (names, names[::-1]):
        message = re.escape(f"got 0 for all of class {lost!r}, which leaves the one class {left!r}")
        with pytest.raises(ValueError, match=r"sample_weight must be above 0.*" + message):
            ChurnClassifier("tree").fit(X, labels, sample_weight=(labels == left).astype(float))
    few = np.where(LEFT, 1.0, 0.0)
    few[np.argmin(LEFT)] = 1.0
    with pytest.raises(ValueError, match="2 customers of each class with a sample_weight above 0"):
        ResponseClassifier("tree").fit(X, labels, sample_weight=few)


def test_a_third_class_without_weight_is_left_out():
    labels = np.append(np.where(LEFT, "Yes", "No"), ["?"] * 4)
    rows = np.append(X, X[:4], axis=0)
    fitted = ChurnClassifier("tree", random_state=0)
    fitted.fit(rows, labels, sample_weight=(labels != "?").astype(float))
    again = ChurnClassifier("tree", random_state=0).fit(X, labels[:80])
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))


def test_groups_without_weight_do_not_count():
    groups = np.where(LEFT, np.arange(80) % 2, 2 + np.arange(80) % 3)
    weights = np.where(LEFT & (groups == 1), 0.0, 1.0)
    with pytest.raises(ValueError, match=r"groups must hold.*sample_weight of 0 do not count"):
        ChurnClassifier("tree").fit(X, LEFT, sample_weight=weights, groups=groups)


@pytest.mark.parametrize("names", [("no", "Yes"), ("n", "Y"), ("false", "True"), ("no ", "Yes")])
def test_yes_is_yes_however_it_is_written(names):
    # Capital letters come first.
    labels = np.where(LEFT, names[1], names[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = ChurnClassifier("logistic", random_state=0).fit(X, labels)
    assert fitted.churn_class_ == names[1]
    with pytest.raises(ValueError, match=f"Give pos_label='{names[1]}', for instance"):
        lift_score(labels, np.arange(len(labels)), fraction=0.1)
