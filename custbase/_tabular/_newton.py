"""Newton's method for linear models of more columns than one matrix of all pairs has room for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, issparse
from scipy.special import expit, log_expit
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from .._warn import warn

FILLED = 0.1  # A column that is not 0 in more of the rows counts as filled.
MOST_FILLED = 1000  # columns whose pairs are solved exactly
TOLERANCE = 5e-3  # The search ends after a shorter step; what is left is about its square.
ROUNDING = 1e-11  # of a sum over the rows
MOST_STEPS, MOST_TURNS, MOST_HALVES = 100, 500, 40

Loss = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


def logistic(odds: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-loss of log-odds, its slope and its curvature, where `y` is 0 or 1."""
    p = expit(odds)
    return np.logaddexp(0, odds) - y * odds, p - y, p * (1 - p)


def poisson(logs: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half of Poisson's deviance, but for a constant, its slope and its curvature."""
    with np.errstate(over="ignore"):  # of a step that is too long
        mean = np.exp(logs)
    return mean - y * logs, mean - y, mean


class _Split(NamedTuple):
    """Columns of a design: filled ones, whose pairs are solved exactly, and the others."""

    thin: Any
    transposed: Any  # the thin ones
    squared: Any  # the same, transposed
    most_met: int  # most thin ones that are not 0 in one row
    filled: np.ndarray  # the last one is 1, for the intercept

    def matvec(self, coef: np.ndarray) -> np.ndarray:
        """Sum of the columns, weighted."""
        n_thin = self.thin.shape[1]
        return np.asarray(self.thin @ coef[:n_thin]) + self.filled @ coef[n_thin:]

    def rmatvec(self, values: np.ndarray) -> np.ndarray:
        """Sum of the rows, weighted."""
        return np.concatenate([self.transposed @ values, values @ self.filled])


def minimise(
    X: Any, y: np.ndarray, weights: np.ndarray, penalty: float, loss: Loss, start: np.ndarray
) -> tuple[np.ndarray, int]:
    """Coefficients of the least penalised loss.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_rows, n_columns)
        Columns of about one size.
    y : ndarray of shape (n_rows,)
        What is modelled.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    penalty : float
        Of half the sum of squared coefficients, the intercept left out.
    loss : callable
        Gives the loss of every row, its slope and its curvature.
    start : ndarray of shape (n_columns + 1,)
        Where to begin; the intercept comes last.

    Returns
    -------
    coef : ndarray of shape (n_columns + 1,)
        Exact to some 1e-3 of the standard deviation that the penalty stands for.
    n_steps : int
        Newton's steps.

    Notes
    -----
    Every step is solved by conjugate gradients [1]_. Their preconditioner is a matrix in the
    shape of an arrow: it knows all pairs of filled columns, and filled columns with thin ones,
    but of thin ones no pairs. Of one category no two dummies meet in a row, and it is exact;
    where k meet, k times the diagonal is above all that is left out, so that it stays positive.
    Where many columns are filled, the fullest count as such.

    References
    ----------
    .. [1] J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, chapter 7, 2006.
    """
    is_filled = _find_filled(X)
    split = _split_columns(X, is_filled)
    order = np.concatenate([np.flatnonzero(~is_filled), np.flatnonzero(is_filled), [X.shape[1]]])
    penalties = np.append(np.full(X.shape[1], float(penalty)), 0.0)
    least = penalty * TOLERANCE**2
    found, n_steps = _descend(split, y, weights, penalties, loss, start[order], least)
    coef = np.empty_like(found)
    coef[order] = found
    return coef, n_steps


def _find_filled(X: Any) -> np.ndarray:
    """Tell which columns of a sparse table are not mostly 0, at most as many as can be solved."""
    if not issparse(X):
        return np.zeros(X.shape[1], dtype=bool)
    counts = np.bincount(X.indices, minlength=X.shape[1])
    fullest = np.argsort(-counts, kind="stable")[:MOST_FILLED]
    is_filled = np.zeros(X.shape[1], dtype=bool)
    is_filled[fullest] = counts[fullest] > FILLED * X.shape[0]
    return is_filled


def _split_columns(X: Any, is_filled: np.ndarray) -> _Split:
    ones = np.ones((X.shape[0], 1))
    if not issparse(X):
        return _Split(X, X.T, np.square(X).T, X.shape[1], ones)
    thin = csr_array(X[:, ~is_filled])
    transposed = csr_array(thin.T)
    most_met = int(np.diff(thin.indptr).max(initial=1))
    filled = np.hstack([X[:, is_filled].toarray(), ones])
    return _Split(thin, transposed, transposed.power(2), most_met, filled)


def _descend(
    split: _Split,
    y: np.ndarray,
    weights: np.ndarray,
    penalties: np.ndarray,
    loss: Loss,
    start: np.ndarray,
    least: float,
) -> tuple[np.ndarray, int]:
    """Take Newton's steps, halved until the loss falls, until one promises less than `least`."""

    def lose(coef: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        losses, slopes, curvatures = loss(split.matvec(coef), y)
        total = float(weights @ losses + penalties @ coef**2 / 2)
        return total, weights * slopes, weights * curvatures

    coef = start
    total, slopes, curvatures = lose(coef)
    for n_steps in range(MOST_STEPS):
        gradient = split.rmatvec(slopes) + penalties * coef
        step = _solve_step(split, curvatures, penalties, gradient)
        promised = float(gradient @ step)
        if -promised <= least:
            return coef + step, n_steps + 1
        for _ in range(MOST_HALVES):
            tried = lose(coef + step)
            if tried[0] <= total + 1e-4 * promised + ROUNDING * abs(total):
                break
            step, promised = step / 2, promised / 2
        else:
            break
        coef = coef + step
        total, slopes, curvatures = tried
    warn(
        f"The linear model stopped after {n_steps + 1} step(s) of Newton's method, before it "
        "reached the least loss. Look for columns of extreme values, and clip them.",
        ConvergenceWarning,
    )
    return coef, n_steps + 1


def _solve_step(
    split: _Split,
    curvatures: np.ndarray,
    penalties: np.ndarray,
    gradient: np.ndarray,
) -> np.ndarray:
    """Newton's step, as exactly as the distance to the end is worth."""
    precondition = _solve_arrow(split, curvatures, penalties)
    step, rest = np.zeros_like(gradient), -gradient
    towards = direction = precondition(rest)
    first = left = float(rest @ towards)
    # Fewer turns far away; near the end, the number of right digits still grows by half.
    distance = np.sqrt(split.most_met * left / curvatures.sum())
    enough = min(1e-4, distance) * first
    for _ in range(MOST_TURNS):
        if left <= enough:  # at once if there is no gradient
            break
        change = split.rmatvec(curvatures * split.matvec(direction)) + penalties * direction
        size = left / float(direction @ change)
        step, rest = step + size * direction, rest - size * change
        towards = precondition(rest)
        before, left = left, float(rest @ towards)
        direction = towards + left / before * direction
    return step


def _solve_arrow(
    split: _Split, curvatures: np.ndarray, penalties: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Solver of the second derivatives without pairs of thin columns, by Schur's complement."""
    n_thin = split.thin.shape[1]
    diagonal = split.most_met * np.asarray(split.squared @ curvatures) + penalties[:n_thin]
    weighted = curvatures[:, None] * split.filled
    border = np.asarray(split.transposed @ weighted)
    scaled = border / diagonal[:, None]
    pairs = split.filled.T @ weighted
    corner = pairs - border.T @ scaled
    # Little but rounding is left of a column that thin ones add up to, such as the intercept.
    on_diagonal = np.arange(len(corner))
    corner[on_diagonal, on_diagonal] += penalties[n_thin:] + ROUNDING * pairs.diagonal()
    factor = cho_factor(corner)

    def solve(right: np.ndarray) -> np.ndarray:
        end = cho_solve(factor, right[n_thin:] - right[:n_thin] @ scaled)
        return np.concatenate([right[:n_thin] / diagonal - scaled @ end, end])

    return solve


class NewtonLogistic(ClassifierMixin, BaseEstimator):
    """Logistic regression of two classes; parameters mean what scikit-learn's do."""

    def __init__(self, C: float = 1.0, warm_start: bool = False) -> None:
        self.C = C
        self.warm_start = warm_start

    def fit(self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None) -> NewtonLogistic:
        """Learn from an array, or a sparse one by rows."""
        self.classes_, hits = np.unique(y, return_inverse=True)
        weights = np.ones(len(hits)) if sample_weight is None else sample_weight
        of_both = np.bincount(hits, weights, minlength=2)
        start = np.append(np.zeros(X.shape[1]), np.log(of_both[1]) - np.log(of_both[0]))
        if self.warm_start and hasattr(self, "coef_"):
            start = np.append(self.coef_[0], self.intercept_)
        found, n_steps = minimise(X, hits, weights, 1 / self.C, logistic, start)
        self.coef_: np.ndarray = found[None, :-1]
        self.intercept_: np.ndarray = found[-1:]
        self.n_iter_ = np.array([n_steps])
        self.n_features_in_ = X.shape[1]
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Log-odds of the second class."""
        check_is_fitted(self)
        return np.asarray(X @ self.coef_[0]) + self.intercept_[0]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes."""
        p = expit(self.decision_function(X))
        return np.stack([1 - p, p], axis=1)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of the probabilities of both classes."""
        odds = self.decision_function(X)
        return np.stack([log_expit(-odds), log_expit(odds)], axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """More probable classes."""
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


class NewtonPoisson(RegressorMixin, BaseEstimator):
    """Poisson regression; parameters mean what scikit-learn's do."""

    def __init__(self, alpha: float = 1.0, warm_start: bool = False) -> None:
        self.alpha = alpha
        self.warm_start = warm_start

    def fit(self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None) -> NewtonPoisson:
        """Learn from an array, or a sparse one by rows."""
        weights = np.ones(len(y)) if sample_weight is None else sample_weight
        start = np.append(np.zeros(X.shape[1]), np.log(np.average(y, weights=weights)))
        if self.warm_start and hasattr(self, "coef_"):
            start = np.append(self.coef_, self.intercept_)
        penalty = self.alpha * weights.sum()
        found, n_steps = minimise(X, y, weights, penalty, poisson, start)
        self.coef_: np.ndarray = found[:-1]
        self.intercept_: float = float(found[-1])
        self.n_iter_ = n_steps
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Means."""
        check_is_fitted(self)
        return np.exp(np.asarray(X @ self.coef_) + self.intercept_)
