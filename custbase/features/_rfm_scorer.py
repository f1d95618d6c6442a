"""Scores of recency, frequency and money, learnt once and applied to any later summary."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_columns
from .._numbers import rounding_of
from .._params import Number, check_params
from .._summaries import spend_explained

_COLUMNS = ("frequency", "recency", "T", "monetary_value")
_SCORED = ("recency", "frequency", "monetary")
_FEATURES_OUT = ("recency_score", "frequency_score", "monetary_score", "engagement")
_MOST_BINS = 2**31 - 1  # times the number of customers they still are an int64
_NOISE = 5e-10  # of any value: half a unit of the ninth decimal

# Rows: recency low, middle, high. Columns: mean of frequency and money low, middle, high.
_NAMES = np.array(
    [
        ["Lost", "Hibernating", "At risk"],
        ["About to sleep", "Needs attention", "Loyal"],
        ["Promising", "Potential loyalist", "Champions"],
    ],
    dtype=object,
)
# The row nearest to that of the scores whose name, in each column, claims no silence, and no
# presence.
_ROWS_OF_PRESENT = np.array([[2, 1, 1], [2, 1, 1], [2, 2, 2]])
_ROWS_OF_SILENT = np.array([[0, 0, 0], [1, 1, 0], [1, 1, 0]])


class _Values(NamedTuple):
    """What is scored of each customer, in the order of `_SCORED`, and how exact it is."""

    values: np.ndarray  # (n_customers, 3), higher is better: recency is minus the silence
    errors: np.ndarray  # (n_customers, 3), what rounding may have added or taken


class RFMScorer(TransformerMixin, CustbaseEstimator):
    """Score customers by recency, frequency and money against a fitted customer base.

    Equal customers get equal scores, the middle of what they share, and scores of
    different days compare, because they are always those among the customers the
    scorer was fitted on.

    Parameters
    ----------
    n_bins : int, default=5
        Number of scores, from 1 to `n_bins`, at least 2.

    Attributes
    ----------
    counts_ : dict of str to ndarray of shape (3, n_distinct)
        For "recency", "frequency" and "monetary": lower and upper bounds of the
        distinct values of the fitted customers, from worst to best (of recency, minus
        the time since the last purchase), and the number of customers who have that
        value or a worse one. The bounds are as far apart as rounding makes them.
    median_gap_, mean_gap_ : float
        Median and mean time between two purchases of the fitted customers; NaN if none
        of them came back. See Notes.
    n_bins_ : int
        `n_bins` as it was in ``fit``.
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

    With :math:`F(v)` the share of the fitted customers whose value is v or worse, and
    :math:`F(v^-)` the share of those whose value is worse, the score is the bin of the
    mean of the two, of `n_bins` bins that divide the shares from 0 to 1 evenly:

    .. math:: \\mathrm{score}(v) = \\min\\Bigl(n_\\mathrm{bins},
              1 + \\Bigl\\lfloor n_\\mathrm{bins} \\frac{F(v^-) + F(v)}{2}
              \\Bigr\\rfloor\\Bigr).

    Customers with equal values share the middle of their range: if all are alike, all
    have the middle score, of an even `n_bins` the upper one of the two. With many ties
    scores may be skipped (if 60 % have frequency 0, those have score 2 of 5, and nobody
    has 1 or 3). A value between two of the fitted ones stands between their customers; one
    beyond them all has score 1 or `n_bins`. Shares are counted, so that edges of bins are
    exact. Values that differ by no more than 1e-9, or than the rounding of the columns,
    are equal: days divided by 7 leave noise, single precision leaves more.

    ``engagement`` is 100 times the mean of three percentiles F(v): the share of fitted
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
    middle recency. Scores are relative, and the least recent of a busy base may have
    bought yesterday. So no name contradicts the silence, T - recency, of a customer, held
    against the gaps between purchases of the fitted base: below the median gap nobody has
    a name that claims silence, beyond twice the mean gap nobody has one that claims
    presence.

    ================== ==================== =========================
    name by the scores below the median gap beyond twice the mean gap
    ================== ==================== =========================
    Champions          Champions            At risk
    Loyal              Loyal                At risk
    Potential loyalist Potential loyalist   Needs attention
    Promising          Promising            About to sleep
    Needs attention    Needs attention      Needs attention
    About to sleep     Promising            About to sleep
    At risk            Loyal                At risk
    Hibernating        Needs attention      Hibernating
    Lost               Promising            Lost
    ================== ==================== =========================

    A summary holds no single gaps, but those of a customer who came back are recency /
    frequency on average. All gaps, each taken for that average of its customer, have the
    median ``median_gap_`` and the mean ``mean_gap_``, which is the sum of recency over the
    sum of frequency. The median is never more than twice the mean, so nobody is on both
    sides. In a base in which nobody came back there are no gaps, and the scores alone
    decide. Fitting takes O(n log n) time for n customers.

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
    0            2.0              1.0             1.0   33.333333
    1            2.0              2.0             2.0   50.000000
    2            3.0              3.0             3.0   75.000000
    3            4.0              4.0             4.0  100.000000
    >>> scorer.predict(summary).tolist()
    ['About to sleep', 'Needs attention', 'Needs attention', 'Champions']
    """

    def __init__(self, n_bins: int = 5):
        self.n_bins = n_bins

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Count the values of a customer base, and learn its gaps between purchases.

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
        check_params(self, {"n_bins": (Number(2, _MOST_BINS, integer=True),)})
        columns = self._read(X, reset=True)
        values, errors = _read_values(columns)
        self.n_bins_ = int(self.n_bins)
        self.counts_ = {
            name: _count_distinct(values[:, j], errors[:, j]) for j, name in enumerate(_SCORED)
        }
        self.median_gap_, self.mean_gap_ = _gaps(frequency=columns[0], recency=columns[1])
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
        given = _read_values(self._read(X, reset=False))
        n_worse, n_at_most, n_fitted = self._count(given)
        shares = n_at_most / n_fitted
        scores = self._scores(n_worse, n_at_most, n_fitted)
        return np.column_stack([scores, 100 * np.mean(shares, axis=1)])

    def predict(self, X: Any) -> np.ndarray:
        """Name customers by their scores, as the tables in the Notes say.

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
        given = _read_values(self._read(X, reset=False))
        scores = self._scores(*self._count(given))
        top = self.n_bins_ - 1
        row = _third(scores[:, 0] - 1, top)
        column = _third(scores[:, 1] + scores[:, 2] - 2, 2 * top)
        silence, error = -given.values[:, 0], given.errors[:, 0]
        # Comparisons with NaN are false: without gaps nobody is on either side.
        is_present = silence < self.median_gap_ - error
        is_silent = silence > 2 * self.mean_gap_ + error
        row = np.where(is_present, _ROWS_OF_PRESENT[row, column], row)
        row = np.where(is_silent, _ROWS_OF_SILENT[row, column], row)
        return _NAMES[row, column]

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

    def _read(self, X: Any, *, reset: bool) -> tuple[np.ndarray, ...]:
        with spend_explained(X, _COLUMNS):
            return check_columns(self, X, _COLUMNS, reset=reset)

    def _count(self, given: _Values) -> tuple[np.ndarray, np.ndarray, int]:
        """Count the fitted customers who are worse, those who are at most as good, and all."""
        ranks = np.empty((2, *given.values.shape), dtype=np.int64)
        for j, (lowest, highest, counts) in enumerate(self.counts_.values()):
            numbers = np.concatenate([[0], counts.astype(np.int64)])
            value, error = given.values[:, j], given.errors[:, j]
            ranks[0, :, j] = numbers[np.searchsorted(highest, value - error, side="left")]
            ranks[1, :, j] = numbers[np.searchsorted(lowest, value + error, side="right")]
        return ranks[0], ranks[1], int(numbers[-1])

    def _scores(self, n_worse: np.ndarray, n_at_most: np.ndarray, n_fitted: int) -> np.ndarray:
        """Find the bins of the middles of ranges, in integers."""
        bins = 1 + self.n_bins_ * (n_worse + n_at_most) // (2 * n_fitted)
        return np.minimum(bins, self.n_bins_)


def _read_values(columns: tuple[np.ndarray, ...]) -> _Values:
    """Take what is scored from the columns of a summary, and bound its rounding errors."""
    frequency, recency, T, monetary_value = columns
    epsilon = {
        name: 2 * rounding_of(column) for name, column in zip(_COLUMNS, columns, strict=True)
    }
    silence = T - recency
    sizes = np.abs(np.column_stack([np.maximum(T, recency), frequency, monetary_value]))
    of_times = max(epsilon["T"], epsilon["recency"])
    errors = sizes * [2 * of_times, epsilon["frequency"], 2 * epsilon["monetary_value"]]
    errors = np.maximum(errors, _NOISE)
    if (late := silence < -2 * errors[:, 0]).any():
        row = int(np.argmax(late))
        raise ValueError(
            f"recency must not exceed T: it is the time from the first to the last purchase; "
            f"got recency={float(recency[row])!r} and T={float(T[row])!r} in row {row}."
        )
    # Adding zero turns -0.0 into 0.0.
    return _Values(
        np.column_stack([np.minimum(-silence, 0.0) + 0.0, frequency, monetary_value]), errors
    )


def _count_distinct(values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Bounds of distinct values, ascending, over the number of values at or below each.

    Values whose bounds overlap are one.
    """
    order = np.argsort(values - errors, kind="stable")
    lowest, highest = (values - errors)[order], np.maximum.accumulate((values + errors)[order])
    starts = np.flatnonzero(np.concatenate([[True], lowest[1:] > highest[:-1]]))
    stops = np.append(starts[1:], len(values))
    return np.stack([lowest[starts], highest[stops - 1], stops.astype(np.float64)])


def _gaps(frequency: np.ndarray, recency: np.ndarray) -> tuple[float, float]:
    """Median and mean of all gaps between purchases, each taken for the mean of its customer."""
    came_back = frequency > 0
    if not recency[came_back].any():
        return np.nan, np.nan
    n_gaps, times = frequency[came_back], recency[came_back]
    gaps = times / n_gaps
    order = np.argsort(gaps)
    reached, half = np.cumsum(n_gaps[order]), n_gaps.sum() / 2
    lower, upper = (np.searchsorted(reached, half, side) for side in ("left", "right"))
    median = (gaps[order[lower]] + gaps[order[upper]]) / 2
    return float(median), float(times.sum() / n_gaps.sum())


def _third(position: np.ndarray, top: int) -> np.ndarray:
    """Tell the lower (0), middle (1) and upper (2) third of 0..top; integers, so ties are exact."""
    return 1 + (3 * position > 2 * top).astype(int) - (3 * position < top)
