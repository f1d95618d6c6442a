"""Resident memory that looking at 1 to 12 segments takes.

Run as a module with a contender and a file of rows, it prints the bytes.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._case import Rows, Study, Verdict
from benchmarks.peers import sklearn_kmeans
from benchmarks.problems.segmentation._data import make_clouds
from custbase import SegmentClusterer

TITLE = "Memory of the sweep"
CLAIM = (
    "SegmentClusterer(random_state=0).fit on blobs of 1,000,000 x 8 (--full; 200,000 x 8 "
    "otherwise) never holds more than 3 times the data above what the process held before: the "
    "peak of its resident memory, kernels compiled, without the data themselves. Linux only."
)
LIMIT = 3.0
TIMES = "times the data"
DRAWN = {"figure": TIMES, "meaning": "peak above the state before, times the data"}
CALLS = {
    "custbase": SegmentClusterer(random_state=0).fit,
    "loop": partial(sklearn_kmeans.sweep, numbers=range(1, 13)),
}


def read_bytes(field: str) -> int:
    """Read a field of the memory that the system counts for this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def measure_peak(contender: str, path: str) -> int:
    """Bytes that a call takes at its peak, above what the process held before it."""
    X = np.load(path)
    CALLS[contender](X[: len(X) // 2].copy())  # the kernels of much data are others
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that of now
    before = read_bytes("VmRSS")
    CALLS[contender](X)
    return read_bytes("VmHWM") - before


def measure(n_rows: int) -> Rows:
    """Peak of every contender, in a process of its own that reads the rows from a file."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "rows.npy"))
        X = make_clouds(n_rows)
        np.save(path, X)
        for contender in CALLS:
            command = [sys.executable, "-m", __name__, contender, path]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            taken = int(done.stdout)
            rows.append(
                {
                    "contender": contender,
                    "MB at the peak": round(taken / 1e6, 1),
                    "MB of data": round(X.nbytes / 1e6, 1),
                    TIMES: round(taken / X.nbytes, 2),
                }
            )
    return rows


def cases(full: bool) -> dict[str, Study]:
    """One set of blobs, where the system tells the peak."""
    n_rows = 1_000_000 if full else 200_000
    if not Path("/proc/self/clear_refs").exists():
        return {}
    return {f"blobs, {n_rows:,} x 8": Study(partial(measure, n_rows))}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the peak against its limit."""
    found = [row[TIMES] for case in rows.values() for row in case if row["contender"] == "custbase"]
    return [Verdict("at most 3 times the data", f"{taken}", taken <= LIMIT) for taken in found]


if __name__ == "__main__":
    print(measure_peak(*sys.argv[1:]))
