"""Revenue, cost and their ratios, against numbers worked out by hand."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase import CampaignFinance
from custbase.exceptions import ZeroDenominatorWarning
from custbase.finance import (
    average_revenue_per_customer,
    break_even_pct,
    marginal_roi,
    marketing_roi_pct,
    profit_margin_pct,
    return_on_investment_pct,
    total_cost,
    total_revenue,
)

RATIOS = [
    return_on_investment_pct,
    break_even_pct,
    profit_margin_pct,
    average_revenue_per_customer,
    marketing_roi_pct,
]


def test_hand_worked_campaign():
    # 200 customers, 6000 of revenue in two periods; 1000 to build, 900 of media, 0.5 a contact.
    revenue = total_revenue([[1500.0, 500.0], [4000.0, 0.0]])
    cost = total_cost(1000.0, 900.0, cost_per_contact=0.5, n_contacts=200)
    assert revenue == 6000.0
    assert cost == 2000.0
    assert return_on_investment_pct(revenue, cost) == 200.0  # (6000 - 2000) / 2000
    assert break_even_pct(revenue, cost) == pytest.approx(100 / 3)  # 2000 / 6000
    assert profit_margin_pct(revenue, cost) == pytest.approx(200 / 3)  # 4000 / 6000
    assert average_revenue_per_customer(revenue, 200) == 30.0
    assert marketing_roi_pct(revenue, 1000.0) == 500.0  # (6000 - 1000) / 1000


def test_total_revenue_by_axis():
    flows = np.array([[1.0, 2.0], [3.0, -4.0]])
    assert total_revenue(flows, axis=0).tolist() == [4.0, -2.0]
    assert total_revenue(flows, axis=1).tolist() == [3.0, -1.0]
    assert total_revenue(pd.Series([1, 2, 3])) == 6.0


def test_large_amounts_keep_nine_digits():
    assert total_revenue(np.full(10**6, 1e12 + 0.1)) == pytest.approx(1e18 + 1e5, rel=1e-12)


@pytest.mark.parametrize("ratio", RATIOS)
def test_numbers_give_a_float_and_arrays_broadcast(ratio):
    assert type(ratio(3, 2)) is float
    table = ratio(np.array([[1.0], [2.0]]), np.array([1.0, 4.0, 5.0]))
    assert table.shape == (2, 3)
    assert table[1, 2] == ratio(2.0, 5.0)


@pytest.mark.parametrize("ratio", RATIOS)
def test_zero_over_zero_is_nan_without_warning(ratio):
    assert math.isnan(ratio(0.0, 0.0))


@pytest.mark.parametrize(
    ("ratio", "arguments", "expected"),
    [
        (return_on_investment_pct, (5.0, 0.0), math.inf),
        (return_on_investment_pct, (-5.0, -0.0), -math.inf),
        (break_even_pct, (0.0, 5.0), math.inf),
        (profit_margin_pct, (0.0, 5.0), -math.inf),
        (average_revenue_per_customer, (5.0, 0), math.inf),
        (marketing_roi_pct, (5.0, 0.0), math.inf),
    ],
)
def test_amount_over_zero_is_infinite_and_warns_the_caller(ratio, arguments, expected):
    with pytest.warns(ZeroDenominatorWarning, match=ratio.__name__) as caught:
        assert ratio(*arguments) == expected
    assert caught[0].filename == __file__


def test_nan_passes_and_only_real_zeros_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(return_on_investment_pct([np.nan, 0.0], [0.0, 0.0])).all()


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: total_revenue(["12", "13"]), "revenue"),
        (lambda: total_revenue(np.array(["1", 2.0], dtype=object)), "revenue"),
        (lambda: total_cost(-1.0), "implementation_cost"),
        (lambda: total_cost(1.0, -1.0), "marketing_budget"),
        (lambda: total_cost(1.0, cost_per_contact=-1.0), "cost_per_contact"),
        (lambda: total_cost(1.0, n_contacts=-1), "n_contacts"),
        (lambda: average_revenue_per_customer(1.0, -1), "n_customers"),
        (lambda: return_on_investment_pct("a", 1.0), "revenue"),
        (lambda: marginal_roi([1.0, 2.0], [1.0, 1.0]), "spend"),
        (lambda: marginal_roi([1.0, 2.0, 3.0], [1.0, 2.0]), "contribution"),
        (lambda: marginal_roi([1.0], [1.0]), "contribution"),
        (lambda: marginal_roi(lambda x: x, -1.0), "spend"),
        (lambda: marginal_roi(lambda x: math.nan, 1.0), "contribution"),
        (lambda: marginal_roi(lambda x: [x, x], 1.0), "contribution"),
    ],
)
def test_errors_name_the_argument(call, argument):
    with pytest.raises((TypeError, ValueError), match=argument):
        call()


amounts = st.floats(1e-3, 1e9)


@settings(max_examples=50, deadline=None)
@given(revenue=amounts, cost=amounts)
def test_identities_between_ratios(revenue, cost):
    assert break_even_pct(revenue, cost) + profit_margin_pct(revenue, cost) == pytest.approx(
        100, rel=1e-9, abs=1e-9 * break_even_pct(revenue, cost)
    )
    growth = 1 + return_on_investment_pct(revenue, cost) / 100
    assert growth * cost == pytest.approx(revenue, rel=1e-9, abs=1e-9 * cost)


def test_marginal_roi_of_a_curve():
    # d/dx 100 sqrt(x) = 50 / sqrt(x): 5 at 100, 2 at 625, 0.5 at 10000.
    result = marginal_roi(lambda x: 100 * math.sqrt(x), [100.0, 625.0, 10_000.0])
    assert result == pytest.approx([4.0, 1.0, -0.5], abs=1e-8)
    assert marginal_roi(lambda x: 3 * x + 7, 0.0) == pytest.approx(2.0, abs=1e-8)
    assert marginal_roi(lambda x: np.atleast_1d(3 * x), 5.0) == pytest.approx(2.0, abs=1e-8)


def test_marginal_roi_of_observed_points():
    # Slopes of the pairs: (300 - 0)/100 = 3 and (400 - 300)/100 = 1, in the middle (3 + 1)/2.
    assert marginal_roi([0.0, 300.0, 400.0], [0.0, 100.0, 200.0]).tolist() == [2.0, 1.0, 0.0]


@settings(max_examples=50, deadline=None)
@given(
    a=st.floats(-5, 5),
    b=st.floats(-50, 50),
    gaps=st.lists(st.floats(0.5, 10), min_size=3, max_size=8),
)
def test_marginal_roi_is_exact_for_a_parabola_inside(a, b, gaps):
    spend = np.cumsum(gaps)
    observed = marginal_roi(a * spend**2 + b * spend, spend)
    assert observed[1:-1] == pytest.approx(2 * a * spend[1:-1] + b - 1, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (return_on_investment_pct, (150.0, -10.0), "cost"),
        (break_even_pct, (150.0, -10.0), "cost"),
        (profit_margin_pct, (150.0, -10.0), "cost"),
        (marketing_roi_pct, (150.0, -10.0), "marketing_cost"),
    ],
)
def test_negative_costs_are_refused(function, arguments, name):
    with pytest.raises(ValueError, match=f"{name} must be >= 0; got -10"):
        function(*arguments)


@pytest.mark.parametrize("values", [None, {"a": 100.0}, ["1", "2"], [1.0, None]])
def test_what_is_no_number_is_refused_by_name(values):
    with pytest.raises(TypeError, match="revenue must be a number or an array of numbers"):
        total_revenue(values)


def test_what_rounding_leaves_of_revenue_is_none():
    assert total_revenue([0.1, 0.2, -0.3]) == 0
    np.testing.assert_array_equal(total_revenue([[0.1, 0.2, -0.3], [1, 2, 3]], axis=1), [0, 6])
    assert total_revenue([1e-17, 1e-18]) == 1.1e-17
    assert total_revenue([np.inf, 1.0]) == np.inf
    campaign = CampaignFinance(marketing_budget=5.0, n_bootstrap=0)
    nothing, back = (
        campaign.fit(np.zeros((3, 1)), money).figures_ for money in ([0, 0, 0], [0.1, 0.2, -0.3])
    )
    assert list(back) == list(nothing)
    for name in nothing:
        np.testing.assert_array_equal(back[name], nothing[name])
