"""How often intervals of metrics hold what the metric is of all customers there could be."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.metrics import (
    bootstrap_difference,
    bootstrap_interval,
    normalized_gini,
    spearman_correlation,
)

pytestmark = pytest.mark.slow

N_SAMPLES = 200


def sample(n_rows, rng):
    """Spend, what it was expected to be, and a poorer guess."""
    expected = rng.gamma(0.7, 50.0, n_rows)
    guess = expected * rng.lognormal(0.0, 0.5, n_rows)
    return expected * rng.exponential(size=n_rows), expected, guess


@pytest.mark.parametrize("metric", [normalized_gini, spearman_correlation])
def test_intervals_hold_the_truth_about_as_often_as_they_say(metric):
    y, expected, guess = sample(1_000_000, np.random.default_rng(0))
    truth = np.array([metric(y, expected), metric(y, expected) - metric(y, guess)])
    held = np.zeros(2)
    for seed in range(N_SAMPLES):
        y, expected, guess = sample(600, np.random.default_rng(seed + 1))
        draws = {"n_bootstrap": 200, "random_state": seed}
        one = bootstrap_interval(metric, y, expected, **draws)
        two = bootstrap_difference(metric, y, expected, guess, **draws)
        held += [one.low <= truth[0] <= one.high, two.low <= truth[1] <= two.high]
    shares = held / N_SAMPLES
    assert ((shares >= 0.91) & (shares <= 0.985)).all(), shares
