"""Sums over segments and the figures made from them."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.finance._figures import HEADLINE, Terms, campaign_figures, spread_costs
from custbase.finance._sums import add_total

TERMS = Terms(
    n_periods=2,
    first_period=1,
    margin_rate=0.5,
    discount_rate=0.0,
    lifespan=None,
    retention_rate=None,
    horizon=None,
)


def test_costs_of_one_budget_are_spread_by_customers():
    segments = np.array(["a", "b"], dtype=object)
    costs = spread_costs(np.array([1.0, 3.0]), {"shop": 30.0, "mail": 10.0}, 20.0, 2.0, segments)
    assert costs.implementation.tolist() == [10.0, 30.0, 40.0]
    assert costs.budget.tolist() == [5.0, 15.0, 20.0]
    assert costs.contacts.tolist() == [2.0, 6.0, 8.0]


def test_costs_of_a_budget_by_segment():
    segments = np.array(["a", "b"], dtype=object)
    costs = spread_costs(np.array([1.0, 3.0]), 0.0, {"b": 7.0}, 0.0, segments)
    assert costs.budget.tolist() == [0.0, 7.0, 7.0]


def test_draws_give_the_figures_of_each_draw():
    segments = np.array(["a", "b"], dtype=object)
    n = add_total(np.array([2.0, 3.0]))
    costs = spread_costs(n[:-1], 10.0, 20.0, 1.0, segments)
    revenue = add_total(np.array([[40.0, 0.0], [10.0, 90.0]]))
    rest = {"n_customers": n, "baseline": np.full(3, np.nan), "n_new": np.full(3, np.nan)}
    both = campaign_figures({**rest, "revenue": revenue, "present_value": revenue}, costs, TERMS)
    for draw in range(2):
        one = campaign_figures(
            {**rest, "revenue": revenue[draw], "present_value": revenue[draw]}, costs, TERMS
        )
        for name in one:
            np.testing.assert_array_equal(both[name][draw], one[name])


def test_headline_figures_are_figures():
    ones = np.ones(2)
    names = ("n_customers", "revenue", "present_value", "baseline", "n_new")
    costs = spread_costs(ones[:1], 1.0, 1.0, 1.0, np.array(["all"], dtype=object))
    figures = campaign_figures(dict.fromkeys(names, ones), costs, TERMS)
    assert set(HEADLINE) < set(figures)
    assert figures["npv"] == pytest.approx(-2.0)
