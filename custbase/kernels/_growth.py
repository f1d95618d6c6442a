"""Logarithms of ratios that keep their digits under large exponents."""

from __future__ import annotations

import math

from ._compile import helper_kernel

# Powers of larger exponents lose digits, unless the logarithm is that of 1 plus little.
STEEP = 1e3


@helper_kernel
def log_growth(start: float, more: float, is_steep: bool) -> float:
    """Logarithm of ``(start + more) / start``."""
    return math.log1p(more / start) if is_steep else math.log((start + more) / start)
