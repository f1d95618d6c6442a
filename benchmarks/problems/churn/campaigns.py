"""What campaigns of retention earn from real subscribers of different costs."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from benchmarks._case import Rows, Study, Verdict
from benchmarks.peers import classifiers, empulse
from benchmarks.problems.churn._data import read_television
from custbase.churn import ChurnClassifier

TITLE = "Campaigns of retention"
CLAIM = (
    "Subscribers of a television company (9,379, of whom 449 left), each with own costs of being "
    "contacted or not, 5 x 5 repeated stratified folds (--full; 1 x 5 otherwise). Profit is what "
    "is saved on held-out subscribers, compared with contacting nobody. ChurnClassifier, which "
    "decides by expected profit, earns more than the same probabilities cut at 0.5, which nearly "
    "nobody reaches, and not less than empulse's CSThresholdClassifier over any of three models, "
    "within the 95 % interval of the difference (10,000 draws of subscribers, who keep all their "
    "repeats). The costs, as far as a campaign knows them (value, offer, share that accepts), are "
    "columns for every contender."
)
DRAWN = {"figure": "profit", "meaning": "profit a subscriber"}
OURS, HALF, NOBODY, EVERYBODY = (
    "custbase",
    "custbase, above 0.5",
    "nobody is contacted",
    "everybody is contacted",
)
TUNED = {
    "empulse over logistic regression": classifiers.make_logistic,
    "empulse over random forest": classifiers.make_forest,
    "empulse over HistGradientBoosting": classifiers.make_steady_boosting,
}


def describe_offers(frame: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """Turn the matrix of costs into value, offer and share that accepts; a contact is free."""
    accepts = (costs["C_FN"] - costs["C_TP"]) / (costs["C_FN"] - costs["C_FP"])
    return frame.drop(columns=list(costs)).assign(
        value=costs["C_FN"], offer=costs["C_FP"], accepts=accepts
    )


def decide(
    frame: pd.DataFrame, left: np.ndarray, later: pd.DataFrame, seed: int
) -> dict[str, np.ndarray]:
    """Learn from some subscribers whom of others to contact, by contender."""
    churn = ChurnClassifier(
        customer_value="value",
        incentive_cost="offer",
        accept_rate="accepts",
        contact_cost=0.0,
        random_state=seed,
    ).fit(frame, left)
    return {
        OURS: churn.select(later),
        HALF: churn.predict_proba(later)[:, 1] > 0.5,
        **{
            name: empulse.choose_customers(make(frame, seed), frame, left, later, _costs_of(later))
            for name, make in TUNED.items()
        },
        NOBODY: np.zeros(len(later), dtype=bool),
        EVERYBODY: np.ones(len(later), dtype=bool),
    }


def _costs_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    value, offer, accepts = (frame[name].to_numpy() for name in ("value", "offer", "accepts"))
    kept = accepts * offer + (1 - accepts) * value
    return {"tp_cost": kept, "fp_cost": offer, "fn_cost": value}


def measure(n_repeats: int) -> Rows:
    """Repeat stratified folds."""
    frame, left, costs = read_television()
    frame = describe_offers(frame, costs)
    saved = np.where(left == 1, costs["C_FN"] - costs["C_TP"], costs["C_TN"] - costs["C_FP"])
    names = [OURS, HALF, *TUNED, NOBODY, EVERYBODY]
    contacted = {name: np.zeros(len(left)) for name in names}
    for repeat in range(n_repeats):
        folds = StratifiedKFold(5, shuffle=True, random_state=repeat)
        for seen, held in folds.split(frame, left):
            chosen = decide(frame.iloc[seen], left[seen], frame.iloc[held], repeat)
            for name in names:
                contacted[name][held] += chosen[name]
    profit = {name: saved * times / n_repeats for name, times in contacted.items()}
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(left), np.full(len(left), 1 / len(left)), 10_000) / len(left)
    rows = []
    for name in names:
        low, high = np.quantile(draws @ (profit[OURS] - profit[name]), [0.025, 0.975])
        rows.append(
            {
                "contender": name,
                "contacted %": round(100 * contacted[name].mean() / n_repeats, 2),
                "profit": round(float(profit[name].mean()), 3),
                "custbase earns more by": round(float((profit[OURS] - profit[name]).mean()), 3),
                "least": round(float(low), 3),
                "most": round(float(high), 3),
            }
        )
    return rows


def cases(full: bool) -> dict[str, Study]:
    """One table."""
    return {"television": Study(partial(measure, 5 if full else 1))}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold custbase against each rival."""
    by_name = {row["contender"]: row for row in rows["television"]}
    half = by_name[HALF]
    verdicts = [
        Verdict(
            "more than above 0.5",
            f"{half['custbase earns more by']:+.3f} ({half['least']:+.3f} to {half['most']:+.3f})",
            half["least"] > 0,
        )
    ]
    for name in TUNED:
        row = by_name[name]
        found = f"{row['custbase earns more by']:+.3f} ({row['least']:+.3f} to {row['most']:+.3f})"
        verdicts.append(Verdict(f"not less than {name}", found, row["most"] >= 0))
    return verdicts
