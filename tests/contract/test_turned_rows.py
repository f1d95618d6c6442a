"""What belongs to the rows of X is not taken for that of other rows, whatever estimator asks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from custbase import (
    BetaGeoModel,
    ChurnClassifier,
    CustomerNeighborRecommender,
    GainsDisplay,
    NeighborRecommender,
    ProfitCurveDisplay,
    ResponseClassifier,
    ShiftedBetaGeoModel,
)
from custbase.metrics import ndcg_at_k, profit_curve, squared_silhouette_samples
from tests.contract.test_routing import HELD, LEFT, N_ROWS, NETWORKS, SCORED, TABLE, taken_by

LABELS = pd.Index(np.arange(N_ROWS) + 1000)


@pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [
        *SCORED,
        *(pytest.param(*case, marks=pytest.mark.deep) for case in NETWORKS),
    ],
)
def test_fit_refuses_rows_in_another_order(estimator, X, y):
    X = pd.DataFrame(X).set_axis(LABELS)
    beside = dict(taken_by(estimator.fit))
    if y is not None and np.ndim(y) == 1:
        beside["y"] = y
    for name, values in beside.items():
        given = {} if y is None else {"y": y}
        turned = pd.Series(np.asarray(values), LABELS)[::-1]
        given[name] = turned
        with pytest.raises(ValueError, match=rf"{name} must have the index of X, in the same ord"):
            clone(estimator).fit(X, **given)


@pytest.mark.parametrize("ask", ["predict", "predict_any"])
def test_horizons_are_those_of_their_customers(ask):
    X = pd.DataFrame(
        {"frequency": [1, 0, 2], "recency": [3, 0, 4.0], "T": 9.0}, index=["ann", "bob", "cem"]
    )
    model = BetaGeoModel()
    model.params_ = {"r": 0.5, "alpha": 4.0, "a": 0.5, "b": 2.0}
    model.n_features_in_, model.feature_names_in_ = 3, X.columns.to_numpy()
    horizon = pd.Series([1.0, 2.0, 3.0], X.index)
    want = getattr(model, ask)(X, horizon.to_numpy())
    np.testing.assert_array_equal(getattr(model, ask)(X, horizon), want)
    with pytest.raises(ValueError, match="horizon must have the index of X, in the same order"):
        getattr(model, ask)(X, horizon[::-1])
    np.testing.assert_array_equal(getattr(model, ask)(X, horizon[::-1].reindex(X.index)), want)


def test_labels_that_come_twice_get_another_remedy():
    X = pd.DataFrame({"frequency": [1, 0, 2], "recency": [3, 0, 4.0], "T": 9.0}, index=list("aba"))
    with pytest.raises(ValueError, match=r"Labels come more than once: take X and sample_w"):
        BetaGeoModel().fit(X, sample_weight=pd.Series(1.0, list("baa")))


@pytest.mark.filterwarnings("ignore:ShiftedBetaGeoModel")
def test_a_target_counts_by_position_beside_rows_that_were_numbered_anew():
    X = pd.DataFrame({"T": [1, 2, 3, 1, 2, 3]})
    y = pd.Series([1, 0, 1, 0, 1, 0], index=[5, 4, 3, 2, 1, 0])
    fitted = ShiftedBetaGeoModel().fit(X, y)
    assert fitted.params_ == ShiftedBetaGeoModel().fit(X, y.to_numpy()).params_
    with pytest.raises(ValueError, match="sample_weight must have the index of X"):
        ShiftedBetaGeoModel().fit(X, y, sample_weight=y + 1.0)


LABELLED = pd.DataFrame(TABLE, LABELS, columns=list("abc"))
LEAVING = ChurnClassifier("logistic", random_state=0).fit(LABELLED, LEFT)
RESPONDING = ResponseClassifier("logistic", random_state=0).fit(LABELLED, LEFT)
MONEY = pd.Series(np.arange(float(N_ROWS)), LABELS)
TARGET, P = pd.Series(LEFT, LABELS), pd.Series(LEAVING.predict_proba(LABELLED)[:, 1], LABELS)
HISTORY = pd.DataFrame(HELD, LABELS)
ALIKE = CustomerNeighborRecommender(3).fit(LABELLED, HISTORY)
BOUGHT = NeighborRecommender().fit(HISTORY)
TOP = pd.DataFrame(BOUGHT.recommend(HISTORY, 2)[0], LABELS)
GROUPS = pd.Series(LEFT, LABELS)


@pytest.mark.parametrize(
    ("ask", "beside"),
    [
        (lambda given: LEAVING.score(LABELLED, given), TARGET),
        (lambda given: LEAVING.score(LABELLED, TARGET, sample_weight=given), MONEY),
        (lambda given: LEAVING.expected_profit(LABELLED, given), MONEY),
        (lambda given: LEAVING.retention_value(LABELLED, customer_value=given), MONEY),
        (lambda given: LEAVING.select(LABELLED, 10.0, given), MONEY),
        (lambda given: RESPONDING.expected_profit(LABELLED, given), MONEY),
        (lambda given: RESPONDING.select(LABELLED, 10, margin=given), MONEY),
        (lambda given: GainsDisplay.from_estimator(LEAVING, LABELLED, given), TARGET),
        (lambda given: ProfitCurveDisplay.from_estimator(LEAVING, LABELLED, given), TARGET),
        (lambda given: profit_curve(TARGET, P, customer_value=given), MONEY),
        (lambda given: squared_silhouette_samples(LABELLED, given), GROUPS),
        (lambda given: ALIKE.score(LABELLED, given), HISTORY),
        (lambda given: ALIKE.recommend(LABELLED, history=given), HISTORY),
        (lambda given: BOUGHT.score(HISTORY, given), HISTORY),
        (lambda given: BOUGHT.explain(HISTORY, given), TOP),
        (lambda given: ndcg_at_k(HISTORY, given), TOP),
    ],
)
def test_answers_refuse_rows_in_another_order(ask, beside):
    ask(beside)
    with pytest.raises(ValueError, match="in the same order; it has the same labels"):
        ask(beside[::-1])
