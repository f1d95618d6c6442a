"""Whether probabilities can be believed."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._params import OneOf, check_value
from ._targets import check_targets
from ._value import N_BINS

STRATEGY = OneOf(("quantile", "uniform"))


def expected_calibration_error(
    y_true: Any,
    y_prob: Any,
    *,
    n_bins: int = 10,
    strategy: str = "quantile",
    pos_label: Any = None,
    sample_weight: Any = None,
) -> float:
    """Measure how far probabilities are from the rates of what happens.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Labels.
    y_prob : array of shape (n_samples,)
        Probabilities of the positive class, in [0, 1].
    n_bins : int, default=10
        Number of bins.
    strategy : {"quantile", "uniform"}, default="quantile"
        Bins of equal numbers of customers, or of equal width.
    pos_label : bool, int, str or None, default=None
        Label of the positive class; None for 1 among the labels 0 and 1 (or -1 and 1).
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    float
        Mean distance, over customers, between the mean probability and the rate of
        positives of their bin; 0 is best.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : The bins as a picture.
    sklearn.metrics.brier_score_loss : A proper score: it also asks for sharpness.

    Notes
    -----
    With ``n_b`` customers in bin b, ``sum_b n_b / n |mean(p) - mean(y)|`` [1]_. It is
    above 0 by chance even for the true probabilities: by about
    ``sum_b sqrt(2 / pi) sqrt(p_b (1 - p_b) n_b) / n``. Customers of equal
    probabilities are alike: if a limit of bins cuts through them, both bins get
    their part of each. Of bins of equal width, the lower limit belongs to the bin: 0.29
    is in the thirtieth of 100, in double precision as in single.

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated
       probabilities using Bayesian binning", AAAI 2015.

    Examples
    --------
    >>> from custbase.metrics import expected_calibration_error
    >>> round(expected_calibration_error([0, 1, 0, 1], [0.1, 0.8, 0.3, 0.6], n_bins=2), 3)
    0.25
    """
    check_value("n_bins", n_bins, N_BINS)
    check_value("strategy", strategy, STRATEGY)
    targets = check_targets(y_true, y_prob, pos_label, sample_weight, name="y_prob")
    probabilities = targets.scores
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError(
            "y_prob must hold probabilities between 0 and 1; got values from "
            f"{probabilities.min():g} to {probabilities.max():g}."
        )
    weights = np.ones(len(probabilities)) if targets.weights is None else targets.weights
    gaps = weights * (probabilities - targets.hits)
    if strategy == "uniform":
        bins = _find_bins(probabilities, n_bins, np.asarray(y_prob).dtype)
        return float(np.abs(np.bincount(bins, gaps)).sum() / weights.sum())
    order = np.argsort(probabilities, kind="stable")
    is_last = np.append(np.diff(probabilities[order]) != 0, True)
    # Between two distinct probabilities both sums are straight lines.
    counted = np.append(0.0, weights[order].cumsum()[is_last])
    missed = np.append(0.0, gaps[order].cumsum()[is_last])
    limits = np.linspace(0.0, counted[-1], n_bins + 1)
    return float(np.abs(np.diff(np.interp(limits, counted, missed))).sum() / counted[-1])


def _find_bins(probabilities: np.ndarray, n_bins: int, kind: np.dtype) -> np.ndarray:
    """Number the bins of equal width from 0 on; limits are rounded as the probabilities were."""
    limits = np.arange(1, n_bins) / n_bins  # each the nearest number; linspace adds up errors
    if kind.kind == "f":
        limits = limits.astype(kind).astype(np.float64)
    return np.searchsorted(limits, probabilities, side="right")
