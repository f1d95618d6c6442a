"""empulse: profit metrics of churn, at their defaults."""

from __future__ import annotations

import numpy as np


def expected_maximum_profit(y: np.ndarray, scores: np.ndarray) -> float:
    """Expected maximum profit of a campaign of retention."""
    from empulse.metrics import empc_score

    return float(empc_score(y, scores))


def maximum_profit(y: np.ndarray, scores: np.ndarray) -> float:
    """Maximum profit of a campaign of retention."""
    from empulse.metrics import mpc_score

    return float(mpc_score(y, scores))
