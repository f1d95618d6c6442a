"""Kernels of the search for first centres against their oracles."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._blocks import BLOCK_ROWS
from custbase.kernels._kmeans import run_lloyd_steps
from custbase.kernels._search import measure_two, sum_shortened
from tests.kernels.test_kmeans import SHAPES, empty_clusters, make_rows
from tests.oracles import kmeans as oracle


def make_blocks(shape: tuple[int, int, int]) -> tuple:
    """Rows, centres and weights, and the blocks of the rows about the origin."""
    X, centers, weights = make_rows(*shape)
    blocks, row_weights = oracle.cut_blocks(X, weights, BLOCK_ROWS)
    return X, centers, weights, blocks, row_weights


@pytest.mark.parametrize("shape", SHAPES)
def test_measure_two_equals_the_oracle(shape):
    X, centers, weights, blocks, row_weights = make_blocks(shape)
    distances, costs = np.full(row_weights.shape, np.nan), np.zeros(len(centers))
    measure_two(blocks, row_weights, centers, distances, costs)
    found = oracle.assign(X, centers, weights)
    np.testing.assert_allclose(distances.ravel()[: len(X)], found["distances"], rtol=1e-12)
    if len(centers) > 1:
        for cluster, cost in enumerate(costs):
            without = oracle.assign(X, np.delete(centers, cluster, axis=0), weights)
            loss = without["inertia"].sum() - found["inertia"].sum()
            assert cost == pytest.approx(loss, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_sum_shortened_equals_the_oracle(shape):
    X, candidates, weights, blocks, row_weights = make_blocks(shape)
    distances = np.random.default_rng(1).uniform(0, 4, row_weights.shape)
    out = np.ones(len(candidates))
    sum_shortened(blocks, row_weights, distances, candidates, out)
    _, expected = oracle.shorten(X, candidates, weights, distances.ravel()[: len(X)])
    np.testing.assert_allclose(out - 1, expected, rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_end_with_the_inertia_of_their_centers(shape):
    X, centers, weights, blocks, row_weights = make_blocks(shape)
    scatter = float(weights @ (X**2).sum(axis=1))
    before = oracle.assign(X, centers, weights)["inertia"].sum()
    _, inertia = run_lloyd_steps(
        blocks, row_weights, scatter, np.inf, 20, centers, *empty_clusters(len(blocks), centers)
    )
    after = oracle.assign(X, centers, weights)["inertia"].sum()
    assert inertia == pytest.approx(after, abs=1e-9)
    assert inertia <= before + 1e-9


def test_a_start_without_a_chance_is_given_up():
    X, centers, weights, blocks, row_weights = make_blocks((700, 8, 7))
    scatter = float(weights @ (X**2).sum(axis=1))
    ends = []
    for limit in (np.inf, 1e-3):
        state = empty_clusters(len(blocks), centers)
        _, inertia = run_lloyd_steps(
            blocks, row_weights, scatter, limit, 20, centers.copy(), *state
        )
        ends.append(inertia)
    assert ends[1] > ends[0] * 1.001
