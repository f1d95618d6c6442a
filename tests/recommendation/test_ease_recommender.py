"""EASERecommender against the normal equations of every item."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from custbase import EASERecommender, _memory
from custbase._memory import available_memory, left_in_group
from tests.oracles.ease import ease_weights
from tests.oracles.recommendation import recommend


def draw(seed, n_users=40, n_items=13):
    rng = np.random.default_rng(seed)
    X = rng.integers(-1, 4, (n_users, n_items)) * (rng.random((n_users, n_items)) < 0.3)
    X[rng.random(n_users) < 0.1] = 0
    return X.astype(float)


@pytest.mark.parametrize("seed", range(20))
def test_equals_the_normal_equations(seed):
    X, l2, dropout = draw(seed), [0.5, 20.0][seed % 2], [0.0, 0.4][seed // 2 % 2]
    recommender = EASERecommender(l2=l2, dropout=dropout).fit(csr_array(X))
    weights = ease_weights(X, l2, dropout)
    np.testing.assert_allclose(recommender.item_weights_, weights, rtol=1e-9, atol=1e-12)
    found = recommender.recommend(X, 8)
    scores = X @ weights
    # Every item has a score, also a negative one; customers without any get what is popular.
    shifted = np.where(X.any(axis=1, keepdims=True), scores + 1000, 0)
    expected = recommend(shifted, X, (X > 0).sum(axis=0), 8)
    assert np.array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1] - 1000, atol=1e-9)


def test_many_items_in_tiles():
    # More items than a tile, a task and a stripe hold.
    X = draw(0, 200, 170)
    recommender = EASERecommender(l2=5.0).fit(X)
    inverse = np.linalg.inv(X.T @ X + 5.0 * np.eye(170))
    expected = np.eye(170) - inverse / np.diag(inverse)
    np.testing.assert_allclose(recommender.item_weights_, expected, atol=1e-10)
    all_items, all_scores = recommender.recommend(X, 170, exclude_seen=False)
    scores = np.empty((200, 170))
    np.put_along_axis(scores, all_items, all_scores, axis=1)
    np.testing.assert_allclose(scores[X.any(axis=1)], (X @ expected)[X.any(axis=1)], atol=1e-9)
    found, _ = recommender.recommend(X, 170)
    for row in np.flatnonzero(X.any(axis=1)):
        free = np.flatnonzero(X[row] == 0)
        order = free[np.lexsort((free, -scores[row, free]))]
        assert np.array_equal(found[row, : len(free)], order)


@pytest.mark.parametrize("rows", [None, [3, 0, 17]])
def test_partial_fit_is_a_refit(rows):
    X, new = draw(1), draw(2)[:3]
    grown = EASERecommender(l2=3.0).partial_fit(csr_array(X)).partial_fit(new, rows=rows)
    if rows is None:
        X = np.concatenate([X, new])
    else:
        X[rows] = new
    once = EASERecommender(l2=3.0).fit(X)
    assert np.array_equal(grown.item_weights_, once.item_weights_)
    assert np.array_equal(grown.popularity_, once.popularity_)


def test_similar_items_are_the_largest_weights():
    X = draw(3)
    recommender = EASERecommender(l2=3.0).fit(X)
    indices, weights = recommender.similar_items([4, 4, 0], 20)
    assert indices.shape == weights.shape == (3, 20)
    for item, found, values in zip([4, 4, 0], indices, weights, strict=True):
        others = np.delete(np.arange(13), item)
        own = recommender.item_weights_[item]
        assert np.array_equal(found[:12], others[np.lexsort((others, -own[others]))])
        assert np.array_equal(values[:12], own[found[:12]])
        assert (found[12:] == -1).all()
        assert np.isnan(values[12:]).all()


def test_explanations_add_up():
    X = draw(4)
    recommender = EASERecommender(l2=3.0).fit(X)
    indices, scores = recommender.recommend(X, 4)
    reasons = recommender.explain(X, indices)
    assert reasons.columns.tolist() == ["row", "item", "past_item", "contribution"]
    totals = reasons.groupby(["row", "item"]).contribution.sum()
    for row in np.flatnonzero(X.any(axis=1)):
        for item, score in zip(indices[row], scores[row], strict=True):
            assert totals[row, item] == pytest.approx(score)
    for (row, _), table in reasons.groupby(["row", "item"]):
        assert table.contribution.is_monotonic_decreasing
        assert X[row, table.past_item].all()


def test_too_many_items_are_refused_before_anything_is_tried():
    wide = csr_array(([1.0], ([0], [5])), (2, 10_000_000))
    with pytest.raises(MemoryError, match=r"10,000,000 items, which need 745,058\.\d\d GiB"):
        EASERecommender().fit(wide)


def test_memory_that_is_left_decides(monkeypatch):
    monkeypatch.setattr(_memory, "GIB", 8)  # so that little is much
    monkeypatch.setattr(_memory, "available_memory", lambda: 8 * 13**2 - 1)
    recommender = EASERecommender()
    with pytest.raises(MemoryError, match=r"are available\. Leave out"):
        recommender.fit(draw(0))
    assert not hasattr(recommender, "interactions_")
    for enough in (8 * 13**2, None):
        monkeypatch.setattr(_memory, "available_memory", lambda enough=enough: enough)
        EASERecommender().fit(draw(0))


def test_this_machine_has_memory():
    assert available_memory() > 2**20


def test_files_that_a_container_only_keeps_are_memory_that_is_left(tmp_path):
    names = "memory.max", "memory.current", "inactive_file"
    for name, text in [
        ("memory.max", "4000\n"),
        ("memory.current", "3999\n"),
        ("memory.stat", "anon 5\ninactive_file 3000\nactive_file 7\n"),
    ]:
        (tmp_path / name).write_text(text)
    assert left_in_group(str(tmp_path), *names) == 3001
    (tmp_path / "memory.max").write_text("max\n")
    assert left_in_group(str(tmp_path), *names) is None
    assert left_in_group(str(tmp_path / "none"), *names) is None


def test_products_that_drown_the_penalty_are_refused():
    with pytest.raises(ValueError, match="l2 must be larger"):
        EASERecommender(l2=1e-9).fit(np.full((3, 2), 1e9))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"l2": 0}, "l2 must be a number > 0; got 0"),
        ({"dropout": 1.0}, "dropout must be a number >= 0 and < 1; got 1.0"),
    ],
)
def test_wrong_parameters(change, message):
    with pytest.raises(ValueError, match=message):
        EASERecommender(**change).fit(draw(0))


def test_wrong_items_are_refused():
    X = draw(0)
    recommender = EASERecommender().fit(X)
    with pytest.raises(ValueError, match="items must hold numbers of items from 0 to 12"):
        recommender.similar_items([13])
    with pytest.raises(ValueError, match="items must hold numbers from -1 to 12, one row for each"):
        recommender.explain(X, [[1]])
