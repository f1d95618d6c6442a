"""Columns of a wide table that say most, each by itself, of what is modelled."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Columns that trees look at: of one among thousands that say nothing, a split is soon an accident,
# and trees take as long as there are columns. Chosen on generated tables.
MOST_COLUMNS = 200
GROUPS = 8  # of as many rows, if values differ, of a number


def screen_columns(rows: pd.DataFrame, y: np.ndarray, weights: np.ndarray) -> list[str]:
    """Choose the columns whose groups of rows differ most in the mean.

    Parameters
    ----------
    rows : DataFrame
        Rows, as `read_columns` gives them.
    y : ndarray of shape (n_rows,)
        Who does something, or amounts, at least 0.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.

    Returns
    -------
    list of str
        All names, or, of more than 200 columns, the names of 200, in the order of the table.

    Notes
    -----
    The sum of squares between the groups of a column (eighths of a number, levels of a category,
    missing values) is, if the column says nothing, close to chi-square of as many degrees of
    freedom as groups but one. Columns are ordered by how many standard deviations of it they are
    above its mean, so that many levels are no merit.
    """
    if len(rows.columns) <= MOST_COLUMNS:
        return list(rows.columns)
    roots = np.sqrt(y)  # a few large amounts would say it all
    off = roots - np.average(roots, weights=weights)
    parts = weights / weights.mean()
    off /= np.sqrt(np.mean(parts * off**2))
    scores = [_score(_group(rows[name].to_numpy()), off, parts) for name in rows]
    kept = np.argsort(-np.array(scores), kind="stable")[:MOST_COLUMNS]
    return list(rows.columns[np.sort(kept)])


def _group(values: np.ndarray) -> np.ndarray:
    """Number the groups of a column, from 0."""
    if values.dtype != np.float64:
        return np.unique(values, return_inverse=True)[1]
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return np.zeros(len(values), dtype=np.intp)
    limits = np.unique(known[(len(known) - 1) * np.arange(1, GROUPS) // GROUPS])
    return np.where(np.isnan(values), len(limits) + 1, np.searchsorted(limits, values))


def _score(groups: np.ndarray, off: np.ndarray, parts: np.ndarray) -> float:
    """Sum of squares between groups, as standard deviations above what chance makes of it."""
    size = np.bincount(groups, parts)
    sums = np.bincount(groups, parts * off)[size > 0]
    freedom = len(sums) - 1
    if not freedom:
        return -np.inf
    between = float((sums**2 / size[size > 0]).sum())
    return (between - freedom) / np.sqrt(2 * freedom)
