"""Whether the default holds on any table: its log-loss against that of the best of many."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from benchmarks._case import Rows, Study, Verdict
from benchmarks.peers import classifiers
from benchmarks.problems.churn._tables import GENERATED, REAL, Table
from custbase import ChurnClassifier

TITLE = "Defaults on any table"
CLAIM = (
    "Seven real tables and eight generated ones, of 300 to 100,000 customers, 5 stratified folds, "
    "twice of fewer than 10,000 customers (--full; the first 2 folds of tables below 5,000 "
    "otherwise): the log-loss of ChurnClassifier at its defaults is at most 1.02 times that of the "
    "best of the others on each, or within two standard errors of the difference over the folds. "
    "The others, written down in benchmarks/peers/classifiers.py, are calibrated as custbase's "
    "are, by a sigmoid on three inner folds. In the median over the tables its fit takes at most 8 "
    "times that of HistGradientBoostingClassifier at its defaults, alone."
)
DRAWN = {"figure": "times the best", "meaning": "log-loss, times the least of the others"}
OURS, PLAIN = "custbase", "HistGradientBoosting, defaults"
LOSS, RATIO, MORE, ERROR = "log-loss", "times the best", "more than the best", "error of it"
SECONDS, TIMES = "median fit s", "times boosting alone"
FEW_CUSTOMERS = 10_000

OTHERS: dict[str, Callable[[pd.DataFrame, int], Any]] = {
    "logistic regression, splines": classifiers.make_splines,
    PLAIN: classifiers.make_plain_boosting,
    "HistGradientBoosting, small": classifiers.make_small_boosting,
    "LightGBM, careful": classifiers.make_careful_lightgbm,
    "random forest": classifiers.make_forest,
}


def make_contenders(frame: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Estimators by name, not fitted."""
    return {
        OURS: ChurnClassifier(random_state=seed),
        **{
            name: CalibratedClassifierCV(make(frame, seed), ensemble=False, cv=3)
            for name, make in OTHERS.items()
        },
    }


def measure(read: Callable[[], Table], n_folds: int) -> Rows:
    """Hold out fold after fold."""
    frame, did = read()
    found: dict[str, list[tuple[float, ...]]] = {}
    alone = []
    for number, (seen, held, repeat) in enumerate(cut(did)):
        if number == n_folds:
            break
        for name, model in make_contenders(frame, repeat).items():
            start = time.perf_counter()
            model.fit(frame.iloc[seen], did[seen])
            seconds = time.perf_counter() - start
            p = model.predict_proba(frame.iloc[held])[:, 1]
            figures = (
                log_loss(did[held], p),
                roc_auc_score(did[held], p),
                brier_score_loss(did[held], p),
            )
            found.setdefault(name, []).append((*figures, seconds))
        start = time.perf_counter()
        OTHERS[PLAIN](frame, repeat).fit(frame.iloc[seen], did[seen])
        alone.append(time.perf_counter() - start)
    return describe(found, statistics.median(alone))


def cut(did: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Rows that are seen, in any order, and held out, and the number of the repeat."""
    rng = np.random.default_rng(0)  # inner folds of scikit-learn's are cut as rows come
    return [
        (rng.permutation(seen), held, repeat)
        for repeat in range(2 if len(did) < FEW_CUSTOMERS else 1)
        for seen, held in StratifiedKFold(5, shuffle=True, random_state=repeat).split(did, did)
    ]


def describe(found: dict[str, list[tuple[float, ...]]], alone: float) -> Rows:
    """Means over the folds, and differences to the best of the others."""
    losses = {name: np.array([fold[0] for fold in folds]) for name, folds in found.items()}
    best = min((name for name in found if name != OURS), key=lambda name: losses[name].mean())
    rows = []
    for name, folds in found.items():
        more = losses[name] - losses[best]
        rows.append(
            {
                "contender": name,
                LOSS: round(float(losses[name].mean()), 4),
                RATIO: round(float(losses[name].mean() / losses[best].mean()), 3),
                MORE: round(float(more.mean()), 5),
                ERROR: round(float(more.std(ddof=1) / np.sqrt(len(more))), 5),
                "AUC": round(statistics.mean(fold[1] for fold in folds), 4),
                "Brier score": round(statistics.mean(fold[2] for fold in folds), 4),
                SECONDS: round(statistics.median(fold[3] for fold in folds), 2),
                TIMES: round(statistics.median(fold[3] for fold in folds) / alone, 1),
            }
        )
    return rows


def cases(full: bool) -> dict[str, Study]:
    """A table a case."""
    tables = REAL | GENERATED
    if full:
        return {name: Study(partial(measure, read, 10)) for name, read in tables.items()}
    few = ("supermarket", "shop", "additive", "triples", "300 customers")
    return {name: Study(partial(measure, tables[name], 2)) for name in few}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold every table against the claim."""
    verdicts = []
    ours = {name: next(row for row in of if row["contender"] == OURS) for name, of in rows.items()}
    for name, row in ours.items():
        is_near = row[RATIO] <= 1.02 or row[MORE] <= 2 * row[ERROR]
        verdicts.append(
            Verdict(
                f"{name}: log-loss at most 1.02 times the best, or within two standard errors",
                f"{row[RATIO]:.3f} times ({row[MORE]:+.5f} +- {row[ERROR]:.5f})",
                is_near,
            )
        )
    times = statistics.median(row[TIMES] for row in ours.values())
    verdicts.append(
        Verdict("fit at most 8 times boosting alone, in the median", f"{times:.1f}", times <= 8)
    )
    return verdicts
