"""NeighborRecommender against the definitions on random matrices, and what it promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from custbase import NeighborRecommender
from custbase.exceptions import CustbaseWarning
from custbase.recommendation import _neighbor_recommender
from tests.oracles import recommendation as oracle

SETTINGS = [
    (kind, metric, weighting)
    for kind in ("item", "user")
    for metric in ("cosine", "jaccard", "correlation")
    for weighting in (None, "tfidf", "bm25")
]


def draw(rng, *, negative, binary):
    """A small matrix with empty rows and columns, repeated rows and ties."""
    n_users, n_items = rng.integers(1, 9), rng.integers(1, 9)
    low = -3 if negative else 1
    X = rng.integers(low, 4, (n_users, n_items)) * (rng.random((n_users, n_items)) < rng.random())
    X = np.sign(np.abs(X)) if binary else X
    X[rng.random(n_users) < 0.2] = 0
    X[:, rng.random(n_items) < 0.1] = 0
    return X[rng.integers(0, n_users, n_users)].astype(float)


def agree(indices, scores, expected_indices, expected_scores, all_scores):
    """Scores are equal up to rounding, and so are items, but where rounding decides."""
    assert np.array_equal(np.isnan(scores), np.isnan(expected_scores))
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-9, atol=1e-12)
    for row, place in np.argwhere(indices != expected_indices):
        there = all_scores[row, indices[row, place]]
        assert there == pytest.approx(all_scores[row, expected_indices[row, place]], rel=1e-9)


@pytest.mark.filterwarnings("ignore:There are no neighbours")
@pytest.mark.parametrize("seed", range(50))
def test_equals_brute_force(seed):
    # 50 seeds of 20 matrices are 1,000 matrices; every setting has its share of them.
    rng, n_compared = np.random.default_rng(seed), 0
    for number in range(20):
        kind, metric, weighting = SETTINGS[(20 * seed + number) % len(SETTINGS)]
        negative = bool(rng.random() < 0.3) and weighting != "bm25"
        X = draw(rng, negative=negative, binary=rng.random() < 0.4)
        queries = X if rng.random() < 0.5 else draw(rng, negative=negative, binary=False)
        queries = np.resize(queries, (len(queries), X.shape[1]))
        params = {
            "n_neighbors": int(rng.integers(1, 8)),
            "kind": kind,
            "metric": metric,
            "weighting": weighting,
            "shrinkage": float(rng.choice([0.0, 0.5, 10.0])),
            "prune": str(rng.choice(["source", "target"])),
            "asymmetry": 0.5 if metric == "jaccard" else float(rng.choice([0.5, 0.5, 0.5, 0.8])),
        }
        fallback = "popularity" if rng.random() < 0.7 else None
        n = int(rng.integers(1, 12))
        items = None if rng.random() < 0.5 else rng.integers(0, X.shape[1], 3)
        exclude_seen = bool(rng.random() < 0.8)
        recommender = NeighborRecommender(**params, fallback=fallback, n_jobs=1).fit(csr_array(X))
        found = recommender.recommend(queries, n, exclude_seen=exclude_seen, items=items)
        scores = oracle.neighbor_scores(X, queries, **params)
        expected = oracle.recommend(
            scores,
            queries,
            (X > 0).sum(axis=0),
            n,
            fallback=fallback is not None,
            exclude_seen=exclude_seen,
            items=items,
        )
        asked = {name: params[name] for name in params if name not in ("n_neighbors", "prune")}
        is_close = oracle.rounding_decides(X, queries, **asked)
        if not is_close and np.isclose(scores, 0, atol=1e-12).sum() == (scores == 0).sum():
            agree(*found, *expected, scores)
            n_compared += 1
    assert n_compared >= 18


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("metric", ["cosine", "jaccard", "correlation"])
@pytest.mark.parametrize("kind", ["item", "user"])
def test_ratings_equal_brute_force(kind, metric, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(1, 6, (9, 7)) * (rng.random((9, 7)) < 0.6) * 1.0
    queries = rng.integers(1, 6, (4, 7)) * (rng.random((4, 7)) < 0.5) * 1.0
    params = {"n_neighbors": int(rng.integers(1, 6)), "kind": kind, "metric": metric}
    params["shrinkage"] = float(rng.choice([0.0, 2.0]))
    expected = oracle.predicted_ratings(X, queries, **params)
    recommender = NeighborRecommender(feedback="explicit", **params).fit(X)
    rows, items = (grid.ravel() for grid in np.indices(queries.shape))
    found = recommender.predict_rating(queries, rows, items)
    np.testing.assert_allclose(found, expected.ravel().clip(X[X > 0].min(), X.max()), rtol=1e-9)
    indices, scores = recommender.recommend(queries, 7)
    expected[queries != 0] = np.nan
    for row in range(4):
        if not queries[row].any():
            assert np.isnan(scores[row]).all()
            continue
        listed = indices[row] >= 0
        assert listed.sum() == (queries[row] == 0).sum()
        np.testing.assert_allclose(
            scores[row, listed], np.sort(expected[row][~np.isnan(expected[row])])[::-1], rtol=1e-9
        )
        np.testing.assert_allclose(scores[row, listed], expected[row, indices[row, listed]])


def draw_large(seed=0, *, binary=True):
    """Customers of few popular items and many others, some of them with very many items."""
    rng = np.random.default_rng(seed)
    activity = rng.pareto(1.5, (300, 1)) + 0.1
    popularity = np.arange(1, 121) ** -0.7
    X = (rng.random((300, 120)) < activity * popularity) * 1.0
    return X if binary else X * rng.integers(1, 5, X.shape)


@pytest.mark.parametrize("kind", ["item", "user"])
@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("metric", ["cosine", "jaccard"])
def test_larger_matrices_equal_brute_force(kind, binary, metric):
    X = draw_large(binary=binary)
    params = {"n_neighbors": 12, "kind": kind, "metric": metric, "shrinkage": 1.0}
    recommender = NeighborRecommender(**params).fit(X)
    scores = oracle.neighbor_scores(X, X[:40], weighting=None, **params)
    expected = oracle.recommend(scores, X[:40], (X != 0).sum(axis=0), 30)
    agree(*recommender.recommend(X[:40], 30), *expected, scores)


@pytest.mark.parametrize("n_jobs", [2, 5])
@pytest.mark.parametrize("feedback", ["implicit", "explicit"])
@pytest.mark.parametrize("kind", ["item", "user"])
def test_any_number_of_threads_gives_the_same_bits(kind, feedback, n_jobs):
    X = draw_large(binary=False)
    params = {"kind": kind, "feedback": feedback, "metric": "correlation"}
    found = [
        NeighborRecommender(**params, n_jobs=jobs).fit(X).recommend(X, 20) for jobs in (1, n_jobs)
    ]
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1], equal_nan=True)


@pytest.mark.parametrize("weighting", ["tfidf", "bm25"])
def test_weighted_ones_are_compared_as_other_values_are(weighting):
    # Any shrinkage takes the way of values that differ.
    X = draw_large(3, binary=True)
    ones = NeighborRecommender(30, weighting=weighting).fit(X)
    values = NeighborRecommender(30, weighting=weighting, shrinkage=1e-300).fit(X)
    np.testing.assert_allclose(ones.similarities_, values.similarities_, rtol=1e-12)
    is_clear = np.diff(ones.similarities_, axis=1) < -1e-9
    is_clear = (
        np.c_[np.ones(len(is_clear), bool), is_clear]
        & np.c_[is_clear, np.zeros(len(is_clear), bool)]
    )
    assert is_clear.mean() > 0.5
    np.testing.assert_array_equal(ones.neighbors_[is_clear], values.neighbors_[is_clear])


@pytest.mark.parametrize("rows", [None, "some"])
@pytest.mark.parametrize("metric", ["cosine", "jaccard", "correlation"])
@pytest.mark.parametrize("weighting", [None, "tfidf", "bm25"])
@pytest.mark.parametrize("kind", ["item", "user"])
def test_partial_fit_is_a_refit(kind, weighting, metric, rows):
    # Separate halves of the catalogue: most lists need not be made anew.
    rng = np.random.default_rng(3)
    X = draw_large(1, binary=weighting is not None and metric != "correlation")
    X[:150, 60:], X[150:, :60] = 0, 0
    new = X[rng.permutation(150)[:7]] * rng.integers(1, 3, (7, 1))
    rows = None if rows is None else rng.permutation(150)[:7]
    params = {"kind": kind, "weighting": weighting, "metric": metric}
    grown = NeighborRecommender(8, **params).fit(X).partial_fit(new, rows=rows)
    if rows is None:
        X = np.concatenate([X, new])
    else:
        X[rows] = new
    once = NeighborRecommender(8, **params).fit(X)
    for one, other in zip(grown.recommend(X, 12), once.recommend(X, 12), strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    for one, other in zip(grown.kneighbors(), once.kneighbors(), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(grown.interactions_.toarray(), X)


def test_partial_fit_makes_only_lists_anew_that_can_change(monkeypatch):
    X = np.kron(np.eye(3), np.ones((4, 5)))
    recommender = NeighborRecommender(4).fit(X)
    asked = []
    search = _neighbor_recommender.search_fitted
    monkeypatch.setattr(
        _neighbor_recommender,
        "search_fitted",
        lambda near, rows, n, n_jobs: (asked.append(rows), search(near, rows, n, n_jobs))[1],
    )
    recommender.partial_fit(X[[0]])
    assert asked[0].tolist() == [0, 1, 2, 3, 4]
    before = recommender.neighbors_.copy()
    recommender.partial_fit(np.zeros((1, 15)), rows=[0])
    assert asked[1].tolist() == [0, 1, 2, 3, 4]
    assert np.array_equal(before, recommender.neighbors_)


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(
    "params",
    [
        {"kind": "user"},
        {"feedback": "explicit"},
        {"kind": "user", "feedback": "explicit"},
        {"n_neighbors": 3},
        {"metric": "jaccard"},
        {"weighting": "tfidf"},
    ],
)
def test_nothing_is_left_of_a_fit_by_other_parameters(params, partial):
    X = draw_large(binary=False)
    # Separate halves of the catalogue: most lists need not be made anew.
    X[:150, 60:], X[150:, :60] = 0, 0
    for before, after in [({}, params), (params, {})]:
        recommender = NeighborRecommender(**before).fit(X)
        recommender.set_params(
            **{name: NeighborRecommender().get_params()[name] for name in params}
        )
        recommender.set_params(**after)
        again = recommender.partial_fit(X[:1], rows=[0]) if partial else recommender.fit(X)
        fresh = NeighborRecommender(**after).fit(X)
        for one, other in zip(again.recommend(X, 9), fresh.recommend(X, 9), strict=True):
            assert np.array_equal(one, other, equal_nan=True)
        for one, other in zip(again.kneighbors(), fresh.kneighbors(), strict=True):
            assert np.array_equal(one, other)
        assert set(vars(again)) == set(vars(fresh)) | ({"_baselines"} & set(vars(again)))


@pytest.mark.parametrize("rows", [[0, 0], [300], [-1], [0.0], [True], [[0]], "all"])
def test_rows_that_are_none_are_refused(rows):
    X = draw_large()
    recommender = NeighborRecommender(5).fit(X)
    with pytest.raises(ValueError, match="rows must hold distinct numbers from 0 to 299"):
        recommender.partial_fit(X[:2] if rows == [0, 0] else X[:1], rows=rows)
    assert recommender.interactions_.shape == (300, 120)


@pytest.mark.parametrize("kind", ["item", "user"])
def test_neighbors_are_the_most_similar_rows(kind):
    X = draw_large()
    rows = X.T if kind == "item" else X
    sims = oracle.similarities(rows, rows, "cosine", 0.0)
    recommender = NeighborRecommender(6, kind=kind).fit(X)
    similarities, indices = recommender.kneighbors()
    wide, wide_indices = recommender.kneighbors(n_neighbors=200)
    np.fill_diagonal(sims, 0.0)
    order = np.argsort(-sims, axis=1, kind="stable")
    best = np.take_along_axis(sims, order, axis=1)
    np.testing.assert_allclose(similarities, best[:, :6])
    np.testing.assert_allclose(wide[:, :119], best[:, :119])
    assert np.array_equal(indices, wide_indices[:, :6])
    asked = [3, 3, 50]
    if kind == "item":
        assert np.array_equal(recommender.similar_items(asked, 6)[0], indices[asked])
        with pytest.raises(ValueError, match="X must be None with kind='item'"):
            recommender.kneighbors(X)
    else:
        found = recommender.kneighbors(X[asked], 7)
        assert np.array_equal(found[1], recommender.similar_users(X[asked], 7)[0])
        assert (
            found[1][:, 0] == [np.flatnonzero((X[row] == X).all(axis=1))[0] for row in asked]
        ).all()


def test_similar_items_and_users_do_not_depend_on_the_kind():
    X = draw_large(binary=False)
    one, other = (NeighborRecommender(5, kind=kind).fit(X) for kind in ("item", "user"))
    for found, wanted in [
        (one.similar_items([0, 7], 9), other.similar_items([0, 7], 9)),
        (one.similar_users(X[:5], 4), other.similar_users(X[:5], 4)),
    ]:
        assert np.array_equal(found[0], wanted[0])
        assert np.array_equal(found[1], wanted[1], equal_nan=True)
    indices, similarities = one.similar_items([3], 130)
    assert (indices[0] == -1).sum() == np.isnan(similarities[0]).sum() >= 11


@pytest.mark.parametrize("prune", ["source", "target"])
@pytest.mark.parametrize("metric", ["cosine", "jaccard", "correlation"])
@pytest.mark.parametrize("feedback", ["implicit", "explicit"])
@pytest.mark.parametrize("kind", ["item", "user"])
def test_explanations_add_up(kind, feedback, metric, prune):
    X = draw_large(binary=False)[:60, :30]
    params = {"kind": kind, "feedback": feedback, "metric": metric, "prune": prune}
    recommender = NeighborRecommender(7, **params).fit(X)
    indices, scores = recommender.recommend(X[:25], 4)
    reasons = recommender.explain(X[:25], indices)
    totals = reasons.groupby(["row", "item"]).contribution.sum()
    for row, place in np.argwhere(~np.isnan(scores)):
        expected = scores[row, place]
        if feedback == "explicit":
            expected -= rating_level(recommender, X[row], indices[row, place])
        found = totals.get((row, indices[row, place]), 0.0)
        assert found == pytest.approx(expected, abs=1e-9)
    assert (X[reasons.row, reasons.past_item] != 0).all()
    assert (reasons.contribution != 0).all()


def rating_level(recommender, history, item):
    """Level of a rating, by its definition."""
    base = recommender._baselines
    known = np.flatnonzero(history)
    own = (history[known] - base.mean - base.items[known]).sum() / (15 + len(known))
    return base.mean + own + base.items[item]


def test_users_in_blocks_get_what_they_get_at_once(monkeypatch):
    X = draw_large()
    recommender = NeighborRecommender(9, kind="user").fit(X)
    expected = recommender.recommend(X, 12)
    monkeypatch.setattr(_neighbor_recommender, "BLOCK_USERS", 7)
    for found, wanted in zip(recommender.recommend(X, 12), expected, strict=True):
        assert np.array_equal(found, wanted, equal_nan=True)
    assert recommender.recommend(X[:0], 3)[0].shape == (0, 3)


def test_explanations_of_nothing_are_an_empty_table():
    recommender = NeighborRecommender().fit(draw_large())
    table = recommender.explain(np.zeros((2, 120)), np.full((2, 3), -1))
    assert table.shape == (0, 4)
    assert table.dtypes.astype(str).tolist() == ["int64", "int64", "int64", "float64"]


def test_customers_without_a_row_or_without_anybody():
    recommender = NeighborRecommender().fit(draw_large())
    indices, scores = recommender.recommend(np.empty((0, 120)), 5)
    assert indices.shape == scores.shape == (0, 5)
    nothing = NeighborRecommender(kind="user").fit(np.zeros((3, 2)))
    assert nothing.predict(np.zeros((1, 2))).tolist() == [[0, 1] + [-1] * 8]
    single = NeighborRecommender().fit([[1.0], [1.0]])
    assert single.recommend([[0.0]], 2)[0].tolist() == [[0, -1]]
    assert single.neighbors_.tolist() == [[-1]]


@pytest.mark.parametrize("params", [{"metric": "correlation"}, {"feedback": "explicit"}])
def test_values_that_do_not_differ_say_nothing(params):
    with pytest.warns(CustbaseWarning, match="no neighbours"):
        NeighborRecommender(**params).fit(draw_large())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"kind": "user"}),
        ({"kind": "user"}, {"feedback": "explicit"}),
        ({"feedback": "explicit"}, {"kind": "user"}),
        ({}, {"metric": "jaccard"}),
    ],
)
def test_parameters_changed_after_fit_are_refused(before, after):
    X = draw_large(binary=False)
    recommender = NeighborRecommender(**before).fit(X).set_params(**after)
    name = next(iter(after))
    for ask in (
        lambda: recommender.predict(X),
        lambda: recommender.kneighbors(),
        lambda: recommender.similar_items([0]),
        lambda: recommender.similar_users(X),
        lambda: recommender.explain(X[:1], [[0]]),
    ):
        with pytest.raises(ValueError, match=f"{name} must be that of fit, .* Fit again"):
            ask()


def test_wrong_held_out_items_are_refused():
    X = draw_large()
    recommender = NeighborRecommender().fit(X)
    missing = pd.DataFrame(np.where(X == 0, np.nan, X), columns=[f"p{i}" for i in range(120)])
    for call in (lambda: recommender.score(X, missing), lambda: recommender.fit(missing)):
        with pytest.raises(ValueError, match=r"contains NaN in columns 'p0' .*fillna\(0\)"):
            call()
    with pytest.raises(ValueError, match="y must have 300 rows and 120 columns"):
        recommender.score(X, X[:, :5])
    with pytest.raises(ValueError, match="y must hold items of the customers; got None"):
        recommender.score(X, None)
    with pytest.raises(ValueError, match="X must have unique column names"):
        recommender.fit(pd.DataFrame(X[:, :2], columns=["tea", "tea"]))


def test_a_mask_of_items_is_what_their_numbers_are():
    X = draw_large()
    recommender = NeighborRecommender().fit(X)
    mask = np.arange(120) % 7 == 0
    found, _ = recommender.recommend(X, 5, items=mask)
    assert np.array_equal(found, recommender.recommend(X, 5, items=np.flatnonzero(mask))[0])
    with pytest.raises(ValueError, match="items must, as a mask, have 120 values"):
        recommender.recommend(X, 5, items=mask[1:])


def test_more_neighbors_than_memory_could_hold():
    X = draw_large(binary=False)[:20, :15]
    for params in ({}, {"kind": "user"}, {"feedback": "explicit"}):
        many, all_there_are = (NeighborRecommender(n, **params).fit(X) for n in (10**12, 20))
        found, expected = many.recommend(X, 9), all_there_are.recommend(X, 9)
        assert np.array_equal(found[0], expected[0])


def test_large_values_are_compared_or_refused():
    values = np.full((200, 3), 9e59)
    values[::2, 1] = 0
    assert NeighborRecommender(2).fit(values).similarities_[0] == pytest.approx([1.0, 0.5**0.5])
    assert not np.signbit(NeighborRecommender(2).fit(np.eye(3)).similarities_).any()


def test_nobody_can_be_added():
    X = draw_large()
    recommender = NeighborRecommender().fit(X)
    before = recommender.similarities_
    for rows in (None, []):
        recommender.partial_fit(X[:0], rows=rows)
        assert np.array_equal(recommender.similarities_, before)


def test_more_similar_ones_than_memory_has_are_refused():
    X = draw_large()
    recommender = NeighborRecommender().fit(X)
    with pytest.raises(MemoryError, match=r"n=10{15} needs, for 2 rows,"):
        recommender.similar_items([0, 1], 10**15)
    with pytest.raises(MemoryError, match=r"n=10{15} needs, for 300 rows,"):
        recommender.similar_users(X, 10**15)
    with pytest.raises(ValueError, match="items must hold numbers of items from 0 to 119"):
        recommender.similar_items([[0], [0, 1]])


def test_lists_that_memory_has_no_room_for_are_refused():
    recommender = NeighborRecommender().fit(draw_large())
    with pytest.raises(MemoryError, match=r"n_neighbors=10{15} needs, for 120 rows,"):
        recommender.kneighbors(n_neighbors=10**15)
    with pytest.raises(MemoryError, match=r"n_neighbors=2999999 needs, for 3,000,000 rows,"):
        NeighborRecommender(10**7).fit(csr_array(([1.0], ([0], [0])), shape=(2, 3_000_000)))


@pytest.mark.parametrize("rating", [0.1, 0.7, 3.3, 4.35])
def test_ratings_all_the_same_have_no_neighbours(rating):
    X = rating * (np.random.default_rng(0).random((30, 12)) < 0.5)
    with pytest.warns(CustbaseWarning, match="There are no neighbours"):
        recommender = NeighborRecommender(3, feedback="explicit").fit(X)
    assert (recommender.similar_items([0], 3)[0] == -1).all()
    assert recommender.predict_rating(X, [0], [0]) == pytest.approx(rating)


def test_ratings_need_explicit_feedback():
    X = draw_large()
    with pytest.raises(ValueError, match="feedback must be 'explicit' to predict ratings"):
        NeighborRecommender().fit(X).predict_rating(X, [0], [0])
    ratings = NeighborRecommender(feedback="explicit").fit(draw_large(binary=False))
    with pytest.raises(ValueError, match="rows must hold numbers of rows of X from 0 to 299"):
        ratings.predict_rating(X, [300], [0])
    with pytest.raises(ValueError, match="rows and items must be pairs; got 2 rows and 1 items"):
        ratings.predict_rating(X, [0, 1], [0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_neighbors": 0}, "n_neighbors must be an integer >= 1; got 0"),
        ({"kind": "items"}, "kind must be 'item' or 'user'; got 'items'"),
        ({"metric": "euclidean"}, "metric must be 'cosine' or 'correlation' or 'jaccard'"),
        ({"weighting": "idf"}, "weighting must be 'tfidf' or 'bm25' or None; got 'idf'"),
        ({"shrinkage": -1}, "shrinkage must be a number >= 0; got -1"),
        ({"feedback": "stars"}, "feedback must be 'implicit' or 'explicit'; got 'stars'"),
        ({"weighting": "bm25", "feedback": "explicit"}, "weighting must be None with feedback"),
        ({"asymmetry": 0.6, "feedback": "explicit"}, "asymmetry must be 0.5 with feedback"),
        ({"asymmetry": 0.6, "metric": "jaccard"}, r"asymmetry must be 0\.5 with .*got 0\.6"),
        ({"asymmetry": 1.1}, "asymmetry must be a number >= 0 and <= 1; got 1.1"),
    ],
)
def test_wrong_parameters(change, message):
    with pytest.raises(ValueError, match=message):
        NeighborRecommender(**change).fit(draw_large())


def test_wrong_matrices():
    X = draw_large()
    with pytest.raises(ValueError, match="X must not be negative with weighting='bm25'"):
        NeighborRecommender(weighting="bm25").fit(-X)
    with pytest.raises(ValueError, match="X must not be negative with weighting='bm25'"):
        NeighborRecommender(weighting="bm25", kind="user").fit(X).recommend(-X)
    with pytest.raises(ValueError, match=r"X must hold numbers between 1e-60 and 1e\+60"):
        NeighborRecommender().fit(X * 1e80)
    log = pd.DataFrame({"User_ID": [1, 2], "product_id": [3, 4], "amount": [1.0, 2.0]})
    with pytest.raises(ValueError, match="looks like a log"):
        NeighborRecommender().fit(log)
    recommender = NeighborRecommender().fit(X)
    with pytest.raises(ValueError, match="119 features, but NeighborRecommender is expecting 120"):
        recommender.recommend(X[:, 1:])
    with pytest.raises(ValueError, match="items must hold numbers of items from 0 to 119"):
        recommender.recommend(X, items=["tea"])
    with pytest.raises(ValueError, match=r"^items must, as a mask, have 120 values, .* 0 True"):
        recommender.recommend(X, items=np.zeros(120, dtype=bool))
    for call in (
        lambda: recommender.recommend(X, items=list(range(20_000))),
        lambda: recommender.fit(pd.DataFrame(X * np.nan, columns=[f"p{i}" for i in range(120)])),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert len(str(error.value)) < 400
