"""Whether predicted values, such as money to come, rank customers and are right in size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from .._params import Number, check_value
from .._warn import warn
from ..exceptions import ZeroDenominatorWarning
from ._targets import Values, check_values, to_unit

# Weights of the rows -> the metric. What does not depend on weights, the sorting above all,
# is done once, so that customers drawn again cost O(n) a draw.
Measure = Callable[[np.ndarray], float]
# Of all weights: sums that differ by less are the same.
SLIVER = 1e-12
N_BINS = Number(1, integer=True)


def normalized_gini(y_true: Any, y_score: Any, *, sample_weight: Any = None) -> float:
    """Measure how well scores rank customers by their value.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Values, such as the money that customers spent, at least 0.
    y_score : array of shape (n_samples,)
        Predicted values or any scores; only their order counts.
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    float
        1 ranks as well as knowing the values, 0 as chance does, -1 the other way round;
        NaN if all values are equal, for example 0.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used, or a value is negative; the message names it and
        what to do.

    Warns
    -----
    UndefinedMetricWarning
        If all values are equal: no order of the customers is better than another.

    See Also
    --------
    spearman_correlation : Counts ranks instead of money.
    decile_mape : Whether the values are right in size, too.
    bootstrap_interval : How far chance could have moved it.

    Notes
    -----
    Going through the customers from the highest score down, let L(t) be the share of
    all value that the first share t of the customers has. The Gini index of the scores
    is twice the area between L and the diagonal, divided here by that of the perfect
    order [1]_ [2]_:

    .. math:: \\frac{\\int_0^1 L_{score}(t) - t \\, dt}{\\int_0^1 L_{value}(t) - t \\, dt}
              = \\frac{\\sum_i w_i y_i (r_i - \\bar r)}{\\sum_i w_i y_i (q_i - \\bar q)},

    with mean ranks r of the scores and q of the values. L is a straight line where
    scores are tied, so the order of the rows does not matter. The area is that of
    trapezoids. Code that sums up L at the n customers instead adds 1/n to both
    integrals, and to a constant score. A few large customers decide the figure: see
    its interval. O(n log n).

    References
    ----------
    .. [1] E. W. Frees, G. Meyers and A. D. Cummings, "Summarizing insurance scores using
       a Gini index", Journal of the American Statistical Association 106, 2011.
    .. [2] X. Wang, T. Liu and J. Miao, "A deep probabilistic model for customer lifetime
       value prediction", arXiv:1912.07753, 2019.

    Examples
    --------
    >>> from custbase.metrics import normalized_gini
    >>> spent = [0, 0, 10, 30]
    >>> normalized_gini(spent, [0.1, 0.2, 0.3, 0.9])
    1.0
    >>> normalized_gini(spent, [0.1, 0.2, 0.9, 0.3])
    0.6
    """
    values = check_values(y_true, y_score, sample_weight, name="y_score")
    gini = prepare_gini(values)(values.weights)
    if np.isnan(gini):
        _warn_undefined("normalized_gini", "the values in y_true are all equal")
    return gini


def spearman_correlation(y_true: Any, y_score: Any, *, sample_weight: Any = None) -> float:
    """Measure how far scores and values agree on the ranks of customers.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Values, such as the money that customers spent.
    y_score : array of shape (n_samples,)
        Predicted values or any scores; only their order counts.
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    float
        From -1 to 1, 0 for ranks that have nothing to do with each other; NaN if all
        values or all scores are equal.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used; the message names it and what to do.

    Warns
    -----
    UndefinedMetricWarning
        If all values or all scores are equal: there are no ranks.

    See Also
    --------
    normalized_gini : Counts the money in the right place.
    scipy.stats.spearmanr : The same without weights, with a test.

    Notes
    -----
    The correlation of the ranks [1]_; tied customers have the mean of theirs. A weight
    of 2 is worth two customers who are alike. Where most customers have the value 0,
    even the best scores cannot reach 1, unless they are tied there, too. O(n log n).

    References
    ----------
    .. [1] C. Spearman, "The proof and measurement of association between two things",
       American Journal of Psychology 15, 1904.

    Examples
    --------
    >>> from custbase.metrics import spearman_correlation
    >>> spearman_correlation([0, 5, 10, 30], [0.1, 0.3, 0.2, 0.9])
    0.8
    """
    values = check_values(y_true, y_score, sample_weight, name="y_score", negative=True)
    correlation = prepare_spearman(values)(values.weights)
    if np.isnan(correlation):
        _warn_undefined("spearman_correlation", "the values in y_true or y_score are all equal")
    return correlation


def decile_mape(y_true: Any, y_pred: Any, *, n_bins: int = 10, sample_weight: Any = None) -> float:
    """Measure how far predicted values are from actual ones, decile by decile.

    Customers are sorted by their prediction and cut into buckets of equal numbers. In
    each, the mean prediction is held against the mean value.

    Parameters
    ----------
    y_true : array of shape (n_samples,)
        Values, such as the money that customers spent, at least 0.
    y_pred : array of shape (n_samples,)
        Predicted values, in the same unit.
    n_bins : int, default=10
        Number of buckets.
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers.

    Returns
    -------
    float
        Mean over the buckets of the distance in relation to the actual mean: 0 is best,
        0.2 is 20 percent off.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used, or a value is negative; the message names it and
        what to do.

    Warns
    -----
    ZeroDenominatorWarning
        If a bucket has the actual mean 0 but another prediction: the error is infinite.

    See Also
    --------
    normalized_gini : Whether the order is right.
    custbase.plot.ValueCalibrationDisplay : The buckets as a picture.

    Notes
    -----
    With the mean prediction and the mean value of each of B buckets,

    .. math:: \\frac{1}{B} \\sum_b \\frac{|\\bar p_b - \\bar y_b|}{\\bar y_b},

    which is the "decile-level MAPE" of [1]_. Customers of equal predictions are alike:
    if a limit of buckets cuts through them, both buckets get their part of each, so
    the order of the rows does not matter. A limit within one customer divides that one.

    A bucket of mean 0 is 0 off if it is predicted to be 0, and else infinitely far.
    Where few customers buy, `n_bins` must be small enough for buyers in each bucket.
    Errors of either direction within a bucket cancel: this is about calibration.
    O(n log n).

    References
    ----------
    .. [1] X. Wang, T. Liu and J. Miao, "A deep probabilistic model for customer lifetime
       value prediction", arXiv:1912.07753, 2019.

    Examples
    --------
    >>> from custbase.metrics import decile_mape
    >>> decile_mape([2, 0, 10, 30], [1, 1, 15, 15], n_bins=2)
    0.125
    """
    check_value("n_bins", n_bins, N_BINS)
    values = check_values(y_true, y_pred, sample_weight)
    error = prepare_decile_mape(values, n_bins)(values.weights)
    if np.isinf(error):
        warn(
            "decile_mape is infinite: y_true is 0 for all customers of a bucket. Take fewer "
            f"buckets than n_bins={n_bins}.",
            ZeroDenominatorWarning,
        )
    return error


def prepare_gini(values: Values) -> Measure:
    """Sort once for the normalized Gini index under any weights."""
    actual = to_unit(values.actual)
    by_score, by_value = _number(values.predicted), _number(values.actual)

    def measure(weights: np.ndarray) -> float:
        weighted = weights * actual
        reached = float((weighted * _centred_ranks(by_score, weights)).sum())
        perfect = float((weighted * _centred_ranks(by_value, weights)).sum())
        # Exact: of equal values the ranks are all 0.
        return reached / perfect if perfect else np.nan

    return measure


def prepare_spearman(values: Values) -> Measure:
    """Sort once for the correlation of ranks under any weights."""
    by_score, by_value = _number(values.predicted), _number(values.actual)

    def measure(weights: np.ndarray) -> float:
        of_score, of_value = (_centred_ranks(by, weights) for by in (by_score, by_value))
        weighted = weights * of_value
        spread = (weighted * of_value).sum() * (weights * of_score * of_score).sum()
        if not spread:
            return np.nan
        return float(np.clip((weighted * of_score).sum() / np.sqrt(spread), -1.0, 1.0))

    return measure


def prepare_decile_mape(values: Values, n_bins: int = 10) -> Measure:
    """Sort once for the error by buckets under any weights."""
    means = prepare_bin_means(values, n_bins)

    def measure(weights: np.ndarray) -> float:
        predicted, actual = means(weights)
        gaps = np.abs(predicted - actual)
        errors = np.where(gaps > 0, np.inf, 0.0)
        np.divide(gaps, actual, out=errors, where=actual > 0)
        return float(errors.mean())

    return measure


def prepare_bin_means(values: Values, n_bins: int) -> Callable[[np.ndarray], np.ndarray]:
    """Sort once for mean prediction and value by buckets of predictions, under any weights.

    Parameters
    ----------
    values : Values
        Rows.
    n_bins : int
        Number of buckets of equal weight.

    Returns
    -------
    callable
        Weights of the rows -> ndarray of shape (2, n_bins): mean predictions and mean
        values of the buckets, the lowest predictions first.
    """
    groups = _number(values.predicted)
    steps = np.arange(n_bins + 1)
    # A power of two rounds nothing, and sums of the largest amounts there are stay finite.
    size = np.frexp(max(np.abs(values.predicted).max(), np.abs(values.actual).max()))[1]
    scaled = [np.ldexp(amounts, -size) for amounts in (values.predicted, values.actual)]

    def means(weights: np.ndarray) -> np.ndarray:
        # Between two distinct predictions all sums are straight lines.
        reached, predicted, actual = (
            np.append(0.0, np.bincount(groups, amounts).cumsum())
            for amounts in (weights, *(weights * amounts for amounts in scaled))
        )
        limits = reached[-1] * steps / n_bins
        # A limit that is a sum but for rounding is that sum: no bucket takes a sliver of the next.
        near = reached[np.searchsorted(reached, limits - SLIVER * reached[-1])]
        limits = np.where(np.abs(near - limits) <= SLIVER * reached[-1], near, limits)
        sums = [np.interp(limits, reached, line) for line in (predicted, actual)]
        return np.ldexp(np.diff(sums, axis=1) / (reached[-1] / n_bins), size)

    return means


def _number(amounts: np.ndarray) -> np.ndarray:
    """Number the distinct amounts in ascending order, row by row."""
    return np.unique(amounts, return_inverse=True)[1]


def _centred_ranks(groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean rank of every row of weight, less the mean of all; exactly 0 if all are tied."""
    totals = np.bincount(groups, weights)
    reached = totals.cumsum()
    return (reached - totals / 2 - reached[-1] / 2)[groups]


def _warn_undefined(metric: str, why: str) -> None:
    warn(f"{metric} is not defined and is NaN: {why}.", UndefinedMetricWarning)
