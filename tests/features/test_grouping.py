"""The two ways to add up customer-days agree, and the fast one knows its limits."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from custbase.features._grouping import (
    _customer_starts,
    _sum_days_sorted,
    merge_customers,
    name_customers,
    number_customers,
    spread_earliest,
    sum_days,
)


def make_rows(n_rows=500, seed=0, customers=40):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": rng.integers(-7, customers, n_rows),
            "day": np.datetime64("1969-12-20", "us")
            + np.timedelta64(1, "D") * rng.integers(0, 30, n_rows),
            "amount": rng.integers(-50, 100, n_rows) / 4,
            "is_sale": rng.integers(0, 2, n_rows),
        }
    )


@pytest.mark.parametrize("n_rows", [1, 2, 500])
def test_sorting_equals_grouping(n_rows):
    rows = make_rows(n_rows)
    fast = _sum_days_sorted(rows, {"value": "amount", "sold": "is_sale"}, "n")
    slow = rows.groupby(["customer", "day"], as_index=False).agg(
        n=("amount", "size"), value=("amount", "sum"), sold=("is_sale", "sum")
    )
    pd.testing.assert_frame_equal(fast, slow)


def test_ids_that_leave_no_room_in_a_key_are_grouped_the_other_way():
    rows = make_rows()
    wide = rows.assign(customer=rows["customer"] * 2**55)
    sums = {"value": "amount"}
    assert _sum_days_sorted(wide, sums, "n") is None
    got = sum_days(nw.from_native(wide), sums, n_rows="n").to_native()
    got["customer"] //= 2**55
    want = _sum_days_sorted(rows, sums, "n")[got.columns]
    got = got.sort_values(["customer", "day"], ignore_index=True)
    pd.testing.assert_frame_equal(got, want)


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series(["b", "a", "b"]),
        pd.Series(["b", "a", "b"], dtype="category"),
        pd.Series([1.5, 2.5, 1.5]),
        pd.Series([2**62, -(2**62), 2**62]),
        pd.Series([3, 1, 3], dtype="Int64"),
        pd.Series([("x", 1), ("y", 2), ("x", 1)]),
    ],
    ids=lambda ids: str(ids.dtype),
)
def test_numbers_stand_for_ids_and_turn_back(ids):
    rows = nw.from_native(pd.DataFrame({"customer": ids}))
    numbered, names = number_customers(rows)
    assert numbered["customer"].to_list() == [0, 1, 0]
    assert name_customers(numbered, names)["customer"].to_list() == ids.tolist()


def test_small_integers_are_left_as_they_are():
    rows = nw.from_native(make_rows())
    numbered, names = number_customers(rows)
    assert names is None
    assert numbered is rows


def make_states(seed=0):
    rows = make_rows(seed=seed).sort_values("customer", ignore_index=True)
    return rows.assign(next=rows["day"].where((rows["is_sale"] == 1) & (rows["customer"] % 5 > 0)))


HOW = {"day": "max", "next": "min", "amount": "sum", "is_sale": "sum"}


@pytest.mark.parametrize("seed", [0, 1])
def test_slices_of_sorted_rows_equal_groups(seed):
    states = make_states(seed)
    shuffled = states.sample(frac=1, random_state=0)
    assert _customer_starts(nw.from_native(states)) is not None
    assert _customer_starts(nw.from_native(shuffled)) is None
    fast = merge_customers(nw.from_native(states), HOW).to_native()
    slow = merge_customers(nw.from_native(shuffled), HOW).sort("customer").to_native()
    pd.testing.assert_frame_equal(fast, slow.reset_index(drop=True))
    assert fast["next"].isna().any()


def test_the_earliest_day_is_spread_over_the_rows_of_a_customer():
    states = make_states()
    shuffled = states.sample(frac=1, random_state=0)
    fast = spread_earliest(nw.from_native(states), "next").to_native()
    slow = spread_earliest(nw.from_native(shuffled), "next").to_native().sort_index()
    pd.testing.assert_frame_equal(fast, slow)


@pytest.mark.parametrize("change", [{"customer": "float64"}, {"amount": "Float64"}])
def test_other_types_than_numpys_integers_are_grouped(change):
    assert _customer_starts(nw.from_native(make_states().astype(change))) is None
    assert _customer_starts(nw.from_native(make_states()[:0])) is None
