"""scikit-learn-intelex: the KMeans that its patch puts in the place of scikit-learn's.

It hands one cluster back to scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def sweep(X: np.ndarray, numbers: Iterable[int]) -> np.ndarray:
    """Inertia for every number of clusters."""
    from sklearnex.cluster import KMeans

    return np.array(
        [
            KMeans(k, init="k-means++", max_iter=400, random_state=42).fit(X).inertia_
            for k in numbers
        ]
    )
