"""How well ratings are predicted, and how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.model_selection import KFold

from benchmarks._case import Case, Contenders, Rows, Verdict
from benchmarks.peers import surprise
from benchmarks.problems.recommendation._data import read_movies
from custbase import NeighborRecommender

TITLE = "Ratings"
CLAIM = (
    "MovieLens 100k, 5 random folds, the same for all (--full; the first 2 otherwise): "
    "NeighborRecommender(feedback='explicit'), of either kind, at its defaults, has a root mean "
    "squared error of at most 0.931 and a mean absolute error of at most 0.733, means over the "
    "folds, and takes at most a tenth of the time of Surprise's KNNBaseline to fit and to predict, "
    "ratings ready made as each takes them. KNNBaseline is at its defaults, neighbours among users "
    "by mean squared differences, and with those among items by Pearson correlation of what "
    "deviates from baselines, which its documentation recommends."
)
NEEDS = ("movielens_100k/ratings.csv.gz",)
SQUARED, ABSOLUTE = "root mean squared error", "mean absolute error"
LIMITS, TIMES = {SQUARED: 0.931, ABSOLUTE: 0.733}, 10.0
ITEMS, USERS = "custbase, items", "custbase, users"
DEFAULT, PEARSON = "Surprise", "Surprise, items, pearson_baseline"


class Fold(NamedTuple):
    """Ratings that are known, and those that are asked for, in the forms of both libraries."""

    X: csr_array
    rows: np.ndarray
    columns: np.ndarray
    truth: np.ndarray
    trainset: Any
    testset: list[tuple[Any, ...]]


def make_folds(n_folds: int) -> list[Fold]:
    """Cut ratings into fifths."""
    log = read_movies()
    users, items = pd.factorize(log["customer_id"])[0], pd.factorize(log["product_id"])[0]
    ratings, shape = log["rating"].to_numpy(dtype=np.float64), (users.max() + 1, items.max() + 1)
    found = []
    for known, asked in list(KFold(5, shuffle=True, random_state=0).split(log))[:n_folds]:
        cells = (users[known], items[known])
        fold = Fold(
            csr_array((ratings[known], cells), shape=shape),
            users[asked],
            items[asked],
            ratings[asked],
            surprise.load_ratings(log.iloc[known]),
            surprise.list_ratings(log.iloc[asked]),
        )
        found.append(fold)
    return found


def predict(kind: str, fold: Fold) -> np.ndarray:
    """Fit and predict by custbase."""
    recommender = NeighborRecommender(kind=kind, feedback="explicit").fit(fold.X)
    return recommender.predict_rating(fold.X, fold.rows, fold.columns)


def _case(n_folds: int) -> Case:
    def setup() -> Contenders:
        folds = make_folds(n_folds)

        def call(one: Callable[[Fold], np.ndarray]) -> Callable[[], list[np.ndarray]]:
            return lambda: [one(fold) for fold in folds]

        pearson = {"name": "pearson_baseline", "user_based": False}
        return {
            ITEMS: call(partial(predict, "item")),
            USERS: call(partial(predict, "user")),
            DEFAULT: call(lambda fold: surprise.predict_ratings(fold.trainset, fold.testset)),
            PEARSON: call(
                lambda fold: surprise.predict_ratings(fold.trainset, fold.testset, **pearson)
            ),
        }

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, float]]:
        truths = [fold.truth for fold in make_folds(n_folds)]
        found = {}
        for name, predictions in results.items():
            errors = [p - truth for p, truth in zip(predictions, truths, strict=True)]
            found[name] = {
                SQUARED: round(float(np.mean([np.sqrt(np.mean(e**2)) for e in errors])), 4),
                ABSOLUTE: round(float(np.mean([np.mean(np.abs(e)) for e in errors])), 4),
            }
        return found

    return Case(setup, judge, once=(DEFAULT, PEARSON))


def cases(full: bool) -> dict[str, Case]:
    """Five folds, or two of them."""
    n_folds = 5 if full else 2
    return {f"{n_folds} of 5 folds": _case(n_folds)}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold errors against their limits, and times against Surprise's."""
    by_name = {row["contender"]: row for case in rows.values() for row in case}
    verdicts = []
    for name in (ITEMS, USERS):
        ours = by_name[name]
        verdicts += [
            Verdict(
                f"{name}: {figure} at most {limit}", f"{ours[figure]:.4f}", ours[figure] <= limit
            )
            for figure, limit in LIMITS.items()
        ]
        ratio, peer = min(
            (by_name[peer]["median_s"] / ours["median_s"], peer) for peer in (DEFAULT, PEARSON)
        )
        verdicts.append(
            Verdict(f"{name}: at most a tenth of the time", f"{ratio:.1f} ({peer})", ratio >= TIMES)
        )
    return verdicts
