"""Evidence of ids from the numbers of columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Points of what may be counts, and of what hardly ever is.
LIKELY, SURE = 4, 7
# Fewer kinds are ratings and such.
FEW_KINDS = 10
# Half of the distances at which rounded amounts lie: 2, 10, 12, 20, 24, 50 and 100.
LAGS = (1, 5, 6, 10, 12, 25, 50)
# Counts and amounts of many kinds are hardly ever as rugged as ids.
RUGGED, FAIRLY_RUGGED = 1.75, 1.4
# What a customer buys is not within a tenth of what all buy.
FAR = 10
# No id is larger.
MOST = 2.0**64
# Customers and products that are numbered through end far from one another, scores do not.
OTHER_END = 0.8


class Numbers(NamedTuple):
    """What the numbers of a column say.

    Attributes
    ----------
    points : int
        0 for no ids, 1 for what may be ids, `LIKELY` and `SURE`.
    seen : str
        Why.
    end : float
        The last of numbers that go through from 1 and come equally often; otherwise 0.
    """

    points: int
    seen: str = ""
    end: float = 0.0


def read_numbers(cells: np.ndarray) -> list[Numbers]:
    """Tell how surely each column holds ids.

    Ids are whole and never 0, but for one number of all who are unknown. Two things tell them
    from counts and amounts. How often an id comes says nothing of its neighbours, and close
    amounts come about equally often. And if all ids come equally often, they start and end at
    once, where amounts tail off.

    Parameters
    ----------
    cells : ndarray of shape (n_rows, n_columns)
        Finite numbers.

    Returns
    -------
    list of Numbers
        One a column.
    """
    found = [_read(column) for column in cells.T]
    ends = [numbers.end for numbers in found if numbers.end]
    if ends and min(ends) < OTHER_END * max(ends):
        found = [
            Numbers(LIKELY, f"every number from 1 to {numbers.end:.15g}, equally often")
            if numbers.end and numbers.points < LIKELY
            else numbers
            for numbers in found
        ]
    return found


def _read(column: np.ndarray) -> Numbers:
    low, high = column.min(), column.max()
    if low < -1 or high > MOST or (column != np.floor(column)).any():
        return Numbers(0)
    # Nobody knows who -1 is, or 0; once there is -1, somebody is 0.
    is_known = column > min(low, 0)
    if np.mean(is_known) < 0.5:
        return Numbers(0)
    kinds, counts = np.unique(column[is_known], return_counts=True)
    if len(kinds) < FEW_KINDS:
        return Numbers(0)
    seen = f"{len(kinds)} kinds of whole numbers from {kinds[0]:.15g} to {kinds[-1]:.15g}"
    if kinds[-1] < 2**53:  # Amounts are often rounded, to tens for instance.
        kinds = kinds / np.gcd.reduce(kinds.astype(np.int64))
    rugged = _measure_ruggedness(kinds, counts)
    is_flat, is_through = _is_flat(kinds, counts)
    if low >= max(1_000, FAR * (high - low)):
        return Numbers(SURE, f"{seen}, far from 0")
    if is_flat:
        return Numbers(SURE, f"{seen}, equally often")
    if rugged >= RUGGED:
        return Numbers(SURE, f"{seen}, some far more often than their neighbours")
    if rugged >= FAIRLY_RUGGED and len(kinds) >= 2 * FEW_KINDS:
        return Numbers(LIKELY, f"{seen}, some more often than their neighbours")
    return Numbers(1, seen, kinds[-1] if is_through else 0.0)


def _measure_ruggedness(kinds: np.ndarray, counts: np.ndarray) -> float:
    """Pairs of equal numbers to pairs of numbers on both sides of one: 1 if counts are smooth.

    The counts of a smooth distribution, c(v), are about the root of c(v - d) c(v + d), be it
    falling or humped. The three most frequent numbers count no more than the fourth, so that a
    dozen that everybody buys makes no id.
    """
    counts = np.minimum(counts, np.partition(counts, -4)[-4]).astype(np.float64)
    equal = counts * (counts - 1)
    ruggedness = np.inf
    for lag in LAGS:
        if lag > max(1, (kinds[-1] - kinds[0]) / 4):
            break
        other = np.minimum(np.searchsorted(kinds, kinds + 2 * lag), len(kinds) - 1)
        around = counts @ np.where(kinds[other] == kinds + 2 * lag, counts[other], 0)
        inside = (kinds >= kinds[0] + lag) & (kinds <= kinds[-1] - lag)
        n_pairs = equal[inside].sum()
        # Few pairs are chance.
        ruggedness = min(ruggedness, n_pairs / (around + 1) if n_pairs >= 50 else 0.0)
    return ruggedness


def _is_flat(kinds: np.ndarray, counts: np.ndarray) -> tuple[bool, bool]:
    """Tell whether numbers come equally often: far from 0 or too many for scores, and from 1."""
    n, n_kinds, low = counts.sum(), len(kinds), kinds[0]
    share = n_kinds / (kinds[-1] - low + 1)
    tenths = np.histogram(kinds, bins=10, weights=counts)[0]
    if n < 100 or tenths.min() < 0.05 * n or (n_kinds > 0.7 * n and share < 0.9):
        return False, False
    is_flat = n_kinds >= 20 if low >= 100 else n_kinds >= 200 and share >= 0.5
    return bool(is_flat), bool(low <= 2 and share >= 0.9 and n_kinds > FEW_KINDS)
