"""Summaries against a slow twin, published figures, lifetimes, and each other over backends."""

from __future__ import annotations

import warnings
from datetime import date, datetime, timedelta
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.features import rfm_summary, update_summary
from tests.oracles.rfm import rfm_rows

START = datetime(2023, 12, 20)
END, HOLDOUT_END = date(2024, 1, 10), date(2024, 1, 31)


def make_log(seed=0, n_rows=300, n_customers=40):
    """Whole and half units of money, many returns, free and same-day purchases, any time of day."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(0, 45 * 86400, n_rows)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n_customers, n_rows),
            "date": pd.Timestamp(START) + pd.to_timedelta(seconds, unit="s"),
            "amount": np.maximum(rng.integers(-12, 24, n_rows), -10) / 2,
        }
    )


def oracle_frame(log, **options):
    """Run the slow twin on a pandas log and give a frame like the summary."""
    times = [t.to_pydatetime() for t in log["date"]]
    rows = rfm_rows(list(zip(log["customer_id"], times, log["amount"], strict=True)), **options)
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("customer_id").sort_index()
    money = {c: float for c in frame if c in ("monetary_value", "total_value", "holdout_value")}
    wait = {"holdout_time": float} if "holdout_time" in frame else {}
    return frame.astype(money | wait).reset_index()


def assert_same(got, want, rtol=1e-9):
    assert list(got) == list(want)
    for name in want:
        a, b = got[name].to_numpy(), want[name].to_numpy()
        if name.endswith("value"):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-9, err_msg=name)
        else:
            np.testing.assert_array_equal(a, b, err_msg=name)


amounts = st.sampled_from([-30.0, -10.0, -0.3, 0.0, 0.1, 0.2, 10.0, 19.99])
logs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 60 * 24 * 40), amounts), min_size=1, max_size=40
)


def check_against_the_slow_twin(rows, **options):
    rows = [(c, START + timedelta(minutes=m), a) for c, m, a in rows]
    log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    options |= {"end": END, "holdout_end": HOLDOUT_END}
    if rfm_rows(rows, **options):
        assert_same(rfm_summary(log, **options), oracle_frame(log, **options))
    else:
        with pytest.raises(ValueError, match=r"no purchase by end"):
            rfm_summary(log, **options)


@settings(max_examples=20, deadline=None)
@given(rows=logs, unit=st.sampled_from("DWMY"), returns=st.sampled_from(["net", "drop"]))
def test_equals_the_slow_twin(rows, unit, returns):
    check_against_the_slow_twin(rows, unit=unit, returns=returns)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(rows=logs, unit=st.sampled_from("DWMY"), returns=st.sampled_from(["net", "drop"]))
def test_equals_the_slow_twin_many_times(rows, unit, returns):
    check_against_the_slow_twin(rows, unit=unit, returns=returns)


@pytest.mark.parametrize(("returns", "holdout_end"), [("net", HOLDOUT_END), ("drop", None)])
def test_every_backend_gives_the_same(make_frame, to_pandas, returns, holdout_end):
    log = make_log()
    options = {"end": END, "holdout_end": holdout_end, "returns": returns}
    frame = make_frame(log)
    got = rfm_summary(frame, **options)
    assert type(got) is type(frame)
    assert_same(to_pandas(got), oracle_frame(log, **options))


def test_the_output_has_one_schema(make_frame, to_pandas):
    got = to_pandas(rfm_summary(make_frame(make_log()), end=END))
    kinds = {name: dtype.kind for name, dtype in got.dtypes.items()}
    assert kinds == {
        "customer_id": "i", "frequency": "i", "recency": "f", "T": "f", "monetary_value": "f",
        "n_transactions": "i", "total_value": "f", "first_purchase": "M", "last_purchase": "M",
    }  # fmt: skip


@pytest.mark.parametrize("ids", ["str", "object", "category", "float64", "int8"])
def test_ids_of_any_type_keep_type_and_order(ids):
    log = make_log(n_customers=9)
    want = rfm_summary(log, end=END)
    typed = log.assign(customer_id=log["customer_id"].astype(ids))
    got = rfm_summary(typed, end=END)
    assert got["customer_id"].dtype == typed["customer_id"].dtype
    assert got.index.equals(pd.RangeIndex(len(got)))
    pd.testing.assert_frame_equal(got.drop(columns="customer_id"), want.drop(columns="customer_id"))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_days_are_those_of_the_column_own_zone(make_frame, to_pandas, zone, request):
    if zone != "Europe/Berlin" and "duckdb" in request.node.name:
        zone = "Europe/Berlin"  # a DuckDB connection has one zone
    log = make_log(seed=3)
    want = rfm_summary(log, end=END, holdout_end=HOLDOUT_END)
    zoned = log.assign(date=log["date"].dt.tz_localize(zone))
    got = to_pandas(rfm_summary(make_frame(zoned), end=END, holdout_end=HOLDOUT_END))
    assert_same(got, want)


def test_columns_of_dates_are_as_good_as_datetimes(to_pandas):
    log = make_log(seed=4)
    want = rfm_summary(log, end=END)
    dates = pl.from_pandas(log).with_columns(pl.col("date").dt.date())
    for frame in (dates, dates.lazy(), dates.to_arrow(), duckdb.from_arrow(dates.to_arrow())):
        assert_same(to_pandas(rfm_summary(frame, end=END)), want)


def test_units_of_datetimes_do_not_matter():
    log = make_log(seed=5)
    want = rfm_summary(log, end=END)
    for unit in ("s", "ms", "ns"):
        other = log.assign(date=log["date"].astype(f"datetime64[{unit}]"))
        pd.testing.assert_frame_equal(rfm_summary(other, end=END), want)


def test_decimal_and_integer_amounts_count_as_numbers(to_pandas):
    log = make_log(seed=6)
    log["amount"] = np.trunc(log["amount"])
    want = rfm_summary(log, end=END)
    pd.testing.assert_frame_equal(rfm_summary(log.astype({"amount": "int32"}), end=END), want)
    decimal = pl.from_pandas(log).with_columns(pl.col("amount").cast(pl.Decimal(10, 2)))
    assert_same(to_pandas(rfm_summary(decimal, end=END)), want)
    assert_same(to_pandas(rfm_summary(duckdb.from_arrow(decimal.to_arrow()), end=END)), want)


def test_end_is_a_whole_day_however_it_is_given():
    log = make_log()
    want = rfm_summary(log, end="2024-01-10")
    same = [END, datetime(2024, 1, 10, 3), pd.Timestamp("2024-01-10 23:59", tz="Asia/Tokyo")]
    for end in same:
        pd.testing.assert_frame_equal(rfm_summary(log, end=end), want)


def test_rows_after_the_end_touch_only_the_holdout(make_frame, to_pandas):
    log = make_log(seed=7)
    seen = log[log["date"] < datetime(2024, 1, 11)]
    want = to_pandas(rfm_summary(make_frame(seen), end=END))
    got = to_pandas(rfm_summary(make_frame(log), end=END, holdout_end=HOLDOUT_END))
    assert_same(got[list(want)], want)
    assert (got["holdout_frequency"] > 0).any()


def test_the_order_of_rows_does_not_matter():
    log = make_log(seed=8)
    want = rfm_summary(log, end=END)
    pd.testing.assert_frame_equal(rfm_summary(log.sample(frac=1, random_state=0), end=END), want)


def test_a_day_is_a_purchase_if_something_stays_bought(make_frame, to_pandas):
    cases = [
        ([5.0], True),
        ([0.0], True),
        ([-5.0], False),
        ([5.0, -5.0], False),
        ([0.0, -5.0], False),
        ([5.0, -4.0], True),
        ([0.1, 0.2, -0.3], False),
        ([0.1, 0.2, -0.2999], True),
    ]
    rows = [
        (customer, day, amount)
        for customer, (amounts, _) in enumerate(cases)
        for day, amount in [("2024-01-01", 7.0), *(("2024-01-03", each) for each in amounts)]
    ]
    log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    log["date"] = pd.to_datetime(log["date"])
    summary = to_pandas(rfm_summary(make_frame(log), end="2024-01-05", unit="D"))
    for (amounts, is_purchase), (_, row) in zip(cases, summary.iterrows(), strict=True):
        assert row["frequency"] == is_purchase
        assert row["recency"] == 2 * is_purchase
        assert row["total_value"] == pytest.approx(7 + sum(amounts))
        assert row["monetary_value"] == pytest.approx(sum(amounts) if is_purchase else 0)
        assert row["n_transactions"] == 1 + sum(amount >= 0 for amount in amounts)


def test_what_comes_before_the_first_purchase_counts_in_no_column():
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-04", "2024-01-05"])
    log = pd.DataFrame({"customer_id": 1, "date": days, "amount": [-50.0, 10.0, -10.0, 20.0, -3.0]})
    row = rfm_summary(log, end="2024-01-06", unit="D").iloc[0]
    assert row["first_purchase"] == days[3]
    assert (row["frequency"], row["T"], row["n_transactions"], row["total_value"]) == (0, 2, 1, 17)


def test_without_amounts_there_are_no_columns_of_money(make_frame, to_pandas):
    log = make_log(seed=9).assign(amount=1.0)
    full = rfm_summary(log, end=END, holdout_end=HOLDOUT_END)
    frame = make_frame(log.drop(columns="amount"))
    got = to_pandas(rfm_summary(frame, amount=None, end=END, holdout_end=HOLDOUT_END))
    money = ["monetary_value", "total_value", "holdout_value"]
    assert_same(got, full.drop(columns=money))


def test_columns_go_by_any_name(make_frame, to_pandas):
    log = make_log(seed=10)
    names = {"customer_id": "day", "date": "value", "amount": "customer"}
    got = rfm_summary(
        make_frame(log.rename(columns=names)),
        customer="day",
        time="value",
        amount="customer",
        end=END,
    )
    got = to_pandas(got, "day").rename(columns={"day": "customer_id"})
    assert_same(got, rfm_summary(log, end=END))


def test_cdnow_equals_the_published_summary(real_data):
    log = real_data("cdnow/cdnow_sample.csv.gz")
    log["date"] = pd.to_datetime(log["date"])
    published = real_data("cdnow/cdnow_summary_x_tx_T_zbar.csv.gz")
    got = rfm_summary(log, amount="dollar_value", end="1997-09-30", unit="W")
    assert got["customer_id"].tolist() == published["ID"].tolist()
    assert got["frequency"].tolist() == published["x"].tolist()
    assert got["recency"].round(2).tolist() == published["t_x"].tolist()
    assert got["T"].round(2).tolist() == published["T"].tolist()
    # Halves of a cent were rounded up there, so zbar agrees to half a cent, not to the bit.
    np.testing.assert_allclose(got["monetary_value"], published["zbar"], rtol=0, atol=0.005 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_equals_lifetimes_on_positive_amounts(seed):
    # They differ elsewhere: lifetimes takes a net negative day for a purchase, snaps W and M to
    # calendar periods, and drops a day of `end` itself if it is given with a time of day.
    lifetimes = pytest.importorskip("lifetimes.utils")
    log = make_log(seed, n_rows=2000, n_customers=150)
    log["amount"] = log["amount"].abs() + 0.25
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifetimes.summary_data_from_transaction_data(
            log, "customer_id", "date", "amount", observation_period_end=END, freq="D"
        )
    ours = rfm_summary(log, end=END, unit="D").set_index("customer_id")
    assert ours.index.tolist() == theirs.index.tolist()
    for name in ("frequency", "recency", "T"):
        assert ours[name].tolist() == theirs[name].tolist()
    np.testing.assert_allclose(ours["monetary_value"], theirs["monetary_value"], rtol=1e-12)


def test_a_lazy_log_is_not_run():
    def explode(frame):
        raise AssertionError("the query was run")

    schema = {"customer_id": pl.Int64, "date": pl.Datetime("us"), "amount": pl.Float64}
    lazy = pl.LazyFrame(schema=schema).map_batches(explode, schema=schema)
    summary = rfm_summary(lazy, end=END, holdout_end=HOLDOUT_END)
    assert isinstance(summary, pl.LazyFrame)
    with pytest.raises(BaseException, match="the query was run"):
        summary.collect()


def test_incomplete_rows_of_a_lazy_log_are_left_out(make_lazy, to_pandas):
    log = make_log(seed=11)
    broken = log.astype({"customer_id": "Int64"})
    broken.loc[::7, "customer_id"] = pd.NA
    broken.loc[1::7, "date"] = pd.NaT
    broken.loc[2::7, "amount"] = np.inf
    broken.loc[3::7, "amount"] = np.nan
    kept = log[np.arange(len(log)) % 7 > 3]
    assert_same(to_pandas(rfm_summary(make_lazy(broken), end=END)), rfm_summary(kept, end=END))


def test_the_log_is_not_changed():
    log = make_log()
    log["date"] = log["date"].dt.tz_localize("America/New_York")
    before = log.copy(deep=True)
    rfm_summary(log, end=END)
    pd.testing.assert_frame_equal(log, before)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("customer_id", None, r"customer column 'customer_id' has 1 missing values in 300 rows"),
        ("date", None, r"time column 'date' has 1 missing"),
        ("amount", None, r"amount column 'amount' has 1 missing"),
        ("amount", float("nan"), r"amount column 'amount' has 1 missing"),
        ("amount", float("inf"), r"amount column 'amount' has 1 infinite"),
    ],
)
def test_missing_and_infinite_values_in_memory_are_refused(make_eager, column, value, message):
    frame = pl.from_pandas(make_log()).with_row_index()
    bad = pl.when(pl.col("index") == 5).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    log = frame.with_columns(bad).drop("index").to_pandas()
    if column == "customer_id":
        log = log.astype({"customer_id": "Int64"})
    with pytest.raises(ValueError, match=message):
        rfm_summary(make_eager(log), end=END)


def test_wrong_types_are_refused_at_once_with_the_remedy(make_frame):
    log = make_log()
    text = make_frame(log.assign(date=log["date"].astype(str)))
    with pytest.raises(TypeError, match=r"time column 'date' holds text. Make it datetimes"):
        rfm_summary(text, end=END)
    text = make_frame(log.assign(amount=log["amount"].astype(str)))
    with pytest.raises(TypeError, match=r"amount column 'amount' holds text. Make it numbers"):
        rfm_summary(text, end=END)
    with pytest.raises(TypeError, match=r"time column 'amount' holds Float64"):
        rfm_summary(make_frame(log), time="amount", amount=None, end=END)


def test_mixed_offsets_are_refused_with_the_remedy():
    log = make_log(n_rows=2)
    times = [pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-01-01", tz="Asia/Tokyo")]
    log["date"] = pd.Series(times, dtype=object)
    with pytest.raises(TypeError, match=r"'date'.*utc=True\)\.dt\.tz_convert"):
        rfm_summary(log, end=END)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"customer": "id"},
            ValueError,
            r"no column 'id' \(customer='id'\).*'customer_id', 'date'",
        ),
        ({"time": "day"}, ValueError, r"no column 'day' \(time="),
        ({"amount": "money"}, ValueError, r"no column 'money' \(amount="),
        ({"amount": 3}, TypeError, r"amount must be"),
        ({"customer": "date"}, ValueError, r"must be different columns"),
        ({"unit": "H"}, ValueError, r"unit must be 'D' or 'W'"),
        ({"returns": "ignore"}, ValueError, r"returns must be"),
        ({"holdout_end": END}, ValueError, r"holdout_end must be after end"),
        ({"end": "soon"}, ValueError, r"end must be an ISO"),
    ],
)
def test_wrong_arguments_are_refused_by_name(make_frame, options, error, message):
    with pytest.raises(error, match=message):
        rfm_summary(make_frame(make_log()), **({"end": END} | options))


def test_repeated_column_names_are_an_error():
    log = make_log()
    with pytest.raises(ValueError, match=r"(?s)log must have unique column names.*'date'"):
        rfm_summary(pd.concat([log, log[["date"]]], axis=1), end=END)


def test_ids_may_not_be_named_like_a_result():
    log = make_log().rename(columns={"customer_id": "t"})
    with pytest.raises(ValueError, match=r"customer must not be named like a column"):
        rfm_summary(log, customer="t", end=END)


def test_nothing_to_summarise_is_an_error(make_eager):
    log = make_log()
    with pytest.raises(ValueError, match=r"no purchase by end .* from 2023-12-20 to 2024-02-02"):
        rfm_summary(make_eager(log), end="2023-12-01")
    with pytest.raises(ValueError, match=r"no purchase by end"):
        rfm_summary(make_eager(log.assign(amount=-1.0)), end=END)
    with pytest.raises(ValueError, match=r"log has no rows"):
        rfm_summary(make_eager(log[:0]), end=END)


def test_ids_without_an_order_are_an_error():
    log = make_log(n_rows=2).assign(customer_id=pd.Series([1, "a"], dtype=object), amount=1.0)
    with pytest.raises(TypeError, match=r"customer column 'customer_id' mixes types"):
        rfm_summary(log, end="2024-12-31")


def test_returns_are_refused_if_so_wished(make_eager, make_lazy):
    log = make_log()
    n_returns = (log["amount"] < 0).sum()
    with pytest.raises(ValueError, match=rf"{n_returns} rows of negative amount"):
        rfm_summary(make_eager(log), end="2024-12-31", returns="raise")
    with pytest.raises(ValueError, match=r"returns='raise' needs log in memory"):
        rfm_summary(make_lazy(log), end=END, returns="raise")
    clean = log[log["amount"] >= 0]
    same = rfm_summary(clean, end=END)
    pd.testing.assert_frame_equal(rfm_summary(clean, end=END, returns="raise"), same)


def split(log, day):
    """Rows up to a day, and later ones."""
    early = log["date"] < pd.Timestamp(day) + pd.Timedelta(days=1)
    return log[early], log[~early]


def check_random_splits(seed):
    """Fold two random periods into a summary and compare with the whole log."""
    log = make_log(seed, n_rows=60, n_customers=12)
    chosen = np.random.default_rng(seed).choice(40, 3, replace=False)
    days = [date(2023, 12, 24) + timedelta(days=int(day)) for day in sorted(chosen)]
    returns = ("net", "drop")[seed % 2]
    want = rfm_summary(split(log, days[2])[0], end=days[2], returns=returns)
    summary = rfm_summary(split(log, days[0])[0], end=days[0], returns=returns)
    for before, end in pairwise(days):
        new = split(split(log, before)[1], end)[0]
        summary = update_summary(summary, new, previous_end=before, end=end, returns=returns)
    pd.testing.assert_frame_equal(summary, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_updating_equals_summarising_anew(seed):
    check_random_splits(seed)


@pytest.mark.slow
def test_updating_equals_summarising_anew_over_100_random_splits():
    for seed in range(100):
        check_random_splits(seed)


@pytest.mark.parametrize("unit", "DM")
def test_every_backend_updates_the_same(make_frame, to_pandas, unit):
    log = make_log(seed=12)
    old, new = split(log, "2024-01-10")
    summary = rfm_summary(make_frame(old), end="2024-01-10", unit=unit)
    new = make_frame(new)
    got = update_summary(summary, new, previous_end="2024-01-10", end="2024-01-25", unit=unit)
    assert type(got) is type(new)
    assert_same(to_pandas(got), rfm_summary(log, end="2024-01-25", unit=unit))


@pytest.mark.parametrize("ids", ["str", "category", "int32"])
def test_updating_takes_ids_of_any_type(ids):
    log = make_log(seed=13, n_customers=9)
    log["customer_id"] = log["customer_id"].astype(ids)
    old, new = split(log, "2024-01-10")
    summary = rfm_summary(old, end="2024-01-10")
    got = update_summary(summary, new, previous_end="2024-01-10", end="2024-02-10")
    pd.testing.assert_frame_equal(got, rfm_summary(log, end="2024-02-10"), rtol=1e-9, atol=1e-9)


def test_updating_works_without_amounts():
    log = make_log(seed=14)
    old, new = split(log, "2024-01-10")
    summary = rfm_summary(old, end="2024-01-10", amount=None)
    got = update_summary(summary, new, previous_end="2024-01-10", end="2024-02-10", amount=None)
    pd.testing.assert_frame_equal(got, rfm_summary(log, end="2024-02-10", amount=None))


def test_a_period_without_rows_moves_time_on(make_frame, to_pandas):
    log = make_log(seed=15)
    summary = rfm_summary(make_frame(log), end="2024-02-10")
    nothing = make_frame(log[:0])
    got = update_summary(summary, nothing, previous_end="2024-02-10", end="2024-03-10")
    assert_same(to_pandas(got), rfm_summary(log, end="2024-03-10"))


def test_a_lazy_update_leaves_out_the_days_already_folded_in(make_lazy, to_pandas):
    log = make_log(seed=16)
    summary = rfm_summary(make_lazy(split(log, END)[0]), end=END)
    got = update_summary(summary, make_lazy(log), previous_end=END, end="2024-02-10")
    assert_same(to_pandas(got), rfm_summary(log, end="2024-02-10"))


def test_wrong_updates_are_refused():
    log = make_log(seed=17)
    old, new = split(log, END)
    summary = rfm_summary(old, end=END)
    days = {"previous_end": END, "end": HOLDOUT_END}
    with pytest.raises(ValueError, match=r"end must be after previous_end"):
        update_summary(summary, new, previous_end=END, end=END)
    with pytest.raises(ValueError, match=r"new_log must hold only days after previous_end"):
        update_summary(summary, log, **days)
    with pytest.raises(ValueError, match=r"made with end=previous_end .*T says otherwise"):
        update_summary(summary, new, previous_end="2024-01-09", end=HOLDOUT_END)
    with pytest.raises(ValueError, match=r"made with .*unit='D'"):
        update_summary(summary, new, unit="D", **days)
    with pytest.raises(ValueError, match=r"summary must hold one row a customer"):
        update_summary(pd.concat([summary, summary[:1]]), new, **days)
    with pytest.raises(ValueError, match=r"summary has no column 'n_transactions'; its columns"):
        update_summary(summary.drop(columns="n_transactions"), new, **days)
    with pytest.raises(ValueError, match=r"amount=None would leave monetary_value"):
        update_summary(summary, new, amount=None, **days)
    with pytest.raises(
        TypeError, match=r"frames of one kind; got \w+ DataFrame and polars LazyFrame"
    ):
        update_summary(summary, pl.from_pandas(new).lazy(), **days)
    with pytest.raises(TypeError, match=r"one type in both frames; it is Int64 in summary and Str"):
        update_summary(summary, new.assign(customer_id=new["customer_id"].astype(str)), **days)
    with pytest.raises(TypeError, match=r"summary: time column 'first_purchase' holds text"):
        update_summary(summary.astype({"first_purchase": str}), new, **days)
    broken = new.assign(amount=np.nan)
    with pytest.raises(ValueError, match=r"new_log: amount column 'amount' has \d+ missing"):
        update_summary(summary, broken, **days)
