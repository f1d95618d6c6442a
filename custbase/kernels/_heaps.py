"""Heaps of the best candidates, one a row: the worst is on top, where a better one replaces it.

Of equally far candidates the one with the higher index is the worse. A place that
is still empty holds an infinite distance and `NO_ROW`.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

# Index of what is no row: behind all others, so nothing equal to it ever enters a heap.
NO_ROW = np.iinfo(np.int64).max


@kernel
def is_worse(distance: float, index: int, other: float, other_index: int) -> bool:
    """Tell whether a candidate is farther than another, or as far with a higher index."""
    return distance > other or (distance == other and index > other_index)


@kernel
def sift_down(distances: np.ndarray, indices: np.ndarray, size: int) -> None:
    """Let the top of a heap of `size` candidates sink to its place."""
    distance, index = distances[0], indices[0]
    place, child = 0, 1
    while child < size:
        right = child + 1
        if right < size and is_worse(
            distances[right], indices[right], distances[child], indices[child]
        ):
            child = right
        if not is_worse(distances[child], indices[child], distance, index):
            break
        distances[place], indices[place] = distances[child], indices[child]
        place, child = child, 2 * child + 1
    distances[place], indices[place] = distance, index


@kernel
def push(distances: np.ndarray, indices: np.ndarray, distance: float, index: int) -> None:
    """Replace the worst candidate of a heap by a better one."""
    if is_worse(distances[0], indices[0], distance, index):
        distances[0], indices[0] = distance, index
        sift_down(distances, indices, distances.shape[0])


@kernel
def sort_heaps(out_distances: np.ndarray, out_indices: np.ndarray) -> None:
    """Turn heaps into lists, best first."""
    for row in range(out_distances.shape[0]):
        distances, indices = out_distances[row], out_indices[row]
        for last in range(distances.shape[0] - 1, 0, -1):
            distances[0], distances[last] = distances[last], distances[0]
            indices[0], indices[last] = indices[last], indices[0]
            sift_down(distances, indices, last)
