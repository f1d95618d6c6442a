"""What drives the probabilities of a model, column by column."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ._calibration import Sigmoid, has_probabilities_only, score_rows, to_log_odds
from ._folds import CrossFit, Table

SAMPLED = 2_000  # rows whose values are shuffled
FEW = 10  # rows of a group, at least
PARTS = 4  # groups of a number, cut at quantiles


def log_odds_of(model: Any, rows: pd.DataFrame, sigmoid: Sigmoid) -> np.ndarray:
    """Calibrated log-odds of a fitted model."""
    scores = score_rows(model, rows)
    if has_probabilities_only(model):
        scores = to_log_odds(scores, sigmoid.floor)
    return sigmoid.slope * scores + sigmoid.offset


def measure_drivers(
    table: Table,
    folds: list[np.ndarray],
    fitted: CrossFit,
    random_state: np.random.RandomState,
) -> dict[str, np.ndarray]:
    """Rise of the log-loss of held-out rows when a column is shuffled among them.

    Parameters
    ----------
    table : Table
        The rows of ``fit``.
    folds : list of ndarray
        Rows that are held out.
    fitted : CrossFit
        Models of the folds.
    random_state : RandomState
        Draws and shuffles.

    Returns
    -------
    dict
        ``importance`` and its standard error, of shape (n_columns,).
    """
    rises, weights = [], []
    for model, held in zip(fitted.models, folds, strict=True):
        size = min(len(held), SAMPLED // len(folds))
        chosen = random_state.choice(held, size, replace=False)
        rows, hits = table.rows.iloc[chosen], table.hits[chosen]
        repeated = pd.concat([rows] * (len(rows.columns) + 1), ignore_index=True)
        for number, name in enumerate(rows.columns):
            part = slice((number + 1) * size, (number + 2) * size)
            mixed = rows[name].to_numpy()[random_state.permutation(size)]
            repeated.iloc[part, number] = mixed
        odds = log_odds_of(model, repeated, fitted.sigmoid).reshape(-1, size)
        losses = np.logaddexp(0, np.where(hits, -odds, odds))
        rises.append(losses[1:] - losses[0])
        weights.append(table.weights[chosen])
    rise, weight = np.concatenate(rises, axis=1), np.concatenate(weights)
    mean = rise @ weight / weight.sum()
    error = np.sqrt(((rise - mean[:, None]) ** 2) @ weight**2) / weight.sum()
    return {"importance": mean, "standard_error": error}


def describe_risks(
    table: Table, probabilities: np.ndarray, levels: list[list[str] | None]
) -> list[dict[str, Any]]:
    """Values of each column with the highest and the lowest mean probability.

    Parameters
    ----------
    table : Table
        The rows of ``fit``.
    probabilities : ndarray of shape (n_rows,)
        Probabilities of the rows, held out.
    levels : list
        Texts of the categories of every column of the raw frame.

    Returns
    -------
    list of dict
        One for each column.
    """
    return [
        _describe_column(
            _group_values(table.rows[name], levels[int(str(name))]), probabilities, table
        )
        for name in table.rows
    ]


def _describe_column(groups: np.ndarray, p: np.ndarray, table: Table) -> dict[str, Any]:
    weights = table.weights
    sums = pd.DataFrame({"n": 1, "weight": weights, "sum": weights * p}).groupby(groups).sum()
    sums = sums[(sums["n"] >= min(FEW, len(groups) // 2)) & (sums["weight"] > 0)]
    mean = sums["sum"] / sums["weight"]
    if mean.empty:
        mean = pd.Series({"any": float(np.average(p, weights=weights))})
    return {
        "high_risk": str(mean.idxmax()),
        "high_probability": float(mean.max()),
        "low_risk": str(mean.idxmin()),
        "low_probability": float(mean.min()),
    }


def _group_values(column: pd.Series, levels: list[str] | None) -> np.ndarray:
    """Name of a group for every row: categories, few numbers, or quarters of many."""
    values = column.to_numpy()
    if levels is not None:
        return np.array([*levels, "missing"], dtype=object)[values]  # MISSING is the last one
    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    if len(distinct) <= PARTS:
        names = np.array([f"{value:g}" for value in distinct], dtype=object)
        groups = names[np.searchsorted(distinct, values).clip(max=len(distinct) - 1)]
    else:
        inner = np.quantile(known, np.arange(1, PARTS) / PARTS, method="lower")
        limits = np.unique(np.append(inner, distinct[-1]))
        limits = limits if len(limits) > 1 else distinct[-2:]
        names = np.array(
            [f"up to {limits[0]:g}"]
            + [f"above {a:g} to {b:g}" for a, b in pairwise(limits[:-1])]
            + [f"above {limits[-2]:g}"],
            dtype=object,
        )
        groups = names[np.searchsorted(limits, values).clip(max=len(limits) - 1)]
    return np.where(np.isnan(values), "missing", groups)
