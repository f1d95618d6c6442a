"""Profiles of segments against their oracle, and the words they use."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase import SegmentClusterer
from custbase.segmentation._profile import as_described_frame, profile_segments
from tests.oracles import profile as oracle

N_CLUSTERS = 4


@st.composite
def described(draw):
    """Labels and a frame with a number, a yes or no and a category, each with gaps."""
    n_rows = draw(st.integers(1, 25))
    rows = st.lists
    labels = draw(rows(st.integers(0, N_CLUSTERS - 1), min_size=n_rows, max_size=n_rows))
    number = st.one_of(st.integers(-3, 3).map(float), st.just(np.nan))
    numbers = draw(rows(number, min_size=n_rows, max_size=n_rows))
    answers = draw(rows(st.sampled_from([True, False, None]), min_size=n_rows, max_size=n_rows))
    letters = draw(rows(st.sampled_from(["a", "b", None]), min_size=n_rows, max_size=n_rows))
    return labels, numbers, answers, letters


@given(described())
@settings(deadline=None, max_examples=40)
def test_profile_equals_the_oracle(data):
    labels, numbers, answers, letters = data
    frame = pd.DataFrame(
        {
            "spend": numbers,
            "member": pd.Series(answers, dtype="boolean"),
            "shop": pd.Series(letters, dtype="category"),
        }
    )
    profile = profile_segments(frame, np.array(labels), range(N_CLUSTERS))
    yes = [np.nan if answer is None else float(answer) for answer in answers]
    for segment, row in profile.iterrows():
        assert row["size"] == labels.count(segment)
        expected = {
            "mean_spend": oracle.mean(numbers, labels, segment),
            "typical_spend": oracle.median(numbers, labels, segment),
            "contrast_spend": oracle.contrast(numbers, labels, segment),
            "mean_member": oracle.mean(yes, labels, segment),
            "contrast_member": oracle.contrast(yes, labels, segment),
        }
        for column, value in expected.items():
            assert row[column] == pytest.approx(value, nan_ok=True, abs=1e-12)
        letter = oracle.most_frequent(letters, labels, segment)
        assert row["typical_shop"] == letter or (letter is None and pd.isna(row["typical_shop"]))
    assert profile["share"].sum() == pytest.approx(1.0)
    assert profile["name"].is_unique
    assert not profile["sets_apart"].isna().any()


def test_names_say_what_sets_a_segment_apart():
    frame = pd.DataFrame(
        {
            "money_spent": [900.0, 950, 20, 30, 25, 35],
            "complains": [0, 0, 0, 0, 4, 5],
            "club_member": [True, True, False, False, False, False],
        }
    )
    profile = profile_segments(frame, np.array([0, 0, 1, 1, 2, 2]), range(3))
    assert profile["name"].tolist() == [
        "Club member yes, high money spent",
        "Low money spent, club member no",
        "Very many complaints, club member no",
    ]
    assert profile.loc[0, "sets_apart"].startswith("club_member yes (100%, all 33%), high money")
    assert profile.loc[2, "sets_apart"].startswith("many complains (+1.4 sd)")


def test_categories_and_dates_set_segments_apart():
    frame = pd.DataFrame(
        {
            "country": ["Spain"] * 20 + ["France"] * 20,
            "last_order": pd.date_range("2026-01-01", periods=40),
        }
    )
    profile = profile_segments(frame, np.repeat([0, 1], 20), range(2))
    assert profile["name"].tolist() == [
        "Country Spain, early last order",
        "Country France, late last order",
    ]
    assert profile["typical_country"].tolist() == ["Spain", "France"]
    assert profile.loc[0, "typical_last_order"] == pd.Timestamp("2026-01-10 12:00")
    assert "country Spain (100%, all 50%)" in profile.loc[0, "sets_apart"]
    assert "contrast_country" not in profile


def test_identifiers_and_accidents_set_nothing_apart():
    labels = np.repeat([0, 1], 20)
    frame = pd.DataFrame(
        {
            "customer": [f"c{i}" for i in range(40)],
            "colour": np.tile(["red", "blue"], 20),
            "constant": np.ones(40),
        }
    )
    profile = profile_segments(frame, labels, range(2))
    assert profile["sets_apart"].tolist() == ["close to the average customer"] * 2
    assert profile["name"].tolist() == [
        "Average customers (segment 0)",
        "Average customers (segment 1)",
    ]
    assert profile["contrast_constant"].tolist() == [0.0, 0.0]


def test_one_large_amount_does_not_hide_the_other_customers():
    spend = np.r_[np.full(50, 20.0), np.full(49, 200.0), 1e9]
    profile = profile_segments(pd.DataFrame({"spend": spend}), np.repeat([0, 1], 50), range(2))
    assert profile["name"].tolist() == ["Low spend", "High spend"]


def test_namesakes_differ_by_their_typical_value():
    frame = pd.DataFrame({"spend": [0.5, 1.5, 2.25, 30.0, 400.0, 5000.0, 60000.0, 700000.0]})
    profile = profile_segments(frame, np.arange(8), range(8))
    assert profile["name"].tolist() == [
        "Very low spend",
        "Low spend (1.5)",
        "Low spend (2.25)",
        "Average customers (segment 3)",
        "Average customers (segment 4)",
        "High spend (5,000)",
        "High spend (60,000)",
        "Very high spend",
    ]


def test_one_segment_is_all_customers():
    profile = profile_segments(pd.DataFrame({"spend": [1.0, 2.0]}), np.array([0, 0]), range(1))
    assert profile["name"].tolist() == ["All customers"]
    assert profile["share"].tolist() == [1.0]


def test_segments_without_customers_are_kept():
    frame = pd.DataFrame(
        {
            "spend": [1.0, 2.0],
            "since": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "open": pd.to_timedelta([1, 2], unit="D"),
            "member": [True, False],
            "shop": ["a", "b"],
        }
    )
    profile = profile_segments(frame, np.array([0, 2]), range(4))
    assert profile["size"].tolist() == [1, 0, 1, 0]
    empty = profile.loc[[1, 3]].drop(columns=["name", "size", "share", "sets_apart"])
    assert empty.isna().all(axis=None)
    assert profile.loc[3, "name"] == "No customers (segment 3)"
    assert profile.loc[3, "sets_apart"] == "no customers"


def test_an_array_is_described_by_x0_x1():
    assert as_described_frame(np.ones((2, 2))).columns.tolist() == ["x0", "x1"]


def test_one_column_is_described_as_a_frame_of_one():
    spend = pd.Series([1.0, 9.0], index=[7, 8], name="spend")
    pd.testing.assert_frame_equal(as_described_frame(spend), spend.to_frame())
    assert as_described_frame(spend.rename(0)).columns.tolist() == [0]
    assert as_described_frame(spend.rename(None)).columns.tolist() == ["x0"]
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    assert as_described_frame(polars.Series("spend", [1.0])).columns.tolist() == ["spend"]
    assert as_described_frame(pyarrow.chunked_array([[1.0]])).columns.tolist() == ["x0"]


def test_what_fit_did_not_see_is_described_row_by_row():
    X = pd.DataFrame({"spend": [1.0, 2.0, 50.0, 51.0]}, index=[4, 5, 6, 7])
    clusterer = SegmentClusterer(2, random_state=0).fit(X)
    profile = clusterer.profile(X, describe=X["spend"])
    pd.testing.assert_frame_equal(profile, clusterer.profile(X, describe=X))
    with pytest.raises(ValueError, match="describe must have the index of X"):
        clusterer.profile(X, describe=X["spend"].reset_index(drop=True))
    with pytest.raises(ValueError, match="describe must have at least one column"):
        clusterer.profile(X, describe=X[[]])


def nested_frames():
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    lists, dicts = [[1, 2], [3, 4]], [{"a": 1}, {"a": 1}]
    yield pd.DataFrame({"tags": lists})
    yield pd.DataFrame({"tags": dicts})
    yield pd.DataFrame({"tags": [1, {2}]})
    yield pd.DataFrame(
        {"tags": pd.Series(lists, dtype=pd.ArrowDtype(pyarrow.list_(pyarrow.int8())))}
    )
    for values in (lists, dicts):
        yield polars.DataFrame({"tags": values})
        yield pyarrow.table({"tags": values})
    yield polars.DataFrame({"tags": lists}, schema={"tags": polars.Array(polars.Int8, 2)})


@pytest.mark.parametrize("kind", ["objects", "arrow"])
def test_dates_and_decimals_kept_as_objects_are_dates_and_numbers(kind):
    days = [datetime.date(2024, 1, day) for day in (1, 2, 20, 21)]
    prices = [Decimal("1.50"), Decimal("1.60"), None, Decimal("9.90")]
    frame = pd.DataFrame({"since": days, "price": prices}, dtype=object)
    if kind == "arrow":
        pa = pytest.importorskip("pyarrow")
        types = {"since": pa.date32(), "price": pa.decimal128(5, 2)}
        frame = frame.astype({name: pd.ArrowDtype(dtype) for name, dtype in types.items()})
    table = profile_segments(as_described_frame(frame), np.array([0, 0, 1, 1]), np.arange(2))
    assert table["mean_price"].tolist() == [1.55, 9.9]
    assert table["typical_since"].dt.day.tolist() == [1, 20]
    assert frame["price"].dtype.kind == "O"


def test_numbers_and_times_kept_as_objects_are_described_as_such():
    plain = pd.DataFrame(
        {
            "spend": [1.0, 2.0, None, 9.0],
            "visits": [1, 2, 3, 40],
            "since": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-20", "2024-01-21"]),
        }
    )
    kept = plain.astype(object)
    assert all(kept[name].dtype.kind == "O" for name in kept)
    labels, ids = np.array([0, 0, 1, 1]), np.arange(2)
    tables = [profile_segments(as_described_frame(x), labels, ids) for x in (plain, kept)]
    assert {"mean_spend", "mean_visits", "contrast_since"} <= set(tables[1])
    pd.testing.assert_frame_equal(*tables)


def test_columns_of_lists_and_dicts_are_named():
    for frame in nested_frames():
        with pytest.raises(ValueError, match=r"describe: column 'tags' .* Drop it"):
            profile_segments(as_described_frame(frame), np.array([0, 1]), range(2))


def test_frames_of_other_libraries_are_described():
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    columns = {"spend": [1.0, None], "shop": ["a", None], "member": [True, None]}
    for frame in (polars.DataFrame(columns), pyarrow.table(columns)):
        described = as_described_frame(frame)
        assert described.columns.tolist() == ["spend", "shop", "member"]
        assert described.isna().sum().tolist() == [1, 1, 1]
        profile = profile_segments(described, np.array([0, 0]), range(1))
        assert profile.loc[0, "typical_spend"] == 1.0
        assert profile.loc[0, "typical_shop"] == "a"
        assert bool(profile.loc[0, "typical_member"]) is True
    with pytest.raises(TypeError, match=r"describe must be .* lazy polars"):
        as_described_frame(polars.LazyFrame(columns))


@pytest.mark.parametrize(
    ("describe", "error", "message"),
    [
        (np.ones(3), ValueError, "describe must have two dimensions"),
        ("spend", TypeError, "describe must be an array or a frame"),
        (pd.DataFrame(index=[0]), ValueError, "describe must have at least one .* leave describe"),
        (np.ones((3, 0)), ValueError, "describe must have at least one column"),
        (
            pd.DataFrame(np.ones((1, 2)), columns=["a", "a"]),
            ValueError,
            "describe .* distinct .*'a'",
        ),
        (
            pd.DataFrame(np.ones((1, 2)), columns=[1, "1"]),
            ValueError,
            "describe .* distinct .*'1'",
        ),
    ],
)
def test_what_cannot_be_described_is_refused(describe, error, message):
    with pytest.raises(error, match=message):
        as_described_frame(describe)
