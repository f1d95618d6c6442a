"""A table of measurements as text and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks._case import Rows, Verdict

TIMES = {
    "first_s": "first call s",
    "median_s": "median s",
    "min_s": "min s",
    "max_s": "max s",
    "ratio": "ratio",
    "runs": "runs",
    "load_by_others": "load by others %",
}
SIZE_NOTE = "Claims are made for the full size; at this one they would be:"
RATIO_NOTE = (
    "Ratio: median of the contender / median of custbase, runs taking turns in one process. "
    "Calls of less than 20 ms fill a turn of 20 ms. Beside a load by others, loops on OpenMP "
    "threads are slowed down many times."
)


def as_markdown(
    title: str,
    claim: str,
    stamp: dict[str, str],
    rows: dict[str, Rows],
    verdicts: Sequence[Verdict],
    *,
    full: bool,
) -> str:
    """Write the measurements of a problem as a Markdown page."""
    keys = dict.fromkeys(key for case in rows.values() for row in case for key in row)
    times = [key for key in TIMES if key in keys]
    extra = [key for key in keys if key not in ("contender", *TIMES)]
    head = ["case", "contender", *(TIMES[key] for key in times), *extra]
    body = [
        [
            case if i == 0 else "",
            row["contender"],
            *(
                f"{row[key]:{'.2f' if key == 'ratio' else '.4g'}}" if key in row else ""
                for key in times
            ),
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
    notes = [RATIO_NOTE, ""] if times else []
    if verdicts:
        notes += [] if full else [SIZE_NOTE, ""]
        notes += [f"- {'met' if met else 'MISSED'}: {text}: {by}" for text, by, met in verdicts]
        notes += [""]
    about = [f"- {key}: {value}" for key, value in stamp.items()]
    return "\n".join([f"# {title}", "", claim, "", *lines, "", *notes, *about, ""])


def draw(
    title: str,
    rows: dict[str, Rows],
    path: Path,
    *,
    figure: str = "ratio",
    meaning: str = "times the median run time of custbase",
) -> None:
    """Draw one figure of every row as bars: ratios on a logarithmic axis, from 1 on."""
    from matplotlib.figure import Figure

    is_ratio = figure == "ratio"
    bars = [
        (f"{case}: {row['contender']}", row[figure])
        for case, found in rows.items()
        for row in (found[1:] if is_ratio else found)
        if figure in row
    ]
    if not bars:
        return
    labels, values = zip(*reversed(bars), strict=True)
    start = 1 if is_ratio else 0
    canvas = Figure(figsize=(8, 0.9 + 0.32 * len(bars)), layout="constrained")
    ax = canvas.subplots()
    if is_ratio:
        colors = ["#4477AA" if value >= start else "#CC6677" for value in values]
    else:
        colors = ["#228833" if ": custbase" in label else "#4477AA" for label in labels]
    drawn = ax.barh(labels, [value - start for value in values], left=start, color=colors)
    digits = 2 if is_ratio else 3
    told = [f"{value:.0f}" if value >= 10 else f"{value:.{digits}g}" for value in values]
    ax.bar_label(drawn, told, padding=3)
    ax.axvline(start, color="black", linewidth=1)
    ax.set(xscale="log" if is_ratio else "linear", xlabel=meaning)
    ax.margins(x=0.25, y=0.3 / len(bars))
    canvas.suptitle(title)
    canvas.savefig(path, metadata={"Date": None})
