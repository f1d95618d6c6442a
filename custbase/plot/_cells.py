"""Tables drawn as coloured cells with text in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._optional import import_or_raise
from ._names import AS_IS
from ._style import DARK

# From pale to dark, and blue - pale - orange: in grey the blue is still darker than the orange.
SEQUENTIAL = ("#EDF3F8", "#7DB2D6", "#0072B2", "#003A5C")
DIVERGING = ("#0072B2", "#8FBBD9", "#F5F5F5", "#F2C879", "#E69F00")

SMALLEST, LARGEST = 5.0, 8.5  # sizes of text in points
CHARACTER = 0.62  # width of a character in sizes of the text


def draw_cells(
    ax: Any, values: np.ndarray, *, colors: Sequence[str], limits: tuple[float, float]
) -> Any:
    """Draw one cell a value, row 0 on top; missing values have no colour.

    Parameters
    ----------
    ax : matplotlib Axes
        Where; cell (i, j) is centred on (j, i).
    values : ndarray of shape (n_rows, n_columns)
        What the colours say.
    colors : sequence of str
        From the lowest value to the highest.
    limits : tuple of float
        Values of the first and the last colour.

    Returns
    -------
    matplotlib QuadMesh
        The cells.
    """
    n_rows, n_columns = values.shape
    mesh = ax.pcolormesh(
        np.arange(n_columns + 1) - 0.5,
        np.arange(n_rows + 1) - 0.5,
        np.ma.masked_invalid(values),
        cmap=color_map(colors),
        vmin=limits[0],
        vmax=limits[1],
    )
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, colors=DARK, top=False, labeltop=True, bottom=False, labelbottom=False)
    ax.xaxis.set_label_position("top")
    return mesh


def color_map(colors: Sequence[str]) -> Any:
    """Colours between some, evenly."""
    make = import_or_raise("matplotlib.colors", needed_by="custbase.plot", extra="plot")
    return make.LinearSegmentedColormap.from_list("custbase", colors)


def write_cells(ax: Any, mesh: Any, texts: np.ndarray) -> list[Any]:
    """Write on the cells, if they are large enough, and then part them by white lines.

    Parameters
    ----------
    ax : matplotlib Axes
        With everything that stands beside the cells.
    mesh : matplotlib QuadMesh
        What `draw_cells` returned.
    texts : ndarray of str of shape (n_rows, n_columns)
        What to write.

    Returns
    -------
    list of matplotlib Text
        The texts that are not empty, row by row; none if they do not fit.
    """
    width, height = cell_size(ax, texts.shape)
    n_characters = max(len(line) for text in texts.flat for line in text.split("\n"))
    n_lines = max(text.count("\n") + 1 for text in texts.flat)
    size = min(LARGEST, 0.75 * height / n_lines, width / (CHARACTER * (n_characters + 1)))
    if size < SMALLEST:
        return []
    mesh.set(edgecolor="white", linewidth=1.0)
    backgrounds = mesh.to_rgba(mesh.get_array()).reshape(*texts.shape, 4)
    return [
        ax.text(
            place[1],
            place[0],
            text,
            ha="center",
            va="center",
            fontsize=size,
            color=DARK if _is_light(backgrounds[place]) else "white",
            **AS_IS,
        )
        for place, text in np.ndenumerate(texts)
        if text
    ]


def color_bar(mesh: Any, ax: Any, **options: Any) -> Any:
    """Draw the scale of the colours beside the cells."""
    height = ax.get_window_extent().height / ax.figure.canvas.figure.dpi
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=max(8.0, 8.0 * height), **options)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=DARK, labelsize="small")
    return bar


def cell_size(ax: Any, shape: tuple[int, ...]) -> tuple[float, float]:
    """Width and height of the cells of a table in points, as the figure is laid out now."""
    figure = ax.figure.canvas.figure  # of the whole, also if the axes are in a part of it
    figure.draw_without_rendering()
    box = ax.get_window_extent()
    points = 72.0 / figure.dpi
    return box.width / shape[1] * points, box.height / shape[0] * points


def _is_light(color: np.ndarray) -> bool:
    """Tell whether dark text stands out against a colour."""
    red, green, blue, alpha = color
    return bool(alpha == 0 or 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.52)
