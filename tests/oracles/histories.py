"""Customers drawn at random, of every kind, for searches that must find the highest peak.

Each number of a table gives the same table everywhere; the kinds take turns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PURCHASES = ("beta_geo", "modified_beta_geo", "pareto_nbd")
MODELS = (*PURCHASES, "gamma_gamma", "shifted_beta_geo")
KINDS = {
    "purchases": (
        "any", "most leave at once", "heavy", "light", "short", "long", "few", "many", "regulars",
        "until now", "two populations", "days", "months", "weights", "uneven weights",
        "another model",
    ),
    "spend": ("any", "few", "heavy tail", "alike", "two populations", "cents", "weights"),
    "contracts": ("any", "few", "loyal", "most leave at once", "two populations", "weights"),
}  # fmt: skip
MONTH = 365.25 / 12 / 7  # in weeks


class Drawn(NamedTuple):
    """Customers, and what they were drawn from."""

    kind: str
    X: np.ndarray
    y: np.ndarray | None  # who cancelled a contract
    weights: np.ndarray
    truth: np.ndarray | None  # parameters; None if customers are of no single model


def draw(model: str, number: int, *, most: int = 1500) -> Drawn:
    """Draw a table of customers.

    Parameters
    ----------
    model : str
        One of `MODELS`.
    number : int
        Number of the table.
    most : int, default=1500
        Number of customers, at most.

    Returns
    -------
    Drawn
        Of a model, a mixture, or rounded ones.
    """
    rng = np.random.default_rng([MODELS.index(model), number])
    room = {"gamma_gamma": "spend", "shifted_beta_geo": "contracts"}.get(model, "purchases")
    kind = KINDS[room][number % len(KINDS[room])]
    n = {"few": 60, "many": most}.get(kind, int(spread(rng, 80, most)))
    weights = np.ones(n)
    if "weights" in kind:
        weights = rng.gamma(0.1 if kind.startswith("uneven") else 1.0, size=n) + 1e-3
    y, truth = None, None
    if room == "purchases":
        X, truth = draw_purchases(rng, model, kind, n)
    elif room == "spend":
        X, truth = draw_spend(rng, kind, n)
    else:
        X, y, truth = draw_contracts(rng, kind, n)
    return Drawn(kind, X, y, weights, None if "weights" in kind else truth)


def spread(rng, low, high, size=None):
    """Numbers whose logarithm is uniform."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def draw_purchases(rng, model, kind, n):
    """Frequency, recency and T, in weeks if nothing else is said, and the parameters."""
    longest = spread(rng, *{"short": (1, 10), "long": (100, 1000)}.get(kind, (20, 60)))
    T = longest * (1 - spread(rng, 0.02, 0.95) * rng.random(n))
    params = draw_params(rng, model, kind)
    if kind in ("regulars", "until now"):
        return np.column_stack([*draw_regulars(rng, T, kind), T]), None
    if kind == "two populations":
        other = params * spread(rng, 0.05, 20, 4)
        is_other = rng.random(n) < rng.uniform(0.1, 0.9)
        both = [draw_histories(rng, model, some, T) for some in (params, other)]
        return np.column_stack([*np.where(is_other, *both), T]), None
    if kind == "another model":
        source = PURCHASES[(PURCHASES.index(model) + 1 + rng.integers(2)) % 3]
        drawn = draw_histories(rng, source, draw_params(rng, source, kind), T)
        return np.column_stack([*drawn, T]), None
    x, recency = draw_histories(rng, model, params, T)
    if kind in ("days", "months"):
        unit = MONTH if kind == "months" else 1 / 7
        recency, T = np.ceil(recency / unit), np.ceil(T / unit)
        is_time = [False, True, False, model == "pareto_nbd"]
        return np.column_stack([np.minimum(x, recency), recency, T]), np.where(
            is_time, params / unit, params
        )
    return np.column_stack([x, recency, T]), params


def draw_params(rng, model, kind):
    """Parameters of a model of purchases."""
    rate = spread(rng, *{"heavy": (1, 10), "light": (0.002, 0.02)}.get(kind, (0.02, 0.5)))
    r = spread(rng, 0.2, 3)
    a, b = spread(rng, 0.05, 3), spread(rng, 0.1, 10)
    if model == "pareto_nbd":
        b *= 10
    if kind == "most leave at once":
        share = rng.uniform(0.65, 0.9)
        a = spread(rng, 0.05, 1.5)
        b = a * (1 - share) / share
        if model == "pareto_nbd":
            a, b = spread(rng, 0.02, 0.3), spread(rng, 1e-3, 1)
    return np.array([r, r / rate, a, b])


def draw_histories(rng, model, params, T):
    """Frequency and recency of customers of a model."""
    rate = rng.gamma(params[0], 1 / params[1], len(T))
    coins = np.full(len(T), np.inf)
    until = T
    with np.errstate(divide="ignore"):
        if model == "pareto_nbd":
            leaving = rng.gamma(params[2], 1 / params[3], len(T))
            until = np.minimum(T, rng.exponential(size=len(T)) / leaving)
        else:
            leaving = np.minimum(rng.beta(*params[2:], len(T)), 1 - 1e-12)
            coins = np.floor(rng.exponential(size=len(T)) / -np.log1p(-leaving))
            coins += model == "beta_geo"
    return place_purchases(rng, rate, until, coins)


def draw_regulars(rng, T, kind):
    """Frequency and recency of regular customers, and of those who buy once."""
    shape = spread(rng, 0.5, 20)
    rate = rng.gamma(shape, spread(rng, 0.1, 10) / shape, len(T))
    until = T * (rng.uniform(0.3, 1) if kind == "regulars" else rng.random(len(T)))
    comes_back = rng.random(len(T)) < rng.uniform(0.1, 0.8)
    return place_purchases(rng, rate, until, np.where(comes_back, np.inf, 0))


def place_purchases(rng, rate, until, coins):
    """How many purchases there are, and the time of the last.

    It is an order statistic of times that are uniform.
    """
    bought = rng.poisson(np.minimum(rate * until, 1e5))
    x = np.minimum(bought, coins)
    recency = np.zeros(len(x))
    (some,) = np.nonzero(x)
    recency[some] = until[some] * rng.beta(x[some], bought[some] - x[some] + 1)
    return np.where(recency > 0, x, 0.0), recency


def draw_spend(rng, kind, n):
    """Frequency and monetary_value, and the parameters."""
    x = 1 + rng.poisson(rng.gamma(0.5, spread(rng, 0.5, 20), n))
    p, q, mean = spread(rng, 0.3, 20), 1 + spread(rng, 0.1, 10), spread(rng, 1, 1000)
    if kind == "heavy tail":
        q = spread(rng, 0.5, 1.5)
    if kind == "alike":
        q = spread(rng, 30, 1000)
    v = mean * max(q - 1, 0.1) / p
    scale = np.where(rng.random(n) < 0.5, 1.0, spread(rng, 2, 50))
    is_mixed = kind == "two populations"
    rate = rng.gamma(q, 1 / v, n) / (scale if is_mixed else 1.0)
    value = rng.gamma(p * x, 1 / rate) / x
    if kind == "cents":
        value = np.maximum(np.round(value, 2), 0.01)
    is_inside = not is_mixed and q > 1
    return np.column_stack([x, value]), np.array([p, q, v]) if is_inside else None


def draw_contracts(rng, kind, n):
    """T and who cancelled, and the parameters."""
    params = spread(rng, 0.1, 10, 2)
    if kind == "loyal":
        params[1] = 50 * params[0]
    if kind == "most leave at once":
        params[1] = params[0] / 5
    leaving = rng.beta(*params, n)
    if kind == "two populations":
        leaving = np.where(rng.random(n) < 0.5, leaving, rng.beta(*spread(rng, 0.1, 10, 2), n))
    renewed = rng.geometric(np.clip(leaving, 1e-12, 1)) - 1
    seen = rng.integers(1, 3 + int(spread(rng, 1, 30)), n)
    return (
        np.minimum(renewed, seen)[:, None].astype(np.float64),
        (renewed < seen).astype(np.float64),
        params if kind != "two populations" else None,
    )
