"""The same customers in another order, or on another processor, are in the same segments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN

from custbase import SegmentClusterer

ALGORITHMS = {
    "kmeans": {"random_state": 0},
    "hierarchical": {"algorithm": "hierarchical", "random_state": 0},
    "density": {"algorithm": "density"},
    "gap": {"criterion": "gap", "max_clusters": 4, "random_state": 0},
    "consensus": {"criterion": "consensus", "max_clusters": 4, "random_state": 0},
}


def draw_counts(seed: int, n_rows: int = 150) -> np.ndarray:
    """Customers in whole numbers: repeated rows, equal distances, a centre between two values."""
    rng = np.random.default_rng(seed)
    X = rng.poisson(2.0, size=(n_rows, 2)).astype(float)
    X[rng.random(n_rows) < 0.4] += 6
    return X


def describe(name: str, X: np.ndarray) -> list[int]:
    """Labels in the order of the rows."""
    return SegmentClusterer(**ALGORITHMS[name]).fit(X).labels_.tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_order_of_rows_changes_nothing(name, seed):
    X = draw_counts(seed)
    expected = np.array(describe(name, X))
    order = np.random.default_rng(seed).permutation(len(X))
    assert describe(name, X[order]) == expected[order].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_nor_does_it_with_an_hdbscan_of_the_users(seed):
    X = draw_counts(seed)
    own = SegmentClusterer(algorithm=HDBSCAN(min_cluster_size=8, copy=True))
    expected = own.fit(X).labels_
    order = np.random.default_rng(seed).permutation(len(X))
    np.testing.assert_array_equal(own.fit(X[order]).labels_, expected[order])


@pytest.mark.parametrize("name", ["kmeans", "hierarchical", "density"])
def test_nor_do_new_customers_between_two_segments(name):
    X = draw_counts(0)
    order = np.random.default_rng(0).permutation(len(X))
    grid = np.array([[a, b] for a in np.arange(0, 12, 0.5) for b in np.arange(0, 12, 0.5)])
    one, other = (SegmentClusterer(**ALGORITHMS[name]).fit(rows) for rows in (X, X[order]))
    np.testing.assert_array_equal(one.predict(grid), other.predict(grid))


@pytest.mark.slow
def test_the_processor_changes_nothing():
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    plain = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(found)}
    plain |= {"OPENBLAS_CORETYPE": "Nehalem", "PYTHONPATH": str(Path(__file__).parents[2])}
    code = (
        "import json; from tests.segmentation.test_order_of_rows import *; "
        "print(json.dumps([[describe(name, draw_counts(seed)) for name in ALGORITHMS] "
        "for seed in range(3)]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True
    )
    expected = [[describe(name, draw_counts(seed)) for name in ALGORITHMS] for seed in range(3)]
    assert json.loads(answer.stdout) == expected
