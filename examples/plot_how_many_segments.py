"""
How many segments? Seven answers, and what to believe
=====================================================

Every criterion for the number of segments finds five clear ones. The question is what
it says about customers who differ by degree only: there the right answer is one, which
some criteria cannot give at all. This example asks all seven of
:class:`~custbase.segmentation.SegmentClusterer` about both kinds of table.
"""

# sphinx_gallery_thumbnail_number = 2
from __future__ import annotations

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from custbase import ElbowDisplay, SegmentClusterer, SilhouetteDisplay
from custbase.datasets import make_customers, make_segments
from custbase.exceptions import CustbaseWarning

# %%
# Two tables
# ----------
#
# In the first, five kinds of customers. In the second, what a shop knows about its
# customers: who buys more products spends more, and some complain, most of them never.
# Nobody planted segments there.


def scale(table: pd.DataFrame) -> np.ndarray:
    """Logarithms against the skew, then variance 1."""
    logs = np.log1p(table.to_numpy())
    return (logs - logs.mean(axis=0)) / logs.std(axis=0)


five_kinds, _ = make_segments(1000, n_clusters=5, n_features=3, random_state=0)
shop = make_customers(1000, random_state=0)
by_degree = scale(shop[["products_purchased", "complaints", "money_spent"]])
tables = {"five kinds": five_kinds, "by degree": by_degree}

# %%
# Seven criteria
# --------------
#
# The segments are the same whatever the criterion; it only chooses among them. Some choose
# the largest number that they may, of which fit warns: a limit is no finding.

warnings.simplefilter("ignore", CustbaseWarning)
CRITERIA = ["elbow", "gap", "consensus", "bic", "kneedle", "silhouette", "calinski_harabasz"]
fitted = {
    (criterion, name): SegmentClusterer(criterion=criterion, random_state=0).fit(table)
    for criterion in CRITERIA
    for name, table in tables.items()
}
answers = pd.Series({key: clusterer.n_clusters_ for key, clusterer in fitted.items()}).unstack()
print(answers.loc[CRITERIA, list(tables)].to_string())

# %%
# The elbow and the gap compare the table with boxes that hold no segments, and say "one"
# where it does no better. The consensus can say so too, but is not sure of it here:
# complaints are 0, 1, 2 or more, and groups by complaints come back in most samples, so its
# answer depends on which are drawn. Without that column it does not:

for columns, name in [([0, 1, 2], "all columns"), ([0, 2], "without complaints")]:
    numbers = [
        SegmentClusterer(criterion="consensus", random_state=seed)
        .fit(by_degree[:, columns])
        .n_clusters_
        for seed in range(3)
    ]
    print(f"consensus, {name}, three seeds:", numbers)

# %%
# BIC can say one, but believes in round segments of one variance, and takes any other
# cloud for several. Kneedle finds a knee in every convex curve. Silhouette and
# Calinski-Harabasz begin at two.
#
# :class:`~custbase.plot.ElbowDisplay` draws every score, green, beside the inertia, blue,
# which looks much the same in both tables; the dotted line is what was chosen. The dashed
# curve of the elbow is what data without segments would show: the five kinds fall below it.

figure, axes = plt.subplots(len(CRITERIA), 2, figsize=(9.6, 17), layout="constrained", sharex=True)
for (criterion, name), ax in zip(fitted, axes.flat, strict=True):
    display = ElbowDisplay.from_estimator(fitted[criterion, name], ax=ax)
    ax.get_legend().remove()
    title = f"{name}: {criterion} says {display.chosen}"
    ax.set_title(title, loc="left", fontsize="medium")
    ax.set(xlabel="", ylabel="Inertia")
for ax in axes[-1]:
    ax.set_xlabel("Number of segments")
plt.show()

# %%
# A knee depends on where the curve ends
# --------------------------------------
#
# The customers are the same; only the largest number that is tried differs.

knees = pd.DataFrame(index=["kneedle", "elbow"])
for max_clusters in [6, 12, 24]:
    for criterion in knees.index:
        clusterer = SegmentClusterer(
            criterion=criterion, max_clusters=max_clusters, random_state=0
        ).fit(by_degree)
        knees.loc[criterion, max_clusters] = clusterer.n_clusters_
print(knees.astype(int).rename_axis(columns="max_clusters").to_string())

# %%
# Segments that come back
# -----------------------
#
# Would other customers of the same shop have given the same segments? With
# ``criterion="consensus"``, ``stability_`` answers for every segment, also where their
# number is given: the mean Jaccard similarity to its counterpart in bootstrap samples.
# Above 0.75 a segment is stable, below 0.6 it is doubtful.

for name, table in tables.items():
    for n_clusters in [5, 6]:
        clusterer = SegmentClusterer(n_clusters, criterion="consensus", random_state=0)
        stability = np.sort(clusterer.fit(table).stability_)[::-1]
        print(f"{name}, {n_clusters} segments:", stability.round(2))

# %%
# The sixth segment splits one of the five kinds, and both halves are doubtful. But look at
# the second table: there five pieces of one cloud come back as well. A cloud is cut
# along its longest axis and between its counts every time. To be stable is necessary, not
# sufficient; that is why the consensus asks for segments that are clearly more stable
# than those of a box.
#
# Silhouettes show customer by customer how clear the borders are:

figure, axes = plt.subplots(1, 2, figsize=(9.6, 4), layout="constrained")
for ax, (name, table) in zip(axes, tables.items(), strict=True):
    clusterer = SegmentClusterer(5, random_state=0).fit(table)
    SilhouetteDisplay.from_estimator(clusterer, table, ax=ax)
    ax.set_title(name, loc="left", pad=24)
plt.show()

# %%
# What to believe
# ---------------
#
# - Start with the elbow, the default. It takes the steps of counts and flags into account.
#   If it says one, there is probably nothing to find: describe customers by scores, such
#   as those of :class:`~custbase.features.RFMScorer`, and not by segments.
# - If much depends on it, ask the gap and the consensus too. If all three agree on several
#   segments, that is good evidence. If they do not, or another seed changes the answer, look
#   for a column with few values first, as here; else the segments overlap, and the
#   stability says which of them not to rely on.
# - Whoever needs a partition all the same, one letter a group, asks for it with
#   ``min_clusters=2`` or a number, and knows that it cuts a continuum. Silhouette and
#   Calinski-Harabasz then choose compact groups.

partition = SegmentClusterer(min_clusters=2, criterion="silhouette", random_state=0)
print("compact groups:", partition.fit(by_degree).n_clusters_)
