"""Silhouettes against the oracle and scikit-learn; labels, weights and offsets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples

from custbase.kernels._spans import CHUNK_ROWS
from custbase.metrics import squared_silhouette_samples
from tests.oracles import silhouette as oracle


def make_rows(seed: int, n_rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Rows, some of them repeated, and labels 0 to 3 with little to do with them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 1 + seed % 5))[rng.integers(0, n_rows, n_rows)]
    labels = np.r_[np.arange(4), rng.integers(0, 4, n_rows - 4)]
    X[:, 0] += labels
    return X, labels


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("seed", range(5))
def test_equals_scikit_learn(seed, order, dtype):
    X, labels = make_rows(seed)
    X = X.astype(dtype, order=order)
    X.flags.writeable = False
    expected = silhouette_samples(X.astype(float), labels, metric="sqeuclidean")
    found = squared_silhouette_samples(X, labels)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(-1, 3), st.integers(0, 3)),
        min_size=2,
        max_size=20,
    )
)
def test_equals_the_oracle_with_weights_noise_duplicates_and_ties(rows):
    *columns, labels, weights = (np.array(values) for values in zip(*rows, strict=True))
    X, weights = np.column_stack(columns).astype(float), weights.astype(float)
    if len({*labels[(weights > 0) & (labels >= 0)]}) < 2:
        with pytest.raises(ValueError, match=r"labels|sample_weight"):
            squared_silhouette_samples(X, labels, sample_weight=weights)
        return
    found = squared_silhouette_samples(X, labels, sample_weight=weights)
    expected = oracle.silhouettes(X, labels.tolist(), weights)
    # Equal rows lie at their own mean to the bit; others only up to rounding.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_a_weight_is_a_number_of_repetitions(seed):
    X, labels = make_rows(seed)
    weights = np.random.default_rng(seed).integers(1, 4, len(X))
    repeated = squared_silhouette_samples(np.repeat(X, weights, axis=0), np.repeat(labels, weights))
    found = squared_silhouette_samples(X, labels, sample_weight=weights)
    np.testing.assert_allclose(np.repeat(found, weights), repeated, rtol=0, atol=1e-12)


def test_rows_without_weight_have_no_say():
    X, labels = make_rows(1)
    far = np.vstack([X, X[:5] + 100.0])
    weights = np.r_[np.ones(len(X)), np.zeros(5)]
    found = squared_silhouette_samples(far, np.r_[labels, labels[:5]], sample_weight=weights)
    expected = squared_silhouette_samples(X, labels)
    np.testing.assert_allclose(found[: len(X)], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("offset", [1e4, 1e8, -1e8])
def test_offsets_do_not_cancel(offset):
    X, labels = make_rows(2)
    shifted = X + offset
    np.testing.assert_allclose(
        squared_silhouette_samples(shifted, labels),
        squared_silhouette_samples(shifted - offset, labels),
        rtol=0,
        atol=1e-12,
    )


@settings(max_examples=30, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_clusters_of_equal_rows_are_told_apart_or_tie_exactly(first, second):
    values, labels = np.array([0.1, first, second]), np.array([0, 0, 1, 1, 1, 2, 2])
    found = squared_silhouette_samples(values[labels, None], labels)
    for label, value in enumerate(values):
        nearest = np.abs(np.delete(values, label) - value).min()
        if nearest == 0:
            assert (found[labels == label] == 0).all()
        elif nearest > 1e-6:
            assert (found[labels == label] == 1).all()


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b", "a", "b", "c"],
        np.array(["a", "b", "a", "b", "c"]),
        pd.Series([7, 3, 7, 3, 5], index=[4, 3, 2, 1, 0]),
        pd.Series(["a", "b", "a", "b", "c"], dtype="category"),
        pd.Series([2, 0, 2, 0, 1], dtype="Int64"),
        pl.Series(["a", "b", "a", "b", "c"]),
        np.array([True, False, True, False, "c"], dtype=object),
        np.array([2, 0, 2, 0, 1], dtype=np.uint8),
    ],
)
def test_labels_may_be_of_any_kind(labels):
    X = np.array([[0.0, 1], [5, 5], [1, 0], [5, 6], [9, 0]])
    expected = silhouette_samples(X, [0, 1, 0, 1, 2], metric="sqeuclidean")
    np.testing.assert_allclose(squared_silhouette_samples(X, labels), expected, atol=1e-12)


@pytest.mark.parametrize("frame", [pd.DataFrame, lambda X: pl.DataFrame(X, schema=["a", "b"])])
def test_frames_are_accepted(frame):
    X = np.array([[0.0, 1], [5, 5], [1, 0], [5, 6]])
    found = squared_silhouette_samples(frame(X), [0, 1, 0, 1])
    np.testing.assert_array_equal(found, squared_silhouette_samples(X, [0, 1, 0, 1]))


@pytest.mark.parametrize("kind", ["int64", "int8", "object", "Int64"])
def test_the_integer_label_minus_one_is_noise(kind):
    X = np.array([[50.0], [0.0], [1.0], [8.0], [9.0], [-90.0]])
    labels = pd.Series([-1, 0, 0, 4, 4, -1], dtype=kind)
    found = squared_silhouette_samples(X, labels)
    np.testing.assert_array_equal(np.isnan(found), labels == -1)
    expected = squared_silhouette_samples(X[1:5], [0, 0, 4, 4])
    np.testing.assert_array_equal(found[1:5], expected)


def test_the_string_minus_one_is_a_cluster():
    assert np.isfinite(squared_silhouette_samples([[0.0], [1.0], [5.0]], ["-1", "-1", "x"])).all()


def test_the_bits_do_not_depend_on_the_threads():
    rng = np.random.default_rng(0)
    n_rows = 2 * CHUNK_ROWS + 5
    X, labels = rng.normal(size=(n_rows, 3)) + 1e3, rng.integers(-1, 5, n_rows)
    one, two = (squared_silhouette_samples(X, labels, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)
    sample = np.r_[:40, CHUNK_ROWS : CHUNK_ROWS + 20, n_rows - 5 : n_rows]
    kept = X[labels >= 0].astype(float)
    for i in sample:
        squares = ((kept - X[i]) ** 2).sum(axis=1)
        mean = {c: squares[labels[labels >= 0] == c].mean() for c in range(5)}
        if labels[i] < 0:
            assert np.isnan(one[i])
            continue
        size = (labels == labels[i]).sum()
        a, b = mean.pop(labels[i]) * size / (size - 1), min(mean.values())
        assert one[i] == pytest.approx((b - a) / max(a, b), abs=1e-9)


@pytest.mark.parametrize(
    ("X", "labels", "kwargs", "message"),
    [
        ([[0.0], [1.0]], [1, 1], {}, "labels must put rows of positive weight .* got 1"),
        ([[0.0], [1.0]], [-1, -1], {}, "labels .* got 0"),
        ([[0.0], [1.0]], [0, -1], {}, "labels .* got 1"),
        ([[0.0], [1.0]], [0, 1], {"sample_weight": [1, 0]}, "labels .* got 1"),
        ([[0.0], [1.0]], [0, 1, 1], {}, r"labels .* 2 rows of X; got shape \(3,\)"),
        ([[0.0], [1.0]], [[0, 1]], {}, r"labels .* got shape \(1, 2\)"),
        ([[0.0], [1.0]], [0.0, 1.0], {}, "labels must be integers, .* got float64"),
        ([[0.0], [1.0]], ["a", None], {}, "labels must not be missing; got 1"),
        ([[0.0], [np.nan]], [0, 1], {}, "X contains NaN"),
        ([0.0, 1.0], [0, 1], {}, "Expected 2D array"),
        ([[0.0], [1.0], [1e160]], [0, 0, 1], {}, "squared distances .* got values up to 1e.160"),
        ([[0.0], [1.0]], [0, 1], {"sample_weight": [1, -1]}, "sample_weight must not be negative"),
        ([[0.0], [1.0]], [0, 1], {"n_jobs": 0}, "n_jobs must be"),
        (pd.DataFrame({"age": ["x", "y"]}), [0, 1], {}, "X must hold numbers.*age"),
    ],
)
def test_wrong_input_is_named(X, labels, kwargs, message):
    with pytest.raises(ValueError, match=message):
        squared_silhouette_samples(X, labels, **kwargs)


def test_a_lazy_frame_is_refused():
    with pytest.raises(TypeError, match="X must be an array or a frame in memory"):
        squared_silhouette_samples(pl.LazyFrame({"a": [1.0, 2.0]}), [0, 1])
