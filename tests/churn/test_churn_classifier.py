"""Who is leaving, whom it pays to keep, and why."""

from __future__ import annotations

import pickle
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC

import custbase
from custbase import CampaignFinance, ChurnClassifier
from custbase.churn._retention import Offer, profit_threshold, retention_value
from custbase.exceptions import CustbaseWarning
from custbase.metrics import expected_calibration_error
from tests.churn.conftest import draw_customers

FOREST = pytest.param("forest", marks=pytest.mark.slow)
MODELS = ["logistic", "tree", FOREST, "boosting", "auto"]


@pytest.fixture(scope="module")
def fitted(customers):
    return ChurnClassifier("logistic", customer_value=200.0, random_state=0).fit(*customers)


@pytest.mark.parametrize("model", MODELS)
def test_probabilities_are_those_of_new_customers(model, customers):
    churn = ChurnClassifier(model, random_state=0).fit(*customers)
    frame, p = draw_customers(20_000, 7)
    left = np.random.default_rng(8).random(20_000) < p
    found = churn.predict_proba(frame)
    assert found.sum(axis=1) == pytest.approx(1)
    assert expected_calibration_error(left, found[:, 1]) < 0.03
    slack = 0.06 if model == "tree" else 0.03
    assert roc_auc_score(left, found[:, 1]) > roc_auc_score(left, p) - slack


@pytest.mark.parametrize(
    "model", [GradientBoostingClassifier(n_estimators=20), KNeighborsClassifier(30), LinearSVC()]
)
def test_any_classifier_is_calibrated(model, customers):
    frame, left = customers
    churn = ChurnClassifier(model, random_state=0).fit(frame, left)
    assert churn.model_name_ == type(model).__name__
    assert not hasattr(model, "classes_")
    frame, p = draw_customers(20_000, 7)
    left = np.random.default_rng(8).random(20_000) < p
    assert expected_calibration_error(left, churn.predict_proba(frame)[:, 1]) < 0.05


@pytest.mark.parametrize("n", [500, 20_000])  # along lines and along curves
def test_nobody_is_surer_beyond_what_was_seen(n):
    """Time goes on: customers of next year have tenures that nobody had in training."""
    rng = np.random.default_rng(0)
    tenure = rng.uniform(0, 40, n)
    left = rng.random(n) < 1 / (1 + np.exp((tenure - 35) / 2))
    churn = ChurnClassifier("logistic", random_state=0).fit(tenure[:, None], left)
    assert churn.model_[-1].coef_.size == (1 if n == 500 else 6)
    p = churn.predict_proba([[0.0], [-400.0], [40.0], [4000.0]])[:, 1]
    assert p[0] - p[2] > 0.5
    np.testing.assert_allclose(p[[1, 3]], p[[0, 2]], atol=0.01)


def test_auto_says_what_it_chose_and_by_how_much(customers):
    churn = ChurnClassifier(random_state=0).fit(*customers)
    table = churn.selection_
    assert set(table.index) == {"logistic", "boosting"}
    assert churn.model_name_ == table.index[0] == "logistic"  # what the customers are made of
    assert table["worse_by"].iloc[0] == 0 < table["worse_by"].iloc[1]
    assert table["log_loss"].diff().iloc[1] == pytest.approx(table["worse_by"].iloc[1])
    alone = ChurnClassifier("logistic", random_state=0).fit(*customers)
    np.testing.assert_array_equal(
        alone.predict_proba(customers[0]), churn.predict_proba(customers[0])
    )


def test_auto_takes_boosting_where_columns_act_together():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 3))
    left = rng.random(2000) < np.where(X[:, 0] * X[:, 1] > 0, 0.8, 0.2)
    assert ChurnClassifier(random_state=0).fit(X, left).model_name_ == "boosting"


LABELS = [
    ([0, 1], None),
    ([-1, 1], None),
    ([False, True], None),
    (["No", "Yes"], None),
    (["stays", "leaves"], "leaves"),
    (["Stayed", "Churned"], "Churned"),
    ([1, 0], 0),
    (["zzz", "aaa"], "aaa"),
]


@pytest.mark.parametrize(("labels", "pos_label"), LABELS)
def test_profit_never_inverts(labels, pos_label, customers, fitted):
    frame, left = customers
    leaves = labels[1]
    named = np.array(labels)[left]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        churn = ChurnClassifier(
            "logistic", pos_label=pos_label, customer_value=200.0, random_state=0
        ).fit(frame, named)
    assert churn.churn_class_ == leaves
    assert churn.classes_.tolist() == sorted(labels)
    profit = fitted.expected_profit(frame)
    np.testing.assert_allclose(churn.expected_profit(frame), profit, atol=1e-6)
    p = churn.predict_proba(frame)[:, churn.classes_.tolist().index(leaves)]
    np.testing.assert_allclose(p, fitted.predict_proba(frame)[:, 1], rtol=1e-6)
    np.testing.assert_array_equal(churn.predict(frame) == leaves, fitted.predict(frame) == 1)
    np.testing.assert_array_equal(churn.select(frame, 500.0), fitted.select(frame, 500.0))
    ours, theirs = churn.explain(frame[:50]), fitted.explain(frame[:50])
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert churn.drivers_["high_risk"].to_dict() == fitted.drivers_["high_risk"].to_dict()


def test_labels_without_an_order_warn(customers):
    frame, left = customers
    named = np.where(left, "Churned", "Stayed")
    with pytest.warns(CustbaseWarning, match="takes 'Stayed' for churn.*pos_label='Churned'"):
        churn = ChurnClassifier("logistic", random_state=0).fit(frame, named)
    assert churn.churn_class_ == "Stayed"


def test_predict_is_the_more_likely_class_until_there_is_a_value(customers, fitted):
    frame, left = customers
    churn = ChurnClassifier("logistic", random_state=0).fit(frame, left)
    p = churn.predict_proba(frame)[:, 1]
    assert churn.threshold_ == 0.5
    np.testing.assert_array_equal(churn.predict(frame), p > 0.5)
    assert fitted.threshold_ == pytest.approx(11 / 67)
    np.testing.assert_array_equal(fitted.predict(frame), p > 11 / 67)
    np.testing.assert_array_equal(fitted.predict(frame) == 1, fitted.expected_profit(frame) > 0)
    with pytest.raises(ValueError, match="customer_value must be given"):
        churn.expected_profit(frame)
    np.testing.assert_allclose(churn.expected_profit(frame, 200.0), fitted.expected_profit(frame))


def test_every_customer_may_have_a_value_of_its_own(customers, fitted):
    frame, left = customers
    value = np.random.default_rng(0).gamma(2, 100, len(frame))
    by_array = fitted.expected_profit(frame, value)
    one_by_one = [fitted.expected_profit(frame[i : i + 1], value[i])[0] for i in range(20)]
    np.testing.assert_allclose(by_array[:20], one_by_one)
    worth = frame.assign(worth=value)
    churn = ChurnClassifier("logistic", customer_value="worth", random_state=0).fit(worth, left)
    assert churn.threshold_ is None
    np.testing.assert_allclose(churn.expected_profit(worth), churn.expected_profit(worth, value))
    np.testing.assert_array_equal(churn.predict(worth) == 1, churn.expected_profit(worth) > 0)


def test_every_customer_may_have_an_offer_of_its_own(customers):
    frame, left = customers
    rng = np.random.default_rng(0)
    own = frame.assign(
        worth=rng.gamma(2, 100, len(frame)),
        gift=rng.choice([5.0, 20.0], len(frame)),
        persuadable=rng.choice([0.2, 0.6], len(frame)),
    )
    churn = ChurnClassifier(
        "logistic",
        customer_value="worth",
        incentive_cost="gift",
        accept_rate="persuadable",
        contact_cost=2.0,
        random_state=0,
    ).fit(own, left)
    assert churn.threshold_ is None
    p, (value, gift, rate) = churn.predict_proba(own)[:, 1], own.iloc[:, -3:].to_numpy().T
    profit = p * rate * (value - gift) - (1 - p) * gift - 2.0
    np.testing.assert_allclose(churn.expected_profit(own), profit)
    np.testing.assert_array_equal(churn.predict(own) == 1, profit > 0)
    chosen = churn.select(own, 500.0)
    spent = (2.0 + gift * (1 - p * (1 - rate)))[chosen].sum()
    assert 450 < spent <= 500
    campaign = CampaignFinance(cost_per_contact=2.0, n_bootstrap=0)
    campaign.fit(own[chosen], churn.retention_value(own)[chosen])
    assert campaign.report_.loc["total", "npv"] == pytest.approx(profit[chosen].sum(), rel=1e-9)
    with pytest.raises(ValueError, match="accept_rate must hold numbers from 0 to 1; got 5 to 20"):
        clone(churn).set_params(accept_rate="gift").fit(own, left)
    with pytest.raises(ValueError, match="incentive_cost must name a column of X; got 'present'"):
        clone(churn).set_params(incentive_cost="present").fit(own, left)
    with pytest.raises(ValueError, match="customer_value must hold finite numbers >= 0"):
        churn.expected_profit(own.assign(worth=np.nan))


@given(st.floats(0, 1), st.floats(0, 1000), st.floats(0, 50), st.floats(0, 10), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_the_threshold_is_where_an_offer_begins_to_pay(p, value, incentive, contact, rate):
    offer = Offer(incentive, contact, rate)
    profit = retention_value(np.array([p]), value, offer)[0] - contact
    # Who leaves and accepts is kept; all take the incentive but those who leave all the same.
    by_hand = p * rate * (value - incentive) - (1 - p) * incentive - contact
    assert profit == pytest.approx(by_hand, abs=1e-9)
    threshold = profit_threshold(value, offer)
    if abs(p - threshold) > 1e-9 and abs(profit) > 1e-9:
        assert (profit > 0) == (p > threshold)


@pytest.mark.parametrize("budget", [None, 800.0])
def test_the_campaign_identity(budget, customers, fitted):
    frame, _ = customers
    chosen = fitted.select(frame, budget)
    assert 0 < chosen.sum() < len(frame)
    campaign = CampaignFinance(cost_per_contact=fitted.contact_cost, n_bootstrap=0).fit(
        frame[chosen], fitted.retention_value(frame)[chosen]
    )
    total = fitted.expected_profit(frame)[chosen].sum()
    assert campaign.report_.loc["total", "npv"] == pytest.approx(total, abs=1e-9)


def test_a_budget_is_spent_on_contacts_and_expected_incentives(customers, fitted):
    frame, _ = customers
    p = fitted.predict_proba(frame)[:, 1]
    cost = 1.0 + 10.0 * (1 - 0.7 * p)
    chosen = fitted.select(frame, 800.0)
    assert cost[chosen].sum() <= 800 < cost[chosen].sum() + cost.max()
    assert (fitted.expected_profit(frame)[chosen] > 0).all()
    assert not fitted.select(frame, 0.0).any()
    everyone = fitted.select(frame)
    np.testing.assert_array_equal(everyone, fitted.expected_profit(frame) > 0)


def test_contributions_of_a_linear_model_add_up_exactly(customers, fitted):
    frame, _ = customers
    parts = fitted.explain(frame)
    assert parts.columns.tolist() == ["baseline", *frame.columns]
    assert parts.index.equals(frame.index)
    log_odds = logit(fitted.predict_proba(frame)[:, 1])
    np.testing.assert_allclose(parts.sum(axis=1), log_odds, atol=1e-9)
    assert parts["baseline"].nunique() == 1 or np.ptp(parts["baseline"]) < 1e-9
    # What a column adds depends on that column alone, and is 0 on average.
    changed = fitted.explain(frame.assign(tenure=0))
    np.testing.assert_allclose(changed.drop(columns="tenure"), parts.drop(columns="tenure"))
    np.testing.assert_allclose(parts.iloc[:, 1:].mean(), 0, atol=1e-9)
    assert (changed["tenure"] > parts["tenure"].mean()).all()


@pytest.mark.parametrize(
    "model", [pytest.param("boosting", marks=pytest.mark.slow), "tree", GaussianNB()]
)
def test_contributions_of_other_models_add_up(model, customers):
    frame, left = customers
    churn = ChurnClassifier(model, random_state=0).fit(frame[:500], left[:500])
    parts = churn.explain(frame[:4])
    log_odds = logit(churn.predict_proba(frame[:4])[:, 1])
    np.testing.assert_allclose(parts.sum(axis=1), log_odds, atol=1e-8)
    pd.testing.assert_frame_equal(parts, churn.explain(frame[:4]))


def test_explaining_needs_shap_only_where_it_is_used(customers, fitted, monkeypatch):
    frame, left = customers
    monkeypatch.setitem(sys.modules, "shap", None)
    fitted.explain(frame[:3])
    churn = ChurnClassifier("tree", random_state=0).fit(frame, left)
    with pytest.raises(ImportError, match=r"ChurnClassifier.explain.*custbase\[explain\]"):
        churn.explain(frame[:3])


def test_reasons_are_what_raises_the_odds(customers, fitted):
    frame, _ = customers
    parts, reasons = fitted.explain(frame[:200]), fitted.reasons(frame[:200], 2)
    assert reasons.columns.tolist() == ["reason_1", "reason_2"]
    for row in range(200):
        own = parts.iloc[row, 1:].sort_values(ascending=False, kind="stable")
        first = reasons["reason_1"].iloc[row]
        if own.iloc[0] <= 0:
            assert first is None
            continue
        assert first.startswith(f"{own.index[0]} = ")
        assert first.endswith(f"({own.iloc[0]:+.2f})")


@pytest.mark.parametrize("gap", [np.nan, None, pd.NA])
def test_a_missing_value_is_a_reason_by_that_name(gap):
    told = pd.Series(["web", "shop"] * 100, dtype=object)
    told[::3] = gap
    churn = ChurnClassifier("logistic", random_state=0).fit(told.to_frame("how"), told.isna())
    assert churn.reasons(told[:1].to_frame("how"), 1).iloc[0, 0].startswith("how = missing (+")


@pytest.mark.parametrize("model", ["logistic", "boosting", FOREST])
def test_drivers_are_the_raw_columns_that_matter(model, customers):
    frame, left = customers
    table = ChurnClassifier(model, random_state=0).fit(frame, left).drivers_
    assert set(table.index) == set(frame.columns)
    assert set(table.index[:3]) >= {"tenure", "contract"}
    assert table.loc["tenure", "importance"] > 4 * table.loc["tenure", "standard_error"]
    assert abs(table.loc["noise", "importance"]) < 0.01
    assert table.loc["contract", ["high_risk", "low_risk"]].tolist() == ["monthly", "two years"]
    assert table.loc["tenure", "high_risk"].startswith("up to")
    assert table.loc["tenure", "low_risk"].startswith("above")


def test_columns_that_say_nothing_are_documented_behaviour(customers):
    frame, left = customers
    odd = frame.assign(
        constant=1,
        empty=np.nan,
        total=np.where(frame["tenure"] == 0, " ", frame["tenure"].astype(str)),
        id=[f"c{i}" for i in range(len(frame))],
    )
    with pytest.warns(CustbaseWarning) as caught:
        churn = ChurnClassifier("logistic", random_state=0).fit(odd, left)
    told = sorted(str(warning.message)[:25] for warning in caught)
    assert told == ["column 'id' has another t", "column 'total' holds numb"]
    parts = churn.explain(odd[:5])
    assert (parts[["constant", "empty", "id"]] == 0).all(axis=None)
    assert (churn.drivers_.loc[["constant", "empty", "id"], "importance"] == 0).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        later = odd[:5].assign(contract="never seen", empty=3.0, constant=7, id="new")
        assert np.isfinite(churn.predict_proba(later)).all()


@pytest.mark.parametrize("model", ["logistic", "tree", FOREST, "boosting"])
def test_missing_values_and_unseen_categories_have_a_probability(model, customers):
    frame, left = customers
    churn = ChurnClassifier(model, random_state=0).fit(frame, left)
    odd = frame[:3].assign(contract=["never seen", None, "monthly"], tenure=[np.nan, 3, 4])
    p = churn.predict_proba(odd)
    assert ((p > 0) & (p < 1)).all()


@pytest.mark.parametrize("model", ["logistic", "boosting"])
def test_columns_of_very_many_categories(model):
    """Boosting has room for 255; rare ones are taken together."""
    rng = np.random.default_rng(0)
    town = rng.integers(0, 400, 6000)
    town[:3000] = rng.integers(0, 4, 3000)
    left = rng.random(6000) < np.where(town == 2, 0.8, 0.3)
    frame = pd.DataFrame({"town": [f"town {number}" for number in town]})
    churn = ChurnClassifier(model, random_state=0).fit(frame, left)
    asked = pd.DataFrame({"town": ["town 2", "town 1", "town 333", "elsewhere", None]})
    p = churn.predict_proba(asked)[:, 1]
    assert p[0] > 0.7
    assert (p[1:] < 0.5).all()
    assert churn.drivers_.loc["town", "high_risk"] == "town 2"


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_frames_of_other_libraries(kind, customers, fitted):
    frame, left = customers
    other = pl.from_pandas(frame) if kind == "polars" else pl.from_pandas(frame).to_arrow()
    churn = ChurnClassifier("logistic", random_state=0).fit(other, left)
    np.testing.assert_allclose(churn.predict_proba(other), fitted.predict_proba(frame))
    with pytest.raises(TypeError, match="lazy polars LazyFrame"):
        churn.predict(pl.from_pandas(frame).lazy())


def test_weights_count(customers):
    frame, left = customers
    weights = np.where(left == 1, 3.0, 1.0)
    heavy = ChurnClassifier("logistic", random_state=0).fit(frame, left, sample_weight=weights)
    p = heavy.predict_proba(frame)[:, 1]
    assert np.average(p, weights=weights) == pytest.approx(
        np.average(left, weights=weights), abs=0.02
    )
    with pytest.raises(ValueError, match="sample_weight must be None or all equal"):
        ChurnClassifier(KNeighborsClassifier(), random_state=0).fit(
            frame, left, sample_weight=weights
        )


def test_same_seed_same_bits_and_pickles(customers, fitted):
    frame, left = customers
    again = clone(fitted).fit(frame, left)
    np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
    pd.testing.assert_frame_equal(again.drivers_, fitted.drivers_)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(frame), fitted.predict_proba(frame))
    pd.testing.assert_frame_equal(loaded.explain(frame[:5]), fitted.explain(frame[:5]))


def test_searches_and_pipelines(customers):
    frame, left = customers
    pipe = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(sparse_output=False), ["contract"]), remainder="passthrough"
        ).set_output(transform="pandas"),
        ChurnClassifier("logistic", customer_value=200.0, random_state=0),
    )
    grid = {"churnclassifier__model": ["logistic", "tree"]}
    search = GridSearchCV(pipe, grid, scoring="roc_auc", cv=3).fit(frame, left)
    assert search.best_params_ == {"churnclassifier__model": "logistic"}
    chosen = custbase.call(search.best_estimator_, "select", frame, budget=300.0)
    assert 0 < chosen.sum() < 100


def test_probabilities_of_the_model_itself(customers):
    frame, left = customers
    own = ChurnClassifier("tree", calibrate=False, random_state=0).fit(frame, left)
    p = own.predict_proba(frame)[:, 1]
    calibrated = clone(own).set_params(calibrate=True).fit(frame, left)
    assert not np.allclose(p, calibrated.predict_proba(frame)[:, 1])
    with pytest.raises(ValueError, match="calibrate must be True"):
        ChurnClassifier(LinearSVC(), calibrate=False).fit(frame, left)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "svc"}, "model must be 'auto' or"),
        ({"model": LinearSVC}, "model must be"),
        ({"pos_label": 7}, "pos_label must be one of the classes 0, 1; got 7"),
        ({"customer_value": -1.0}, "customer_value must be a number >= 0"),
        ({"customer_value": "worth"}, "customer_value must name a column of X; got 'worth'"),
        ({"accept_rate": 1.5}, "accept_rate must be"),
        ({"calibrate": "yes"}, "calibrate must be True or False"),
    ],
)
def test_parameters_are_refused_by_name(changes, message, customers):
    churn = ChurnClassifier("logistic").set_params(**changes)
    with pytest.raises((TypeError, ValueError), match=message):
        churn.fit(*customers)
    assert not hasattr(churn, "classes_")


def test_labels_are_refused_by_name(customers):
    frame, left = customers
    churn = ChurnClassifier("logistic")
    for labels, message in [
        (np.zeros(len(left)), "y must hold two classes; got the one class"),
        (np.arange(len(left)) % 3, "y has 3 classes"),
        (np.where(np.arange(len(left)) == 0, 1, 0), "at least 2 customers of each class; got 1"),
        (np.where(left == 1, 1.0, np.nan), "labels are missing"),
        (left[:-1], "inconsistent numbers of samples"),
    ]:
        with pytest.raises(ValueError, match=message):
            churn.fit(frame, labels)


def test_models_of_a_user_warn_as_they_do(customers):
    short = LogisticRegression(solver="newton-cholesky", max_iter=1)
    with pytest.warns(ConvergenceWarning):
        ChurnClassifier(short, random_state=0).fit(*customers)


def test_a_column_of_labels_is_taken_with_a_warning(customers):
    frame, left = customers
    with pytest.warns(DataConversionWarning, match="Give one dimension") as caught:
        churn = ChurnClassifier("logistic", random_state=0).fit(frame, left[:, None])
    assert {warning.filename for warning in caught} == {__file__}
    again = clone(churn).fit(frame, left)
    np.testing.assert_array_equal(churn.predict_proba(frame), again.predict_proba(frame))


def test_repeated_columns_are_refused_by_name(customers):
    frame, left = customers
    with pytest.raises(ValueError, match="X must have distinct column names; got 'tenure'"):
        ChurnClassifier("logistic").fit(pd.concat([frame, frame[["tenure"]]], axis=1), left)


def test_money_is_refused_by_name(customers, fitted):
    frame, _ = customers
    with pytest.raises(ValueError, match="one for each of the 2000 customers"):
        fitted.expected_profit(frame, [1.0, 2.0])
    with pytest.raises(ValueError, match="customer_value must name a column"):
        fitted.expected_profit(frame, "worth")
    with pytest.raises(ValueError, match="budget must be a number >= 0"):
        fitted.select(frame, -1.0)
    with pytest.raises(TypeError, match="name a column of numbers; 'contract' holds"):
        fitted.expected_profit(frame, "contract")
    for n_reasons in (-1, 0, "a"):
        with pytest.raises((TypeError, ValueError), match="n_reasons must be an integer >= 1"):
            fitted.reasons(frame[:3], n_reasons)


@pytest.mark.parametrize("model", ["boosting", "tree"])
@pytest.mark.parametrize("seed", range(3))
def test_noise_makes_nobody_sure(model, seed):
    """Models that say the same of everybody differ by rounding, which says nothing."""
    rng = np.random.default_rng(seed + 10)
    left = np.zeros(60, int)
    left[rng.choice(60, 6, replace=False)] = 1
    frame = pd.DataFrame({"a": rng.integers(0, 3, 60), "b": rng.random(60) < 0.5})
    p = ChurnClassifier(model, random_state=seed).fit(frame, left).predict_proba(frame)[:, 1]
    assert (p > 0.01).all()
    assert (p < 0.6).all()


def test_only_ratios_of_weights_count_and_weight_0_leaves_out(customers, fitted):
    frame, left = customers
    p = fitted.predict_proba(frame)
    for constant in (1e-4, 7.0):
        weighted = clone(fitted).fit(frame, left, sample_weight=np.full(len(left), constant))
        np.testing.assert_allclose(weighted.predict_proba(frame), p, rtol=1e-9)
    weights = np.repeat([1.0, 0.0], [1200, 800])
    some = clone(fitted).fit(frame, left, sample_weight=weights)
    alone = clone(fitted).fit(frame[:1200], left[:1200])
    np.testing.assert_allclose(some.predict_proba(frame), alone.predict_proba(frame), rtol=1e-9)
    with pytest.raises(ValueError, match="got 0 for all of class 0, which leaves the one class 1"):
        clone(fitted).fit(frame, left, sample_weight=(left == 1).astype(float))


@pytest.mark.parametrize("model", ["auto", "logistic", "boosting", "tree"])
def test_columns_that_are_hardly_ever_known(model, customers):
    frame, left = customers
    rare = np.full(300, np.nan)
    rare[3] = 12.0
    sparse = frame[:300].assign(last_complaint_days=rare)
    for seed in range(2):
        churn = ChurnClassifier(model, random_state=seed).fit(sparse, left[:300])
        assert churn.drivers_.loc["last_complaint_days", "importance"] < 0.05


def test_drivers_of_linear_models_are_those_of_any_model(customers, fitted, monkeypatch):
    from custbase._tabular import _drivers

    monkeypatch.setattr(_drivers, "is_linear", lambda model: False)
    for at_once in (1, 1500, 20_000):
        monkeypatch.setattr(_drivers, "MIXED_AT_ONCE", at_once)
        other = clone(fitted).fit(*customers).drivers_
        pd.testing.assert_frame_equal(other, fitted.drivers_, rtol=1e-6)


def test_explaining_leaves_the_random_numbers_of_others_alone(customers):
    frame, left = customers
    churn = ChurnClassifier("tree", random_state=0).fit(frame[:300], left[:300])
    np.random.seed(1)  # noqa: NPY002
    expected = np.random.rand()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    parts = churn.explain(frame[:3])
    assert np.random.rand() == expected  # noqa: NPY002
    pd.testing.assert_frame_equal(churn.explain(frame[2:3]), parts[2:])


@pytest.mark.slow
def test_threads_of_a_forest_make_no_difference(customers):
    frame, left = (each[:500] for each in customers)
    forests = [ChurnClassifier("forest", n_jobs=n, random_state=0).fit(frame, left) for n in (1, 2)]
    one, two = (forest.predict_proba(frame) for forest in forests)
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(two, forests[1].predict_proba(frame))
    pd.testing.assert_frame_equal(forests[0].drivers_, forests[1].drivers_, check_exact=True)


def test_numbers_that_differ_late_are_told_apart(customers):
    frame, _ = customers
    campaign = np.where(np.arange(len(frame)) % 2, 1000001, 1000002)
    left = np.random.default_rng(0).random(len(frame)) < np.where(campaign == 1000001, 0.7, 0.2)
    told = frame.assign(campaign=campaign, revenue=1234567.0 + np.arange(len(frame)))
    churn = ChurnClassifier("logistic", random_state=0).fit(told, left)
    row = churn.drivers_.loc["campaign"]
    assert (row["high_risk"], row["low_risk"]) == ("1000001", "1000002")
    assert row["high_probability"] > 0.6
    assert "campaign = 1000001" in churn.reasons(told[1:2], 1).iloc[0, 0]


def test_columns_of_any_name_and_their_order(customers):
    frame, left = customers
    numbers = frame.drop(columns="contract")
    nested = numbers.set_axis(pd.MultiIndex.from_product([["v"], numbers.columns]), axis=1)
    churn = ChurnClassifier("logistic", random_state=0).fit(nested, left)
    assert ("v", "tenure") in churn.drivers_.index
    assert churn.explain(nested[:2]).columns[1] == ("v", "tenure")
    counted = numbers.set_axis([10, 20, 30, 40], axis=1)
    churn = ChurnClassifier("logistic", random_state=0).fit(counted, left)
    with pytest.raises(ValueError, match=r"X must have the columns of fit, in their order"):
        churn.predict_proba(counted[[40, 30, 20, 10]])
    np.testing.assert_array_equal(
        churn.predict_proba(counted.astype(float).to_numpy()), churn.predict_proba(counted)
    )


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_arrays_after_a_frame_have_its_names(customers):
    frame, left = customers
    numbers = frame.drop(columns="contract").astype(float).assign(worth=100.0)
    churn = ChurnClassifier("logistic", customer_value="worth", random_state=0).fit(numbers, left)
    np.testing.assert_array_equal(churn.predict(numbers.to_numpy()), churn.predict(numbers))


def test_labels_that_are_kept_as_objects(customers, fitted):
    frame, left = customers
    p = fitted.predict_proba(frame)
    for labels in (left.astype(bool).astype(object), left.astype(object)):
        churn = clone(fitted).fit(frame, labels)
        np.testing.assert_array_equal(churn.predict_proba(frame), p)
    with pytest.raises(TypeError, match="y must hold labels of one type; got int and str"):
        clone(fitted).fit(frame, pd.Series([1 if hit else "no" for hit in left]))


class NoArrow:
    """Finds that pyarrow is not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(name)


def test_polars_without_pyarrow(customers, fitted, monkeypatch):
    frame, _ = customers
    monkeypatch.delitem(sys.modules, "pyarrow", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoArrow(), *sys.meta_path])
    table = {name: frame[name].tolist() for name in frame}
    found = fitted.predict_proba(pl.DataFrame(table))
    np.testing.assert_array_equal(found, fitted.predict_proba(frame))


def test_what_is_no_classifier_is_refused_before_it_is_trained(customers):
    frame, left = customers
    with pytest.raises(TypeError, match="model must be a name or a classifier, with predict_proba"):
        ChurnClassifier(LinearRegression()).fit(frame, left)
    churn = ChurnClassifier(GaussianNB(), customer_value="wort")
    monkey = {"fit": lambda *a, **k: pytest.fail("trained before money was checked")}
    churn.model = type("Late", (GaussianNB,), monkey)()
    with pytest.raises(ValueError, match="customer_value must name a column of X; got 'wort'"):
        churn.fit(frame, left)


def test_the_threshold_follows_the_parameters(customers, fitted):
    churn = clone(fitted).set_params(customer_value=None).fit(*customers)
    assert churn.threshold_ == 0.5
    churn.set_params(customer_value=200.0)
    assert churn.threshold_ == pytest.approx(11 / 67)
    p = churn.predict_proba(customers[0])[:, 1]
    np.testing.assert_array_equal(churn.predict(customers[0]) == 1, p > churn.threshold_)
    assert churn.set_params(accept_rate="tenure").threshold_ is None


def test_groups_are_held_out_together():
    """A name that tells who somebody is tells nothing of people who were not seen."""
    rng = np.random.default_rng(0)
    customer = np.repeat(np.arange(60), 15)
    frame = pd.DataFrame({"luck": rng.normal(size=60)[customer], "noise": rng.normal(size=900)})
    left = (rng.random(60) < 0.3)[customer]
    fit = ChurnClassifier("boosting", random_state=0).fit
    by_row, by_customer = (
        fit(frame, left, groups=groups).selection_.loc["boosting", "log_loss"]
        for groups in (None, customer)
    )
    chance = -np.average(
        [np.log(left.mean()), np.log(1 - left.mean())], weights=[left.mean(), 1 - left.mean()]
    )
    assert by_row < chance - 0.1
    # The sigmoid has two numbers to fit to 60 customers.
    assert by_customer > chance - 0.03
    for groups, message in (
        (customer[:5], r"one group for each of the 900 rows of X; got shape \(5,\)"),
        (np.zeros(900), "groups must name at least 2 groups, and miss none; got 1, and 0 rows"),
        (left, "groups must hold customers of each class in at least 2 groups"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(frame, left, groups=groups)
