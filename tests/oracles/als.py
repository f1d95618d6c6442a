"""Alternating least squares by the normal equations over all cells, one row at a time."""

from __future__ import annotations

import numpy as np


def confidence(X, alpha):
    """How much every cell counts, stored or not."""
    return 1 + alpha * np.abs(X)


def loss(X, users, items, alpha, regularization):
    """What is minimised, summed over all cells."""
    errors = confidence(X, alpha) * ((X > 0) - users @ items.T) ** 2
    return errors.sum() + regularization * ((users**2).sum() + (items**2).sum())


def solve(X, items, alpha, regularization):
    """Factors of the rows of X, the best for those of its columns."""
    users = np.zeros((len(X), items.shape[1]))
    for row, values in enumerate(X):
        C = np.diag(confidence(values, alpha))
        system = items.T @ C @ items + regularization * np.eye(items.shape[1])
        users[row] = np.linalg.solve(system, items.T @ C @ (values > 0))
    return users


def factorise(X, items, alpha, regularization, n_sweeps):
    """Factors of rows and columns after some sweeps, and the best of the rows in the end."""
    for _ in range(n_sweeps):
        users = solve(X, items, alpha, regularization)
        items = solve(X.T, users, alpha, regularization)
    return solve(X, items, alpha, regularization), items


def contributions(values, items, asked, alpha, regularization):
    """What every cell of a row adds to the score of an item."""
    C = np.diag(confidence(values, alpha))
    system = items.T @ C @ items + regularization * np.eye(items.shape[1])
    return items[asked] @ np.linalg.inv(system) @ items.T @ C * (values > 0)
