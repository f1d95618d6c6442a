"""
Churn from a log of purchases
=============================

Without contracts nobody says goodbye: a customer has left who buys nothing for long enough.
:func:`~custbase.features.make_snapshots` turns a log into customers as they were known on a
day, and what they did afterwards; :class:`~custbase.churn.ChurnClassifier` learns from it.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import matplotlib.pyplot as plt
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import roc_auc_score

from custbase import ChurnClassifier, GainsDisplay
from custbase.datasets import load_cdnow
from custbase.features import make_snapshots
from custbase.metrics import expected_calibration_error

log = load_cdnow()
print(log.head(3).to_string(index=False))

# %%
# Customers as of a day
# ---------------------
#
# On two days of 1997 we look at everybody who bought in the half year before: who has been
# away for longer has left already. One week is for acting; whoever buys nothing in the 13
# weeks after it has left. Nothing that happens after a cut-off is in its features.

question = {"horizon": 13, "gap": 1, "max_inactivity": 26}
X, y = make_snapshots(log, cutoffs=["1997-09-08", "1997-12-15"], end="1998-03-23", **question)
print(X.iloc[[0, -1]].T.round(2).to_string())
print(y.groupby("cutoff").agg(["size", "mean"]).round(3).to_string())

# %%
# The test is the future
# ----------------------
#
# Trained on what was known by 23 March 1998, tested on the 13 weeks after the week from then
# on. Snapshots of one customer on two days resemble each other: as ``groups`` they are held
# out together when probabilities are calibrated. The rule to beat: who has been away longest
# leaves.

churn = ChurnClassifier(random_state=0)
churn.fit(X, y, groups=X.index.get_level_values("customer_id"))
later, left = make_snapshots(log, cutoffs="1998-03-24", **question)
p = churn.predict_proba(later)[:, 1]
print(f"{len(later)} customers, of whom {left.mean():.0%} left")
print(f"AUC {roc_auc_score(left, p):.3f}; of inactivity alone "
      f"{roc_auc_score(left, later['inactivity']):.3f}")  # fmt: skip
print(f"expected calibration error {expected_calibration_error(left, p, n_bins=5):.3f}")

figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.2), layout="constrained")
GainsDisplay.from_predictions(left, p, name="Highest probability first", ax=axes[0])
GainsDisplay.from_predictions(left, later["inactivity"], name="Longest away first", ax=axes[0])
CalibrationDisplay.from_predictions(
    left, p, n_bins=5, strategy="quantile", name="churn", ax=axes[1]
)
plt.show()

# %%
# What it looks at:

print(churn.drivers_[["importance", "high_risk", "high_probability"]].head(5).round(3).to_string())

# %%
# Customers of today
# ------------------
#
# On the last day of the log nobody knows yet who leaves: ``target=None``. Training takes the
# latest cut-off whose horizon is over, too. A customer who stays is worth 30 % of what it
# spent in half a year; an offer costs 2 and a contact 0.20; 2 in 10 accept.

cutoffs = ["1997-09-08", "1997-12-15", "1998-03-24"]
X, y = make_snapshots(log, cutoffs=cutoffs, **question)
today, _ = make_snapshots(log, cutoffs="1998-06-30", target=None, **question)
churn = ChurnClassifier(
    "logistic", incentive_cost=2.0, contact_cost=0.2, accept_rate=0.2, random_state=0
).fit(X, y, groups=X.index.get_level_values("customer_id"))
worth = 0.3 * today["value_last_26"]
chosen = churn.select(today, customer_value=worth)
profit = churn.expected_profit(today, worth)
print(f"{chosen.sum()} of {len(today)} customers, expected profit {profit[chosen].sum():.2f} USD")
print(today[chosen].assign(p=churn.predict_proba(today[chosen])[:, 1], worth=worth[chosen])
      [["frequency", "inactivity", "worth", "p"]].head().round(2).to_string())  # fmt: skip
