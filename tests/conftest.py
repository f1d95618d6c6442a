"""Fixtures that more than one room's tests need."""

from __future__ import annotations

import os

# Before numpy is imported. Workers share the cores: threads of OpenMP and of BLAS that wait
# for each other by spinning took minutes for what one thread does in seconds.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Before any test or doctest imports matplotlib: figures are drawn in memory.
os.environ["MPLBACKEND"] = "Agg"

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

# The same examples every time: a change is not red by the luck of another one's draw.
settings.register_profile("fixed", derandomize=True)
settings.register_profile("explore")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], pd.DataFrame]:
    """Read a table of the shared real data, or skip the test and say which one it wants."""

    def read(name: str) -> pd.DataFrame:
        folder = os.environ.get("CUSTBASE_DATA")
        if not folder:
            pytest.skip(f"CUSTBASE_DATA is not set: needs {name}")
        return pd.read_csv(Path(folder) / name)

    return read


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say per estimator what scikit-learn's checks made of it."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for outcome in ("passed", "skipped", "xfailed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            match = re.search(r"estimator_checks\[(\w+)\(", report.nodeid)
            if match and (report.when == "call" or outcome == "skipped"):
                counts[match.group(1)][outcome] += 1
    if counts:
        terminalreporter.section("scikit-learn's estimator checks")
    for name, seen in sorted(counts.items()):
        terminalreporter.write_line(
            f"{name}: {seen['passed'] + seen['failed'] + seen['xfailed']} run, "
            f"{seen['skipped']} skipped, {seen['xfailed']} expected to fail, "
            f"{seen['failed']} failed"
        )
