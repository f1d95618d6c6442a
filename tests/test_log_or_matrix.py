from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import custbase._log_or_matrix as log_or_matrix
from custbase import (
    CustomerNeighborRecommender,
    EASERecommender,
    FactorRecommender,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase._interactions import read_cells
from custbase._log_or_matrix import refuse_log, refuse_numbers_of_log
from custbase.metrics import (
    coverage,
    mean_average_precision_at_k,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
)
from custbase.model_selection import split_items, split_users
from tests.oracles.logs_and_matrices import (
    CUSTOMERS,
    ITEMS,
    WEAK_PAIRS,
    draw_dense_matrix,
    draw_log,
    draw_matrix,
    draw_named_log,
)

N = 400
RNG = np.random.default_rng(0)
MATRIX = RNG.poisson(0.4, (N, 2)).astype(np.float64)
TOP = np.zeros((N, 1), dtype=int)


def make_log(customer: Any = "a", item: Any = "b", *, start: int = 12_000) -> pd.DataFrame:
    """Numbers of 60 customers and 30 products, drawn independently: noise."""
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, [60, 30], (N, 2)) + [start, 500]
    return pd.DataFrame(numbers, columns=[customer, item])


FITTED = NeighborRecommender(n_recommendations=1).fit(MATRIX)
EXPLICIT = NeighborRecommender(feedback="explicit", kind="user").fit(MATRIX)
BY_AGE = CustomerNeighborRecommender(5, n_recommendations=1).fit(MATRIX, MATRIX)
DOORS = {
    "split_items": split_items,
    "split_users": split_users,
    **{
        metric.__name__: lambda log, metric=metric: metric(log, TOP)
        for metric in (ndcg_at_k, precision_at_k, recall_at_k, mean_average_precision_at_k)
    },
    "novelty": lambda log: novelty(TOP, log),
    **{
        f"{cls.__name__}.fit": lambda log, cls=cls: cls().fit(log)
        for cls in (
            EASERecommender,
            FactorRecommender,
            NeighborRecommender,
            PopularityRecommender,
        )
    },
    "predict": FITTED.predict,
    "recommend": FITTED.recommend,
    "score of X": lambda log: FITTED.score(log, MATRIX),
    "score of y": lambda log: FITTED.score(MATRIX, log),
    "partial_fit": lambda log: NeighborRecommender().fit(MATRIX).partial_fit(log),
    "explain": lambda log: FITTED.explain(log, TOP),
    "kneighbors": lambda log: NeighborRecommender(kind="user").fit(MATRIX).kneighbors(log),
    "predict_rating": lambda log: EXPLICIT.predict_rating(log, [0], [1]),
    "fit of y": lambda log: CustomerNeighborRecommender().fit(MATRIX, log),
    "history": lambda log: BY_AGE.recommend(MATRIX, history=log),
    "score of held-out y": lambda log: BY_AGE.score(MATRIX, log),
}


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ["names", "values"])
def test_no_door_takes_a_log_for_a_matrix(door: str, kind: str) -> None:
    log = make_log("client", "sku", start=0) if kind == "names" else make_log().to_numpy()
    with pytest.raises(ValueError, match="looks like a log"):
        DOORS[door](log)


def test_recommendations_come_as_a_table_not_as_a_log() -> None:
    recommended = pd.DataFrame({"user_id": [0, 0, 1], "item_id": [1, 0, 1]})
    for call in (lambda: coverage(recommended, 2), lambda: ndcg_at_k(np.eye(3), recommended)):
        with pytest.raises(ValueError, match="y_recommended must have one row per customer"):
            call()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_logs_are_known_by_any_pair_of_names(frame: Any) -> None:
    for row, customer in enumerate(CUSTOMERS):
        for item in ITEMS[row % 3 :: 3]:
            log = frame({customer: [1, 2], "price": [1.0, 2.0], item: [3, 4]})
            with pytest.raises(ValueError, match=rf"X .*{customer}.*{item}.* looks like a log"):
                refuse_log(log, "X")
    for pair in WEAK_PAIRS:
        with pytest.raises(ValueError, match="looks like a log"):
            refuse_log(frame({name: [1, 2] for name in pair}), "X")


def count_refused(draw: Any, n: int) -> int:
    refused = 0
    for seed in range(n):
        try:
            read_cells(draw(np.random.default_rng(seed)), "X")
        except ValueError as error:
            if "looks like a log" not in str(error):
                raise
            refused += 1
    return refused


@pytest.mark.parametrize("n", [40, pytest.param(1_000, marks=pytest.mark.slow)])
def test_drawn_logs_are_refused_and_drawn_matrices_pass(n: int) -> None:
    assert count_refused(draw_named_log, n) == n
    assert count_refused(draw_log, n) >= 0.98 * n
    assert count_refused(draw_matrix, n) == 0
    assert count_refused(draw_dense_matrix, n) <= 0.01 * n


def test_the_remedy_makes_a_matrix() -> None:
    with pytest.raises(ValueError, match=r"InteractionEncoder\('client', 'sku'\)\.fit_transform"):
        split_items(make_log("client", "sku"))


def test_ids_beside_items_are_no_item() -> None:
    matrix = pd.DataFrame(MATRIX, columns=["tea", "pot"]).rename_axis("CustomerID")
    split_items(matrix, random_state=0)
    with pytest.raises(ValueError, match=r"'CustomerID' .*\.set_index\('CustomerID'\)"):
        split_items(matrix.reset_index())


def test_two_ids_of_anything_make_a_log_and_one_needs_numbers() -> None:
    counts = RNG.poisson(0.4, (N, 2))
    read_cells(pd.DataFrame(counts, columns=["photo id", "caller id"]), "X")
    read_cells(pd.DataFrame(counts, columns=["photo_id", "frame"]), "X")
    with pytest.raises(ValueError, match=r"'photo_id' \(named like ids\) and 'id_frame' \(named"):
        read_cells(pd.DataFrame(counts, columns=["photo_id", "id_frame"]), "X")
    with pytest.raises(ValueError, match=r"'photo_id' \(named like ids and 60 kinds of whole"):
        read_cells(make_log("photo_id", "frame"), "X")


def test_the_error_says_what_was_seen_and_what_helps() -> None:
    with pytest.raises(ValueError, match=r"named like customers.* rename it\.$"):
        split_items(pd.DataFrame({"member": [1, 2], "product": [3, 4]}))
    seen = r"0 \(60 kinds of whole numbers from 12000 to 12059, far from 0\) and 1 \(30 kinds"
    with pytest.raises(ValueError, match=rf"{seen}.* passes as scipy.sparse.csr_array\(X\)\.$"):
        split_items(make_log().to_numpy())


def test_names_are_read_once_and_few_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    read = log_or_matrix.read_name
    monkeypatch.setattr(log_or_matrix, "read_name", lambda name: looked.append(name) or read(name))
    wide = pd.DataFrame(RNG.poisson(0.4, (30, 300))).rename(columns=str)
    recommender = PopularityRecommender(2).fit(wide)
    assert len(looked) <= 20
    looked.clear()
    recommender.predict(wide)
    assert not looked
    with pytest.raises(ValueError, match=r"'user' .* looks like a log"):
        recommender.predict(make_log("user", "item"))


@pytest.mark.parametrize(
    "names",
    [
        ["a", "b", "c"],
        [101, 102, 103],
        ["book", "game", "song"],
        ["account", "card", "loan"],
        ["account", "stock", "bond"],
        ["milk", "bread", "order of fries"],
        ["Source Code", "house key", "casino"],
        ["item_1", "item_2", "item_3"],
        ["Uno", "Users guide", "Cid"],
        [("user", "item"), ("user", "product"), ("client", "sku")],
    ],
)
def test_honest_names_pass(names: list[Any]) -> None:
    counts = pd.DataFrame(RNG.integers(0, 6, (50, 3)), columns=names)
    split_items(counts, random_state=0)


def test_titles_of_a_large_catalogue_pass() -> None:
    names = [*(f"film {i}" for i in range(30)), "Client", "Movie"]
    refuse_log(pd.DataFrame(np.zeros((2, 32)), columns=names), "X")


LOGS = {
    "large numbers": make_log(),
    "numbered from 1": np.column_stack([RNG.integers(1, 500, 3_000), RNG.integers(1, 90, 3_000)]),
    "with a rating": make_log().assign(rating=RNG.integers(1, 6, N)),
    "with a time": make_log().assign(time=RNG.integers(10**9, 2 * 10**9, N)),
    "with a price": make_log().assign(price=RNG.gamma(2, 10, N)),
    "ids of nine digits": RNG.choice(RNG.integers(10**8, 10**9, 50), (N, 2)),
    "nobody is -1": make_log(start=1).assign(a=lambda log: log["a"].where(log.index % 4 > 0, -1)),
    "nobody is 0": make_log().assign(a=lambda log: log["a"].where(log.index % 4 > 0, 0)),
    "numbered from 0": np.column_stack([RNG.integers(0, 60, N), RNG.integers(0, 30, N)]),
    "few heavy customers": RNG.permutation(90)[RNG.zipf(1.6, (N, 2)) % 90] + 1,
    "many columns": make_log().assign(**{f"c{j}": RNG.integers(0, 3, N) for j in range(14)}),
    "popular items": np.column_stack([RNG.integers(1, 500, 3_000), RNG.geometric(0.02, 3_000)]),
}


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_logs_are_known_by_their_numbers(log: Any) -> None:
    with pytest.raises(ValueError, match=r"X must have one row per customer.* looks like a log"):
        refuse_numbers_of_log(np.asarray(log, dtype=np.float64), "X")


MATRICES = {
    "counts": RNG.integers(0, 6, (500, 3)),
    "huge": RNG.choice([1e300, 1e308, *range(20)], (500, 3)),
    "one row": RNG.integers(1, 9, (1, 3)),
    "0/1": RNG.integers(0, 2, (500, 3)),
    "thumbs": RNG.integers(-1, 2, (500, 3)),
    "ratings and zeros": RNG.integers(0, 6, (500, 3)),
    "confidences": 1 + 40 * RNG.gamma(0.5, 2, (500, 3)),
    "long tails": RNG.lognormal(6, 1.5, (5_000, 3)).round(),
    "dozens": 12 * RNG.geometric(0.1, (500, 3)) - RNG.choice([0, 0, 0, 5], (500, 3)),
    "counts without 0": RNG.integers(1, 100, (5_000, 3)),
    "ratings": RNG.integers(1, 6, (500, 2)),
    "percentages": RNG.integers(0, 101, (5_000, 2)),
    "large counts": RNG.poisson(300, (5_000, 3)),
    "scattered counts": RNG.negative_binomial(2, 0.005, (5_000, 3)),
    "amounts": RNG.gamma(0.5, 5_000, (440, 6)).round(),
    "amounts without small ones": (100 + RNG.gamma(2, 500, (5_000, 3))).round(),
    "prices": RNG.choice([0, 99, 199, 499, 1499], (5_000, 3)),
    "minutes": RNG.exponential(200, (20_000, 2)).round(),
    "dense and sparse": np.column_stack([RNG.poisson(300, 900), RNG.poisson(0.2, (900, 4))]),
    "cents": RNG.gamma(2, 10, (900, 3)).round(2),
    "signed": RNG.normal(0, 100, (900, 3)).round(),
    "few rows": make_log()[:15],
    "one column": make_log()[["a"]],
    "many columns": RNG.integers(1_000, 1_100, (400, 30)),
}


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
def test_honest_matrices_of_few_columns_pass(matrix: Any) -> None:
    refuse_numbers_of_log(np.asarray(matrix, dtype=np.float64), "X")
