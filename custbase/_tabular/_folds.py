"""Candidates of a menu on shared folds: what rows get from models that have not seen them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline

from ._boosting import PLAIN, Settled, settle
from ._calibration import (
    LEAST_FLOOR,
    Sigmoid,
    find_floor,
    fit_sigmoid,
    has_probabilities_only,
    score_rows,
    to_log_odds,
)
from ._design import BENDS
from ._linear import TIMES, Cuts, cross_linear
from ._losses import choose_by_others, mean_log_loss
from ._menu import build_logistic, build_model, fit_model
from ._newton import NewtonLogistic

N_FOLDS = 3
# Rows of the rarer class for each column of a curve, of which curves cost straight effects no
# more than .2 % of the log-loss.
PLENTY = 250


class Table(NamedTuple):
    """Rows to learn from."""

    rows: pd.DataFrame
    hits: np.ndarray  # of bool: the second class
    weights: np.ndarray


class CrossFit(NamedTuple):
    """A candidate, fitted on every fold but one."""

    model: Any  # what `build_model` takes: boosting is settled
    models: Sequence[Any]  # as many as folds, with `decision_function` or `predict_proba`
    scores: np.ndarray  # of every row by the model that has not seen it; log-odds if they can be
    sigmoid: Sigmoid
    losses: np.ndarray  # calibrated log-loss of every fold
    whole: Pipeline | None = None  # fitted to all rows, if the folds started from it


def check_groups(groups: Any, n_rows: int) -> np.ndarray:
    """Validate groups of rows, and number them."""
    found = np.asarray(groups)
    if found.shape != (n_rows,):
        raise ValueError(
            f"groups must have one group for each of the {n_rows} rows of X; got shape "
            f"{found.shape}."
        )
    numbers, names = pd.factorize(found)
    if (numbers < 0).any() or len(names) < 2:
        raise ValueError(
            f"groups must name at least 2 groups, and miss none; got {len(names)}, and "
            f"{np.count_nonzero(numbers < 0)} rows without one."
        )
    return numbers


def cut_any_folds(
    n_rows: int, groups: np.ndarray | None, random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Rows that are held out, fold by fold, whatever is in them.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    groups : ndarray of shape (n_rows,) or None
        Number of the group of each row; groups are held out as a whole.
    random_state : RandomState
        Shuffles.

    Returns
    -------
    list of ndarray
        Positions of rows; none if there is only one.
    """
    parts = np.arange(n_rows) if groups is None else groups
    if (n_folds := min(N_FOLDS, len(np.unique(parts)))) < 2:
        return []
    by_group = GroupKFold(n_folds, shuffle=True, random_state=random_state)
    return [held for _, held in by_group.split(np.zeros((n_rows, 1)), groups=parts)]


def cut_folds(
    hits: np.ndarray, groups: np.ndarray | None, random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Rows that are held out, fold by fold, as many of both classes as there are.

    Parameters
    ----------
    hits : ndarray of shape (n_rows,)
        Whether a row is of the second class.
    groups : ndarray of shape (n_rows,) or None
        Number of the group of each row; groups are held out as a whole.
    random_state : RandomState
        Shuffles.

    Returns
    -------
    list of ndarray
        Positions of rows.

    Raises
    ------
    ValueError
        If a class is in one group only.
    """
    rows = np.zeros((len(hits), 1))
    if groups is None:
        n_folds = min(N_FOLDS, np.count_nonzero(hits), np.count_nonzero(~hits))
        by_row = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
        return [held for _, held in by_row.split(rows, hits)]
    fewest = min(len(np.unique(groups[hits])), len(np.unique(groups[~hits])))
    if fewest < 2:
        raise ValueError(
            "groups must hold customers of each class in at least 2 groups; got one (those with a "
            "sample_weight of 0 do not count). Probabilities could not be checked on groups that "
            "the model has not seen."
        )
    n_folds = min(N_FOLDS, fewest)
    by_group = StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state)
    folds = [held for _, held in by_group.split(rows, hits, groups)]
    seen = [np.delete(hits, held) for held in folds]
    if any(part.all() or not part.any() for part in seen):
        raise ValueError(
            f"groups cannot be cut into {n_folds} folds that leave customers of both kinds, those "
            "who do and those who do not, to learn from. "
            "Give smaller groups, or more of them."
        )
    return [held for held in folds if len(held)]


def cross_fit(
    model: Any, table: Table, folds: list[np.ndarray], *, seed: int, n_jobs: int | None
) -> CrossFit:
    """Fit a candidate on every fold but one, and calibrate what the others get."""
    if isinstance(model, str) and model == "boosting":
        settled = _settle_boosting(table, folds, seed)
        if settled is not None:
            boosting, said, models, unseen = settled
            return _judge(boosting, models, said, unseen, table, folds)
        model = PLAIN
    if isinstance(model, str) and model == "logistic":
        return _cross_logistic(table, folds)
    models, scores = [], np.empty(len(table.hits))
    for held in folds:
        seen = np.ones(len(scores), dtype=bool)
        seen[held] = False
        # Of the rows that are seen: a column may hold nothing in them.
        n_rows = len(table.rows)
        pipeline = build_model(model, table.rows[seen], n_rows, seed=seed, n_jobs=n_jobs)
        fit_model(model, pipeline, table.rows[seen], table.hits[seen], table.weights[seen])
        scores[held] = score_rows(pipeline, table.rows.iloc[held])
        models.append(pipeline)
    return _calibrate(model, models, scores, table, folds)


def _cross_logistic(table: Table, folds: list[np.ndarray]) -> CrossFit:
    """Fit logistic regression along curves or lines, whichever says more of held-out rows."""
    curved = build_logistic(table.rows, curves=True)
    found = _cross_lines(curved, table, folds)
    bent = [names for name, _, names in curved[0].transformers if name == "curves"]
    rarer = min(np.count_nonzero(table.hits), np.count_nonzero(~table.hits))
    if sum(map(len, bent)) * BENDS * PLENTY <= rarer:
        return found
    straight = _cross_lines(build_logistic(table.rows, curves=False), table, folds)
    losses = np.stack([found.losses, straight.losses])
    best = (found, straight)[int(losses.sum(axis=1).argmin())]
    chosen = choose_by_others(losses)
    return best._replace(losses=losses[chosen, np.arange(len(chosen))])


def _cross_lines(pipeline: Pipeline, table: Table, folds: list[np.ndarray]) -> CrossFit:
    """Fit logistic regression; of wide tables, folds choose the penalty."""
    design = pipeline[0].fit_transform(table.rows)
    is_wide = isinstance(pipeline[-1], NewtonLogistic)
    # Dummies that are drawn far to the mean would take curves with them. Of a dense table, the
    # farther columns are drawn, the shorter is the search.
    times = TIMES[:3] if issparse(design) else TIMES[::-1]

    def calibrate(models: Sequence[Any], said: list[np.ndarray]) -> CrossFit:
        return _calibrate("logistic", models, _join(said, folds), table, folds)

    linear = cross_linear(
        "logistic",
        pipeline,
        design,
        table.hits,
        table.weights,
        np.ones(len(table.hits), dtype=bool),
        _cut(table, folds),
        lambda said: calibrate([pipeline], said).losses,  # all kinds of models have log-odds
        times=times if is_wide else (1,),
        beats=lambda tried, before: bool(tried.sum() < before.sum()),
    )
    # Models of fewer rows look worse by more than the best of some penalties looks better.
    return calibrate(linear.models, linear.said)._replace(whole=linear.whole)


def _cut(table: Table, folds: list[np.ndarray]) -> Cuts:
    """Rows that every fold learns from, and those that it holds out."""
    numbers = np.arange(len(table.hits))
    return [(np.delete(numbers, held), held) for held in folds]


def _settle_boosting(table: Table, folds: list[np.ndarray], seed: int) -> Settled | None:
    """Let the log-loss of the folds say what boosting may learn."""
    lose = partial(_lose, table=table, folds=folds)
    kind = HistGradientBoostingClassifier
    cuts = _cut(table, folds)
    return settle(kind, table.rows, table.hits, table.weights, cuts, lose, seed=seed)


def _calibrate(
    model: Any, models: Sequence[Any], scores: np.ndarray, table: Table, folds: list[np.ndarray]
) -> CrossFit:
    """Fit the sigmoid to what rows get from models that have not seen them."""
    floor = LEAST_FLOOR
    if has_probabilities_only(models[0]):
        floor = find_floor(scores)
        scores = to_log_odds(scores, floor)
    sigmoid = Sigmoid(*fit_sigmoid(scores, table.hits, table.weights), floor)
    odds = sigmoid.slope * scores + sigmoid.offset
    losses = _lose([odds[held] for held in folds], table, folds)
    return CrossFit(model, models, scores, sigmoid, losses)


def _judge(
    model: Any,
    models: Sequence[Any],
    said: list[np.ndarray],
    unseen: list[np.ndarray],
    table: Table,
    folds: list[np.ndarray],
) -> CrossFit:
    """Calibrate what held-out rows chose, and judge it by what the others would have chosen."""
    fitted = _calibrate(model, models, _join(said, folds), table, folds)
    slope, offset, _ = fitted.sigmoid
    losses = _lose([slope * odds + offset for odds in unseen], table, folds)
    return fitted._replace(losses=losses)


def _join(said: list[np.ndarray], folds: list[np.ndarray]) -> np.ndarray:
    """Values of held-out rows in the order of the rows."""
    joined = np.empty(sum(map(len, folds)))
    joined[np.concatenate(folds)] = np.concatenate(said)
    return joined


def _lose(said: list[np.ndarray], table: Table, folds: list[np.ndarray]) -> np.ndarray:
    """Log-loss of every fold, of the log-odds of its rows."""
    losses = [
        mean_log_loss(odds, table.hits[held], table.weights[held])
        for odds, held in zip(said, folds, strict=True)
    ]
    return np.array(losses)


class Choice(NamedTuple):
    """The best of a menu."""

    number: int  # its place in the menu
    pipeline: Pipeline  # fitted to all rows
    fitted: list[CrossFit]  # the whole menu


def choose_model(
    menu: Sequence[Any], table: Table, folds: list[np.ndarray], *, seed: int, n_jobs: int | None
) -> Choice:
    """Fit every candidate fold by fold, and the one of least log-loss to all rows."""
    fitted = [cross_fit(model, table, folds, seed=seed, n_jobs=n_jobs) for model in menu]
    best = int(np.argmin([candidate.losses.mean() for candidate in fitted]))
    return Choice(best, fit_whole(fitted[best], table, seed=seed, n_jobs=n_jobs), fitted)


def fit_whole(fitted: CrossFit, table: Table, *, seed: int, n_jobs: int | None) -> Pipeline:
    """Fit a candidate to all rows, unless it was before."""
    if fitted.whole is not None:
        return fitted.whole
    n_rows = len(table.rows)
    pipeline = build_model(fitted.model, table.rows, n_rows, seed=seed, n_jobs=n_jobs)
    return fit_model(fitted.model, pipeline, table.rows, table.hits, table.weights)


def compare_losses(names: Sequence[str], losses: np.ndarray, measure: str) -> pd.DataFrame:
    """Table of candidates, the best first.

    Parameters
    ----------
    names : sequence of str
        Names of the candidates.
    losses : ndarray of shape (n_candidates, n_folds)
        What each has in every fold.
    measure : str
        Name of the loss.

    Returns
    -------
    DataFrame
        Columns `measure`, "worse_by" and "standard_error"; index "model".
    """
    worse = losses - losses[losses.mean(axis=1).argmin()]
    table = pd.DataFrame(
        {
            measure: losses.mean(axis=1),
            "worse_by": worse.mean(axis=1),
            "standard_error": worse.std(axis=1, ddof=1) / np.sqrt(losses.shape[1]),
        },
        index=pd.Index(names, name="model"),
    )
    return table.sort_values(measure, kind="stable")
