"""scikit-learn's own checks on every public estimator.

A class whose input those checks cannot make has a twin of them on data of its
domain; it is listed with the test module that holds the twin.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.mixture import GaussianMixture
from sklearn.utils.estimator_checks import parametrize_with_checks, set_random_state

from custbase import (
    CampaignFinance,
    ChurnClassifier,
    CLVRegressor,
    EASERecommender,
    FactorRecommender,
    NeighborRecommender,
    PopularityRecommender,
    ResponseClassifier,
    SegmentClusterer,
    SpendRegressor,
)
from tests.contract._house import REPOSITORY, public_classes


class OwnNumberClusterer(SegmentClusterer):
    """A clusterer that finds its own number: it does not take the one that many checks set."""

    @property
    def n_clusters(self) -> Any:
        return vars(self).get("n_clusters", "auto")

    @n_clusters.setter
    def n_clusters(self, value: Any) -> None:
        if not isinstance(value, int):
            vars(self)["n_clusters"] = value


ESTIMATORS = [
    CampaignFinance(n_bootstrap=20),
    ChurnClassifier("logistic"),
    # One recommendation, for checks of sparse input expect one column.
    EASERecommender(n_recommendations=1),
    FactorRecommender(4, max_iter=3, n_recommendations=1),
    NeighborRecommender(n_recommendations=1),
    PopularityRecommender(n_recommendations=1),
    ResponseClassifier("logistic", calibrate=False),
    SegmentClusterer(3, n_init=1),
    SegmentClusterer(3, algorithm="hierarchical"),
    SpendRegressor("linear"),
]
# Those of the same classes that are set otherwise.
VARIANTS = [
    CampaignFinance(GaussianMixture(2, random_state=0), n_bootstrap=20),
    NeighborRecommender(kind="user", n_recommendations=1),
    NeighborRecommender(feedback="explicit", n_recommendations=1),
    NeighborRecommender(kind="user", feedback="explicit", n_recommendations=1),
    SegmentClusterer(max_clusters=4),
    OwnNumberClusterer(algorithm="density"),
]
# Those that train by tensorflow, and take long to do so.
NETWORKS = [CLVRegressor(hidden_units=(4,), n_networks=1, max_epochs=3)]
TWINS = {
    "BTYDRegressor": "tests/value/test_btyd_regressor.py",
    "BetaGeoModel": "tests/btyd/test_predictions.py",
    "CustomerNeighborRecommender": "tests/recommendation/test_customer_neighbor_recommender.py",
    "GammaGammaModel": "tests/btyd/test_predictions.py",
    "InteractionEncoder": "tests/features/test_interaction_encoder.py",
    "PurchaseSequenceEncoder": "tests/features/test_purchase_sequence_encoder.py",
    "ModifiedBetaGeoModel": "tests/btyd/test_predictions.py",
    "ParetoNBDModel": "tests/btyd/test_predictions.py",
    "RFMScorer": "tests/features/test_rfm_scorer.py",
    "ShiftedBetaGeoModel": "tests/btyd/test_predictions.py",
}

# Class -> check -> one sentence of reason; at most three a class, and strict.
_FOLDS = {
    "check_sample_weight_equivalence_on_dense_data": (
        "Folds are drawn, and numbers are scaled, customer by customer, whatever they weigh."
    ),
}
_SCORES = dict.fromkeys(
    ["check_fit_score_takes_y", "check_pipeline_consistency"],
    "A column of numbers is no matrix of held-out items, one column an item, to score by.",
)
EXPECTED_FAILURES = {
    "EASERecommender": _SCORES,
    "FactorRecommender": _SCORES,
    "NeighborRecommender": _SCORES,
    "PopularityRecommender": _SCORES,
    "ChurnClassifier": _FOLDS,
    "ResponseClassifier": _FOLDS,
    "SpendRegressor": _FOLDS,
    "CLVRegressor": {
        "check_sample_weight_equivalence_on_dense_data": (
            "Who validates, and in which order customers are learnt from, is drawn customer by "
            "customer, whatever they weigh."
        ),
    },
    "CampaignFinance": {
        "check_supervised_y_2d": (
            "y of shape (n, 1) is one period of revenue, not a mistaken column vector, so there "
            "is nothing to warn about."
        ),
    },
    "OwnNumberClusterer": {
        "check_clustering": (
            "The check compares the labels with the number of clusters that it has set, which is "
            "refused; tests of density do the rest of it."
        ),
    },
}


def expected_failures(estimator: Any) -> dict[str, str]:
    return EXPECTED_FAILURES.get(type(estimator).__name__, {})


@pytest.mark.filterwarnings("ignore:pos_label=None takes")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
def test_estimator_checks(estimator: Any, check: Any) -> None:
    check(estimator)  # raises where the contract is broken


@pytest.mark.slow
@parametrize_with_checks(VARIANTS, expected_failed_checks=expected_failures)
def test_variants_estimator_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.deep
@parametrize_with_checks(NETWORKS, expected_failed_checks=expected_failures)
def test_network_estimator_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("wanted", ["pandas", "polars"])
@pytest.mark.parametrize(
    "estimator", ESTIMATORS + VARIANTS, ids=lambda estimator: repr(estimator)[:60]
)
def test_frames_between_steps_change_no_answer(estimator: Any, wanted: str) -> None:
    X = np.random.default_rng(0).integers(0, 9, (60, 3)).astype(np.float64)
    frame = pd.DataFrame(X, columns=["past", "visits", "age"])
    y = (X[:, 0] + X[:, 1] > 7).astype(int)
    estimator = clone(estimator)
    set_random_state(estimator)
    before = clone(estimator).fit(frame, y)
    answer = before.predict(frame)
    with config_context(transform_output=wanted):
        np.testing.assert_array_equal(before.predict(frame), answer)
        np.testing.assert_array_equal(clone(estimator).fit(frame, y).predict(frame), answer)


def test_every_estimator_is_checked() -> None:
    public = {
        name.rpartition(".")[2]
        for name, cls in public_classes().items()
        if issubclass(cls, BaseEstimator)
    }
    estimators = ESTIMATORS + VARIANTS + NETWORKS
    checked = {cls.__name__ for estimator in estimators for cls in type(estimator).__mro__} & public
    assert public == checked | TWINS.keys()
    assert not checked & TWINS.keys()


@pytest.mark.parametrize(("name", "path"), TWINS.items())
def test_twin_exists(name: str, path: str) -> None:
    assert f"{name}(" in (REPOSITORY / path).read_text()


def test_expected_failures_are_few_and_explained() -> None:
    for checks in EXPECTED_FAILURES.values():
        assert len(checks) <= 3
        assert all(reason.endswith(".") for reason in checks.values())


@pytest.mark.parametrize(
    "cls",
    [cls for cls in public_classes().values() if issubclass(cls, BaseEstimator)],
    ids=lambda cls: cls.__name__,
)
def test_constructor_only_assigns(cls: type) -> None:
    parameters = list(inspect.signature(cls).parameters)
    assigned = []
    if cls.__init__ is not object.__init__:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls.__init__)))
        assigned = [ast.unparse(statement) for statement in tree.body[0].body]
    assert assigned == [f"self.{name} = {name}" for name in parameters]
