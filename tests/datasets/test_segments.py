"""Drawn segments: sizes, shapes and the separation that was asked for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestCentroid

from custbase.datasets import make_segments
from custbase.datasets._segments import KINDS, _draw_factors, _place_centers

ALL_KINDS = list(KINDS)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(ALL_KINDS),
    n_clusters=st.integers(1, 8),
    n_features=st.integers(1, 6),
    extra=st.integers(0, 200),
    outlier_fraction=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 2**32 - 1),
)
def test_shapes_labels_and_seeds(kind, n_clusters, n_features, extra, outlier_fraction, seed):
    n = 2 * n_clusters + extra
    arguments = {
        "n_clusters": n_clusters,
        "n_features": n_features,
        "kind": kind,
        "outlier_fraction": outlier_fraction,
        "random_state": seed,
    }
    X, labels = make_segments(n, **arguments)
    assert X.shape == (n, n_features)
    assert np.isfinite(X).all()
    n_outliers = round(outlier_fraction * n)
    assert (labels == -1).sum() == n_outliers
    assert set(labels) - {-1} == set(range(n_clusters))
    inside = X[labels >= 0]
    np.testing.assert_array_equal(X.min(axis=0), inside.min(axis=0))
    np.testing.assert_array_equal(X.max(axis=0), inside.max(axis=0))
    again, labels_again = make_segments(n, **arguments)
    np.testing.assert_array_equal(X, again)
    np.testing.assert_array_equal(labels, labels_again)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(ALL_KINDS),
    n_clusters=st.integers(2, 12),
    n_features=st.integers(1, 6),
    separation=st.floats(0.1, 20),
    seed=st.integers(0, 2**32 - 1),
)
def test_closest_centers_are_separated_exactly(kind, n_clusters, n_features, separation, seed):
    rng = np.random.RandomState(seed)
    factors = _draw_factors(rng, n_clusters, n_features, KINDS[kind])
    centers = _place_centers(rng, factors, separation)
    separations = []
    for i, j in itertools.combinations(range(n_clusters), 2):
        gap = centers[i] - centers[j]
        u = gap / np.linalg.norm(gap)
        sds = [np.sqrt(u @ factors[k].T @ factors[k] @ u) for k in (i, j)]
        separations.append(np.linalg.norm(gap) / np.mean(sds))
    assert min(separations) == pytest.approx(separation, rel=1e-9)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_rows_have_the_separation_of_their_centers(kind):
    X, labels = make_segments(
        200_000, n_clusters=2, n_features=2, kind=kind, separation=4, random_state=0
    )
    gap = X[labels == 0].mean(axis=0) - X[labels == 1].mean(axis=0)
    distance = np.linalg.norm(gap)
    sds = [(X[labels == k] @ gap / distance).std() for k in (0, 1)]
    # The variance of a t with 3 degrees of freedom is finite and slow to show.
    assert distance / np.mean(sds) == pytest.approx(4, rel=0.1 if kind == "heavy_tailed" else 0.02)


@pytest.mark.parametrize("kind", ["gaussian", "isotropic", "anisotropic", "uniform"])
def test_well_separated_segments_can_be_found(kind):
    X, labels = make_segments(2000, kind=kind, separation=8, random_state=1)
    found = NearestCentroid().fit(X, labels).predict(X)
    assert adjusted_rand_score(labels, found) > 0.98


def test_error_of_the_best_rule_is_the_documented_one():
    X, labels = make_segments(
        100_000, n_clusters=2, n_features=3, kind="isotropic", separation=2, random_state=2
    )
    error = (NearestCentroid().fit(X, labels).predict(X) != labels).mean()
    assert error == pytest.approx(stats.norm.cdf(-1), abs=0.004)


@pytest.mark.parametrize(
    ("kind", "skewed", "heavy"),
    [
        ("isotropic", False, False),
        ("uniform", False, False),
        ("lognormal", True, True),
        ("heavy_tailed", False, True),
    ],
)
def test_structureless_families_have_their_shape(kind, skewed, heavy):
    X, labels = make_segments(20_000, n_clusters=1, n_features=2, kind=kind, random_state=3)
    assert not labels.any()
    assert abs(np.corrcoef(X.T)[0, 1]) < 0.05
    centre = np.median(X, axis=0)
    low, high = np.quantile(X, [0.02, 0.98], axis=0)
    assert (((high - centre) / (centre - low)) > 1.5).all() == skewed
    assert (stats.kurtosis(X) > 1).all() == heavy


def test_one_anisotropic_cloud_is_correlated():
    correlations = [
        abs(np.corrcoef(make_segments(2000, n_clusters=1, n_features=2, kind="anisotropic",
                                      random_state=seed)[0].T)[0, 1])
        for seed in range(10)
    ]  # fmt: skip
    assert max(correlations) > 0.3


def test_uniform_box_is_filled():
    X, _ = make_segments(5000, n_clusters=1, n_features=2, kind="uniform", random_state=0)
    low, high = X.min(axis=0), X.max(axis=0)
    for column in ((X - low) / (high - low)).T:
        assert stats.kstest(column, "uniform").pvalue > 0.001


def test_sizes_are_as_asked():
    _, labels = make_segments(1000, n_clusters=3, weights=[1, 2, 7], random_state=0)
    np.testing.assert_allclose(np.bincount(labels), [100, 200, 700], atol=2)
    _, labels = make_segments(999, n_clusters=3, kind="isotropic", random_state=0)
    assert np.bincount(labels).tolist() == [333, 333, 333]
    _, labels = make_segments(5, n_clusters=5, weights=[1e-9, 1, 1, 1, 1], random_state=0)
    assert np.bincount(labels).tolist() == [1] * 5


@settings(max_examples=20, deadline=None)
@given(n_clusters=st.integers(1, 10), seed=st.integers(0, 2**32 - 1))
def test_drawn_sizes_are_within_a_factor_of_three(n_clusters, seed):
    _, labels = make_segments(3000, n_clusters=n_clusters, random_state=seed)
    sizes = np.bincount(labels)
    assert sizes.max() <= 3 * (sizes.min() + 1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 0}, ValueError, "n_samples must be an integer >= 1; got 0"),
        ({"n_samples": 3}, ValueError, "n_samples must leave a row .* n_clusters=4 .* got 3"),
        ({"n_clusters": 0}, ValueError, "n_clusters"),
        ({"n_clusters": "auto"}, TypeError, "n_clusters"),
        ({"n_features": 0}, ValueError, "n_features"),
        ({"kind": "blobs"}, ValueError, "kind must be 'gaussian' or"),
        ({"separation": 0.0}, ValueError, "separation"),
        ({"weights": [1, 2]}, ValueError, "weights must be n_clusters=4 numbers"),
        ({"weights": [1, 2, 3, 0]}, ValueError, r"weights\[3\] must be a number > 0; got 0"),
        ({"weights": ["a"] * 4}, TypeError, r"weights\[0\]"),
        ({"weights": 0.25}, TypeError, "weights must be an array"),
        ({"outlier_fraction": 1.0}, ValueError, "outlier_fraction"),
        ({"random_state": -1}, ValueError, "random_state"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_segments(**arguments)
