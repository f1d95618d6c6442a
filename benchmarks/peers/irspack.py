"""irspack: recommenders that score all items of all customers, in C++."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from benchmarks import _machine

BLOCK = 1024  # customers that are scored together


def fit(name: str, X: csr_array, **options: Any) -> Any:
    """Fit a recommender of this name."""
    from irspack import recommenders

    os.environ["IRSPACK_NUM_THREADS_DEFAULT"] = str(_machine.cores())
    model = getattr(recommenders, f"{name}Recommender")(csr_matrix(X), **options)
    with contextlib.redirect_stdout(io.StringIO()):  # it draws its progress
        return model.learn()


def recommend(model: Any, n: int = 10) -> np.ndarray:
    """Items for all customers that the model was fitted to, of equal scores the first."""
    items = []
    for start in range(0, model.n_users, BLOCK):
        users = np.arange(start, min(start + BLOCK, model.n_users))
        scores = np.asarray(model.get_score_remove_seen(users))
        order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
        items.append(np.where(np.take_along_axis(scores, order, axis=1) > -np.inf, order, -1))
    return np.concatenate(items)
