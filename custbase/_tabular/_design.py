"""From the columns of a table to numbers that a kind of model can learn from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
)

from ._ends import Ends
from ._medians import FillMedians
from ._rare import RareLevels
from ._squash import Squash
from ._texts import RARE

KNOTS, BENDS = 5, 6  # of a curve, and its columns
MANY_VALUES = 20  # distinct ones of a number that may act along a curve
MOST_CURVES = 100  # of a table of more numbers, all are straight
# Columns of which no matrix of all pairs is solved any more: dummies, which are mostly zeros and
# quick to go through, and all of them.
MANY_DUMMIES, WIDE = 100, 400
# Levels of a column: boosting has room for 255, and a dense table of more would be large.
MOST_LEVELS, MOST_SPARSE_LEVELS = 250, 10_000
# Customers of a level that has a dummy of its own in a sparse table, where a penalty that is
# chosen draws it to the mean; of fewer, such as members of a household, it would name them.
FEW = 3
LARGEST_SINGLE = 1e30  # of a number that trees see: they add up in single precision

Transformers = list[tuple[str, Any, list[str]]]


class Design(NamedTuple):
    """How columns are prepared."""

    transformers: Transformers
    is_wide: bool = False  # for solvers
    is_sparse: bool = False  # whether zeros are left out


def make_columns(design: Design) -> ColumnTransformer | None:
    """Put transformers side by side; None if there is no column that says something."""
    used = [entry for entry in design.transformers if entry[2]]
    if not used:
        return None
    # Arrays between the steps, whatever sklearn.set_config says of everybody's transformers.
    threshold = 1.0 if design.is_sparse else 0.0
    return ColumnTransformer(used, sparse_threshold=threshold).set_output(transform="default")


def name_sources(pipeline: Pipeline) -> np.ndarray:
    """Position of the raw column that each column of the design comes from."""
    names = pipeline[0].get_feature_names_out()
    return np.array([_position(name) for name in names])


def split_columns(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Names of numbers, without those that are nowhere known, and of categories."""
    is_number = [dtype == np.float64 for dtype in rows.dtypes]
    known = rows.loc[:, is_number].notna().any()
    categories = [str(name) for name in rows.columns[np.logical_not(is_number)]]
    return [str(name) for name in known.index[known]], categories


def make_codes(rows: pd.DataFrame) -> Design:
    """Numbers of categories, which come first, and numbers as they are."""
    numbers, categories = split_columns(rows)
    # A missing one, -1, is a category of its own; -2, which no row of fit has, goes where
    # most go.
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        max_categories=MOST_LEVELS,
    )
    many = [name for name in categories if rows[name].max() >= MOST_LEVELS]
    few = [name for name in categories if name not in many]
    return Design(
        [("many", codes, many), ("few", "passthrough", few), ("numbers", "passthrough", numbers)]
    )


def make_few_dummies(rows: pd.DataFrame) -> Design:
    """Dummies of categories, and numbers as they are."""
    numbers, categories = split_columns(rows)
    # Of two categories one column says it all; two would be drawn twice as often.
    two = [name for name in categories if set(rows[name].unique()) == {0, 1}]
    more = [name for name in categories if name not in two]
    return Design(
        [
            ("more", _make_dummies(), more),
            ("two", FunctionTransformer(_drop_unseen, feature_names_out="one-to-one"), two),
            ("numbers", FunctionTransformer(_fit_single, feature_names_out="one-to-one"), numbers),
        ]
    )


def make_scaled(rows: pd.DataFrame) -> Design:
    """Imputed, scaled numbers and dummies, for any model: without curves, and dense."""
    numbers, categories = split_columns(rows)
    return Design(
        [
            ("numbers", make_pipeline(FillMedians(), StandardScaler()), numbers),
            ("missing", MissingIndicator(features="all"), _find_gaps(rows, numbers)),
            ("categories", _make_dummies(), categories),
        ]
    )


def make_linear(rows: pd.DataFrame, *, curves: bool = False, squash: bool = False) -> Design:
    """Imputed, scaled numbers and dummies; with curves, splines of numbers of many values."""
    numbers, categories = split_columns(rows)
    bent = [name for name in numbers if curves and _has_many_values(rows[name].to_numpy())]
    if len(bent) > MOST_CURVES:
        bent = []
    straight = [name for name in numbers if name not in bent]
    gaps = _find_gaps(rows, numbers)
    n_dummies = sum(_count_levels(rows[name]) for name in categories)
    n_others = BENDS * len(bent) + len(straight) + len(gaps)
    has_many = n_dummies > MANY_DUMMIES
    # Curves of a number overlap: all their pairs are to be solved. Numbers themselves hardly are
    # alike, and rows of them are quicker to go through if they are not sparse.
    is_sparse = has_many and (bool(bent) or n_dummies > n_others)
    is_wide = has_many or (not bent and n_others + n_dummies > WIDE)
    return Design(
        [
            ("curves", make_pipeline(*_make_scaling(), _make_splines(sparse=is_sparse)), bent),
            ("numbers", make_pipeline(*_make_scaling(squash=squash)), straight),
            ("missing", MissingIndicator(features="all"), gaps),
            ("categories", _make_dummies(sparse=is_sparse), categories),
            (
                "rare",
                RareLevels(),
                [name for name in categories if is_sparse and _has_rare(rows[name])],
            ),
        ],
        is_wide,
        is_sparse,
    )


def _position(name: str) -> int:
    """Leading number of "categories__3_yes", "curves__0_sp_1" or "missing__missingindicator_4"."""
    own = name.partition("__")[2].removeprefix("missingindicator_")
    return int(own.partition("_")[0])


def _find_gaps(rows: pd.DataFrame, numbers: list[str]) -> list[str]:
    has_gaps = rows[numbers].isna().any()
    return [str(name) for name in has_gaps.index[has_gaps]]


def _has_many_values(values: np.ndarray) -> bool:
    """Tell whether at least 20 known values differ; some rows mostly say it."""
    return any(
        np.unique(some[~np.isnan(some)]).size >= MANY_VALUES for some in (values[:1000], values)
    )


def _count_levels(codes: pd.Series) -> int:
    """Dummies that a category would have in a sparse table."""
    counts = np.bincount(codes.to_numpy().clip(min=-1) + 1)
    return min(int(np.count_nonzero(counts >= FEW)) + 1, MOST_SPARSE_LEVELS)


def _has_rare(codes: pd.Series) -> bool:
    """Tell whether some levels are rare, and some are not."""
    counts = np.bincount(codes.to_numpy().clip(min=-1) + 1)
    is_rare = counts[counts > 0] < RARE
    return bool(is_rare.any() and not is_rare.all())


def _drop_unseen(codes: pd.DataFrame) -> pd.DataFrame:
    """Take levels that `fit` did not see as missing, which trees send where most rows go."""
    return codes.where(codes >= 0)


def _fit_single(numbers: pd.DataFrame) -> pd.DataFrame:
    """Keep numbers, and sums of them, within single precision, which trees have."""
    return numbers.clip(-LARGEST_SINGLE, LARGEST_SINGLE)


def _make_scaling(*, squash: bool = False) -> list[Any]:
    steps = [Ends(), Squash()] if squash else [Ends()]
    return [FillMedians(), *steps, StandardScaler()]


def _make_splines(*, sparse: bool) -> SplineTransformer:
    """Cubic splines with knots at quantiles, but for the last of each number: others imply it.

    The ends are cut before: scikit-learn's own constant ends take most of the time of its sparse
    splines.
    """
    return SplineTransformer(
        n_knots=KNOTS, knots="quantile", include_bias=False, sparse_output=sparse
    )


def _make_dummies(*, sparse: bool = False) -> OneHotEncoder:
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=FEW if sparse else RARE,
        max_categories=MOST_SPARSE_LEVELS if sparse else MOST_LEVELS,
        sparse_output=sparse,
    )
