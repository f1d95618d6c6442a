"""Distances, one pair of rows and one column at a time; neighbours by sorting all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

Row = Sequence[float]


def euclidean(x: Row, y: Row) -> float:
    """Square root of the sum of squared differences."""
    return math.sqrt(sqeuclidean(x, y))


def sqeuclidean(x: Row, y: Row) -> float:
    """Sum of squared differences."""
    return sum((a - b) ** 2 for a, b in zip(x, y, strict=True))


def manhattan(x: Row, y: Row) -> float:
    """Sum of absolute differences."""
    return sum(abs(a - b) for a, b in zip(x, y, strict=True))


def chebyshev(x: Row, y: Row) -> float:
    """Largest absolute difference."""
    return max(abs(a - b) for a, b in zip(x, y, strict=True))


def cosine(x: Row, y: Row) -> float:
    """1 minus the cosine of the angle; 1 if a row has only zeros."""
    lengths = math.hypot(*x) * math.hypot(*y)
    if lengths == 0:
        return 1.0
    return 1.0 - math.fsum(a * b for a, b in zip(x, y, strict=True)) / lengths


def correlation(x: Row, y: Row) -> float:
    """1 minus the correlation; 1 if a row is constant."""
    if min(x) == max(x) or min(y) == max(y):
        return 1.0
    x_mean, y_mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    return cosine([a - x_mean for a in x], [b - y_mean for b in y])


def hamming(x: Row, y: Row) -> float:
    """Share of columns in which the rows differ."""
    return sum(a != b for a, b in zip(x, y, strict=True)) / len(x)


def jaccard(x: Row, y: Row) -> float:
    """Of the columns where either row is not zero, the share where the other row is."""
    either = sum(a != 0 or b != 0 for a, b in zip(x, y, strict=True))
    both = sum(a != 0 and b != 0 for a, b in zip(x, y, strict=True))
    return (either - both) / either if either else 0.0


DISTANCES: dict[str, Callable[[Row, Row], float]] = {
    "euclidean": euclidean,
    "sqeuclidean": sqeuclidean,
    "manhattan": manhattan,
    "chebyshev": chebyshev,
    "cosine": cosine,
    "correlation": correlation,
    "hamming": hamming,
    "jaccard": jaccard,
}


def pairwise(X: np.ndarray, Y: np.ndarray | None, metric: str) -> np.ndarray:
    """Every distance; of a row to itself it is 0."""
    rows = np.asarray(X, dtype=float).tolist()
    others = rows if Y is None else np.asarray(Y, dtype=float).tolist()
    distances = np.array([[DISTANCES[metric](x, y) for y in others] for x in rows])
    if Y is None:
        np.fill_diagonal(distances, 0.0)
    return distances


def nearest(
    distances: np.ndarray, n_neighbors: int, *, itself: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Sort a matrix of distances, and of equal ones the lower index first."""
    found = []
    for row, line in enumerate(distances.tolist()):
        candidates = [(d, i) for i, d in enumerate(line) if not (itself and i == row)]
        found.append(sorted(candidates)[:n_neighbors])
    return (
        np.array([[d for d, _ in line] for line in found]),
        np.array([[i for _, i in line] for line in found]),
    )
