"""Amounts of money brought to a scale on which they are not all but one next to nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

SMALLEST = 1e-150  # of a size: the largest number over it is finite


class Squash(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Inverse hyperbolic sine of columns in units of their median size.

    A logarithm for large values of either sign, straight near 0.
    """

    def fit(self, X: np.ndarray, y: Any = None) -> Squash:
        """Learn the sizes of columns without missing values."""
        sizes = [column[column > 0] for column in np.abs(X).T]
        units = [np.median(size) if len(size) else 1.0 for size in sizes]
        self.unit_ = np.array(units).clip(SMALLEST)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Squash columns."""
        return np.arcsinh(X / self.unit_)
