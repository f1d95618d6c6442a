"""
Networks that know most spend nothing
=====================================

:class:`~custbase.value.CLVRegressor` answers with a distribution: the probability of any
spend, its expected value and its quantiles. What models of purchases say of a customer can be
columns among others.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from custbase import CLVRegressor, GammaGammaModel, ParetoNBDModel, ValueCalibrationDisplay
from custbase.datasets import make_transactions
from custbase.features import make_snapshots
from custbase.metrics import bootstrap_difference, decile_mape, normalized_gini

# %%
# The table
# ---------
#
# 8,000 customers as they were known on a day, and what they spent in the half year after it.
# Missing values are those of customers without a second purchase.

log, _ = make_transactions(8000, random_state=0)
cutoff = log["date"].max() - pd.Timedelta(weeks=26)
X, y = make_snapshots(log, cutoffs=str(cutoff.date()), horizon=26, target="spend")
X = X.fillna(0)
known, asked, spent, truth = train_test_split(X, y, random_state=0)
print(f"{len(X):,} customers, {(y == 0).mean():.0%} of them spent nothing")

# %%
# A distribution for each customer
# --------------------------------

network = CLVRegressor(random_state=0).fit(known, spent)
answers = pd.DataFrame(
    {
        "expected": network.predict(asked),
        "any": network.predict_positive(asked),
        "median": network.predict_quantile(asked, 0.5),
        "one in ten above": network.predict_quantile(asked, 0.9),
    },
    index=asked.index,
)
print(answers.sort_values("expected", ascending=False).iloc[::250].round(2).to_string())

# %%
# Whether such quantiles hold can be counted, on customers that were not learnt from. Most of
# them spend nothing, so low quantiles are 0 and more customers than q lie at or below them; high
# quantiles should hold.

for q in (0.5, 0.75, 0.9, 0.95):
    share = np.mean(truth <= network.predict_quantile(asked, q))
    print(f"quantile of {q:.0%}: {share:.1%} spent at most so much")

# %%
# A hybrid
# --------
#
# Models of purchases learn without knowing what came after. What they say goes in as columns.

purchases = ParetoNBDModel(horizon=26).fit(known)
worth = GammaGammaModel().fit(known)


def extend(table: pd.DataFrame) -> pd.DataFrame:
    """Add what models of purchases and of spend say."""
    counted, each = purchases.predict(table), worth.predict(table)
    alive = purchases.predict_alive(table)
    return table.assign(expected=counted, alive=alive, each=each, product=counted * each)


hybrid = CLVRegressor(random_state=0).fit(extend(known), spent)
predicted = {
    "network": network.predict(asked),
    "hybrid": hybrid.predict(extend(asked)),
    "Pareto/NBD x gamma-gamma": purchases.predict(asked) * worth.predict(asked),
}
for name, values in predicted.items():
    gini, mape = normalized_gini(truth, values), decile_mape(truth, values)
    print(f"{name}: Gini {gini:.3f}, decile MAPE {mape:.3f}")
more = bootstrap_difference(
    normalized_gini, truth, predicted["hybrid"], predicted["network"], random_state=0
)
print(f"hybrid against network, Gini: {more.low:+.3f} to {more.high:+.3f}")

figure, ax = plt.subplots(figsize=(6.4, 5), layout="constrained")
for name in ("network", "hybrid"):
    ValueCalibrationDisplay.from_predictions(
        truth, predicted[name], name=name, currency="USD", random_state=0, ax=ax
    )
plt.show()
