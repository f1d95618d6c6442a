"""What is asked of a ranking, and rankings of scores on threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from .._memory import refuse_beyond_memory
from .._params import NONE, Number, OneOf, as_numbers, check_value, shorten
from .._threads import row_chunks, thread_map
from ..kernels._heaps import NO_ROW
from ..kernels._ranking import NO_ITEM, rank_items, rank_items_csr

COUNT = (Number(1, integer=True),)
FALLBACK = (OneOf(("popularity",)), NONE)

# Customers that one task ranks items for; where every item has a score, scores of a block.
TASK_ROWS = 256
BLOCK_SCORES = 2**20
PLACE_BYTES = 16  # number of an item, and its score


class Request(NamedTuple):
    """How many items for whom, of which."""

    n: int
    seen_ptr: np.ndarray
    seen_items: np.ndarray  # what each row is spared, as in a CSR matrix
    is_asked: np.ndarray  # (n_items,): items that may be recommended
    popular: np.ndarray  # items that fill places left, in their order
    n_jobs: int | None

    @property
    def n_rows(self) -> int:
        """Number of customers."""
        return len(self.seen_ptr) - 1

    def rows(self, chunk: slice) -> Request:
        """The same for some of the customers."""
        return self._replace(seen_ptr=self.seen_ptr[chunk.start : chunk.stop + 1])

    def empty_heaps(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores and items, to be filled; no more of them than there are items."""
        shape = (self.n_rows, min(self.n, len(self.is_asked)))
        return np.full(shape, np.inf), np.full(shape, NO_ROW)

    def complete(self, indices: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add places for which there are no items."""
        if not (n_left := self.n - indices.shape[1]):
            return indices, scores
        sides = ((0, 0), (0, n_left))
        return (
            np.pad(indices, sides, constant_values=NO_ITEM),
            np.pad(scores, sides, constant_values=np.nan),
        )


def open_request(
    popularity: np.ndarray,
    seen: csr_array,
    n: Any,
    *,
    exclude_seen: bool,
    items: Any,
    fallback: str | None,
    n_jobs: int | None,
) -> Request:
    """Check what is asked, and lay out what is out of the question.

    Parameters
    ----------
    popularity : ndarray of shape (n_items,)
        What orders the items that fill places left.
    seen : csr_array of shape (n_rows, n_items)
        What the customers have.
    n, exclude_seen, items : int, bool, array or None
        As the user gave them to ``recommend``.
    fallback : str or None
        None leaves places empty.
    n_jobs : int or None
        Number of threads.

    Returns
    -------
    Request
        What the rankings need.

    Raises
    ------
    TypeError, ValueError
        If `n` is no count, or `items` are no items.
    """
    check_value("n", n, *COUNT)
    refuse_places(seen.shape[0], n)
    check_value("fallback", fallback, *FALLBACK)
    is_asked = find_asked(items, len(popularity))
    order = np.argsort(-popularity, kind="stable") if fallback else np.empty(0, np.int64)
    ptr = seen.indptr if exclude_seen else np.zeros_like(seen.indptr)
    return Request(int(n), ptr, seen.indices, is_asked, order[is_asked[order]], n_jobs)


def refuse_places(n_rows: int, n: int, name: str = "n") -> None:
    """Raise if so many places a row, of which most may be empty, do not fit into memory."""
    refuse_beyond_memory(
        PLACE_BYTES * n_rows * int(n),  # of numpy, it may be of few bits
        f"{name}={n} needs, for {n_rows:,} rows,",
        "Ask for fewer, or for fewer rows at a time.",
    )


def find_asked(items: Any, n_items: int) -> np.ndarray:
    """Mark the items that may be recommended."""
    if items is None:
        return np.ones(n_items, dtype=bool)
    mask = as_numbers(items, "biu")
    if mask.dtype == bool:
        if mask.shape != (n_items,) or not mask.any():
            raise ValueError(
                f"items must, as a mask, have {n_items} values, at least one of them True; got "
                f"{np.count_nonzero(mask)} True of shape {mask.shape}."
            )
        return mask
    is_asked = np.zeros(n_items, dtype=bool)
    is_asked[check_numbers(items, n_items, "items", "items")] = True
    return is_asked


def check_numbers(values: Any, n: int, argument: str, things: str) -> np.ndarray:
    """Check numbers of items, or of rows.

    Parameters
    ----------
    values : array of int of shape (n_values,)
        What the user gave.
    n : int
        How many there are.
    argument, things : str
        How the user knows them, and what they count.

    Returns
    -------
    ndarray of shape (n_values,)
        The numbers.

    Raises
    ------
    ValueError
        If they are none, or out of range.
    """
    numbers = as_numbers(values, "iu")
    is_fit = numbers.ndim == 1 and numbers.size
    if not is_fit or not 0 <= numbers.min() <= numbers.max() < n:
        raise ValueError(
            f"{argument} must hold numbers of {things} from 0 to {n - 1}, at least one; got "
            f"{shorten(values)}."
        )
    return numbers.astype(np.int64)


def rank_sparse(
    left: csr_array, right: csr_array, request: Request
) -> tuple[np.ndarray, np.ndarray]:
    """Rank items by the positive scores of ``left @ right``, which is never held.

    Parameters
    ----------
    left : csr_array of shape (n_rows, n_parts)
        What customers are made of: past items, or neighbours.
    right : csr_array of shape (n_parts, n_items)
        What these say of items.
    request : Request
        What is asked.

    Returns
    -------
    indices, scores : ndarray of shape (n_rows, n)
        As ``recommend`` returns them.
    """
    scores, indices = request.empty_heaps()

    def rank(chunk: slice) -> None:
        rank_items_csr(
            chunk.start, chunk.stop, left.indptr, left.indices, left.data, right.indptr,
            right.indices, right.data, request.seen_ptr, request.seen_items, request.is_asked,
            request.popular, scores, indices,
        )  # fmt: skip

    chunks = row_chunks(request.n_rows, TASK_ROWS)
    with thread_map(request.n_jobs, len(chunks)) as run:
        run(rank, chunks)
    return request.complete(indices, scores)


def rank_dense(
    score: Callable[[slice], np.ndarray],
    is_known: np.ndarray,
    request: Request,
    *,
    block_scores: int = BLOCK_SCORES,
) -> tuple[np.ndarray, np.ndarray]:
    """Rank items by scores that every item has.

    Parameters
    ----------
    score : callable
        Rows -> their scores (n_scored, n_items), which are overwritten.
    is_known : ndarray of shape (n_rows,) of bool
        Rows whose scores mean anything.
    request : Request
        What is asked.
    block_scores : int, default=2**20
        Scores that one task holds.

    Returns
    -------
    indices, scores : ndarray of shape (n_rows, n)
        As ``recommend`` returns them.
    """
    scores, indices = request.empty_heaps()

    def rank(chunk: slice) -> None:
        rank_items(
            score(chunk), chunk.start, is_known, request.seen_ptr, request.seen_items,
            request.is_asked, request.popular, scores, indices,
        )  # fmt: skip

    chunks = row_chunks(request.n_rows, max(1, block_scores // len(request.is_asked)))
    with thread_map(request.n_jobs, len(chunks)) as run:
        run(rank, chunks)
    return request.complete(indices, scores)


def rank_similar(
    score: Callable[[slice], np.ndarray], own: np.ndarray, n_items: int, n: int, n_jobs: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Rank items by how similar they are to items, which do not find themselves.

    Parameters
    ----------
    score : callable
        Places in `own` -> their similarities (n_scored, n_items), which are overwritten.
    own : ndarray of shape (n_asked,)
        The items.
    n_items, n : int
        Number of all items, and how many to find.
    n_jobs : int or None
        Number of threads.

    Returns
    -------
    indices, similarities : ndarray of shape (n_asked, n)
        As ``similar_items`` returns them.
    """
    refuse_places(len(own), n)
    own_ptr, nothing = np.arange(len(own) + 1, dtype=np.int32), np.empty(0, np.int64)
    request = Request(
        int(n), own_ptr, own.astype(np.int32), np.ones(n_items, dtype=bool), nothing, n_jobs
    )
    return rank_dense(score, np.ones(len(own), dtype=bool), request)
