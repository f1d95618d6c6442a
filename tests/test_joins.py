"""Tables that are joined must name their rows alike."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from custbase import metrics
from custbase._joins import refuse_other_index, refuse_other_spelling, refuse_turned_index
from custbase.finance import return_on_investment_pct

BY_ROW = [
    (metrics.expected_calibration_error, "y_prob"),
    (metrics.lift_score, "y_score"),
    (metrics.gains_curve, "y_score"),
    (metrics.maximum_profit_score, "y_score"),
    (metrics.normalized_gini, "y_score"),
    (metrics.spearman_correlation, "y_score"),
    (metrics.decile_mape, "y_pred"),
]


def test_what_has_no_index_passes():
    refuse_other_index(y=[1, 2], X=np.zeros(2), z=None)
    refuse_other_index(y=pd.Series([1, 2]), X=np.zeros(2), z=pd.DataFrame([[1], [2]]))


@pytest.mark.parametrize("kind", ["Int64", "int64[pyarrow]", "int32", "float64", object])
def test_types_of_labels_are_no_other_index(kind):
    labels = pd.Index([3, 1, 2], dtype=kind)
    y, z = pd.Series([1, 2, 3], [3, 1, 2]), pd.Series([4, 5, 6], labels)
    refuse_other_index(y=y, z=z)
    refuse_turned_index(y=y, z=z)
    with pytest.raises(ValueError, match="another order"):
        refuse_turned_index(y=y, z=z[::-1])


def test_arrow_days_are_days():
    days = pd.date_range("2024-01-01", periods=3)
    arrow = pd.Index(days.astype("timestamp[us][pyarrow]"))
    refuse_other_index(y=pd.Series([1, 2, 3], days), z=pd.Series([1, 2, 3], arrow))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([1, 0], r"z must have the index of y, in the same order; it has the same labels in ano"),
        ([0, 2], r"some labels are in one of them only\. Keep the rows that both have"),
        ([0], r"it has 1 rows and y has 2"),
        (["0", "1"], r"some labels are in one of them only"),
    ],
)
def test_another_index_is_refused_by_name(index, message):
    with pytest.raises(ValueError, match=message):
        refuse_other_index(y=pd.Series([1, 2]), x=[3, 4], z=pd.Series(range(len(index)), index))


@pytest.mark.parametrize(("metric", "name"), BY_ROW)
def test_metrics_refuse_scores_and_weights_of_rows_in_another_order(metric, name):
    rng = np.random.default_rng(0)
    y_true = pd.Series(rng.integers(0, 2, 400), index=rng.permutation(400))
    y_score = pd.Series(rng.random(400), index=y_true.index)
    metric(y_true, y_score, sample_weight=pd.Series(1.0, index=y_true.index))
    metric(y_true, y_score.to_numpy())
    with pytest.raises(
        ValueError, match=r"must have the index of y_true, .*another order.*reindex"
    ):
        metric(y_true, y_score.sort_index())
    with pytest.raises(
        ValueError, match="sample_weight must have the index of y_true, in the same"
    ):
        metric(y_true, y_score, sample_weight=pd.Series(1.0, index=y_true.index[::-1]))
    # Predictions need not have the labels of what they predict.
    metric(y_true, pd.Series(y_score.to_numpy(), index=range(400, 800)))
    metric(y_true, pd.Series(y_score.to_numpy()))


@pytest.mark.parametrize("bootstrap", [metrics.bootstrap_interval, metrics.bootstrap_difference])
def test_bootstraps_refuse_them_too(bootstrap):
    y_true = pd.Series([1.0, 2.0, 3.0], index=[2, 0, 1])
    scores = [y_true.sort_index()] * (2 if bootstrap is metrics.bootstrap_difference else 1)
    with pytest.raises(ValueError, match="must have the index of y_true, in the same"):
        bootstrap(metrics.spearman_correlation, y_true, *scores)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], ["1", "2"]),
        ([1.0, 2.0], ["1", "2"]),
        (["007", "008"], [7, 8]),
        ([1, 2, 3], [3, "2", 1]),
        ([1, "2"], [1, 2]),
        ([pd.Timestamp("2024-01-01")], ["2024-01-01"]),
    ],
)
def test_ids_that_are_numbers_here_and_text_there_are_refused(one, other):
    for first, second in ((one, other), (other, one)):
        with pytest.raises(TypeError, match="old and new must name customers alike; old has ids"):
            refuse_other_spelling(pd.Index(first), pd.Index(second), "old", "new")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [1.0, 2.0]),
        ([1, 2], [3, 4]),
        (["a"], ["b"]),
        ([Decimal(1)], [1]),
        ([1, "a"], [1, "a", "b"]),
        (pd.CategoricalIndex(["a"]), ["a", "b"]),
        ([], ["a"]),
    ],
)
def test_ids_of_one_kind_pass(one, other):
    refuse_other_spelling(pd.Index(one), pd.Index(other), "old", "new")
    refuse_other_spelling(pd.Index(other), pd.Index(one), "old", "new")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["0001", "0002"], ["1", "2"]),
        ([("a", 1), ("a", 2)], [("a", "1"), ("a", "2")]),
        ([(7, "x")], [(7.0, "x ")]),
    ],
)
def test_ids_that_are_spelt_otherwise_are_no_other_customers(one, other):
    one, other = (pd.Index(some) for some in (one, other))
    if isinstance(one[0], tuple):
        one, other = pd.MultiIndex.from_tuples(one), pd.MultiIndex.from_tuples(other)
    if one.equals(other):
        return
    for pair in ((one, other), (other, one)):
        with pytest.raises(TypeError, match="must name customers alike"):
            refuse_other_spelling(*pair, "old", "new")


def test_zeros_tell_customers_apart_where_both_know_one():
    refuse_other_spelling(pd.Index(["1", "2"]), pd.Index(["1", "02"]), "old", "new")


def test_columns_in_another_order_are_not_combined():
    one = pd.DataFrame({"spring": [1.0, 2], "autumn": [3.0, 4]})
    turned = one[["autumn", "spring"]]
    with pytest.raises(ValueError, match=r"cost must have the columns of revenue.*Use cost\[rev"):
        return_on_investment_pct(one, turned)
    want = return_on_investment_pct(one, one * 2)
    np.testing.assert_array_equal(return_on_investment_pct(one, (turned * 2)[one.columns]), want)
    refuse_other_index(y=one, z=one.set_axis(["a", "b"], axis=1), X=one["spring"])
