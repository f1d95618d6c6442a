"""Who is leaving, and whom to keep."""

from ._churn_classifier import ChurnClassifier

__all__ = ["ChurnClassifier"]
