"""ElbowDisplay: how many segments, and against what."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._params import NONE, STRING, check_value
from .._wrappers import open_up
from ._given import check_numbers
from ._names import AS_IS, shorten_name
from ._style import COLORS, DARK, GREY, clear_frame, format_axis, legend_above, new_axes

MAX_TICKS = 16
SCORE_NAMES = {
    "kneedle": "Kneedle difference",
    "silhouette": "Silhouette",
    "calinski_harabasz": "Calinski-Harabasz index",
    "bic": "BIC (lower is better)",
    "gap": "Gap",
    "consensus": "Consensus",
}


class ElbowDisplay:
    """Inertia against the number of segments, and why one number was chosen.

    Parameters
    ----------
    n_clusters : ndarray of shape (n_curve,)
        Numbers of segments that were tried, ascending.
    inertia : ndarray of shape (n_curve,)
        Inertia of each.
    chosen : int
        The number that was chosen.
    reference : ndarray of shape (n_curve,), default=None
        Inertia to be expected of data without segments.
    score : ndarray of shape (n_curve,), default=None
        Score of each number, drawn on an axis of its own.
    score_name : str, default=None
        What the score is called on that axis.
    chosen_by : str, default=None
        The criterion that chose the number, where another one is drawn.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve of inertia.
    chosen_line_ : matplotlib Line2D
        The vertical line at the chosen number.
    reference_line_ : matplotlib Line2D or None
        The curve of data without segments.
    score_line_ : matplotlib Line2D or None
        The curve of the score.
    score_ax_ : matplotlib Axes or None
        The axes of the score, on the right.
    ax_ : matplotlib Axes
        The axes of the inertia.
    figure_ : matplotlib Figure
        The figure of both.

    See Also
    --------
    SegmentDisplay : The segments themselves.

    Examples
    --------
    >>> from custbase import ElbowDisplay, SegmentClusterer
    >>> from custbase.datasets import make_segments
    >>> X, _ = make_segments(300, random_state=0)
    >>> clusterer = SegmentClusterer(max_clusters=8, random_state=0).fit(X)
    >>> display = ElbowDisplay.from_estimator(clusterer)
    >>> display.ax_.get_xlabel()
    'Number of segments'
    """

    def __init__(
        self,
        *,
        n_clusters: np.ndarray,
        inertia: np.ndarray,
        chosen: int,
        reference: np.ndarray | None = None,
        score: np.ndarray | None = None,
        score_name: str | None = None,
        chosen_by: str | None = None,
    ) -> None:
        self.n_clusters = check_numbers("n_clusters", n_clusters, (None,))
        shape = self.n_clusters.shape
        self.inertia = check_numbers("inertia", inertia, shape)
        self.chosen = chosen
        self.reference = None if reference is None else check_numbers("reference", reference, shape)
        self.score = None if score is None else check_numbers("score", score, shape)
        self.score_name = score_name
        self.chosen_by = chosen_by

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, criterion: str | None = None, ax: Any = None
    ) -> ElbowDisplay:
        """Draw the choice of a fitted SegmentClusterer.

        Parameters
        ----------
        estimator : SegmentClusterer, or Pipeline or search with one inside
            Fitted with ``n_clusters="auto"``.
        criterion : str, default=None
            Column of its ``selection_`` to draw, such as "silhouette"; None for the
            criterion that it chose by.
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        ElbowDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If the estimator does not choose among numbers of segments.
        ValueError
            If it looked at one number only, or did not compute the criterion.

        Notes
        -----
        With the criterion "elbow" the curve of data without segments is drawn
        too: the score of that criterion is the logarithm of its distance from
        the inertia. Any other criterion is drawn on an axis of its own. The number
        chosen is always that of the estimator.
        """
        check_value("criterion", criterion, STRING, NONE)
        clusterer = open_up(estimator)[-1]
        check_is_fitted(clusterer)
        selection = getattr(clusterer, "selection_", None)
        if selection is None:
            raise TypeError(
                "estimator must be a SegmentClusterer, or a Pipeline that ends in one; "
                f"got {type(clusterer).__name__}, which has no selection_."
            )
        if len(selection) < 2:
            raise ValueError(
                "estimator must have tried several numbers of segments; it was fitted with "
                f"{len(selection)}. Fit it with n_clusters='auto' on customers who differ; an "
                "algorithm that finds the number itself, such as 'density', has no curve."
            )
        chosen_by = clusterer.get_params().get("criterion", "elbow")
        data: dict[str, Any] = {}
        if criterion not in (None, chosen_by):
            data["chosen_by"] = chosen_by
        criterion = criterion or chosen_by
        if criterion not in selection or criterion == "inertia":
            raise ValueError(
                "criterion must be a score in selection_ of the estimator, "
                f"{[name for name in selection if name != 'inertia']}; got {criterion!r}."
            )
        inertia = selection["inertia"].to_numpy(dtype=float)
        score = selection[criterion].to_numpy(dtype=float)
        if criterion == "elbow":
            # A perfect fit has no logarithm to add the score to.
            data["reference"] = np.where(inertia > 0, inertia * np.exp(score), np.nan)
        else:
            data |= {"score": score, "score_name": SCORE_NAMES.get(criterion, criterion)}
        return cls(
            n_clusters=selection.index.to_numpy(),
            inertia=inertia,
            chosen=int(clusterer.n_clusters_),
            **data,
        ).plot(ax)

    def plot(self, ax: Any = None) -> ElbowDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None for a new figure.

        Returns
        -------
        ElbowDisplay
            The display itself.
        """
        if ax is None:
            ax = new_axes("ElbowDisplay", figsize=(6.4, 4.2))
        self.ax_, self.figure_ = ax, ax.figure
        self.reference_line_: Any = None
        self.score_line_: Any = None
        self.score_ax_: Any = None
        if self.reference is not None:
            (self.reference_line_,) = ax.plot(
                self.n_clusters,
                self.reference,
                color=GREY,
                linestyle="--",
                label="Data without segments",
            )
        (self.line_,) = ax.plot(
            self.n_clusters, self.inertia, color=COLORS[0], marker="o", label="These customers"
        )
        noun = "segment" if self.chosen == 1 else "segments"
        by = f" by {shorten_name(self.chosen_by)}" if self.chosen_by else ""
        self.chosen_line_ = ax.axvline(
            self.chosen,
            color=COLORS[3],
            linestyle=":",
            linewidth=2,
            zorder=1,
            label=f"Chosen{by}: {self.chosen} {noun}",
        )
        ax.set(xlabel="Number of segments", ylabel="Inertia (spread within segments)")
        ax.set_ylim(bottom=0)
        ax.xaxis.get_major_locator().set_params(integer=True, nbins=MAX_TICKS, steps=[1, 2, 5, 10])
        format_axis(ax.yaxis)
        clear_frame(ax)
        handles = [self.line_, self.reference_line_, self.chosen_line_]
        if self.score is not None:
            handles.append(self._plot_score())
        legend_above(
            ax,
            [handle for handle in handles if handle is not None],
            n_columns=2 if self.chosen_by else 3,
        )
        return self

    def _plot_score(self) -> Any:
        """Draw the score on the right-hand side."""
        right = self.score_ax_ = self.ax_.twinx()
        label = shorten_name(self.score_name or "Score")
        (self.score_line_,) = right.plot(
            self.n_clusters, self.score, color=COLORS[2], marker="s", label=label
        )
        right.set_ylabel(label, **AS_IS)
        right.spines["top"].set_visible(False)
        right.tick_params(colors=DARK)
        format_axis(right.yaxis)
        return self.score_line_
