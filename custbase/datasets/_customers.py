"""A raw table of customers, as a business has it, with the truth beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.utils import check_random_state

from .._memory import refuse_beyond_memory
from .._params import RANDOM_STATE, Number, check_value

REGIONS = {"north": 0.3, "south": 0.25, "east": 0.2, "west": 0.15, "islands": 0.1}
PLANS = {"basic": 0.5, "standard": 0.35, "premium": 0.15}
PRICE_FACTOR = {"basic": 0.8, "standard": 1.0, "premium": 1.5}
CUSTOMER_BYTES = 190  # of a row while it is drawn
INCOMPLETE = ("age", "region", "satisfaction")


def make_customers(
    n_customers: int = 1000,
    *,
    churn_rate: float = 0.2,
    response_rate: float = 0.1,
    missing_rate: float = 0.05,
    random_state: int | np.random.RandomState | None = None,
) -> pd.DataFrame:
    """Draw a raw table of customers with two outcomes and their true probabilities.

    Parameters
    ----------
    n_customers : int, default=1000
        Rows.
    churn_rate : float, default=0.2
        Mean of the true probabilities to churn, strictly between 0 and 1.
    response_rate : float, default=0.1
        Mean of the true probabilities to respond to an offer, likewise.
    missing_rate : float, default=0.05
        Probability that an entry of ``age``, ``region`` or ``satisfaction`` is
        missing, whatever the customer is like.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; the same seed gives the same bits.

    Returns
    -------
    pandas.DataFrame of shape (n_customers, 14)
        One row a customer. What a business knows:

        - ``customer_id``, int: 1 to `n_customers`;
        - ``age``, float: years, 18 to 90, possibly missing;
        - ``region``, category: north, south, east, west or islands, possibly
          missing; has no effect on the outcomes;
        - ``plan``, category, ordered: basic, standard or premium;
        - ``tenure_months``, int: months since the first purchase;
        - ``newsletter``, bool: whether the customer may be written to;
        - ``products_purchased``, int: in the last twelve months, at least 1;
        - ``complaints``, int: in the last twelve months;
        - ``money_spent``, float: in the last twelve months;
        - ``satisfaction``, float: 1 to 5 in a survey, possibly missing.

        What happened next, and how likely it was:

        - ``churned``, int: 1 if the customer left;
        - ``responded``, int: 1 if the customer took an offer;
        - ``true_churn_probability``, float;
        - ``true_response_probability``, float.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    MemoryError
        If the table would not fit into memory.

    See Also
    --------
    make_transactions : A log of purchases instead of one row a customer.

    Notes
    -----
    With T the tenure in years, K complaints, N products, S satisfaction and A
    age, all before entries go missing,

    .. math::

        \\operatorname{logit} P(churn) &= c_1 + 0.9 \\min(K, 3) [1 + 1(T < 1)]
            - 0.7 \\log(1 + T) - 0.5 \\log N - 0.4 (S - 3) - 0.4 \\cdot 1(premium)

        \\operatorname{logit} P(response) &= c_2 + 1.2 \\cdot 1(newsletter)
            + 0.6 \\log N - 0.5 K - 0.8 ((A - 45)/20)^2

    where c_1 and c_2 are solved for so that the mean probabilities are
    `churn_rate` and `response_rate`. Complaints of new customers count double
    and age acts by its square, which a model linear in the columns misses. The
    two outcomes are independent given the columns.

    Drop the ``true_`` columns, and the outcome that is not the target, before
    a model sees the table.

    Examples
    --------
    >>> from custbase.datasets import make_customers
    >>> customers = make_customers(2000, churn_rate=0.25, random_state=0)
    >>> float(customers["true_churn_probability"].mean().round(6))
    0.25
    >>> y = customers["churned"]
    >>> X = customers.loc[:, "age":"satisfaction"]
    """
    inside = Number(0, 1, low_open=True, high_open=True)
    check_value("n_customers", n_customers, Number(1, integer=True))
    check_value("churn_rate", churn_rate, inside)
    check_value("response_rate", response_rate, inside)
    check_value("missing_rate", missing_rate, Number(0, 1, high_open=True))
    check_value("random_state", random_state, *RANDOM_STATE)
    needed = CUSTOMER_BYTES * int(n_customers)
    refuse_beyond_memory(needed, f"n_customers={n_customers} needs", "Ask for fewer.")
    rng = check_random_state(random_state)

    customers = _draw_customers(rng, n_customers)
    churn = _probability(_churn_logit(customers), churn_rate)
    response = _probability(_response_logit(customers), response_rate)
    churned = rng.uniform(size=n_customers) < churn
    responded = rng.uniform(size=n_customers) < response
    for column in INCOMPLETE:
        customers[column] = customers[column].mask(rng.uniform(size=n_customers) < missing_rate)
    return customers.assign(
        churned=churned.astype(np.int64),
        responded=responded.astype(np.int64),
        true_churn_probability=churn,
        true_response_probability=response,
    )


def _draw_customers(rng: np.random.RandomState, n: int) -> pd.DataFrame:
    """Draw what a business knows; engagement, which it does not, ties the columns together."""
    engagement = rng.standard_normal(n)
    plan = rng.choice(list(PLANS), n, p=list(PLANS.values()))
    tenure = np.floor(rng.gamma(1.5, 24 * np.exp(0.2 * engagement))).clip(0, 240)
    products = 1 + rng.poisson(3 * np.exp(0.6 * engagement))
    complaints = rng.poisson(0.25 * np.exp(0.3 * rng.standard_normal(n)) * np.sqrt(products))
    price = rng.lognormal(3.5, 0.4, n) * np.vectorize(PRICE_FACTOR.__getitem__)(plan)
    satisfaction = 3.7 + 0.3 * engagement - 0.7 * complaints + 0.8 * rng.standard_normal(n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, n + 1),
            "age": np.round(45 + 16 * rng.standard_normal(n)).clip(18, 90),
            "region": pd.Categorical(
                rng.choice(list(REGIONS), n, p=list(REGIONS.values())), categories=list(REGIONS)
            ),
            "plan": pd.Categorical(plan, categories=list(PLANS), ordered=True),
            "tenure_months": tenure.astype(np.int64),
            "newsletter": rng.uniform(size=n) < expit(0.3 + 0.5 * engagement),
            "products_purchased": products,
            "complaints": complaints,
            "money_spent": np.round(price * products, 2),
            "satisfaction": np.round(satisfaction).clip(1, 5),
        }
    )


def _churn_logit(customers: pd.DataFrame) -> np.ndarray:
    """Give the log-odds to churn, up to a constant."""
    years = customers["tenure_months"] / 12
    return (
        0.9 * customers["complaints"].clip(upper=3) * (1 + (years < 1))
        - 0.7 * np.log1p(years)
        - 0.5 * np.log(customers["products_purchased"])
        - 0.4 * (customers["satisfaction"] - 3)
        - 0.4 * (customers["plan"] == "premium")
    ).to_numpy()


def _response_logit(customers: pd.DataFrame) -> np.ndarray:
    """Give the log-odds to respond, up to a constant."""
    return (
        1.2 * customers["newsletter"]
        + 0.6 * np.log(customers["products_purchased"])
        - 0.5 * customers["complaints"]
        - 0.8 * ((customers["age"] - 45) / 20) ** 2
    ).to_numpy()


def _probability(logit: np.ndarray, mean: float) -> np.ndarray:
    """Shift log-odds so that the probabilities have the mean that is asked for."""
    target = np.log(mean / (1 - mean))
    shift = brentq(
        lambda c: expit(logit + c).mean() - mean,
        target - logit.max() - 1,
        target - logit.min() + 1,
        xtol=1e-12,
    )
    return expit(logit + shift)
