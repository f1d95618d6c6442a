"""From scores to log-odds that can be believed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from .._threads import as_rows_need

ROUNDING = 1e-9  # of a score
LEAST_FLOOR = 1e-6  # of a probability: what a model calls impossible may happen


class Sigmoid(NamedTuple):
    """Calibrated log-odds are ``slope * score + offset``."""

    slope: float
    offset: float
    floor: float = LEAST_FLOOR  # probabilities of a model are at least that far from 0 and 1


def score_rows(model: Any, rows: pd.DataFrame) -> np.ndarray:
    """Decision function of a model, or its probabilities of the second class."""
    with as_rows_need(len(rows)):
        if hasattr(model, "decision_function"):
            return np.asarray(model.decision_function(rows), dtype=np.float64)
        return np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)


def has_probabilities_only(model: Any) -> bool:
    """Tell what `score_rows` returns."""
    return not hasattr(model, "decision_function")


def find_floor(probabilities: np.ndarray) -> float:
    """Half the least probability of either class that is not 0."""
    both = np.concatenate([probabilities, 1 - probabilities])
    return max(LEAST_FLOOR, float(both[both > 0].min()) / 2)


def to_log_odds(probabilities: np.ndarray, floor: float) -> np.ndarray:
    """Logarithm of the odds of probabilities, kept off 0 and 1."""
    return logit(probabilities.clip(floor, 1 - floor))


def log_odds_of(model: Any, rows: pd.DataFrame, sigmoid: Sigmoid) -> np.ndarray:
    """Calibrated log-odds of a fitted model."""
    scores = score_rows(model, rows)
    if has_probabilities_only(model):
        scores = to_log_odds(scores, sigmoid.floor)
    return sigmoid.slope * scores + sigmoid.offset


def fit_sigmoid(scores: np.ndarray, hits: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Slope and offset of Platt's sigmoid.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,)
        Scores of rows that the model had not seen.
    hits : ndarray of shape (n_rows,)
        Whether a row is of the second class.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.

    Returns
    -------
    slope, offset : float
        Those of maximum likelihood, with one more row of either class half and half,
        so that they stay finite where scores tell the classes apart. The slope is
        not negative: scores that are worse than none make everybody alike.

    Notes
    -----
    Newton's method with the step halved until the likelihood rises. [1]_ has the
    smoothed targets.

    References
    ----------
    .. [1] J. Platt, "Probabilistic outputs for support vector machines", Advances in
       Large Margin Classifiers, 1999.
    """
    spread = float(np.sqrt(np.cov(scores, aweights=weights))) if len(scores) > 1 else 0.0
    if np.ptp(scores) <= ROUNDING * np.abs(scores).max():
        spread = 0.0  # models that say the same of everybody differ by rounding
    n_hits, n_misses = weights @ hits, weights @ ~hits
    targets = np.where(hits, (n_hits + 1) / (n_hits + 2), 1 / (n_misses + 2))
    base = float(logit(np.average(targets, weights=weights)))
    if not spread > 0:
        return 0.0, base
    middle = float(np.average(scores, weights=weights))
    X = np.stack([(scores - middle) / spread, np.ones(len(scores))], axis=1)
    at, loss = np.array([0.0, base]), np.inf
    step = np.zeros(2)
    for _ in range(100):
        for _ in range(30):
            odds = X @ (at + step)
            tried = weights @ (np.logaddexp(0, odds) - targets * odds)
            if tried <= loss:
                break
            step /= 2
        at, gain, loss = at + step, loss - tried, tried
        if gain <= 1e-12 * abs(loss):
            break
        p = expit(odds)
        curvature = (X * (weights * p * (1 - p))[:, None]).T @ X
        step = np.linalg.solve(curvature + 1e-12 * np.eye(2), X.T @ (weights * (targets - p)))
    if at[0] < 0:
        return 0.0, base
    slope = float(at[0] / spread)
    return slope, float(at[1] - slope * middle)
