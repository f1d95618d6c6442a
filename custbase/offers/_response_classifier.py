"""ResponseClassifier: who will respond to the next offer, and whom it pays to contact."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from .._base import whole_or_not_at_all
from .._inputs import check_table
from .._joins import in_one_order
from .._params import (
    BOOLEAN,
    N_JOBS,
    NONE,
    RANDOM_STATE,
    STRING,
    HasMethods,
    Is,
    Number,
    OneOf,
    check_params,
    check_value,
)
from .._tabular._budget import select_by_profit
from .._tabular._classifier import TabularClassifier
from .._tabular._money import read_money
from .._threads import as_rows_need

MODELS = OneOf(("auto", "svm", "forest", "logistic", "boosting", "tree"))
RULES = {
    "model": (MODELS, HasMethods(("fit", "get_params"))),
    "pos_label": (Is((object,), "a label or None"),),
    "calibrate": (BOOLEAN,),
    "margin": (Number(0), STRING),
    "contact_cost": (Number(0),),
    "random_state": RANDOM_STATE,
    "n_jobs": N_JOBS,
}


class ResponseClassifier(TabularClassifier):
    """Tell who will respond to the next offer, and whom it pays to contact.

    Learns from the customers of an earlier campaign and whether they responded. Takes
    their frame as it is: numbers, categories, truth values, missing values, numbers
    that are kept as text. Probabilities are calibrated on customers that the model has
    not seen.

    Parameters
    ----------
    model : str or classifier, default="auto"
        "svm" (with a Gaussian kernel), "forest", "logistic" (regression, with curves
        for numbers of many values), "boosting" (of histograms), "tree", or any
        classifier of scikit-learn's kind, which is cloned and gets dummies of categories
        and imputed, scaled numbers. "auto" takes logistic or boosting, by the log-loss
        of customers held out.
    pos_label : object, default=None
        Label of those who responded. None takes the second class in sorted order, with
        a warning unless labels are like 0 and 1 or "No" and "Yes". Within wrappers that
        number labels in sorted order, such as VotingClassifier, 0 or 1.
    calibrate : bool, default=True
        Turn scores into probabilities by Platt's sigmoid of scores that customers got
        from models that had not seen them; otherwise the model's own are given, while
        ``selection_``, ``drivers_`` and ``explain`` are of the calibrated ones.
    margin : float or str, default=1.0
        Money that a response brings, before the contact, or the name of the column of
        `X` that holds it, which stays a column of the model, too.
    contact_cost : float, default=0.0
        Money that contacting a customer costs.
    random_state : int, RandomState or None, default=None
        Source of folds and seeds; an int gives the same model every time. A classifier that you
        pass gets a seed for every part that has none, such as the steps of a Pipeline.
    n_jobs : int or None, default=None
        Threads of "forest", as in scikit-learn. The result does not depend on it.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The classes, sorted.
    response_class_ : object
        The class of those who responded.
    model_ : Pipeline
        The preprocessing and the model, fitted to all customers.
    model_name_ : str
        Which model was chosen.
    selection_ : DataFrame
        Log-loss of the models that were compared.
    drivers_ : DataFrame
        Columns by what the probabilities owe them.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of `X`, if it was a frame with string names.

    See Also
    --------
    custbase.churn.ChurnClassifier : Who is leaving, and whom it pays to keep.
    custbase.metrics.lift_score : How many more respond among the highest scores.

    Notes
    -----
    Contacting a customer who responds with probability p is expected to earn
    ``p margin - contact_cost``. A response is not an effect: customers who would have
    bought anyway respond, too. Leave out of `X` what is known only after the contact,
    such as the duration of a call.

    Columns, folds, calibration and what a classifier that was given gets are those of
    `custbase.churn.ChurnClassifier`. An
    "svm" takes O(n^2) time: beyond 10,000 customers its kernel is approximated by 500
    random ones of them (Nystroem), and the machine is linear on that.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from custbase import ResponseClassifier
    >>> rng = np.random.default_rng(0)
    >>> customers = pd.DataFrame({
    ...     "age": rng.integers(18, 80, 600),
    ...     "channel": rng.choice(["web", "phone"], 600),
    ... })
    >>> chance = 0.05 + 0.004 * (customers["age"] - 18) + 0.1 * (customers["channel"] == "web")
    >>> responded = rng.random(600) < chance
    >>> response = ResponseClassifier(margin=20.0, contact_cost=4.0, random_state=0)
    >>> response = response.fit(customers, responded)
    >>> best = response.select(customers, fraction=0.1)
    >>> int(best.sum())
    60
    >>> bool(response.expected_conversions(customers)[best].mean() > chance.mean())
    True
    """

    def __init__(
        self,
        model: Any = "auto",
        *,
        pos_label: Any = None,
        calibrate: bool = True,
        margin: float | str = 1.0,
        contact_cost: float = 0.0,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.model = model
        self.pos_label = pos_label
        self.calibrate = calibrate
        self.margin = margin
        self.contact_cost = contact_cost
        self.random_state = random_state
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None
    ) -> ResponseClassifier:
        """Learn who responds.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            One row per contacted customer, as known before the contact.
        y : array of shape (n_samples,)
            Who responded: labels of two classes, of any type.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers. Only their ratios count; 0 leaves one out.
        groups : array of shape (n_samples,) or None, default=None
            Rows that belong together, such as snapshots of one customer at several
            cut-offs: they are held out together, so that nobody gets a score from a
            model that has seen the same customer on another day.

        Returns
        -------
        ResponseClassifier
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X`, `y` or `sample_weight` cannot be
            used; the message names it and what to do.

        Warns
        -----
        CustbaseWarning
            If texts become numbers, a column is left out, or nothing but the alphabet
            says which class responded.
        """
        check_params(self, RULES)
        frame = check_table(self, X, reset=True)
        read_money("margin", self.margin, frame)
        with as_rows_need(len(frame)):
            self._learn(frame, y, sample_weight, groups, positive_is="a response")
        self.response_class_ = self.classes_[self._positive]
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Say who responds: the more likely class.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Classes. Few respond to most offers, so that few or none are more likely to
            do so than not: `select` says whom to contact all the same.
        """
        check_is_fitted(self)
        responds = self._probability(check_table(self, X, reset=False)) > 0.5
        return self.classes_[np.where(responds, self._positive, 1 - self._positive)]

    def expected_conversions(self, X: Any) -> np.ndarray:
        """Expected number of responses of each customer.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Probabilities of ``response_class_``; the sum over those who are
            contacted is what a campaign is expected to convert.
        """
        check_is_fitted(self)
        return self._probability(check_table(self, X, reset=False))

    @in_one_order
    def expected_profit(self, X: Any, margin: Any = None) -> np.ndarray:
        """Expected profit of contacting each customer.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        margin : float, str, array of shape (n_samples,) or None, default=None
            Money that a response brings: one for all, a column of `X`, or one each;
            None for that of the constructor.

        Returns
        -------
        ndarray of shape (n_samples,)
            Money: ``p margin - contact_cost``.

        Raises
        ------
        ValueError
            If the margin is not money.
        """
        check_is_fitted(self)
        return self._profit(check_table(self, X, reset=False), margin)

    @in_one_order
    def select(
        self,
        X: Any,
        budget: float | None = None,
        fraction: float | None = None,
        margin: Any = None,
    ) -> np.ndarray:
        """Choose whom to contact.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        budget : float or None, default=None
            Money for contacts; None for no limit.
        fraction : float or None, default=None
            Most customers, as a share of those of `X`, in [0, 1]; None for no limit.
        margin : float, str, array of shape (n_samples,) or None, default=None
            As in `expected_profit`.

        Returns
        -------
        ndarray of bool of shape (n_samples,)
            Customers of positive expected profit, the most profitable first, of equal
            ones the first, until a limit is reached.

        Raises
        ------
        ValueError
            If the margin or the budget is not money, or the fraction is none.
        """
        check_is_fitted(self)
        check_value("budget", budget, Number(0), NONE)
        check_value("fraction", fraction, Number(0, 1), NONE)
        profit = self._profit(check_table(self, X, reset=False), margin)
        cost = np.full(len(profit), float(self.contact_cost))
        # 0.29 * 100 is a little less than 29 in floating point.
        most = None if fraction is None else math.floor(fraction * len(profit) + 1e-9)
        return select_by_profit(profit, cost, budget, most)

    def _profit(self, frame: pd.DataFrame, margin: Any) -> np.ndarray:
        value = read_money("margin", self.margin if margin is None else margin, frame)
        return self._probability(frame) * value - self.contact_cost
