"""How near, how good, how much: plain functions on arrays that measure."""

from ._distances import pairwise_distances
from ._neighbors import nearest_neighbors
from ._silhouette import squared_silhouette_samples

__all__ = ["nearest_neighbors", "pairwise_distances", "squared_silhouette_samples"]
