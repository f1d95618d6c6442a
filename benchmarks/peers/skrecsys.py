"""skrecsys: recommenders of long tables of pairs, in Rust."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from benchmarks import _machine


def make(name: str, **options: Any) -> Any:
    """A recommender of this name, not fitted."""
    from skrecsys import recommendation

    recommender = getattr(recommendation, name)
    if "n_jobs" in recommender().get_params():
        options["n_jobs"] = _machine.cores()
    return recommender(**options)


def list_pairs(X: csr_array) -> np.ndarray:
    """Customers and items as the table that skrecsys takes."""
    users = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    return np.column_stack([users, X.indices.astype(np.int64)])


def recommend(model: Any, X: csr_array, n: int = 10) -> np.ndarray:
    """Items for all customers; empty places for those whom the model does not know.

    It raises where a customer has too few items left: such customers are asked alone,
    for as many as there are.
    """
    users = np.flatnonzero(np.diff(X.indptr))
    items = np.full((X.shape[0], n), -1)
    n_left = len(model.item_ids_) - np.diff(X.indptr)
    enough = users[n_left[users] >= n]
    items[enough] = model.recommend(enough, n_recommendations=n)[0]
    for user in users[n_left[users] < n]:
        if n_left[user]:
            some = model.recommend(np.array([user]), n_recommendations=int(n_left[user]))[0]
            items[user, : n_left[user]] = some
    return items
