"""Alternating least squares by the normal equations over all cells, one row at a time."""

from __future__ import annotations

import numpy as np


def confidence(X, alpha):
    """How much every cell counts, stored or not."""
    return 1 + alpha * np.abs(X)


def penalties(X, alpha, regularization, exponent=0.0):
    """What squared factors of the rows cost."""
    return regularization * confidence(X, alpha).sum(axis=1) ** exponent


def loss(X, users, items, alpha, regularization, exponent=0.0):
    """What is minimised, summed over all cells."""
    errors = confidence(X, alpha) * ((X > 0) - users @ items.T) ** 2
    own = penalties(X, alpha, regularization, exponent) @ (users**2).sum(axis=1)
    return (
        errors.sum()
        + own
        + penalties(X.T, alpha, regularization, exponent) @ (items**2).sum(axis=1)
    )


def solve(X, items, alpha, regularization, exponent=0.0):
    """Factors of the rows of X, the best for those of its columns."""
    users = np.zeros((len(X), items.shape[1]))
    costs = penalties(X, alpha, regularization, exponent)
    for row, values in enumerate(X):
        C = np.diag(confidence(values, alpha))
        system = items.T @ C @ items + costs[row] * np.eye(items.shape[1])
        users[row] = np.linalg.solve(system, items.T @ C @ (values > 0))
    return users


def factorise(X, items, alpha, regularization, n_sweeps, exponent=0.0):
    """Factors of rows and columns after some sweeps, and the best of the rows in the end."""
    for _ in range(n_sweeps):
        users = solve(X, items, alpha, regularization, exponent)
        items = solve(X.T, users, alpha, regularization, exponent)
    return solve(X, items, alpha, regularization, exponent), items


def contributions(values, items, asked, alpha, regularization, exponent=0.0):
    """What every cell of a row adds to the score of an item."""
    C = np.diag(confidence(values, alpha))
    cost = penalties(values[None], alpha, regularization, exponent)[0]
    system = items.T @ C @ items + cost * np.eye(items.shape[1])
    return items[asked] @ np.linalg.inv(system) @ items.T @ C * (values > 0)
