"""Loops of the search for nearest rows: a scan, a filter and a tree.

Every candidate that enters a heap was measured by `measure_pair` or by the loops
that round exactly as it does, so that all ways to search give the same bits.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel
from ._distances import BLOCK_ROWS, GAPS, SQUARES, measure_block, measure_pair
from ._heaps import NO_ROW, is_worse, push, sort_heaps

# Estimates that are looked at together.
STRIPE_ROWS = 64


@kernel
def push_row(
    values: np.ndarray,
    n_values: int,
    first: int,
    own: int,
    distances: np.ndarray,
    indices: np.ndarray,
) -> None:
    """Push the distances to `n_values` rows from index `first` on, but for the row itself.

    Rows come in the order of their indices: what is only as near as the worst
    candidate is behind it.
    """
    if indices[0] != NO_ROW:
        n_near = 0
        for place in range(n_values):
            n_near += values[place] < distances[0]
        if n_near == 0:
            return
    for place in range(n_values):
        if (values[place] < distances[0] or indices[0] == NO_ROW) and first + place != own:
            push(distances, indices, values[place], first + place)


@kernel
def push_rows(
    values: np.ndarray, own: np.ndarray, out_distances: np.ndarray, out_indices: np.ndarray
) -> None:
    """Search the nearest rows in a matrix of distances.

    Parameters
    ----------
    values : ndarray of shape (n_rows_X, n_rows_Y)
        Distances in the form that is ranked.
    own : ndarray of shape (n_rows_X,)
        The row of `Y` that each row of `X` is, and must not find; -1 for none.
    out_distances, out_indices : ndarray of shape (n_rows_X, n_neighbors)
        Empty heaps; set to the nearest rows, best first.
    """
    for row in range(values.shape[0]):
        n_values = values.shape[1]
        push_row(values[row], n_values, 0, own[row], out_distances[row], out_indices[row])
    sort_heaps(out_distances, out_indices)


@kernel
def scan_blocks(
    X: np.ndarray,
    blocks: np.ndarray,
    n_rows: int,
    own: np.ndarray,
    code: int,
    out_distances: np.ndarray,
    out_indices: np.ndarray,
) -> None:
    """Search the nearest rows by measuring all of them.

    Parameters
    ----------
    X : ndarray of shape (n_rows_X, n_columns)
        Prepared rows.
    blocks, n_rows : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS), int
        The rows to choose from, as in `measure_rows`.
    own, out_distances, out_indices : ndarray
        As in `push_rows`.
    code : int
        What is added up.
    """
    values, beside = np.empty(BLOCK_ROWS), np.empty(BLOCK_ROWS)
    for number in range(blocks.shape[0]):
        start = number * BLOCK_ROWS
        size = min(BLOCK_ROWS, n_rows - start)
        for row in range(X.shape[0]):
            measure_block(blocks[number], X[row], size, code, values, beside)
            push_row(values, size, start, own[row], out_distances[row], out_indices[row])
    sort_heaps(out_distances, out_indices)


@kernel
def push_estimated(
    X: np.ndarray,
    Y: np.ndarray,
    first: int,
    estimates: np.ndarray,
    scale: float,
    shift: np.ndarray,
    own: np.ndarray,
    code: int,
    out_distances: np.ndarray,
    out_indices: np.ndarray,
) -> None:
    """Measure and push those rows that estimates do not rule out.

    Parameters
    ----------
    X : ndarray of shape (n_rows_X, n_columns)
        Prepared rows.
    Y : ndarray of shape (n_rows_Y, n_columns)
        Rows to choose from.
    first : int
        Index of the first of them.
    estimates : ndarray of shape (n_rows_X, n_rows_Y)
        Numbers that order the rows of `Y` almost as their distances do, float32
        or float64.
    scale, shift : float, ndarray of shape (n_rows_X,)
        A row of distance r has an estimate of at most ``r * scale + shift``.
    own : ndarray of shape (n_rows_X,)
        As in `push_rows`.
    code : int
        SQUARES or ANGLE.
    out_distances, out_indices : ndarray of shape (n_rows_X, n_neighbors)
        Heaps; the rows of `Y` before `first` were pushed before.
    """
    for row in range(X.shape[0]):
        distances, indices = out_distances[row], out_indices[row]
        for start in range(0, estimates.shape[1], STRIPE_ROWS):
            # Nothing beats zeros of lower indices.
            if distances[0] == 0.0:
                break
            limit = estimates.dtype.type(distances[0] * scale + shift[row])
            stripe = estimates[row, start : start + STRIPE_ROWS]
            # A count of 32 bits: with one of 64 the loop is slower SIMD code.
            n_near = np.int32(0)
            for place in range(stripe.shape[0]):
                n_near = np.int32(n_near + np.int32(stripe[place] <= limit))
            if n_near == 0:
                continue
            for place in range(stripe.shape[0]):
                index = first + start + place
                if stripe[place] <= limit and index != own[row]:
                    distance = measure_pair(X[row], Y[start + place], code)
                    push(distances, indices, distance, index)


@kernel
def bound_box(x: np.ndarray, low: np.ndarray, high: np.ndarray, code: int) -> float:
    """Distance to the nearest point of a box: no row inside is measured as nearer."""
    bound = 0.0
    for column in range(x.shape[0]):
        value = x[column]
        gap = max(low[column] - value, value - high[column], 0.0)
        if code == SQUARES:
            bound += gap * gap
        elif code == GAPS:
            bound += gap
        else:
            bound = max(bound, gap)
    return bound


@kernel
def push_leaf(
    leaf: np.ndarray,
    leaf_indices: np.ndarray,
    x: np.ndarray,
    itself: int,
    code: int,
    values: np.ndarray,
    beside: np.ndarray,
    distances: np.ndarray,
    indices: np.ndarray,
) -> None:
    """Measure the rows of a leaf and push them, but for the row itself."""
    leaf_rows = leaf_indices.shape[0]
    measure_block(leaf, x, leaf_rows, code, values, beside)
    n_near = 0
    for place in range(leaf_rows):
        n_near += values[place] <= distances[0]
    if n_near == 0:
        return
    for place in range(leaf_rows):
        if values[place] <= distances[0] and leaf_indices[place] != itself:
            push(distances, indices, values[place], leaf_indices[place])


@kernel
def search_tree(
    X: np.ndarray,
    leaves: np.ndarray,
    leaf_indices: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    lowest_indices: np.ndarray,
    own: np.ndarray,
    code: int,
    out_distances: np.ndarray,
    out_indices: np.ndarray,
) -> None:
    """Search the nearest rows in a balanced tree of boxes.

    Node 0 is the root, the children of node i are 2 i + 1 and 2 i + 2, and the
    last nodes are the leaves.

    Parameters
    ----------
    X : ndarray of shape (n_rows_X, n_columns)
        Prepared rows; neighbours next to each other find boxes in the cache.
    leaves : ndarray of shape (n_leaves, n_columns, leaf_rows)
        The rows to choose from, one a column; places to spare hold infinity.
    leaf_indices : ndarray of shape (n_leaves, leaf_rows)
        Their indices; NO_ROW for places to spare.
    low, high : ndarray of shape (n_nodes, n_columns)
        Bounds of the boxes.
    lowest_indices : ndarray of shape (n_nodes,)
        The lowest index in the box: a box that touches the worst candidate holds
        a better one only if it holds a lower index.
    own, out_distances, out_indices : ndarray
        As in `push_rows`.
    code : int
        SQUARES, GAPS or LARGEST_GAP.
    """
    n_leaves, _, leaf_rows = leaves.shape
    values, beside = np.empty(leaf_rows), np.empty(leaf_rows)
    nodes, bounds = np.empty(64, np.int64), np.empty(64)  # deeper than any tree in memory
    for row in range(X.shape[0]):
        x, distances, indices = X[row], out_distances[row], out_indices[row]
        nodes[0], bounds[0] = 0, 0.0
        n_open = 1
        while n_open > 0:
            n_open -= 1
            node = nodes[n_open]
            if is_worse(bounds[n_open], lowest_indices[node], distances[0], indices[0]):
                continue
            leaf = node - (n_leaves - 1)
            if leaf >= 0:
                push_leaf(
                    leaves[leaf], leaf_indices[leaf], x, own[row], code,
                    values, beside, distances, indices,
                )  # fmt: skip
                continue
            near, far = 2 * node + 1, 2 * node + 2
            near_bound = bound_box(x, low[near], high[near], code)
            far_bound = bound_box(x, low[far], high[far], code)
            if far_bound < near_bound:
                near, far, near_bound, far_bound = far, near, far_bound, near_bound
            nodes[n_open], bounds[n_open] = far, far_bound
            nodes[n_open + 1], bounds[n_open + 1] = near, near_bound
            n_open += 2
    sort_heaps(out_distances, out_indices)
