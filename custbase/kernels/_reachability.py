"""The tree that joins all rows by the least mutual reach, as HDBSCAN measures it.

Two rows reach each other at the largest of three: the distance between them, and how
far each one's surroundings extend. Sums of squares stand for distances throughout:
columns are added one after the other, so that a pair of rows gives the same bits
wherever it is measured, and equal reaches are equal to the last bit.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel


@kernel
def span_rows(
    columns: np.ndarray,
    cores: np.ndarray,
    out_first: np.ndarray,
    out_second: np.ndarray,
    out_reach: np.ndarray,
    out_squares: np.ndarray,
) -> None:
    """Find a minimum spanning tree by Prim's method, in O(n_rows) memory.

    Of equal reaches that of the nearer rows is the smaller one.

    Parameters
    ----------
    columns : ndarray of shape (n_columns, n_rows)
        Rows, turned into columns.
    cores : ndarray of shape (n_rows,)
        Squares of how far the surroundings of each row extend.
    out_first, out_second : ndarray of shape (n_rows - 1,)
        Set to the rows that each branch joins, in the order of growth.
    out_reach : ndarray of shape (n_rows - 1,)
        Set to the square of their mutual reach.
    out_squares : ndarray of shape (n_rows - 1,)
        Set to the square of the distance between them.
    """
    n_columns, n_rows = columns.shape
    # Rows that are still apart: the last one moves to the place of one that is joined.
    apart, apart_cores = columns.copy(), cores.copy()
    numbers, nearest = np.arange(n_rows), np.zeros(n_rows, dtype=np.int64)
    least, least_squares = np.full((2, n_rows), np.inf)
    squares = np.empty(n_rows)
    joined, place = 0, 0
    for n_left in range(n_rows - 1, 0, -1):
        for column in range(n_columns):
            apart[column, place] = apart[column, n_left]
        apart_cores[place], numbers[place] = apart_cores[n_left], numbers[n_left]
        least[place], least_squares[place] = least[n_left], least_squares[n_left]
        nearest[place] = nearest[n_left]
        core = cores[joined]
        for row in range(n_left):
            squares[row] = 0.0
        for column in range(n_columns):
            value = columns[column, joined]
            for row in range(n_left):
                gap = apart[column, row] - value
                squares[row] += gap * gap
        for row in range(n_left):
            # Selections instead of a branch, which could not become SIMD code.
            reach = max(squares[row], core, apart_cores[row])
            tied = (reach == least[row]) & (squares[row] < least_squares[row])
            closer = (reach < least[row]) | tied
            nearest[row] = joined if closer else nearest[row]
            least[row] = reach if closer else least[row]
            least_squares[row] = squares[row] if closer else least_squares[row]
        place = 0
        for row in range(1, n_left):
            tied = least[row] == least[place] and least_squares[row] < least_squares[place]
            if least[row] < least[place] or tied:
                place = row
        branch = n_rows - 1 - n_left
        out_first[branch], out_second[branch] = nearest[place], numbers[place]
        out_reach[branch], out_squares[branch] = least[place], least_squares[place]
        joined = numbers[place]
