"""Purchase logs simulated from "buy till you die" models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from .._memory import refuse_beyond_memory
from .._params import MAPPING, NONE, RANDOM_STATE, Is, Number, OneOf, check_value
from .._units import DAYS_IN_UNIT, UNIT

RETURN_DELAY_DAYS = 14.0
CUSTOMER_BYTES, PURCHASE_BYTES = 210, 100  # while they are drawn
# Larger ones, and quotients of them, leave what floats hold.
MOST = 1e100
POSITIVE = Number(0, MOST, low_open=True)

# Maximum likelihood on the CDNOW sample, calibrated to 1997-09-30, in weeks.
CDNOW_PURCHASES = {
    "beta_geo": {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259},
    "modified_beta_geo": {"r": 0.5248, "alpha": 6.1831, "a": 0.8914, "b": 1.6140},
    "pareto_nbd": {"r": 0.5533, "alpha": 10.5777, "s": 0.6062, "beta": 11.6685},
}
CDNOW_SPEND = {"p": 6.2496, "q": 3.7442, "v": 15.4436}
# At q <= 1 the population has no mean spend.
SPEND_RULES = {"p": POSITIVE, "q": Number(1, MOST, low_open=True), "v": POSITIVE}


class Histories(NamedTuple):
    """When customers buy again, and when each of them stops."""

    owner: np.ndarray  # (n_repeats,) row of the customer, ascending
    time: np.ndarray  # (n_repeats,) units since the first purchase, ascending a customer
    dropout: np.ndarray  # (n_customers,) probability a purchase, or rate a unit
    hazard: np.ndarray  # (n_customers,) of dropping out, per unit, while alive
    lifetime: np.ndarray  # (n_customers,) units from the first purchase to dropout


def make_transactions(
    n_customers: int = 1000,
    *,
    model: str = "beta_geo",
    params: Mapping[str, float] | None = None,
    spend_params: Mapping[str, float] | None = None,
    unit: str = "W",
    start: Any = "1997-01-01",
    acquisition_days: float = 84,
    end: Any = "1998-06-30",
    horizon: float = 52,
    return_rate: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate a purchase log and the truth about its customers.

    Parameters
    ----------
    n_customers : int, default=1000
        Customers, each with at least the first purchase.
    model : {"beta_geo", "modified_beta_geo", "pareto_nbd"}, default="beta_geo"
        How customers buy and stop buying; see Notes.
    params : mapping of str to float, default=None
        Parameters of the model, all positive: r, alpha, a, b, or r, alpha, s,
        beta for "pareto_nbd", as in the ``params_`` of a fitted model of
        `custbase.btyd`, with alpha and beta in `unit`. None for those of the
        CDNOW sample.
    spend_params : mapping of str to float, default=None
        Parameters p, q, v of the gamma-gamma model, all positive and q above
        1; None for those of the CDNOW sample, in US dollars.
    unit : {"D", "W", "M", "Y"}, default="W"
        Unit of time of `params`, `horizon` and the truth: days (1), weeks (7),
        months (30.4375) or years (365.25).
    start : str or date, default="1997-01-01"
        First day on which customers are acquired.
    acquisition_days : float, default=84
        First purchases are uniform over that many days from `start`.
    end : str or date, default="1998-06-30"
        Last day of the log, inclusive.
    horizon : float, default=52
        Length of the future, from the midnight after `end`, that
        ``expected_purchases`` of the truth is about; in `unit`.
    return_rate : float, default=0.0
        Probability that a purchase is returned in full, 14 days later on
        average; a return is a row with a negative amount.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; the same seed gives the same bits.

    Returns
    -------
    log : pandas.DataFrame of shape (n_rows, 3)
        ``customer_id`` (int, 1 to `n_customers`), ``date`` (datetime64 with
        the time of day, to the second) and ``amount``, by customer and date.
        The names are the defaults of `custbase.features.rfm_summary`. Returns
        after `end` are not in the log.
    truth : pandas.DataFrame of shape (n_customers, 9)
        One row a customer:

        - ``customer_id``;
        - ``first_purchase``, datetime64;
        - ``purchase_rate``, purchases per unit while alive;
        - ``dropout_probability`` after a purchase, or ``dropout_rate`` per
          unit for "pareto_nbd";
        - ``lifetime``, units from the first purchase to dropout, possibly
          beyond the log, inf for a customer who never leaves;
        - ``alive``, whether the lifetime reaches beyond `end`;
        - ``mean_spend``, expected amount of a purchase, before returns;
        - ``expected_purchases`` in the `horizon` after `end`, given the rates
          and ``alive``;
        - ``expected_spend``, their amount before returns.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, `end` is before `start`, or
        `acquisition_days` are more than the days from `start` to `end`.
    MemoryError
        If the customers, or the purchases that they would make if none dropped out, would
        not fit into memory.

    See Also
    --------
    load_cdnow : The sample that the default parameters were estimated on.

    Notes
    -----
    A customer buys at the rate lambda ~ Gamma(r, scale 1/alpha) while alive.

    - "beta_geo" (BG/NBD): after every repeat purchase the customer drops out
      with probability p ~ Beta(a, b).
    - "modified_beta_geo" (MBG/NBD): also after the first purchase.
    - "pareto_nbd": dropout comes at the rate mu ~ Gamma(s, scale 1/beta),
      at any time.

    While alive a customer leaves at the hazard h = lambda p, or mu, so that
    over a horizon t the expected purchases are lambda (1 - exp(-h t)) / h.
    Purchases are worth Gamma(p, scale 1/nu) with nu ~ Gamma(q, scale 1/v),
    hence ``mean_spend`` = p / nu; amounts are not rounded.

    Times are real numbers and several purchases may fall on one day, as in a
    real log. A summary that counts days has therefore slightly fewer repeat
    purchases than the model, the more so the higher the rates.

    Time and memory are linear in the number of purchases the customers would
    make if none dropped out.

    References
    ----------
    .. [1] P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting your customers'
       the easy way: an alternative to the Pareto/NBD model", Marketing
       Science 24 (2), 275-284, 2005.
    .. [2] D. C. Schmittlein, D. G. Morrison and R. Colombo, "Counting your
       customers: who are they and what will they do next?", Management
       Science 33 (1), 1-24, 1987.
    .. [3] P. S. Fader and B. G. S. Hardie, "The gamma-gamma model of monetary
       value", 2013, http://www.brucehardie.com/notes/025/.

    Examples
    --------
    >>> from custbase.datasets import make_transactions
    >>> log, truth = make_transactions(500, random_state=0)
    >>> list(log.columns)
    ['customer_id', 'date', 'amount']
    >>> log["customer_id"].nunique() == len(truth) == 500
    True
    """
    check_value("n_customers", n_customers, Number(1, integer=True))
    check_value("model", model, OneOf(tuple(CDNOW_PURCHASES)))
    check_value("unit", unit, UNIT)
    check_value("horizon", horizon, POSITIVE)
    check_value("return_rate", return_rate, Number(0, 1))
    check_value("random_state", random_state, *RANDOM_STATE)
    first_day, n_days = _check_window(start, acquisition_days, end)
    days = DAYS_IN_UNIT[unit]
    purchases = _cdnow_purchases(model, days) if params is None else params
    spend = CDNOW_SPEND if spend_params is None else spend_params
    _check_table("params", purchases, dict.fromkeys(CDNOW_PURCHASES[model], POSITIVE))
    _check_table("spend_params", spend, SPEND_RULES)
    needed = CUSTOMER_BYTES * int(n_customers)
    refuse_beyond_memory(needed, f"n_customers={n_customers} needs", "Ask for fewer.")
    rng = check_random_state(random_state)

    first = rng.uniform(0, acquisition_days, n_customers) / days
    observed = n_days / days - first
    rate = rng.gamma(purchases["r"], 1 / purchases["alpha"], n_customers)
    if model == "pareto_nbd":
        histories = _simulate_pareto(rng, rate, observed, purchases)
    else:
        dies_at_first = model == "modified_beta_geo"
        histories = _simulate_beta_geo(rng, rate, observed, purchases, dies_at_first)
    mean_spend = spend["p"] / rng.gamma(spend["q"], 1 / spend["v"], n_customers)

    owner = np.concatenate([np.arange(n_customers), histories.owner])
    time = np.concatenate([np.zeros(n_customers), histories.time])
    amount = rng.gamma(spend["p"], mean_spend[owner] / spend["p"])
    since_start = (first[owner] + time) * days
    if return_rate:
        owner, since_start, amount = _add_returns(
            rng, return_rate, n_days, owner, since_start, amount
        )
    order = np.lexsort((since_start, owner))
    customer_id = np.arange(1, n_customers + 1)
    log = pd.DataFrame(
        {
            "customer_id": customer_id[owner[order]],
            "date": _timestamps(first_day, since_start[order]),
            "amount": amount[order],
        }
    )
    alive = histories.lifetime > observed
    expected = np.where(alive, expected_purchases(rate, histories.hazard, horizon), 0.0)
    truth = pd.DataFrame(
        {
            "customer_id": customer_id,
            "first_purchase": _timestamps(first_day, first * days),
            "purchase_rate": rate,
            "dropout_rate" if model == "pareto_nbd" else "dropout_probability": histories.dropout,
            "lifetime": histories.lifetime,
            "alive": alive,
            "mean_spend": mean_spend,
            "expected_purchases": expected,
            "expected_spend": expected * mean_spend,
        }
    )
    return log, truth


def expected_purchases(rate: np.ndarray, hazard: np.ndarray, horizon: float) -> np.ndarray:
    """Count the purchases expected of customers alive at the start of the horizon."""
    x = hazard * horizon
    with np.errstate(invalid="ignore"):
        survived = np.where(x > 0, -np.expm1(-x) / x, 1.0)  # share of the horizon spent alive
    return rate * horizon * survived


def _check_window(start: Any, acquisition_days: float, end: Any) -> tuple[pd.Timestamp, int]:
    """Check the days that the log covers; give the first one and their number."""
    first_day, last_day = _check_day("start", start), _check_day("end", end)
    n_days = (last_day - first_day).days + 1
    if n_days < 1:
        raise ValueError(f"end must not be before start ({first_day.date()}); got {end!r}.")
    check_value("acquisition_days", acquisition_days, Number(0, n_days, low_open=True))
    return first_day, n_days


def _check_day(name: str, value: Any) -> pd.Timestamp:
    """Give a whole day without a time zone, or say what it was."""
    check_value(name, value, Is((str, date, np.datetime64), "a day, such as '1998-06-30'"))
    try:
        # pandas alone would also take "01/02/1997", which has two readings.
        day: Any = pd.Timestamp(datetime.fromisoformat(value) if isinstance(value, str) else value)
    except ValueError:
        day = pd.NaT
    if pd.isna(day) or day.tzinfo is not None or day != day.normalize():
        raise ValueError(
            f"{name} must be a whole day without a time zone, in ISO 8601 if it is a string, "
            f"such as '1998-06-30'; got {value!r}."
        )
    return day


def _check_table(name: str, given: Any, rules: Mapping[str, Number]) -> None:
    """Check a mapping of numbers, complete and without others."""
    check_value(name, given, MAPPING, NONE)
    if set(given) != set(rules):
        raise ValueError(
            f"{name} must have the keys {', '.join(rules)}; "
            f"got {', '.join(map(str, given)) or 'none'}."
        )
    for key, rule in rules.items():
        check_value(f"{name}[{key!r}]", given[key], rule)


def _cdnow_purchases(model: str, days: float) -> dict[str, float]:
    """Give the parameters of the sample in units of so many days."""
    scale = {"alpha": 7 / days, "beta": 7 / days}
    return {key: value * scale.get(key, 1) for key, value in CDNOW_PURCHASES[model].items()}


def _simulate_beta_geo(
    rng: np.random.RandomState,
    rate: np.ndarray,
    observed: np.ndarray,
    params: Mapping[str, float],
    dies_at_first: bool,
) -> Histories:
    """Let customers drop out after a purchase, by a coin of their own.

    The number of repeat purchases until dropout is geometric; the purchases
    before `observed`, if nobody dropped out, are a Poisson process.
    """
    dropout = rng.beta(params["a"], params["b"], rate.size)
    # A coin that never falls gives inf, one that always does 1.
    with np.errstate(divide="ignore", over="ignore"):
        last = 1 + np.floor(rng.exponential(size=rate.size) / -np.log1p(-dropout))
    if dies_at_first:
        last -= 1
    n_repeats = _draw_counts(rng, rate, observed)
    owner, time, rank = _uniform_times(rng, n_repeats, observed)

    lifetime = np.where(last == 0, 0.0, np.inf)
    # A dropout that the window does not show comes after last - n_repeats more purchases.
    later = np.isfinite(last) & (last > n_repeats) & (rate > 0)
    with np.errstate(over="ignore"):
        lifetime[later] = observed[later] + rng.gamma((last - n_repeats)[later]) / rate[later]
    is_last = rank + 1 == last[owner]
    lifetime[owner[is_last]] = time[is_last]
    made = rank < last[owner]
    return Histories(owner[made], time[made], dropout, rate * dropout, lifetime)


def _simulate_pareto(
    rng: np.random.RandomState,
    rate: np.ndarray,
    observed: np.ndarray,
    params: Mapping[str, float],
) -> Histories:
    """Let customers drop out at a constant rate of their own, at any time."""
    dropout = rng.gamma(params["s"], 1 / params["beta"], rate.size)
    with np.errstate(divide="ignore", over="ignore"):  # a rate too small for a double: never
        lifetime = rng.exponential(size=rate.size) / dropout
    active = np.minimum(lifetime, observed)
    owner, time, _ = _uniform_times(rng, _draw_counts(rng, rate, active), active)
    return Histories(owner, time, dropout, dropout, lifetime)


def _draw_counts(rng: np.random.RandomState, rate: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Draw how often each customer buys again, unless nothing could hold that."""
    with np.errstate(over="ignore"):
        expected = rate * spans
        total = float(expected.sum())
    refuse_beyond_memory(
        PURCHASE_BYTES * total,
        f"params make {total:,.0f} purchases until end, which need",
        "Ask for fewer customers, fewer purchases or an earlier end.",
    )
    return rng.poisson(expected)


def _uniform_times(
    rng: np.random.RandomState, counts: np.ndarray, spans: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place each customer's events uniformly in a span: owner, time and rank, in order."""
    owner = np.repeat(np.arange(counts.size), counts)
    time = rng.uniform(size=owner.size) * spans[owner]
    time = time[np.lexsort((time, owner))]
    rank = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, time, rank


def _add_returns(
    rng: np.random.RandomState,
    return_rate: float,
    n_days: int,
    owner: np.ndarray,
    day: np.ndarray,
    amount: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Append the returns that come in before the log ends."""
    returned = np.flatnonzero(rng.uniform(size=owner.size) < return_rate)
    back = day[returned] + rng.exponential(RETURN_DELAY_DAYS, returned.size)
    returned, back = returned[back < n_days], back[back < n_days]
    return (
        np.concatenate([owner, owner[returned]]),
        np.concatenate([day, back]),
        np.concatenate([amount, -amount[returned]]),
    )


def _timestamps(start: pd.Timestamp, days: np.ndarray) -> np.ndarray:
    """Give the instants so many days after the start, cut to the second."""
    seconds = np.floor(days * 86400).astype("timedelta64[s]")
    return (np.datetime64(start, "s") + seconds).astype("datetime64[us]")
