"""Loops of alternating least squares: the factors of rows, those of columns being given.

The factors of the columns come along their principal axes, where their products add up
to a diagonal matrix. That diagonal is most of every row's system of equations, so it
preconditions the conjugate gradients well: one or two steps do where rows are short,
or their weights small, and no step needs more than the few columns that a row has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ._compile import _compile, helper_kernel, kernel, prefer_wide_vectors

Kernel = TypeVar("Kernel", bound=Callable)

# Factors that are held side by side: 1 MB of 64 single-precision factors, within the cache.
BLOCK_COLUMNS = 4096
# Columns that are added together; as many empty ones make up for a number that is not divisible.
TOGETHER = 4


def sum_kernel(function: Kernel) -> Kernel:
    """Compile a helper whose sums may be taken in any order, the same one every time.

    Sums in SIMD lanes make all of this three times as fast. The order depends on the
    length of a sum alone, so that bits do not depend on threads, and NaN stays NaN.

    Parameters
    ----------
    function : callable
        A function on arrays in numba's nopython subset.

    Returns
    -------
    callable
        Its twin for other kernels.
    """
    return _compile(function, no_cpython_wrapper=True, fastmath={"contract", "reassoc"})


@helper_kernel
def gather_columns(
    start: int,
    stop: int,
    columns: np.ndarray,
    confidences: np.ndarray,
    factors: np.ndarray,
    out_block: np.ndarray,
    out_weights: np.ndarray,
    out_targets: np.ndarray,
) -> None:
    """Copy what the cells from `start` to `stop` need; empty ones follow.

    Weights are the confidences less 1, targets are confidences times preferences.
    """
    zero, one = out_weights.dtype.type(0), out_weights.dtype.type(1)
    for at in range(start, stop):
        place, column = at - start, columns[at]
        for factor in range(factors.shape[1]):
            out_block[place, factor] = factors[column, factor]
        out_weights[place] = abs(confidences[at]) - one
        out_targets[place] = max(confidences[at], zero)
    for place in range(stop - start, stop - start + TOGETHER):
        out_weights[place], out_targets[place] = zero, zero
        for factor in range(factors.shape[1]):
            out_block[place, factor] = zero


@sum_kernel
def add_columns(
    block: np.ndarray,
    n_columns: int,
    weights: np.ndarray,
    targets: np.ndarray,
    share: float,
    x: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add up ``(share * target - weight * (y @ x)) * y`` over the columns y of a block."""
    prefer_wide_vectors()
    n_factors, zero = x.shape[0], x.dtype.type(0)
    for i in range(0, n_columns, TOGETHER):
        j, k, m = i + 1, i + 2, i + 3
        a, b, c, d = zero, zero, zero, zero
        for factor in range(n_factors):
            a += block[i, factor] * x[factor]
            b += block[j, factor] * x[factor]
            c += block[k, factor] * x[factor]
            d += block[m, factor] * x[factor]
        a = share * targets[i] - weights[i] * a
        b = share * targets[j] - weights[j] * b
        c = share * targets[k] - weights[k] * c
        d = share * targets[m] - weights[m] * d
        for factor in range(n_factors):
            out[factor] += (
                a * block[i, factor]
                + b * block[j, factor]
                + c * block[k, factor]
                + d * block[m, factor]
            )


@sum_kernel
def start_search(
    diagonal: np.ndarray,
    inverse: np.ndarray,
    x: np.ndarray,
    sums: np.ndarray,
    out_residual: np.ndarray,
    out_direction: np.ndarray,
) -> float:
    """Set residual and first direction of the conjugate gradients; returns the error."""
    error = x.dtype.type(0)
    for factor in range(x.shape[0]):
        out_residual[factor] = sums[factor] - diagonal[factor] * x[factor]
        out_direction[factor] = out_residual[factor] * inverse[factor]
        error += out_residual[factor] * out_direction[factor]
    return error


@sum_kernel
def take_step(
    diagonal: np.ndarray,
    inverse: np.ndarray,
    sums: np.ndarray,
    error: float,
    out_x: np.ndarray,
    out_residual: np.ndarray,
    out_direction: np.ndarray,
) -> float:
    """Take a step of the conjugate gradients; `sums` is overwritten; returns the error."""
    curvature, new = sums.dtype.type(0), sums.dtype.type(0)
    for factor in range(sums.shape[0]):
        sums[factor] = diagonal[factor] * out_direction[factor] - sums[factor]
        curvature += out_direction[factor] * sums[factor]
    length = error / curvature
    for factor in range(sums.shape[0]):
        out_x[factor] += length * out_direction[factor]
        out_residual[factor] -= length * sums[factor]
        new += out_residual[factor] * out_residual[factor] * inverse[factor]
    share = new / error
    for factor in range(sums.shape[0]):
        out_direction[factor] = (
            out_residual[factor] * inverse[factor] + share * out_direction[factor]
        )
    return new


@kernel
def solve_rows_csr(
    rows: np.ndarray,
    ptr: np.ndarray,
    columns: np.ndarray,
    confidences: np.ndarray,
    factors: np.ndarray,
    strengths: np.ndarray,
    penalties: np.ndarray,
    tol: float,
    max_steps: int,
    out: np.ndarray,
) -> None:
    """Solve the factors of rows by conjugate gradients, from those that they have.

    Row x of `out` approaches the solution of
    ``(S + p I + sum_j w_j y_j y_j') x = sum_j t_j y_j`` over the columns j of the row,
    with a diagonal S, the row's penalty p, weights ``w = |c| - 1`` and targets
    ``t = max(c, 0)``.

    Parameters
    ----------
    rows : ndarray of shape (n_asked,)
        Numbers of the rows that are solved.
    ptr, columns, confidences : ndarray
        CSR matrix of confidences, with the sign of the preference: negative where it
        is 0. None is between -1 and 1.
    factors : ndarray of shape (n_columns, n_factors)
        Factors of the columns, float64 or float32, as are all of the following.
    strengths : ndarray of shape (n_factors,)
        The diagonal of S; positive numbers.
    penalties : ndarray of shape (n_rows,)
        Positive numbers.
    tol : float
        A row is done when its error is at most this share of what it was at first. The
        error is the squared residual in the metric of the inverse of the diagonal.
    max_steps : int
        Most steps of a row.
    out : ndarray of shape (n_rows, n_factors)
        Where the search starts; set to the factors. Rows without targets are set to 0.
    """
    prefer_wide_vectors()
    n_factors, longest = factors.shape[1], 0
    zero, one = strengths.dtype.type(0), strengths.dtype.type(1)
    for row in rows:
        length = ptr[row + 1] - ptr[row]
        longest = length if length > longest else longest
    held = longest if longest < BLOCK_COLUMNS else BLOCK_COLUMNS
    # Steps would divide by 0 where squares are no normal numbers any more.
    negligible = 1e-30 if factors.itemsize == 4 else 1e-290
    # Loops instead of operations on arrays, which take seconds to compile.
    block = np.empty((held + TOGETHER, n_factors), factors.dtype)
    cells = np.empty((2, held + TOGETHER), factors.dtype)
    vectors = np.empty((5, n_factors), factors.dtype)
    weights, targets = cells[0], cells[1]
    inverse, sums, residual, direction = vectors[0], vectors[1], vectors[2], vectors[3]
    diagonal = vectors[4]
    for row in rows:
        start, stop, x = ptr[row], ptr[row + 1], out[row]
        at = start
        while at < stop and confidences[at] < zero:
            at += 1
        has_targets = at < stop
        for factor in range(n_factors):
            diagonal[factor] = strengths[factor] + penalties[row]
            inverse[factor] = one / diagonal[factor]
            x[factor] = x[factor] if has_targets else zero
            direction[factor] = x[factor]
        error, settled = zero, tol * zero
        for step in range(max_steps + 1 if has_targets else 0):
            for factor in range(n_factors):
                sums[factor] = zero
            share = one if step == 0 else zero
            for at in range(start, stop, BLOCK_COLUMNS):
                end = at + BLOCK_COLUMNS if at + BLOCK_COLUMNS < stop else stop
                if step == 0 or stop - start > BLOCK_COLUMNS:
                    gather_columns(at, end, columns, confidences, factors, block, weights, targets)
                add_columns(block, end - at, weights, targets, share, direction, sums)
            if step == 0:
                error = start_search(diagonal, inverse, x, sums, residual, direction)
                settled = tol * error
            else:
                error = take_step(diagonal, inverse, sums, error, x, residual, direction)
            if error <= settled or error < negligible:
                break
