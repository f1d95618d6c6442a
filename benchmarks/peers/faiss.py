"""faiss: k-means in float32, its default 25 iterations.

By default it samples 256 rows a cluster and draws random ones to start from: here it
takes all rows, and k-means++.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def sweep(X: np.ndarray, numbers: Iterable[int]) -> list[np.ndarray]:
    """Centres for every number of clusters."""
    import faiss

    X = np.ascontiguousarray(X, dtype=np.float32)
    centers = []
    for k in numbers:
        model = faiss.Kmeans(
            X.shape[1],
            k,
            niter=25,
            seed=42,
            init_method=faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS,
            max_points_per_centroid=len(X),
            min_points_per_centroid=1,
        )
        model.train(X)
        centers.append(model.centroids.astype(np.float64))
    return centers
