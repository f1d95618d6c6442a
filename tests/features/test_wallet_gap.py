"""Wallet gaps against a slow twin and numpy's quantiles, in every kind of frame."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlframe.duckdb import DuckDBSession

from custbase import SegmentClusterer
from custbase.features import rfm_summary, wallet_gap
from tests.oracles.wallet import wallet_rows

COLUMNS = ["customer_id", "department", "amount"]
RESULT = ["customer_id", "segment", "department", "spend", "benchmark", "gap"]

amounts = st.sampled_from([-30.0, -10.0, -0.3, 0.0, 0.1, 0.2, 10.0, 19.99])
logs = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from("abcd"), amounts), min_size=1, max_size=40
)
labels = st.lists(st.sampled_from([-1, 0, 2]), min_size=9, max_size=9)
options = st.fixed_dictionaries(
    {
        "quantile": st.sampled_from([0.0, 0.25, 0.5, 0.75, 0.9, 1.0]),
        "among": st.sampled_from(["all", "buyers"]),
        "returns": st.sampled_from(["net", "drop"]),
    }
)


def make_log(n_rows=600, n_customers=40, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": np.r_[np.arange(n_customers), rng.integers(0, n_customers, n_rows)],
            "department": rng.choice(["tea", "wine", "pots", "soap"], n_rows + n_customers),
            "amount": np.maximum(rng.integers(-8, 60, n_rows + n_customers), -5) / 4,
            "date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 90, n_rows + n_customers), unit="D"),
        }
    )


def make_segments(n_customers=40):
    return pd.Series(np.arange(n_customers) % 3, index=np.arange(n_customers)).sample(
        frac=1, random_state=0
    )


def check_against_the_slow_twin(rows, segments, **chosen):
    log = pd.DataFrame(rows, columns=COLUMNS)
    segments = dict(enumerate(segments))
    if chosen["returns"] == "drop" and (log["amount"] < 0).all():
        with pytest.raises(ValueError, match=r"log has no rows\."):
            wallet_gap(log, segments, category="department", **chosen)
        return
    table = wallet_gap(log, segments, category="department", **chosen)
    exact = chosen | {"quantile": Fraction(chosen["quantile"])}
    expected = wallet_rows(rows, segments, **exact)
    assert table.columns.tolist() == RESULT
    assert table[RESULT[:3]].to_numpy().tolist() == [[*row[:3]] for row in expected]
    money = [[float(number) for number in row[3:]] for row in expected]
    np.testing.assert_allclose(table[RESULT[3:]], money, rtol=1e-9, atol=1e-9)
    assert table["gap"].min() >= 0


@settings(max_examples=25, deadline=None)
@given(rows=logs, segments=labels, chosen=options)
def test_equals_the_slow_twin(rows, segments, chosen):
    check_against_the_slow_twin(rows, segments, **chosen)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(rows=logs, segments=labels, chosen=options)
def test_equals_the_slow_twin_many_times(rows, segments, chosen):
    check_against_the_slow_twin(rows, segments, **chosen)


@pytest.mark.parametrize("quantile", [0.0, 0.3, 0.75, 1.0])
def test_benchmarks_are_quantiles_of_numpy(quantile):
    log, segments = make_log(), make_segments()
    table = wallet_gap(log, segments, category="department", quantile=quantile)
    for (_, _), peers in table.groupby(["segment", "department"]):
        np.testing.assert_allclose(peers["benchmark"], np.quantile(peers["spend"], quantile))
    table = wallet_gap(log, segments, category="department", quantile=quantile, among="buyers")
    for (_, _), peers in table.groupby(["segment", "department"]):
        bought = peers.loc[peers["spend"] > 0, "spend"]
        np.testing.assert_allclose(peers["benchmark"], np.quantile(bought, quantile))
    assert len(table) == 40 * 4


def test_segments_come_in_any_form():
    log, segments = make_log(), make_segments()
    expected = wallet_gap(log, segments, category="department")
    frame = segments.rename_axis("customer_id").rename("label").reset_index()
    in_order = segments.sort_index().to_numpy()
    forms = [
        segments.to_dict(),
        frame,
        frame[["label", "customer_id"]],
        pl.from_pandas(frame),
        pa.Table.from_pandas(frame, preserve_index=False),
        in_order,
        in_order.tolist(),
        pl.Series(in_order),
    ]
    for form in forms:
        found = wallet_gap(log, form, category="department")
        pd.testing.assert_frame_equal(found, expected)
    named = segments.map({0: "new", 1: "loyal", 2: "lost"})
    for form in (named, named.astype("category"), named.astype("string")):
        found = wallet_gap(log, form, category="department")
        names = expected["segment"].map({0: "new", 1: "loyal", 2: "lost"})
        assert found["segment"].tolist() == names.tolist()
        pd.testing.assert_frame_equal(found[RESULT[2:]], expected[RESULT[2:]])


def test_every_backend_gives_the_same(make_frame):
    log, segments = make_log(), make_segments()
    for chosen in ({}, {"end": "2024-02-15"}, {"among": "buyers", "returns": "drop"}):
        expected = wallet_gap(log, segments, category="department", **chosen)
        found = wallet_gap(make_frame(log), segments, category="department", **chosen)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-12, check_dtype=False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")  # SQLFrame reads so
def test_spark_frames_give_the_same():
    log, segments = make_log(), make_segments()
    frame = DuckDBSession().createDataFrame(log)
    expected = wallet_gap(log, segments, category="department", end="2024-02-15")
    found = wallet_gap(frame, segments, category="department", end="2024-02-15")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, check_dtype=False)


def test_rows_after_the_end_and_their_order_do_not_matter():
    log, segments = make_log(), make_segments()
    known = log[log["date"] <= "2024-02-15"]
    expected = wallet_gap(known.drop(columns="date"), segments, category="department")
    pd.testing.assert_frame_equal(
        wallet_gap(log, segments, category="department", end="2024-02-15"), expected
    )
    mixed = known.sample(frac=1, random_state=0)
    found = wallet_gap(mixed, segments, category="department")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


def test_customers_who_bought_nothing_count():
    log = pd.DataFrame({"customer_id": [1, 2], "department": "tea", "amount": [10.0, 30.0]})
    segments = {1: "a", 2: "a", 3: "a", 4: "a", 5: "b"}
    table = wallet_gap(log, segments, category="department", quantile=0.5)
    assert table["spend"].tolist() == [10, 30, 0, 0, 0]
    assert table["benchmark"].tolist() == [5, 5, 5, 5, 0]
    assert table["gap"].tolist() == [0, 0, 5, 5, 0]
    table = wallet_gap(log, segments, category="department", quantile=0.5, among="buyers")
    assert table["benchmark"].tolist() == [20, 20, 20, 20, 0]
    assert table["gap"].tolist() == [10, 0, 20, 20, 0]


def test_what_was_sent_back_is_not_spent():
    log = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 3],
            "department": ["tea", "tea", "tea", "tea", "tea"],
            "amount": [0.1, 0.2, -0.3, -50.0, 8.0],
        }
    )
    segments = dict.fromkeys([1, 2, 3], "a")
    table = wallet_gap(log, segments, category="department", among="buyers")
    assert table["spend"].tolist() == [0, 0, 8]
    assert table["gap"].tolist() == [8, 8, 0]
    with pytest.raises(ValueError, match="log has 2 rows of negative amount and returns='raise'"):
        wallet_gap(log, segments, category="department", returns="raise")


def test_real_baskets_by_household_size(real_data):
    items = real_data("complete_journey/items_part1.csv.gz")
    baskets = real_data("complete_journey/baskets.csv.gz")[["basket", "household_id"]]
    products = real_data("complete_journey/products.csv.gz")[["product_id", "department"]]
    log = items.merge(baskets, on="basket").merge(products, on="product_id")
    about = real_data("complete_journey/demographics.csv.gz")
    log = log[log["household_id"].isin(about["household_id"])]
    segments = about.set_index("household_id")["household_size"]
    chosen = {"customer": "household_id", "amount": "sales_value", "category": "department"}
    table = wallet_gap(log, segments, **chosen)
    assert len(table) == len(segments) * log["department"].nunique()
    spend = log.pivot_table("sales_value", "household_id", "department", "sum", fill_value=0.0)
    spend = spend.reindex(sorted(segments.index), fill_value=0.0)
    np.testing.assert_allclose(table["spend"], spend.to_numpy().ravel(), atol=1e-9)
    size = segments.reindex(spend.index)
    benchmark = spend.groupby(size).quantile(0.75).reindex(size)
    np.testing.assert_allclose(table["benchmark"], benchmark.to_numpy().ravel(), atol=1e-9)
    np.testing.assert_allclose(table["gap"], (table["benchmark"] - table["spend"]).clip(lower=0))
    # What few buy has no benchmark among all, and one among those who do.
    among_buyers = wallet_gap(log, segments, **chosen, among="buyers")
    assert (among_buyers["benchmark"] >= table["benchmark"] - 1e-9).all()
    assert (table["benchmark"] == 0).mean() > (among_buyers["benchmark"] == 0).mean() > 0


def test_labels_of_a_clusterer_fit_as_they_are():
    log = make_log(2000)
    summary = rfm_summary(log, end="2024-03-31")
    features = summary[["frequency", "monetary_value"]]
    model = SegmentClusterer(3, random_state=0).fit(features)
    by_id = pd.Series(model.labels_, index=summary["customer_id"])
    table = wallet_gap(log, by_id, category="department")
    pd.testing.assert_frame_equal(table, wallet_gap(log, model.labels_, category="department"))
    wide = table.pivot(index="customer_id", columns="department", values="gap")
    assert wide.shape == (40, 4)
    # About a quarter of a segment spends more than its upper quartile.
    above = (table["spend"] > table["benchmark"]).mean()
    assert 0.2 < above < 0.3


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"quantile": 1.5}, ValueError, "quantile must be a number >= 0 and <= 1; got 1.5"),
        ({"among": "some"}, ValueError, "among must be 'all' or 'buyers'; got 'some'"),
        ({"returns": "keep"}, ValueError, "returns must be 'net' or 'drop' or 'raise'"),
        ({"customer": "gap"}, ValueError, "customer must not be named like a column of the resu"),
        ({"category": "segment"}, ValueError, "category must not be named like a column of the"),
        ({"category": None}, TypeError, "category must be a string; got None"),
        ({"category": "dept"}, ValueError, r"log has no column 'dept' \(category='dept'\)"),
        ({"category": "amount"}, ValueError, "customer, amount, category must be different col"),
        (
            {"log": make_log().assign(amount="1")},
            TypeError,
            "log: amount column 'amount' holds text. Make it numbers",
        ),
        ({"end": "31.1.2024"}, ValueError, "end must be an ISO 8601 date"),
        ({"end": "2023-01-31"}, ValueError, r"log has no rows by end \(2023-01-31\)\."),
        ({"end": "2024-01-31", "time": "day"}, ValueError, r"no column 'day' \(time='day'\)"),
        ({"log": make_log().to_numpy()}, TypeError, "log must be a frame of pandas, polars"),
        ({"log": make_log().assign(department=None)}, ValueError, "category column 'departm"),
        ({"log": make_log().assign(amount=np.inf)}, ValueError, "'amount' has 640 infinite"),
        ({"segments": None}, ValueError, r"one label for each of the 40 customers of log, as an"),
        ({"segments": [1, 2]}, ValueError, r"got shape \(2,\). Make it a Series with the ids as"),
        (
            {"segments": make_segments().drop([3, 5])},
            ValueError,
            "segments must hold every customer of log; 2 of 40 have no segment: 3, 5. Label them",
        ),
        (
            {"segments": make_segments()[:10]},
            ValueError,
            r"30 of 40 have no segment: \d+, \d+, \d+, \d+, \d+ and 25 more\.",
        ),
        (
            {"segments": make_segments().rename(str)},
            TypeError,
            "customer ids of type str, and log those of type int: none is known",
        ),
        (
            {"segments": {**dict.fromkeys(range(39), "a"), 39: None}},
            ValueError,
            "segments has missing labels: those of 39. Label these customers, or leave them out",
        ),
        (
            {"segments": pd.concat([make_segments(), make_segments()[[7, 4]]])},
            ValueError,
            "segments must have one label a customer; more have 7, 4",
        ),
        (
            {"segments": pd.Series([1, 2], index=[1, np.nan])},
            ValueError,
            "segments has 1 missing customer ids",
        ),
        (
            {"segments": pd.DataFrame({"label": [1]})},
            ValueError,
            r"segments has no column 'customer_id' \(customer='customer_id'\)",
        ),
        (
            {"segments": pd.DataFrame({"customer_id": [1], "a": 1, "b": 2})},
            ValueError,
            "segments must have the column 'customer_id' and one other, that of labels; got 'cus",
        ),
        ({"segments": {}}, ValueError, "segments must hold every customer of log; got none"),
        ({"segments": pd.Series()}, ValueError, "segments must hold every customer of log; got"),
        ({"segments": pl.LazyFrame({"a": [1]})}, TypeError, "segments must be an array or a frame"),
    ],
)
def test_what_it_refuses(changed, error, message):
    chosen = {"log": make_log(), "segments": make_segments(), "category": "department"} | changed
    with pytest.raises(error, match=message):
        wallet_gap(chosen.pop("log"), chosen.pop("segments"), **chosen)


def test_nothing_and_mixed_ids_are_refused():
    log = make_log()
    with pytest.raises(ValueError, match=r"log has no rows\."):
        wallet_gap(log.head(0), make_segments(), category="department")
    mixed = log.astype({"customer_id": object})
    mixed.loc[0, "customer_id"] = "me"
    with pytest.raises(TypeError, match="customer column 'customer_id' mixes types"):
        wallet_gap(mixed, make_segments(), category="department")
