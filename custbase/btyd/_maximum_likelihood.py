"""Parameters of the largest likelihood, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .._warn import warn
from ._terms import Terms

# Parameters -> log-likelihood of all customers, with its derivatives by the parameters.
Likelihood = Callable[[np.ndarray], Terms]

# Parameters are searched between these, in units in which they are about 1.
SMALLEST, LARGEST = 1e-7, 1e7
LOW, HIGH = float(np.log(SMALLEST)), float(np.log(LARGEST))
# Logarithms that are so near a bound are at it.
EDGE = 1e-3
# Longest step, in logarithms of parameters.
LONGEST_STEP = 3.0
MAX_ITER, MAX_HALVINGS = 200, 40
# A search that takes more steps follows a ridge.
PATIENCE = 10
# Sums of millions of terms are no more exact, in shares of them, and means of logarithms of gamma
# functions, in shares of large parameters.
NOISE, LARGE_NOISE = 1e-14, 1e-15
# A step that promises less, by the mean log-likelihood of a customer, is the last.
PROMISE = 1e-16
# Peaks among which one is chosen need be known no better.
ROUGH_PROMISE = 1e-5
# Logarithms of parameters that differ by less are of the same peak.
NEAR = 0.3
# Near a peak a search gains half of what a step promises, or about as much on a ridge; no more
# than so many times that. What is less, by the mean log-likelihood, is not worth a search.
LARGEST_GAIN, TRIFLE = 2.0, 1e-8
# A standard error of a logarithm that says that nothing is known.
UNKNOWN = 10.0
# Weights that are a smaller share of their sum are not what one customer weighs.
NEXT_TO_NONE = 1e-15
# Curvatures that are less, in shares of the largest, or of large parameters, are none.
FLAT, CURVE_NOISE = 1e-9, 1e-9


def count_customers(weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Scale weights as if the smallest of them stood for one customer.

    What a search takes for nothing, or for known, must not depend on the scale of weights,
    and be the same for customers who are counted and who come one by one.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,)
        Not negative, of a positive sum.

    Returns
    -------
    counts : ndarray of shape (n_rows,)
        The weights, divided.
    weight : float
        What they were divided by.
    """
    smallest = float(weights[weights > 0].min())
    weight = max(smallest, NEXT_TO_NONE * float(weights.sum()))
    return weights / weight, weight


class Maximum(NamedTuple):
    """What a search found."""

    params: np.ndarray
    log_likelihood: float
    covariance: np.ndarray  # of the logarithms of the parameters; NaN where it is unknown
    beyond: np.ndarray  # -1 or 1 where the likelihood grows below or above a bound, 0 elsewhere
    n_iter: int
    is_converged: bool


def maximize(
    likelihood: Likelihood,
    start: np.ndarray,
    total: float,
    floor: np.ndarray | float = 0.0,
    *,
    promise: float = PROMISE,
    least: float = -np.inf,
    known: Sequence[Maximum] = (),
    low: np.ndarray | float = LOW,
) -> Maximum:
    """Search the parameters of the largest likelihood, uphill from a start.

    By Newton's method on the logarithms of the parameters, with downhill directions where
    the likelihood is not concave, and steps that are halved until it grows.

    Parameters
    ----------
    likelihood : callable
        What is maximised.
    start : ndarray of shape (n_params,)
        Where the search starts; above `floor`.
    total : float
        Weight of all customers.
    floor : ndarray of shape (n_params,) or float, default=0
        What parameters are larger than.
    promise : float, default=PROMISE
        A step that promises less is the last.
    least : float, default=-inf
        Log-likelihood that is known to be reached: the search ends where it has no
        prospect of more.
    known : sequence of Maximum, default=()
        Peaks that were found: the search ends where it comes near one.
    low : ndarray of shape (n_params,) or float, default=LOW
        Lower bounds of the logarithms of what parameters are above `floor`.

    Returns
    -------
    Maximum
        Parameters, and the covariance of the logarithms of what they are above `floor`:
        the inverse of the negative second derivatives.
    """

    def evaluate(logs: np.ndarray) -> Terms:
        above = np.exp(logs)
        value, first, second = likelihood(floor + above)
        slope = first * above
        curve = second * above * above[:, None]
        curve.flat[:: len(slope) + 1] += slope
        return Terms(-value / total, slope / -total, curve / -total)

    logs = np.clip(np.log(start - floor), low, HIGH)
    peaks = np.log([peak.params - floor for peak in known])
    now, is_converged = evaluate(logs), True
    for n_iter in range(1, MAX_ITER + 1):
        if len(peaks) and np.abs(peaks - logs).max(axis=1).min() <= NEAR:
            break
        step = find_step(now, logs, low)
        gain = -float(now.first @ step)
        noise = NOISE * (1.0 + abs(now.value)) + LARGE_NOISE * float(np.exp(logs.max()))
        if gain <= promise or now.value - LARGEST_GAIN * gain > -least / total - TRIFLE - noise:
            break
        moved, then = take_step(evaluate, logs, now, step, low, noise, is_slow=n_iter > PATIENCE)
        is_stuck = now.value - then.value <= noise and not (
            np.abs(then.first).max() < 0.5 * np.abs(now.first).max()
        )
        if is_stuck:
            break
        logs, now = moved, then
    else:
        is_converged = False
    covariance = find_covariance(now, total, logs, low)
    is_low = (logs < low + EDGE) & (now.first > TRIFLE)
    beyond = ((logs > HIGH - EDGE) & (now.first < -TRIFLE)).astype(int) - is_low
    params = floor + np.exp(logs)
    return Maximum(params, float(-now.value * total), covariance, beyond, n_iter, is_converged)


def take_step(
    evaluate: Callable[[np.ndarray], Terms],
    logs: np.ndarray,
    now: Terms,
    step: np.ndarray,
    low: np.ndarray | float,
    noise: float,
    *,
    is_slow: bool,
) -> tuple[np.ndarray, Terms]:
    """Go a step that falls, halved until the value does.

    Parameters
    ----------
    evaluate : callable
        Logarithms of the parameters -> what is minimised.
    logs, now : ndarray of shape (n_params,) and Terms
        Where the step starts.
    step : ndarray of shape (n_params,)
        Its direction, and length.
    low : ndarray of shape (n_params,) or float
        Lower bounds.
    noise : float
        What values differ by for no reason.
    is_slow : bool
        Whether to try the longest step that there is first, and not only if no other
        gains: on a ridge that ends nowhere the direction is right, but curvatures, and
        with them lengths, are noise.

    Returns
    -------
    moved, then : ndarray of shape (n_params,) and Terms
        Where it ends.
    """

    def try_step(step: np.ndarray) -> tuple[np.ndarray, Terms, float]:
        moved = np.clip(logs + step, low, HIGH)
        then = evaluate(moved)
        return moved, then, then.value - now.value + 1e-4 * float(now.first @ (logs - moved))

    # Not beyond the first bound: parameters that a ridge ties together stay together.
    size = np.maximum(np.abs(step), 1e-300)
    room = np.where(step > 0, HIGH - logs, np.where(step < 0, logs - low, np.inf))
    most = float((room / size).min())
    longest = step * min(LONGEST_STEP / size.max(), most)
    step = step * min(1.0, most)
    if is_slow:
        moved, then, excess = try_step(longest)
        if excess <= 0:
            return moved, then
    promise = -float(now.first @ step)
    for halving in range(MAX_HALVINGS):
        moved, then, excess = try_step(step / 2**halving)
        if excess <= noise or promise / 2**halving <= noise:
            break
    if not is_slow and promise > noise and then.value > now.value - noise:
        far, there, excess = try_step(longest)
        if excess <= -noise:
            return far, there
    return moved, then


def find_peaks(
    likelihood: Likelihood,
    starts: Sequence[np.ndarray],
    total: float,
    low: np.ndarray | float = LOW,
) -> list[Maximum]:
    """Climb from every start, roughly.

    Parameters
    ----------
    likelihood : callable
        What is maximised, of few rows.
    starts : sequence of ndarray of shape (n_params,)
        Where searches start.
    total : float
        Weight of all customers.
    low : ndarray of shape (n_params,) or float, default=LOW
        Lower bounds of the logarithms of parameters.

    Returns
    -------
    list of Maximum
        The highest first, without those that are near a higher one.
    """
    peaks: list[Maximum] = []
    for start in starts:
        found = maximize(likelihood, start, total, promise=ROUGH_PROMISE, known=peaks, low=low)
        logs = np.log(found.params)
        if all(np.abs(np.log(peak.params) - logs).max() > NEAR for peak in peaks):
            peaks.append(found)
    return sorted(peaks, key=lambda peak: -peak.log_likelihood)


def climb_highest(
    likelihood: Likelihood,
    peaks: Sequence[Maximum],
    total: float,
    low: np.ndarray | float = LOW,
) -> Maximum:
    """Search from rough peaks on, as long as they can be the highest.

    Parameters
    ----------
    likelihood : callable
        What is maximised, of all rows.
    peaks : sequence of Maximum
        Where the peaks are, roughly, the one to start with first.
    total : float
        Weight of all customers.
    low : ndarray of shape (n_params,) or float, default=LOW
        Lower bounds of the logarithms of parameters.

    Returns
    -------
    Maximum
        The highest.
    """
    best = maximize(likelihood, peaks[0].params, total, low=low)
    for peak in peaks[1:]:
        other = maximize(likelihood, peak.params, total, least=best.log_likelihood, low=low)
        # A search that saw no prospect of more ended before its peak.
        if other.log_likelihood > best.log_likelihood + TRIFLE * total:
            best = other
    return best


def find_step(now: Terms, logs: np.ndarray, low: np.ndarray | float = LOW) -> np.ndarray:
    """Newton's step, along what falls, of parameters that are not at a bound and would leave.

    Parameters
    ----------
    now : Terms
        What is minimised: curvatures count by their size.
    logs : ndarray of shape (n_params,)
        Where it is.
    low : ndarray of shape (n_params,) or float, default=LOW
        Lower bounds.

    Returns
    -------
    ndarray of shape (n_params,)
        The step, no longer than the longest.
    """
    is_low, is_high = logs < low + EDGE, logs > HIGH - EDGE
    first, second = now.first, now.second
    is_free = np.ones(len(logs), dtype=bool)
    while True:
        curves, axes = np.linalg.eigh(second)
        sizes = np.abs(curves)
        # Without any curve, a step is as long as steps may be: the quotient only has to be finite.
        least = max(FLAT * sizes.max(), 1e-200 * np.abs(first).max(), 1e-300)
        sizes = np.maximum(sizes, least)
        step = -(axes @ ((first @ axes) / sizes)) * is_free
        leaves = (step < 0) & is_low | (step > 0) & is_high
        if not leaves.any():
            return step * min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))
        is_free &= ~leaves
        first, second = first * is_free, second * is_free * is_free[:, None]


def find_covariance(
    now: Terms, total: float, logs: np.ndarray, low: np.ndarray | float
) -> np.ndarray:
    """Invert second derivatives; NaN where they are none of a maximum within the bounds."""
    curves, axes = np.linalg.eigh(now.second)
    # The last step to a bound may not have been worth it.
    is_inside = (logs - low).min() > LONGEST_STEP and logs.max() < HIGH - LONGEST_STEP
    noise = CURVE_NOISE * float(np.exp(logs.max()))
    if not is_inside or curves.min() <= max(FLAT * curves.max(), noise, 1e-300):
        return np.full(now.second.shape, np.nan)
    covariance = (axes / curves) @ axes.T / total
    is_known = bool(np.diag(covariance).max() < UNKNOWN**2)
    return covariance if is_known else np.full(covariance.shape, np.nan)


def describe_ridge(names: tuple[str, ...], beyond: np.ndarray) -> str:
    """Say where a likelihood is as large, or larger, than where its search ended."""
    ways = [
        f"{name} {'falls' if way < 0 else 'grows'}"
        for name, way in zip(names, beyond, strict=True)
        if way
    ]
    if not ways:
        return "is as large at others as at"
    return f"grows as {' and '.join(ways)}, and the search ended at its bounds, at"


def keep_maximum(
    model: Any,
    names: tuple[str, ...],
    found: Maximum,
    *,
    scale: np.ndarray | float = 1.0,
    floor: np.ndarray | float = 0.0,
    weight: float = 1.0,
) -> None:
    """Set what a model learnt, and warn where the data do not determine the parameters.

    Parameters
    ----------
    model : estimator
        Gets ``params_``, ``standard_errors_``, ``covariance_``, ``log_likelihood_`` and
        ``n_iter_``.
    names : tuple of str
        Its parameters.
    found : Maximum
        What was found.
    scale : ndarray of shape (n_params,) or float, default=1
        Units that the parameters were divided by.
    floor : ndarray of shape (n_params,) or float, default=0
        What parameters are larger than, before that.
    weight : float, default=1
        What weights were divided by.
    """
    if not found.is_converged:
        warn(
            f"{type(model).__name__}: the search for the largest likelihood ended after "
            f"{found.n_iter} steps, before it had found it. Give more customers, or a longer time.",
            ConvergenceWarning,
        )
    if np.isnan(found.covariance).any():
        values = ", ".join(
            f"{key}={value:.3g}" for key, value in zip(names, found.params * scale, strict=True)
        )
        warn(
            f"{type(model).__name__}: these customers do not determine all parameters; the "
            f"likelihood {describe_ridge(names, found.beyond)} {values}. Standard errors are NaN. "
            "More customers, or a longer time, help; predictions can be of use all the same.",
            ConvergenceWarning,
        )
    covariance = found.covariance / weight
    errors = (found.params - floor) * scale * np.sqrt(np.diag(covariance))
    model.params_ = dict(zip(names, (found.params * scale).tolist(), strict=True))
    model.standard_errors_ = dict(zip(names, errors.tolist(), strict=True))
    model.covariance_ = covariance
    model.log_likelihood_ = found.log_likelihood * weight
    model.n_iter_ = found.n_iter
