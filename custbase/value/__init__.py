"""What customers are worth: models of purchases, of spend, and networks."""

from ._btyd_regressor import BTYDRegressor

__all__ = ["BTYDRegressor"]
