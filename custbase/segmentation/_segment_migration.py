"""Who moved between segments, and whether the segments have drifted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.special import chdtrc

from .._inputs import refuse_lazy_frame
from .._joins import refuse_other_spelling
from .._warn import warn
from ..exceptions import CustbaseWarning

# The field's usual threshold of the population stability index.
LARGE_INDEX = 0.2
SIGNIFICANCE = 0.05


class SegmentMigration(NamedTuple):
    """What became of the customers of each segment, as `segment_migration` describes it."""

    transitions: pd.DataFrame
    segments: pd.DataFrame
    moved: float
    population_stability_index: float
    p_value: float
    drift: bool


def segment_migration(old: Any, new: Any) -> SegmentMigration:
    """Compare the segments of customers at two times.

    Parameters
    ----------
    old, new : array or Series of shape (n_customers,)
        Segments, numbers or text. Arrays hold the same customers in the same
        order. Two pandas Series are joined by their index, whose entries name the
        customers: those only in `old` have left, those only in `new` have joined.
        Noise, -1, is a segment like the others here.

    Returns
    -------
    SegmentMigration
        A named tuple:

        - ``transitions``, a DataFrame of the customers known at both times: one row a
          segment of `old`, one column a segment of `new`, the same segments in both;
          customers who stayed are on the diagonal;
        - ``segments``, a DataFrame of one row a segment: ``old`` and ``new``, its
          customers at either time; ``share_old`` and ``share_new``, their shares of
          all customers of that time; ``stayed``, ``moved_in`` and ``moved_out``, of
          the customers known at both times; ``joined``, those known only at the new
          time, and ``left``, only at the old one; ``psi``, its part of the index.
          ``old`` is stayed + moved_out + left, ``new`` is stayed + moved_in + joined;
        - ``moved``, the share of the customers known at both times who are in another
          segment; NaN if there are none;
        - ``population_stability_index``, how far the shares of the segments differ;
          0 if they are equal;
        - ``p_value``, the probability of shares that differ at least as much by
          chance;
        - ``drift``, whether the index is above 0.2 and the p-value below 0.05.

    Raises
    ------
    TypeError
        If one of both is a Series and the other is not, labels cannot be sorted, or
        customers are numbers in one index and text in the other.
    ValueError
        If arrays differ in length, a label is missing, an index names a customer
        twice, or there are no customers.

    Warns
    -----
    CustbaseWarning
        If no customer is in both.

    See Also
    --------
    SegmentClusterer : Its `align_to` gives segments the ids they had before.

    Notes
    -----
    Ids must mean the same segments at both times: predict both with one fitted
    clusterer, or fit the later one with `align_to`.

    With p and q the old and new shares of a segment, the population stability
    index is ``sum (q - p) log(q / p)``; a segment without customers at one time
    counts as half a customer. Above 0.2 it is usually called a large change, but
    few customers reach that by chance. Drift is therefore asked for a second
    sign: that the shares differ at the 5 % level.

    The test is that of Stuart and Maxwell [1]_ [2]_ where all customers are known
    at both times (for two segments that of McNemar), extended to customers who
    left or joined: the differences d of the shares are sums over customers,

        d = sum_i z_i,  z_i = (e_i,new - r) / n_new - (e_i,old - r) / n_old,

    each term only where the customer is known, e the unit vector of the segment
    and r the shares at both times together. The statistic ``d' V^- d`` with
    ``V = sum_i z_i z_i'`` has a chi-square distribution with rank(V) degrees of
    freedom when customers move independently and shares stay what they are.

    References
    ----------
    .. [1] A. Stuart, "A test for homogeneity of the marginal distributions in a
       two-way classification", Biometrika 42, 1955.
    .. [2] A. E. Maxwell, "Comparing the classification of subjects by two
       independent judges", British Journal of Psychiatry 116, 1970.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.segmentation import segment_migration
    >>> spring = pd.Series(["loyal", "loyal", "new", "new"], index=["ann", "bob", "cem", "dee"])
    >>> autumn = pd.Series(["loyal", "lost", "loyal", "new"], index=["ann", "bob", "cem", "eve"])
    >>> migration = segment_migration(spring, autumn)
    >>> migration.transitions
    new    lost  loyal  new
    old
    lost      0      0    0
    loyal     1      1    0
    new       0      1    0
    >>> migration.segments[["old", "new", "stayed", "moved_in", "moved_out", "joined", "left"]]
             old  new  stayed  moved_in  moved_out  joined  left
    segment
    lost       0    1       0         1          0       0     0
    loyal      2    2       1         1          1       0     0
    new        2    1       0         0          1       1     1
    >>> migration.drift
    False
    """
    old, new = _as_labels(old, new)
    customers = old.index.union(new.index, sort=False)
    segments = _sort_labels(pd.unique(pd.concat([old, new])))
    # Position of the segment of every customer; -1 where the customer is not known.
    before = segments.get_indexer(old).take(old.index.get_indexer(customers))
    after = segments.get_indexer(new).take(new.index.get_indexer(customers))
    before[~customers.isin(old.index)] = -1
    after[~customers.isin(new.index)] = -1

    k = len(segments)
    counts = np.zeros((k + 1, k + 1), dtype=np.int64)
    np.add.at(counts, (before, after), 1)
    moves, joined, left = counts[:k, :k], counts[k, :k], counts[:k, k]
    stayed, n_both = np.diag(moves), moves.sum()
    n_old, n_new = moves.sum(axis=1) + left, moves.sum(axis=0) + joined
    psi = _stability_index(n_old, n_new)
    p_value = _test_shares(moves, n_old, n_new)
    table = {
        "old": n_old,
        "new": n_new,
        "share_old": n_old / n_old.sum(),
        "share_new": n_new / n_new.sum(),
        "stayed": stayed,
        "moved_in": moves.sum(axis=0) - stayed,
        "moved_out": moves.sum(axis=1) - stayed,
        "joined": joined,
        "left": left,
        "psi": psi,
    }
    return SegmentMigration(
        transitions=pd.DataFrame(
            moves, index=segments.rename("old"), columns=segments.rename("new")
        ),
        segments=pd.DataFrame(table, index=segments.rename("segment")),
        moved=float(1 - stayed.sum() / n_both) if n_both else float("nan"),
        population_stability_index=float(psi.sum()),
        p_value=p_value,
        drift=bool(psi.sum() > LARGE_INDEX and p_value < SIGNIFICANCE),
    )


def _as_labels(old: Any, new: Any) -> tuple[pd.Series, pd.Series]:
    """Both as Series whose indexes name the customers, without gaps and repeats."""
    joined = isinstance(old, pd.Series)
    if joined != isinstance(new, pd.Series):
        names = ("old", "new") if joined else ("new", "old")
        raise TypeError(
            f"old and new must both be pandas Series, joined by their index, or both arrays; only "
            f"{names[0]} is a Series. Make {names[1]} one, or pass {names[0]}.to_numpy()."
        )
    old, new = _as_series(old, "old"), _as_series(new, "new")
    if joined:
        refuse_other_spelling(old.index, new.index, "old", "new")
        if not old.index.isin(new.index).any():
            warn(
                f"No customer is in both old and new, by their indexes: {len(old)} left and "
                f"{len(new)} joined. Give both the ids of customers as index.",
                CustbaseWarning,
            )
    if not joined and len(old) != len(new):
        raise ValueError(
            "old and new must hold the same customers when they are arrays; got "
            f"{len(old)} and {len(new)} labels. Use Series, which are joined by their index."
        )
    return old, new


def _as_series(labels: Any, argument: str) -> pd.Series:
    """One label a customer, checked."""
    refuse_lazy_frame(labels, argument)
    if not isinstance(labels, pd.Series):
        column = nw.from_native(labels, pass_through=True, allow_series=True)
        # numpy would spell out what is missing in a list of text.
        kind = object if isinstance(labels, list | tuple) else None
        values = np.asarray(column if isinstance(column, nw.Series) else labels, dtype=kind)
        if values.ndim != 1:
            raise ValueError(
                f"{argument} must hold one label a customer; got an array of shape {values.shape}."
            )
        labels = pd.Series(values).infer_objects()
    if labels.empty:
        raise ValueError(f"{argument} must hold at least one customer; got none.")
    if missing := int(labels.isna().sum()):
        raise ValueError(
            f"{argument} must have a label for every customer; {missing} of {len(labels)} are "
            "missing. Drop them: customers in one Series only are counted apart."
        )
    repeated = labels.index[labels.index.duplicated()]
    if len(repeated):
        raise ValueError(
            f"{argument} must name every customer once in its index; {repeated[0]!r} occurs more "
            "than once. Keep one row a customer."
        )
    if isinstance(labels.dtype, pd.CategoricalDtype):
        labels = labels.astype(labels.cat.categories.dtype)
    return labels


def _sort_labels(labels: Iterable[Any]) -> pd.Index:
    """Labels in ascending order."""
    try:
        return pd.Index(labels).sort_values()
    except TypeError as error:
        raise TypeError(
            "old and new must hold labels of one kind, all numbers or all text; got both."
        ) from error


def _stability_index(n_old: np.ndarray, n_new: np.ndarray) -> np.ndarray:
    """Part of every segment in the population stability index."""
    p, q = (np.maximum(n, 0.5) / n.sum() for n in (n_old, n_new))
    return (q - p) * np.log(q / p)


def _test_shares(moves: np.ndarray, n_old: np.ndarray, n_new: np.ndarray) -> float:
    """Probability of shares as different, from the customers' moves and all there were."""
    difference = n_new / n_new.sum() - n_old / n_old.sum()
    pooled = (n_old + n_new) / (n_old + n_new).sum()
    units = np.eye(len(pooled)) - pooled
    after, before = units / n_new.sum(), units / n_old.sum()
    mixed = after.T @ moves.T @ before
    variance = (after.T * n_new) @ after + (before.T * n_old) @ before - mixed - mixed.T
    values, axes = np.linalg.eigh(variance)
    kept = values > 1e-10 * max(values[-1], 1e-300)
    if not kept.any():
        return 1.0
    statistic = float((((difference @ axes[:, kept]) ** 2) / values[kept]).sum())
    return float(chdtrc(kept.sum(), statistic))
