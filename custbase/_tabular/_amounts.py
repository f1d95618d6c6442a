"""Amounts that customers are expected to spend, by a menu of regressors."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from .._threads import as_rows_need
from ._boosting import PLAIN, settle
from ._linear import TIMES, Cuts, Lose, cross_linear
from ._losses import mean_deviance
from ._menu import build_mean, build_regressor, fit_model

FEW = 10  # rows: of fewer, a mean is all there is to learn


class CrossAmounts(NamedTuple):
    """Amounts that rows are expected to have, by models that have not seen them."""

    model: Any  # what `fit_amounts` takes: boosting is settled
    amounts: np.ndarray
    whole: Pipeline | None = None  # fitted to all rows asked, if the folds started from it


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
) -> CrossAmounts:
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
    CrossAmounts
        What they are expected to have, and the model as held-out amounts have settled it.
    """
    cuts = [(np.flatnonzero(asked & ~np.isin(np.arange(len(y)), held)), held) for held in folds]
    few = any(np.count_nonzero(y[seen]) < FEW or not asked[held].any() for seen, held in cuts)
    if not few and isinstance(model, str):
        lose = partial(_lose, y=y, weights=weights, asked=asked, cuts=cuts)
        settled = _settle(model, rows, y, weights, asked, cuts, lose, seed)
        if settled is not None:
            return settled
    plain = PLAIN if isinstance(model, str) and model == "boosting" else model
    said = []
    for seen, held in cuts:
        fitted = fit_amounts(
            plain, rows.iloc[seen], y[seen], weights[seen], seed=seed, n_jobs=n_jobs
        )
        said.append(np.asarray(fitted.predict(rows.iloc[held])).reshape(-1))
    return CrossAmounts(plain, _join(said, y, cuts))


def _join(said: list[np.ndarray], y: np.ndarray, cuts: Cuts) -> np.ndarray:
    """Amounts in the order of the rows, from 0 to the largest that a fold has seen."""
    amounts = np.empty(len(y))
    for told, (seen, held) in zip(said, cuts, strict=True):
        amounts[held] = told.clip(0.0, y[seen].max())
    return amounts


def _settle(
    model: str,
    rows: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray,
    asked: np.ndarray,
    cuts: Cuts,
    lose: Lose,
    seed: int,
) -> CrossAmounts | None:
    """Let held-out amounts say what boosting may learn, and what a linear model; None of others."""
    if model == "boosting":
        kind = HistGradientBoostingRegressor
        found = settle(kind, rows, y, weights, cuts, lose, seed=seed)
        return None if found is None else CrossAmounts(found.boosting, _join(found.unseen, y, cuts))
    if model != "linear":
        return None
    pipeline = build_regressor(model, rows[asked], seed=seed, n_jobs=None)
    if len(pipeline) == 1:  # of these rows, nothing is known
        return None
    design = pipeline[0].fit(rows[asked]).transform(rows)
    linear = cross_linear(
        model,
        pipeline,
        design,
        y,
        weights,
        asked,
        cuts,
        lose,
        times=TIMES,
        # Of few rows with large amounts, a sum over the folds says little.
        beats=lambda tried, before: bool((tried < before).all()),
    )
    return CrossAmounts(model, _join(linear.said, y, cuts), linear.whole)


def _lose(
    said: list[np.ndarray], *, y: np.ndarray, weights: np.ndarray, asked: np.ndarray, cuts: Cuts
) -> np.ndarray:
    """Poisson's deviance of the amounts asked of every fold."""
    losses = []
    for amounts, (seen, held) in zip(said, cuts, strict=True):
        kept = asked[held]
        expected = amounts[kept].clip(0.0, y[seen].max())
        losses.append(mean_deviance(y[held][kept], expected, weights[held][kept]))
    return np.array(losses)
