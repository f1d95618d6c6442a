"""The shared checks: kept by every recommender and setting, and able to fail."""

from __future__ import annotations

import numpy as np
import pytest

from custbase import (
    CustomerNeighborRecommender,
    EASERecommender,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase.recommendation import check_recommender, recommender_checks


class ByFeatures(CustomerNeighborRecommender):
    """What customers have is all that is known of them."""

    def fit(self, X, y=None):
        return super().fit(_dense(X), X)

    def recommend(self, X, n=10, *, exclude_seen=True, items=None, history=None):
        return super().recommend(_dense(X), n, exclude_seen=exclude_seen, items=items, history=X)


def _dense(X):
    return X.toarray() if hasattr(X, "toarray") else np.asarray(X)


PERSONAL = [
    *(
        NeighborRecommender(10, kind=kind, metric=metric, weighting=weighting, shrinkage=shrinkage)
        for kind in ("item", "user")
        for metric in ("cosine", "jaccard")
        for weighting, shrinkage in ((None, 0.0), ("tfidf", 5.0), ("bm25", 0.0))
    ),
    NeighborRecommender(10, prune="target"),
    EASERecommender(l2=2.0),
    EASERecommender(l2=2.0, dropout=0.3),
]
OTHERS = [
    PopularityRecommender(),
    NeighborRecommender(metric="correlation"),
    NeighborRecommender(kind="user", metric="correlation"),
    NeighborRecommender(feedback="explicit"),
    NeighborRecommender(kind="user", feedback="explicit", metric="correlation"),
    NeighborRecommender(kind="user", feedback="explicit", metric="jaccard"),
]


@pytest.mark.parametrize("check", recommender_checks(), ids=lambda check: check.__name__)
@pytest.mark.parametrize("recommender", PERSONAL, ids=repr)
def test_personal_recommenders_keep_every_promise(recommender, check):
    check(recommender)


@pytest.mark.filterwarnings("ignore:There are no neighbours")
@pytest.mark.parametrize(
    "check", recommender_checks(personal=False), ids=lambda check: check.__name__
)
@pytest.mark.parametrize("recommender", OTHERS, ids=repr)
def test_other_recommenders_keep_theirs(recommender, check):
    check(recommender)


@pytest.mark.parametrize(
    "check",
    # Those of whom only what they have is known are like each other if they have nothing.
    [check for check in recommender_checks() if "newcomers" not in check.__name__],
    ids=lambda check: check.__name__,
)
def test_neighbors_by_features_keep_theirs(check):
    check(ByFeatures(5))


class Careless(PopularityRecommender):
    """Recommends the first items to everyone, whatever they have."""

    def recommend(self, X, n=10, *, exclude_seen=True, items=None):
        _, scores = super().recommend(X, n)
        return np.tile(np.arange(n), (len(scores), 1)), scores


def keeps(check, recommender):
    try:
        check(recommender)
    except AssertionError:
        return False
    return True


def test_the_checks_can_fail():
    assert {check.__name__ for check in recommender_checks() if not keeps(check, Careless())} >= {
        "check_finds_the_missing_item",
        "check_never_recommends_what_is_there",
        "check_fills_up_exactly",
        "check_newcomers_get_what_is_popular",
        "check_filter",
        "check_refuses",
        "check_finds_the_own_group",
    }
    with pytest.raises(AssertionError, match="A recommender must recommend what everyone else has"):
        check_recommender(Careless())
