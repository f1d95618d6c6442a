"""Resident memory that neighbours of items take to find.

Run as a module with a contender and a file of interactions, it prints the bytes.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from scipy.sparse import csr_array, csr_matrix, load_npz, save_npz

from benchmarks._case import Rows, Study, Verdict
from benchmarks.peers import implicit, skrecsys
from benchmarks.problems.recommendation._data import MANY_MOVIES
from benchmarks.problems.recommendation.speed import N_NEIGHBORS, name_draws
from benchmarks.problems.segmentation.memory import read_bytes
from custbase import NeighborRecommender

TITLE = "Memory of neighbours of items"
CLAIM = (
    "NeighborRecommender(20).fit takes no more memory than the fit of implicit's "
    "CosineRecommender(K=20), on the interactions of recommendation.speed: the peak of what is "
    "resident above what the process held before, kernels compiled, interactions as the contender "
    "takes them read. Linux only."
)
NEEDS = (MANY_MOVIES,)
PEAK, WARM_UP = "MB at the peak", 2_000
DRAWN = {"figure": PEAK, "meaning": "peak above the state before, MB"}


def _fit_implicit(matrix: csr_matrix) -> Any:
    return implicit.fit(implicit.make_neighbors(None, N_NEIGHBORS), matrix)


# What each takes, made of a matrix, and how it fits that.
Steps = tuple[Callable[[Any], Any], Callable[[Any], Any]]
CALLS: dict[str, Steps] = {
    "custbase": (csr_array, NeighborRecommender(N_NEIGHBORS).fit),
    "implicit": (csr_matrix, _fit_implicit),
    "skrecsys": (
        skrecsys.list_pairs,
        lambda pairs: skrecsys.make("ItemKNNRecommender", n_neighbors=N_NEIGHBORS).fit(pairs),
    ),
}


def measure_peak(contender: str, path: str) -> int:
    """Bytes that a fit takes at its peak, above what the process held before it."""
    prepare, fit = CALLS[contender]
    X = load_npz(path)
    fit(prepare(X[:WARM_UP]))
    taken = prepare(X)
    del X
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that of now
    before = read_bytes("VmRSS")
    fit(taken)
    return read_bytes("VmHWM") - before


def measure(draw: Callable[[], csr_array]) -> Rows:
    """Peak of every contender, in a process of its own that reads interactions from a file."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "interactions.npz"))
        X = draw()
        save_npz(path, X, compressed=False)
        held = (X.data.nbytes + X.indices.nbytes + X.indptr.nbytes) / 1e6
        for contender in CALLS:
            command = [sys.executable, "-m", __name__, contender, path]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            taken = int(done.stdout.splitlines()[-1]) / 1e6
            rows.append(
                {
                    "contender": contender,
                    PEAK: round(taken, 1),
                    "MB of the matrix": round(held, 1),
                    "times the matrix": round(taken / held, 2),
                }
            )
    return rows


def cases(full: bool) -> dict[str, Study]:
    """The interactions of recommendation.speed, where the system tells the peak."""
    if not Path("/proc/self/clear_refs").exists():
        return {}
    return {name: Study(partial(measure, draw)) for name, draw in name_draws(full).items()}


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the peak against implicit's."""
    verdicts = []
    for case, found in rows.items():
        peaks = {row["contender"]: row[PEAK] for row in found}
        verdicts.append(
            Verdict(
                f"{case}: at most implicit's",
                f"{peaks['custbase']} MB against {peaks['implicit']} MB",
                peaks["custbase"] <= peaks["implicit"],
            )
        )
    return verdicts


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # implicit warns of its own conversions
    print(measure_peak(*sys.argv[1:]))
