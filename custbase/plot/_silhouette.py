"""SilhouetteDisplay: how well every customer fits the own segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from .._inputs import refuse_lazy_frame
from .._joins import in_one_order
from ..metrics import squared_silhouette_samples
from ._cells import cell_size
from ._given import as_array, check_length, check_numbers
from ._labels import check_labels, find_segments, look_of, predict_segments
from ._names import AS_IS, Names, is_noise, name_segments, shorten_name, wrap_name
from ._style import DARK, GREY, MINUS, clear_frame, legend_above, new_axes

MAX_POINTS = 500  # bars of one segment; more would be thinner than a pixel
HEIGHT = 4.2  # of all bands in inches, if their labels need no more
LINE = 0.15  # of a line of a label in inches
GAP = 0.07  # between bands


class SilhouetteDisplay:
    """Silhouettes of the customers of every segment, sorted: its fit at a glance.

    A customer's silhouette is near 1 where the own segment is much nearer than
    the next one, 0 on the border, and negative where the next one is nearer.

    Parameters
    ----------
    curves : sequence of ndarray, of length n_segments
        Silhouettes of each segment, highest first; of many customers some, at
        even distances in that order.
    segments : ndarray of shape (n_segments,)
        The segments, without noise.
    names : sequence of str, of length n_segments
        What they are called.
    sizes : ndarray of shape (n_segments,)
        How many customers each holds.
    means : ndarray of shape (n_segments,)
        Mean silhouette of each.
    mean : float
        Mean silhouette of all customers with a segment.
    n_noise : int, default=0
        Customers without a segment.

    Attributes
    ----------
    bars_ : list of matplotlib PolyCollection
        The silhouettes, one shape a segment.
    mean_line_ : matplotlib Line2D
        The mean of all.
    noise_ : matplotlib Line2D or None
        The entry of the legend for customers without a segment.
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    SegmentDisplay : The customers themselves.
    ElbowDisplay : Mean silhouettes of other numbers of segments.
    custbase.metrics.squared_silhouette_samples : The figures.

    Notes
    -----
    Distances are squared Euclidean ones, those of k-means. The height of a
    segment's band is proportional to its size, but at least that of its label.

    Examples
    --------
    >>> from custbase import SegmentClusterer, SilhouetteDisplay
    >>> from custbase.datasets import make_segments
    >>> X, _ = make_segments(300, n_clusters=4, random_state=0)
    >>> clusterer = SegmentClusterer(4, random_state=0).fit(X)
    >>> display = SilhouetteDisplay.from_estimator(clusterer, X)
    >>> round(display.mean, 2)
    0.83
    """

    def __init__(
        self,
        *,
        curves: Sequence[np.ndarray],
        segments: np.ndarray,
        names: Sequence[str],
        sizes: np.ndarray,
        means: np.ndarray,
        mean: float,
        n_noise: int = 0,
    ) -> None:
        self.segments = as_array("segments", segments, (None,))
        n_segments = len(self.segments)
        curves = check_length("curves", curves, n_segments)
        self.curves = [check_numbers("curves", curve, (None,)) for curve in curves]
        self.names = check_length("names", names, n_segments)
        self.sizes = check_numbers("sizes", sizes, (n_segments,))
        self.means = check_numbers("means", means, (n_segments,))
        self.mean = mean
        self.n_noise = n_noise

    @classmethod
    @in_one_order
    def from_estimator(
        cls, estimator: Any, X: Any, *, names: Names | None = None, ax: Any = None
    ) -> SilhouetteDisplay:
        """Draw the silhouettes of customers in the segments that a fitted clusterer gives them.

        Parameters
        ----------
        estimator : clusterer with predict, or Pipeline that ends in one
            Fitted. Distances are those of the data that reach the last step of a
            Pipeline.
        X : array or frame of shape (n_rows, n_columns)
            Customers, as given to the estimator's ``fit``.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments, such as ``profile(X)["name"]`` of a
            SegmentClusterer; a segment without one goes by its number. An array
            has one name for every segment with customers in `X`, in the order
            of their numbers, without -1.
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        SilhouetteDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or the customers are in fewer
            than two segments.
        """
        matrix, labels = predict_segments(estimator, X)
        return cls.from_predictions(matrix, labels, names=names, ax=ax)

    @classmethod
    def from_predictions(
        cls, X: Any, labels: Any, *, names: Names | None = None, ax: Any = None
    ) -> SilhouetteDisplay:
        """Draw the silhouettes of customers in given segments.

        Parameters
        ----------
        X : array or frame of shape (n_rows, n_columns)
            Customers, in the columns by which they were divided, scaled as then.
        labels : array of shape (n_rows,)
            Segment of each customer, numbers or strings; the number -1 is no
            segment and left out. A Series of pandas has the index of a pandas `X`.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments; a segment without one goes by its label. An array
            has one name for every segment, in the order of the sorted labels,
            without -1.
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        SilhouetteDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or the customers are in fewer
            than two segments.
        """
        refuse_lazy_frame(X, "X")
        labels = check_labels(labels, X, n_rows=len(X))
        segments = find_segments(labels)
        is_real = np.array([not is_noise(segment) for segment in segments.ids], dtype=bool)
        real, sizes = segments.ids[is_real], segments.sizes[is_real]
        if len(real) < 2:
            raise ValueError(
                "labels must put customers into at least two segments, for a silhouette compares "
                f"the own one with the next; got {len(real)}."
            )
        n_noise = len(labels) - int(sizes.sum())
        # Noise comes last, so its code is the number of segments.
        codes = np.where(segments.codes < len(real), segments.codes, -1)
        silhouettes = squared_silhouette_samples(X, codes)
        order = np.lexsort((-silhouettes, segments.codes))
        ends = np.cumsum(sizes)
        sorted_groups = np.split(silhouettes[order][: ends[-1]], ends[:-1])
        means = np.array([group.mean() for group in sorted_groups])
        return cls(
            curves=[_thin_out(group) for group in sorted_groups],
            segments=real,
            names=name_segments(real.tolist(), names),
            sizes=sizes,
            means=means,
            mean=float(np.average(means, weights=sizes)),
            n_noise=n_noise,
        ).plot(ax)

    def plot(self, ax: Any = None) -> SilhouetteDisplay:
        """Draw a band for every segment.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        SilhouetteDisplay
            The display itself.
        """
        labels = self._labels(wrap_name)
        heights = self._heights(labels, HEIGHT)
        has_own_figure = ax is None
        if has_own_figure:
            height = 1.1 + heights.sum() + GAP * len(heights)
            ax = new_axes("SilhouetteDisplay", figsize=(7.4, height))
        self.ax_, self.figure_ = ax, ax.figure
        self._plot_means()
        ax.set_xlabel("Silhouette (of squared distances)")
        clear_frame(ax)
        ax.tick_params(axis="y", length=0)
        if not has_own_figure:
            room = cell_size(ax, (1, 1))[1] / 72 - GAP * (len(heights) + 1)
            if room < heights.sum():
                labels = self._labels(shorten_name)
            heights = self._heights(labels, self._fitting_height(labels, room))

        tops = np.cumsum(heights + GAP) - heights
        self.bars_ = []
        for position, (segment, curve) in enumerate(zip(self.segments, self.curves, strict=True)):
            edges = tops[position] + heights[position] * np.arange(len(curve) + 1) / len(curve)
            self.bars_.append(
                ax.fill_betweenx(
                    np.repeat(edges, 2)[1:-1],
                    np.repeat(curve, 2),
                    color=look_of(segment, position)[0],
                    linewidth=0.0,
                )
            )
        ax.set_yticks(tops + heights / 2, labels, fontsize="small", **AS_IS)
        ax.set_ylim(tops[-1] + heights[-1] + GAP, 0)
        ax.set_xlim(min(0.0, *(curve[-1] for curve in self.curves)) - 0.02, 1)
        return self

    def _labels(self, fold: Callable[[str], str]) -> list[str]:
        """Say what every segment is called, how many customers it holds and how well they fit."""
        total = self.sizes.sum() + self.n_noise
        return [
            f"{fold(name)}\n{size:,} ({size / total:.0%}), mean {_write(mean)}"
            for name, size, mean in zip(self.names, self.sizes, self.means, strict=True)
        ]

    def _heights(self, labels: Sequence[str], height: float) -> np.ndarray:
        """Share a height out by size; no band is lower than its label."""
        needed = [LINE * (label.count("\n") + 1) for label in labels]
        return np.maximum(needed, height * self.sizes / self.sizes.sum())

    def _fitting_height(self, labels: Sequence[str], room: float) -> float:
        """Height to share out so that the bands take the room there is, if labels let them."""
        if self._heights(labels, 0.0).sum() >= room:
            return 0.0
        # Not `room` itself, where rounding may leave the sum just below it.
        return float(
            brentq(lambda height: self._heights(labels, height).sum() - room, 0.0, 2 * room)
        )

    def _plot_means(self) -> None:
        """Draw the mean of all, the border, and say who is left out."""
        self.ax_.axvline(0, color=DARK, linewidth=0.8)
        label = f"Mean of all: {_write(self.mean)}"
        self.mean_line_ = self.ax_.axvline(self.mean, color=DARK, linestyle="--", label=label)
        handles = [self.mean_line_]
        self.noise_: Any = None
        if self.n_noise:
            share = f"{self.n_noise:,} ({self.n_noise / (self.sizes.sum() + self.n_noise):.0%})"
            label = f"No segment, left out: {share}"
            (self.noise_,) = self.ax_.plot([], [], "s", color=GREY, label=label)
            handles.append(self.noise_)
        legend_above(self.ax_, handles, n_columns=2)


def _write(silhouette: float) -> str:
    """Write a silhouette with two digits."""
    return f"{silhouette:.2f}".replace("-", MINUS)


def _thin_out(values: np.ndarray) -> np.ndarray:
    """Take so many values of a sorted array, at even distances, both ends among them."""
    if len(values) <= MAX_POINTS:
        return values
    return values[np.linspace(0, len(values) - 1, MAX_POINTS).round().astype(np.intp)]
