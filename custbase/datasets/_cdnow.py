"""The CDNOW sample: the log every purchase model of the field is shown on."""

from __future__ import annotations

from importlib import resources

import pandas as pd


def load_cdnow() -> pd.DataFrame:
    """Load the purchases of the CDNOW 1/10 sample.

    Every purchase, to 1998-06-30, of 2,357 customers of an online music shop
    who first bought in the first quarter of 1997. The column names are the
    defaults of `custbase.features.rfm_summary`.

    Returns
    -------
    pandas.DataFrame of shape (6919, 4)
        One row a purchase, by customer and day:

        - ``customer_id``, int: 1 to 2357;
        - ``date``, datetime64: the day, without a time;
        - ``quantity``, int: CDs bought;
        - ``amount``, float: US dollars; 8 purchases were free.

    See Also
    --------
    make_transactions : Simulate a log like this one, of any size, with its truth.

    Notes
    -----
    A customer may buy more than once on a day. Models of repeat purchases
    count such a day once, and published figures are after that step: with the
    calibration ending on 1997-09-30 the sample has 2,457 repeat purchase days,
    and 1,882 purchase days in the 39 weeks that follow.

    References
    ----------
    .. [1] P. S. Fader and B. G. S. Hardie, "Forecasting repeat sales at CDNOW:
       a case study", Interfaces 31 (3), part 2, S94-S107, 2001.

    Examples
    --------
    >>> from custbase.datasets import load_cdnow
    >>> log = load_cdnow()
    >>> log.head(3)
       customer_id       date  quantity  amount
    0            1 1997-01-01         2   29.33
    1            1 1997-01-18         2   29.73
    2            1 1997-08-02         1   14.96
    >>> log["customer_id"].nunique()
    2357
    """
    file = resources.files("custbase.datasets").joinpath("data", "cdnow_sample.csv.gz")
    with file.open("rb") as stream:
        return pd.read_csv(stream, compression="gzip", parse_dates=["date"])
