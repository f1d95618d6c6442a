"""
Naming segments, and what to do with them
=========================================

Labels are numbers. A shop needs to know whom they stand for: what is typical of each
segment, in the units of the shop and by the categories it knows, what sets the segment
apart, a name, and a first idea of what to do.
:meth:`~custbase.segmentation.SegmentClusterer.profile` answers the former,
:func:`~custbase.segmentation.segment_actions` the latter.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import custbase
from custbase import ProfileDisplay, SegmentClusterer, SegmentDisplay
from custbase.segmentation import action_rules, segment_actions

# %%
# A coffee roaster's customers
# ----------------------------
#
# Four kinds, generated. Nobody at the shop knows the kinds; they know the columns, two of
# them categories and one a yes or no. Some never told where they live.

rng = np.random.default_rng(0)
kind = rng.choice(4, size=1200, p=[0.4, 0.3, 0.2, 0.1])  # households, gifts, cafes, unhappy


def draw_category(categories: list[str], chances: list[list[float]]) -> pd.Categorical:
    """Draw a category for every customer, with the chances of the kind."""
    drawn = [rng.choice(len(categories), p=chances[k]) for k in kind]
    return pd.Categorical.from_codes(drawn, categories)


orders = 1 + rng.poisson(np.array([9, 1, 24, 8])[kind])
basket = rng.lognormal(np.log(np.array([22, 45, 180, 24]))[kind], 0.3)
customers = pd.DataFrame(
    {
        "orders": orders,
        "money_spent": (orders * basket).round(2),
        "complaints": rng.poisson(np.array([0.1, 0.05, 0.3, 5])[kind]),
        "days_since_last_order": rng.lognormal(np.log([20, 120, 12, 60])[kind], 0.4).round(),
        "favourite": draw_category(
            ["beans", "capsules", "gift boxes"],
            [[0.5, 0.45, 0.05], [0.1, 0.1, 0.8], [1, 0, 0], [0.3, 0.6, 0.1]],
        ),
        "region": draw_category(["city", "country"], [[0.5, 0.5]] * 4),
        "newsletter": rng.random(1200) < np.array([0.6, 0.1, 0.8, 0.3])[kind],
    }
)
customers.loc[rng.random(1200) < 0.1, "region"] = None
print(customers.head().to_string())

# %%
# Divide by numbers, describe by everything
# -----------------------------------------
#
# Distances are between the four numbers, in logarithms and scaled. The description is
# given the table as it is: same rows, own units, categories, missing values.

numbers = ["orders", "money_spent", "complaints", "days_since_last_order"]
pipe = make_pipeline(
    FunctionTransformer(np.log1p, feature_names_out="one-to-one"),
    StandardScaler(),
    SegmentClusterer(random_state=0),
).fit(customers[numbers])
profile = custbase.call(pipe, "profile", customers[numbers], describe=customers)
print(profile[["name", "size", "share"]].round(2).to_string())

# %%
# Each name holds the two traits that set the segment apart most; ``sets_apart`` goes on, with
# categories and the share of yes:

for segment, traits in profile["sets_apart"].items():
    print(textwrap.fill(f"{segment}: {traits}", width=84, subsequent_indent="   "))

# %%
# For every number there are mean, typical value (the median) and contrast: how many
# standard deviations the segment is from all customers, in ranks, so that one huge
# customer does not hide the others. Of categories the most frequent is typical.

typical = profile.filter(like="typical_").round(1)
typical.columns = typical.columns.str.removeprefix("typical_")
print(typical.T.to_string())

# %%
# The same as a picture. Colours and triangles are contrasts; a category has none.

ProfileDisplay.from_profile(profile)

# %%
# Names of your own
# -----------------
#
# A name made by rule is a start. Whoever knows the shop recognises its customers, and
# every display takes the names that are given instead. On orders and money alone the unhappy
# look like all households: it is the complaints that tell them apart.

names = {0: "Households", 1: "Gifts", 2: "Cafés", 3: "Unhappy households"}
SegmentDisplay.from_estimator(
    pipe, customers[numbers], columns=["orders", "money_spent"], names=names
).ax_.set(xscale="log", yscale="log")

# %%
# What to do
# ----------
#
# ``segment_actions`` recognises what columns mean by their names (``money_spent`` is spend,
# ``days_since_last_order`` the opposite of recency) and looks contrasts up in a table of
# rules. The first rule that fits counts, and the reason quotes what decided.

actions = segment_actions(profile)
for segment, row in actions.iterrows():
    print(f"{names[segment]}: {row['action']}")
    print(textwrap.indent(textwrap.fill(row["reason"], width=80), "   "))
    print(f"   Offer: {row['offer']}")

# %%
# The rules are common practice in words, not estimates: only a test with a control group
# says whether an offer pays (see :ref:`sphx_glr_gallery_plot_campaign_return.py`). They
# are a table to be edited. This shop has a better idea for those who order often, spend
# much and ordered lately:

own = pd.DataFrame(
    [
        {
            "spend": "high",
            "frequency": "high",
            "recency": "high",
            "action": "Offer delivery every Monday",
            "reason": "They run a business on our coffee",
            "offer": "A contract with a price for the year",
        }
    ]
)
rules = pd.concat([own, action_rules()], ignore_index=True)
print(segment_actions(profile, rules=rules)["action"].rename(names).to_string())

# %%
# And from here on every customer carries the name:

labels = pd.Series(pipe.predict(customers[numbers]), index=customers.index)
customers["segment"] = labels.map(names)
print(customers["segment"].value_counts().to_string())
