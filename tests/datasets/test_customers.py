"""The table of customers against the truth it carries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.datasets import make_customers
from custbase.datasets._customers import _churn_logit, _response_logit

COLUMNS = [
    "customer_id",
    "age",
    "region",
    "plan",
    "tenure_months",
    "newsletter",
    "products_purchased",
    "complaints",
    "money_spent",
    "satisfaction",
    "churned",
    "responded",
    "true_churn_probability",
    "true_response_probability",
]


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 300),
    churn_rate=st.floats(0.001, 0.999),
    response_rate=st.floats(0.001, 0.999),
    missing_rate=st.sampled_from([0.0, 0.05, 0.9]),
    seed=st.integers(0, 2**32 - 1),
)
def test_table_is_sound(n, churn_rate, response_rate, missing_rate, seed):
    arguments = {
        "churn_rate": churn_rate,
        "response_rate": response_rate,
        "missing_rate": missing_rate,
        "random_state": seed,
    }
    customers = make_customers(n, **arguments)
    assert list(customers.columns) == COLUMNS
    assert len(customers) == customers["customer_id"].nunique() == n
    assert customers["true_churn_probability"].mean() == pytest.approx(churn_rate, abs=1e-9)
    assert customers["true_response_probability"].mean() == pytest.approx(response_rate, abs=1e-9)
    assert customers.filter(like="true_").stack().between(0, 1).all()
    assert set(customers[["churned", "responded"]].stack()) <= {0, 1}
    assert customers["age"].dropna().between(18, 90).all()
    assert customers["satisfaction"].dropna().isin(range(1, 6)).all()
    assert (customers["products_purchased"] >= 1).all()
    assert (customers[["tenure_months", "complaints", "money_spent"]] >= 0).all(axis=None)
    incomplete = customers.columns[customers.isna().any()]
    assert set(incomplete) <= {"age", "region", "satisfaction"}
    if missing_rate == 0:
        assert len(incomplete) == 0
    pd.testing.assert_frame_equal(customers, make_customers(n, **arguments), check_exact=True)


def test_outcomes_come_true_at_every_level_of_probability():
    customers = make_customers(50_000, random_state=0)
    for outcome, truth in [
        ("churned", "true_churn_probability"),
        ("responded", "true_response_probability"),
    ]:
        bins = pd.qcut(customers[truth], 20)
        table = customers.groupby(bins, observed=True).agg(
            rate=(outcome, "mean"), expected=(truth, "mean"), n=(outcome, "size")
        )
        error = np.sqrt(table["expected"] * (1 - table["expected"]) / table["n"])
        assert (abs(table["rate"] - table["expected"]) / error).max() < 3.5


def test_true_probabilities_follow_the_documented_formula():
    customers = make_customers(500, missing_rate=0, random_state=1)
    years = customers["tenure_months"] / 12
    churn, response = [], []
    for row, t in zip(customers.itertuples(), years, strict=True):
        new = 2 if t < 1 else 1
        churn.append(
            0.9 * min(row.complaints, 3) * new
            - 0.7 * np.log(1 + t)
            - 0.5 * np.log(row.products_purchased)
            - 0.4 * (row.satisfaction - 3)
            - 0.4 * (row.plan == "premium")
        )
        response.append(
            1.2 * row.newsletter
            + 0.6 * np.log(row.products_purchased)
            - 0.5 * row.complaints
            - 0.8 * ((row.age - 45) / 20) ** 2
        )
    np.testing.assert_allclose(_churn_logit(customers), churn)
    np.testing.assert_allclose(_response_logit(customers), response)
    for truth, logit in [
        ("true_churn_probability", churn),
        ("true_response_probability", response),
    ]:
        p = customers[truth]
        assert np.ptp(np.log(p / (1 - p)) - logit) < 1e-9


def test_missing_entries_are_as_frequent_as_asked_and_blind():
    customers = make_customers(40_000, missing_rate=0.1, random_state=2)
    missing = customers[["age", "region", "satisfaction"]].isna()
    np.testing.assert_allclose(missing.mean(), 0.1, atol=0.006)
    for column in missing:
        truth = customers.groupby(missing[column])["true_churn_probability"].mean()
        assert truth[True] == pytest.approx(truth[False], abs=0.01)


def test_categories_are_declared():
    customers = make_customers(3, random_state=0)
    assert list(customers["region"].cat.categories) == ["north", "south", "east", "west", "islands"]
    assert customers["plan"].cat.ordered
    assert customers["plan"].cat.categories[-1] == "premium"
    assert customers["newsletter"].dtype == bool


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_customers": 0}, ValueError, "n_customers must be an integer >= 1; got 0"),
        ({"churn_rate": 0.0}, ValueError, "churn_rate must be a number > 0 and < 1"),
        ({"churn_rate": "high"}, TypeError, "churn_rate"),
        ({"response_rate": 1}, ValueError, "response_rate"),
        ({"missing_rate": -0.1}, ValueError, "missing_rate"),
        ({"random_state": 1.5}, TypeError, "random_state"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_customers(**arguments)
