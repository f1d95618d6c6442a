"""scipy: sequential least squares, what budget optimisers of the field call."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def allocate(scales: np.ndarray, saturations: np.ndarray, budget: float) -> np.ndarray:
    """Spend a budget over curves scale (1 - exp(-x / saturation)), gradients given."""
    start = np.full(len(scales), budget / len(scales))

    def loss(x: np.ndarray) -> float:
        return -float((scales * -np.expm1(-x / saturations)).sum() - x.sum())

    def gradient(x: np.ndarray) -> np.ndarray:
        return 1 - scales / saturations * np.exp(-x / saturations)

    found = minimize(
        loss,
        start,
        jac=gradient,
        method="SLSQP",
        bounds=[(0, budget)] * len(scales),
        constraints={
            "type": "ineq",
            "fun": lambda x: budget - x.sum(),
            "jac": lambda x: -np.ones_like(x),
        },
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    return found.x
