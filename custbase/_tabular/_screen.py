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
    The groups of a column are the eighths of a number, the levels of a category, and missing
    values. If a column says nothing, its sum of squares between groups is close to chi-square, of
    as many degrees of freedom as groups but one; unequal weights w make the sum over the groups of
    ``sum w**2 / sum w`` of it, less that of all rows. Columns are ordered by how many standard
    deviations they are above that mean, so that many levels are no merit.
    """
    if len(rows.columns) <= MOST_COLUMNS:
        return list(rows.columns)
    roots = np.sqrt(y.astype(np.float64))  # a few large amounts would say it all
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
    limits = known[(len(known) - 1) * np.arange(1, GROUPS) // GROUPS]
    # A value that is its own quantile twice has a group of its own: those below it may be few.
    below = np.nextafter(limits[1:][limits[1:] == limits[:-1]], -np.inf)
    limits = np.unique(np.append(limits, below))
    return np.where(np.isnan(values), len(limits) + 1, np.searchsorted(limits, values))


def _score(groups: np.ndarray, off: np.ndarray, parts: np.ndarray) -> float:
    """Sum of squares between groups, as standard deviations above what chance makes of it."""
    weight = np.bincount(groups, parts)
    is_some = weight > 0
    sums = np.bincount(groups, parts * off)[is_some]
    # Of equal weights, 1 in each group, and 1 less in all.
    shares = np.bincount(groups, parts**2)[is_some] / weight[is_some]
    share = float((parts**2).sum() / parts.sum())
    freedom = float(shares.sum()) - share
    spread = 2 * (float((shares**2).sum()) - share**2)
    if len(sums) < 2 or not spread > 0:
        return -np.inf
    between = float((sums**2 / weight[is_some]).sum())
    return (between - freedom) / float(np.sqrt(spread))
