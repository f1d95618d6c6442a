"""Criteria for the number of clusters, from the rows themselves; agreement from pairs of rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np


def calinski_harabasz(X: np.ndarray, labels: np.ndarray) -> float:
    """Ratio of the variance of the means to that about the means."""
    clusters = sorted(set(labels.tolist()))
    between = within = 0.0
    for cluster in clusters:
        rows = X[labels == cluster]
        mean = rows.mean(axis=0)
        between += len(rows) * ((mean - X.mean(axis=0)) ** 2).sum()
        within += ((rows - mean) ** 2).sum()
    return (between / (len(clusters) - 1)) / (within / (len(X) - len(clusters)))


def bic(X: np.ndarray, labels: np.ndarray) -> float:
    """-2 log L + p log n, log L summed row by row and column by column."""
    n, d = X.shape
    clusters = sorted(set(labels.tolist()))
    means = {c: X[labels == c].mean(axis=0) for c in clusters}
    shares = {c: (labels == c).mean() for c in clusters}
    variance = np.mean([(X[i] - means[labels[i]]) ** 2 for i in range(n)])
    log_likelihood = 0.0
    for i in range(n):
        log_likelihood += np.log(shares[labels[i]])
        for column in range(d):
            deviation = X[i, column] - means[labels[i]][column]
            log_likelihood -= 0.5 * np.log(2 * np.pi * variance) + deviation**2 / (2 * variance)
    n_parameters = len(clusters) * d + (len(clusters) - 1) + 1
    return -2 * log_likelihood + n_parameters * np.log(n)


def adjusted_rand_index(first: np.ndarray, second: np.ndarray) -> float:
    """Share of pairs of rows that both or neither put together, corrected for chance."""
    pairs = list(combinations(range(len(first)), 2))
    in_first = [first[i] == first[j] for i, j in pairs]
    in_second = [second[i] == second[j] for i, j in pairs]
    joint = sum(a and b for a, b in zip(in_first, in_second, strict=True))
    chance = sum(in_first) * sum(in_second) / len(pairs)
    most = (sum(in_first) + sum(in_second)) / 2
    return 1.0 if most == chance else (joint - chance) / (most - chance)


def largest_jaccard_similarity(first: np.ndarray, second: np.ndarray, cluster: int) -> float:
    """Largest share of rows in both among those in either, over the clusters of the second."""
    own = set(np.flatnonzero(first == cluster).tolist())
    others = [set(np.flatnonzero(second == c).tolist()) for c in set(second.tolist())]
    return max(len(own & other) / len(own | other) for other in others)


def gap(log_inertia: list[float], log_boxes: list[list[float]]) -> tuple[list, list, int]:
    """Gap, its standard error and the position of the chosen number of clusters."""
    gaps, errors = [], []
    for i, own in enumerate(log_inertia):
        column = [box[i] for box in log_boxes]
        mean = sum(column) / len(column)
        gaps.append(mean - own)
        variance = sum((value - mean) ** 2 for value in column) / len(column)
        errors.append((variance * (1 + 1 / len(column))) ** 0.5)
    for i in range(len(gaps) - 1):
        if gaps[i] >= gaps[i + 1] - errors[i + 1]:
            return gaps, errors, i
    return gaps, errors, len(gaps) - 1
