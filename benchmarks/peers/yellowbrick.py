"""yellowbrick: the elbow visualizer, a loop over scikit-learn's KMeans with kneed behind it.

Release 1.5 takes no estimator of today's scikit-learn for a clusterer unless forced to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans


def sweep(X: np.ndarray, numbers: Sequence[int]) -> tuple[np.ndarray, int | None]:
    """Inertia for every number of clusters, and the number chosen."""
    from matplotlib.figure import Figure
    from yellowbrick.cluster import KElbowVisualizer

    visualizer = KElbowVisualizer(
        KMeans(init="k-means++", max_iter=400, random_state=42),
        ax=Figure().subplots(),
        k=list(numbers),
        timings=False,
        force_model=True,
    )
    visualizer.fit(X)
    return np.array(visualizer.k_scores_), visualizer.elbow_value_
