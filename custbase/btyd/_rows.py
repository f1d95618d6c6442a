"""Customers with the same figures become one row, with the number of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd


class Rows(NamedTuple):
    """Distinct customers, by the place of their number of purchases among the distinct ones."""

    frequency: np.ndarray  # (n_distinct,): distinct numbers of repeat purchases, ascending
    counts: np.ndarray  # (n_distinct,): weight of those who have so many
    place: np.ndarray  # (n_rows,): number of each row among them
    columns: tuple[np.ndarray, ...]  # the other columns, each of shape (n_rows,)
    weights: np.ndarray  # (n_rows,)

    def thin_out(self, n_rows: int) -> Rows:
        """Take about so many rows, evenly."""
        every = slice(None, None, -(-len(self.weights) // n_rows))
        columns = tuple(column[every] for column in self.columns)
        return make_rows(self.frequency[self.place[every]], columns, self.weights[every])


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
    frame = pd.DataFrame(X[weights > 0])
    frame["weight"] = weights[weights > 0]
    sums = frame.groupby(list(frame.columns[:-1]), sort=False)["weight"].sum().reset_index()
    frequency, *columns, weight = (sums[name].to_numpy() for name in sums.columns)
    return make_rows(frequency, tuple(columns), weight)


def make_rows(frequency: np.ndarray, columns: tuple[np.ndarray, ...], weights: np.ndarray) -> Rows:
    """Number the distinct numbers of purchases."""
    distinct, place = np.unique(frequency, return_inverse=True)
    counts = np.bincount(place, weights)
    return Rows(distinct, counts, place.astype(np.int32), columns, weights)
