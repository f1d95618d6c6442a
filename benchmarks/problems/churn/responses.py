"""Probabilities of responding, on real customers, against the same models alone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from benchmarks._case import Rows, Study, Verdict
from benchmarks.peers import classifiers
from benchmarks.problems.churn._data import read_bank
from custbase.metrics import expected_calibration_error, lift_score
from custbase.offers import ResponseClassifier

TITLE = "Probabilities of responding"
CLAIM = (
    "Customers of a bank who were called (bank_marketing, 45,211, without the duration of the "
    "call, which is known only afterwards), 5 stratified folds (--full; the first 2 of them "
    "otherwise, and 3 for 'svm', whose peers take minutes): "
    "ResponseClassifier with 'svm' and with 'forest' has an AUC and a lift of the "
    "tenth with the highest scores, means over folds, not below those of the same model of "
    "scikit-learn alone, within twice the standard error of the difference over the folds, and "
    "an expected calibration error of pooled held-out probabilities of at most 0.02."
)
DRAWN = {"figure": "AUC", "meaning": "area under the ROC curve, held out"}
FAMILIES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "forest": {
        "custbase": lambda frame: ResponseClassifier("forest", random_state=0, n_jobs=2),
        "alone": lambda frame: classifiers.make_forest(frame, 0),
    },
    "svm": {
        "custbase": lambda frame: ResponseClassifier("svm", random_state=0),
        "alone, balanced": lambda frame: classifiers.make_svm(frame, 0, class_weight="balanced"),
        "alone, balanced, gamma='auto'": lambda frame: classifiers.make_svm(
            frame, 0, class_weight="balanced", gamma="auto"
        ),
    },
    "others": {
        "custbase, auto": lambda frame: ResponseClassifier(random_state=0),
        "HistGradientBoosting, tuned": lambda frame: classifiers.make_boosting(frame, 0),
    },
}


def measure(family: str, n_folds: int) -> Rows:
    """Hold out one fold after the other."""
    frame, yes = read_bank()
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(frame, yes))[:n_folds]
    held_out = np.concatenate([held for _, held in folds])
    rows, first = [], None
    for name, make in FAMILIES[family].items():
        auc, lift, seconds = [], [], []
        scores = np.full(len(yes), np.nan)
        for seen, held in folds:
            start = time.perf_counter()
            model = make(frame).fit(frame.iloc[seen], yes[seen])
            seconds.append(time.perf_counter() - start)
            later = frame.iloc[held]
            has_p = hasattr(model, "predict_proba")
            scores[held] = (
                model.predict_proba(later)[:, 1] if has_p else model.decision_function(later)
            )
            auc.append(roc_auc_score(yes[held], scores[held]))
            lift.append(lift_score(yes[held], scores[held], fraction=0.1))
        first = first or (auc, lift)
        error = expected_calibration_error(yes[held_out], scores[held_out]) if has_p else np.nan
        rows.append(
            {
                "contender": name,
                "AUC": round(statistics.mean(auc), 4),
                "lift at 10 %": round(statistics.mean(lift), 3),
                "calibration error": round(float(error), 4),
                "median fit s": round(statistics.median(seconds), 1),
                **_compare("AUC", first[0], auc),
                **_compare("lift", first[1], lift),
            }
        )
    return rows


def _compare(figure: str, ours: list[float], theirs: list[float]) -> dict[str, float]:
    """Mean difference, and its standard error over the folds."""
    differences = np.subtract(ours, theirs)
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return {
        f"custbase has more {figure}": round(float(differences.mean()), 5),
        f"error of {figure}": round(float(error), 5),
    }


def cases(full: bool) -> dict[str, Study]:
    """One family of models a case."""
    folds = {"forest": 5, "svm": 3, "others": 5} if full else dict.fromkeys(FAMILIES, 2)
    return {family: Study(partial(measure, family, n)) for family, n in folds.items()}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold custbase against the same model alone."""
    verdicts = []
    for family in ("forest", "svm"):
        ours, *alone = rows[family]
        for row in alone:
            for figure in ("AUC", "lift"):
                more, spread = row[f"custbase has more {figure}"], row[f"error of {figure}"]
                verdicts.append(
                    Verdict(
                        f"{family}: {figure} not below {row['contender']}",
                        f"{more:+g} +- {spread:g}",
                        more >= -2 * spread,
                    )
                )
        error = ours["calibration error"]
        verdicts.append(
            Verdict(f"{family}: calibration error at most 0.02", f"{error:.4f}", error <= 0.02)
        )
    return verdicts
