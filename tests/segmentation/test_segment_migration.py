"""Customers between segments at two times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.exceptions import CustbaseWarning
from custbase.segmentation import segment_migration


def stuart_maxwell(table: np.ndarray) -> float:
    """The textbook test of equal margins of a square table."""
    difference = (table.sum(axis=1) - table.sum(axis=0))[:-1]
    variance = -(table + table.T).astype(float)
    np.fill_diagonal(variance, table.sum(axis=0) + table.sum(axis=1) - 2 * np.diag(table))
    statistic = difference @ np.linalg.solve(variance[:-1, :-1], difference)
    return float(chi2.sf(statistic, len(difference)))


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_every_customer_is_counted_once(seed):
    rng = np.random.default_rng(seed)
    customers = rng.permutation(60)
    old = pd.Series(rng.integers(-1, 3, 40), index=customers[:40])
    new = pd.Series(rng.integers(-1, 3, 35), index=rng.permutation(customers[20:55]))
    found = segment_migration(old, new)
    both = old.index.intersection(new.index)
    for a in found.transitions.index:
        for b in found.transitions.columns:
            expected = ((old[both] == a) & (new[both] == b)).sum()
            assert found.transitions.loc[a, b] == expected
    table = found.segments
    assert table.index.tolist() == sorted({*old, *new})
    assert table["old"].tolist() == [(old == a).sum() for a in table.index]
    assert table["new"].tolist() == [(new == a).sum() for a in table.index]
    assert (table["old"] == table["stayed"] + table["moved_out"] + table["left"]).all()
    assert (table["new"] == table["stayed"] + table["moved_in"] + table["joined"]).all()
    assert table["joined"].sum() == 15
    assert table["left"].sum() == 20
    assert table[["share_old", "share_new"]].sum().tolist() == pytest.approx([1, 1])
    assert found.moved == pytest.approx((old[both] != new[both]).mean())
    assert found.population_stability_index == pytest.approx(table["psi"].sum())
    assert found.population_stability_index >= 0
    assert 0 <= found.p_value <= 1


def test_the_index_is_that_of_the_field():
    old, new = np.repeat([0, 1, 2], [50, 30, 20]), np.repeat([0, 1, 2], [20, 30, 50])
    found = segment_migration(old, new)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    assert found.population_stability_index == pytest.approx(((q - p) * np.log(q / p)).sum())
    # A segment that is not there counts as half a customer.
    gone = segment_migration([0] * 9 + [1], [0] * 10).segments["psi"]
    assert gone[1] == pytest.approx((0.05 - 0.1) * np.log(0.05 / 0.1))


@pytest.mark.parametrize("n_segments", [2, 3, 5])
def test_the_test_is_stuart_and_maxwells_for_the_same_customers(n_segments):
    rng = np.random.default_rng(n_segments)
    old = rng.integers(0, n_segments, 400)
    new = np.where(rng.random(400) < 0.7, old, rng.integers(0, n_segments, 400))
    found = segment_migration(old, new)
    assert found.p_value == pytest.approx(stuart_maxwell(found.transitions.to_numpy()))


def test_the_test_is_nearly_pearsons_for_other_customers():
    rng = np.random.default_rng(0)
    old = pd.Series(rng.choice(3, 900, p=[0.5, 0.3, 0.2]))
    new = pd.Series(rng.choice(3, 700, p=[0.45, 0.35, 0.2]), index=range(900, 1600))
    with pytest.warns(CustbaseWarning, match="No customer is in both"):
        found = segment_migration(old, new)
    pearson = chi2_contingency(found.segments[["old", "new"]].to_numpy(), correction=False)
    assert found.p_value == pytest.approx(pearson.pvalue, rel=0.1)
    assert np.isnan(found.moved)


@pytest.mark.slow
def test_chance_is_called_significant_at_its_level():
    rng = np.random.default_rng(0)
    shares, significant = [0.5, 0.3, 0.2], 0
    for _ in range(1500):
        old = pd.Series(rng.choice(3, size=200, p=shares))
        new = old.where(rng.random(200) < 0.5, rng.choice(3, size=200, p=shares))
        new = new[rng.random(200) < 0.6]
        joined = pd.Series(rng.choice(3, size=90, p=shares), index=range(1000, 1090))
        significant += segment_migration(old, pd.concat([new, joined])).p_value < 0.05
    assert 0.035 < significant / 1500 < 0.065


def test_drift_is_large_and_no_chance():
    old, new = np.repeat([0, 1], [50, 50]), np.repeat([0, 1], [20, 80])
    assert segment_migration(old, new).drift is True
    few = segment_migration(old[::20], new[::20])
    assert few.population_stability_index > 0.2
    assert few.drift is False
    many = segment_migration(np.tile(old, 200), np.tile(np.repeat([0, 1], [45, 55]), 200))
    assert many.p_value < 1e-6
    assert many.drift is False


def test_who_stays_does_not_drift():
    found = segment_migration(["a", "b", "b"], ["a", "b", "b"])
    assert found.moved == 0
    assert found.population_stability_index == 0
    assert found.p_value == 1
    assert found.drift is False
    assert segment_migration([4], [4]).transitions.loc[4, 4] == 1


def test_labels_of_every_library_and_kind():
    polars = pytest.importorskip("polars")
    found = segment_migration(polars.Series(["a", "b"]), polars.Series(["b", "b"]))
    assert found.transitions.loc["a", "b"] == 1
    kind = pd.CategoricalDtype(["high", "low", "unused"])
    old = pd.Series(["low", "high"], dtype=kind)
    found = segment_migration(old, old)
    assert found.transitions.index.tolist() == ["high", "low"]
    assert found.transitions.index.name == "old"
    assert found.transitions.columns.name == "new"


def test_segments_of_two_months_keep_their_ids():
    X, _ = make_segments(400, n_clusters=4, separation=8.0, random_state=0)
    customers = pd.RangeIndex(400)
    first = SegmentClusterer(4, random_state=0).fit(X)
    later = X + np.random.default_rng(0).normal(scale=0.05, size=X.shape)
    second = SegmentClusterer(4, random_state=7, align_to=first.cluster_centers_).fit(later)
    found = segment_migration(
        pd.Series(first.labels_, customers), pd.Series(second.labels_, customers)
    )
    assert found.moved == 0
    assert found.drift is False


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ([0, 1], [0], ValueError, "old and new must hold the same customers .* 2 and 1"),
        (pd.Series([0, 1]), [0, 1], TypeError, r"only old is a Series.*old.to_numpy\(\)"),
        ([0, 1], pd.Series([0, 1]), TypeError, "only new is a Series"),
        ([0, None], [0, 1], ValueError, "old must have a label for every customer; 1 of 2"),
        (["a", "b"], ["a", np.nan], ValueError, "new must have a label for every customer; 1 of 2"),
        ([], [], ValueError, "old must hold at least one customer"),
        ([[0], [1]], [0, 1], ValueError, r"old must hold one label .*shape \(2, 1\)"),
        ([0, 1], ["a", "b"], TypeError, "labels of one kind"),
        (
            pd.Series([0, 1], index=["x", "x"]),
            pd.Series([0, 1]),
            ValueError,
            "old must name every customer once .*'x' occurs",
        ),
    ],
)
def test_bad_labels_are_named(old, new, error, message):
    with pytest.raises(error, match=message):
        segment_migration(old, new)


def test_lazy_frames_are_refused():
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"old must be .* lazy polars"):
        segment_migration(polars.LazyFrame({"a": [1]}), [1])


@pytest.mark.parametrize(
    ("here", "there"), [([1, 2, 3], ["1", "2", "3"]), ([1, 2, 3], [1, 2, "3"]), (["1"], [1.0])]
)
def test_ids_that_are_numbers_here_and_text_there_are_refused(here, there):
    old, new = (pd.Series(["a"] * len(ids), index=ids) for ids in (here, there))
    for pair in ((old, new), (new, old)):
        with pytest.raises(TypeError, match="old and new must name customers alike"):
            segment_migration(*pair)


def test_nobody_in_both_is_told():
    with pytest.warns(CustbaseWarning, match="No customer is in both old and new.*2 left and 3 jo"):
        segment_migration(pd.Series([0, 1], index=[1, 2]), pd.Series([0, 1, 1], index=[3, 4, 5]))
