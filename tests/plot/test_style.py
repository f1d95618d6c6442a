"""How the displays write numbers and tell segments apart."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custbase.plot import _style


@pytest.mark.parametrize(
    ("value", "largest", "text"),
    [
        (0, 0, "0"),
        (0.25, 1, "0.25"),
        (12.5, 50, "12.5"),
        (950, 950, "950"),
        (12_340, 23_552, "12,340"),
        (-1_128, 23_552, "−1,128"),
        (0, 2e5, "0"),
        (8_200, 125_000, "8.2k"),
        (125_000, 125_000, "125k"),
        (999_999, 999_999, "1,000k"),
        (-1_234_567, 2e6, "−1.23M"),
        (3.2e9, 3.2e9, "3.2B"),
    ],
)
def test_compact_numbers(value, largest, text):
    assert _style.compact(value, largest) == text


@given(st.floats(1e-3, 1e12))
def test_compact_numbers_keep_three_digits(value):
    text = _style.compact(value, value)
    number = float(text.rstrip("kMB").replace(",", ""))
    size = {"k": 1e3, "M": 1e6, "B": 1e9}.get(text[-1], 1.0)
    assert math.isclose(number * size, value, rel_tol=0.0051)


def test_signed_percentages():
    assert [_style.signed_pct(x) for x in (1234.4, 0.0, -10.0)] == ["+1,234%", "+0%", "−10%"]


def test_looks_are_distinct_for_many_segments():
    looks = [_style.color_and_marker(i) for i in range(42)]
    assert len(set(looks)) == 42
    assert len({color for color, _ in looks[:7]}) == 7
    assert _style.GREY not in {color for color, _ in looks}


def test_missing_matplotlib_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"ElbowDisplay needs matplotlib.*custbase\[plot\]"):
        _style.new_axes("ElbowDisplay")
