"""split_by_time: what was known on a day, and what came after it."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from .._params import NONE, Number, check_value
from .._units import DAYS_IN_UNIT, UNIT
from ..features import InteractionEncoder
from ..features._log import parse_day
from ._interactions import DROP_OR_KEEP, InteractionSplit, make_split, read_interactions

DIGITS = 6  # of a number of days: three sevenths of a week are three days


def split_by_time(
    log: Any,
    *,
    cutoff: Any,
    horizon: float | None = None,
    unit: str = "W",
    time: str = "date",
    encoder: InteractionEncoder | None = None,
    repeats: str = "drop",
    new_items: str = "drop",
    new_users: str = "drop",
) -> InteractionSplit:
    """Split a log at the end of a day: interactions up to it, and those after it.

    The split that is like use: a recommender knows the past of everybody, and is asked
    for the future.

    Parameters
    ----------
    log : frame of pandas, polars or pyarrow
        One row an interaction, in any order.
    cutoff : str, date or datetime
        Last day, inclusive, of history; a string in ISO 8601.
    horizon : float or None, default=None
        How long after the cut-off interactions are held out, in `unit`; later ones stand
        nowhere. None for the rest of the log, which also ends longer horizons.
    unit : {"D", "W", "M", "Y"}, default="W"
        Unit of `horizon`: 1, 7, 30.4375 or 365.25 days, never snapped to the calendar.
    time : str, default="date"
        Name of the column of datetimes or dates. A day is the wall-clock day of the
        column's own zone.
    encoder : InteractionEncoder or None, default=None
        Names the columns of users and items, and what rows count; a copy of it is
        fitted. None for the default one.
    repeats : {"drop", "keep"}, default="drop"
        What becomes of held-out items that the user has in history. Recommenders leave
        out what a user has, so that they can never find these; "keep" is for what
        recommends items again, such as ``recommend`` with ``exclude_seen=False``.
    new_items : {"drop", "keep"}, default="drop"
        What becomes of held-out items that nobody has in history. They can hardly be
        found; "keep" has columns for them, empty in history, so that they count as
        missed.
    new_users : {"drop", "keep"}, default="drop"
        What becomes of users who have held-out items only. "keep" has rows for them,
        empty in history, which show what a recommender does for strangers.

    Returns
    -------
    InteractionSplit
        A named tuple:

        - ``history``, a csr_array of shape (n_users, n_items): sums up to the cut-off;
        - ``held_out``, a csr_array of the same shape: sums after it. Users without later
          interactions have empty rows, which metrics leave out;
        - ``users``, an array of shape (n_users,): the ids of the rows, sorted;
        - ``encoder``, an InteractionEncoder fitted on history, which holds the ids of
          the columns.

    Raises
    ------
    TypeError
        If `log` is no frame in memory, a column is of a wrong type, or an argument is.
    ValueError
        If a column is absent or holds missing values, an argument is out of range, or
        there is nothing up to the cut-off, after it, or left to be held out.

    Warns
    -----
    CustbaseWarning
        If interactions of new users or new items are left out; says how many. Metrics
        are then those of users and items that were known.

    See Also
    --------
    split_last_out : A cut-off of their own for each user.
    custbase.features.make_snapshots : The same for customers and their features.

    Notes
    -----
    Nothing after the cut-off touches history, nor, if new items are dropped, the encoder.
    Rows of amount or weight 0, and cells that add up to 0 such as returned purchases, are
    no interactions. With ``repeats="keep"``, what was bought in history and returned
    later has a negative cell in ``held_out``, which metrics count like any other.

    O(n log n) time for n rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.model_selection import split_by_time
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "ann", "bob", "bob"],
    ...     "product_id": ["tea", "pot", "tea", "tea", "tea", "pot"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-01", "2024-01-09", "2024-01-20", "2024-02-01", "2024-02-02", "2024-03-08"]
    ...     ),
    ... })
    >>> split = split_by_time(log, cutoff="2024-01-31")
    >>> split.history.toarray()
    array([[1., 1.],
           [0., 1.]])
    >>> split.held_out.toarray()
    array([[0., 0.],
           [1., 0.]])
    >>> split.users.tolist(), split.encoder.items_.tolist()
    (['ann', 'bob'], ['pot', 'tea'])

    Bob's tea of February is a repeat:

    >>> again = split_by_time(log, cutoff="2024-01-31", horizon=2, repeats="keep")
    >>> again.held_out.toarray()
    array([[0., 1.],
           [0., 1.]])
    """
    last = parse_day("cutoff", cutoff)
    check_value("unit", unit, UNIT)
    check_value("horizon", horizon, Number(0, low_open=True), NONE)
    for name, value in (("repeats", repeats), ("new_items", new_items), ("new_users", new_users)):
        check_value(name, value, DROP_OR_KEEP)
    n_days = math.inf
    if horizon is not None:
        n_days = math.floor(round(horizon * DAYS_IN_UNIT[unit], DIGITS))
        if n_days < 1:
            raise ValueError(
                f"horizon must hold a whole day; got {horizon!r} in units of "
                f"{DAYS_IN_UNIT[unit]:g} days."
            )
    rows = read_interactions(log, encoder, time)
    age = rows.day - last.toordinal()
    is_history, is_held = age <= 0, (age > 0) & (age <= n_days)
    if not is_history.any():
        first = date.fromordinal(int(rows.day.min()))
        raise ValueError(
            f"cutoff: log holds no interactions up to {last}; its first are of {first}. Take a "
            "later cut-off."
        )
    if not is_held.any():
        within = "" if horizon is None else f" and within a horizon of {n_days} days"
        end = date.fromordinal(int(rows.day.max()))
        raise ValueError(
            f"cutoff: log holds no interactions after {last}{within}; its last are of {end}. Take "
            "an earlier cut-off or a longer horizon."
        )
    return make_split(
        rows, is_history, is_held, repeats=repeats, new_items=new_items, new_users=new_users
    )
