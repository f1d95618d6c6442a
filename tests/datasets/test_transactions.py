"""Simulated logs against closed forms, an event-by-event twin and their own truth."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import hyp2f1

from custbase.datasets import make_transactions
from custbase.datasets._transactions import CDNOW_PURCHASES, CDNOW_SPEND, expected_purchases
from tests.oracles.transactions import simulate_customer

MODELS = list(CDNOW_PURCHASES)
# All first purchases within a minute, so that every customer is observed for the same time.
AT_ONCE = 1 / 1440
WEEKS = 78.0
PERIOD = {"start": "1997-01-01", "end": "1998-06-30", "acquisition_days": AT_ONCE}  # 546 days


def dropout_of(truth):
    return truth.filter(like="dropout_").iloc[:, 0].to_numpy()


def repeats_of(log):
    return (log.groupby("customer_id").size() - 1).to_numpy()


def z_score(values, expected):
    return (np.mean(values) - expected) / (np.std(values) / np.sqrt(len(values)))


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 80),
    model=st.sampled_from(MODELS),
    unit=st.sampled_from("DWMY"),
    days=st.integers(1, 400),
    return_rate=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_log_and_truth_agree(n, model, unit, days, return_rate, seed):
    end = pd.Timestamp("2024-02-29")
    start = end - pd.Timedelta(days - 1, "D")
    log, truth = make_transactions(
        n,
        model=model,
        unit=unit,
        start=start,
        end=end,
        acquisition_days=days,
        return_rate=return_rate,
        random_state=seed,
    )
    assert list(log.columns) == ["customer_id", "date", "amount"]
    assert truth.shape == (n, 9)
    assert np.isfinite(log["amount"]).all()
    assert log["date"].between(start, end + pd.Timedelta(1, "D"), inclusive="left").all()
    pd.testing.assert_frame_equal(log, log.sort_values(["customer_id", "date"], kind="stable"))

    first = log.groupby("customer_id")["date"].first()
    assert first.index.tolist() == truth["customer_id"].tolist() == list(range(1, n + 1))
    assert first.tolist() == truth["first_purchase"].tolist()

    purchases, returns = log[log["amount"] > 0], log[log["amount"] < 0]
    assert len(purchases) + len(returns) == len(log)
    assert (len(returns) > 0) <= (return_rate > 0)
    assert (-returns["amount"]).isin(purchases["amount"]).all()

    unit_days = {"D": 1, "W": 7, "M": 30.4375, "Y": 365.25}[unit]
    last = purchases.groupby("customer_id")["date"].last()
    activity = (last - first).dt.total_seconds().to_numpy() / 86400 / unit_days
    second = 1 / 86400 / unit_days
    assert (activity <= truth["lifetime"] + second).all()
    dead = ~truth["alive"].to_numpy()
    if model != "pareto_nbd":  # who drops out by a coin does so at a purchase
        np.testing.assert_allclose(activity[dead], truth["lifetime"][dead], atol=2 * second)
    assert (truth.loc[dead, ["expected_purchases", "expected_spend"]] == 0).all(axis=None)
    ceiling = truth["purchase_rate"] * 52
    assert (truth["expected_purchases"] <= ceiling * (1 + 1e-12)).all()


@pytest.mark.parametrize("model", MODELS)
def test_same_seed_same_bits(model):
    first, again, other = (
        make_transactions(200, model=model, return_rate=0.1, random_state=seed)
        for seed in (5, 5, 6)
    )
    pd.testing.assert_frame_equal(first[0], again[0], check_exact=True)
    pd.testing.assert_frame_equal(first[1], again[1], check_exact=True)
    assert not first[1].equals(other[1])


def test_random_state_instance_is_advanced():
    rng = np.random.RandomState(0)
    log, _ = make_transactions(50, random_state=rng)
    later, _ = make_transactions(50, random_state=rng)
    same, _ = make_transactions(50, random_state=0)
    assert log.equals(same)
    assert not log.equals(later)


@pytest.mark.parametrize("model", MODELS)
def test_rates_are_gamma_and_dropouts_as_the_model_says(model):
    _, truth = make_transactions(20_000, model=model, random_state=1)
    p = CDNOW_PURCHASES[model]
    assert stats.kstest(truth["purchase_rate"], "gamma", (p["r"], 0, 1 / p["alpha"])).pvalue > 0.001
    if model == "pareto_nbd":
        law = ("gamma", (p["s"], 0, 1 / p["beta"]))
    else:
        law = ("beta", (p["a"], p["b"]))
    assert stats.kstest(dropout_of(truth), *law).pvalue > 0.001


@pytest.mark.parametrize("model", MODELS)
def test_repeat_purchases_follow_the_closed_forms(model):
    log, _ = make_transactions(40_000, model=model, random_state=2, **PERIOD)
    repeats = repeats_of(log)
    p = CDNOW_PURCHASES[model]
    if model == "pareto_nbd":
        r, alpha, s, beta = p.values()
        mean = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + WEEKS)) ** (s - 1))
    else:
        r, alpha, a, b = p.values()
        z = WEEKS / (alpha + WEEKS)
        shrink = (alpha / (alpha + WEEKS)) ** r
        none = shrink if model == "beta_geo" else (a + b * shrink) / (a + b)
        assert abs(z_score(repeats == 0, none)) < 3.5
        if model == "beta_geo":
            mean = (a + b - 1) / (a - 1) * (1 - shrink * hyp2f1(r, b, a + b - 1, z))
        else:
            mean = b / (a - 1) * (1 - shrink * hyp2f1(r, b + 1, a + b, z))
    assert abs(z_score(repeats, mean)) < 3.5


@pytest.mark.parametrize("model", MODELS)
def test_histories_match_the_event_by_event_twin(model):
    log, truth = make_transactions(6000, model=model, random_state=3, **PERIOD)
    rng = np.random.RandomState(4)
    twins = [
        simulate_customer(rng, model, rate, dropout, WEEKS)
        for rate, dropout in zip(truth["purchase_rate"], dropout_of(truth), strict=True)
    ]
    repeats = np.array([len(times) for times, _ in twins])
    assert abs(z_score(repeats_of(log) - repeats, 0)) < 3.5
    alive = np.array([alive for _, alive in twins])
    assert abs(z_score(truth["alive"].to_numpy() * 1.0 - alive, 0)) < 3.5

    weeks = (log["date"] - pd.Timestamp(PERIOD["start"])).dt.total_seconds() / 86400 / 7
    times = np.concatenate([times for times, _ in twins])
    later = weeks[log["customer_id"].duplicated()]
    assert stats.ks_2samp(later, times).pvalue > 0.001


@pytest.mark.parametrize("model", MODELS)
def test_expected_purchases_come_true(model):
    log, truth = make_transactions(40_000, model=model, random_state=5, **PERIOD)
    cut, horizon = 26.0, WEEKS - 26.0
    rate, dropout = truth["purchase_rate"].to_numpy(), dropout_of(truth)
    hazard = dropout if model == "pareto_nbd" else rate * dropout
    expected = (truth["lifetime"] > cut) * expected_purchases(rate, hazard, horizon)
    after = log["date"] >= pd.Timestamp(PERIOD["start"]) + pd.Timedelta(cut * 7, "D")
    bought = np.bincount(log["customer_id"][after], minlength=len(truth) + 1)[1:]
    assert abs(z_score(bought - expected, 0)) < 3.5
    lively = rate > np.quantile(rate, 0.9)
    assert abs(z_score((bought - expected)[lively], 0)) < 3.5


def test_expected_purchases_has_its_limits():
    rate = np.array([0.0, 0.5, 0.5, 0.5])
    hazard = np.array([0.0, 0.0, 1e-12, np.inf])
    np.testing.assert_allclose(expected_purchases(rate, hazard, 10), [0, 5, 5, 0], rtol=1e-10)


def test_spend_is_gamma_gamma():
    log, truth = make_transactions(20_000, random_state=6)
    p, q, v = CDNOW_SPEND.values()
    assert stats.kstest(
        truth["mean_spend"], lambda z: stats.gamma.sf(p / z, q, 0, 1 / v)
    ).pvalue > (0.001)
    ratio = log["amount"] / truth["mean_spend"].to_numpy()[log["customer_id"] - 1]
    assert stats.kstest(ratio, "gamma", (p, 0, 1 / p)).pvalue > 0.001
    np.testing.assert_allclose(
        truth["expected_spend"], truth["expected_purchases"] * truth["mean_spend"]
    )


def test_returns_follow_their_purchase_by_two_weeks_on_average():
    log, _ = make_transactions(3000, return_rate=0.2, end="2020-12-31", random_state=7)
    purchases = log[log["amount"] > 0].set_index("amount")["date"]
    returns = log[log["amount"] < 0]
    assert abs(z_score(np.repeat([1, 0], [len(returns), len(purchases) - len(returns)]), 0.2)) < 3.5
    delays = returns["date"].to_numpy() - purchases.loc[-returns["amount"]].to_numpy()
    days = delays / np.timedelta64(1, "D")
    assert days.min() >= 0
    assert abs(z_score(days, 14)) < 3.5


def test_own_parameters_and_units_are_used():
    params = {"r": 50.0, "alpha": 100.0, "a": 1.0, "b": 1e6}
    week, week_truth = make_transactions(300, params=params, random_state=8)
    year, year_truth = make_transactions(
        300, params={**params, "alpha": 100.0 * 7 / 365.25}, unit="Y", random_state=8
    )
    assert repeats_of(week).mean() == pytest.approx(0.5 * (WEEKS - 6), rel=0.05)
    np.testing.assert_allclose(repeats_of(week).mean(), repeats_of(year).mean(), rtol=0.02)
    np.testing.assert_allclose(
        year_truth["purchase_rate"], week_truth["purchase_rate"] * 365.25 / 7, rtol=1e-12
    )
    log, _ = make_transactions(
        3000, spend_params={"p": 400.0, "q": 401.0, "v": 10.0}, random_state=8
    )
    assert log["amount"].mean() == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("model", MODELS)
def test_default_parameters_mean_the_same_in_every_unit(model):
    _, weeks = make_transactions(500, model=model, random_state=9)
    _, days = make_transactions(500, model=model, unit="D", horizon=364, random_state=9)
    np.testing.assert_allclose(days["purchase_rate"] * 7, weeks["purchase_rate"], rtol=1e-12)
    same = weeks["alive"] == days["alive"]
    assert same.mean() > 0.99
    np.testing.assert_allclose(
        days["expected_purchases"][same], weeks["expected_purchases"][same], rtol=1e-9
    )


def test_dates_may_be_given_as_dates():
    text, _ = make_transactions(20, start="1997-01-01", random_state=0)
    date, _ = make_transactions(20, start=datetime.date(1997, 1, 1), random_state=0)
    day, _ = make_transactions(20, start=np.datetime64("1997-01-01"), random_state=0)
    assert text.equals(date)
    assert text.equals(day)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_customers": 0}, ValueError, "n_customers must be an integer >= 1; got 0"),
        ({"n_customers": 10.0}, TypeError, "n_customers"),
        ({"model": "bgnbd"}, ValueError, "model must be 'beta_geo' or"),
        ({"unit": "w"}, ValueError, "unit"),
        ({"params": [1, 2]}, TypeError, "params must be a mapping"),
        ({"params": {"r": 1.0}}, ValueError, "params must have the keys r, alpha, a, b; got r"),
        ({"params": {}}, ValueError, "got none"),
        (
            {"params": {"r": 1.0, "alpha": 1.0, "a": -1.0, "b": 1.0}},
            ValueError,
            r"params\['a'\] must be a number > 0 and <= 1e\+100; got -1.0",
        ),
        ({"spend_params": {"p": 1.0, "q": 1.0, "v": 1.0}}, ValueError, r"spend_params\['q'\]"),
        ({"start": "soon"}, ValueError, "start must be a whole day.* got 'soon'"),
        ({"start": "01/02/1997"}, ValueError, "start must be .* ISO 8601"),
        ({"start": 19970101}, TypeError, "start must be a day, such as"),
        ({"end": None}, TypeError, "end must be a day"),
        ({"end": pd.NaT}, ValueError, "end must be a whole day"),
        ({"end": np.datetime64("NaT")}, ValueError, "end must be a whole day"),
        ({"end": "1998-06-30 12:00"}, ValueError, "end must be a whole day"),
        ({"end": pd.Timestamp("1998-06-30", tz="UTC")}, ValueError, "without a time zone"),
        ({"end": "1996-06-30"}, ValueError, r"end must not be before start \(1997-01-01\)"),
        ({"acquisition_days": 0}, ValueError, "acquisition_days"),
        ({"acquisition_days": 547}, ValueError, "acquisition_days must be .* <= 546; got 547"),
        ({"horizon": 0}, ValueError, "horizon"),
        ({"return_rate": 1.5}, ValueError, "return_rate"),
        ({"random_state": "x"}, TypeError, "random_state"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_transactions(**arguments)


@pytest.mark.slow
def test_a_hundred_thousand_customers_take_seconds():
    log, truth = make_transactions(100_000, random_state=0)
    assert len(truth) == 100_000
    assert 2.5 < len(log) / len(truth) < 3.5
