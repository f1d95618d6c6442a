"""Expected calibration error."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase.metrics import expected_calibration_error


def test_equals_bins_counted_by_hand():
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    y = rng.random(1000) < p**2
    order = np.argsort(p)
    gaps = [abs(p[part].mean() - y[part].mean()) for part in np.split(order, 10)]
    assert expected_calibration_error(y, p) == pytest.approx(np.mean(gaps))
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [(bins == b).mean() * abs(p[bins == b].mean() - y[bins == b].mean()) for b in range(10)]
    assert expected_calibration_error(y, p, strategy="uniform") == pytest.approx(sum(gaps))


def test_true_probabilities_err_by_chance_alone():
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    by_chance = np.sqrt(2 / np.pi) * np.sqrt(p * (1 - p)).mean() * np.sqrt(10 / 20_000)
    errors = [expected_calibration_error(rng.random(20_000) < p, p) for _ in range(20)]
    assert np.mean(errors) == pytest.approx(by_chance, rel=0.2)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(1, 3)), min_size=1),
    st.integers(1, 12),
    st.sampled_from(["quantile", "uniform"]),
)
@settings(max_examples=60, deadline=None)
def test_weights_repeat_and_order_does_not_matter(rows, n_bins, strategy):
    y, p, weights = (np.array(column) for column in zip(*rows, strict=True))
    p = p / 4
    bins = {"n_bins": n_bins, "strategy": strategy}
    weighted = expected_calibration_error(y, p, sample_weight=weights, **bins)
    repeated = expected_calibration_error(np.repeat(y, weights), np.repeat(p, weights), **bins)
    backwards = expected_calibration_error(y[::-1], p[::-1], sample_weight=weights[::-1], **bins)
    assert weighted == pytest.approx(repeated, abs=1e-12)
    assert weighted == pytest.approx(backwards, abs=1e-12)


def test_refuses_what_is_no_probability():
    with pytest.raises(ValueError, match="probabilities between 0 and 1; got values from -1 to 2"):
        expected_calibration_error([0, 1], [-1, 2])


def exact_error(rows, n_bins):
    """Bins of equal width, counted in fractions: (label, probability) of equal weights."""
    gaps = [Fraction(0)] * n_bins
    for label, probability in rows:
        gaps[min(int(probability * n_bins), n_bins - 1)] += probability - label
    return float(sum(map(abs, gaps)) / len(rows))


def test_limits_of_a_hundred_bins():
    y, p = [1] * 50 + [0] * 50, [0.28] * 50 + [0.29] * 50
    found = expected_calibration_error(y, p, n_bins=100, strategy="uniform")
    assert found == pytest.approx(0.505, abs=1e-12)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("n_bins", [1, 3, 7, 10, 49, 100, 1000])
def test_every_limit_is_in_the_bin_above_it(n_bins, kind):
    limits = [Fraction(k, n_bins) for k in range(n_bins + 1)]
    below = [limit - Fraction(1, 10 * n_bins) for limit in limits[1:]]
    for shift in (0, 1):
        rows = [((k + shift) % 2, p) for k, p in enumerate(sorted([*limits, *below]))]
        y, p = zip(*rows, strict=True)
        found = expected_calibration_error(
            y, np.array([float(part) for part in p], kind), n_bins=n_bins, strategy="uniform"
        )
        assert found == pytest.approx(exact_error(rows, n_bins), abs=1e-6)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=1, max_size=30),
    st.sampled_from([10, 20, 50, 100, 125, 200, 1000]),
    st.integers(1, 120),
    st.sampled_from([np.float64, np.float32]),
)
@settings(max_examples=100, deadline=None)
def test_uniform_bins_are_those_of_exact_arithmetic(rows, most, n_bins, kind):
    rows = [(int(label), Fraction(min(count, most), most)) for label, count in rows]
    y, p = zip(*rows, strict=True)
    p = np.array([float(part) for part in p], kind)
    found = expected_calibration_error(y, p, n_bins=n_bins, strategy="uniform")
    assert found == pytest.approx(exact_error(rows, n_bins), abs=1e-6)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=1, max_size=30),
    st.integers(1, 40),
)
@settings(max_examples=60, deadline=None)
def test_quantile_bins_are_those_of_exact_arithmetic(rows, n_bins):
    rows = sorted((Fraction(count, 20), int(label)) for label, count in rows)
    groups = {}
    for p, label in rows:
        total, missed = groups.get(p, (0, Fraction(0)))
        groups[p] = (total + 1, missed + p - label)
    # Every row of a group is alike, and each is cut into n_bins parts; n rows fill a bin.
    parts = [missed / total / n_bins for total, missed in groups.values() for _ in range(total)]
    parts = [part for part in parts for _ in range(n_bins)]
    n = len(rows)
    expected = sum(abs(sum(parts[b * n : (b + 1) * n])) for b in range(n_bins)) / n
    p, y = zip(*rows, strict=True)
    found = expected_calibration_error(y, [float(part) for part in p], n_bins=n_bins)
    assert found == pytest.approx(float(expected), abs=1e-12)
