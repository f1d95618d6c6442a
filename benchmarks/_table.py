"""A table of measurements as text and as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FIXED = ("contender", "first_s", "median_s", "min_s", "max_s", "ratio", "runs")


def as_markdown(title: str, claim: str, stamp: dict[str, str], rows: dict[str, list]) -> str:
    """Write the measurements of a problem as a Markdown page."""
    extra = list(dict.fromkeys(key for case in rows.values() for row in case for key in row))
    extra = [key for key in extra if key not in FIXED]
    head = ["case", "contender", "first call s", "median s", "min s", "max s", "ratio", *extra]
    body = [
        [
            case if i == 0 else "",
            row["contender"],
            *(f"{row[key]:.4g}" for key in ("first_s", "median_s", "min_s", "max_s")),
            f"{row['ratio']:.2f}",
            *(str(row.get(key, "")) for key in extra),
        ]
        for case, found in rows.items()
        for i, row in enumerate(found)
    ]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in [head, ["-" * width for width in widths], *body]
    ]
    about = [f"- {key}: {value}" for key, value in stamp.items()]
    note = "Ratio: median of the contender / median of custbase, runs taking turns in one process."
    return "\n".join([f"# {title}", "", claim, "", *lines, "", note, "", *about, ""])


def draw(title: str, rows: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Draw the ratios of every case as bars on a logarithmic axis."""
    from matplotlib.figure import Figure

    rivals = [
        (f"{case}: {row['contender']}", row["ratio"])
        for case, found in rows.items()
        for row in found[1:]
    ]
    if not rivals:
        return
    labels, ratios = zip(*reversed(rivals), strict=True)
    figure = Figure(figsize=(8, 0.9 + 0.32 * len(rivals)), layout="constrained")
    ax = figure.subplots()
    colors = ["#4477AA" if ratio >= 1 else "#CC6677" for ratio in ratios]
    bars = ax.barh(labels, [ratio - 1 for ratio in ratios], left=1, color=colors)
    ax.bar_label(bars, [f"{ratio:.2g}" for ratio in ratios], padding=3)
    ax.axvline(1, color="black", linewidth=1)
    ax.set(xscale="log", xlabel="times the median run time of custbase", title=title)
    ax.margins(x=0.15)
    figure.savefig(path, metadata={"Date": None})
