"""What a campaign returns: the equations, a report by segment, and where the budget goes."""

from ._allocation import Allocation
from ._campaign_finance import CampaignFinance
from ._lifetime import (
    customer_acquisition_cost,
    customer_lifetime_value,
    max_affordable_cac,
    net_present_value,
    payback_period,
)
from ._returns import (
    average_revenue_per_customer,
    break_even_pct,
    marginal_roi,
    marketing_roi_pct,
    profit_margin_pct,
    return_on_investment_pct,
    total_cost,
    total_revenue,
)

__all__ = [
    "Allocation",
    "CampaignFinance",
    "average_revenue_per_customer",
    "break_even_pct",
    "customer_acquisition_cost",
    "customer_lifetime_value",
    "marginal_roi",
    "marketing_roi_pct",
    "max_affordable_cac",
    "net_present_value",
    "payback_period",
    "profit_margin_pct",
    "return_on_investment_pct",
    "total_cost",
    "total_revenue",
]
