"""Models by name, each with the preprocessing that it needs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import LinAlgWarning
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from .._models import clone_seeded, fit_given, require_weights, will_have
from ._boosting import Boosting, make_boosting, merge_values
from ._design import (
    Design,
    make_codes,
    make_columns,
    make_few_dummies,
    make_linear,
    make_scaled,
    split_columns,
)
from ._newton import NewtonLogistic, NewtonPoisson

DENSE: dict[str, Any] = {"solver": "newton-cholesky", "max_iter": 300, "tol": 1e-6}
EXACT_KERNEL = 10_000  # rows: a machine on the kernel of all pairs takes minutes beyond
KERNEL_ROWS = 500
PENALTY_ROWS = 10  # a linear model of money is drawn to the mean as if by so many rows


def build_model(
    model: Any, rows: pd.DataFrame, n_rows: int, *, seed: int, n_jobs: int | None
) -> Pipeline:
    """Put a model behind the preprocessing that it needs.

    Parameters
    ----------
    model : str, Boosting or classifier
        A name of the menu, boosting that is settled, or a classifier, which is cloned.
    rows : DataFrame
        The rows that it will be fitted to, as `read_columns` gives them.
    n_rows : int
        Number of rows of the whole table: the folds get the same kind of machine.
    seed : int
        Seed of the model.
    n_jobs : int or None
        Threads of a forest.

    Returns
    -------
    Pipeline
        Steps "columns" and "model", not fitted.
    """
    if isinstance(model, Boosting):
        return _chain_trees(HistGradientBoostingClassifier, model, rows, seed)
    if not isinstance(model, str):
        return _chain(make_scaled(rows), clone_seeded(model, seed))
    if model == "logistic":
        return build_logistic(rows, curves=True)
    if model == "svm":
        return _make_svm(make_scaled(rows), n_rows, seed)
    tree: Any
    if model == "tree":
        tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=20, random_state=seed)
    else:
        tree = RandomForestClassifier(500, min_samples_leaf=10, n_jobs=n_jobs, random_state=seed)
    return _chain(make_few_dummies(rows), tree)


def build_logistic(rows: pd.DataFrame, *, curves: bool) -> Pipeline:
    """Put logistic regression behind its preprocessing, with or without curves of numbers."""
    design = make_linear(rows, curves=curves)
    return _chain(design, NewtonLogistic() if design.is_wide else LogisticRegression(**DENSE))


def build_regressor(model: Any, rows: pd.DataFrame, *, seed: int, n_jobs: int | None) -> Pipeline:
    """Put a model of amounts, at least 0 and about 1, behind the preprocessing that it needs.

    Parameters
    ----------
    model : str, Boosting or regressor
        "linear", "tree", "forest", boosting that is settled, or a regressor, which is cloned.
    rows : DataFrame
        The rows that it will be fitted to, as `read_columns` gives them.
    seed : int
        Seed of the model.
    n_jobs : int or None
        Threads of a forest.

    Returns
    -------
    Pipeline
        Steps "columns" and "model", not fitted.

    Notes
    -----
    Those of the menu lower Poisson's deviance of the mean, which asks for no more than a
    variance that rises with it: no logarithm of an amount is taken that would have to be
    undone, and what they predict for the rows of ``fit`` adds up to what there was.
    """
    if isinstance(model, Boosting):
        return _chain_trees(HistGradientBoostingRegressor, model, rows, seed)
    if not isinstance(model, str):
        return _chain(make_scaled(rows), clone_seeded(model, seed))
    if model == "linear":
        design = make_linear(rows, squash=True)
        alpha = PENALTY_ROWS / len(rows)
        dense = PoissonRegressor(alpha=alpha, **DENSE)
        return _chain(design, NewtonPoisson(alpha) if design.is_wide else dense)
    tree: Any
    if model == "tree":
        tree = DecisionTreeRegressor(
            criterion="poisson", max_leaf_nodes=16, min_samples_leaf=20, random_state=seed
        )
    else:
        tree = RandomForestRegressor(
            200,
            criterion="poisson",
            min_samples_leaf=10,
            max_features=1 / 3,
            n_jobs=n_jobs,
            random_state=seed,
        )
    return _chain(make_few_dummies(rows), tree)


def build_mean() -> Pipeline:
    """Regressor that predicts the mean, whatever the rows hold."""
    return Pipeline([("model", DummyRegressor())])


def fit_model(
    model: Any, pipeline: Pipeline, rows: pd.DataFrame, y: np.ndarray, weights: np.ndarray
) -> Pipeline:
    """Fit what was built of a name or a model of the user."""
    # Step by step: what the user says of weights is about the model, not our preprocessing.
    design = pipeline[:-1].fit_transform(rows, y) if len(pipeline) > 1 else rows
    fit_last_step(model, pipeline[-1], design, y, weights)
    return pipeline


def fit_last_step(model: Any, last: Any, design: Any, y: np.ndarray, weights: np.ndarray) -> None:
    """Fit the last step, of a name or a model of the user; equal weights say nothing."""
    given = weights if np.ptp(weights) > 0 else None
    is_own = isinstance(model, str | Boosting)
    if given is not None and isinstance(model, Boosting):
        design = merge_values(design)
    if given is not None and not is_own:
        require_weights("model", model)
    with warnings.catch_warnings():
        if is_own and getattr(last, "solver", "") == DENSE["solver"]:
            # Columns that say the same leave its last digits open; the penalty settles the rest.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", LinAlgWarning)
        if is_own:
            last.fit(design, y, sample_weight=given)
        else:
            fit_given(last, design, y, weights=given)
    if isinstance(last, RandomForestClassifier | RandomForestRegressor):
        # Its threads add up trees in any order: other bits in every call.
        last.set_params(n_jobs=1)


def draw_to_mean(last: Any, times: int, n_rows: int) -> None:
    """Set the penalty of a linear model of the menu, in times of its plain one."""
    if hasattr(last, "alpha"):
        last.set_params(alpha=times * PENALTY_ROWS / n_rows)  # of the mean loss of a row
    else:
        last.set_params(C=1 / times)


def _chain(design: Design, model: Any) -> Pipeline:
    columns = make_columns(design)
    if columns is None:  # of some rows, nothing is known
        if will_have(model, "decision_function") or will_have(model, "predict_proba"):
            return Pipeline([("model", DummyClassifier(strategy="prior"))])
        return build_mean()
    return Pipeline([("columns", columns), ("model", model)])


def _chain_trees(kind: type, model: Boosting, rows: pd.DataFrame, seed: int) -> Pipeline:
    some = rows if model.columns is None else rows[list(model.columns)]
    n_categories = len(split_columns(some)[1])
    return _chain(make_codes(some), make_boosting(kind, model, n_categories, seed))


def _make_svm(design: Design, n_rows: int, seed: int) -> Pipeline:
    """Machine with a Gaussian kernel, which of many rows is approximated."""
    # Few respond: with equal weights, a machine would hardly look at them. gamma="auto" is
    # as wide as the approximate kernel's default; "scale" is too narrow where most columns
    # of the design are dummies of little variance.
    if n_rows <= EXACT_KERNEL:
        machine = SVC(gamma="auto", class_weight="balanced", cache_size=500, random_state=seed)
        return _chain(design, machine)
    kernel = Nystroem(n_components=KERNEL_ROWS, random_state=seed).set_output(transform="default")
    pipeline = _chain(design, LinearSVC(class_weight="balanced", random_state=seed))
    pipeline.steps.insert(1, ("kernel", kernel))
    return pipeline
