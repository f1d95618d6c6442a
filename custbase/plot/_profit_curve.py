"""ProfitCurveDisplay: what contacting the highest scores earns."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._joins import in_one_order
from .._params import NONE, STRING, check_value
from ..metrics import profit_curve
from ..metrics._profit import ROUNDING
from ._given import check_numbers
from ._names import AS_IS, LEGEND_WIDTH, tell, wrap_name
from ._scores import find_own, score_positive
from ._style import (
    DARK,
    GREY,
    clear_frame,
    color_and_marker,
    earlier_lines,
    format_axis,
    legend_above,
    new_axes,
)

OFFER = {"customer_value": 200.0, "incentive_cost": 10.0, "contact_cost": 1.0, "accept_rate": 0.3}


def _find_money(name: str, given: Any, estimator: Any, X: Any) -> Any:
    """Money as given, or of the estimator, or of a usual offer; columns of X by their names."""
    money = find_own(estimator, name) if given is None else given
    money = OFFER[name] if money is None else money
    if not isinstance(money, str):
        return money
    columns = getattr(X, "columns", ())
    if money not in columns:
        raise ValueError(f"{name} must name a column of X; got {money!r}.")
    return np.asarray(X[money])


class ProfitCurveDisplay:
    """Profit of a campaign of retention by the fraction of customers that it contacts.

    Parameters
    ----------
    fractions : ndarray of shape (n_thresholds + 1,)
        Fractions of customers with the highest scores.
    profits : ndarray of shape (n_thresholds + 1,)
        Profit per customer of the whole base.
    name : str or None, default=None
        What the curve is called in the title.
    currency : str, default=""
        Unit of the money, such as "USD".

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    best_line_ : matplotlib Line2D
        The fraction of most profit.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    GainsDisplay : The same in customers.
    custbase.metrics.profit_curve : The figures.
    custbase.metrics.maximum_profit_score : The top of the curve.

    Examples
    --------
    >>> from custbase import ProfitCurveDisplay
    >>> left = [0, 1, 0, 1, 0, 0, 0, 1]
    >>> scores = [0.1, 0.9, 0.3, 0.6, 0.5, 0.2, 0.1, 0.4]
    >>> display = ProfitCurveDisplay.from_predictions(left, scores)
    >>> round(display.best_profit, 3), display.best_fraction
    (19.625, 0.5)
    """

    def __init__(
        self,
        *,
        fractions: np.ndarray,
        profits: np.ndarray,
        name: str | None = None,
        currency: str = "",
    ) -> None:
        self.fractions = check_numbers("fractions", fractions, (None,))
        self.profits = check_numbers("profits", profits, self.fractions.shape)
        self.name = name
        self.currency = currency

    @property
    def best_fraction(self) -> float:
        """Fraction of most profit, the smallest of those that earn as much."""
        most = self.profits.max() - ROUNDING * np.abs(self.profits).max()
        return float(self.fractions[np.argmax(self.profits >= most)])

    @property
    def best_profit(self) -> float:
        """Most profit per customer of the whole base."""
        return float(np.max(self.profits))

    @classmethod
    @in_one_order
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        customer_value: Any = None,
        incentive_cost: Any = None,
        contact_cost: float | None = None,
        accept_rate: Any = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        name: str | None = None,
        currency: str = "",
        ax: Any = None,
    ) -> ProfitCurveDisplay:
        """Draw the profit of a fitted classifier.

        Parameters
        ----------
        estimator : classifier of two classes
            Fitted; of any kind, such as a Pipeline, search, calibration or ensemble.
        X : array or frame of shape (n_samples, n_features)
            Customers, best those that ``fit`` has not seen.
        y : array of shape (n_samples,)
            Their labels.
        customer_value : float, str or array of shape (n_samples,), default=None
            Money that a customer who is kept is worth, or the name of the column of
            `X` that holds it. None for that of the estimator, or of classifiers inside
            of it that agree, or else 200. So are the other amounts.
        incentive_cost : float, str or array of shape (n_samples,), default=None
            Money that an accepted incentive costs. None for that of the estimator,
            or else 10.
        contact_cost : float or None, default=None
            Money that contacting a customer costs. None for that of the estimator,
            or else 1.
        accept_rate : float, str or array of shape (n_samples,), default=None
            Share of those who would leave that accepts the incentive and stays. None
            for that of the estimator, or else 0.3.
        pos_label : bool, int, str or None, default=None
            Label of those who leave; None for ``churn_class_`` of the estimator, or of
            classifiers inside of it that agree, or else the second class.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers.
        name : str or None, default=None
            What the curve is called; None for the class of the estimator.
        currency : str, default=""
            Unit of the money, such as "USD".
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other curves; None for a new figure.

        Returns
        -------
        ProfitCurveDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        scores, positive = score_positive(estimator, X, pos_label)
        given = {
            "customer_value": customer_value,
            "incentive_cost": incentive_cost,
            "contact_cost": contact_cost,
            "accept_rate": accept_rate,
        }
        money = {name: _find_money(name, value, estimator, X) for name, value in given.items()}
        return cls.from_predictions(
            y,
            scores,
            **money,
            pos_label=positive,
            sample_weight=sample_weight,
            name=type(estimator).__name__ if name is None else name,
            currency=currency,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        customer_value: Any = 200.0,
        incentive_cost: Any = 10.0,
        contact_cost: float = 1.0,
        accept_rate: Any = 0.3,
        pos_label: Any = None,
        sample_weight: Any = None,
        name: str | None = None,
        currency: str = "",
        ax: Any = None,
    ) -> ProfitCurveDisplay:
        """Draw the profit of scores.

        Parameters
        ----------
        y_true : array of shape (n_samples,)
            Labels; the positive class is leaving.
        y_score : array of shape (n_samples,)
            What customers are ranked by.
        customer_value : float or array of shape (n_samples,), default=200.0
            Money that a customer who is kept is worth.
        incentive_cost : float or array of shape (n_samples,), default=10.0
            Money that an accepted incentive costs.
        contact_cost : float, default=1.0
            Money that contacting a customer costs.
        accept_rate : float or array of shape (n_samples,), default=0.3
            Share of those who would leave that accepts the incentive and stays.
        pos_label : bool, int, str or None, default=None
            Label of those who leave; None for 1 among the labels 0 and 1 (or -1 and 1).
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers.
        name : str or None, default=None
            What the curve is called in the title.
        currency : str, default=""
            Unit of the money, such as "USD".
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other curves; None for a new figure.

        Returns
        -------
        ProfitCurveDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_value("name", name, STRING, NONE)
        check_value("currency", currency, STRING)
        fractions, profits = profit_curve(
            y_true,
            y_score,
            customer_value=customer_value,
            incentive_cost=incentive_cost,
            contact_cost=contact_cost,
            accept_rate=accept_rate,
            pos_label=pos_label,
            sample_weight=sample_weight,
        )
        display = cls(fractions=fractions, profits=profits, name=name, currency=currency)
        return display.plot(ax=ax)

    def plot(self, *, ax: Any = None) -> ProfitCurveDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other curves; None for a new figure.

        Returns
        -------
        ProfitCurveDisplay
            The display, drawn.
        """
        ax = new_axes("ProfitCurveDisplay", figsize=(5.6, 4.2)) if ax is None else ax
        self.ax_, self.figure_ = ax, ax.figure
        ax.axhline(0, color=GREY, linewidth=0.8)
        others = earlier_lines(ax, "profit")
        color, _ = color_and_marker(len(others))
        self.best_line_ = ax.axvline(self.best_fraction, color=color, linestyle=":")
        (self.line_,) = ax.plot(self.fractions, self.profits, color=color, gid="profit")
        ax.set(xlim=(0, 1), xlabel="Customers contacted")
        if self.currency or not others:
            unit = f" ({self.currency})" if self.currency else ""
            ax.set_ylabel(wrap_name(f"Profit per customer{unit}", LEGEND_WIDTH), **AS_IS)
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
        format_axis(ax.yaxis)
        clear_frame(ax)
        best = f"most profit at {100 * self.best_fraction:.3g}% of the customers"
        told = tell(self.name, best)
        self.line_.set_label(told)
        title = "" if others else told
        ax.set_title(title, loc="left", fontsize="medium", color=DARK, **AS_IS)
        if others:
            legend_above(ax, [*others, self.line_], 1)
        return self
