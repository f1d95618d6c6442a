"""Loops that choose the few best of many, by keys that are nearly right.

A key is the score as float32, read as an integer: of positive numbers, the larger one
has the larger bits. Keys find a floor that the best are not below, in SIMD code and
without a branch that depends on them; only what reaches it is measured, and put in order.
"""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, prefer_wide_vectors

# Groups of keys, of which the largest is looked at: so many for one that is chosen.
GROUPS_PER_BEST, LEAST_GROUPS = 4, 128
# Shelves of keys that are alike: 16 between a score and its double, from 2**-31 to 2.
SHELF_SHIFT, N_SHELVES = 19, 512
LOWEST_SHELF = (0x40000000 >> SHELF_SHIFT) - N_SHELVES
# Keys may be wrong by rounding: what lies so many float32 below the floor is measured.
SLACK = 64
# Keys that are looked at together.
STRIPE = 64
# As many are put in order by comparing them all.
MOST_COMPARED = 128


@helper_kernel
def find_floor(keys: np.ndarray, n_best: int, groups: np.ndarray, shelves: np.ndarray) -> int:
    """Find a key that at least `n_best` of all reach, and not many more.

    Parameters
    ----------
    keys : ndarray of shape (n_keys,) of int32
        Keys; those of scores that are not positive are 0 or below.
    n_best : int
        How many are to be chosen.
    groups : ndarray of shape (n_groups,) of int32
        Room for the largest key of every group.
    shelves : ndarray of shape (N_SHELVES,) of int32
        Room for the numbers of largest keys that are alike.

    Returns
    -------
    int
        The floor; 0 if all positive scores may be among the best.
    """
    prefer_wide_vectors()
    n_groups, n_keys = groups.shape[0], keys.shape[0]
    if n_keys <= 2 * n_best:
        return 0
    groups[:] = 0
    # Neighbours, which are often alike, are in different groups.
    for start in range(0, n_keys, n_groups):
        some = keys[start : start + n_groups]
        for group in range(some.shape[0]):
            groups[group] = max(groups[group], some[group])
    shelves[:] = 0
    for group in range(n_groups):
        shelf = (groups[group] >> SHELF_SHIFT) - LOWEST_SHELF
        shelves[min(max(shelf, 0), N_SHELVES - 1)] += np.int32(1)
    shelf, n_above = N_SHELVES - 1, shelves[N_SHELVES - 1]
    while n_above < n_best and shelf > 0:
        shelf -= 1
        n_above += shelves[shelf]
    return ((shelf + LOWEST_SHELF) << SHELF_SHIFT) - SLACK if shelf > 0 else 0


@helper_kernel
def list_reaching(keys: np.ndarray, floor: int, places: np.ndarray) -> int:
    """List the places of keys that reach a floor, and return how many."""
    prefer_wide_vectors()
    least, n_found = np.int32(floor), 0
    for start in range(0, keys.shape[0], STRIPE):
        some, n_reaching = keys[start : start + STRIPE], np.int32(0)
        for place in range(some.shape[0]):
            n_reaching += np.int32(some[place] >= least)
        if n_reaching > 0:
            for place in range(some.shape[0]):
                places[n_found] = start + place
                n_found += some[place] >= least
    return n_found


@helper_kernel
def sort_compared(
    scores: np.ndarray, rows: np.ndarray, out_scores: np.ndarray, out_rows: np.ndarray
) -> None:
    """Put the best of few in order: each comes behind as many as are better."""
    prefer_wide_vectors()
    for place in range(scores.shape[0]):
        score, row, n_better = scores[place], rows[place], np.int64(0)
        for other in range(scores.shape[0]):
            is_tied = (scores[other] == score) & (rows[other] < row)
            n_better += np.int64((scores[other] > score) | is_tied)
        if n_better < out_scores.shape[0]:
            out_scores[n_better], out_rows[n_better] = score, row
