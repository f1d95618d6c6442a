"""Kernels of the search against their oracles."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._search import add_centers, measure_starts, merge_two, run_moves
from tests.kernels.test_kmeans import SHAPES, cut_pairs, make_rows
from tests.oracles import kmeans as oracle


def make_even(n_rows: int, n_columns: int, n_clusters: int) -> tuple:
    """Rows, centres and weights in an even number of columns, as single precision holds them."""
    X, centers, weights = make_rows(n_rows, n_columns + n_columns % 2, n_clusters)
    return *(values.astype(np.float32).astype(np.float64) for values in (X, centers)), weights


@pytest.mark.parametrize("shape", SHAPES)
def test_add_centers_takes_the_drawn_row_that_leaves_the_least(shape):
    X, centers, weights = make_even(*shape)
    blocks, row_weights = cut_pairs(X, weights)
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
    X, centers, weights = make_even(700, 4, 2)
    blocks, row_weights = cut_pairs(X, weights)
    draws = np.random.default_rng(1).uniform(size=(9, 3))
    at_once, in_turn = (np.vstack([centers, np.zeros((5, 4))]) for _ in range(2))
    add_centers(blocks, row_weights, draws, 4, 2, 7, at_once)
    for k in range(2, 7):
        add_centers(blocks, row_weights, draws, 2 + k, k, k + 1, in_turn)
    np.testing.assert_array_equal(at_once, in_turn)


def test_add_centers_draws_no_row_without_weight():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0]])
    blocks, row_weights = cut_pairs(X, np.array([1.0, 1.0, 0.0]))
    for share in (0.0, 0.5, 1.0):
        for given in (0.5, 0.0):
            centers = np.array([[given, 0.0], [np.nan, np.nan]])
            add_centers(blocks, row_weights, np.array([[share]]), 0, 1, 2, centers)
            assert centers[1, 0] in (0.0, 1.0)


def test_add_centers_takes_a_row_where_none_is_away_from_the_centers():
    blocks, row_weights = cut_pairs(np.full((5, 2), 3.0), np.ones(5))
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


def run(
    X: np.ndarray, weights: np.ndarray, centers: np.ndarray, *, limit: float = np.inf
) -> tuple[float, np.ndarray]:
    """Improve one start; return the inertia and the centres."""
    held, inertia = centers[None].copy(), np.full(1, limit)
    run_moves(
        *cut_pairs(X, weights), 20, 1e-4, np.zeros((1, 3), dtype=np.int64), np.empty((1, 0)),
        np.array([len(centers)]), held, np.zeros((1, len(centers))), inertia,
    )  # fmt: skip
    return inertia[0], held[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_move_ends_with_the_inertia_of_its_centers(shape):
    X, centers, weights = make_even(*shape)
    before = oracle.assign(X, centers, weights)["inertia"].sum()
    inertia, found = run(X, weights, centers)
    after = oracle.assign(X, found, weights)["inertia"].sum()
    assert inertia == pytest.approx(after, rel=1e-5, abs=1e-9)
    assert inertia <= before * (1 + 1e-6) + 1e-9


def test_a_start_without_a_chance_changes_nothing():
    X, centers, weights = make_even(700, 8, 7)
    inertia, found = run(X, weights, centers, limit=1e-3)
    assert inertia == 1e-3
    np.testing.assert_array_equal(found, centers)


def test_clusters_far_from_each_other_do_not_blur_the_rows_in_them():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2)) + np.repeat([[0.0, 0.0], [3e4, 0.0]], 200, axis=0)
    inertia, centers = run(X, np.ones(400), X[[0, 1, 200, 201]])
    single = X.astype(np.float32)
    theirs, _ = oracle.lloyd(single, single[[0, 1, 200, 201]].astype(float), np.ones(400))
    assert inertia == pytest.approx(
        oracle.assign(X, theirs, np.ones(400))["inertia"].sum(), rel=0.02
    )
    assert (centers[:, 0] > 1e4).sum() == 2


def test_moves_start_from_other_slots_with_a_center_more_or_less():
    X, _, weights = make_even(700, 2, 1)
    blocks, row_weights = cut_pairs(X, weights)
    sizes = np.array([3, 3, 4, 3])
    centers, masses = np.zeros((4, 4, 2)), np.zeros((4, 4))
    centers[0, :3] = X[:3]
    inertia = np.full(4, np.inf)
    moves = np.array([[0, 1, 0], [1, 2, 0], [2, 3, 0], [2, 3, 1], [2, 3, 2]])
    draws = np.random.default_rng(0).uniform(size=(len(moves), 3))
    run_moves(blocks, row_weights, 100, 1e-4, moves, draws, sizes, centers, masses, inertia)
    assert inertia[0] == np.inf
    np.testing.assert_array_equal(centers[0, :3], X[:3])
    assert inertia[2] < min(inertia[1], inertia[3])
    for slot in (1, 2, 3):
        found = oracle.assign(X, centers[slot, : sizes[slot]], weights)
        assert inertia[slot] == pytest.approx(found["inertia"].sum(), rel=1e-5)
        np.testing.assert_allclose(masses[slot, : sizes[slot]], found["weights"], atol=1e-9)


def test_starts_are_measured_in_every_slot():
    X, centers, weights = make_even(700, 4, 5)
    slots, inertia = np.stack([centers, centers[::-1]]), np.empty(2)
    sizes = np.array([5, 2])
    measure_starts(*cut_pairs(X, weights), sizes, slots, inertia)
    for slot in range(2):
        found = oracle.assign(X, slots[slot, : sizes[slot]], weights)["inertia"].sum()
        assert inertia[slot] == pytest.approx(found, rel=1e-6)
