"""The kernel of the moments of clusters."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.kernels._moments import sum_deviations
from custbase.kernels._spans import CHUNK_ROWS


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_rows", [50, CHUNK_ROWS + 3])
def test_sum_deviations_adds_to_the_chunks(dtype, n_rows):
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(n_rows, 3)).astype(dtype), rng.uniform(size=n_rows)
    X.flags.writeable = False
    weights[::5] = 0.0
    labels, origins = rng.integers(-1, 4, n_rows).astype(np.int32), rng.normal(size=(4, 3))
    n_chunks = -(-n_rows // CHUNK_ROWS)
    sums, squares = np.full((n_chunks, 4, 3), 10.0), np.full((n_chunks, 4), 20.0)
    totals, counts = np.full((n_chunks, 4), 30.0), np.full((n_chunks, 4), 40)
    sum_deviations(X, labels, weights, origins, sums, squares, totals, counts)
    for chunk in range(n_chunks):
        part = slice(chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS)
        for c in range(4):
            in_cluster = labels[part] == c
            deviations = X[part][in_cluster].astype(float) - origins[c]
            own = weights[part][in_cluster]
            np.testing.assert_allclose(sums[chunk, c], 10 + own @ deviations)
            np.testing.assert_allclose(squares[chunk, c], 20 + own @ (deviations**2).sum(axis=1))
            np.testing.assert_allclose(totals[chunk, c], 30 + own.sum())
            assert counts[chunk, c] == 40 + np.count_nonzero(own)
