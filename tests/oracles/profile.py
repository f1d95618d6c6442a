"""What a segment is like, one column and one segment at a time, in plain Python."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import Any


def ranks(values: list[float]) -> list[float]:
    """Rank of each value from 1; ties share the average of their ranks."""
    return [
        sum(other < value for other in values) + (values.count(value) + 1) / 2 for value in values
    ]


def contrast(values: list[float], labels: list[int], segment: int) -> float:
    """(Mean rank in the segment - mean rank of all) / standard deviation; 0 for a constant."""
    known = [(v, s) for v, s in zip(values, labels, strict=True) if not math.isnan(v)]
    ranked = ranks([v for v, _ in known])
    own = [r for r, (_, s) in zip(ranked, known, strict=True) if s == segment]
    if not own:
        return math.nan
    spread = statistics.pstdev(ranked)
    return (statistics.fmean(own) - statistics.fmean(ranked)) / spread if spread else 0.0


def mean(values: list[float], labels: list[int], segment: int) -> float:
    """Mean of the known values of the segment."""
    own = [v for v, s in zip(values, labels, strict=True) if s == segment and not math.isnan(v)]
    return statistics.fmean(own) if own else math.nan


def median(values: list[float], labels: list[int], segment: int) -> float:
    """Median of the known values of the segment."""
    own = [v for v, s in zip(values, labels, strict=True) if s == segment and not math.isnan(v)]
    return statistics.median(own) if own else math.nan


def most_frequent(values: list[Any], labels: list[int], segment: int) -> Any:
    """Most frequent known category of the segment; of equals the one that comes first overall."""
    counts = Counter(
        v for v, s in zip(values, labels, strict=True) if s == segment and v is not None
    )
    if not counts:
        return None
    return max(counts, key=lambda category: (counts[category], -values.index(category)))
