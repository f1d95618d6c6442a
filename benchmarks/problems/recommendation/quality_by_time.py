"""How good recommendations are for what comes later: MovieLens 100k by time."""

from __future__ import annotations

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.recommendation import _quality
from benchmarks.problems.recommendation._data import read_movies

TITLE = "Quality of recommendations, by time"
CLAIM = (
    "MovieLens 100k, as recommendation.quality, but split by time: at the day by which four fifths "
    "of the ratings were made, for the users who rated before and after it, about a hundred; and "
    "the last 10 items of each user held out (--full; the first, with few trials, otherwise). Each "
    "family of custbase is at most 0.002, or twice the standard error of the difference, below "
    "every peer of the family, and the best of custbase is not below the best of all others within "
    "twice the standard error. Options are chosen on the training data, split likewise."
)
NEEDS = ("movielens_100k/ratings.csv.gz",)
DRAWN = _quality.DRAWN


def cases(full: bool) -> dict[str, Study]:
    """One cut for all, and one for each user."""
    n_trials = {"neighbours": 40, "models": 30} if full else {"neighbours": 3, "models": 2}
    found = _quality.make_cases(
        "one day", lambda: [_quality.split_at_once(read_movies())], n_trials
    )
    if full:
        found |= _quality.make_cases(
            "last 10", lambda: [_quality.split_last(read_movies())], n_trials
        )
    return found


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold custbase against its peers; there are few users to tell them apart."""
    return _quality.conclude(rows, n_errors=2)
