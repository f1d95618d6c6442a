"""CampaignFinance: the report, its intervals, and what is done with it."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from custbase import CampaignFinance
from custbase.exceptions import CustbaseWarning, ZeroDenominatorWarning
from custbase.finance import net_present_value
from custbase.finance._figures import HEADLINE
from tests.oracles import finance as oracle

FIRST_COLUMNS = [
    "n_customers",
    "total_revenue",
    "total_cost",
    "roi_pct",
    "cac",
    "clv",
    "npv",
    "break_even_pct",
    "profit_margin_pct",
    "average_revenue_per_customer",
    "marketing_roi_pct",
]
ADDITIVE = [
    "n_customers",
    "total_revenue",
    "total_cost",
    "npv",
    "contribution_total",
    "contribution_npv",
    "incremental_revenue",
    "incremental_contribution",
    "incremental_npv",
]


def customers(labels):
    return pd.DataFrame({"segment": list(labels), "age": range(len(labels))})


@pytest.fixture
def shop():
    """Eight customers of two segments over three periods, and every parameter in use."""
    X = customers("aabbbbab")
    rng = np.random.RandomState(3)
    y = rng.exponential(30, size=(8, 3)).round(2)
    y[1, 1] = -12.5
    new = np.array([True, False, True, True, False, False, True, False])
    return X, y, new, rng.exponential(10, 8).round(2)


# --- the report ---------------------------------------------------------------------------


def test_report_by_hand():
    # a: 2 customers, 300 of revenue; b: 3 customers, 60. 50 to build, 100 of budget, 4 a contact.
    campaign = CampaignFinance(
        "segment",
        implementation_cost={"page": 30.0, "text": 20.0},
        marketing_budget=100.0,
        cost_per_contact=4.0,
        lifespan=2,
        discount_rate=0.25,
        n_bootstrap=0,
    ).fit(customers("abbab"), [200.0, 60.0, 0.0, 100.0, 0.0], new_customers=[1, 1, 0, 0, 0])
    report = campaign.report_
    assert list(report.columns[:11]) == FIRST_COLUMNS
    assert report.index.tolist() == ["a", "b", "total"]
    a, b, total = (report.loc[label] for label in ("a", "b", "total"))
    assert report["n_customers"].tolist() == [2, 3, 5]
    # 150 * 2/5 + 8 = 68, 150 * 3/5 + 12 = 102
    assert report["total_cost"].tolist() == pytest.approx([68.0, 102.0, 170.0])
    assert a["roi_pct"] == pytest.approx(100 * 232 / 68)
    assert a["cac"] == pytest.approx(40.0)  # budget 100 * 2/5 over one new customer
    assert total["cac"] == pytest.approx(50.0)
    assert a["clv"] == pytest.approx(300.0)  # 150 a period, two periods
    assert a["npv"] == pytest.approx(300 / 1.25 - 68)
    assert total["npv"] == pytest.approx(360 / 1.25 - 170)
    assert b["break_even_pct"] == pytest.approx(170.0)
    assert b["profit_margin_pct"] == pytest.approx(-70.0)
    assert b["average_revenue_per_customer"] == pytest.approx(20.0)
    assert a["marketing_roi_pct"] == pytest.approx(100 * (300 - 48) / 48)  # 40 + 8
    assert a["ltv_cac"] == pytest.approx(7.5)
    assert a["payback_periods"] == pytest.approx(40 / 150)


@pytest.mark.parametrize(
    "terms",
    [
        {"lifespan": 1.5},
        {"retention_rate": 0.7},
        {"retention_rate": 0.7, "horizon": 4},
        {},
        {"first_period": 0, "margin_rate": 1.0},
    ],
)
@pytest.mark.parametrize("budget", [90.0, {"a": 25.0, "b": 70.0}, {"b": 40.0}])
@pytest.mark.parametrize("extras", [True, False])
def test_report_equals_the_oracle(shop, terms, budget, extras):
    X, y, new, baseline = shop
    settings_ = {
        "implementation_cost": 60.0,
        "marketing_budget": budget,
        "cost_per_contact": 1.5,
        "margin_rate": 0.4,
        "discount_rate": 0.1,
        **terms,
    }
    known = {"new_customers": new, "baseline": baseline} if extras else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)
        report = CampaignFinance("segment", n_bootstrap=0, **settings_).fit(X, y, **known).report_
    extra = {"is_new": new, "baseline": baseline} if extras else {}
    expected = pd.DataFrame(
        oracle.campaign_report(X["segment"].tolist(), y.tolist(), **settings_, **extra)
    ).T
    assert report.columns.tolist() == expected.columns.tolist()
    assert report.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(report.to_numpy(float), expected.to_numpy(float), rtol=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    data=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-50, 500), st.integers(0, 40)),
        min_size=1,
        max_size=30,
    ),
    rate=st.floats(-0.5, 1.0),
    contact=st.floats(0.1, 10),
)
def test_segments_add_up_to_the_total(data, rate, contact):
    labels, y, baseline = (list(column) for column in zip(*data, strict=True))
    campaign = CampaignFinance(
        "segment",
        implementation_cost=70.0,
        marketing_budget={labels[0]: 30.0},
        cost_per_contact=contact,
        margin_rate=0.3,
        discount_rate=rate,
        n_bootstrap=0,
    ).fit(customers(labels), y, baseline=baseline)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)
        report = campaign.report_
    parts = report.drop(index="total")[ADDITIVE].sum()
    np.testing.assert_allclose(report.loc["total", ADDITIVE], parts, rtol=1e-9, atol=1e-6)


def test_the_total_does_not_depend_on_the_segments(shop):
    X, y, new, baseline = shop
    params = {"implementation_cost": 60.0, "marketing_budget": 9.0, "n_bootstrap": 0}
    known = {"new_customers": new, "baseline": baseline}
    whole = CampaignFinance(**params).fit(X, y, **known).report_
    parts = CampaignFinance("segment", **params).fit(X, y, **known).report_
    assert whole.index.tolist() == ["all", "total"]
    np.testing.assert_allclose(whole.loc["total"], parts.loc["total"], rtol=1e-12)
    np.testing.assert_allclose(whole.loc["all"], whole.loc["total"], rtol=1e-12)


def test_periods_and_the_time_of_the_first(shop):
    X, y, _, _ = shop
    for first_period in (0, 1, 4):
        campaign = CampaignFinance(discount_rate=0.2, first_period=first_period, n_bootstrap=0)
        npv = campaign.fit(X, y).figures_["npv"][-1]
        expected = net_present_value(y.sum(axis=0), 0.2, first_period=first_period)
        assert npv == pytest.approx(expected, rel=1e-12)
    one = CampaignFinance(discount_rate=0.2, n_bootstrap=0).fit(X, y[:, 0])
    assert one.figures_["npv"][-1] == pytest.approx(y[:, 0].sum() / 1.2)
    assert one.n_periods_ == 1


def test_npv_is_the_sum_of_expected_profits_at_rate_zero():
    rng = np.random.RandomState(0)
    retention_value = rng.normal(1.0, 5.0, 300)  # some customers are better left alone
    campaign = CampaignFinance(cost_per_contact=1.25, n_bootstrap=0)
    npv = campaign.fit(rng.rand(300, 2), retention_value).figures_["npv"][-1]
    assert npv == pytest.approx((retention_value - 1.25).sum(), rel=1e-12)


def test_zero_denominators_are_nan_or_infinite_and_warn():
    campaign = CampaignFinance("segment", n_bootstrap=0).fit(customers("ab"), [10.0, 0.0])
    with pytest.warns(ZeroDenominatorWarning, match="roi_pct, marketing_roi_pct") as caught:
        report = campaign.report_
    assert caught[0].filename == __file__
    assert report["roi_pct"].tolist()[0] == np.inf
    assert np.isnan(report.loc["b", "roi_pct"])
    assert np.isnan(report.loc["b", "break_even_pct"])
    assert report.loc["a", "break_even_pct"] == 0.0
    assert report[["cac", "clv", "ltv_cac", "incremental_npv"]].isna().all(axis=None)


def test_no_new_customer_in_a_segment():
    campaign = CampaignFinance("segment", marketing_budget=10.0, lifespan=1, n_bootstrap=0)
    campaign.fit(customers("aab"), [1.0, 2.0, 3.0], new_customers=[True, True, False])
    with pytest.warns(ZeroDenominatorWarning, match="cac"):
        report = campaign.report_
    assert report["cac"].tolist() == pytest.approx([10 * 2 / 3 / 2, np.inf, 5.0])
    assert report.loc["b", "payback_periods"] == np.inf


def test_a_number_of_new_customers_is_known_in_total_only():
    campaign = CampaignFinance("segment", marketing_budget=10.0, random_state=0)
    report = campaign.fit(customers("aab"), [1.0, 2.0, 3.0], new_customers=4).report_
    assert report["cac"].isna().tolist() == [True, True, False]
    assert report.loc["total", "cac"] == 2.5
    assert report["cac_low"].isna().all()


@settings(max_examples=40, deadline=None)
@given(
    margin=st.floats(0.05, 1),
    budget=st.floats(1, 1e3),
    terms=st.sampled_from(
        [
            {"lifespan": 3},
            {"retention_rate": 0.6},
            {"retention_rate": 0.6, "horizon": 3, "discount_rate": 0.1},
        ]
    ),
)
def test_payback_is_finite_where_the_lifetime_value_covers_the_cost(margin, budget, terms):
    campaign = CampaignFinance(
        marketing_budget=budget, margin_rate=margin, n_bootstrap=0, **terms
    ).fit(np.zeros((4, 1)), [50.0, 20.0, 80.0, 0.0], new_customers=2)
    ratio, periods = campaign.figures_["ltv_cac"][-1], campaign.figures_["payback_periods"][-1]
    if abs(ratio - 1) > 1e-6:
        assert np.isfinite(periods) == (ratio > 1)


# --- intervals and draws ------------------------------------------------------------------


def test_interval_columns_follow_the_figures(shop):
    X, y, new, baseline = shop
    campaign = CampaignFinance("segment", marketing_budget=50.0, retention_rate=0.5, random_state=0)
    campaign.fit(X, y, new_customers=new, baseline=baseline)
    report = campaign.report_
    assert report.columns[-2 * len(HEADLINE) :].tolist() == [
        f"{name}_{side}" for name in HEADLINE for side in ("low", "high")
    ]
    for name in ("total_revenue", "roi_pct", "npv", "clv", "incremental_npv"):
        assert (report[f"{name}_low"] <= report[name]).all()
        assert (report[name] <= report[f"{name}_high"]).all()
        assert (report[f"{name}_low"] < report[f"{name}_high"]).all()


def test_intervals_agree_between_monotone_figures():
    rng = np.random.RandomState(0)
    y = rng.exponential(10, 400)
    campaign = CampaignFinance(marketing_budget=1000.0, random_state=0).fit(np.zeros((400, 1)), y)
    total = campaign.report_.loc["total"]
    for side in ("low", "high"):
        revenue = total[f"total_revenue_{side}"]
        assert total[f"npv_{side}"] == pytest.approx(revenue - 1000)
        assert total[f"roi_pct_{side}"] == pytest.approx(100 * (revenue - 1000) / 1000)
    assert total["break_even_pct_low"] == pytest.approx(1e5 / total["total_revenue_high"])


def test_intervals_repeat_per_seed_and_shrink_with_confidence(shop):
    X, y, _, _ = shop

    def bounds(**params):
        return CampaignFinance(cost_per_contact=1.0, **params).fit(X, y).intervals_["npv"]

    assert (bounds(random_state=1) == bounds(random_state=1)).all()
    assert (bounds(random_state=1) != bounds(random_state=2)).any()
    wide, narrow = (bounds(random_state=1, confidence_level=level) for level in (0.99, 0.5))
    assert (wide[0] < narrow[0]).all()
    assert (narrow[1] < wide[1]).all()


def test_one_customer_tells_nothing_about_uncertainty():
    campaign = CampaignFinance("segment", cost_per_contact=1.0, random_state=0)
    report = campaign.fit(customers("abb"), [1.0, 2.0, 5.0]).report_
    assert report["npv_low"].isna().tolist() == [True, False, False]
    alone = campaign.fit(customers("ab"), [1.0, 2.0]).report_
    assert alone["npv_low"].isna().all()


def test_no_bootstrap_no_intervals(shop):
    X, y, _, _ = shop
    campaign = CampaignFinance(cost_per_contact=1.0, n_bootstrap=0).fit(X, y)
    assert campaign.intervals_ == {}
    assert not [name for name in campaign.report_ if name.endswith(("_low", "_high"))]


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.RandomState(0)
    truth, covered, n_campaigns = 100 * (10.0 / 8.0 - 1), 0, 400
    for seed in range(n_campaigns):
        y = rng.exponential(10.0, 300)
        campaign = CampaignFinance(
            cost_per_contact=8.0, n_bootstrap=300, confidence_level=0.9, random_state=seed
        ).fit(np.zeros((300, 1)), y)
        low, high = campaign.intervals_["roi_pct"][:, -1]
        covered += low <= truth <= high
    # Binomial with standard error 0.015 around 0.9.
    assert 0.85 <= covered / n_campaigns <= 0.95


def test_simulated_campaigns():
    rng = np.random.RandomState(0)
    X, y = customers(rng.choice(list("ab"), 500)), rng.exponential(10, (500, 2))
    campaign = CampaignFinance("segment", cost_per_contact=12.0, margin_rate=0.5, n_bootstrap=0)
    campaign.fit(X, y)
    draws = campaign.simulate(2000, random_state=0)
    assert draws.columns.tolist() == [
        "profit",
        "roi_pct",
        "contribution_profit",
        "contribution_roi_pct",
    ]
    assert draws.index.name == "draw"
    assert len(draws) == 2000
    revenue = draws["profit"] + 6000
    assert draws["roi_pct"].to_numpy() == pytest.approx(100 * (revenue - 6000) / 6000)
    assert draws["contribution_profit"].to_numpy() == pytest.approx(revenue / 2 - 6000)
    assert draws["contribution_roi_pct"].to_numpy() == pytest.approx(revenue / 120 - 100)
    spread = y.sum(axis=1).std() * np.sqrt(500)
    assert draws["profit"].mean() == pytest.approx(y.sum() - 6000, abs=4 * spread / 2000**0.5)
    assert draws["profit"].std() == pytest.approx(spread, rel=0.1)
    pd.testing.assert_frame_equal(draws, campaign.simulate(2000, random_state=0))
    assert not draws.equals(campaign.simulate(2000, random_state=1))


def test_simulating_a_free_campaign_warns():
    campaign = CampaignFinance(n_bootstrap=0).fit([[0], [0]], [1.0, 2.0])
    with pytest.warns(ZeroDenominatorWarning, match="roi_pct"):
        assert np.isinf(campaign.simulate(5, random_state=0)["roi_pct"]).all()
    with pytest.raises(ValueError, match="n_draws"):
        campaign.simulate(0)
    with pytest.raises(TypeError, match="random_state"):
        campaign.simulate(5, random_state="a")


# --- predict and score --------------------------------------------------------------------


def test_predict_by_hand():
    X = customers("aabb")
    y = [[10.0, 20.0], [0.0, 10.0], [4.0, 0.0], [0.0, 0.0]]
    campaign = CampaignFinance(
        "segment", marketing_budget=1000.0, margin_rate=0.5, cost_per_contact=3.0, n_bootstrap=0
    )
    # a: (30 + 10)/2 = 20, half of it less 3; b: 4/2 = 2.
    assert campaign.fit(X, y).predict(X).tolist() == [7.0, 7.0, -2.0, -2.0]
    # Baselines 4, 0, 2, 2: a (26 + 10)/2 = 18, b (2 - 2)/2 = 0.
    campaign.fit(X, y, baseline=[4.0, 0.0, 2.0, 2.0])
    assert campaign.predict(X).tolist() == [6.0, 6.0, -3.0, -3.0]
    assert campaign.predict(X[["segment"]][::2]).tolist() == [6.0, -3.0]


def test_predict_without_segmenter_looks_at_no_column():
    campaign = CampaignFinance(cost_per_contact=1.0, n_bootstrap=0).fit(customers("ab"), [4.0, 0.0])
    assert campaign.predict(pl.DataFrame({"other": ["x", "y", "z"]})).tolist() == [1.0] * 3
    assert campaign.predict(np.zeros((0, 2))).shape == (0,)


def test_predict_refuses_unseen_and_missing_labels():
    campaign = CampaignFinance("segment", n_bootstrap=0).fit(customers("ab"), [4.0, 0.0])
    with pytest.raises(ValueError, match=r"without a customer in fit: 'c'.*'a', 'b'"):
        campaign.predict(customers("abc"))
    with pytest.raises(ValueError, match=r"column 'segment' of X has no .* 1 customers.*row 1"):
        campaign.predict(pd.DataFrame({"segment": ["a", None]}))
    with pytest.raises(ValueError, match=r"not a column of X.*'age'"):
        campaign.predict(pd.DataFrame({"age": [1]}))
    with pytest.raises(TypeError, match="X must be a frame"):
        campaign.predict(np.zeros((2, 2)))


def test_score_is_r2_of_what_contacts_brought():
    rng = np.random.RandomState(0)
    X = customers(np.repeat(["a", "b"], 200))
    y = np.where(X["segment"] == "a", 10.0, 50.0) + rng.normal(0, 1, 400)
    campaign = CampaignFinance("segment", margin_rate=0.3, cost_per_contact=2.0, n_bootstrap=0)
    campaign.fit(X, y)
    assert campaign.score(X, y) == pytest.approx(1 - 1 / 400, abs=2e-3)
    assert campaign.score(X, np.column_stack([y / 2, y / 2])) == pytest.approx(campaign.score(X, y))
    assert campaign.score(X, y, baseline=30.0) < 0
    weights = (X["segment"] == "a").to_numpy(float)
    assert campaign.score(X, y, weights) == pytest.approx(0.0, abs=0.05)
    assert (cross_val_score(campaign, X, y, cv=3) < 1).all()


def test_cross_validated_predictions_of_a_pipeline_segmenter():
    rng = np.random.RandomState(0)
    X = np.vstack([rng.normal(0, 1, (60, 2)), rng.normal(9, 1, (60, 2))])
    y = np.repeat([5.0, 20.0], 60)
    segmenter = make_pipeline(StandardScaler(), KMeans(2, n_init=2, random_state=0))
    campaign = CampaignFinance(segmenter, n_bootstrap=0)
    shuffled = rng.permutation(120)
    predicted = cross_val_predict(campaign, X[shuffled], y[shuffled], cv=4)
    assert predicted == pytest.approx(y[shuffled])


# --- segmenters ---------------------------------------------------------------------------


def test_an_estimator_is_cloned_and_a_frozen_one_kept():
    X = np.array([[0.0], [0.1], [5.0], [5.1]])
    loose = KMeans(2, n_init=1, random_state=0)
    campaign = CampaignFinance(loose, cost_per_contact=1.0, n_bootstrap=0).fit(X, [1, 2, 30, 40])
    assert not hasattr(loose, "cluster_centers_")
    assert campaign.segmenter_ is not loose
    assert campaign.n_features_in_ == 1
    assert campaign.segments_.tolist() == [0, 1]
    assert campaign.report_.index.tolist() == [0, 1, "total"]
    fitted = KMeans(3, n_init=1, random_state=0).fit(X + [0.0])
    frozen = CampaignFinance(FrozenEstimator(fitted), n_bootstrap=0).fit(X[:2], [1.0, 2.0])
    assert frozen.segmenter_.estimator is fitted
    assert len(frozen.segments_) < 3
    with pytest.raises(ValueError, match="without a customer in fit"):
        frozen.predict(X)


def test_a_frame_reaches_the_segmenter_as_it_is():
    X = pd.DataFrame({"country": ["fi", "fi", "se", "se"]})
    segmenter = make_pipeline(
        OneHotEncoder(sparse_output=False), KMeans(2, n_init=1, random_state=0)
    )
    campaign = CampaignFinance(segmenter, n_bootstrap=0).fit(X, [1.0, 3.0, 10.0, 20.0])
    assert campaign.predict(X[1:3]).tolist() == [2.0, 15.0]
    assert campaign.feature_names_in_.tolist() == ["country"]


def test_column_and_no_segmenter_know_no_features(shop):
    X, y, _, _ = shop
    for segmenter in (None, "segment"):
        campaign = CampaignFinance(segmenter, n_bootstrap=0).fit(X, y)
        assert not hasattr(campaign, "n_features_in_")
        assert not hasattr(campaign, "feature_names_in_")


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_every_kind_agree(shop, maker):
    X, y, new, baseline = shop
    columns = {"segment": X["segment"].tolist()}
    money = {f"t{j}": y[:, j] for j in range(3)}
    campaign = CampaignFinance("segment", cost_per_contact=1.0, random_state=0)
    expected = clone(campaign).fit(X, y, new_customers=new, baseline=baseline)
    campaign.fit(maker(columns), maker(money), new_customers=new, baseline=baseline)
    pd.testing.assert_frame_equal(campaign.report_, expected.report_)
    assert (campaign.predict(maker(columns)) == expected.predict(X)).all()


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series([2, 1, 2, 1]),
        pd.Series([True, False, True, False]),
        pd.Series(["x", "w", "x", "w"], dtype="category"),
        pd.Series(["x", "w", "x", "w"], dtype="string"),
        pd.Series([2, 1, 2, 1], dtype="Int64"),
        pd.Series([0.5, 0.1, 0.5, 0.1]),
    ],
)
def test_labels_of_every_kind(labels):
    X = pd.DataFrame({"g": labels})
    campaign = CampaignFinance("g", cost_per_contact=1.0, n_bootstrap=0).fit(
        X, [4.0, 1.0, 6.0, 3.0]
    )
    assert campaign.report_["total_revenue"].tolist() == [4.0, 10.0, 14.0]
    assert campaign.predict(X).tolist() == [4.0, 1.0, 4.0, 1.0]


@pytest.mark.parametrize(
    "values",
    [
        [4, 1],
        (4.0, 1.0),
        np.array([4, 1], dtype=np.int8),
        np.array([[4.0], [1.0]], dtype=np.float32),
        pd.Series([4, 1], dtype="Int64"),
        pd.DataFrame({"a": [3, 1], "b": [1, 0]}),
        pl.Series([4, 1]),
        pl.DataFrame({"a": [3, 1], "b": [1, 0]}),
        pa.chunked_array([[4.0, 1.0]]),
        pd.Series([4, 1], dtype=object),
    ],
)
def test_revenue_of_every_kind(values):
    campaign = CampaignFinance(n_bootstrap=0).fit(np.zeros((2, 1)), values)
    assert campaign.ledger_["revenue"].tolist() == [4.0, 1.0]


# --- allocate -----------------------------------------------------------------------------


def test_allocate_over_contacts():
    X = customers("aabbb")
    y = np.array([[10.0, 2.0], [1.0, 1.0], [8.0, 0.0], [30.0, 0.0], [0.0, 0.0]])
    campaign = CampaignFinance("segment", cost_per_contact=2.0, margin_rate=0.5, n_bootstrap=0)
    # Half of 12, 2, 8, 30, 0: three are worth more than 2.
    plan = campaign.fit(X, y).allocate(100.0)
    assert plan.table["contacts"].tolist() == [1, 2]
    assert plan.table["expected_return"].tolist() == [6.0, 19.0]
    assert plan.shadow_price == 0.0
    plan = campaign.allocate(4.0)
    assert plan.table["spend"].tolist() == [2.0, 2.0]
    assert plan.shadow_price == 1.0
    # A baseline of 8 leaves (12 - 8)/2 = 2 and (30 - 8)/2 = 11.
    assert campaign.fit(X, y, baseline=8.0).allocate(100.0).table["contacts"].tolist() == [0, 1]


def test_allocate_over_curves():
    campaign = CampaignFinance("segment", n_bootstrap=0).fit(customers("ab"), [0.0, 0.0])
    response = {"b": lambda x: 40 * np.sqrt(x), "a": lambda x: 30 * np.sqrt(x)}
    plan = campaign.allocate(100, response=response)
    assert plan.table.index.tolist() == ["a", "b"]
    assert plan.table["spend"].tolist() == pytest.approx([36.0, 64.0])


def test_allocate_refuses():
    campaign = CampaignFinance("segment", n_bootstrap=0).fit(customers("ab"), [0.0, 0.0])
    with pytest.raises(ValueError, match="cost_per_contact must be > 0"):
        campaign.allocate(10.0)
    with pytest.raises(ValueError, match="budget must be a number >= 0; got -1"):
        campaign.allocate(-1.0)
    with pytest.raises(TypeError, match="budget"):
        campaign.allocate("ten")
    with pytest.raises(TypeError, match="response"):
        campaign.allocate(10.0, response=np.sqrt)
    with pytest.raises(ValueError, match="response names segments without customers: 'c'"):
        campaign.allocate(10.0, response=dict.fromkeys("abc", np.sqrt))


# --- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"implementation_cost": -1.0}, "implementation_cost must be a number >= 0"),
        ({"implementation_cost": {"page": -1.0}}, "implementation_cost\\['page'\\]"),
        ({"marketing_budget": {"a": "much"}}, "marketing_budget\\['a'\\]"),
        ({"marketing_budget": {"z": 1.0}}, "marketing_budget names .* 'z'; the segments are 'a'"),
        ({"marketing_budget": -1.0}, "marketing_budget"),
        ({"cost_per_contact": -0.1}, "cost_per_contact"),
        ({"margin_rate": 1.1}, "margin_rate"),
        ({"discount_rate": -1.0}, "discount_rate must be a number > -1"),
        ({"retention_rate": 1.1}, "retention_rate"),
        ({"retention_rate": 1.0}, "retention_rate must be below 1"),
        ({"retention_rate": -0.1}, "retention_rate"),
        ({"lifespan": 2, "retention_rate": 0.5}, "lifespan or retention_rate, not both"),
        ({"lifespan": 2, "horizon": 3}, "lifespan or horizon, not both"),
        ({"retention_rate": 0.9, "discount_rate": -0.2}, "below 1 \\+ discount_rate"),
        ({"horizon": 0}, "horizon"),
        ({"first_period": -1}, "first_period"),
        ({"n_bootstrap": -1}, "n_bootstrap"),
        ({"confidence_level": 1.0}, "confidence_level"),
        ({"random_state": "x"}, "random_state"),
        ({"segmenter": KMeans}, "segmenter"),
        ({"segmenter": 3}, "segmenter"),
        ({"segmenter": "region"}, "segmenter='region' is not a column of X.*'segment'"),
    ],
)
def test_parameters_are_checked(params, message):
    campaign = CampaignFinance(**{"segmenter": "segment", **params})
    with pytest.raises((TypeError, ValueError), match=message):
        campaign.fit(customers("ab"), [1.0, 2.0])
    assert not hasattr(campaign, "segments_")


def indexed(values, index):
    return pd.Series(values, index=index)


@pytest.mark.parametrize(
    ("X", "y", "known", "message"),
    [
        (customers("ab"), [1.0, np.nan], {}, "y contains NaN"),
        (customers("ab"), [1.0, np.inf], {}, "y contains infinity"),
        (customers("ab"), ["1", "2"], {}, "y must be numbers"),
        (customers("ab"), pd.Series(["1", "2"]), {}, "y must be numbers"),
        (customers("ab"), pd.Series(pd.to_datetime(["2020", "2021"])), {}, "y must be numbers"),
        (customers("ab"), [1.0, 2.0, 3.0], {}, "y .*3 rows and X has 2"),
        (customers("ab"), np.zeros((2, 1, 1)), {}, "y|dim"),
        (customers("ab"), None, {}, "requires y"),
        (customers("ab"), 3.0, {}, "y must be numbers, one row a customer"),
        (customers("ab"), indexed([1.0, 2.0], [1, 0]), {}, "y must have the index of X"),
        (customers("ab"), indexed([1.0], [0]), {}, "it has 1 rows and X has 2"),
        (
            customers("aab").loc[[0, 0]],
            indexed([1.0, 2.0], [0, 0]),
            {},
            "index of X must be unique",
        ),
        (customers(["a", "total"]), [1.0, 2.0], {}, "label 'total' is taken"),
        (customers(["a", None]), [1.0, 2.0], {}, "'segment' of X has no segment label for 1 cust"),
        (pl.LazyFrame({"segment": ["a"]}), [1.0], {}, "X must be .* lazy polars"),
        (customers("ab"), [1.0, 2.0], {"baseline": [1.0]}, "baseline .*1 rows and X has 2"),
        (customers("ab"), [1.0, 2.0], {"baseline": "x"}, "baseline"),
        (customers("ab"), [1.0, 2.0], {"baseline": np.nan}, "baseline"),
        (customers("ab"), [1.0, 2.0], {"baseline": np.zeros((2, 2))}, "baseline.*2 columns"),
        (customers("ab"), [1.0, 2.0], {"baseline": indexed([1, 2], [5, 6])}, "baseline .* index"),
        (customers("ab"), [1.0, 2.0], {"new_customers": [0, 2]}, "new_customers must be a mask"),
        (customers("ab"), [1.0, 2.0], {"new_customers": [True]}, "new_customers .*1 rows"),
        (customers("ab"), [1.0, 2.0], {"new_customers": -1}, "new_customers"),
        (customers("ab"), [1.0, 2.0], {"new_customers": True}, "new_customers"),
        (customers("ab"), [1.0, 2.0], {"new_customers": 1.5}, "new_customers"),
    ],
)
def test_data_are_checked(X, y, known, message):
    with pytest.raises((TypeError, ValueError), match=message):
        CampaignFinance("segment", n_bootstrap=0).fit(X, y, **known)


def test_a_series_beside_an_array_or_another_library_counts_by_position():
    y = indexed([1.0, 2.0], [7, 3])
    assert CampaignFinance(n_bootstrap=0).fit(np.zeros((2, 1)), y).ledger_["revenue"][0] == 1.0
    X = pl.DataFrame({"segment": ["a", "b"]})
    assert CampaignFinance("segment", n_bootstrap=0).fit(X, y).segments_.tolist() == ["a", "b"]


def test_a_segmenter_must_give_one_label_a_customer():
    class Strange(KMeans):
        def predict(self, X):
            return np.zeros((len(X), 2))

    with pytest.raises(ValueError, match=r"segmenter\.predict must give one label"):
        CampaignFinance(Strange(1, n_init=1)).fit(np.zeros((3, 1)), [1.0, 2.0, 3.0])


# --- the rest of the contract -------------------------------------------------------------


def test_fitting_again_forgets_what_was_known(shop):
    X, y, new, baseline = shop
    campaign = CampaignFinance("segment", cost_per_contact=1.0, n_bootstrap=0)
    campaign.fit(X, y, new_customers=new, baseline=baseline)
    campaign.fit(X, y)
    assert set(campaign.ledger_) == {"segment", "revenue", "present_value"}
    assert np.isnan(campaign.figures_["cac"]).all()


def test_later_changes_to_the_data_do_not_reach_the_estimator(shop):
    X, y, _, baseline = shop
    campaign = CampaignFinance("segment", cost_per_contact=1.0, n_bootstrap=0)
    plan = campaign.fit(X, y, baseline=baseline).allocate(3.0)
    y += 100
    baseline -= 100
    pd.testing.assert_frame_equal(campaign.allocate(3.0).table, plan.table)


def test_pickle_and_clone(shop):
    X, y, _, _ = shop
    campaign = CampaignFinance("segment", marketing_budget={"a": 5.0}, random_state=0).fit(X, y)
    again = pickle.loads(pickle.dumps(campaign))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)
        pd.testing.assert_frame_equal(again.report_, campaign.report_)
    assert (again.predict(X) == campaign.predict(X)).all()
    assert clone(campaign).get_params() == campaign.get_params()


def test_real_campaign_by_education(real_data):
    customers_ = real_data("marketing_campaign/marketing_campaign.csv.gz")
    y = customers_["Z_Revenue"] * customers_["Response"]
    cost = float(customers_["Z_CostContact"].iloc[0])
    campaign = CampaignFinance("Education", cost_per_contact=cost, random_state=0)
    report = campaign.fit(customers_, y).report_
    # 334 of 2240 customers responded with 11 each; a contact cost 3.
    total = report.loc["total"]
    assert total["total_revenue"] == 334 * 11 == 3674
    assert total["total_cost"] == 2240 * 3 == 6720
    assert total["roi_pct"] == pytest.approx(100 * (3674 - 6720) / 6720)  # -45.3 %
    assert total["break_even_pct"] == pytest.approx(100 * 6720 / 3674)  # 182.9 %
    assert total["npv"] == -3046
    assert total["roi_pct_low"] < total["roi_pct"] < total["roi_pct_high"] < 0
    # By hand from the table: 101 of 486 with a PhD responded, 2 of 54 with basic education.
    phd, basic = report.loc["PhD"], report.loc["Basic"]
    assert (phd["n_customers"], phd["total_revenue"], phd["total_cost"]) == (486, 1111, 1458)
    assert phd["roi_pct"] == pytest.approx(100 * (1111 - 1458) / 1458)  # -23.8 %
    assert (basic["total_revenue"], basic["total_cost"]) == (22, 162)
    assert basic["break_even_pct"] == pytest.approx(100 * 162 / 22)  # 736 %
    assert report["total_revenue"].tolist() == [242, 22, 1672, 627, 1111, 3674]
    # A response rate of 3/11 would break even; no education reaches it.
    assert (campaign.value_per_contact_ < 0).all()
    # Responders alone were worth their contact: 11 for 3.
    plan = campaign.allocate(6720.0)
    assert plan.table["contacts"].sum() == 334
    assert plan.expected_return - plan.spend == 334 * 8
