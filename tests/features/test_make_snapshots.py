"""Snapshots against a slow twin and the summary; what comes after a cut-off changes no feature."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlframe.duckdb import DuckDBSession

from custbase.datasets import load_cdnow, make_transactions
from custbase.features import make_snapshots, rfm_summary
from tests.oracles.snapshots import snapshot_rows

START = datetime(2023, 12, 25)
COLUMNS = ["customer_id", "date", "amount"]
TARGETS = ["churn", "spend", "purchases", "time"]

amounts = st.sampled_from([-30.0, -10.0, -0.3, 0.0, 0.1, 0.2, 10.0, 19.99])
# Many rows around the cut-off, and some far from it.
minutes = st.integers(0, 60 * 24 * 7) | st.integers(0, 60 * 24 * 120)
logs = st.lists(st.tuples(st.integers(0, 4), minutes, amounts), min_size=1, max_size=40)
options = st.fixed_dictionaries(
    {
        "cutoff": (st.integers(0, 7) | st.integers(0, 100)).map(
            lambda n: (START + timedelta(days=n)).date()
        ),
        "horizon": st.integers(1, 3),
        "gap": st.integers(0, 2),
        "unit": st.sampled_from("DWM"),
        "windows": st.sampled_from([[1], [1, 2, 30], []]),
        "min_tenure": st.integers(0, 2),
        "max_inactivity": st.one_of(st.none(), st.integers(0, 4)),
        "returns": st.sampled_from(["net", "drop"]),
    }
)


def check_against_the_slow_twin(rows, cutoff, **chosen):
    rows = [(c, START + timedelta(minutes=m), a) for c, m, a in rows]
    log = pd.DataFrame(rows, columns=COLUMNS)
    expected = snapshot_rows(rows, cutoff=cutoff, **chosen)
    if not expected:
        with pytest.raises(ValueError, match="cutoffs: no"):
            make_snapshots(log, cutoffs=cutoff, end="2025-01-01", **chosen)
        return
    customers = sorted(expected)
    answers = pd.DataFrame([expected[c][1] for c in customers])
    for target in TARGETS:
        X, y = make_snapshots(log, cutoffs=cutoff, end="2025-01-01", target=target, **chosen)
        assert X.index.equals(y.index)
        assert X.index.get_level_values("customer_id").tolist() == customers
        assert set(X.index.get_level_values("cutoff")) == {pd.Timestamp(cutoff)}
        twin = pd.DataFrame([expected[c][0] for c in customers], dtype=float)
        assert set(X) == set(twin)
        np.testing.assert_allclose(X, twin[X.columns], rtol=1e-9, atol=1e-9)
        names = ["event", "time"] if target == "time" else [target]
        told = y.to_frame() if isinstance(y, pd.Series) else y
        assert told.columns.tolist() == names
        np.testing.assert_allclose(
            told.astype(float), answers[names].astype(float), rtol=1e-9, atol=1e-9
        )


@settings(max_examples=20, deadline=None)
@given(rows=logs, chosen=options)
def test_equals_the_slow_twin(rows, chosen):
    check_against_the_slow_twin(rows, **chosen)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(rows=logs, chosen=options)
def test_equals_the_slow_twin_many_times(rows, chosen):
    check_against_the_slow_twin(rows, **chosen)


@settings(max_examples=15, deadline=None)
@given(rows=logs, chosen=options, seed=st.integers(0, 99))
def test_what_comes_after_a_cutoff_changes_no_feature(rows, chosen, seed):
    """Later rows get other customers, times and amounts, or go: the same bits come out."""
    cutoff = chosen.pop("cutoff")
    log = pd.DataFrame([(c, START + timedelta(minutes=m), a) for c, m, a in rows], columns=COLUMNS)
    later = np.flatnonzero(log["date"].dt.date > cutoff)
    rng = np.random.default_rng(seed)
    shuffled = log.copy()
    for column in COLUMNS:
        places = np.arange(len(log))
        places[later] = rng.permutation(later)
        shuffled[column] = log[column].iloc[places].to_numpy()
    strangers = log.copy()
    strangers.loc[later, "customer_id"] += 100
    strangers.loc[later, "amount"] *= -1e9
    logs = [log, shuffled, strangers, log.drop(later)]
    results = []
    for each in logs:
        try:
            results.append(make_snapshots(each, cutoffs=cutoff, end="2025-01-01", **chosen)[0])
        except ValueError as error:
            results.append(str(error))
    for result in results[1:]:
        if isinstance(result, str):
            assert result == results[0] or result == "log has no rows."
        else:
            pd.testing.assert_frame_equal(result, results[0], check_exact=True)


@pytest.mark.parametrize("unit", ["W", "M", "Y"])
def test_days_in_any_unit_are_the_same_days(unit):
    """60 / 7 of a week are 60 days, whatever the floating point makes of it."""
    log = load_cdnow()
    per_unit = {"W": 7, "M": 30.4375, "Y": 365.25}[unit]
    for gap, horizon, window in ((1, 4, 29), (0, 7, 30), (1, 60, 3), (3, 18, 11)):
        X, y = make_snapshots(
            log, cutoffs="1997-09-30", gap=gap, horizon=horizon, windows=[window], unit="D"
        )
        other_X, other_y = make_snapshots(
            log,
            cutoffs="1997-09-30",
            gap=gap / per_unit,
            horizon=horizon / per_unit,
            windows=[window / per_unit],
            unit=unit,
        )
        np.testing.assert_array_equal(other_y, y)
        np.testing.assert_allclose(other_X.iloc[:, -2:], X.iloc[:, -2:])


def test_agrees_with_the_summary():
    log, _ = make_transactions(500, return_rate=0.2, random_state=0)
    end = log["date"].min().date() + timedelta(weeks=30)
    summary = rfm_summary(log, end=end, holdout_end=end + timedelta(weeks=20))
    summary = summary.set_index("customer_id")
    kept = ["frequency", "recency", "T", "monetary_value", "n_transactions", "total_value"]
    X, spend = make_snapshots(log, cutoffs=end, horizon=20, target="spend")
    X = X.droplevel("cutoff")
    pd.testing.assert_frame_equal(X[kept], summary[kept], check_dtype=False, rtol=1e-12)
    np.testing.assert_allclose(spend, summary["holdout_value"], rtol=1e-12, atol=1e-9)
    _, purchases = make_snapshots(log, cutoffs=end, horizon=20, target="purchases")
    np.testing.assert_array_equal(purchases, summary["holdout_frequency"])
    _, wait = make_snapshots(log, cutoffs=end, horizon=20, target="time")
    np.testing.assert_array_equal(wait["event"], summary["holdout_time"].notna())
    np.testing.assert_allclose(wait["time"], summary["holdout_time"].fillna(20.0))


@pytest.mark.parametrize("target", TARGETS)
def test_every_backend_gives_the_same(make_frame, target):
    log, _ = make_transactions(60, return_rate=0.2, random_state=0)
    cutoffs = [log["date"].min() + timedelta(weeks=weeks) for weeks in (20, 26)]
    chosen = {"cutoffs": cutoffs, "horizon": 8, "target": target}
    X, y = make_snapshots(log, **chosen)
    other_X, other_y = make_snapshots(make_frame(log), **chosen)
    other_X.index = other_X.index.set_levels(X.index.levels[0], level=0)  # Arrow's integers stay
    other_y.index = other_X.index
    pd.testing.assert_frame_equal(other_X, X, rtol=1e-12)
    if target == "time":
        pd.testing.assert_frame_equal(other_y, y)
    else:
        pd.testing.assert_series_equal(other_y, y, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")  # SQLFrame reads so
def test_spark_frames_give_the_same():
    log, _ = make_transactions(40, return_rate=0.2, random_state=0)
    frame = DuckDBSession().createDataFrame(log)
    chosen = {"cutoffs": log["date"].min() + timedelta(weeks=20), "horizon": 8}
    X, y = make_snapshots(log, **chosen)
    other_X, other_y = make_snapshots(frame, **chosen)
    pd.testing.assert_frame_equal(other_X, X, rtol=1e-12)
    pd.testing.assert_series_equal(other_y, y)


@pytest.mark.parametrize("kind", [str, "category", "string"])
def test_ids_of_any_type_in_any_order_of_rows(kind):
    log, _ = make_transactions(80, random_state=0)
    cutoff = log["date"].min() + timedelta(weeks=20)
    expected, answer = make_snapshots(log, cutoffs=cutoff, horizon=8)
    named = log.assign(customer_id="c" + log["customer_id"].astype(str).str.zfill(5))
    named = named.assign(customer_id=named["customer_id"].astype(kind)).sample(
        frac=1, random_state=0
    )
    X, y = make_snapshots(named, cutoffs=cutoff, horizon=8)
    ids = X.index.get_level_values("customer_id")
    assert ids.astype(str).str.slice(1).astype(int).tolist() == list(
        expected.index.get_level_values(0)
    )
    np.testing.assert_allclose(X, expected, rtol=1e-12)
    np.testing.assert_array_equal(y, answer)


def test_several_cutoffs_are_those_one_by_one_in_order():
    log = load_cdnow()
    days = ["1997-12-01", date(1997, 9, 30), pd.Timestamp("1997-06-30 23:59")]
    X, y = make_snapshots(log, cutoffs=days, horizon=3, unit="M")
    one_by_one = [make_snapshots(log, cutoffs=day, horizon=3, unit="M") for day in reversed(days)]
    pd.testing.assert_frame_equal(X, pd.concat([X for X, _ in one_by_one]))
    pd.testing.assert_series_equal(y, pd.concat([y for _, y in one_by_one]))
    assert X.index.is_unique


def test_customers_of_today_have_no_answer_yet():
    log = load_cdnow()
    X, y = make_snapshots(log, cutoffs="1998-06-30", horizon=26, target=None)
    assert y is None
    assert len(X) == 2357
    assert [name for name in X if name.startswith("purchases_last")] == [
        "purchases_last_6.5",
        "purchases_last_13",
        "purchases_last_26",
        "purchases_last_52",
    ]
    with pytest.raises(ValueError, match="1998-06-30 needs a log until 1998-12-29; it ends on 199"):
        make_snapshots(log, cutoffs="1998-06-30", horizon=26)
    assert make_snapshots(log, cutoffs="1998-06-30", horizon=26, end="1998-12-29")[1].all()
    with pytest.raises(
        ValueError,
        match=r"1998-07-01 is too late: it ends on 1998-06-30\. Take an earlier cut-off, or state",
    ):
        make_snapshots(log, cutoffs="1998-07-01", horizon=26, target=None)


def test_rows_after_the_end_are_left_out():
    log = load_cdnow()
    chosen = {"cutoffs": "1997-09-30", "horizon": 13, "end": "1997-12-31", "target": "spend"}
    X, y = make_snapshots(log, **chosen)
    same_X, same_y = make_snapshots(log[log["date"] <= "1997-12-31"], **chosen)
    pd.testing.assert_frame_equal(X, same_X)
    pd.testing.assert_series_equal(y, same_y)


def test_without_money_there_are_no_columns_of_money():
    log = load_cdnow()[["customer_id", "date"]]
    X, y = make_snapshots(log, cutoffs="1997-09-30", horizon=39, amount=None, windows=[4])
    assert not [name for name in X if "value" in name]
    # Free purchases are purchases: published counts of the CDNOW sample.
    assert y.sum() == 1673 if len(y) == 2357 else False


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"customer": "cutoff"}, "customer must not be named like a column of the snapshots"),
        ({"customer": "Inactivity"}, "customer must not be named like a column of the snapshots"),
        ({"customer": "value_last_13"}, "customer must not be named like a column of the snap"),
        ({"customer": "churn"}, "customer must not be named like a column of the snapshots"),
        ({"horizon": 0}, "horizon must be a number > 0; got 0"),
        (
            {"horizon": 1e7},
            "cutoffs: 1997-09-30 needs a log until 9999-12-31; it ends on 1998-06-30",
        ),
        ({"horizon": "13"}, r"horizon must be a number > 0; got '13' \(str\)"),
        ({"horizon": 0.1}, "horizon must hold a whole day; got horizon=0.1 and gap=0.0 in units"),
        ({"gap": -1}, "gap must be a number >= 0; got -1"),
        ({"unit": "Q"}, "unit must be 'D' or 'W' or 'M' or 'Y'; got 'Q'"),
        (
            {"target": "revenue"},
            "target must be 'churn' or 'spend' or 'purchases' or 'time' or None",
        ),
        ({"target": "spend", "amount": None}, "amount must name the column of money with target"),
        ({"cutoffs": []}, "cutoffs must hold at least one day; got none"),
        ({"cutoffs": ["1997-09-30"] * 2}, "cutoffs must be different days; got 1997-09-30, 1997"),
        ({"cutoffs": "30.9.1997"}, "cutoffs must be an ISO 8601 date such as"),
        ({"cutoffs": "1996-12-31"}, "cutoffs: nobody had bought by 1996-12-31. Take a later one"),
        ({"min_tenure": 99}, "cutoffs: none of the 2357 customers of 1997-09-30 has min_tenure"),
        ({"windows": [4, 4.0]}, r"windows must be different lengths; got \[4, 4.0\]"),
        ({"windows": [0]}, "windows must be a number > 0; got 0"),
        ({"windows": "4"}, "windows must be a sequence of numbers or None; got '4'"),
        ({"windows": 4}, "windows must be a sequence of numbers or None; got 4"),
    ],
)
def test_what_it_refuses(changed, message):
    chosen = {"cutoffs": "1997-09-30", "horizon": 13} | changed
    with pytest.raises((TypeError, ValueError), match=message):
        make_snapshots(load_cdnow(), **chosen)


def test_numpy_days_and_windows_that_differ_late():
    log = load_cdnow()
    day = np.array("1997-09-30", "datetime64[D]")
    X, _ = make_snapshots(log, cutoffs=day, horizon=13, windows=[1_000_000, 1_000_001])
    assert X.columns[-2:].tolist() == ["purchases_last_1000001", "value_last_1000001"]


def test_ids_too_wide_to_be_told_apart_are_refused(make_lazy):
    log = make_lazy(load_cdnow().head(50))
    wide = nw.from_native(log).with_columns(nw.col("customer_id").cast(nw.Int128)).to_native()
    with pytest.raises(TypeError, match="customer column 'customer_id' holds Int128"):
        make_snapshots(wide, cutoffs="1997-09-30", horizon=2)


def test_mixed_ids_and_empty_logs_are_refused():
    log = load_cdnow().head(100).astype({"customer_id": object})
    log.loc[log.index[0], "customer_id"] = "me"
    with pytest.raises(TypeError, match="customer column 'customer_id' mixes types"):
        make_snapshots(log, cutoffs="1997-09-30", horizon=2)
    with pytest.raises(ValueError, match="log has no rows"):
        make_snapshots(load_cdnow().head(0), cutoffs="1997-09-30", horizon=2)
