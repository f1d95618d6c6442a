"""Warnings and errors that a user may want to catch by name."""

__all__ = ["CustbaseWarning", "InconsistentVersionWarning", "ZeroDenominatorWarning"]


class CustbaseWarning(UserWarning):
    """Base of every warning that custbase raises itself."""


class ZeroDenominatorWarning(CustbaseWarning):
    """A ratio divides a non-zero amount by zero, so it is infinite."""


class InconsistentVersionWarning(CustbaseWarning):
    """An estimator was pickled by another version of custbase."""
