"""Surprise: ratings predicted by neighbours, on top of baselines; at its defaults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def load_ratings(known: pd.DataFrame) -> Any:
    """Ratings as Surprise takes them, of columns customer_id, product_id and rating."""
    from surprise import Dataset, Reader

    frame = known[["customer_id", "product_id", "rating"]]
    return Dataset.load_from_df(frame, Reader(rating_scale=(1, 5))).build_full_trainset()


def list_ratings(asked: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Ratings to be predicted, as Surprise takes them."""
    return list(asked[["customer_id", "product_id", "rating"]].itertuples(index=False, name=None))


def predict_ratings(known: Any, asked: list[tuple[Any, ...]], **options: Any) -> np.ndarray:
    """Fit KNNBaseline, and predict."""
    from surprise import KNNBaseline

    model = KNNBaseline(verbose=False, sim_options=options, bsl_options={"method": "als"})
    model.fit(known)
    return np.array([found.est for found in model.test(asked)])
