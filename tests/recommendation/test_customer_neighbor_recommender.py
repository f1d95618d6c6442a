"""CustomerNeighborRecommender: neighbours by what is known of customers."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import custbase
from custbase import CustomerNeighborRecommender
from custbase.metrics import pairwise_distances
from custbase.recommendation import _customer_neighbor_recommender
from tests.oracles import recommendation as oracle

METRICS = [
    "euclidean",
    "sqeuclidean",
    "manhattan",
    "chebyshev",
    "cosine",
    "correlation",
    "hamming",
]


def make_customers(seed=0, n=30, n_items=9):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, (n, 3)) + rng.random((n, 1))
    y = rng.integers(1, 4, (n, n_items)) * (rng.random((n, n_items)) < 0.3)
    return X, y.astype(float)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("metric", METRICS)
def test_equals_brute_force(metric, weights):
    for seed in range(5):
        X, y = make_customers(seed)
        asked, history = X[:12] + np.linspace(0, 0.3, 12)[:, None] * [1, 0, 2], y[:12]
        recommender = CustomerNeighborRecommender(4, metric=metric, weights=weights)
        found = recommender.fit(X, csr_array(y)).recommend(asked, 6, history=history)
        distances, neighbors = recommender.kneighbors(asked)
        np.testing.assert_allclose(
            distances, np.sort(pairwise_distances(asked, X, metric=metric), axis=1)[:, :4]
        )
        scores = np.zeros((12, y.shape[1]))
        for row in range(12):
            share = np.ones(4)
            if weights == "distance":
                is_same = distances[row] == 0
                share = is_same * 1.0 if is_same.any() else 1 / distances[row]
            scores[row] = share @ y[neighbors[row]] / share.sum()
        expected = oracle.recommend(scores, history, (y > 0).sum(axis=0), 6)
        assert np.array_equal(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-12)


def test_newcomers_get_what_their_kind_buys():
    frame = pd.DataFrame(
        {
            "age": [21, 24, 23, 61, 66, 70],
            "region": ["north", "south", "north", "south", "north", "south"],
        }
    )
    purchases = [[1, 1, 0, 0]] * 3 + [[0, 0, 1, 1]] * 3
    columns = make_column_transformer(
        (StandardScaler(), ["age"]), (OneHotEncoder(sparse_output=False), ["region"])
    )
    pipe = make_pipeline(columns, CustomerNeighborRecommender(3, n_recommendations=2))
    pipe.fit(frame, np.array(purchases))
    newcomers = pd.DataFrame({"age": [20, 75], "region": ["south", "north"]})
    assert pipe.predict(newcomers).tolist() == [[0, 1], [2, 3]]
    indices, scores = custbase.call(pipe, "recommend", newcomers, n=3, items=[1, 3])
    assert indices.tolist() == [[1, 3, -1], [3, 1, -1]]
    assert scores[:, 0].tolist() == [1.0, 1.0]


def test_history_is_never_recommended():
    X, y = make_customers()
    recommender = CustomerNeighborRecommender(5, fallback=None).fit(X, y)
    indices, _ = recommender.recommend(X, 9, history=y)
    for row in range(len(X)):
        assert not y[row, indices[row][indices[row] >= 0]].any()
    again, _ = recommender.recommend(X, 9, history=y, exclude_seen=False)
    assert np.array_equal(again, recommender.recommend(X, 9)[0])


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_fitted_customers_do_not_ask_themselves(weights):
    X, y = make_customers(3)
    recommender = CustomerNeighborRecommender(5, weights=weights, fallback=None).fit(X, y)
    items, scores = recommender.recommend(n=4)
    for row in range(len(X)):
        others = np.arange(len(X)) != row
        apart = clone(recommender).fit(X[others], y[others])
        alone = apart.recommend(X[[row]], 4, history=y[[row]])
        np.testing.assert_array_equal(items[[row]], alone[0])
        np.testing.assert_allclose(scores[[row]], alone[1], rtol=1e-12)
    without = recommender.recommend(n=4, history=np.zeros_like(y))
    np.testing.assert_array_equal(without[0], recommender.recommend(n=4, exclude_seen=False)[0])
    with pytest.raises(ValueError, match="history"):
        recommender.recommend(history=y[:3])


def test_partial_fit_is_a_refit():
    X, y = make_customers()
    grown = CustomerNeighborRecommender(3).partial_fit(X[:20], y[:20]).partial_fit(X[20:], y[20:])
    grown.partial_fit(X[[0, 1]] + 1, y[[1, 0]], rows=[3, 25])
    X[[3, 25]], y[[3, 25]] = X[[0, 1]] + 1, y[[1, 0]]
    once = CustomerNeighborRecommender(3).fit(X, y)
    for one, other in zip(grown.recommend(X, 5), once.recommend(X, 5), strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    with pytest.raises(ValueError, match="rows must hold distinct numbers from 0 to 29"):
        once.partial_fit(X[:1], y[:1], rows=[30])


def test_clone_pickle_frames_and_search():
    X, y = make_customers()
    recommender = CustomerNeighborRecommender(4, n_jobs=1).fit(X, csr_array(y))
    expected = recommender.recommend(X, 5)
    others = [
        pickle.loads(pickle.dumps(recommender)),
        clone(recommender).fit(X, y),
        clone(recommender).set_params(n_jobs=2).fit(X, pd.DataFrame(y)),
    ]
    for other in others:
        for found, wanted in zip(other.recommend(X, 5), expected, strict=True):
            assert np.array_equal(found, wanted, equal_nan=True)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    named = clone(recommender).fit(frame, y)
    assert np.array_equal(named.recommend(frame, 5)[0], expected[0])
    assert np.array_equal(named.kneighbors(frame)[1], recommender.kneighbors(X)[1])
    sparse = clone(recommender).fit(csr_array(X), y)
    assert np.array_equal(sparse.recommend(csr_array(X), 5)[0], expected[0])
    assert named.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        named.predict(pd.DataFrame(X, columns=["a", "b", "d"]))
    search = GridSearchCV(CustomerNeighborRecommender(), {"n_neighbors": [1, 5, 10]}, cv=3)
    assert search.fit(X, csr_array(y)).best_params_["n_neighbors"] in (1, 5, 10)


@pytest.mark.parametrize("n_neighbors", [3, 50])
def test_equal_counts_of_neighbors_are_equal_scores(n_neighbors):
    # A third is no binary number: sums of thirds depend on their order.
    X, _ = make_customers(n=300)
    y = np.random.default_rng(1).poisson(0.3, (300, 30)) * 1.0
    recommender = CustomerNeighborRecommender(n_neighbors).fit(X, y)
    indices, scores = recommender.recommend(X, 30, exclude_seen=False)
    counts = y[recommender.kneighbors(X)[1]].sum(axis=1)
    expected, _ = oracle.recommend(counts, np.zeros(y.shape), (y > 0).sum(axis=0), 30)
    assert np.array_equal(indices, expected)
    is_scored = ~np.isnan(scores)
    assert np.array_equal(
        scores[is_scored], np.take_along_axis(counts, indices, axis=1)[is_scored] / n_neighbors
    )


def test_nobody_nothing_and_hardly_any_distance():
    X, y = make_customers()
    recommender = CustomerNeighborRecommender(3, weights="distance").fit(X * 0, y)
    assert recommender.recommend(X[:0], 4)[0].shape == (0, 4)
    _, scores = recommender.recommend(X * 0 + 5e-311, 4)
    assert np.isfinite(scores[:, 0]).all()
    with pytest.raises(ValueError, match="X must be given: there is but one fitted customer"):
        CustomerNeighborRecommender().fit(X[:1], y[:1]).kneighbors()


def test_more_neighbors_than_customers_are_all_customers():
    X, y = make_customers(n=4)
    recommender = CustomerNeighborRecommender(50).fit(X, y)
    assert recommender.kneighbors(X)[1].shape == (4, 4)
    assert recommender.kneighbors()[1].shape == (4, 3)
    assert not (recommender.kneighbors()[1] == np.arange(4)[:, None]).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_neighbors": 0}, "n_neighbors must be an integer >= 1; got 0"),
        ({"metric": "jaccard"}, "metric must be 'euclidean'"),
        ({"weights": "even"}, "weights must be 'uniform' or 'distance'; got 'even'"),
        ({"fallback": "random"}, "fallback must be 'popularity' or None; got 'random'"),
    ],
)
def test_wrong_parameters(change, message):
    X, y = make_customers()
    with pytest.raises(ValueError, match=message):
        CustomerNeighborRecommender(**change).fit(X, y)


def test_wrong_input():
    X, y = make_customers()
    recommender = CustomerNeighborRecommender(3)
    with pytest.raises(ValueError, match="y must hold items of the customers; got None"):
        recommender.fit(X, None)
    with pytest.raises(ValueError, match="y must have 30 rows"):
        recommender.fit(X, y[:-1])
    with pytest.raises(ValueError, match="contains NaN"):
        recommender.fit(X, np.where(y == 0, np.nan, y))
    recommender.fit(X, y)
    with pytest.raises(ValueError, match="history must have 30 rows and 9 columns"):
        recommender.recommend(X, 3, history=y[:, 1:])
    with pytest.raises(ValueError, match="items must hold numbers of items from 0 to 8"):
        recommender.recommend(X, 3, items=[9])
    with pytest.raises(TypeError, match="exclude_seen must be True or False"):
        recommender.recommend(X, 3, exclude_seen=1)


def test_replaced_customers_keep_their_digits():
    X, y = make_customers()
    narrow = X.astype(np.float32)
    recommender = CustomerNeighborRecommender(1).fit(narrow, y)
    recommender.partial_fit(X[:2] * 1e200, y[:2], rows=[0, 1])
    np.testing.assert_array_equal(recommender.customers_[:2], X[:2] * 1e200)
    np.testing.assert_array_equal(recommender.customers_[2:], narrow[2:])
    before = recommender.recommend(X, 3)
    np.testing.assert_equal(recommender.partial_fit(X[:0], y[:0], rows=[]).recommend(X, 3), before)


@pytest.mark.parametrize("unit", [1.0, 1e-42])
def test_nearest_of_single_precision_weigh_most(unit):
    X = (np.arange(6.0)[:, None] * unit).astype(np.float32)
    recommender = CustomerNeighborRecommender(3, weights="distance").fit(X, np.eye(6))
    indices, scores = recommender.recommend(X, 2)
    assert np.array_equal(indices[:, 0], np.arange(6))
    assert np.array_equal(scores[:, 0], np.ones(6))


@pytest.mark.parametrize("own", [True, False])
def test_blocks_of_customers_make_no_difference(own, monkeypatch):
    X, y = make_customers()
    recommender = CustomerNeighborRecommender(4).fit(X, y)
    asked = None if own else X + 0.1
    expected = recommender.recommend(asked, 3, history=y)
    monkeypatch.setattr(_customer_neighbor_recommender, "BLOCK_ROWS", 7)
    np.testing.assert_equal(recommender.recommend(asked, 3, history=y), expected)
