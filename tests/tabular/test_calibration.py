"""Platt's sigmoid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from custbase._tabular._calibration import find_floor, fit_sigmoid, to_log_odds
from custbase._tabular._losses import mean_log_loss


def loss(parameters, scores, hits, weights):
    """Cross-entropy with Platt's targets."""
    n_hits, n_misses = weights[hits].sum(), weights[~hits].sum()
    targets = np.where(hits, (n_hits + 1) / (n_hits + 2), 1 / (n_misses + 2))
    odds = parameters[0] * scores + parameters[1]
    return weights @ (np.logaddexp(0, odds) - targets * odds)


@pytest.mark.parametrize("seed", range(10))
def test_maximises_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=200) * 10 ** rng.uniform(-3, 3) + rng.normal() * 10
    hits = rng.random(200) < expit(2 * (scores - scores.mean()) / scores.std())
    weights = rng.integers(0, 3, 200) + 0.1
    found = fit_sigmoid(scores, hits, weights)
    standard = (scores - scores.mean()) / scores.std()
    best = minimize(loss, [0.0, 0.0], (standard, hits, weights), method="BFGS").fun
    assert loss(found, scores, hits, weights) == pytest.approx(best, rel=1e-9)


def test_recovers_what_a_model_overstates():
    rng = np.random.default_rng(0)
    odds = rng.normal(size=50_000)
    hits = rng.random(50_000) < expit(odds)
    slope, offset = fit_sigmoid(3 * odds + 1, hits, np.ones(50_000))
    assert slope == pytest.approx(1 / 3, rel=0.05)
    assert offset == pytest.approx(-1 / 3, abs=0.05)


def test_scores_that_tell_classes_apart_stay_finite():
    slope, offset = fit_sigmoid(np.arange(10.0), np.arange(10) > 4, np.ones(10))
    assert 0 < slope < 100
    p = expit(slope * np.arange(10.0) + offset)
    assert p[0] < 0.2
    assert p[-1] > 0.8


@pytest.mark.parametrize(
    "scores", [np.arange(10.0)[::-1], np.zeros(10), 2.2 + np.arange(10) % 3 * 4e-16]
)
def test_scores_that_say_nothing_or_the_opposite_make_everybody_alike(scores):
    slope, offset = fit_sigmoid(scores, np.arange(10) > 6, np.ones(10))
    assert slope == 0.0
    assert expit(offset) == pytest.approx(0.3, abs=0.06)


@given(st.lists(st.tuples(st.booleans(), st.integers(-5, 5), st.integers(1, 3)), min_size=2))
@settings(max_examples=50, deadline=None)
def test_is_finite_and_rises(rows):
    hits, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    slope, offset = fit_sigmoid(scores.astype(float), hits, weights.astype(float))
    assert slope >= 0
    assert np.isfinite([slope, offset]).all()


def test_probabilities_of_nothing_are_kept_off_nothing():
    p = np.array([0.0, 0.02, 0.5, 1.0])
    assert find_floor(p) == 0.01
    assert np.isfinite(to_log_odds(p, 0.01)).all()
    assert find_floor(np.array([0.0, 1.0])) == 0.5
    assert find_floor(np.array([1e-9, 0.5])) == 1e-6


def test_mean_log_loss():
    assert mean_log_loss(np.zeros(3), np.array([True, False, True]), np.ones(3)) == np.log(2)
