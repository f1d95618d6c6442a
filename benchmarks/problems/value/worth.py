"""How well spend is predicted: all customers of CDNOW, each by a model that has not seen it."""

from __future__ import annotations

from functools import partial

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.value import _models
from benchmarks.problems.value._data import CDNOW, read_cdnow
from benchmarks.problems.value._models import BIAS, ERRORS, GINI, MAPE, PEER, RMSE, SECONDS

TITLE = "Spend of customers, predicted"
CLAIM = (
    "CDNOW, 23,570 customers, what is known of them on 30 September 1997 (make_snapshots), their "
    "spend in the 39 weeks after it, predicted in five folds (KFold(5, shuffle=True, "
    "random_state=0)), pooled; means of five seeds (--full; one otherwise). The network of "
    "CLVRegressor at its defaults has a normalised Gini of at least 0.715, a decile MAPE of at "
    "most 0.075, a total within 3 % and an RMSE of at most 99, trains at most 15 s a fold, and is "
    "by the paired bootstrap (95 %) not worse than LightGBM by Tweedie's deviance in any of them. "
    "BTYD models see no spend to come; rules take the past for the future."
)
NEEDS = (CDNOW,)
DRAWN = {"figure": GINI, "meaning": "normalised Gini of predicted spend"}
NETWORK = "custbase, network"
LIMITS = {GINI: 0.715, MAPE: 0.075, BIAS: 3.0, RMSE: 99.0}


def run(n_seeds: int) -> Rows:
    """Measure all models."""
    return _models.measure(read_cdnow(), n_seeds)


def cases(full: bool) -> dict[str, Study]:
    """One table."""
    return {"CDNOW": Study(partial(run, 5 if full else 1))}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the network against its limits, and against LightGBM."""
    (found,) = rows.values()
    row = next(row for row in found if row["contender"] == NETWORK)
    verdicts = []
    for metric, limit in LIMITS.items():
        is_error = metric in ERRORS
        verdicts.append(
            Verdict(
                f"{metric} at {'most' if is_error else 'least'} {limit:g}",
                f"{row[metric]:.4f}",
                row[metric] <= limit if is_error else row[metric] >= limit,
            )
        )
        low, high = map(float, str(row[f"{metric}, more than {PEER}"]).split(" to "))
        verdicts.append(
            Verdict(
                f"{metric} not worse than that of {PEER}",
                f"difference {low:+.4f} to {high:+.4f}",
                low <= 0 if is_error else high >= 0,
            )
        )
    verdicts.append(Verdict("at most 15 s a fold", f"{row[SECONDS]:.1f} s", row[SECONDS] <= 15))
    return verdicts
