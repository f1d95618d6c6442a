"""
What are they worth?
====================

From a log to what every customer will spend: by models of purchases, which learn from
histories alone, and by a model that learns from what customers spent afterwards. Both are
compared on customers that they have not seen, and added up by segment.
"""

# sphinx_gallery_thumbnail_number = 3
from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import KFold, cross_val_predict

from custbase import (
    BetaGeoModel,
    BTYDRegressor,
    FrequencyRecencyDisplay,
    ParetoNBDModel,
    RFMScorer,
    SpendRegressor,
    TrackingDisplay,
    ValueCalibrationDisplay,
)
from custbase.datasets import load_cdnow
from custbase.features import make_snapshots, rfm_summary
from custbase.metrics import (
    bootstrap_difference,
    bootstrap_interval,
    decile_mape,
    normalized_gini,
)

# %%
# How often will they come back?
# ------------------------------
#
# The customers made their first purchase in early 1997. Two models are fitted to the purchases
# until September; the nine months after it show whether they are right.

log = load_cdnow()
days = {"end": "1997-09-30", "holdout_end": "1998-06-30"}
summary = rfm_summary(log, **days)

figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for model in (BetaGeoModel(), ParetoNBDModel()):
    model.fit(summary)
    TrackingDisplay.from_estimator(model, log, **days, ax=axes[0])
    TrackingDisplay.from_estimator(model, log, **days, cumulative=False, ax=axes[1])

# %%
# What a customer is expected to do depends on how often and until when they bought: many
# purchases that ended long ago are worth less than a few until lately.

purchases = ParetoNBDModel(horizon=39).fit(summary)
FrequencyRecencyDisplay.from_estimator(purchases, summary, unit="W")
plt.show()

# %%
# What will they spend?
# ---------------------
#
# ``BTYDRegressor`` multiplies expected purchases by what a purchase is worth. ``SpendRegressor``
# learns from what customers of that day spent in the 39 weeks after it, from all that
# ``make_snapshots`` knows of them. Each customer is predicted by a model that has seen others
# only.

X, y = make_snapshots(log, cutoffs="1997-09-30", horizon=39, target="spend")
folds = KFold(5, shuffle=True, random_state=0)
models = {
    "Pareto/NBD x gamma-gamma": BTYDRegressor("pareto_nbd", horizon=39),
    "SpendRegressor": SpendRegressor("linear", random_state=0),
}
predicted = {name: cross_val_predict(model, X, y, cv=folds) for name, model in models.items()}
# What they have spent so far, in as long a time: the rule to beat.
predicted["as so far"] = (X["total_value"] / X["T"] * 39).to_numpy()

rows = {}
for name, spend in predicted.items():
    gini = bootstrap_interval(normalized_gini, y, spend, random_state=0)
    rows[name] = {
        "Gini": gini.estimate,
        "from": gini.low,
        "to": gini.high,
        "decile MAPE": decile_mape(y, spend),
        "total / actual": spend.sum() / y.sum(),
    }
print(pd.DataFrame(rows).T.round(3).to_string())

# %%
# The Gini says whether the right customers are at the top, the decile MAPE whether the money is
# right. Is the difference more than chance? Both models are asked about the same customers,
# drawn again and again:

first, second = models
for metric in (normalized_gini, decile_mape):
    more = bootstrap_difference(metric, y, predicted[second], predicted[first], random_state=0)
    print(f"{metric.__name__}: {more.estimate:+.3f}, 95 % from {more.low:+.3f} to {more.high:+.3f}")

figure, ax = plt.subplots(figsize=(6.4, 5), layout="constrained")
for name in models:
    ValueCalibrationDisplay.from_predictions(
        y, predicted[name], name=name, currency="USD", random_state=0, ax=ax
    )
plt.show()

# %%
# What is at stake?
# -----------------
#
# The sum over a segment is what is lost if all of it is.

segments = RFMScorer().fit(summary).predict(summary)
worth = pd.DataFrame({"segment": segments, "expected": predicted[second], "spent": y.to_numpy()})
print(
    worth.groupby("segment")
    .agg(
        customers=("expected", "size"),
        expected_each=("expected", "mean"),
        at_stake=("expected", "sum"),
        spent=("spent", "sum"),
    )
    .sort_values("at_stake", ascending=False)
    .round(1)
    .to_string()
)
