"""Sums over every unit of time, by few of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.value._discount import weigh_times


def discount_plainly(count, horizon, rate):
    ends = np.append(np.arange(1.0, horizon), horizon)
    return np.diff(count(ends), prepend=0.0) @ (1 + rate) ** -ends


def discount(count, horizon, rate, *, is_smooth=True):
    times, weights = weigh_times(horizon, rate, is_smooth=is_smooth)
    return weights @ count(times)


# Counts that saturate at once, late or never, and those of customers of one rate.
COUNTS = [
    lambda t: -np.expm1(-1e-3 * np.log1p(t / 1e-6)),
    lambda t: (1 + t / 40) ** 0.4 - 1,
    lambda t: 1 - (1 + t / 1e4) ** -40.0,
    lambda t: t,
    np.log1p,
]


@settings(max_examples=150, deadline=None)
@given(
    count=st.sampled_from(COUNTS),
    horizon=st.one_of(st.floats(1e-3, 100.0), st.floats(100.0, 2e4), st.integers(1, 9000)),
    rate=st.floats(-9.0, 1.0).map(lambda power: 10.0**power),
)
def test_few_times_make_the_plain_sum(count, horizon, rate):
    expected = discount_plainly(count, horizon, rate)
    for is_smooth in (True, False):
        found = discount(count, horizon, rate, is_smooth=is_smooth)
        assert found == pytest.approx(expected, rel=1e-11)
    assert len(weigh_times(horizon, rate, is_smooth=True)[0]) < 250


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 100.0), st.floats(-100.0, 2.0))
def test_any_horizon_and_rate(horizon_power, rate_power):
    # One purchase a unit: a geometric series, and a part of a unit.
    horizon, rate = 10.0**horizon_power, 10.0**rate_power
    force, whole = np.log1p(rate), np.floor(horizon)
    expected = -np.expm1(-whole * force) / rate
    expected += (horizon - whole) * np.exp(-horizon * force)
    assert discount(lambda t: t, horizon, rate) == pytest.approx(expected, rel=1e-9)
    assert len(weigh_times(horizon, rate, is_smooth=True)[0]) < 8000


def test_long_sums_and_integrals_agree(monkeypatch):
    expected = discount(np.log1p, 2e6, 1e-5)
    monkeypatch.setattr("custbase.value._discount.MANY_UNITS", 2**22)
    assert discount(np.log1p, 2e6, 1e-5) == pytest.approx(expected, rel=1e-10)
