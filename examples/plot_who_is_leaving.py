"""
Who is leaving, and whom to keep
================================

From a raw table of customers to probabilities, money and reasons, with
:class:`~custbase.churn.ChurnClassifier`; then segment by segment.
"""

# sphinx_gallery_thumbnail_number = 2
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import CalibrationDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from custbase import (
    CampaignFinance,
    ChurnClassifier,
    GainsDisplay,
    ProfitCurveDisplay,
    SegmentClusterer,
)
from custbase.datasets import make_customers
from custbase.metrics import (
    expected_calibration_error,
    expected_maximum_profit_interval,
    expected_maximum_profit_score,
)

# %%
# The table
# ---------
#
# Last quarter's customers, and who of them left since; and this quarter's, who are to be
# kept. Some values are missing, some columns are categories: they go in as they are.

last_quarter = make_customers(4000, random_state=0)
this_quarter = make_customers(4000, random_state=1)
columns = last_quarter.loc[:, "age":"satisfaction"].columns
print(last_quarter[[*columns, "churned"]].head().to_string())

# %%
# Probabilities
# -------------

churn = ChurnClassifier(customer_value=150.0, random_state=0)
churn.fit(last_quarter[columns], last_quarter["churned"])
print(churn.selection_.round(4).to_string())

p = churn.predict_proba(this_quarter[columns])[:, 1]
error = expected_calibration_error(this_quarter["churned"], p)
print(f"expected calibration error: {error:.3f}")

figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.2), layout="constrained")
CalibrationDisplay.from_predictions(
    this_quarter["churned"], p, n_bins=10, strategy="quantile", name="churn", ax=axes[0]
)
GainsDisplay.from_predictions(this_quarter["churned"], p, name="Highest first", ax=axes[1])
plt.show()

# %%
# Money
# -----
#
# An incentive of 10, 1 a contact, 3 in 10 accept: contacting pays from a probability of

print(f"{churn.threshold_:.3f}")
display = ProfitCurveDisplay.from_estimator(
    churn, this_quarter[columns], this_quarter["churned"], customer_value=150.0, currency="USD"
)
low, high = expected_maximum_profit_interval(
    this_quarter["churned"], p, customer_value=150.0, random_state=0
)
score = expected_maximum_profit_score(this_quarter["churned"], p, customer_value=150.0)
print(f"best campaign: {display.best_profit:.2f} a customer; if the share that accepts is "
      f"uncertain, {score:.2f}; by chance of the customers {low:.2f} to {high:.2f}")  # fmt: skip
plt.show()

# %%
# With a budget, customers of most profit per cost come first. The report of the campaign
# counts the same money.

chosen = churn.select(this_quarter[columns], budget=2000.0)
value = churn.retention_value(this_quarter[columns])
campaign = CampaignFinance(cost_per_contact=1.0, random_state=0)
campaign.fit(this_quarter[columns][chosen], value[chosen])
print(campaign.report_[["n_customers", "total_revenue", "total_cost", "npv"]].round(2).to_string())

# %%
# Reasons
# -------

print(churn.drivers_.round(4).to_string())

# %%
# The three who are most likely to leave, and what raises their odds:

riskiest = this_quarter[columns].iloc[np.argsort(-p)[:3]]
print(churn.reasons(riskiest).to_string())

# %%
# Segment by segment
# ------------------
#
# Segments say what customers are like, probabilities who leaves: joined, where the money is.

segmenter = make_pipeline(
    FunctionTransformer(np.log1p, feature_names_out="one-to-one"),
    StandardScaler(),
    SegmentClusterer(4, random_state=0),
)
spend = this_quarter[["products_purchased", "complaints", "money_spent"]].astype(float)
table = pd.DataFrame(
    {
        "segment": segmenter.fit_predict(spend),
        "probability": p,
        "profit": np.where(chosen, churn.expected_profit(this_quarter[columns]), 0.0),
        "contacted": chosen,
    }
)
by_segment = table.groupby("segment").agg(
    customers=("probability", "size"),
    leaving=("probability", "mean"),
    contacted=("contacted", "sum"),
    profit=("profit", "sum"),
)
print(by_segment.round(2).to_string())
