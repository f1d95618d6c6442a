"""How near, how good, how much: plain functions on arrays that measure."""

from ._bootstrap import bootstrap_difference, bootstrap_interval
from ._calibration import expected_calibration_error
from ._distances import pairwise_distances
from ._neighbors import nearest_neighbors
from ._profit import (
    expected_maximum_profit_interval,
    expected_maximum_profit_score,
    maximum_profit_interval,
    maximum_profit_score,
)
from ._ranking import (
    coverage,
    mean_average_precision_at_k,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
)
from ._scorers import get_scorer
from ._silhouette import squared_silhouette_samples
from ._targeting import gains_curve, lift_score, profit_curve
from ._value import decile_mape, normalized_gini, spearman_correlation

__all__ = [
    "bootstrap_difference",
    "bootstrap_interval",
    "coverage",
    "decile_mape",
    "expected_calibration_error",
    "expected_maximum_profit_interval",
    "expected_maximum_profit_score",
    "gains_curve",
    "get_scorer",
    "lift_score",
    "maximum_profit_interval",
    "maximum_profit_score",
    "mean_average_precision_at_k",
    "ndcg_at_k",
    "nearest_neighbors",
    "normalized_gini",
    "novelty",
    "pairwise_distances",
    "precision_at_k",
    "profit_curve",
    "recall_at_k",
    "spearman_correlation",
    "squared_silhouette_samples",
]
