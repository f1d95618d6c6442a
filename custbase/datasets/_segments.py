"""Tables of customers in segments that are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from .._memory import refuse_beyond_memory
from .._params import ARRAY, NONE, RANDOM_STATE, Number, OneOf, check_value

Draw = Callable[[np.random.RandomState, tuple[int, int]], np.ndarray]

POSITIVE = Number(0, low_open=True)
N_CANDIDATES = 32
T_FREEDOM = 3.0
LOG_SD = 0.75


class Kind(NamedTuple):
    """How the rows of a segment lie around its centre."""

    draw: Draw  # (rng, shape) -> values of mean 0 and variance 1
    unequal: bool = True  # segments differ in spread and, unless weights are given, in size
    correlated: bool = False  # features of a segment differ in spread and are correlated


def _draw_normal(rng: np.random.RandomState, shape: tuple[int, int]) -> np.ndarray:
    """Draw standard normal values."""
    return rng.standard_normal(shape)


def _draw_heavy_tailed(rng: np.random.RandomState, shape: tuple[int, int]) -> np.ndarray:
    """Draw rows of a multivariate t distribution, which share their tail."""
    scale = np.sqrt((T_FREEDOM - 2) / rng.chisquare(T_FREEDOM, (shape[0], 1)))
    return rng.standard_normal(shape) * scale


def _draw_uniform(rng: np.random.RandomState, shape: tuple[int, int]) -> np.ndarray:
    """Draw uniform values."""
    return rng.uniform(-np.sqrt(3), np.sqrt(3), shape)


def _draw_lognormal(rng: np.random.RandomState, shape: tuple[int, int]) -> np.ndarray:
    """Draw lognormal values, skewed to the right."""
    mean = np.exp(LOG_SD**2 / 2)
    sd = mean * np.sqrt(np.expm1(LOG_SD**2))
    return (rng.lognormal(0, LOG_SD, shape) - mean) / sd


KINDS = {
    "gaussian": Kind(_draw_normal),
    "isotropic": Kind(_draw_normal, unequal=False),
    "anisotropic": Kind(_draw_normal, correlated=True),
    "heavy_tailed": Kind(_draw_heavy_tailed),
    "uniform": Kind(_draw_uniform),
    "lognormal": Kind(_draw_lognormal),
}


def make_segments(
    n_samples: int = 1000,
    *,
    n_clusters: int = 4,
    n_features: int = 3,
    kind: str = "gaussian",
    separation: float = 5.0,
    weights: Any = None,
    outlier_fraction: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw customers in segments whose number, shape and separation are known.

    Parameters
    ----------
    n_samples : int, default=1000
        Rows, at least one a segment.
    n_clusters : int, default=4
        Segments; 1 for data without structure.
    n_features : int, default=3
        Columns.
    kind : str, default="gaussian"
        How rows lie around the centre of their segment:

        - "gaussian": normal, round; segments differ in size and spread;
        - "isotropic": normal, round, all of one size and spread;
        - "anisotropic": normal, stretched in directions of their own, so
          that features are correlated; segments differ in size and spread;
        - "heavy_tailed": Student t with 3 degrees of freedom; differ likewise;
        - "uniform": a box; differ likewise;
        - "lognormal": skewed to the right; differ likewise.
    separation : float, default=5.0
        Distance of the two centres that are closest, in standard deviations;
        no two are closer, and with ``n_clusters=1`` it has no meaning. See
        Notes.
    weights : array of shape (n_clusters,), default=None
        Sizes of the segments, in any unit. None for equal ones if `kind` is
        "isotropic", and otherwise for sizes drawn so that the largest is at
        most three times the smallest.
    outlier_fraction : float, default=0.0
        Share of rows that belong to no segment: label -1, uniform over the
        box that the other rows fill.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; the same seed gives the same bits.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        The rows, in random order.
    labels : ndarray of shape (n_samples,)
        Segment of each row, 0 to ``n_clusters - 1``, or -1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    MemoryError
        If the rows, or the covariances of the segments, would not fit into memory.

    See Also
    --------
    make_customers : A table of customers with mixed columns.

    Notes
    -----
    Two centres at the distance d along the unit vector u are separated by
    d / ((s_i + s_j) / 2), where s_i is the standard deviation of segment i
    along u. Centres are placed one by one, each the most separated of 32
    candidates in a box; then all distances are scaled so that the smallest
    separation equals `separation`. Two normal segments of one size and
    covariance are told apart, at best, with an error of at most
    Phi(-separation / 2): 16 % at 2, 2.3 % at 4, 0.6 % at 5.

    Standard deviations differ between segments by up to a factor of 3, and so
    do those of the axes of one "anisotropic" segment.

    Examples
    --------
    >>> from custbase.datasets import make_segments
    >>> X, labels = make_segments(600, n_clusters=3, random_state=0)
    >>> X.shape, sorted(set(labels.tolist()))
    ((600, 3), [0, 1, 2])

    One box of customers, in which any segment is imagined:

    >>> X, labels = make_segments(600, n_clusters=1, kind="uniform", random_state=0)
    """
    one_or_more = Number(1, integer=True)
    check_value("n_samples", n_samples, one_or_more)
    check_value("n_clusters", n_clusters, one_or_more)
    check_value("n_features", n_features, one_or_more)
    check_value("kind", kind, OneOf(tuple(KINDS)))
    check_value("separation", separation, POSITIVE)
    check_value("weights", weights, ARRAY, NONE)
    check_value("outlier_fraction", outlier_fraction, Number(0, 1, high_open=True))
    check_value("random_state", random_state, *RANDOM_STATE)
    _refuse_large(int(n_samples), int(n_clusters), int(n_features))
    rng = check_random_state(random_state)
    family = KINDS[kind]

    n_outliers = round(outlier_fraction * n_samples)
    sizes = _draw_sizes(rng, n_samples - n_outliers, n_clusters, family, weights)
    factors = _draw_factors(rng, n_clusters, n_features, family)
    centers = _place_centers(rng, factors, separation)

    labels = np.repeat(np.arange(n_clusters), sizes)
    X = np.empty((n_samples, n_features))
    rows = X[: labels.size]
    for label, (center, factor) in enumerate(zip(centers, factors, strict=True)):
        rows[labels == label] = center + family.draw(rng, (sizes[label], n_features)) @ factor
    X[labels.size :] = rng.uniform(rows.min(axis=0), rows.max(axis=0), (n_outliers, n_features))

    order = rng.permutation(n_samples)
    return X[order], np.concatenate([labels, np.full(n_outliers, -1)])[order]


def _refuse_large(n_samples: int, n_clusters: int, n_features: int) -> None:
    """Raise if there is no memory for what is drawn, twice of each at the peak."""
    rows = n_samples * (n_features + 1)
    placing = n_clusters * n_features * (n_features + 2 * N_CANDIDATES)
    refuse_beyond_memory(
        16 * (rows + placing),
        f"n_samples={n_samples}, n_clusters={n_clusters} and n_features={n_features} need",
        "Ask for fewer.",
    )


def _draw_sizes(
    rng: np.random.RandomState, n_rows: int, n_clusters: int, kind: Kind, weights: Any
) -> np.ndarray:
    """Share the rows out by weight, at least one a segment."""
    if n_rows < n_clusters:
        raise ValueError(
            f"n_samples must leave a row for each of the n_clusters={n_clusters} segments; "
            f"got {n_rows} without the outliers."
        )
    if weights is None:
        weights = rng.uniform(1, 3, n_clusters) if kind.unequal else np.ones(n_clusters)
    else:
        if np.shape(weights) != (n_clusters,):
            raise ValueError(
                f"weights must be n_clusters={n_clusters} numbers; got shape {np.shape(weights)}."
            )
        for i, weight in enumerate(weights):
            check_value(f"weights[{i}]", weight, POSITIVE)
    shares = np.asarray(weights, dtype=float) / np.sum(weights)
    cuts = np.round(np.cumsum(shares) * (n_rows - n_clusters)).astype(int)
    return 1 + np.diff(cuts, prepend=0)


def _draw_factors(
    rng: np.random.RandomState, n_clusters: int, n_features: int, kind: Kind
) -> np.ndarray:
    """Draw a matrix F a segment, (n_clusters, n_features, n_features), of covariance F'F."""
    sds = np.ones((n_clusters, n_features))
    if kind.unequal:
        sds *= rng.uniform(0.5, 1.5, (n_clusters, 1))
    if not kind.correlated:
        return sds[:, :, None] * np.eye(n_features)
    sds *= rng.uniform(0.5, 1.5, sds.shape)
    rotations, _ = np.linalg.qr(rng.standard_normal((n_clusters, n_features, n_features)))
    return sds[:, :, None] * rotations


def _place_centers(
    rng: np.random.RandomState, factors: np.ndarray, separation: float
) -> np.ndarray:
    """Spread centres in a box, then scale it so that the smallest separation is as asked."""
    n_clusters, n_features, _ = factors.shape
    centers = np.zeros((n_clusters, n_features))
    closest = np.inf
    for i in range(1, n_clusters):
        candidates = rng.uniform(-1, 1, (N_CANDIDATES, n_features))
        reach = _separations(candidates, factors[i], centers[:i], factors[:i]).min(axis=1)
        best = reach.argmax()
        centers[i] = candidates[best]
        closest = min(closest, reach[best])
    return (centers - centers.mean(axis=0)) * separation / closest


def _separations(
    points: np.ndarray, factor: np.ndarray, centers: np.ndarray, factors: np.ndarray
) -> np.ndarray:
    """Separate points, as centres of one covariance, from centres: (n_points, n_centers)."""
    gaps = points[:, None, :] - centers
    distances = np.linalg.norm(gaps, axis=2)
    directions = gaps / distances[:, :, None]
    sd_points = np.linalg.norm(directions @ factor.T, axis=2)
    sd_centers = np.linalg.norm(np.einsum("pcf,caf->pca", directions, factors), axis=2)
    return distances * 2 / (sd_points + sd_centers)
