"""split_last_out against a slow twin, in every kind of frame."""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase import InteractionEncoder
from custbase.exceptions import CustbaseWarning
from custbase.model_selection import split_last_out
from tests.oracles.splits import last_out_split

START = datetime(2024, 1, 1)
COLUMNS = ["customer_id", "product_id", "date", "quantity"]
QUANTITY = InteractionEncoder(amount="quantity")
left_out = pytest.mark.filterwarnings("ignore:held_out leaves out")


def make_log(rows):
    log = pd.DataFrame([(u, i, START + timedelta(minutes=m), a) for u, i, m, a in rows])
    return log.set_axis(COLUMNS, axis=1)


def dense(users, items, cells):
    return np.array([[cells.get((user, item), 0.0) for item in items] for user in users])


# Minutes with many ties, which the order of the rows decides.
logs = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from("abcdef"),
        st.integers(0, 12),
        st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1.0, 2.0]),
    ),
    min_size=1,
    max_size=50,
)


@settings(max_examples=30, deadline=None)
@given(rows=logs, n_held_out=st.integers(1, 3), new_items=st.sampled_from(["drop", "keep"]))
def test_equals_the_slow_twin(rows, n_held_out, new_items):
    users, items, history, later, n_unknown = last_out_split(rows, n_held_out, new_items=new_items)
    arguments = {"n_held_out": n_held_out, "encoder": QUANTITY, "new_items": new_items}
    if not later:
        with pytest.raises(ValueError, match=r"n_held_out must leave|would be empty|no inter"):
            split_last_out(make_log(rows), **arguments)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        split = split_last_out(make_log(rows), **arguments)
    assert len(caught) == bool(n_unknown)
    if n_unknown:
        assert f" {n_unknown} of " in str(caught[0].message)
        assert caught[0].filename == __file__
    assert split.users.tolist() == users
    assert split.encoder.items_.tolist() == items
    np.testing.assert_array_equal(split.history.toarray(), dense(users, items, history))
    np.testing.assert_array_equal(split.held_out.toarray(), dense(users, items, later))
    assert (split.history.nnz, split.held_out.nnz) == (len(history), len(later))


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from("abcdef"), st.integers(0, 10_000)),
        min_size=3,
        max_size=40,
        unique_by=lambda row: row[2],
    ),
    n_held_out=st.integers(1, 3),
)
def test_what_is_held_out_is_new_and_not_earlier_than_history(rows, n_held_out):
    rows = [(user, item, minute, 1.0) for user, item, minute in rows]
    log = make_log(rows)
    n_items = log.groupby("customer_id")["product_id"].nunique()
    if n_items.max() <= n_held_out:
        with pytest.raises(ValueError, match="n_held_out must leave history"):
            split_last_out(log, n_held_out=n_held_out)
        return
    split = split_last_out(log, n_held_out=n_held_out, new_items="keep")
    assert split.history.shape == split.held_out.shape
    assert (split.history * split.held_out).nnz == 0
    items, history = split.encoder.items_, split.history.toarray()
    firsts = log.groupby(["customer_id", "product_id"])["date"].min()
    for row, user in enumerate(split.users):
        held = items[split.held_out.toarray()[row] > 0]
        if n_items[user] <= n_held_out:
            assert not len(held)
            assert history[row].sum() == (log["customer_id"] == user).sum()
            continue
        # Exactly the newest items, and history is all rows before the first of them.
        own = firsts[user].sort_values()
        assert sorted(held) == sorted(own.index[-n_held_out:])
        before = log[(log["customer_id"] == user) & (log["date"] < own.iloc[-n_held_out])]
        assert history[row].sum() == len(before) > 0
    again = split_last_out(
        log.sample(frac=1, random_state=0), n_held_out=n_held_out, new_items="keep"
    )
    assert (again.history != split.history).nnz == (again.held_out != split.held_out).nnz == 0


def test_history_and_what_is_held_out_are_the_encoded_log_without_repeats(log):
    log = log.drop_duplicates(["customer_id", "product_id"])
    split = split_last_out(log, n_held_out=3, encoder=QUANTITY, new_items="keep")
    together = (split.history + split.held_out).toarray()
    np.testing.assert_array_equal(together, split.encoder.transform(log).toarray())
    n_items = np.diff((split.history + split.held_out).indptr)
    np.testing.assert_array_equal(np.diff(split.held_out.indptr), np.where(n_items > 3, 3, 0))


@left_out
def test_every_frame_in_memory_gives_the_same(make_eager, log):
    for zone in (None, "America/New_York"):
        zoned = log.assign(date=log["date"].dt.tz_localize(zone) if zone else log["date"])
        expected = split_last_out(log, n_held_out=2, encoder=QUANTITY)
        found = split_last_out(make_eager(zoned), n_held_out=2, encoder=QUANTITY)
        assert (found.history != expected.history).nnz == 0
        assert (found.held_out != expected.held_out).nnz == 0
        assert found.users.tolist() == expected.users.tolist()


def test_ties_are_in_the_order_of_the_log():
    log = pd.DataFrame({"customer_id": 1, "product_id": ["a", "b", "c"], "date": START})
    for order in (["a", "b", "c"], ["c", "a", "b"]):
        rows = log.set_index("product_id").loc[order].reset_index()
        split = split_last_out(rows, new_items="keep")
        held = split.encoder.items_[split.held_out.toarray()[0] > 0]
        assert held.tolist() == order[-1:]


def test_an_hour_that_the_clock_shows_twice_is_in_order(make_eager):
    instants = pd.to_datetime(["2024-10-27 00:30", "2024-10-27 01:15"]).tz_localize("UTC")
    log = pd.DataFrame(
        {"customer_id": 1, "product_id": ["a", "b"], "date": instants.tz_convert("Europe/Berlin")}
    )
    split = split_last_out(make_eager(log), new_items="keep")
    assert split.held_out.toarray().tolist() == [[0.0, 1.0]]


def test_new_items_are_counted():
    rows = [(1, "a", 1, 1.0), (1, "b", 2, 1.0), (2, "b", 1, 1.0), (2, "c", 2, 1.0)]
    with pytest.warns(CustbaseWarning, match="of 2 pairs of user and item, 1 of 1 new items"):
        split = split_last_out(make_log(rows))
    assert split.history.toarray().tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert split.held_out.toarray().tolist() == [[0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_held_out": 0}, "n_held_out must be an integer >= 1; got 0"),
        ({"n_held_out": 0.2}, "n_held_out must be an integer >= 1; got 0.2"),
        ({"n_held_out": 500}, r"to at least one user; got 500, and nobody has more than \d+ items"),
        ({"new_items": "all"}, "new_items must be 'drop' or 'keep'; got 'all'"),
        ({"encoder": 1}, "encoder must be an InteractionEncoder or None; got 1"),
        ({"time": "event"}, "log: time column 'event' holds text"),
    ],
)
def test_what_it_refuses(log, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        split_last_out(log, **arguments)


def test_what_was_returned_is_nothing_to_be_held_out():
    parts = [("ann", "x", m, amount) for m, amount in [(1, 0.1), (2, 0.2), (3, -0.3)]]
    with pytest.raises(ValueError, match="n_held_out must leave history"):
        split_last_out(make_log([("ann", "y", 0, 5.0), *parts]), encoder=QUANTITY)
