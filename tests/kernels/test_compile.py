"""How kernels are compiled."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba.core import event

import custbase
import custbase.kernels._compile  # pauses the collection


class Watch(event.Listener):
    """Notes whether garbage is collected while something is compiled."""

    def __init__(self) -> None:
        self.seen: set[bool] = set()

    def on_start(self, event: event.Event) -> None:
        self.seen.add(gc.isenabled())

    def on_end(self, event: event.Event) -> None:
        pass


@pytest.fixture
def watch():
    watch = Watch()
    event.register("numba:compile", watch)
    yield watch
    event.unregister("numba:compile", watch)
    gc.enable()


@pytest.mark.parametrize("was_enabled", [True, False])
def test_no_garbage_is_collected_while_a_kernel_is_compiled(watch, was_enabled):
    if not was_enabled:
        gc.disable()

    assert numba.njit(lambda number: number + 1)(1) == 2
    assert watch.seen == {False}
    assert gc.isenabled() == was_enabled


def test_garbage_is_collected_again_after_a_kernel_that_does_not_compile(watch):
    with pytest.raises(numba.TypingError):
        numba.njit(lambda number: number + "1")(1)
    assert gc.isenabled()


@pytest.mark.slow
def test_a_kernel_is_compiled_anew_when_one_that_it_calls_changes(tmp_path):
    """Kernels hold what they call: a cache that is asked for their own file alone goes stale."""
    room = tmp_path / "custbase"
    shutil.copytree(Path(custbase.__file__).parent, room, ignore=shutil.ignore_patterns("__py*"))
    script = (
        "import numpy as np; from custbase.metrics import squared_silhouette_samples as measure;"
        "print(measure([[0.0], [1.0], [5.0]], [0, 0, 1]).tolist())"
    )

    def run() -> str:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        command = [sys.executable, "-c", script]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout

    before = run()
    blocks = room / "kernels" / "_blocks.py"
    text = blocks.read_text()
    assert "out[row] += gap * gap" in text
    blocks.write_text(text.replace("out[row] += gap * gap", "out[row] += 0.0 * gap"))
    assert run() != before
