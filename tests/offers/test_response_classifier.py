"""Who responds, and whom it pays to contact."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from custbase import CampaignFinance, ResponseClassifier
from custbase.datasets import make_customers
from custbase.exceptions import CustbaseWarning
from custbase.metrics import expected_calibration_error, lift_score

FOREST = pytest.param("forest", marks=pytest.mark.slow)


def draw(n_customers: int, seed: int):
    """A raw frame, who responded, and the true probabilities."""
    table = make_customers(n_customers, response_rate=0.15, random_state=seed)
    known = table.loc[:, "age":"satisfaction"]
    return known, table["responded"].to_numpy(), table["true_response_probability"].to_numpy()


@pytest.fixture(scope="module")
def customers():
    return draw(2000, 0)


@pytest.fixture(scope="module")
def fitted(customers):
    X, y, _ = customers
    response = ResponseClassifier("logistic", margin=20.0, contact_cost=3.0, random_state=0)
    return response.fit(X, y)


@pytest.mark.parametrize("model", ["auto", "svm", FOREST, "logistic", "boosting", "tree"])
def test_probabilities_are_those_of_new_customers(model, customers):
    X, y, _ = customers
    response = ResponseClassifier(model, random_state=0).fit(X, y)
    X, y, p = draw(10_000, 5)
    found = response.predict_proba(X)[:, 1]
    assert expected_calibration_error(y, found) < 0.04
    slack = {"tree": 0.08, "svm": 0.08}.get(model, 0.05)
    assert roc_auc_score(y, found) > roc_auc_score(y, p) - slack
    assert lift_score(y, found) > 1.5


def test_svm_of_many_customers_is_approximated(customers, monkeypatch):
    monkeypatch.setattr("custbase._tabular._menu.EXACT_KERNEL", 500)
    X, y, _ = customers
    response = ResponseClassifier("svm", random_state=0).fit(X, y)
    assert [name for name, _ in response.model_.steps] == ["columns", "kernel", "model"]
    X, y, p = draw(4000, 5)
    found = response.predict_proba(X)[:, 1]
    assert roc_auc_score(y, found) > roc_auc_score(y, p) - 0.08
    heavy = ResponseClassifier("svm", random_state=0).fit(
        customers[0], customers[1], sample_weight=np.where(customers[1] == 1, 2.0, 1.0)
    )
    assert heavy.predict_proba(X)[:, 1].mean() > found.mean()


def test_money(customers, fitted):
    X, _, _ = customers
    p = fitted.expected_conversions(X)
    np.testing.assert_array_equal(p, fitted.predict_proba(X)[:, 1])
    np.testing.assert_allclose(fitted.expected_profit(X), 20 * p - 3)
    margin = np.linspace(0, 50, len(X))
    np.testing.assert_allclose(fitted.expected_profit(X, margin), margin * p - 3)
    by_name = fitted.expected_profit(X, "money_spent")
    np.testing.assert_allclose(by_name, X["money_spent"] * p - 3)


def test_select_keeps_to_its_limits(customers, fitted):
    X, _, _ = customers
    profit = fitted.expected_profit(X)
    everyone = fitted.select(X)
    np.testing.assert_array_equal(everyone, profit > 0)
    best = fitted.select(X, fraction=0.05)
    assert best.sum() == 100
    assert profit[best].min() >= profit[everyone & ~best].max()
    assert fitted.select(X, budget=100.0).sum() == 33
    assert fitted.select(X, budget=100.0, fraction=0.01).sum() == 20
    assert not fitted.select(X, fraction=0.0).any()
    assert fitted.select(X, fraction=0.29, margin=1e6).sum() == 580


def test_campaign_of_the_selected(customers, fitted):
    X, _, _ = customers
    chosen = fitted.select(X, fraction=0.2)
    revenue = 20 * fitted.expected_conversions(X)[chosen]
    campaign = CampaignFinance(cost_per_contact=3.0, n_bootstrap=0).fit(X[chosen], revenue)
    total = fitted.expected_profit(X)[chosen].sum()
    assert campaign.report_.loc["total", "npv"] == pytest.approx(total, abs=1e-9)


def test_labels_of_text(customers, fitted):
    X, y, _ = customers
    named = np.where(y == 1, "bought", "passed")
    with pytest.warns(CustbaseWarning, match="takes 'passed' for a response"):
        ResponseClassifier("logistic", random_state=0).fit(X, named)
    told = ResponseClassifier(
        "logistic", pos_label="bought", margin=20.0, contact_cost=3.0, random_state=0
    ).fit(X, named)
    assert told.response_class_ == "bought"
    np.testing.assert_allclose(told.expected_profit(X), fitted.expected_profit(X), rtol=1e-6)
    np.testing.assert_array_equal(told.predict(X) == "bought", fitted.predict(X) == 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"margin": -1.0}, "margin must be a number >= 0"),
        ({"margin": "worth"}, "margin must name a column of X; got 'worth'"),
        ({"contact_cost": None}, "contact_cost must be a number >= 0"),
        ({"model": "network"}, "model must be 'auto' or"),
    ],
)
def test_parameters_are_refused_by_name(changes, message, customers):
    X, y, _ = customers
    response = ResponseClassifier("logistic").set_params(**changes)
    with pytest.raises((TypeError, ValueError), match=message):
        response.fit(X, y)
    assert not hasattr(response, "classes_")


def test_limits_are_refused_by_name(customers, fitted):
    X, _, _ = customers
    with pytest.raises(ValueError, match="fraction must be a number >= 0 and <= 1 or None; got 2"):
        fitted.select(X, fraction=2.0)
    with pytest.raises(ValueError, match="budget must be"):
        fitted.select(X, budget=-1.0)


def test_the_best_come_first_where_contacts_are_free(customers):
    frame, responded, *_ = customers
    response = ResponseClassifier("logistic", random_state=0).fit(frame, responded)
    chosen = response.select(frame, fraction=0.1)
    profit = response.expected_profit(frame)
    assert profit[chosen].min() >= profit[~chosen].max()
