"""How often each criterion divides customers who are all of a kind."""

from __future__ import annotations

from functools import partial

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.segmentation._answers import answer_all
from benchmarks.problems.segmentation._sets import STRUCTURELESS, draw_structureless

TITLE = "Dividing what has no structure"
CLAIM = (
    "Of 216 sets without structure, of four kinds (--full; 4 of one kind otherwise), criterion "
    "'elbow' divides at most 5 %. Silhouette and Calinski-Harabasz have no value for one segment, "
    "so they divide all. benchmarks/problems/segmentation/_sets.py says how sets are drawn."
)
DIVIDED = "divided %"
DRAWN = {"figure": DIVIDED, "meaning": "sets that are divided though there is nothing to see, %"}


def count(kind: str, n_sets: int) -> Rows:
    """Count the answers above 1."""
    return [
        {
            "contender": name,
            "sets": n_sets,
            "divided": int((found > 1).sum()),
            DIVIDED: round(100 * float((found > 1).mean()), 1),
            "most segments": int(found.max(initial=0, where=found > 0)),
            "median s a set": seconds,
        }
        for name, found, seconds in answer_all(
            [partial(draw_structureless, kind, i) for i in range(n_sets)]
        )
    ]


def cases(full: bool) -> dict[str, Study]:
    """Four kinds of clouds."""
    kinds, n_sets = (STRUCTURELESS, 54) if full else (STRUCTURELESS[-1:], 4)
    return {kind: Study(partial(count, kind, n_sets)) for kind in kinds}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the elbow against its limit."""
    elbow = [row for case in rows.values() for row in case if row["contender"] == "elbow"]
    share = 100 * sum(row["divided"] for row in elbow) / sum(row["sets"] for row in elbow)
    return [Verdict("elbow divides at most 5 %", f"{share:.1f} %", share <= 5)]
