"""ProfileDisplay: what sets each segment apart, column by column."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._params import Number, check_value
from ._cells import DIVERGING, cell_size, color_bar, draw_cells, write_cells
from ._given import as_array, check_numbers
from ._labels import open_clusterer
from ._names import AS_IS, CUT, Names, clean_name, name_segments, shorten_name, wrap_name
from ._style import MINUS, compact, new_axes

NOTABLE = 0.5  # contrast from which a cell has a mark
LIMIT = 2.0  # contrast of the strongest colour
WIDTH, HEADER = 10, 40  # of a category, and of the name of a column, in characters
HIGH, LOW = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"
NOTHING = "\N{EN DASH}"  # of a segment without customers
CHARACTER, LINE = 0.085, 0.15  # of a label in inches
WIDEST_HEADERS, WIDEST = 8.0, 20.0  # headers side by side, and a figure, in inches


class ProfileDisplay:
    """Segments against columns: typical values, in the colours of how unusual they are.

    Parameters
    ----------
    names : sequence of str, of length n_segments
        What the segments are called.
    sizes : ndarray of shape (n_segments,)
        How many customers each holds.
    shares : ndarray of shape (n_segments,)
        Those as fractions of all customers.
    columns : sequence of str, of length n_columns
        What is described.
    contrasts : ndarray of shape (n_segments, n_columns)
        How far each segment is from all customers, in standard deviations; NaN
        where a column has no contrast.
    values : ndarray of str of shape (n_segments, n_columns)
        Typical values, as they are written.

    Attributes
    ----------
    cells_ : matplotlib QuadMesh
        The cells.
    texts_ : list of matplotlib Text
        What is written on the cells, row by row.
    color_bar_ : matplotlib Colorbar
        The scale of the contrasts.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    SegmentDisplay : Where the customers of the segments are.
    custbase.segmentation.SegmentClusterer.profile : The table that is drawn.

    Notes
    -----
    Contrasts are those of the profile: the mean rank in the segment minus the mean
    rank of all, in standard deviations of the ranks. From 0.5 on a cell is marked
    by a triangle, upwards for more than usual. A category shows the most frequent
    value of the segment; it has no higher or lower, hence no colour.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase import ProfileDisplay, SegmentClusterer
    >>> customers = pd.DataFrame({"orders": [1, 2, 1, 12, 14], "visits": [5, 9, 6, 8, 6]})
    >>> clusterer = SegmentClusterer(2, random_state=0).fit(customers)
    >>> display = ProfileDisplay.from_estimator(clusterer, customers)
    >>> display.columns, display.values.tolist()
    (['orders', 'visits'], [['1', '6'], ['13', '7']])
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        sizes: np.ndarray,
        shares: np.ndarray,
        columns: Sequence[str],
        contrasts: np.ndarray,
        values: np.ndarray,
    ) -> None:
        shape = (len(names), len(columns))
        self.names = names
        self.sizes = check_numbers("sizes", sizes, shape[:1])
        self.shares = check_numbers("shares", shares, shape[:1])
        self.columns = columns
        self.contrasts = check_numbers("contrasts", contrasts, shape)
        self.values = as_array("values", values, shape)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        describe: Any = None,
        names: Names | None = None,
        max_columns: int = 30,
        ax: Any = None,
    ) -> ProfileDisplay:
        """Draw the profile that a fitted SegmentClusterer makes of customers.

        Parameters
        ----------
        estimator : SegmentClusterer or Pipeline that ends in one
            Fitted.
        X : array or frame of shape (n_rows, n_columns)
            Customers, as given to the estimator's ``fit``.
        describe : array, frame or Series of shape (n_rows, n_described), default=None
            The same customers in columns that people read, with categories, dates,
            yes or no; None describes `X` itself, also in front of a Pipeline.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments; a segment without one goes by its number, an array
            has one name for every segment. None for the names in the profile.
        max_columns : int, default=30
            Of more columns those are drawn that set some segment apart most.
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        ProfileDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If an argument is not as described.
        """
        clusterer, matrix = open_clusterer(estimator, X)
        if not callable(getattr(clusterer, "profile", None)):
            raise TypeError(
                "estimator must be a SegmentClusterer, or a Pipeline that ends in one; "
                f"got {type(clusterer).__name__}, which has no profile."
            )
        if describe is None and clusterer is not estimator:
            describe = X
        return cls.from_profile(
            clusterer.profile(matrix, describe=describe),
            names=names,
            max_columns=max_columns,
            ax=ax,
        )

    @classmethod
    def from_profile(
        cls,
        profile: Any,
        *,
        names: Names | None = None,
        max_columns: int = 30,
        ax: Any = None,
    ) -> ProfileDisplay:
        """Draw a profile of segments.

        Parameters
        ----------
        profile : DataFrame
            What ``profile`` of a SegmentClusterer returned.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments; a segment without one goes by its number, an array
            has one name for every segment. None for the names in `profile`.
        max_columns : int, default=30
            Of more columns those are drawn that set some segment apart most.
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        ProfileDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_value("max_columns", max_columns, Number(1, integer=True))
        if not isinstance(profile, pd.DataFrame):
            library = type(profile).__module__.partition(".")[0]
            kind = f"{library} {type(profile).__name__}".removeprefix("builtins ")
            raise TypeError(f"profile must be a DataFrame of pandas; got {kind}.")
        columns = [
            str(name).removeprefix("typical_")
            for name in profile.columns
            if str(name).startswith("typical_")
        ]
        if not {"name", "size", "share"} <= {*profile.columns} or not columns or profile.empty:
            raise ValueError(
                "profile must have a row a segment and columns 'name', 'size', 'share' and "
                "'typical_...', as profile of SegmentClusterer makes it; got "
                f"{len(profile)} rows and columns {profile.columns.tolist()}."
            )
        contrasts = np.column_stack([_contrasts(profile, name) for name in columns])
        strength = np.nan_to_num(np.abs(contrasts)).max(axis=0)
        shown = np.sort(np.argsort(-strength, kind="stable")[:max_columns])
        columns = [columns[position] for position in shown]
        return cls(
            names=name_segments(profile.index, profile["name"] if names is None else names),
            sizes=profile["size"].to_numpy(),
            shares=profile["share"].to_numpy(),
            columns=columns,
            contrasts=contrasts[:, shown],
            values=np.column_stack([_write_typical(profile, name) for name in columns]),
        ).plot(ax)

    def plot(self, ax: Any = None) -> ProfileDisplay:
        """Draw the cells.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        ProfileDisplay
            The display itself.
        """
        sizes = [f"{n:,} ({p:.0%})" for n, p in zip(self.sizes, self.shares, strict=True)]
        labels = [f"{wrap_name(n)}\n{size}" for n, size in zip(self.names, sizes, strict=True)]
        texts = np.full(self.values.shape, "", dtype=object)
        for place, value in np.ndenumerate(self.values):
            texts[place] = f"{_mark(float(self.contrasts[place]))} {value}".strip()
        n_lines = max(label.count("\n") + 1 for label in labels)
        cell = CHARACTER * (max(len(line) for text in texts.flat for line in text.split("\n")) + 2)
        columns = [shorten_name(name, HEADER) for name in self.columns]
        header = CHARACTER * (max(map(len, columns)) + 1)
        # Headers that have no room side by side are tilted.
        is_tilted = header * len(columns) > WIDEST_HEADERS
        if ax is None:
            cells = (cell if is_tilted else max(cell, header)) * len(columns)
            width = min(3.4 + max(cells, 1.2), WIDEST)
            height = (
                0.5 + (0.75 * header if is_tilted else 0.3) + len(labels) * LINE * (n_lines + 0.7)
            )
            ax = new_axes("ProfileDisplay", figsize=(width, max(height, 2.4)))
        self.ax_, self.figure_ = ax, ax.figure
        self.cells_ = draw_cells(ax, self.contrasts, colors=DIVERGING, limits=(-LIMIT, LIMIT))
        if cell_size(ax, texts.shape)[1] < 72 * LINE * n_lines:
            labels = [f"{shorten_name(n)}, {s}" for n, s in zip(self.names, sizes, strict=True)]
        ax.set_yticks(range(len(labels)), labels, fontsize="small", **AS_IS)
        tilt = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"} if is_tilted else {}
        ax.set_xticks(range(len(columns)), columns, fontsize="small", **AS_IS, **tilt)
        self._plot_color_bar()
        self.texts_ = write_cells(ax, self.cells_, texts)
        return self

    def _plot_color_bar(self) -> None:
        """Draw the scale of the contrasts, with the marks, if there are any."""
        self.color_bar_: Any = None
        if np.isfinite(self.contrasts).any():
            bar = self.color_bar_ = color_bar(self.cells_, self.ax_, extend="both", extendfrac=0.03)
            bar.set_label("Contrast (sd)", fontsize="small")
            ticks = np.arange(-LIMIT, LIMIT + 1)
            signs = [f"{_mark(z)} {z:.0f}".replace("-", MINUS).strip() for z in ticks]
            bar.set_ticks(ticks, labels=signs)


def _contrasts(profile: pd.DataFrame, name: str) -> np.ndarray:
    """Contrasts of a described column; categories have none."""
    if f"contrast_{name}" not in profile:
        return np.full(len(profile), np.nan)
    return profile[f"contrast_{name}"].to_numpy(dtype=float, na_value=np.nan)


def _write_typical(profile: pd.DataFrame, name: str) -> np.ndarray:
    """Write the typical values of a described column briefly, by its kind."""
    typical = profile[f"typical_{name}"]
    if f"contrast_{name}" not in profile:
        texts = [_fold(str(value)) for value in typical]
    elif pd.api.types.is_bool_dtype(typical):
        texts = [f"{share:.0%} yes" for share in profile[f"mean_{name}"]]
    elif pd.api.types.is_datetime64_any_dtype(typical):
        texts = [f"{day:%Y-%m-%d}" for day in typical]
    elif pd.api.types.is_timedelta64_dtype(typical):
        texts = [f"{span / pd.Timedelta(days=1):.3g} days" for span in typical]
    else:
        largest = float(typical.abs().max())
        texts = [compact(value, largest) for value in typical]
    known = typical.notna()
    return np.array([t if k else NOTHING for t, k in zip(texts, known, strict=True)], dtype=object)


def _fold(text: str) -> str:
    """Break a category into two short lines, and cut what is longer."""
    return textwrap.fill(clean_name(text), WIDTH, max_lines=2, placeholder=CUT)


def _mark(contrast: float) -> str:
    """Say without colour whether a value is notably high or low."""
    if abs(contrast) >= NOTABLE:
        return HIGH if contrast > 0 else LOW
    return ""
