"""Pictures of fitted estimators, after scikit-learn's Display protocol.

A display holds computed data only. ``from_estimator`` or ``from_predictions``
computes it and draws; ``plot`` draws again, on any axes. Needs matplotlib:
``pip install 'custbase[plot]'``.
"""

from ._campaign import CampaignDisplay
from ._elbow import ElbowDisplay
from ._segment import SegmentDisplay

__all__ = ["CampaignDisplay", "ElbowDisplay", "SegmentDisplay"]
