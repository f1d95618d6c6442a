"""Numbers of segments by every criterion, for many sets."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import _machine
from benchmarks.peers import kneed
from custbase import SegmentClusterer

CRITERIA = (
    "elbow",
    "kneedle",
    "silhouette",
    "calinski_harabasz",
    "bic",
    "gap",
    "consensus",
)
KNEED = "kneed on inertia"

Draw = Callable[[], np.ndarray]
Answers = dict[str, tuple[float, float]]


def answer_all(draws: Sequence[Draw]) -> Iterator[tuple[str, np.ndarray, float]]:
    """Yield each criterion, its number for every set (NaN: none seen), and its median seconds."""
    spawning = multiprocessing.get_context("spawn")
    quiet = partial(warnings.simplefilter, "ignore")
    with ProcessPoolExecutor(_machine.cores(), mp_context=spawning, initializer=quiet) as pool:
        answers = list(pool.map(_answer, draws))
    for name in answers[0]:
        numbers, seconds = np.array([one[name] for one in answers]).T
        yield name, numbers, round(float(np.median(seconds)), 4)


def _answer(draw: Draw) -> Answers:
    X = draw()
    found: Answers = {}
    with threadpool_limits(1):
        for criterion in CRITERIA:
            start = time.perf_counter()
            clusterer = SegmentClusterer(criterion=criterion, random_state=0, n_jobs=1).fit(X)
            found[criterion] = clusterer.n_clusters_, time.perf_counter() - start
    inertia = clusterer.selection_["inertia"]
    start = time.perf_counter()
    knee = kneed.choose(inertia.index.tolist(), inertia.to_numpy())
    found[KNEED] = np.nan if knee is None else knee, time.perf_counter() - start
    return found
