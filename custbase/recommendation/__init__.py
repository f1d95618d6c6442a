"""What customers will buy next."""

from ._checks import check_recommender, recommender_checks
from ._customer_neighbor_recommender import CustomerNeighborRecommender
from ._ease_recommender import EASERecommender
from ._factor_recommender import FactorRecommender
from ._neighbor_recommender import NeighborRecommender
from ._popularity_recommender import PopularityRecommender

__all__ = [
    "CustomerNeighborRecommender",
    "EASERecommender",
    "FactorRecommender",
    "NeighborRecommender",
    "PopularityRecommender",
    "check_recommender",
    "recommender_checks",
]
