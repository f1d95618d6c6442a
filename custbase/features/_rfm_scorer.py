"""Scores of recency, frequency and money, learnt once and applied to any later summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_columns
from .._params import Number, check_params

_COLUMNS = ("frequency", "recency", "T", "monetary_value")
_FEATURES_OUT = ("recency_score", "frequency_score", "monetary_score", "engagement")

# Inside, higher is better: the time since the last purchase is turned around.
_TURN = np.array([-1.0, 1.0, 1.0])

# Rows: recency low, middle, high. Columns: mean of frequency and money low, middle, high.
_NAMES = np.array(
    [
        ["Lost", "Hibernating", "At risk"],
        ["About to sleep", "Needs attention", "Loyal"],
        ["Promising", "Potential loyalist", "Champions"],
    ],
    dtype=object,
)


class RFMScorer(TransformerMixin, CustbaseEstimator):
    """Score customers by recency, frequency and money against a fitted customer base.

    Equal customers get equal scores, and the cut points are those of the
    customers the scorer was fitted on, so scores of different days compare.

    Parameters
    ----------
    n_bins : int, default=5
        Number of scores, from 1 to `n_bins`, at least 2.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_bins - 1, 3)
        Learnt quantiles of the time since the last purchase (falling), the
        frequency and the monetary value (rising). A customer's score is one more
        than the number of thresholds they have passed: less time than, or more
        purchases or money than the threshold.
    percentiles_ : dict of str to ndarray of shape (2, n_distinct)
        For "recency", "frequency" and "monetary": the distinct values of the
        fitted customers, from worst to best (of recency, minus the time since the
        last purchase), and the share of customers who have that value or a worse one.
    n_features_in_ : int
        4, the columns that count.
    feature_names_in_ : ndarray of shape (4,)
        Their names, if fitted on a frame.

    See Also
    --------
    rfm_summary : Makes the frame that is scored.

    Notes
    -----
    The input is a frame with the columns ``frequency``, ``recency``, ``T`` and
    ``monetary_value`` of `rfm_summary`, in any order and among any others; or an
    array of these four, in this order. Recency has the meaning it has there (high
    is recent) and is scored by the time since the last purchase, T - recency: the
    score is high if little time has passed.

    With :math:`q_i` the i / n_bins quantile (linear interpolation) of the fitted
    customers, from worst to best,

    .. math:: \\mathrm{score}(x) = 1 + \\#\\{i \\in 1..n_\\mathrm{bins} - 1 : q_i < x\\}.

    With many ties scores may be skipped (if 60 % have frequency 0, those have score
    1 and nobody has 2 or 3 of 5), but equal values never differ. Values are
    rounded to 9 decimals first, so that the floating-point noise of divided days
    cannot part equal ones.

    ``engagement`` is 100 times the mean of three percentiles: the share of fitted
    customers who are at most as recent, as frequent and as valuable.

    ``predict`` names customers by their scores. Recency and the mean of the
    frequency and monetary scores, each moved from 1..n_bins to 0..1, are low below
    1/3, high above 2/3 and middle between, both ends included:

    ============== ================ ================== ===========
    recency        low value        middle value       high value
    ============== ================ ================== ===========
    high           Promising        Potential loyalist Champions
    middle         About to sleep   Needs attention    Loyal
    low            Lost             Hibernating        At risk
    ============== ================ ================== ===========

    Every combination of scores has a name for every `n_bins`; with 2 there is no
    middle recency. Fitting takes O(n log n) time for n customers.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase import RFMScorer
    >>> summary = pd.DataFrame({
    ...     "frequency": [0, 1, 4, 9],
    ...     "recency": [0.0, 5.0, 20.0, 39.0],
    ...     "T": [30.0, 35.0, 40.0, 40.0],
    ...     "monetary_value": [0.0, 10.0, 15.0, 40.0],
    ... })
    >>> scorer = RFMScorer(n_bins=4).set_output(transform="pandas").fit(summary)
    >>> scorer.transform(summary)
       recency_score  frequency_score  monetary_score  engagement
    0            1.0              1.0             1.0   33.333333
    1            1.0              2.0             2.0   50.000000
    2            3.0              3.0             3.0   75.000000
    3            4.0              4.0             4.0  100.000000
    >>> scorer.predict(summary).tolist()
    ['Lost', 'Hibernating', 'Needs attention', 'Champions']
    """

    def __init__(self, n_bins: int = 5):
        self.n_bins = n_bins

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the thresholds and percentiles of a customer base.

        Parameters
        ----------
        X : frame or array of shape (n_customers, 4)
            A summary; other columns of a frame are left out.
        y : None
            Ignored.

        Returns
        -------
        RFMScorer
            The fitted scorer itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is out of range, a column is absent, a value is missing
            or infinite, or recency exceeds T.
        """
        check_params(self, {"n_bins": (Number(2, integer=True),)})
        values = _values(check_columns(self, X, _COLUMNS, reset=True))
        levels = np.arange(1, self.n_bins) / self.n_bins
        # Adding zero turns -0.0 into 0.0.
        self.thresholds_ = np.quantile(values, levels, axis=0) * _TURN + 0.0
        self.percentiles_ = {
            name: _distribution(values[:, j])
            for j, name in enumerate(("recency", "frequency", "monetary"))
        }
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Score customers.

        Parameters
        ----------
        X : frame or array of shape (n_customers, 4)
            A summary, in the unit of time and the currency of the fitted one.

        Returns
        -------
        ndarray of shape (n_customers, 4)
            ``recency_score``, ``frequency_score`` and ``monetary_score`` from 1
            to `n_bins`, and ``engagement`` from 0 to 100; a frame if
            ``set_output`` asks for one.

        Raises
        ------
        TypeError, ValueError
            As `fit` does for `X`.
        """
        check_is_fitted(self)
        values = _values(check_columns(self, X, _COLUMNS, reset=False))
        shares = [
            _share_at_most(distribution, values[:, j])
            for j, distribution in enumerate(self.percentiles_.values())
        ]
        return np.column_stack([self._scores(values), 100 * np.mean(shares, axis=0)])

    def predict(self, X: Any) -> np.ndarray:
        """Name customers by their scores, as the table in the Notes says.

        Parameters
        ----------
        X : frame or array of shape (n_customers, 4)
            A summary, as in `transform`.

        Returns
        -------
        ndarray of shape (n_customers,)
            Names, of dtype object.

        Raises
        ------
        TypeError, ValueError
            As `fit` does for `X`.
        """
        check_is_fitted(self)
        scores = self._scores(_values(check_columns(self, X, _COLUMNS, reset=False)))
        recency, value = scores[:, 0] - 1, scores[:, 1] + scores[:, 2] - 2
        top = len(self.thresholds_)
        return _NAMES[_third(recency, top), _third(value, 2 * top)]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored; the names are always the same.

        Returns
        -------
        ndarray of shape (4,)
            The names.
        """
        check_is_fitted(self)
        return np.asarray(_FEATURES_OUT, dtype=object)

    def _scores(self, values: np.ndarray) -> np.ndarray:
        """Count the thresholds strictly below each value, plus one."""
        thresholds = self.thresholds_ * _TURN
        below = [
            np.searchsorted(t, v, side="left") for t, v in zip(thresholds.T, values.T, strict=True)
        ]
        return 1.0 + np.column_stack(below)


def _values(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Minus the time since the last purchase, the frequency and the money of each customer."""
    frequency, recency, T, monetary_value = columns
    since = T - recency
    # Days over 7 leave noise in the last digits, and 9 decimals never split two sums of days.
    values = np.round(np.column_stack([-since, frequency, monetary_value]), 9)
    if (late := values[:, 0] > 0).any():
        row = int(np.argmax(late))
        raise ValueError(
            f"recency must not exceed T: it is the time from the first to the last purchase; "
            f"got recency={recency[row]:g} and T={T[row]:g} in row {row}."
        )
    return values


def _distribution(values: np.ndarray) -> np.ndarray:
    """Distinct values, ascending, over the share of values at or below each."""
    distinct, counts = np.unique(values, return_counts=True)
    return np.stack([distinct, np.cumsum(counts) / len(values)])


def _share_at_most(distribution: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Look up the share of fitted values at or below each value."""
    distinct, shares = distribution
    return np.concatenate([[0.0], shares])[np.searchsorted(distinct, values, side="right")]


def _third(position: np.ndarray, top: int) -> np.ndarray:
    """Tell the lower (0), middle (1) and upper (2) third of 0..top; integers, so ties are exact."""
    return 1 + (3 * position > 2 * top).astype(int) - (3 * position < top)
