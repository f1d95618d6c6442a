"""Weights of EASE by the normal equations of every item, one at a time."""

from __future__ import annotations

import numpy as np


def ease_weights(X, l2, dropout=0.0):
    """Column j predicts item j by all others, which are penalised."""
    n_items = X.shape[1]
    gram = X.T @ X
    penalty = l2 * np.eye(n_items) + dropout / (1 - dropout) * np.diag(np.diag(gram))
    weights = np.zeros((n_items, n_items))
    for item in range(n_items):
        others = np.delete(np.arange(n_items), item)
        system = (gram + penalty)[np.ix_(others, others)]
        weights[others, item] = np.linalg.solve(system, gram[others, item])
    return weights
