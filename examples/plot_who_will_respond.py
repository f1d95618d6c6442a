"""
Who will respond to the next offer
==================================

From an earlier campaign, whose responses are known, to whom to write next, with
:class:`~custbase.offers.ResponseClassifier`: a probability that can be believed, and money.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import CalibrationDisplay

from custbase import CampaignFinance, GainsDisplay, ResponseClassifier
from custbase.datasets import make_customers
from custbase.metrics import expected_calibration_error, lift_score

# %%
# An earlier campaign
# -------------------
#
# Everybody got the catalogue; one in ten ordered. A sale earns 25, a catalogue costs 2.

earlier = make_customers(4000, random_state=0)
audience = make_customers(4000, random_state=1)
columns = earlier.loc[:, "age":"satisfaction"].columns
print(earlier[[*columns, "responded"]].head(3).to_string())

models = {
    name: ResponseClassifier(name, margin=25.0, contact_cost=2.0, random_state=0).fit(
        earlier[columns], earlier["responded"]
    )
    for name in ("logistic", "svm", "boosting")
}

# %%
# Three models of it
# ------------------
#
# Whatever the model, scores of customers that it had not seen made its probabilities.

answered = audience["responded"]
figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.2), layout="constrained")
for name, model in models.items():
    p = model.predict_proba(audience[columns])[:, 1]
    print(f"{name:9} lift of the best tenth {lift_score(answered, p, fraction=0.1):.2f}, "
          f"calibration error {expected_calibration_error(answered, p):.3f}")  # fmt: skip
    gains = GainsDisplay.from_predictions(answered, p, name=name, ax=axes[0])
    CalibrationDisplay.from_predictions(
        answered, p, n_bins=8, strategy="quantile", name=name, ax=axes[1],
        color=gains.line_.get_color(),
    )  # fmt: skip
axes[1].set(xlim=(0, 0.3), ylim=(0, 0.3))
plt.show()

# %%
# Whom to write to
# ----------------
#
# A catalogue pays where the probability is above 2 / 25. With 1,000 to spend, the best 500
# of them get one. What was expected, and what came back:

response = models["logistic"]
pays = response.select(audience[columns])
chosen = response.select(audience[columns], budget=1000.0)
expected = response.expected_profit(audience[columns])
sales = 25.0 * answered.to_numpy()
table = pd.DataFrame(
    {
        "customers": [mask.sum() for mask in (np.ones(4000, bool), pays, chosen)],
        "expected": [expected[mask].sum() for mask in (np.ones(4000, bool), pays, chosen)],
        "came back": [(sales - 2.0)[mask].sum() for mask in (np.ones(4000, bool), pays, chosen)],
    },
    index=["everybody", "whom it pays", "for 1,000"],
)
print(table.round(0).to_string())

# %%
# The report of the campaign counts the same money, with an interval.

campaign = CampaignFinance(cost_per_contact=2.0, random_state=0)
campaign.fit(audience[columns][chosen], sales[chosen])
names = ["total_revenue", "total_cost", "npv", "roi_pct", "roi_pct_low", "roi_pct_high"]
print(campaign.report_.loc["total"].reindex(names).round(1).to_string())

# %%
# Who responds is not who is moved: some would have ordered without a catalogue. To tell them
# apart takes customers who got none.
