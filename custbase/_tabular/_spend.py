"""Who buys, and how much: models of both, judged by customers that they have not seen."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.pipeline import Pipeline

from ._amounts import cross_amounts
from ._classifier import AUTO
from ._folds import CrossFit, Table, cross_fit
from ._losses import mean_deviance

# Who buys is told by a classifier of the same kind.
CLASSIFIERS = {"linear": "logistic", "tree": "tree", "forest": "forest", "boosting": "boosting"}
MOST_SCALING = 2.0  # of both parts: more would be chance
LEAST_EXPECTED = 1e-6  # of the mean: what spends all the same costs no infinite deviance


class Spend(NamedTuple):
    """A kind of model of spend, by customers that it has not seen."""

    regressor: Any  # of how much; boosting is settled
    classifier: CrossFit | None  # of who buys, or None if all are as likely to
    scale: float  # that makes the product of both parts add up
    losses: np.ndarray  # Poisson's deviance in every fold
    whole: Pipeline | None = None  # the regressor of all rows, if the folds started from it


def cross_spend(
    model: Any,
    table: Table,
    y: np.ndarray,
    asked: np.ndarray,
    folds: list[np.ndarray],
    *,
    is_told: bool,
    share: float,
    seed: int,
    n_jobs: int | None,
) -> Spend:
    """Fit both parts on every fold but one.

    Parameters
    ----------
    model : str or regressor
        As in `build_regressor`.
    table : Table
        Rows, and who bought.
    y : ndarray of shape (n_rows,)
        Amounts.
    asked : ndarray of bool of shape (n_rows,)
        Rows that the regressor learns from.
    folds : list of ndarray
        Rows that are held out.
    is_told : bool
        Whether a classifier tells who buys.
    share : float
        Of those who buy, otherwise.
    seed : int
        Seed of the models.
    n_jobs : int or None
        Threads of a forest.

    Returns
    -------
    Spend
        What they are like.
    """
    weights = table.weights
    crossed = cross_amounts(model, table.rows, y, weights, asked, folds, seed=seed, n_jobs=n_jobs)
    expected, scale = share * crossed.amounts, 1.0
    classifier = None
    if is_told:
        menu = (CLASSIFIERS[model],) if isinstance(model, str) else AUTO
        fitted = [cross_fit(kind, table, folds, seed=seed, n_jobs=n_jobs) for kind in menu]
        classifier = min(fitted, key=lambda candidate: candidate.losses.mean())
        sigmoid = classifier.sigmoid
        expected = crossed.amounts * expit(sigmoid.slope * classifier.scores + sigmoid.offset)
        scale = _find_scale(y, expected, weights)
    least = LEAST_EXPECTED * float(np.average(y, weights=weights))
    expected = np.maximum(scale * expected, least)
    losses = [mean_deviance(y[held], expected[held], weights[held]) for held in folds]
    return Spend(crossed.model, classifier, scale, np.array(losses), crossed.whole)


def _find_scale(y: np.ndarray, expected: np.ndarray, weights: np.ndarray) -> float:
    """What makes the expected amounts add up to those that were paid."""
    total = float(weights @ expected)
    if not total > 0:
        return 1.0
    return min(max(float(weights @ y) / total, 1 / MOST_SCALING), MOST_SCALING)
