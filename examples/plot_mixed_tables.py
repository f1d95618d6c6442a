"""
Mixed tables: how much should a category weigh?
===============================================

k-means measures distances, and between "web" and "shop" there is none until somebody
says so. Categories can enter a segmentation in an encoding whose weight is known,
beside numbers, in an ordinary Pipeline. How much they weigh is a decision, and it
decides what is found.
"""

# sphinx_gallery_thumbnail_number = 1
from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import custbase
from custbase import ProfileDisplay, SegmentClusterer
from custbase.metrics import pairwise_distances

# %%
# Two tables
# ----------
#
# In both, customers have two numbers and two categories. In the first there are four
# kinds: two of them buy alike, but one mostly on the web with the basic plan, the other
# mostly in the shop with the plus plan. In the second table every category is drawn
# without regard to anything else: no segments.

KINDS = ["web", "shop", "phone", "large"]
CHANNELS, PLANS = ["web", "shop", "phone"], ["basic", "plus"]
CHANNEL_OF_KIND = [[0.96, 0.02, 0.02], [0.02, 0.96, 0.02], [0.05, 0.05, 0.9], [0.9, 0.05, 0.05]]
PLAN_OF_KIND = [[0.95, 0.05], [0.05, 0.95], [0.05, 0.95], [0.05, 0.95]]

rng = np.random.default_rng(1)
kind = rng.choice(4, size=1500, p=[0.4, 0.3, 0.2, 0.1])


def draw_table(kind: np.ndarray) -> pd.DataFrame:
    """Draw customers of given kinds."""
    orders = rng.lognormal(np.array([1.5, 1.5, 3.2, 2.4])[kind], 0.35)
    basket = rng.lognormal(np.array([3.0, 3.0, 3.0, 4.5])[kind], 0.3)
    return pd.DataFrame(
        {
            "orders": orders.round() + 1,
            "money_spent": (orders * basket).round(2),
            "channel": [rng.choice(CHANNELS, p=CHANNEL_OF_KIND[k]) for k in kind],
            "plan": [rng.choice(PLANS, p=PLAN_OF_KIND[k]) for k in kind],
        }
    )


with_kinds = draw_table(kind)
one_cloud = draw_table(np.zeros_like(kind)).assign(
    channel=rng.choice(CHANNELS, size=1500, p=[0.5, 0.3, 0.2]),
    plan=rng.choice(PLANS, size=1500),
)
print(with_kinds.head().to_string())

# %%
# The encoding
# ------------
#
# One column a category, 1 where it occurs and else 0, multiplied by the square root of
# gamma / 2. Two customers of different categories differ in two of these columns, by
# gamma / 2 each in squared distance, so that a different category costs *gamma*, whichever
# it is. One unknown to ``fit`` is zero everywhere, gamma / 2 from all others.


def weigh(indicators: np.ndarray, gamma: float) -> np.ndarray:
    """Give different categories the squared distance gamma."""
    return indicators * np.sqrt(gamma / 2)


def encode_categories(gamma: float) -> Pipeline:
    """Encode categories at a squared distance of gamma."""
    return make_pipeline(
        OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
        FunctionTransformer(weigh, kw_args={"gamma": gamma}, feature_names_out="one-to-one"),
    )


three = pd.DataFrame({"channel": CHANNELS})
encoded = encode_categories(gamma=1).fit_transform(three)
print(pairwise_distances(encoded, metric="sqeuclidean"))

# %%
# A scaled number has variance 1, hence an expected squared distance of 2 between two
# customers. For a category it is gamma (1 - sum of squared shares), the chance that two
# customers differ:


def expected_squared_distance(column: pd.Series, gamma: float) -> float:
    """Mean squared distance of two customers drawn at random, in the encoding above."""
    return gamma * (1 - (column.value_counts(normalize=True) ** 2).sum())


for name in ["channel", "plan"]:
    expected = expected_squared_distance(with_kinds[name], gamma=1)
    print(f"{name} at gamma 1: {expected:.2f}, a number: 2")

# %%
# At gamma 1, that is columns times 1/sqrt(2), these categories weigh a quarter to a third of
# a number. Readers who know k-prototypes find its gamma again: there a customer whose
# category is not that of the segment costs gamma, by default half the standard deviation of
# the numbers. For segments nearly all of one category the cost here is the same.
#
# The whole in a Pipeline:


def make_segmenter(gamma: float) -> Pipeline:
    """Encode, scale and cluster a mixed table."""
    numbers = make_pipeline(
        FunctionTransformer(np.log1p, feature_names_out="one-to-one"), StandardScaler()
    )
    columns = make_column_transformer(
        (numbers, ["orders", "money_spent"]),
        (encode_categories(gamma), ["channel", "plan"]),
    )
    return make_pipeline(columns, SegmentClusterer(random_state=0))


# %%
# How much?
# ---------
#
# The number of segments that the elbow finds:

found = {
    gamma: {
        "with kinds": make_segmenter(gamma).fit(with_kinds)[-1].n_clusters_,
        "one cloud": make_segmenter(gamma).fit(one_cloud)[-1].n_clusters_,
    }
    for gamma in [0.01, 0.25, 1, 2, 4, 8]
}
print(pd.DataFrame(found).T.rename_axis(index="gamma").to_string())

# %%
# Light categories are not seen: what remains are the segments of the numbers. At 8 they
# outweigh everything, and each of the six combinations of channel and plan makes a segment
# of the table that has none. From 1 to 4 both tables are answered rightly.
#
# Kinds are not always as clear. Customers of one combination are a lump of equal rows, and
# where many combinations occur "auto" may well count lumps, up to ``max_clusters``. Then give
# the number, or fewer categories, or less weight.

segmenter = make_segmenter(1.0).fit(with_kinds)
labels = segmenter[-1].labels_
kinds = pd.Series(pd.Categorical.from_codes(kind, KINDS), name="kind")
print(pd.crosstab(pd.Series(labels, name="segment"), kinds).to_string())

# %%
# What the segments are
# ---------------------
#
# The description is given the original table: categories are named, not their indicators.

profile = custbase.call(segmenter, "profile", with_kinds, describe=with_kinds)
ProfileDisplay.from_profile(profile)

# %%
# Or leave them out
# -----------------
#
# The simplest answer comes first: divide by the numbers, and let ``profile`` describe by the
# categories. It finds who behaves alike, and says which categories they prefer. Categories
# belong among the columns only if customers alike in all numbers are to be told apart by
# them, as "web" and "shop" are here.

by_numbers = make_pipeline(
    FunctionTransformer(np.log1p, feature_names_out="one-to-one"),
    StandardScaler(),
    SegmentClusterer(random_state=0),
)
numbers = with_kinds[["orders", "money_spent"]]
by_numbers.fit(numbers)
profile = custbase.call(by_numbers, "profile", numbers, describe=with_kinds)
print(profile[["name", "size", "typical_channel", "typical_plan"]].to_string())
