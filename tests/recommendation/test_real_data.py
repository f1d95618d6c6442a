"""Claims about real ratings: MovieLens 100k."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.model_selection import KFold

from custbase import NeighborRecommender

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("CUSTBASE_DATA" not in os.environ, reason="CUSTBASE_DATA is not set"),
]


@pytest.fixture(scope="module")
def ratings():
    frame = pd.read_csv(Path(os.environ["CUSTBASE_DATA"]) / "movielens_100k" / "ratings.csv.gz")
    return frame.assign(user=frame.user_id - 1, item=frame.item_id - 1)


@pytest.mark.parametrize("kind", ["item", "user"])
def test_ratings_are_predicted_as_well_as_known_from_neighbors_with_baselines(ratings, kind):
    # Surprise's KNNBaseline has 0.931 and 0.733, on folds of its own.
    squares, errors = [], []
    for train, test in KFold(5, shuffle=True, random_state=0).split(ratings):
        known, held = ratings.iloc[train], ratings.iloc[test]
        X = csr_array((known.rating * 1.0, (known.user, known.item)), shape=(943, 1682))
        recommender = NeighborRecommender(kind=kind, feedback="explicit").fit(X)
        gaps = recommender.predict_rating(X, held.user, held.item) - held.rating
        squares.append((gaps**2).mean())
        errors.append(gaps.abs().mean())
    assert np.sqrt(squares).mean() <= 0.931
    assert np.mean(errors) <= 0.733
