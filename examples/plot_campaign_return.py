"""
What a campaign returns, with and without a control group
=========================================================

A campaign contacts customers, they spend, and its report divides what they spent
by what it cost. That figure is *attributed*: it counts revenue that would have
come anyway. Where some customers were left out at random, their mean spend is the
baseline, and :class:`~custbase.finance.CampaignFinance` reports what the campaign
*caused* beside it.
"""

# sphinx_gallery_thumbnail_number = 2
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from custbase import CampaignDisplay, CampaignFinance

# %%
# A campaign whose effect is known
# --------------------------------
#
# Loyal customers spend 40 on average whether contacted or not; occasional ones
# spend 5, and 5 more if they are contacted; lapsed ones hardly react.

rng = np.random.default_rng(0)
usual = {"loyal": 40.0, "occasional": 5.0, "lapsed": 1.0}
effect = {"loyal": 0.0, "occasional": 5.0, "lapsed": 0.3}
segment = rng.choice(list(usual), size=6000, p=[0.2, 0.5, 0.3])
contacted = rng.random(6000) < 0.5
mean = pd.Series(segment).map(usual) + contacted * pd.Series(segment).map(effect)
customers = pd.DataFrame({"segment": segment, "contacted": contacted})
customers["spend"] = rng.gamma(0.5, mean / 0.5)

treated, control = customers[customers["contacted"]], customers[~customers["contacted"]]

# %%
# The report
# ----------
#
# The baseline of each customer is the mean of the control group in the same segment.

baseline = treated["segment"].map(control.groupby("segment")["spend"].mean())
campaign = CampaignFinance(
    "segment",
    implementation_cost=1000.0,
    marketing_budget=2000.0,
    cost_per_contact=0.5,
    margin_rate=0.6,
    random_state=0,
).fit(treated, treated["spend"], baseline=baseline)
columns = ["n_customers", "total_revenue", "total_cost", "roi_pct", "incremental_roi_pct"]
print(campaign.report_[columns].round(1).to_string())

# %%
# On attributed revenue the loyal customers look best by far. What the campaign caused
# them to spend is nothing in truth, and may be nothing by the report: the interval of
# their incremental value reaches from loss to profit. That of the occasional ones does not.

bounds = ["incremental_npv", "incremental_npv_low", "incremental_npv_high"]
print(campaign.report_[bounds].round(0).to_string())

# %%
# As a figure, on attributed revenue:

CampaignDisplay.from_estimator(campaign)

# %%
# The next campaign
# -----------------
#
# ``predict`` is the margin that a contact caused less its cost, so it says whom to
# contact; fixed costs are spent either way.

for name in usual:
    gain = campaign.predict(pd.DataFrame({"segment": [name]}))[0]
    print(f"contacting one {name} customer brings {gain:.2f}")

# %%
# A budget for contacts goes where it returns most. ``allocate`` needs to know how the
# return falls with spend; these curves are assumptions, fitted to nothing. The
# shadow price is the profit of one more unit of money.

curves = {
    "loyal": lambda x: 300 * np.log1p(x / 2000),
    "occasional": lambda x: 6000 * np.log1p(x / 3000),
    "lapsed": lambda x: 500 * np.log1p(x / 400),
}
plan = campaign.allocate(3000.0, response=curves)
print(plan.table.round(1), f"\nshadow price {plan.shadow_price:.2f}")

# %%
# How a repetition could turn out, customers being different ones of the same kind:

draws = campaign.simulate(2000, random_state=0)
figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.hist(draws["contribution_profit"], bins=40, color="#0072B2")
ax.axvline(0, color="black", linewidth=1)
ax.set(xlabel="Margin of contacted customers less costs", ylabel="Draws of 2,000")
plt.show()
