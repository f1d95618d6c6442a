"""Real data, in the folder that CUSTBASE_DATA names."""

from __future__ import annotations

import os
from pathlib import Path


def find_file(name: str) -> Path | None:
    """Path of a file of real data, or None where there is none."""
    folder = os.environ.get("CUSTBASE_DATA")
    path = Path(folder or ".", name)
    return path if folder and path.exists() else None
