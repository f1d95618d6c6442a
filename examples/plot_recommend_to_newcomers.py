"""
What do I recommend to newcomers?
=================================

Of customers who have bought nothing yet, something else is known: here age and region.
:class:`~custbase.recommendation.CustomerNeighborRecommender` recommends what customers of the
same kind bought, until their own purchases say more.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import custbase
from custbase import (
    CustomerNeighborRecommender,
    InteractionEncoder,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase.datasets import make_purchases
from custbase.metrics import ndcg_at_k

# %%
# Known customers, and newcomers
# ------------------------------
#
# Of 3,000 customers the purchases of a year are known; 1,000 more have registered since, and
# what they will buy is looked at only to compare. The log is generated: age and region tell
# something of the taste, but not all.

log, truth = make_purchases(4000, random_state=0)
about = truth.customers.set_index("customer_id")
print(about.head(3).to_string())

is_known = log["customer_id"] <= 3000
counts = log.assign(count=1)
encoder = InteractionEncoder(amount="count").fit(counts[is_known])
purchases = encoder.transform(counts[is_known])
features = about.loc[:3000, ["age", "region"]]
newcomers = about.loc[3001:, ["age", "region"]]

# %%
# What do customers of the same kind buy?
# ---------------------------------------
#
# Numbers are scaled, categories become dummies. How many neighbours are asked is chosen among
# the known customers: in each fold some play newcomers.


def by_kind(n_neighbors: int, columns: list[str]) -> Pipeline:
    """Neighbours by some of the columns."""
    scalers = {"age": StandardScaler(), "region": OneHotEncoder(sparse_output=False)}
    scaled = make_column_transformer(*((scalers[column], [column]) for column in columns))
    return make_pipeline(scaled, CustomerNeighborRecommender(n_neighbors))


grid = {"customerneighborrecommender__n_neighbors": [10, 30, 100, 300, 1000]}
search = GridSearchCV(by_kind(50, ["age", "region"]), grid, cv=3).fit(features, purchases)
tried = pd.DataFrame(search.cv_results_["params"]).assign(
    ndcg=search.cv_results_["mean_test_score"]
)
print(tried.round(4).to_string(index=False))

# %%
# On the day they register
# ------------------------

bought = encoder.transform(counts[~is_known])
popular = PopularityRecommender().fit(purchases)
(best,) = search.best_params_.values()
answers = {"Popular": popular.predict(csr_array(bought.shape))}
for columns in (["age"], ["region"], ["age", "region"]):
    pipe = by_kind(best, columns).fit(features, purchases)
    answers[f"By {' and '.join(columns)}"] = pipe.predict(newcomers)
order = pd.Index(truth.products["product_id"]).get_indexer(encoder.items_)
affinity = truth.affinity[3000:, order]
answers["The truth"] = np.argsort(-affinity, axis=1)[:, :10]
for name, items in answers.items():
    print(f"{name:18} {ndcg_at_k(bought, items):.3f}")

# %%
# After the first purchases
# -------------------------
#
# With each purchase more is known of a customer. Below, the recommendations after the first
# purchases of those newcomers who make more than ten, compared by what they buy later. Products
# that they have are left out, so that there is less and less to be found.


def split_after(n_first: int) -> tuple[csr_array, csr_array]:
    """First purchases of the newcomers, and later ones of other products."""
    is_first = counts[~is_known].groupby("customer_id").cumcount() < n_first
    first = encoder.transform(counts[~is_known].assign(count=is_first.astype(int)))
    later = encoder.transform(counts[~is_known].assign(count=1 - is_first.astype(int)))
    return first, later - later * (first > 0)


neighbors = NeighborRecommender().fit(purchases)
n_purchases = counts[~is_known].groupby("customer_id").size().to_numpy()
is_lively = n_purchases > 10
rows = []
for n_first in range(7):
    first, later = (part[is_lively] for part in split_after(n_first))
    kind, _ = custbase.call(
        search.best_estimator_, "recommend", newcomers[is_lively], history=first
    )
    rows.append(
        {
            "Popular": ndcg_at_k(later, popular.predict(first)),
            "By age and region": ndcg_at_k(later, kind),
            "By own purchases": ndcg_at_k(later, neighbors.predict(first)),
        }
    )
table = pd.DataFrame(rows)
print(table.round(3).to_string())
is_better = table["By own purchases"] > table["By age and region"]
print(f"own purchases recommend better once {is_better.idxmax()} are known")

# %%
# On the left with 95% intervals, from the differences among customers.

figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6), layout="constrained")
for place, (name, items) in enumerate(answers.items()):
    each = np.array([ndcg_at_k(bought[[row]], items[[row]]) for row in range(len(items))])
    error = 1.96 * each.std(ddof=1) / np.sqrt(len(each))
    color = "#0072B2" if name.startswith("By") else "#8C8C8C"
    axes[0].errorbar(each.mean(), place, xerr=error, fmt="o", capsize=3, color=color)
axes[0].set_yticks(range(len(answers)), list(answers))
axes[0].set(xlabel="NDCG on the day they register", xlim=(0, None), ylim=(len(answers) - 0.5, -0.5))
for name, color in zip(table, ("#8C8C8C", "#0072B2", "#E69F00"), strict=True):
    axes[1].plot(table[name], "o-", color=color, label=name)
axes[1].set(xlabel="Purchases that are known", ylabel="NDCG of what comes next")
axes[1].set_ylim(0, 1.1 * table.to_numpy().max())
axes[1].legend(frameon=False, loc="lower right")
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
