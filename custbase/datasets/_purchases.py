"""Purchases of products by customers whose tastes are known."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from .._memory import refuse_beyond_memory
from .._params import RANDOM_STATE, Number, check_value
from ..features._log import parse_day
from ._customers import REGIONS

PURCHASE_BYTES = 110  # of a row while it is drawn, beside its tastes
# How unlike customers are in how much they buy: the spread of the logarithm.
ACTIVITY_SPREAD = 0.8
# Ages typical of the first and the last taste, of everybody, and their spread.
YOUNGEST_TASTE, OLDEST_TASTE, MEAN_AGE, AGE_SPREAD = 25.0, 65.0, 45.0, 8.0
# Logarithm of prices, and the quantities beyond the first.
LOG_PRICE, LOG_PRICE_SPREAD, MEAN_EXTRA_QUANTITY = 2.5, 0.6, 0.4


class PurchaseTruth(NamedTuple):
    """What made a log of purchases."""

    customers: pd.DataFrame
    products: pd.DataFrame
    affinity: np.ndarray


def make_purchases(
    n_customers: int = 1000,
    *,
    n_products: int = 200,
    n_tastes: int = 5,
    mean_purchases: float = 20.0,
    focus: float = 0.6,
    popularity_exponent: float = 0.8,
    repeat_rate: float = 0.2,
    demographic_signal: float = 0.7,
    start: Any = "2024-01-01",
    end: Any = "2024-12-31",
    random_state: int | np.random.RandomState | None = None,
) -> tuple[pd.DataFrame, PurchaseTruth]:
    """Simulate who buys which product, and the tastes that made them do so.

    Parameters
    ----------
    n_customers : int, default=1000
        Customers, each with at least one purchase.
    n_products : int, default=200
        Products on sale.
    n_tastes : int, default=5
        Tastes, and groups of products that serve them; at most `n_products`.
    mean_purchases : float, default=20.0
        Purchases that a customer makes on average, at least 1.
    focus : float, default=0.6
        Share of what a customer buys that goes to one taste, in [0, 1]; the rest is
        divided among all tastes, by shares of the customer's own.
    popularity_exponent : float, default=0.8
        Exponent of Zipf's law: how much more popular the first products of a group are
        than its last. At 0 they are all alike.
    repeat_rate : float, default=0.2
        Probability, below 1, that a purchase after the first repeats an earlier one.
    demographic_signal : float, default=0.7
        How much age and region tell of the taste, in [0, 1]; at 0 they tell nothing.
    start : str or date, default="2024-01-01"
        First day of the log.
    end : str or date, default="2024-12-31"
        Last day of the log, inclusive.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; the same seed gives the same bits.

    Returns
    -------
    log : pandas.DataFrame of shape (n_rows, 5)
        One row a purchase of a product, by date: ``customer_id`` (int, 1 to
        `n_customers`), ``product_id`` (text, such as "p012"), ``date`` (datetime64 with
        the time of day, to the second), ``quantity`` (int, at least 1) and ``amount``
        (price times quantity).
    truth : PurchaseTruth
        A named tuple:

        - ``customers``, a frame, one row a customer: ``customer_id``, ``age`` (int, 18
          to 90), ``region`` (category) and ``taste`` (int, from 0) that the focus is on;
        - ``products``, a frame, one row a product: ``product_id``, ``taste`` (int) that
          it serves, and ``price``;
        - ``affinity``, an array of shape (n_customers, n_products), rows and columns in
          the order of the frames: the probability that a purchase of the customer is the
          product. Rows add up to 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or `end` is before `start`.
    MemoryError
        If the affinity, or the purchases that are expected, would not fit into memory.

    See Also
    --------
    make_transactions : When customers buy, and for how much, without products.
    custbase.features.InteractionEncoder : Makes the input of recommenders of the log.

    Notes
    -----
    Products are dealt to the tastes in turn, in a random order; within a group they have
    the places k = 1, 2, ... of that order. Within its group a product has the share
    :math:`q_j \\propto k_j^{-z}`, with the exponent z. Customer u divides purchases
    among tastes by

    .. math:: \\theta_u = f \\, e_{t(u)} + (1 - f) \\, d_u, \\qquad
              d_u \\sim \\mathrm{Dirichlet}(1, \\dots, 1),

    with the focus f on a taste t(u) drawn uniformly; the affinity to product j of
    group g is :math:`\\theta_{ug} q_j`. A customer makes 1 + Poisson((m - 1) G) purchases
    with the mean m and G lognormal of mean 1 and spread 0.8. Each is drawn from the
    affinity or, at the repeat rate r, from the customer's earlier purchases, each alike.
    Before anything is known of a customer, every purchase is product j with the
    probability that the affinity says; after a history with shares h, the next one is
    with :math:`r h_j + (1 - r) \\theta_{ug} q_j`.

    With the signal s, age is normal about :math:`45 + s (a_t - 45)`, where the typical
    ages a of the tastes are spread evenly from 25 to 65, with a standard deviation of 8
    years, rounded and clipped. The region is, with probability s, the home of the taste,
    and any otherwise; there are five regions, homes of the tastes in turn. Purchases are
    uniform in time, so that customers who buy little may come late in the log.
    Prices are lognormal with a median of 12.18; quantities are 1 + Poisson(0.4).

    Takes time in the number of purchases, and 8 n_customers n_products bytes for the
    affinity.

    Examples
    --------
    >>> from custbase.datasets import make_purchases
    >>> log, truth = make_purchases(500, random_state=0)
    >>> log.columns.tolist()
    ['customer_id', 'product_id', 'date', 'quantity', 'amount']
    >>> truth.affinity.shape
    (500, 200)

    What the first customer would like best, and what all customers like:

    >>> truth.products["product_id"][truth.affinity[0].argmax()]
    'p124'
    >>> truth.products["product_id"][truth.affinity.mean(axis=0).argmax()]
    'p119'
    """
    check_value("n_customers", n_customers, Number(1, integer=True))
    check_value("n_products", n_products, Number(1, integer=True))
    check_value("n_tastes", n_tastes, Number(1, n_products, integer=True))
    check_value("mean_purchases", mean_purchases, Number(1))
    check_value("focus", focus, Number(0, 1))
    check_value("popularity_exponent", popularity_exponent, Number(0))
    check_value("repeat_rate", repeat_rate, Number(0, 1, high_open=True))
    check_value("demographic_signal", demographic_signal, Number(0, 1))
    check_value("random_state", random_state, *RANDOM_STATE)
    first_day, n_days = _check_window(start, end)
    _refuse_large(int(n_customers), int(n_products), int(n_tastes), float(mean_purchases))
    rng = check_random_state(random_state)

    customers = _draw_customers(rng, n_customers, n_tastes, demographic_signal)
    products, share = _draw_products(rng, n_products, n_tastes, popularity_exponent)
    own = np.eye(n_tastes)[customers["taste"]]
    taste_shares = focus * own + (1 - focus) * rng.dirichlet(np.ones(n_tastes), n_customers)

    buyer = _draw_buyers(rng, n_customers, mean_purchases)
    product = _draw_choices(rng, taste_shares, buyer, products["taste"].to_numpy(), share)
    product = product[_draw_sources(rng, buyer, repeat_rate)]
    quantity = 1 + rng.poisson(MEAN_EXTRA_QUANTITY, len(buyer))
    # In order of time for each customer, so that what is repeated comes before.
    seconds = np.floor(rng.uniform(size=len(buyer)) * n_days * 86_400)
    seconds = seconds[np.lexsort((seconds, buyer))]
    order = np.lexsort((buyer, seconds))
    log = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy()[buyer],
            "product_id": products["product_id"].to_numpy()[product],
            "date": np.datetime64(first_day, "us") + seconds.astype("timedelta64[s]"),
            "quantity": quantity,
            "amount": np.round(products["price"].to_numpy()[product] * quantity, 2),
        }
    )
    affinity = taste_shares[:, products["taste"]] * share
    return log.iloc[order].reset_index(drop=True), PurchaseTruth(customers, products, affinity)


def _check_window(start: Any, end: Any) -> tuple[date, int]:
    """Check the days that the log covers; give the first one and their number."""
    first, last = parse_day("start", start), parse_day("end", end)
    if last < first:
        raise ValueError(f"end must not be before start ({first}); got {end!r}.")
    return first, (last - first).days + 1


def _refuse_large(n_customers: int, n_products: int, n_tastes: int, mean: float) -> None:
    """Raise if there is no memory for the matrices of customers, or for the purchases."""
    per_customer = 16 * n_products + 32 * n_tastes
    refuse_beyond_memory(
        n_customers * per_customer + 8 * n_tastes**2,
        f"n_customers={n_customers}, n_products={n_products} and n_tastes={n_tastes} need",
        "Ask for fewer.",
    )
    refuse_beyond_memory(
        n_customers * mean * (PURCHASE_BYTES + 8 * n_tastes),
        f"mean_purchases={mean:g} of n_customers={n_customers} need",
        "Ask for fewer.",
    )


def _draw_customers(
    rng: np.random.RandomState, n_customers: int, n_tastes: int, signal: float
) -> pd.DataFrame:
    """Draw tastes, and what they show in."""
    taste = rng.randint(n_tastes, size=n_customers)
    typical = np.linspace(YOUNGEST_TASTE, OLDEST_TASTE, n_tastes) if n_tastes > 1 else [MEAN_AGE]
    age = MEAN_AGE + signal * (np.asarray(typical)[taste] - MEAN_AGE)
    age = age + AGE_SPREAD * rng.standard_normal(n_customers)
    regions = np.array(list(REGIONS))
    any_region = rng.randint(len(regions), size=n_customers)
    is_home = rng.uniform(size=n_customers) < signal
    region = np.where(is_home, taste % len(regions), any_region)
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, n_customers + 1),
            "age": np.round(age).clip(18, 90).astype(np.int64),
            "region": pd.Categorical(regions[region], categories=regions),
            "taste": taste,
        }
    )


def _draw_products(
    rng: np.random.RandomState, n_products: int, n_tastes: int, exponent: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw products, and their shares of what is bought of their taste."""
    place = rng.permutation(n_products)
    taste = place % n_tastes
    weight = (1.0 + place // n_tastes) ** -exponent
    share = weight / np.bincount(taste, weight)[taste]
    width = len(str(n_products - 1))
    products = pd.DataFrame(
        {
            "product_id": [f"p{number:0{width}}" for number in range(n_products)],
            "taste": taste,
            "price": np.round(rng.lognormal(LOG_PRICE, LOG_PRICE_SPREAD, n_products), 2),
        }
    )
    return products, share


def _draw_buyers(rng: np.random.RandomState, n_customers: int, mean: float) -> np.ndarray:
    """Draw how often each customer buys; give the buyer of each purchase, ascending."""
    spread = ACTIVITY_SPREAD
    activity = rng.lognormal(-(spread**2) / 2, spread, n_customers)
    return np.repeat(np.arange(n_customers), 1 + rng.poisson((mean - 1) * activity))


def _draw_choices(
    rng: np.random.RandomState,
    taste_shares: np.ndarray,
    buyer: np.ndarray,
    taste: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    """Draw a taste for each purchase, and a product that serves it."""
    bounds = taste_shares.cumsum(axis=1)[buyer, :-1]
    chosen = (rng.uniform(size=len(buyer))[:, None] >= bounds).sum(axis=1)
    # On a line of products by taste, those of taste t fill the interval from t to t + 1.
    order = np.argsort(taste, kind="stable")
    ends = share[order].cumsum()
    place = np.searchsorted(ends, chosen + rng.uniform(size=len(buyer)), side="right")
    # Sums may end a rounding error beside a whole number.
    starts = np.searchsorted(taste[order], np.arange(taste_shares.shape[1] + 1))
    return order[place.clip(starts[chosen], starts[chosen + 1] - 1)]


def _draw_sources(rng: np.random.RandomState, buyer: np.ndarray, repeat_rate: float) -> np.ndarray:
    """Give for each purchase the one that it repeats, in the end: itself if it is new."""
    counts = np.bincount(buyer)
    rank = np.arange(len(buyer)) - np.repeat(counts.cumsum() - counts, counts)
    is_repeat = (rng.uniform(size=len(buyer)) < repeat_rate) & (rank > 0)
    back = np.floor(rng.uniform(size=len(buyer)) * rank).astype(np.int64)
    source = np.arange(len(buyer)) - np.where(is_repeat, rank - back, 0)
    while is_repeat[source].any():
        source = source[source]
    return source
