"""BTYDRegressor: how often customers will buy, times what a purchase is worth."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_columns, check_sample_weight
from .._joins import in_one_order
from .._models import (
    clone_seeded,
    draw_seed,
    fit_given,
    require_weights,
    takes_weights,
)
from .._params import RANDOM_STATE, HasMethods, Number, OneOf, Rule, check_params, shorten
from .._summaries import spend_explained
from ..btyd import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel, ParetoNBDModel
from ..btyd._customers import check_customers, check_horizon
from ..btyd._purchase_model import PurchaseModel
from ._discount import weigh_times

PURCHASES = {
    "beta_geo": BetaGeoModel,
    "modified_beta_geo": ModifiedBetaGeoModel,
    "pareto_nbd": ParetoNBDModel,
}
SPEND = {"gamma_gamma": GammaGammaModel}
COLUMNS = ["frequency", "recency", "T", "monetary_value"]
RULES: dict[str, tuple[Rule, ...]] = {
    "purchases": (OneOf(tuple(PURCHASES)), HasMethods(("fit", "predict"))),
    "spend": (OneOf(tuple(SPEND)), HasMethods(("fit", "predict"))),
    "horizon": (Number(0, low_open=True),),
    "margin_rate": (Number(0, 1),),
    "discount_rate": (Number(0),),
    "random_state": RANDOM_STATE,
}


class BTYDRegressor(RegressorMixin, CustbaseEstimator):
    """Value of customers by a model of purchases and one of spend, without any labels.

    Learns from histories alone: nothing of the future is needed but a guess that it will
    be like the past. Where past values of as long a horizon are known, SpendRegressor and
    CLVRegressor learn from them.

    Parameters
    ----------
    purchases : {"beta_geo", "modified_beta_geo", "pareto_nbd"} or estimator, \
default="beta_geo"
        How often customers buy: a model of `custbase.btyd`, or an estimator with ``fit(X)``
        and ``predict(X, horizon)``, of frequency, recency and T.
    spend : {"gamma_gamma"} or estimator, default="gamma_gamma"
        What a purchase is worth: `GammaGammaModel`, or an estimator with ``fit(X)`` and
        ``predict(X)``, of frequency, recency, T and monetary_value.
    horizon : float or None, default=None
        How far to look ahead, in the unit of T; it must be given.
    margin_rate : float, default=1.0
        What is left of a unit of spend.
    discount_rate : float, default=0.0
        What a unit of T costs: 1 is worth 1 / (1 + rate) a unit of T later. A yearly rate
        i is (1 + i)^(1/52.18) - 1 where T is in weeks.
    random_state : int, RandomState instance or None, default=None
        Seeds the models that you pass where they have none. Models of custbase draw
        nothing.

    Attributes
    ----------
    purchases_, spend_ : estimator
        The fitted models.
    n_features_in_ : int
        4: frequency, recency, T and monetary_value.
    feature_names_in_ : ndarray of shape (4,)
        Their names, if `X` was a frame.

    See Also
    --------
    custbase.features.rfm_summary : Makes the summary of a log.
    SpendRegressor : Learns from what customers spent, by any features.
    CLVRegressor : Learns from what customers spent, by networks.

    Notes
    -----
    With the expected purchases E Y(t) until t, the value is

    .. math:: m \\, E[Z] \\sum_k \\frac{E Y(k) - E Y(k - 1)}{(1 + d)^k},

    over the ends k of units of T; the last one is the horizon, and may be a part of a
    unit. Without discount that is m E[Z] E Y(horizon). Purchases and spend are taken to be
    unrelated. A model of `custbase.btyd` is asked for the first 32 units, and then for 20 in
    each span that is as long as all before it: the polynomial through them is within 1e-9 of
    the sum, usually 1e-13, and a hundred years of weeks take no longer than 200 of them. Other
    models are asked for every unit, until those that are left add less than 1e-17.

    Examples
    --------
    >>> from custbase import BTYDRegressor
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import rfm_summary
    >>> summary = rfm_summary(load_cdnow(), end="1997-09-30")
    >>> model = BTYDRegressor("pareto_nbd", horizon=52, discount_rate=0.002).fit(summary)
    >>> round(float(model.predict(summary).sum()), -2)
    73000.0
    """

    score = in_one_order(RegressorMixin.score)

    def __init__(
        self,
        purchases: Any = "beta_geo",
        spend: Any = "gamma_gamma",
        *,
        horizon: float | None = None,
        margin_rate: float = 1.0,
        discount_rate: float = 0.0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.purchases = purchases
        self.spend = spend
        self.horizon = horizon
        self.margin_rate = margin_rate
        self.discount_rate = discount_rate
        self.random_state = random_state

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit both models.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary, as `custbase.features.rfm_summary` makes it: its columns frequency,
            recency, T and monetary_value, others are ignored; of an array the columns in
            this order.
        y : None
            Ignored.
        sample_weight : array of shape (n_customers,) or None, default=None
            How many customers each row stands for; passed on to both models if given.

        Returns
        -------
        BTYDRegressor
            The fitted regressor itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, there is no horizon, a model has other methods, or
            refuses `X`.

        Warns
        -----
        ConvergenceWarning, CustbaseWarning
            What the models warn of: that the customers do not determine all parameters, or
            that how often and how much they buy goes together.
        """
        if self.horizon is None:
            raise ValueError(
                "BTYDRegressor: horizon must be given: how far to look ahead, in the unit of T; "
                "got None."
            )
        check_params(self, RULES)
        check_horizon(None, self.horizon, 1)
        summary = self._read(X, reset=True)
        history = summary[COLUMNS[:3]]
        random_state = check_random_state(self.random_state)
        purchases = open_model(self.purchases, PURCHASES, random_state)
        require_call("purchases", "fit(X)", purchases.fit, history)
        require_call("purchases", "predict(X, horizon)", purchases.predict, history, self.horizon)
        spend = open_model(self.spend, SPEND, random_state)
        require_call("spend", "fit(X)", spend.fit, summary)
        require_call("spend", "predict(X)", spend.predict, summary)
        self.purchases_ = fit_model("purchases", purchases, history, sample_weight)
        self.spend_ = fit_model("spend", spend, summary, sample_weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Value of customers until the horizon.

        Parameters
        ----------
        X : frame or array of shape (n_customers, n_columns)
            A summary, in the units of the fitted one.

        Returns
        -------
        ndarray of shape (n_customers,)
            Money, in that of `X`, at T.

        Raises
        ------
        TypeError, ValueError
            If `X` is not as described.
        """
        check_is_fitted(self)
        check_params(self, RULES)
        summary = self._read(X, reset=False)
        # Customers with the same history will buy alike.
        history = summary[COLUMNS[:3]]
        number = history.groupby(COLUMNS[:3], sort=False).ngroup().to_numpy()
        distinct = history[~history.duplicated()]
        counted = count_discounted(self.purchases_, distinct, self.horizon, self.discount_rate)
        return self.margin_rate * self.spend_.predict(summary) * counted[number]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags

    def _read(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """The columns of a summary, under their names."""
        with spend_explained(X, COLUMNS):
            columns = check_columns(self, X, COLUMNS, reset=reset)
        # Models see histories once each: rows that an error names are those of X.
        check_customers(columns[:3])
        return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def open_model(given: Any, known: Mapping[str, type], random_state: np.random.RandomState) -> Any:
    """Make the model of a name, or copy the one that was given, with a seed if it has none."""
    if isinstance(given, str):
        return known[given]()
    return clone_seeded(given, draw_seed(given, random_state))


def fit_model(name: str, model: Any, summary: pd.DataFrame, sample_weight: Any) -> Any:
    """Fit a model with the weights, if there are any and it takes them; equal ones say nothing."""
    if sample_weight is None:
        return fit_given(model, summary)
    weights = check_sample_weight(sample_weight, summary.to_numpy())
    if np.ptp(weights) > 0:
        require_weights(name, model)
    return fit_given(model, summary, weights=weights if takes_weights(model) else None)


def require_call(name: str, call: str, method: Callable[..., Any], *args: Any) -> None:
    """Raise unless a method of the model that a parameter gave can be called like this."""
    try:
        inspect.signature(method).bind(*args)
    except TypeError as error:
        model = getattr(method, "__self__", method)
        raise TypeError(
            f"BTYDRegressor: {name} must have {call} that asks for nothing else; got "
            f"{shorten(model)} ({error})."
        ) from error


def count_discounted(model: Any, summary: pd.DataFrame, horizon: Any, rate: float) -> np.ndarray:
    """Add up the expected purchases of every unit of time, worth less the later they are.

    Parameters
    ----------
    model : estimator
        A fitted model of purchases.
    summary : DataFrame of shape (n_customers, 3)
        Histories.
    horizon : float
        Where the last unit ends, in full or in part.
    rate : float
        Discount of a unit of time.

    Returns
    -------
    ndarray of shape (n_customers,)
        Purchases.
    """
    if not rate:
        return model.predict(summary, horizon)
    # Of models of a user nothing is known but what they say.
    times, weights = weigh_times(horizon, rate, is_smooth=isinstance(model, PurchaseModel))
    total = np.zeros(len(summary))
    for time, weight in zip(times.tolist(), weights, strict=True):
        total += weight * model.predict(summary, time)
    return total
