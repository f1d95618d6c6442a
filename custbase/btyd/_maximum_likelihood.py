"""Parameters of the largest likelihood, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .._warn import warn
from ._terms import Terms

# Parameters -> log-likelihood of all customers, with its derivatives by the parameters.
Likelihood = Callable[[np.ndarray], Terms]

# Parameters are searched between these, in units in which they are about 1.
SMALLEST, LARGEST = 1e-7, 1e7
# Longest step, in logarithms of parameters.
LONGEST_STEP = 3.0
MAX_ITER, MAX_HALVINGS = 200, 40
# Sums of millions of terms are no more exact, in shares of them.
NOISE = 1e-14
# A step that promises less, by the mean log-likelihood of a customer, is the last.
PROMISE = 1e-16
# A standard error of a logarithm that says that nothing is known.
UNKNOWN = 10.0
# Weights that are a smaller share of their sum are not what one customer weighs.
NEXT_TO_NONE = 1e-15
# Curvatures that are less, beside the largest, are none.
FLAT = 1e-9


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
    n_iter: int
    is_converged: bool


def maximize(
    likelihood: Likelihood, start: np.ndarray, total: float, floor: np.ndarray | float = 0.0
) -> Maximum:
    """Search the parameters of the largest likelihood.

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

    Returns
    -------
    Maximum
        Parameters, and the covariance of the logarithms of what they are above `floor`:
        the inverse of the negative second derivatives.
    """
    low, high = np.log(SMALLEST), np.log(LARGEST)

    def evaluate(logs: np.ndarray) -> Terms:
        above = np.exp(logs)
        value, first, second = likelihood(floor + above)
        slope = first * above
        curve = second * np.outer(above, above) + np.diag(slope)
        return Terms(-value / total, -slope / total, -curve / total)

    logs = np.clip(np.log(start - floor), low, high)
    now, is_converged = evaluate(logs), True
    for n_iter in range(1, MAX_ITER + 1):  # noqa: B007
        is_free = ((logs > low) | (now.first < 0)) & ((logs < high) | (now.first > 0))
        step = find_step(now, is_free)
        promise = -float(now.first @ step)
        if promise <= PROMISE:
            break
        noise = NOISE * (1.0 + abs(now.value))
        for _ in range(MAX_HALVINGS):
            moved = np.clip(logs + step, low, high)
            then = evaluate(moved)
            if then.value <= now.value - 1e-4 * float(now.first @ (logs - moved)) + noise:
                break
            step = step / 2
        is_stuck = now.value - then.value <= noise and not (
            np.abs(then.first).max() < 0.5 * np.abs(now.first).max()
        )
        if is_stuck:
            break
        logs, now = moved, then
    else:
        is_converged = False
    covariance = find_covariance(now, total, logs)
    params = floor + np.exp(logs)
    return Maximum(params, float(-now.value * total), covariance, n_iter, is_converged)


def find_step(now: Terms, is_free: np.ndarray) -> np.ndarray:
    """Newton's step, along what falls: curvatures count by their size."""
    step = np.zeros(len(now.first))
    if is_free.any():
        curves, axes = np.linalg.eigh(now.second[np.ix_(is_free, is_free)])
        curves = np.maximum(np.abs(curves), FLAT * max(np.abs(curves).max(), 1e-300))
        step[is_free] = -axes @ ((axes.T @ now.first[is_free]) / curves)
    return step * min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))


def find_covariance(now: Terms, total: float, logs: np.ndarray) -> np.ndarray:
    """Invert second derivatives; NaN where they are none of a maximum within the bounds."""
    curves, axes = np.linalg.eigh(now.second)
    is_inside = np.log(SMALLEST) + 0.1 < logs.min() and logs.max() < np.log(LARGEST) - 0.1
    if not is_inside or curves.min() <= FLAT * max(curves.max(), 1e-300):
        return np.full(now.second.shape, np.nan)
    covariance = (axes / curves) @ axes.T / total
    is_known = bool(np.diag(covariance).max() < UNKNOWN**2)
    return covariance if is_known else np.full(covariance.shape, np.nan)


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
            f"likelihood is as large at others as at {values}. Standard errors are NaN. More "
            "customers, or a longer time, help; predictions can be of use all the same.",
            ConvergenceWarning,
        )
    covariance = found.covariance / weight
    errors = (found.params - floor) * scale * np.sqrt(np.diag(covariance))
    model.params_ = dict(zip(names, (found.params * scale).tolist(), strict=True))
    model.standard_errors_ = dict(zip(names, errors.tolist(), strict=True))
    model.covariance_ = covariance
    model.log_likelihood_ = found.log_likelihood * weight
    model.n_iter_ = found.n_iter
