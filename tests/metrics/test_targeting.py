"""Lift, gains and profit by fraction contacted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.metrics import gains_curve, lift_score, profit_curve
from tests.oracles.profit import cuts, sample_lift


def test_lift_counts_the_top():
    left = np.array([1, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    scores = np.arange(10)[::-1]
    assert lift_score(left, scores) == pytest.approx(1 / 0.3)
    assert lift_score(left, scores, fraction=0.3) == pytest.approx(2 / 3 / 0.3)
    assert lift_score(left, scores, fraction=1.0) == pytest.approx(1)


def test_lift_of_ties_is_the_mean_over_their_orders():
    rng = np.random.default_rng(0)
    left, scores = rng.random(60) < 0.4, rng.integers(0, 4, 60)
    expected = sample_lift(left, scores, 0.3, rng)
    assert lift_score(left, scores, fraction=0.3) == pytest.approx(expected, abs=0.02)


def test_constant_scores_are_as_good_as_chance():
    assert lift_score([0, 1, 0, 0], [2, 2, 2, 2]) == pytest.approx(1)


def test_without_positives_there_is_no_lift():
    assert np.isnan(lift_score([0, 0], [0.1, 0.2]))
    assert np.isnan(gains_curve([0, 0], [0.1, 0.2])[1]).all()


def test_lift_refuses_a_fraction_of_nothing():
    with pytest.raises(ValueError, match="fraction must be a number > 0 and <= 1; got 0"):
        lift_score([0, 1], [0.1, 0.2], fraction=0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(1, 3)), min_size=1))
@settings(max_examples=60, deadline=None)
def test_curves_run_through_every_cut(rows):
    left, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    table = cuts(left, scores, weights.astype(float))
    fractions, gains = gains_curve(left, scores, sample_weight=weights)
    assert fractions == pytest.approx(table.sum(axis=1))
    if left.any():
        assert gains == pytest.approx(table[:, 0] / table[-1, 0])
    fractions, profits = profit_curve(left, scores, sample_weight=weights, customer_value=100.0)
    assert fractions == pytest.approx(table.sum(axis=1))
    assert profits == pytest.approx(table @ [0.3 * 90 - 1, -11])


def test_profit_of_customers_of_different_values():
    left, scores = [1, 0, 1], [0.9, 0.8, 0.1]
    _, profits = profit_curve(left, scores, customer_value=[100.0, 50.0, 1000.0])
    assert profits * 3 == pytest.approx([0, 26, 26 - 11, 26 - 11 + 296])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0, 2.0], "one for each of the 3 customers; got shape"),
        ([1.0, -2.0, 3.0], "numbers >= 0; got -2"),
        ([1.0, np.nan, 3.0], "1 that are missing"),
        (["a", "b", "c"], "customer_value must hold numbers"),
        (-1.0, "customer_value must be a number >= 0; got -1"),
    ],
)
def test_profit_refuses_values_that_are_none(value, message):
    with pytest.raises((TypeError, ValueError), match=message):
        profit_curve([1, 0, 1], [0.9, 0.8, 0.1], customer_value=value)


def test_missing_labels_in_a_list_of_texts_are_refused():
    with pytest.raises(ValueError, match="y_true must not have missing labels; got 1"):
        lift_score(["Yes", np.nan, "Yes", "No"], [0.9, 0.8, 0.7, 0.1], pos_label="Yes")


def test_profit_of_offers_of_different_costs():
    left = np.array([1, 0, 1, 0])
    scores, value = np.array([0.9, 0.8, 0.7, 0.1]), np.array([100.0, 50.0, 200.0, 80.0])
    incentive, rate = np.array([5.0, 10.0, 20.0, 0.0]), np.array([0.5, 0.1, 0.25, 1.0])
    _, profits = profit_curve(
        left, scores, customer_value=value, incentive_cost=incentive, accept_rate=rate,
        contact_cost=2.0,
    )  # fmt: skip
    brought = [0.5 * 95 - 2, -12.0, 0.25 * 180 - 2, -2.0]
    np.testing.assert_allclose(profits, np.append(0.0, np.cumsum(brought)) / 4)
