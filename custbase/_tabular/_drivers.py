"""What drives the probabilities of a model, column by column."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from ._calibration import Sigmoid, log_odds_of
from ._folds import CrossFit, Table
from ._reasons import explain_linear, is_linear, name_numbers, name_read

SAMPLED = 2_000  # rows whose values are shuffled
MIXED_AT_ONCE = 20_000  # rows of a call: a table of many columns is not repeated as a whole
FEW = 10  # rows of a group, at least
PARTS = 4  # groups of a number, cut at quantiles


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
        orders = np.stack([random_state.permutation(size) for _ in rows])
        odds = log_odds_of(model, rows, fitted.sigmoid)
        mixed = _mix_columns(model, rows, odds, orders, fitted.sigmoid)
        rises.append(_lose(mixed, hits) - _lose(odds, hits))
        weights.append(table.weights[chosen])
    rise, weight = np.concatenate(rises, axis=1), np.concatenate(weights)
    mean = rise @ weight / weight.sum()
    error = np.sqrt(((rise - mean[:, None]) ** 2) @ weight**2) / weight.sum()
    return {"importance": mean, "standard_error": error}


def _mix_columns(
    model: Pipeline, rows: pd.DataFrame, odds: np.ndarray, orders: np.ndarray, sigmoid: Sigmoid
) -> np.ndarray:
    """Log-odds of rows when one column after the other is put into another order."""
    if is_linear(model):
        parts = explain_linear(model, rows, sigmoid, np.zeros(model[-1].coef_.shape[1])).T
        return odds - parts + np.take_along_axis(parts, orders, axis=1)
    size, read = len(rows), name_read(rows, [model])
    at_once = max(1, MIXED_AT_ONCE // size)
    found = np.tile(odds, (len(orders), 1))
    for start in range(0, len(read), at_once):
        some = read[start : start + at_once]
        numbers = rows.columns.get_indexer(pd.Index(some))
        repeated = pd.concat([rows[read]] * len(some), ignore_index=True)
        for place, (name, number) in enumerate(zip(some, numbers, strict=True)):
            mixed = rows[name].to_numpy()[orders[number]]
            repeated.iloc[place * size : (place + 1) * size, start + place] = mixed
        found[numbers] = log_odds_of(model, repeated, sigmoid).reshape(-1, size)
    return found


def _lose(odds: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Log-loss of every row."""
    return np.logaddexp(0, np.where(hits, -odds, odds))


def describe_risks(
    table: Table, p: np.ndarray, levels: list[list[str] | None]
) -> list[dict[str, Any]]:
    """Values of each column with the highest and the lowest mean probability.

    Parameters
    ----------
    table : Table
        The rows of ``fit``.
    p : ndarray of shape (n_rows,)
        Probabilities of the rows, held out.
    levels : list
        Texts of the categories of every column of the raw frame.

    Returns
    -------
    list of dict
        One for each column.
    """
    return [
        _describe_column(*_group_values(table.rows[name], levels[int(str(name))]), p, table.weights)
        for name in table.rows
    ]


def _describe_column(
    places: np.ndarray, names: np.ndarray, p: np.ndarray, weights: np.ndarray
) -> dict[str, Any]:
    """Groups of the highest and the lowest mean; of equal ones, the first by name."""
    size = np.bincount(places, minlength=len(names))
    weight = np.bincount(places, weights, minlength=len(names))
    asked = np.flatnonzero((size >= min(FEW, len(places) // 2)) & (weight > 0))
    if not len(asked):
        names, asked = np.array(["any"], dtype=object), np.zeros(1, dtype=int)
        mean = np.array([np.average(p, weights=weights)])
    else:
        asked = asked[np.argsort(names[asked].astype(str), kind="stable")]
        mean = np.bincount(places, weights * p, minlength=len(names))[asked] / weight[asked]
    high, low = int(mean.argmax()), int(mean.argmin())
    return {
        "high_risk": str(names[asked[high]]),
        "high_probability": float(mean[high]),
        "low_risk": str(names[asked[low]]),
        "low_probability": float(mean[low]),
    }


def _group_values(column: pd.Series, levels: list[str] | None) -> tuple[np.ndarray, np.ndarray]:
    """Group of every row, by place, and names: of categories, few numbers, or quarters of many."""
    values = column.to_numpy()
    if levels is not None:
        names = np.array([*levels, "missing"], dtype=object)
        return values % len(names), names  # MISSING is the last one
    known = np.sort(values[~np.isnan(values)])
    is_new = np.append(True, known[1:] != known[:-1])
    if np.count_nonzero(is_new) <= PARTS:
        limits = known[is_new]
        found = name_numbers(limits)
    else:
        inner = known[(len(known) - 1) * np.arange(1, PARTS) // PARTS]
        limits = np.unique(np.append(inner, known[-1]))
        if len(limits) == 1:
            limits = known[is_new][-2:]
        told = name_numbers(limits)
        found = [f"up to {told[0]}"]
        found += [f"above {a} to {b}" for a, b in pairwise(told[:-1])]
        found += [f"above {told[-2]}"]
    places = np.searchsorted(limits, values).clip(max=len(limits) - 1)
    places[np.isnan(values)] = len(found)
    return places, np.array([*found, "missing"], dtype=object)
