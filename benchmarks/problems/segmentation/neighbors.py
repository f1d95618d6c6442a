"""The ten nearest rows of every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from benchmarks._case import Case, Contenders, Rows, Verdict
from benchmarks.problems.segmentation._data import make_clouds
from custbase.metrics import nearest_neighbors

TITLE = "Nearest neighbours"
CLAIM = (
    "nearest_neighbors(X, n_neighbors=10) on 50,000 rows (--full; 5,000 otherwise) of 3, 8 and 32 "
    "columns is not slower than scikit-learn's NearestNeighbors(algorithm='auto', n_jobs=-1). "
    "Distances agree to 1e-9, and so do the ids where the gaps between distances exceed 1e-9."
)
N_NEIGHBORS = 10
GAP = 1e-9
PEER = "scikit-learn"
DIFFERENCE, OTHERS = "relative difference of distances", "other ids"


def find(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances and ids by scikit-learn, each row but itself."""
    return NearestNeighbors(n_neighbors=N_NEIGHBORS, n_jobs=-1).fit(X).kneighbors()


def judge(results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Compare distances, and the ids of all but the last, whose next gap is not known."""
    (ours, our_ids), (theirs, their_ids) = results["custbase"], results[PEER]
    apart = np.diff(theirs, axis=1, prepend=-np.inf) > GAP
    clear = apart[:, :-1] & apart[:, 1:]
    return {
        "custbase": {
            DIFFERENCE: f"{(np.abs(ours - theirs) / np.maximum(theirs, GAP)).max():.1e}",
            OTHERS: int((our_ids != their_ids)[:, :-1][clear].sum()),
        }
    }


def _case(n_rows: int, n_columns: int, centers: int) -> Case:
    def setup() -> Contenders:
        X = make_clouds(n_rows, n_columns, centers=centers)
        return {
            "custbase": lambda: nearest_neighbors(X, n_neighbors=N_NEIGHBORS),
            PEER: lambda: find(X),
        }

    return Case(setup, judge)


def cases(full: bool) -> dict[str, Case]:
    """One normal cloud, the hardest there is for boxes, and six."""
    n_rows, columns = (50_000, (3, 8, 32)) if full else (5_000, (8,))
    return {
        f"{name}, {n_rows:,} x {d}": _case(n_rows, d, centers)
        for name, centers in {"one cloud": 1, "blobs": 6}.items()
        for d in columns
    }


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold ratios, distances and ids against what is claimed."""
    ratio, case = min((theirs["ratio"], case) for case, (_, theirs) in rows.items())
    difference = max(float(ours[DIFFERENCE]) for ours, _ in rows.values())
    others = sum(ours[OTHERS] for ours, _ in rows.values())
    return [
        Verdict("no ratio below 1", f"{ratio:.2f} at {case}", ratio >= 1),
        Verdict("distances agree to 1e-9", f"{difference:.1e}", difference <= 1e-9),
        Verdict("equal ids where distances differ", f"{others} others", others == 0),
    ]
