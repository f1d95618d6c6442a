"""A case, the unit that is timed and resumed."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Contenders = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True)
class Case:
    """Contenders on the same data.

    Attributes
    ----------
    setup : callable
        Makes the data and returns contender -> call without arguments. The
        first contender is custbase; ratios are to it.
    judge : callable
        Results of the contenders -> contender -> figures beside the times, such
        as the largest difference to custbase's result.
    """

    setup: Callable[[], Contenders]
    judge: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, str]]]


def time_case(case: Case, *, seconds: float) -> list[dict[str, Any]]:
    """Run the contenders in turns and return one row each.

    The first call of each contender is kept apart: it holds compilation and
    the first touch of memory. Turns go on until `seconds` have passed, at
    least three and at most fifteen.
    """
    contenders = case.setup()
    results, first, times = {}, {}, {name: [] for name in contenders}
    for name, call in contenders.items():
        first[name], results[name] = _timed(call)
    figures = case.judge(results)
    results.clear()
    start = time.perf_counter()
    turn = 0
    while turn < 3 or (turn < 15 and time.perf_counter() - start < seconds):
        for name, call in contenders.items():
            times[name].append(_timed(call)[0])
        turn += 1
    ours = statistics.median(times[next(iter(contenders))])
    return [
        {
            "contender": name,
            "first_s": first[name],
            "median_s": statistics.median(times[name]),
            "min_s": min(times[name]),
            "max_s": max(times[name]),
            "ratio": statistics.median(times[name]) / ours,
            "runs": turn,
            **figures.get(name, {}),
        }
        for name in contenders
    ]


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result
