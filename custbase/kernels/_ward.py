"""The loop of Ward's method: which cluster each one would merge with at the least cost.

Clusters are points with weights. Asking clusters are turned into columns in
blocks, and every other cluster is held against the whole block: the innermost
loops run over the askers, one independent cost each, and become SIMD code
without reordering a single addition. A cost is the same number whoever asks.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

# Clusters that ask at a time; with a few columns they stay in the nearest cache.
BLOCK_QUERIES = 256


@kernel
def find_cheapest_merges(
    centers: np.ndarray,
    reciprocal_weights: np.ndarray,
    queries: np.ndarray,
    out_partners: np.ndarray,
    out_costs: np.ndarray,
) -> None:
    """Find for some clusters the other one whose merger adds least to the inertia.

    Merging a and b adds ``w_a w_b / (w_a + w_b) ||c_a - c_b||^2``.

    Parameters
    ----------
    centers : ndarray of shape (n_clusters, n_columns)
        Centres of two clusters or more, float64.
    reciprocal_weights : ndarray of shape (n_clusters,)
        One over the weights of the clusters.
    queries : ndarray of shape (n_queries,)
        Positions of the clusters that ask, ascending, int64.
    out_partners : ndarray of shape (n_queries,)
        Set to the position of the cheapest partner; of equally cheap ones the first.
    out_costs : ndarray of shape (n_queries,)
        Set to the inertia that the merger would add.
    """
    n_clusters, n_columns = centers.shape
    block = np.empty((n_columns, BLOCK_QUERIES))
    own = np.empty(BLOCK_QUERIES)
    costs = np.empty(BLOCK_QUERIES)
    for start in range(0, len(queries), BLOCK_QUERIES):
        size = min(BLOCK_QUERIES, len(queries) - start)
        partners, least = out_partners[start : start + size], out_costs[start : start + size]
        for query in range(size):
            position = queries[start + query]
            own[query] = reciprocal_weights[position]
            for column in range(n_columns):
                block[column, query] = centers[position, column]
            # A partner even where every cost overflows.
            partners[query] = 1 if position == 0 else 0
            least[query] = np.inf
        itself = 0
        for cluster in range(n_clusters):
            reciprocal = reciprocal_weights[cluster]
            for query in range(size):
                costs[query] = 0.0
            # Two columns a pass: the running sums are read and written half as often.
            column = 0
            while column + 2 <= n_columns:
                c0, c1 = centers[cluster, column], centers[cluster, column + 1]
                for query in range(size):
                    d0 = block[column, query] - c0
                    d1 = block[column + 1, query] - c1
                    costs[query] += d0 * d0 + d1 * d1
                column += 2
            if column < n_columns:
                c0 = centers[cluster, column]
                for query in range(size):
                    d0 = block[column, query] - c0
                    costs[query] += d0 * d0
            if itself < size and queries[start + itself] == cluster:
                costs[itself] = np.inf
                itself += 1
            for query in range(size):
                # Two selections instead of a branch, which could not become SIMD code.
                cost = costs[query] / (own[query] + reciprocal)
                cheaper = cost < least[query]
                partners[query] = cluster if cheaper else partners[query]
                least[query] = cost if cheaper else least[query]
