"""Convex hulls of ROC curves, of scores and of rows that are drawn again."""

from __future__ import annotations

import numpy as np

from ._compile import helper_kernel, kernel

POSITIVE, LAST = 1, 2  # of a row: its class, and that the next one has a lower score
BLOCK = 32  # rows, or more where the last ones are tied


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
def split_scores(hits: np.ndarray, scores: np.ndarray, out: np.ndarray) -> int:
    """Copy the scores of the positive rows to the front, those of the others behind them.

    Parameters
    ----------
    hits : ndarray of shape (n_rows,)
        Which rows are positive, bool.
    scores : ndarray of shape (n_rows,)
        Their scores.
    out : ndarray of shape (n_rows,)
        Set to the scores; the others' are in reverse order.

    Returns
    -------
    int
        Number of positive rows.
    """
    front, back = 0, scores.shape[0] - 1
    for row in range(scores.shape[0]):
        # Both are written: where a class changes at random, a branch is guessed wrongly.
        out[front] = out[back] = scores[row]
        front += hits[row]
        back -= not hits[row]
    return front


@kernel
def find_hull(
    kinds: np.ndarray,
    weights: np.ndarray,
    counts: np.ndarray,
    out_hits: np.ndarray,
    out_misses: np.ndarray,
) -> int:
    """Upper convex hull of the weights of the positive rows over those of the negative ones.

    The hull of the ends of blocks of rows lies below it, so a block whose rows cannot
    reach that far is passed over: few of many rows are looked at one by one.

    Parameters
    ----------
    kinds : ndarray of shape (n_rows,)
        What the rows are, the highest score first, as from `merge_scores`.
    weights : ndarray of shape (n_rows,) or (0,)
        Weights of the rows; none if all weigh 1.
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
    n_rows = kinds.shape[0]
    most = n_rows // BLOCK + 1
    ends = np.empty(most + 1, np.int64)
    hits, misses = np.zeros(most + 1), np.zeros(most + 1)
    low_hits, low_misses = np.zeros(most + 1), np.zeros(most + 1)
    n_blocks, low, start = 0, 1, 0
    while start < n_rows:
        end = min(start + BLOCK, n_rows)
        while not kinds[end - 1] & LAST:
            end += 1
        more_hits, more_misses = add_rows(kinds, weights, counts, start, end)
        n_blocks += 1
        ends[n_blocks] = start = end
        hits[n_blocks] = hits[n_blocks - 1] + more_hits
        misses[n_blocks] = misses[n_blocks - 1] + more_misses
        low = add_corner(hits[n_blocks], misses[n_blocks], low_hits, low_misses, low)
    ends[0] = 0
    out_hits[0], out_misses[0] = 0.0, 0.0
    size, edge = 1, 0
    for block in range(n_blocks):
        at = misses[block]
        while edge + 2 < low and low_misses[edge + 1] <= at:
            edge += 1
        run = low_misses[edge + 1] - low_misses[edge]
        rise = low_hits[edge + 1] - low_hits[edge]
        highest = hits[block + 1] - low_hits[edge]
        if highest * run > rise * (at - low_misses[edge]):
            size = add_corners(
                kinds, weights, counts, ends[block], ends[block + 1],
                hits[block], at, out_hits, out_misses, size,
            )  # fmt: skip
        size = add_corner(hits[block + 1], misses[block + 1], out_hits, out_misses, size)
    return size


@helper_kernel
def add_rows(
    kinds: np.ndarray, weights: np.ndarray, counts: np.ndarray, start: int, end: int
) -> tuple[float, float]:
    """Weights of the positive and of the negative rows of a block."""
    if weights.shape[0]:
        hits = misses = 0.0
        for row in range(start, end):
            weight = counts[row] * weights[row]
            is_hit = kinds[row] & POSITIVE
            hits += weight * is_hit
            misses += weight * (1 - is_hit)
        return hits, misses
    n_hits, n_all = np.int32(0), np.int32(0)
    if end - start >= BLOCK:  # views of known length: an eighth of the time
        block_kinds, block_counts = kinds[start : start + BLOCK], counts[start : start + BLOCK]
        for row in range(BLOCK):
            n_hits += np.int32(block_counts[row] * (block_kinds[row] & np.uint8(POSITIVE)))
            n_all += np.int32(block_counts[row])
        start += BLOCK
    for row in range(start, end):
        n_hits += np.int32(counts[row] * (kinds[row] & np.uint8(POSITIVE)))
        n_all += np.int32(counts[row])
    return float(n_hits), float(n_all - n_hits)


@helper_kernel
def add_corners(
    kinds: np.ndarray,
    weights: np.ndarray,
    counts: np.ndarray,
    start: int,
    end: int,
    hits: float,
    misses: float,
    out_hits: np.ndarray,
    out_misses: np.ndarray,
    size: int,
) -> int:
    """Extend a hull, of a given size, by the rows of a block but the last; its new size."""
    seen = hits
    for row in range(start, end - 1):
        weight = counts[row] * (weights[row] if weights.shape[0] else 1.0)
        if kinds[row] & POSITIVE:
            hits += weight
        else:
            misses += weight
        # A corner comes after positive rows.
        if kinds[row] & LAST and hits > seen:
            seen = hits
            size = add_corner(hits, misses, out_hits, out_misses, size)
    return size


@helper_kernel
def add_corner(
    hits: float, misses: float, out_hits: np.ndarray, out_misses: np.ndarray, size: int
) -> int:
    """Extend a hull, of a given size, by a point that is not left of it; its new size."""
    while size > 1:
        rise = hits - out_hits[size - 1]
        run = misses - out_misses[size - 1]
        rise_before = out_hits[size - 1] - out_hits[size - 2]
        run_before = out_misses[size - 1] - out_misses[size - 2]
        if rise * run_before < rise_before * run:
            break
        size -= 1
    out_hits[size], out_misses[size] = hits, misses
    return size + 1


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
        As in `find_hull`; fewer than 2 ** 32 rows.
    seed : int
        Seed of the draw, uint64.
    counts : ndarray of shape (n_rows,)
        Set to how often each row was drawn, uint8. (More than 255 times is less
        likely than that this sentence is wrong: below 1e-500.)

    Returns
    -------
    int
        Number of corners.

    Notes
    -----
    A number of 64 bits draws two rows: of each half times n_rows, the upper 32 bits are
    the row, and the lower ones tell the few halves that would favour some rows [1]_.

    References
    ----------
    .. [1] D. Lemire, "Fast random integer generation in an interval", ACM
       Transactions on Modeling and Computer Simulation 29, 2019.
    """
    n_rows = kinds.shape[0]
    for row in range(n_rows):
        counts[row] = 0
    state, half, n = np.uint64(seed), np.uint64(0xFFFFFFFF), np.uint64(n_rows)
    unfair = np.uint64(0x100000000) % n
    left = n_rows
    while left > 0:
        state, drawn = draw_bits(state)
        for part in (drawn & half, drawn >> np.uint64(32)):
            scaled = part * n
            if left > 0 and scaled & half >= unfair:
                counts[scaled >> np.uint64(32)] += np.uint8(1)
                left -= 1
    return find_hull(kinds, weights, counts, out_hits, out_misses)


@helper_kernel
def draw_bits(state: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Next state of SplitMix64, and 64 random bits."""
    state += np.uint64(0x9E3779B97F4A7C15)
    mixed = state
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state, mixed ^ (mixed >> np.uint64(31))
