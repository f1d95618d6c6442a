"""Sums of the ledger over the customers of each segment, as booked and resampled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from ._amounts import FloatArray, without_dust

# Random access to counters is what costs: this many of them fit into a core's own cache.
BLOCK_CELLS = 1 << 16

# Column of the ledger -> name of its sum in the figures; the last two may be missing.
SUM_NAMES = {
    "revenue": "revenue",
    "present_value": "present_value",
    "baseline": "baseline",
    "is_new": "n_new",
}


def add_total(sums: NDArray[Any]) -> FloatArray:
    """Append the sum over the segments, the last axis."""
    return np.concatenate([sums, sums.sum(axis=-1, keepdims=True)], axis=-1)


def sum_ledger(ledger: Mapping[str, NDArray[Any]]) -> dict[str, FloatArray]:
    """Sum each column by segment and in total, (n_segments + 1,); NaN where not booked."""
    positions = ledger["segment"]
    sums = {"n_customers": add_total(np.bincount(positions, weights=np.ones(len(positions))))}
    for column, name in SUM_NAMES.items():
        if column in ledger:
            total, size = (
                add_total(np.bincount(positions, weights=amounts))
                for amounts in (ledger[column], np.abs(ledger[column]))
            )
            sums[name] = without_dust(total, size)
        else:
            sums[name] = np.full(sums["n_customers"].shape, np.nan)
    return sums


def resample_ledger(
    ledger: Mapping[str, NDArray[Any]], n_draws: int, random_state: Any
) -> dict[str, FloatArray]:
    """Sum as `sum_ledger` does over resampled customers, (n_draws, n_segments + 1)."""
    sums = sum_ledger(ledger)
    booked = [column for column in SUM_NAMES if column in ledger]
    values = np.column_stack([ledger[column] for column in booked]).astype(np.float64, copy=False)
    draws = resample_sums(values, ledger["segment"], n_draws, random_state)
    for i, column in enumerate(booked):
        sums[SUM_NAMES[column]] = add_total(draws[:, :, i])
    return sums


def resample_sums(
    values: FloatArray,
    positions: NDArray[np.intp],
    n_draws: int,
    random_state: Any,
) -> FloatArray:
    """Sum columns over customers drawn with replacement within their segment.

    Parameters
    ----------
    values : ndarray of shape (n_customers, n_columns)
        What is summed.
    positions : ndarray of shape (n_customers,)
        Segment of each customer, from 0 without gaps.
    n_draws : int
        Number of resamples.
    random_state : int, RandomState or None
        Seed; the same one gives the same sums.

    Returns
    -------
    ndarray of shape (n_draws, n_segments, n_columns)
        Sums per draw; every draw keeps the size of each segment.

    Notes
    -----
    O(n_draws * n_customers) time and the memory of one block of draws. How often
    a draw hits a block of customers is multinomial, and within a block each hit
    is uniform; customers with nothing to add are a block that needs no hits.
    """
    # PCG64 draws three times as fast as the Mersenne Twister, from which it gets its seed.
    seed = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    rng = np.random.Generator(np.random.PCG64(seed))
    order = np.argsort(positions, kind="stable")
    ends = np.cumsum(np.bincount(positions))[:-1]
    draws = [_resample_segment(values[rows], n_draws, rng) for rows in np.split(order, ends)]
    return np.stack(draws, axis=1)


def _resample_segment(values: FloatArray, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Sums of one segment, (n_draws, n_columns)."""
    n = len(values)
    active = values[values.any(axis=1)]
    blocks = [active[start : start + BLOCK_CELLS] for start in range(0, len(active), BLOCK_CELLS)]
    shares = [len(block) / n for block in blocks] + [(n - len(active)) / n]
    hits = rng.multinomial(n, shares, size=n_draws)
    sums = np.zeros((n_draws, values.shape[1]))
    for block, n_hits in zip(blocks, hits.T, strict=False):
        sums += _resample_block(block, n_hits, rng)
    return sums


def _resample_block(
    values: FloatArray, n_hits: NDArray[np.int64], rng: np.random.Generator
) -> FloatArray:
    """Sums of n_hits[i] rows drawn with replacement, one line a draw."""
    m = len(values)
    sums = np.empty((len(n_hits), values.shape[1]))
    step = max(1, BLOCK_CELLS // m)
    for start in range(0, len(n_hits), step):
        drawn = n_hits[start : start + step]
        picks = rng.integers(m, size=drawn.sum())
        picks += np.repeat(np.arange(len(drawn)) * m, drawn)
        times = np.bincount(picks, minlength=len(drawn) * m).reshape(len(drawn), m)
        sums[start : start + step] = times.astype(np.float64) @ values
    return sums
