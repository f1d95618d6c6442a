"""Frames in memory of every kind, and logs for the splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.features.conftest import LAZY, MAKERS


@pytest.fixture(params=[kind for kind in MAKERS if kind not in LAZY])
def make_eager(request):
    """Turn a pandas frame into a frame in memory of one kind."""
    return MAKERS[request.param]


@pytest.fixture(params=LAZY)
def make_lazy(request):
    """Turn a pandas frame into a lazy frame of one kind."""
    return MAKERS[request.param]


@pytest.fixture
def log():
    """Purchases of 30 customers over 100 days, no two at one time."""
    rng = np.random.default_rng(0)
    n_rows = 600
    minutes = rng.choice(100 * 24 * 60, n_rows, replace=False)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:02}" for i in rng.integers(0, 30, n_rows)],
            "product_id": np.floor(rng.pareto(1, n_rows) * 4).astype(int) % 40,
            "quantity": rng.integers(1, 4, n_rows),
            "event": rng.choice(["view", "purchase"], n_rows),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min"),
        }
    )
