"""Data to learn and to test on: the CDNOW sample, and generators that know the truth.

A generator returns, beside the data, what made them: the purchase rate and the
tastes behind every customer of a simulated log, the segment of every row, the
true probability to churn. With it a model can be judged against what is so
instead of against one more sample.
"""

from ._cdnow import load_cdnow
from ._customers import make_customers
from ._purchases import make_purchases
from ._segments import make_segments
from ._transactions import make_transactions

__all__ = ["load_cdnow", "make_customers", "make_purchases", "make_segments", "make_transactions"]
