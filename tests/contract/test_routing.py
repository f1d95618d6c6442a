"""Metadata routing: weights and groups reach every estimator, and change no answer on their way."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from custbase import (
    BetaGeoModel,
    BTYDRegressor,
    CampaignFinance,
    ChurnClassifier,
    CLVRegressor,
    CustomerNeighborRecommender,
    EASERecommender,
    FactorRecommender,
    GammaGammaModel,
    InteractionEncoder,
    ModifiedBetaGeoModel,
    NeighborRecommender,
    ParetoNBDModel,
    PopularityRecommender,
    PurchaseSequenceEncoder,
    ResponseClassifier,
    RFMScorer,
    SegmentClusterer,
    ShiftedBetaGeoModel,
    SpendRegressor,
)
from custbase.datasets import load_cdnow
from custbase.features import rfm_summary
from tests.contract._house import public_classes

N_ROWS = 240
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(N_ROWS, 3))
LEFT = (TABLE[:, 0] + RNG.normal(size=N_ROWS) > 0).astype(int)
SPENT = LEFT * np.exp(TABLE[:, 1])
HELD = (RNG.random((N_ROWS, 8)) < 0.4).astype(np.float64)
LOG = load_cdnow()
SUMMARY = rfm_summary(LOG, end="1997-09-30").iloc[:N_ROWS]
PERIODS = pd.DataFrame({"T": RNG.geometric(RNG.beta(1.0, 3.0, N_ROWS)).clip(max=9) - 1})
METADATA = {
    "sample_weight": RNG.integers(1, 5, N_ROWS).astype(np.float64),
    "groups": np.arange(N_ROWS) // 2,
    "baseline": RNG.random(N_ROWS),
    "new_customers": LEFT == 1,
}

# Estimators that are scored, with the rows that they learn from, and what they are held against.
SCORED = [
    (BTYDRegressor(horizon=10), SUMMARY, SPENT),
    (BetaGeoModel(), SUMMARY, None),
    (CampaignFinance(n_bootstrap=0), TABLE, SPENT),
    (CampaignFinance(KMeans(2, n_init=1), n_bootstrap=0, random_state=0), TABLE, SPENT),
    (
        CampaignFinance(make_pipeline(StandardScaler(), KMeans(2)), n_bootstrap=0, random_state=0),
        TABLE,
        SPENT,
    ),
    (ChurnClassifier("logistic", random_state=0), TABLE, LEFT),
    (
        ChurnClassifier(make_pipeline(StandardScaler(), LogisticRegression()), random_state=0),
        TABLE,
        LEFT,
    ),
    (CustomerNeighborRecommender(), TABLE, HELD),
    (EASERecommender(), HELD, HELD),
    (FactorRecommender(2, random_state=0), HELD, HELD),
    (GammaGammaModel(), SUMMARY[["frequency", "monetary_value"]], None),
    (ModifiedBetaGeoModel(), SUMMARY, None),
    (NeighborRecommender(), HELD, HELD),
    (ParetoNBDModel(), SUMMARY, None),
    (PopularityRecommender(), HELD, HELD),
    (ResponseClassifier("svm", random_state=0), TABLE, LEFT),
    (SegmentClusterer(2, random_state=0), TABLE, None),
    (SegmentClusterer(2, algorithm="hierarchical", random_state=0), TABLE, None),
    (SegmentClusterer(algorithm="density", random_state=0), TABLE, None),
    (SegmentClusterer(2, algorithm=KMeans(), random_state=0), TABLE, None),
    (
        SegmentClusterer(algorithm=make_pipeline(StandardScaler(), KMeans(3)), random_state=0),
        TABLE,
        None,
    ),
    (ShiftedBetaGeoModel(), PERIODS, (PERIODS["T"] < 8).to_numpy()),
    (SpendRegressor("linear", random_state=0), TABLE, SPENT),
]
NETWORKS = [
    (CLVRegressor(hidden_units=(4,), n_networks=1, max_epochs=2, random_state=0), TABLE, SPENT)
]
TRANSFORMED = [
    (InteractionEncoder(item="quantity"), LOG),
    (PurchaseSequenceEncoder(end="1998-06-30"), LOG),
    (RFMScorer(), SUMMARY),
]
FOLDS = GroupKFold(2)


def taken_by(method: Any) -> dict[str, np.ndarray]:
    """The metadata that a method takes."""
    return {name: METADATA[name] for name in inspect.signature(method).parameters.keys() & METADATA}


def rows_of(given: Any, rows: np.ndarray) -> Any:
    """Some rows of a table, an array or None."""
    if given is None:
        return None
    return given.iloc[rows] if isinstance(given, pd.DataFrame) else given[rows]


def score_by_hand(estimator: Any, X: Any, y: Any) -> list[float]:
    """Scores of every fold, with metadata that is cut and passed by hand."""
    scores = []
    for seen, held in FOLDS.split(TABLE, groups=METADATA["groups"]):
        given = {name: values[seen] for name, values in taken_by(estimator.fit).items()}
        fitted = clone(estimator).fit(rows_of(X, seen), rows_of(y, seen), **given)
        given = {name: values[held] for name, values in taken_by(estimator.score).items()}
        scores.append(fitted.score(rows_of(X, held), rows_of(y, held), **given))
    return scores


def check_routed_scores(estimator: Any, X: Any, y: Any) -> None:
    """Hold what validation and search find under routing against the loop by hand."""
    expected = score_by_hand(estimator, X, y)
    to_fit, to_score = taken_by(estimator.fit), taken_by(estimator.score)
    given = {"groups": METADATA["groups"], **to_fit, **to_score}
    with config_context(enable_metadata_routing=True):
        asking = clone(estimator)
        if to_fit:
            asking.set_fit_request(**dict.fromkeys(to_fit, True))
        if to_score:
            asking.set_score_request(**dict.fromkeys(to_score, True))
        found = cross_validate(asking, X, y, cv=FOLDS, params=given, error_score="raise")
        search = GridSearchCV(asking, {}, cv=FOLDS, error_score="raise").fit(X, y, **given)
        whole = clone(estimator).fit(X, y, **to_fit)
    plain = clone(estimator).fit(X, y, **to_fit)
    np.testing.assert_array_equal(found["test_score"], expected)
    assert search.best_score_ == np.mean(expected)
    for fitted in (whole, search.best_estimator_):
        np.testing.assert_array_equal(answer(fitted, X), answer(plain, X))


def answer(fitted: Any, X: Any) -> np.ndarray:
    """What a fitted estimator says of customers."""
    if isinstance(fitted, ShiftedBetaGeoModel):
        return np.array(list(fitted.params_.values()))
    if "horizon" in inspect.signature(fitted.predict).parameters:
        return fitted.predict(X, 10)
    return fitted.predict(X)


def name_case(value: Any) -> str | None:
    return repr(value).replace("\n", "")[:60] if isinstance(value, BaseEstimator) else ""


@pytest.mark.filterwarnings("ignore:ParetoNBDModel. these customers do not determine")
@pytest.mark.filterwarnings("ignore:GammaGammaModel. frequency and monetary_value rise")
@pytest.mark.parametrize(("estimator", "X", "y"), SCORED, ids=name_case)
def test_weights_and_groups_through_validation_and_search(estimator: Any, X: Any, y: Any) -> None:
    check_routed_scores(estimator, X, y)


@pytest.mark.deep
@pytest.mark.parametrize(("estimator", "X", "y"), NETWORKS, ids=name_case)
def test_networks_through_validation_and_search(estimator: Any, X: Any, y: Any) -> None:
    check_routed_scores(estimator, X, y)


@pytest.mark.parametrize(("estimator", "X"), TRANSFORMED, ids=name_case)
def test_routing_changes_no_table(estimator: Any, X: Any) -> None:
    expected = clone(estimator).fit(X).transform(X)
    with config_context(enable_metadata_routing=True):
        found = clone(estimator).fit(X).transform(X)
    for one, other in zip(*(as_arrays(table) for table in (expected, found)), strict=True):
        np.testing.assert_array_equal(one, other)


def as_arrays(table: Any) -> list[np.ndarray]:
    if isinstance(table, csr_array):
        return [table.data, table.indices, table.indptr]
    return [np.asarray(table)]


def test_every_estimator_is_routed() -> None:
    public = {cls for cls in public_classes().values() if issubclass(cls, BaseEstimator)}
    routed = {type(estimator) for estimator, *_ in SCORED + NETWORKS + TRANSFORMED}
    assert routed == public
