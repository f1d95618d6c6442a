"""Chunks of rows, which sums are taken over, and the spans of chunks that threads go over."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from .._threads import count_threads
from ._blocks import BLOCK_ROWS

# Fixed, so that partial sums are the same for every number of threads.
CHUNK_BLOCKS = 32
CHUNK_ROWS = CHUNK_BLOCKS * BLOCK_ROWS
LEAST_CHUNKS = 4  # chunks that are worth a thread


class Span(NamedTuple):
    """Consecutive chunks of rows that one thread goes over."""

    chunks: slice
    blocks: slice
    rows: slice


def cut_spans(n_rows: int, n_jobs: int | None) -> list[Span]:
    """Cut rows into one span a thread.

    Few long spans, for threads wait for each other wherever one ends.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    n_jobs : int or None
        As in `count_threads`.

    Returns
    -------
    list of Span
        Consecutive spans of all rows; the last slices may reach beyond their number.
    """
    n_chunks = max(1, -(-n_rows // CHUNK_ROWS))
    n_spans = min(count_threads(n_jobs), max(1, n_chunks // LEAST_CHUNKS))
    ends = [n_chunks * i // n_spans for i in range(n_spans + 1)]
    return [
        Span(*(slice(start * size, stop * size) for size in (1, CHUNK_BLOCKS, CHUNK_ROWS)))
        for start, stop in pairwise(ends)
    ]
