"""Pictures of fitted estimators, after scikit-learn's Display protocol.

A display holds computed data only. A class method such as ``from_estimator`` or
``from_predictions`` computes it and draws; ``plot`` draws again, on any axes. Needs
matplotlib: ``pip install 'custbase[plot]'``.
"""

from ._campaign import CampaignDisplay
from ._cohort import CohortDisplay
from ._elbow import ElbowDisplay
from ._frequency_recency import FrequencyRecencyDisplay
from ._gains import GainsDisplay
from ._profile import ProfileDisplay
from ._profit_curve import ProfitCurveDisplay
from ._segment import SegmentDisplay
from ._silhouette import SilhouetteDisplay
from ._tracking import TrackingDisplay
from ._value_calibration import ValueCalibrationDisplay

__all__ = [
    "CampaignDisplay",
    "CohortDisplay",
    "ElbowDisplay",
    "FrequencyRecencyDisplay",
    "GainsDisplay",
    "ProfileDisplay",
    "ProfitCurveDisplay",
    "SegmentDisplay",
    "SilhouetteDisplay",
    "TrackingDisplay",
    "ValueCalibrationDisplay",
]
