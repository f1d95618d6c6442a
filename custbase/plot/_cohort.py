"""CohortDisplay: how many customers of each cohort came back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._params import STRING, OneOf, check_value
from ._cells import SEQUENTIAL, cell_size, color_bar, draw_cells, write_cells
from ._given import check_numbers
from ._names import AS_IS, LEGEND_WIDTH, shorten_name, wrap_name
from ._style import DARK, compact, new_axes

_VALUES = OneOf(("customers", "retention", "revenue"))
_UNITS = {"D": "Days", "W": "Weeks", "M": "Months", "Q": "Quarters", "Y": "Years", "A": "Years"}
_TITLES = {
    "customers": "Customers of the cohort who bought",
    "retention": "Share of the cohort that bought",
    "revenue": "Net spend of the cohort",
}
FIGURE_SPACE = "\N{FIGURE SPACE}"
ROW_LABEL, COLUMN_LABEL = 11.0, 24.0  # room for a label in points
CELL = (0.5, 0.27)  # width and height in inches
MARGIN = (1.5, 0.9)  # for the names of the rows and of the columns
SMALLEST, LARGEST = (4.8, 2.0), (16.0, 13.0)  # figures


class CohortDisplay:
    """Table of cohorts as a heat map: retention, customers or revenue, period by period.

    Parameters
    ----------
    cohorts : sequence of str, of length n_cohorts
        What the cohorts are called.
    sizes : ndarray of shape (n_cohorts,)
        How many customers each holds.
    ages : ndarray of shape (n_ages,)
        Periods since that of the first purchase.
    cells : ndarray of shape (n_cohorts, n_ages)
        What is drawn; NaN leaves a cell out.
    values : {"customers", "retention", "revenue"}, default="retention"
        What the cells hold.
    unit : str, default="Periods"
        What the periods are, such as "Months".
    currency : str, default=""
        Unit of the revenue, such as "USD".

    Attributes
    ----------
    cells_ : matplotlib QuadMesh
        The cells.
    texts_ : list of matplotlib Text
        What is written on the cells, if they are large enough.
    color_bar_ : matplotlib Colorbar or None
        The scale of the colours, where nothing is written on the cells.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    custbase.features.cohort_table : Make the table from a log.

    Notes
    -----
    The colours run from 0 to the largest value after period 0, in which everyone
    bought; darker is more.

    Examples
    --------
    >>> from custbase import CohortDisplay
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import cohort_table
    >>> display = CohortDisplay.from_table(cohort_table(load_cdnow()))
    >>> display.cohorts, display.ax_.get_xlabel()
    (['1997-01', '1997-02', '1997-03'], 'Months since the first purchase')
    """

    def __init__(
        self,
        *,
        cohorts: Sequence[str],
        sizes: np.ndarray,
        ages: np.ndarray,
        cells: np.ndarray,
        values: str = "retention",
        unit: str = "Periods",
        currency: str = "",
    ) -> None:
        self.cohorts = cohorts
        self.sizes = check_numbers("sizes", sizes, (len(cohorts),))
        self.ages = check_numbers("ages", ages, (None,))
        self.cells = check_numbers("cells", cells, (len(cohorts), len(self.ages)))
        self.values = values
        self.unit = unit
        self.currency = currency

    @classmethod
    def from_table(
        cls, table: pd.DataFrame, *, values: str = "retention", currency: str = "", ax: Any = None
    ) -> CohortDisplay:
        """Draw a table that cohort_table made.

        Parameters
        ----------
        table : DataFrame
            One row a cohort, with ``n_customers`` and one column a period, called
            0, 1, 2, ...
        values : {"customers", "retention", "revenue"}, default="retention"
            What its cells hold, as it was asked of `cohort_table`.
        currency : str, default=""
            Unit of the revenue, such as "USD".
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        CohortDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_value("values", values, _VALUES)
        check_value("currency", currency, STRING)
        if not isinstance(table, pd.DataFrame):
            raise TypeError(
                f"table must be a DataFrame of cohort_table; got {type(table).__name__}."
            )
        periods = [column for column in table.columns if column != "n_customers"]
        if len(periods) == len(table.columns) or not all(str(name).isdecimal() for name in periods):
            shown = ", ".join(map(repr, table.columns[:8])) + (
                ", ..." if len(table.columns) > 8 else ""
            )
            raise ValueError(
                "table must have the column 'n_customers' and columns called 0, 1, 2, ..., as "
                f"cohort_table makes it; got {shown}."
            )
        cells = table[periods].to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(cells).all():
            raise ValueError(f"table must hold values; got none, in shape {table.shape}.")
        if values == "retention" and not ((cells >= 0) & (cells <= 1) | np.isnan(cells)).all():
            raise ValueError(
                "table must hold shares between 0 and 1 with values='retention'; got "
                f"{np.nanmin(cells):g} to {np.nanmax(cells):g}. Say values='customers' or "
                "'revenue' if that is what it holds."
            )
        return cls(
            cohorts=[_cohort_name(cohort) for cohort in table.index],
            sizes=table["n_customers"].to_numpy(),
            ages=np.array([int(name) for name in periods]),
            cells=cells,
            values=values,
            unit=_unit_of(table.index),
            currency=currency,
        ).plot(ax)

    def plot(self, ax: Any = None) -> CohortDisplay:
        """Draw the heat map.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        CohortDisplay
            The display itself.
        """
        if ax is None:
            wanted = np.array(MARGIN) + np.array(CELL) * self.cells.shape[::-1]
            ax = new_axes("CohortDisplay", figsize=np.clip(wanted, SMALLEST, LARGEST))
        self.ax_, self.figure_ = ax, ax.figure
        self.cells_ = draw_cells(ax, self.cells, colors=SEQUENTIAL, limits=self._limits())
        self._label_axes()
        self.texts_ = write_cells(ax, self.cells_, self._texts())
        self.color_bar_: Any = None
        if not self.texts_:
            self.color_bar_ = color_bar(self.cells_, ax)
            self.color_bar_.ax.yaxis.set_major_formatter(lambda value, _: self._write(value))
        return self

    def _limits(self) -> tuple[float, float]:
        """Values of the palest and of the darkest colour."""
        later = self.cells[:, self.ages > 0]
        highest = np.nanmax(later) if np.isfinite(later).any() else 0.0
        if highest <= 0:
            highest = np.nanmax(self.cells)
        return min(0.0, float(np.nanmin(self.cells))), float(highest)

    def _texts(self) -> np.ndarray:
        """Write every value, in as few characters as it takes."""
        texts = [["" if np.isnan(v) else self._write(v) for v in row] for row in self.cells]
        return np.array(texts, dtype=object)

    def _write(self, value: float) -> str:
        """Write one value beside the others."""
        if self.values == "retention":
            return f"{value:.0%}"
        return compact(value, float(np.nanmax(np.abs(self.cells))))

    def _label_axes(self) -> None:
        """Say which cohort, how large, and how much later; leave labels out where they collide."""
        ax, (n_rows, n_columns) = self.ax_, self.cells.shape
        digits = max(len(f"{size:,}") for size in self.sizes)
        labels = [
            f"{shorten_name(cohort)}   {f'{size:,}'.rjust(digits, FIGURE_SPACE)}"
            for cohort, size in zip(self.cohorts, self.sizes, strict=True)
        ]
        ax.annotate(
            "Cohort, customers",
            (0, 1),
            (-4, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            fontsize="small",
            color=DARK,
        )
        since = wrap_name(f"{self.unit} since the first purchase", LEGEND_WIDTH)
        ax.set_xlabel(since, **AS_IS)
        is_money = self.values == "revenue" and self.currency
        currency = f" ({self.currency})" if is_money else ""
        title = wrap_name(_TITLES[self.values] + currency, LEGEND_WIDTH)
        ax.set_title(title, loc="left", fontsize="medium", **AS_IS)
        width, height = cell_size(ax, self.cells.shape)
        every = math.ceil(ROW_LABEL / height)
        ax.set_yticks(range(0, n_rows, every), labels[::every], fontsize="small", **AS_IS)
        every = next(step for step in _steps() if step * width >= COLUMN_LABEL)
        ax.set_xticks(range(0, n_columns, every), self.ages[::every], fontsize="small")


def _steps() -> Iterator[int]:
    """Distances of ticks that people count by: 1, 2, 5, 10, 20, ..."""
    return (mantissa * 10**power for power in itertools.count() for mantissa in (1, 2, 5))


def _cohort_name(cohort: Any) -> str:
    """Name a cohort by its period, a week by its Monday."""
    if isinstance(cohort, pd.Period):
        return f"{cohort.start_time:%Y-%m-%d}" if cohort.freqstr[0] == "W" else str(cohort)
    return f"{cohort:%Y-%m-%d}" if isinstance(cohort, pd.Timestamp) else str(cohort)


def _unit_of(index: pd.Index) -> str:
    """Name the periods by which cohorts were made, if they say it."""
    unit = index.freqstr[0] if isinstance(index, pd.PeriodIndex) else ""
    return _UNITS.get(unit, "Periods")
