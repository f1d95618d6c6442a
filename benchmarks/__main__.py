"""Command line: ``python -m benchmarks NAME [--full] [--width avx2]``."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
import warnings
from pathlib import Path

from benchmarks import _machine, _table, problems
from benchmarks._case import Rows, Study, time_case
from benchmarks._files import find_file

RESULTS = Path(__file__).parent / "results"
PREFIX = f"{problems.__name__}."
NAMES = sorted(
    module.name.removeprefix(PREFIX)
    for module in pkgutil.walk_packages(problems.__path__, PREFIX)
    if not module.ispkg and "._" not in module.name
)
ROOMS = sorted({name.partition(".")[0] for name in NAMES if "." in name})
SECONDS = {False: 2.0, True: 60.0}  # of turns a case, by full


def main() -> None:
    """Parse the command line and run problems, or one case for the process that asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=["all", *ROOMS, *NAMES])
    parser.add_argument("--full", action="store_true", help="sizes that the claims are made for")
    parser.add_argument("--fresh", action="store_true", help="drop what an earlier run left off at")
    parser.add_argument(
        "--width",
        choices=["avx2"],
        help="narrower vectors than the processor has, for results apart",
    )
    parser.add_argument("--case", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.case is not None:
        print(json.dumps(run_case(asked.name, asked.case, full=asked.full)))
        return
    for name in NAMES:
        if asked.name in ("all", name, name.partition(".")[0]):
            run_problem(name, full=asked.full, fresh=asked.fresh, width=asked.width)


def run_case(name: str, case: str, *, full: bool) -> Rows:
    """Time one case, or run one study, in this process."""
    warnings.simplefilter("ignore")  # peers warn about the pandas of today
    asked = importlib.import_module(f"{PREFIX}{name}").cases(full)[case]
    if isinstance(asked, Study):
        return asked.run()
    start = _machine.read_clock()
    rows = time_case(asked, seconds=SECONDS[full])
    load = _machine.load_since(start)
    return [{**row, "load_by_others": load} for row in rows]


def run_problem(name: str, *, full: bool, fresh: bool, width: str | None) -> None:
    """Run the cases of a problem that an interrupted run has not done, and store the table."""
    module = importlib.import_module(f"{PREFIX}{name}")
    missing = [path for path in getattr(module, "NEEDS", ()) if find_file(path) is None]
    if missing:
        print(f"{name}: skipped, CUSTBASE_DATA has no {', '.join(missing)}", file=sys.stderr)
        return
    kind = [name, "full" if full else "reduced", *([width] if width else [])]
    stem = RESULTS / ".".join(kind)
    partial = Path(f"{stem}.partial.json")
    stamp = _machine.stamp(width)
    rows: dict[str, Rows] = {}
    if partial.exists() and not fresh:
        stored = json.loads(partial.read_text())
        rows = stored["rows"] if stored["stamp"] == stamp else {}
    for case in module.cases(full):
        if case not in rows:
            print(f"{name}: {case} ...", file=sys.stderr, flush=True)
            rows[case] = ask_child(name, case, full=full, width=width)
            partial.write_text(json.dumps({"stamp": stamp, "rows": rows}))
    rows = {case: rows[case] for case in module.cases(full)}  # a resumed run did others first
    verdicts = module.conclude(rows) if hasattr(module, "conclude") else []
    page = _table.as_markdown(module.TITLE, module.CLAIM, stamp, rows, verdicts, full=full)
    print(page)
    Path(f"{stem}.md").write_text(page)
    Path(f"{stem}.json").write_text(json.dumps({"stamp": stamp, "rows": rows}, indent=1) + "\n")
    _table.draw(module.TITLE, rows, Path(f"{stem}.svg"), **getattr(module, "DRAWN", {}))
    partial.unlink(missing_ok=True)


def ask_child(name: str, case: str, *, full: bool, width: str | None) -> Rows:
    """Run one case in a process of its own, threads pinned before anything is imported."""
    command = [sys.executable, "-m", "benchmarks", name, "--case", case]
    done = subprocess.run(
        [*command, "--full"] if full else command,
        env=_machine.child_environment(width),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
