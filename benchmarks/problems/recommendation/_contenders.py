"""Recommenders by family, and among which options theirs are chosen.

Where a peer says in which range to search (irspack in `default_tune_range`, skrecsys in
the annotations of its parameters), that is the range, or a wider one. Least squares take the
sweeps of their defaults, 15 or 16. All search the same confidences: implicit's alpha is
custbase's plus 1, irspack's alpha0 the inverse of it. irspack's regularization grows with the
interactions of a row, as custbase's does with `regularization_exponent` 1; implicit's does not.
That of custbase is searched around its default, from a tenth to ten times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from scipy.sparse import csr_array

from benchmarks.peers import implicit, irspack, skrecsys
from benchmarks.problems.recommendation._tuning import Answer, Contender, N
from custbase import (
    EASERecommender,
    FactorRecommender,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase.recommendation._factor_recommender import choose_regularization

ITEMS, USERS, LINEAR, FACTORS, OTHERS = (
    "neighbours of items",
    "neighbours of customers",
    "linear, closed form",
    "implicit least squares",
    "others",
)


def among(*choices: Any) -> CategoricalDistribution:
    """One of some values."""
    return CategoricalDistribution(choices)


def within(low: float, high: float) -> FloatDistribution:
    """A number between two."""
    return FloatDistribution(low, high)


def across(low: float, high: float) -> Any:
    """A number between two of different magnitude, whole if they are."""
    distribution = IntDistribution if isinstance(low, int) else FloatDistribution
    return distribution(low, high, log=True)


def ask_custbase(recommender: type, **fixed: Any) -> Answer:
    """Fit a recommender of custbase, and ask it."""
    return lambda X, options: recommender(n_recommendations=N, **fixed, **options).fit(X).predict(X)


def ask_factors(X: csr_array, options: Mapping[str, Any]) -> np.ndarray:
    """Fit FactorRecommender, penalised so many times as much as by default, and ask it."""
    chosen = {**options, "random_state": 0}
    exponent = chosen["regularization_exponent"]
    usual = choose_regularization("auto", exponent, *X.shape)
    chosen["regularization"] = usual * chosen.pop("strength")
    return FactorRecommender(n_recommendations=N, **chosen).fit(X).predict(X)


def ask_irspack(name: str) -> Answer:
    """Fit a recommender of irspack, and ask it."""
    return lambda X, options: irspack.recommend(irspack.fit(name, X, **options), N)


def ask_weighed_irspack(X: csr_array, options: Mapping[str, Any]) -> np.ndarray:
    """Fit least squares of irspack, where alpha means what it means to custbase, and ask them."""
    weighed = {**options, "alpha0": 1 / options["alpha"]}
    del weighed["alpha"]
    return irspack.recommend(irspack.fit("IALS", X, **weighed), N)


def ask_surer_implicit(X: csr_array, options: Mapping[str, Any]) -> np.ndarray:
    """Fit least squares of implicit, where alpha means what it means to custbase, and ask them."""
    surer = {**options, "alpha": 1 + options["alpha"], "random_state": 0}
    return implicit.recommend(implicit.fit(implicit.make_factors(**surer), X), X, N)


def ask_skrecsys(name: str) -> Answer:
    """Fit a recommender of skrecsys, and ask it."""
    return lambda X, options: skrecsys.recommend(
        skrecsys.make(name, **options).fit(skrecsys.list_pairs(X)), X, N
    )


def ask_implicit(make: Any, *args: Any) -> Answer:
    """Fit a model of implicit, and ask it."""
    return lambda X, options: implicit.recommend(implicit.fit(make(*args, **options), X), X, N)


COUNT, SHRINKAGE = across(4, 1000), within(0.0, 1000.0)
# Factors, confidence, and regularization that grows.
FEW, SURER, GROWING = across(8, 300), across(0.5, 50.0), across(1e-4, 0.1)
OURS = {
    "n_neighbors": COUNT,
    "weighting": among(None, "tfidf", "bm25"),
    "shrinkage": SHRINKAGE,
    "asymmetry": within(0.3, 1.0),
}
PRUNE = {"prune": among("source", "target")}
IRSPACK = {
    "top_k": COUNT,
    "shrinkage": SHRINKAGE,
    "feature_weighting": among("NONE", "TF_IDF", "BM_25"),
}

NEIGHBORS = [
    Contender("custbase, items", ITEMS, ask_custbase(NeighborRecommender), OURS | PRUNE),
    Contender(
        "implicit, cosine",
        ITEMS,
        ask_implicit(implicit.make_neighbors, None),
        {"n_neighbors": COUNT},
    ),
    Contender(
        "implicit, tfidf",
        ITEMS,
        ask_implicit(implicit.make_neighbors, "tfidf"),
        {"n_neighbors": COUNT},
    ),
    Contender(
        "implicit, bm25",
        ITEMS,
        ask_implicit(implicit.make_neighbors, "bm25"),
        {"n_neighbors": COUNT, "K1": across(0.05, 200.0), "B": within(0.0, 1.0)},
    ),
    Contender(
        "skrecsys, cosine",
        ITEMS,
        ask_skrecsys("ItemKNNRecommender"),
        {"n_neighbors": COUNT, "shrink": within(0.0, 500.0)},
    ),
    Contender(
        "skrecsys, bm25",
        ITEMS,
        ask_skrecsys("BM25Recommender"),
        {"n_neighbors": COUNT, "k1": across(0.05, 200.0), "b": within(0.0, 1.0)},
    ),
    Contender(
        "irspack, cosine",
        ITEMS,
        ask_irspack("CosineKNN"),
        IRSPACK | {"normalize": among(False, True)},
    ),
    Contender(
        "irspack, asymmetric cosine",
        ITEMS,
        ask_irspack("AsymmetricCosineKNN"),
        IRSPACK | {"alpha": within(0.0, 1.0)},
    ),
    Contender(
        "irspack, jaccard",
        ITEMS,
        ask_irspack("JaccardKNN"),
        {"top_k": COUNT, "shrinkage": SHRINKAGE},
    ),
    Contender(
        "irspack, tversky",
        ITEMS,
        ask_irspack("TverskyIndexKNN"),
        {
            "top_k": COUNT,
            "shrinkage": SHRINKAGE,
            "alpha": within(0.0, 2.0),
            "beta": within(0.0, 2.0),
        },
    ),
    Contender("custbase, customers", USERS, ask_custbase(NeighborRecommender, kind="user"), OURS),
    Contender(
        "irspack, cosine of customers",
        USERS,
        ask_irspack("CosineUserKNN"),
        IRSPACK | {"normalize": among(False, True)},
    ),
    Contender(
        "irspack, asymmetric cosine of customers",
        USERS,
        ask_irspack("AsymmetricCosineUserKNN"),
        IRSPACK | {"alpha": within(0.0, 1.0)},
    ),
]

MODELS = [
    Contender(
        "custbase, EASE",
        LINEAR,
        ask_custbase(EASERecommender),
        {"l2": across(1.0, 1e4), "dropout": within(0.0, 0.99)},
    ),
    Contender("skrecsys, EASE", LINEAR, ask_skrecsys("EASE"), {"l2_reg": across(1.0, 1e5)}),
    Contender("irspack, DenseSLIM", LINEAR, ask_irspack("DenseSLIM"), {"reg": across(1.0, 1e4)}),
    Contender(
        "irspack, EDLAE",
        LINEAR,
        ask_irspack("EDLAE"),
        {"reg": across(1.0, 1e4), "dropout_p": within(0.0, 0.99)},
    ),
    Contender(
        "custbase, factors",
        FACTORS,
        ask_factors,
        {
            "n_factors": FEW,
            "strength": across(0.1, 10.0),
            "regularization_exponent": among(0.0, 0.5, 1.0),
            "alpha": SURER,
        },
    ),
    Contender(
        "implicit, ALS",
        FACTORS,
        ask_surer_implicit,
        {"factors": FEW, "regularization": across(1.0, 200.0), "alpha": SURER},
    ),
    Contender(
        "irspack, IALS",
        FACTORS,
        ask_weighed_irspack,
        {"n_components": FEW, "reg": GROWING, "alpha": SURER},
    ),
    Contender("custbase, popularity", "popularity", ask_custbase(PopularityRecommender)),
    Contender(
        "skrecsys, SLIM",
        OTHERS,
        ask_skrecsys("SLIMElasticNet"),
        {
            "alpha": across(1e-5, 10.0),
            "l1_ratio": across(1e-3, 1.0),
            "n_neighbors": COUNT,
        },
        share=0.3,
    ),
    Contender(
        "irspack, SLIM",
        OTHERS,
        ask_irspack("SLIM"),
        {"alpha": across(1e-5, 10.0), "l1_ratio": across(1e-3, 1.0)},
    ),
    Contender(
        "skrecsys, RP3beta",
        OTHERS,
        ask_skrecsys("RP3Beta"),
        {
            "n_neighbors": COUNT,
            "alpha": within(0.1, 2.0),
            "beta": within(0.0, 1.0),
            "normalize_similarity": among(True, False),
        },
    ),
    Contender(
        "irspack, RP3beta",
        OTHERS,
        ask_irspack("RP3beta"),
        {"top_k": COUNT, "beta": within(0.0, 1.0), "normalize_weight": among(True, False)},
    ),
    Contender(
        "implicit, BPR",
        OTHERS,
        ask_implicit(partial(implicit.make_ranking, random_state=0)),
        {
            "factors": across(8, 256),
            "learning_rate": across(1e-3, 0.3),
            "regularization": across(1e-4, 0.3),
            "iterations": IntDistribution(30, 300),
        },
        share=0.3,
    ),
]
