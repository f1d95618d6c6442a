"""What customers of a real shop buy next, and what they buy again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.preprocessing import StandardScaler

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.recommendation._contenders import (
    FEW,
    GROWING,
    OURS,
    PRUNE,
    SURER,
    across,
    among,
    within,
)
from benchmarks.problems.recommendation._data import read_shop
from benchmarks.problems.recommendation._tuning import (
    CHOSEN,
    COVERAGE,
    ERROR,
    NDCG,
    RECALL,
    Contender,
    N,
    Split,
    answer_all,
    compare,
    describe,
    score_users,
)
from custbase import (
    CustomerNeighborRecommender,
    EASERecommender,
    FactorRecommender,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase.features import rfm_summary
from custbase.metrics import coverage, novelty, recall_at_k
from custbase.model_selection import split_by_time

TITLE = "The next purchases of a shop's customers"
CLAIM = (
    "Online Retail, known customers, what they bought in the last 13 weeks of the log, of those "
    "who bought before; items that nobody had bought before are left out. The best of custbase's "
    "models, chosen within the training data, has a higher NDCG of 10 recommendations than "
    "popularity for items that are new to the customer and where repeats count, and there than "
    "buying again what the customer bought most often, each by more than twice the standard error. "
    "Options are chosen on the 13 weeks before, in 15 trials of optuna's TPE sampler (--full; 2 "
    "otherwise). Models see who bought what, or in how many lines of invoices."
)
NEEDS = ("online_retail/online_retail.csv.gz",)
DRAWN = {"figure": NDCG, "meaning": "NDCG of 10 recommendations for the next 13 weeks"}
CUTOFFS = ("2011-06-10", "2011-09-09")
AGAIN, POPULAR = "buy again", "custbase, popularity"
NEW, REPEATS = "new items", "repeats too"
NOVELTY = "novelty@10"
VALUES = among("ones", "lines")
FIXED = {"regularization_exponent": 1.0, "random_state": 0}


class Known(NamedTuple):
    """What is known of customers on a day."""

    X: csr_array  # lines of invoices
    features: np.ndarray


def know(log: pd.DataFrame, cutoff: str, *, repeats: str) -> tuple[Known, csr_array]:
    """Purchases and features up to a day, and the purchases of the 13 weeks after it."""
    split = split_by_time(log, cutoff=cutoff, horizon=13, repeats=repeats)
    summary = rfm_summary(log, end=cutoff).set_index("customer_id").loc[split.users]
    columns = ["frequency", "recency", "T", "monetary_value", "n_transactions", "total_value"]
    values = np.log1p(summary[columns].clip(lower=0))
    return Known(split.history, StandardScaler().fit_transform(values)), split.held_out


def make_split(repeats: str) -> Split:
    """The last 13 weeks, and those before them, to choose options by."""
    log = read_shop()
    before, last = (know(log, day, repeats=repeats) for day in CUTOFFS)
    return Split(*last, [before])


def ask(
    make: Any, known: Known, options: Mapping[str, Any], *, exclude_seen: bool, **fixed: Any
) -> np.ndarray:
    """Fit a recommender of purchases, and ask it."""
    chosen = dict(options)
    X = known.X if chosen.pop("values", "ones") == "lines" else known.X.sign()
    recommender = make(**fixed, **chosen).fit(X)
    return recommender.recommend(X, N, exclude_seen=exclude_seen)[0]


def ask_alike(known: Known, options: Mapping[str, Any], *, exclude_seen: bool) -> np.ndarray:
    """Fit the recommender by features of customers, and ask it."""
    chosen = dict(options)
    X = known.X if chosen.pop("values") == "lines" else known.X.sign()
    recommender = CustomerNeighborRecommender(**chosen).fit(known.features, X)
    return recommender.recommend(None, N, exclude_seen=exclude_seen)[0]


def buy_again(known: Known, options: Mapping[str, Any]) -> np.ndarray:
    """What each customer bought most often, then what most customers bought."""
    popularity = known.X.sign().sum(axis=0)
    ranks = popularity / (1 + popularity.max())  # of equally often bought ones the most popular
    return np.stack(
        [
            np.argsort(-(known.X[[row]].toarray()[0] + ranks), kind="stable")[:N]
            for row in range(known.X.shape[0])
        ]
    )


def make_contenders(*, exclude_seen: bool) -> list[Contender]:
    """All recommenders of custbase, and buying again where repeats count."""

    def make(name: str, recommender: type, space: Mapping[str, Any], **fixed: Any) -> Contender:
        answer = partial(ask, recommender, exclude_seen=exclude_seen, **fixed)
        return Contender(f"custbase, {name}", name, answer, space)

    factors = {"n_factors": FEW, "regularization": GROWING, "alpha": SURER}
    alike = {"n_neighbors": across(5, 1000), "weights": among("uniform", "distance")}
    found = [
        make("items", NeighborRecommender, OURS | PRUNE | {"values": VALUES}),
        make("customers", NeighborRecommender, OURS | {"values": VALUES}, kind="user"),
        Contender(
            "custbase, customers by features",
            "features",
            partial(ask_alike, exclude_seen=exclude_seen),
            alike | {"values": VALUES},
        ),
        make("factors", FactorRecommender, factors | {"values": VALUES}, **FIXED),
        make(
            "EASE",
            EASERecommender,
            {"l2": across(1.0, 1e4), "dropout": within(0.0, 0.99), "values": VALUES},
        ),
        make("popularity", PopularityRecommender, {}),
    ]
    return found if exclude_seen else [*found, Contender(AGAIN, AGAIN, buy_again)]


def measure(repeats: str, n_trials: int) -> Rows:
    """Tune and ask every contender."""
    split = make_split(repeats)
    X, held = split.history.X, split.held_out
    found = answer_all(make_contenders(exclude_seen=repeats == "drop"), [split], n_trials)
    scores = {one.contender.name: score_users(held, one.items[0])[None] for one in found}
    rows = []
    for one in found:
        items = one.items[0]
        row = {
            "contender": one.contender.name,
            NDCG: round(float(np.nanmean(scores[one.contender.name])), 4),
            RECALL: round(recall_at_k(held, items), 4),
            COVERAGE: round(coverage(items, X.shape[1]), 4),
            NOVELTY: round(novelty(items, X), 3),
            "NDCG@10 in training": round(one.inner[0], 4),
        }
        for baseline in [name for name in (POPULAR, AGAIN) if name in scores]:
            more, error = compare(scores[one.contender.name], scores[baseline])
            row |= {f"more than {baseline}": more, f"{ERROR}, {baseline}": error}
        rows.append(row | {CHOSEN: describe(one.options[0])})
    return rows


def cases(full: bool) -> dict[str, Study]:
    """Items that are new to the customer, and all."""
    n_trials = 15 if full else 2
    return {
        NEW: Study(partial(measure, "drop", n_trials)),
        REPEATS: Study(partial(measure, "keep", n_trials)),
    }


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the best model against the baselines."""
    verdicts = []
    for case, found in rows.items():
        ours = [row for row in found if row["contender"] not in (POPULAR, AGAIN)]
        best = max(ours, key=lambda row: row["NDCG@10 in training"])
        for baseline in [name for name in (POPULAR, AGAIN) if f"more than {name}" in best]:
            more, error = best[f"more than {baseline}"], best[f"{ERROR}, {baseline}"]
            verdicts.append(
                Verdict(
                    f"{case}: more than {baseline}",
                    f"{more:+.4f} +- {error:.4f} ({best['contender']})",
                    more > 2 * error,
                )
            )
    return verdicts
