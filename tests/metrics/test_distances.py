"""Distances against their oracle, scipy and scikit-learn."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import cosine_distances

from custbase.kernels._distances import METRICS
from custbase.metrics import _distances as module
from custbase.metrics import nearest_neighbors, pairwise_distances
from tests.oracles import distances as oracle

SPARSE = [name for name, metric in METRICS.items() if metric.prepare_csr]


@st.composite
def matrices(draw, n_columns=None):
    """Draw rows in all the shapes that arrays come in; small numbers make ties and zero rows."""
    shape = (draw(st.integers(1, 12)), n_columns or draw(st.integers(1, 6)))
    small = st.integers(-2, 2).map(float)
    wide = st.floats(-1e3, 1e3, width=32).map(lambda value: value if abs(value) > 1e-3 else 0.0)
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    X = draw(arrays(dtype, shape, elements=draw(st.sampled_from([small, wide]))))
    if draw(st.booleans()):
        X = np.asfortranarray(X)
    X.flags.writeable = draw(st.booleans())
    return X


def tolerances(*matrices):
    """Relative and absolute error that the dtype of the result allows."""
    single = all(X.dtype == np.float32 for X in matrices)
    return {"rtol": 1e-6, "atol": 1e-7} if single else {"rtol": 1e-9, "atol": 1e-12}


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_pairwise_distances_equal_the_oracle(metric, data):
    X = data.draw(matrices())
    Y = data.draw(st.none() | matrices(X.shape[1]))
    found = pairwise_distances(X, Y, metric=metric)
    expected = oracle.pairwise(X, Y, metric)
    rows = [X] if Y is None else [X, Y]
    np.testing.assert_allclose(found, expected, **tolerances(*rows))
    assert found.dtype == np.result_type(*rows)


@pytest.mark.parametrize("metric", SPARSE)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_sparse_distances_equal_dense_ones(metric, data):
    X = data.draw(matrices())
    Y = data.draw(st.none() | matrices(X.shape[1]))
    sparse = [None if rows is None else sp.csr_array(rows) for rows in (X, Y)]
    found = pairwise_distances(*sparse, metric=metric)
    expected = pairwise_distances(X, Y, metric=metric)
    np.testing.assert_allclose(found, expected, **tolerances(*(r for r in (X, Y) if r is not None)))
    assert found.dtype == expected.dtype


@pytest.mark.parametrize(("metric", "record"), METRICS.items())
def test_pairwise_distances_equal_scipy(metric, record):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 7)), rng.normal(size=(300, 7))
    if metric in ("hamming", "jaccard"):
        X, Y = X > 0, Y > 0
    found = pairwise_distances(X, Y, metric=metric)
    np.testing.assert_allclose(found, cdist(X, Y, record.oracle), rtol=1e-12, atol=1e-14)


def test_cosine_of_zero_rows_equals_scikit_learn():
    X = np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0], [-3.0, 1.0]])
    np.testing.assert_allclose(pairwise_distances(X, metric="cosine"), cosine_distances(X))
    np.testing.assert_allclose(pairwise_distances(X, X + 0, metric="cosine")[0], 1.0)


def test_constant_rows_are_at_correlation_distance_one():
    # The mean of three times 0.1 is not 0.1 in floating point.
    X = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 3.0], [0.3, 0.3, 0.3]])
    expected = [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    np.testing.assert_array_equal(pairwise_distances(X, metric="correlation"), expected)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_multiples_and_rows_at_right_angles_are_exact(form):
    X = form(np.array([[1.0, 2.0, 0.0], [3.0, 6.0, 0.0], [0.0, 0.0, 7.0], [-2.0, -4.0, 0.0]]))
    found = pairwise_distances(X, metric="cosine")
    expected = [[0, 0, 1, 2], [0, 0, 1, 2], [1, 1, 0, 1], [2, 2, 1, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-15)
    assert (found[:2, :2] == 0).all()
    assert (found[2, [0, 1, 3]] == 1).all()


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_cosine_distances_stay_between_zero_and_two(form):
    X = np.random.default_rng(0).normal(size=(200, 3))
    opposite = np.diag(pairwise_distances(form(X), form(-X), metric="cosine"))
    assert opposite.max() == 2
    assert pairwise_distances(form(X), form(3 * X), metric="cosine").min() >= 0


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_offsets_do_not_cancel(form):
    X = np.array([[1e8, 1.0], [1e8, 1.5], [1e8, 1.0]])
    found = pairwise_distances(form(X))
    np.testing.assert_array_equal(found, [[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]])


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_near_rows_keep_their_digits(form):
    near = np.array([[1.0, 0.0], [1.0, 1e-9]])
    found = pairwise_distances(form(near), metric="cosine")[0, 1]
    assert found == pytest.approx(5e-19, rel=1e-9)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_huge_and_tiny_numbers(form):
    X = form(np.array([[3e200, 4e200], [-3e200, 4e200], [3e-200, 4e-200]]))
    np.testing.assert_allclose(pairwise_distances(X, metric="cosine")[0], [0, 1 - 7 / 25, 0])
    assert pairwise_distances(X)[0].tolist() == [0.0, np.inf, np.inf]


@pytest.mark.parametrize("metric", SPARSE)
def test_sparse_matrices_need_no_order(metric):
    # Columns out of order, one of them in two parts, a stored zero.
    data, columns, starts = [2.0, 1.0, 1.0, 0.0, 5.0], [2, 0, 2, 1, 1], [0, 4, 5, 5]
    X = sp.csr_matrix((data, columns, starts), shape=(3, 3))
    expected = pairwise_distances(X.toarray(), metric=metric)
    for form in (X, sp.csc_array(X), sp.coo_array(X)):
        np.testing.assert_allclose(pairwise_distances(form, metric=metric), expected)
    assert X.data.tolist() == data  # inputs are left alone


def test_a_dense_partner_of_sparse_rows_is_made_sparse():
    X, Y = np.eye(3), np.ones((2, 3))
    found = pairwise_distances(sp.csr_array(X), Y)
    np.testing.assert_allclose(found, pairwise_distances(X, Y))


@pytest.mark.parametrize(
    ("metric", "form"),
    [*((name, np.asarray) for name in METRICS), *((name, sp.csr_array) for name in SPARSE)],
)
def test_any_number_of_threads_gives_the_same_bits(metric, form, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_ROWS", 16)
    X = form(np.random.default_rng(1).normal(size=(100, 5)).round(1))
    one, two = (pairwise_distances(X, metric=metric, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, one.T)


@pytest.mark.parametrize("n_rows", [255, 256, 257, 600])
def test_blocks_of_every_filling(n_rows):
    rng = np.random.default_rng(n_rows)
    X, Y = rng.normal(size=(3, 2)), rng.normal(size=(n_rows, 2))
    np.testing.assert_allclose(pairwise_distances(X, Y), cdist(X, Y), rtol=1e-12)


def test_frames_of_any_kind():
    X = pd.DataFrame({"visits": [1, 2, 3], "spend": [0.5, 2.5, 1.0]})
    expected = pairwise_distances(X.to_numpy())
    np.testing.assert_array_equal(pairwise_distances(X), expected)
    np.testing.assert_array_equal(pairwise_distances(pl.DataFrame(X.to_dict("list"))), expected)
    np.testing.assert_array_equal(pairwise_distances(X, X), expected)


@pytest.mark.parametrize(
    ("X", "Y", "message"),
    [
        ([1.0, 2.0], None, "X must have two dimensions"),
        ([[1.0]], 3.0, "Y must have two dimensions"),
        (np.zeros((2, 2, 2)), None, r"X must have two dimensions.*\(2, 2, 2\)"),
        (np.empty((0, 3)), None, r"X must have at least one row.*\(0, 3\)"),
        ([[1.0, np.nan]], None, "Input X contains NaN"),
        ([[1.0]], [[np.inf]], "Input Y contains infinity"),
        ([[1.0, 2.0]], [[1.0]], "Y must have as many columns as X, which has 2; got 1"),
        (pd.DataFrame({"a": [1.0, None]}), None, "Input X contains NaN in columns 'a'"),
        ([[1.0]], pd.DataFrame({"city": ["Bonn"]}), "Y must hold numbers.*'city'"),
        (
            pd.DataFrame({"a": [1.0], "b": [2.0]}),
            pd.DataFrame({"b": [1.0], "a": [2.0]}),
            "Y must have the columns of X in the same order; got 'b' where X has 'a'",
        ),
        (sp.csr_array(np.array([[np.nan]])), None, "Input X contains NaN"),
    ],
)
def test_wrong_rows_are_refused_by_name(X, Y, message):
    with pytest.raises(ValueError, match=message):
        pairwise_distances(X, Y)


def test_wrong_parameters_are_refused_by_name():
    with pytest.raises(ValueError, match=r"metric must be 'euclidean'.*got 'l2'"):
        pairwise_distances([[1.0]], metric="l2")
    with pytest.raises(TypeError, match=r"metric must be.*got 2 \(int\)"):
        pairwise_distances([[1.0]], metric=2)
    with pytest.raises(ValueError, match="n_jobs must be"):
        pairwise_distances([[1.0]], n_jobs=0)
    with pytest.raises(TypeError, match="X must be an array or a frame in memory"):
        pairwise_distances(pl.LazyFrame({"a": [1.0]}))
    with pytest.raises(
        ValueError,
        match=r"metric must be one of euclidean, cosine, jaccard for sparse rows; got 'manhattan'",
    ):
        pairwise_distances(sp.csr_array(np.eye(2)), metric="manhattan")


def test_the_documentation_lists_the_table():
    text = " ".join(inspect.getdoc(pairwise_distances).split())
    for name, metric in METRICS.items():
        assert f"- {name}: {metric.meaning}" in text
    listed = ", ".join(f'"{name}"' for name in METRICS)
    for function in (pairwise_distances, nearest_neighbors):
        text = inspect.getdoc(function).replace("\\\n", "")
        assert f"metric : {{{listed}}}" in text
        *first, last = SPARSE
        sparse = f"sparse rows know {', '.join(first)} and {last} only"
        assert sparse in " ".join(text.split())


def test_every_metric_has_an_oracle():
    assert oracle.DISTANCES.keys() == METRICS.keys()
