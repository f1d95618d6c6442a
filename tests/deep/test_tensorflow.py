"""tensorflow comes in without a word."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TRAIN = """
import os, sys
import numpy as np
from custbase import CLVRegressor
X = np.arange(40.0).reshape(20, 2)
for seed in range(7):  # of so many short fits, tensorflow would say that they are retraced
    CLVRegressor(hidden_units=(2,), max_epochs=1, n_networks=1, random_state=seed).fit(X, X[:, 0])
assert "TF_CPP_MIN_LOG_LEVEL" not in os.environ
os.write(2, b"done")
"""
IMPORT = """
import os
from custbase.deep import _tensorflow
def fail(*names, **options):
    os.write(2, b"I0000 chatter\\nsomething else\\n")
    raise ImportError("no")
_tensorflow.import_or_raise = fail
_tensorflow.import_tensorflow("CLVRegressor")
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, where no level of logging is set."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=known
    )


@pytest.mark.deep
def test_training_prints_nothing() -> None:
    done = run(TRAIN)
    assert (done.stdout, done.stderr) == ("", "done")


def test_what_is_no_chatter_is_passed_on() -> None:
    done = run(IMPORT)
    assert done.returncode == 1
    assert done.stderr.startswith("something else\nTraceback")
    assert done.stderr.endswith("ImportError: no\n")
