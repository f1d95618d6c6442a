"""Real customers who left or responded, from the folder that CUSTBASE_DATA names."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

# What a contact leads to, and what names a customer, are not known beforehand.
BANK_LEAKS = ["duration"]


def read_telephone() -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of a telephone company as they come, and who left."""
    frame = _read("telco_churn/telco_churn.csv.gz").drop(columns="customerID")
    return frame, (frame.pop("Churn") == "Yes").to_numpy().astype(int)


def read_television() -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Subscribers, who left, and the costs of contacting each of them or not."""
    frame = _read("churn_tv/churn_tv.csv.gz").drop(columns="id")
    left = frame.pop("target").to_numpy()
    return frame, left, frame[["C_FP", "C_FN", "C_TP", "C_TN"]].copy()


def read_bank() -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of a bank as known before the call, and who said yes."""
    frame = _read("bank_marketing/bank_full.csv.gz").drop(columns=BANK_LEAKS)
    return frame, (frame.pop("y") == "yes").to_numpy().astype(int)


def _read(name: str) -> pd.DataFrame:
    folder = os.environ.get("CUSTBASE_DATA")
    if not folder:
        raise SystemExit(f"CUSTBASE_DATA must name the folder of real data: needs {name}.")
    return pd.read_csv(Path(folder) / name)
