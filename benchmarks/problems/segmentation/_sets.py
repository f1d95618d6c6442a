"""Customers whose number of segments is known, drawn for choosing it.

A set has 2 to 10 columns and 300 to 3,000 rows. Its segments

- hold 0.4 / k of the rows each, the rest being shared by a Dirichlet(2) draw;
- have standard deviations between 1/2 and 3/2, log-uniform, in all directions
  ("normal" and "heavy-tailed") or in each of d random directions by itself
  ("stretched"); rows are normal, or Student t with 4 degrees of freedom of the same
  variance ("heavy-tailed");
- lie apart: along the line that joins them, any two centres are at least 4 times
  the mean of their standard deviations from each other. Of two normal segments of
  one size and spread, 2.3 % of the rows then lie nearer to the other centre. Centres
  are uniform in a cube that starts too small and grows by 2 % with every centre that
  lies too near to those before it.

Sets without structure are uniform boxes, round normal clouds, correlated normal
clouds, and correlated lognormal amounts in whole cents, after the logarithm. Columns
of all sets are standardised, as after a StandardScaler.

Sets are numbered from FIRST_SET. Those below it were looked at when the rule of the
elbow was settled; those from it on were not.
"""

from __future__ import annotations

import numpy as np

FIRST_SET = 20_261_122
SEPARATION = 4.0
T_FREEDOM = 4
SEGMENTED = ("normal", "stretched", "heavy-tailed")
STRUCTURELESS = ("uniform box", "round normal", "correlated normal", "log of lognormal")


def draw_segmented(kind: str, k: int, seed: int) -> np.ndarray:
    """Rows of k segments of a kind."""
    rng = np.random.default_rng([SEGMENTED.index(kind), k, FIRST_SET + seed])
    n_rows, n_columns = _draw_shape(rng)
    shares = 0.4 / k + 0.6 * rng.dirichlet(np.full(k, 2.0))
    sizes = np.diff(np.round(n_rows * shares.cumsum()).astype(int), prepend=0)
    factors = [_draw_factor(rng, n_columns, stretched=kind == "stretched") for _ in sizes]
    centers = _place_centers(rng, factors)
    parts = []
    for size, factor, center in zip(sizes, factors, centers, strict=True):
        rows = rng.standard_normal((size, n_columns))
        if kind == "heavy-tailed":
            rows *= np.sqrt((T_FREEDOM - 2) / rng.chisquare(T_FREEDOM, (size, 1)))
        parts.append(center + rows @ factor)
    return _standardise(rng.permutation(np.concatenate(parts)))


def draw_structureless(kind: str, seed: int) -> np.ndarray:
    """Rows of one cloud of a kind."""
    rng = np.random.default_rng([len(SEGMENTED) + STRUCTURELESS.index(kind), FIRST_SET + seed])
    n_rows, n_columns = _draw_shape(rng)
    if kind == "uniform box":
        return _standardise(rng.random((n_rows, n_columns)))
    rows = rng.standard_normal((n_rows, n_columns))
    if kind == "round normal":
        return _standardise(rows)
    rows = rows @ rng.standard_normal((n_columns, n_columns))
    if kind == "correlated normal":
        return _standardise(rows)
    medians, spreads = rng.uniform(5, 500, n_columns), rng.uniform(0.5, 1.5, n_columns)
    amounts = medians * np.exp(spreads * rows / rows.std(axis=0))
    return _standardise(np.log(amounts.round(2).clip(0.01)))


def _draw_shape(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(300, 3001)), int(rng.integers(2, 11))


def _draw_factor(rng: np.random.Generator, n_columns: int, *, stretched: bool) -> np.ndarray:
    """Draw a matrix F of a segment whose covariance is F'F."""
    low, high = np.log([0.5, 1.5])
    if not stretched:
        return np.exp(rng.uniform(low, high)) * np.eye(n_columns)
    directions, _ = np.linalg.qr(rng.standard_normal((n_columns, n_columns)))
    return np.exp(rng.uniform(low, high, (n_columns, 1))) * directions


def _place_centers(rng: np.random.Generator, factors: list[np.ndarray]) -> list[np.ndarray]:
    """Place centres one by one, as far apart as they must be."""
    n_columns = len(factors[0])
    side = 1.0
    centers: list[np.ndarray] = []
    while len(centers) < len(factors):
        center = side * rng.random(n_columns)
        factor = factors[len(centers)]
        if all(_lie_apart(center, factor, *other) for other in zip(centers, factors, strict=False)):
            centers.append(center)
        else:
            side *= 1.02
    return centers


def _lie_apart(
    center: np.ndarray, factor: np.ndarray, other_center: np.ndarray, other_factor: np.ndarray
) -> bool:
    gap = center - other_center
    distance = np.linalg.norm(gap)
    along = gap / distance
    mean = (np.linalg.norm(factor @ along) + np.linalg.norm(other_factor @ along)) / 2
    return bool(distance >= SEPARATION * mean)


def _standardise(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)
