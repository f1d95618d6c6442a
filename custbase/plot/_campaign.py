"""CampaignDisplay: what each segment of a campaign brought, cost and returned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._params import STRING, check_value
from .._wrappers import open_up
from ..exceptions import NegativeDenominatorWarning
from ._given import check_numbers
from ._names import AS_IS, LEGEND_WIDTH, Names, name_segments, wrap_name
from ._style import (
    COLORS,
    DARK,
    GREY,
    PALE,
    clear_frame,
    compact,
    format_axis,
    legend_above,
    new_axes,
    signed_pct,
)

BAR = 0.38  # height of a bar, in rows


class CampaignDisplay:
    """Revenue and cost of every segment of a campaign, and its return on investment.

    Parameters
    ----------
    segments : sequence of str, of length n_segments
        What the segments are called.
    revenue : ndarray of shape (n_segments,)
        Revenue of each.
    cost : ndarray of shape (n_segments,)
        Cost of each.
    roi_pct : ndarray of shape (n_segments,)
        Return on investment of each, in percent.
    total_roi_pct : float
        Return on investment of the whole campaign, in percent.
    roi_interval : ndarray of shape (n_segments, 2), default=None
        Bounds of an interval for each return on investment.
    confidence_level : float, default=None
        Level of the interval, between 0 and 1.
    currency : str, default=""
        Unit of the money, such as "USD".

    Attributes
    ----------
    revenue_bars_ : matplotlib BarContainer
        The bars of revenue.
    cost_bars_ : matplotlib BarContainer
        The bars of cost.
    roi_points_ : matplotlib Line2D
        The returns on investment that are finite.
    roi_intervals_ : matplotlib ErrorbarContainer or None
        Their intervals.
    total_line_ : matplotlib Line2D or None
        The return on investment of the whole campaign, if finite.
    ax_ : ndarray of two matplotlib Axes
        Money on the left, return on investment on the right.
    figure_ : matplotlib Figure
        The figure of both.

    See Also
    --------
    SegmentDisplay : Who the segments are.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from custbase import CampaignDisplay, CampaignFinance
    >>> X = pd.DataFrame({"region": ["north", "north", "south", "south"]})
    >>> revenue = np.array([40.0, 60.0, 10.0, 30.0])
    >>> finance = CampaignFinance("region", marketing_budget=50.0, random_state=0)
    >>> display = CampaignDisplay.from_estimator(finance.fit(X, revenue))
    >>> display.roi_pct.tolist(), display.total_roi_pct
    ([300.0, 60.0], 180.0)
    """

    def __init__(
        self,
        *,
        segments: Sequence[str],
        revenue: np.ndarray,
        cost: np.ndarray,
        roi_pct: np.ndarray,
        total_roi_pct: float,
        roi_interval: np.ndarray | None = None,
        confidence_level: float | None = None,
        currency: str = "",
    ) -> None:
        self.segments = segments
        shape = (len(segments),)
        self.revenue = check_numbers("revenue", revenue, shape)
        self.cost = check_numbers("cost", cost, shape)
        self.roi_pct = check_numbers("roi_pct", roi_pct, shape)
        self.total_roi_pct = total_roi_pct
        self.roi_interval = roi_interval
        if roi_interval is not None:
            self.roi_interval = check_numbers("roi_interval", roi_interval, (*shape, 2))
        self.confidence_level = confidence_level
        self.currency = currency

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        names: Names | None = None,
        currency: str = "",
        ax: Any = None,
    ) -> CampaignDisplay:
        """Draw the report of a fitted CampaignFinance.

        Parameters
        ----------
        estimator : CampaignFinance
            Fitted.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments, such as ``profile(X)["name"]`` of a
            SegmentClusterer; a segment without one goes by its label. An array
            has one name for every segment of the report, in its order, without
            -1.
        currency : str, default=""
            Unit of the money, such as "USD".
        ax : pair of matplotlib Axes, default=None
            Axes for the money and for the return on investment; None for a new
            figure.

        Returns
        -------
        CampaignDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If it has no report, or another argument is not as described.
        """
        check_value("currency", currency, STRING)
        estimator = open_up(estimator)[-1]
        check_is_fitted(estimator)
        with warnings.catch_warnings():
            # Of shares of the revenue, which are undefined if it is negative, nothing is drawn.
            warnings.simplefilter("ignore", NegativeDenominatorWarning)
            report = getattr(estimator, "report_", None)
        if report is None:
            raise TypeError(
                "estimator must be a fitted CampaignFinance; "
                f"got {type(estimator).__name__}, which has no report_."
            )
        segments, total = report.iloc[:-1], report.iloc[-1]
        bounds = ["roi_pct_low", "roi_pct_high"]
        interval = None
        if set(bounds) <= set(report.columns):
            interval = segments[bounds].to_numpy(dtype=float)
        return cls(
            segments=name_segments(segments.index, names),
            revenue=segments["total_revenue"].to_numpy(dtype=float),
            cost=segments["total_cost"].to_numpy(dtype=float),
            roi_pct=segments["roi_pct"].to_numpy(dtype=float),
            total_roi_pct=float(total["roi_pct"]),
            roi_interval=interval,
            confidence_level=estimator.get_params().get("confidence_level"),
            currency=currency,
        ).plot(ax)

    def plot(self, ax: Any = None) -> CampaignDisplay:
        """Draw the money and the return on investment side by side.

        Parameters
        ----------
        ax : pair of matplotlib Axes, default=None
            Axes for the money and for the return on investment; None for a new
            figure.

        Returns
        -------
        CampaignDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` is not a pair.
        """
        if ax is None:
            n_lines = max(wrap_name(name).count("\n") + 1 for name in self.segments)
            ax = new_axes(
                "CampaignDisplay",
                ncols=2,
                sharey=True,
                width_ratios=(3, 2),
                figsize=(9.6, 1.7 + max(0.75, 0.18 * n_lines) * len(self.segments)),
            )
        if np.shape(ax) != (2,):
            raise ValueError(
                "ax must be a pair of axes, one for the money and one for the return on "
                f"investment, such as plt.subplots(ncols=2)[1]; got {ax!r}."
            )
        self.ax_ = np.asarray(ax)
        self.figure_ = self.ax_[0].figure
        self._plot_money(self.ax_[0])
        self._plot_roi(self.ax_[1])
        return self

    def _plot_money(self, ax: Any) -> None:
        """Draw a bar of revenue and one of cost for every segment."""
        rows = np.arange(len(self.segments))
        self.revenue_bars_ = ax.barh(
            rows - BAR / 2, self.revenue, BAR, color=COLORS[0], label="Revenue"
        )
        self.cost_bars_ = ax.barh(rows + BAR / 2, self.cost, BAR, color=COLORS[1], label="Cost")
        largest = np.abs([self.revenue, self.cost]).max()
        for bars, money in ((self.revenue_bars_, self.revenue), (self.cost_bars_, self.cost)):
            ax.bar_label(
                bars,
                [compact(value, largest) for value in money],
                padding=3,
                fontsize="small",
                color=DARK,
            )
        ax.set_yticks(rows, [wrap_name(name) for name in self.segments], **AS_IS)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        unit = f" ({self.currency})" if self.currency else ""
        ax.set_xlabel(wrap_name(f"Revenue and cost{unit}", LEGEND_WIDTH), **AS_IS)
        ax.margins(x=0.14)
        ax.axvline(0, color=DARK, linewidth=0.8)
        ax.tick_params(axis="y", length=0)
        format_axis(ax.xaxis)
        clear_frame(ax)
        legend_above(ax, [self.revenue_bars_, self.cost_bars_], n_columns=2)

    def _plot_roi(self, ax: Any) -> None:
        """Draw the return on investment of every segment and of the campaign."""
        rows = np.arange(len(self.segments))
        ax.hlines(rows, 0, 1, transform=ax.get_yaxis_transform(), color=PALE, linewidth=0.6)
        finite = np.isfinite(self.roi_pct)
        (self.roi_points_,) = ax.plot(
            self.roi_pct[finite], rows[finite], "o", color=COLORS[2], label="ROI of the segment"
        )
        handles = [self.roi_points_]
        self.roi_intervals_: Any = None
        if self.roi_interval is not None:
            bounded = np.isfinite(self.roi_interval).all(axis=1)
            low, high = self.roi_interval[bounded].T
            # A percentile interval need not hold the figure itself: draw it where it is.
            self.roi_intervals_ = ax.errorbar(
                (low + high) / 2,
                rows[bounded],
                xerr=(high - low) / 2,
                fmt="none",
                color=COLORS[2],
                capsize=3,
                label=_interval_label(self.confidence_level),
            )
            handles.append(self.roi_intervals_)
        for row, roi in enumerate(self.roi_pct):
            self._write_roi(ax, row, roi)
        self.total_line_: Any = None
        if np.isfinite(self.total_roi_pct):
            self.total_line_ = ax.axvline(
                self.total_roi_pct,
                color=GREY,
                linestyle="--",
                label=f"Whole campaign: {signed_pct(self.total_roi_pct)}",
            )
            handles.append(self.total_line_)
        ax.axvline(0, color=DARK, linewidth=0.8)
        ax.set_xlabel("Return on investment (%)")
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.margins(x=0.14)
        ax.tick_params(axis="y", length=0, labelleft=False)
        format_axis(ax.xaxis)
        clear_frame(ax)
        legend_above(ax, handles, n_columns=1)

    def _write_roi(self, ax: Any, row: int, roi: float) -> None:
        """Write the figure above its point, or why there is none."""
        if np.isfinite(roi):
            place, text = (roi, row - 0.14), signed_pct(roi)
            coordinates = ax.transData
        else:
            place, text = (0.5, row - 0.04), "not defined" if np.isnan(roi) else "no cost"
            coordinates = ax.get_yaxis_transform()
        ax.text(
            *place,
            text,
            transform=coordinates,
            ha="center",
            va="bottom",
            fontsize="small",
            color=DARK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )


def _interval_label(confidence_level: float | None) -> str:
    """Name the intervals by their level."""
    return "Interval" if confidence_level is None else f"{confidence_level:.0%} interval"
