"""How good recommendations are: MovieLens 100k, a fifth of each user's items held out."""

from __future__ import annotations

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.recommendation import _quality
from benchmarks.problems.recommendation._data import read_movies
from benchmarks.problems.recommendation._tuning import Split
from custbase.features import InteractionEncoder

TITLE = "Quality of recommendations"
CLAIM = (
    "MovieLens 100k, all ratings as positives, a random fifth of each user's items held out, three "
    "splits (--full; one and few trials otherwise). The NDCG of 10 recommendations, mean over the "
    "splits, of each family of custbase is at most 0.002 below that of every peer of the family, "
    "and that of the best of custbase, chosen within the training data, not below the best of all "
    "others within twice the standard error of the difference. Options of all are chosen anew for "
    "each split, within the training data: by NDCG on a fifth of each user's items held out of "
    "them, mean of two such splits, in 40 trials of optuna's TPE sampler for neighbours and 30 for "
    "models (skrecsys' SLIM and implicit's BPR 9). "
    "benchmarks/problems/recommendation/_contenders.py holds the ranges."
)
NEEDS = ("movielens_100k/ratings.csv.gz",)
DRAWN = _quality.DRAWN


def make_splits(n_splits: int, n_inner: int) -> list[Split]:
    """Split randomly, with the seeds from 0 on."""
    X = InteractionEncoder().fit_transform(read_movies())
    return [_quality.split_randomly(X, seed, n_inner=n_inner) for seed in range(n_splits)]


def cases(full: bool) -> dict[str, Study]:
    """Neighbours and models."""
    n_trials = {"neighbours": 40, "models": 30} if full else {"neighbours": 4, "models": 2}
    sizes = (3, 2) if full else (1, 1)
    return _quality.make_cases("random", lambda: make_splits(*sizes), n_trials)


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold custbase against its peers."""
    return _quality.conclude(rows)
