"""Convex hulls of ROC curves, of scores and of rows that are drawn again."""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, kernel

POSITIVE, LAST = 1, 2  # of a row: its class, and that the next one has a lower score


@kernel
def merge_scores(positives: np.ndarray, negatives: np.ndarray, out: np.ndarray) -> None:
    """Merge the sorted scores of two classes to one order, the highest first.

    Parameters
    ----------
    positives, negatives : ndarray of shape (n_positives,), (n_negatives,)
        Scores of the two classes, ascending.
    out : ndarray of shape (n_positives + n_negatives,)
        Set to sums of POSITIVE and LAST, uint8: of equal scores the positive ones
        come first, and only the last row is marked.
    """
    i, j = positives.shape[0] - 1, negatives.shape[0] - 1
    for at in range(out.shape[0]):
        take_positive = j < 0 or (i >= 0 and positives[i] >= negatives[j])
        score = positives[i] if take_positive else negatives[j]
        if take_positive:
            i -= 1
        else:
            j -= 1
        is_tied = (i >= 0 and positives[i] == score) or (j >= 0 and negatives[j] == score)
        out[at] = (POSITIVE if take_positive else 0) + (0 if is_tied else LAST)


@kernel
def find_hull(
    kinds: np.ndarray,
    weights: np.ndarray,
    counts: np.ndarray,
    out_hits: np.ndarray,
    out_misses: np.ndarray,
) -> int:
    """Upper convex hull of the weights of the positive rows over those of the negative ones.

    Parameters
    ----------
    kinds : ndarray of shape (n_rows,)
        What the rows are, the highest score first, as from `merge_scores`.
    weights : ndarray of shape (n_rows,) or (1,)
        Weights of the rows, or one for all of them.
    counts : ndarray of shape (n_rows,)
        How often a row counts, uint8.
    out_hits, out_misses : ndarray of shape (n_rows + 1,)
        Set to the cumulated weights of the positive and of the negative rows at the
        corners, from (0, 0) to the sums of both.

    Returns
    -------
    int
        Number of corners.
    """
    hits, misses, size, seen, end = 0.0, 0.0, 1, 0.0, kinds.shape[0] - 1
    out_hits[0], out_misses[0] = 0.0, 0.0
    each = weights.shape[0] == kinds.shape[0]
    for row in range(kinds.shape[0]):
        weight = counts[row] * (weights[row] if each else weights[0])
        if kinds[row] & POSITIVE:
            hits += weight
        else:
            misses += weight
        # A corner comes after a positive row, but for the end.
        if not kinds[row] & LAST or (hits == seen and row < end):
            continue
        seen = hits
        while size > 1:
            rise = hits - out_hits[size - 1]
            run = misses - out_misses[size - 1]
            rise_before = out_hits[size - 1] - out_hits[size - 2]
            run_before = out_misses[size - 1] - out_misses[size - 2]
            if rise * run_before < rise_before * run:
                break
            size -= 1
        out_hits[size], out_misses[size] = hits, misses
        size += 1
    return size


@kernel
def resample_hull(
    kinds: np.ndarray,
    weights: np.ndarray,
    seed: int,
    counts: np.ndarray,
    out_hits: np.ndarray,
    out_misses: np.ndarray,
) -> int:
    """As `find_hull`, of as many rows drawn with replacement.

    Parameters
    ----------
    kinds, weights, out_hits, out_misses : ndarray
        As in `find_hull`.
    seed : int
        Seed of the draw, uint64.
    counts : ndarray of shape (n_rows,)
        Set to how often each row was drawn, uint8. (More than 255 times is less
        likely than that this sentence is wrong: below 1e-500.)

    Returns
    -------
    int
        Number of corners.
    """
    n_rows = kinds.shape[0]
    for row in range(n_rows):
        counts[row] = 0
    state = np.uint64(seed)
    for _ in range(n_rows):
        state, unit = draw_unit(state)
        counts[int(unit * n_rows)] += 1
    return find_hull(kinds, weights, counts, out_hits, out_misses)


@helper_kernel
def draw_unit(state: np.uint64) -> tuple[np.uint64, float]:
    """Draw the next number of SplitMix64, and turn it into one from 0 to below 1."""
    state += np.uint64(0x9E3779B97F4A7C15)
    mixed = state
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    return state, (mixed >> np.uint64(11)) * 2.0**-53
