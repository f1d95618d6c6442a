"""How much memory is left: a model that cannot fit in it says so before it tries."""

from __future__ import annotations

import os
from pathlib import Path

# Limits and use of a container, by the second and the first kind of control groups.
CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def available_memory() -> int | None:
    """Bytes that a process can still take.

    Returns
    -------
    int or None
        What the system says is available, or what a container has left, if that is
        less; all of the machine's memory where only that is known; None where nothing
        is.
    """
    known = [_machine_memory(), *(_left_in_group(*paths) for paths in CGROUPS)]
    return min((size for size in known if size is not None), default=None)


def _machine_memory() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return None


def _left_in_group(limit: str, use: str) -> int | None:
    try:
        return int(Path(limit).read_text()) - int(Path(use).read_text())
    except (OSError, ValueError):  # no such file, or "max"
        return None
