"""Dummies of what levels of a category have in common that hardly anybody has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin

from ._texts import RARE


class RareLevels(TransformerMixin, BaseEstimator):
    """One sparse column for each category: 1 where fewer than 10 rows of ``fit`` have the level.

    Beside dummies of the levels themselves, a linear model learns from it what rare ones have
    in common, and expects it of levels that it has not seen.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> RareLevels:
        """Find the numbers of levels, of each column, that are not rare."""
        self.common_ = []
        for name in X:
            levels, counts = np.unique(X[name], return_counts=True)
            self.common_.append(levels[counts >= RARE])
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> csr_array:
        """Tell rare levels, and those that were not seen."""
        columns = zip(X, self.common_, strict=True)
        return csr_array(
            np.column_stack([~X[name].isin(common) for name, common in columns]).astype(float)
        )

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns: the category's with "_rare"."""
        return np.array([f"{name}_rare" for name in self.feature_names_in_], dtype=object)
