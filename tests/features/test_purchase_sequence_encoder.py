"""Sequences against a slow twin and the summary; what comes after a cut-off changes no bit."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta
from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags

from custbase import PurchaseSequenceEncoder
from custbase.datasets import load_cdnow, make_transactions
from custbase.exceptions import CustbaseWarning
from custbase.features import make_snapshots, rfm_summary
from tests.oracles.sequences import sequence_steps

START = datetime(2023, 12, 25)
COLUMNS = ["customer_id", "date", "amount", "shop"]
FIXED = [
    "mask", "gap", "open_gap", "frequency", "recency", "T",
    "weekday_sin", "weekday_cos", "yearday_sin", "yearday_cos",
]  # fmt: skip

amounts = st.sampled_from([-30.0, -10.0, -0.3, 0.0, 0.1, 0.2, 0.7, 10.0, 19.99])
logs = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 60 * 24 * 120), amounts, st.sampled_from(["web", "till"])
    ),
    min_size=1,
    max_size=40,
).map(lambda rows: [(c, START + timedelta(minutes=m), a, s) for c, m, a, s in rows])
options = st.fixed_dictionaries(
    {
        "end": st.integers(0, 400).map(lambda n: (START + timedelta(days=n // 3)).date()),
        "max_length": st.integers(1, 8),
        "unit": st.sampled_from("DWMY"),
        "returns": st.sampled_from(["net", "drop"]),
    }
)


def make_log(n_rows=400, n_customers=60, seed=0):
    """Many returns, free and same-day purchases, any time of day, over five months."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(0, 150 * 86400, n_rows)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n_customers, n_rows),
            "date": pd.Timestamp(START) + pd.to_timedelta(seconds, unit="s"),
            "amount": np.maximum(rng.integers(-12, 24, n_rows), -10) / 7,
            "shop": rng.choice(["web", "till", "phone"], n_rows),
        }
    )


def encode(log, **chosen):
    """All that comes out of an encoder, or its error."""
    encoder = PurchaseSequenceEncoder(event="shop", **chosen)
    try:
        sequences = encoder.fit_transform(log)
    except ValueError as error:
        return str(error)
    return encoder.customers_, encoder.lengths_, encoder.events_, sequences


def assert_same_bits(result, expected):
    if isinstance(expected, str) or isinstance(result, str):
        assert isinstance(expected, str)
        assert isinstance(result, str)
        return
    for one, other in zip(result, expected, strict=True):
        assert one.dtype == other.dtype or {one.dtype.kind, other.dtype.kind} == {"O", "U"}
        assert one.shape == other.shape
        assert one.tolist() == other.tolist()


def check_against_the_slow_twin(rows, **chosen):
    log = pd.DataFrame(rows, columns=COLUMNS)
    expected = sequence_steps(rows, **chosen)
    if not expected:
        with pytest.raises(ValueError, match="X has no purchase by end"):
            PurchaseSequenceEncoder(event="shop", **chosen).fit(log)
        return
    encoder = PurchaseSequenceEncoder(event="shop", **chosen)
    sequences = encoder.fit_transform(log)
    assert encoder.customers_.tolist() == sorted(expected)
    assert encoder.lengths_.tolist() == [len(expected[c]) for c in sorted(expected)]
    names = encoder.get_feature_names_out().tolist()
    assert names == [*FIXED, "amount", *(f"shop_{event}" for event in encoder.events_)]
    assert sequences.shape == (len(expected), chosen["max_length"], len(names))
    assert sequences.dtype == np.float32
    twin = np.zeros(sequences.shape)
    for i, customer in enumerate(sorted(expected)):
        steps = expected[customer]
        for j, step in enumerate(steps, start=chosen["max_length"] - len(steps)):
            assert step["events"] <= set(encoder.events_)
            flags = [event in step["events"] for event in encoder.events_]
            twin[i, j] = [*(step[name] for name in names[:11]), *flags]
    np.testing.assert_allclose(sequences, twin, rtol=1e-6, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(rows=logs, chosen=options)
def test_equals_the_slow_twin(rows, chosen):
    check_against_the_slow_twin(rows, **chosen)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(rows=logs, chosen=options)
def test_equals_the_slow_twin_many_times(rows, chosen):
    check_against_the_slow_twin(rows, **chosen)


futures = given(
    rows=logs, chosen=options, seed=st.integers(0, 99), kind=st.sampled_from(["pandas", "pl"])
)


@settings(max_examples=10, deadline=None)
@futures
def test_no_row_after_the_cutoff_changes_a_bit(rows, chosen, seed, kind):
    check_no_look_ahead(rows, chosen, seed, kind)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@futures
def test_no_row_after_the_cutoff_changes_a_bit_many_times(rows, chosen, seed, kind):
    check_no_look_ahead(rows, chosen, seed, kind)


def check_no_look_ahead(rows, chosen, seed, kind):
    """Later rows get other customers, times, amounts and events, or go: the same bits come out."""
    log = pd.DataFrame(rows, columns=COLUMNS)
    later = np.flatnonzero(log["date"].dt.date > chosen["end"])
    rng = np.random.default_rng(seed)
    shuffled = log.copy()
    for column in COLUMNS:
        places = np.arange(len(log))
        places[later] = rng.permutation(later)
        shuffled[column] = log[column].iloc[places].to_numpy()
    strangers = log.copy()
    strangers.loc[later, "customer_id"] -= 100
    strangers.loc[later, "amount"] *= -1e9
    strangers.loc[later, "shop"] = "another"
    as_frame = pl.from_pandas if kind == "pl" else pd.DataFrame.copy
    expected = encode(as_frame(log), **chosen)
    for other in (shuffled, strangers, log.drop(later)):
        assert_same_bits(encode(as_frame(other), **chosen), expected)
    if isinstance(expected, str):
        return
    # Nor do they change what a fitted encoder makes of them, or warn of what is not there yet.
    encoder = PurchaseSequenceEncoder(event="shop", **chosen).fit(as_frame(log.drop(later)))
    for other in (log, shuffled, strangers):
        assert encoder.transform(as_frame(other)).tobytes() == expected[-1].tobytes()
        assert encoder.encode_customers(as_frame(other)).tolist() == expected[0].tolist()


@settings(max_examples=20, deadline=None)
@given(rows=logs, chosen=options, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_no_bit(rows, chosen, seed):
    log = pd.DataFrame(rows, columns=COLUMNS)
    mixed = log.sample(frac=1, random_state=seed)
    assert_same_bits(encode(mixed, **chosen), encode(log, **chosen))


def test_sums_that_round_by_their_order_do_not():
    """What is left of millions that were added and taken off again differs by when they were."""
    amounts = np.array([5e6, 0.0031, 0.0017, 0.0053, -5e6])
    # One order of every sum that they come to.
    orders = {
        np.float32(np.log1p(sum(amounts[list(order)]))): list(order)
        for order in permutations(range(5))
    }
    assert len(orders) > 1
    log = pd.DataFrame({"customer_id": 1, "date": START, "amount": amounts})
    encoder = PurchaseSequenceEncoder(1, end="2023-12-31")
    assert len({encoder.fit_transform(log.iloc[order]).tobytes() for order in orders.values()}) == 1


@settings(max_examples=12, deadline=None)
@given(rows=logs, chosen=options)
def test_a_single_customer_equals_the_batch(rows, chosen):
    log = pd.DataFrame(rows, columns=COLUMNS)
    encoder = PurchaseSequenceEncoder(event="shop", **chosen)
    try:
        sequences = encoder.fit_transform(log)
    except ValueError:
        return
    for customer, sequence in zip(encoder.customers_, sequences, strict=True):
        own = log[log["customer_id"] == customer]
        assert encoder.transform(own).tobytes() == sequence.tobytes()


def test_times_are_those_of_the_summary():
    log, _ = make_transactions(500, return_rate=0.2, random_state=0)
    end = log["date"].min() + timedelta(weeks=30)
    for unit in "DWMY":
        summary = rfm_summary(log, end=end, unit=unit, holdout_end=end + timedelta(weeks=8))
        encoder = PurchaseSequenceEncoder(5, unit=unit, end=end)
        sequences = encoder.fit_transform(log)
        np.testing.assert_array_equal(encoder.customers_, summary["customer_id"])
        names = ["frequency", "recency", "T"]
        np.testing.assert_array_equal(sequences[:, -1, 3:6], summary[names].astype(np.float32))
        open_gap = (summary["T"] - summary["recency"]).to_numpy()
        np.testing.assert_allclose(sequences[:, -1, 2], open_gap, rtol=1e-6, atol=1e-6)
        assert not sequences[:, :-1, 2:6].any()
        n_days = summary["frequency"] + 1
        np.testing.assert_array_equal(encoder.lengths_, n_days.clip(upper=5))
        np.testing.assert_array_equal(sequences[..., 0].sum(axis=1), encoder.lengths_)
        # The history of those who fit in is whole: their gaps add up.
        whole = (n_days <= 5).to_numpy()
        gaps = sequences[whole, :, 1].sum(axis=1)
        np.testing.assert_allclose(gaps, summary.loc[whole, "recency"], rtol=1e-5)
    # What followed the cut-off stands in the same order.
    X, wait = make_snapshots(log, cutoffs=end, horizon=8, target="time")
    np.testing.assert_array_equal(X.index.get_level_values(0), encoder.customers_)
    np.testing.assert_array_equal(wait["event"], summary["holdout_time"].notna())


def test_cdnow_has_the_published_counts():
    encoder = PurchaseSequenceEncoder(end="1997-09-30")
    sequences = encoder.fit_transform(load_cdnow())
    assert sequences.shape == (2357, 32, 11)
    assert sequences[:, -1, 3].sum() == 2457
    assert encoder.lengths_.sum() == 2357 + 2457
    assert (sequences[..., 1] > 0).sum() == 2457
    one = pd.DataFrame(sequences[0], columns=encoder.get_feature_names_out())[-3:]
    np.testing.assert_allclose(one["gap"], [0, 17 / 7, 28], rtol=1e-6)
    np.testing.assert_allclose(np.expm1(one["amount"]), [29.33, 29.73, 14.96], rtol=1e-5)
    np.testing.assert_allclose(one["open_gap"], [0, 0, 59 / 7], rtol=1e-6)


def test_years_and_weeks_are_circles():
    days = ["2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01", "2024-12-30"]
    log = pd.DataFrame({"customer_id": range(5), "date": pd.to_datetime(days)})
    steps = PurchaseSequenceEncoder(1, amount=None, end="2025-12-31").fit_transform(log)[:, 0]
    year = np.arctan2(steps[:, 8], steps[:, 9]) / (2 * np.pi)
    np.testing.assert_allclose(year, [-1 / 365, 0, -1 / 366, 0, -2 / 366], atol=1e-6)
    week = np.arctan2(steps[:, 6], steps[:, 7]) / (2 * np.pi) % 1 * 7
    np.testing.assert_allclose(week, [6, 0, 1, 2, 0], atol=1e-5)


def test_every_frame_in_memory_gives_the_same_bits(make_eager):
    log = make_log()
    chosen = {"end": "2024-03-31", "max_length": 3}
    assert_same_bits(encode(make_eager(log), **chosen), encode(log, **chosen))
    # An encoder that was fitted on one kind reads the others.
    for one, other in ((log, make_eager(log)), (make_eager(log), log)):
        encoder = PurchaseSequenceEncoder(event="shop", **chosen).fit(one)
        assert_same_bits([encoder.transform(other)], encode(log, **chosen)[-1:])
    with pytest.warns(CustbaseWarning, match="holds 'a', 'b', which fit did not see"):
        encoder.transform(make_eager(log.assign(shop=["a", "b"] * 200)))


@pytest.mark.parametrize("kind", [str, "category", "string"])
def test_ids_and_events_of_any_type(kind):
    log = make_log()
    customers, lengths, events, sequences = encode(log, end="2024-03-31")
    named = log.assign(customer_id="c" + log["customer_id"].astype(str).str.zfill(5))
    named = named.astype({"customer_id": kind, "shop": kind})
    found = encode(named, end="2024-03-31")
    assert [int(customer[1:]) for customer in found[0]] == customers.tolist()
    assert_same_bits(found[1:2] + found[3:], (lengths, sequences))
    assert found[2].tolist() == events.tolist() == ["phone", "till", "web"]
    truth = PurchaseSequenceEncoder(event="is_web", end="2024-03-31")
    flags = truth.fit_transform(log.assign(is_web=log["shop"] == "web"))
    assert truth.get_feature_names_out()[-2:].tolist() == ["is_web_False", "is_web_True"]
    np.testing.assert_array_equal(flags[..., -1], sequences[..., -1])


def test_zones_count_by_their_own_wall_clock():
    log = make_log()
    zoned = log.assign(date=log["date"].dt.tz_localize("UTC").dt.tz_convert("America/New_York"))
    naive = zoned.assign(date=zoned["date"].dt.tz_localize(None))
    chosen = {"end": "2024-03-31"}
    assert_same_bits(encode(zoned, **chosen), encode(naive, **chosen))


def test_returns_are_netted_dropped_or_refused():
    log = pd.DataFrame(
        {
            "customer_id": 1,
            "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"]),
            "amount": [30.0, -10.0, 5.0, -5.0],
            "shop": ["web", "desk", "till", "desk"],
        }
    )
    encoder = PurchaseSequenceEncoder(event="shop", end="2024-01-07", unit="D")
    steps = encoder.fit_transform(log)[0]
    assert encoder.lengths_.tolist() == [1]
    assert encoder.events_.tolist() == ["web"]  # what was sent back, and how, is no purchase
    np.testing.assert_allclose(steps[-1, [2, 10, 11]], [6, np.log(21), 1], rtol=1e-6)
    steps = encoder.set_params(returns="drop").fit_transform(log)[0]
    assert encoder.events_.tolist() == ["till", "web"]
    np.testing.assert_allclose(steps[-2:, 10], np.log([31, 6]), rtol=1e-6)
    with pytest.raises(ValueError, match="X has 2 rows of negative amount and returns='raise'"):
        encoder.set_params(returns="raise").fit(log)
    np.testing.assert_array_equal(encoder.transform(log)[0], steps)


def test_unknown_events_have_no_channel_and_a_warning():
    log = make_log()
    encoder = PurchaseSequenceEncoder(event="shop", end="2024-06-30").fit(log)
    want = encoder.transform(log)
    later = log.assign(shop=log["shop"].replace("web", "app"))
    n_sales = ((log["amount"] >= 0) & (log["shop"] == "web")).sum()
    with pytest.warns(CustbaseWarning, match=r"column 'shop' holds 'app', which fit did") as caught:
        got = encoder.transform(later)
    assert caught[0].filename == __file__
    told = int(str(caught[0].message).split(": ")[2].split()[0])
    assert 0 < told <= n_sales  # rows of days that are no purchases do not count
    np.testing.assert_array_equal(got[..., :-1], want[..., :-1])
    assert not got[..., -1].any()
    with pytest.raises(TypeError, match="holds values of type int, and fit saw those of type st"):
        encoder.transform(log.assign(shop=np.arange(len(log))))


# The contract of estimators, on logs.


@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_valid_tag_types,
        estimator_checks.check_mixin_order,
    ],
)
def test_passes_the_checks_of_scikit_learn_that_need_no_data(check):
    check("PurchaseSequenceEncoder", PurchaseSequenceEncoder())


def test_the_cutoff_may_come_with_the_log():
    log = make_log()
    first, second = "2024-02-29", date(2024, 4, 15)
    encoder = PurchaseSequenceEncoder(event="shop").fit(log, end=first)
    fixed = PurchaseSequenceEncoder(event="shop", end=first).fit(log)
    np.testing.assert_array_equal(encoder.transform(log, end=first), fixed.transform(log))
    later = fixed.transform(log, end=second)
    np.testing.assert_array_equal(encoder.transform(log, end=second), later)
    np.testing.assert_array_equal(fixed.set_params(end=second).transform(log), later)
    customers = PurchaseSequenceEncoder(end=second).fit(log).customers_
    np.testing.assert_array_equal(fixed.encode_customers(log), customers)
    np.testing.assert_array_equal(encoder.encode_customers(log, end=second), customers)
    assert len(later) == len(customers) >= len(encoder.customers_)
    # An end after the last row only opens the gap.
    late = PurchaseSequenceEncoder(unit="D").fit_transform(log, end="2030-01-01")
    soon = PurchaseSequenceEncoder(unit="D").fit_transform(log, end="2029-12-31")
    np.testing.assert_array_equal(late[:, -1, [2, 5]], soon[:, -1, [2, 5]] + 1)
    for method in ("fit", "fit_transform", "transform", "encode_customers"):
        with pytest.raises(ValueError, match=r"end must be the last day that counts.*got None"):
            getattr(encoder, method)(log)


def test_parameters_and_input_are_never_changed():
    log = make_log()
    before = log.copy(deep=True)
    encoder = PurchaseSequenceEncoder(4, event="shop", end="2024-03-31")
    params = encoder.get_params()
    assert vars(encoder) == params
    assert encoder.fit(log, y=None) is encoder
    learnt = set(vars(encoder)) - set(params)
    assert learnt == {"customers_", "lengths_", "events_", "layout_"}
    state = {name: pickle.dumps(vars(encoder)[name]) for name in learnt}
    encoder.transform(make_log(seed=1), end="2024-04-30")
    encoder.encode_customers(make_log(seed=1), end="2024-04-30")
    assert {name: pickle.dumps(vars(encoder)[name]) for name in learnt} == state
    assert encoder.get_params() == params
    pd.testing.assert_frame_equal(log, before)
    fresh = clone(encoder)
    assert fresh.get_params() == params
    assert vars(fresh) == params


def test_parameters_changed_after_fit_wait_for_the_next():
    log = make_log()
    encoder = PurchaseSequenceEncoder(4, event="shop", end="2024-03-31").fit(log)
    want, names = encoder.transform(log), encoder.get_feature_names_out().tolist()
    encoder.set_params(max_length=9, unit="D", amount=None, event=None, returns="drop")
    np.testing.assert_array_equal(encoder.transform(log), want)
    assert encoder.get_feature_names_out().tolist() == names
    again = encoder.fit_transform(log)
    fresh = PurchaseSequenceEncoder(9, unit="D", amount=None, returns="drop", end="2024-03-31")
    np.testing.assert_array_equal(again, fresh.fit_transform(log))
    assert encoder.get_feature_names_out().tolist() == FIXED
    assert encoder.events_.tolist() == []


def test_an_error_leaves_a_fitted_encoder_as_it_was():
    log = make_log()
    encoder = PurchaseSequenceEncoder(event="shop", end="2024-03-31").fit(log)
    want = encoder.transform(log)
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match="X has no purchase by end"):
            getattr(encoder, method)(log, end="2001-01-01")
        np.testing.assert_array_equal(encoder.transform(log), want)
        unfitted = PurchaseSequenceEncoder(end="2001-01-01")
        with pytest.raises(ValueError, match="X has no purchase by end"):
            getattr(unfitted, method)(log)
        with pytest.raises(NotFittedError):
            unfitted.transform(log)


def test_is_a_step_of_a_pipeline_and_pickles():
    log = make_log()
    flatten = FunctionTransformer(lambda steps: steps[:, -1])
    pipeline = make_pipeline(PurchaseSequenceEncoder(end="2024-03-31"), flatten)
    found = pipeline.fit_transform(log)
    np.testing.assert_array_equal(pipeline.transform(log), found)
    encoder = pickle.loads(pickle.dumps(pipeline[0]))
    np.testing.assert_array_equal(encoder.transform(log)[:, -1], found)
    later = pipeline.set_params(purchasesequenceencoder__end="2024-04-30").transform(log)
    np.testing.assert_array_equal(later, encoder.transform(log, end="2024-04-30")[:, -1])


class LastStep(BaseEstimator):
    """A model of sequences that reads one number."""

    def fit(self, X, y=None):
        self.n_steps_ = X.shape[1]
        return self

    def predict(self, X):
        return X[:, -1, 2]


def test_a_pipeline_routes_the_cutoff():
    log = make_log()
    with sklearn.config_context(enable_metadata_routing=True):
        encoder = PurchaseSequenceEncoder(8).set_fit_request(end=True)
        encoder = encoder.set_transform_request(end=True)
        pipeline = make_pipeline(encoder, LastStep()).fit(log, end="2024-03-31")
        found = pipeline.predict(log, end="2024-04-30")
    plain = PurchaseSequenceEncoder(8).fit(log, end="2024-03-31")
    np.testing.assert_array_equal(found, plain.transform(log, end="2024-04-30")[:, -1, 2])


def test_it_says_what_it_is():
    encoder = PurchaseSequenceEncoder()
    tags = get_tags(encoder)
    assert not tags.input_tags.two_d_array
    assert tags.transformer_tags.preserves_dtype == []
    assert tags.requires_fit
    assert not hasattr(encoder, "set_output")  # no frame holds a tensor
    for method in ("transform", "encode_customers"):
        with pytest.raises(NotFittedError):
            getattr(encoder, method)(make_log())
    with pytest.raises(NotFittedError):
        encoder.get_feature_names_out()


@pytest.mark.parametrize(
    ("parameters", "change", "message"),
    [
        ({"max_length": 0}, {}, "PurchaseSequenceEncoder: max_length must be an integer >= 1"),
        ({"max_length": 2.5}, {}, "max_length must be an integer >= 1; got 2.5"),
        ({"unit": "Q"}, {}, "unit must be 'D' or 'W' or 'M' or 'Y'; got 'Q'"),
        ({"returns": "keep"}, {}, "returns must be 'net' or 'drop' or 'raise'; got 'keep'"),
        ({"end": "30.9.1997"}, {}, "end must be an ISO 8601 date such as '1997-09-30'; got"),
        ({"end": 1997}, {}, "end must be a date, a datetime or a string or None; got 1997"),
        ({"customer": None}, {}, "customer must be a string; got None"),
        ({"time": "day"}, {}, r"X has no column 'day' \(time='day'\)"),
        ({"event": "amount"}, {}, "customer, time, amount, event must be different columns"),
        ({"amount": "shop"}, {}, "amount column 'shop' holds text"),
        ({}, {"date": "2024-01-01"}, "time column 'date' holds text"),
        ({}, {"amount": np.inf}, "amount column 'amount' has 400 infinite values in 400 rows"),
        ({}, {"amount": np.nan}, "amount column 'amount' has 400 missing values in 400 rows"),
        ({"event": "shop"}, {"shop": None}, "event column 'shop' has 400 missing values"),
        ({}, {"amount": -1.0}, r"X has no purchase by end \(2024-03-31\): its days run from 2023"),
    ],
)
def test_what_it_refuses(parameters, change, message):
    encoder = PurchaseSequenceEncoder(**{"end": "2024-03-31"} | parameters)
    with pytest.raises((TypeError, ValueError), match=message):
        encoder.fit(make_log().assign(**change))


def test_mixed_ids_lazy_frames_and_nothing_are_refused(make_lazy):
    log = make_log()
    encoder = PurchaseSequenceEncoder(event="shop", end="2024-03-31")
    for column, role in (("customer_id", "customer"), ("shop", "event")):
        mixed = log.astype({column: object})
        mixed.loc[log["amount"].idxmax(), column] = 3 if column == "shop" else "me"
        with pytest.raises(TypeError, match=f"{role} column '{column}' mixes types that have no"):
            encoder.fit(mixed.assign(date=log["date"].min()))
    with pytest.raises(TypeError, match="X must be an array or a frame in memory; got a lazy"):
        encoder.fit(make_lazy(log))
    with pytest.raises(TypeError, match="X must be a frame of pandas, polars, pyarrow"):
        encoder.fit(log.to_numpy())
    with pytest.raises(ValueError, match="X has no rows"):
        encoder.fit(log.head(0))
