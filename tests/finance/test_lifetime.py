"""Lifetime value, present value and payback, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.exceptions import ZeroDenominatorWarning
from custbase.finance import (
    customer_acquisition_cost,
    customer_lifetime_value,
    max_affordable_cac,
    net_present_value,
    payback_period,
)
from tests.oracles import finance as oracle

rates = st.floats(-0.5, 2.0)
flows = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=24)


def test_customer_acquisition_cost():
    assert customer_acquisition_cost(1200.0, 48) == 25.0
    assert customer_acquisition_cost([100.0, 90.0], [4, 3]).tolist() == [25.0, 30.0]
    assert math.isnan(customer_acquisition_cost(0.0, 0))
    with pytest.warns(ZeroDenominatorWarning, match="new_customers"):
        assert customer_acquisition_cost(100.0, 0) == math.inf


def test_lifetime_value_by_hand():
    assert customer_lifetime_value(25.0, lifespan=6) == 150.0
    # 100 + 80 + 64 + 51.2, and for ever 100 / 0.2.
    assert customer_lifetime_value(100.0, retention_rate=0.8, horizon=4) == pytest.approx(295.2)
    assert customer_lifetime_value(100.0, retention_rate=0.8) == pytest.approx(500.0)
    # a (1 + r) / (1 + r - q) = 100 * 1.25 / 0.5
    assert customer_lifetime_value(100.0, retention_rate=0.75, discount_rate=0.25) == pytest.approx(
        250.0
    )
    # v = 0.6: 100 + 60 + 36
    assert customer_lifetime_value(
        100.0, retention_rate=0.75, discount_rate=0.25, horizon=3
    ) == pytest.approx(196.0)
    assert customer_lifetime_value(100.0, retention_rate=0.0) == 100.0
    assert customer_lifetime_value(100.0, retention_rate=1.0, horizon=3) == 300.0
    assert customer_lifetime_value(100.0, retention_rate=1.0, discount_rate=0.25) == pytest.approx(
        500.0
    )
    # v = 0.5 / 0.5 = 1: three times the same.
    assert customer_lifetime_value(
        10.0, retention_rate=0.5, discount_rate=-0.5, horizon=3
    ) == pytest.approx(30.0)


def test_lifetime_value_broadcasts():
    values = customer_lifetime_value(
        np.array([10.0, 20.0]), retention_rate=np.array([[0.5], [0.0]])
    )
    assert values.tolist() == [[20.0, 40.0], [10.0, 20.0]]


@settings(max_examples=50, deadline=None)
@given(a=st.floats(-1e4, 1e4), q=st.floats(0, 0.99), r=st.floats(0, 1), horizon=st.integers(1, 60))
def test_lifetime_value_is_the_sum_over_periods(a, q, r, horizon):
    expected = sum(a * (q / (1 + r)) ** t for t in range(horizon))
    value = customer_lifetime_value(a, retention_rate=q, discount_rate=r, horizon=horizon)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    endless = customer_lifetime_value(abs(a), retention_rate=q, discount_rate=r)
    assert endless >= abs(value) * (1 - 1e-9)


def test_net_present_value_by_hand():
    # 60/1.2 + 72/1.44 = 50 + 50; a period earlier 60 + 60.
    assert net_present_value([60.0, 72.0], 0.2) == pytest.approx(100.0, rel=1e-14)
    assert net_present_value([60.0, 72.0], 0.2, first_period=0) == pytest.approx(120.0, rel=1e-14)
    assert net_present_value([60.0, 72.0], 0.0) == 132.0
    assert net_present_value([-100.0, 60.0, 72.0], 0.2, first_period=0) == pytest.approx(
        0, abs=1e-12
    )


def test_time_is_the_last_axis():
    cube = np.arange(24.0).reshape(2, 3, 4)
    values = net_present_value(cube, 0.1)
    assert values.shape == (2, 3)
    assert values[1, 2] == pytest.approx(net_present_value(cube[1, 2], 0.1), rel=1e-14)


def test_one_rate_a_customer():
    matrix = np.arange(12.0).reshape(3, 4)
    many = net_present_value(matrix, [0.0, 0.1, 0.5], first_period=2)
    single = [
        net_present_value(row, r, first_period=2)
        for row, r in zip(matrix, [0.0, 0.1, 0.5], strict=True)
    ]
    assert many == pytest.approx(single, rel=1e-14)
    assert net_present_value(matrix[0], [[0.1, 0.2]]).shape == (1, 2)


@settings(max_examples=50, deadline=None)
@given(cashflows=flows, rate=rates)
def test_net_present_value_equals_numpy_financial(cashflows, rate):
    expected = npf.npv(rate, cashflows)
    # Money that is no normal number any more loses digits when it is discounted.
    tolerance = 1e-12 * npf.npv(rate, np.abs(cashflows)) + 1e-300
    assert net_present_value(cashflows, rate, first_period=0) == pytest.approx(
        expected, rel=1e-12, abs=tolerance
    )
    assert net_present_value([cashflows], [rate], first_period=0) == pytest.approx(
        expected, rel=1e-12, abs=tolerance
    )
    assert net_present_value(cashflows, rate) * (1 + rate) == pytest.approx(
        expected, rel=1e-12, abs=tolerance
    )


def test_a_square_matrix_is_discounted_along_its_rows():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    by_row = [npf.npv(0.5, row) for row in square]
    assert net_present_value(square, 0.5, first_period=0) == pytest.approx(by_row, rel=1e-12)
    # Pins what the docstring says about numpy-financial 1.0.
    assert npf.npv(0.5, square) != pytest.approx(by_row)


@settings(max_examples=50, deadline=None)
@given(x=flows, factor=st.floats(-10, 10), rate=rates)
def test_net_present_value_is_linear(x, factor, rate):
    y = x[::-1]
    together = net_present_value(np.array(x) + factor * np.array(y), rate)
    apart = net_present_value(x, rate) + factor * net_present_value(y, rate)
    size = net_present_value(np.abs(x) + abs(factor) * np.abs(y), rate)
    assert together == pytest.approx(apart, rel=1e-9, abs=1e-9 * size)


@settings(max_examples=50, deadline=None)
@given(cashflows=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=24), low=rates, high=rates)
def test_net_present_value_of_receipts_falls_with_the_rate(cashflows, low, high):
    low, high = sorted((low, high))
    dear, cheap = net_present_value(cashflows, high), net_present_value(cashflows, low)
    assert dear <= cheap * (1 + 1e-12)


def test_payback_by_hand():
    assert payback_period(90.0, 20.0) == 4.5
    # 50 + 40 + 32 = 122 covers 120 in the third period.
    assert payback_period(120.0, 50.0, retention_rate=0.8) == 3.0
    # 100/1.25 = 80 a period later: 100 + 80 = 180.
    assert payback_period(180.0, 100.0, discount_rate=0.25) == 2.0
    assert payback_period(180.01, 100.0, discount_rate=0.25) == 3.0
    # 50/(1 - 0.8) = 250 is never reached.
    assert payback_period(250.0, 50.0, retention_rate=0.8) == math.inf
    assert payback_period([40.0, 50.0, 51.0], 50.0, retention_rate=0.0).tolist() == [1, 1, math.inf]
    # Growing value: 10 + 20 + 40 = 70.
    assert payback_period(70.0, 10.0, discount_rate=-0.5) == 3.0


def test_payback_without_cost_margin_or_anything():
    assert payback_period(0.0, 50.0, retention_rate=0.5) == 0.0
    assert payback_period(0.0, -1.0) == 0.0
    assert payback_period(10.0, -1.0, retention_rate=0.5) == math.inf
    assert math.isnan(payback_period(0.0, 0.0))
    assert math.isnan(payback_period(np.nan, 5.0, retention_rate=0.5))
    assert payback_period(np.inf, 5.0) == payback_period(np.inf, 5.0, retention_rate=0.5) == np.inf
    for q in (1.0, 0.5, 0.0):
        with pytest.warns(ZeroDenominatorWarning, match="margin_per_period"):
            assert payback_period(10.0, 0.0, retention_rate=q) == math.inf


@settings(max_examples=200, deadline=None)
@given(
    cac=st.floats(0.01, 1e4),
    margin=st.floats(0.1, 1e3),
    q=st.floats(0, 0.98),
    r=st.floats(0, 0.5),
)
def test_payback_equals_adding_up(cac, margin, q, r):
    periods = payback_period(cac, margin, retention_rate=q, discount_rate=r)
    # At the very edge of what is ever earned, rounding decides between late and never.
    limit = margin / (1 - q / (1 + r))
    if abs(cac / limit - 1) > 1e-6:
        assert periods == oracle.payback(cac, margin, q / (1 + r), math.inf)


@settings(max_examples=50, deadline=None)
@given(periods=st.integers(1, 40), v=st.floats(0.3, 0.99), margin=st.floats(0.1, 1e3))
def test_payback_of_exactly_so_many_periods(periods, v, margin):
    cac = customer_lifetime_value(margin, retention_rate=v, horizon=periods)
    if v**periods > 1e-6:
        assert payback_period(cac, margin, retention_rate=v) == periods


def test_max_affordable_cac():
    assert max_affordable_cac(300.0, target_ratio=4) == 75.0
    assert max_affordable_cac(300.0, required_profit=50) == 250.0
    assert max_affordable_cac(30.0, required_profit=50) == -20.0
    assert max_affordable_cac([30.0, 60.0], target_ratio=[3, 2]).tolist() == [10.0, 30.0]


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: customer_acquisition_cost(-1.0, 1), "acquisition_cost"),
        (lambda: customer_acquisition_cost(1.0, -1), "new_customers"),
        (lambda: customer_lifetime_value(1.0), "lifespan or retention_rate"),
        (lambda: customer_lifetime_value(1.0, lifespan=1, retention_rate=0.5), "not both"),
        (lambda: customer_lifetime_value(1.0, lifespan=1, horizon=2), "horizon"),
        (lambda: customer_lifetime_value(1.0, lifespan=1, discount_rate=0.1), "discount_rate"),
        (lambda: customer_lifetime_value(1.0, lifespan=-1), "lifespan"),
        (lambda: customer_lifetime_value(1.0, retention_rate=1.0), "retention_rate"),
        (lambda: customer_lifetime_value(1.0, retention_rate=-0.1), "retention_rate"),
        (lambda: customer_lifetime_value(1.0, retention_rate=0.5, horizon=0), "horizon"),
        (
            lambda: customer_lifetime_value(1.0, retention_rate=0.5, discount_rate=-0.5),
            "below 1 \\+ discount_rate",
        ),
        (lambda: net_present_value([1.0], -1.0), "rate must be > -1"),
        (lambda: net_present_value([1.0], [0.1, -2.0]), "rate must be > -1"),
        (lambda: net_present_value([1.0], 0.1, first_period=-1), "first_period"),
        (lambda: net_present_value([1.0], 0.1, first_period=0.5), "first_period"),
        (lambda: net_present_value(5.0, 0.1), "cashflows"),
        (lambda: net_present_value([], 0.1), "cashflows"),
        (lambda: net_present_value(["a"], 0.1), "cashflows"),
        (lambda: payback_period(-1.0, 1.0), "acquisition_cost"),
        (lambda: payback_period(1.0, 1.0, retention_rate=1.1), "retention_rate"),
        (lambda: payback_period(1.0, 1.0, discount_rate=-1), "discount_rate"),
        (lambda: max_affordable_cac(1.0), "target_ratio or required_profit"),
        (lambda: max_affordable_cac(1.0, target_ratio=1, required_profit=1), "not both"),
        (lambda: max_affordable_cac(1.0, target_ratio=0), "target_ratio"),
    ],
)
def test_errors_name_the_argument(call, argument):
    with pytest.raises((TypeError, ValueError), match=argument):
        call()
