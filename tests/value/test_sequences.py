"""Sequences, and what stands beside them."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.value._sequences import learn_channels, refuse_other_masks, scale_channels


def make_sequences(n_rows: int = 50, n_times: int = 6, seed: int = 0) -> np.ndarray:
    """Mask, a gap, a summary in the last step alone, and an amount; padded on the left."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, n_times - 1, n_rows)
    mask = (np.arange(n_times) >= n_times - lengths[:, None]).astype(float)
    summary = np.zeros_like(mask)
    summary[:, -1] = rng.gamma(2, size=n_rows)
    parts = [mask, mask * rng.gamma(2, size=mask.shape), summary, mask * rng.random(mask.shape)]
    return np.stack(parts, axis=2)


def test_channels_of_the_last_step_are_columns() -> None:
    X = make_sequences()
    learnt = learn_channels(X, np.ones(len(X)))
    assert learnt["columns"].tolist() == [2]
    assert learnt["steps"].tolist() == [1, 3]
    inputs = scale_channels(X, learnt)
    assert inputs.columns.shape == (50, 1)
    # Nobody has the first two of the six steps.
    assert inputs.steps.shape == (50, 4, 2)
    np.testing.assert_array_equal(inputs.mask[:, :, 0], X[:, 2:, 0])
    real = inputs.mask[:, :, 0] == 1
    np.testing.assert_allclose(inputs.steps[real].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(inputs.steps[real].std(axis=0), 1)
    np.testing.assert_array_equal(inputs.steps[~real], 0)


@pytest.mark.parametrize("shape", [(1, 1, 2), (3, 1, 4), (2, 5, 3)])
def test_nobody_with_a_step_is_finite(shape: tuple[int, int, int]) -> None:
    X = np.zeros(shape)
    inputs = scale_channels(X, learn_channels(X, np.ones(len(X))))
    assert inputs.steps.shape[1] == 1
    assert all(np.isfinite(part).all() for part in inputs)


def test_masks_are_checked() -> None:
    X = make_sequences()
    refuse_other_masks(X)
    half = X.copy()
    half[3, -1, 0] = 0.5
    with pytest.raises(ValueError, match=r"first channel of 0 and 1; got 0\.5"):
        refuse_other_masks(half)
    with pytest.raises(ValueError, match="real steps last; got row 0, padded after one"):
        refuse_other_masks(X[:, ::-1])
