"""kneed: the knee of a curve, at its default sensitivity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def choose(numbers: Sequence[int], inertia: np.ndarray) -> int | None:
    """Number of clusters at the elbow of the inertia; None if kneed sees none."""
    from kneed import KneeLocator

    return KneeLocator(numbers, inertia, curve="convex", direction="decreasing").knee
