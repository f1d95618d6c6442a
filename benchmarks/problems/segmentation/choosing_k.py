"""How often each criterion finds the number of segments that there are."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.segmentation._answers import CRITERIA, KNEED, answer_all
from benchmarks.problems.segmentation._sets import SEGMENTED, draw_segmented

TITLE = "Choosing the number of segments"
CLAIM = (
    "Of 324 sets of 2 to 10 segments of three kinds (--full; 9 otherwise), criterion 'elbow' "
    "finds the number in at least as many as the best of silhouette, Calinski-Harabasz, BIC and "
    "gap, and in at least 20 % of all more than kneed on the same inertia. Each criterion is "
    "SegmentClusterer(criterion=..., random_state=0).fit(X), which looks at 1 to 12 segments. "
    "benchmarks/problems/segmentation/_sets.py says how sets are drawn."
)
DRAWN = {"figure": "exact %", "meaning": "sets whose number of segments is found, %"}
RIVALS = ("silhouette", "calinski_harabasz", "bic", "gap")


def count(kind: str, numbers: tuple[int, ...], n_sets: int) -> Rows:
    """Count the right answers."""
    draws = [partial(draw_segmented, kind, k, i) for k in numbers for i in range(n_sets)]
    known = np.repeat(numbers, n_sets)
    return [
        {
            "contender": name,
            "sets": len(known),
            "exact": int((found == known).sum()),
            "exact %": _percent(found == known),
            "within 1 %": _percent(np.abs(found - known) <= 1),
            "too few %": _percent(found < known),
            "too many %": _percent(found > known),
            "median s a set": seconds,
        }
        for name, found, seconds in answer_all(draws)
    ]


def _percent(true: np.ndarray) -> float:
    return round(100 * float(true.mean()), 1)


def cases(full: bool) -> dict[str, Study]:
    """Three kinds of segments."""
    numbers, n_sets = (tuple(range(2, 11)), 12) if full else ((2, 5, 9), 1)
    return {kind: Study(partial(count, kind, numbers, n_sets)) for kind in SEGMENTED}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the elbow against the best rival, and against kneed."""
    n_sets = sum(case[0]["sets"] for case in rows.values())
    exact = dict.fromkeys((*CRITERIA, KNEED), 0.0)
    for case in rows.values():
        for row in case:
            exact[row["contender"]] += 100 * row["exact"] / n_sets
    best = max(exact[name] for name in RIVALS)
    return [
        Verdict(
            "elbow finds the number at least as often as the best rival",
            ", ".join(f"{name} {share:.1f} %" for name, share in exact.items()),
            exact["elbow"] >= best,
        ),
        Verdict(
            "elbow finds it in 20 % of all sets more than kneed",
            f"{exact['elbow'] - exact[KNEED]:.1f} %",
            exact["elbow"] >= exact[KNEED] + 20,
        ),
    ]
