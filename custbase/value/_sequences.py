"""Sequences of customers, and what stands beside them, as networks want them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ._column_scaler import learn_scaling, scale_columns


class Inputs(NamedTuple):
    """What networks read; float64.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
        What is no sequence.
    steps : ndarray of shape (n_rows, n_times, n_channels)
        Sequences.
    mask : ndarray of shape (n_rows, n_times, 1)
        1 where a step is real.
    """

    columns: np.ndarray
    steps: np.ndarray
    mask: np.ndarray


def wrap_columns(columns: np.ndarray) -> Inputs:
    """Inputs of a network without sequences.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
        Scaled columns.

    Returns
    -------
    Inputs
        The columns, beside sequences of no step.
    """
    return Inputs(columns, np.zeros((len(columns), 0, 0)), np.zeros((len(columns), 0, 1)))


def refuse_other_masks(X: np.ndarray) -> None:
    """Raise unless the first channel tells real steps from padding on the left.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_times, n_channels)
        The sequences.

    Raises
    ------
    ValueError
        If it does not.
    """
    mask = X[:, :, 0]
    how = (
        "The first channel must be the mask of sequences padded on the left, as "
        "PurchaseSequenceEncoder makes them."
    )
    if not ((mask == 0) | (mask == 1)).all():
        other = mask[(mask != 0) & (mask != 1)][0]
        raise ValueError(f"X must have a first channel of 0 and 1; got {other:g}. {how}")
    if (np.diff(mask, axis=1) < 0).any():
        row = int(np.flatnonzero((np.diff(mask, axis=1) < 0).any(axis=1))[0])
        raise ValueError(f"X must have real steps last; got row {row}, padded after one. {how}")


def learn_channels(X: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Learn which channels are sequences, and how to scale them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_times, n_channels)
        Sequences, the mask first.
    weight : ndarray of shape (n_rows,)
        Positive weights.

    Returns
    -------
    dict of str to object
        "columns", positions of the channels that are 0 but for the last step, which are
        no sequence; "steps", those of the others; "column_scaling" and "step_scaling", as
        `learn_scaling` returns them, the latter from real steps alone.
    """
    before_last = X[:, :-1, 1:].reshape(-1, X.shape[2] - 1)
    is_column = np.count_nonzero(before_last, axis=0) == 0
    columns, steps = 1 + np.flatnonzero(is_column), 1 + np.flatnonzero(~is_column)
    is_real = X[:, :, 0] == 1
    real = X[is_real][:, steps]
    weights = np.broadcast_to(weight[:, None], is_real.shape)[is_real]
    if not len(real):  # nobody has a step: nothing to scale
        real, weights = np.zeros((1, len(steps))), np.ones(1)
    return {
        "columns": columns,
        "steps": steps,
        "column_scaling": learn_scaling(X[:, -1, columns], weight),
        "step_scaling": learn_scaling(real, weights),
    }


def scale_channels(X: np.ndarray, learnt: dict[str, Any]) -> Inputs:
    """Split and scale sequences.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_times, n_channels)
        Sequences, the mask first.
    learnt : dict of str to object
        What `learn_channels` returned.

    Returns
    -------
    Inputs
        The sequences without the first steps that nobody has.
    """
    seen = X[:, :, 0].any(axis=0)
    X = X[:, int(np.argmax(seen)) if seen.any() else X.shape[1] - 1 :]
    mask = X[:, :, :1]
    return Inputs(
        scale_columns(X[:, -1, learnt["columns"]], learnt["column_scaling"]),
        mask * scale_columns(X[:, :, learnt["steps"]], learnt["step_scaling"]),
        mask,
    )
