"""Command line: ``python -m benchmarks NAME [--full]``."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from benchmarks import _machine, _table, problems
from benchmarks._case import time_case

RESULTS = Path(__file__).parent / "results"
NAMES = sorted(module.name for module in pkgutil.iter_modules(problems.__path__))
SECONDS = {False: 15.0, True: 60.0}  # of turns a case, by full


def main() -> None:
    """Parse the command line and run problems, or one case for the process that asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=["all", *NAMES])
    parser.add_argument("--full", action="store_true", help="sizes that the claims are made for")
    parser.add_argument("--fresh", action="store_true", help="drop what an earlier run left off at")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.case is not None:
        print(json.dumps(run_case(asked.name, asked.case, full=asked.full)))
        return
    for name in NAMES if asked.name == "all" else [asked.name]:
        run_problem(name, full=asked.full, fresh=asked.fresh)


def run_case(name: str, case: str, *, full: bool) -> list[dict[str, Any]]:
    """Time one case in this process."""
    warnings.simplefilter("ignore")  # peers warn about the pandas of today
    module = importlib.import_module(f"benchmarks.problems.{name}")
    return time_case(module.cases(full)[case], seconds=SECONDS[full])


def run_problem(name: str, *, full: bool, fresh: bool) -> None:
    """Run the cases of a problem that an interrupted run has not done, and store the table."""
    module = importlib.import_module(f"benchmarks.problems.{name}")
    stem = RESULTS / f"{name}.{'full' if full else 'reduced'}"
    partial = Path(f"{stem}.partial.json")
    stamp = _machine.stamp()
    rows: dict[str, list] = {}
    if partial.exists() and not fresh:
        stored = json.loads(partial.read_text())
        rows = stored["rows"] if stored["stamp"] == stamp else {}
    for case in module.cases(full):
        if case not in rows:
            print(f"{name}: {case} ...", file=sys.stderr, flush=True)
            rows[case] = ask_child(name, case, full=full)
            partial.write_text(json.dumps({"stamp": stamp, "rows": rows}))
    page = _table.as_markdown(module.TITLE, module.CLAIM, stamp, rows)
    print(page)
    Path(f"{stem}.md").write_text(page)
    Path(f"{stem}.json").write_text(json.dumps({"stamp": stamp, "rows": rows}, indent=1) + "\n")
    _table.draw(module.TITLE, rows, Path(f"{stem}.svg"))
    partial.unlink(missing_ok=True)


def ask_child(name: str, case: str, *, full: bool) -> list[dict[str, Any]]:
    """Run one case in a process of its own, threads pinned before anything is imported."""
    command = [sys.executable, "-m", "benchmarks", name, "--case", case]
    done = subprocess.run(
        [*command, "--full"] if full else command,
        env=_machine.child_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
