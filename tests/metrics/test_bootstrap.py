"""Intervals of metrics, and of differences, against customers drawn again one draw at a time."""

from __future__ import annotations

import inspect
import math
from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import log_loss, mean_absolute_error, roc_auc_score

from custbase.metrics import (
    bootstrap_difference,
    bootstrap_interval,
    decile_mape,
    lift_score,
    normalized_gini,
    spearman_correlation,
)
from custbase.metrics._bootstrap import PREPARED, percentile_interval

FAST = [normalized_gini, spearman_correlation, decile_mape, partial(decile_mape, n_bins=4)]
RNG = np.random.default_rng(0)
Y = np.where(RNG.random(400) < 0.4, 0.0, RNG.lognormal(3, 1.2, 400)).round(1)
GOOD = (Y * 0.5 + RNG.lognormal(3, 1.0, 400)).round(0)  # with ties
POOR = Y * 0.1 + RNG.lognormal(3, 1.0, 400)
WEIGHTS = RNG.integers(0, 3, 400)


def slowly(metric):
    """The same metric, not known to the bootstrap."""

    def call(y_true, y_score, **weighted):
        return metric(y_true, y_score, **weighted)

    return call


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("metric", FAST)
def test_sorting_once_gives_what_sorting_every_draw_does(metric, weights):
    draws = {"n_bootstrap": 50, "random_state": 3, "sample_weight": weights}
    fast = bootstrap_interval(metric, Y, GOOD, **draws)
    assert fast == pytest.approx(bootstrap_interval(slowly(metric), Y, GOOD, **draws), rel=1e-9)
    weighted = {} if weights is None else {"sample_weight": weights}
    assert fast.estimate == metric(Y, GOOD, **weighted)
    assert fast.low < fast.high
    fast = bootstrap_difference(metric, Y, GOOD, POOR, **draws)
    slow = bootstrap_difference(slowly(metric), Y, GOOD, POOR, **draws)
    assert fast == pytest.approx(slow, rel=1e-7)


def test_every_metric_that_sorts_once_takes_what_the_bootstrap_passes_on():
    # A partial may set n_bins; what prepares a metric has to know the same parameters.
    for metric, prepare in PREPARED:
        own = set(inspect.signature(metric).parameters) - {"y_true", "sample_weight"}
        own -= {"y_score", "y_pred"}
        assert own == set(inspect.signature(prepare).parameters) - {"values"}


@pytest.mark.parametrize("metric", [mean_absolute_error, normalized_gini, spearman_correlation])
def test_interval_is_that_of_scipy(metric):
    found = bootstrap_interval(metric, Y, GOOD, n_bootstrap=1500, random_state=0)
    theirs = bootstrap(
        (Y, GOOD), metric, paired=True, vectorized=False, method="percentile", n_resamples=1500,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    expected = theirs.confidence_interval
    assert found[1:] == pytest.approx(list(expected), abs=0.25 * theirs.standard_error)
    assert found.estimate == metric(Y, GOOD)


def test_difference_is_paired():
    draws = {"n_bootstrap": 200, "random_state": 0}
    apart = [
        bootstrap_interval(mean_absolute_error, Y, scores, **draws) for scores in (GOOD, GOOD + 1)
    ]
    difference = bootstrap_difference(mean_absolute_error, Y, GOOD, GOOD + 1, **draws)
    assert difference.estimate == pytest.approx(apart[0].estimate - apart[1].estimate)
    width = difference.high - difference.low
    assert width < 0.1 * (apart[0].high - apart[0].low)
    swapped = bootstrap_difference(mean_absolute_error, Y, GOOD + 1, GOOD, **draws)
    assert swapped.estimate == -difference.estimate
    assert (swapped.low, swapped.high) == pytest.approx((-difference.high, -difference.low))
    assert swapped.share_above_zero == pytest.approx(1 - difference.share_above_zero)


def test_a_model_is_no_better_than_itself():
    assert bootstrap_difference(normalized_gini, Y, GOOD, 2 * GOOD) == (0.0, 0.0, 0.0, 0.5)


def test_share_above_zero_counts_draws():
    draws = {"n_bootstrap": 300, "random_state": 5}
    difference = bootstrap_difference(spearman_correlation, Y, GOOD, POOR, **draws)
    assert difference.share_above_zero > 0.95
    assert difference.low <= difference.estimate <= difference.high
    noise = RNG.permutation(400)
    near = bootstrap_difference(spearman_correlation, Y, noise, np.roll(noise, 1), **draws)
    assert (near.share_above_zero * 300) % 0.5 == pytest.approx(0, abs=1e-9)


def test_the_seed_is_the_only_source_of_chance():
    draws = {"n_bootstrap": 40}
    first = bootstrap_interval(normalized_gini, Y, GOOD, random_state=1, **draws)
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert bootstrap_interval(normalized_gini, Y, GOOD, random_state=1, **draws) == first
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    state = np.random.RandomState(1)
    assert bootstrap_interval(normalized_gini, Y, GOOD, random_state=state, **draws) == first
    assert bootstrap_interval(normalized_gini, Y, GOOD, random_state=state, **draws) != first


def test_any_metric_of_any_predictions():
    left, draws = np.where(Y > 0, "stays", "leaves"), {"n_bootstrap": 20, "random_state": 0}
    interval = bootstrap_interval(roc_auc_score, left, GOOD, **draws)
    assert interval.estimate == roc_auc_score(left, GOOD)
    p = 1 / (1 + np.exp(-GOOD / 50))
    proba = pd.DataFrame({"leaves": 1 - p, "stays": p})
    interval = bootstrap_interval(log_loss, left.tolist(), proba, **draws)
    assert interval.low < log_loss(left, proba) < interval.high
    lift = partial(lift_score, fraction=0.2, pos_label="stays")
    difference = bootstrap_difference(
        lift, pd.Series(left), GOOD, pd.Series(POOR, index=range(5, 405)),
        sample_weight=WEIGHTS, **draws,
    )  # fmt: skip
    assert difference.estimate == pytest.approx(
        lift(left, GOOD, sample_weight=WEIGHTS) - lift(left, POOR, sample_weight=WEIGHTS)
    )


def test_draws_without_a_result_are_left_out_and_counted():
    y, scores = np.r_[np.zeros(9), 5.0], np.arange(10.0)
    for metric in (normalized_gini, slowly(normalized_gini)):
        with pytest.warns(UndefinedMetricWarning, match=r"on \d+ of 200 draws") as caught:
            interval = bootstrap_interval(metric, y, scores, n_bootstrap=200, random_state=0)
        assert len(caught) == 1
        assert interval.low <= interval.high == 1.0
    with pytest.warns(UndefinedMetricWarning, match="on 20 of 20 draws"):
        interval = bootstrap_interval(lambda *_: np.nan, y, scores, n_bootstrap=20)
    assert np.isnan(interval).all()
    with pytest.warns(UndefinedMetricWarning, match="on 20 of 20 draws"):
        difference = bootstrap_difference(lambda *_: np.nan, y, scores, scores, n_bootstrap=20)
    assert np.isnan(difference).all()


def test_draws_of_customers_who_weigh_nothing_are_left_out():
    weights = [1.0, 1.0, 0.0, 0.0, 0.0]
    for metric in (decile_mape, slowly(decile_mape), mean_absolute_error):
        with pytest.warns(UndefinedMetricWarning, match=r"on \d+ of 100 draws"):
            interval = bootstrap_interval(
                metric, [3, 3, 1, 1, 1], [1, 1, 9, 9, 9], sample_weight=weights, n_bootstrap=100,
                random_state=0,
            )  # fmt: skip
        assert interval.low == pytest.approx(interval.estimate)
        assert interval.high == pytest.approx(interval.estimate)


def test_infinite_errors_give_infinite_bounds():
    y = np.r_[np.zeros(8), 10.0 * np.ones(12)]
    predicted = np.r_[np.ones(8), 10.0 * np.ones(12)]
    interval = bootstrap_interval(
        partial(decile_mape, n_bins=2), y, predicted, n_bootstrap=200, random_state=0
    )
    assert np.isfinite(interval.estimate)
    assert interval.high == np.inf
    assert np.isfinite(interval.low)


@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (("gini", Y, GOOD), {}, "metric must be a function of .y_true, y_score.*got 'gini'"),
        ((lambda y, s: s, Y, GOOD), {}, "metric must return one number; got an array of shape"),
        ((lambda y, s: None, Y, GOOD), {}, "metric must return one number; got None"),
        ((lambda y, s: "high", Y, GOOD), {}, "metric must return one number; got 'high'"),
        ((normalized_gini, Y, GOOD[:5]), {}, "y_score must have one row for each of the 400"),
        ((normalized_gini, 3.0, 3.0), {}, "y_true must have at least one row"),
        ((normalized_gini, [], []), {}, "y_true must have at least one row"),
        ((normalized_gini, -Y, GOOD), {}, "y_true must hold values >= 0"),
        ((normalized_gini, Y, GOOD), {"n_bootstrap": 0}, "n_bootstrap must be an integer >= 1"),
        ((normalized_gini, Y, GOOD), {"confidence_level": 95}, "confidence_level must be a number"),
        ((normalized_gini, Y, GOOD), {"random_state": "a"}, "random_state must be"),
        ((normalized_gini, Y, GOOD), {"sample_weight": [1.0]}, "the 400 rows of y_true; got 1"),
    ],
)
def test_refusals_name_what_is_wrong(arguments, changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        bootstrap_interval(*arguments, **changes)


def test_errors_say_which_scores_they_are_about():
    with pytest.raises(ValueError, match="y_score_b must have one row"):
        bootstrap_difference(normalized_gini, Y, GOOD, POOR[1:])
    broken = np.where(np.arange(400) == 3, np.nan, POOR)
    with pytest.raises(ValueError, match="y_score contains NaN") as caught:
        bootstrap_difference(normalized_gini, Y, GOOD, broken)
    assert caught.value.__notes__ == ["That is the metric of y_score_b."]
    with pytest.raises(ValueError, match="y_true contains only one label") as caught:
        bootstrap_interval(log_loss, [0] * 30 + [1], np.full(31, 0.1), random_state=0)
    assert caught.value.__notes__ == ["That is the metric of customers drawn again."]


@pytest.mark.parametrize("level", ["0.5", "0.6", "0.8", "0.9", "0.95", "0.99"])
def test_bounds_are_the_draws_that_exact_arithmetic_names(level):
    tail = (1 - Fraction(level)) / 2
    for n_draws in [*range(1, 130), 1001, 2001]:
        draws = RNG.permutation(n_draws).astype(float)
        expected = [math.floor(tail * (n_draws - 1)), math.ceil((1 - tail) * (n_draws - 1))]
        assert percentile_interval(draws, float(level)).tolist() == expected
    columns = np.array([[1.0, np.inf], [3.0, np.inf], [2.0, 0.0]])
    np.testing.assert_array_equal(percentile_interval(columns, 0.5), [[1, 0], [3, np.inf]])
    assert np.isnan(percentile_interval(np.append(np.arange(100.0), np.nan), 0.9)).all()


def test_percentile_interval_takes_the_outer_neighbours():
    draws = np.arange(1000.0)[:, np.newaxis]
    low, high = percentile_interval(draws, 0.95)
    assert (low[0], high[0]) == (24.0, 975.0)  # 0.025 and 0.975 of 999 are 24.975 and 974.025
    low, high = percentile_interval(np.array([1.0, 2.0, np.inf, np.inf]), 0.5)
    assert (low, high) == (1.0, np.inf)
    assert np.isnan(percentile_interval(np.array([1.0, np.nan]), 0.5)).all()
