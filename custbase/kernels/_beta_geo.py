"""Loops of the BG/NBD and the MBG/NBD model: their likelihood, and expected purchases."""

from __future__ import annotations

import math

import numpy as np

from ._compile import kernel

# Terms of a sum that are less than this share of it add nothing.
NEGLIGIBLE = 1e-17


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
        first_log, last_log = math.log(first), math.log(last)
        odds_log = log_odds[at] + shape * (last_log - first_log)
        odds = math.exp(-abs(odds_log))  # of the less likely
        share = (1.0 if odds_log > 0 else odds) / (1.0 + odds)
        dead = weight * share
        living, spread = weight - dead, dead * (1.0 - share)
        # Derivatives of the log odds.
        by_r, by_alpha = last_log - first_log, shape * (1.0 / last - 1.0 / first)
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
def set_expected_purchases(
    place: np.ndarray,
    shape: np.ndarray,
    share: np.ndarray,
    coefficients: np.ndarray,
    out: np.ndarray,
) -> None:
    """Count the purchases that are expected of customers who are alive.

    Where nobody left, their number N would be negative binomial, and k of them are worth
    the expected number of those before the customer leaves: the mean is ``(1 - z)^n`` times
    a power series in z, whose terms are positive.

    Parameters
    ----------
    place : ndarray of shape (n_rows,)
        Row of `coefficients` that each customer needs.
    shape, share : ndarray of shape (n_rows,)
        Size n of N, and z, the share of (alpha + T + t) that the horizon t is.
    coefficients : ndarray of shape (n_distinct, n_terms)
        Of the series; as many terms as a multiple of 8, and one more.
    out : ndarray of shape (n_rows,)
        Set to the expectations; NaN where the series needs more terms.
    """
    last = coefficients.shape[1] - 1
    for i in range(place.shape[0]):
        z, series = share[i], coefficients[place[i]]
        z8 = z * z * z * z * z * z * z * z
        total, power, stop = 0.0, 1.0, 0
        out[i] = np.nan
        while stop < last:
            stop += 8
            part = series[stop - 1]
            for k in range(2, 9):
                part = part * z + series[stop - k]
            total += power * part
            # What is left falls at least as fast as a geometric series.
            end = power * series[stop] * z8
            power *= z8
            ratio = z * max(1.0, series[stop] / series[stop - 1]) * (1.0 + 1.0 / stop)
            if ratio < 1.0 and end <= NEGLIGIBLE * total * (1.0 - ratio):
                out[i] = total * math.exp(shape[i] * math.log1p(-z))
                break
