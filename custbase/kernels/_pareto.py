"""Loops of the Pareto/NBD model: integrals of products of powers, and its likelihood.

The integrals stand for Gauss' hypergeometric functions of textbooks, whose values
overflow, or lose all digits, where customers buy often. Here they are sums of positive
terms, and their derivatives are means of logarithms and inverses under the same weights.
"""

from __future__ import annotations

import math

import numpy as np

from ._compile import helper_kernel, kernel
from ._growth import STEEP, log_growth

# What is less than this power of e below the largest value of an integrand adds nothing.
NEGLIGIBLE = 40.0
# Nodes of Gauss and Legendre for a panel: few where the integrand changes little in it. A
# panel is at most so long, in logarithms of time, and so high, in logarithms of values.
FEW_NODES, FEW_WEIGHTS = (part.copy() for part in np.polynomial.legendre.leggauss(10))
NODES, WEIGHTS = (part.copy() for part in np.polynomial.legendre.leggauss(20))
FEW_HEIGHT, FEW_LENGTH = 6.0, 2.0
PANEL_HEIGHT, PANEL_LENGTH = 20.0, 4.0


@helper_kernel
def grow(start: float, logs: float, is_steep: bool) -> float:
    """What `start` becomes more by when its logarithm does so by `logs`."""
    return start * (math.expm1(logs) if is_steep else math.exp(logs) - 1.0)


@helper_kernel
def log_integrand(
    logs: float, near: float, far: float, low_power: float, high_power: float
) -> float:
    """Logarithm of ``y^(1 - low_power) (1 + near (y - 1) / far)^-high_power``, y = exp(logs)."""
    is_steep = max(low_power, high_power) > STEEP
    fall = log_growth(far, grow(near, logs, is_steep), is_steep)
    return (1 - low_power) * logs - high_power * fall


@helper_kernel
def find_length(
    length: float, near: float, far: float, low_power: float, high_power: float
) -> float:
    """Cut a range of logarithms where what is left of the integrand is negligible.

    The logarithm of the integrand is concave, so that it falls ever faster from its
    largest value on.
    """
    if log_integrand(length, near, far, low_power, high_power) >= -NEGLIGIBLE:
        return length
    inside, outside = 0.0, length
    for _ in range(80):
        if outside - inside <= 0.05 * outside:
            break
        middle = 0.5 * (inside + outside)
        if log_integrand(middle, near, far, low_power, high_power) >= -NEGLIGIBLE:
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
    """Integrate ``(alpha + t)^-p (beta + t)^-q`` over a range of times, in units of its start.

    In the logarithm u of the smaller shift plus t, the integrand is analytic within pi of
    the real line, whatever the shifts, so that few nodes do. It is divided by its value at
    the start: logarithms of powers of hundreds of purchases have no digits to lose.

    Parameters
    ----------
    start, stop : float
        Times from 0 on.
    alpha, beta : float
        Positive shifts.
    p, q : float
        Exponents.
    out : ndarray of shape (n_moments,)
        Set to means under the integrand: of the logarithm of the smaller shift plus t, of
        that of the larger one, and of their inverses; if there is room for 14, then of
        the products of these four, each with itself and those after it. Untouched where
        the integral is 0.

    Returns
    -------
    float
        Logarithm of the integral over ``(alpha + start)^-p (beta + start)^-q``, -inf if the
        range is empty.
    """
    if not stop > start:
        return -np.inf
    low, high = min(alpha, beta) + start, max(alpha, beta) + start
    low_power, high_power = (p, q) if alpha <= beta else (q, p)
    is_steep = max(p, q) > STEEP
    low_first, high_first = math.log(low), math.log(high)
    # Short ranges are a difference of logarithms that rounding would spoil.
    length = find_length(math.log1p((stop - start) / low), low, high, low_power, high_power)
    height = log_integrand(length, low, high, low_power, high_power)
    is_short = abs(height) <= FEW_HEIGHT and length <= FEW_LENGTH
    nodes, weights = (FEW_NODES, FEW_WEIGHTS) if is_short else (NODES, WEIGHTS)
    n_panels = 1 + int(max((length - 1e-9) / PANEL_LENGTH, (abs(height) - 1e-9) / PANEL_HEIGHT))
    half = 0.5 * length / n_panels
    # Values are taken in units of one that is about the largest.
    unit = max(height, 0.0)
    total, has_products = 0.0, out.shape[0] > 4
    out[:] = 0.0
    for panel in range(n_panels):
        for i in range(nodes.shape[0]):
            logs = half * (2 * panel + 1 + nodes[i])
            grown = grow(low, logs, is_steep)
            fall = log_growth(high, grown, is_steep)
            u, near = low_first + logs, low + grown
            far, far_log = high + grown, high_first + fall
            weight = weights[i] * math.exp((1 - low_power) * logs - high_power * fall - unit)
            total += weight
            low_log, high_log = weight * u, weight * far_log
            low_inverse, high_inverse = weight / near, weight / far
            out[0] += low_log
            out[1] += high_log
            out[2] += low_inverse
            out[3] += high_inverse
            if has_products:
                out[4] += low_log * u
                out[5] += low_log * far_log
                out[6] += low_inverse * u
                out[7] += high_inverse * u
                out[8] += high_log * far_log
                out[9] += low_inverse * far_log
                out[10] += high_inverse * far_log
                out[11] += low_inverse / near
                out[12] += low_inverse / far
                out[13] += high_inverse / far
    for i in range(out.shape[0]):
        out[i] /= total
    return low_first + unit + math.log(half * total)


@helper_kernel
def set_derivatives(
    n_power: float, f_power: float, moments: np.ndarray, out_first: np.ndarray, out: np.ndarray
) -> None:
    """Turn the 14 means of an integral into derivatives of its logarithm.

    Parameters
    ----------
    n_power, f_power : float
        Exponents of the smaller shift plus t, and of the larger one.
    moments : ndarray of shape (14,)
        As `integrate_powers` sets them.
    out_first : ndarray of shape (4,)
        Set to the derivatives by the first exponent and shift, then by the other two.
    out : ndarray of shape (4, 4)
        Upper triangle; set to the second derivatives.
    """
    out_first[0], out_first[2] = -moments[0], -moments[1]
    out_first[1], out_first[3] = -n_power * moments[2], -f_power * moments[3]
    out[0, 0], out[0, 2], out[2, 2] = moments[4], moments[5], moments[8]
    out[0, 1], out[0, 3] = n_power * moments[6], f_power * moments[7]
    out[1, 2], out[2, 3] = n_power * moments[9], f_power * moments[10]
    out[1, 1] = n_power * (n_power + 1) * moments[11]
    out[3, 3] = f_power * (f_power + 1) * moments[13]
    out[1, 3] = n_power * f_power * moments[12]
    for i in range(4):
        for j in range(i, 4):
            out[i, j] -= out_first[i] * out_first[j]
    out[0, 1] -= moments[2]
    out[2, 3] -= moments[3]


@kernel
def sum_pareto_nbd(
    frequency: np.ndarray,
    recency: np.ndarray,
    age: np.ndarray,
    weights: np.ndarray,
    params: np.ndarray,
    out: np.ndarray,
    out_first: np.ndarray,
    out_second: np.ndarray,
) -> None:
    """Add up what the log-likelihood has of single customers, and its derivatives.

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
    out : ndarray of shape (1,)
        The sum.
    out_first : ndarray of shape (4,)
        Its derivatives: by r, alpha, s and beta, or s, beta, r and alpha if alpha is larger.
    out_second : ndarray of shape (4, 4)
        Its second derivatives, in the same order; upper triangle, 0 in the lower one.
    """
    r, alpha, s, beta = params
    buying, leaving = (0, 2) if alpha <= beta else (2, 0)
    moments, first, second = np.zeros(14), np.zeros(4), np.zeros((4, 4))
    last, differences = np.zeros(4), np.zeros(4)
    out[0] = 0.0
    out_first[:] = 0.0
    out_second[:] = 0.0
    for i in range(frequency.shape[0]):
        shape, end, weight = r + frequency[i], age[i], weights[i]
        a, b = alpha + recency[i], beta + recency[i]
        silent, is_steep = end - recency[i], max(shape, s) > STEEP
        by_alpha, by_beta = log_growth(a, silent, is_steep), log_growth(b, silent, is_steep)
        a_log, b_log = math.log(a), math.log(b)
        # In units of what is left of those who were alive at the last purchase.
        alive = -shape * by_alpha - s * by_beta
        gone = math.log(s) - b_log
        gone += integrate_powers(recency[i], end, alpha, shape, beta, s + 1, moments)
        a, b = alpha + end, beta + end
        last[buying], last[leaving] = -a_log - by_alpha, -b_log - by_beta
        last[buying + 1], last[leaving + 1] = -shape / a, -s / b
        largest = max(alive, gone)
        total = largest + math.log(math.exp(alive - largest) + math.exp(gone - largest))
        dead = weight * math.exp(gone - total)
        living, spread = weight - dead, dead * math.exp(alive - total)
        if alpha <= beta:
            set_derivatives(shape, s + 1, moments, first, second)
        else:
            set_derivatives(s + 1, shape, moments, first, second)
        first[leaving] += 1 / s
        second[leaving, leaving] -= 1 / (s * s)
        out[0] += weight * (total - shape * a_log - s * b_log)
        for j in range(4):
            differences[j] = first[j] - last[j]
            out_first[j] += living * last[j] + dead * first[j]
        for j in range(4):
            for k in range(j, 4):
                out_second[j, k] += dead * second[j, k] + spread * differences[j] * differences[k]
        out_second[buying, buying + 1] -= living / a
        out_second[leaving, leaving + 1] -= living / b
        out_second[buying + 1, buying + 1] += living * shape / (a * a)
        out_second[leaving + 1, leaving + 1] += living * s / (b * b)


@kernel
def set_log_integrals(
    stop: np.ndarray,
    alpha: np.ndarray,
    p: np.ndarray,
    beta: np.ndarray,
    q: np.ndarray,
    out: np.ndarray,
) -> None:
    """Integrate ``(1 + t / alpha)^-p (1 + t / beta)^-q`` from 0 to `stop`, in logarithms.

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
        shape, first, end = r + frequency[i], recency[i], age[i]
        is_steep = max(shape, s) > STEEP
        alive = -shape * log_growth(alpha + first, end - first, is_steep)
        alive -= s * log_growth(beta + first, end - first, is_steep)
        gone = integrate_powers(first, end, alpha, shape, beta, s + 1.0, means)
        out[i] = math.log(s) - math.log(beta + first) + gone - alive


@kernel
def set_waits(
    alpha: np.ndarray, shape: np.ndarray, beta: np.ndarray, s: float, q: np.ndarray, out: np.ndarray
) -> None:
    """Find the times by which customers who are alive have bought with some probability.

    The probability of a purchase until t is n / alpha times the integral of
    ``(1 + u / alpha)^-(n + 1) (1 + u / beta)^-s`` over u from 0 to t, and no more than
    n t / alpha. Its inverse is found in logarithms of time, by Newton's steps between bounds
    that close in.

    Parameters
    ----------
    alpha, shape, beta : ndarray of shape (n_rows,)
        Scales of the two gamma distributions at T, and the shape n of that of purchases.
    s : float
        The shape of the other.
    q : ndarray of shape (n_rows,)
        The probabilities.
    out : ndarray of shape (n_rows,)
        Set to the times, inf where they are more than the probability to ever buy.
    """
    means = np.zeros(4)
    for i in range(shape.shape[0]):
        n, a, b, wanted = shape[i], alpha[i], beta[i], math.log(q[i])
        constant, is_steep = math.log(n) - math.log(a), max(n + 1, s) > STEEP
        low, high = wanted - constant - 1.0, 650.0
        if constant + integrate_powers(0.0, math.exp(high), a, n + 1, b, s, means) <= wanted:
            out[i] = np.inf
            continue
        u = math.log(a)
        for _ in range(200):
            t = math.exp(u)
            reached = constant + integrate_powers(0.0, t, a, n + 1, b, s, means)
            if reached < wanted:
                low = u
            else:
                high = u
            pace = constant + u - reached
            pace -= (n + 1) * log_growth(a, t, is_steep) + s * log_growth(b, t, is_steep)
            step = (reached - wanted) * math.exp(-max(pace, -600.0))
            if abs(step) <= 1e-13:
                break
            u -= step
            if not low < u < high:
                u = 0.5 * (low + high)
        out[i] = math.exp(u)
