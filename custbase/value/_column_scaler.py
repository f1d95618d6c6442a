"""Columns of customers as networks want them: of one size, without long tails."""

from __future__ import annotations

import numpy as np

# Fourth moment, in standard deviations, of a column with long tails; 3 is normal.
LONG_TAILS = 4.0
# In standard deviations; only customers of hardly any weight are further away.
FARTHEST = 1e4


def learn_scaling(X: np.ndarray, weight: np.ndarray) -> dict[str, np.ndarray]:
    """Learn how to bring columns to mean 0 and standard deviation 1, tails shortened.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Finite numbers.
    weight : ndarray of shape (n_rows,)
        Positive weights.

    Returns
    -------
    dict of str to ndarray of shape (n_columns,)
        "largest", by which columns are divided first; "bend", the size from which on they
        count by their logarithm, inf for columns that do not; "mean" and "scale" of the
        result, "low" and "high", its ends among the rows.
    """
    largest = np.abs(X).max(axis=0)
    largest = np.where(largest > 0, largest, 1.0)
    X = X / largest
    size = np.abs(X)
    share = weight / weight.sum()
    bend = np.array([_middle(column, share) for column in size.T])
    tails, tails_left = _kurtosis(X, share), _kurtosis(_bend(X, bend), share)
    bend = np.where((tails > LONG_TAILS) & (tails_left < tails), bend, np.inf)
    X = _bend(X, bend)
    mean = share @ X
    scale = np.sqrt(share @ (X - mean) ** 2)
    # What differs by rounding only is constant.
    is_constant = scale <= 1e-12 * np.maximum(np.abs(mean), np.finfo(float).tiny)
    scale = np.where(is_constant, 1.0, scale)
    low, high = X.min(axis=0), X.max(axis=0)
    mean = np.where(is_constant, low, mean)
    high = np.where(is_constant, low, high)
    return {
        "largest": largest,
        "bend": bend,
        "mean": mean,
        "scale": scale,
        "low": low,
        "high": high,
    }


def scale_columns(X: np.ndarray, scaling: dict[str, np.ndarray]) -> np.ndarray:
    """Apply what `learn_scaling` learnt.

    Parameters
    ----------
    X : ndarray of shape (..., n_columns)
        Finite numbers.
    scaling : dict of str to ndarray
        What was learnt.

    Returns
    -------
    ndarray of shape (..., n_columns)
        Float64. Values beyond those of the fitted rows count as the last of these: a network
        is not asked about what it has not seen.
    """
    with np.errstate(over="ignore"):
        X = np.nan_to_num(X / scaling["largest"])
    X = np.clip(_bend(X, scaling["bend"]), scaling["low"], scaling["high"])
    return np.clip((X - scaling["mean"]) / scaling["scale"], -FARTHEST, FARTHEST)


def _bend(X: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Sign times log(1 + size / bend), where bend is finite."""
    is_bent = np.isfinite(bend)
    at = np.where(is_bent, bend, 1.0)
    return np.where(is_bent, np.sign(X) * np.log1p(np.abs(X) / at), X)


def _middle(size: np.ndarray, share: np.ndarray) -> float:
    """Weighted median of sizes that are not 0; of none, one that does nothing."""
    size, share = size[size > 0], share[size > 0]
    if not len(size):
        return 1.0
    order = np.argsort(size, kind="stable")
    reached = np.cumsum(share[order])
    return float(size[order][np.searchsorted(reached, reached[-1] / 2)])


def _kurtosis(X: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Fourth moment in standard deviations: how long the tails are."""
    centred = X - share @ X
    variance = share @ centred**2
    # No tails without differences, or with some too small to be squared twice.
    is_varied = variance > 1e-100
    return np.where(is_varied, (share @ centred**4) / np.where(is_varied, variance, 1.0) ** 2, 0.0)
