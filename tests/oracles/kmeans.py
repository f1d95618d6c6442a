"""k-means, one row and one centre at a time."""

from __future__ import annotations

import numpy as np


def squared_distance(x: np.ndarray, center: np.ndarray) -> float:
    """Sum of squared differences."""
    return sum((float(a) - float(b)) ** 2 for a, b in zip(x, center, strict=True))


def assign(X: np.ndarray, centers: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Labels, squared distances, and the sums of every cluster; the first of equal centres wins."""
    n_clusters = len(centers)
    found = {
        "labels": np.zeros(len(X), dtype=int),
        "distances": np.zeros(len(X)),
        "sums": np.zeros(centers.shape),
        "weights": np.zeros(n_clusters),
        "inertia": np.zeros(n_clusters),
    }
    for row, (x, weight) in enumerate(zip(X, weights, strict=True)):
        distances = [squared_distance(x, center) for center in centers]
        label = distances.index(min(distances))
        found["labels"][row] = label
        found["distances"][row] = distances[label]
        found["sums"][label] += weight * x.astype(float)
        found["weights"][label] += weight
        found["inertia"][label] += weight * distances[label]
    return found


def lloyd(X: np.ndarray, centers: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres and labels once no label changes; refuses empty clusters."""
    labels = None
    while True:
        step = assign(X, centers, weights)
        if labels is not None and (step["labels"] == labels).all():
            return centers, labels
        labels = step["labels"]
        if not step["weights"].all():
            raise ValueError("empty cluster")
        centers = step["sums"] / step["weights"][:, None]


def shorten(
    X: np.ndarray, candidates: np.ndarray, weights: np.ndarray, distances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distances with each candidate added on its own, and their weighted sums."""
    shortened = np.array(
        [
            [min(squared_distance(x, c), d) for x, d in zip(X, distances, strict=True)]
            for c in candidates
        ]
    ).reshape(len(candidates), len(X))
    return shortened, shortened @ weights


def cut_blocks(
    X: np.ndarray, weights: np.ndarray, block_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and weights in blocks, the columns of a block first; zeros pad the last one."""
    n_blocks = -(-len(X) // block_rows)
    values = np.zeros((n_blocks, X.shape[1], block_rows))
    row_weights = np.zeros((n_blocks, block_rows))
    for i, (x, weight) in enumerate(zip(X, weights, strict=True)):
        values[i // block_rows, :, i % block_rows] = x
        row_weights[i // block_rows, i % block_rows] = weight
    return values, row_weights


def merge_pairs(centers: np.ndarray, weights: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """What every pair of clusters costs if made one, and the centres then; the cheapest first."""
    found = []
    for i in range(len(centers)):
        for j in range(i):
            both = weights[i] + weights[j]
            cost = weights[i] * weights[j] / both * squared_distance(centers[i], centers[j])
            mean = (weights[i] * centers[i] + weights[j] * centers[j]) / both
            rest = [c for place, c in enumerate(centers) if place not in (i, j)]
            found.append((cost, np.array([*rest, mean])))
    return sorted(found, key=lambda pair: pair[0])
