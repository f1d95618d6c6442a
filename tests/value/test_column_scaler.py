"""Scaling of columns before networks read them."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.value._column_scaler import learn_scaling, scale_columns


def scale(X, weight=None):
    X = np.asarray(X, dtype=float)
    scaling = learn_scaling(X, np.ones(len(X)) if weight is None else weight)
    return scale_columns(X, scaling), scaling


def test_long_tails_are_shortened_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.lognormal(0, 2, 2000), rng.normal(size=2000), rng.random(2000)])
    scaled, scaling = scale(X)
    assert np.isfinite(scaling["bend"]).tolist() == [True, False, False]
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1)
    assert scaled[:, 0].max() < 5


def test_weights_are_repetitions() -> None:
    X = np.array([[0.0], [1.0], [500.0]])
    scaled, _ = scale(X, np.array([1.0, 2.0, 1.0]))
    repeated, _ = scale(X[[0, 1, 1, 2]])
    np.testing.assert_allclose(scaled, repeated[[0, 1, 3]])


@pytest.mark.parametrize("value", [0.0, 7.0, -3.0, 1e300, 1e-300, 0.1])
def test_a_constant_column_is_0(value: float) -> None:
    X = np.full((5, 1), value)
    scaled, scaling = scale(X)
    np.testing.assert_array_equal(scaled, 0)
    np.testing.assert_array_equal(scale_columns(X + 12.0, scaling), 0)


def test_order_is_kept_and_the_unit_of_a_column_does_not_matter() -> None:
    values = np.array([-1e3, -2.0, 0.0, 1e-3, 1.0, 8.0, 1e6])
    scaled, _ = scale(values[:, None])
    assert (np.diff(scaled[:, 0]) > 0).all()
    np.testing.assert_allclose(scale(values[:, None] * 1e200)[0], scaled, rtol=1e-9)


def test_values_beyond_those_of_fit_count_as_the_last_of_these() -> None:
    scaled, scaling = scale([[1.0], [2.0], [4.0]])
    beyond = scale_columns(np.array([[-1e308], [1e308]]), scaling)
    np.testing.assert_array_equal(beyond, scaled[[0, 2]])
