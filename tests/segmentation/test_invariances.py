"""What says nothing about the customers changes no criterion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from custbase import SegmentClusterer
from custbase.datasets import make_segments
from custbase.segmentation._selection import CRITERIA


def insert(place: int, value: float) -> Callable[[np.ndarray], np.ndarray]:
    """Insert a constant column."""
    return lambda X: np.insert(X, place, value, axis=1)


IMMATERIAL = {
    "constant behind": insert(3, 0.1),
    "constant before": insert(0, -1e6),
    "three constants": lambda X: np.hstack([np.full((len(X), 3), 1 / 3), X]),
    "a constant but for rounding": lambda X: np.insert(
        X, 1, 1e-14 * np.random.default_rng(0).normal(size=len(X)), axis=1
    ),
    "shifted": lambda X: X + 64.0,
    "other unit": lambda X: X * 8.0,
    "in another order": lambda X: X[np.random.default_rng(0).permutation(len(X))],
    "columns turned": lambda X: X[:, ::-1],
}


@pytest.fixture(scope="module")
def tables() -> list[np.ndarray]:
    """A table with segments, and one of whole numbers without."""
    X, _ = make_segments(200, n_clusters=4, n_features=3, separation=6.0, random_state=0)
    return [X, np.random.default_rng(0).poisson(4.0, size=(150, 3)).astype(float)]


@pytest.fixture(scope="module")
def expected(tables) -> dict:
    """The tables as they are, by every criterion."""
    return {criterion: [fit(X, criterion) for X in tables] for criterion in CRITERIA}


def fit(X: np.ndarray, criterion: str) -> SegmentClusterer:
    """Choose among one to six segments."""
    return SegmentClusterer(criterion=criterion, max_clusters=6, random_state=0).fit(X)


@pytest.mark.filterwarnings("ignore:criterion=.* chose max_clusters")
@pytest.mark.parametrize("change", IMMATERIAL)
@pytest.mark.parametrize("criterion", CRITERIA)
def test_nothing_changes(tables, expected, criterion, change):
    for X, before in zip(tables, expected[criterion], strict=True):
        if X is not tables[0] and ("rounding" in change or "constant" not in change):
            continue  # equal rows would no longer be equal, or a number be a matter of chance
        after = fit(IMMATERIAL[change](X), criterion)
        assert after.n_clusters_ == before.n_clusters_
        if "constant" in change:
            np.testing.assert_array_equal(after.labels_, before.labels_)
            # Rounding decides which of equally near centres takes a row along principal axes.
            rtol = 0.01 if criterion == "gap" and X is not tables[0] else 1e-6
            assert_allclose(after.selection_, before.selection_, rtol=rtol, atol=1e-6)
