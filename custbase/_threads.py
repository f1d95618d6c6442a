"""Threads over fixed chunks of rows: the same bits for any number of threads.

Kernels release the GIL, so a plain thread pool is enough. Chunks are cut by
size, never by the number of threads, and partial results come back in the
order of the chunks: what is summed, and in which order, does not depend on
`n_jobs`. A pool lives no longer than a call, so that a process which forks
after one leaves nothing behind that its child would wait for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from ._params import N_JOBS, check_value

ThreadMap = Callable[..., list[Any]]

FEW_ROWS = 5_000  # below, a second thread of boosting or of a matrix product saves nothing


def count_threads(n_jobs: int | None) -> int:
    """Number of worker threads that `n_jobs` asks for.

    Parameters
    ----------
    n_jobs : int or None
        A positive number of threads; -1 for every core the process may use, -2
        for all but one, and so on; None for every core, or OMP_NUM_THREADS if
        that is set, as scikit-learn's own compiled loops do (joblib sets it in
        its workers, so nested parallelism does not oversubscribe).

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    TypeError, ValueError
        If `n_jobs` is none of these.
    """
    check_value("n_jobs", n_jobs, *N_JOBS)
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    if n_jobs is None:
        limit = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
        return max(1, min(cores, int(limit))) if limit.strip().isdigit() else cores
    return n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)


def row_chunks(n_rows: int, chunk_rows: int) -> list[slice]:
    """Cut rows into consecutive slices of a fixed size, the last one shorter.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    chunk_rows : int
        Rows in a chunk.

    Returns
    -------
    list of slice
        At least one slice, so that a reduction over no rows still has a start.
    """
    starts = range(0, max(n_rows, 1), chunk_rows)
    return [slice(start, min(start + chunk_rows, n_rows)) for start in starts]


def in_turn(function: Callable[..., Any], *iterables: Iterable[Any]) -> list[Any]:
    """Map in the calling thread.

    Parameters
    ----------
    function : callable
        What to call.
    *iterables : iterable
        Its arguments, one of each at a time.

    Returns
    -------
    list
        What it returned.
    """
    return list(map(function, *iterables))


@contextmanager
def thread_map(n_jobs: int | None, n_tasks: int) -> Iterator[ThreadMap]:
    """Yield an ordered ``map`` that runs on worker threads.

    Parameters
    ----------
    n_jobs : int or None
        As in `count_threads`.
    n_tasks : int
        The most tasks any call will map; with one task or one thread no pool
        is made.

    Yields
    ------
    callable
        ``map(function, *iterables)`` returning a list in the order of the tasks.
    """
    n_threads = min(count_threads(n_jobs), n_tasks)
    if n_threads <= 1:
        yield in_turn
        return
    with ThreadPoolExecutor(n_threads, thread_name_prefix="custbase") as pool:
        yield lambda function, *iterables: list(pool.map(function, *iterables))


def hold_while_forking(lock: Any, in_child: Callable[[], object] = lambda: None) -> None:
    """Delay a fork until no other thread holds a lock: the child has none to release it.

    Parameters
    ----------
    lock : Lock or RLock
        Held for moments at a time; numba's own, while a kernel is compiled.
    in_child : callable, default=nothing
        What a forked process does before it releases the lock.
    """
    if not hasattr(os, "register_at_fork"):  # nothing forks on Windows
        return

    def release_in_child() -> None:
        in_child()
        lock.release()

    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=release_in_child
    )


@cache
def _find_threads(user_api: str) -> ThreadpoolController:
    """Libraries that have threads; to look for them takes milliseconds."""
    import scipy.linalg  # noqa: F401  # brings one of its own

    return ThreadpoolController().select(user_api=user_api)


class _OneBlasThread:
    """Holds matrix products to one thread, while threads share out the rows already.

    The number is one for the whole process: of calls that overlap, the first sets it
    and the last sets it back.
    """

    def __init__(self) -> None:
        self._lock, self._n_inside = Lock(), 0
        hold_while_forking(self._lock, self._leave_all)

    def __enter__(self) -> None:
        with self._lock:
            if not self._n_inside:
                self._limits = _find_threads("blas").limit(limits=1)
            self._n_inside += 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._n_inside = max(self._n_inside - 1, 0)
            if not self._n_inside:
                self._limits.restore_original_limits()

    def _leave_all(self) -> None:
        """Set the number back in a forked process, where no other call will do it."""
        if self._n_inside:
            self._limits.restore_original_limits()
        self._n_inside = 0


ONE_BLAS_THREAD = _OneBlasThread()


@contextmanager
def as_rows_need(n_rows: int) -> Iterator[None]:
    """Hold loops and matrix products over few rows to one thread.

    Threads that share out little wait for each other more than they work, and on a busy
    machine for seconds.

    Parameters
    ----------
    n_rows : int
        Number of rows; of many, nothing changes.
    """
    if n_rows > FEW_ROWS:
        yield
        return
    with ONE_BLAS_THREAD, _find_threads("openmp").limit(limits=1):
        yield
