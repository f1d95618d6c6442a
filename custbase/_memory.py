"""How much memory is left: a model that cannot fit in it says so before it tries."""

from __future__ import annotations

import os
import re
from pathlib import Path

GIB = 2**30
# Numbers from here on are written by their power of ten.
LONG, LONG_NUMBER = 1e15, re.compile(r"\d{20,}|\d{1,3}(,\d{3}){6,}")
# Folder, limit, use and files that can be dropped of a container, by the second and the first
# kind of control groups.
CGROUPS = (
    ("/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    (
        "/sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
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
    known = [_machine_memory(), *(left_in_group(*group) for group in CGROUPS)]
    return min((size for size in known if size is not None), default=None)


def refuse_beyond_memory(needed: float, subject: str, remedy: str) -> None:
    """Raise if what is asked for would not fit into memory.

    Parameters
    ----------
    needed : float
        Bytes; few of them pass unasked.
    subject : str
        What needs them, and its verb, in words.
    remedy : str
        What to do.

    Raises
    ------
    MemoryError
        If the system says that it has less.
    """
    available = available_memory() if needed > GIB else None
    if available is not None and needed > available:
        size = needed / GIB
        asked = f"{size:,.2f}" if size < LONG else f"{size:.3g}"
        subject = LONG_NUMBER.sub(lambda found: f"{float(found[0].replace(',', '')):.3g}", subject)
        raise MemoryError(
            f"{subject} {asked} GiB; {available / GIB:,.2f} GiB are available. {remedy}"
        )


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


def left_in_group(folder: str, limit: str, use: str, reclaimable: str) -> int | None:
    """Bytes that a control group has left, files that it only keeps in memory counted in.

    Parameters
    ----------
    folder, limit, use : str
        The group, and its files that hold numbers of bytes.
    reclaimable : str
        The entry of its ``memory.stat`` for files that were read or written long ago.

    Returns
    -------
    int or None
        None without a limit, or without such a group.
    """
    try:
        left = int(Path(folder, limit).read_text()) - int(Path(folder, use).read_text())
        lines = Path(folder, "memory.stat").read_text().split()
    except (OSError, ValueError):  # no such file, or "max"
        return None
    entries = dict(zip(lines[::2], lines[1::2], strict=False))
    return left + int(entries.get(reclaimable, 0))
