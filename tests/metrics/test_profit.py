"""Maximum profits against every cut tried, against empulse, and their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custbase.metrics import (
    expected_maximum_profit_interval,
    expected_maximum_profit_score,
    maximum_profit_interval,
    maximum_profit_score,
    profit_curve,
)
from tests.oracles.profit import cuts, expected_maximum_profit, profits

LEFT = np.array([0, 1] * 4)
SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9])
BOTH = [expected_maximum_profit_score, maximum_profit_score]
INTERVALS = [expected_maximum_profit_interval, maximum_profit_interval]


def draw_case(seed: int):
    """Labels and scores: random, tied, constant, of one class; and money."""
    rng = np.random.default_rng(seed)
    n_rows = int(rng.integers(1, 300))
    left = (rng.random(n_rows) < rng.random()).astype(int)
    scores = rng.random(n_rows) + left * rng.random()
    if seed % 3 == 0:
        scores = scores.round(1)
    if seed % 7 == 0:
        scores[:] = 0.3
    if seed % 11 == 0:
        left[:] = seed % 2
    money = {
        "customer_value": rng.uniform(1, 300),
        "incentive_cost": rng.uniform(0, 40),
        "contact_cost": rng.uniform(0, 5),
    }
    return left, scores, money


def test_published_example():
    score, fraction = expected_maximum_profit_score(LEFT, SCORES, return_fraction=True)
    assert score == pytest.approx(23.875593418348124, abs=1e-12)
    assert fraction == pytest.approx(0.8743700763487141, abs=1e-12)
    score, fraction = maximum_profit_score(LEFT, SCORES, return_fraction=True)
    assert score == pytest.approx(23.875, abs=1e-12)
    assert fraction == 0.875


@pytest.mark.parametrize("block", range(3))
def test_equals_empulse(block):
    empulse = pytest.importorskip("empulse.metrics")
    for seed in range(100 * block, 100 * block + 100):
        left, scores, money = draw_case(seed)
        rng = np.random.default_rng(seed)
        alpha, beta, rate = rng.uniform(1.1, 10), rng.uniform(1.1, 20), rng.random()
        theirs = {"clv": money["customer_value"]} | {
            name: money[name] for name in ("incentive_cost", "contact_cost")
        }
        ours = expected_maximum_profit_score(
            left, scores, alpha=alpha, beta=beta, return_fraction=True, **money
        )
        shape = {"alpha": alpha, "beta": beta}
        expected = empulse.empc_score(left, scores, **shape, **theirs)
        assert ours[0] == pytest.approx(expected, abs=1e-10)
        if money["customer_value"] > money["incentive_cost"]:
            rate_of_theirs = empulse.empc_score.optimal_rate(left, scores, **shape, **theirs)
            assert ours[1] == pytest.approx(rate_of_theirs, abs=1e-10)
        ours = maximum_profit_score(left, scores, accept_rate=rate, **money)
        expected = empulse.mpc_score(left, scores, accept_rate=rate, **theirs)
        assert ours == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_every_cut_tried(seed, weighted):
    left, scores, money = draw_case(seed)
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 3, len(left)) * rng.random() if weighted else np.ones(len(left))
    weights[0] = 1.0
    given_weights = weights if weighted else None
    value, incentive, contact = money.values()
    table = cuts(left == 1, scores, weights)
    found = profits(table, 0.4, value, incentive, contact)

    ours = maximum_profit_score(
        left, scores, accept_rate=0.4, sample_weight=given_weights, return_fraction=True, **money
    )
    assert ours[0] == pytest.approx(found.max(), abs=1e-9)
    reached = table.sum(axis=1)
    assert np.isclose(reached, ours[1])[np.isclose(found, found.max(), atol=1e-9)].any()

    ours = expected_maximum_profit_score(left, scores, sample_weight=given_weights, **money)
    expected = expected_maximum_profit(
        left == 1, scores, weights, value, incentive, contact, 6.0, 14.0
    )
    assert ours == pytest.approx(expected, abs=2e-4)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(1, 3)), min_size=1),
    st.floats(1, 500),
    st.floats(0, 50),
    st.floats(0, 5),
)
@example([(False, 0, 7), (True, 0, 6)], 79.568359375, 30.5, 5.0)  # was -1.4e-16
@settings(max_examples=60, deadline=None)
def test_weights_repeat_and_order_does_not_matter(rows, value, incentive, contact):
    left, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    money = {"customer_value": value, "incentive_cost": incentive, "contact_cost": contact}
    for score in BOTH:
        weighted = score(left, scores, sample_weight=weights, **money)
        repeated = score(np.repeat(left, weights), np.repeat(scores, weights), **money)
        assert weighted == pytest.approx(repeated, abs=1e-9)
        assert score(left[::-1], scores[::-1], **money) == pytest.approx(
            score(left, scores, **money), abs=1e-9
        )
        assert weighted >= 0
    certain = maximum_profit_score(left, scores, sample_weight=weights, **money)
    _, curve = profit_curve(left, scores, sample_weight=weights, **money)
    assert certain == pytest.approx(curve.max(), abs=1e-9)


def test_a_certain_share_is_the_limit_of_an_uncertain_one():
    certain = maximum_profit_score(LEFT, SCORES, accept_rate=0.3)
    uncertain = expected_maximum_profit_score(LEFT, SCORES, alpha=3e6, beta=7e6)
    assert uncertain == pytest.approx(certain, abs=1e-2)


@pytest.mark.parametrize("score", BOTH)
def test_labels_of_text_need_a_positive_one(score):
    names = np.where(LEFT == 1, "Churned", "Stayed")
    with pytest.raises(ValueError, match="pos_label must name the positive class"):
        score(names, SCORES)
    assert score(names, SCORES, pos_label="Churned") == score(LEFT, SCORES)
    flipped = score(names, SCORES, pos_label="Stayed")
    assert flipped == score(1 - LEFT, SCORES) != score(LEFT, SCORES)
    assert score(LEFT.astype(bool), SCORES) == score(2 * LEFT - 1, SCORES) == score(LEFT, SCORES)
    assert score(pd.Series(LEFT), pd.Series(SCORES)) == score(LEFT, SCORES)


@pytest.mark.parametrize("score", BOTH)
@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (([0, 1, 2], [0.1, 0.2, 0.3]), {}, "y_true must have two classes; got 3"),
        (([0, 1], [0.1, 0.2, 0.3]), {}, "y_score must have one score for each of the 2 rows"),
        (([0, 1], [[0.9, 0.1], [0.2, 0.8]]), {}, "column of the positive class"),
        (([0, 1], [0.1, np.nan]), {}, "y_score contains NaN"),
        (([0, np.nan], [0.1, 0.2]), {}, "y_true must not have missing labels; got 1"),
        (([], []), {}, "y_true must have at least one row"),
        (([0, 1], [0.1, 0.2]), {"pos_label": 7}, "pos_label must be one of the labels 0, 1"),
        (([0, 1], [0.1, 0.2]), {"customer_value": -1}, "customer_value must be a number >= 0"),
        (([0, 1], [0.1, 0.2]), {"contact_cost": "1"}, "contact_cost must be a number >= 0"),
        (([0, 1], [0.1, 0.2]), {"sample_weight": [1, -1]}, "sample_weight must not be negative"),
        (([0, 1], [0.1, 0.2]), {"sample_weight": [1]}, "sample_weight must have one weight"),
    ],
)
def test_refusals_name_what_is_wrong(score, arguments, changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        score(*arguments, **changes)


def test_refuses_distributions_that_are_none():
    with pytest.raises(ValueError, match="alpha must be a number > 0"):
        expected_maximum_profit_score(LEFT, SCORES, alpha=0)
    with pytest.raises(ValueError, match="accept_rate must be a number >= 0 and <= 1"):
        maximum_profit_score(LEFT, SCORES, accept_rate=1.2)


def test_nobody_is_contacted_where_it_cannot_pay():
    for score in BOTH:
        assert score(LEFT, SCORES, customer_value=5, return_fraction=True) == (0, 0)


def test_all_down_to_the_last_who_leaves_are_contacted_where_it_costs_nothing():
    score, fraction = expected_maximum_profit_score(
        LEFT, SCORES, customer_value=50, incentive_cost=0, contact_cost=0, return_fraction=True
    )
    assert score == pytest.approx(50 * 0.3 * 0.5)
    assert fraction == pytest.approx(0.875)  # the lowest score stays, and brings nothing


def test_of_cuts_that_earn_as_much_the_smallest_is_told():
    money = {"customer_value": 102.0, "incentive_cost": 10.0, "contact_cost": 1.0}
    _, fraction = maximum_profit_score(
        [1, 1, 1, 0, 0, 0], [3, 3, 2, 2, 2, -1], accept_rate=0.25, return_fraction=True, **money
    )
    assert fraction == pytest.approx(2 / 6)


@pytest.mark.parametrize("interval", INTERVALS)
def test_interval_is_that_of_rows_drawn_again(interval):
    rng = np.random.default_rng(0)
    left = rng.random(400) < 0.3
    scores = (left * 0.4 + rng.random(400)).round(2)
    score = BOTH[INTERVALS.index(interval)]
    drawn = []
    for _ in range(1000):
        rows = rng.integers(400, size=400)
        drawn.append(score(left[rows], scores[rows]))
    low, high = interval(left, scores, random_state=0, n_bootstrap=2000)
    expected = np.quantile(drawn, [0.025, 0.975])
    assert [low, high] == pytest.approx(expected, abs=0.3 * np.std(drawn))


@pytest.mark.parametrize("interval", INTERVALS)
def test_interval_does_not_depend_on_threads(interval):
    rng = np.random.default_rng(0)
    left = rng.random(30_000) < 0.3
    scores = left * 0.4 + rng.random(30_000)
    weights = rng.random(30_000)
    for given_weights in (None, weights):
        one, two = (
            interval(
                left, scores, sample_weight=given_weights, random_state=1, n_bootstrap=80, n_jobs=n
            )
            for n in (1, 2)
        )
        assert one == two
        assert one[0] < one[1]


def test_interval_of_weighted_rows():
    rng = np.random.default_rng(0)
    left = rng.random(500) < 0.3
    scores = left * 0.4 + rng.random(500)
    plain = expected_maximum_profit_interval(left, scores, random_state=0)
    doubled = expected_maximum_profit_interval(
        left, scores, sample_weight=np.full(500, 2.0), random_state=0
    )
    assert doubled == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize("changes", [{"n_bootstrap": 0}, {"confidence_level": 1.0}])
def test_interval_refuses_by_name(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        expected_maximum_profit_interval(LEFT, SCORES, **changes)
