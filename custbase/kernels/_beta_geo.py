"""Loops of the BG/NBD and the MBG/NBD model: their likelihood, and expected purchases."""

from __future__ import annotations

import math

import numpy as np

from ._compile import kernel
from ._growth import STEEP, log_growth

# Terms of a sum that are less than this share of it add nothing.
NEGLIGIBLE = 1e-17
# What is left of coefficients by rounding, in shares of the values.
ROUNDING = 2e-14


@kernel
def sum_beta_geo(
    place: np.ndarray,
    frequency: np.ndarray,
    recency: np.ndarray,
    age: np.ndarray,
    weights: np.ndarray,
    log_odds: np.ndarray,
    params: np.ndarray,
    out: np.ndarray,
    out_odds: np.ndarray,
) -> None:
    """Add up what the log-likelihood has of single customers, and its derivatives.

    That is ``w ln(exp(U) + exp(V))`` with ``U = -(r + x) ln(alpha + T)``, alive at T, and
    ``V = ln(a) - ln(b + x - 1) - (r + x) ln(alpha + t_x)``, gone after the last purchase;
    MBG/NBD has b + x in place of b + x - 1.

    Parameters
    ----------
    place : ndarray of shape (n_rows,)
        Place of x among the distinct frequencies.
    frequency, recency, age : ndarray of shape (n_distinct,), (n_rows,) and (n_rows,)
        Distinct x; t_x and T.
    weights : ndarray of shape (n_rows,)
        w.
    log_odds : ndarray of shape (n_distinct,)
        ``ln(a) - ln(b + x - 1)``, -inf where nobody can be gone yet.
    params : ndarray of shape (2,)
        r and alpha.
    out : ndarray of shape (6,)
        The sum, its derivatives by r and alpha, and its second derivatives by r twice, by
        both, and by alpha twice.
    out_odds : ndarray of shape (n_distinct, 4)
        For every x the derivative by `log_odds`, its second derivative, and those by r and
        by alpha, of the derivative.
    """
    r, alpha = params
    out[:] = 0.0
    out_odds[:] = 0.0
    for i in range(place.shape[0]):
        at, weight = place[i], weights[i]
        shape = r + frequency[at]
        first, last = alpha + recency[i], alpha + age[i]
        by_r = log_growth(first, age[i] - recency[i], shape > STEEP)
        first_log = math.log(first)
        last_log = first_log + by_r
        odds_log = log_odds[at] + shape * by_r
        odds = math.exp(-abs(odds_log))  # of the less likely
        share = (1.0 if odds_log > 0 else odds) / (1.0 + odds)
        dead = weight * share
        living, spread = weight - dead, dead * (1.0 - share)
        # Derivatives of the log odds.
        by_alpha = shape * (1.0 / last - 1.0 / first)
        inverse = living / last + dead / first
        out[0] += weight * (max(odds_log, 0.0) + math.log1p(odds) - shape * last_log)
        out[1] -= living * last_log + dead * first_log
        out[2] -= shape * inverse
        out[3] += spread * by_r * by_r
        out[4] += spread * by_r * by_alpha - inverse
        out[5] += spread * by_alpha * by_alpha + shape * (
            living / (last * last) + dead / (first * first)
        )
        out_odds[at, 0] += dead
        out_odds[at, 1] += spread
        out_odds[at, 2] += spread * by_r
        out_odds[at, 3] += spread * by_alpha


@kernel
def set_polynomials(
    shape: np.ndarray,
    a: float,
    b: np.ndarray,
    share: np.ndarray,
    to_chebyshev: np.ndarray,
    to_powers: np.ndarray,
    most: int,
    out: np.ndarray,
) -> None:
    """Interpolate expected purchases, divided by z, between some z.

    They are ``(1 - z)^n`` times a power series of positive terms, which is summed at each z.
    Its coefficients are ``(n)_k / k!`` times the mean, over p ~ Beta(a, b), of the sum of
    (1 - p)^j over j < k; k = 1, 2, ...

    Parameters
    ----------
    shape : ndarray of shape (n_distinct,)
        n.
    a : float
        Parameter of the beta distribution.
    b : ndarray of shape (n_distinct,)
        The other one.
    share : ndarray of shape (n_nodes,)
        z, from 0 to less than 1.
    to_chebyshev, to_powers : ndarray of shape (n_nodes, n_nodes)
        What makes coefficients of polynomials of values, and those of powers of these.
    most : int
        Terms that are added up at most.
    out : ndarray of shape (n_distinct, n_nodes)
        Set to the coefficients of powers; NaN where the series needs more terms, or the
        polynomial a higher degree.
    """
    largest, n_nodes = np.argmax(share), share.shape[0]
    powers, sums, middle = np.empty(n_nodes), np.empty(n_nodes), np.empty(n_nodes)
    for i in range(shape.shape[0]):
        n, stay = shape[i], b[i]
        powers[:] = 1.0
        sums[:] = 0.0
        ways, there, made, is_summed = n, 1.0, 1.0, False
        for k in range(most):
            term = ways * made
            for j in range(n_nodes):
                sums[j] += term * powers[j]
                powers[j] *= share[j]
            there *= (stay + k) / (a + stay + k)
            growth = (n + k + 1) / (k + 2)
            ways *= growth
            # What is left falls at least as fast as a geometric series.
            ratio = share[largest] * max(growth, 1.0) * (1.0 + there / made)
            made += there
            left = ways * made * powers[largest]
            if ratio < 1.0 and left <= NEGLIGIBLE * sums[largest] * (1.0 - ratio):
                is_summed = True
                break
        for j in range(n_nodes):
            sums[j] *= math.exp(n * math.log1p(-share[j])) if is_summed else np.nan
        for j in range(n_nodes):
            middle[j] = 0.0
            for k in range(n_nodes):
                middle[j] += sums[k] * to_chebyshev[k, j]
        # Where coefficients have not fallen to rounding, a polynomial of this degree is not enough.
        last = max(abs(middle[n_nodes - 2]), abs(middle[n_nodes - 1]))
        if last > ROUNDING * sums.min():
            middle[0] = np.nan
        for j in range(n_nodes):
            out[i, j] = 0.0
            for k in range(n_nodes):
                out[i, j] += middle[k] * to_powers[k, j]


@kernel
def set_expected_purchases(
    frequency: np.ndarray,
    age: np.ndarray,
    times: np.ndarray,
    alpha: float,
    spans: np.ndarray,
    coefficients: np.ndarray,
    out: np.ndarray,
) -> None:
    """Count the purchases that are expected of customers who are alive, by polynomials.

    Parameters
    ----------
    frequency, age, times : ndarray of shape (n_rows,)
        x, T and the horizon t.
    alpha : float
        The parameter.
    spans : ndarray of shape (n_spans + 1,)
        Falling bounds of spans of 1 - z, z = t / (alpha + T + t); no 1 - z is more than the
        first.
    coefficients : ndarray of shape (n_distinct, n_spans, 16)
        Of the expectation divided by z, in powers of y, which goes from -1 to 1 as z grows in
        a span; for 0, 1, ... past purchases.
    out : ndarray of shape (n_rows,)
        Set to the expectations; NaN where there are no coefficients.
    """
    n_distinct, n_spans, _ = coefficients.shape
    for i in range(age.shape[0]):
        known, span = alpha + age[i], 0
        z, left = times[i] / (known + times[i]), known / (known + times[i])
        while span < n_spans and left < spans[span + 1]:
            span += 1
        if span == n_spans or not frequency[i] < n_distinct:
            out[i] = np.nan
            continue
        low, high = spans[span], spans[span + 1]
        y = ((low - left) - (left - high)) / (low - high)
        c = coefficients[int(frequency[i]), span]
        # Pairs of pairs, which do not wait for each other.
        y2 = y * y
        y4 = y2 * y2
        y8 = y4 * y4
        low_half = ((c[0] + y * c[1]) + y2 * (c[2] + y * c[3])) + y4 * (
            (c[4] + y * c[5]) + y2 * (c[6] + y * c[7])
        )
        high_half = ((c[8] + y * c[9]) + y2 * (c[10] + y * c[11])) + y4 * (
            (c[12] + y * c[13]) + y2 * (c[14] + y * c[15])
        )
        out[i] = z * (low_half + y8 * high_half)
