"""InteractionEncoder: from a log of purchases, views or ratings to a matrix of users and items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import refuse_lazy_frame
from .._params import (
    MAPPING,
    NONE,
    STRING,
    Number,
    as_numbers,
    check_params,
    check_value,
    shorten,
)
from .._warn import warn
from ..exceptions import CustbaseWarning
from ._cells import sum_cells
from ._grouping import number_ids, row_roundings
from ._log import amount_fault, check_columns, id_fault, is_missing, open_frame

RULES = {
    "customer": (STRING,),
    "item": (STRING,),
    "amount": (STRING, NONE),
    "event": (STRING, NONE),
    "event_weights": (MAPPING, NONE),
}


class InteractionEncoder(  # type: ignore[call-arg]
    TransformerMixin,
    CustbaseEstimator,
    auto_wrap_output_keys=None,  # no frame holds a sparse matrix
):
    """Turn a log into a sparse matrix of users and items, the input of recommenders.

    The items are learnt once; the users are those of whatever log comes, so that new
    users are new rows.

    Parameters
    ----------
    customer : str, default="customer_id"
        Name of the column of user ids.
    item : str, default="product_id"
        Name of the column of item ids.
    amount : str or None, default=None
        Name of a column of numbers to add up, such as quantities (returns are
        negative) or ratings. None counts rows.
    event : str or None, default=None
        Name of a column that says what happened, such as "view" or "purchase". None
        takes all rows alike.
    event_weights : mapping of event to float or None, default=None
        What one event of a kind counts; others are left out, with a warning. None
        counts every event as 1.

    Attributes
    ----------
    items_ : ndarray of shape (n_items,)
        Ids of the items, sorted: what the columns stand for.

    See Also
    --------
    make_snapshots : Customers instead of their items.

    Notes
    -----
    A cell is the sum of the rows of a user and an item, each ``amount`` times the weight
    of its event. Cells that add up to 0, such as returned purchases, are not stored.
    A user whose items are all unknown has an empty row.

    O(n log n) time for n rows, O(stored cells) memory.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.features import InteractionEncoder
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "eve", "eve"],
    ...     "product_id": ["tea", "pot", "tea", "tea", "tea"],
    ... })
    >>> encoder = InteractionEncoder().fit(log)
    >>> encoder.items_.tolist()
    ['pot', 'tea']
    >>> encoder.transform(log).toarray()
    array([[1., 1.],
           [0., 1.],
           [0., 2.]])
    >>> encoder.encode_users(log).tolist()
    ['ann', 'bob', 'eve']
    >>> encoder.decode_items([[1, -1]]).tolist()
    [['tea', None]]
    """

    def __init__(
        self,
        customer: str = "customer_id",
        item: str = "product_id",
        amount: str | None = None,
        event: str | None = None,
        event_weights: Mapping[Any, float] | None = None,
    ) -> None:
        self.customer = customer
        self.item = item
        self.amount = amount
        self.event = event
        self.event_weights = event_weights

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the items of a log.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row an interaction, in any order.
        y : None
            Ignored.

        Returns
        -------
        InteractionEncoder
            The fitted encoder itself.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, `X` is no frame in memory, a column is absent
            or holds missing values, or amounts are no finite numbers.
        """
        check_params(self, RULES)
        for kind, weight in (self.event_weights or {}).items():
            check_value(f"event_weights[{kind!r}]", weight, Number())
        if self.event_weights is not None and self.event is None:
            raise ValueError(
                "event must name the column of events with event_weights; got None. Name it, or "
                "leave out the weights."
            )
        rows = self._read(X)
        _, self.items_ = number_ids(rows["item"], self.item, "item")
        return self

    def transform(self, X: Any) -> csr_array:
        """Encode the interactions of a log.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row an interaction, of any users.

        Returns
        -------
        csr_array of shape (n_users, n_items)
            Sums as float64; row i is the i-th of the sorted users of `X`, which
            `encode_users` returns.

        Raises
        ------
        TypeError, ValueError
            As `fit` does for `X`.

        Warns
        -----
        CustbaseWarning
            If rows are left out because ``fit`` did not see their items; says how many.
        """
        check_is_fitted(self)
        rows = self._read(X)
        user, users = number_ids(rows["customer"], self.customer, "customer")
        item = pd.Index(self.items_).get_indexer(pd.Index(rows["item"]))
        if unknown := np.count_nonzero(item < 0):
            if unknown == len(item) and name_kind(rows["item"]) != name_kind(self.items_):
                given, learnt = type(rows["item"][0]).__name__, type(self.items_[0]).__name__
                raise TypeError(
                    f"X: item column {self.item!r} holds ids of type {given}, and fit saw those of "
                    f"type {learnt}: none is known. Convert them."
                )
            n_items = pd.Index(rows["item"])[item < 0].nunique()
            warn(
                f"X holds {n_items} items that fit did not see; their {unknown} of {len(item)} "
                "rows are left out. Fit the encoder, and the recommender, anew to include them.",
                CustbaseWarning,
            )
        known = item >= 0
        shape = (len(users), len(self.items_))
        amounts, rounding = rows["amount"][known], rows["rounding"][known]
        return sum_cells(amounts, user[known], item[known], shape, rounding)

    def encode_users(self, X: Any) -> np.ndarray:
        """Tell what the rows of `transform` stand for.

        Parameters
        ----------
        X : frame of pandas, polars or pyarrow
            One row an interaction.

        Returns
        -------
        ndarray of shape (n_users,)
            The ids of its users, sorted.

        Raises
        ------
        TypeError, ValueError
            As `fit` does for `X`.
        """
        check_is_fitted(self)
        return number_ids(self._read(X)["customer"], self.customer, "customer")[1]

    def decode_items(self, items: Any) -> np.ndarray:
        """Turn numbers of items, as recommenders return them, into ids.

        Parameters
        ----------
        items : array of int of any shape
            Numbers of columns; -1 where there is none.

        Returns
        -------
        ndarray of object of the same shape
            The ids; None for -1.

        Raises
        ------
        ValueError
            If a number is no column.
        """
        check_is_fitted(self)
        numbers = as_numbers(items, "iu")
        if numbers.dtype.kind == "f" or (
            numbers.size and not -1 <= numbers.min() <= numbers.max() < len(self.items_)
        ):
            raise ValueError(
                f"items must hold integers from -1 to {len(self.items_) - 1}; got {shorten(items)}."
            )
        return np.array([*pd.Index(self.items_), None], dtype=object)[numbers]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored; the columns are the items.

        Returns
        -------
        ndarray of shape (n_items,)
            The ids as text.
        """
        check_is_fitted(self)
        return np.array([str(item) for item in self.items_], dtype=object)

    def _read(self, X: Any) -> dict[str, Any]:
        """Users, items and what each row counts, checked, and how exactly it is known."""
        refuse_lazy_frame(X, "X")
        frame = open_frame("X", X)
        columns = {"customer": self.customer, "item": self.item}
        columns |= {"amount": self.amount} if self.amount is not None else {}
        columns |= {"event": self.event} if self.event is not None else {}
        check_columns("X", frame.collect_schema(), columns)
        if not isinstance(frame, nw.DataFrame) or frame.is_empty():
            raise ValueError("X has no rows.")
        schema = frame.schema
        for role, name in columns.items():
            ids = role in ("customer", "item")
            if ids and (fault := id_fault(role, name, schema[name], frame)):
                raise TypeError(f"X: {fault}")
            if count := frame.select(is_missing(name, schema[name]).sum()).item():
                raise ValueError(
                    f"X: {role} column {name!r} has {count} missing values in {len(frame)} rows. "
                    "Drop or repair those rows."
                )
        amounts = self._read_amounts(frame)
        counted = np.ones(len(frame), dtype=bool)
        if self.event is not None and self.event_weights is not None:
            events = pd.Series(frame[self.event].to_list(), dtype=object)
            weight = events.map(dict(self.event_weights)).to_numpy(dtype=np.float64)
            counted = ~np.isnan(weight)
            self._warn_of_events(events[~counted])
            amounts = amounts * weight
        if not counted.any():
            raise ValueError(
                f"event_weights must name an event of column {self.event!r}; got "
                f"{sorted(map(str, self.event_weights or {}))}. Give those of these rows a weight, "
                "0 if they are not to count."
            )
        return {
            "customer": frame[self.customer].to_numpy()[counted],
            "item": frame[self.item].to_numpy()[counted],
            "amount": amounts[counted],
            "rounding": row_roundings(frame, self.amount)[counted],
        }

    def _read_amounts(self, frame: nw.DataFrame[Any]) -> np.ndarray:
        """What each row adds up, before its event is weighed."""
        if self.amount is None:
            return np.ones(len(frame))
        if fault := amount_fault(self.amount, frame.schema[self.amount], frame):
            raise TypeError(f"X: {fault}")
        amounts = frame[self.amount].cast(nw.Float64).to_numpy()
        if count := np.count_nonzero(~np.isfinite(amounts)):
            raise ValueError(
                f"X: amount column {self.amount!r} has {count} infinite values in {len(frame)} "
                "rows. Drop or repair those rows."
            )
        return amounts

    def _warn_of_events(self, events: pd.Series) -> None:
        """Say which events have no weight."""
        if len(events):
            kinds = ", ".join(map(repr, events.unique()[:5]))
            warn(
                f"event_weights does not name {kinds}: {len(events)} rows are left out. Give them "
                "a weight, 0 for instance.",
                CustbaseWarning,
            )


def name_kind(ids: np.ndarray) -> str:
    """Say what ids are; numbers of any width are alike, and so are texts."""
    if ids.dtype.kind in "iuf":
        return "number"
    return "text" if isinstance(ids[0], str) else type(ids[0]).__name__
