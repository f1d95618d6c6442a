"""Models by name, each with the preprocessing that it needs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import LinAlgWarning
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from .._models import clone_seeded, fit_given, require_weights, will_have
from ._squash import Squash

MANY_VALUES = 20  # distinct ones of a number that may act along a curve
RARE = 10  # rows: categories of fewer are taken together
MOST_CATEGORIES = 250  # of a column: boosting has room for 255
EXACT_KERNEL = 10_000  # rows: a machine on the kernel of all pairs takes minutes beyond
KERNEL_ROWS = 500
LARGEST_SINGLE = 1e30  # of a number that trees see: they add up in single precision
PENALTY_ROWS = 10  # a linear model of money is drawn to the mean as if by so many rows


def build_model(
    model: Any, rows: pd.DataFrame, n_rows: int, *, seed: int, n_jobs: int | None
) -> Pipeline:
    """Put a model behind the preprocessing that it needs.

    Parameters
    ----------
    model : str or classifier
        A name of the menu, or a classifier, which is cloned.
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
    if not isinstance(model, str):
        return _chain(_make_design(rows), clone_seeded(model, seed))
    if model == "logistic":
        logistic = LogisticRegression(solver="newton-cholesky", max_iter=300)
        return _chain(_make_design(rows, curves=True), logistic)
    if model == "svm":
        return _make_svm(_make_design(rows), n_rows, seed)
    if model == "boosting":
        return _boost(HistGradientBoostingClassifier(random_state=seed), rows)
    tree: Any
    if model == "tree":
        tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=20, random_state=seed)
    else:
        tree = RandomForestClassifier(500, min_samples_leaf=10, n_jobs=n_jobs, random_state=seed)
    return _chain(_make_few_dummies(rows), tree)


def build_regressor(model: Any, rows: pd.DataFrame, *, seed: int, n_jobs: int | None) -> Pipeline:
    """Put a model of amounts, at least 0 and about 1, behind the preprocessing that it needs.

    Parameters
    ----------
    model : str or regressor
        "linear", "tree", "forest", "boosting", or a regressor, which is cloned.
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
    if not isinstance(model, str):
        return _chain(_make_design(rows), clone_seeded(model, seed))
    if model == "linear":
        linear = PoissonRegressor(
            alpha=PENALTY_ROWS / len(rows), solver="newton-cholesky", max_iter=300
        )
        return _chain(_make_design(rows, squash=True), linear)
    if model == "boosting":
        boosting = HistGradientBoostingRegressor(
            loss="poisson", learning_rate=0.05, random_state=seed
        )
        return _boost(boosting, rows)
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
    return _chain(_make_few_dummies(rows), tree)


def build_mean() -> Pipeline:
    """Regressor that predicts the mean, whatever the rows hold."""
    return Pipeline([("model", DummyRegressor())])


def _boost(boosting: Any, rows: pd.DataFrame) -> Pipeline:
    """Boosting of small trees on numbers of categories, which come first."""
    boosting.set_params(
        max_iter=100,
        max_leaf_nodes=8,
        l2_regularization=10.0,
        max_features=0.5,
        early_stopping=False,
        categorical_features=list(range(len(_split(rows)[1]))),
    )
    return _chain(_make_codes(rows), boosting)


def _make_codes(rows: pd.DataFrame) -> list[tuple[str, Any, list[str]]]:
    """Numbers of categories, which come first, and numbers as they are."""
    numbers, categories = _split(rows)
    # A missing one, -1, is a category of its own; -2, which no row of fit has, goes where
    # most go.
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        max_categories=MOST_CATEGORIES,
    )
    many = [name for name in categories if rows[name].max() >= MOST_CATEGORIES]
    few = [name for name in categories if name not in many]
    return [("many", codes, many), ("few", "passthrough", few), ("numbers", "passthrough", numbers)]


def _make_few_dummies(rows: pd.DataFrame) -> list[tuple[str, Any, list[str]]]:
    """Dummies of categories, and numbers as they are."""
    numbers, categories = _split(rows)
    # Of two categories one column says it all; two would be drawn twice as often.
    two = [name for name in categories if set(rows[name].unique()) == {0, 1}]
    more = [name for name in categories if name not in two]
    return [
        ("more", _make_dummies(), more),
        ("two", "passthrough", two),
        ("numbers", FunctionTransformer(_fit_single, feature_names_out="one-to-one"), numbers),
    ]


def fit_model(
    model: Any, pipeline: Pipeline, rows: pd.DataFrame, y: np.ndarray, weights: np.ndarray
) -> Pipeline:
    """Fit what was built of a name or a model of the user; equal weights say nothing."""
    # Boosting cuts numbers at weighted quantiles if there are weights: twice the time.
    given = weights if np.ptp(weights) > 0 else None
    if given is not None and not isinstance(model, str):
        require_weights("model", model)
    with warnings.catch_warnings():
        if isinstance(model, str) and getattr(pipeline[-1], "solver", "") == "newton-cholesky":
            # Columns that say the same leave its last digits open; the penalty settles the rest.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", LinAlgWarning)
        # Step by step: what the user says of weights is about the model, not our preprocessing.
        design = pipeline[:-1].fit_transform(rows, y) if len(pipeline) > 1 else rows
        fit_given(pipeline[-1], design, y, weights=given)
    if isinstance(pipeline[-1], RandomForestClassifier | RandomForestRegressor):
        # Its threads add up trees in any order: other bits in every call.
        pipeline[-1].set_params(n_jobs=1)
    return pipeline


def name_sources(pipeline: Pipeline) -> np.ndarray:
    """Position of the raw column that each column of the design comes from."""
    names = pipeline[0].get_feature_names_out()
    return np.array([_position(name) for name in names])


def _position(name: str) -> int:
    """Leading number of "categories__3_yes", "curves__0_sp_1" or "missing__missingindicator_4"."""
    own = name.partition("__")[2].removeprefix("missingindicator_")
    return int(own.partition("_")[0])


def _fit_single(numbers: pd.DataFrame) -> pd.DataFrame:
    """Keep numbers, and sums of them, within single precision, which trees have."""
    return numbers.clip(-LARGEST_SINGLE, LARGEST_SINGLE)


def _chain(transformers: list[tuple[str, Any, list[str]]], model: Any) -> Pipeline:
    used = [entry for entry in transformers if entry[2]]
    if not used:  # of some rows, nothing is known
        if will_have(model, "decision_function") or will_have(model, "predict_proba"):
            return Pipeline([("model", DummyClassifier(strategy="prior"))])
        return build_mean()
    # Arrays between the steps, whatever sklearn.set_config says of everybody's transformers.
    columns = ColumnTransformer(used, sparse_threshold=0.0).set_output(transform="default")
    return Pipeline([("columns", columns), ("model", model)])


def _split(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Names of numbers, without those that are nowhere known, and of categories."""
    categories = [str(name) for name in rows if rows[name].dtype != np.float64]
    numbers = [str(name) for name in rows if name not in categories and rows[name].notna().any()]
    return numbers, categories


def _make_design(
    rows: pd.DataFrame, *, curves: bool = False, squash: bool = False
) -> list[tuple[str, Any, list[str]]]:
    """Imputed, scaled numbers and dummies; with curves, splines of numbers of many values."""
    numbers, categories = _split(rows)
    bent = [name for name in numbers if curves and rows[name].nunique() >= MANY_VALUES]
    straight = [name for name in numbers if name not in bent]
    gaps = [name for name in numbers if rows[name].isna().any()]
    return [
        ("curves", make_pipeline(*_make_scaling(), _make_splines()), bent),
        ("numbers", make_pipeline(*_make_scaling(squash=squash)), straight),
        ("missing", MissingIndicator(features="all"), gaps),
        ("categories", _make_dummies(), categories),
    ]


def _make_scaling(*, squash: bool = False) -> list[Any]:
    steps = [SimpleImputer(strategy="median"), StandardScaler()]
    return [steps[0], Squash(), steps[1]] if squash else steps


def _make_splines() -> SplineTransformer:
    # Next quarter's customers reach beyond the values of this one's: a curve that goes on
    # as steeply as it ended would be sure of what nobody has seen.
    return SplineTransformer(
        n_knots=5, knots="quantile", extrapolation="constant", include_bias=False
    )


def _make_dummies() -> OneHotEncoder:
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False
    )


def _make_svm(design: list[tuple[str, Any, list[str]]], n_rows: int, seed: int) -> Pipeline:
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
