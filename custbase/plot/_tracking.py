"""TrackingDisplay: repeat purchases over time, actual against a model."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from .._optional import import_or_raise
from .._params import BOOLEAN, NONE, STRING, check_value, shorten
from .._units import DAYS_IN_UNIT, UNIT
from ..features import daily_purchases
from ..features._log import parse_day
from ._given import as_array, check_numbers
from ._names import LEGEND_WIDTH, tell, wrap_name
from ._purchases import UNIT_NAMES, find_purchase_model, make_customers
from ._style import (
    DARK,
    GREY,
    clear_frame,
    color_and_marker,
    earlier_lines,
    format_axis,
    legend_above,
    new_axes,
    signed_pct,
)

MODEL, ACTUAL, END = "tracking model", "tracking actual", "tracking end"
FEW = 40  # points that are marked


class TrackingDisplay:
    """Repeat purchases over time as they came, and as a model of purchases expects them.

    Parameters
    ----------
    days : ndarray of datetime64 of shape (n_days,)
        Every calendar day from the first purchase on.
    actual : ndarray of shape (n_days,)
        Repeat purchases on each day.
    expected : ndarray of shape (n_days,)
        Expected repeat purchases on each day.
    end : str, date or datetime64
        Last day that the model was fitted on, one of `days`.
    unit : {"D", "W", "M", "Y"}, default="W"
        Length of a period where purchases are not added up: 1, 7, 30.4375 or 365.25 days.
    cumulative : bool, default=True
        Draw purchases until each day; False for those of each period.
    name : str or None, default=None
        What the model is called in the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        What the model expects.
    actual_line_ : matplotlib Line2D
        What came; of several models on the same axes they share one.
    end_line_ : matplotlib Line2D or None
        Where fitting ended; None if there are no days after it.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    FrequencyRecencyDisplay : What a model expects of customers, by their history.
    custbase.features.daily_purchases : The purchases that came.

    Notes
    -----
    With :math:`n_d` customers acquired on day d, a model expects

    .. math:: \\sum_{d \\le t} n_d \\, E[Y(t - d)]

    repeat purchases until day t, where Y(t) counts those of a new customer in the time t
    after the first purchase. Nothing but the days of the first purchases is taken from the
    log, so that also the part before `end` is a test of the model. These are the tracking
    plots of Fader, Hardie and Lee [1]_. The legend has how far the expectation is off, of
    all purchases after `end`, or of all until then if there are no days after it.

    Periods are counted from `end`, back and forth, and those that are not whole are left
    out. O(n_days^2) time.

    References
    ----------
    .. [1] P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting your customers' the easy
       way: an alternative to the Pareto/NBD model", Marketing Science 24 (2), 2005.

    Examples
    --------
    >>> from custbase import BetaGeoModel, TrackingDisplay
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import rfm_summary
    >>> log = load_cdnow()
    >>> model = BetaGeoModel().fit(rfm_summary(log, end="1997-09-30"))
    >>> display = TrackingDisplay.from_estimator(
    ...     model, log, end="1997-09-30", holdout_end="1998-06-30"
    ... )
    >>> int(display.actual.sum()), round(float(display.expected.sum()))
    (4339, 4161)
    """

    def __init__(
        self,
        *,
        days: np.ndarray,
        actual: np.ndarray,
        expected: np.ndarray,
        end: str | date | np.datetime64,
        unit: str = "W",
        cumulative: bool = True,
        name: str | None = None,
    ) -> None:
        self.days = _read_days(days)
        self.actual = check_numbers("actual", actual, self.days.shape)
        self.expected = check_numbers("expected", expected, self.days.shape)
        self.end = end
        self.unit = unit
        self.cumulative = cumulative
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        log: Any,
        *,
        end: Any,
        holdout_end: Any = None,
        unit: str = "W",
        customer: str = "customer_id",
        time: str = "date",
        amount: str | None = "amount",
        returns: str = "net",
        cumulative: bool = True,
        name: str | None = None,
        ax: Any = None,
    ) -> TrackingDisplay:
        """Draw a fitted model against the log.

        Parameters
        ----------
        estimator : BetaGeoModel, ModifiedBetaGeoModel or ParetoNBDModel, or search of one
            Fitted on the summary of `log` until `end`.
        log : frame of pandas, polars, pyarrow, DuckDB or PySpark
            One row a transaction, in any order.
        end : str, date or datetime
            Last day that the model was fitted on; customers who bought first later are
            left out.
        holdout_end : str, date or datetime, default=None
            Last day to draw, after `end`; None for `end`.
        unit : {"D", "W", "M", "Y"}, default="W"
            Unit of time of the summary, and of the periods of ``cumulative=False``.
        customer : str, default="customer_id"
            Name of the column of customer ids.
        time : str, default="date"
            Name of the column of datetimes or dates.
        amount : str or None, default="amount"
            Name of the column of money; None takes every row for a purchase.
        returns : {"net", "drop", "raise"}, default="net"
            What to do with rows of negative amount, as in `rfm_summary`.
        cumulative : bool, default=True
            Draw purchases until each day; False for those of each period.
        name : str or None, default=None
            What the model is called; None for its class.
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other models; None for a new figure.

        Returns
        -------
        TrackingDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If an argument is not as described, `log` is refused by `daily_purchases`, or
            `ax` has other purchases on it.
        """
        model = find_purchase_model(estimator)
        check_value("unit", unit, UNIT)
        check_value("cumulative", cumulative, BOOLEAN)
        check_value("name", name, STRING, NONE)
        table = daily_purchases(
            log,
            customer=customer,
            time=time,
            amount=amount,
            end=end,
            holdout_end=holdout_end,
            returns=returns,
        )
        days = table.index.to_numpy().astype("datetime64[D]")
        return cls(
            days=days,
            actual=table["repeat_purchases"].to_numpy(),
            expected=expect_daily(model, table["new_customers"].to_numpy(), unit),
            end=parse_day("end", end),
            unit=unit,
            cumulative=cumulative,
            name=type(model).__name__ if name is None else name,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> TrackingDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other models; None for a new figure.

        Returns
        -------
        TrackingDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If no period is whole, or `ax` has other purchases on it.
        """
        dates = import_or_raise("matplotlib.dates", needed_by="TrackingDisplay", extra="plot")
        places, actual, expected = self._add_up()
        ax = new_axes("TrackingDisplay", figsize=(6.4, 4.6)) if ax is None else ax
        self.ax_, self.figure_ = ax, ax.figure
        self.actual_line_ = self._plot_actual(ax, places, actual)
        self.end_line_ = self._plot_end(ax)
        others = earlier_lines(ax, MODEL)
        (self.line_,) = ax.plot(
            places,
            expected,
            color=color_and_marker(len(others))[0],
            label=self._summary(),
            gid=MODEL,
            **_marks(places),
        )
        ax.set_ylim(bottom=0)
        format_axis(ax.yaxis)
        # Of a few days there are no ticks between them.
        n_least = min(3, max(1, len(self.days) - 1))
        locator = dates.AutoDateLocator(minticks=n_least, maxticks=8)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        label = f"Repeat purchases in a {UNIT_NAMES[self.unit][0]}"
        ax.set(xlabel="Date", ylabel="Cumulative repeat purchases" if self.cumulative else label)
        clear_frame(ax)
        handles = [self.actual_line_, *others, self.line_]
        legend_above(ax, handles if self.end_line_ is None else [*handles, self.end_line_], 1)
        return self

    def _add_up(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Times, and the purchases that came and were expected until then or around them."""
        if self.cumulative:
            return self.days, np.cumsum(self.actual), np.cumsum(self.expected)
        n_seen, n_days = self._count_seen(), len(self.days)
        length = DAYS_IN_UNIT[self.unit]
        bounds = np.arange(-(n_seen // length), (n_days - n_seen) // length + 1)
        # Of units that are no whole days, periods are of nearly the same length.
        bounds = n_seen + np.round(length * bounds).astype(np.int64)
        bounds = bounds[(bounds >= 0) & (bounds <= n_days)]
        if len(bounds) < 2:
            one = UNIT_NAMES[self.unit][0]
            raise ValueError(
                f"unit must be shorter with cumulative=False: the {n_days} days hold no whole "
                f"{one}; got {self.unit!r}."
            )
        sums = (
            np.diff(np.concatenate([[0], np.cumsum(values)])[bounds])
            for values in (self.actual, self.expected)
        )
        # In the middle; a day stands for its own end.
        hours = 12 * (bounds[1:] + bounds[:-1]) - 24
        return self.days[0] + hours.astype("timedelta64[h]"), *sums

    def _count_seen(self) -> int:
        """Days until the end of fitting."""
        return int((self.days <= self._end()).sum())

    def _end(self) -> np.datetime64:
        """Last day of fitting."""
        return np.datetime64(parse_day("end", self.end), "D")

    def _summary(self) -> str:
        """Name the model, and say how far it is off."""
        name = self.name or "Expected"
        n_seen = self._count_seen()
        is_held = n_seen < len(self.days)
        part = slice(n_seen if is_held else 0, None)
        if not (came := float(self.actual[part].sum())):
            return wrap_name(name, LEGEND_WIDTH)
        off = signed_pct(100 * (float(self.expected[part].sum()) / came - 1))
        return tell(name, f"{off} {'after fitting' if is_held else 'in all'}")

    def _plot_actual(self, ax: Any, places: np.ndarray, actual: np.ndarray) -> Any:
        """Draw what came, once for all models."""
        if drawn := earlier_lines(ax, ACTUAL):
            _check_same(drawn[0], places, actual)
            return drawn[0]
        look = {"color": DARK, "linewidth": 1.2, **_marks(places)}
        return ax.plot(places, actual, label="Actual", gid=ACTUAL, **look)[0]

    def _plot_end(self, ax: Any) -> Any:
        """Draw where fitting ended, once for all models."""
        if self._count_seen() == len(self.days):
            return None
        end = self._end()
        for line in earlier_lines(ax, END):
            if line.get_xdata()[0] == end:
                return line
        return ax.axvline(
            end, color=GREY, linestyle="--", linewidth=1, label=f"Fitted until {end}", gid=END
        )


def expect_daily(estimator: Any, new_customers: np.ndarray, unit: str) -> np.ndarray:
    """Repeat purchases that a model expects on each day.

    Parameters
    ----------
    estimator : model of purchases
        Fitted.
    new_customers : ndarray of shape (n_days,)
        Customers whose first purchase day it is.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the model.

    Returns
    -------
    ndarray of shape (n_days,)
        Purchases.
    """
    n_days = len(new_customers)
    customers = make_customers(estimator, np.zeros((n_days, 3)))
    until = estimator.predict(customers, np.arange(n_days) / DAYS_IN_UNIT[unit])
    return np.convolve(new_customers, np.diff(until, prepend=0.0))[:n_days]


def _read_days(days: Any) -> np.ndarray:
    """Every calendar day, one after the other."""
    try:
        read = np.asarray(days, dtype="datetime64[D]")
    except (TypeError, ValueError) as error:
        raise TypeError(f"days must hold dates; got {shorten(days)}.") from error
    read = as_array("days", read, (None,))
    if not len(read) or (np.diff(read) != np.timedelta64(1, "D")).any():
        raise ValueError(
            "days must be every calendar day from the first purchase on, one after the other; got "
            f"{shorten(days)}."
        )
    return read


def _marks(places: np.ndarray) -> dict[str, Any]:
    """Mark points that are few."""
    return {"marker": "o", "markersize": 3} if len(places) <= FEW else {}


def _check_same(line: Any, places: np.ndarray, actual: np.ndarray) -> None:
    """Raise unless a line shows the same purchases."""
    same_days = np.array_equal(line.get_xdata(), places)
    if not same_days or not np.array_equal(line.get_ydata(), actual):
        raise ValueError(
            "ax must have no other purchases on it than those of this log, until the same days; "
            "it has others. Draw on axes of their own."
        )
