"""split_by_time against a slow twin, in every kind of frame, and with scikit-learn's searches."""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, KFold, cross_validate

from custbase import InteractionEncoder
from custbase.exceptions import CustbaseWarning
from custbase.model_selection import split_by_time
from custbase.recommendation._popularity_recommender import PopularityRecommender
from tests.oracles.splits import time_split

START = datetime(2024, 1, 1)
COLUMNS = ["customer_id", "product_id", "date", "quantity"]
QUANTITY = InteractionEncoder(amount="quantity")
left_out = pytest.mark.filterwarnings("ignore:held_out leaves out")

logs = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from("abcdef"),
        st.integers(0, 20 * 24 * 60 - 1),
        st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1.0, 2.0]),
    ),
    min_size=1,
    max_size=50,
)
keeps = st.sampled_from(["drop", "keep"])
options = st.fixed_dictionaries({"repeats": keeps, "new_items": keeps, "new_users": keeps})


def dense(users, items, cells):
    return np.array([[cells.get((user, item), 0.0) for item in items] for user in users])


def told(caught):
    """Cells and users or items that warnings say are left out."""
    found = {"user": (0, 0), "item": (0, 0)}
    for warning in caught:
        assert issubclass(warning.category, CustbaseWarning)
        assert warning.filename == __file__
        for n_cells, n, noun in re.findall(r"(\d+) of (\d+) new (\w+)s ", str(warning.message)):
            found[noun] = (int(n_cells), int(n))
    return found


@settings(max_examples=30, deadline=None)
@given(rows=logs, cutoff=st.integers(0, 18), horizon=st.none() | st.integers(1, 10), chosen=options)
def test_equals_the_slow_twin(rows, cutoff, horizon, chosen):
    log = pd.DataFrame([(u, i, START + timedelta(minutes=m), a) for u, i, m, a in rows])
    log.columns = COLUMNS
    by_day = [(user, item, minute // 1440, amount) for user, item, minute, amount in rows]
    users, items, history, later, counts = time_split(by_day, cutoff, horizon, **chosen)
    arguments = {"cutoff": START + timedelta(days=cutoff), "horizon": horizon, "unit": "D"}
    arguments |= {"encoder": QUANTITY, **chosen}
    if not later:
        with pytest.raises(ValueError, match=r"cutoff: log|held_out would be|holds no inter"):
            split_by_time(log, **arguments)
        return
    if not any(day <= cutoff and amount for _, _, day, amount in by_day):
        with pytest.raises(ValueError, match="holds no interactions up to"):
            split_by_time(log, **arguments)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        split = split_by_time(log, **arguments)
    assert told(caught) == counts
    assert split.users.tolist() == users
    assert split.encoder.items_.tolist() == items
    np.testing.assert_array_equal(split.history.toarray(), dense(users, items, history))
    np.testing.assert_array_equal(split.held_out.toarray(), dense(users, items, later))
    assert (split.history.nnz, split.held_out.nnz) == (len(history), len(later))
    assert split.history.has_sorted_indices
    assert split.held_out.has_sorted_indices
    # The log in another order is the same log.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = split_by_time(log[::-1], **arguments)
    np.testing.assert_array_equal(again.history.toarray(), split.history.toarray())
    np.testing.assert_array_equal(again.held_out.toarray(), split.held_out.toarray())


def test_history_and_what_is_held_out_are_the_encoded_log(log):
    arguments = {"repeats": "keep", "new_items": "keep", "new_users": "keep"}
    split = split_by_time(log, cutoff="2024-02-20", encoder=QUANTITY, **arguments)
    whole = InteractionEncoder(amount="quantity").fit(log)
    np.testing.assert_array_equal(split.encoder.items_, whole.items_)
    np.testing.assert_array_equal(split.users, whole.encode_users(log))
    together = (split.history + split.held_out).toarray()
    np.testing.assert_array_equal(together, whole.transform(log).toarray())


@left_out
def test_history_is_what_an_encoder_makes_of_the_log_of_that_day(log):
    known = log[log["date"] < "2024-02-21"]
    encoder = InteractionEncoder("customer_id", "product_id").fit(known)
    split = split_by_time(log, cutoff="2024-02-20")
    np.testing.assert_array_equal(split.history.toarray(), encoder.transform(known).toarray())
    np.testing.assert_array_equal(split.users, encoder.encode_users(known))
    np.testing.assert_array_equal(split.encoder.items_, encoder.items_)
    assert (split.history * split.held_out).nnz == 0
    # Nothing that comes later changes it, but for what is held out.
    rest = log[(log["date"] >= "2024-02-21")].assign(product_id=log["product_id"] % 7)
    other = split_by_time(pd.concat([rest, known]), cutoff="2024-02-20")
    assert (other.history != split.history).nnz == 0


@left_out
def test_every_frame_in_memory_gives_the_same(make_eager, log):
    arguments = {"cutoff": date(2024, 2, 20), "horizon": 3, "encoder": QUANTITY}
    expected = split_by_time(log, **arguments)
    found = split_by_time(make_eager(log), **arguments)
    assert (found.history != expected.history).nnz == 0
    assert (found.held_out != expected.held_out).nnz == 0
    assert found.users.tolist() == expected.users.tolist()
    assert found.encoder.items_.tolist() == expected.encoder.items_.tolist()
    assert found.encoder.transform(make_eager(log.head(20))).shape[1] == found.history.shape[1]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_days_are_those_of_the_wall_clock(make_eager, zone):
    times = pd.to_datetime(["2024-03-01 12:00", "2024-03-01 23:59", "2024-03-02 00:00"])
    log = pd.DataFrame(
        {"customer_id": 1, "product_id": [1, 2, 3], "date": times.tz_localize(zone)},
        index=[5, 5, 2],
    )
    split = split_by_time(make_eager(log), cutoff="2024-03-01", new_items="keep")
    assert split.history.toarray().tolist() == [[1.0, 1.0, 0.0]]
    assert split.held_out.toarray().tolist() == [[0.0, 0.0, 1.0]]


def test_horizons_are_whole_days(log):
    arguments = {"cutoff": "2024-02-20", "new_items": "keep", "new_users": "keep"}
    sums = []
    for horizon, unit in [(14, "D"), (2, "W"), (2.1, "W"), (0.46, "M")]:
        split = split_by_time(log, horizon=horizon, unit=unit, repeats="keep", **arguments)
        sums.append(split.held_out.sum())
    is_held = (log["date"] >= "2024-02-21") & (log["date"] < "2024-03-06")
    assert sums == [is_held.sum()] * 4


def test_the_encoder_stays_as_it_is_and_its_weights_count(log):
    encoder = InteractionEncoder(event="event", event_weights={"purchase": 2})
    n_views = (log["event"] == "view").sum()
    keep = {"new_items": "keep", "new_users": "keep", "repeats": "keep"}
    with pytest.warns(CustbaseWarning, match=f"does not name 'view': {n_views} rows") as caught:
        split = split_by_time(log, cutoff="2024-02-20", encoder=encoder, **keep)
    assert len(caught) == 1
    assert vars(encoder) == vars(InteractionEncoder(event="event", event_weights={"purchase": 2}))
    assert split.encoder.event_weights == encoder.event_weights
    bought = split_by_time(log[log["event"] == "purchase"], cutoff="2024-02-20", **keep)
    assert (split.history != 2 * bought.history).nnz == 0
    assert (split.held_out != 2 * bought.held_out).nnz == 0
    weightless = InteractionEncoder(event="event", event_weights={"purchase": 2, "view": 0.0})
    zeros = split_by_time(log, cutoff="2024-02-20", encoder=weightless, **keep)
    assert (zeros.history != split.history).nnz == 0
    np.testing.assert_array_equal(zeros.encoder.items_, split.encoder.items_)


def test_says_what_is_left_out():
    log = pd.DataFrame(
        [
            ("ann", "tea", "2024-01-01"),
            ("ann", "tea", "2024-01-02"),
            ("bob", "pot", "2024-01-01"),
            ("bob", "tea", "2024-01-02"),
            ("bob", "cup", "2024-01-02"),
            ("eve", "tea", "2024-01-02"),
            ("eve", "cup", "2024-01-02"),
            ("joe", "jug", "2024-01-03"),
        ],
        columns=COLUMNS[:3],
    ).astype({"date": "datetime64[us]"})
    with pytest.warns(
        CustbaseWarning,
        match=r"leaves out, of 5 pairs of user and item, 3 of 2 new users \(new_users='keep' keeps "
        r"them\) and 1 of 1 new items \(new_items='keep' keeps them\)\.$",
    ):
        split = split_by_time(log, cutoff="2024-01-01")
    assert split.users.tolist() == ["ann", "bob"]
    assert split.held_out.toarray().tolist() == [[0.0, 0.0], [0.0, 1.0]]
    with pytest.warns(CustbaseWarning, match="of 5 pairs of user and item, 3 of 2 new items"):
        split = split_by_time(log, cutoff="2024-01-01", new_users="keep")
    assert split.users.tolist() == ["ann", "bob", "eve"]
    assert split.history.toarray()[2].tolist() == [0.0, 0.0]


@left_out
def test_searches_of_scikit_learn_run_over_the_pair(log):
    split = split_by_time(log, cutoff="2024-02-20", new_users="keep")
    folds = KFold(3, shuffle=True, random_state=0)
    expected = []
    for train, test in folds.split(split.history):
        recommender = PopularityRecommender().fit(split.history[train])
        expected.append(recommender.score(split.history[test], split.held_out[test]))
    # cross_validate takes no sparse y; a search among one candidate is the same.
    dense_y = split.held_out.toarray()
    found = cross_validate(PopularityRecommender(), split.history, dense_y, cv=folds)
    np.testing.assert_array_equal(found["test_score"], expected)
    search = GridSearchCV(PopularityRecommender(), {}, cv=folds)
    results = search.fit(split.history, split.held_out).cv_results_
    np.testing.assert_array_equal([results[f"split{i}_test_score"][0] for i in range(3)], expected)
    search = GridSearchCV(PopularityRecommender(), {"n_recommendations": [1, 5, 20]}, cv=folds)
    search.fit(split.history, split.held_out)
    assert search.best_params_["n_recommendations"] in (1, 5, 20)
    assert 0 < search.best_score_ < 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cutoff": "20.02.2024"}, "cutoff must be an ISO 8601 date"),
        ({"cutoff": 3}, "cutoff must be a date, a datetime or a string"),
        ({"cutoff": "2023-12-31"}, "cutoff: log holds no interactions up to 2023-12-31; its first"),
        ({"cutoff": "2024-04-30"}, "holds no interactions after 2024-04-30; its last are of 2024-"),
        ({"horizon": 0}, "horizon must be a number > 0 or None; got 0"),
        ({"horizon": 0.1}, "horizon must hold a whole day; got 0.1 in units of 7 days"),
        ({"unit": "Q"}, "unit must be 'D' or 'W' or 'M' or 'Y'; got 'Q'"),
        ({"repeats": "all"}, "repeats must be 'drop' or 'keep'; got 'all'"),
        ({"new_items": None}, r"new_items must be 'drop' or 'keep'; got None \(NoneType\)"),
        ({"new_users": True}, "new_users must be 'drop' or 'keep'; got True"),
        ({"encoder": "quantity"}, "encoder must be an InteractionEncoder or None; got 'quantity'"),
        ({"encoder": InteractionEncoder}, "encoder must be an InteractionEncoder or None; got <cl"),
        ({"time": "day"}, r"log has no column 'day' \(time='day'\)"),
        ({"time": "event"}, "log: time column 'event' holds text"),
        ({"time": "product_id"}, "customer, item, time must be different columns"),
        ({"encoder": InteractionEncoder(item="sku")}, r"log has no column 'sku' \(item='sku'\)"),
        ({"encoder": InteractionEncoder(amount="event")}, "amount column 'event' holds text"),
    ],
)
def test_what_it_refuses(log, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        split_by_time(log, **{"cutoff": "2024-02-20", **arguments})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"date": pd.NaT}, "log: time column 'date' has 600 missing values in 600 rows"),
        ({"customer_id": None}, "log: customer column 'customer_id' has 600 missing values"),
        ({"product_id": None}, "item column 'product_id' has 600 missing values"),
        ({"quantity": 0}, "log holds no interactions: every row of it counts 0"),
        ({"customer_id": [1, "a"] * 300}, "'customer_id' mixes types that have no order"),
    ],
)
def test_logs_that_it_refuses(log, change, message):
    log = log.assign(**change).astype({"date": "datetime64[us]"})
    with pytest.raises((TypeError, ValueError), match=message):
        split_by_time(log, cutoff="2024-02-20", encoder=QUANTITY)


def test_nothing_left_to_be_held_out_is_an_error():
    log = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 1],
            "product_id": ["tea", "tea", "tea", "pot"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-02"]),
        }
    )
    with pytest.raises(
        ValueError,
        match="held_out would be empty: of 3 pairs of user and item after the cut-off, 1 repeat "
        "history, 1 are of new users and 1 of new items",
    ):
        split_by_time(log, cutoff="2024-01-01")


def test_lazy_frames_other_things_and_no_rows_are_refused(make_lazy, log):
    with pytest.raises(TypeError, match="log must be an array or a frame in memory; got a lazy"):
        split_by_time(make_lazy(log), cutoff="2024-02-20")
    with pytest.raises(TypeError, match="log must be a frame of pandas"):
        split_by_time(log.to_numpy(), cutoff="2024-02-20")
    with pytest.raises(ValueError, match="log has no rows"):
        split_by_time(log.head(0), cutoff="2024-02-20")


def test_what_nobody_kept_is_a_new_item():
    parts = [("ann", "x", day, amount) for day, amount in [(1, 0.1), (2, 0.2), (3, -0.3)]]
    kept = [("ann", "y", 1, 1.0), ("bob", "w", 1, 1.0)]
    later = [("ann", "w", 9, 1.0), ("bob", "x", 9, 1.0)]
    log = pd.DataFrame(
        [
            (user, item, datetime(2024, 1, day), amount)
            for user, item, day, amount in parts + kept + later
        ],
        columns=COLUMNS,
    )
    with pytest.warns(CustbaseWarning, match="1 of 1 new items"):
        split = split_by_time(log, cutoff="2024-01-05", encoder=QUANTITY)
    assert split.encoder.items_.tolist() == ["w", "y"]
    assert split.history.toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert split.held_out.toarray().tolist() == [[1.0, 0.0], [0.0, 0.0]]
    with pytest.raises(ValueError, match="held_out would be empty"):
        split_by_time(log[log["product_id"] != "w"], cutoff="2024-01-05", encoder=QUANTITY)
