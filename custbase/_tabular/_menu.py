"""Models by name, each with the preprocessing that it needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import has_fit_parameter

MANY_VALUES = 20  # distinct ones of a number that may act along a curve
RARE = 10  # rows: categories of fewer are taken together
MOST_CATEGORIES = 250  # of a column: boosting has room for 255
EXACT_KERNEL = 10_000  # rows: a machine on the kernel of all pairs takes minutes beyond
KERNEL_ROWS = 500


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
        model = clone(model)
        if model.get_params(deep=False).get("random_state", 0) is None:
            model.set_params(random_state=seed)
        return _chain(_make_design(rows, curves=False), model)
    if model == "logistic":
        return _chain(_make_design(rows, curves=True), LogisticRegression(max_iter=1000))
    if model == "svm":
        return _make_svm(_make_design(rows, curves=False), n_rows, seed)
    numbers, categories = _split(rows)
    if model == "boosting":
        boosting = HistGradientBoostingClassifier(
            max_iter=100,
            max_leaf_nodes=8,
            l2_regularization=10.0,
            max_features=0.5,
            early_stopping=False,
            categorical_features=list(range(len(categories))),
            random_state=seed,
        )
        # A missing one, -1, is a category of its own; -2, which no row of fit has, goes where
        # most go.
        codes = OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
            max_categories=MOST_CATEGORIES,
        )
        many = [name for name in categories if rows[name].max() >= MOST_CATEGORIES]
        few = [name for name in categories if name not in many]
        columns = [("many", codes, many), ("few", "passthrough", few)]
        return _chain([*columns, ("numbers", "passthrough", numbers)], boosting)
    tree: Any
    if model == "tree":
        tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=20, random_state=seed)
    else:
        tree = RandomForestClassifier(500, min_samples_leaf=10, n_jobs=n_jobs, random_state=seed)
    # Of two categories one column says it all; two would be drawn twice as often.
    two = [name for name in categories if set(rows[name].unique()) == {0, 1}]
    more = [name for name in categories if name not in two]
    columns = [("more", _make_dummies(), more), ("two", "passthrough", two)]
    return _chain([*columns, ("numbers", "passthrough", numbers)], tree)


def fit_model(
    pipeline: Pipeline, rows: pd.DataFrame, y: np.ndarray, weights: np.ndarray
) -> Pipeline:
    """Fit a model that was built; equal weights say nothing."""
    if np.ptp(weights) == 0:
        # Boosting cuts numbers at weighted quantiles if there are weights: twice the time.
        pipeline.fit(rows, y)
    elif has_fit_parameter(pipeline[-1], "sample_weight"):
        pipeline.fit(rows, y, model__sample_weight=weights)
    else:
        raise ValueError(
            f"sample_weight must be None or all equal with model={pipeline[-1]!r}, whose fit takes "
            "no weights. Choose another model, or repeat rows."
        )
    if isinstance(pipeline[-1], RandomForestClassifier):
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


def _chain(transformers: list[tuple[str, Any, list[str]]], model: Any) -> Pipeline:
    used = [entry for entry in transformers if entry[2]]
    return Pipeline([("columns", ColumnTransformer(used, sparse_threshold=0.0)), ("model", model)])


def _split(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Names of numbers, without those that are nowhere known, and of categories."""
    categories = [str(name) for name in rows if rows[name].dtype != np.float64]
    numbers = [str(name) for name in rows if name not in categories and rows[name].notna().any()]
    return numbers, categories


def _make_design(rows: pd.DataFrame, *, curves: bool) -> list[tuple[str, Any, list[str]]]:
    """Imputed, scaled numbers and dummies; with curves, splines of numbers of many values."""
    numbers, categories = _split(rows)
    bent = [name for name in numbers if curves and rows[name].nunique() >= MANY_VALUES]
    straight = [name for name in numbers if name not in bent]
    gaps = [name for name in numbers if rows[name].isna().any()]
    return [
        ("curves", make_pipeline(*_make_scaling(), _make_splines()), bent),
        ("numbers", make_pipeline(*_make_scaling()), straight),
        ("missing", MissingIndicator(features="all"), gaps),
        ("categories", _make_dummies(), categories),
    ]


def _make_scaling() -> list[Any]:
    return [SimpleImputer(strategy="median"), StandardScaler()]


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
    kernel = Nystroem(n_components=KERNEL_ROWS, random_state=seed)
    pipeline = _chain(design, LinearSVC(class_weight="balanced", random_state=seed))
    pipeline.steps.insert(1, ("kernel", kernel))
    return pipeline
