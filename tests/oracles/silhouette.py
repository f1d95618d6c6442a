"""Silhouettes of squared distances, from every pair of rows."""

from __future__ import annotations

import numpy as np


def silhouettes(X: np.ndarray, labels: list, weights: np.ndarray) -> np.ndarray:
    """Silhouette of every row; a weight is a number of repetitions, label -1 is noise."""
    clusters = {label for label, weight in zip(labels, weights, strict=True) if weight > 0}
    clusters.discard(-1)
    found = np.empty(len(X))
    for i, label in enumerate(labels):
        if label == -1:
            found[i] = np.nan
            continue
        totals, counts = dict.fromkeys(clusters, 0.0), dict.fromkeys(clusters, 0.0)
        for j, other in enumerate(labels):
            if other in clusters:
                distance = sum((float(a) - float(b)) ** 2 for a, b in zip(X[i], X[j], strict=True))
                totals[other] += weights[j] * distance
                counts[other] += weights[j]
        if counts.get(label, 0.0) <= 1:
            found[i] = 0.0
            continue
        # Among its own it is at distance 0 of itself: one term less to share among.
        within = totals[label] / (counts[label] - 1)
        between = min(totals[c] / counts[c] for c in clusters if c != label)
        found[i] = (between - within) / max(within, between) if max(within, between) > 0 else 0.0
    return found
