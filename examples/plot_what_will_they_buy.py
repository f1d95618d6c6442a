"""
What will they buy next?
========================

From a log to recommendations that were tuned on one quarter, compared on the next, and say
what they are because of: :class:`~custbase.recommendation.NeighborRecommender` beside what is
popular and what customers bought before.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.model_selection import GridSearchCV

from custbase import (
    EASERecommender,
    FactorRecommender,
    InteractionEncoder,
    NeighborRecommender,
    PopularityRecommender,
)
from custbase.datasets import make_purchases
from custbase.metrics import coverage, ndcg_at_k, novelty, recall_at_k
from custbase.model_selection import split_by_time

# %%
# The log
# -------
#
# A year of purchases. It is generated, so that the best possible answer is known: how likely
# each customer is to buy each product.

repeats = 0.2
log, truth = make_purchases(1500, repeat_rate=repeats, random_state=0)
print(log.head().to_string(index=False))

# %%
# Tune on the third quarter
# -------------------------
#
# What was known at the end of June, and what was bought in the 13 weeks after it. Customers who
# first came in that time are left out, with a warning; here they are kept, and get what is
# popular.

summer = split_by_time(log, cutoff="2024-06-30", horizon=13, new_users="keep")
grid = {
    "kind": ["item", "user"],
    "weighting": [None, "tfidf", "bm25"],
    "n_neighbors": [20, 50, 100, 200],
}
search = GridSearchCV(NeighborRecommender(), grid, cv=3).fit(summer.history, summer.held_out)
tried = pd.DataFrame(search.cv_results_["params"]).assign(
    ndcg=search.cv_results_["mean_test_score"]
)
tried = tried.fillna({"weighting": "None"}).sort_values("ndcg", ascending=False)
print(tried.head().round(4).to_string(index=False))

factors = FactorRecommender(16, random_state=0)
grid = {"regularization": [0.01, 1.0, 10.0, 30.0, 100.0]}
factor_search = GridSearchCV(factors, grid, cv=3).fit(summer.history, summer.held_out)
print(factor_search.best_params_)

# %%
# Compare on the fourth
# ---------------------
#
# What was chosen in the summer is tested in the autumn. First of all products that are new to
# the customer:

autumn = {"cutoff": "2024-09-30", "new_users": "keep"}
history, held_out, customers, encoder = split_by_time(log, **autumn)
recommenders = {
    "Popular": PopularityRecommender(),
    "Neighbours, item": NeighborRecommender(),
    "Neighbours, user": NeighborRecommender(kind="user"),
    "Neighbours, tuned": NeighborRecommender(**search.best_params_),
    "Factors, tuned": factor_search.best_estimator_,
    "EASE": EASERecommender(),
}
new = {name: each.fit(history).predict(history) for name, each in recommenders.items()}

columns = pd.Index(truth.products["product_id"]).get_indexer(encoder.items_)
affinity = truth.affinity[customers - 1][:, columns]
had = history.toarray()
new["The truth"] = np.argsort(np.where(had > 0, 0, -affinity), axis=1)[:, :10]

measures = {
    name: {
        "ndcg": ndcg_at_k(held_out, items),
        "recall": recall_at_k(held_out, items),
        "coverage": coverage(items, history.shape[1]),
        "novelty": novelty(items, history),
    }
    for name, items in new.items()
}
print(pd.DataFrame(measures).T.round(3).to_string())

# %%
# Then of any products, where what a customer bought most often is the answer to beat. The tuned
# neighbours are customers, and a customer is its own nearest neighbour. A fifth of the purchases
# repeat an earlier one, and the truth knows that, too:

later = split_by_time(log, **autumn, repeats="keep").held_out
popularity = recommenders["Popular"].popularity_
shares = had / np.maximum(had.sum(axis=1, keepdims=True), 1)
again = {
    name: recommenders[name].recommend(history, exclude_seen=False)[0]
    for name in ("Popular", "Neighbours, tuned", "Factors, tuned")
}
again["Bought before"] = np.argsort(-(had + popularity / 1e6), axis=1, kind="stable")[:, :10]
again["The truth"] = np.argsort(-(repeats * shares + (1 - repeats) * affinity), axis=1)[:, :10]

# %%
# Intervals are from the differences among customers, of whom some are easy and some are hard.


def ndcg_of_each(items: np.ndarray, bought: csr_array) -> np.ndarray:
    """NDCG customer by customer, of those who bought."""
    asked = np.flatnonzero(np.diff(bought.indptr))
    return np.array([ndcg_at_k(bought[[row]], items[[row]]) for row in asked])


figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6), layout="constrained", sharex=True)
panels = [("Products new to the customer", new, held_out), ("Any products", again, later)]
scores = {}
for ax, (title, answers, bought) in zip(axes, panels, strict=True):
    scores[title] = {name: ndcg_of_each(items, bought) for name, items in answers.items()}
    for place, (name, each) in enumerate(scores[title].items()):
        error = 1.96 * each.std(ddof=1) / np.sqrt(len(each))
        is_learnt = name.startswith(("Neighbours", "Factors", "EASE"))
        color = "#0072B2" if is_learnt else "#8C8C8C"
        ax.errorbar(each.mean(), place, xerr=error, fmt="o", capsize=3, color=color)
    ax.set_yticks(range(len(answers)), list(answers))
    ax.set_ylim(len(answers) - 0.5, -0.5)
    ax.set_title(title, loc="left", fontsize="medium")
    ax.grid(axis="x", alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_xlim(left=0)
figure.supxlabel("NDCG of 10 recommendations, with 95% interval", fontsize="medium")
plt.show()

# %%
# Customers are the same for all, so that a difference is surer than the intervals show:

for title, each in scores.items():
    tuned = each.pop("Neighbours, tuned")
    for name, other in each.items():
        gain = tuned - other
        error = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
        print(f"{title}: tuned neighbours less {name} {gain.mean():+.3f} ± {error:.3f}")

# %%
# Recommend
# ---------
#
# Today everything is known. The first customer, three products, and what they are because of;
# ``taste`` is the group of the product, which the recommender does not know.

encoder = InteractionEncoder()
purchases = encoder.fit_transform(log)
recommender = NeighborRecommender(**search.best_params_).fit(purchases)
items, scores = recommender.recommend(purchases[:1], 3)
reasons = recommender.explain(purchases[:1], items)
taste = truth.products.set_index("product_id")["taste"]
for column in ("item", "past_item"):
    reasons[column] = encoder.decode_items(reasons[column])
reasons["taste"] = taste[reasons["item"]].to_numpy()
reasons["past_taste"] = taste[reasons["past_item"]].to_numpy()
print("taste of the customer:", truth.customers["taste"][0])
print(
    reasons.groupby("item", sort=False).head(3).drop(columns="row").round(2).to_string(index=False)
)

# %%
# How many of all recommendations serve the customer's own taste:

own = truth.customers["taste"].to_numpy()[:, None]
for name, each in (("popular", PopularityRecommender().fit(purchases)), ("tuned", recommender)):
    served = taste[encoder.decode_items(each.predict(purchases)).ravel()].to_numpy().reshape(-1, 10)
    print(f"{name}: {(served == own).mean():.0%}")
