"""From what comes out of networks to money, and from money to what they learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from ..deep._losses import LARGEST_LOG, LARGEST_SIGMA, SMALLEST_SIGMA

N_OUTPUTS = {"ziln": 3, "mse": 1, "tweedie": 1}
LARGEST_EXPONENT = np.log(np.finfo(np.float64).max) - 1
# In units; only customers of hardly any weight spend more. Its square is finite in float32.
LARGEST_TARGET = 1e12
# Halvings of an interval of logarithms: down to the last bits of money.
N_HALVINGS = 60


def learn_unit(y: np.ndarray, weight: np.ndarray, loss: str) -> float:
    """Choose the amount of money that is 1 inside of a network.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Amounts, at least 0.
    weight : ndarray of shape (n_rows,)
        Positive weights.
    loss : {"ziln", "mse", "tweedie"}
        What is learnt.

    Returns
    -------
    float
        The median of positive amounts for "ziln", the weighted mean of all amounts for
        others; 1 if all are 0.
    """
    largest = y.max()
    if largest == 0:
        return 1.0
    if loss == "ziln":
        # Divided first, for the mean of two large amounts may overflow.
        middle = largest * np.median(y[y > 0] / largest)
        return float(max(middle, np.finfo(np.float64).tiny))
    mean = largest * np.average(y / largest, weights=weight)
    return float(max(mean, np.finfo(np.float64).tiny))


def make_target(y: np.ndarray, unit: float, loss: str) -> np.ndarray:
    """Turn amounts into what a loss compares with.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Amounts, at least 0.
    unit : float
        The amount that is 1.
    loss : {"ziln", "mse", "tweedie"}
        What is learnt.

    Returns
    -------
    ndarray of shape (n_rows, n_targets)
        For "ziln" whether the amount is positive, and its logarithm, 0 for no amount; else
        the amount.
    """
    if loss != "ziln":
        with np.errstate(over="ignore"):
            return np.minimum(y / unit, LARGEST_TARGET)[:, None]
    is_positive = y > 0
    # The 1 keeps the logarithm of no amount finite.
    log_amount = np.log(np.where(is_positive, y, 1.0)) - np.log(unit)
    return np.column_stack([is_positive, np.where(is_positive, log_amount, 0.0)])


def start_outputs(target: np.ndarray, weight: np.ndarray, loss: str) -> np.ndarray:
    """Outputs that are right on average, before anything else is known of the rows.

    Parameters
    ----------
    target : ndarray of shape (n_rows, n_targets)
        As `make_target` makes it.
    weight : ndarray of shape (n_rows,)
        Positive weights, 1 on average.
    loss : {"ziln", "mse", "tweedie"}
        What is learnt.

    Returns
    -------
    ndarray of shape (n_outputs,)
        Finite numbers.
    """
    if loss == "mse":
        return np.log(np.expm1([1.0]))  # softplus of it is 1, the mean
    if loss == "tweedie":
        return np.zeros(1)
    positive = weight * target[:, 0]
    # Half a customer of each kind, so that nothing is certain.
    odds = logit((positive.sum() + 0.5) / (weight.sum() + 1.0))
    mu, sigma = 0.0, 1.0
    if positive.any():
        mu = np.average(target[:, 1], weights=positive)
        sigma = np.sqrt(np.average((target[:, 1] - mu) ** 2, weights=positive))
    sigma = np.clip(sigma, 0.1, 0.9 * LARGEST_SIGMA) - SMALLEST_SIGMA
    raw = np.log(np.expm1(sigma)) - np.log1p(-np.exp(sigma - LARGEST_SIGMA))
    return np.array([odds, mu, raw])


def split_ziln(outputs: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the zero-inflated lognormal distributions of a network of that loss.

    Parameters
    ----------
    outputs : ndarray of shape (..., 3)
        What came out.
    unit : float
        The amount that is 1.

    Returns
    -------
    p, mu, sigma : ndarray of shape (...)
        Probability of a positive amount; mean and standard deviation of its logarithm, in
        money.
    """
    raw = outputs[..., 2]
    sigma = SMALLEST_SIGMA + np.logaddexp(0.0, raw) - np.logaddexp(0.0, raw - LARGEST_SIGMA)
    return expit(outputs[..., 0]), outputs[..., 1] + np.log(unit), sigma


def mean_money(outputs: np.ndarray, unit: float, largest: float, loss: str) -> np.ndarray:
    """Compute expected money, of several networks the mean.

    Parameters
    ----------
    outputs : ndarray of shape (n_networks, n_rows, n_outputs)
        What came out.
    unit : float
        The amount that is 1.
    largest : float
        Nobody who spends is expected to spend more: the largest amount ever seen.
    loss : {"ziln", "mse", "tweedie"}
        What was learnt.

    Returns
    -------
    ndarray of shape (n_rows,)
        Money, at least 0 and finite.
    """
    if largest == 0:
        return np.zeros(outputs.shape[1])
    if loss == "ziln":
        p, mu, sigma = split_ziln(outputs, unit)
        money = p * np.exp(np.minimum(mu + sigma**2 / 2, np.log(largest)))
    else:
        raw = outputs[..., 0]
        if loss == "mse":
            amount = np.logaddexp(0.0, raw)
        else:
            amount = np.exp(np.clip(raw, -LARGEST_LOG, LARGEST_LOG))
        with np.errstate(over="ignore"):
            money = np.minimum(amount * unit, largest)
    return np.asarray((money / len(money)).sum(axis=0))


def ziln_quantile(outputs: np.ndarray, unit: float, q: float) -> np.ndarray:
    """Compute a quantile of money, of several networks that of their mixture.

    Parameters
    ----------
    outputs : ndarray of shape (n_networks, n_rows, 3)
        What came out of networks of that loss.
    unit : float
        The amount that is 1.
    q : float
        The probability, in [0, 1).

    Returns
    -------
    ndarray of shape (n_rows,)
        Money, 0 where no money is at least as likely as `q`.
    """
    p, mu, sigma = split_ziln(outputs, unit)
    p_any = p.mean(axis=0)
    is_positive = q > 1.0 - p_any
    # Where nothing is all there is, any share will do.
    p_known = np.where(is_positive, p_any, 1.0)
    share = np.where(is_positive, (q - (1.0 - p_any)) / p_known, 0.5)
    # The quantile of a mixture lies between those of its parts.
    of_parts = mu + sigma * ndtri(np.clip(share, 1e-300, 1.0 - 1e-16))
    low, high = of_parts.min(axis=0), of_parts.max(axis=0)
    for _ in range(N_HALVINGS if len(p) > 1 else 0):
        middle = (low + high) / 2
        below = (p * ndtr((middle - mu) / sigma)).mean(axis=0) < share * p_any
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    log_money: Any = np.minimum((low + high) / 2, LARGEST_EXPONENT)
    return np.where(is_positive, np.exp(log_money), 0.0)
