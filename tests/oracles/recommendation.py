"""Recommendations by the definitions, on dense matrices, one number at a time."""

from __future__ import annotations

import math

import numpy as np


def weighted(documents, weighting, learnt=None):
    """Rows weighed by what was learnt of other rows, or of themselves."""
    learnt = documents if learnt is None else learnt
    if weighting is None:
        return documents.astype(float)
    n_rows = len(learnt)
    have = (learnt != 0).sum(axis=0)
    mean_length = learnt.sum() / n_rows or 1.0
    out = np.zeros(documents.shape)
    for row, column in np.argwhere(documents):
        r, n = documents[row, column], have[column]
        if weighting == "tfidf":
            out[row, column] = r * (math.log((1 + n_rows) / (1 + n)) + 1)
        else:
            length = documents[row].sum() / mean_length
            idf = math.log(1 + (n_rows - n + 0.5) / (n + 0.5))
            out[row, column] = idf * 2.2 * r / (r + 1.2 * (0.25 + 0.75 * length))
    return out


def centered(X, known):
    """Values less the mean of their user's known values."""
    out = np.zeros(X.shape)
    for row in range(len(X)):
        if known[row].any():
            out[row, known[row]] = X[row, known[row]] - X[row, known[row]].mean()
    return np.where(np.abs(out) <= 1e-13 * np.abs(X), 0, out)


def similarity(a, b, metric, shrinkage, a_known=None, b_known=None, asymmetry=0.5):
    """Similarity of two rows; 0 if it is not positive."""
    if metric == "jaccard":
        a_known = a != 0 if a_known is None else a_known
        b_known = b != 0 if b_known is None else b_known
        common = (a_known & b_known).sum()
        return common / (a_known.sum() + b_known.sum() - common + shrinkage) if common else 0.0
    product = float(a @ b)
    if product <= 0:
        return 0.0
    if asymmetry != 0.5:
        sizes = float(a @ a) ** (1 - asymmetry) * float(b @ b) ** asymmetry
        return product / (sizes + shrinkage)
    sizes = float(a @ a) * float(b @ b)
    return product / (math.sqrt(sizes) + shrinkage) if shrinkage else math.sqrt(product**2 / sizes)


def similarities(rows, others, metric, shrinkage, asymmetry=0.5):
    found = [
        [similarity(a, b, metric, shrinkage, asymmetry=asymmetry) for b in others] for a in rows
    ]
    return np.array(found).reshape(len(rows), len(others))


def compared(X, kind, metric, weighting, learnt=None):
    """Rows that are compared: items or customers."""
    if kind == "item":
        users = weighted(X.T, weighting).T
        users = centered(users, X != 0) if metric == "correlation" else users
        return users.T
    users = weighted(X, weighting, learnt)
    return centered(users, X != 0) if metric == "correlation" else users


def best(row, n):
    """The n largest positive numbers, of equal ones the first; others are 0."""
    out = np.zeros(len(row))
    for place in sorted(range(len(row)), key=lambda place: (-row[place], place))[:n]:
        out[place] = max(row[place], 0.0)
    return out


def rounding_decides(X, queries, *, kind, metric, weighting, shrinkage, asymmetry=0.5):
    """Tell whether similarities differ, or are positive, by rounding alone."""
    rows = compared(X, kind, metric, weighting)
    asked = rows if kind == "item" else compared(queries, kind, metric, weighting, learnt=X)
    sims = np.sort(similarities(asked, rows, metric, shrinkage, asymmetry), axis=1)
    gaps = np.diff(sims, axis=1)
    return bool(((gaps > 0) & (gaps < 1e-9)).any() or ((sims > 0) & (sims < 1e-9)).any())


def neighbor_scores(
    X, queries, *, n_neighbors, kind, metric, weighting, shrinkage, prune="source", asymmetry=0.5
):
    """Scores of all items for all queries."""
    if kind == "item":
        items = compared(X, kind, metric, weighting)
        sims = similarities(items, items, metric, shrinkage, asymmetry)
        np.fill_diagonal(sims, 0.0)
        lists = np.array([best(row, n_neighbors) for row in sims])
        return queries @ (lists if prune == "source" else lists.T)
    sims = similarities(
        compared(queries, kind, metric, weighting, learnt=X),
        compared(X, kind, metric, weighting),
        metric,
        shrinkage,
        asymmetry,
    )
    return np.array([best(row, n_neighbors) for row in sims]).reshape(len(queries), -1) @ X


def recommend(scores, queries, popularity, n, *, fallback=True, exclude_seen=True, items=None):
    """Items of positive score, then popular ones, then nothing."""
    n_items = queries.shape[1]
    indices, found = np.full((len(queries), n), -1), np.full((len(queries), n), np.nan)
    asked = range(n_items) if items is None else sorted(set(items))
    for row in range(len(queries)):
        free = [item for item in asked if not (exclude_seen and queries[row, item] != 0)]
        ranked = sorted((i for i in free if scores[row, i] > 0), key=lambda i: (-scores[row, i], i))
        rest = sorted((i for i in free if i not in ranked), key=lambda i: (-popularity[i], i))
        listed = (ranked + (rest if fallback else []))[:n]
        indices[row, : len(listed)] = listed
        n_scored = min(len(ranked), n)
        found[row, :n_scored] = scores[row, ranked[:n_scored]]
    return indices, found


def predicted_ratings(X, queries, *, n_neighbors, kind, metric, shrinkage):
    """Ratings of all items, before they are clipped; NaN baselines never occur."""
    known, query_known = X != 0, queries != 0
    mean = X[known].mean() if known.any() else 0.0
    items, users = np.zeros(X.shape[1]), np.zeros(len(X))
    for _ in range(10):
        for u in range(len(X)):
            users[u] = (X - mean - items)[u, known[u]].sum() / (15 + known[u].sum())
        for i in range(X.shape[1]):
            items[i] = (X - mean - users[:, None])[known[:, i], i].sum() / (10 + known[:, i].sum())

    def levels(ratings, is_known):
        own = [
            (ratings[u] - mean - items)[is_known[u]].sum() / (15 + is_known[u].sum())
            for u in range(len(ratings))
        ]
        return mean + np.reshape(own, (-1, 1)) + items

    query_levels = levels(queries, query_known)
    deviations = np.where(known, X - levels(X, known), 0)
    query_deviations = np.where(query_known, queries - query_levels, 0)

    def view(ratings, residuals, is_known):
        return {
            "cosine": residuals,
            "correlation": centered(ratings, is_known),
            "jaccard": is_known.astype(float),
        }[metric]

    fitted = view(X, deviations, known)
    asked = view(queries, query_deviations, query_known)
    ratings = query_levels.copy()
    for u in range(len(queries)):
        for j in range(X.shape[1]):
            if kind == "item":
                parts = [i for i in np.flatnonzero(query_known[u]) if i != j]
                sims = [similarity(fitted[:, j], fitted[:, i], metric, shrinkage) for i in parts]
                values = [query_deviations[u, i] for i in parts]
            else:
                parts = np.flatnonzero(known[:, j])
                sims = [similarity(asked[u], fitted[v], metric, shrinkage) for v in parts]
                values = [deviations[v, j] for v in parts]
            sims = best(np.array(sims), n_neighbors)
            if sims.sum() > 0:
                ratings[u, j] += sims @ np.array(values) / sims.sum()
    return ratings
