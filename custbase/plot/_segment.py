"""SegmentDisplay: customers and their segments in two or three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.utils import check_array, check_random_state

from .._inputs import refuse_lazy_frame
from .._joins import in_one_order
from .._params import ARRAY, NONE, RANDOM_STATE, Number, check_value
from ._given import as_array, check_length, check_numbers
from ._labels import check_labels, find_segments, look_of, predict_segments
from ._names import AS_IS, LEGEND_WIDTH, Names, is_noise, name_segments, wrap_name
from ._style import DARK, clear_frame, format_axis, new_axes, write_legend

LEGEND = {"frameon": False, "alignment": "left", "labelspacing": 0.7, "fontsize": "small"}


class View(NamedTuple):
    """Where customers stand in the picture."""

    points: np.ndarray  # (n_rows, 2 or 3)
    axis_labels: tuple[str, ...]


class SegmentDisplay:
    """Customers as points in the colours of their segments, in two or three dimensions.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_dimensions)
        Coordinates of the customers shown, two or three.
    labels : ndarray of shape (n_points,)
        Segment of each.
    segments : ndarray of shape (n_segments,)
        The segments, in the order of the legend; -1 is no segment.
    names : sequence of str, of length n_segments
        What they are called.
    sizes : ndarray of shape (n_segments,)
        How many customers each holds, shown or not.
    centers : ndarray of shape (n_segments, n_dimensions)
        Means of the segments over all customers.
    axis_labels : sequence of str, of length n_dimensions
        What the axes show.

    Attributes
    ----------
    points_ : list of matplotlib PathCollection
        The customers, one collection a segment.
    centers_ : matplotlib PathCollection
        The means of the segments.
    legend_ : matplotlib Legend
        The legend, right of the axes.
    ax_ : matplotlib Axes
        The axes, three-dimensional if there are three coordinates.
    figure_ : matplotlib Figure
        The figure.

    See Also
    --------
    ElbowDisplay : How many segments there are.

    Examples
    --------
    >>> from custbase import SegmentClusterer, SegmentDisplay
    >>> from custbase.datasets import make_segments
    >>> X, _ = make_segments(300, random_state=0)
    >>> clusterer = SegmentClusterer(4, random_state=0).fit(X)
    >>> display = SegmentDisplay.from_estimator(clusterer, X)
    >>> display.points.shape, len(display.names)
    ((300, 2), 4)
    """

    def __init__(
        self,
        *,
        points: np.ndarray,
        labels: np.ndarray,
        segments: np.ndarray,
        names: Sequence[str],
        sizes: np.ndarray,
        centers: np.ndarray,
        axis_labels: Sequence[str],
    ) -> None:
        self.points = check_numbers("points", points, (None, None))
        n_points, n_dimensions = self.points.shape
        self.labels = as_array("labels", labels, (n_points,))
        self.segments = as_array("segments", segments, (None,))
        n_segments = len(self.segments)
        self.names = check_length("names", names, n_segments)
        self.sizes = check_numbers("sizes", sizes, (n_segments,))
        self.centers = check_numbers("centers", centers, (n_segments, n_dimensions))
        self.axis_labels = check_length("axis_labels", axis_labels, n_dimensions)

    @classmethod
    @in_one_order
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        columns: Sequence[Any] | None = None,
        names: Names | None = None,
        max_points: int = 5000,
        random_state: int | np.random.RandomState | None = 0,
        ax: Any = None,
    ) -> SegmentDisplay:
        """Draw customers in the segments that a fitted clusterer gives them.

        Parameters
        ----------
        estimator : clusterer with predict, or Pipeline that ends in one
            Fitted. Principal components are those of the data that reach the
            last step of a Pipeline; `columns` are those of `X`.
        X : array or frame of shape (n_rows, n_columns)
            Customers, as given to the estimator's ``fit``.
        columns : sequence of two or three columns, default=None
            Names of columns of a frame, or positions in an array, to show as
            they are. None for the first two principal components, or both
            columns if there are only two.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments, such as ``profile(X)["name"]`` of a
            SegmentClusterer; a segment without one goes by its number. An array
            has one name for every segment with customers in `X`, in the order
            of their numbers, without -1.
        max_points : int, default=5000
            Of more customers so many are shown, drawn at random. Sizes, means
            and components are always of all customers.
        random_state : int, RandomState instance or None, default=0
            Which customers are drawn.
        ax : matplotlib Axes, default=None
            Axes to draw on, three-dimensional if there are three columns; None
            for a new figure.

        Returns
        -------
        SegmentDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        matrix, labels = predict_segments(estimator, X)
        return cls.from_predictions(
            matrix if columns is None else X,
            labels,
            columns=columns,
            names=names,
            max_points=max_points,
            random_state=random_state,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        X: Any,
        labels: Any,
        *,
        columns: Sequence[Any] | None = None,
        names: Names | None = None,
        max_points: int = 5000,
        random_state: int | np.random.RandomState | None = 0,
        ax: Any = None,
    ) -> SegmentDisplay:
        """Draw customers in given segments.

        Parameters
        ----------
        X : array or frame of shape (n_rows, n_columns)
            Customers; with `columns` only these need be numbers.
        labels : array of shape (n_rows,)
            Segment of each customer, numbers or strings; the number -1 is no
            segment and drawn in grey. A Series of pandas has the index of a
            pandas `X`.
        columns : sequence of two or three columns, default=None
            Names of columns of a frame, or positions in an array, to show as
            they are. None for the first two principal components, or both
            columns if there are only two.
        names : mapping or Series of segment to str, or array of str, default=None
            Names of segments; a segment without one goes by its label. An array
            has one name for every segment, in the order of the sorted labels,
            without -1.
        max_points : int, default=5000
            Of more customers so many are shown, drawn at random. Sizes, means
            and components are always of all customers.
        random_state : int, RandomState instance or None, default=0
            Which customers are drawn.
        ax : matplotlib Axes, default=None
            Axes to draw on, three-dimensional if there are three columns; None
            for a new figure.

        Returns
        -------
        SegmentDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described.
        """
        check_value("columns", columns, ARRAY, NONE)
        check_value("max_points", max_points, Number(1, integer=True))
        check_value("random_state", random_state, *RANDOM_STATE)
        refuse_lazy_frame(X, "X")
        view = _view_components(X) if columns is None else _view_columns(X, columns)
        labels = check_labels(labels, X, n_rows=len(view.points))
        segments = find_segments(labels)
        sums = [np.bincount(segments.codes, weights=column) for column in view.points.T]
        shown = np.arange(labels.size)
        if labels.size > max_points:
            draw = check_random_state(random_state).choice(labels.size, max_points, replace=False)
            shown = np.sort(draw)
        return cls(
            points=view.points[shown],
            labels=labels[shown],
            segments=segments.ids,
            names=name_segments(segments.ids.tolist(), names),
            sizes=segments.sizes,
            centers=np.column_stack(sums) / segments.sizes[:, None],
            axis_labels=view.axis_labels,
        ).plot(ax)

    def plot(self, ax: Any = None) -> SegmentDisplay:
        """Draw the customers and the means of their segments.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, three-dimensional if there are three coordinates;
            None for a new figure.

        Returns
        -------
        SegmentDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the axes have not as many dimensions as there are coordinates.
        """
        solid = self.points.shape[1] == 3
        own_figure = ax is None
        if own_figure:
            lines = sum(wrap_name(name).count("\n") + 2 for name in self.names)
            height = max(5.4 if solid else 4.6, 1 + 0.15 * lines + 0.11 * len(self.names))
            projection = {"projection": "3d"} if solid else {}
            ax = new_axes("SegmentDisplay", figsize=(8.4, height), subplot_kw=projection)
        elif (ax.name == "3d") != solid:
            wanted = "three-dimensional (projection='3d')" if solid else "two-dimensional"
            raise ValueError(f"ax must be {wanted}; got {type(ax).__name__}.")
        self.ax_, self.figure_ = ax, ax.figure

        crowd = len(self.points)
        depth: dict[str, Any] = {}
        if solid:
            depth = {"depthshade": False}
            ax.computed_zorder = False  # means stay above the points in front of them
        largest_first = np.argsort(np.argsort(-self.sizes, kind="stable"))
        self.points_ = []
        for position, (segment, name, size) in enumerate(
            zip(self.segments, self.names, self.sizes, strict=True)
        ):
            color, marker = look_of(segment, position)
            self.points_.append(
                ax.scatter(
                    *self.points[self.labels == segment].T,
                    color=color,
                    marker=marker,
                    s=22 if crowd <= 1000 else 10,
                    alpha=0.75 if crowd <= 1000 else 0.5,
                    linewidths=0,
                    zorder=2 + largest_first[position] / len(self.sizes),
                    label=f"{wrap_name(name)}\n{size:,} ({size / self.sizes.sum():.0%})",
                    **depth,
                )
            )
        self._plot_centers(depth)
        self._label_axes(solid)
        self._plot_legend(crowd, own_figure)
        return self

    def _plot_centers(self, depth: dict[str, Any]) -> None:
        """Mark the means of the segments, above all points."""
        real = [not is_noise(segment) for segment in self.segments]
        self.centers_ = self.ax_.scatter(
            *self.centers[real].T,
            marker="X",
            s=110,
            color=DARK,
            edgecolors="white",
            linewidths=1.2,
            zorder=4,
            label="Segment mean",
            **depth,
        )

    def _label_axes(self, solid: bool) -> None:
        """Say what the axes show."""
        axes = [self.ax_.xaxis, self.ax_.yaxis, *([self.ax_.zaxis] if solid else [])]
        for axis, label in zip(axes, self.axis_labels, strict=True):
            axis.set_label_text(wrap_name(label, LEGEND_WIDTH), **AS_IS)
            format_axis(axis)
        if solid:
            self.ax_.zaxis.labelpad = 10
            self.ax_.set_box_aspect(None, zoom=0.88)  # room for the label of the third axis
        else:
            clear_frame(self.ax_)

    def _plot_legend(self, crowd: int, own_figure: bool) -> None:
        """List the segments with their sizes, right of the axes."""
        total = self.sizes.sum()
        title = f"{total:,} customers" + (f", {crowd:,} shown" if crowd < total else "")
        handles = [*self.points_, self.centers_]
        if own_figure:
            self.legend_ = write_legend(
                self.figure_, handles, title=title, loc="outside right upper", **LEGEND
            )
        else:
            place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1)}
            self.legend_ = write_legend(self.ax_, handles, title=title, **place, **LEGEND)
        for handle in self.legend_.legend_handles[:-1]:
            handle.set(alpha=1.0, sizes=[45])


def _view_components(X: Any) -> View:
    """Look along the axes on which customers differ most."""
    names = _column_names(X)
    X = check_array(X, dtype=[np.float64, np.float32], input_name="X")
    if X.shape[1] == 1:
        raise ValueError("X must have at least two columns to be drawn as points; got 1.")
    if len(X) == 1 and X.shape[1] > 2:
        raise ValueError(
            "X must hold at least two customers to have principal components; got 1. Give more, "
            "or name two or three columns to show."
        )
    if X.shape[1] == 2:
        return View(X, tuple(map(str, names)) if names else ("Column 0", "Column 1"))
    with np.errstate(invalid="ignore"):  # customers all alike have no variance to share out
        pca = PCA(n_components=2, random_state=0).set_output(transform="default").fit(X)
    shares = np.nan_to_num(pca.explained_variance_ratio_)
    return View(
        pca.transform(X),
        tuple(f"Component {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)),
    )


def _view_columns(X: Any, columns: Sequence[Any]) -> View:
    """Look at two or three columns as they are."""
    names = _column_names(X)
    known = list(range(np.shape(X)[1])) if names is None else names
    if len(columns) not in (2, 3) or any(column not in known for column in columns):
        raise ValueError(
            f"columns must be two or three of the columns of X, {known}; got {list(columns)}."
        )
    if names is None:
        shown = np.asarray(X)[:, list(columns)]
        axis_labels = tuple(f"Column {column}" for column in columns)
    else:
        shown = np.column_stack([np.asarray(X[column]) for column in columns])
        axis_labels = tuple(map(str, columns))
    return View(check_array(shown, dtype=np.float64, input_name="X"), axis_labels)


def _column_names(X: Any) -> list[Any] | None:
    """Give the names of a frame's columns, None for an array."""
    if isinstance(X, pd.DataFrame):
        return list(X.columns)
    names = getattr(X, "column_names", getattr(X, "columns", None))  # of pyarrow, of polars
    return None if names is None else list(names)
