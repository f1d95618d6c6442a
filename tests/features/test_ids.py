"""Ids that cannot be told apart, and ids that are written otherwise in two tables."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from custbase.features import (
    InteractionEncoder,
    PurchaseSequenceEncoder,
    check_log,
    cohort_table,
    daily_purchases,
    make_snapshots,
    rfm_summary,
    update_summary,
    wallet_gap,
)

LOG = pd.DataFrame({"date": pd.to_datetime(["2024-01-01"] * 2), "product_id": ["a", "b"]})
LOG = LOG.assign(customer_id=["0001", "0002"], amount=1.0)
READERS = [
    lambda log: rfm_summary(log, end="2024-01-31"),
    lambda log: cohort_table(log, end="2024-01-31"),
    lambda log: daily_purchases(log, end="2024-01-31"),
    lambda log: make_snapshots(log, cutoffs="2024-01-10", horizon=1, end="2024-01-31"),
    lambda log: PurchaseSequenceEncoder(4).fit_transform(log, end="2024-01-31"),
    lambda log: InteractionEncoder().fit_transform(log),
]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
@pytest.mark.parametrize("ids", [[["a"], ["b"]], [{"a": 1}, {"a": 2}]], ids=["lists", "dicts"])
def test_lists_are_no_ids(library, ids):
    log = library.DataFrame(LOG.drop(columns="customer_id").to_dict("list") | {"customer_id": ids})
    for read in READERS:
        with pytest.raises(TypeError, match="customer column 'customer_id' holds lists"):
            read(log)
    found = check_log(log, end="2024-01-31").set_index("check")
    assert "holds lists" in found.loc["columns", "message"]


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_summaries_are_updated_by_the_same_ids(library):
    log = library.DataFrame(LOG.to_dict("list"))
    old = rfm_summary(log, end="2024-01-31")
    later = LOG.assign(date=pd.Timestamp("2024-02-05"))
    when = {"previous_end": "2024-01-31", "end": "2024-02-28"}
    for ids, known in [(["0002", "0003"], 3), (["0003", "0004"], 4), (["2", "0002"], 3)]:
        new = library.DataFrame(later.assign(customer_id=ids).to_dict("list"))
        assert len(update_summary(old, new, **when)) == known
    new = library.DataFrame(later.assign(customer_id=["1", "2"]).to_dict("list"))
    with pytest.raises(TypeError, match=r"'000[12]'.*'[12]'\. Convert the column"):
        update_summary(old, new, **when)


def test_segments_name_the_customers_of_the_log():
    with pytest.raises(TypeError, match="such as '1', and log of type str, such as '0001'"):
        wallet_gap(LOG, {"1": 0, "2": 1}, category="product_id")
