"""ShiftedBetaGeoModel: how many customers renew a contract, period after period."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_columns, check_sample_weight, read_column
from .._joins import in_one_order
from .._params import as_numbers, check_params, shorten
from ._customers import MOST_COUNT, refuse_sizes
from ._maximum_likelihood import Likelihood, count_customers, keep_maximum, maximize
from ._terms import Terms, gamma_terms, log_gamma_gap

COLUMNS = ("T",)
NAMES = ("alpha", "beta")
# Parameters in gamma functions: alpha, beta, and their sum.
ALPHA_BETA_BOTH = np.array([[1.0, 0], [0, 1], [1, 1]])


class ShiftedBetaGeoModel(CustbaseEstimator):
    """Shifted beta-geometric: contracts that are renewed, or cancelled, period after period.

    For subscriptions, where it is known who has left. Customers differ in how likely they
    cancel, so that those who stay are ever more loyal: a cohort loses fewer and fewer.

    Attributes
    ----------
    params_ : dict of str to float
        alpha and beta of the beta distribution of the probability to cancel.
    standard_errors_ : dict of str to float
        Standard errors of the parameters, NaN where the customers do not determine them.
    covariance_ : ndarray of shape (2, 2)
        Covariance of the logarithms of the parameters.
    log_likelihood_ : float
        Log-likelihood of the fitted customers, each as often as its weight.
    n_iter_ : int
        Number of steps of the search.
    n_features_in_ : int
        1: T.
    feature_names_in_ : ndarray of shape (1,)
        Its name, if `X` was a frame.

    See Also
    --------
    BetaGeoModel : Customers who leave without notice.

    Notes
    -----
    A customer who renewed T times and then cancelled has the likelihood
    :math:`B(\\alpha + 1, \\beta + T) / B(\\alpha, \\beta)`, and one who renewed T times and is
    still there :math:`B(\\alpha, \\beta + T) / B(\\alpha, \\beta)` [1]_. The share of those who
    are still there after T that renew t times more is :math:`B(\\alpha, \\beta + T + t) /
    B(\\alpha, \\beta + T)`.

    References
    ----------
    .. [1] P. S. Fader and B. G. S. Hardie, "How to project customer retention", Journal of
       Interactive Marketing 21 (1), 2007.

    Examples
    --------
    Of 1,000 customers so many were left after a year, two, ... seven [1]_:

    >>> import numpy as np
    >>> from custbase import ShiftedBetaGeoModel
    >>> left = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> T, cancelled = np.arange(8)[:, None], [1, 1, 1, 1, 1, 1, 1, 0]
    >>> weights = np.append(-np.diff(left), left[-1])
    >>> model = ShiftedBetaGeoModel().fit(T, cancelled, sample_weight=weights)
    >>> {name: round(value, 3) for name, value in model.params_.items()}
    {'alpha': 0.668, 'beta': 3.806}
    >>> model.predict_survival([[0]], [8, 12]).round(3)  # 468 and 394 of 1,000 in truth
    array([[0.46 , 0.378]])
    """

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the parameters of the largest likelihood.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            Its column T: whole periods that the customer renewed; others are ignored. Of
            an array its one column.
        y : array of shape (n_customers,)
            1 if the customer cancelled at the end of the next period, 0 if it is not known
            to have done so.
        sample_weight : array of shape (n_customers,) or None, default=None
            How many customers each row stands for; standard errors are those of so many,
            and nothing else depends on the scale of weights.

        Returns
        -------
        ShiftedBetaGeoModel
            The fitted model itself.

        Raises
        ------
        TypeError, ValueError
            If T is no count of periods, or y is not 0 or 1.

        Warns
        -----
        ConvergenceWarning
            If the customers do not determine the parameters.
        """
        check_params(self, {})
        periods = self._read(X, reset=True)
        weights, weight = count_customers(check_sample_weight(sample_weight, periods))
        likelihood = make_likelihood(periods, check_cancelled(y, len(periods)), weights)
        found = maximize(likelihood, np.array([1.0, 1.0]), float(weights.sum()))
        keep_maximum(self, NAMES, found, weight=weight)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    @in_one_order
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Mean log-likelihood of customers.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            Whole periods that customers renewed.
        y : array of shape (n_customers,)
            1 if they cancelled then.
        sample_weight : array of shape (n_customers,) or None, default=None
            How many customers each row stands for.

        Returns
        -------
        float
            The mean; larger is better.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        periods = self._read(X, reset=False)
        weights, _ = count_customers(check_sample_weight(sample_weight, periods))
        likelihood = make_likelihood(periods, check_cancelled(y, len(periods)), weights)
        return likelihood(np.array(list(self.params_.values()))).value / float(weights.sum())

    def predict_survival(self, X: Any, times: Any) -> np.ndarray:
        """Probability that customers who are still there renew so many times more.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            Whole periods that they renewed so far; 0 for new customers.
        times : array of int of shape (n_times,)
            Numbers of periods from now on.

        Returns
        -------
        ndarray of shape (n_customers, n_times)
            Probabilities.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        periods = self._read(X, reset=False)
        ahead = as_numbers(times)
        if ahead.ndim != 1 or not is_count(ahead).all():
            raise ValueError(
                f"times must be a list of whole numbers of periods >= 0; got {shorten(times)}."
            )
        if (ahead > MOST_COUNT).any():
            raise ValueError(
                f"times must be at most 2**53 = {MOST_COUNT:.0f} periods; got {shorten(times)}."
            )
        alpha, beta = self.params_.values()
        now = beta + periods[:, None]
        logs = log_gamma_gap(now, alpha) - log_gamma_gap(now + ahead, alpha)
        return np.exp(np.minimum(logs, 0.0))

    def _read(self, X: Any, *, reset: bool) -> np.ndarray:
        """The column T, of whole periods."""
        source = "whole periods that customers renewed"
        return check_periods(check_columns(self, X, COLUMNS, reset=reset, source=source))


def is_count(values: np.ndarray) -> np.ndarray:
    """Tell which numbers are whole and not negative."""
    return (values >= 0) & (values == np.floor(values)) & (values < np.inf)


def check_periods(columns: tuple[np.ndarray, ...]) -> np.ndarray:
    """Give T, or say which row is no number of periods."""
    (periods,) = columns
    refuse_sizes(columns, COLUMNS)
    if not (is_fit := is_count(periods)).all():
        row = int(np.argmin(is_fit))
        raise ValueError(
            "X: T must be a whole number >= 0, of periods that were renewed; row "
            f"{row} has T={periods[row]:g}, {np.count_nonzero(~is_fit)} rows in all."
        )
    return periods


def check_cancelled(y: Any, n_customers: int) -> np.ndarray:
    """Give who cancelled, as a mask."""
    if y is None:
        raise ValueError("y must tell who cancelled, 1, and who did not, 0; got None.")
    given = y if isinstance(y, list | tuple) else read_column(y, "who cancelled")
    cancelled = as_numbers(given, "biuf")
    if cancelled.shape != (n_customers,) or not np.isin(cancelled, (0, 1)).all():
        raise ValueError(
            f"y must hold 0 or 1 for each of the {n_customers} rows of X; got {shorten(y)}."
        )
    return cancelled.astype(bool)


def make_likelihood(periods: np.ndarray, cancelled: np.ndarray, weights: np.ndarray) -> Likelihood:
    """Log-likelihood of customers by alpha and beta.

    Parameters
    ----------
    periods, cancelled, weights : ndarray of shape (n_customers,)
        Renewals, whether the customer cancelled then, and how often it counts.

    Returns
    -------
    callable
        Of the parameters.
    """
    seen = pd.DataFrame({"T": periods, "left": cancelled, "weight": weights})
    sums = seen.groupby(["T", "left"])["weight"].sum().reset_index()
    T, left, counts = (sums[name].to_numpy(dtype=np.float64) for name in ("T", "left", "weight"))

    steps, signed = np.stack([left, T, T + left]), np.stack([counts, counts, -counts])

    def evaluate(params: np.ndarray) -> Terms:
        alpha, beta = params
        terms = gamma_terms(params, ALPHA_BETA_BOTH, steps, signed)
        # The same as a whole, which keeps its digits where T is large.
        stays = log_gamma_gap(beta, alpha) - log_gamma_gap(beta + T, alpha + left)
        value = counts @ (stays + left * np.log(alpha))
        return terms._replace(value=float(value))

    return evaluate
