"""Loops of the Pareto/NBD model: integrals of products of powers, and its likelihood.

The integrals stand for Gauss' hypergeometric functions of textbooks, whose values
overflow, or lose all digits, where customers buy often. Here they are sums of positive
terms, and their derivatives are means of logarithms and inverses under the same weights.
"""

from __future__ import annotations

import math

import numpy as np

from ._compile import helper_kernel, kernel

# What is less than this power of e below the largest value of an integrand adds nothing.
NEGLIGIBLE = 40.0
# Nodes of Gauss and Legendre for a panel: few where the integrand changes little in it. A
# panel is at most so long, in logarithms of time, and so high, in logarithms of values.
FEW_NODES, FEW_WEIGHTS = (part.copy() for part in np.polynomial.legendre.leggauss(10))
NODES, WEIGHTS = (part.copy() for part in np.polynomial.legendre.leggauss(20))
FEW_HEIGHT, FEW_LENGTH = 6.0, 2.0
PANEL_HEIGHT, PANEL_LENGTH = 20.0, 4.0


@helper_kernel
def log_integrand(u: float, low: float, gap: float, low_power: float, high_power: float) -> float:
    """Logarithm of ``(low + t)^(1 - low_power) (low + gap + t)^-high_power``, u = ln(low + t)."""
    return (1 - low_power) * u - high_power * math.log(gap + math.exp(u))


@helper_kernel
def find_end(
    start: float, stop: float, low: float, gap: float, low_power: float, high_power: float
) -> float:
    """Cut a range where what is left of the integrand is negligible.

    The logarithm of the integrand is concave, so that it falls ever faster from its
    largest value on.
    """
    first = log_integrand(start, low, gap, low_power, high_power)
    if first - log_integrand(stop, low, gap, low_power, high_power) <= NEGLIGIBLE:
        return stop
    inside, outside = start, stop
    for _ in range(60):
        if outside - inside <= 0.05 * (outside - start):
            break
        middle = 0.5 * (inside + outside)
        value = log_integrand(middle, low, gap, low_power, high_power)
        if first - value <= NEGLIGIBLE:
            inside = middle
        else:
            outside = middle
    return outside


@helper_kernel
def integrate_powers(
    start: float,
    stop: float,
    alpha: float,
    p: float,
    beta: float,
    q: float,
    out: np.ndarray,
) -> float:
    """Integrate ``(alpha + t)^-p (beta + t)^-q`` over a range of times.

    In the logarithm u of the smaller shift plus t, the integrand is analytic within pi of
    the real line, whatever the shifts, so that few nodes do.

    Parameters
    ----------
    start, stop : float
        Times from 0 on.
    alpha, beta : float
        Positive shifts.
    p, q : float
        Exponents.
    out : ndarray of shape (4,)
        Set to means under the integrand: of ``ln(alpha + t)``, ``ln(beta + t)``, and of the
        inverses of ``alpha + t`` and ``beta + t``; untouched where the integral is 0.

    Returns
    -------
    float
        Logarithm of the integral, -inf if the range is empty.
    """
    if not stop > start:
        return -np.inf
    low, gap = min(alpha, beta), abs(alpha - beta)
    low_power, high_power = (p, q) if alpha <= beta else (q, p)
    # Short ranges are a difference of logarithms that rounding would spoil.
    first = math.log(low + start)
    last = first + math.log1p((stop - start) / (low + start))
    last = find_end(first, last, low, gap, low_power, high_power)
    a = log_integrand(first, low, gap, low_power, high_power)
    b = log_integrand(last, low, gap, low_power, high_power)
    height, length = abs(a - b), last - first
    is_short = height <= FEW_HEIGHT and length <= FEW_LENGTH
    nodes, weights = (FEW_NODES, FEW_WEIGHTS) if is_short else (NODES, WEIGHTS)
    n_panels = 1 + int(max((length - 1e-9) / PANEL_LENGTH, (height - 1e-9) / PANEL_HEIGHT))
    half = 0.5 * length / n_panels
    # Values are taken in units of one that is about the largest.
    unit = max(a, b)
    total, low_log, high_log, low_inverse, high_inverse = 0.0, 0.0, 0.0, 0.0, 0.0
    for panel in range(n_panels):
        middle = first + (2 * panel + 1) * half
        for i in range(nodes.shape[0]):
            u = middle + half * nodes[i]
            near = math.exp(u)
            far = gap + near
            far_log = math.log(far)
            weight = weights[i] * math.exp((1 - low_power) * u - high_power * far_log - unit)
            total += weight
            low_log += weight * u
            high_log += weight * far_log
            low_inverse += weight / near
            high_inverse += weight / far
    if alpha <= beta:
        out[0], out[1], out[2], out[3] = low_log, high_log, low_inverse, high_inverse
    else:
        out[0], out[1], out[2], out[3] = high_log, low_log, high_inverse, low_inverse
    for i in range(4):
        out[i] /= total
    return unit + math.log(half * total)


@kernel
def sum_pareto_nbd(
    frequency: np.ndarray,
    recency: np.ndarray,
    age: np.ndarray,
    weights: np.ndarray,
    params: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add up what the log-likelihood has of single customers, and its gradient.

    That is ``w ln(exp(U) + exp(V))`` with ``U = -(r + x) ln(alpha + T) - s ln(beta + T)``,
    alive at T, and V, gone before, the logarithm of s times the integral of
    ``(alpha + t)^-(r + x) (beta + t)^-(s + 1)`` over t from t_x to T.

    Parameters
    ----------
    frequency, recency, age : ndarray of shape (n_rows,)
        x, t_x and T.
    weights : ndarray of shape (n_rows,)
        w.
    params : ndarray of shape (4,)
        r, alpha, s, beta.
    out : ndarray of shape (5,)
        The sum, and its derivatives by the parameters.
    """
    r, alpha, s, beta = params
    means = np.zeros(4)
    out[:] = 0.0
    for i in range(frequency.shape[0]):
        shape, end = r + frequency[i], age[i]
        alpha_log, beta_log = math.log(alpha + end), math.log(beta + end)
        alive = -shape * alpha_log - s * beta_log
        gone = math.log(s) + integrate_powers(recency[i], end, alpha, shape, beta, s + 1.0, means)
        largest = max(alive, gone)
        total = largest + math.log(math.exp(alive - largest) + math.exp(gone - largest))
        dead = weights[i] * math.exp(gone - total)
        living = weights[i] - dead
        out[0] += weights[i] * total
        out[1] -= living * alpha_log + dead * means[0]
        out[2] -= shape * (living / (alpha + end) + dead * means[2])
        out[3] += dead / s - living * beta_log - dead * means[1]
        out[4] -= living * s / (beta + end) + dead * (s + 1.0) * means[3]


@kernel
def set_log_integrals(
    stop: np.ndarray,
    alpha: np.ndarray,
    p: np.ndarray,
    beta: np.ndarray,
    q: np.ndarray,
    out: np.ndarray,
) -> None:
    """Integrate ``(alpha + t)^-p (beta + t)^-q`` from 0 to `stop`, row by row, in logarithms.

    Parameters
    ----------
    stop, alpha, p, beta, q : ndarray of shape (n_rows,)
        As `integrate_powers` takes them.
    out : ndarray of shape (n_rows,)
        The logarithms.
    """
    means = np.zeros(4)
    for i in range(stop.shape[0]):
        out[i] = integrate_powers(0.0, stop[i], alpha[i], p[i], beta[i], q[i], means)


@kernel
def set_log_odds_gone(
    frequency: np.ndarray,
    recency: np.ndarray,
    age: np.ndarray,
    params: np.ndarray,
    out: np.ndarray,
) -> None:
    """Set the logarithm of the odds that customers are gone: V - U of `sum_pareto_nbd`.

    Parameters
    ----------
    frequency, recency, age : ndarray of shape (n_rows,)
        x, t_x and T.
    params : ndarray of shape (4,)
        r, alpha, s, beta.
    out : ndarray of shape (n_rows,)
        The logarithms.
    """
    r, alpha, s, beta = params
    means = np.zeros(4)
    for i in range(frequency.shape[0]):
        shape, end = r + frequency[i], age[i]
        alive = -shape * math.log(alpha + end) - s * math.log(beta + end)
        gone = integrate_powers(recency[i], end, alpha, shape, beta, s + 1.0, means)
        out[i] = math.log(s) + gone - alive
