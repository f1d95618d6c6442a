"""Ward's method, one merger at a time over all pairs."""

from __future__ import annotations

import itertools

import numpy as np


def cost(center: np.ndarray, weight: float, other: np.ndarray, other_weight: float) -> float:
    """Inertia that merging two clusters adds."""
    squared = sum((float(a) - float(b)) ** 2 for a, b in zip(center, other, strict=True))
    return weight * other_weight / (weight + other_weight) * squared


def cheapest_merges(
    centers: np.ndarray, weights: np.ndarray, queries: np.ndarray
) -> tuple[list[int], list[float]]:
    """Cheapest partner of each asking cluster, the first of equally cheap ones, and the cost."""
    partners, costs = [], []
    for a in queries:
        found = [
            (cost(centers[a], weights[a], centers[b], weights[b]), b)
            for b in range(len(centers))
            if b != a
        ]
        least, partner = min(found)
        partners.append(partner)
        costs.append(least)
    return partners, costs


def inertia(X: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> float:
    """Weighted sum of squared distances to the means of the clusters."""
    total = 0.0
    for label in set(labels.tolist()) - {-1}:
        own = labels == label
        center = (weights[own, None] * X[own]).sum(axis=0) / weights[own].sum()
        total += float((weights[own] * ((X[own] - center) ** 2).sum(axis=1)).sum())
    return total


def merge_all(X: np.ndarray, weights: np.ndarray) -> tuple[list[float], dict[int, list[set[int]]]]:
    """Costs of the mergers, and the clusters that are left for every number of clusters."""
    clusters = {i: (X[i].astype(float), float(weights[i]), {i}) for i in range(len(X))}
    costs, left = [], {len(X): [members for _, _, members in clusters.values()]}
    for made in range(len(X), 2 * len(X) - 1):
        pairs = itertools.combinations(clusters, 2)
        least, a, b = min((cost(*clusters[a][:2], *clusters[b][:2]), a, b) for a, b in pairs)
        (c1, w1, m1), (c2, w2, m2) = clusters.pop(a), clusters.pop(b)
        clusters[made] = ((w1 * c1 + w2 * c2) / (w1 + w2), w1 + w2, m1 | m2)
        costs.append(least)
        left[len(clusters)] = [members for _, _, members in clusters.values()]
    return costs, left
