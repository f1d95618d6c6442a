"""Linear models on shared folds: held-out rows choose how far they are drawn to the mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from ._menu import draw_to_mean, fit_last_step

TIMES = (1, 4, 16, 64, 256)  # the penalty of scikit-learn's default, or of 10 rows for amounts
Cuts = list[tuple[np.ndarray, np.ndarray]]  # rows that are seen, and rows that are held out
Lose = Callable[[list[np.ndarray]], np.ndarray]


class CrossLinear(NamedTuple):
    """A linear model, fitted to all rows and to every fold but one."""

    whole: Pipeline
    models: list[Pipeline]
    said: list[np.ndarray]  # log-odds, or amounts, of held-out rows


class _Folds(NamedTuple):
    """Last steps of the folds."""

    penalty: int  # in times of the plain one
    models: list[Any]
    said: list[np.ndarray]
    losses: np.ndarray


def cross_linear(
    name: str,
    pipeline: Pipeline,
    design: Any,
    y: np.ndarray,
    weights: np.ndarray,
    asked: np.ndarray,
    cuts: Cuts,
    lose: Lose,
    *,
    times: Sequence[int],
    beats: Callable[[np.ndarray, np.ndarray], bool],
) -> CrossLinear:
    """Fit a linear model to all rows first, then to the folds from where it ended.

    The folds share the preprocessing of all rows asked. Of `y` it knows no more than who is
    asked. The penalised loss has one minimum, so a start elsewhere saves steps and does not
    change the result.

    Parameters
    ----------
    name : str
        "logistic" or "linear".
    pipeline : Pipeline
        Steps "columns", fitted, and "model", not fitted.
    design : ndarray or csr_array of shape (n_rows, n_design_columns)
        What "columns" makes of the rows.
    y, weights : ndarray of shape (n_rows,)
        What is modelled, and weights of the rows.
    asked : ndarray of bool of shape (n_rows,)
        Rows that the model learns from, where they are not held out.
    cuts : list of (ndarray, ndarray)
        Rows that a fold learns from, and those that it holds out.
    lose : callable
        Gives the loss of every fold for what was said of its held-out rows.
    times : sequence of int
        Penalties, in times of the plain one, that are tried one after the other.
    beats : callable
        Tells whether losses of the folds are so much below those before that the next penalty
        is worth a try.

    Returns
    -------
    CrossLinear
        The models with the last penalty that beat the one before.
    """
    columns, last = pipeline
    everybody = np.flatnonzero(asked)

    def fit(model: Any, penalty: int, seen: np.ndarray) -> Any:
        draw_to_mean(model, penalty, len(seen))
        model.set_params(warm_start=True)
        fit_last_step(name, model, design[seen], y[seen], weights[seen])
        return model.set_params(warm_start=False)

    def fit_folds(starts: list[Any], penalty: int) -> _Folds:
        models = [
            fit(deepcopy(start), penalty, seen)
            for start, (seen, _) in zip(starts, cuts, strict=True)
        ]
        said = [
            np.asarray(getattr(model, "decision_function", model.predict)(design[held]))
            for model, (_, held) in zip(models, cuts, strict=True)
        ]
        return _Folds(penalty, models, said, lose(said))

    first, *others = times
    best = fit_folds([fit(last, first, everybody)] * len(cuts), first)
    for penalty in others:
        tried = fit_folds(best.models, penalty)
        if not beats(tried.losses, best.losses):
            break
        best = tried
    if best.penalty != first:
        fit(last, best.penalty, everybody)
    models = [Pipeline([("columns", columns), ("model", model)]) for model in best.models]
    return CrossLinear(pipeline, models, best.said)
