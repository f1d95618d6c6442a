"""Sums over segments, as booked and resampled."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.finance import _sums
from custbase.finance._sums import (
    resample_ledger,
    resample_sums,
    sum_ledger,
)


def test_sums_of_what_was_booked():
    ledger = {
        "segment": np.array([1, 0, 1]),
        "revenue": np.array([1.0, 2.0, 3.0]),
        "present_value": np.array([0.5, 1.0, 1.5]),
        "is_new": np.array([True, False, True]),
    }
    sums = sum_ledger(ledger)
    assert sums["n_customers"].tolist() == [1, 2, 3]
    assert sums["revenue"].tolist() == [2, 4, 6]
    assert sums["present_value"].tolist() == [1, 2, 3]
    assert sums["n_new"].tolist() == [0, 2, 2]
    assert np.isnan(sums["baseline"]).all()


def test_every_draw_keeps_the_size_of_each_segment():
    positions = np.array([0, 1, 1, 2, 2, 2])
    draws = resample_sums(np.ones((6, 1)), positions, 20, 0)
    assert draws[:, :, 0].tolist() == [[1.0, 2.0, 3.0]] * 20


def test_draws_hold_customers_of_their_own_segment_only():
    values = np.array([[1.0], [0.0], [100.0], [0.0], [300.0]])
    draws = resample_sums(values, np.array([0, 0, 1, 1, 1]), 500, 0)[:, :, 0]
    assert set(np.unique(draws[:, 0])) == {0.0, 1.0, 2.0}
    assert set(np.unique(draws[:, 1])) <= {100.0 * k for k in range(10)}
    # Three draws out of 100, 0 and 300 have all ten sums but 800, 200 and 500 among them.
    assert {0.0, 300.0, 400.0, 900.0} <= set(np.unique(draws[:, 1]))


def test_columns_are_drawn_together():
    values = np.random.RandomState(0).rand(50, 1) @ np.array([[1.0, -2.0]])
    draws = resample_sums(values, np.arange(50) % 3, 30, 1)
    assert draws[:, :, 1] == pytest.approx(-2 * draws[:, :, 0])


def test_a_segment_without_money_is_zero_in_every_draw():
    draws = resample_sums(np.array([[0.0], [0.0], [4.0]]), np.array([0, 0, 1]), 10, 0)
    assert not draws[:, 0].any()
    assert (draws[:, 1] == 4.0).all()


def test_the_same_seed_gives_the_same_bits():
    values, positions = np.random.RandomState(0).rand(200, 2), np.arange(200) % 4
    first = resample_sums(values, positions, 50, 7)
    assert (first == resample_sums(values, positions, 50, 7)).all()
    assert (first == resample_sums(values, positions, 50, np.random.RandomState(7))).all()
    assert (first != resample_sums(values, positions, 50, 8)).any()


@pytest.mark.parametrize("cells", [4, 64, 1 << 16])
def test_moments_are_those_of_drawing_with_replacement(cells, monkeypatch):
    # Sums of n draws have mean n m and variance n s^2; blocks must not change that.
    monkeypatch.setattr(_sums, "BLOCK_CELLS", cells)
    rng = np.random.RandomState(0)
    values = rng.exponential(5.0, size=(40, 1)) * (rng.rand(40, 1) < 0.7)
    n_draws = 4000
    draws = resample_sums(values, np.zeros(40, dtype=int), n_draws, 0)[:, 0, 0]
    deviation = np.sqrt(40) * values.std()
    assert draws.mean() == pytest.approx(values.sum(), abs=4 * deviation / np.sqrt(n_draws))
    assert draws.std() == pytest.approx(deviation, rel=0.05)


def test_resampled_ledger_adds_up():
    rng = np.random.RandomState(0)
    ledger = {
        "segment": rng.permutation(np.arange(60) % 3),
        "revenue": rng.rand(60),
        "present_value": rng.rand(60),
        "baseline": rng.rand(60),
    }
    sums = resample_ledger(ledger, 25, 0)
    assert sums["revenue"].shape == (25, 4)
    assert sums["revenue"][:, :3].sum(axis=1) == pytest.approx(sums["revenue"][:, 3])
    assert sums["n_customers"].tolist() == [20, 20, 20, 60]
    assert np.isnan(sums["n_new"]).all()
