"""The elbow: where inertia has fallen more than it would without segments, and no longer does.

A cloud without segments loses inertia with every further cluster too. A drop
counts only as far as it exceeds what such a cloud could give: the drop of a
uniform box with the covariance of the data, or that of cutting the widest of the
present clusters in two, whichever is larger. The score adds up these excesses: it
climbs as long as further clusters uncover segments, and falls once they only cut
clouds into pieces.

A cut explains at most 3/4 of the variance of a symmetric unimodal distribution
along an axis, the share of the uniform one (two thirds of it for the normal, all
for two distant points): by Khinchine's theorem such a distribution is a mixture of
uniform ones about its centre. So no tail, however heavy, makes a segment.

Counts, prices and flags are recorded in steps, and a step is not a gap between
segments: every value stands for a cell as wide as the (geometric) mean of the gaps
to its neighbours, and the variance inside the cells is added to the inertia, as
Sheppard's correction does for grouped data. Where values lie close it is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._threads import thread_map
from ._gap import FLAT
from ._kmeans import search_inertia
from ._lloyd import Clusters, Solution
from ._rows import Rows, count_distinct_rows, sum_moments, weighted_rows

BOX_SHARE = 0.75  # of the variance along an axis, explained by halving a box
MAX_ROWS = 5000  # rows that the spread of clusters is measured on
BOX_ROWS = 500  # most rows of one reference box
ALL_BOX_ROWS = 5000  # rows of all boxes together
N_DEVIATIONS = 3.0  # of the boxes among each other: a smaller gap is chance
SHAPE_TOLERANCE = 0.05  # of the fall of the boxes: a smaller gap is a matter of shape
LEAST_SCORE = 0.03  # in all: less than 3 % of the inertia is no elbow
CLEAR_RISE = 0.25  # of the gap to the boxes from its lowest point: that shows segments as well
TIE = 0.03  # of the best score: nearer ones are ties, and the fewer segments win
TIE_DEVIATIONS = 0.5  # of the boxes among each other: so are nearer ones


def choose_elbow(
    X: np.ndarray,
    solutions: Sequence[Solution],
    *,
    sample_weight: np.ndarray,
    random_state: np.random.RandomState,
    n_jobs: int | None = 1,
) -> tuple[np.ndarray, int]:
    """Choose among solutions with consecutive numbers of clusters.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The rows that were clustered.
    solutions : sequence of n_curve Solution
        One more cluster each.
    sample_weight : ndarray of shape (n_rows,)
        Weights of the rows.
    random_state : RandomState
        Draws the boxes.
    n_jobs : int or None, default=1
        Threads.

    Returns
    -------
    scores : ndarray of shape (n_curve,)
        Excess of the logarithmic drops of inertia, added up; 0 for the first.
    position : int
        Position of the chosen solution.

    Notes
    -----
    With W_k the inertia and W_k' = W_k + C the one corrected for steps, B_k the
    mean logarithm of the inertia of boxes, and L_k the largest scatter of any
    cluster of k along an axis::

        S_k = S_{k-1} + log(W_{k-1}' / W_k')
                      - max(B_{k-1} - B_k, -log(1 - 3/4 L_{k-1} / W_{k-1}'))

    Chosen is the smallest number whose score is within 3 % of the best, or within half
    the standard deviation of the boxes among each other. It is one cluster if the curve is
    nowhere lower than that of the boxes by more than noise, or if the best score is no
    more than 0.03; then the number counts at which the gap to the boxes has risen most
    from its lowest point, if by 0.25.
    If the first solution has more than one cluster, there is always an elbow.
    """
    n_clusters = [len(solution.centers) for solution in solutions]
    counted = np.flatnonzero(sample_weight > 0)
    if len(counted) > MAX_ROWS:
        counted = np.sort(random_state.choice(counted, MAX_ROWS, replace=False))
    rows, weights = X[counted].astype(np.float64), sample_weight[counted]
    cells = _cell_variances(rows)
    with weighted_rows(rows, weights) as matrix:
        inside = weights * cells.sum(axis=1)
        scatter = np.array([_widest_scatter(matrix, cells, inside, s.centers) for s in solutions])
    total = weights @ ((rows - np.average(rows, axis=0, weights=weights)) ** 2).sum(axis=1)
    if len(solutions) == 1 or total == 0:
        return np.zeros(len(solutions)), 0

    correction = np.average(cells, axis=0, weights=weights).sum() * sample_weight.sum()
    curve = _log_share(np.array([s.inertia for s in solutions]) + correction)
    variances = _principal_variances(rows, weights, cells)
    # A repeated row is no further evidence, just as a row of more weight is none.
    n_distinct = count_distinct_rows(rows, len(rows))
    boxes, noise = _box_curve(variances, n_distinct, n_clusters, random_state, n_jobs)

    sampled = weights.sum() / sample_weight.sum()
    share = scatter * np.exp(-curve) / (sampled * (solutions[0].inertia + correction))
    widest = -np.log1p(-BOX_SHARE * np.clip(share[:-1], 0.0, 1.0))
    excess = -np.diff(curve) - np.maximum(-np.diff(boxes), widest)
    scores = np.concatenate([[0.0], np.cumsum(excess)])
    if n_clusters[0] > 1:
        return scores, _first_at_top(scores, TIE_DEVIATIONS * noise)
    gap, tolerance = boxes - curve, -SHAPE_TOLERANCE * boxes
    if (gap > np.maximum(N_DEVIATIONS * noise, tolerance))[1:].any() and scores.max() > LEAST_SCORE:
        return scores, _first_at_top(scores, TIE_DEVIATIONS * noise)
    # Segments that no single cut lays bare: the first cuts fall behind those of boxes, then the
    # curve catches up and falls clear of them.
    rise = gap - np.minimum.accumulate(gap)
    top = _first_at_top(rise, noise)
    is_clear = rise[top] > max(CLEAR_RISE, N_DEVIATIONS * noise) and gap[top] > tolerance[top]
    return scores, top if is_clear else 0


def _first_at_top(values: np.ndarray, chance: float) -> int:
    """Position of the first value that ties with the largest."""
    best = values.max()
    return int(np.flatnonzero(values >= best - max(TIE * abs(best), chance))[0])


def _box_curve(
    variances: np.ndarray,
    n_rows: int,
    n_clusters: Sequence[int],
    random_state: np.random.RandomState,
    n_jobs: int | None,
) -> tuple[np.ndarray, float]:
    """Mean logarithm of the inertia of boxes, from 0 on, and the noise of a difference to it."""
    size = int(np.clip(n_rows, n_clusters[-1] + 1, BOX_ROWS))
    curves = np.empty((-(-ALL_BOX_ROWS // size), len(n_clusters)))
    boxes = random_state.uniform(-1.0, 1.0, (len(curves), size, len(variances)))
    boxes *= np.sqrt(3.0 * variances)
    seeds = random_state.randint(2**31 - 1, size=len(curves))

    def search(box: np.ndarray, seed: int) -> np.ndarray:
        with weighted_rows(box) as rows:
            return search_inertia(rows, n_clusters, random_state=np.random.RandomState(seed))

    with thread_map(n_jobs, len(curves)) as parallel:
        curves[:] = [_log_share(inertia) for inertia in parallel(search, boxes, seeds)]
    variance = curves[:, 1:].var(axis=0, ddof=1).mean()
    return curves.mean(axis=0), float(np.sqrt(variance * (size / n_rows + 1.0 / len(curves))))


def _log_share(inertia: np.ndarray) -> np.ndarray:
    """Logarithm of the share of the first inertia; none left counts as rounding."""
    return np.log(np.maximum(inertia / inertia[0], 1e-12))


def _cell_variances(rows: np.ndarray) -> np.ndarray:
    """Variance inside the cell that each value stands for."""
    variances = np.zeros(rows.shape)
    for column in range(rows.shape[1]):
        values, positions = np.unique(rows[:, column], return_inverse=True)
        if len(values) > 1:
            gaps = np.diff(values)
            below, above = np.append(gaps[0], gaps), np.append(gaps, gaps[-1])
            variances[:, column] = (below * above / 12)[positions]
    return variances


def _scatter(rows: np.ndarray, weights: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Weighted scatter matrix about the mean, with that inside the cells."""
    centered = rows - (weights @ rows) / weights.sum()
    return (centered.T * weights) @ centered + np.diag(weights @ cells)


def _principal_variances(rows: np.ndarray, weights: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Variances along the principal axes along which the rows differ."""
    values = np.linalg.eigvalsh(_scatter(rows, weights, cells)) / weights.sum()
    return values[values >= FLAT * values[-1]]


def _widest_scatter(
    rows: Rows, cells: np.ndarray, inside: np.ndarray, centers: np.ndarray
) -> float:
    """Largest scatter of any cluster along its main axis, `inside` being that inside the cells."""
    n_clusters = len(centers)
    labels = Clusters(rows, n_clusters).find_labels(centers)
    # All that a cluster scatters bounds what it scatters along one axis: few need a closer look.
    squares = sum_moments(rows, centers, labels).squares
    bounds = squares + np.bincount(labels, inside, n_clusters)
    order = labels.astype(np.min_scalar_type(-n_clusters)).argsort(kind="stable")
    ends = np.searchsorted(labels[order], np.arange(n_clusters + 1))
    widest = 0.0
    for cluster in (-bounds).argsort(kind="stable"):
        if bounds[cluster] <= widest:
            break
        part = order[ends[cluster] : ends[cluster + 1]]
        scatter = _scatter(rows.X[part], rows.weights[part], cells[part])
        widest = max(widest, float(np.linalg.eigvalsh(scatter)[-1]))
    return widest
