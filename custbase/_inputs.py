"""Arrays and frames at the door of an estimator: the only caller of `validate_data`."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_array, validate_data

from ._column_names import check_names, list_some
from ._missing_values import explain_values, refuse_missing_values
from ._summaries import refuse_time_since
from ._warn import warn

FOLD_ROWS = 64  # rows side by side when columns are reduced: long enough for SIMD code


def refuse_lazy_frame(X: Any, argument: str) -> None:
    """Raise if a lazy or distributed frame stands where a matrix is expected.

    Parameters
    ----------
    X : object
        What the user gave.
    argument : str
        How the user knows it.

    Raises
    ------
    TypeError
        If `X` is a lazy frame (polars LazyFrame, DuckDB relation, Dask,
        PySpark, Ibis): scikit-learn would pull it into memory without its
        column names, or fail with a message about something else.
    ValueError
        If two columns have one name.
    """
    try:
        frame = nw.from_native(X, pass_through=True)
    except DuplicateError as error:
        raise ValueError(f"{argument} must have unique column names. {error}") from error
    if isinstance(frame, nw.LazyFrame):
        kind = f"{type(X).__module__.partition('.')[0]} {type(X).__name__}"
        raise TypeError(
            f"{argument} must be an array or a frame in memory; got a lazy {kind}. "
            "Collect it first, for instance with .collect() (polars, narwhals), .df() (DuckDB) "
            "or .toPandas() (Spark)."
        )


def refuse_mapping(X: Any) -> None:
    """Raise if a dict of columns stands where a frame is expected."""
    if type(X) is dict:
        raise TypeError("X must be an array or a frame; got a dict. Use pandas.DataFrame(X).")


def refuse_other_than_numbers(
    X: Any,
    argument: str,
    remedy: str = "Drop them, or turn them into numbers, for instance with a ColumnTransformer in "
    "a Pipeline.",
) -> None:
    """Raise if a frame has columns that are no numbers, and name them.

    Parameters
    ----------
    X : object
        What the user gave; other things than frames in memory pass.
    argument : str
        How the user knows it.
    remedy : str, default="Drop them, or turn them into numbers, ..."
        What to do.

    Raises
    ------
    ValueError
        If a column holds text, categories or points in time, or there is none: scikit-learn
        would complain about a value without saying where it stands.
    """
    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return
    refused = (nw.String, nw.Categorical, nw.Enum, nw.Datetime, nw.Date, nw.Duration)
    found = {name: str(kind) for name, kind in frame.schema.items() if isinstance(kind, refused)}
    refuse_no_columns(frame, argument)
    if found:
        columns = list_some(f"{name!r} ({kind})" for name, kind in found.items())
        raise ValueError(f"{argument} must hold numbers; these columns do not: {columns}. {remedy}")


def refuse_no_columns(frame: nw.DataFrame[Any], argument: str) -> None:
    """Raise if a frame has rows only, which numpy could not give a type."""
    if not frame.columns:
        raise ValueError(
            f"{argument} must have at least one column; got a frame of {len(frame)} rows and no "
            "columns."
        )


def refuse_far_values(X: np.ndarray, weights: np.ndarray) -> None:
    """Raise if squared distances between rows are too large to be added up, or vanish.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Finite numbers.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.

    Raises
    ------
    ValueError
        If the weighted sum overflows, or if rows differ whose squared distances are no normal
        numbers any more.
    """
    with np.errstate(over="ignore", under="ignore"):
        spans = _fold(np.maximum, X).astype(np.float64) - _fold(np.minimum, X)
        farthest = max(weights.sum(), 1.0) * (spans**2).sum()
    lost = spans.max() > 0 and farthest < 1e-280
    if not np.isfinite(farthest) or lost:
        raise ValueError(
            "X must have values whose squared distances can be added up; got values up "
            f"to {np.abs(X).max():g}. Give the columns {'larger' if lost else 'smaller'} units, or "
            "scale them first."
        )


def _fold(extreme: np.ufunc, X: np.ndarray) -> np.ndarray:
    """Reduce the columns of a matrix: many rows side by side first, for a few columns are slow."""
    folded = len(X) // FOLD_ROWS * FOLD_ROWS if X.flags.c_contiguous else 0
    if not folded:
        return extreme.reduce(X, axis=0)
    wide = extreme.reduce(X[:folded].reshape(-1, FOLD_ROWS * X.shape[1]), axis=0)
    return extreme.reduce(np.vstack([wide.reshape(FOLD_ROWS, -1), X[folded:]]), axis=0)


def check_matrix(
    estimator: Any, X: Any, *, reset: bool, allow_nan: bool = False, min_rows: int = 1
) -> np.ndarray:
    """Validate a matrix of customers and remember or check its column names.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` when `reset`.
    X : array or frame of shape (n_rows, n_columns)
        What the user gave.
    reset : bool
        True in ``fit``, False afterwards.
    allow_nan : bool, default=False
        Let NaN pass.
    min_rows : int, default=1
        Fewer rows are refused.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        C-ordered float64 or float32; possibly read-only, never to be written.

    Raises
    ------
    TypeError
        If `X` is a lazy frame.
    ValueError
        If `X` holds other things than finite numbers, has another shape, or other columns
        than in ``fit``.
    """
    refuse_mapping(X)
    refuse_lazy_frame(X, "X")
    refuse_other_than_numbers(X, "X")
    if not allow_nan:
        refuse_missing_values(X, "X")
    check_names(estimator, X, reset=reset)
    with explain_values(X, "X"):
        return validate_data(
            estimator,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            order="C",
            ensure_all_finite="allow-nan" if allow_nan else True,
            ensure_min_samples=min_rows,
        )


def check_cells(estimator: Any, X: Any, *, reset: bool, min_rows: int) -> Any:
    """Validate a matrix that may be sparse, and remember or check its column names.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` when `reset`.
    X : sparse matrix, array or frame of shape (n_rows, n_columns)
        What the user gave.
    reset : bool
        True in ``fit``, False afterwards.
    min_rows : int
        Fewer rows are refused.

    Returns
    -------
    ndarray or sparse matrix in CSR of shape (n_rows, n_columns)
        Finite numbers, float64; possibly those of the user, never to be written.

    Raises
    ------
    TypeError, ValueError
        If `X` holds other things, has another shape, or other columns than in ``fit``.
    """
    check_names(estimator, X, reset=reset)
    return validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csr",
        dtype=np.float64,
        ensure_min_samples=min_rows,
    )


def check_sequences(estimator: Any, X: Any, *, reset: bool) -> np.ndarray:
    """Validate sequences of customers, and remember or check their number of channels.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_``, the number of channels, when `reset`.
    X : array of shape (n_rows, n_times, n_channels)
        What the user gave.
    reset : bool
        True in ``fit``, False afterwards.

    Returns
    -------
    ndarray of shape (n_rows, n_times, n_channels)
        C-ordered float64 or float32; possibly read-only, never to be written.

    Raises
    ------
    TypeError
        If `X` is a lazy frame.
    ValueError
        If `X` holds other things than finite numbers, or has another shape.
    """
    refuse_lazy_frame(X, "X")
    remedy = "Steps that are padding are 0, as PurchaseSequenceEncoder makes them."
    with explain_values(X, "X", remedy):
        X = check_array(
            X,
            dtype=[np.float64, np.float32],
            order="C",
            ensure_2d=False,
            allow_nd=True,
            input_name="X",
            estimator=estimator,
        )
    if X.ndim != 3 or X.shape[1] < 1 or X.shape[2] < 2:
        raise ValueError(
            "X must be of shape (n_customers, n_steps, n_channels), the mask channel first, as "
            f"PurchaseSequenceEncoder makes it; got shape {X.shape}."
        )
    if reset:
        estimator.n_features_in_ = X.shape[2]
        # Names of columns that an earlier fit saw.
        for name in ("feature_names_in_", "_column_names"):
            vars(estimator).pop(name, None)
    elif X.shape[2] != estimator.n_features_in_:
        raise ValueError(
            f"X has {X.shape[2]} channels, but {type(estimator).__name__} was fitted on "
            f"{estimator.n_features_in_}. Encode it with the encoder of fit."
        )
    return X


def check_columns(
    estimator: Any,
    X: Any,
    columns: Sequence[str],
    *,
    reset: bool,
    source: str = "as rfm_summary makes them",
) -> tuple[np.ndarray, ...]:
    """Take some columns by name, of an array by position, as arrays of numbers.

    The usual summary of pandas takes a short way, for a look at every frame there is costs
    more than what models make of some thousand customers.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_``, of these columns, when `reset`.
    X : array or frame of shape (n_rows, n_columns)
        What the user gave; other columns of a frame are left out.
    columns : sequence of str
        Their names.
    reset : bool
        True in ``fit``, False afterwards.
    source : str, default="as rfm_summary makes them"
        What the columns hold, or where they come from, in words.

    Returns
    -------
    tuple of ndarray of shape (n_rows,)
        Contiguous float64, as many as names; possibly those of the user, never to be written.

    Raises
    ------
    TypeError
        If `X` is a lazy frame.
    ValueError
        If a column is absent, or holds other things than finite numbers, columns come one
        by one, or recency is the time since the last purchase.
    """
    if reset or hasattr(estimator, "feature_names_in_"):
        usual = _take_usual_columns(X, columns)
        if usual is not None:
            refuse_time_since(columns, usual)
            if reset:
                vars(estimator).pop("_column_names", None)
                estimator.n_features_in_ = len(columns)
                estimator.feature_names_in_ = np.asarray(columns, dtype=object)
            return usual
    refuse_mapping(X)
    refuse_lazy_frame(X, "X")
    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        if absent := [name for name in columns if name not in frame.columns]:
            raise ValueError(
                f"X has no column {', '.join(map(repr, absent))}; {type(estimator).__name__} needs "
                f"{', '.join(columns)}, {source}, and the columns are "
                f"{list_some(map(repr, frame.columns)) or 'none'}."
            )
        X = frame.select(*columns).to_native()
    else:
        _refuse_other_shape(estimator, X, columns, source)
    matrix = check_matrix(estimator, X, reset=reset)
    found = tuple(np.ascontiguousarray(column, dtype=np.float64) for column in matrix.T)
    refuse_time_since(columns, found)
    return found


def _refuse_other_shape(estimator: Any, X: Any, columns: Sequence[str], source: str) -> None:
    """Raise for columns one by one, as lifetimes takes them, and for more or fewer columns."""
    n_dimensions = np.ndim(X)
    if n_dimensions == 1:
        kind = f"{type(X).__name__} of {len(X)} values"
        raise ValueError(
            f"X must have the columns {', '.join(columns)} together, {source}: a frame, or an "
            f"array in this order. Expected 2D array, got 1D array instead: a {kind}. "
            f"{type(estimator).__name__} takes no columns one by one; give "
            f"summary[{list(columns)}]."
        )
    if n_dimensions == 2 and np.shape(X)[1] != len(columns):
        raise ValueError(
            f"X must have the columns {', '.join(columns)}, as an array in this order; got "
            f"{np.shape(X)[1]} columns."
        )


def _take_usual_columns(X: Any, columns: Sequence[str]) -> tuple[np.ndarray, ...] | None:
    """Columns of a frame of pandas, all finite numbers; None if that wants a second look."""
    if not isinstance(X, pd.DataFrame) or not len(X) or not X.columns.is_unique:
        return None
    found = []
    for name in columns:
        try:
            column = X[name]
        except KeyError:
            return None
        if not isinstance(column, pd.Series) or column.dtype.kind not in "fiu":
            return None
        if not isinstance(column.dtype, np.dtype):
            return None
        found.append(np.ascontiguousarray(column.to_numpy(), dtype=np.float64))
        if not np.isfinite(found[-1].sum()):
            return None
    return tuple(found)


def check_table(estimator: Any, X: Any, *, reset: bool) -> pd.DataFrame:
    """Bring a raw frame or an array into pandas, and remember or check its column names.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` when `reset`.
    X : array or frame of shape (n_rows, n_columns)
        What the user gave; columns of any type.
    reset : bool
        True in ``fit``, False afterwards.

    Returns
    -------
    DataFrame
        The rows; columns of an array are called as in ``fit``, or x0, x1, ...

    Raises
    ------
    TypeError, ValueError
        If it is no table, or other columns than in ``fit``.
    """
    if isinstance(X, pd.DataFrame) and not X.columns.is_unique:
        repeated = X.columns[X.columns.duplicated()].unique().tolist()
        raise ValueError(
            f"X must have distinct column names; got {', '.join(map(repr, repeated[:5]))} more "
            "than once. Rename or drop the repeated ones."
        )
    refuse_mapping(X)
    refuse_lazy_frame(X, "X")
    wrapped = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(wrapped, nw.DataFrame):
        refuse_no_columns(wrapped, "X")
        check_names(estimator, X, reset=reset)
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        frame = X if isinstance(X, pd.DataFrame) else _to_pandas(wrapped)
        if not len(frame):
            raise ValueError("X must have at least one row; got none.")
        return frame
    X = validate_data(
        estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan", estimator=estimator
    )
    names = [f"x{i}" for i in range(X.shape[1])]
    if not reset:
        names = getattr(estimator, "feature_names_in_", names)
    return pd.DataFrame(X, columns=names).infer_objects()


def _to_pandas(frame: nw.DataFrame[Any]) -> pd.DataFrame:
    """Copy a frame of another library; that of polars without pyarrow, which it may not have."""
    if not frame.implementation.is_polars():
        return frame.to_pandas()
    columns = {}
    for name, dtype in frame.schema.items():
        values = frame[name].to_list()
        is_category = isinstance(dtype, nw.Categorical | nw.Enum)
        columns[name] = pd.Categorical(values) if is_category else pd.Series(values)
    return pd.DataFrame(columns)


def check_sample_weight(sample_weight: Any, X: np.ndarray, rows_of: str = "X") -> np.ndarray:
    """Validate weights, one a row, and give ones where there are none.

    Parameters
    ----------
    sample_weight : array of shape (n_rows,), number or None
        What the user gave; one number weighs every row alike.
    X : ndarray of shape (n_rows, ...)
        The validated rows.
    rows_of : str, default="X"
        How the user knows them.

    Returns
    -------
    ndarray of shape (n_rows,)
        Non-negative weights with a positive sum, float64.

    Raises
    ------
    ValueError
        If the weights are not one-dimensional, not as many as rows, negative,
        not finite or all zero.
    """
    if sample_weight is None or isinstance(sample_weight, Real):
        sample_weight = np.full(X.shape[0], 1 if sample_weight is None else sample_weight)
    if np.asarray(sample_weight).dtype.kind in "mM":
        raise ValueError("sample_weight must hold numbers, one weight a row; got points in time.")
    try:
        weights = check_array(
            sample_weight, ensure_2d=False, dtype=np.float64, order="C", input_name="sample_weight"
        )
    except (TypeError, ValueError) as error:
        if "sample_weight" in str(error):
            raise
        raise ValueError(
            f"sample_weight must hold numbers, one weight a row; got other things: {error}."
        ) from error
    if weights.ndim != 1:
        raise ValueError(
            f"sample_weight must be one-dimensional, one weight a row; got shape {weights.shape}."
        )
    if len(weights) != X.shape[0]:
        raise ValueError(
            f"sample_weight must have one weight for each of the {X.shape[0]} rows of "
            f"{rows_of}; got {len(weights)}."
        )
    if weights.min() < 0:
        raise ValueError(f"sample_weight must not be negative; got {weights.min():g}.")
    if not weights.any():
        raise ValueError("sample_weight must have a positive sum; got only zeros.")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise ValueError(
            f"sample_weight must have a finite sum; got weights up to {weights.max():g}. "
            "Divide them by their largest, for instance."
        )
    return weights


def read_column(y: Any, what: str) -> np.ndarray:
    """Take an array, a Series, or what has one column, as an array of one dimension.

    Parameters
    ----------
    y : array, Series or frame of shape (n_rows,) or (n_rows, 1)
        What the user gave.
    what : str
        What it holds, in words.

    Returns
    -------
    ndarray of shape (n_rows,)
        Truth values and whole numbers stay such, whatever library they come from.

    Raises
    ------
    TypeError
        If it is a lazy frame.
    ValueError
        If it has other than one dimension or one column.

    Warns
    -----
    DataConversionWarning
        If it has two dimensions.
    """
    refuse_lazy_frame(y, "y")
    given = nw.from_native(y, pass_through=True, allow_series=True)
    if isinstance(given, nw.Series):
        return column_or_1d(given.to_numpy())
    if not isinstance(given, nw.DataFrame):
        try:
            array = np.asarray(y)
        except ValueError as error:
            raise ValueError(
                f"y must be of one dimension, {what}; got lists of different lengths."
            ) from error
        if array.ndim == 2 and array.shape[1] == 1:
            warn(
                "A column-vector y was passed when a 1d array was expected. Give one dimension, "
                "for instance with y.ravel().",
                DataConversionWarning,
            )
        return column_or_1d(array if array.ndim else y)  # of sparse ones, it is 0
    names = [repr(name) for name in given.columns]
    if len(names) != 1:
        columns = f"{len(names)} columns, {list_some(names)}" if names else "no column"
        example = f", for instance y[{names[-1]}]" if names else ""
        raise ValueError(
            f"y must be one column, {what}; got a frame of {columns}. Give one{example}."
        )
    warn(
        f"A frame of one column was passed as y when a 1d array was expected. Give y[{names[0]}].",
        DataConversionWarning,
    )
    return column_or_1d(given[:, 0].to_numpy())
