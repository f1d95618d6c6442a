"""Losses of money: zero-inflated lognormal, squared error and Tweedie, in tensorflow."""

from __future__ import annotations

from typing import Any

SMALLEST_SIGMA = 1e-3
LARGEST_SIGMA = 2.5
TWEEDIE_POWER = 1.5
# Outputs beyond it are no logarithms or odds of anything; keeps their squares finite.
LARGEST_OUTPUT = 1e4
# Logarithms beyond it are no money any more; keeps float32 finite.
LARGEST_LOG = 30.0


def ziln_loss(tf: Any, outputs: Any, target: Any) -> Any:
    """Minus the log-likelihood of 0 or a lognormal amount.

    Parameters
    ----------
    tf : module
        Tensorflow.
    outputs : tensor of shape (..., n_rows, 3)
        Log odds of a positive amount, mean of its logarithm, and what `sigma` makes the
        standard deviation of.
    target : tensor of shape (n_rows, 2)
        1 or 0, whether the amount is positive, and its logarithm, 0 for no amount.

    Returns
    -------
    tensor of shape (..., n_rows)
        The loss, without the constant log(sqrt(2 pi)) and the logarithm of the amount.
    """
    positive, log_amount = target[:, 0], target[:, 1]
    outputs = tf.clip_by_value(outputs, -LARGEST_OUTPUT, LARGEST_OUTPUT)
    odds, mu, raw = outputs[..., 0], outputs[..., 1], outputs[..., 2]
    sigma = SMALLEST_SIGMA + tf.nn.softplus(raw) - tf.nn.softplus(raw - LARGEST_SIGMA)
    is_positive = tf.nn.softplus(odds) - positive * odds
    amount = tf.math.log(sigma) + 0.5 * tf.square((log_amount - mu) / sigma)
    return is_positive + positive * amount


def mse_loss(tf: Any, outputs: Any, target: Any) -> Any:
    """Squared error of amounts, whose prediction softplus keeps from being negative.

    Parameters
    ----------
    tf : module
        Tensorflow.
    outputs : tensor of shape (..., n_rows, 1)
        The amount, before softplus.
    target : tensor of shape (n_rows, 1)
        The amounts.

    Returns
    -------
    tensor of shape (..., n_rows)
        The loss.
    """
    amount = tf.nn.softplus(tf.minimum(outputs[..., 0], LARGEST_OUTPUT**2))
    return tf.square(amount - target[:, 0])


def tweedie_loss(tf: Any, outputs: Any, target: Any) -> Any:
    """Deviance of Tweedie's distribution, a sum of amounts of a random number of purchases.

    Parameters
    ----------
    tf : module
        Tensorflow.
    outputs : tensor of shape (..., n_rows, 1)
        Logarithm of the amount.
    target : tensor of shape (n_rows, 1)
        The amounts.

    Returns
    -------
    tensor of shape (..., n_rows)
        The loss, without what does not depend on `outputs`.
    """
    log_mean = tf.clip_by_value(outputs[..., 0], -LARGEST_LOG, LARGEST_LOG)
    amount = target[:, 0] * tf.exp((1.0 - TWEEDIE_POWER) * log_mean) / (1.0 - TWEEDIE_POWER)
    return tf.exp((2.0 - TWEEDIE_POWER) * log_mean) / (2.0 - TWEEDIE_POWER) - amount


LOSSES = {"ziln": ziln_loss, "mse": mse_loss, "tweedie": tweedie_loss}
