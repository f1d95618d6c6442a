"""Customers to divide, where only speed and inertia matter."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_blobs


def make_shop_table(n_rows: int) -> np.ndarray:
    """Products, complaints and money as a shop counts them: all skewed, none scaled."""
    rng = np.random.default_rng(0)
    products = 1 + rng.negative_binomial(1, 0.15, n_rows)
    complaints = rng.poisson(rng.gamma(0.5, 0.6, n_rows))
    money = products * rng.lognormal(3.0, 0.8, n_rows)
    return np.column_stack([products, complaints, money.round(2)]).astype(np.float64)


def make_clouds(n_rows: int, n_columns: int = 8, *, centers: int = 6) -> np.ndarray:
    """Round normal clouds, six that hardly touch or just one."""
    return make_blobs(n_rows, n_columns, centers=centers, random_state=0)[0]
