"""Distances between rows, all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array

from .._inputs import refuse_lazy_frame, refuse_other_than_numbers
from .._missing_values import explain_values, refuse_missing_values
from .._params import N_JOBS, OneOf, check_value
from .._threads import row_chunks, thread_map
from ..kernels._distances import METRICS, Metric, cut_blocks, measure_rows, measure_rows_csr

# Rows, and distances, that one task measures at a time.
CHUNK_ROWS = 256
CHUNK_DISTANCES = 2**18


def pairwise_distances(
    X: Any, Y: Any = None, *, metric: str = "euclidean", n_jobs: int | None = None
) -> np.ndarray:
    """Measure the distance of every row of `X` to every row of `Y`.

    Parameters
    ----------
    X : array, frame or sparse matrix of shape (n_rows_X, n_columns)
        Rows, such as customers. Sparse matrices are read as CSR; if one of the
        two is sparse, the other is made so.
    Y : array, frame or sparse matrix of shape (n_rows_Y, n_columns), default=None
        The other rows; None for those of `X`.
    metric : {"euclidean", "sqeuclidean", "manhattan", "chebyshev", "cosine", \
"correlation", "hamming", "jaccard"}, default="euclidean"
        What is measured; sparse rows know euclidean, cosine and jaccard only.

        - euclidean: square root of the sum of squared differences;
        - sqeuclidean: sum of squared differences;
        - manhattan: sum of absolute differences;
        - chebyshev: largest absolute difference;
        - cosine: 1 minus the cosine of the angle between the rows;
        - correlation: 1 minus the correlation of the rows;
        - hamming: share of columns in which the rows differ;
        - jaccard: of the columns where either row is not zero, the share where
          the other row is.
    n_jobs : int, default=None
        Number of threads: -1 for every core, None for every core or
        OMP_NUM_THREADS if that is set. Results are the same to the last bit.

    Returns
    -------
    ndarray of shape (n_rows_X, n_rows_Y)
        Distances, computed in float64; float32 if both `X` and `Y` are.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type, or `X` or `Y` is a lazy frame.
    ValueError
        If a parameter is out of range, the metric does not know sparse rows, `X`
        or `Y` holds other things than finite numbers, or their columns differ.

    See Also
    --------
    nearest_neighbors : The nearest rows only, in memory that grows with the rows.

    Notes
    -----
    Definitions are those of `scipy.spatial.distance`, which leaves some cases
    open. A row of zeros (for the correlation: a constant row) has no angle and
    is at cosine and correlation distance 1 from every other row, as in
    scikit-learn. Two rows of zeros are at jaccard distance 0. With ``Y=None``
    the diagonal is 0.

    Dense differences are summed directly, not by
    :math:`|x|^2 - 2 x \\cdot y + |y|^2`, so equal rows are at distance 0 exactly
    and offsets do not cancel. Angles come from products of rows scaled to length
    1, and sparse distances from products, which rows at right angles make exact;
    where a product would cost digits, differences are summed instead.

    Time is O(n_rows_X n_rows_Y n_columns), for sparse rows O(n_rows_X n_rows_Y)
    plus one step for every column that two rows share.

    Examples
    --------
    >>> from custbase.metrics import pairwise_distances
    >>> pairwise_distances([[0.0, 0.0], [3.0, 4.0]])
    array([[0., 5.],
           [5., 0.]])

    Baskets of two customers against the baskets of two others:

    >>> pairwise_distances([[1, 1, 0], [0, 0, 1]], [[1, 1, 1], [1, 0, 0]], metric="hamming")
    array([[0.33333333, 0.33333333],
           [0.66666667, 0.66666667]])
    """
    check_value("n_jobs", n_jobs, *N_JOBS)
    pairs = prepare_rows(X, Y, metric)
    measure = chunk_measurer(pairs)
    distances = np.empty((pairs.X.shape[0], pairs.Y.shape[0]), dtype=pairs.dtype)

    def fill_chunk(chunk: slice) -> None:
        distances[chunk] = pairs.metric.correct(measure(chunk), pairs.n_columns)

    chunks = measured_chunks(pairs)
    with thread_map(n_jobs, len(chunks)) as parallel:
        parallel(fill_chunk, chunks)
    if pairs.itself:
        np.fill_diagonal(distances, 0.0)
    return distances


@dataclass(frozen=True)
class RowPairs:
    """Prepared rows, ready to be measured.

    `X` and `Y` are read-only float64 arrays or canonical CSR arrays; `itself`
    tells that they are the same rows; `dtype` is that of the results.
    """

    metric: Metric
    X: Any
    Y: Any
    n_columns: int
    itself: bool
    dtype: np.dtype

    @property
    def sparse(self) -> bool:
        """Tell whether the rows are sparse."""
        return sp.issparse(self.Y)


def prepare_rows(X: Any, Y: Any, metric: str) -> RowPairs:
    """Validate two sets of rows and prepare them for a metric."""
    check_value("metric", metric, OneOf(tuple(METRICS)))
    rows = [_check_rows(X, "X")]
    if Y is not None:
        rows.append(_check_rows(Y, "Y"))
        _refuse_other_columns(X, Y, *(checked.shape[1] for checked in rows))
    sparse = any(sp.issparse(checked) for checked in rows)
    dtype = np.result_type(*(checked.dtype for checked in rows))
    record = METRICS[metric]
    if sparse:
        prepared = [_prepare_csr(checked, metric, record) for checked in rows]
    else:
        prepared = [read_only(record.prepare(r.astype(np.float64, copy=False))) for r in rows]
    return RowPairs(record, prepared[0], prepared[-1], rows[0].shape[1], Y is None, dtype)


def _check_rows(X: Any, argument: str) -> Any:
    """Validate one matrix: C-ordered float64 or float32, dense or CSR."""
    refuse_lazy_frame(X, argument)
    refuse_other_than_numbers(X, argument)
    refuse_missing_values(X, argument)
    with explain_values(X, argument):
        checked = check_array(
            X,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            order="C",
            ensure_2d=False,
            allow_nd=True,
            ensure_min_samples=0,
            ensure_min_features=0,
            input_name=argument,
        )
    if checked.ndim != 2:
        raise ValueError(
            f"{argument} must have two dimensions, rows and columns; got shape {checked.shape}. "
            f"A single row is [row], a single column is column[:, None]."
        )
    if 0 in checked.shape:
        raise ValueError(
            f"{argument} must have at least one row and one column; got shape {checked.shape}."
        )
    return checked


def _refuse_other_columns(X: Any, Y: Any, n_columns_X: int, n_columns_Y: int) -> None:
    """Raise if `Y` has not as many columns as `X`, or others."""
    if n_columns_X != n_columns_Y:
        raise ValueError(
            f"Y must have as many columns as X, which has {n_columns_X}; got {n_columns_Y}."
        )
    frames = [nw.from_native(rows, pass_through=True) for rows in (X, Y)]
    if not all(isinstance(frame, nw.DataFrame) for frame in frames):
        return
    for ours, theirs in zip(frames[0].columns, frames[1].columns, strict=True):
        # Numbers beside texts are those that pandas gives to columns without names.
        if isinstance(ours, str) == isinstance(theirs, str) and str(ours) != str(theirs):
            raise ValueError(
                f"Y must have the columns of X in the same order; got {theirs!r} where X has "
                f"{ours!r}. Select them, for instance with Y[X.columns]."
            )


def _prepare_csr(X: Any, metric: str, record: Metric) -> sp.csr_array:
    """Prepare sparse rows: columns in order, each once."""
    if record.prepare_csr is None:
        known = ", ".join(name for name, other in METRICS.items() if other.prepare_csr)
        raise ValueError(
            f"metric must be one of {known} for sparse rows; got {metric!r}. "
            "Rows that fit into memory can be made dense with X.toarray()."
        )
    rows = sp.csr_array(X, dtype=np.float64)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    data = record.prepare_csr(rows.data, rows.indptr)
    return sp.csr_array((data, rows.indices, rows.indptr), shape=rows.shape)


def read_only(X: np.ndarray) -> np.ndarray:
    """Protect a view: numba would compile writeable and read-only arrays apart."""
    X = X.view()
    X.flags.writeable = False
    return X


def measured_chunks(pairs: RowPairs) -> list[slice]:
    """Cut the rows of `X` so that a chunk's distances to all of `Y` stay small."""
    n_rows = CHUNK_DISTANCES // pairs.Y.shape[0]
    return row_chunks(pairs.X.shape[0], min(max(n_rows, 1), CHUNK_ROWS))


def chunk_measurer(pairs: RowPairs) -> Callable[[slice], np.ndarray]:
    """Return a function from a chunk of `X` to its distances in the form that is ranked."""
    n_rows, code = pairs.Y.shape[0], pairs.metric.code
    if not pairs.sparse:
        blocks = cut_blocks(pairs.Y)

        def measure(chunk: slice) -> np.ndarray:
            X = pairs.X[chunk]
            out = np.empty((len(X), n_rows))
            measure_rows(X, blocks, n_rows, code, out)
            return out

        return measure

    by_column = pairs.Y.tocsc()
    X, Y = (
        (rows.data, rows.indices, rows.indptr, np.asarray(rows.multiply(rows).sum(axis=1)))
        for rows in (pairs.X, pairs.Y)
    )

    def measure_csr(chunk: slice) -> np.ndarray:
        out = np.empty((chunk.stop - chunk.start, n_rows))
        columns = (by_column.data, by_column.indices, by_column.indptr)
        measure_rows_csr(chunk.start, *X, *Y, *columns, code, out)
        return out

    return measure_csr
