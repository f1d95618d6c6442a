"""The kernel of Ward's method against its oracle."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._ward import BLOCK_QUERIES, find_cheapest_merges
from tests.oracles import ward as oracle


def run(centers: np.ndarray, weights: np.ndarray, queries: np.ndarray) -> tuple:
    """Call the kernel with fresh outputs."""
    partners, costs = np.full(len(queries), -1), np.full(len(queries), np.nan)
    find_cheapest_merges(centers, 1.0 / weights, queries, partners, costs)
    return partners, costs


@pytest.mark.parametrize(
    ("n_clusters", "n_columns", "step"),
    [(2, 1, 1), (9, 2, 2), (40, 3, 1), (41, 4, 3), (30, 7, 1), (BLOCK_QUERIES + 3, 2, 1)],
)
def test_cheapest_merges_equal_the_oracle(n_clusters, n_columns, step):
    rng = np.random.default_rng(n_clusters)
    centers, weights = rng.normal(size=(n_clusters, n_columns)), rng.uniform(1, 5, n_clusters)
    queries = np.arange(0, n_clusters, step)
    partners, costs = run(centers, weights, queries)
    expected_partners, expected_costs = oracle.cheapest_merges(centers, weights, queries)
    assert partners.tolist() == expected_partners
    np.testing.assert_allclose(costs, expected_costs, rtol=1e-12)


def test_of_equally_cheap_partners_the_first_is_found():
    centers = np.array([[0.0], [1.0], [2.0], [1.0], [3.0]])
    partners, costs = run(centers, np.ones(5), np.arange(5))
    assert partners.tolist() == [1, 3, 1, 1, 2]
    assert costs.tolist() == [0.5, 0.0, 0.5, 0.0, 0.5]


def test_a_cost_is_the_same_bits_whoever_asks():
    rng = np.random.default_rng(0)
    centers, weights = rng.normal(size=(200, 5)), rng.uniform(0.1, 9, 200)
    partners, costs = run(centers, weights, np.arange(200))
    mutual = partners[partners] == np.arange(200)
    assert mutual.sum() > 20
    np.testing.assert_array_equal(costs[mutual], costs[partners[mutual]])


def test_costs_that_overflow_still_find_another_cluster():
    partners, costs = run(np.array([[1e200], [-1e200]]), np.ones(2), np.arange(2))
    assert partners.tolist() == [1, 0]
    assert np.isinf(costs).all()
