"""What a machine can do at best: add to counters that are in the first cache."""

from __future__ import annotations

import time

import numba
import numpy as np

# Two bytes each: a quarter of the smallest first caches.
N_COUNTERS, N_TURNS = 4096, 2000


@numba.njit
def _add(places: np.ndarray, counters: np.ndarray, n_turns: int) -> None:
    for _ in range(n_turns):
        for place in places:
            counters[place] += 1


def measure_addition() -> float:
    """Nanoseconds of an addition to one of some counters, in no order; the least of ten."""
    rng = np.random.default_rng(0)
    places = rng.integers(0, N_COUNTERS, N_COUNTERS).astype(np.uint16)
    counters = np.zeros(N_COUNTERS, np.uint16)
    _add(places, counters, 1)
    found = []
    for _ in range(10):
        start = time.perf_counter()
        _add(places, counters, N_TURNS)
        found.append(time.perf_counter() - start)
    return min(found) / (N_TURNS * N_COUNTERS) * 1e9
