"""Weights of interactions before they are compared: rare features say more than common ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

# How fast a repeated purchase stops to count, and how much long histories are discounted.
SATURATION, LENGTH_DISCOUNT = 1.2, 0.75


class Weights(NamedTuple):
    """What is learnt of the documents that are compared, and their features."""

    weighting: str | None
    idf: np.ndarray  # (n_features,)
    mean_length: float


def learn_weights(documents: csr_array, weighting: str | None) -> Weights:
    """Learn how much features count.

    Parameters
    ----------
    documents : csr_array of shape (n_documents, n_features)
        Rows that will be compared.
    weighting : {"tfidf", "bm25"} or None
        What they are weighed by.

    Returns
    -------
    Weights
        What `weigh` needs.

    Raises
    ------
    ValueError
        If values are negative under "bm25".
    """
    n_documents, n_features = documents.shape
    if weighting is None:
        return Weights(None, np.ones(n_features), 1.0)
    idf = learn_idf(np.bincount(documents.indices, minlength=n_features), n_documents, weighting)
    if weighting == "tfidf":
        return Weights(weighting, idf, 1.0)
    refuse_negative(documents)
    return Weights(weighting, idf, documents.data.sum() / n_documents or 1.0)


def learn_idf(counts: np.ndarray, n_documents: int, weighting: str) -> np.ndarray:
    """Learn how much features count that so many documents have."""
    if weighting == "tfidf":
        return np.log((1 + n_documents) / (1 + counts)) + 1
    return np.log1p((n_documents - counts + 0.5) / (counts + 0.5))


def weigh(documents: csr_array, weights: Weights) -> csr_array:
    """Weigh the values of rows.

    Parameters
    ----------
    documents : csr_array of shape (n_documents, n_features)
        Rows, of ``fit`` or others.
    weights : Weights
        What was learnt.

    Returns
    -------
    csr_array of shape (n_documents, n_features)
        The same cells.

    Raises
    ------
    ValueError
        If values are negative under "bm25".
    """
    if weights.weighting is None:
        return documents
    values = documents.data * weights.idf[documents.indices]
    if weights.weighting == "bm25":
        refuse_negative(documents)
        lengths = documents.sum(axis=1) / weights.mean_length
        norms = SATURATION * (1 - LENGTH_DISCOUNT + LENGTH_DISCOUNT * lengths)
        norm = np.repeat(norms, np.diff(documents.indptr))
        values *= (SATURATION + 1) / (documents.data + norm)
    return csr_array((values, documents.indices, documents.indptr), shape=documents.shape)


def refuse_negative(documents: csr_array) -> None:
    """Raise if values are negative under "bm25"."""
    if documents.nnz and documents.data.min() < 0:
        raise ValueError(
            "X must not be negative with weighting='bm25', which counts purchases; got "
            f"{documents.data.min():g}. Take weighting=None, or leave out returns."
        )


def center_users(interactions: csr_array) -> csr_array:
    """Take from every value the mean of its user's values."""
    counts = np.diff(interactions.indptr)
    means = interactions.sum(axis=1) / np.maximum(counts, 1)
    values = interactions.data - np.repeat(means, counts)
    # What only rounding keeps from being the mean is the mean.
    values[np.abs(values) <= 1e-14 * np.abs(interactions.data)] = 0.0
    return csr_array((values, interactions.indices, interactions.indptr), shape=interactions.shape)
