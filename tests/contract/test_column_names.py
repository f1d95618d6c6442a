"""Every estimator that takes frames holds their column names against those of ``fit``."""

from __future__ import annotations

import datetime
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import KMeans

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
    ModifiedBetaGeoModel,
    NeighborRecommender,
    ParetoNBDModel,
    PopularityRecommender,
    ResponseClassifier,
    RFMScorer,
    SegmentClusterer,
    ShiftedBetaGeoModel,
    SpendRegressor,
)
from custbase.metrics import nearest_neighbors
from tests.contract._house import public_classes

# By the position of columns.
BY_POSITION = [
    CampaignFinance(SegmentClusterer(2), n_bootstrap=5),
    CampaignFinance(KMeans(2), n_bootstrap=5),
    ChurnClassifier("logistic"),
    CustomerNeighborRecommender(3),
    EASERecommender(2),
    FactorRecommender(2, max_iter=2),
    NeighborRecommender(2),
    PopularityRecommender(2),
    ResponseClassifier("logistic"),
    SegmentClusterer(2),
    SegmentClusterer(2, algorithm="hierarchical"),
    SpendRegressor("linear"),
]
NETWORKS = [CLVRegressor(hidden_units=(2,), n_networks=1, max_epochs=1)]
# By the names of a summary, wherever they stand.
BY_NAME = [
    BTYDRegressor(horizon=3),
    BetaGeoModel(horizon=3),
    GammaGammaModel(),
    ModifiedBetaGeoModel(horizon=3),
    ParetoNBDModel(horizon=3),
    RFMScorer(),
    ShiftedBetaGeoModel(),
]
# What they take is a log.
OF_LOGS = {"InteractionEncoder", "PurchaseSequenceEncoder"}

NAMES: dict[str, Any] = {
    "numbers": [101, 102, 103, 104],
    "numpy numbers": np.array([7, 8, 9, 10], dtype=np.int16),
    "counted": [0, 1, 2, 3],
    "fractions": [0.5, 1.5, 2.5, 3.5],
    "tuples": [("sold", 1), ("sold", 2), ("back", 1), ("back", 2)],
    "two levels": pd.MultiIndex.from_product([["sold", "back"], [1, 2]]),
    "points in time": pd.date_range("2024-01-01", periods=4),
    "dates": [datetime.date(2024, 1, day) for day in (1, 2, 3, 4)],
    "periods": pd.period_range("2024-01", periods=4, freq="M"),
    "None": [None, 1, 2, 3],
    "NaN": [np.nan, 1.0, 2.0, 3.0],
    "texts": ["tea", "pot", "cup", "saw"],
}


def make_frame(names: Any) -> pd.DataFrame:
    counts = np.random.default_rng(0).poisson([1, 2, 3, 4], (40, 4)).astype(np.float64)
    return pd.DataFrame(counts, columns=names)


def fit(estimator: Any, frame: Any) -> Any:
    values = np.asarray(frame)
    is_matrix = isinstance(estimator, CustomerNeighborRecommender)
    y = values if is_matrix else (values[:, 0] + values[:, 3] > 5).astype(int)
    return clone(estimator).fit(frame, y)


def others(frame: pd.DataFrame) -> list[pd.DataFrame]:
    places = [[3, 2, 1, 0], [0, 2, 1, 3], [0, 1, 2]]
    names = [["a", "b", "c", "d"], [50, 51, 52, 53]]
    return [
        *(frame.iloc[:, columns] for columns in places),
        *(frame.set_axis(columns, axis=1) for columns in names),
    ]


def check_names_are_held(estimator: Any, kind: str) -> None:
    frame = make_frame(NAMES[kind])
    fitted = fit(estimator, frame)
    answer = fitted.predict(frame)
    for other in others(frame):
        with pytest.raises(ValueError, match=r"columns of fit, in their order|feature names"):
            fitted.predict(other)
    if kind != "texts":
        np.testing.assert_array_equal(fitted.predict(frame.to_numpy()), answer)


# Names of any kind are read and held in one place: two estimators try them all, the others two.
TRIED = [
    pytest.param(estimator, kind, id=f"{repr(estimator)[:60]}-{kind}")
    for estimator, kind in product(BY_POSITION, NAMES)
    if kind in ("two levels", "texts")
    or type(estimator) in (PopularityRecommender, SegmentClusterer)
]


@pytest.mark.filterwarnings("error", "ignore:X does not have valid feature names:UserWarning")
@pytest.mark.parametrize(("estimator", "kind"), TRIED)
def test_columns_are_those_of_fit(estimator: Any, kind: str) -> None:
    check_names_are_held(estimator, kind)


@pytest.mark.deep
@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
@pytest.mark.parametrize("kind", ["numbers", "two levels"])
@pytest.mark.parametrize("estimator", NETWORKS, ids=lambda estimator: repr(estimator)[:60])
def test_columns_are_those_of_fit_for_networks(estimator: Any, kind: str) -> None:
    check_names_are_held(estimator, kind)


@pytest.mark.filterwarnings("ignore:.* do not determine all parameters")
@pytest.mark.parametrize("estimator", BY_NAME, ids=lambda estimator: repr(estimator)[:60])
def test_columns_of_summaries_are_found_by_name(estimator: Any) -> None:
    rng = np.random.default_rng(0)
    frequency = rng.poisson(2, 60)
    summary = pd.DataFrame(
        {
            "frequency": frequency,
            "recency": np.where(frequency, rng.uniform(1, 20, 60), 0.0),
            "T": rng.integers(20, 40, 60),
            "monetary_value": np.where(frequency, rng.gamma(3, 10, 60), 0.0),
            101: 0,
        }
    )
    y = rng.integers(0, 2, 60)
    fitted = clone(estimator).fit(summary, y)
    ask = fitted.score if isinstance(estimator, ShiftedBetaGeoModel) else fitted.predict
    more = (y,) if isinstance(estimator, ShiftedBetaGeoModel) else ()
    np.testing.assert_array_equal(ask(summary.iloc[:, ::-1], *more), ask(summary, *more))
    for other in (summary.set_axis([1, 2, 3, 4, 5], axis=1), summary.drop(columns="T")):
        if "frequency" in other and isinstance(estimator, GammaGammaModel):
            continue
        with pytest.raises(ValueError, match="X has no column '"):
            ask(other, *more)


def test_a_later_fit_forgets_names() -> None:
    frame = make_frame(NAMES["numbers"])
    for estimator in (PopularityRecommender(2), SegmentClusterer(2), SpendRegressor("linear")):
        fitted = fit(estimator, frame)
        fitted.fit(frame.to_numpy(), frame[101]).predict(frame.iloc[:, ::-1].to_numpy())
        renamed = frame.set_axis(list("abcd"), axis=1)
        fitted.fit(renamed, frame[101]).predict(renamed)


def test_the_error_shows_where_long_names_part() -> None:
    frame = pd.DataFrame(np.ones((3, 500)))
    swapped = frame[[*range(400), 401, 400, *range(402, 500)]]
    with pytest.raises(ValueError, match=r"\[400, 401, .*; got \[401, 400, .* from column 400 on"):
        PopularityRecommender().fit(frame).predict(swapped)


@pytest.mark.parametrize("kind", ["numbers", "texts", "tuples"])
def test_held_out_items_are_those_of_fit(kind: str) -> None:
    frame = make_frame(NAMES[kind])
    turned = frame.iloc[:, ::-1]
    by_history = PopularityRecommender(2).fit(frame)
    nameless = PopularityRecommender(2).fit(frame.to_numpy())
    by_age = CustomerNeighborRecommender(3, n_recommendations=2).fit(frame.to_numpy(), frame)
    for call in (
        lambda y: by_history.score(frame, y),
        lambda y: by_age.score(frame.to_numpy(), y),
        lambda y: by_age.recommend(frame.to_numpy(), history=y),
        lambda y: clone(by_age).fit(frame.to_numpy(), frame).partial_fit(frame.to_numpy(), y),
    ):
        call(frame)
        call(frame.to_numpy())
        with pytest.raises(ValueError, match="must have the items of fit, in order: "):
            call(turned)
    if kind != "texts":
        with pytest.raises(ValueError, match="y must have the items of fit, in order: "):
            nameless.score(frame, turned)


def test_earlier_centers_have_the_columns_of_x() -> None:
    frame = make_frame(NAMES["numbers"])
    centers = frame.iloc[:2].reset_index(drop=True)
    SegmentClusterer(2, align_to=centers).fit(frame)
    with pytest.raises(ValueError, match=r"align_to must have the columns of X, \[101, 102"):
        SegmentClusterer(2, align_to=centers.iloc[:, ::-1]).fit(frame)


def test_neighbours_are_sought_in_the_same_columns() -> None:
    frame = make_frame(NAMES["numbers"])
    with pytest.raises(ValueError, match=r"Y must have the columns .* got 104 where X has 101"):
        nearest_neighbors(frame, frame.iloc[:, ::-1], n_neighbors=1)


def test_every_estimator_of_frames_is_checked() -> None:
    checked = {type(estimator).__name__ for estimator in BY_POSITION + NETWORKS + BY_NAME}
    public = {name.rpartition(".")[2]: cls for name, cls in public_classes().items()}
    estimators = {name for name, cls in public.items() if issubclass(cls, BaseEstimator)}
    assert estimators == checked | OF_LOGS
