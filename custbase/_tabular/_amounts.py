"""Amounts that customers are expected to spend, by a menu of regressors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

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
    model : str or regressor
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
    return np.asarray(model.predict(rows), dtype=np.float64).reshape(-1).clip(0.0, most)


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
) -> np.ndarray:
    """Amounts that rows are expected to have, by models that have not seen them.

    Parameters
    ----------
    model : str or regressor
        As in `build_regressor`.
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
    ndarray of shape (n_rows,)
        Amounts.
    """
    found = np.empty(len(y))
    for held in folds:
        seen = asked.copy()
        seen[held] = False
        fitted = fit_amounts(model, rows[seen], y[seen], weights[seen], seed=seed, n_jobs=n_jobs)
        found[held] = predict_amounts(fitted, rows.iloc[held], float(y[seen].max()))
    return found
