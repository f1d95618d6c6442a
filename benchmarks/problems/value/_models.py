"""Models of what customers will spend, each asked about customers that it has not seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from benchmarks._case import Rows
from benchmarks.peers import lightgbm
from custbase import BTYDRegressor, CLVRegressor, SpendRegressor
from custbase.btyd import GammaGammaModel, ParetoNBDModel
from custbase.metrics import (
    bootstrap_difference,
    bootstrap_interval,
    decile_mape,
    normalized_gini,
    spearman_correlation,
)

SUMMARY = ["frequency", "recency", "T", "monetary_value"]
PEER = "LightGBM, Tweedie"
GINI, MAPE, BIAS, RMSE = "Gini", "decile MAPE", "bias %", "RMSE"
SPEARMAN, SECONDS = "Spearman", "s a fold"


def root_mean_squared_error(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


def size_of_bias(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """How far the sum of predictions is from the sum, in percent."""
    return abs(100 * float(np.sum(y_pred) / np.sum(y_true) - 1))


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    GINI: normalized_gini,
    MAPE: decile_mape,
    BIAS: size_of_bias,
    RMSE: root_mean_squared_error,
    SPEARMAN: spearman_correlation,
}
# Metrics of which less is better.
ERRORS = (MAPE, BIAS, RMSE)


class Data(NamedTuple):
    """Customers on a day, and what they spent in the horizon after it."""

    X: pd.DataFrame
    y: np.ndarray
    horizon: float


# Data to learn from, customers that are asked for, seed -> predictions.
Ask = Callable[[Data, pd.DataFrame, int], np.ndarray]


@dataclass(frozen=True)
class Contender:
    """A model of spend.

    Attributes
    ----------
    name : str
        What it is called.
    ask : callable
        Fits and predicts.
    is_random : bool
        Whether to take other seeds, too; forests would take too long.
    """

    name: str
    ask: Ask
    is_random: bool = False


def ask_network(known: Data, asked: pd.DataFrame, seed: int) -> np.ndarray:
    """Fit the feed-forward network at its defaults; gaps of those without are 0."""
    model = CLVRegressor(random_state=seed).fit(known.X.fillna(0), known.y)
    return model.predict(asked.fillna(0))


def ask_spend(**options: Any) -> Ask:
    """Fit a SpendRegressor."""
    return lambda known, asked, seed: (
        SpendRegressor(**options, random_state=seed).fit(known.X, known.y).predict(asked)
    )


def ask_btyd(purchases: str) -> Ask:
    """Fit models of purchases and of spend, which see no spend to come."""
    return lambda known, asked, _seed: (
        BTYDRegressor(purchases, horizon=known.horizon).fit(known.X).predict(asked)
    )


def add_btyd(known: Data, asked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add what models of purchases and spend say of a customer as columns."""
    purchases = ParetoNBDModel(horizon=known.horizon).fit(known.X)
    spend = GammaGammaModel().fit(known.X)

    def extend(X: pd.DataFrame) -> pd.DataFrame:
        counted, worth = purchases.predict(X), spend.predict(X)
        return X.assign(
            expected_purchases=counted,
            alive=purchases.predict_alive(X),
            expected_spend=worth,
            expected_value=counted * worth,
        )

    return extend(known.X), extend(asked)


def ask_hybrid(ask: Ask) -> Ask:
    """Let a model see what models of purchases and spend say."""

    def ask_extended(known: Data, asked: pd.DataFrame, seed: int) -> np.ndarray:
        more, asked_more = add_btyd(known, asked)
        return ask(known._replace(X=more), asked_more, seed)

    return ask_extended


def ask_lightgbm(known: Data, asked: pd.DataFrame, seed: int) -> np.ndarray:
    """Fit LightGBM."""
    return lightgbm.make_tweedie(seed).fit(known.X, known.y).predict(asked)


def spend_again(known: Data, asked: pd.DataFrame, _seed: int) -> np.ndarray:
    """What a customer spent so far, in as long a time as the horizon."""
    return (asked["total_value"] / asked["T"].clip(lower=1.0) * known.horizon).to_numpy()


def spend_as_lately(known: Data, asked: pd.DataFrame, _seed: int) -> np.ndarray:
    """What customers spent in the last quarter of a horizon, times 4."""
    name = next(name for name in asked if name.startswith("value_last_"))
    return 4 * asked[name].clip(lower=0).to_numpy()


def make_contenders() -> list[Contender]:
    """All models of custbase, LightGBM and two rules."""
    return [
        Contender("custbase, network", ask_network, is_random=True),
        Contender("custbase, network with BTYD columns", ask_hybrid(ask_network), is_random=True),
        *(
            Contender(f"custbase, {model}", ask_spend(model=model))
            for model in ("linear", "tree", "forest", "boosting")
        ),
        Contender("custbase, boosting with BTYD columns", ask_hybrid(ask_spend(model="boosting"))),
        Contender("custbase, BG/NBD", ask_btyd("beta_geo")),
        Contender("custbase, Pareto/NBD", ask_btyd("pareto_nbd")),
        Contender(PEER, ask_lightgbm, is_random=True),
        Contender("spends as so far", spend_again),
        Contender("spends as in the last quarter", spend_as_lately),
    ]


def measure(data: Data, n_seeds: int, *, n_folds: int = 5) -> Rows:
    """Ask every model about customers of a fold by those of the others.

    Figures are means over seeds; intervals and differences are those of the first seed.
    """
    folds = list(KFold(n_folds, shuffle=True, random_state=0).split(data.X))
    found: dict[str, list[np.ndarray]] = {}
    seconds: dict[str, float] = {}
    for contender in make_contenders():
        start = time.perf_counter()
        seeds = range(n_seeds if contender.is_random else 1)
        found[contender.name] = [predict_folds(contender, data, folds, seed) for seed in seeds]
        seconds[contender.name] = (time.perf_counter() - start) / len(seeds) / n_folds
    rows = []
    for name, predictions in found.items():
        row: dict[str, Any] = {"contender": name}
        for metric, measured in METRICS.items():
            row[metric] = round(float(np.mean([measured(data.y, p) for p in predictions])), 4)
            row |= describe_chance(metric, data.y, predictions[0], found[PEER][0])
        row[SECONDS] = round(seconds[name], 2)
        rows.append(row)
    return rows


def predict_folds(
    contender: Contender, data: Data, folds: Sequence[tuple[np.ndarray, np.ndarray]], seed: int
) -> np.ndarray:
    """Predictions of every customer, by a model that has not seen it."""
    predicted = np.empty(len(data.y))
    for train, test in folds:
        known = Data(data.X.iloc[train], data.y[train], data.horizon)
        predicted[test] = contender.ask(known, data.X.iloc[test], seed)
    return predicted


def describe_chance(
    metric: str, y: np.ndarray, predicted: np.ndarray, theirs: np.ndarray
) -> dict[str, Any]:
    """Interval of a metric, and of its difference from the peer's."""
    draws = {"n_bootstrap": 1000, "random_state": 0}
    measured = METRICS[metric]
    own = bootstrap_interval(measured, y, predicted, **draws)
    row: dict[str, Any] = {f"{metric}, 95 %": f"{own.low:.3f} to {own.high:.3f}"}
    if predicted is not theirs:
        more = bootstrap_difference(measured, y, predicted, theirs, **draws)
        row[f"{metric}, more than {PEER}"] = f"{more.low:+.4f} to {more.high:+.4f}"
    return row
