"""What the first call of a process costs above the second.

Run as a module with a number of CALLS, it prints the seconds of both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numba

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.segmentation._data import make_shop_table
from custbase import SegmentClusterer
from custbase.metrics import nearest_neighbors

TITLE = "First call of a process"
CLAIM = (
    "The first SegmentClusterer(random_state=0).fit of a process takes at most 4 s longer than the "
    "second when numba's cache is empty, at most 0.5 s when it is filled: medians of fresh "
    "processes that have imported custbase and run one trivial cached kernel. Other calls stand "
    "beside it."
)
N_ROWS = 2_000
DEFAULT = "default fit"
CALLS: dict[str, Callable[[Any], Any]] = {
    DEFAULT: SegmentClusterer(random_state=0).fit,
    "criterion='consensus'": SegmentClusterer(criterion="consensus", random_state=0).fit,
    "algorithm='hierarchical'": SegmentClusterer(algorithm="hierarchical", random_state=0).fit,
    "nearest_neighbors": partial(nearest_neighbors, n_neighbors=10),
}
LIMITS = {"empty cache": 4.0, "filled cache": 0.5}
COMPILE = "first - second s"
DRAWN = {"figure": COMPILE, "meaning": "seconds of the first call above the second"}


@numba.njit(cache=True)
def add_one(number: int) -> int:
    """Add 1: the trivial kernel that wakes numba up."""
    return number + 1


def time_two(call: Callable[[Any], Any]) -> list[float]:
    """Seconds of the first call and of the second."""
    X = make_shop_table(N_ROWS)
    add_one(1)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        call(X)
        seconds.append(time.perf_counter() - start)
    return seconds


def ask_process(name: str, cache: str) -> list[float]:
    """Seconds of two calls in a fresh process with its own cache."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, name],
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measure(name: str, n_runs: int) -> Rows:
    """Both states of the cache in turns: every run empties it, then finds it filled."""
    runs: dict[str, list[list[float]]] = {state: [] for state in LIMITS}
    for _ in range(n_runs):
        with tempfile.TemporaryDirectory() as cache:
            for found in runs.values():
                found.append(ask_process(name, cache))
    return [
        {
            "contender": state,
            "first call s": round(statistics.median(first for first, _ in found), 3),
            "second call s": round(statistics.median(second for _, second in found), 3),
            COMPILE: round(statistics.median(first - second for first, second in found), 3),
            "least": round(min(first - second for first, second in found), 3),
            "most": round(max(first - second for first, second in found), 3),
            "processes": n_runs,
        }
        for state, found in runs.items()
    ]


def cases(full: bool) -> dict[str, Study]:
    """Four calls; the size of nothing is reduced."""
    calls = CALLS if full else [DEFAULT]
    return {name: Study(partial(measure, name, 5 if full else 1)) for name in calls}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the default fit against its limits."""
    return [
        Verdict(
            f"default fit, {row['contender']}, at most {LIMITS[row['contender']]} s",
            f"{row[COMPILE]} s",
            row[COMPILE] <= LIMITS[row["contender"]],
        )
        for row in rows[DEFAULT]
    ]


if __name__ == "__main__":
    print(json.dumps(time_two(CALLS[sys.argv[1]])))
