"""Interactions: drawn ones for speed, and real ones from the folder that CUSTBASE_DATA names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks._files import find_file
from custbase.features import InteractionEncoder

MANY_MOVIES = "movielens_1m_implicit/interactions.csv.gz"
# A product of the shop: a number of five digits, with a letter for its kind.
PRODUCT = r"\d{5}[A-Za-z]*"


def draw_interactions(
    n_users: int, n_items: int, n_draws: int, most: int | None = None
) -> csr_array:
    """Draw who has what: few users of very many items, few items of very many users.

    Users and items are drawn independently; what is drawn again counts once.

    Parameters
    ----------
    n_users, n_items, n_draws : int
        How many.
    most : int or None, default=None
        Items that a user keeps at most, drawn at random; None for all.
    """
    rng = np.random.default_rng(0)
    activity = rng.pareto(1.5, n_users) + 0.1
    popularity = np.arange(1, n_items + 1) ** -0.8
    users = rng.choice(n_users, n_draws, p=activity / activity.sum())
    items = rng.choice(n_items, n_draws, p=popularity / popularity.sum())
    users, items = np.divmod(np.unique(users * n_items + items), n_items)
    if most is not None:
        order = np.lexsort((rng.random(len(users)), users))
        starts = np.append(0, np.bincount(users, minlength=n_users).cumsum())
        kept = np.sort(order[np.arange(len(users)) - starts[users] < most])
        users, items = users[kept], items[kept]
    return csr_array((np.ones(len(users)), (users, items)), shape=(n_users, n_items))


def draw_alike(n_users: int, n_items: int, n_draws: int) -> csr_array:
    """Draw who has what, users alike: none has very many items, and items fall off steadily.

    Parameters
    ----------
    n_users, n_items, n_draws : int
        How many; what is drawn again counts once.
    """
    rng = np.random.default_rng(0)
    popularity = np.arange(1, n_items + 1) ** -0.85
    users = rng.integers(0, n_users, n_draws)
    items = rng.choice(n_items, n_draws, p=popularity / popularity.sum())
    users, items = np.divmod(np.unique(users * n_items + items), n_items)
    return csr_array((np.ones(len(users)), (users, items)), shape=(n_users, n_items))


def read_movies() -> pd.DataFrame:
    """MovieLens 100k as a log, with its ratings."""
    return _read("movielens_100k/ratings.csv.gz").assign(
        date=lambda log: pd.to_datetime(log.pop("timestamp"), unit="s")
    )


def read_many_movies() -> csr_array:
    """MovieLens 1M, users and items; it has no time."""
    log = _read(MANY_MOVIES)
    return InteractionEncoder().fit_transform(log)


def read_shop() -> pd.DataFrame:
    """What known customers of Online Retail bought, without what they sent back."""
    log = pd.read_csv(_path("online_retail/online_retail.csv.gz"), dtype={"StockCode": str})
    log = log.rename(
        columns={"CustomerID": "customer_id", "StockCode": "product_id", "InvoiceDate": "date"}
    ).dropna(subset="customer_id")
    is_product = log["product_id"].str.fullmatch(PRODUCT)
    log = log[is_product & (log["Quantity"] > 0) & (log["UnitPrice"] > 0)]
    return log.assign(
        customer_id=log["customer_id"].astype(int),
        date=pd.to_datetime(log["date"]),
        amount=log["Quantity"] * log["UnitPrice"],
    )


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(_path(name)).rename(
        columns={"user_id": "customer_id", "item_id": "product_id"}
    )


def _path(name: str) -> Path:
    path = find_file(name)
    if path is None:
        raise SystemExit(f"CUSTBASE_DATA must name the folder of real data: needs {name}.")
    return path
