"""Warnings and errors that a user may want to catch by name."""

__all__ = [
    "CustbaseWarning",
    "InconsistentVersionWarning",
    "NegativeDenominatorWarning",
    "ZeroDenominatorWarning",
]


class CustbaseWarning(UserWarning):
    """Base of every warning that custbase raises itself."""


class ZeroDenominatorWarning(CustbaseWarning):
    """A ratio divides a non-zero amount by zero, so it is infinite."""


class NegativeDenominatorWarning(CustbaseWarning):
    """A ratio would divide by an amount below zero; it has no meaning there and is NaN."""


class InconsistentVersionWarning(CustbaseWarning):
    """An estimator was pickled by another version of custbase."""
