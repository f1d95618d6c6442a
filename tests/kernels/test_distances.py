"""Loops of distances and neighbours against their oracles, and against each other."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.kernels._distances import (
    BLOCK_ROWS,
    METRICS,
    cut_blocks,
    measure_block,
    measure_pair,
    measure_pair_csr,
    measure_rows,
)
from custbase.kernels._heaps import NO_ROW
from custbase.kernels._neighbors import bound_box, push_rows
from tests.oracles import distances as oracle

# What loops add up -> a metric that shows it.
SHOWN = {m.code: name for name, m in METRICS.items() if name not in ("euclidean", "correlation")}


def rows_for(name, shape, seed=0):
    """Draw rows and prepare them for a metric."""
    X = np.random.default_rng(seed).integers(-3, 4, size=shape).astype(float)
    return X, METRICS[name].prepare(X)


def read_only(X):
    """Give arrays the type in which the library passes them."""
    X = X.view()
    X.flags.writeable = False
    return X


@pytest.mark.parametrize(("code", "name"), SHOWN.items())
@pytest.mark.parametrize("n_rows", [1, 5, BLOCK_ROWS])
def test_measure_block_equals_the_oracle(code, name, n_rows):
    X, prepared = rows_for(name, (n_rows + 1, 6))
    out, beside = np.full(BLOCK_ROWS, np.nan), np.full(BLOCK_ROWS, np.nan)
    block = cut_blocks(prepared[1:])[0]
    measure_block(block, read_only(prepared[0]), n_rows, code, out, beside)
    found = METRICS[name].correct(out[:n_rows].copy(), 6)
    expected = oracle.pairwise(X[:1], X[1:], name)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert np.isnan(out[n_rows:]).all()


@pytest.mark.parametrize("name", ["sqeuclidean", "cosine"])
def test_measure_pair_gives_the_bits_of_measure_rows(name):
    X = METRICS[name].prepare(np.random.default_rng(1).normal(size=(40, 9)))
    X[7] = X[3] * (1 + 1e-9)
    X = read_only(X)
    out = np.empty((40, 40))
    code = METRICS[name].code
    measure_rows(X, cut_blocks(X), 40, code, out)
    pairs = np.array([[measure_pair(x, y, code) for y in X] for x in X])
    np.testing.assert_array_equal(out, pairs)
    np.testing.assert_array_equal(out, out.T)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-2, 2), min_size=1, max_size=8).flatmap(
        lambda x: st.tuples(
            st.just(x), st.lists(st.integers(-2, 2), min_size=len(x), max_size=len(x))
        )
    )
)
def test_measure_pair_csr_equals_the_oracle(pair):
    rows = sp.csr_array(np.array(pair, dtype=float))
    parts = []
    for row in range(2):
        entries = slice(rows.indptr[row], rows.indptr[row + 1])
        parts += [rows.data[entries], rows.indices[entries]]
    assert measure_pair_csr(*parts) == oracle.sqeuclidean(*pair)


def test_cut_blocks_turns_rows_into_columns():
    X = np.arange(2.0 * (BLOCK_ROWS + 3)).reshape(-1, 2)
    blocks = cut_blocks(X)
    assert blocks.shape == (2, 2, BLOCK_ROWS)
    np.testing.assert_array_equal(blocks.transpose(0, 2, 1).reshape(-1, 2)[: len(X)], X)
    assert not blocks[1, :, 3:].any()


@pytest.mark.parametrize("name", ["sqeuclidean", "manhattan", "chebyshev"])
def test_no_row_is_measured_nearer_than_its_box(name):
    # In floating point, too: the bound of a box that is one row is the distance to that row.
    rng = np.random.default_rng(0)
    for _ in range(50):
        box, x = rng.normal(size=(8, 5)), rng.normal(size=5) * 2
        x, code = read_only(x), METRICS[name].code
        out, beside = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
        measure_block(cut_blocks(box)[0], x, 8, code, out, beside)
        assert bound_box(x, box.min(axis=0), box.max(axis=0), code) <= out[:8].min()
        assert bound_box(x, box[2], box[2], code) == out[2]
        assert bound_box(x, np.minimum(box[0], x), np.maximum(box[0], x), code) == 0


@settings(max_examples=60, deadline=None)
@given(
    line=st.lists(st.integers(0, 4).map(float) | st.just(np.inf), min_size=2, max_size=30),
    data=st.data(),
)
def test_push_rows_sorts_as_the_oracle_does(line, data):
    values, itself = np.array([line]), data.draw(st.booleans())
    n_neighbors = data.draw(st.integers(1, len(line) - itself))
    distances = np.full((1, n_neighbors), np.inf)
    indices = np.full((1, n_neighbors), NO_ROW)
    push_rows(values, np.array([0 if itself else -1]), distances, indices)
    expected = oracle.nearest(values, n_neighbors, itself=itself)
    np.testing.assert_array_equal(distances, expected[0])
    np.testing.assert_array_equal(indices, expected[1])
