"""FrequencyRecencyDisplay: what a model of purchases expects of customers, by their history."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._inputs import check_columns
from .._params import BOOLEAN, NONE, Number, OneOf, check_value
from .._units import UNIT
from ._cells import SEQUENTIAL, cell_size, color_bar, color_map
from ._given import check_numbers
from ._names import LEGEND_WIDTH, wrap_name
from ._purchases import HISTORY, UNIT_NAMES, find_purchase_model, make_customers
from ._style import DARK, clear_frame, compact, legend_above, new_axes

VALUES = OneOf(("purchases", "alive"))
DOT = "#E69F00"
N_RECENCIES = 51  # rows of cells, that of recency 0 included
USUAL = 0.99  # share of customers who buy no more often than is drawn
ALIKE = 0.9  # share of T for which customers are known who are drawn
MOST_DOTS = 2000
LINE = 9.0  # height of a line of text in points


class FrequencyRecencyDisplay:
    """What a model expects of customers, by how often and how recently they bought.

    Parameters
    ----------
    frequency : ndarray of shape (n_frequencies,)
        Numbers of purchase days after the first: 0, 1, 2, ...
    recency : ndarray of shape (n_recencies,)
        Times from the first purchase to the last, from 0 to `T` in equal steps.
    cells : ndarray of shape (n_recencies, n_frequencies)
        What is expected; NaN where there can be no customer.
    T : float
        Time since the first purchase.
    values : {"purchases", "alive"}, default="purchases"
        What the cells hold: expected purchases within the horizon, or the probability
        not to have left.
    horizon : float or None, default=None
        How far ahead purchases count, in the unit of `T`.
    unit : {"D", "W", "M", "Y"} or None, default=None
        Unit of time, for the labels; None leaves it out.
    customers : ndarray of shape (n_customers, 2) or None, default=None
        Frequency and recency of customers who are drawn as dots.
    customers_label : str, default="Customers"
        What the dots are called in the legend.

    Attributes
    ----------
    cells_ : matplotlib QuadMesh
        The cells.
    dots_ : matplotlib PathCollection or None
        The customers; None if there are none.
    text_ : matplotlib Text or None
        What is expected of those who bought but once, above their cell; None if the
        column is too narrow.
    color_bar_ : matplotlib Colorbar
        The scale of the colours.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    TrackingDisplay : Purchases over time against a model.
    custbase.features.rfm_summary : Makes the summary of a log.

    Notes
    -----
    A customer in the lower right bought often, but not for long, and has probably left;
    one in the upper right bought as often and is still there. Who bought but once has a
    recency of 0 and is the cell on the lower left, with its value above; the rest of that
    column, and of that row, is blank. Dots are customers who bought again, spread over the
    width of their column.

    Examples
    --------
    >>> from custbase import BetaGeoModel, FrequencyRecencyDisplay
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import rfm_summary
    >>> summary = rfm_summary(load_cdnow(), end="1997-09-30")
    >>> model = BetaGeoModel(horizon=39).fit(summary)
    >>> display = FrequencyRecencyDisplay.from_estimator(model, summary, unit="W")
    >>> display.color_bar_.ax.get_ylabel()
    'Purchases expected within 39 weeks'
    """

    def __init__(
        self,
        *,
        frequency: np.ndarray,
        recency: np.ndarray,
        cells: np.ndarray,
        T: float,
        values: str = "purchases",
        horizon: float | None = None,
        unit: str | None = None,
        customers: np.ndarray | None = None,
        customers_label: str = "Customers",
    ) -> None:
        self.frequency = check_numbers("frequency", frequency, (None,))
        self.recency = check_numbers("recency", recency, (None,))
        self.cells = check_numbers("cells", cells, (len(self.recency), len(self.frequency)))
        self.T = T
        self.values = values
        self.horizon = horizon
        self.unit = unit
        self.customers = customers
        if customers is not None:
            self.customers = check_numbers("customers", customers, (None, 2))
        self.customers_label = customers_label

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        horizon: float | None = None,
        values: str = "purchases",
        T: float | None = None,
        max_frequency: int | None = None,
        unit: str | None = None,
        show_customers: bool = True,
        ax: Any = None,
    ) -> FrequencyRecencyDisplay:
        """Draw what a fitted model expects.

        Parameters
        ----------
        estimator : BetaGeoModel, ModifiedBetaGeoModel or ParetoNBDModel, or search of one
            Fitted.
        X : frame or array of shape (n_customers, n_columns)
            A summary, as the model takes it.
        horizon : float or None, default=None
            How far ahead purchases count, in the unit of T; None for that of the model.
        values : {"purchases", "alive"}, default="purchases"
            What to draw: expected purchases within the horizon, or the probability not to
            have left.
        T : float or None, default=None
            Time since the first purchase, of the customers that the model is asked about;
            None for the largest of `X`.
        max_frequency : int or None, default=None
            Largest number of purchases after the first; None for what 99 % of the
            customers do not exceed.
        unit : {"D", "W", "M", "Y"} or None, default=None
            Unit of time of the summary, for the labels; None leaves it out.
        show_customers : bool, default=True
            Draw those customers of `X` who have been known for 0.9 T to T, at most 2,000
            dots; newer ones would be in places that do not tell their future.
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        FrequencyRecencyDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If an argument is not as described, or there is no horizon.
        """
        model = find_purchase_model(estimator)
        check_value("horizon", horizon, Number(0, low_open=True), NONE)
        check_value("values", values, VALUES)
        check_value("T", T, Number(0, low_open=True), NONE)
        check_value("max_frequency", max_frequency, Number(1, integer=True), NONE)
        check_value("unit", unit, UNIT, NONE)
        check_value("show_customers", show_customers, BOOLEAN)
        history = np.column_stack(check_columns(model, X, HISTORY, reset=False))
        model.predict_alive(X)  # which refuses rows that are no history
        age = float(history[:, 2].max()) if T is None else float(T)
        if age <= 0:
            raise ValueError("T must be given, because all customers of X are new; got None.")
        if max_frequency is None:
            usual = np.quantile(history[:, 0], USUAL, method="higher")
            max_frequency = max(1, int(usual))
        if horizon is None and values == "purchases":
            horizon = getattr(model, "horizon", None)
        frequency, recency = np.arange(max_frequency + 1), np.linspace(0, age, N_RECENCIES)
        customers, label = None, "Customers"
        if show_customers:
            customers, label = choose_customers(history, age, max_frequency, unit)
        return cls(
            frequency=frequency,
            recency=recency,
            cells=fill_cells(model, frequency, recency, age, values, horizon),
            T=age,
            values=values,
            horizon=horizon if values == "purchases" else None,
            unit=unit,
            customers=customers,
            customers_label=label,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> FrequencyRecencyDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        FrequencyRecencyDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If `values` or `unit` of the constructor are not as in `from_estimator`.
        """
        check_value("values", self.values, VALUES)
        check_value("unit", self.unit, UNIT, NONE)
        if ax is None:
            ax = new_axes("FrequencyRecencyDisplay", figsize=(6.4, 4.6))
        self.ax_, self.figure_ = ax, ax.figure
        step = float(self.recency[1])
        largest = 1.0 if self.values == "alive" else float(np.nanmax(self.cells))
        self.cells_ = ax.pcolormesh(
            np.append(self.frequency, self.frequency[-1] + 1) - 0.5,
            np.append(self.recency, self.T + step) - step / 2,
            np.ma.masked_invalid(self.cells),
            cmap=color_map(SEQUENTIAL),
            vmin=0.0,
            vmax=largest or 1.0,
        )
        self.dots_ = self._plot_customers(ax)
        ax.set(
            xlim=(-0.5, self.frequency[-1] + 0.5),
            ylim=(-step / 2, self.T + step / 2),
            xlabel="Frequency: purchases after the first",
            ylabel=f"Recency: first to last purchase{self._in_unit()}",
        )
        ax.xaxis.get_major_locator().set_params(integer=True)
        clear_frame(ax)
        self.color_bar_ = color_bar(self.cells_, ax)
        self.color_bar_.set_label(self._describe(), color=DARK)
        self.color_bar_.ax.yaxis.set_major_formatter(lambda value, _: self._write(value))
        if self.dots_ is None:
            ax.set_title(self._known(), loc="left", fontsize="medium")
        else:
            legend = legend_above(ax, [self.dots_], 1)
            legend.set_title(self._known(), prop={"size": "medium"})
            legend.set_alignment("left")
        self.text_ = self._write_once(ax, step)
        return self

    def _write(self, value: float) -> str:
        """Write a value, beside the others."""
        if self.values == "alive":
            return f"{float(f'{100 * value:.3g}'):g}%"
        return compact(value, float(np.nanmax(self.cells)))

    def _in_unit(self) -> str:
        """Unit of an axis."""
        return f" ({UNIT_NAMES[self.unit][1]})" if self.unit else ""

    def _known(self) -> str:
        """Say of what customers the cells are."""
        return f"Customers known for {write_time(self.T, self.unit)}"

    def _describe(self) -> str:
        """Say what the colours are."""
        if self.values == "alive":
            return "Probability to be alive"
        if self.horizon is None:
            return "Purchases expected"
        return f"Purchases expected within {write_time(self.horizon, self.unit)}"

    def _write_once(self, ax: Any, step: float) -> Any:
        """Write what is expected of those who bought once, if their column is wide enough."""
        width, _ = cell_size(ax, self.cells.shape)
        if width < LINE:
            return None
        return ax.text(
            0,
            step,
            self._write(float(f"{self.cells[0, 0]:.2g}")),
            rotation="vertical",
            ha="center",
            va="bottom",
            fontsize="small",
            color=DARK,
        )

    def _plot_customers(self, ax: Any) -> Any:
        """Draw customers, spread over the width of their column."""
        if self.customers is None or not len(self.customers):
            return None
        frequency, recency = np.asarray(self.customers, dtype=float).T
        lines = self.customers_label.split("\n")
        # Multiples of the golden ratio fill the width evenly.
        across = (np.arange(len(frequency)) * 0.6180339887) % 1 - 0.5
        return ax.scatter(
            frequency + 0.8 * across,
            recency,
            s=9,
            color=DOT,
            edgecolor="white",
            linewidth=0.3,
            label="\n".join(wrap_name(line, LEGEND_WIDTH) for line in lines),
        )


def fill_cells(
    estimator: Any,
    frequency: np.ndarray,
    recency: np.ndarray,
    T: float,
    values: str,
    horizon: float | None,
) -> np.ndarray:
    """Ask a model about every history that there can be.

    Parameters
    ----------
    estimator : model of purchases
        Fitted.
    frequency : ndarray of shape (n_frequencies,)
        Numbers of purchase days after the first.
    recency : ndarray of shape (n_recencies,)
        Times from the first purchase to the last.
    T : float
        Time since the first purchase.
    values : {"purchases", "alive"}
        What is asked.
    horizon : float or None
        How far ahead purchases count.

    Returns
    -------
    ndarray of shape (n_recencies, n_frequencies)
        The answers; NaN where only one of frequency and recency is 0.
    """
    repeats, times = np.meshgrid(frequency, recency)
    possible = (repeats > 0) == (times > 0)
    history = np.column_stack([repeats[possible], times[possible], np.full(possible.sum(), T)])
    customers = make_customers(estimator, history)
    cells = np.full(possible.shape, np.nan)
    if values == "alive":
        cells[possible] = estimator.predict_alive(customers)
    else:
        cells[possible] = estimator.predict(customers, horizon)
    return cells


def choose_customers(
    history: np.ndarray, T: float, max_frequency: int, unit: str | None
) -> tuple[np.ndarray, str]:
    """Choose customers who are about as old as the cells say, and name them.

    Parameters
    ----------
    history : ndarray of shape (n_customers, 3)
        Frequency, recency and T.
    T : float
        Time since the first purchase, of the cells.
    max_frequency : int
        Largest number of purchases that is drawn.
    unit : {"D", "W", "M", "Y"} or None
        Unit of time.

    Returns
    -------
    customers : ndarray of shape (n_chosen, 2)
        Their frequency and recency.
    label : str
        What they are called.
    """
    is_alike = (history[:, 2] >= ALIKE * T) & (history[:, 2] <= T)
    alike = history[is_alike]
    once = int((alike[:, 0] == 0).sum())
    shown = alike[(alike[:, 0] > 0) & (alike[:, 0] <= max_frequency), :2]
    every = max(1, math.ceil(len(shown) / MOST_DOTS))
    label = f"{len(alike):,} customers known for {compact(ALIKE * T, T)} to {write_time(T, unit)}"
    apart = [f"{once:,} bought once"] if once else []
    if beyond := len(alike) - once - len(shown):
        apart.append(f"{beyond:,} more than {max_frequency + 1:,} times")
    if apart:
        label += f":\n{', '.join(apart)}"
    if every > 1:
        label += f"; a dot is {every:,}"
    return shown[::every], label


def write_time(time: float, unit: str | None) -> str:
    """Write a time with its unit, if that is known."""
    if unit is None:
        return f"{compact(time, time)}"
    return f"{compact(time, time)} {UNIT_NAMES[unit][int(time != 1)]}"
