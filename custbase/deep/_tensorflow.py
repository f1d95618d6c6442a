"""tensorflow without what it prints of the machine when it is imported."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from .._optional import import_or_raise

LEVEL, FATAL_ONLY = "TF_CPP_MIN_LOG_LEVEL", "3"
# What is printed before the level counts: that no processor of graphics was found, and the like.
CHATTER = re.compile(
    rb"I\d{4} |WARNING: All log messages before absl::InitializeLog|To enable the "
)


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
    """
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
