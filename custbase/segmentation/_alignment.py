"""Ids of segments: the largest first, or those that earlier segments had."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist


def order_by_size(centers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Positions of segments by weight, the largest first, so that ids hardly depend on the seed."""
    return np.lexsort((*centers.T[::-1], -weights))


def match_ids(centers: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Give each segment the id of the earlier one that it is matched with.

    Parameters
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        Centres of the segments, those that get new ids in the order of these.
    earlier : ndarray of shape (n_earlier, n_features)
        Centres of the earlier segments 0, 1, ...

    Returns
    -------
    ndarray of shape (n_clusters,)
        Distinct ids. The matching is one to one and has the least sum of squared
        distances; segments left over get the ids from n_earlier on, and ids of
        earlier segments left over are not used.
    """
    ids = np.full(len(centers), -1)
    matched, with_earlier = linear_sum_assignment(cdist(centers, earlier, "sqeuclidean"))
    ids[matched] = with_earlier
    new = ids < 0
    ids[new] = len(earlier) + np.arange(new.sum())
    return ids
