"""Normalized Gini, Spearman's correlation and decile MAPE against twins that count."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.exceptions import UndefinedMetricWarning

from custbase.exceptions import ZeroDenominatorWarning
from custbase.metrics import decile_mape, normalized_gini, spearman_correlation
from tests.oracles import value as oracle

ALL = [normalized_gini, spearman_correlation, decile_mape]
RANKS = ALL[:2]

# Few distinct numbers, so that much is tied; some customers weigh nothing.
ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=25
).filter(lambda rows: any(weight for _, _, weight in rows))


def as_columns(rows):
    return [np.array(column) for column in zip(*rows, strict=True)]


def spend(n_rows, seed=0):
    """Money of which most customers spend nothing and few a fortune, and a prediction."""
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n_rows) < 0.6, 0.0, rng.lognormal(3, 1.5, n_rows)).round(2)
    return y, y * 0.3 + rng.lognormal(3, 1.0, n_rows)


def quiet(metric, *arguments, **parameters):
    """The metric, NaN or infinite too."""
    with warnings.catch_warnings():
        for category in (UndefinedMetricWarning, ZeroDenominatorWarning):
            warnings.simplefilter("ignore", category)
        return metric(*arguments, **parameters)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_gini_is_the_ratio_of_the_areas(rows):
    y, scores, weights = as_columns(rows)
    expected = oracle.normalized_gini(y.tolist(), scores.tolist(), weights.tolist())
    if expected is None:
        with pytest.warns(UndefinedMetricWarning, match="the values in y_true are all equal"):
            assert np.isnan(normalized_gini(y, scores, sample_weight=weights))
        return
    # Sums of integers are exact, and so is all but the one division.
    assert normalized_gini(y, scores, sample_weight=weights) == expected


@pytest.mark.parametrize(
    ("y", "scores", "expected"),
    [
        ([0, 0, 1], [1, 2, 3], 1.0),
        ([0, 0, 1], [3, 2, 1], -1.0),
        ([0, 0, 1], [1, 3, 2], 0.0),
        ([0, 0, 1], [5, 5, 5], 0.0),
        ([0, 0, 10, 30], [1, 2, 4, 3], 0.6),
        ([0, 0, 10, 30], [1, 2, 3, 3], 0.8),  # the mean of both orders
        ([3, 1, 1, 1], [1, 1, 0, 0], 2 / 3),
    ],
)
def test_gini_by_hand(y, scores, expected):
    assert normalized_gini(y, scores) == expected


def test_gini_of_ties_is_the_mean_over_their_orders():
    rng = np.random.default_rng(0)
    y, scores = rng.integers(0, 50, 40), rng.integers(0, 4, 40)
    drawn = [normalized_gini(y, scores + 0.5 * rng.random(40)) for _ in range(4000)]
    assert normalized_gini(y, scores) == pytest.approx(np.mean(drawn), abs=0.01)


@given(st.lists(st.floats(0, 1e308), min_size=2, max_size=30), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_gini_lies_between_the_perfect_order_and_its_reverse(y, seed):
    # Differences far below the largest value are rounding.
    assume(max(y) - min(y) > 1e-6 * max(y))
    perfect, ranks = np.array(y), np.argsort(np.argsort(y, kind="stable"))
    assert normalized_gini(y, perfect) == 1.0
    assert normalized_gini(y, -perfect) == -1.0
    assert normalized_gini(y, ranks) == pytest.approx(1.0)
    scores = np.random.default_rng(seed).random(len(y))
    assert -1 - 1e-9 <= normalized_gini(y, scores) <= 1 + 1e-9


@pytest.mark.parametrize("scale", [1e-300, 1e-3, 1e300])
def test_gini_does_not_depend_on_the_unit(scale):
    y, scores = spend(500)
    assert normalized_gini(y * scale, scores) == pytest.approx(normalized_gini(y, scores))
    weights = np.arange(1.0, 501)
    assert decile_mape(y * scale, scores * scale) == pytest.approx(decile_mape(y, scores))
    for metric in ALL:
        assert metric(y, scores, sample_weight=weights * scale) == pytest.approx(
            metric(y, scores, sample_weight=weights)
        )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("digits", [0, 6])
def test_spearman_equals_scipy(seed, digits):
    y, scores = spend(300, seed)
    scores = scores.round(digits - 1)
    assert spearman_correlation(y, scores) == pytest.approx(spearmanr(y, scores)[0], abs=1e-14)
    assert spearman_correlation(-y, scores) == pytest.approx(-spearmanr(y, scores)[0], abs=1e-14)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_weights_of_spearman_repeat(rows):
    y, scores, weights = as_columns(rows)
    seen = weights > 0
    if len(set(y[seen])) < 2 or len(set(scores[seen])) < 2:
        with pytest.warns(UndefinedMetricWarning, match="y_true or y_score are all equal"):
            assert np.isnan(spearman_correlation(y, scores, sample_weight=weights))
        return
    expected = oracle.spearman(y, scores, weights)
    assert spearman_correlation(y, scores, sample_weight=weights) == pytest.approx(
        expected, abs=1e-12
    )


@given(ROWS, st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_decile_mape_equals_customers_who_are_repeated(rows, n_bins):
    y, predictions, weights = as_columns(rows)
    found = quiet(decile_mape, y, predictions, n_bins=n_bins, sample_weight=weights)
    expected = oracle.decile_mape(y.tolist(), predictions.tolist(), weights.tolist(), n_bins)
    assert found == pytest.approx(expected, rel=1e-9)


def test_decile_mape_of_whole_buckets_without_ties_is_that_of_qcut():
    y, predictions = spend(1000)
    deciles = pd.DataFrame({"y": y, "p": predictions}).groupby(pd.qcut(predictions, 10)).mean()
    expected = (np.abs(deciles["p"] - deciles["y"]) / deciles["y"]).mean()
    assert decile_mape(y, predictions) == pytest.approx(expected)
    assert decile_mape(y, predictions, n_bins=1) == pytest.approx(
        abs(predictions.mean() / y.mean() - 1)
    )


def test_decile_mape_of_buckets_without_money():
    y, n = [0, 0, 4, 4], {"n_bins": 2}
    assert decile_mape(y, [0, 0, 4, 4], **n) == 0.0
    assert decile_mape(y, [0, 0, 5, 5], **n) == 0.125
    with pytest.warns(ZeroDenominatorWarning, match="Take fewer buckets than n_bins=2"):
        assert decile_mape(y, [0, 0.1, 4, 4], **n) == np.inf
    assert decile_mape(y, [0, 0.5, 3, 4], n_bins=1) == pytest.approx(0.0625)


def test_predictions_below_zero_are_only_wrong():
    assert decile_mape([2, 2], [-2, -2], n_bins=1) == 2.0


@given(ROWS, st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_rows_does_not_matter(rows, seed):
    y, scores, weights = as_columns(rows)
    order = np.random.default_rng(seed).permutation(len(y))
    # Weights that are no integers, so that sums are rounded.
    weights = weights * 0.1
    for metric in ALL:
        found = quiet(metric, y, scores, sample_weight=weights)
        moved = quiet(metric, y[order], scores[order], sample_weight=weights[order])
        assert moved == pytest.approx(found, abs=1e-9, nan_ok=True)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_ranks_do_not_depend_on_the_scale_of_scores(rows):
    y, scores, weights = as_columns(rows)
    for metric in RANKS:
        found = quiet(metric, y, scores, sample_weight=weights)
        for same in (np.exp(scores), 3.0 * scores - 7.0, scores**3):
            np.testing.assert_equal(quiet(metric, y, same, sample_weight=weights), found)
        assert quiet(metric, y, -scores, sample_weight=weights) == pytest.approx(
            -found, abs=1e-12, nan_ok=True
        )


def test_one_customer_has_no_rank():
    for metric in RANKS:
        with pytest.warns(UndefinedMetricWarning, match="is not defined and is NaN"):
            assert np.isnan(metric([3.0], [1.0]))
    assert decile_mape([4.0], [3.0]) == 0.25


@pytest.mark.parametrize("metric", ALL)
def test_frames_lists_and_columns_are_alike(metric):
    y, scores = spend(200)
    y = y + 1
    expected = metric(y, scores)
    assert metric(y.tolist(), scores.tolist()) == expected
    assert metric(pd.Series(y, index=range(200, 400)), pd.Series(scores)) == expected
    assert metric(y[:, None], scores[:, None]) == expected
    for array in (y, scores):
        array.flags.writeable = False
    assert metric(y, scores, sample_weight=2.0) == expected


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("arguments", "weights", "message"),
    [
        (([1, 2], [1, 2, 3]), None, "must have one prediction for each of the 2 rows of y_true"),
        (([1, 2], [[1, 2], [3, 4]]), None, "must be one-dimensional, one prediction a row"),
        (([[1, 2], [3, 4]], [1, 2]), None, "y_true must be one-dimensional, one value a row"),
        (([1, np.nan], [1, 2]), None, "y_true contains NaN"),
        (([1, 2], [1, np.inf]), None, "contains infinity"),
        ((["a", "b"], [1, 2]), None, "y_true must hold numbers, one value a row"),
        (([], []), None, "y_true"),
        (([1, 2], [1, 2]), [1, -1], "sample_weight must not be negative"),
        (([1, 2], [1, 2]), [1], "sample_weight must have one weight"),
    ],
)
def test_refusals_name_what_is_wrong(metric, arguments, weights, message):
    with pytest.raises((TypeError, ValueError), match=message):
        metric(*arguments, sample_weight=weights)


@pytest.mark.parametrize("metric", [normalized_gini, decile_mape])
def test_negative_values_are_refused_by_name(metric):
    with pytest.raises(ValueError, match=r"y_true must hold values >= 0; got -3. Net returns"):
        metric([1, -3, 2], [1, 2, 3])


@pytest.mark.parametrize("n_bins", [0, 2.5, None])
def test_buckets_are_counted(n_bins):
    with pytest.raises((TypeError, ValueError), match="n_bins must be an integer >= 1"):
        decile_mape([1, 2], [1, 2], n_bins=n_bins)


@pytest.mark.parametrize("weight", [0.1, 0.3, 1 / 3, 2.0, 1e-7])
def test_decile_mape_does_not_depend_on_the_unit_of_weights(weight):
    spent, predicted = np.repeat([0.0, 50.0], 10), np.arange(1.0, 21.0)
    with pytest.warns(ZeroDenominatorWarning):
        found = decile_mape(spent, predicted, n_bins=2, sample_weight=np.full(20, weight))
    assert found == np.inf
    rng = np.random.default_rng(0)
    spent, predicted = rng.gamma(1, 5, 200), rng.gamma(1, 5, 200).round(1)
    equal = decile_mape(spent, predicted)
    assert decile_mape(spent, predicted, sample_weight=np.full(200, weight)) == pytest.approx(equal)
