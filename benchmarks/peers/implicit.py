"""implicit: neighbours among items, alternating least squares and Bayesian personalised ranking.

Its neighbours score what a customer has by 0, and may recommend it: such places are left
empty here, as are those that it fills up with item 0 for lack of others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from benchmarks import _machine


def make_neighbors(weighting: str | None, n_neighbors: int, **options: Any) -> Any:
    """Neighbours among items, not fitted: cosine, tfidf or bm25 (with its K1 and B)."""
    from implicit import nearest_neighbours as models

    kinds = {
        None: models.CosineRecommender,
        "tfidf": models.TFIDFRecommender,
        "bm25": models.BM25Recommender,
    }
    return kinds[weighting](K=n_neighbors, num_threads=_machine.cores(), **options)


def make_factors(**options: Any) -> Any:
    """Alternating least squares, not fitted, as implicit recommends: BLAS on one thread."""
    from implicit.als import AlternatingLeastSquares

    return AlternatingLeastSquares(num_threads=_machine.cores(), use_gpu=False, **options)


def make_ranking(**options: Any) -> Any:
    """Bayesian personalised ranking, not fitted."""
    from implicit.bpr import BayesianPersonalizedRanking

    return BayesianPersonalizedRanking(num_threads=_machine.cores(), use_gpu=False, **options)


def fit(model: Any, X: csr_array | csr_matrix) -> Any:
    """Fit a model to customers and items."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        model.fit(csr_matrix(X), show_progress=False)
    return model


def recommend(model: Any, X: csr_array | csr_matrix, n: int = 10) -> np.ndarray:
    """Items for all customers that the model was fitted to, -1 where there is none."""
    from threadpoolctl import threadpool_limits

    known = csr_matrix(X)
    with threadpool_limits(1, user_api="blas"):
        items, scores = model.recommend(np.arange(known.shape[0]), known, N=n)
    items = items.astype(np.int64)
    if hasattr(model, "similarity"):
        items = np.where(scores > 0, items, -1)
    return items
