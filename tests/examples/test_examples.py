"""Every example runs as a stranger would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.contract._house import REPOSITORY

FOLDER = REPOSITORY / "examples"
GALLERY = sorted(FOLDER.glob("plot_*.py"))


def run(script: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder of its own, warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )


@pytest.mark.parametrize("script", GALLERY, ids=lambda path: path.stem)
def test_gallery_example_runs(script: Path, tmp_path: Path) -> None:
    done = run(script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_main_job_on_cdnow(tmp_path: Path) -> None:
    done = run(FOLDER / "customer_base.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "attributed" in done.stdout
    assert "Assumptions" in done.stdout
    out = tmp_path / "build" / "customer_base"
    written = {path.name for path in out.iterdir()}
    assert {
        "log_check.csv",
        "segments.csv",
        "campaign.csv",
        "contact_list.csv",
        "elbow.png",
        "segments.png",
        "segments_3d.png",
        "campaign.png",
    } <= written
    contacts = pd.read_csv(out / "contact_list.csv")
    assert {"customer_id", "segment", "action"} <= set(contacts)
    assert contacts["customer_id"].is_unique
    report = pd.read_csv(out / "campaign.csv", index_col="segment")
    assert report.index[-1] == "total"
    assert report["n_customers"].iloc[:-1].sum() == report.loc["total", "n_customers"]


def test_main_job_on_a_file(tmp_path: Path) -> None:
    log = pd.DataFrame(
        {
            "client": [f"c{i % 37}" for i in range(400)],
            "when": pd.date_range("2025-01-01", periods=400, freq="D").astype(str),
            "paid": [10.0 + i % 50 for i in range(400)],
        }
    )
    log.to_csv(tmp_path / "orders.csv", index=False)
    columns = ["--customer", "client", "--time", "when", "--amount", "paid"]
    options = ["--log", "orders.csv", "--out", "there", *columns]
    done = run(FOLDER / "customer_base.py", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "there" / "contact_list.csv")) == 37


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--log absent.csv", "--log: there is no file absent.csv"),
        ("--log orders.csv --customer id", "--customer: orders.csv has no column 'id'"),
        ("--log orders.csv --time bad", "--time: column 'bad'"),
        ("--log orders.csv --amount bad", "--amount: column 'bad'"),
    ],
)
def test_main_job_names_the_bad_option(options: str, complaint: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"customer_id": [1], "date": ["2025-01-01"], "amount": [1.0], "bad": "x"})
    frame.to_csv(tmp_path / "orders.csv", index=False)
    done = run(FOLDER / "customer_base.py", *options.split(), cwd=tmp_path)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
