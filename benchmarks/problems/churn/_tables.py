"""Tables of many kinds, real and generated, on which a default must hold.

Generated ones are of three seeds: the first is measured; the others are for choosing options, as
are earlier snapshots of the real logs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from benchmarks._files import find_file
from benchmarks.problems.churn._data import read_bank, read_telephone, read_television
from benchmarks.problems.value._data import CDNOW, SHOP
from custbase.features import make_snapshots

MEASURED, CHOSEN_ON = 0, (1, 2)


class Table(NamedTuple):
    """Customers, and who did something later."""

    frame: pd.DataFrame
    did: np.ndarray


def read_bills() -> Table:
    """Customers of a telephone company, their bills as numbers, and who left."""
    frame, left = read_telephone()
    bills = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    return Table(frame.assign(TotalCharges=bills), left)


def read_campaign() -> Table:
    """Customers of a supermarket, and who took the last offer."""
    frame = pd.read_csv(find_file("marketing_campaign/marketing_campaign.csv.gz"))
    since = pd.to_datetime(frame.pop("Dt_Customer"))
    frame["DaysKnown"] = (since.max() - since).dt.days
    did = frame.pop("Response").to_numpy()
    return Table(frame.drop(columns=["ID", "Z_CostContact", "Z_Revenue"]), did)


def read_visits() -> Table:
    """Customers of Hillstrom, and who visited after e-mails, or none."""
    frame = pd.read_csv(find_file("hillstrom/hillstrom.csv.gz"))
    did = frame.pop("visit").to_numpy()
    return Table(frame.drop(columns=["conversion", "spend"]), did)


def read_cds(cutoff: str = "1997-09-30") -> Table:
    """Customers of CDNOW, and who bought nothing in the half year after."""
    log = pd.read_csv(find_file(CDNOW)).rename(columns={"dollar_value": "amount"})
    log["date"] = pd.to_datetime(log["date"])
    X, left = make_snapshots(log, cutoffs=[cutoff], horizon=26)
    return Table(X, np.asarray(left, dtype=int))


def read_shop(cutoff: str = "2011-09-09") -> Table:
    """Customers of Online Retail, and who bought nothing in the quarter after."""
    log = pd.read_csv(find_file(SHOP), dtype={"StockCode": str}, parse_dates=["InvoiceDate"])
    log = log.dropna(subset="CustomerID")
    rows = {
        "customer_id": log["CustomerID"].astype(int),
        "date": log["InvoiceDate"],
        "amount": log["Quantity"] * log["UnitPrice"],
    }
    X, left = make_snapshots(pd.DataFrame(rows), cutoffs=[cutoff], horizon=13)
    return Table(X, np.asarray(left, dtype=int))


def draw(kind: str, n: int, *, useless: int = 0, share: float = 0.3, seed: int = MEASURED) -> Table:
    """Customers of ten numbers and two categories, and who did something by a rule of a kind.

    Parameters
    ----------
    kind : {"additive", "pairs", "triples", "steps"}
        Bends of single numbers; products of two; products of three; cliffs of two numbers.
    n : int
        Number of customers.
    useless : int, default=0
        Number of columns that say nothing.
    share : float, default=0.3
        Of those who did.
    seed : int, default=MEASURED
        Of the draw.

    Returns
    -------
    Table
        With some numbers missing, and skewed ones.
    """
    rng = np.random.default_rng([["additive", "pairs", "triples", "steps"].index(kind), n, seed])
    z = rng.normal(size=(n, 10))
    region, plan = rng.integers(8, size=n), rng.integers(3, size=n)
    by_region, by_plan = rng.normal(size=8) * 0.5, np.array([-0.5, 0.0, 0.6])
    effect = by_region[region] + by_plan[plan]
    match kind:
        case "additive":
            effect = (
                effect + 1.2 * z[:, 0] + np.abs(z[:, 1]) + np.sin(2 * z[:, 2]) - z[:, 3] ** 2 / 2
            )
        case "pairs":
            effect = (
                effect
                + 2 * z[:, 0] * z[:, 1]
                + 1.5 * z[:, 2] * np.abs(z[:, 3])
                + z[:, 4] * (plan == 2) * 2
            )
        case "triples":
            signs = np.sign(z[:, 0] * z[:, 1] * z[:, 2])
            effect = effect + 2.5 * signs + 1.5 * z[:, 3] * z[:, 4] * (z[:, 5] > 0)
        case _:
            cliffs = 3.0 * ((z[:, 0] > 0.5) & (z[:, 1] < 0.3)) - 3.0 * (
                (z[:, 2] > 0) ^ (z[:, 3] > 0.8)
            )
            effect = effect + cliffs + 2.0 * (z[:, 4] > 1)
    low, high = -30.0, 30.0
    for _ in range(60):  # the offset that gives the share
        middle = (low + high) / 2
        low, high = (middle, high) if expit(effect + middle).mean() < share else (low, middle)
    did = (rng.random(n) < expit(effect + low)).astype(int)
    skewed = np.exp(z[:, :3])
    frame = pd.DataFrame({f"amount_{j}": skewed[:, j] for j in range(3)})
    for j in range(3, 10):
        frame[f"score_{j}"] = z[:, j]
    frame.loc[rng.random(n) < 0.05, "score_6"] = np.nan
    frame["region"] = np.array(list("ABCDEFGH"))[region]
    frame["plan"] = np.array(["basic", "plus", "pro"])[plan]
    for j in range(useless):
        frame[f"other_{j}"] = rng.normal(size=n) if j % 2 else rng.integers(5, size=n)
    return Table(frame, did)


def _of_two(read: Callable[[], tuple[pd.DataFrame, np.ndarray]]) -> Table:
    return Table(*read()[:2])


REAL: dict[str, Callable[[], Table]] = {
    "telephone": read_bills,
    "television": partial(_of_two, read_television),
    "bank": partial(_of_two, read_bank),
    "supermarket": read_campaign,
    "visits": read_visits,
    "CDs": read_cds,
    "shop": read_shop,
}
GENERATED: dict[str, Callable[..., Table]] = {
    "additive": partial(draw, "additive", 3_000),
    "pairs": partial(draw, "pairs", 3_000),
    "triples": partial(draw, "triples", 3_000),
    "steps": partial(draw, "steps", 3_000),
    "50 useless columns": partial(draw, "pairs", 3_000, useless=50),
    "300 customers": partial(draw, "additive", 300),
    "100,000 customers": partial(draw, "pairs", 100_000),
    "1 % did": partial(draw, "steps", 20_000, share=0.01),
}
# What options are chosen on: other draws and sizes, and earlier days of the real logs.
FOR_CHOOSING: dict[str, Callable[[], Table]] = {
    "CDs, earlier": partial(read_cds, "1997-06-30"),
    "shop, earlier": partial(read_shop, "2011-05-09"),
    **{
        f"{kind} {n} {seed}": partial(draw, kind, n, seed=seed, **more)
        for seed in CHOSEN_ON
        for kind, n, more in [
            ("additive", 500, {}), ("additive", 2_000, {}), ("additive", 8_000, {"share": 0.05}),
            ("pairs", 1_000, {}), ("pairs", 5_000, {}), ("pairs", 30_000, {}),
            ("triples", 2_000, {}), ("triples", 6_000, {}), ("steps", 1_500, {}),
            ("steps", 4_000, {"useless": 30}), ("pairs", 2_000, {"useless": 80}),
            ("steps", 15_000, {"share": 0.02}),
        ]
    },
}  # fmt: skip
