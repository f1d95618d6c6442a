"""
From a log to scores and names
==============================

One row a purchase becomes one row a customer; recency, frequency and money become
scores, and scores become names. The cut points are learnt once, so that the same
customer is scored alike next month, and equal customers score alike today.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd

from custbase import RFMScorer
from custbase.datasets import load_cdnow
from custbase.features import check_log, rfm_summary, update_summary
from custbase.segmentation import segment_actions

# %%
# First the log itself: what would a careful analyst check?

log = load_cdnow()
checks = check_log(log, end="1998-06-30")
print(checks[["check", "severity", "count"]].to_string(index=False))

# %%
# One row a customer as of the end of March 1998. Nothing after ``end`` is looked at.

march = rfm_summary(log, end="1998-03-31")
print(march[["customer_id", "frequency", "recency", "T", "monetary_value"]].head())

# %%
# Scores and names:

scorer = RFMScorer().set_output(transform="pandas").fit(march)
scores = scorer.transform(march)
names = scorer.predict(march)
table = march.join(scores).assign(name=names)
print(table.groupby("name")[["recency_score", "frequency_score", "monetary_score"]].mean().round(1))

# %%
# Three months later: fold in the new days instead of summarising the whole log again,
# which gives the same up to the rounding of money, and score with the cut points of March.

june = update_summary(
    march, log[log["date"] > "1998-03-31"], previous_end="1998-03-31", end="1998-06-30"
)
pd.testing.assert_frame_equal(june, rfm_summary(log, end="1998-06-30"), rtol=1e-9)
change = pd.crosstab(names, scorer.predict(june), rownames=["March"], colnames=["June"])
print(change.to_string())

# %%
# Where they stand, and what could be done:

counts = pd.Series(scorer.predict(june)).value_counts().sort_values()
figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
bars = ax.barh(counts.index, counts, color="#0072B2")
ax.bar_label(bars, padding=3)
ax.set(xlabel="Customers at the end of June 1998")
ax.margins(x=0.1)
plt.show()

profile = counts.rename_axis("name").to_frame("size")
print(segment_actions(profile)[["action"]].to_string())
