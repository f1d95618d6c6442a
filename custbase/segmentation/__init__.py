"""Who are my customers: segments, how many there are, what each is like, what to do with it."""

from ._action_rules import action_rules
from ._segment_actions import segment_actions
from ._segment_clusterer import SegmentClusterer
from ._segment_migration import segment_migration

__all__ = ["SegmentClusterer", "action_rules", "segment_actions", "segment_migration"]
