"""What a careful user of scikit-learn and LightGBM builds by hand for a table of customers."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler
from sklearn.svm import SVC

SHRINKAGE, LEAVES = [0.03, 0.1], [4, 8, 16]


def make_logistic(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Logistic regression on dummies and scaled numbers, its penalty chosen by three folds."""
    model = LogisticRegressionCV(
        Cs=10, cv=3, scoring="neg_log_loss", max_iter=1000, use_legacy_attributes=False,
        l1_ratios=(0,), random_state=seed,
    )  # fmt: skip
    return make_pipeline(_make_dummies(frame), model)


def make_forest(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Forest of 500 trees with at least 10 customers a leaf."""
    forest = RandomForestClassifier(500, min_samples_leaf=10, n_jobs=2, random_state=seed)
    return make_pipeline(_make_dummies(frame), forest)


def make_boosting(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Boosting of histograms, its steps and its leaves chosen by three folds."""
    model = HistGradientBoostingClassifier(
        max_iter=150, early_stopping=False, categorical_features=_places(frame), random_state=seed
    )
    grid = {"learning_rate": SHRINKAGE, "max_leaf_nodes": LEAVES}
    return make_pipeline(
        _make_codes(frame), GridSearchCV(model, grid, scoring="neg_log_loss", cv=3)
    )


def make_plain_boosting(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Boosting of histograms at its defaults."""
    model = HistGradientBoostingClassifier(categorical_features=_places(frame), random_state=seed)
    return make_pipeline(_make_codes(frame), model)


def make_steady_boosting(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Boosting of histograms with small steps and few leaves, where a search takes too long."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=120, max_leaf_nodes=8, early_stopping=False,
        categorical_features=_places(frame), random_state=seed,
    )  # fmt: skip
    return make_pipeline(_make_codes(frame), model)


def make_small_boosting(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Boosting of histograms with few leaves, a penalty, and half of the columns at a time."""
    model = HistGradientBoostingClassifier(
        max_iter=100, max_leaf_nodes=8, l2_regularization=10.0, max_features=0.5,
        early_stopping=False, categorical_features=_places(frame), random_state=seed,
    )  # fmt: skip
    return make_pipeline(_make_codes(frame), model)


def make_splines(frame: pd.DataFrame, seed: int) -> Pipeline:
    """Logistic regression on dummies and splines of numbers, its penalty chosen by three folds."""
    texts = _texts(frame)
    dummies = OneHotEncoder(handle_unknown="ignore", drop="if_binary", sparse_output=False)
    many = [name for name in frame if name not in texts and frame[name].nunique() >= 20]
    few = [name for name in frame if name not in texts and name not in many]
    curves = make_pipeline(
        SimpleImputer(strategy="median"),
        StandardScaler(),
        SplineTransformer(5, knots="quantile", extrapolation="constant", include_bias=False),
    )
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    model = LogisticRegressionCV(
        Cs=10, cv=3, scoring="neg_log_loss", max_iter=1000, use_legacy_attributes=False,
        l1_ratios=(0,), random_state=seed,
    )  # fmt: skip
    return make_pipeline(
        make_column_transformer((dummies, texts), (curves, many), (numbers, few)), model
    )


def make_sparse_logistic(frame: pd.DataFrame, *, curves: bool) -> Pipeline:
    """Logistic regression on sparse dummies and scaled numbers, or splines of them, by lbfgs."""
    texts = _texts(frame)
    numbers = [SimpleImputer(strategy="median"), StandardScaler()]
    if curves:
        bends = {"knots": "quantile", "extrapolation": "constant", "include_bias": False}
        numbers.append(SplineTransformer(5, sparse_output=True, **bends))
    dummies = OneHotEncoder(handle_unknown="ignore")
    columns = make_column_transformer((dummies, texts), remainder=make_pipeline(*numbers))
    return make_pipeline(columns, LogisticRegression(max_iter=1000))


def make_careful_lightgbm(frame: pd.DataFrame, seed: int) -> Pipeline:
    """LightGBM of small steps, with room for interactions and draws of rows and columns."""
    LGBMClassifier = _import_lightgbm()
    model = LGBMClassifier(
        n_estimators=300, learning_rate=0.04, num_leaves=15, min_child_samples=20, reg_lambda=5.0,
        subsample=0.8, subsample_freq=1, colsample_bytree=0.7, categorical_feature=_places(frame),
        n_jobs=2, verbosity=-1, random_state=seed,
    )  # fmt: skip
    return make_pipeline(_make_codes(frame), model)


def make_lightgbm(frame: pd.DataFrame, seed: int) -> Pipeline:
    """LightGBM, its steps and its leaves chosen by three folds."""
    LGBMClassifier = _import_lightgbm()
    model = LGBMClassifier(
        n_estimators=150, categorical_feature=_places(frame), n_jobs=2, verbosity=-1,
        random_state=seed,
    )  # fmt: skip
    grid = {"learning_rate": [0.015, *SHRINKAGE], "num_leaves": LEAVES}
    return make_pipeline(
        _make_codes(frame), GridSearchCV(model, grid, scoring="neg_log_loss", cv=3)
    )


def make_svm(frame: pd.DataFrame, seed: int, **options: Any) -> Pipeline:
    """Support vector machine with a Gaussian kernel, on all pairs of customers."""
    machine = SVC(cache_size=1000, random_state=seed, **options)
    return make_pipeline(_make_dummies(frame), machine)


def _import_lightgbm() -> Any:
    """Its classifier, which heeds the categories that it says it ignores."""
    from lightgbm import LGBMClassifier

    warnings.filterwarnings("ignore", "categorical_feature keyword has been found")
    return LGBMClassifier


def _texts(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]


def _places(frame: pd.DataFrame) -> list[int]:
    return list(range(len(_texts(frame))))


def _make_dummies(frame: pd.DataFrame) -> Any:
    dummies = OneHotEncoder(handle_unknown="ignore", drop="if_binary", sparse_output=False)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return make_column_transformer((dummies, _texts(frame)), remainder=numbers)


def _make_codes(frame: pd.DataFrame) -> Any:
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((codes, _texts(frame)), remainder="passthrough")
