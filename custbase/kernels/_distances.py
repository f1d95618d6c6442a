"""The table of metrics, and the loops that measure them.

A metric is measured in four steps. Rows are *prepared* once (cosine, for
instance, divides each by its length); a loop *measures* prepared rows in a cheap
form that orders them as the metric does (the sum of squares); candidates are
*ranked* by that form; and only what is returned is *corrected* (the square
root). A new metric is one more record of `METRICS`: dispatch, documentation and
tests read the table.

All loops add up columns one after the other, each row on its own. So a pair of
rows gives the same bits wherever it is measured, in a block, alone or in a leaf
of a tree, and whichever row comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ._compile import kernel

# What a loop adds up; several metrics share one.
SQUARES, GAPS, LARGEST_GAP, MISMATCHES, ANGLE, OVERLAP = range(6)

# Rows of a block; with a few columns a block stays in the nearest cache.
BLOCK_ROWS = 256

# Where two terms cancel to less than these shares of them, digits are lost, and the differences
# of the rows are squared and summed instead.
NEAR_COSINE = 0.9
NEAR_SQUARES = 1e-3


@kernel
def finish_angle(product: float, squares: float) -> float:
    """Turn the product of two unit rows, or their squared distance, into 1 minus the cosine."""
    if product > NEAR_COSINE:
        return 0.5 * squares
    return min(1.0 - product, 2.0)


@kernel
def measure_block(
    block: np.ndarray, x: np.ndarray, n_rows: int, code: int, out: np.ndarray, beside: np.ndarray
) -> None:
    """Measure the first `n_rows` rows of a block, one a column, to the row `x`.

    Parameters
    ----------
    block : ndarray of shape (n_columns, block_rows)
        Prepared rows, turned into columns: the innermost loops run over rows and
        become SIMD code without reordering a single addition.
    x : ndarray of shape (n_columns,)
        The other row.
    n_rows : int
        Rows in use.
    code : int
        What is added up.
    out : ndarray of shape (block_rows,)
        Set to the distances in the form that is ranked.
    beside : ndarray of shape (block_rows,)
        Room for a second sum.
    """
    out[:n_rows] = 0.0
    if code == SQUARES:
        add_squares(block, x, n_rows, out)
    elif code == GAPS:
        for column in range(x.shape[0]):
            value = x[column]
            for row in range(n_rows):
                out[row] += abs(block[column, row] - value)
    elif code == LARGEST_GAP:
        for column in range(x.shape[0]):
            value = x[column]
            for row in range(n_rows):
                out[row] = max(out[row], abs(block[column, row] - value))
    elif code == MISMATCHES:
        for column in range(x.shape[0]):
            value = x[column]
            for row in range(n_rows):
                out[row] += 1.0 if block[column, row] != value else 0.0
    elif code == ANGLE:
        beside[:n_rows] = 0.0
        add_squares(block, x, n_rows, beside)
        for column in range(x.shape[0]):
            value = x[column]
            for row in range(n_rows):
                out[row] += block[column, row] * value
        for row in range(n_rows):
            out[row] = finish_angle(out[row], beside[row])
    else:
        beside[:n_rows] = 0.0
        for column in range(x.shape[0]):
            value = x[column]
            for row in range(n_rows):
                out[row] += abs(block[column, row] - value)
                beside[row] += max(block[column, row], value)
        for row in range(n_rows):
            out[row] = out[row] / beside[row] if beside[row] > 0.0 else 0.0


@kernel
def add_squares(block: np.ndarray, x: np.ndarray, n_rows: int, out: np.ndarray) -> None:
    """Add squared differences to `out`, column after column."""
    for column in range(x.shape[0]):
        value = x[column]
        for row in range(n_rows):
            difference = block[column, row] - value
            out[row] += difference * difference


@kernel
def measure_pair(x: np.ndarray, y: np.ndarray, code: int) -> float:
    """Measure two rows, in SQUARES or ANGLE, to the bits that `measure_block` gives."""
    squares, product = 0.0, 0.0
    for column in range(x.shape[0]):
        difference = y[column] - x[column]
        squares += difference * difference
        product += y[column] * x[column]
    return squares if code == SQUARES else finish_angle(product, squares)


@kernel
def measure_rows(
    X: np.ndarray, blocks: np.ndarray, n_rows: int, code: int, out: np.ndarray
) -> None:
    """Measure every row of `X` to the `n_rows` rows that `blocks` hold.

    Parameters
    ----------
    X : ndarray of shape (n_rows_X, n_columns)
        Prepared rows.
    blocks : ndarray of shape (n_blocks, n_columns, BLOCK_ROWS)
        The other rows, as `cut_blocks` cuts them.
    n_rows : int
        How many they are.
    code : int
        What is added up.
    out : ndarray of shape (n_rows_X, n_rows)
        Set to the distances in the form that is ranked.
    """
    beside = np.empty(BLOCK_ROWS)
    for number in range(blocks.shape[0]):
        start = number * BLOCK_ROWS
        stop = min(start + BLOCK_ROWS, n_rows)
        for row in range(X.shape[0]):
            measure_block(blocks[number], X[row], stop - start, code, out[row, start:stop], beside)


@kernel
def measure_pair_csr(
    x: np.ndarray, x_columns: np.ndarray, y: np.ndarray, y_columns: np.ndarray
) -> float:
    """Sum of squared differences of two sparse rows with columns in order."""
    squares = 0.0
    i, j = 0, 0
    while i < x.shape[0] or j < y.shape[0]:
        difference = 0.0
        in_x = j == y.shape[0] or (i < x.shape[0] and x_columns[i] <= y_columns[j])
        in_y = i == x.shape[0] or (j < y.shape[0] and y_columns[j] <= x_columns[i])
        if in_x:
            difference += x[i]
            i += 1
        if in_y:
            difference -= y[j]
            j += 1
        squares += difference * difference
    return squares


@kernel
def measure_rows_csr(
    first: int,
    X: np.ndarray,
    X_columns: np.ndarray,
    X_starts: np.ndarray,
    X_squares: np.ndarray,
    Y: np.ndarray,
    Y_columns: np.ndarray,
    Y_starts: np.ndarray,
    Y_squares: np.ndarray,
    by_column: np.ndarray,
    by_column_rows: np.ndarray,
    by_column_starts: np.ndarray,
    code: int,
    out: np.ndarray,
) -> None:
    """Measure sparse rows, from row `first` of `X` on, to every row of `Y`.

    Parameters
    ----------
    first : int
        First row of `X` to measure; as many follow as `out` has rows.
    X, X_columns, X_starts : ndarray
        Prepared rows, as the data, indices and indptr of a CSR matrix.
    X_squares : ndarray of shape (n_rows_X,)
        Sums of squares of the rows.
    Y, Y_columns, Y_starts, Y_squares : ndarray
        The other rows, likewise.
    by_column, by_column_rows, by_column_starts : ndarray
        Those once more, as the data, indices and indptr of a CSC matrix: only
        columns that a row of `X` holds are read.
    code : int
        SQUARES, ANGLE or OVERLAP.
    out : ndarray of shape (n_measured, n_rows_Y)
        Set to the distances in the form that is ranked.
    """
    for row in range(out.shape[0]):
        start, stop = X_starts[first + row], X_starts[first + row + 1]
        products = out[row]
        products[:] = 0.0
        for place in range(start, stop):
            column, value = X_columns[place], X[place]
            for entry in range(by_column_starts[column], by_column_starts[column + 1]):
                products[by_column_rows[entry]] += value * by_column[entry]
        for other in range(Y_squares.shape[0]):
            product = products[other]
            total = X_squares[first + row] + Y_squares[other]
            if code == OVERLAP:
                either = total - product
                products[other] = (either - product) / either if either > 0.0 else 0.0
                continue
            squares = total - 2.0 * product
            far = product <= NEAR_COSINE if code == ANGLE else squares >= NEAR_SQUARES * total
            if not far:  # nor is inf - inf, after an overflow
                low, high = Y_starts[other], Y_starts[other + 1]
                squares = measure_pair_csr(
                    X[start:stop], X_columns[start:stop], Y[low:high], Y_columns[low:high]
                )
            products[other] = squares if code == SQUARES else finish_angle(product, squares)


def cut_blocks(Y: np.ndarray) -> np.ndarray:
    """Cut rows into blocks of columns; the last one is filled up with zeros."""
    n_rows, n_columns = Y.shape
    n_blocks = -(-n_rows // BLOCK_ROWS)
    blocks = np.zeros((n_blocks, n_columns, BLOCK_ROWS))
    for number in range(n_blocks):
        rows = Y[number * BLOCK_ROWS : (number + 1) * BLOCK_ROWS]
        blocks[number, :, : len(rows)] = rows.T
    return blocks


def keep_rows(X: np.ndarray) -> np.ndarray:
    """Leave rows as they are."""
    return X


def scale_rows(X: np.ndarray) -> np.ndarray:
    """Divide rows by their lengths; rows of zeros stay."""
    largest = np.abs(X).max(axis=1, keepdims=True)
    # First by the largest entry: squares cannot overflow, and rows that are multiples of each
    # other become the same row to the last bit (where their entries are exact).
    X = X / np.where(largest > 0, largest, 1.0)
    lengths = np.sqrt((X * X).sum(axis=1, keepdims=True))
    return X / np.where(lengths > 0, lengths, 1.0)


def center_and_scale_rows(X: np.ndarray) -> np.ndarray:
    """Take from each row its mean, then divide by the length; constant rows become zeros."""
    largest = np.abs(X).max(axis=1, keepdims=True)
    X = X / np.where(largest > 0, largest, 1.0)
    varies = X.min(axis=1, keepdims=True) < X.max(axis=1, keepdims=True)
    # The mean of a constant row may be off by a rounding, which scaling would blow up.
    return scale_rows(np.where(varies, X - X.mean(axis=1, keepdims=True), 0.0))


def mark_nonzero(X: np.ndarray) -> np.ndarray:
    """Turn numbers into 1 where they are not zero."""
    return (X != 0).astype(np.float64)


def keep_rows_csr(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Leave sparse rows as they are."""
    return data


def scale_rows_csr(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Divide sparse rows by their lengths; rows of zeros stay."""
    n_rows = len(starts) - 1
    rows = np.repeat(np.arange(n_rows), np.diff(starts))
    largest = np.zeros(n_rows)
    np.maximum.at(largest, rows, np.abs(data))
    data = data / np.where(largest > 0, largest, 1.0)[rows]
    lengths = np.sqrt(np.bincount(rows, data * data, n_rows))
    return data / np.where(lengths > 0, lengths, 1.0)[rows]


def mark_nonzero_csr(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Turn the numbers of sparse rows into 1 where they are not zero."""
    return mark_nonzero(data)


def keep_values(values: np.ndarray, n_columns: int) -> np.ndarray:
    """Return what was ranked: it is the distance."""
    return values


def take_root(values: np.ndarray, n_columns: int) -> np.ndarray:
    """Turn squared distances into distances, in place."""
    return np.sqrt(values, out=values)


def take_share(values: np.ndarray, n_columns: int) -> np.ndarray:
    """Turn numbers of columns into shares of them, in place."""
    return np.divide(values, n_columns, out=values)


class Metric(NamedTuple):
    """One way to measure how far two rows are apart.

    Parameters
    ----------
    meaning : str
        The distance in words, as the documentation gives it.
    oracle : str
        The function of `scipy.spatial.distance` with the same definition.
    code : int
        What the loops add up.
    prepare : callable
        Rows as given, float64 -> rows as measured.
    correct : callable
        Ranked values and the number of columns -> distances; may write in place.
    prepare_csr : callable, default=None
        Sparse twin of `prepare`, on data and indptr; None if the metric is for
        dense rows only.
    """

    meaning: str
    oracle: str
    code: int
    prepare: Callable[[np.ndarray], np.ndarray] = keep_rows
    correct: Callable[[np.ndarray, int], np.ndarray] = keep_values
    prepare_csr: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


METRICS = {
    "euclidean": Metric(
        "square root of the sum of squared differences",
        "euclidean",
        SQUARES,
        correct=take_root,
        prepare_csr=keep_rows_csr,
    ),
    "sqeuclidean": Metric("sum of squared differences", "sqeuclidean", SQUARES),
    "manhattan": Metric("sum of absolute differences", "cityblock", GAPS),
    "chebyshev": Metric("largest absolute difference", "chebyshev", LARGEST_GAP),
    "cosine": Metric(
        "1 minus the cosine of the angle between the rows",
        "cosine",
        ANGLE,
        prepare=scale_rows,
        prepare_csr=scale_rows_csr,
    ),
    "correlation": Metric(
        "1 minus the correlation of the rows", "correlation", ANGLE, prepare=center_and_scale_rows
    ),
    "hamming": Metric(
        "share of columns in which the rows differ", "hamming", MISMATCHES, correct=take_share
    ),
    "jaccard": Metric(
        "of the columns where either row is not zero, the share where the other row is",
        "jaccard",
        OVERLAP,
        prepare=mark_nonzero,
        prepare_csr=mark_nonzero_csr,
    ),
}
