"""How good recommendations are where there are more customers and items: MovieLens 1M."""

from __future__ import annotations

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.recommendation import _quality
from benchmarks.problems.recommendation._data import read_many_movies
from benchmarks.problems.recommendation._tuning import Split

TITLE = "Quality of recommendations, more of them"
CLAIM = (
    "MovieLens 1M (6,040 users, 3,706 items), as recommendation.quality, one split (--full; of 600 "
    "users otherwise), options chosen on one split of the training data in 20 trials (skrecsys' "
    "SLIM and implicit's BPR 6). Each family of custbase is at most 0.002 below every peer of the "
    "family, and the best of custbase not below the best of all others within twice the standard "
    "error."
)
NEEDS = ("movielens_1m_implicit/interactions.csv.gz",)
DRAWN = _quality.DRAWN


def make_splits(n_users: int | None) -> list[Split]:
    """One random split of some users, or of all."""
    return [_quality.split_randomly(read_many_movies()[:n_users], 0, n_inner=1)]


def cases(full: bool) -> dict[str, Study]:
    """Neighbours and models."""
    n_trials = {"neighbours": 20, "models": 20} if full else {"neighbours": 2, "models": 1}
    return _quality.make_cases("1M", lambda: make_splits(None if full else 600), n_trials)


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold custbase against its peers."""
    return _quality.conclude(rows)
