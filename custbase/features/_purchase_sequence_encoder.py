"""PurchaseSequenceEncoder: from a log to what recurrent networks read, step by step."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._params import NONE, STRING, Is, Number, Rule, check_params
from .._units import UNIT
from .._warn import warn
from ..exceptions import CustbaseWarning
from ._grouping import number_ids
from ._log import RETURNS, parse_day
from ._purchase_days import CHANNELS, PurchaseDays, fill_tensor, read_purchase_days

RULES: dict[str, tuple[Rule, ...]] = {
    "max_length": (Number(1, integer=True),),
    "customer": (STRING,),
    "time": (STRING,),
    "amount": (STRING, NONE),
    "event": (STRING, NONE),
    "unit": (UNIT,),
    "end": (Is((str, date, np.datetime64), "a date, a datetime or a string"), NONE),
    "returns": (RETURNS,),
}


class PurchaseSequenceEncoder(  # type: ignore[call-arg]
    TransformerMixin,
    CustbaseEstimator,
    auto_wrap_output_keys=None,  # no frame holds a tensor
):
    """Turn a log into one sequence of purchase days a customer, the input of recurrent networks.

    One step a purchase day, the latest ones up to a cut-off, padded on the left, so that
    the last step of every customer is their last purchase.

    Parameters
    ----------
    max_length : int, default=32
        Number of steps, at least 1. Of customers with more purchase days the latest count,
        of others the first steps are 0.
    customer : str, default="customer_id"
        Name of the column of customer ids.
    time : str, default="date"
        Name of the column of datetimes or dates. A day is the wall-clock day of the
        column's own zone.
    amount : str or None, default="amount"
        Name of the column of money, in one currency; negative is a return. None leaves
        out the channel of money.
    event : str or None, default=None
        Name of a column that says what a purchase was, such as its shop or category. Its
        values are learnt in ``fit`` and have a channel each. None for no such channels.
    unit : {"D", "W", "M", "Y"}, default="W"
        Unit of all times: 1, 7, 30.4375 or 365.25 days, never snapped to the calendar.
    end : str, date, datetime or None, default=None
        The cut-off: last day that counts, inclusive; a string in ISO 8601. Every method
        that reads a log takes another one. It is not learnt: changed after ``fit``, it
        counts from then on. None to give it to the methods.
    returns : {"net", "drop", "raise"}, default="net"
        What to do with rows of negative amount, as in `rfm_summary`.

    Attributes
    ----------
    customers_ : ndarray of shape (n_customers,)
        Ids of the customers of the fitted log who bought by its cut-off, sorted; of
        other logs `encode_customers` returns them.
    lengths_ : ndarray of shape (n_customers,)
        How many steps of each are real, from 1 to `max_length`.
    events_ : ndarray of shape (n_events,)
        The values of the column of events that have a channel, sorted; empty without one.
    layout_ : dict of str to object
        All parameters but `end`, as they were in ``fit``. Changed ones wait for the next
        ``fit``, for a fitted network reads the channels by position.

    See Also
    --------
    rfm_summary : The same customers in the same order, with what they did after the cut-off.
    make_snapshots : One row of features instead of a sequence.

    Notes
    -----
    The channels, in this order:

    - ``mask``: 1 for a real step. Everything else is 0 where it is 0.
    - ``gap``: time since the purchase day before, be it shown or not; 0 for the first
      purchase of the customer, and never for another.
    - ``open_gap``, ``frequency``, ``recency``, ``T``: in the last step only. Time from
      the last purchase day to the cut-off, and those columns of `rfm_summary`, from the
      whole history whatever `max_length` is.
    - ``weekday_sin``, ``weekday_cos``, ``yearday_sin``, ``yearday_cos``: the day on the
      circle of the week, from Monday, and of the year, from 1 January.
    - ``amount``: log(1 + net spend of the day). Without `amount` it is left out.
    - ``<event>_<value>``: 1 if a row of the day had that value. A day of several rows may
      have several; rows that are returns have none. Days of values that ``fit`` did not
      see stay, with 0 in these channels, and are counted in a warning.

    A day of which returns leave nothing is no step, as it is no purchase day in
    `rfm_summary`; so no amount is negative.

    No row after the cut-off changes a bit of the result, of what is learnt, or of
    ``customers_``, and neither does the order of rows. But inside a sequence, the four
    channels of the last step know the cut-off: a network that learns to predict every
    gap from the steps before must not be fed with these.

    Rows are in order of customer, those of a frame in memory that `rfm_summary` makes of
    the log with the same ``end``, so that its ``holdout_*`` columns can serve as ``y``.

    O(n log n) time for n rows; 4 bytes a customer, step and channel, padding included.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase import PurchaseSequenceEncoder
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "ann", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22", "2024-02-12"]
    ...     ),
    ...     "amount": [20.0, 35.0, 45.0, 10.0, 30.0],
    ... })
    >>> encoder = PurchaseSequenceEncoder(max_length=4).fit(log, end="2024-01-29")
    >>> sequences = encoder.transform(log, end="2024-01-29")
    >>> sequences.shape
    (2, 4, 11)
    >>> encoder.customers_.tolist(), encoder.lengths_.tolist()
    (['ann', 'bob'], [3, 1])
    >>> pd.DataFrame(sequences[0], columns=encoder.get_feature_names_out()).iloc[:, :6]
       mask  gap  open_gap  frequency  recency    T
    0   0.0  0.0       0.0        0.0      0.0  0.0
    1   1.0  0.0       0.0        0.0      0.0  0.0
    2   1.0  2.0       0.0        0.0      0.0  0.0
    3   1.0  1.0       1.0        2.0      3.0  4.0
    """

    def __init__(
        self,
        max_length: int = 32,
        *,
        customer: str = "customer_id",
        time: str = "date",
        amount: str | None = "amount",
        event: str | None = None,
        unit: str = "W",
        end: Any = None,
        returns: str = "net",
    ) -> None:
        self.max_length = max_length
        self.customer = customer
        self.time = time
        self.amount = amount
        self.event = event
        self.unit = unit
        self.end = end
        self.returns = returns

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None, *, end: Any = None) -> Self:
        """Learn the customers and events of a log up to a cut-off.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row a transaction, in any order.
        y : None
            Ignored.
        end : str, date, datetime or None, default=None
            The cut-off; None for the one of the constructor.

        Returns
        -------
        PurchaseSequenceEncoder
            The fitted encoder itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, there is no cut-off, `X` is no frame in memory,
            a column is absent, of a wrong type or holds missing values, amounts are
            infinite, or nobody bought by the cut-off.
        """
        self._learn(X, end)
        return self

    @whole_or_not_at_all
    def fit_transform(self, X: Any, y: Any = None, *, end: Any = None) -> np.ndarray:
        """Learn from a log and encode it, reading it once.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row a transaction, in any order.
        y : None
            Ignored.
        end : str, date, datetime or None, default=None
            The cut-off; None for the one of the constructor.

        Returns
        -------
        ndarray of shape (n_customers, max_length, n_channels)
            As `transform` returns it.

        Raises
        ------
        TypeError, ValueError
            As `fit` does.
        """
        days, end_day = self._learn(X, end)
        return self._fill(days, end_day)

    def transform(self, X: Any, *, end: Any = None) -> np.ndarray:
        """Encode the purchases of a log up to a cut-off.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row a transaction, of any customers: their whole history up to the
            cut-off, or gaps and summaries are those of a shorter one.
        end : str, date, datetime or None, default=None
            The cut-off; None for the one of the constructor.

        Returns
        -------
        ndarray of shape (n_customers, max_length, n_channels)
            Float32; row i is the i-th of the sorted customers who bought by the cut-off,
            which `encode_customers` returns. The sums of the first channel are their
            numbers of steps.

        Raises
        ------
        TypeError, ValueError
            As `fit` does for `X` and `end`.

        Warns
        -----
        CustbaseWarning
            If rows hold events that ``fit`` did not see; says how many.
        """
        check_is_fitted(self)
        end_day = self._cutoff(end)
        days = read_purchase_days(X, self.layout_, end_day)
        self._warn_of_events(days)
        return self._fill(days, end_day)

    def encode_customers(self, X: Any, *, end: Any = None) -> np.ndarray:
        """Tell whom the rows of `transform` stand for.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row a transaction.
        end : str, date, datetime or None, default=None
            The cut-off; None for the one of the constructor.

        Returns
        -------
        ndarray of shape (n_customers,)
            The ids of its customers who bought by the cut-off, sorted.

        Raises
        ------
        TypeError, ValueError
            As `fit` does for `X` and `end`.
        """
        check_is_fitted(self)
        layout = {**self.layout_, "event": None}
        return read_purchase_days(X, layout, self._cutoff(end)).customers

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the channels, the last axis of what `transform` returns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored; the names depend on the parameters and the learnt events.

        Returns
        -------
        ndarray of shape (n_channels,)
            The names.
        """
        check_is_fitted(self)
        names = [*CHANNELS] + ["amount"] * (self.layout_["amount"] is not None)
        names += [f"{self.layout_['event']}_{event}" for event in self.events_.tolist()]
        return np.asarray(names, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # a log is a frame
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _cutoff(self, end: Any) -> date:
        """Take the cut-off that was given last."""
        if end is None and self.end is None:
            raise ValueError(
                "end must be the last day that counts, such as '1997-09-30'; got None. Give it "
                "to this method or to the constructor."
            )
        return parse_day("end", self.end if end is None else end)

    def _learn(self, X: Any, end: Any) -> tuple[PurchaseDays, date]:
        """Set what is learnt, and hand on what was read."""
        check_params(self, RULES)
        end_day = self._cutoff(end)
        self.layout_ = {name: getattr(self, name) for name in RULES if name != "end"}
        days = read_purchase_days(X, self.layout_, end_day)
        _, self.events_ = number_ids(days.events, str(self.event), "event")
        self.customers_ = days.customers
        self.lengths_ = np.minimum(days.sizes, self.max_length)
        return days, end_day

    def _fill(self, days: PurchaseDays, end_day: date) -> np.ndarray:
        """Lay out what was read."""
        return fill_tensor(
            days,
            end=end_day,
            unit=self.layout_["unit"],
            max_length=self.layout_["max_length"],
            events=self.events_,
        )

    def _warn_of_events(self, days: PurchaseDays) -> None:
        """Say which events have no channel, or raise if they are of another type."""
        is_new = pd.Index(self.events_).get_indexer(pd.Index(days.events)) < 0
        if not is_new.any():
            return
        event, news = self.layout_["event"], days.events[is_new].tolist()
        given, learnt = type(news[0]).__name__, type(self.events_.tolist()[0]).__name__
        if is_new.all() and given != learnt:
            raise TypeError(
                f"X: event column {event!r} holds values of type {given}, and fit saw those of "
                f"type {learnt}: none is known. Convert them."
            )
        kinds = ", ".join(sorted(map(repr, news))[:5])
        warn(
            f"X: event column {event!r} holds {kinds}, which fit did not see: "
            f"{np.count_nonzero(is_new[days.mark])} of {len(days.mark)} rows are in no channel "
            "of events. Fit the encoder, and the network, anew to tell them apart.",
            CustbaseWarning,
        )
