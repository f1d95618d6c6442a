"""Hulls of ROC curves against every point tried, and draws with replacement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.kernels._profit import (
    BLOCK,
    LAST,
    POSITIVE,
    find_hull,
    merge_scores,
    resample_hull,
    split_scores,
)


def sort_rows(hits, scores):
    """Kinds of rows, the highest score first, said plainly."""
    order = np.lexsort([~hits, -scores])
    last = np.append(np.diff(scores[order]) != 0, True)
    return (hits[order] * POSITIVE + last * LAST).astype(np.uint8)


def measure(kinds, weights, counts):
    hits, misses = np.empty((2, len(kinds) + 1))
    size = find_hull(kinds, weights, counts, hits, misses)
    return hits[:size], misses[:size]


def draw_rows(seed, n_rows):
    rng = np.random.default_rng(seed)
    hits = rng.random(n_rows) < rng.choice([0.02, 0.2, 0.5, 0.95])
    scores = rng.normal(size=n_rows) + hits * rng.choice([-1.0, 0.0, 1.0, 3.0])
    if seed % 3 == 0:
        scores = scores.round(int(rng.integers(3)))
    return hits, scores


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_no_point_lies_above_the_hull_and_every_corner_is_one(seed, weighted):
    rng = np.random.default_rng(seed)
    hits, scores = draw_rows(seed, int(rng.integers(1, 80 * BLOCK)))
    kinds = sort_rows(hits, scores)
    counts = rng.integers(0, 4, len(kinds)).astype(np.uint8)
    weights = rng.integers(0, 9, len(kinds)) / 8 if weighted else np.empty(0)
    weight = counts * (weights if weighted else 1.0)
    is_hit, is_last = (kinds & POSITIVE) > 0, (kinds & LAST) > 0
    x = np.append(0.0, np.cumsum(weight * ~is_hit)[is_last])
    y = np.append(0.0, np.cumsum(weight * is_hit)[is_last])
    up, right = measure(kinds, weights, counts)
    assert (up[0], right[0], up[-1], right[-1]) == (0.0, 0.0, y[-1], x[-1])
    assert set(zip(right, up, strict=True)) <= set(zip(x, y, strict=True))
    rise, run = np.diff(up), np.diff(right)
    assert (rise[:-1] * run[1:] > rise[1:] * run[:-1]).all() or len(up) <= 2
    # Of points at one place along the curve the upper one counts.
    edge = np.clip(np.searchsorted(right, x, side="right") - 1, 0, len(up) - 2)
    above = (y - up[edge]) * run[edge] - rise[edge] * (x - right[edge])
    assert (above <= 0).all() or not (x[-1] and y[-1])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=100))
@settings(max_examples=100, deadline=None)
def test_two_sorts_and_a_merge_are_one_sort(rows):
    hits, scores = np.array([hit for hit, _ in rows]), np.array([float(s) for _, s in rows])
    parted = np.empty_like(scores)
    n_hits = split_scores(hits, scores, parted)
    np.testing.assert_array_equal(parted[:n_hits], scores[hits])
    np.testing.assert_array_equal(parted[n_hits:], scores[~hits][::-1])
    kinds = np.empty(len(rows), np.uint8)
    merge_scores(np.sort(parted[:n_hits]), np.sort(parted[n_hits:]), kinds)
    np.testing.assert_array_equal(kinds, sort_rows(hits, scores))


@pytest.mark.parametrize("n_rows", [1, 2, 3, 1000])
def test_every_row_is_drawn_equally_often(n_rows):
    kinds = sort_rows(*draw_rows(1, n_rows))
    counts, (hits, misses) = np.empty(n_rows, np.uint8), np.empty((2, n_rows + 1))
    drawn, squares, n_draws = np.zeros(n_rows), np.zeros(n_rows), 4000
    for seed in range(n_draws):
        size = resample_hull(kinds, np.empty(0), np.uint64(seed), counts, hits, misses)
        assert counts.sum() == n_rows
        drawn += counts
        squares += counts.astype(float) ** 2
    expected = measure(kinds, np.empty(0), counts)
    np.testing.assert_array_equal((hits[:size], misses[:size]), expected)
    # Counts are multinomial: mean 1, variance 1 - 1 / n.
    spread = 1 - 1 / n_rows
    chi_square = ((drawn - n_draws) ** 2).sum() / n_draws
    assert chi_square == pytest.approx(n_rows - 1, abs=1e-9 + 5 * np.sqrt(2 * n_rows))
    assert (squares / n_draws - (drawn / n_draws) ** 2).mean() == pytest.approx(spread, abs=0.05)
