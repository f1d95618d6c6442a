"""Metrics of values, customer by customer, in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy.stats import spearmanr


def area_above_chance(values, scores, weights):
    """Area between the curve of values, the highest scores first, and the diagonal."""
    rows = list(zip(map(Fraction, values), scores, map(Fraction, weights), strict=True))
    all_weight = sum(weight for _, _, weight in rows)
    all_value = sum(weight * value for value, _, weight in rows)
    area, reached = Fraction(0), Fraction(0)
    for score in sorted(set(scores), reverse=True):
        tied = [(value, weight) for value, other, weight in rows if other == score]
        run = sum(weight for _, weight in tied) / all_weight
        rise = sum(weight * value for value, weight in tied) / all_value
        area += run * (reached + rise / 2)
        reached += rise
    return area - Fraction(1, 2)


def normalized_gini(values, scores, weights):
    """Ratio of the areas; None where there is nothing to rank."""
    if len({value for value, weight in zip(values, weights, strict=True) if weight}) < 2:
        return None
    perfect = area_above_chance(values, values, weights)
    return float(area_above_chance(values, scores, weights) / perfect)


def bin_means(values, predictions, weights, n_bins):
    """Mean predictions and values of buckets of customers who are repeated and, tied, alike."""
    rows = []
    for prediction in sorted(set(predictions)):
        tied = [
            (Fraction(value), int(weight))
            for value, other, weight in zip(values, predictions, weights, strict=True)
            if other == prediction
        ]
        if n_tied := sum(weight for _, weight in tied):
            mean = sum(value * weight for value, weight in tied) / n_tied
            # So often that every limit of buckets lies between two rows.
            rows += [(Fraction(prediction), mean)] * (n_tied * n_bins)
    size = len(rows) // n_bins
    buckets = [rows[start : start + size] for start in range(0, len(rows), size)]
    return [[sum(column) / size for column in zip(*bucket, strict=True)] for bucket in buckets]


def decile_mape(values, predictions, weights, n_bins):
    """Mean error of the buckets."""
    errors = []
    for predicted, actual in bin_means(values, predictions, weights, n_bins):
        gap = abs(predicted - actual)
        errors.append(float(gap / actual) if actual else (np.inf if gap else 0.0))
    return np.mean(errors)


def spearman(values, scores, weights):
    """SciPy's, of customers who are repeated."""
    return spearmanr(np.repeat(values, weights), np.repeat(scores, weights))[0]
