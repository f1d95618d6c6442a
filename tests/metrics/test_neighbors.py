"""Nearest rows against sorting all distances, whichever way they are searched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_blobs
from sklearn.neighbors import NearestNeighbors

from custbase.kernels._distances import METRICS
from custbase.metrics import _neighbors as module
from custbase.metrics import nearest_neighbors
from custbase.metrics._distances import chunk_measurer, prepare_rows
from tests.metrics.test_distances import SPARSE, matrices
from tests.oracles import distances as oracle

TREE = [name for name, metric in METRICS.items() if metric.code in module.BOXED]
ESTIMATES = [name for name, metric in METRICS.items() if metric.code in module.ESTIMATED]

# What makes a call take each way, and the metrics that way is for.
WAYS = {
    "tree": ({"_tree_pays": lambda pairs: True, "LEAF_ROWS": 4, "TREE_ROWS": 8}, TREE),
    "scan": ({"_tree_pays": lambda pairs: False, "ESTIMATED": (), "CHUNK_ROWS": 8}, METRICS),
    "float32": (
        {
            "_tree_pays": lambda pairs: False,
            "LARGEST_MARGIN": 1e300,
            "ESTIMATED_ROWS": 16,
            "CHUNK_ROWS": 8,
        },
        ESTIMATES,
    ),
    "float64": (
        {
            "_tree_pays": lambda pairs: False,
            "LARGEST_MARGIN": -1.0,
            "ESTIMATED_ROWS": 16,
            "CHUNK_ROWS": 8,
        },
        ESTIMATES,
    ),
}
ROUTES = [(way, metric) for way, (_, metrics) in WAYS.items() for metric in metrics]


@pytest.fixture
def take(monkeypatch):
    """Force the search to take one way."""

    def force(way):
        for name, value in WAYS[way][0].items():
            monkeypatch.setattr(module, name, value)

    return force


def assert_nearest(X, Y, n_neighbors, metric):
    """Compare, to the last bit, with all distances in the form that is ranked, sorted."""
    found = nearest_neighbors(X, Y, n_neighbors=n_neighbors, metric=metric)
    pairs = prepare_rows(X, Y, metric)
    ranked = chunk_measurer(pairs)(slice(0, X.shape[0]))
    expected, indices = oracle.nearest(ranked, n_neighbors, itself=Y is None)
    expected = pairs.metric.correct(expected, X.shape[1]).astype(pairs.dtype)
    np.testing.assert_array_equal(found[0], expected)
    np.testing.assert_array_equal(found[1], indices)
    assert found[0].dtype == expected.dtype
    assert found[1].dtype == np.int64


@pytest.mark.parametrize(("way", "metric"), ROUTES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_every_way_equals_sorting_all_distances(way, metric, data):
    X = data.draw(matrices())
    Y = data.draw(st.none() | matrices(X.shape[1]))
    n_candidates = len(X) - 1 if Y is None else len(Y)
    assume(n_candidates > 0)
    n_neighbors = data.draw(st.integers(1, n_candidates))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[way][0].items():
            patch.setattr(module, name, value)
        assert_nearest(X, Y, n_neighbors, metric)


@pytest.mark.parametrize(("way", "metric"), ROUTES)
@pytest.mark.parametrize("kind", ["normal", "ties", "duplicates", "far", "equal", "huge", "tiny"])
def test_every_way_on_rows_of_every_kind(way, metric, kind, take):
    take(way)
    rng = np.random.default_rng(3)
    X = {
        "normal": lambda: rng.normal(size=(150, 4)),
        "ties": lambda: rng.integers(0, 3, size=(150, 4)).astype(float),
        "duplicates": lambda: rng.normal(size=(5, 3))[rng.integers(0, 5, size=150)],
        "far": lambda: rng.normal(size=(150, 3)) + 1e9,
        "equal": lambda: np.ones((70, 2)),
        "huge": lambda: rng.normal(size=(70, 3)) * 1e200,
        "tiny": lambda: rng.normal(size=(70, 3)) * 1e-170,
    }[kind]()
    assert_nearest(X, None, 7, metric)
    assert_nearest(X[:20] + 0.5 * X[20:40], X, 9, metric)


@pytest.mark.parametrize("metric", SPARSE)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_sparse_rows_equal_sorting_all_distances(metric, data):
    X = data.draw(matrices())
    Y = data.draw(matrices(X.shape[1]))
    if len(X) > 1:
        assert_nearest(sp.csr_array(X), None, data.draw(st.integers(1, len(X) - 1)), metric)
    assert_nearest(sp.csr_array(X), sp.csr_array(Y), len(Y), metric)


@pytest.mark.parametrize("n_columns", [2, 12])
@pytest.mark.parametrize("kind", ["gauss", "blobs"])
def test_neighbors_equal_scikit_learn(n_columns, kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, n_columns))
    if kind == "blobs":
        X = make_blobs(2000, n_columns, centers=8, random_state=0)[0]
    distances, indices = nearest_neighbors(X, n_neighbors=10)
    theirs, their_indices = NearestNeighbors(n_neighbors=11).fit(X).kneighbors(X)
    np.testing.assert_allclose(distances, theirs[:, 1:], rtol=1e-9)
    gaps = np.diff(theirs[:, 1:], axis=1) > 1e-9
    clear = np.pad(gaps, ((0, 0), (1, 0)), constant_values=True)
    clear &= np.pad(gaps, ((0, 0), (0, 1)), constant_values=False)
    np.testing.assert_array_equal(indices[clear], their_indices[:, 1:][clear])


@pytest.mark.parametrize(("way", "metric"), ROUTES)
def test_any_number_of_threads_gives_the_same_bits(way, metric, take):
    take(way)
    X = np.random.default_rng(2).normal(size=(120, 5))
    one = nearest_neighbors(X, n_neighbors=4, metric=metric, n_jobs=1)
    two = nearest_neighbors(X, n_neighbors=4, metric=metric, n_jobs=2)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


def test_float32_rounds_results_of_float64():
    X = np.random.default_rng(5).normal(size=(300, 3)).astype(np.float32)
    single, double = (nearest_neighbors(rows, n_neighbors=5) for rows in (X, X.astype(float)))
    np.testing.assert_array_equal(single[0], double[0].astype(np.float32))
    np.testing.assert_array_equal(single[1], double[1])


def test_the_row_itself_is_left_out_and_its_duplicates_are_not():
    X = np.zeros((4, 2))
    distances, indices = nearest_neighbors(X, n_neighbors=3)
    assert not distances.any()
    assert indices.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    distances, indices = nearest_neighbors(X, X, n_neighbors=2)
    assert indices.tolist() == [[0, 1]] * 4


def test_an_outlier_does_not_cost_exactness():
    # It leaves float32 no digits for the others.
    X = np.random.default_rng(0).normal(size=(400, 20))
    X[7] *= 1e9
    assert_nearest(X, None, 5, "euclidean")


def test_all_rows_as_neighbors():
    X = np.random.default_rng(0).normal(size=(500, 3))
    assert_nearest(X, None, 499, "euclidean")


def test_ways_are_chosen_by_shape():
    def fill(n_columns, metric="euclidean", form=np.asarray):
        X = np.random.default_rng(0).normal(size=(500, n_columns))
        return module._make_plan(module.prepare_rows(form(X), None, metric), 5).fill.__qualname__

    assert "_plan_tree" in fill(2)
    assert "_plan_estimates" in fill(20)
    assert "_plan_estimates" in fill(1000)
    assert "_plan_estimates" in fill(2, "cosine")
    assert "_plan_scan" in fill(20, "manhattan")
    assert "_plan_scan" in fill(2, "hamming")
    assert "_plan_matrix" in fill(2, "cosine", sp.csr_array)


def test_frames_and_results_that_select():
    X = pd.DataFrame({"visits": [1, 2, 9], "spend": [10.0, 12.0, 90.0]}, index=["a", "b", "c"])
    _, indices = nearest_neighbors(X, n_neighbors=1)
    assert X.index[indices[:, 0]].tolist() == ["b", "a", "b"]


@pytest.mark.parametrize(
    ("X", "Y", "n_neighbors", "message"),
    [
        ([[1.0], [2.0]], None, 2, "n_neighbors must be at most 1, the rows of X but for"),
        ([[1.0]], [[1.0], [2.0]], 3, "n_neighbors must be at most 2, the rows of Y; got 3"),
        ([[1.0]], None, 1, "X must have at least two rows to be .* neighbours; got one"),
        ([[1.0], [2.0]], None, 0, "n_neighbors must be an integer >= 1; got 0"),
        ([[1.0], [np.nan]], None, 1, "Input X contains NaN"),
        ([[1.0], [2.0]], [[1.0, 2.0]], 1, "Y must have as many columns as X"),
    ],
)
def test_wrong_input_is_refused_by_name(X, Y, n_neighbors, message):
    with pytest.raises(ValueError, match=message):
        nearest_neighbors(X, Y, n_neighbors=n_neighbors)


def test_wrong_types_are_refused_by_name():
    with pytest.raises(TypeError, match="n_neighbors must be an integer"):
        nearest_neighbors([[1.0], [2.0]], n_neighbors=1.0)
    with pytest.raises(ValueError, match="metric must be one of euclidean, cosine, jaccard"):
        nearest_neighbors(sp.csr_array(np.eye(3)), n_neighbors=1, metric="hamming")
