"""numpy-financial: net present value.

Release 1.0 refuses a matrix of flows (and is wrong on a square one), so rows go
in one at a time, as its users write it.
"""

from __future__ import annotations

import numpy as np


def net_present_value(cashflows: np.ndarray, rate: float) -> np.ndarray:
    """Discount rows of cash flows, the first at time 0."""
    from numpy_financial import npv

    return np.array([npv(rate, flows) for flows in cashflows])
