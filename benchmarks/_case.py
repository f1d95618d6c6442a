"""A case or a study, the units that are run and resumed, and what is said of a claim."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks._machine import cores

SHORTEST_TURN = 0.02  # seconds
EACH = "ns each, of a core"

Contenders = Mapping[str, Callable[[], Any]]
Rows = list[dict[str, Any]]


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
    parts : callable or None, default=None
        Results of the contenders -> number of equal parts of the work; rows then tell
        the nanoseconds that a core took for one.
    once : tuple of str
        Contenders too slow to take turns: their first call is their time.
    """

    setup: Callable[[], Contenders]
    judge: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, Any]]]
    parts: Callable[[Mapping[str, Any]], float] | None = None
    once: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """What is counted or measured otherwise than by taking turns.

    Attributes
    ----------
    run : callable
        Returns one row a contender: its name as "contender" and its figures.
    """

    run: Callable[[], Rows]


class Verdict(NamedTuple):
    """Whether a claim was met, and by which figures."""

    claim: str
    found: str
    met: bool


def time_case(case: Case, *, seconds: float) -> Rows:
    """Run the contenders in turns and return one row each.

    The first call of each contender is kept apart: it holds compilation and
    the first touch of memory. Turns go on until `seconds` have passed, at
    least three and at most fifteen. Calls of milliseconds fill a turn by as many as it
    takes: one alone would tell what the collection of garbage before it left in the caches.
    """
    contenders = case.setup()
    results, first = {}, {}
    for name, call in contenders.items():
        first[name], results[name] = _timed(call)
    figures = case.judge(results)
    n_parts = case.parts(results) if case.parts else None
    results.clear()
    times = {name: [first[name]] if name in case.once else [] for name in contenders}
    start = time.perf_counter()
    turn = 0
    while turn < 3 or (turn < 15 and time.perf_counter() - start < seconds):
        for name, call in contenders.items():
            if name not in case.once:
                times[name].append(_timed(call, SHORTEST_TURN)[0])
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
            "runs": len(times[name]),
            **_each(times[name], n_parts),
            **figures.get(name, {}),
        }
        for name in contenders
    ]


def _each(times: list[float], n_parts: float | None) -> dict[str, float]:
    """Nanoseconds that a core takes for a part, if there are any."""
    if n_parts is None:
        return {}
    return {EACH: round(statistics.median(times) * cores() / n_parts * 1e9, 2)}


def _timed(call: Callable[[], Any], at_least: float = 0.0) -> tuple[float, Any]:
    """Mean time of as many calls as fill some seconds, one at least, and the last result."""
    gc.collect()
    n_calls, start = 0, time.perf_counter()
    while True:
        result = call()
        n_calls += 1
        passed = time.perf_counter() - start
        if passed >= at_least:
            return passed / n_calls, result
