"""GainsDisplay: how many responders are found among the highest scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._joins import in_one_order
from .._params import NONE, STRING, check_value
from ..metrics import gains_curve
from ..metrics._targets import check_targets
from ._given import check_numbers
from ._names import LEGEND_WIDTH, wrap_name
from ._scores import score_positive
from ._style import GREY, clear_frame, color_and_marker, earlier_lines, legend_above, new_axes


class GainsDisplay:
    """Share of those who leave or respond that is reached by contacting the highest scores.

    Parameters
    ----------
    fractions : ndarray of shape (n_thresholds + 1,)
        Fractions of customers with the highest scores.
    gains : ndarray of shape (n_thresholds + 1,)
        Shares of the positive class among them.
    base_rate : float
        Share of all customers that is positive.
    name : str or None, default=None
        What the curve is called in the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    chance_line_ : matplotlib Line2D
        Contacting at random.
    best_line_ : matplotlib Line2D
        Knowing the answer.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    ProfitCurveDisplay : The same in money.
    custbase.metrics.gains_curve : The figures.
    custbase.metrics.lift_score : The curve at one fraction, over that fraction.

    Examples
    --------
    >>> from custbase import GainsDisplay
    >>> left = [0, 1, 0, 1, 0, 0, 0, 1]
    >>> scores = [0.1, 0.9, 0.3, 0.6, 0.5, 0.2, 0.1, 0.4]
    >>> display = GainsDisplay.from_predictions(left, scores)
    >>> display.base_rate
    0.375
    """

    def __init__(
        self,
        *,
        fractions: np.ndarray,
        gains: np.ndarray,
        base_rate: float,
        name: str | None = None,
    ) -> None:
        self.fractions = check_numbers("fractions", fractions, (None,))
        self.gains = check_numbers("gains", gains, self.fractions.shape)
        self.base_rate = base_rate
        self.name = name

    @classmethod
    @in_one_order
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        pos_label: Any = None,
        sample_weight: Any = None,
        name: str | None = None,
        ax: Any = None,
    ) -> GainsDisplay:
        """Draw the gains of a fitted classifier.

        Parameters
        ----------
        estimator : classifier of two classes
            Fitted; of any kind, such as a Pipeline, search, calibration or ensemble.
        X : array or frame of shape (n_samples, n_features)
            Customers, best those that ``fit`` has not seen.
        y : array of shape (n_samples,)
            Their labels.
        pos_label : bool, int, str or None, default=None
            The positive class; None for ``churn_class_`` or ``response_class_`` of the
            estimator, or of classifiers inside of it that agree, or else the second class.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers.
        name : str or None, default=None
            What the curve is called; None for the class of the estimator.
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other curves; None for a new figure.

        Returns
        -------
        GainsDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        scores, positive = score_positive(estimator, X, pos_label)
        return cls.from_predictions(
            y,
            scores,
            pos_label=positive,
            sample_weight=sample_weight,
            name=type(estimator).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        pos_label: Any = None,
        sample_weight: Any = None,
        name: str | None = None,
        ax: Any = None,
    ) -> GainsDisplay:
        """Draw the gains of scores.

        Parameters
        ----------
        y_true : array of shape (n_samples,)
            Labels.
        y_score : array of shape (n_samples,)
            Scores or probabilities of the positive class.
        pos_label : bool, int, str or None, default=None
            The positive class; None for 1 among the labels 0 and 1 (or -1 and 1).
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers.
        name : str or None, default=None
            What the curve is called in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other curves; None for a new figure.

        Returns
        -------
        GainsDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or nobody is of the positive class.
        """
        check_value("name", name, STRING, NONE)
        fractions, gains = gains_curve(
            y_true, y_score, pos_label=pos_label, sample_weight=sample_weight
        )
        if np.isnan(gains).any():
            raise ValueError("y_true must have a label of the positive class to draw gains.")
        targets = check_targets(y_true, y_score, pos_label, sample_weight)
        base_rate = float(np.average(targets.hits, weights=targets.weights))
        display = cls(fractions=fractions, gains=gains, base_rate=base_rate, name=name)
        return display.plot(ax=ax)

    def plot(self, *, ax: Any = None) -> GainsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, also beside other curves; None for a new figure.

        Returns
        -------
        GainsDisplay
            The display, drawn.
        """
        ax = new_axes("GainsDisplay", figsize=(5.6, 4.6)) if ax is None else ax
        self.ax_, self.figure_ = ax, ax.figure
        (self.chance_line_,) = ax.plot([0, 1], [0, 1], "--", color=GREY, label="At random")
        (self.best_line_,) = ax.plot(
            [0, self.base_rate, 1], [0, 1, 1], ":", color=GREY, label="Knowing who"
        )
        others = earlier_lines(ax, "gains")
        color, _ = color_and_marker(len(others))
        label = wrap_name(self.name or "Highest scores first", LEGEND_WIDTH)
        (self.line_,) = ax.plot(self.fractions, self.gains, color=color, label=label, gid="gains")
        ax.set(
            xlim=(0, 1), ylim=(0, 1.02), xlabel="Customers contacted", ylabel="Of the class reached"
        )
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
        clear_frame(ax)
        handles = [*others, self.line_, self.chance_line_, self.best_line_]
        columns = np.array_split([len(handle.get_label()) for handle in handles], 3)
        is_narrow = sum(lengths.max() for lengths in columns) <= LEGEND_WIDTH - 12
        legend_above(ax, handles, 3 if is_narrow else 1)
        return self
