"""custbase answers a business's questions about its customers with scikit-learn estimators.

Every public class is importable from here; the functions live in the room of
their question, for instance `custbase.features.rfm_summary`. Nothing is loaded
until it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ._call import call
    from .btyd import (
        BetaGeoModel,
        GammaGammaModel,
        ModifiedBetaGeoModel,
        ParetoNBDModel,
        ShiftedBetaGeoModel,
    )
    from .churn import ChurnClassifier
    from .features import InteractionEncoder, PurchaseSequenceEncoder, RFMScorer
    from .finance import Allocation, CampaignFinance
    from .offers import ResponseClassifier
    from .plot import (
        CampaignDisplay,
        CohortDisplay,
        ElbowDisplay,
        FrequencyRecencyDisplay,
        GainsDisplay,
        ProfileDisplay,
        ProfitCurveDisplay,
        SegmentDisplay,
        SilhouetteDisplay,
        TrackingDisplay,
        ValueCalibrationDisplay,
    )
    from .recommendation import (
        CustomerNeighborRecommender,
        EASERecommender,
        FactorRecommender,
        NeighborRecommender,
        PopularityRecommender,
    )
    from .segmentation import SegmentClusterer
    from .value import BTYDRegressor, CLVRegressor, SpendRegressor

# Public name -> the room it is loaded from on first use (PEP 562).
_HOMES = {
    "Allocation": "finance",
    "BTYDRegressor": "value",
    "BetaGeoModel": "btyd",
    "CLVRegressor": "value",
    "CampaignDisplay": "plot",
    "CampaignFinance": "finance",
    "ChurnClassifier": "churn",
    "CohortDisplay": "plot",
    "CustomerNeighborRecommender": "recommendation",
    "EASERecommender": "recommendation",
    "ElbowDisplay": "plot",
    "FactorRecommender": "recommendation",
    "FrequencyRecencyDisplay": "plot",
    "GainsDisplay": "plot",
    "GammaGammaModel": "btyd",
    "InteractionEncoder": "features",
    "ModifiedBetaGeoModel": "btyd",
    "NeighborRecommender": "recommendation",
    "ParetoNBDModel": "btyd",
    "PopularityRecommender": "recommendation",
    "ProfileDisplay": "plot",
    "ProfitCurveDisplay": "plot",
    "PurchaseSequenceEncoder": "features",
    "RFMScorer": "features",
    "ResponseClassifier": "offers",
    "SegmentClusterer": "segmentation",
    "SegmentDisplay": "plot",
    "ShiftedBetaGeoModel": "btyd",
    "SilhouetteDisplay": "plot",
    "SpendRegressor": "value",
    "TrackingDisplay": "plot",
    "ValueCalibrationDisplay": "plot",
    "call": "_call",
}
_ROOMS = (
    "btyd",
    "churn",
    "datasets",
    "exceptions",
    "features",
    "finance",
    "metrics",
    "model_selection",
    "offers",
    "plot",
    "recommendation",
    "segmentation",
    "value",
)

__all__ = [
    "Allocation",
    "BTYDRegressor",
    "BetaGeoModel",
    "CLVRegressor",
    "CampaignDisplay",
    "CampaignFinance",
    "ChurnClassifier",
    "CohortDisplay",
    "CustomerNeighborRecommender",
    "EASERecommender",
    "ElbowDisplay",
    "FactorRecommender",
    "FrequencyRecencyDisplay",
    "GainsDisplay",
    "GammaGammaModel",
    "InteractionEncoder",
    "ModifiedBetaGeoModel",
    "NeighborRecommender",
    "ParetoNBDModel",
    "PopularityRecommender",
    "ProfileDisplay",
    "ProfitCurveDisplay",
    "PurchaseSequenceEncoder",
    "RFMScorer",
    "ResponseClassifier",
    "SegmentClusterer",
    "SegmentDisplay",
    "ShiftedBetaGeoModel",
    "SilhouetteDisplay",
    "SpendRegressor",
    "TrackingDisplay",
    "ValueCalibrationDisplay",
    "call",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
