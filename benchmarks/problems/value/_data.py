"""Customers on a day and what they spent after it: of CDs, and of a shop."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks._files import find_file
from benchmarks.problems.value._models import Data
from custbase.features import make_snapshots

CDNOW, SHOP = "cdnow/cdnow_master.csv.gz", "online_retail/online_retail.csv.gz"


def read_cdnow() -> Data:
    """All 23,570 customers of CDNOW at the end of September 1997, and the 39 weeks after."""
    log = pd.read_csv(str(find_file(CDNOW))).rename(columns={"dollar_value": "amount"})
    log["date"] = pd.to_datetime(log["date"])
    X, y = make_snapshots(log, cutoffs=["1997-09-30"], horizon=39, target="spend")
    return Data(X, np.asarray(y, dtype=np.float64), 39.0)


def read_shop() -> tuple[Data, float]:
    """Known customers of Online Retail on 9 September 2011, and the 13 weeks after it.

    Returns
    -------
    data : Data
        Returns are netted; who gets more back than is paid is worth 0 to every model.
    share : float
        Share of those.
    """
    log = pd.read_csv(str(find_file(SHOP)), dtype={"StockCode": str}, parse_dates=["InvoiceDate"])
    log = log.dropna(subset="CustomerID")
    log = pd.DataFrame(
        {
            "customer_id": log["CustomerID"].astype(int),
            "date": log["InvoiceDate"],
            "amount": log["Quantity"] * log["UnitPrice"],
        }
    )
    X, y = make_snapshots(log, cutoffs=["2011-09-09"], horizon=13, target="spend")
    values = np.asarray(y, dtype=np.float64)
    return Data(X, values.clip(0), 13.0), float((values < 0).mean())
