"""Why a customer gets a probability: contributions of the raw columns to its log-odds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, issparse
from sklearn.pipeline import Pipeline

from .._optional import import_or_raise
from ._calibration import Sigmoid
from ._design import name_sources

BACKGROUND = 50  # customers that explanations of models that are not linear compare with


def is_linear(pipeline: Any) -> bool:
    """Tell whether the score of a model is a weighted sum of its columns."""
    if not isinstance(pipeline, Pipeline):
        return False
    coef = getattr(pipeline[-1], "coef_", None)
    if len(pipeline) > 2 or not isinstance(coef, np.ndarray):
        return False
    return coef.shape == (1, len(name_sources(pipeline)))


def explain_linear(
    pipeline: Pipeline, rows: pd.DataFrame, sigmoid: Sigmoid, means: np.ndarray
) -> np.ndarray:
    """Contribution of every column of the design, its mean left out, added up by raw column.

    Parameters
    ----------
    pipeline : Pipeline
        A fitted linear model.
    rows : DataFrame
        Customers.
    sigmoid : Sigmoid
        What turns scores into log-odds.
    means : ndarray of shape (n_design_columns,)
        Means of the columns of the design in ``fit``.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        For the columns of `rows`; they and the log-odds of the means add up exactly.
    """
    positions = {int(name): number for number, name in enumerate(rows.columns)}
    columns = np.array([positions[int(source)] for source in name_sources(pipeline)])
    weights = sigmoid.slope * pipeline[-1].coef_[0]
    shape = (len(weights), len(rows.columns))
    by_column = csr_array((weights, (np.arange(len(weights)), columns)), shape=shape)
    parts = pipeline[0].transform(rows) @ by_column - means @ by_column
    return parts.toarray() if issparse(parts) else np.asarray(parts)


def draw_background(rows: pd.DataFrame, seed: int) -> dict[Any, np.ndarray]:
    """Columns of a sample of customers, which `explain_any` compares others with."""
    chosen = np.random.RandomState(seed).permutation(len(rows))[:BACKGROUND]
    return {name: rows[name].to_numpy()[np.sort(chosen)] for name in rows}


def name_read(rows: pd.DataFrame, models: Iterable[Any]) -> list[str]:
    """Names of the columns of rows that some models look at, in the order of the rows."""
    read: set[str] = set()
    for model in models:
        columns = model.named_steps.get("columns") if isinstance(model, Pipeline) else model.columns
        if columns is not None:
            read.update(*(names for _, step, names in columns.transformers_ if step != "drop"))
    return [name for name in rows if name in read]


def explain_any(
    predict: Callable[[pd.DataFrame], np.ndarray],
    models: Iterable[Any],
    rows: pd.DataFrame,
    background: pd.DataFrame,
    *,
    needed_by: str,
    seed: int,
) -> tuple[np.ndarray, float]:
    """Shapley values of the raw columns against a sample of customers, by the package shap.

    Parameters
    ----------
    predict : callable
        What is to be explained: one number for each of some rows.
    models : iterable of Pipeline
        What `predict` asks: columns that none looks at contribute nothing.
    rows : DataFrame
        Customers.
    background : DataFrame
        Customers whose values stand in for those that a column is not to tell.
    needed_by : str
        What the user called.
    seed : int
        Seed of the orders of columns that are tried.

    Returns
    -------
    contributions : ndarray of shape (n_rows, n_columns)
        For the columns of `rows`.
    base : float
        Mean prediction of the background; a row of contributions adds up to the rest.
    """
    read = name_read(rows, models)
    if not read:
        return np.zeros(rows.shape), float(predict(rows.iloc[:1])[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it calls in matplotlib when it is imported
        shap = import_or_raise("shap", needed_by=needed_by, extra="explain")
    known = pd.concat([background[read], rows[read]], ignore_index=True)
    n_columns = len(known.columns)
    # A value is told by the number of the row that it stands in: texts are nothing to shap.
    numbers = np.repeat(np.arange(len(known), dtype=np.float64)[:, None], n_columns, axis=1)

    def predict_numbered(asked: np.ndarray) -> np.ndarray:
        taken = asked.astype(np.int64)
        table = {
            name: known[name].to_numpy()[taken[:, number]] for number, name in enumerate(known)
        }
        return predict(pd.DataFrame(table))

    masker = shap.maskers.Independent(numbers[: len(background)], max_samples=len(background))
    evaluations = 10 * (2 * n_columns + 1)
    parts, is_read = np.zeros(rows.shape), rows.columns.isin(read)
    before = np.random.get_state()  # noqa: NPY002, shap seeds numpy's own, which is the user's
    try:
        # One by one: nobody's reasons depend on others.
        for place, row in enumerate(numbers[len(background) :]):
            explainer = shap.explainers.Permutation(predict_numbered, masker, seed=seed)
            found = explainer(row[None, :], max_evals=evaluations, silent=True)
            parts[place, is_read] = found.values[0]
    finally:
        np.random.set_state(before)  # noqa: NPY002
    return parts, float(np.mean(found.base_values))


def tabulate_parts(
    parts: np.ndarray, base: np.ndarray, index: pd.Index, used: list[int], names: list[Any]
) -> pd.DataFrame:
    """Put contributions in a frame with a column "baseline" before those of the raw frame.

    Parameters
    ----------
    parts : ndarray of shape (n_rows, n_used)
        Contributions of the columns that say something.
    base : ndarray of shape (n_rows,)
        What they are added to.
    index : Index of shape (n_rows,)
        Names of the rows.
    used : list of int
        Positions of these columns in the raw frame.
    names : list of shape (n_columns,)
        Names of the columns of the raw frame.

    Returns
    -------
    DataFrame of shape (n_rows, 1 + n_columns)
        0 for columns that say nothing.
    """
    values = np.zeros((len(index), len(names)))
    values[:, used] = parts
    found = pd.DataFrame(values, index=index, columns=names)
    found.insert(0, "baseline", base, allow_duplicates=True)
    return found


def name_numbers(values: Iterable[float]) -> list[str]:
    """Short texts of numbers: whole ones in full, and different ones differently."""
    told = list(values)
    names = [
        f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:g}"
        for value in told
    ]
    return names if len(set(names)) == len(names) else [repr(float(value)) for value in told]


def name_reasons(frame: pd.DataFrame, contributions: pd.DataFrame, n_reasons: int) -> pd.DataFrame:
    """Texts of the columns that raise the log-odds of each customer most."""
    amounts = contributions.to_numpy()
    order = np.argsort(-amounts, axis=1, kind="stable")[:, :n_reasons]
    values = [frame.iloc[:, column].tolist() for column in range(len(frame.columns))]

    def tell(row: int, column: int) -> str | None:
        amount, value = float(amounts[row, column]), values[column][row]
        if pd.isna(value) or not str(value).strip():
            shown = "missing"
        else:
            shown = name_numbers([value])[0] if isinstance(value, float) else str(value)
        name = contributions.columns[column]
        return f"{name} = {shown} ({amount:+.2f})" if amount > 0 else None

    texts = {
        f"reason_{rank + 1}": [tell(row, int(column)) for row, column in enumerate(order[:, rank])]
        for rank in range(order.shape[1])
    }
    return pd.DataFrame(texts, index=contributions.index, dtype=object)
