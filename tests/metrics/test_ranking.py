"""Metrics of rankings against sets and loops, and what bounds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.metrics import ndcg_score

from custbase.metrics import (
    coverage,
    mean_average_precision_at_k,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
)

METRICS = [ndcg_at_k, precision_at_k, recall_at_k, mean_average_precision_at_k]


def draw(seed, n_users=30, n_items=12, n_recommended=6):
    rng = np.random.default_rng(seed)
    held = rng.random((n_users, n_items)) < rng.choice([0.05, 0.3, 0.9])
    held[0, 0] = True
    items = np.argsort(rng.random((n_users, n_items)), axis=1)[:, :n_recommended]
    items[rng.random(items.shape) < 0.1] = -1
    return held, items


def by_hand(held, items, k):
    """One user after the other, with sets."""
    found = []
    for user, row in enumerate(items):
        relevant = set(np.flatnonzero(held[user]).tolist())
        if not relevant:
            continue
        hits = [item in relevant for item in row[:k].tolist()]
        best = min(k, len(relevant))
        gain = sum(hit / np.log2(rank + 2) for rank, hit in enumerate(hits))
        ideal = sum(1 / np.log2(rank + 2) for rank in range(best))
        average = sum(sum(hits[: r + 1]) / (r + 1) for r in range(k) if hits[r]) / best
        found.append((gain / ideal, sum(hits) / k, sum(hits) / len(relevant), average))
    return np.mean(found, axis=0)


@pytest.mark.parametrize("k", [1, 3, 6])
@pytest.mark.parametrize("seed", range(12))
def test_equals_one_user_after_the_other(seed, k):
    held, items = draw(seed)
    found = [metric(csr_array(held.astype(float)), items, k=k) for metric in METRICS]
    np.testing.assert_allclose(found, by_hand(held, items, k), rtol=1e-12)
    np.testing.assert_allclose([metric(held, items[:, :k]) for metric in METRICS], found)
    shown = items[:, :k]
    assert coverage(items, 12, k=k) == len(set(shown[shown >= 0].tolist())) / 12


def test_ndcg_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    scores = rng.random((40, 15))
    held = rng.random((40, 15)) < 0.3
    held[:, 3] = True
    items = np.argsort(-scores, axis=1)
    for k in (1, 5, 15):
        expected = ndcg_score(held, scores, k=k)
        assert ndcg_at_k(held, items, k=k) == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_the_best_ranking_is_1_and_nothing_is_0(seed):
    held, _ = draw(seed)
    held = held[held.sum(axis=1) >= 2]
    if not len(held):
        return
    best = np.argsort(~held, axis=1, kind="stable")[:, :2]
    assert ndcg_at_k(held, best) == pytest.approx(1)
    assert mean_average_precision_at_k(held, best) == pytest.approx(1)
    assert precision_at_k(held, best) == 1
    for metric in METRICS:
        assert metric(held, np.full_like(best, -1)) == 0


def test_stored_zeros_and_users_without_items_do_not_count():
    held = csr_array(
        (np.array([1.0, 0.0, 1.0]), np.array([0, 1, 2]), np.array([0, 2, 2, 3])), shape=(3, 4)
    )
    items = [[1, 0], [3, 2], [2, 1]]
    assert recall_at_k(held, items) == 1
    assert precision_at_k(held, items) == 0.5
    assert held.nnz == 3


@pytest.mark.parametrize(
    ("held", "items", "options", "message"),
    [
        ([[0, 0]], [[0]], {}, "y_true must hold out items of at least one user"),
        ([[1, 0]], [[2]], {}, "y_recommended must hold numbers from -1 to 1; got 2 to 2"),
        ([[1, 0]], [[-2]], {}, "y_recommended must hold numbers from -1 to 1; got -2"),
        ([[1, 0]], [[0, 0]], {}, "must not name an item twice; it does in row 0"),
        ([[1, 0]], [[0], [1]], {}, "one row for each of the 1 users of y_true; got 2"),
        ([[1, 0]], [0], {}, r"one row a user; got int64 of shape \(1,\)"),
        ([[1, 0]], [[0.5]], {}, "got float64 of shape"),
        ([[1, 0]], [[0]], {"k": 2}, "k must be at most the number of recommendations, 1; got 2"),
        ([[1, 0]], [[0]], {"k": 0}, "k must be an integer >= 1 or None; got 0"),
    ],
)
@pytest.mark.parametrize("metric", METRICS)
def test_what_they_refuse(metric, held, items, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        metric(held, items, **options)


def novelty_by_hand(items, has, k):
    """One user after the other, one item after the other."""
    means = []
    for row in items.tolist():
        bits = []
        for item in row[:k]:
            if item >= 0:
                n_customers = max(1, sum(customer[item] != 0 for customer in has.tolist()))
                bits.append(-np.log2(n_customers / len(has)))
        if bits:
            means.append(sum(bits) / len(bits))
    return sum(means) / len(means)


@pytest.mark.parametrize("k", [1, 3, 6])
@pytest.mark.parametrize("seed", range(6))
def test_novelty_equals_one_item_after_the_other(seed, k):
    _, items = draw(seed)
    items[3] = -1
    rng = np.random.default_rng(seed)
    has = np.where(rng.random((17, 12)) < 0.2, rng.normal(size=(17, 12)), 0.0)
    has[:, 0], has[:, 1] = 0.0, -2.0
    expected = novelty_by_hand(items, has, k)
    assert novelty(items, has, k=k) == pytest.approx(expected, rel=1e-12)
    assert novelty(items[:, :k], csr_array(has)) == pytest.approx(expected, rel=1e-12)


def test_novelty_by_hand():
    # Of 8 customers 8, 4, 1 and none have the items: 0, 1, 3 bits, and 3 as of one customer.
    has = np.zeros((8, 4))
    has[:, 0], has[:4, 1], has[5, 2] = 1.0, 2.0, 5.0
    assert novelty([[0, 1]], has) == 0.5
    assert novelty([[2, 3]], has) == 3.0
    # Places left empty count nowhere, nor do users who are recommended nothing.
    assert novelty([[1, -1], [2, 0], [-1, -1]], has) == (1.0 + 1.5) / 2
    assert novelty([[1, -1], [2, 0], [-1, -1]], has, k=1) == (1.0 + 3.0) / 2
    stored = csr_array((np.array([1.0, 0.0]), np.array([0, 0]), np.array([0, 1, 2])), shape=(2, 1))
    assert novelty([[0]], stored) == 1.0
    assert stored.nnz == 2


@pytest.mark.parametrize(
    ("items", "has", "options", "message"),
    [
        ([[-1, -1]], [[1, 0]], {}, "y_recommended must recommend an item to at least one user"),
        ([[-1, 0]], [[1, 0]], {"k": 1}, "must recommend an item to at least one user; got only -1"),
        ([[2]], [[1, 0]], {}, "y_recommended must hold numbers from -1 to 1; got 2 to 2"),
        ([[0, 0]], [[1, 0]], {}, "must not name an item twice; it does in row 0"),
        ([[0]], np.empty((0, 2)), {}, "X must have at least one customer; got none"),
        ([[0]], [[1, 0]], {"k": 2}, "k must be at most the number of recommendations, 1; got 2"),
    ],
)
def test_what_novelty_refuses(items, has, options, message):
    with pytest.raises(ValueError, match=message):
        novelty(items, has, **options)


@pytest.mark.parametrize(
    "measure", [ndcg_at_k, precision_at_k, recall_at_k, mean_average_precision_at_k]
)
def test_nan_is_no_hit(measure):
    with pytest.raises(ValueError, match="Input y_true contains NaN"):
        measure([[np.nan, 1.0]], [[0, 1]])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        novelty([[0]], [[np.nan, 1.0]])
