"""What customers are worth: models of purchases, of spend, and networks."""

from ._btyd_regressor import BTYDRegressor
from ._spend_regressor import SpendRegressor

__all__ = ["BTYDRegressor", "SpendRegressor"]
