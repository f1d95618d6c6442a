"""One k-means from the same centres, custbase against scikit-learn, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from statistics import geometric_mean
from typing import Any

import numpy as np

from benchmarks._case import Case, Contenders, Rows, Verdict
from benchmarks.peers import sklearn_kmeans
from benchmarks.problems.segmentation._data import make_clouds
from custbase import SegmentClusterer

TITLE = "One k-means from given centres"
CLAIM = (
    "SegmentClusterer(k, init=centres, tol=0) against KMeans(k, init=centres, n_init=1, tol=0, "
    "algorithm='lloyd'), at most 50 iterations each, from k rows of the data: the geometric mean "
    "of the ratios over n {1e5, 1e6} x d {3, 8, 20} x k {4, 8, 12, 32} (--full; fewer and smaller "
    "otherwise) is at least 2, and none is below 0.8. Inertia agrees to 1e-9. Each cell holds "
    "for six blobs, where few iterations are enough, and for one normal cloud, where few are not."
)
MAX_ITER = 50
CLOUDS = {"blobs": 6, "one cloud": 1}
PEER = "scikit-learn"
DIFFERENCE = "relative difference of inertia"


def fit_from(X: np.ndarray, init: np.ndarray) -> tuple[float, int]:
    """Inertia, and the iterations it took from given centres."""
    clusterer = SegmentClusterer(len(init), init=init, tol=0, max_iter=MAX_ITER).fit(X)
    return clusterer.inertia_, clusterer.n_iter_


def _case(n_rows: int, n_columns: int, k: int, centers: int) -> Case:
    def setup() -> Contenders:
        X = make_clouds(n_rows, n_columns, centers=centers)
        init = X[np.random.default_rng(0).choice(n_rows, k, replace=False)]
        return {
            "custbase": lambda: fit_from(X, init),
            PEER: lambda: sklearn_kmeans.fit_from(X, init, max_iter=MAX_ITER),
        }

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        found = {name: {"iterations": n_iter} for name, (_, n_iter) in results.items()}
        difference = abs(results["custbase"][0] / results[PEER][0] - 1)
        found["custbase"][DIFFERENCE] = f"{difference:.1e}"
        return found

    return Case(setup, judge)


def cases(full: bool) -> dict[str, Case]:
    """Every cell."""
    cells = (
        product((100_000, 1_000_000), (3, 8, 20), (4, 8, 12, 32), CLOUDS)
        if full
        else product((20_000,), (8,), (12,), CLOUDS)
    )
    return {
        f"{name}, {n:,} x {d}, k = {k}": _case(n, d, k, CLOUDS[name]) for n, d, k, name in cells
    }


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the ratios and the inertia against what is claimed."""
    ratios = {case: theirs["ratio"] for case, (_, theirs) in rows.items()}
    worst = min(ratios, key=lambda case: ratios[case])
    mean = geometric_mean(ratios.values())
    parts = {
        name: geometric_mean(ratio for case, ratio in ratios.items() if case.startswith(name))
        for name in CLOUDS
    }
    least = geometric_mean(theirs["min_s"] / ours["min_s"] for ours, theirs in rows.values())
    by = ", ".join(f"{part:.2f} on {name}" for name, part in parts.items())
    difference = max(float(ours[DIFFERENCE]) for ours, _ in rows.values())
    return [
        Verdict(
            "geometric mean of the ratios at least 2",
            f"{mean:.2f} ({by}; {least:.2f} by the least times)",
            mean >= 2,
        ),
        Verdict("no ratio below 0.8", f"{ratios[worst]:.2f} at {worst}", ratios[worst] >= 0.8),
        Verdict("inertia agrees to 1e-9", f"{difference:.1e}", difference <= 1e-9),
    ]
