"""ChurnClassifier: who is leaving, and whom it pays to keep."""

from __future__ import annotations

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
from ._retention import Offer, incentive_expected, profit_threshold, retention_value

MODELS = OneOf(("auto", "logistic", "tree", "forest", "boosting"))
RULES = {
    "model": (MODELS, HasMethods(("fit", "get_params"))),
    "pos_label": (Is((object,), "a label or None"),),
    "calibrate": (BOOLEAN,),
    "customer_value": (Number(0), STRING, NONE),
    "incentive_cost": (Number(0), STRING),
    "contact_cost": (Number(0),),
    "accept_rate": (Number(0, 1), STRING),
    "random_state": RANDOM_STATE,
    "n_jobs": N_JOBS,
}


class ChurnClassifier(TabularClassifier):
    """Tell which customers are leaving, and whom it pays to keep.

    Takes the frame of customers as it is: numbers, categories, truth values, missing
    values, numbers that are kept as text. Probabilities are calibrated on customers
    that the model has not seen. Once `customer_value` is given, ``predict`` decides by
    profit instead of by what is more likely.

    Parameters
    ----------
    model : str or classifier, default="auto"
        "logistic" (regression, along curves or lines of numbers), "tree",
        "forest", "boosting" (of histograms), or any classifier of scikit-learn's kind,
        which is cloned and gets dummies of categories and imputed, scaled numbers.
        "auto" takes logistic or boosting, by the log-loss of customers held out.
    pos_label : object, default=None
        Label of those who leave. None takes the second class in sorted order, with a
        warning unless labels are like 0 and 1 or "No" and "Yes". Within wrappers that number
        labels in sorted order, such as VotingClassifier, 0 or 1.
    calibrate : bool, default=True
        Turn scores into probabilities by Platt's sigmoid of scores that customers got
        from models that had not seen them; otherwise the model's own are given, while
        ``selection_``, ``drivers_`` and ``explain`` are of the calibrated ones.
    customer_value : float, str or None, default=None
        Money that a customer who is kept is worth, or the name of the column of `X`
        that holds it, which stays a column of the model, too.
    incentive_cost : float or str, default=10.0
        Money that an accepted incentive costs, or the name of such a column.
    contact_cost : float, default=1.0
        Money that contacting a customer costs.
    accept_rate : float or str, default=0.3
        Share of those who would leave that accepts the incentive and stays, in [0, 1],
        or the name of a column of such probabilities.
    random_state : int, RandomState or None, default=None
        Source of folds and seeds; an int gives the same model every time. A classifier that you
        pass gets a seed for every part that has none, such as the steps of a Pipeline.
    n_jobs : int or None, default=None
        Threads of "forest", as in scikit-learn. The result does not depend on it.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The classes, sorted.
    churn_class_ : object
        The class of those who leave.
    model_ : Pipeline
        The preprocessing and the model, fitted to all customers.
    model_name_ : str
        Which model was chosen.
    selection_ : DataFrame
        Log-loss of the models that were compared.
    threshold_ : float or None
        Probability of leaving above which ``predict`` says so: 0.5 without
        `customer_value`; None if columns hold the money: customers have their own.
    drivers_ : DataFrame
        Columns by what the probabilities owe them.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of `X`, if it was a frame with string names.

    See Also
    --------
    custbase.metrics.expected_maximum_profit_score : Scores measured by money.
    custbase.finance.CampaignFinance : What the campaign brought, afterwards.

    Notes
    -----
    With the probability p of leaving, the value V, the incentive d, the contact cost f
    and the share g that accepts, an offer is expected to earn

    .. math:: p g V - d (1 - p (1 - g)) - f,

    since whoever stays anyway takes the incentive, too. It pays if
    ``p > (d + f) / (g (V - d) + d)`` [1]_.

    Columns: numbers and truth values are numbers. Texts are categories, but for those that
    are numbers: at least 9 in 10 of a column's texts, or half of them where so many
    numbers differ that categories would forget their order (the most frequent other text,
    such as "unknown", does not count there). They are read with currency signs,
    thousands separators, decimal commas and percent signs; other texts of the column count
    as missing, and a warning names it. Missing values are a value of their own. Categories
    of fewer than 10 customers, and those that ``fit`` did not see, count as one. Where ``fit``
    saw none so rare, unseen ones say nothing to logistic regression; trees, forests and
    boosting send them where most customers go. ``fit`` warns if more than half of the
    customers have such a rare text. Constant and empty columns, and texts that differ for
    every customer, are left out, the latter with a warning. Dates are refused, also days,
    weeks, months and quarters that are texts, such as 2019-01-31, 2019-01 or 2019Q1.

    "boosting" has 4, 8 or 31 leaves and up to 251 trees: the log-loss on customers held out
    decides. In a table of more than 200 columns, it looks at 200. For that, ``fit`` cuts each
    number into eighths, and takes the columns whose eighths, or categories, differ most in the
    share of customers who leave.

    "logistic" follows curves or straight lines of the numbers, whichever has the lower log-loss
    on customers held out. A curve takes 6 columns. If the rarer class has 250 customers for each
    of these columns, it always follows curves. If more than 100 numbers have 20 values or more,
    it always follows lines. It counts numbers beyond those of ``fit`` as the farthest one.
    Tables of more than 100 dummies of categories, or of more than 400 columns without
    curves, are wide: logistic regression keeps dummies sparse, one for each level of 3
    customers, up to 10,000 per column. If some levels of a column have fewer than 10
    customers, and others more, these rare ones and unseen ones share one more dummy.
    Customers held out choose the inverse penalty of logistic regression on wide tables: 1,
    1/4 or 1/16, on dense ones also 1/64 or 1/256. A fit of up to 5,000 customers uses one
    thread: more would wait for each other.

    A classifier that was given learns from truth values, True for the second class in
    sorted order; labels in its ``class_weight`` or ``pos_label`` are translated. Weights
    go to its ``fit``: of a Pipeline to its last step, of a search to what it searches, of a
    vote or a stack to all that is in it. With metadata routing enabled, ``set_fit_request``
    on parts of the classifier decides instead.

    Three folds serve everything: each customer gets a score from a model that has not
    seen it. These scores choose the model, fit the sigmoid and measure ``drivers_``;
    then the model is fitted to all customers. Folds of "logistic" share the preprocessing
    of all customers, which does not look at `y`. (With fewer than 3 customers of a class
    there are 2 folds.)

    References
    ----------
    .. [1] T. Verbraken, W. Verbeke and B. Baesens, "A novel profit maximizing metric
       for measuring classification performance of customer churn prediction models",
       IEEE Transactions on Knowledge and Data Engineering 25, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from custbase import ChurnClassifier
    >>> rng = np.random.default_rng(0)
    >>> customers = pd.DataFrame({
    ...     "tenure": rng.integers(0, 72, 600),
    ...     "contract": rng.choice(["monthly", "yearly"], 600),
    ... })
    >>> risk = 0.6 - 0.008 * customers["tenure"] - 0.2 * (customers["contract"] == "yearly")
    >>> left = np.where(rng.random(600) < risk, "Yes", "No")
    >>> churn = ChurnClassifier(customer_value=200.0, random_state=0).fit(customers, left)
    >>> round(churn.threshold_, 4)
    0.1642
    >>> chosen = churn.select(customers, budget=500.0)
    >>> bool((churn.expected_profit(customers)[chosen] > 0).all())
    True
    """

    def __init__(
        self,
        model: Any = "auto",
        *,
        pos_label: Any = None,
        calibrate: bool = True,
        customer_value: float | str | None = None,
        incentive_cost: float | str = 10.0,
        contact_cost: float = 1.0,
        accept_rate: float | str = 0.3,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.model = model
        self.pos_label = pos_label
        self.calibrate = calibrate
        self.customer_value = customer_value
        self.incentive_cost = incentive_cost
        self.contact_cost = contact_cost
        self.accept_rate = accept_rate
        self.random_state = random_state
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> ChurnClassifier:
        """Learn who leaves.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            One row per customer, as known before it was seen who leaves.
        y : array of shape (n_samples,)
            Who left: labels of two classes, of any type.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers. Only their ratios count; 0 leaves one out.
        groups : array of shape (n_samples,) or None, default=None
            Rows that belong together, such as snapshots of one customer at several
            cut-offs: they are held out together, so that nobody gets a score from a
            model that has seen the same customer on another day.

        Returns
        -------
        ChurnClassifier
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
            says which class leaves.
        """
        check_params(self, RULES)
        frame = check_table(self, X, reset=True)
        self._offer(frame)
        if self.customer_value is not None:
            self._value(frame, None)
        with as_rows_need(len(frame)):
            self._learn(frame, y, sample_weight, groups, positive_is="churn")
        self.churn_class_ = self.classes_[self._positive]
        return self

    @property
    def threshold_(self) -> float | None:
        """Probability of leaving above which ``predict`` says so.

        Returns
        -------
        float or None
            0.5 without `customer_value`; None if columns hold the money: customers have
            their own.
        """
        check_is_fitted(self)
        if self.customer_value is None:
            return 0.5
        if isinstance(self.customer_value, str):
            return None
        if isinstance(self.incentive_cost, str) or isinstance(self.accept_rate, str):
            return None
        offer = Offer(self.incentive_cost, self.contact_cost, self.accept_rate)
        return float(profit_threshold(self.customer_value, offer))

    def predict(self, X: Any) -> np.ndarray:
        """Say who leaves: the more likely class, or by profit once there is a value.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Classes. With `customer_value`, ``churn_class_`` is for those whose expected
            profit is positive: whom to contact.
        """
        check_is_fitted(self)
        frame = check_table(self, X, reset=False)
        if self.customer_value is None:
            leaves = self._probability(frame) > 0.5
        else:
            leaves = self._profit(frame, None) > 0
        return self.classes_[np.where(leaves, self._positive, 1 - self._positive)]

    @in_one_order
    def retention_value(self, X: Any, customer_value: Any = None) -> np.ndarray:
        """Expected money that an offer brings, but for the contact.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        customer_value : float, str, array of shape (n_samples,) or None, default=None
            Money that a customer who is kept is worth: one for all, a column of `X`,
            or one each; None for the one of the constructor.

        Returns
        -------
        ndarray of shape (n_samples,)
            ``p g V - d (1 - p (1 - g))``. As revenue of a campaign with `contact_cost`
            a contact in `CampaignFinance`, it gives the sum of `expected_profit` as npv.

        Raises
        ------
        ValueError
            If no value is known, or it is not money.
        """
        check_is_fitted(self)
        frame = check_table(self, X, reset=False)
        value, offer = self._value(frame, customer_value), self._offer(frame)
        return retention_value(self._probability(frame), value, offer)

    @in_one_order
    def expected_profit(self, X: Any, customer_value: Any = None) -> np.ndarray:
        """Expected profit of contacting each customer.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        customer_value : float, str, array of shape (n_samples,) or None, default=None
            As in `retention_value`.

        Returns
        -------
        ndarray of shape (n_samples,)
            Money: `retention_value` less `contact_cost`.

        Raises
        ------
        ValueError
            If no value is known, or it is not money.
        """
        check_is_fitted(self)
        return self._profit(check_table(self, X, reset=False), customer_value)

    @in_one_order
    def select(self, X: Any, budget: float | None = None, customer_value: Any = None) -> np.ndarray:
        """Choose whom to contact.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        budget : float or None, default=None
            Money for contacts and expected incentives; None for no limit.
        customer_value : float, str, array of shape (n_samples,) or None, default=None
            As in `retention_value`.

        Returns
        -------
        ndarray of bool of shape (n_samples,)
            Customers of positive expected profit: those of most profit per expected
            cost first, of equal ones those of most profit, then the first, until the
            next does not fit.

        Raises
        ------
        ValueError
            If no value is known, or it or the budget is not money.
        """
        check_is_fitted(self)
        check_value("budget", budget, Number(0), NONE)
        frame = check_table(self, X, reset=False)
        value, offer = self._value(frame, customer_value), self._offer(frame)
        p = self._probability(frame)
        profit = retention_value(p, value, offer) - self.contact_cost
        cost = self.contact_cost + incentive_expected(p, offer)
        return select_by_profit(profit, cost, budget)

    def _offer(self, frame: pd.DataFrame) -> Offer:
        incentive_cost = read_money("incentive_cost", self.incentive_cost, frame)
        accept_rate = read_money("accept_rate", self.accept_rate, frame, most=1.0)
        return Offer(incentive_cost, self.contact_cost, accept_rate)

    def _profit(self, frame: pd.DataFrame, customer_value: Any) -> np.ndarray:
        value, offer = self._value(frame, customer_value), self._offer(frame)
        return retention_value(self._probability(frame), value, offer) - self.contact_cost

    def _value(self, frame: pd.DataFrame, given: Any) -> np.ndarray:
        """Money that customers are worth, as given or by the constructor."""
        value = self.customer_value if given is None else given
        if value is None:
            raise ValueError(
                "customer_value must be given, to this method or to the constructor, to count "
                "money; got None."
            )
        return read_money("customer_value", value, frame)
