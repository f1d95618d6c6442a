"""The nearest rows of every row, exactly, in memory that grows with the rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np

from .._params import N_JOBS, Number, check_value
from .._threads import ONE_BLAS_THREAD, row_chunks, thread_map
from ..kernels._distances import ANGLE, GAPS, LARGEST_GAP, SQUARES, cut_blocks
from ..kernels._heaps import NO_ROW, sort_heaps
from ..kernels._neighbors import push_estimated, push_rows, scan_blocks, search_tree
from ._distances import (
    CHUNK_ROWS,
    RowPairs,
    chunk_measurer,
    measured_chunks,
    prepare_rows,
    read_only,
)

# What a tree can bound, and what a matrix product can estimate.
BOXED = (SQUARES, GAPS, LARGEST_GAP)
ESTIMATED = (SQUARES, ANGLE)

# Most rows of a leaf, and rows that one task looks up.
LEAF_ROWS = 64
TREE_ROWS = 1024
# Rows of `Y` whose estimates, with those of CHUNK_ROWS rows of `X`, stay in the second cache.
ESTIMATED_ROWS = 1024
# Most that float32 may be wrong, as a share of the distance to a neighbour.
LARGEST_MARGIN = 0.01
SAMPLED_ROWS = 1024


def nearest_neighbors(
    X: Any,
    Y: Any = None,
    *,
    n_neighbors: int,
    metric: str = "euclidean",
    n_jobs: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest rows of `Y` for every row of `X`.

    Parameters
    ----------
    X : array, frame or sparse matrix of shape (n_rows_X, n_columns)
        Rows, such as customers, as in `pairwise_distances`.
    Y : array, frame or sparse matrix of shape (n_rows_Y, n_columns), default=None
        The rows to choose from. None for those of `X`: a row then never finds
        itself, but does find its duplicates.
    n_neighbors : int
        How many rows to find, at least 1; at most as many as there are to choose
        from.
    metric : {"euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", \
"correlation", "hamming", "jaccard"}, default="euclidean"
        What is measured, as in `pairwise_distances`; sparse rows know euclidean,
        cosine and jaccard only.
    n_jobs : int, default=None
        Number of threads: -1 for every core, None for every core or
        OMP_NUM_THREADS if that is set. Results are the same to the last bit.

    Returns
    -------
    distances : ndarray of shape (n_rows_X, n_neighbors)
        Distances to the nearest rows, in ascending order; computed in float64,
        float32 if both `X` and `Y` are.
    indices : ndarray of shape (n_rows_X, n_neighbors)
        Where those rows stand in `Y`. Of equally far rows the one that stands
        first comes first; equal is what is equal before a square root is taken
        or a distance is rounded to float32.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type, or `X` or `Y` is a lazy frame.
    ValueError
        If a parameter is out of range, there are fewer rows to choose from than
        `n_neighbors`, the metric does not know sparse rows, `X` or `Y` holds
        other things than finite numbers, or their columns differ.

    See Also
    --------
    pairwise_distances : All distances, and what each metric means.

    Notes
    -----
    Results are exact and do not depend on the way that was searched:

    - dense rows of few columns, up to 8 for 20,000 rows (euclidean, sqeuclidean,
      manhattan, chebyshev), in a k-d tree [1]_, in about O(log n_rows_Y) a row
      when columns are very few;
    - other dense rows by euclidean, sqeuclidean, cosine and correlation with
      estimates from matrix products in float32, or float64 where float32 could
      not tell the rows apart: only rows that their estimate, with the most it
      can be wrong, does not rule out are measured;
    - all others by measuring every pair, O(n_rows_X n_rows_Y n_columns).

    Memory is O(n_rows_X (n_columns + n_neighbors) + n_rows_Y n_columns).

    References
    ----------
    .. [1] Friedman, J. H., Bentley, J. L., Finkel, R. A. (1977). "An algorithm for
       finding best matches in logarithmic expected time". ACM Transactions on
       Mathematical Software 3(3), 209-226.

    Examples
    --------
    >>> from custbase.metrics import nearest_neighbors
    >>> spend = [[10.0], [12.0], [30.0], [30.0]]
    >>> distances, indices = nearest_neighbors(spend, n_neighbors=2)
    >>> distances
    array([[ 2., 20.],
           [ 2., 18.],
           [ 0., 18.],
           [ 0., 18.]])
    >>> indices
    array([[1, 2],
           [0, 2],
           [3, 1],
           [2, 1]])

    The customer most like a newcomer:

    >>> nearest_neighbors([[13.0]], spend, n_neighbors=1)
    (array([[1.]]), array([[1]]))
    """
    check_value("n_jobs", n_jobs, *N_JOBS)
    check_value("n_neighbors", n_neighbors, Number(1, integer=True))
    pairs = prepare_rows(X, Y, metric)
    n_candidates = pairs.Y.shape[0] - pairs.itself
    if not n_candidates:
        raise ValueError(
            "X must have at least two rows to be each other's neighbours; got one. Give more rows, "
            "or Y to look among."
        )
    if n_neighbors > n_candidates:
        source = "the rows of X but for the row itself" if pairs.itself else "the rows of Y"
        raise ValueError(
            f"n_neighbors must be at most {n_candidates}, {source}; got {n_neighbors}. "
            "Ask for fewer neighbours or give more rows."
        )
    ranked, indices = _search(pairs, n_neighbors, n_jobs)
    distances = pairs.metric.correct(ranked, pairs.n_columns)
    return distances.astype(pairs.dtype, copy=False), indices


class Plan(NamedTuple):
    """Rows of `X` each task takes, what fills their empty heaps, and what to hold meanwhile."""

    tasks: list[Any]
    fill: Callable[..., None]
    hold: AbstractContextManager = nullcontext()


def _search(pairs: RowPairs, n_neighbors: int, n_jobs: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Ranked distances and indices of the nearest rows."""
    plan = _make_plan(pairs, n_neighbors)
    n_rows = pairs.X.shape[0]
    own = np.arange(n_rows) if pairs.itself else np.full(n_rows, -1)
    distances = np.empty((n_rows, n_neighbors))
    indices = np.empty((n_rows, n_neighbors), dtype=np.int64)

    def search(rows: Any) -> None:
        task_own = own[rows]
        task_distances = np.full((len(task_own), n_neighbors), np.inf)
        task_indices = np.full((len(task_own), n_neighbors), NO_ROW)
        plan.fill(rows, task_own, task_distances, task_indices)
        distances[rows], indices[rows] = task_distances, task_indices

    with plan.hold, thread_map(n_jobs, len(plan.tasks)) as parallel:
        parallel(search, plan.tasks)
    return distances, indices


def _make_plan(pairs: RowPairs, n_neighbors: int) -> Plan:
    """Choose the way to search by what was measured to be fastest; all give the same bits."""
    code = pairs.metric.code
    if pairs.sparse:
        return _plan_matrix(pairs)
    if code in BOXED and _tree_pays(pairs):
        return _plan_tree(pairs)
    if code in ESTIMATED and (estimates := _estimate(pairs, n_neighbors)):
        return _plan_estimates(pairs, estimates)
    return _plan_scan(pairs)


def _tree_pays(pairs: RowPairs) -> bool:
    """Tell whether there are rows enough for their number of columns.

    Measured with 10 neighbours on Gaussian and uniform rows, the worst there are
    for boxes: 8 columns pay from 20,000 rows on, and each more needs e times the rows.
    """
    return math.log(pairs.Y.shape[0] / 20_000) >= pairs.n_columns - 8


def _plan_matrix(pairs: RowPairs) -> Plan:
    """Plan to search the matrix of distances, a few rows at a time."""
    measure = chunk_measurer(pairs)

    def fill(rows: slice, own: np.ndarray, *heaps: np.ndarray) -> None:
        push_rows(measure(rows), own, *heaps)

    return Plan(measured_chunks(pairs), fill)


def _plan_scan(pairs: RowPairs) -> Plan:
    """Plan to measure every pair."""
    blocks, n_rows, code = cut_blocks(pairs.Y), pairs.Y.shape[0], pairs.metric.code

    def fill(rows: slice, own: np.ndarray, *heaps: np.ndarray) -> None:
        scan_blocks(pairs.X[rows], blocks, n_rows, own, code, *heaps)

    return Plan(row_chunks(pairs.X.shape[0], CHUNK_ROWS), fill)


def _plan_tree(pairs: RowPairs) -> Plan:
    """Plan to search a k-d tree, row by row in the order of the leaves they lie in."""
    tree = build_tree(pairs.Y)
    places = (tree if pairs.itself else build_tree(pairs.X)).indices
    order = places[places != NO_ROW]

    def fill(rows: np.ndarray, own: np.ndarray, *heaps: np.ndarray) -> None:
        search_tree(read_only(pairs.X[rows]), *tree, own, pairs.metric.code, *heaps)

    return Plan([order[chunk] for chunk in row_chunks(len(order), TREE_ROWS)], fill)


class Tree(NamedTuple):
    """Leaves, and boxes around them, around pairs of those boxes and so on; see `search_tree`."""

    leaves: np.ndarray
    indices: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lowest_indices: np.ndarray


def build_tree(Y: np.ndarray) -> Tree:
    """Halve rows along the widest column, over and over, level by level."""
    n_rows, n_columns = Y.shape
    depth = max(0, math.ceil(math.log2(n_rows / LEAF_ROWS)))
    n_leaves = 2**depth
    leaf_rows = -(-n_rows // n_leaves)
    n_places = n_leaves * leaf_rows
    # Spare places hold copies of rows until the boxes are drawn, so that halves are even.
    columns = np.concatenate([Y, Y[: n_places - n_rows]]).T.copy()
    places = np.arange(n_places)
    low, high = [], []
    for level in range(depth + 1):
        rows = columns.take(places, axis=1).reshape(n_columns, 2**level, -1)
        low.append(rows.min(axis=2).T)
        high.append(rows.max(axis=2).T)
        if level < depth:
            with np.errstate(over="ignore"):  # an infinite width is the widest
                widest = (high[-1] - low[-1]).argmax(axis=1)
            values = rows[widest, np.arange(2**level)]
            halves = values.argpartition(values.shape[1] // 2, axis=1)
            places = np.take_along_axis(places.reshape(values.shape), halves, axis=1).ravel()
    spare = (places >= n_rows).reshape(n_leaves, leaf_rows)
    rows[:, spare] = np.inf
    indices = np.where(spare, NO_ROW, places.reshape(n_leaves, leaf_rows))
    lowest = [indices.min(axis=1)]
    while len(lowest[-1]) > 1:
        lowest.append(lowest[-1].reshape(-1, 2).min(axis=1))
    return Tree(
        rows.transpose(1, 0, 2).copy(),
        indices,
        np.concatenate(low),
        np.concatenate(high),
        np.concatenate(lowest[::-1]),
    )


class Estimates(NamedTuple):
    """Factors whose product orders rows almost as their distances do.

    A row of `X` at distance r of a row of `Y`, in the form that is ranked, has an
    estimate of at most r `scale` + `shift`; `margin`, the most it can be wrong,
    is part of `shift`.
    """

    left: np.ndarray
    right: np.ndarray
    scale: float
    shift: np.ndarray
    margin: np.ndarray


def _plan_estimates(pairs: RowPairs, estimates: Estimates) -> Plan:
    """Plan to measure only rows that a matrix product does not rule out."""
    left, right, scale, shift, _ = estimates

    def fill(rows: slice, own: np.ndarray, *heaps: np.ndarray) -> None:
        X, row_shift = pairs.X[rows], shift[rows]
        room = np.empty(len(X) * ESTIMATED_ROWS, left.dtype)
        for some in row_chunks(len(right), ESTIMATED_ROWS):
            Y = pairs.Y[some]
            products = room[: len(X) * len(Y)].reshape(len(X), len(Y))
            np.matmul(left[rows], right[some].T, out=products)
            push_estimated(
                X, Y, some.start, products, scale, row_shift, own, pairs.metric.code, *heaps
            )
        sort_heaps(*heaps)

    return Plan(row_chunks(len(left), CHUNK_ROWS), fill, ONE_BLAS_THREAD)


def _estimate(pairs: RowPairs, n_neighbors: int) -> Estimates | None:
    """Factors in float32 if that tells near rows apart, else in float64; None if neither can."""
    make = _estimate_angles if pairs.metric.code == ANGLE else _estimate_squares
    single = make(pairs, np.float32)
    if single is None:
        return None
    typical = _typical_distance(pairs, n_neighbors) * single.scale
    if np.median(single.margin) <= LARGEST_MARGIN * typical:
        return single
    return make(pairs, np.float64)


def _typical_distance(pairs: RowPairs, n_neighbors: int) -> float:
    """Ranked distance to the last neighbour among a sample, seen from a few rows."""
    rows, others = _sample(pairs.X, 32), _sample(pairs.Y, SAMPLED_ROWS)
    squares = np.array([((others - row) ** 2).sum(axis=1) for row in rows])
    last = min(n_neighbors, len(others) - 1)
    typical = float(np.median(np.partition(squares, last, axis=1)[:, last]))
    return typical / 2 if pairs.metric.code == ANGLE else typical


def _sample(rows: np.ndarray, size: int) -> np.ndarray:
    """Rows at even steps, all of them if there are not more."""
    return rows[np.linspace(0, len(rows) - 1, min(size, len(rows))).astype(int)]


def _estimate_angles(pairs: RowPairs, dtype: type) -> Estimates:
    """Minus the products of unit rows: 1 below their distances."""
    left, right = -pairs.X.astype(dtype), pairs.Y.astype(dtype)
    margin = np.full(len(left), 2 * _rounding(pairs, dtype))
    return Estimates(left, right, 1.0, margin - 1, margin)


def _estimate_squares(pairs: RowPairs, dtype: type) -> Estimates | None:
    """Squared distances of rows in a box of side 2, less the square of the row of `X`."""
    if max(np.abs(pairs.X).max(), np.abs(pairs.Y).max()) > 1e100:
        return None  # squares may overflow
    # Any point will do: differences from it are rounded, but cost no digits. One among most of
    # the rows keeps estimates sharp.
    center = np.median(_sample(pairs.Y, SAMPLED_ROWS), axis=0)
    centered = [rows - center for rows in (pairs.X, pairs.Y)]
    radius = max(np.abs(rows).max() for rows in centered)
    if radius < 1e-100:
        return None  # all rows are equal, or squares may underflow
    left, right = ((rows / radius).astype(dtype) for rows in centered)
    left_squares, right_squares = (
        np.einsum("ij,ij->i", rows, rows, dtype=np.float64) for rows in (left, right)
    )
    # An estimate is wrong by a share of (a + b)^2 at most, where a and b are the lengths of its
    # rows; that is at most 2 a^2 + 2 b^2, and each row bears its own part.
    share = 2 * _rounding(pairs, dtype)
    margin = share * left_squares + (pairs.n_columns + 8) * np.finfo(dtype).tiny
    return Estimates(
        np.column_stack([-2 * left, np.ones_like(left[:, 0])]),
        np.column_stack([right, ((1 - share) * right_squares).astype(dtype)]),
        radius**-2.0,
        margin - left_squares,
        margin,
    )


def _rounding(pairs: RowPairs, dtype: type) -> float:
    """Twice the relative error of a sum of products, with some steps before and after."""
    return float((pairs.n_columns + 8) * np.finfo(dtype).eps)
