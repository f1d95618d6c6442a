"""The example of the README runs and prints what it says."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.contract._house import REPOSITORY

README = (REPOSITORY / "README.md").read_text()


def test_example_prints_what_the_readme_shows() -> None:
    code, shown = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL).groups()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert printed == shown.splitlines()


def test_commands_of_the_readme_are_targets() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    commands = set(re.findall(r"make ([a-z]+)", README))
    assert {"demo", "check", "test", "docs", "bench"} <= commands
    assert all(re.search(rf"^{command}:", makefile, re.MULTILINE) for command in commands)
