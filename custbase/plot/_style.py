"""Colours, numbers and axes that all displays share."""

from __future__ import annotations

from typing import Any

from .._optional import import_or_raise
from ._names import AS_IS

# Okabe and Ito's palette without black: told apart with any common colour blindness.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")
MARKERS = ("o", "s", "^", "D", "v", "P")
GREY = "#8C8C8C"
DARK = "#262626"
PALE = "#B8C4CE"
MINUS = "\N{MINUS SIGN}"


def color_and_marker(position: int) -> tuple[str, str]:
    """Give a look to the segment at a position; markers change when colours run out."""
    turn, color = divmod(position, len(COLORS))
    return COLORS[color], MARKERS[turn % len(MARKERS)]


def compact(value: float, largest: float) -> str:
    """Write a number beside others of which the largest is known: 950, 12,500 or 1.2M."""
    if largest >= 1e5:
        for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
            if abs(value) >= size:
                return f"{float(f'{value / size:.3g}'):,g}{suffix}".replace("-", MINUS)
    return (f"{value:,.0f}" if largest >= 100 else f"{value:,.3g}").replace("-", MINUS)


def signed_pct(value: float) -> str:
    """Write a percentage as a gain or a loss: +12%."""
    return f"{value:+,.0f}%".replace("-", MINUS)


def new_axes(needed_by: str, **subplots: Any) -> Any:
    """Make a figure with room for what stands beside its axes; give the axes."""
    pyplot = import_or_raise("matplotlib.pyplot", needed_by=needed_by, extra="plot")
    return pyplot.subplots(layout="constrained", **subplots)[1]


def format_axis(axis: Any) -> None:
    """Write the ticks of an axis compactly, for as much as it shows."""
    axis.set_major_formatter(
        lambda value, _: compact(value, max(abs(end) for end in axis.get_view_interval()))
    )


def clear_frame(ax: Any) -> None:
    """Leave only the axis lines that are read."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=DARK)
    ax.set_axisbelow(True)


def earlier_lines(ax: Any, kind: str) -> list[Any]:
    """Lines that displays of a kind have drawn on the axes before."""
    return [line for line in ax.lines if line.get_gid() == kind]


def legend_above(ax: Any, handles: list[Any], n_columns: int) -> Any:
    """Put the legend above the axes, where it covers nothing."""
    return write_legend(
        ax,
        handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=n_columns,
        frameon=False,
        borderaxespad=0.2,
        fontsize="small",
        columnspacing=1.2,
    )


def write_legend(place: Any, handles: list[Any], **options: Any) -> Any:
    """Make a legend of axes or of a figure in which every label stands as it is."""
    # Labels that begin with an underscore are hidden by some releases of matplotlib.
    legend = place.legend(handles, [" "] * len(handles), **options)
    for text, handle in zip(legend.get_texts(), handles, strict=True):
        text.set(text=handle.get_label(), **AS_IS)
    return legend
