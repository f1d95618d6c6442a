"""SegmentClusterer: scikit-learn's contract, how many segments, and what is refused."""

from __future__ import annotations

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import custbase
from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.exceptions import CustbaseWarning


@pytest.fixture(scope="module")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    return make_segments(400, n_clusters=4, separation=8.0, random_state=0)


def test_auto_finds_the_segments(blobs):
    X, truth = blobs
    clusterer = SegmentClusterer(random_state=0).fit(X)
    assert clusterer.n_clusters_ == 4
    assert adjusted_rand_score(truth, clusterer.labels_) > 0.99
    assert clusterer.selection_.index.tolist() == list(range(1, 13))
    assert clusterer.selection_.index.name == "n_clusters"
    assert clusterer.selection_.columns.tolist() == [
        "inertia",
        "elbow",
        "kneedle",
        "silhouette",
        "calinski_harabasz",
        "bic",
    ]
    assert clusterer.selection_.loc[4, "inertia"] == clusterer.inertia_
    assert clusterer.selection_["inertia"].is_monotonic_decreasing


def test_auto_can_answer_one_segment():
    X = np.random.default_rng(0).normal(size=(500, 3))
    clusterer = SegmentClusterer(random_state=0).fit(X)
    assert clusterer.n_clusters_ == 1
    np.testing.assert_allclose(clusterer.cluster_centers_, X.mean(axis=0)[None])
    assert clusterer.profile(X)["name"].tolist() == ["All customers"]


def test_auto_keeps_to_its_bounds_and_says_that_it_met_one(blobs):
    X, _ = blobs
    clusterer = SegmentClusterer(min_clusters=2, max_clusters=3, random_state=0)
    with pytest.warns(CustbaseWarning, match="chose max_clusters=3, the largest number allowed"):
        clusterer.fit(X)
    assert clusterer.selection_.index.tolist() == [2, 3]
    assert clusterer.n_clusters_ == 3


def test_a_given_number_has_a_selection_of_one_row(blobs):
    selection = SegmentClusterer(3, random_state=0).fit(blobs[0]).selection_
    assert selection.index.tolist() == [3]
    assert selection["elbow"].isna().all()


def test_fit_predict_labels_and_predict_agree(blobs):
    X, _ = blobs
    for clusterer in (
        SegmentClusterer(random_state=0),
        SegmentClusterer(7, tol=0.1, random_state=0),
    ):
        labels = clusterer.fit_predict(X)
        np.testing.assert_array_equal(labels, clusterer.labels_)
        np.testing.assert_array_equal(labels, clusterer.predict(X))
        np.testing.assert_array_equal(labels, clusterer.transform(X).argmin(axis=1))


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_labels_are_predictions_even_with_ties_and_repeated_rows(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, size=(30, 2)).astype(rng.choice([np.float32, np.float64]))
    n_clusters = int(rng.integers(1, 30))
    clusterer = SegmentClusterer(n_clusters, max_iter=int(rng.integers(1, 9)), random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = clusterer.fit_predict(X, sample_weight=rng.integers(0, 3, 30) + (seed % 2))
    np.testing.assert_array_equal(labels, clusterer.predict(X))
    assert np.isfinite(clusterer.cluster_centers_).all()
    assert np.abs(clusterer.cluster_centers_).max() <= 3
    if n_clusters >= len(np.unique(X, axis=0)) and clusterer.max_iter > 6:
        assert clusterer.inertia_ == pytest.approx(0, abs=1e-12)


def test_segments_are_numbered_by_size_whatever_the_seed():
    X, _ = make_segments(500, n_clusters=3, weights=[0.2, 0.5, 0.3], separation=8.0, random_state=1)
    found = [SegmentClusterer(3, random_state=seed).fit(X) for seed in range(4)]
    assert (np.diff(np.bincount(found[0].labels_)) < 0).all()
    for other in found[1:]:
        np.testing.assert_array_equal(other.labels_, found[0].labels_)


def test_with_given_centers_segments_keep_their_order(blobs):
    X, _ = blobs
    init = X[[5, 50, 200]]
    ours = SegmentClusterer(3, init=init, tol=0).fit(X)
    theirs = KMeans(3, init=init, n_init=1, tol=0).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-10)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)


def test_score_is_minus_the_weighted_inertia(blobs):
    X, _ = blobs
    weights = np.random.default_rng(0).uniform(size=len(X))
    clusterer = SegmentClusterer(4, random_state=0).fit(X, sample_weight=weights)
    assert clusterer.score(X, sample_weight=weights) == pytest.approx(-clusterer.inertia_)
    distances = clusterer.transform(X).min(axis=1)
    assert clusterer.score(X) == pytest.approx(-(distances**2).sum())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_threads_and_repeats_do_not_change_a_bit(blobs, dtype):
    X = np.tile(blobs[0], (100, 1)).astype(dtype)
    X += np.random.default_rng(0).normal(size=X.shape).astype(dtype)
    states = []
    for n_jobs in (1, 2, 3, None):
        fitted = SegmentClusterer(
            max_clusters=5, n_init=1, max_iter=20, random_state=3, n_jobs=n_jobs
        ).fit(X)
        states.append(
            (fitted.cluster_centers_.tobytes(), fitted.labels_.tobytes(), fitted.inertia_)
        )
    assert len(set(states)) == 1


def test_weights_of_zero_are_labelled_without_a_say(blobs):
    X, _ = blobs
    outlier = np.vstack([X, [[1e3] * X.shape[1]]])
    weights = np.append(np.ones(len(X)), 0.0)
    clusterer = SegmentClusterer(random_state=0).fit(outlier, sample_weight=weights)
    assert clusterer.n_clusters_ == 4
    assert len(clusterer.labels_) == len(outlier)
    assert np.abs(clusterer.cluster_centers_).max() <= np.abs(X).max()


def test_the_order_of_the_customers_does_not_matter():
    X = np.random.default_rng(1).normal(size=(300, 2))
    order = np.random.default_rng(2).permutation(300)
    one, other = (SegmentClusterer(6, random_state=0).fit(rows) for rows in (X, X[order]))
    np.testing.assert_allclose(one.cluster_centers_, other.cluster_centers_)
    np.testing.assert_array_equal(one.labels_[order], other.labels_)


def test_float32_rows_keep_their_dtype_in_transform(blobs):
    X = blobs[0].astype(np.float32)
    assert SegmentClusterer(2, random_state=0).fit_transform(X).dtype == np.float32


def test_frames_names_and_output(blobs):
    X = pd.DataFrame(blobs[0], columns=["money", "orders", "age"])
    clusterer = SegmentClusterer(2, random_state=0).set_output(transform="pandas").fit(X)
    assert clusterer.feature_names_in_.tolist() == ["money", "orders", "age"]
    assert clusterer.transform(X).columns.tolist() == ["segmentclusterer0", "segmentclusterer1"]
    assert [c for c in clusterer.profile(X) if c.startswith("mean_")] == [
        "mean_money",
        "mean_orders",
        "mean_age",
    ]
    with pytest.raises(ValueError, match="feature names"):
        clusterer.predict(X.rename(columns={"age": "size"}))
    assert "mean_x2" in SegmentClusterer(2, random_state=0).fit(blobs[0]).profile(blobs[0])


def test_clone_and_pickle(blobs):
    X, _ = blobs
    clusterer = SegmentClusterer(3, random_state=0).fit(X)
    read = pickle.loads(pickle.dumps(clusterer))
    np.testing.assert_array_equal(read.predict(X), clusterer.labels_)
    pd.testing.assert_frame_equal(read.selection_, clusterer.selection_)
    assert not hasattr(clone(clusterer), "labels_")


def test_profile_describes_the_original_frame_behind_a_pipeline(blobs):
    X = pd.DataFrame(np.exp(blobs[0] / 4), columns=["money", "orders", "age"])
    X.index = X.index + 100
    original = X.assign(shop=np.where(X["money"] > 1, "web", "store"), vip=X["age"] > 1)
    pipe = make_pipeline(StandardScaler(), SegmentClusterer(4, random_state=0)).fit(X)
    profile = custbase.call(pipe, "profile", X, describe=original)
    assert profile.index.name == "segment"
    assert profile["size"].sum() == len(X)
    assert profile["name"].is_unique
    assert set(profile["typical_shop"]) <= {"web", "store"}
    labels = pipe.predict(X)
    np.testing.assert_allclose(profile["typical_money"], X["money"].groupby(labels).median())


def test_profile_of_a_part_keeps_every_segment(blobs):
    X, _ = blobs
    clusterer = SegmentClusterer(4, random_state=0).fit(X)
    profile = clusterer.profile(X[clusterer.labels_ == 2])
    assert (profile["size"] > 0).tolist() == [False, False, True, False]
    assert profile["mean_x0"].isna().tolist() == [True, True, False, True]


def test_profile_refuses_other_rows(blobs):
    X = pd.DataFrame(blobs[0])
    X.columns = ["a", "b", "c"]
    clusterer = SegmentClusterer(2, random_state=0).fit(X)
    with pytest.raises(
        ValueError, match=r"describe must have the rows of X: X has 400 .*describe 10"
    ):
        clusterer.profile(X, describe=X[:10])
    with pytest.raises(ValueError, match="describe must have the index of X"):
        clusterer.profile(X, describe=X[::-1])


def test_the_tutorial_table_has_few_distinct_rows(real_data):
    table = real_data("seed_customers_tutorial/customers-data.csv.gz").drop(columns="customer_id")
    clusterer = SegmentClusterer(random_state=0).fit(table)
    assert 1 < clusterer.n_clusters_ <= len(table.drop_duplicates())
    assert clusterer.profile(table)["name"].is_unique
    complains = table[["complains"]]
    few = SegmentClusterer(random_state=0).fit(complains)
    assert few.selection_.index.max() == complains["complains"].nunique() == 3


def test_more_segments_than_distinct_rows_warn_as_scikit_learn_does():
    X = np.repeat([[0.0], [1.0], [5.0]], 4, axis=0)
    with pytest.warns(ConvergenceWarning, match="only 3 of n_clusters=5 segments"):
        clusterer = SegmentClusterer(5, random_state=0).fit(X)
    assert clusterer.inertia_ == 0
    assert clusterer.cluster_centers_.shape == (5, 1)
    np.testing.assert_array_equal(clusterer.labels_, clusterer.predict(X))
    assert SegmentClusterer(random_state=0).fit(X).selection_.index.tolist() == [1, 2, 3]


def test_one_customer_is_one_segment():
    clusterer = SegmentClusterer(random_state=0).fit([[1.0, 2.0]])
    assert clusterer.n_clusters_ == 1
    assert clusterer.inertia_ == 0


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"n_clusters": 0}, ValueError, "n_clusters must be an integer >= 1 or 'auto'"),
        ({"n_clusters": "elbow"}, ValueError, "n_clusters must be"),
        ({"n_clusters": 2.0}, TypeError, "n_clusters must be"),
        ({"n_clusters": 11}, ValueError, "n_clusters must be at most the number of rows of X, 10"),
        ({"min_clusters": 0}, ValueError, "min_clusters must be"),
        ({"min_clusters": 5, "max_clusters": 4}, ValueError, "max_clusters must be at least"),
        ({"max_clusters": None}, TypeError, "max_clusters must be"),
        ({"init": "random"}, ValueError, "init must be 'k-means\\+\\+'"),
        ({"init": np.ones((2, 2))}, ValueError, "init must be .* n_clusters='auto'"),
        (
            {"n_clusters": 2, "init": np.ones((3, 2))},
            ValueError,
            r"init must have shape .*\(2, 2\)",
        ),
        ({"n_clusters": 1, "init": [[np.nan, 0.0]]}, ValueError, "init contains NaN"),
        (
            {"n_clusters": 1, "init": [[0, 0]], "n_init": 2},
            ValueError,
            "n_init must be 'auto' or 1",
        ),
        ({"n_init": 0}, ValueError, "n_init must be"),
        ({"max_iter": 0}, ValueError, "max_iter must be"),
        ({"tol": -1}, ValueError, "tol must be"),
        ({"random_state": "x"}, TypeError, "random_state must be"),
        ({"n_jobs": 0}, ValueError, "n_jobs must be"),
    ],
)
def test_bad_parameters_are_named(params, error, message):
    X = np.random.default_rng(0).normal(size=(10, 2))
    with pytest.raises(error, match=message):
        SegmentClusterer(**params).fit(X)


def test_min_clusters_needs_as_many_distinct_rows():
    with pytest.raises(ValueError, match=r"min_clusters must be at most .* distinct rows of X, 2"):
        SegmentClusterer(min_clusters=3).fit([[0.0], [0.0], [1.0], [1.0]])


def test_bad_matrices_are_refused():
    polars = pytest.importorskip("polars")
    clusterer = SegmentClusterer(2, random_state=0)
    with pytest.raises(ValueError, match="X contains NaN"):
        clusterer.fit([[np.nan], [1.0]])
    with pytest.raises(ValueError, match="2D array, got 1D"):
        clusterer.fit(np.ones(4))
    with pytest.raises(ValueError, match="0 sample"):
        clusterer.fit(np.empty((0, 2)))
    with pytest.raises(TypeError, match=r"X must be .* lazy polars"):
        clusterer.fit(polars.LazyFrame({"a": [1.0, 2.0]}))
    with pytest.raises(ValueError, match="sample_weight must not be negative"):
        clusterer.fit([[0.0], [1.0]], sample_weight=[1.0, -1.0])
    with pytest.raises(NotFittedError, match="not fitted"):
        clusterer.predict([[0.0]])
    with pytest.raises(NotFittedError, match="not fitted"):
        clusterer.selection_  # noqa: B018


@pytest.mark.parametrize("largest", [1e200, 1e155])
def test_values_too_large_to_be_squared_are_refused_by_name(largest):
    X = np.random.default_rng(0).normal(size=(100, 2))
    X[3, 1] = largest
    with pytest.raises(ValueError, match=re.escape(f"got values up to {largest:g}")):
        SegmentClusterer(random_state=0).fit(X)
    weightless = np.r_[np.ones(3), 0.0, np.ones(96)]
    for n_clusters in ("auto", 3):
        with pytest.raises(ValueError, match=re.escape(f"got values up to {largest:g}")):
            SegmentClusterer(n_clusters, random_state=0).fit(X, sample_weight=weightless)
    X[3, 1] = 1e100
    assert SegmentClusterer(random_state=0).fit(X).n_clusters_ >= 1


@pytest.mark.parametrize("unit", [1e-162, 1e-170])
def test_values_whose_squares_vanish_are_refused_by_name(unit):
    X = np.random.default_rng(0).normal(size=(50, 2)) * unit
    with pytest.raises(ValueError, match="Give the columns larger units"):
        SegmentClusterer(random_state=0).fit(X)
    assert SegmentClusterer(random_state=0).fit(np.full((50, 2), unit)).n_clusters_ == 1


def test_a_batch_is_checked_as_the_first_rows_are():
    X = np.random.default_rng(0).normal(size=(50, 2))
    clusterer = SegmentClusterer(3, random_state=0).fit(X)
    with pytest.raises(ValueError, match="Give the columns smaller units"):
        clusterer.partial_fit([[1e200, 0.0], [0.0, 0.0]])


def test_weights_that_add_up_to_infinity_are_refused_by_name():
    X = np.random.default_rng(0).normal(size=(50, 2))
    with pytest.raises(ValueError, match="sample_weight must have a finite sum"):
        SegmentClusterer(3).fit(X, sample_weight=np.full(50, 1e308))


@pytest.mark.parametrize("kind", ["array", "polars"])
def test_what_has_no_index_is_described_by_position(kind):
    X = pd.DataFrame({"a": [1.0, 2.0, 9.0, 10.0]}, index=[7, 5, 3, 1])
    clusterer = SegmentClusterer(2, random_state=0).fit(X)
    spend = pd.DataFrame({"spend": [10.0, 20.0, 90.0, 100.0]})
    given = spend.to_numpy() if kind == "array" else pytest.importorskip("polars").DataFrame(spend)
    table = clusterer.profile(X, describe=given)
    assert sorted(table.filter(like="mean_").iloc[:, 0]) == [15.0, 95.0]
    with pytest.raises(ValueError, match=r"use describe.loc\[X.index\]"):
        clusterer.profile(X, describe=spend)
