"""GammaGammaModel: what a purchase is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from scipy.special import digamma, gammaln, polygamma
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_columns, check_sample_weight
from .._joins import in_one_order
from .._params import N_JOBS, check_params
from .._summaries import refuse_faults, spend_explained
from .._threads import ThreadMap, row_chunks, thread_map
from .._warn import warn
from ..exceptions import CustbaseWarning
from ..kernels._gamma_gamma import sum_gamma_gamma
from ..metrics import spearman_correlation
from ._customers import NO_COUNT, refuse_sizes
from ._maximum_likelihood import Likelihood, count_customers, keep_maximum, maximize
from ._rows import Rows, collapse
from ._terms import Terms, digamma_gaps, log_gamma_gap, symmetric

COLUMNS = ("frequency", "monetary_value")
NAMES = ("p", "q", "v")
TASK_ROWS = 2**14
# q is larger: the mean spend of all would be infinite otherwise.
FLOOR = np.array([0.0, 1.0, 0.0])
# Correlation of how often and how much customers buy that the model does not have.
LARGE_CORRELATION = 0.3


class GammaGammaModel(CustbaseEstimator):
    """Gamma-gamma: the spend of a customer's purchases, by few of them and those of others.

    Purchases of a customer vary about a mean of its own. What a few of them say is mixed
    with what is usual: the fewer purchases, the closer to the mean of all.

    Parameters
    ----------
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.

    Attributes
    ----------
    params_ : dict of str to float
        p, shape of the gamma distribution of a purchase, and q and v, shape and rate of
        that of its rate. v is measured in money.
    standard_errors_ : dict of str to float
        Standard errors of the parameters, NaN where the customers do not determine them.
    covariance_ : ndarray of shape (3, 3)
        Covariance of the logarithms of p, q - 1 and v.
    log_likelihood_ : float
        Log-likelihood of the customers with repeat purchases, each as often as its weight.
    n_iter_ : int
        Number of steps of the search.
    n_features_in_ : int
        2: frequency and monetary_value.
    feature_names_in_ : ndarray of shape (2,)
        Their names, if `X` was a frame.

    See Also
    --------
    BetaGeoModel : How often customers buy.
    custbase.features.rfm_summary : Makes the summary of a log.

    Notes
    -----
    Customers without repeat purchases say nothing of p, q and v; nor do those whose repeat
    purchases were all free, for the likelihood of z = 0 is 0 or infinite, whatever the
    customer is like. Both are left out of a fit, which is one of customers who pay. The
    likelihood of a mean value z of x purchases is [1]_

    .. math:: \\frac{\\Gamma(p x + q)}{\\Gamma(p x) \\Gamma(q)}
              \\frac{v^q z^{p x - 1} x^{p x}}{(v + x z)^{p x + q}},

    and the expected mean is :math:`p (v + x z) / (p x + q - 1)`, which is that of all,
    :math:`p v / (q - 1)`, at x = 0, where z is unknown, and ever closer to 0 the more
    purchases were free. q is kept above 1, where it is finite. The model has
    no room for customers who buy often and much: a warning says if the two are related.

    References
    ----------
    .. [1] P. S. Fader and B. G. S. Hardie, "The gamma-gamma model of monetary value",
       2013, http://www.brucehardie.com/notes/025/.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase import GammaGammaModel
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import rfm_summary
    >>> summary = rfm_summary(load_cdnow(), end="1997-09-30")
    >>> model = GammaGammaModel().fit(summary)
    >>> {name: round(value, 2) for name, value in model.params_.items()}
    {'p': 6.25, 'q': 3.74, 'v': 15.44}
    >>> three = pd.DataFrame({"frequency": [0, 1, 5], "monetary_value": [0.0, 100.0, 100.0]})
    >>> model.predict(three).round(1)
    array([35.2, 80.2, 94.8])
    """

    def __init__(self, *, n_jobs: int | None = None) -> None:
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the parameters of the largest likelihood.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary, as `custbase.features.rfm_summary` makes it: its columns frequency
            and monetary_value, others are ignored; of an array the columns in this order.
        y : None
            Ignored.
        sample_weight : array of shape (n_customers,) or None, default=None
            How many customers each row stands for; standard errors are those of so many,
            and nothing else depends on the scale of weights.

        Returns
        -------
        GammaGammaModel
            The fitted model itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, a column is absent, a value is negative, or
            nobody has repeat purchases of a value.

        Warns
        -----
        ConvergenceWarning
            If the customers do not determine all parameters.
        CustbaseWarning
            If how often and how much they buy goes together: Spearman's correlation is
            beyond 0.3.
        """
        check_params(self, {"n_jobs": N_JOBS})
        frequency, value = self._read(X, reset=True)
        weights = check_sample_weight(sample_weight, frequency)
        told = (frequency > 0) & (value > 0) & (weights > 0)
        if not told.any():
            raise ValueError(
                "X must have customers with repeat purchases of a value: frequency and "
                f"monetary_value above 0; got none of {len(value)} rows."
            )
        frequency, value = frequency[told], value[told]
        weights, weight = count_customers(weights[told])
        warn_of_correlation(frequency, value, weights)
        unit = float(np.average(value, weights=weights))
        rows = collapse(np.column_stack([frequency, value / unit]), weights)
        total = float(rows.weights.sum())
        with self._open_likelihood(rows) as likelihood:
            found = maximize(likelihood, np.array([2.0, 3.0, 1.0]), total, FLOOR)
        # A density of money, in another unit.
        found = found._replace(log_likelihood=found.log_likelihood - total * float(np.log(unit)))
        scale = np.array([1.0, 1.0, unit])
        keep_maximum(self, NAMES, found, scale=scale, floor=FLOOR, weight=weight)
        return self

    @in_one_order
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Mean log-likelihood of customers with repeat purchases of a value.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary.
        y : None
            Ignored.
        sample_weight : array of shape (n_customers,) or None, default=None
            How many customers each row stands for.

        Returns
        -------
        float
            The mean; larger is better. NaN if there are no such customers.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_is_fitted(self)
        frequency, value = self._read(X, reset=False)
        weights, _ = count_customers(check_sample_weight(sample_weight, frequency))
        told = (frequency > 0) & (value > 0) & (weights > 0)
        if not told.any():
            return float("nan")
        rows = collapse(np.column_stack([frequency[told], value[told]]), weights[told])
        with self._open_likelihood(rows) as likelihood:
            found = likelihood(np.array(list(self.params_.values())))
        return found.value / float(rows.weights.sum())

    def predict(self, X: Any) -> np.ndarray:
        """Expected value of a purchase.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary. Nothing is known of the spend where frequency is 0, whatever
            monetary_value is; elsewhere a monetary_value of 0 says that it was free.

        Returns
        -------
        ndarray of shape (n_customers,)
            Money, in that of `X`.

        Raises
        ------
        TypeError, ValueError
            If `X` is not as described.
        """
        check_is_fitted(self)
        frequency, value = self._read(X, reset=False)
        p, q, v = self.params_.values()
        told = p * frequency
        # A mean of the usual value and the own one: no product that could overflow.
        return p * (v / (told + q - 1)) + value * (told / (told + q - 1))

    def _read(self, X: Any, *, reset: bool) -> tuple[np.ndarray, np.ndarray]:
        """Frequency and monetary_value of a summary."""
        with spend_explained(X, COLUMNS):
            columns = check_columns(self, X, COLUMNS, reset=reset)
        return check_spend(columns)

    @contextmanager
    def _open_likelihood(self, rows: Rows) -> Iterator[Likelihood]:
        """Likelihood of rows, summed on threads, in the order of the tasks."""
        (value,) = rows.columns
        tasks: list[tuple[np.ndarray, ...]] = [
            (rows.frequency[rows.place[chunk]], value[chunk], rows.weights[chunk])
            for chunk in row_chunks(len(rows.weights), TASK_ROWS)
        ]
        with thread_map(self.n_jobs, len(tasks)) as run:
            yield make_likelihood(rows, tasks, run)


def check_spend(columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Give frequency and monetary_value, or say which row is none.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n_customers,)
        Finite numbers: frequency and monetary_value.

    Returns
    -------
    frequency, value : ndarray of shape (n_customers,)
        The columns.

    Raises
    ------
    ValueError
        If a row has no count, or a negative value, or one beyond all formulas.
    """
    frequency, value = columns
    refuse_sizes(columns, COLUMNS)
    faults = {
        NO_COUNT: (frequency < 0) | (frequency != np.floor(frequency)),
        "monetary_value must be >= 0, the mean of a customer's repeat purchases; drop returns, or "
        "net them first": value < 0,
    }
    refuse_faults(columns, COLUMNS, faults)
    return frequency, value


def warn_of_correlation(frequency: np.ndarray, value: np.ndarray, weights: np.ndarray) -> None:
    """Say that often and much are related, which the model takes to be unrelated."""
    if np.ptp(frequency) == 0 or np.ptp(value) == 0:
        return
    correlation = spearman_correlation(value, frequency, sample_weight=weights)
    if abs(correlation) > LARGE_CORRELATION:
        warn(
            "GammaGammaModel: frequency and monetary_value rise "
            f"{'together' if correlation > 0 else 'against each other'} (Spearman's correlation "
            f"{correlation:.2f}), and the model takes them to be unrelated: values of customers "
            "who buy often will be off. A SpendRegressor has no such assumption.",
            CustbaseWarning,
        )


def make_likelihood(rows: Rows, tasks: list[tuple[np.ndarray, ...]], run: ThreadMap) -> Likelihood:
    """Log-likelihood of rows by p, q and v.

    Parameters
    ----------
    rows : Rows
        Customers.
    tasks : list of tuple of ndarray
        Their frequency, value and weight, in parts.
    run : callable
        Map on threads.

    Returns
    -------
    callable
        Of the parameters.
    """
    x, counts, total = rows.frequency, rows.counts, float(rows.counts.sum())

    def evaluate(params: np.ndarray) -> Terms:
        p, q, v = params

        def add_up(task: tuple[np.ndarray, ...]) -> np.ndarray:
            (frequency, value, weights), sums = task, np.empty(7)
            sum_gamma_gamma(frequency, value, weights, params, sums)
            return sums

        value, by_p, by_q, by_v, by_pv, by_qv, twice_v = np.sum(run(add_up, tasks), axis=0)
        own, both = p * x, p * x + q
        value += counts @ (log_gamma_gap(own, q) - gammaln(q))
        slopes, curves = digamma_gaps(own, q)
        first = [
            by_p + counts @ (x * slopes),
            by_q + counts @ (digamma(both) - digamma(q)),
            by_v + total * q / v,
        ]
        curve = polygamma(1, both)
        second = np.zeros((3, 3))
        second[0] = counts @ (x**2 * curves), counts @ (x * curve), by_pv
        second[1, 1:] = counts @ (curve - polygamma(1, q)), by_qv + total / v
        second[2, 2] = twice_v - total * q / v**2
        return Terms(float(value), np.array(first), symmetric(second))

    return evaluate
