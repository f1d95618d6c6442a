"""
Segments over time: ids that stay, customers who move
=====================================================

Fitted again next month, a clusterer finds nearly the same segments and numbers them
anew, so that last month's segment 0 may be segment 1 today. With ``align_to``,
:class:`~custbase.segmentation.SegmentClusterer` keeps the ids of the segments that go
on, and :func:`~custbase.segmentation.segment_migration` says who moved, who joined, who
left, and whether the segments have drifted.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler

from custbase import CohortDisplay, SegmentClusterer
from custbase.features import cohort_table
from custbase.segmentation import segment_migration

# %%
# A shop whose customers change their habits
# ------------------------------------------
#
# Regulars buy often and little, others stock up now and then, others come by chance. In
# spring nothing happens but the usual coming and going. In summer a discounter opens
# next door, and the shop begins to deliver to offices.

RATE = np.array([14.0, 5.0, 1.0, 20.0])  # further purchases a quarter
BASKET = np.array([12.0, 70.0, 25.0, 250.0])  # typical amount of a purchase
REGULAR, STOCKING, CHANCE, OFFICE, GONE = range(5)
QUARTERS = pd.period_range("2025Q1", periods=3, freq="Q")

# Row: habit; column: habit in the next quarter.
usual = np.array([[88, 2, 4, 0, 6], [4, 86, 4, 0, 6], [5, 5, 75, 0, 15]]) / 100
discounter = np.array([[40, 2, 38, 0, 20], [4, 84, 6, 0, 6], [2, 5, 78, 0, 15]]) / 100


def change_habits(rng: np.random.Generator, habits: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Draw the habits of the next quarter; who is gone stays away."""
    return np.array([h if h == GONE else rng.choice(5, p=moves[h]) for h in habits])


def draw_purchases(
    rng: np.random.Generator, habits: np.ndarray, quarter: pd.Period
) -> pd.DataFrame:
    """Draw the purchases of one quarter, at least one by everybody who is not gone."""
    customers = np.flatnonzero(habits != GONE)
    customers = customers.repeat(1 + rng.poisson(RATE[habits[customers]]))
    n_days = (quarter.end_time - quarter.start_time).days + 1
    days = pd.to_timedelta(rng.integers(n_days, size=customers.size), unit="D")
    amounts = rng.lognormal(np.log(BASKET[habits[customers]]), 0.4).round(2)
    dates = quarter.start_time + days
    return pd.DataFrame({"customer_id": customers, "date": dates, "amount": amounts})


rng = np.random.default_rng(0)
winter = rng.choice(3, size=1000, p=[0.45, 0.2, 0.35])
new_in_spring = rng.choice(3, size=120, p=[0.3, 0.2, 0.5])
spring = np.append(change_habits(rng, winter, usual), new_in_spring)
new_in_summer = rng.choice([STOCKING, CHANCE, OFFICE], size=200, p=[0.2, 0.4, 0.4])
summer = np.append(change_habits(rng, spring, discounter), new_in_summer)
log = pd.concat(map(draw_purchases, [rng] * 3, [winter, spring, summer], QUARTERS))
print(log.sample(5, random_state=0).to_string(index=False))

# %%
# One row a customer and quarter
# ------------------------------


def describe_quarter(log: pd.DataFrame, quarter: pd.Period) -> pd.DataFrame:
    """Days with a purchase and mean amount of a purchase, for who bought in the quarter."""
    groups = log[log["date"].dt.to_period("Q") == quarter].groupby("customer_id")
    return groups.agg(purchase_days=("date", "nunique"), basket=("amount", "mean"))


tables = {str(quarter): describe_quarter(log, quarter) for quarter in QUARTERS}

# %%
# Two things stay as they were learnt in the first quarter. The **scaler**: centres of
# another quarter are comparable only in the same units. And the **ids**: every further
# fit is given the last centre of every segment there ever was, in a frame with the ids as
# its index: so the centre of one that vanishes waits for a comeback.

scaler = StandardScaler().fit(np.log(tables["2025Q1"]))
clusterers: dict[str, SegmentClusterer] = {}
segments: dict[str, pd.Series] = {}
known: pd.DataFrame | None = None
for name, table in tables.items():
    X = scaler.transform(np.log(table))
    clusterer = SegmentClusterer(random_state=0, align_to=known).fit(X)
    centers = pd.DataFrame(clusterer.cluster_centers_, index=clusterer.segment_ids_)
    known = centers if known is None else centers.combine_first(known)
    clusterers[name] = clusterer
    segments[name] = pd.Series(clusterer.labels_, index=table.index)

    profile = clusterer.profile(X, describe=table)
    by_size = SegmentClusterer(random_state=0).fit_predict(X)
    profile["without align_to"] = pd.crosstab(clusterer.labels_, by_size).idxmax(axis=1)
    columns = ["size", "typical_purchase_days", "typical_basket", "without align_to"]
    print(f"{name}\n{profile[columns].round(1).to_string()}\n")

# %%
# Segment 0 is that of the regulars in every quarter, and the offices get an id of their
# own. Numbered by size, the regulars would be segment 2 in summer.

NAMES = {0: "Regulars", 1: "By chance", 2: "Stocking up", 3: "Offices"}

# %%
# Who moved
# ---------
#
# ``segment_migration`` joins two Series by their index, the customers.

first_change = segment_migration(segments["2025Q1"], segments["2025Q2"])
second_change = segment_migration(segments["2025Q2"], segments["2025Q3"])
for title, change in {"spring": first_change, "summer": second_change}.items():
    index = change.population_stability_index
    print(f"{title}: {change.moved:.0%} of those who stayed customers changed segment,")
    print(f"index {index:.2f}, p = {change.p_value:.3f}, drift: {change.drift}\n")

# %%
# Drift takes two things, an index above 0.2 and shares that differ by more than chance
# explains. In summer both hold, and the table says why: regulars come by chance now or
# not at all, and the offices are new.

counts = second_change.segments.rename(index=NAMES)
print(counts.drop(columns=["share_old", "share_new"]).round(2).to_string(), end="\n\n")
moves = second_change.transitions.rename(index=NAMES, columns=NAMES)
print(moves.to_string())

# %%
# As a picture, with those who joined and who left:

COLORS = {"stayed": "#0072B2", "moved_in": "#56B4E9", "joined": "#009E73"}
LOSSES = {"moved_out": "#E69F00", "left": "#D55E00"}


def draw_bars(ax: plt.Axes, table: pd.DataFrame, colors: dict[str, str], sign: int) -> None:
    """Draw columns of a table as stacked bars, to the right or to the left."""
    ends = sign * table[list(colors)].cumsum(axis=1)
    for column, color in colors.items():
        start = ends[column] - sign * table[column]
        label = column.replace("_", " ")
        ax.barh(table.index, sign * table[column], left=start, color=color, label=label)


changes = {"First to second quarter": first_change, "Second to third": second_change}
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharex=True, sharey=True)
for ax, (title, change) in zip(axes, changes.items(), strict=True):
    table = change.segments.reindex(NAMES, fill_value=0).rename(index=NAMES)
    draw_bars(ax, table, COLORS, +1)
    draw_bars(ax, table, LOSSES, -1)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_title(title, loc="left", fontsize="medium")
    ax.set_xlabel("Customers lost | customers there are")
    ax.xaxis.set_major_formatter(lambda x, _: f"{abs(x):.0f}")
axes[0].invert_yaxis()
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
plt.show()

# %%
# New segments, or old ones?
# --------------------------
#
# Fitted again, segments follow the customers: the centres move, and a new segment is
# found. Those who want a fixed ruler predict with the clusterer of the first quarter
# instead. Then only customers move, but the offices are counted among those who stock up.

ruler = clusterers["2025Q1"]
fixed = {
    name: pd.Series(ruler.predict(scaler.transform(np.log(table))), index=table.index)
    for name, table in tables.items()
}
ruled = segment_migration(fixed["2025Q2"], fixed["2025Q3"])
print(ruled.segments.rename(index=NAMES)[["share_old", "share_new", "psi"]].round(2))

# %%
# And by cohorts
# --------------
#
# Segments say what customers are like, cohorts when they came.
# :func:`~custbase.features.cohort_table` follows those acquired in one month through the
# months after it. The drop runs along the diagonals of July to September: it belongs to
# the summer, not to an age.

CohortDisplay.from_table(cohort_table(log, end="2025-09-30"))
