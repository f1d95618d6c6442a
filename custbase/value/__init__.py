"""What customers are worth: models of purchases, of spend, and networks."""

from ._btyd_regressor import BTYDRegressor
from ._clv_regressor import CLVRegressor
from ._spend_regressor import SpendRegressor

__all__ = ["BTYDRegressor", "CLVRegressor", "SpendRegressor"]
