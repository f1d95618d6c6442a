"""Ids of segments: the largest first, or those that earlier segments had."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist


def order_by_size(centers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Positions of segments by weight, the largest first, so that ids hardly depend on the seed.

    Of equal weights the smaller centre comes first; what is equal but for rounding is equal.
    """
    return np.lexsort((*map(_round_alike, centers.T[::-1]), _round_alike(-weights)))


def _round_alike(values: np.ndarray) -> np.ndarray:
    """Values that differ by less than a billionth of the largest, made equal."""
    largest = np.abs(values).max(initial=0.0)
    return np.round(values / largest, 9) if largest > 0 else values


class Earlier(NamedTuple):
    """Centres of earlier segments, and their ids."""

    centers: np.ndarray
    ids: np.ndarray


def match_ids(centers: np.ndarray, earlier: Earlier) -> np.ndarray:
    """Give each segment the id of the earlier one that it is matched with.

    Parameters
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        Centres of the segments, those that get new ids in the order of these.
    earlier : Earlier
        The earlier segments.

    Returns
    -------
    ndarray of shape (n_clusters,)
        Distinct ids. The matching is one to one and has the least sum of squared
        distances; segments left over get the ids above the highest earlier one, and
        ids of earlier segments left over are not used.
    """
    ids = np.full(len(centers), -1)
    matched, partners = linear_sum_assignment(cdist(centers, earlier.centers, "sqeuclidean"))
    ids[matched] = earlier.ids[partners]
    new = ids < 0
    ids[new] = earlier.ids.max() + 1 + np.arange(new.sum())
    return ids
