"""A campaign's finances by customer segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._joins import in_one_order, refuse_other_index
from .._params import (
    MAPPING,
    NONE,
    RANDOM_STATE,
    STRING,
    HasMethods,
    Number,
    check_params,
    check_value,
)
from .._warn import warn
from ..exceptions import NegativeDenominatorWarning, ZeroDenominatorWarning
from ._allocation import Allocation, allocate_contacts, allocate_spend, check_response
from ._amounts import FloatArray, safe_ratio
from ._figures import (
    SHARES,
    Costs,
    Terms,
    campaign_figures,
    figures_table,
    headline_intervals,
    spread_costs,
)
from ._ledger import check_baseline, check_money, check_new_customers
from ._lifetime import discount_factors
from ._segments import (
    check_segment_names,
    check_segmented,
    encode_labels,
    find_labels,
    fit_segmenter,
    label_customers,
)
from ._sums import resample_ledger, sum_ledger

MONEY = Number(0)

RULES = {
    "segmenter": (HasMethods(("fit", "predict")), STRING, NONE),
    "implementation_cost": (MONEY, MAPPING),
    "marketing_budget": (MONEY, MAPPING),
    "cost_per_contact": (MONEY,),
    "margin_rate": (Number(0, 1),),
    "lifespan": (Number(0), NONE),
    "retention_rate": (Number(0, 1), NONE),
    "discount_rate": (Number(-1, low_open=True),),
    "horizon": (Number(1, integer=True), NONE),
    "first_period": (Number(0, integer=True),),
    "n_bootstrap": (Number(0, integer=True),),
    "confidence_level": (Number(0, 1, low_open=True, high_open=True),),
    "random_state": RANDOM_STATE,
}


class CampaignFinance(RegressorMixin, CustbaseEstimator):
    """Report what a campaign costs and returns, segment by segment.

    ``fit`` books the revenue of each contacted customer, `report_` shows the
    figures of each segment and their intervals, ``predict`` says what contacting
    a customer brings, ``allocate`` spreads the next budget and ``simulate``
    shows how the result could have turned out.

    Parameters
    ----------
    segmenter : str, estimator or None, default=None
        What a segment is: None for one segment named "all", the name of a column
        of `X`, or an estimator with ``predict``, which is cloned and fitted on
        `X` (wrap it in `sklearn.frozen.FrozenEstimator` to keep it as it is).
    implementation_cost : float or mapping of str to float, default=0.0
        Money spent on building the campaign, or item -> money. Spread over the
        segments by number of customers.
    marketing_budget : float or mapping of label to float, default=0.0
        Money spent on media and the like, spread by number of customers, or
        segment -> money; a segment that the mapping leaves out has no budget.
    cost_per_contact : float, default=0.0
        Money per customer, on top of the budget.
    margin_rate : float, default=1.0
        Share of the revenue that is left after the cost of goods, in [0, 1].
    lifespan : float, default=None
        Periods a customer stays, for the lifetime value. Not together with
        `retention_rate`; with neither of them the lifetime value is NaN.
    retention_rate : float, default=None
        Share of customers who stay from one period to the next, in [0, 1]; below
        1 + `discount_rate` if `horizon` is None.
    discount_rate : float, default=0.0
        Rate per period, above -1.
    horizon : int, default=None
        Periods counted in the lifetime value, with `retention_rate`; None for all.
    first_period : int, default=1
        Time of the first column of `y`: 0 is when the costs are paid, 1 the end
        of the first period.
    n_bootstrap : int, default=1000
        Resamples behind the intervals; 0 leaves the intervals out.
    confidence_level : float, default=0.95
        Coverage of the intervals, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Seed of the resamples, and of a segmenter as far as it has none.

    Attributes
    ----------
    report_ : DataFrame of shape (n_segments + 1, n_figures)
        The figures, one row a segment and a last row "total".
    segments_ : ndarray of shape (n_segments,)
        Labels of the segments, sorted.
    segmenter_ : estimator, str or None
        The fitted segmenter, or as given if it is no estimator.
    value_per_contact_ : ndarray of shape (n_segments,)
        Money that contacting one customer brings, what ``predict`` returns.
    figures_ : dict of str to ndarray of shape (n_segments + 1,)
        The columns of `report_` without the intervals.
    intervals_ : dict of str to ndarray of shape (2, n_segments + 1)
        Lower and upper bounds of the headline figures.
    ledger_ : dict of str to ndarray of shape (n_customers,)
        What was booked for each customer: `segment` (position in `segments_`),
        `revenue`, `present_value`, `baseline` and `is_new` if they were given.
    n_periods_ : int
        Number of columns of `y`.
    n_features_in_ : int
        Number of columns of `X`, only if the segmenter is an estimator.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names of `X`, only if the segmenter is an estimator.

    See Also
    --------
    custbase.segmentation.SegmentClusterer : Segments to put in.
    custbase.finance.net_present_value : One of the equations behind the report.

    Notes
    -----
    Let segment s have n_s of n customers, revenue R_t at time t = `first_period`,
    ..., TR its sum and r the discount rate. Costs are paid at time 0,

    .. math:: TC_s = (\\text{implementation} + \\text{budget}) n_s/n
              + \\text{cost per contact} \\cdot n_s,

    with its own entry in place of budget n_s/n if `marketing_budget` is a
    mapping, and M = TC less the share of implementation. The columns of
    `report_`, in order:

    - ``n_customers``, ``total_revenue`` TR, ``total_cost`` TC;
    - ``roi_pct`` 100 (TR - TC)/TC; ``cac`` budget / new customers, contacts
      excluded; ``clv`` a * lifespan, or a sum of (q/(1+r))^t over t < `horizon`
      with a = TR/(n p) for p periods; ``npv`` sum of R_t/(1+r)^t less TC;
      ``break_even_pct`` 100 TC/TR; ``profit_margin_pct`` 100 (TR - TC)/TR;
      ``average_revenue_per_customer`` TR/n; ``marketing_roi_pct`` 100 (TR - M)/M;
    - ``contribution_*``: the same with `margin_rate` TR in place of TR;
    - ``incremental_*``: above the baseline, as ``incremental_revenue`` TR - B and,
      for the rest, as contribution `margin_rate` (TR - B); in the npv the
      baseline is spread evenly over the periods. NaN without a baseline: revenue
      of contacted customers is attributed to the campaign, not caused by it;
    - ``ltv_cac`` contribution_clv / cac, and ``payback_periods``, the periods
      until a new customer's contribution reaches cac: finite where ltv_cac is at
      least 1, and with neither `lifespan` nor `retention_rate` without churn;
    - ``<figure>_low`` and ``<figure>_high``.

    Segments add up to the total for customers, revenue, cost, npv and the like,
    not for ratios. 0/0 is NaN, x/0 infinite with a ZeroDenominatorWarning. Shares of a
    negative TR (break-even and margin) have no meaning and are NaN, with a
    NegativeDenominatorWarning.

    Intervals are percentile bootstrap intervals over customers drawn within
    their segment: who was contacted at what cost is known, what they spend is
    not. Percentiles carry over from a figure to any monotone function of it, so
    intervals of ROI, npv, break-even and margin agree; a draw of negative TR counts
    as the worst, with an infinite break-even and margin. They are NaN for a segment of one
    customer, for a figure that is NaN in some draw, and for ``cac`` where only a
    count of new customers is known. A segment that was chosen for its result
    looks better than it is.

    Time O(n p) without and O(n_bootstrap n) with intervals (1e5 customers and
    1000 resamples: about a second); memory O(n).

    References
    ----------
    .. [1] Farris, Bendle, Pfeifer and Reibstein, "Marketing Metrics", Pearson.
    .. [2] Gupta, Lehmann and Stuart, "Valuing Customers", Journal of Marketing
       Research 41, 2004.
    .. [3] Efron and Tibshirani, "An Introduction to the Bootstrap", 1993.

    Examples
    --------
    Six customers in two segments, a campaign of 60 and 5 per contact:

    >>> import pandas as pd
    >>> from custbase import CampaignFinance
    >>> X = pd.DataFrame({"segment": ["loyal"] * 2 + ["new"] * 4})
    >>> y = [80.0, 40.0, 30.0, 0.0, 0.0, 10.0]
    >>> campaign = CampaignFinance(
    ...     "segment", marketing_budget=60.0, cost_per_contact=5.0, random_state=0
    ... ).fit(X, y)
    >>> campaign.report_[["n_customers", "total_revenue", "total_cost", "roi_pct", "npv"]]
             n_customers  total_revenue  total_cost     roi_pct   npv
    segment
    loyal              2          120.0        30.0  300.000000  90.0
    new                4           40.0        60.0  -33.333333 -20.0
    total              6          160.0        90.0   77.777778  70.0

    What contacting one more customer of a segment brings:

    >>> campaign.predict(pd.DataFrame({"segment": ["new", "loyal"]}))
    array([ 5., 55.])

    The most profitable use of 15 in contacts:

    >>> campaign.allocate(15.0).table
             spend  expected_return  contacts
    segment
    loyal     10.0            120.0         2
    new        5.0             30.0         1
    """

    def __init__(
        self,
        segmenter: Any = None,
        *,
        implementation_cost: float | Mapping[str, float] = 0.0,
        marketing_budget: float | Mapping[Any, float] = 0.0,
        cost_per_contact: float = 0.0,
        margin_rate: float = 1.0,
        lifespan: float | None = None,
        retention_rate: float | None = None,
        discount_rate: float = 0.0,
        horizon: int | None = None,
        first_period: int = 1,
        n_bootstrap: int = 1000,
        confidence_level: float = 0.95,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.segmenter = segmenter
        self.implementation_cost = implementation_cost
        self.marketing_budget = marketing_budget
        self.cost_per_contact = cost_per_contact
        self.margin_rate = margin_rate
        self.lifespan = lifespan
        self.retention_rate = retention_rate
        self.discount_rate = discount_rate
        self.horizon = horizon
        self.first_period = first_period
        self.n_bootstrap = n_bootstrap
        self.confidence_level = confidence_level
        self.random_state = random_state

    @whole_or_not_at_all
    def fit(
        self, X: Any, y: Any, *, new_customers: Any = None, baseline: Any = None
    ) -> CampaignFinance:
        """Book the revenue of the contacted customers and compute the figures.

        Parameters
        ----------
        X : array or frame of shape (n_customers, n_columns)
            The contacted customers. Only the segmenter looks at the columns.
        y : array, Series or frame of shape (n_customers,) or (n_customers, n_periods)
            Revenue in money per customer; column j is booked at time
            `first_period` + j. Negative for returns and losses. A Series or frame
            of pandas has the index of a pandas `X`, and of the others below.
        new_customers : array-like of bool of shape (n_customers,) or int, default=None
            Who was won by the campaign, or how many (cac of the total only).
        baseline : float or array-like of shape (n_customers,), default=None
            Revenue of a customer over all periods that would have come anyway,
            for instance the mean of a control group.

        Returns
        -------
        CampaignFinance
            The fitted estimator.

        Raises
        ------
        TypeError
            If a parameter has a wrong type, or if `segmenter` names a column and
            `X` is not a frame.
        ValueError
            If a parameter is out of range, a customer has no segment, a budget
            names a segment without customers, or `y`, `new_customers` or
            `baseline` do not fit to `X`.
        """
        check_params(self, RULES)
        self._check_combinations()
        if y is None:
            raise ValueError("CampaignFinance requires y to be passed, but the target y is None.")
        flows = check_money("y", y, X)
        refuse_other_index(y=y, new_customers=new_customers, baseline=baseline)
        before = check_baseline(baseline, X)
        new = check_new_customers(new_customers, X)
        check_segmented(self, X, self.segmenter, reset=True)
        segmenter = fit_segmenter(self.segmenter, X, self.random_state)
        positions, segments = encode_labels(label_customers(X, segmenter))
        if isinstance(self.marketing_budget, Mapping):
            check_segment_names("marketing_budget", self.marketing_budget, segments)

        self.segmenter_ = segmenter
        self.segments_ = segments
        self.n_periods_ = flows.shape[1]
        factors = discount_factors(self.discount_rate, self.n_periods_, self.first_period)
        self.ledger_ = {
            "segment": positions,
            "revenue": flows.sum(axis=1),
            "present_value": flows @ factors,
        }
        if before is not None:
            self.ledger_["baseline"] = before
        if isinstance(new, np.ndarray):
            self.ledger_["is_new"] = new
        sums = sum_ledger(self.ledger_)
        if isinstance(new, int):
            sums["n_new"][-1] = new
        costs = spread_costs(
            sums["n_customers"][:-1],
            self.implementation_cost,
            self.marketing_budget,
            self.cost_per_contact,
            segments,
        )
        self.figures_ = campaign_figures(sums, costs, self._terms())
        self.intervals_ = self._intervals(costs)
        gain = sums["revenue"] - (0.0 if before is None else sums["baseline"])
        mean_gain = (gain / sums["n_customers"])[:-1]
        self.value_per_contact_ = self.margin_rate * mean_gain - self.cost_per_contact
        return self

    @property
    def report_(self) -> pd.DataFrame:
        """Figures by segment, last row "total", with their intervals.

        Warns
        -----
        ZeroDenominatorWarning
            If a figure divides an amount by 0, so that it is infinite.
        NegativeDenominatorWarning
            If a segment returned more than it bought: shares of its revenue are NaN.
        """
        check_is_fitted(self, "figures_")
        infinite = [
            name
            for name, values in self.figures_.items()
            if name != "payback_periods" and np.isinf(values).any()
        ]
        if infinite:
            warn(
                f"the report divides by 0 and is infinite in {', '.join(infinite)}.",
                ZeroDenominatorWarning,
            )
        if (in_debt := self.figures_["total_revenue"] < 0).any():
            shown = ", ".join(map(repr, np.append(self.segments_.astype(object), "total")[in_debt]))
            warn(
                f"the revenue is negative in {shown}: {', '.join(SHARES)} have no meaning there "
                "and are NaN.",
                NegativeDenominatorWarning,
            )
        return figures_table(self.figures_, self.intervals_, self.segments_)

    def predict(self, X: Any) -> FloatArray:
        """Predict what contacting each customer brings, without fixed costs.

        Parameters
        ----------
        X : array or frame of shape (n_customers, n_columns)
            Customers; without a segmenter only their number counts, and with a
            column as segmenter no other column is looked at.

        Returns
        -------
        ndarray of shape (n_customers,)
            Money per customer: `margin_rate` times the mean of y - baseline in
            the customer's segment, summed over periods, less `cost_per_contact`.

        Raises
        ------
        ValueError
            If a customer is in a segment that had no customer in ``fit``, or in
            none.
        """
        check_is_fitted(self)
        check_segmented(self, X, self.segmenter_, reset=False)
        positions = find_labels(label_customers(X, self.segmenter_), self.segments_)
        return self.value_per_contact_[positions]

    @in_one_order
    def score(self, X: Any, y: Any, sample_weight: Any = None, *, baseline: Any = None) -> float:
        """Compute how much of the customers' differences the segments explain.

        Parameters
        ----------
        X : array or frame of shape (n_customers, n_columns)
            Customers, best those of another campaign than the fitted one.
        y : array, Series or frame of shape (n_customers,) or (n_customers, n_periods)
            Their revenue, as in ``fit``.
        sample_weight : array-like of shape (n_customers,), default=None
            Weights of the customers.
        baseline : float or array-like of shape (n_customers,), default=None
            As in ``fit``.

        Returns
        -------
        float
            R squared of ``predict(X)`` for what contacting each customer brought,
            `margin_rate` (y - baseline) - `cost_per_contact`.
        """
        check_is_fitted(self)
        refuse_other_index(X=X, y=y, sample_weight=sample_weight, baseline=baseline)
        before = check_baseline(baseline, X)
        gain = check_money("y", y, X).sum(axis=1) - (0.0 if before is None else before)
        brought = self.margin_rate * gain - self.cost_per_contact
        return float(r2_score(brought, self.predict(X), sample_weight=sample_weight))

    def allocate(self, budget: float, *, response: Mapping[Any, Any] | None = None) -> Allocation:
        """Spread a budget over the segments for the largest profit.

        Parameters
        ----------
        budget : float
            Money that may be spent, at least 0.
        response : mapping of label to callable, default=None
            For each segment a concave curve, spend -> expected return, both in
            money, called with one number at a time. None takes the response from
            the customers seen in ``fit``.

        Returns
        -------
        Allocation
            Spend and expected return of each segment and the shadow price of the
            budget.

        Raises
        ------
        ValueError
            If `budget` is negative, if there is neither `response` nor a
            `cost_per_contact`, or if `response` lacks a segment, names an unknown
            one or holds a curve that is not concave between 0 and the budget.

        See Also
        --------
        custbase.finance.marginal_roi : What is equal across segments here.

        Notes
        -----
        What maximises expected return less spend is spent, so never a unit of
        money that returns less than itself; the rest of the budget is left. The
        shadow price is the profit of one more unit of budget, 0 if some is left.

        Without `response`, contacting the m best customers of a segment returns
        the sum of its m largest `margin_rate` (y - baseline) and costs m times
        `cost_per_contact`; the best customers overall are contacted, which is the
        exact optimum, O(n log n). Those are returns as observed: customers picked
        for what they brought last time bring less next time.

        With `response`, marginal returns are made equal by bisection on the
        shadow price with numeric derivatives; spend is exact to about 1e-6 of the
        budget on smooth curves, the return far closer.

        Examples
        --------
        With returns 40 sqrt(x) and 30 sqrt(x), spend goes as 16 to 9:

        >>> import pandas as pd
        >>> from custbase import CampaignFinance
        >>> X = pd.DataFrame({"segment": ["a", "b"]})
        >>> campaign = CampaignFinance("segment", n_bootstrap=0).fit(X, [0.0, 0.0])
        >>> plan = campaign.allocate(
        ...     100.0, response={"a": lambda x: 40 * x**0.5, "b": lambda x: 30 * x**0.5}
        ... )
        >>> plan.table.round(3)
                 spend  expected_return
        segment
        a         64.0            320.0
        b         36.0            180.0
        >>> round(plan.shadow_price, 3)
        1.5
        """
        check_is_fitted(self)
        check_value("budget", budget, MONEY)
        check_value("response", response, MAPPING, NONE)
        if response is None:
            if self.cost_per_contact == 0:
                raise ValueError(
                    "cost_per_contact must be > 0 to allocate a budget over contacts; got 0. "
                    "Set it, or give response curves."
                )
            gain = self.ledger_["revenue"] - self.ledger_.get("baseline", 0.0)
            return allocate_contacts(
                self.margin_rate * gain,
                self.ledger_["segment"],
                self.segments_,
                budget,
                self.cost_per_contact,
            )
        return allocate_spend(check_response(response, self.segments_), budget)

    def simulate(
        self, n_draws: int = 1000, random_state: int | np.random.RandomState | None = None
    ) -> pd.DataFrame:
        """Draw how the whole campaign could have turned out.

        Parameters
        ----------
        n_draws : int, default=1000
            Number of draws.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.

        Returns
        -------
        DataFrame of shape (n_draws, 4)
            `profit` TR - TC and `roi_pct`, `contribution_profit` with
            `margin_rate` times the revenue and `contribution_roi_pct`, of as many
            customers drawn with replacement within their segments.

        Warns
        -----
        ZeroDenominatorWarning
            If the campaign cost nothing: the ROI is infinite.

        Notes
        -----
        ``(draws["profit"] > 0).mean()`` estimates how likely such a campaign
        makes a profit. Money is not discounted. O(n_draws n_customers).
        """
        check_is_fitted(self)
        check_value("n_draws", n_draws, Number(1, integer=True))
        check_value("random_state", random_state, *RANDOM_STATE)
        revenue = resample_ledger(self.ledger_, n_draws, random_state)["revenue"][:, -1]
        cost = self.figures_["total_cost"][-1]
        draws = {}
        for prefix, earned in (("", revenue), ("contribution_", self.margin_rate * revenue)):
            draws[f"{prefix}profit"] = earned - cost
            draws[f"{prefix}roi_pct"] = 100 * safe_ratio(earned - cost, cost)
        if any(np.isinf(values).any() for values in draws.values()):
            warn("roi_pct is infinite: the campaign cost 0.", ZeroDenominatorWarning)
        return pd.DataFrame(draws, index=pd.RangeIndex(n_draws, name="draw"))

    @property
    def n_features_in_(self) -> int:
        """Number of columns of X, as the segmenter counts them."""
        check_is_fitted(self, "segmenter_")
        return self.segmenter_.n_features_in_

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Column names of X, as the segmenter knows them."""
        check_is_fitted(self, "segmenter_")
        return self.segmenter_.feature_names_in_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # Segment means are not meant to tell customers of one segment apart.
        tags.regressor_tags.poor_score = True
        if self.segmenter is None or isinstance(self.segmenter, str):
            tags.no_validation = True
            tags.input_tags.allow_nan = True
            tags.input_tags.sparse = True
            tags.input_tags.string = True
        else:
            tags.input_tags = get_tags(self.segmenter).input_tags
        return tags

    def _check_combinations(self) -> None:
        """Check what one parameter at a time does not tell."""
        for name in ("implementation_cost", "marketing_budget"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                for key, money in value.items():
                    check_value(f"CampaignFinance: {name}[{key!r}]", money, MONEY)
        if self.lifespan is not None:
            for name in ("retention_rate", "horizon"):
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"CampaignFinance: give lifespan or {name}, not both; "
                        f"got {self.lifespan!r} and {getattr(self, name)!r}."
                    )
        stay = 0.0 if self.retention_rate is None else self.retention_rate
        if self.horizon is None and stay >= 1 + self.discount_rate:
            raise ValueError(
                "CampaignFinance: retention_rate must be below 1 + discount_rate where horizon is "
                f"None, else clv is infinite; got {self.retention_rate!r} and "
                f"{self.discount_rate!r}."
            )

    def _terms(self) -> Terms:
        """What the money is counted by."""
        return Terms(
            n_periods=self.n_periods_,
            first_period=self.first_period,
            margin_rate=self.margin_rate,
            discount_rate=self.discount_rate,
            lifespan=self.lifespan,
            retention_rate=self.retention_rate,
            horizon=self.horizon,
        )

    def _intervals(self, costs: Costs) -> dict[str, FloatArray]:
        """Bootstrap intervals of the headline figures."""
        if self.n_bootstrap == 0:
            return {}
        sums = resample_ledger(self.ledger_, self.n_bootstrap, self.random_state)
        return headline_intervals(sums, costs, self._terms(), self.confidence_level)
