"""
Segments from three columns: products, complaints, money
========================================================

The workflow of every segmentation tutorial: one row a customer with how many
products they bought, how often they complained (or sent things back) and what
they spent; try 1 to 12 segments, look at the elbow, fit again with that number,
label the customers and draw them in three dimensions.

:class:`~custbase.segmentation.SegmentClusterer` tries the numbers in one fit. Its
elbow compares the inertia with that of data without segments, so that it can also
answer that there is one segment only, and one should then not speak of segments.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import custbase
from custbase import ElbowDisplay, SegmentClusterer, SegmentDisplay
from custbase.datasets import make_customers, make_segments
from custbase.exceptions import CustbaseWarning
from custbase.segmentation import segment_actions

# %%
# Tables
# ------
#
# Two generated shops: in the first, four kinds of customers; in the second,
# customers who differ by degree only.


def shop_with_segments() -> pd.DataFrame:
    """Four kinds of customers: products and money lognormal, complaints as a rate a year."""
    X, _ = make_segments(2000, n_clusters=4, separation=6, random_state=1)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    return pd.DataFrame(
        {
            "products_purchased": np.exp(2 + 0.8 * Z[:, 0]),
            "complaints": np.exp(0.5 * Z[:, 1]),
            "money_spent": np.exp(4 + Z[:, 2]),
        }
    )


def shop_without_segments() -> pd.DataFrame:
    """Customers who spend in proportion to what they buy, more or less."""
    customers = make_customers(2000, random_state=0)
    return customers[["products_purchased", "complaints", "money_spent"]]


# %%
# Two real shops, if the environment variable ``CUSTBASE_DATA`` names a folder with
# their logs: the orders of a maker of synthesizers on Tindie, and the UCI log of an
# online retailer of gifts. Logs become one row a customer.


def tindie_orders(path: Path) -> pd.DataFrame:
    """Products ordered, share of orders refunded, money spent."""
    orders = pd.read_csv(path)
    orders["refunded"] = orders["status"].eq("refunded")
    groups = orders.groupby("customer_id")
    return groups.agg(
        products_purchased=("quantity", "sum"),
        refund_share=("refunded", "mean"),
        money_spent=("order_total", "sum"),
    )


def online_retail(path: Path) -> pd.DataFrame:
    """Distinct products bought, share of lines returned, money spent net of returns."""
    lines = pd.read_csv(path).dropna(subset="CustomerID")
    lines["money"] = lines["Quantity"] * lines["UnitPrice"]
    lines["returned"] = lines["Quantity"] < 0
    groups = lines.groupby("CustomerID")
    return groups.agg(
        products_purchased=("StockCode", "nunique"),
        return_share=("returned", "mean"),
        money_spent=("money", "sum"),
    )


tables = {"with segments": shop_with_segments(), "without segments": shop_without_segments()}
folder = os.environ.get("CUSTBASE_DATA")
if folder:
    tables["Tindie"] = tindie_orders(Path(folder, "tindie_orders", "orders.csv.gz"))
    tables["Online Retail"] = online_retail(Path(folder, "online_retail", "online_retail.csv.gz"))
else:
    print("CUSTBASE_DATA is not set: Tindie and Online Retail are left out.")

# %%
# The workflow
# ------------
#
# Money and counts are skewed, so logarithms come first: without them one large
# customer makes a segment. Returns can leave a customer below zero, which a
# logarithm that keeps the sign allows.


def signed_log(X: pd.DataFrame) -> pd.DataFrame:
    """Logarithm that keeps the sign."""
    return np.sign(X) * np.log1p(np.abs(X))


def make_segmenter(n_clusters: int | str, min_clusters: int = 1) -> Pipeline:
    """Scale and cluster."""
    return make_pipeline(
        FunctionTransformer(signed_log, feature_names_out="one-to-one"),
        StandardScaler(),
        SegmentClusterer(n_clusters, min_clusters=min_clusters, max_clusters=12, random_state=42),
    )


# What fit warns of, an answer that is the largest number tried, is said in words here.
warnings.simplefilter("ignore", CustbaseWarning)


def segment_shop(name: str, customers: pd.DataFrame) -> pd.DataFrame:
    """Try 1 to 12 segments, fit again with the number at the elbow, label and draw."""
    search = make_segmenter("auto").fit(customers)
    elbow = ElbowDisplay.from_estimator(search)
    elbow.ax_.set_title(f"{name}: {len(customers):,} customers", loc="left", pad=28)

    found = search[-1].n_clusters_
    print(f"{name}: the elbow of 1 to 12 segments is at {found}")
    if found == 12:
        print("That is the largest number tried: pieces of a skewed cloud, a limit and no finding.")
    if found == 1:
        print("No segments. Cut into pieces all the same, because the reader may need a partition:")
        found = make_segmenter("auto", min_clusters=2).fit(customers)[-1].n_clusters_

    segmenter = make_segmenter(found)
    labels = segmenter.fit_predict(customers)
    profile = custbase.call(segmenter, "profile", customers, describe=customers)
    SegmentDisplay.from_predictions(
        customers, labels, names=profile["name"], columns=list(customers.columns)
    )
    typical = [column for column in profile if column.startswith("typical_")]
    table = profile[["name", "size", *typical]].round(2)
    print(table.rename(columns=lambda c: c.removeprefix("typical_")).to_string(index=False))
    for segment, action in zip(profile["name"], segment_actions(profile)["action"], strict=True):
        print(f"  {segment}: {action}")
    print()
    return customers.assign(segment=labels)


labelled = {name: segment_shop(name, table) for name, table in tables.items()}

# %%
# The customers carry their label from here on:

print(labelled["with segments"].head())
