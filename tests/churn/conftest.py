"""Customers with known probabilities of leaving."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

SHARES = [0.5, 0.3, 0.2]


def draw_customers(n_customers: int, seed: int):
    """A raw frame, and the true probability of leaving."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 72, n_customers)
    frame = pd.DataFrame(
        {
            "tenure": tenure,
            "contract": rng.choice(["monthly", "yearly", "two years"], n_customers, p=SHARES),
            "charges": rng.gamma(4, 15, n_customers).round(2),
            "paperless": rng.random(n_customers) < 0.6,
            "noise": rng.normal(size=n_customers),
        }
    )
    frame.loc[rng.random(n_customers) < 0.05, "charges"] = np.nan
    by_contract = frame["contract"].map({"monthly": 0.8, "yearly": -0.6, "two years": -1.5})
    odds = -0.4 - 0.03 * tenure + by_contract + 0.02 * (frame["charges"].fillna(60) - 60)
    return frame, expit(odds.to_numpy())


@pytest.fixture(scope="session")
def customers():
    """Frame, labels 0 and 1."""
    frame, p = draw_customers(2000, 0)
    return frame, (np.random.default_rng(1).random(2000) < p).astype(int)
