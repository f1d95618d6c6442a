from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custbase._numbers import rounding_of, write_apart

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("kind", "bits"), [(np.float16, 11), (np.float32, 24), (np.float64, 53)], ids=str
)
def test_rounding_is_that_of_the_type_numbers_came_in(kind: type, bits: int) -> None:
    exact = np.random.default_rng(0).uniform(1, 50, 200)
    rounded = exact.astype(kind).astype(np.float64)
    assert rounding_of(rounded) == 2.0**-bits
    assert (np.abs(rounded - exact) <= rounding_of(rounded) * exact).all()
    # Among others, too, and of a single customer.
    if kind is not np.float16:
        assert rounding_of(np.concatenate([rounded, exact])) == 2.0**-bits
        assert {rounding_of(rounded[i : i + 1]) for i in range(200)} == {2.0**-bits}


@pytest.mark.parametrize(
    "exact",
    [
        np.arange(5000.0),
        np.arange(1e7, 1e7 + 5000),
        np.arange(400.0) / 4,
        np.arange(1, 900) / 7,
        np.arange(1, 5000) / 100,
        np.array([0.0]),
        np.array([3.5, 2.25, 1024.5]),
    ],
)
def test_exact_numbers_are_not_taken_for_rounded_ones(exact):
    assert rounding_of(exact) == 2.0**-53


@given(st.lists(finite, min_size=1, max_size=4))
def test_other_numbers_look_other(numbers: list[float]) -> None:
    written = write_apart(*numbers)
    assert len(set(written)) >= len(set(numbers))
    for text, number in zip(written, numbers, strict=True):
        assert float(text) == pytest.approx(number, rel=1e-5)
        assert float(text).is_integer() == number.is_integer()


def test_numbers_are_short_where_they_may_be() -> None:
    assert write_apart(0.1 + 0.2, 5.0) == ["0.3", "5"]
    assert write_apart(2.0, 38.857142857142854) == ["2", "38.8571"]
    assert write_apart(38.857142857142854, 38.85714340209961) == ["38.8571429", "38.8571434"]
    assert write_apart(1000000.5) == ["1000000.5"]
    assert write_apart(1e15, 1e15 + 1) == ["1000000000000000", "1000000000000001"]
