"""Whom to contact for a budget."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase._tabular._budget import select_by_profit

money = st.integers(-20, 50)


def select_one_by_one(profit, cost, budget, most):
    """The same, customer by customer."""
    ratio = [p / c if c > 0 else np.inf for p, c in zip(profit, cost, strict=True)]
    order = sorted(range(len(profit)), key=lambda i: (-ratio[i], -profit[i], i))
    chosen, spent = set(), 0.0
    for i in order:
        if profit[i] <= 0:
            continue
        if len(chosen) == most or (budget is not None and spent + cost[i] > budget):
            break
        spent += cost[i]
        chosen.add(i)
    return [i in chosen for i in range(len(profit))]


@given(
    st.lists(st.tuples(money, st.integers(0, 20)), min_size=1),
    st.none() | st.integers(0, 200),
    st.none() | st.integers(0, 10),
)
@settings(max_examples=200, deadline=None)
def test_equals_choosing_one_by_one(customers, budget, most):
    profit, cost = (np.array(column, dtype=float) for column in zip(*customers, strict=True))
    expected = select_one_by_one(profit, cost, budget, most)
    assert select_by_profit(profit, cost, budget, most).tolist() == expected


def test_rounding_does_not_shut_out_the_last_customer():
    cost = np.full(10, 0.1)
    assert select_by_profit(np.ones(10), cost, 1.0).all()
