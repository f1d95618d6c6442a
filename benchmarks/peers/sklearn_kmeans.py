"""scikit-learn's k-means: the loop that people write, and one fit from given centres."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sklearn.cluster import KMeans


def sweep(X: np.ndarray, numbers: Iterable[int], *, n_init: int | str = "auto") -> np.ndarray:
    """Inertia for every number of clusters."""
    return np.array(
        [
            KMeans(k, init="k-means++", n_init=n_init, max_iter=400, random_state=42)
            .fit(X)
            .inertia_
            for k in numbers
        ]
    )


def fit_from(X: np.ndarray, init: np.ndarray, *, max_iter: int) -> tuple[float, int]:
    """Inertia, and the iterations it took from given centres."""
    model = KMeans(len(init), init=init, n_init=1, tol=0, max_iter=max_iter, algorithm="lloyd")
    model.fit(X)
    return model.inertia_, model.n_iter_
