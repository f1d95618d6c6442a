"""What every model of purchases answers: how many, whether any, and when the next."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_columns, check_sample_weight
from .._joins import in_one_order
from .._numbers import write_apart
from .._params import N_JOBS, NONE, Number, Rule, check_params, check_value
from .._threads import ThreadMap, row_chunks, thread_map
from ._customers import COLUMNS, Customers, check_customers, check_horizon
from ._maximum_likelihood import (
    LOW,
    Likelihood,
    climb_highest,
    count_customers,
    find_peaks,
    keep_maximum,
)
from ._rows import Rows, collapse, gather

RULES: dict[str, tuple[Rule, ...]] = {
    "horizon": (Number(0, low_open=True), NONE),
    "n_jobs": N_JOBS,
}
# Rows of one task.
TASK_ROWS = 2**15


class PurchaseModel(CustbaseEstimator):
    """Fit a model of purchases by maximum likelihood, and ask it.

    A subclass names its parameters, and writes its likelihood and what follows from it.
    """

    horizon: float | None
    n_jobs: int | None
    _names: ClassVar[tuple[str, ...]]
    _times: ClassVar[tuple[str, ...]]  # parameters that are measured in time
    # Lower bounds of logarithms of parameters, those of time in units of the longest T.
    _low: ClassVar[tuple[float, ...]] = (LOW,) * 4

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the parameters of the largest likelihood.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary, as `custbase.features.rfm_summary` makes it: its columns frequency,
            recency and T, others are ignored; of an array the columns in this order.
        y : None
            Ignored.
        sample_weight : array of shape (n_customers,) or None, default=None
            How many customers each row stands for; standard errors are those of so many,
            and nothing else depends on the scale of weights.

        Returns
        -------
        PurchaseModel
            The fitted model itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, a column is absent, or a row is no history: see
            the message.

        Warns
        -----
        ConvergenceWarning
            If the customers do not determine all parameters.
        """
        check_params(self, RULES)
        if self.horizon is not None:
            check_horizon(None, self.horizon, 1)
        columns = check_columns(self, X, COLUMNS, reset=True)
        customers = check_customers(columns)
        weights, weight = count_customers(check_sample_weight(sample_weight, columns[0]))
        unit = float(customers.T[weights > 0].max())
        if not unit:
            raise ValueError("X must have customers who are known for longer than a day; got T=0.")
        # Times are about 1, whatever their unit.
        table = np.column_stack([customers.frequency, customers.recency, customers.T])
        rows = collapse(table / [1.0, unit, unit], weights)
        # One start would find the nearest peak only, and few rows tell where peaks are.
        total, low = float(rows.weights.sum()), np.array(self._low)
        with self._open_likelihood(gather(rows)) as likelihood:
            peaks = find_peaks(likelihood, self._list_starts(rows), total, low)
        with self._open_likelihood(rows) as likelihood:
            found = climb_highest(likelihood, peaks, total, low)
        scale = np.array([unit if name in self._times else 1.0 for name in self._names])
        # A density of times, in another unit.
        n_times = float(rows.counts @ rows.frequency)
        found = found._replace(log_likelihood=found.log_likelihood - n_times * float(np.log(unit)))
        keep_maximum(self, self._names, found, scale=scale, weight=weight)
        return self

    @in_one_order
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Mean log-likelihood of customers.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary, in the unit of time of the fitted one.
        y : None
            Ignored.
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
        columns = check_columns(self, X, COLUMNS, reset=False)
        customers = check_customers(columns)
        weights, _ = count_customers(check_sample_weight(sample_weight, columns[0]))
        rows = collapse(np.column_stack(customers), weights)
        with self._open_likelihood(rows) as likelihood:
            total = likelihood(self._list_params()).value
        return float(total / weights.sum())

    @in_one_order
    def predict(self, X: Any, horizon: Any = None) -> np.ndarray:
        """Count the purchases that are expected within a horizon.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary; a new customer has frequency, recency and T of 0.
        horizon : float, array of shape (n_customers,) or None, default=None
            Length of the future, from T on, in the unit of T; None for that of the
            constructor.

        Returns
        -------
        ndarray of shape (n_customers,)
            Expected numbers of days with purchases.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or there is no horizon.
        """
        customers = self._read(X)
        times = check_horizon(horizon, self.horizon, len(customers.T))
        expected = self._count(customers, times)
        expected *= self._alive(customers)
        return expected

    def predict_alive(self, X: Any) -> np.ndarray:
        """Probability that customers have not left for good.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary.

        Returns
        -------
        ndarray of shape (n_customers,)
            Probabilities, at T.

        Raises
        ------
        TypeError, ValueError
            If `X` is not as described.
        """
        return self._alive(self._read(X))

    @in_one_order
    def predict_any(self, X: Any, horizon: Any = None, *, after: float = 0.0) -> np.ndarray:
        """Probability that customers buy at least once within a horizon, or in an interval.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary.
        horizon : float, array of shape (n_customers,) or None, default=None
            End of the interval, from T on, in the unit of T; None for that of the
            constructor.
        after : float, default=0.0
            Start of the interval, from T on: purchases until then do not count.

        Returns
        -------
        ndarray of shape (n_customers,)
            Probabilities.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, there is no horizon, or it ends before the
            interval starts.
        """
        customers = self._read(X)
        times = check_horizon(horizon, self.horizon, len(customers.T))
        check_value("after", after, Number(0))
        if (times < after).any():
            start, end = write_apart(after, times.min())
            raise ValueError(f"after must not be beyond the horizon; got {start} and {end}.")
        return self._alive(customers) * self._any(customers, float(after), times)

    def next_purchase_quantile(self, X: Any, q: float = 0.5) -> np.ndarray:
        """Time by which customers have bought again with some probability.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary.
        q : float, default=0.5
            The probability, in (0, 1).

        Returns
        -------
        ndarray of shape (n_customers,)
            Times from T on, in the unit of T; inf for those who are less likely than that
            to ever buy again.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        customers = self._read(X)
        check_value("q", q, Number(0, 1, low_open=True, high_open=True))
        alive = self._alive(customers)
        with np.errstate(divide="ignore", over="ignore"):
            return self._wait(customers, q / alive)

    def _read(self, X: Any) -> Customers:
        """Columns of a summary, for a fitted model."""
        check_is_fitted(self)
        return check_customers(check_columns(self, X, COLUMNS, reset=False))

    def _list_params(self) -> np.ndarray:
        return np.array([self.params_[name] for name in self._names])

    @contextmanager
    def _open_likelihood(self, rows: Rows) -> Iterator[Likelihood]:
        """Likelihood of rows, summed on threads, in the order of the tasks."""
        tasks = [
            (rows.place[chunk], *(column[chunk] for column in rows.columns), rows.weights[chunk])
            for chunk in row_chunks(len(rows.weights), TASK_ROWS)
        ]
        with thread_map(self.n_jobs, len(tasks)) as run:
            yield self._make_likelihood(rows, tasks, run)

    @abstractmethod
    def _list_starts(self, rows: Rows) -> list[np.ndarray]:
        """Parameters to start from, one near each peak that there can be."""

    @abstractmethod
    def _make_likelihood(
        self, rows: Rows, tasks: list[tuple[np.ndarray, ...]], run: ThreadMap
    ) -> Likelihood:
        """Likelihood of rows that come in tasks of (place, recency, T, weights)."""

    @abstractmethod
    def _alive(self, customers: Customers) -> np.ndarray:
        """Probability to be alive at T."""

    @abstractmethod
    def _count(self, customers: Customers, times: np.ndarray) -> np.ndarray:
        """Expected purchases of those who are alive."""

    @abstractmethod
    def _any(self, customers: Customers, after: float, times: np.ndarray) -> np.ndarray:
        """Probability of a purchase in an interval, of those who are alive."""

    @abstractmethod
    def _wait(self, customers: Customers, q: np.ndarray) -> np.ndarray:
        """Time by which those who are alive have bought with probability q, inf if never."""


def run_rows(
    function: Callable[..., None], arrays: tuple[np.ndarray, ...], n_jobs: int | None
) -> None:
    """Call a kernel with parts of arrays of as many rows, on threads."""
    chunks = row_chunks(len(arrays[0]), TASK_ROWS)
    with thread_map(n_jobs, len(chunks)) as run:
        run(lambda chunk: function(*(array[chunk] for array in arrays)), chunks)
