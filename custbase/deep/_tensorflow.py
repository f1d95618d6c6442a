"""tensorflow without what it prints when imported, and apart from the caller's use of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, TypeVar

from .._optional import import_or_raise

LEVEL, FATAL_ONLY = "TF_CPP_MIN_LOG_LEVEL", "3"
# What is printed before the level counts: that no processor of graphics was found, and the like.
CHATTER = re.compile(
    rb"I\d{4} |WARNING: All log messages before absl::InitializeLog|To enable the "
)
Item = TypeVar("Item")
END: Any = object()
# Forked processes in which tensorflow waits for threads that only their parent has.
BROKEN: set[int] = set()


def import_tensorflow(needed_by: str) -> Any:
    """Import tensorflow quietly, unless it is there already or its level of logging is set.

    Parameters
    ----------
    needed_by : str
        The public name the user called.

    Returns
    -------
    module
        tensorflow.

    Raises
    ------
    ImportError
        If it is not installed.
    RuntimeError
        If this process was forked from one that had used tensorflow.
    """
    if os.getpid() in BROKEN:
        raise RuntimeError(
            f"{needed_by} cannot train in a process that was forked after tensorflow had been "
            "used, because its threads do not survive a fork. Start processes by 'spawn' or "
            "'forkserver', or by joblib's default backend, 'loky'."
        )
    if "tensorflow" in sys.modules or LEVEL in os.environ:
        return import_or_raise("tensorflow", needed_by=needed_by)
    os.environ[LEVEL] = FATAL_ONLY
    try:
        with _without_chatter():
            return import_or_raise("tensorflow", needed_by=needed_by)
    finally:
        del os.environ[LEVEL]


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back what is written to the standard error stream, and pass on all but chatter."""
    try:
        stream = os.dup(2)
    except OSError:  # there is none
        yield
        return
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stream, 2)
            os.close(stream)
            held.seek(0)
            for line in held:
                if not CHATTER.match(line):
                    os.write(2, line)


def iterate_apart(
    tf: Any, begin: Callable[[], Iterator[Item]], needed_by: str
) -> Generator[Item, None, None]:
    """Iterate in a thread of its own.

    What tensorflow code has open when it calls (a graph, a function that is traced, a tape,
    a strategy, a scope) is open in its thread alone, and would take in, or refuse, what is
    computed here. The device that the caller chose is kept.

    Parameters
    ----------
    tf : module
        Tensorflow.
    begin : callable
        Returns what to iterate over; it runs in that thread, too.
    needed_by : str
        The public name the user called.

    Yields
    ------
    object
        Each item.

    Raises
    ------
    RuntimeError
        If eager execution was disabled for the whole process.
    """
    device = tf.constant(0.0).device if tf.executing_eagerly() else None

    def enter() -> Generator[Item, None, None]:
        if not tf.executing_eagerly():
            raise RuntimeError(
                f"{needed_by} needs eager execution, which tf.compat.v1.disable_eager_execution() "
                "or disable_v2_behavior() disabled in this process. Fit in a process that does "
                "not call them."
            )
        if device is None or device == tf.constant(0.0).device:
            yield from begin()
            return
        with tf.device(device):
            yield from begin()

    with ThreadPoolExecutor(1, thread_name_prefix="custbase") as thread:
        items = enter()
        try:
            while (item := thread.submit(next, items, END).result()) is not END:
                yield item
        finally:  # scopes close in the thread that opened them
            thread.submit(items.close).result()


def _note_fork() -> None:
    """Remember a child of a process in which tensorflow runs."""
    tf = sys.modules.get("tensorflow")
    if tf is not None and hasattr(tf, "config") and _has_started(tf):
        BROKEN.add(os.getpid())


def _has_started(tf: Any) -> bool:
    """Whether tensorflow has made its threads: their number can be changed until then."""
    threading = tf.config.threading
    n_threads = threading.get_intra_op_parallelism_threads()
    try:
        threading.set_intra_op_parallelism_threads(n_threads + 1)
    except RuntimeError:
        return True
    threading.set_intra_op_parallelism_threads(n_threads)
    return False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
