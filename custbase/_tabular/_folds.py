"""Candidates of a menu on shared folds: what rows get from models that have not seen them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from ._calibration import (
    LEAST_FLOOR,
    Sigmoid,
    find_floor,
    fit_sigmoid,
    has_probabilities_only,
    mean_log_loss,
    score_rows,
    to_log_odds,
)
from ._menu import build_model, fit_model

N_FOLDS = 3


class Table(NamedTuple):
    """Rows to learn from."""

    rows: pd.DataFrame
    hits: np.ndarray  # of bool: the second class
    weights: np.ndarray


class CrossFit(NamedTuple):
    """A candidate, fitted on every fold but one."""

    models: list[Pipeline]
    scores: np.ndarray  # of every row by the model that has not seen it; log-odds if they can be
    sigmoid: Sigmoid
    losses: np.ndarray  # calibrated log-loss of every fold


def cut_folds(hits: np.ndarray, random_state: np.random.RandomState) -> list[np.ndarray]:
    """Rows that are held out, fold by fold, as many of both classes as there are."""
    n_folds = min(N_FOLDS, np.count_nonzero(hits), np.count_nonzero(~hits))
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
    return [held for _, held in folds.split(np.zeros((len(hits), 1)), hits)]


def cross_fit(
    model: Any, table: Table, folds: list[np.ndarray], *, seed: int, n_jobs: int | None
) -> CrossFit:
    """Fit a candidate on every fold but one, and calibrate what the others get."""
    models, scores = [], np.empty(len(table.hits))
    for held in folds:
        seen = np.ones(len(scores), dtype=bool)
        seen[held] = False
        pipeline = build_model(model, table.rows, seed=seed, n_jobs=n_jobs)
        fit_model(pipeline, table.rows[seen], table.hits[seen], table.weights[seen])
        scores[held] = score_rows(pipeline, table.rows.iloc[held])
        models.append(pipeline)
    floor = LEAST_FLOOR
    if has_probabilities_only(models[0]):
        floor = find_floor(scores)
        scores = to_log_odds(scores, floor)
    slope, offset = fit_sigmoid(scores, table.hits, table.weights)
    log_odds = slope * scores + offset
    losses = [mean_log_loss(log_odds[f], table.hits[f], table.weights[f]) for f in folds]
    return CrossFit(models, scores, Sigmoid(slope, offset, floor), np.array(losses))
