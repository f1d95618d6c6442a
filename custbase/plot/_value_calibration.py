"""ValueCalibrationDisplay: whether customers bring what they were predicted to."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._joins import in_one_order
from .._params import NONE, RANDOM_STATE, STRING, Number, OneOf, check_value
from ..metrics._bootstrap import count_rows, draw_rows, percentile_interval
from ..metrics._targets import check_values
from ..metrics._value import prepare_bin_means
from ._given import check_numbers
from ._names import AS_IS, LEGEND_WIDTH, tell, wrap_name
from ._style import (
    DARK,
    GREY,
    clear_frame,
    color_and_marker,
    compact,
    earlier_lines,
    format_axis,
    legend_above,
    new_axes,
)

SCALES = OneOf(("auto", "linear", "log"))
HEAVY = 10.0  # largest mean over the median one, from which a linear axis shows one bucket only
NARROW = 3.0  # largest mean over the smallest one, up to which a logarithm shows nothing more
DECADES = 3  # of a logarithmic axis; smaller means lie on a linear piece around 0
MOST_TICKS = 7


class ValueCalibrationDisplay:
    """Mean actual value against the mean predicted one, for every decile of predictions.

    Parameters
    ----------
    predicted : ndarray of shape (n_bins,)
        Mean predictions of the buckets, the lowest first.
    actual : ndarray of shape (n_bins,)
        Mean values of the same customers.
    interval : ndarray of shape (n_bins, 2), default=None
        Bounds of an interval for each mean value.
    confidence_level : float, default=None
        Level of the interval, between 0 and 1.
    name : str or None, default=None
        What the model is called in the legend.
    currency : str, default=""
        Unit of the money, such as "USD".
    scale : {"auto", "linear", "log"}, default="auto"
        Scale of both axes. "auto" is logarithmic where the largest mean is more than 10
        times the median one. Near 0 a logarithmic axis is linear, so that buckets
        without money have a place.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The buckets.
    intervals_ : matplotlib ErrorbarContainer or None
        Their intervals.
    diagonal_line_ : matplotlib Line2D
        Where predictions are right.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    custbase.metrics.decile_mape : The distance from the diagonal as one figure.
    custbase.metrics.normalized_gini : Whether the order of customers is right.
    GainsDisplay : Who is reached by the highest scores.

    Examples
    --------
    >>> from custbase import ValueCalibrationDisplay
    >>> spent = [0, 2, 4, 6, 12, 24]
    >>> predicted = [1, 1, 6, 6, 16, 16]
    >>> display = ValueCalibrationDisplay.from_predictions(
    ...     spent, predicted, n_bins=3, random_state=0
    ... )
    >>> display.predicted.tolist(), display.actual.tolist()
    ([1.0, 6.0, 16.0], [1.0, 5.0, 18.0])
    """

    def __init__(
        self,
        *,
        predicted: np.ndarray,
        actual: np.ndarray,
        interval: np.ndarray | None = None,
        confidence_level: float | None = None,
        name: str | None = None,
        currency: str = "",
        scale: str = "auto",
    ) -> None:
        self.predicted = check_numbers("predicted", predicted, (None,))
        self.actual = check_numbers("actual", actual, self.predicted.shape)
        self.interval = interval
        if interval is not None:
            self.interval = check_numbers("interval", interval, (len(self.actual), 2))
        self.confidence_level = confidence_level
        self.name = name
        self.currency = currency
        self.scale = scale

    @classmethod
    @in_one_order
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        n_bins: int = 10,
        sample_weight: Any = None,
        n_bootstrap: int = 1000,
        confidence_level: float = 0.95,
        random_state: int | np.random.RandomState | None = None,
        name: str | None = None,
        currency: str = "",
        scale: str = "auto",
        ax: Any = None,
    ) -> ValueCalibrationDisplay:
        """Draw the calibration of a fitted model of values.

        Parameters
        ----------
        estimator : regressor, or Pipeline that ends in one
            Fitted.
        X : array or frame of shape (n_samples, n_features)
            Customers, best those that ``fit`` has not seen.
        y : array of shape (n_samples,)
            Their values, such as the money that they spent.
        n_bins : int, default=10
            Number of buckets of equally many customers.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers.
        n_bootstrap : int, default=1000
            Number of times that customers are drawn again for the intervals; 0 for none.
        confidence_level : float, default=0.95
            Coverage of the intervals, between 0 and 1.
        random_state : int, RandomState instance or None, default=None
            Source of the draws.
        name : str or None, default=None
            What the model is called; None for the class of the estimator.
        currency : str, default=""
            Unit of the money, such as "USD".
        scale : {"auto", "linear", "log"}, default="auto"
            Scale of both axes.
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other models; None for a new figure.

        Returns
        -------
        ValueCalibrationDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If an argument is not as described.
        """
        last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        kind = type(last).__name__
        if is_classifier(last) or not hasattr(last, "predict"):
            found = "which predicts classes" if is_classifier(last) else "which has no predict"
            raise TypeError(
                f"estimator must predict values; got {kind}, {found}. Of probabilities, "
                "sklearn.calibration.CalibrationDisplay draws the same."
            )
        check_is_fitted(last)
        return cls.from_predictions(
            y,
            estimator.predict(X),
            n_bins=n_bins,
            sample_weight=sample_weight,
            n_bootstrap=n_bootstrap,
            confidence_level=confidence_level,
            random_state=random_state,
            name=kind if name is None else name,
            currency=currency,
            scale=scale,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        n_bins: int = 10,
        sample_weight: Any = None,
        n_bootstrap: int = 1000,
        confidence_level: float = 0.95,
        random_state: int | np.random.RandomState | None = None,
        name: str | None = None,
        currency: str = "",
        scale: str = "auto",
        ax: Any = None,
    ) -> ValueCalibrationDisplay:
        """Draw the calibration of predicted values.

        Parameters
        ----------
        y_true : array of shape (n_samples,)
            Values, such as the money that customers spent.
        y_pred : array of shape (n_samples,)
            Predicted values, in the same unit.
        n_bins : int, default=10
            Number of buckets of equally many customers.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers.
        n_bootstrap : int, default=1000
            Number of times that customers are drawn again for the intervals; 0 for none.
        confidence_level : float, default=0.95
            Coverage of the intervals, between 0 and 1.
        random_state : int, RandomState instance or None, default=None
            Source of the draws.
        name : str or None, default=None
            What the model is called in the legend.
        currency : str, default=""
            Unit of the money, such as "USD".
        scale : {"auto", "linear", "log"}, default="auto"
            Scale of both axes.
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other models; None for a new figure.

        Returns
        -------
        ValueCalibrationDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.

        Notes
        -----
        Buckets are those of `custbase.metrics.decile_mape`: customers of equal
        predictions are shared out equally. The intervals are percentiles of the mean
        value, where customers are drawn again, and cut into buckets anew. 1,000 draws of
        25,000 customers take about a second; of a million, 100 draws will do.
        """
        check_value("n_bins", n_bins, Number(1, integer=True))
        check_value("n_bootstrap", n_bootstrap, Number(0, integer=True))
        level = Number(0, 1, low_open=True, high_open=True)
        check_value("confidence_level", confidence_level, level)
        check_value("random_state", random_state, *RANDOM_STATE)
        check_value("name", name, STRING, NONE)
        check_value("currency", currency, STRING)
        check_value("scale", scale, SCALES)
        values = check_values(y_true, y_pred, sample_weight, negative=True)
        means = prepare_bin_means(values, n_bins)
        predicted, actual = means(values.weights)
        interval = None
        if n_bootstrap:
            drawn = (
                count_rows(rows, values.weights)
                for rows in draw_rows(len(values.weights), n_bootstrap, random_state)
            )
            draws = [means(weights)[1] for weights in drawn if weights.any()]
            interval = percentile_interval(np.reshape(draws, (-1, n_bins)), confidence_level).T
        return cls(
            predicted=predicted,
            actual=actual,
            interval=interval,
            confidence_level=confidence_level,
            name=name,
            currency=currency,
            scale=scale,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> ValueCalibrationDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other models; None for a new figure.

        Returns
        -------
        ValueCalibrationDisplay
            The display, drawn.
        """
        if ax is None:
            ax = new_axes("ValueCalibrationDisplay", figsize=(5.2, 5.6))
        self.ax_, self.figure_ = ax, ax.figure
        others = earlier_lines(ax, "values")
        color, marker = color_and_marker(len(others))
        (self.line_,) = ax.plot(
            self.predicted,
            self.actual,
            color=color,
            marker=marker,
            markersize=5,
            linewidth=1,
            label=self._summary(),
            gid="values",
        )
        self.intervals_ = self._plot_intervals(ax, color)
        _scale_axes(ax, [*others, self.line_], self.scale)
        self.diagonal_line_ = _plot_diagonal(ax)
        if self.currency or not others:
            unit = f" ({self.currency})" if self.currency else ""
            ax.set_xlabel(wrap_name(f"Mean predicted value{unit}", LEGEND_WIDTH), **AS_IS)
            ax.set_ylabel(wrap_name(f"Mean actual value{unit}", LEGEND_WIDTH), **AS_IS)
        clear_frame(ax)
        handles = [*others, self.line_, self.diagonal_line_]
        if self.interval is not None:
            handles.append(self._explain_intervals(ax))
        legend_above(ax, handles, 1)
        return self

    def _summary(self) -> str:
        """Name the model, and say what it predicts of all customers."""
        means = [float(self.predicted.mean()), float(self.actual.mean())]
        predicted, actual = (compact(mean, max(map(abs, means))) for mean in means)
        return tell(self.name, f"predicted {predicted}, actual {actual} on average")

    def _plot_intervals(self, ax: Any, color: str) -> Any:
        """Draw the intervals, which need not hold the means themselves."""
        if self.interval is None:
            return None
        low, high = self.interval.T
        middle, reach = (low + high) / 2, (high - low) / 2
        return ax.errorbar(
            self.predicted, middle, yerr=reach, fmt="none", ecolor=color, elinewidth=1, capsize=3
        )

    def _explain_intervals(self, ax: Any) -> Any:
        """Entry of the legend, in a colour of no model."""
        level = self.confidence_level
        label = "Interval" if level is None else f"{level:.0%} interval"
        return ax.errorbar([], [], yerr=[], fmt="none", ecolor=DARK, capsize=3, label=label)


def _plot_diagonal(ax: Any) -> Any:
    """Draw where predictions are right, once for all models."""
    if drawn := earlier_lines(ax, "diagonal"):
        return drawn[0]
    # Both axes show the same range, so on any scale it is the diagonal of the box.
    return ax.plot(
        [0, 1],
        [0, 1],
        "--",
        color=GREY,
        transform=ax.transAxes,
        zorder=1,
        label="As predicted",
        gid="diagonal",
    )[0]


def _scale_axes(ax: Any, lines: list[Any], scale: str) -> None:
    """Give both axes one range and one scale, on which the buckets can be told apart."""
    means = np.abs(np.concatenate([np.ravel(line.get_data()) for line in lines]))
    usual = max(np.median(np.abs(line.get_xdata())) for line in lines)
    largest = means.max()
    if scale == "auto":
        scale = "log" if largest > HEAVY * usual else "linear"
    linear = max(means.min(initial=largest, where=means > 0), largest / 10**DECADES)
    is_log = scale == "log" and largest > NARROW * linear
    limits = ax.dataLim
    low, high = min(limits.x0, limits.y0), max(limits.x1, limits.y1)
    low = low if is_log else min(low, 0.0)
    ax.update_datalim([(low, low), (high, high)])
    for set_scale in (ax.set_xscale, ax.set_yscale):
        if is_log:
            set_scale("symlog", linthresh=linear, linscale=0.5)
        else:
            set_scale("linear")
    ax.set_box_aspect(1)
    ax.autoscale_view()
    for axis in (ax.xaxis, ax.yaxis):
        if is_log:
            _write_log_ticks(axis, linear)
        else:
            format_axis(axis)


def _write_log_ticks(axis: Any, linear: float) -> None:
    """Write round numbers from beyond the piece around 0 on, and 0 itself, as many as fit."""
    low, high = axis.get_view_interval()
    largest = max(abs(low), abs(high))
    decades = 10.0 ** np.arange(np.floor(np.log10(linear)), np.ceil(np.log10(largest)) + 1)
    for digits in (range(1, 10), (1, 2, 5), (1, 3), (1,)):
        sizes = np.multiply.outer(decades, digits).ravel()
        sizes = sizes[sizes >= linear]
        ticks = np.concatenate([-sizes[::-1], [0.0], sizes])
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        if len(ticks) <= MOST_TICKS:
            break
    axis.set_ticks(ticks)
    axis.set_ticks([], minor=True)
    # Small numbers keep their digits beside large ones, unless those are written as k or M.
    axis.set_major_formatter(
        lambda value, _: compact(value, largest if largest >= 1e5 else abs(value))
    )
