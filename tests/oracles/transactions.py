"""Purchase histories, one customer and one purchase at a time."""

from __future__ import annotations

import numpy as np


def simulate_customer(
    rng: np.random.RandomState, model: str, rate: float, dropout: float, observed: float
) -> tuple[list[float], bool]:
    """Repeat purchase times before `observed`, and whether the customer is alive then."""
    death = rng.exponential(1 / dropout) if model == "pareto_nbd" else np.inf
    if model == "modified_beta_geo" and rng.uniform() < dropout:
        return [], False
    times: list[float] = []
    now = 0.0
    while True:
        now += rng.exponential(1 / rate)
        if now > min(death, observed):
            return times, death > observed
        times.append(now)
        if model != "pareto_nbd" and rng.uniform() < dropout:
            return times, False
