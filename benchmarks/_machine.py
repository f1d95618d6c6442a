"""What a table is stamped with, how threads are pinned, and what else keeps the cores busy."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
# Forced kernels slow a current numpy, and with it scikit-learn: peers get their best.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONWARNINGS")
# What holds a processor with vectors of 512 bits to those of 256.
AVX2 = {
    "NUMBA_CPU_NAME": "haswell",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
PACKAGES = (
    "custbase",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "polars",
    "numba",
    "narwhals",
    "lifetimes",
    "numpy-financial",
    "kneed",
    "yellowbrick",
    "faiss-cpu",
    "scikit-learn-intelex",
    "empulse",
    "lightgbm",
    "implicit",
    "skrecsys",
    "irspack",
    "scikit-surprise",
    "optuna",
    "tensorflow",
    "keras",
)


def cores() -> int:
    """Cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def child_environment(width: str | None) -> dict[str, str]:
    """Environment of a case: every pool of threads pinned to the cores there are."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    held = AVX2 if width == "avx2" else {}
    return {**kept, **held, **dict.fromkeys(THREAD_VARIABLES, str(cores()))}


class Clock(NamedTuple):
    """Seconds on the wall, and those that cores were busy for other processes than this one."""

    wall: float
    elsewhere: float


def read_clock() -> Clock:
    """Read the clock; the seconds elsewhere are NaN where the system does not tell."""
    elsewhere = float("nan")
    if (path := Path("/proc/stat")).exists():
        ticks = [int(number) for number in path.read_text().splitlines()[0].split()[1:9]]
        idle = ticks[3] + ticks[4]
        busy = (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")
        elsewhere = busy - sum(os.times()[:4])
    return Clock(time.perf_counter(), elsewhere)


def load_since(start: Clock) -> float:
    """Share of the cores that other processes took, in percent.

    Loops on OpenMP threads, as those of scikit-learn, slow down many times as soon as
    one of their cores is taken: ratios from a busy machine are worthless.
    """
    now = read_clock()
    share = (now.elsewhere - start.elsewhere) / (now.wall - start.wall) / (os.cpu_count() or 1)
    return round(100 * max(share, 0.0), 1)


def stamp(width: str | None) -> dict[str, str]:
    """Hardware, versions, commit and day of a measurement."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "processor": f"{_read_processor('model name')}, {cores()} cores",
        "vectors": width or _widest(),
        "python": platform.python_version(),
        "packages": ", ".join(versions),
    }


def _widest() -> str:
    """Widest vectors of the processor, as far as the system tells them."""
    flags = _read_processor("flags").split()
    return next((name for name in ("avx512f", "avx2") if name in flags), platform.machine())


def _read_processor(field: str) -> str:
    """What the system says about the processor, such as its name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith(field)]
    return found[0] if found else platform.processor() or platform.machine()


def _commit() -> str:
    """Short hash of the checkout, marked when its code (results aside) is not committed."""
    folder = Path(__file__).parent
    log = ["git", "log", "-1", "--format=%h"]
    done = subprocess.run(log, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        return "unknown"
    diff = ["git", "diff", "--quiet", "HEAD", "--", "../custbase", ".", ":!results"]
    dirty = subprocess.run(diff, check=False, cwd=folder).returncode
    return done.stdout.strip() + (" with uncommitted changes" if dirty else "")
