"""Simulated purchases against the truth that they carry, and recommenders that find it."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from custbase import CustomerNeighborRecommender, NeighborRecommender, PopularityRecommender
from custbase.datasets import make_purchases
from custbase.datasets._purchases import ACTIVITY_SPREAD
from custbase.features import InteractionEncoder
from custbase.metrics import ndcg_at_k
from custbase.model_selection import split_by_time

COLUMNS = ["customer_id", "product_id", "date", "quantity", "amount"]


def count(log, truth):
    """Purchases by customer and product, in the order of the truth."""
    products = pd.Index(truth.products["product_id"])
    counts = np.zeros(truth.affinity.shape)
    np.add.at(counts, (log["customer_id"] - 1, products.get_indexer(log["product_id"])), 1)
    return counts


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(1, 60),
    n_products=st.integers(1, 130),
    part=st.floats(0, 1),
    mean=st.floats(1, 30),
    focus=st.sampled_from([0.0, 0.4, 1.0]),
    exponent=st.sampled_from([0.0, 1.0, 4.0]),
    repeat_rate=st.sampled_from([0.0, 0.5, 0.99]),
    days=st.integers(1, 400),
    seed=st.integers(0, 2**32 - 1),
)
def test_log_and_truth_agree(n, n_products, part, mean, focus, exponent, repeat_rate, days, seed):
    end = datetime.date(2024, 2, 29)
    start = end - datetime.timedelta(days - 1)
    arguments = {
        "n_products": n_products,
        "n_tastes": 1 + int(part * (n_products - 1)),
        "mean_purchases": mean,
        "focus": focus,
        "popularity_exponent": exponent,
        "repeat_rate": repeat_rate,
        "start": start,
        "end": end,
        "random_state": seed,
    }
    log, truth = make_purchases(n, **arguments)
    assert list(log.columns) == COLUMNS
    assert log["date"].is_monotonic_increasing
    assert log["date"].dt.date.between(start, end).all()
    assert (log["quantity"] >= 1).all()
    customers, products, affinity = truth
    assert set(log["customer_id"]) == set(range(1, n + 1)) == set(customers["customer_id"])
    assert products["product_id"].is_monotonic_increasing
    assert products["product_id"].is_unique
    bought = products.set_index("product_id").loc[log["product_id"]]
    np.testing.assert_allclose(
        log["amount"], (bought["price"].to_numpy() * log["quantity"]).round(2)
    )
    assert customers["age"].between(18, 90).all()
    assert set(customers["taste"]) <= set(range(arguments["n_tastes"])) == set(products["taste"])
    assert affinity.shape == (n, n_products)
    assert (affinity >= 0).all()
    np.testing.assert_allclose(affinity.sum(axis=1), 1)
    assert (affinity[count(log, truth) > 0] > 0).all()
    if focus == 1:
        assert (products["taste"].to_numpy()[affinity.argmax(axis=1)] == customers["taste"]).all()
    log_again, again = make_purchases(n, **arguments)
    pd.testing.assert_frame_equal(log, log_again, check_exact=True)
    pd.testing.assert_frame_equal(customers, again.customers, check_exact=True)
    pd.testing.assert_frame_equal(products, again.products, check_exact=True)
    assert np.array_equal(affinity, again.affinity)


def test_random_state_instance_is_advanced():
    rng = np.random.RandomState(0)
    log, _ = make_purchases(50, random_state=rng)
    later, _ = make_purchases(50, random_state=rng)
    assert log.equals(make_purchases(50, random_state=0)[0])
    assert not log.equals(later)


@pytest.mark.parametrize("repeat_rate", [0.0, 0.5])
def test_shares_of_purchases_are_the_affinity(repeat_rate):
    log, truth = make_purchases(
        20_000, n_products=12, n_tastes=3, repeat_rate=repeat_rate, random_state=0
    )
    counts = count(log, truth)
    surplus = counts - counts.sum(axis=1, keepdims=True) * truth.affinity
    # Customers are independent, whatever they repeat; purchases of one are not.
    for taste in range(3):
        of_taste = surplus[truth.customers["taste"] == taste]
        z = of_taste.sum(axis=0) / np.sqrt((of_taste**2).sum(axis=0))
        assert abs(z).max() < 3.5
    # The affinity knows each customer, not only the taste.
    mixed = (truth.products["taste"] == 0).to_numpy()
    expected = truth.affinity[:, mixed].sum(axis=1)
    others = (truth.customers["taste"] == 1) & (expected > np.median(expected))
    gap = surplus[others][:, mixed].sum(axis=1)
    assert abs(gap.sum()) < 3.5 * np.sqrt((gap**2).sum())


def test_the_next_purchase_follows_history_and_affinity():
    rate = 0.4
    log, truth = make_purchases(
        20_000, n_products=40, mean_purchases=6, repeat_rate=rate, random_state=1
    )
    last = ~log["customer_id"].duplicated(keep="last")
    history = count(log[~last], truth)
    known = history.any(axis=1)
    shares = history[known] / history[known].sum(axis=1, keepdims=True)
    probability = rate * shares + (1 - rate) * truth.affinity[known]
    surplus = count(log[last], truth)[known] - probability
    again = (surplus * (history[known] > 0)).sum(axis=1)
    assert abs(again.sum()) < 3.5 * np.sqrt((again**2).sum())
    z = surplus.sum(axis=0) / np.sqrt((surplus**2).sum(axis=0))
    assert abs(z).max() < 3.7


def test_activity_is_as_frequent_and_as_unequal_as_documented():
    log, _ = make_purchases(50_000, n_products=5, mean_purchases=11, random_state=2)
    counts = log["customer_id"].value_counts()
    variance = 10 + 100 * np.expm1(ACTIVITY_SPREAD**2)
    assert abs(counts.mean() - 11) < 3.5 * np.sqrt(variance / 50_000)
    assert counts.var() == pytest.approx(variance, rel=0.1)


def test_groups_follow_zipfs_law():
    _, truth = make_purchases(2, n_products=30, focus=1, popularity_exponent=1.5, random_state=3)
    own = truth.affinity[0][truth.products["taste"] == truth.customers["taste"][0]]
    law = np.arange(1, 7) ** -1.5
    np.testing.assert_allclose(np.sort(own)[::-1], law / law.sum())
    assert truth.products["taste"].value_counts().eq(6).all()


def test_demographics_tell_as_much_of_the_taste_as_asked():
    nothing = make_purchases(5000, demographic_signal=0, random_state=4)[1].customers
    table = pd.crosstab(nothing["taste"], nothing["region"])
    assert stats.chi2_contingency(table).pvalue > 0.001
    assert stats.f_oneway(*(g["age"] for _, g in nothing.groupby("taste"))).pvalue > 0.001
    much = make_purchases(5000, demographic_signal=1, random_state=4)[1].customers
    assert (much["region"].cat.codes == much["taste"]).all()
    np.testing.assert_allclose(much.groupby("taste")["age"].mean(), range(25, 66, 10), atol=1)
    some = make_purchases(5000, n_tastes=7, demographic_signal=0.5, random_state=4)[1].customers
    at_home = (some["region"].cat.codes == some["taste"] % 5).mean()
    assert at_home == pytest.approx(0.5 + 0.5 / 5, abs=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_recommenders_beat_popularity(seed):
    log, truth = make_purchases(random_state=seed)
    history, held_out, users, encoder = split_by_time(log, cutoff="2024-09-30", new_users="keep")
    popular, neighbor = (
        recommender.fit(history).score(history, held_out)
        for recommender in (PopularityRecommender(), NeighborRecommender())
    )
    assert neighbor > 1.3 * popular
    # Who knows the truth does better still.
    columns = pd.Index(truth.products["product_id"]).get_indexer(encoder.items_)
    known = truth.affinity[users - 1][:, columns]
    known[history.toarray() > 0] = -1
    assert ndcg_at_k(held_out, np.argsort(-known, axis=1)[:, :10]) > neighbor


@pytest.mark.parametrize("seed", range(3))
def test_age_and_region_beat_popularity_for_strangers(seed):
    log, truth = make_purchases(2000, random_state=seed)
    purchases = InteractionEncoder().fit_transform(log)
    about = pd.get_dummies(truth.customers[["age", "region"]], dtype=float).to_numpy()
    about[:, 0] /= about[:, 0].std()
    known, strangers = slice(1500), slice(1500, None)
    recommender = CustomerNeighborRecommender().fit(about[known], purchases[known])
    popular = PopularityRecommender().fit(purchases[known]).predict(purchases[strangers] * 0)
    by_kind = recommender.score(about[strangers], purchases[strangers])
    assert by_kind > 1.3 * ndcg_at_k(purchases[strangers], popular)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_customers": 0}, ValueError, "n_customers must be an integer >= 1; got 0"),
        ({"n_products": 2.5}, TypeError, "n_products must be an integer"),
        ({"n_tastes": 201}, ValueError, "n_tastes must be an integer >= 1 and <= 200; got 201"),
        ({"mean_purchases": 0.5}, ValueError, "mean_purchases must be a number >= 1"),
        ({"focus": 1.1}, ValueError, "focus must be a number >= 0 and <= 1"),
        ({"popularity_exponent": -1}, ValueError, "popularity_exponent"),
        ({"repeat_rate": 1.0}, ValueError, "repeat_rate must be a number >= 0 and < 1"),
        ({"demographic_signal": "all"}, TypeError, "demographic_signal"),
        ({"start": "soon"}, ValueError, "start must be an ISO 8601 date.*'soon'"),
        ({"end": 2024}, TypeError, "end must be a date"),
        ({"end": "2023-12-31"}, ValueError, r"end must not be before start \(2024-01-01\)"),
        ({"random_state": 1.5}, TypeError, "random_state"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        make_purchases(**arguments)
