"""InteractionEncoder against cells added up one by one, in every kind of frame."""

from __future__ import annotations

import pickle
from collections import defaultdict

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline

from custbase import InteractionEncoder
from custbase.exceptions import CustbaseWarning

WEIGHTS = {"view": 1.0, "cart": 3.0, "purchase": 10.0}
rows = st.lists(
    st.tuples(
        st.integers(-3, 3),
        st.sampled_from("abcde"),
        st.sampled_from([-2.0, 0.5, 1.0, 2.0]),
        st.sampled_from(list(WEIGHTS)),
    ),
    min_size=1,
    max_size=40,
)
COLUMNS = ["customer_id", "product_id", "quantity", "event"]


def make_log(n_rows=300, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 40, n_rows),
            "product_id": rng.choice([f"item {i}" for i in range(25)], n_rows),
            "quantity": rng.integers(-1, 4, n_rows),
            "event": rng.choice(list(WEIGHTS), n_rows),
        }
    )


@settings(max_examples=30, deadline=None)
@given(rows=rows, later=rows, amount=st.booleans(), event=st.booleans())
def test_cells_are_sums_of_rows(rows, later, amount, event):
    encoder = InteractionEncoder(
        amount="quantity" if amount else None,
        event="event" if event else None,
        event_weights=WEIGHTS if event else None,
    ).fit(pd.DataFrame(rows, columns=COLUMNS))
    items = sorted({item for _, item, _, _ in rows})
    assert encoder.items_.tolist() == items
    log = pd.DataFrame([row for row in later if row[1] in items] or rows, columns=COLUMNS)
    cells = defaultdict(float)
    for user, item, quantity, kind in log.itertuples(index=False):
        cells[user, item] += (quantity if amount else 1.0) * (WEIGHTS[kind] if event else 1.0)
    matrix = encoder.transform(log)
    users = encoder.encode_users(log).tolist()
    assert users == sorted(set(log["customer_id"]))
    expected = [[cells[user, item] for item in items] for user in users]
    np.testing.assert_allclose(matrix.toarray(), expected)
    assert matrix.nnz == np.count_nonzero(expected)
    assert matrix.has_sorted_indices


def test_every_frame_in_memory_gives_the_same(make_eager):
    log = make_log()
    encoder = InteractionEncoder(amount="quantity", event="event", event_weights=WEIGHTS)
    expected = encoder.fit(log).transform(log)
    other = clone(encoder).fit(make_eager(log))
    np.testing.assert_array_equal(other.items_, encoder.items_)
    assert (other.transform(make_eager(log)) != expected).nnz == 0
    np.testing.assert_array_equal(other.encode_users(make_eager(log)), encoder.encode_users(log))


def test_new_users_are_rows_and_new_items_are_counted():
    log = make_log()
    encoder = InteractionEncoder().fit(log)
    news = pd.DataFrame(
        {"customer_id": [99, 99, 7, 98], "product_id": ["item 3", "new", "new", "other"]}
    )
    with pytest.warns(CustbaseWarning, match="2 items that fit did not see; their 3 of 4 rows"):
        matrix = encoder.transform(news)
    assert encoder.encode_users(news).tolist() == [7, 98, 99]
    assert matrix.shape == (3, len(encoder.items_))
    assert matrix.sum(axis=1).tolist() == [0.0, 0.0, 1.0]


def test_events_without_a_weight_are_left_out_with_a_warning():
    log = make_log()
    encoder = InteractionEncoder(event="event", event_weights={"purchase": 1, "cart": 0.0})
    n_views = (log["event"] == "view").sum()
    with pytest.warns(CustbaseWarning, match=f"does not name 'view': {n_views} rows are left out"):
        matrix = encoder.fit_transform(log)
    assert matrix.sum() == (log["event"] == "purchase").sum()


def test_items_by_number_and_nothing_by_minus_one():
    encoder = InteractionEncoder().fit(make_log())
    found = encoder.decode_items(np.array([[0, -1], [2, 1]]))
    assert found[0].tolist() == [encoder.items_[0], None]
    assert encoder.get_feature_names_out().tolist() == encoder.items_.tolist()
    for wrong in ([25], [-2], [0.5]):
        with pytest.raises(ValueError, match="items must hold integers from -1 to 24; got"):
            encoder.decode_items(wrong)


def test_is_a_step_of_a_pipeline_and_pickles():
    log = make_log().assign(quantity=1)
    pipeline = make_pipeline(InteractionEncoder(), TfidfTransformer()).fit(log)
    found = pipeline.transform(log)
    again = pickle.loads(pickle.dumps(pipeline)).transform(log.sample(frac=1, random_state=0))
    np.testing.assert_allclose(found.toarray(), again.toarray())


@pytest.mark.parametrize(
    ("parameters", "change", "message"),
    [
        ({"item": "sku"}, {}, r"X has no column 'sku' \(item='sku'\)"),
        ({"item": "customer_id"}, {}, "customer, item must be different columns"),
        ({"amount": "event"}, {}, "amount column 'event' holds text"),
        ({"event_weights": {"view": 1.0}}, {}, "event must name the column of events"),
        (
            {"event": "event", "event_weights": {"view": "1"}},
            {},
            r"event_weights\['view'\] must be a number; got '1'",
        ),
        (
            {"event": "event", "event_weights": {"sale": 1.0}},
            {},
            r"event_weights must name an event of column 'event'; got \['sale'\]",
        ),
        ({}, {"product_id": None}, "item column 'product_id' has 300 missing values in 300"),
        ({"amount": "quantity"}, {"quantity": np.inf}, "'quantity' has 300 infinite values"),
        ({"customer": 3}, {}, "customer must be a string; got 3"),
    ],
)
@pytest.mark.filterwarnings("ignore:event_weights does not name")
def test_what_it_refuses(parameters, change, message):
    with pytest.raises((TypeError, ValueError), match=message):
        InteractionEncoder(**parameters).fit(make_log().assign(**change))


def test_mixed_ids_lazy_frames_and_nothing_are_refused(make_lazy):
    log = make_log()
    mixed = log.astype({"product_id": object})
    mixed.loc[3, "product_id"] = 3
    with pytest.raises(TypeError, match="item column 'product_id' mixes types that have no order"):
        InteractionEncoder().fit(mixed)
    with pytest.raises(TypeError, match="X"):
        InteractionEncoder().fit(make_lazy(log))
    with pytest.raises(ValueError, match="X has no rows"):
        InteractionEncoder().fit(log.head(0))
    encoder = InteractionEncoder().fit(log)
    with pytest.raises(ValueError, match="X has no column 'product_id'"):
        encoder.transform(log.drop(columns="product_id"))


def test_warnings_point_to_the_caller():
    log = make_log()
    encoder = InteractionEncoder(event="event", event_weights={"view": 1.0})
    later = log.assign(product_id="unheard of").head(2)
    with pytest.warns(CustbaseWarning) as caught:
        encoder.fit(log)
    with pytest.warns(CustbaseWarning) as caught_later:
        InteractionEncoder().fit(log).transform(pd.concat([log, later]))
    assert {each.filename for each in [*caught, *caught_later]} == {__file__}


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 10**6)), max_size=9),
    st.randoms(),
)
def test_returns_leave_nothing_in_any_order(bought, rng):
    rows = [(1, 7, 5.0)]  # kept, so that there is an item
    for user, item, cents in bought:
        parts = [cents / 100, cents / 300, -(cents / 100 + cents / 300)]
        rows += [(user, item, part) for part in parts]
    rng.shuffle(rows)
    log = pd.DataFrame(rows, columns=["customer_id", "product_id", "amount"])
    matrix = InteractionEncoder(amount="amount").fit_transform(log)
    assert matrix.sum() == 5.0
    assert matrix.nnz == 1


def test_sums_beyond_all_numbers_are_refused():
    log = pd.DataFrame({"customer_id": 1, "product_id": 2, "amount": [1e308, 1e308, -1.0]})
    with pytest.raises(ValueError, match="must hold numbers between"):
        InteractionEncoder(amount="amount").fit_transform(log)


@pytest.mark.parametrize(
    ("learnt", "later"),
    [
        (np.array([1, 2]), np.array([3], dtype=np.int32)),
        (np.array([1, 2]), np.array([3.5])),
        (pd.array(["a", "b"], dtype="str"), pl.Series(["c"])),
    ],
)
def test_unknown_items_of_any_width_are_left_out(learnt, later):
    encoder = InteractionEncoder().fit(pd.DataFrame({"customer_id": 1, "product_id": learnt}))
    frame = pl.DataFrame if isinstance(later, pl.Series) else pd.DataFrame
    with pytest.warns(CustbaseWarning, match="holds 1 items that fit did not see"):
        matrix = encoder.transform(frame({"customer_id": [1], "product_id": later}))
    assert matrix.shape == (1, 2)
    assert not matrix.nnz


def test_items_may_be_days():
    days = pd.to_datetime(["2024-01-01", "2024-02-01"])
    encoder = InteractionEncoder().fit(pd.DataFrame({"customer_id": 1, "product_id": days}))
    assert encoder.decode_items([1, -1]).tolist() == [days[1], None]
    with pytest.raises(ValueError, match="items must hold integers from -1 to 1"):
        encoder.decode_items([[1], [0, 1]])


def test_ids_of_another_type_are_refused():
    log = make_log()
    numbers = log.assign(product_id=log["product_id"].str.split().str[1].astype(int))
    encoder = InteractionEncoder().fit(numbers)
    with pytest.raises(TypeError, match="ids of type str, and fit saw those of type int64"):
        encoder.transform(numbers.astype({"product_id": str}))
