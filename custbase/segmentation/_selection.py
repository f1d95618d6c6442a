"""The choice among candidates: one score a criterion and number of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .._threads import thread_map
from ._candidates import Candidate
from ._consensus import choose_consensus
from ._criteria import (
    bic,
    calinski_harabasz,
    choose_highest,
    choose_lowest,
    kneedle,
    silhouette,
)
from ._elbow import choose_elbow
from ._gap import choose_gap
from ._lloyd import Solution
from ._rows import Rows, assign

CRITERIA = ("elbow", "kneedle", "silhouette", "calinski_harabasz", "bic", "gap", "consensus")
# They draw rows again and cluster these by k-means; and take so long that they have to be chosen.
RESAMPLING = ("gap", "consensus")


class Selection(NamedTuple):
    """Scores of the candidates, which of them is chosen, and how stable its clusters are."""

    scores: dict[str, np.ndarray]
    position: int
    stability: np.ndarray | None = None


def score_solutions(
    rows: Rows,
    solutions: Sequence[Solution],
    labels: Sequence[np.ndarray | None],
    *,
    with_silhouette: bool = True,
) -> dict[str, np.ndarray]:
    """Score solutions by the criteria that are a formula.

    Parameters
    ----------
    rows : Rows
        The rows.
    solutions : sequence of n_curve Solution
        Solutions to score.
    labels : sequence of n_curve ndarray of shape (n_rows,), or None
        Clusters of the rows, -1 for noise; None where it is that of the nearest centre.
    with_silhouette : bool, default=True
        Compute silhouettes, which take a pass over the rows; NaN otherwise.

    Returns
    -------
    dict of str to ndarray of shape (n_curve,)
        Columns of ``selection_``, in their order; NaN where a criterion has nothing to say.
    """
    curve = np.array([solution.inertia for solution in solutions])
    # Weights count as repetitions; shares of fewer than the rows there are cannot.
    repeats = max(1.0, np.count_nonzero(rows.weights) / rows.weights.sum())
    rows_repeated = rows if repeats == 1 else replace(rows, weights=rows.weights * repeats)
    solutions = [
        one._replace(weights=one.weights * repeats, inertia=one.inertia * repeats)
        for one in solutions
    ]
    missing = np.full(len(solutions), np.nan)
    silhouettes = missing
    if with_silhouette:
        alone = rows_repeated.alone()
        with thread_map(rows.n_jobs, len(solutions)) as parallel:
            silhouettes = np.array(
                parallel(
                    lambda one, own: silhouette(
                        alone, one, _labels_of(alone, one) if own is None else own
                    ),
                    solutions,
                    labels,
                )
            )
    total = rows.blocks.variances.sum() * rows_repeated.weights.sum()
    totals = [
        total if own is None or own.min() >= 0 else _total_scatter(one)
        for one, own in zip(solutions, labels, strict=True)
    ]
    return {
        "n_clusters": np.array([len(solution.centers) for solution in solutions]),
        "inertia": curve,
        "elbow": missing,
        "kneedle": kneedle(curve)[0] if len(curve) > 1 else missing,
        "silhouette": silhouettes,
        "calinski_harabasz": calinski_harabasz(solutions, total=np.array(totals)),
        "bic": bic(solutions, n_columns=int(rows.varies.sum())),
    }


def choose_candidate(
    rows: Rows,
    candidates: Sequence[Candidate],
    *,
    criterion: str,
    random_state: np.random.RandomState,
    n_jobs: int | None,
) -> Selection:
    """Choose among candidates with consecutive numbers of clusters.

    Parameters
    ----------
    rows : Rows
        The rows.
    candidates : sequence of n_curve Candidate
        One more cluster each.
    criterion : str
        One of `CRITERIA`.
    random_state : RandomState
        Draws what the criterion compares with.
    n_jobs : int or None
        Threads.

    Returns
    -------
    Selection
        Scores of all criteria but those of `RESAMPLING` that were not asked for.
    """
    solutions = [candidate.solution for candidate in candidates]
    labels = [candidate.labels for candidate in candidates]
    # One k-means has nothing to be compared with, and is to be as quick as it can.
    is_alone = len(candidates) == 1 and labels[0] is None and criterion != "silhouette"
    scores = score_solutions(rows, solutions, labels, with_silhouette=not is_alone)
    position, stability = 0, None
    # In the order of values, whatever is drawn does not ask how the rows came.
    X, weights = rows.X, rows.weights
    if criterion in RESAMPLING:
        X, weights = X[rows.order], weights[rows.order]
    if len(candidates) > 1:
        scores["elbow"], position = choose_elbow(
            rows.X, solutions, sample_weight=rows.weights, random_state=random_state, n_jobs=n_jobs
        )
    match criterion:
        case "consensus":
            scores["consensus"], stabilities, position = choose_consensus(
                X, solutions, sample_weight=weights, random_state=random_state
            )
            stability = stabilities[position]
        case _ if len(candidates) == 1:
            pass
        case "kneedle":
            position = kneedle(scores["inertia"])[1]
        case "silhouette" | "calinski_harabasz":
            position = choose_highest(scores[criterion])
        case "bic":
            position = choose_lowest(scores["bic"])
        case "gap":
            scores["gap"], scores["gap_error"], position = choose_gap(
                X,
                scores["n_clusters"].tolist(),
                sample_weight=weights,
                random_state=random_state,
                n_jobs=n_jobs,
            )
    return Selection(scores, position, stability)


def _labels_of(rows: Rows, solution: Solution) -> np.ndarray:
    """Nearest centre of every row."""
    return assign(rows, solution.centers).labels if solution.labels is None else solution.labels


def _total_scatter(solution: Solution) -> float:
    """Scatter of the clustered rows about their mean, by Huygens' theorem."""
    if not solution.weights.sum() > 0:
        return 0.0
    mean = np.average(solution.centers, axis=0, weights=solution.weights)
    between = solution.weights @ ((solution.centers - mean) ** 2).sum(axis=1)
    return float(solution.inertia + between)
