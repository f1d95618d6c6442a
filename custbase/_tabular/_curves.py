"""Splines of many numbers that stay as they ended."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import SplineTransformer

KNOTS, BENDS = 5, 6  # of a curve, and its columns


class Curves(TransformerMixin, BaseEstimator):
    """Cubic splines of columns without missing values, with knots at quantiles.

    Beyond the values of ``fit`` a curve stays as it ended: next quarter's customers reach
    farther than this one's, and a slope that went on would be sure of what nobody has seen.
    Values are cut before: scikit-learn's own constant ends take most of the time of its
    sparse splines.
    """

    def __init__(self, sparse: bool = False) -> None:
        self.sparse = sparse

    def fit(self, X: np.ndarray, y: Any = None) -> Curves:
        """Find the knots, and the ends."""
        self.low_, self.high_ = X.min(axis=0), X.max(axis=0)
        splines = SplineTransformer(
            n_knots=KNOTS, knots="quantile", include_bias=False, sparse_output=self.sparse
        )
        # Arrays, whatever sklearn.set_config says of everybody's transformers.
        self.splines_ = splines.set_output(transform="default").fit(X)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: np.ndarray) -> Any:
        """Give the values of all splines but the last of each column, which the others imply."""
        return self.splines_.transform(X.clip(self.low_, self.high_))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name splines after their columns."""
        return self.splines_.get_feature_names_out(input_features)
