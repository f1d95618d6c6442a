"""Warnings point at the line of the user, through estimators, pipelines and wrappers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from custbase import BetaGeoModel, BTYDRegressor
from custbase._warn import warn
from custbase.exceptions import CustbaseWarning

ONCE = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": 5.0, "monetary_value": 0.0}, index=[0, 1])


def test_one_who_calls_from_outside_is_the_user() -> None:
    with pytest.warns(CustbaseWarning, match="^what$") as caught:
        warn("what", CustbaseWarning)
    assert caught[0].filename == __file__


def test_estimators_within_estimators_are_passed_over() -> None:
    summary = pd.concat([ONCE, ONCE.assign(frequency=1, recency=3.0, monetary_value=2.0)])
    for model in (BTYDRegressor(horizon=3), make_pipeline(BTYDRegressor(horizon=3))):
        with pytest.warns(ConvergenceWarning, match="do not determine") as caught:
            model.fit(summary)
        assert {each.filename for each in caught} == {__file__}
    with pytest.warns(ConvergenceWarning, match="do not determine") as caught:
        cross_validate(BetaGeoModel(), summary, cv=2)
    assert {each.filename for each in caught} == {__file__}


def test_a_thread_that_nobody_called_ends_the_search(tmp_path: Path) -> None:
    script = tmp_path / "threads.py"
    script.write_text(
        "import threading\n"
        "from custbase._warn import warn\n"
        "thread = threading.Thread(target=warn, args=('what', UserWarning))\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stderr.count("UserWarning: what") == 1
