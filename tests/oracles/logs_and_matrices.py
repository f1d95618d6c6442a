"""Drawn logs of purchases, and drawn matrices of customers and items, as frames of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

Rng = np.random.Generator

# What real logs call who buys (or what is bought together), and what is bought.
CUSTOMERS = [
    "customer_id", "CustomerID", "Customer ID", "client", "user", "userId", "visitorid",
    "household_key", "uid", "Kunden-Nr.", "Kundennummer", "id_cliente", "buyer", "USER", "клиент",
    "cust", "cust_no", "custkey", "c_custkey", "ss_customer_sk", "customer_fk", "fk_customer",
    "dim_customer_key", "USER_ID:token", "user_id:token", "msno", "patron_id", "PatronNumber",
    "student_id", "investor_id", "InvestorCode", "cod_cliente", "codcliente", "id_client",
    "kundennummer", "kunde_id", "klantnummer", "session_id", "SessionID", "sid", "order_id",
    "orderkey", "o_orderkey", "basket_id", "InvoiceNo", "transaction_id", "customer_unique_id",
    "member", "member_id", "user_idx", "num_client", "card_no", "accountid", "guest_id",
]  # fmt: skip
ITEMS = [
    "product_id", "StockCode", "sku", "ItemID", "Article No", "Artikelnummer", "asin", "pid",
    "producto", "Artículo", "товар", "prod", "prod_id", "prodkey", "l_partkey", "ss_item_sk",
    "product_fk", "fk_product", "item_id:token", "ITEM_ID:token", "id_produit", "cod_articulo",
    "codproducto", "produktnummer", "song_id", "movieId", "isbn", "course_id", "product", "item",
]  # fmt: skip
# Names that say what the rows are about, but stand for goods as well.
WEAK_PAIRS = [
    ("user", "movie"), ("client", "track"), ("customer", "book"), ("basket", "item"),
    ("session", "product"), ("order", "sku"), ("invoice", "article"), ("member", "product"),
    ("user", "timestamp"), ("customer", "amount"), ("order", "price"), ("account", "item"),
]  # fmt: skip
GOODS = [
    "milk", "bread", "order of fries", "book", "game", "song", "card", "account", "stock", "bond",
    "loan", "date", "time magazine", "key", "house key", "Key lime pie", "casino", "cappuccino",
    "Cologne No. 5", "Source Code", "photo id", "dress code", "ticket", "trip", "video", "kimono",
    "users guide", "card game", "Cid", "rum", "item_1", "item 2", "Uno", "number puzzle", "basket",
    "tea", "sake", "pseudocode", "avocado", "client server book", "bar code reader", "day cream",
    "member discount", "guest towel", "student desk", "DVD player", "CD", "LP", "B", "C", "0",
]  # fmt: skip


def draw_log(rng: Rng) -> pd.DataFrame:
    """Two columns of ids and up to twelve others, without names, in one of three orders."""
    n_rows = int(np.exp(rng.uniform(np.log(200), np.log(20_000))))
    log = pd.DataFrame({
        0: _draw_ids(rng, n_rows, n_kinds=max(12, int(n_rows * rng.uniform(0.02, 0.3)))),
        1: _draw_ids(rng, n_rows, n_kinds=int(rng.uniform(30, 800))),
    })  # fmt: skip
    for column in range(2, 2 + int(rng.choice([0, 0, 1, 2, 3, 12]))):
        log[column] = EXTRAS[rng.integers(len(EXTRAS))](rng, n_rows)
    order = rng.integers(3)
    if order == 0:
        log = log.sort_values(0, kind="stable", ignore_index=True)
    if rng.random() < 0.2:
        log[0] = log[0].where(rng.random(n_rows) > rng.uniform(0.02, 0.4), rng.choice([0, -1]))
    columns = rng.permutation(log.shape[1]) if order == 1 else np.arange(log.shape[1])
    return log[columns].set_axis(range(log.shape[1]), axis=1)


def draw_named_log(rng: Rng) -> pd.DataFrame:
    """A log of small numbers, which could be counts, that its names tell."""
    n_rows = int(rng.integers(5, 100))
    numbers = pd.DataFrame(rng.integers(0, 8, (n_rows, 4)), columns=["x", "y", "cents", "when"])
    strong, weak = (rng.choice(CUSTOMERS), rng.choice(ITEMS)), WEAK_PAIRS
    x, y = strong if rng.random() < 0.8 else weak[rng.integers(len(weak))]
    columns = rng.permutation(["x", "y", *["cents", "when"][: rng.integers(3)]])
    return numbers[columns].rename(columns={"x": x, "y": y})


def draw_matrix(rng: Rng) -> pd.DataFrame:
    """A matrix as shops have it: zeros, or fractions, or few kinds of numbers."""
    shape = _draw_shape(rng)
    kind = KINDS[list(KINDS)[rng.integers(len(KINDS))]]
    return _name_goods(rng, kind(rng, shape))


def draw_dense_matrix(rng: Rng) -> pd.DataFrame:
    """Whole numbers of 100 customers or more, 2 to 10 items, and no zero."""
    shape = int(np.exp(rng.uniform(np.log(100), np.log(20_000)))), int(rng.integers(2, 11))
    kind = WHOLE[list(WHOLE)[rng.integers(len(WHOLE))]]
    return _name_goods(rng, np.maximum(kind(rng, shape), 1).round())


def _draw_ids(rng: Rng, n_rows: int, n_kinds: int) -> np.ndarray:
    """Ids that are numbered through or drawn, of customers who buy alike or very unlike."""
    weights = [
        lambda: np.ones(n_kinds),
        lambda: rng.lognormal(0, rng.uniform(0.4, 1.5), n_kinds),
        lambda: rng.permutation(1 / np.arange(1, n_kinds + 1) ** rng.uniform(0.5, 1.1)),
    ][rng.integers(3)]()
    start = int(rng.choice([0, 1, 1, 100, 1_000, 12_000, 10**6]))
    ids = start + np.arange(n_kinds)
    if rng.random() < 0.3:
        ids = np.sort(rng.choice(int(10 ** rng.uniform(4, 9)) + 10 * n_kinds, n_kinds))
    return ids[rng.choice(n_kinds, n_rows, p=weights / weights.sum())]


EXTRAS: list[Callable[[Rng, int], np.ndarray]] = [
    lambda rng, n: rng.integers(1, 6, n),
    lambda rng, n: np.sort(rng.integers(10**9, 11 * 10**8, n)),
    lambda rng, n: rng.gamma(2, 10, n).round(2),
    lambda rng, n: rng.poisson(1, n) + 1,
    lambda rng, n: rng.integers(0, 2, n),
]


def _draw_shape(rng: Rng) -> tuple[int, int]:
    n_rows = int(np.exp(rng.uniform(0, np.log(5_000))))
    return n_rows, int(rng.choice([1, 2, 2, 3, 4, 5, 8, 10, 12, 15, 20, 40]))


def _per_item(rng: Rng, shape: tuple[int, int], low: float, high: float) -> np.ndarray:
    """Of each item another level, between two, evenly in logarithms."""
    return np.exp(rng.uniform(np.log(low), np.log(high), shape[1]))


def _thin(rng: Rng, cells: np.ndarray) -> np.ndarray:
    """Zeros for 5 to 97 percent of cells of each item."""
    return cells * (rng.random(cells.shape) < rng.uniform(0.03, 0.95, cells.shape[1]))


def _heap(rng: Rng, cells: np.ndarray) -> np.ndarray:
    """Half of the numbers rounded to what people like: 5, 10, 50, a dozen."""
    unit = int(rng.choice([5, 10, 50, 12, 6]))
    rounded = np.maximum(1, (cells / unit).round()) * unit
    return np.where(rng.random(cells.shape) < rng.uniform(0.1, 0.9), rounded, cells)


def _amounts(rng: Rng, shape: tuple[int, int]) -> np.ndarray:
    return _per_item(rng, shape, 5, 2_000) * rng.lognormal(0, rng.uniform(0.2, 1.3), shape)


WHOLE: dict[str, Callable[[Rng, tuple[int, int]], np.ndarray]] = {
    "counts": lambda rng, shape: rng.poisson(_per_item(rng, shape, 1, 300), shape) + 1,
    "scattered": lambda rng, shape: (
        1
        + rng.negative_binomial(rng.uniform(0.4, 4), 1 / (1 + _per_item(rng, shape, 1, 100)), shape)
    ),
    "geometric": lambda rng, shape: rng.geometric(1 / _per_item(rng, shape, 1.5, 200), shape),
    "amounts": lambda rng, shape: _amounts(rng, shape).round(),
    "heaped": lambda rng, shape: _heap(rng, _amounts(rng, shape).round()),
    "heaped counts": lambda rng, shape: _heap(
        rng, 1 + rng.negative_binomial(1, 1 / (1 + _per_item(rng, shape, 4, 60)), shape)
    ),
    "ratings": lambda rng, shape: rng.integers(1, rng.choice([6, 11]), shape),
    "percent": lambda rng, shape: (100 * rng.beta(*rng.uniform(0.7, 4, 2), shape)).round(),
    "price times count": lambda rng, shape: (
        rng.choice([1, 4, 9, 19, 49, 99], shape[1]) * (1 + rng.poisson(rng.uniform(1, 20), shape))
    ),
    "minutes": lambda rng, shape: rng.exponential(_per_item(rng, shape, 20, 500), shape).round(),
    "floor": lambda rng, shape: (100 + _amounts(rng, shape)).round(),
}
KINDS: dict[str, Callable[[Rng, tuple[int, int]], np.ndarray]] = {
    "0/1": lambda rng, shape: _thin(rng, np.ones(shape)),
    "few counts": lambda rng, shape: rng.poisson(_per_item(rng, shape, 0.02, 3), shape),
    "ratings": lambda rng, shape: _thin(rng, rng.integers(1, 6, shape)),
    "thumbs": lambda rng, shape: rng.integers(-1, 2, shape),
    "confidences": lambda rng, shape: 1 + 40 * rng.gamma(0.5, 2, shape),
    "factors": lambda rng, shape: rng.normal(0, 1, shape),
    "amounts": lambda rng, shape: _thin(rng, _amounts(rng, shape)).round(2),
    **{
        f"thin {name}": lambda rng, shape, kind=kind: _thin(rng, kind(rng, shape))
        for name, kind in WHOLE.items()
    },
}


def _name_goods(rng: Rng, cells: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame(np.asarray(cells, dtype=np.float64))
    if frame.shape[1] <= len(GOODS) and rng.random() < 0.7:
        frame.columns = rng.choice(GOODS, frame.shape[1], replace=False)
    return frame
