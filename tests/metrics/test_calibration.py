"""Expected calibration error."""

from __future__ import annotations

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
