"""Customers with the same figures become one row, with the number of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

# Histories are alike if they share a cell: of one number of purchases up to so many, of so many
# cells each doubling beyond, each doubling of T, and each unit of the logarithm of the purchases
# that were missed. There are so many cells at most.
SMALL_FREQUENCY, FREQUENCY_CELLS, N_FREQUENCIES = 12, 3, 64
SILENCE_CELLS, N_SILENCES = 2, 20
AGE_CELLS, N_AGES = 3, 24


class Rows(NamedTuple):
    """Distinct customers, by the place of their number of purchases among the distinct ones."""

    frequency: np.ndarray  # (n_distinct,): distinct numbers of repeat purchases, ascending
    counts: np.ndarray  # (n_distinct,): weight of those who have so many
    place: np.ndarray  # (n_rows,): number of each row among them
    columns: tuple[np.ndarray, ...]  # the other columns, each of shape (n_rows,)
    weights: np.ndarray  # (n_rows,)


class Rates(NamedTuple):
    """Repeat purchases per unit of time, and who makes them."""

    of_all: float
    of_repeaters: float  # who made some
    of_active: float  # the same, until the last one
    odds: float  # of making some


def collapse(X: np.ndarray, weights: np.ndarray) -> Rows:
    """Add up the weights of equal rows; those of weight 0 are left out.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The number of repeat purchases first.
    weights : ndarray of shape (n_rows,)
        Not negative.

    Returns
    -------
    Rows
        In the order in which they come first.
    """
    told = np.flatnonzero(weights > 0)
    table = np.ascontiguousarray(X[told].T)
    kind, _ = pd.factorize(table[0])
    for column in table[1:]:
        codes, values = pd.factorize(column)
        kind, _ = pd.factorize(kind * len(values) + codes)
    first = np.empty(kind.max() + 1, dtype=np.intp)
    first[kind[::-1]] = told[::-1]  # the last one assigned stays
    frequency, *columns = X[first].T.copy()
    return make_rows(frequency, tuple(columns), np.bincount(kind, weights[told]))


def make_rows(frequency: np.ndarray, columns: tuple[np.ndarray, ...], weights: np.ndarray) -> Rows:
    """Number the distinct numbers of purchases."""
    distinct, place = np.unique(frequency, return_inverse=True)
    counts = np.bincount(place, weights)
    return Rows(distinct, counts, place.astype(np.int32), columns, weights)


def gather(rows: Rows) -> Rows:
    """Let one row of means stand for histories that are much alike.

    The likelihood of these few has its peaks about where that of all rows has them.

    Parameters
    ----------
    rows : Rows
        Histories: columns are recency and T, at most 1.

    Returns
    -------
    Rows
        Some hundred, of the same weight in all; frequencies need not be whole.
    """
    x, (recency, T) = rows.frequency, rows.columns
    doublings = np.log2(np.maximum(x / SMALL_FREQUENCY, 1.0))
    often = np.minimum(x, SMALL_FREQUENCY) + doublings * FREQUENCY_CELLS
    often = np.minimum(often, N_FREQUENCIES - 1).astype(np.intp)
    with np.errstate(divide="ignore", invalid="ignore"):
        missed = np.where(recency > 0, x[rows.place] * np.log(T / recency), 0.0)
        silence = np.minimum(SILENCE_CELLS * np.log1p(missed), N_SILENCES - 1).astype(np.intp)
        age = np.minimum(-AGE_CELLS * np.log2(T), N_AGES - 1).astype(np.intp)
    cell = (often[rows.place] * N_SILENCES + silence) * N_AGES + age
    weights = np.bincount(cell, rows.weights)
    used = np.flatnonzero(weights)
    weights = weights[used]
    means = tuple(
        np.bincount(cell, rows.weights * column)[used] / weights for column in rows.columns
    )
    kinds, place = np.unique(used // (N_SILENCES * N_AGES), return_inverse=True)
    counts = np.bincount(place, weights)
    frequency = np.bincount(often, rows.counts * x)[kinds] / counts
    return Rows(frequency, counts, place.astype(np.int32), means, weights)


def measure_rates(rows: Rows) -> Rates:
    """Measure how often customers buy again.

    Parameters
    ----------
    rows : Rows
        Histories: columns are recency and T.

    Returns
    -------
    Rates
        All positive: as if there were a purchase, and one customer of each kind.
    """
    recency, T = rows.columns
    came_back = rows.weights * (recency > 0)
    total, n_back = rows.weights.sum(), came_back.sum()
    one = total / len(T)
    bought = max(float(rows.counts @ rows.frequency), one)
    known, active = rows.weights @ T, came_back @ recency
    return Rates(
        bought / known,
        bought / (came_back @ T or known),
        bought / (active or known),
        max(n_back, one) / max(total - n_back, one),
    )
