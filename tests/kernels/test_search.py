"""Kernels that make starts of other solutions against their oracles."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._search import add_centers, merge_two
from tests.kernels.test_kmeans import SHAPES, make_rows
from tests.oracles import kmeans as oracle


@pytest.mark.parametrize("shape", SHAPES)
def test_add_centers_takes_the_drawn_row_that_leaves_the_least(shape):
    X, centers, weights = make_rows(*shape)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    draws = np.random.default_rng(1).uniform(size=(3, 4))
    given = oracle.assign(X, centers, weights)["distances"]
    cumulated = np.cumsum(weights * given)
    rows = np.searchsorted(cumulated, draws[2] * cumulated[-1], side="right")
    _, left = oracle.shorten(X, X[rows], weights, given)
    held = np.vstack([centers, np.full((2, X.shape[1]), np.nan)])
    add_centers(blocks, row_weights, draws, 2, len(centers), len(centers) + 1, held)
    np.testing.assert_array_equal(held[: len(centers)], centers)
    np.testing.assert_array_equal(held[len(centers)], X[rows[left.argmin()]])
    assert np.isnan(held[-1]).all()


def test_add_centers_goes_on_from_those_it_added():
    X, centers, weights = make_rows(700, 3, 2)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    draws = np.random.default_rng(1).uniform(size=(9, 3))
    at_once, in_turn = (np.vstack([centers, np.zeros((5, 3))]) for _ in range(2))
    add_centers(blocks, row_weights, draws, 4, 2, 7, at_once)
    for k in range(2, 7):
        add_centers(blocks, row_weights, draws, 2 + k, k, k + 1, in_turn)
    np.testing.assert_array_equal(at_once, in_turn)


def test_add_centers_draws_no_row_without_weight():
    X = np.array([[0.0], [1.0], [50.0]])
    blocks, row_weights = oracle.cut_blocks(X, np.array([1.0, 1.0, 0.0]), BLOCK_ROWS)
    for share in (0.0, 0.5, 1.0):
        for given in (0.5, 0.0):
            centers = np.array([[given], [np.nan]])
            add_centers(blocks, row_weights, np.array([[share]]), 0, 1, 2, centers)
            assert centers[1, 0] in (0.0, 1.0)


def test_add_centers_takes_a_row_where_none_is_away_from_the_centers():
    blocks, row_weights = oracle.cut_blocks(np.full((5, 2), 3.0), np.ones(5), BLOCK_ROWS)
    centers = np.array([[3.0, 3.0], [np.nan, np.nan]])
    add_centers(blocks, row_weights, np.array([[0.3, 0.9]]), 0, 1, 2, centers)
    np.testing.assert_array_equal(centers[1], [3.0, 3.0])


@pytest.mark.parametrize("n_clusters", [2, 3, 6])
def test_merge_two_takes_the_cheapest_pairs_in_turn(n_clusters):
    rng = np.random.default_rng(n_clusters)
    centers, masses = rng.normal(size=(n_clusters, 3)), rng.uniform(size=(2, n_clusters))
    expected = oracle.merge_pairs(centers, masses[1])
    for rank in range(min(3, len(expected))):
        held = centers.copy()
        merge_two.py_func(masses, 1, n_clusters, rank, held)
        found = sorted(held[: n_clusters - 1].tolist())
        np.testing.assert_allclose(found, sorted(expected[rank][1].tolist()), rtol=1e-12)


def test_merge_two_drops_a_cluster_without_weight():
    held = np.array([[0.0], [9.0], [5.0]])
    merge_two.py_func(np.array([[1.0, 2.0, 0.0]]), 0, 3, 0, held)
    assert sorted(held[:2].ravel()) == [0.0, 9.0]
