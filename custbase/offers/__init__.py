"""Whom to contact with which offer."""

from ._response_classifier import ResponseClassifier

__all__ = ["ResponseClassifier"]
