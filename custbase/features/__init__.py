"""From a transaction log to what the other rooms learn from: one row a customer.

Written in narwhals: pandas, polars, pyarrow, DuckDB and PySpark frames in. Summaries
come out as frames of the same kind, tables of cohorts, of days, for training and of gaps as
pandas frames, what encoders make of a log in memory as matrices and tensors.
Nothing here looks past the day it is told to stop at.
"""

from ._check_log import check_log
from ._cohort_table import cohort_table
from ._daily_purchases import daily_purchases
from ._interaction_encoder import InteractionEncoder
from ._make_snapshots import make_snapshots
from ._purchase_sequence_encoder import PurchaseSequenceEncoder
from ._rfm_scorer import RFMScorer
from ._rfm_summary import rfm_summary, update_summary
from ._wallet_gap import wallet_gap

__all__ = [
    "InteractionEncoder",
    "PurchaseSequenceEncoder",
    "RFMScorer",
    "check_log",
    "cohort_table",
    "daily_purchases",
    "make_snapshots",
    "rfm_summary",
    "update_summary",
    "wallet_gap",
]
