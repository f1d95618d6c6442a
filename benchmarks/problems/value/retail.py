"""How well spend is predicted: the customers of a shop, returns included."""

from __future__ import annotations

from functools import partial

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.value import _models
from benchmarks.problems.value._data import SHOP, read_shop
from benchmarks.problems.value._models import GINI

TITLE = "Spend of a shop's customers, predicted"
CLAIM = (
    "Online Retail, known customers, what is known of them on 9 September 2011, and their spend in "
    "the 13 weeks after it, returns netted; who got more back than was paid is worth 0 to every "
    "model alike. Predicted in five folds, pooled; means of five seeds (--full; one otherwise). "
    "The best of custbase's models has a higher normalised Gini than both rules."
)
NEEDS = (SHOP,)
DRAWN = {"figure": GINI, "meaning": "normalised Gini of predicted spend"}
NEGATIVE = "share below 0"


def run(n_seeds: int) -> Rows:
    """Measure all models."""
    data, share = read_shop()
    return [row | {NEGATIVE: round(share, 4)} for row in _models.measure(data, n_seeds)]


def cases(full: bool) -> dict[str, Study]:
    """One table."""
    return {"Online Retail": Study(partial(run, 5 if full else 1))}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the best model against the rules."""
    (found,) = rows.values()
    ours = [row for row in found if row["contender"].startswith("custbase")]
    rules = [row for row in found if row["contender"].startswith("spends")]
    best, rule = (max(some, key=lambda row: row[GINI]) for some in (ours, rules))
    return [
        Verdict(
            "the best of custbase above both rules",
            f"{best[GINI]:.4f} ({best['contender']}) and {rule[GINI]:.4f}",
            best[GINI] > rule[GINI],
        )
    ]
