"""Amounts that customers are expected to spend, by a menu of regressors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from .._threads import as_rows_need
from ._boosting import PLAIN, Settled, settle
from ._losses import mean_deviance
from ._menu import build_mean, build_regressor, fit_model

FEW = 10  # rows: of fewer, a mean is all there is to learn


def fit_amounts(
    model: Any,
    rows: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray,
    *,
    seed: int,
    n_jobs: int | None,
) -> Pipeline:
    """Fit a regressor to amounts.

    Parameters
    ----------
    model : str, Boosting or regressor
        As in `build_regressor`.
    rows : DataFrame
        Rows, as `read_columns` gives them.
    y : ndarray of shape (n_rows,)
        Amounts, at least 0.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    seed : int
        Seed of the model.
    n_jobs : int or None
        Threads of a forest.

    Returns
    -------
    Pipeline
        The fitted model; of fewer than 10 amounts above 0, or of rows that all look
        alike, the mean.
    """
    if np.count_nonzero(y) < FEW or rows.empty:
        pipeline = build_mean()
    else:
        pipeline = build_regressor(model, rows, seed=seed, n_jobs=n_jobs)
    return fit_model(model, pipeline, rows, y, weights)


def predict_amounts(model: Pipeline, rows: pd.DataFrame, most: float) -> np.ndarray:
    """Amounts from 0 to the largest that the model has seen."""
    with as_rows_need(len(rows)):
        amounts = np.asarray(model.predict(rows), dtype=np.float64)
    return amounts.reshape(-1).clip(0.0, most)


def cross_amounts(
    model: Any,
    rows: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray,
    asked: np.ndarray,
    folds: list[np.ndarray],
    *,
    seed: int,
    n_jobs: int | None,
) -> tuple[Any, np.ndarray]:
    """Amounts that rows are expected to have, by models that have not seen them.

    Parameters
    ----------
    model : str or regressor
        As in `build_regressor`, or "boosting".
    rows : DataFrame
        Rows, as `read_columns` gives them.
    y : ndarray of shape (n_rows,)
        Amounts.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    asked : ndarray of bool of shape (n_rows,)
        Rows that models learn from, where they are not held out.
    folds : list of ndarray
        Rows that are held out.
    seed : int
        Seed of the models.
    n_jobs : int or None
        Threads of a forest.

    Returns
    -------
    model : str, Boosting or regressor
        What was given; boosting as the amounts that are held out have settled it.
    amounts : ndarray of shape (n_rows,)
        Amounts.
    """
    found = np.empty(len(y))
    cuts = [(np.flatnonzero(asked & ~np.isin(np.arange(len(y)), held)), held) for held in folds]
    if isinstance(model, str) and model == "boosting":
        few = any(np.count_nonzero(y[seen]) < FEW or not asked[held].any() for seen, held in cuts)
        settled = None if few else _settle_boosting(rows, y, weights, asked, cuts, seed)
        if settled is not None:
            for (seen, held), amounts in zip(cuts, settled.unseen, strict=True):
                found[held] = amounts.clip(0.0, y[seen].max())
            return settled.boosting, found
        model = PLAIN
    for seen, held in cuts:
        fitted = fit_amounts(
            model, rows.iloc[seen], y[seen], weights[seen], seed=seed, n_jobs=n_jobs
        )
        found[held] = predict_amounts(fitted, rows.iloc[held], float(y[seen].max()))
    return model, found


def _settle_boosting(
    rows: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray,
    asked: np.ndarray,
    cuts: list[tuple[np.ndarray, np.ndarray]],
    seed: int,
) -> Settled | None:
    """Let Poisson's deviance of held-out amounts say what boosting may learn."""

    def lose(said: list[np.ndarray]) -> np.ndarray:
        losses = [
            mean_deviance(y[held][asked[held]], amounts[asked[held]], weights[held][asked[held]])
            for amounts, (_, held) in zip(said, cuts, strict=True)
        ]
        return np.array(losses)

    return settle(HistGradientBoostingRegressor, rows, y, weights, cuts, lose, seed=seed)
