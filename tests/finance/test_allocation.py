"""Budget over contacts and over response curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator
from scipy.optimize import linprog, minimize

from custbase.finance import marginal_roi
from custbase.finance._allocation import allocate_contacts, allocate_spend, check_response
from tests.oracles import finance as oracle


def contacts_of(gains, budget, cost, positions=None):
    gains = np.array(gains, dtype=float)
    positions = np.zeros(len(gains), dtype=int) if positions is None else np.array(positions)
    segments = np.array([f"s{i}" for i in range(positions.max() + 1)])
    return allocate_contacts(gains, positions, segments, budget, cost)


def test_contacts_by_hand():
    # Contacts cost 2, so 10, 8 and 5 are worth it and 2 and 1 are not; 5 buys two of them.
    plan = contacts_of([1.0, 8.0, 5.0, 10.0, 2.0], 5.0, 2.0, [0, 0, 1, 1, 1])
    assert plan.table["contacts"].tolist() == [1, 1]
    assert plan.table["spend"].tolist() == [2.0, 2.0]
    assert plan.table["expected_return"].tolist() == [8.0, 10.0]
    assert plan.table.index.tolist() == ["s0", "s1"]
    assert plan.spend == 4.0
    assert plan.expected_return == 18.0
    assert plan.shadow_price == 1.5  # one more unit buys half of the 5: 2.5 - 1
    assert plan.bound == 18.0 + 0.5 * 5.0


def test_contacts_with_a_budget_larger_than_useful():
    plan = contacts_of([10.0, 2.0, -3.0, 1.9], 1000.0, 2.0)
    assert plan.table["contacts"].tolist() == [1]
    assert plan.shadow_price == 0.0
    assert plan.bound == plan.expected_return == 10.0


def test_contacts_that_cost_next_to_nothing():
    assert contacts_of([10.0, 2.0], 1e300, 1e-300).table["contacts"].tolist() == [2]


def test_contacts_without_budget():
    plan = contacts_of([10.0, 6.0], 0.0, 2.0)
    assert plan.spend == plan.expected_return == plan.bound == 0.0
    assert plan.shadow_price == 4.0


def test_ties_go_to_the_lower_row_and_binary_fractions_do_not_cost_a_contact():
    plan = contacts_of([5.0, 5.0, 5.0, 5.0], 0.3, 0.1, [0, 1, 0, 1])
    assert plan.table["contacts"].tolist() == [2, 1]


@settings(max_examples=60, deadline=None)
@given(
    gains=st.lists(st.integers(-5, 20), min_size=1, max_size=9),
    budget=st.integers(0, 30),
    cost=st.integers(1, 6),
)
def test_contacts_are_the_best_subset_and_the_bound_is_the_linear_program(gains, budget, cost):
    plan = contacts_of(gains, float(budget), float(cost))
    profit = plan.expected_return - plan.spend
    assert plan.spend <= budget
    assert profit == pytest.approx(oracle.best_contacts(gains, budget, cost))
    relaxed = linprog(
        cost - np.array(gains, dtype=float),
        A_ub=np.full((1, len(gains)), float(cost)),
        b_ub=[float(budget)],
        bounds=(0, 1),
    )
    useful = cost * sum(gain > cost for gain in gains)
    assert plan.bound - min(budget, useful) == pytest.approx(-relaxed.fun, abs=1e-9)
    assert plan.shadow_price == pytest.approx(-relaxed.ineqlin.marginals[0], abs=1e-9) or (
        # At a corner any price between the neighbouring slopes is a dual solution.
        budget % cost == 0
    )


def test_many_contacts_are_within_a_thousandth_of_the_bound():
    rng = np.random.RandomState(0)
    plan = contacts_of(rng.exponential(10, 20_000), 3210.7, 1.3, rng.randint(6, size=20_000))
    assert plan.expected_return <= plan.bound <= plan.expected_return * 1.001


def test_square_roots_by_hand():
    # f' = 15/sqrt(x) and 20/sqrt(y): x : y = 225 : 400, so 36 and 64 of 100, both 2.5.
    curves = {"a": lambda x: 30 * math.sqrt(x), "b": lambda x: 40 * np.sqrt(x)}
    plan = allocate_spend(curves, 100.0)
    assert plan.table["spend"].tolist() == pytest.approx([36.0, 64.0], rel=1e-7)
    assert plan.table["expected_return"].tolist() == pytest.approx([180.0, 320.0], rel=1e-7)
    assert plan.shadow_price == pytest.approx(1.5, abs=1e-8)
    assert plan.spend == pytest.approx(100.0, rel=1e-14)
    assert plan.bound == plan.expected_return
    assert "contacts" not in plan.table


def test_nothing_is_spent_at_a_loss():
    # f' = 1 at 225 and at 400; the rest of 1000 would return less than itself.
    curves = {"a": lambda x: 30 * math.sqrt(x), "b": lambda x: 40 * math.sqrt(x)}
    plan = allocate_spend(curves, 1000.0)
    assert plan.table["spend"].tolist() == pytest.approx([225.0, 400.0], rel=1e-7)
    assert plan.shadow_price == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_smooth_curves_match_slsqp(seed):
    rng = np.random.RandomState(seed)
    size, scale = rng.uniform(500, 2000, 6), rng.uniform(50, 500, 6)
    budget = 400.0
    curves = {
        i: lambda x, a=a, b=b: a * (1 - np.exp(-x / b))
        for i, (a, b) in enumerate(zip(size, scale, strict=True))
    }
    plan = allocate_spend(curves, budget)
    best = minimize(
        lambda x: -(size * (1 - np.exp(-x / scale))).sum() + x.sum(),
        np.full(6, budget / 6),
        jac=lambda x: -(size / scale) * np.exp(-x / scale) + 1,
        bounds=[(0, budget)] * 6,
        constraints={
            "type": "ineq",
            "fun": lambda x: budget - x.sum(),
            "jac": lambda x: -np.ones(6),
        },
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert plan.expected_return - plan.spend == pytest.approx(-best.fun, rel=1e-9)
    assert plan.table["spend"].to_numpy() == pytest.approx(best.x, abs=1e-6 * budget)
    slopes = size / scale * np.exp(-plan.table["spend"].to_numpy() / scale) - 1
    spent = plan.table["spend"].to_numpy() > 0
    assert slopes[spent] == pytest.approx(plan.shadow_price, rel=1e-6)
    assert (slopes[~spent] <= plan.shadow_price + 1e-6).all()


def test_kinked_and_straight_curves():
    curves = {
        "kinked": lambda x: 3 * min(x, 10) + 1.5 * max(x - 10, 0),
        "straight": lambda x: 2.0 * x,
        "capped": lambda x: 2.0 * min(x, 30),
        "poor": lambda x: 0.5 * x,
    }
    plan = allocate_spend(curves, 25.0)
    assert plan.expected_return == pytest.approx(3 * 10 + 2 * 15, rel=1e-6)
    assert plan.table.loc["kinked", "spend"] == pytest.approx(10.0, rel=1e-5)
    assert plan.table.loc["poor", "spend"] == 0.0
    assert plan.shadow_price == pytest.approx(1.0, abs=1e-8)
    assert plan.spend == pytest.approx(25.0)


def test_a_curve_that_starts_above_zero_and_one_that_falls():
    curves = {
        "sure": lambda x: 1e4 + 0.0 * x,
        "harmful": lambda x: 5 - x * x,
        "good": lambda x: 3 * x,
    }
    plan = allocate_spend(curves, 10.0)
    assert plan.table["spend"].tolist() == pytest.approx([0.0, 0.0, 10.0])
    assert plan.expected_return == pytest.approx(1e4 + 5 + 30)


def test_an_interpolated_curve():
    spend = np.array([0.0, 50.0, 100.0, 200.0])
    curve = PchipInterpolator(spend, 400 * (1 - np.exp(-spend / 100)))
    plan = allocate_spend({"a": curve, "b": lambda x: 2 * x}, 150.0)
    first, second = plan.table["spend"]
    assert first + second == pytest.approx(150.0)
    assert marginal_roi(curve, first) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("budget", [0.0, 0])
def test_curves_without_budget(budget):
    plan = allocate_spend({"a": lambda x: 3 * x + 1, "b": lambda x: 2 * x}, budget)
    assert plan.table["spend"].tolist() == [0.0, 0.0]
    assert plan.expected_return == 1.0
    assert plan.shadow_price == pytest.approx(2.0, abs=1e-8)
    assert allocate_spend({"a": lambda x: 0.1 * x}, budget).shadow_price == 0.0


@pytest.mark.parametrize(
    "curve",
    [
        lambda x: x * x,
        lambda x: 500 / (1 + math.exp(-(x - 30) / 5)),  # S-shaped
        lambda x: 100 * x**2 / (x**2 + 20**2),  # Hill
        lambda x: 10.0 if x > 50 else 0.0,
    ],
)
def test_rising_returns_are_refused(curve):
    with pytest.raises(ValueError, match="segment 'bad' must be concave"):
        allocate_spend({"good": math.sqrt, "bad": curve}, 100.0)


def test_rising_returns_beyond_the_budget_do_not_matter():
    plan = allocate_spend({"a": lambda x: 3 * x if x < 200 else x * x}, 100.0)
    assert plan.spend == 100.0


def test_a_curve_that_gives_no_number_is_named():
    with pytest.raises(ValueError, match="response of segment 'bad'"):
        allocate_spend({"bad": lambda x: math.nan}, 100.0)


def test_responses_must_fit_the_segments():
    segments = np.array(["a", "b"], dtype=object)
    ordered = check_response({"b": math.sqrt, "a": math.sqrt}, segments)
    assert list(ordered) == ["a", "b"]
    with pytest.raises(ValueError, match="'c'"):
        check_response({"a": math.sqrt, "b": math.sqrt, "c": math.sqrt}, segments)
    with pytest.raises(ValueError, match="lacks \\['b'\\]"):
        check_response({"a": math.sqrt}, segments)
    with pytest.raises(TypeError, match="'b'"):
        check_response({"a": math.sqrt, "b": 3.0}, segments)


@settings(max_examples=25, deadline=None)
@given(
    weights=st.lists(st.floats(5, 100), min_size=1, max_size=5),
    budget=st.floats(1, 1e4),
)
def test_square_roots_share_in_proportion_to_squares(weights, budget):
    plan = allocate_spend({i: lambda x, w=w: w * x**0.5 for i, w in enumerate(weights)}, budget)
    squares = np.square(weights)
    # Unconstrained optimum w^2/4, scaled down to the budget if that is more.
    expected = squares * min(0.25, budget / squares.sum())
    assert plan.table["spend"].to_numpy() == pytest.approx(expected, rel=1e-5, abs=1e-7 * budget)
