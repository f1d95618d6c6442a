"""Rows of a log as arrays, and two sets of them as matrices of one shape."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from sklearn.base import clone

from .._inputs import refuse_lazy_frame
from .._interactions import canonical_csr
from .._params import NONE, Is, OneOf, check_value
from .._warn import warn
from ..exceptions import CustbaseWarning
from ..features import InteractionEncoder
from ..features._cells import sum_cells
from ..features._grouping import row_roundings
from ..features._log import check_columns, open_frame
from ..features._periods import read_times

DROP_OR_KEEP = OneOf(("drop", "keep"))
ENCODER = (Is((InteractionEncoder,), "an InteractionEncoder"), NONE)


class InteractionSplit(NamedTuple):
    """Interactions to learn from, and later ones of the same users and items."""

    history: csr_array
    held_out: csr_array
    users: np.ndarray
    encoder: InteractionEncoder


class Interactions(NamedTuple):
    """Rows of a log that count, in its order; their arrays have shape (n_rows,)."""

    frame: nw.DataFrame[Any]
    encoder: InteractionEncoder  # fitted on the whole log
    users: np.ndarray  # (n_users,): sorted ids
    place: np.ndarray  # where the rows stand in the frame
    user: np.ndarray  # number in users
    item: np.ndarray  # number in the items of the encoder
    amount: np.ndarray
    rounding: np.ndarray  # share of each amount that rounding may leave of sums that are 0
    day: np.ndarray
    instant: np.ndarray

    def add_up(self, is_taken: np.ndarray) -> csr_array:
        """Sum some of the rows, over all users and items."""
        shape = (len(self.users), len(self.encoder.items_))
        user, item = self.user[is_taken], self.item[is_taken]
        return sum_cells(self.amount[is_taken], user, item, shape, self.rounding[is_taken])


def read_interactions(log: Any, encoder: Any, time: Any) -> Interactions:
    """Read the rows of a log as an encoder counts them, and when they happened.

    Parameters
    ----------
    log : frame of pandas, polars or pyarrow
        One row an interaction.
    encoder : InteractionEncoder or None
        Which columns count how; never changed. None for the default one.
    time : str
        Name of the column of datetimes or dates.

    Returns
    -------
    Interactions
        The rows whose amount, times the weight of their event, is not 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or no row counts.
    """
    check_value("encoder", encoder, *ENCODER)
    learnt = InteractionEncoder() if encoder is None else clone(encoder)
    refuse_lazy_frame(log, "log")
    frame = open_frame("log", log)
    columns = {"customer": learnt.customer, "item": learnt.item, "time": time}
    optional = {"amount": learnt.amount, "event": learnt.event}
    columns |= {role: name for role, name in optional.items() if name is not None}
    check_columns("log", frame.collect_schema(), columns)
    if not isinstance(frame, nw.DataFrame) or frame.is_empty():
        raise ValueError("log has no rows.")
    times = read_times("log", frame, customer=learnt.customer, time=time)
    learnt.fit(frame)
    with _said_once():
        users = learnt.encode_users(frame)
        # Each row as a user of its own: its cell is what the encoder makes of it.
        rows = frame.drop(learnt.customer).with_row_index(learnt.customer)
        cells = learnt.transform(rows).tocoo()
        place = learnt.encode_users(rows)[cells.coords[0]].astype(np.int64)
    if not len(place):
        raise ValueError("log holds no interactions: every row of it counts 0.")
    ids = frame[learnt.customer].to_numpy()[place]
    return Interactions(
        frame=frame,
        encoder=learnt,
        users=users,
        place=place,
        user=pd.Index(users).get_indexer(pd.Index(ids)),
        item=cells.coords[1],
        amount=cells.data,
        rounding=row_roundings(frame, learnt.amount)[place],
        day=times.day[place],
        instant=times.instant[place],
    )


def make_split(
    rows: Interactions,
    is_history: np.ndarray,
    is_held: np.ndarray,
    *,
    repeats: str = "drop",
    new_items: str = "drop",
    new_users: str = "keep",
) -> InteractionSplit:
    """Turn two sets of rows into matrices of the same users and items.

    Parameters
    ----------
    rows : Interactions
        All rows.
    is_history, is_held : ndarray of shape (n_rows,) of bool
        The two sets; rows may be in neither.
    repeats, new_items, new_users : {"drop", "keep"}, default="drop", "drop", "keep"
        What to do with held-out items that the user has in history, with those that
        nobody has there, and with users who have nothing there.

    Returns
    -------
    InteractionSplit
        What the public functions return.

    Raises
    ------
    ValueError
        If nothing is left to be held out.
    """
    history, held = rows.add_up(is_history), rows.add_up(is_held)
    n_later = held.nnz
    if repeats == "drop":
        held -= held * (history != 0)
        held.eliminate_zeros()
    user, item = np.repeat(np.arange(held.shape[0]), np.diff(held.indptr)), held.indices
    is_user = np.diff(history.indptr) > 0
    is_item = np.bincount(history.indices, minlength=held.shape[1]) > 0
    is_learnt = is_history
    if new_items == "keep":
        is_item[item] = True
        is_learnt = is_history | is_held
    is_learnt = is_learnt & is_item[rows.item]
    of_new_user = ~is_user[user] if new_users == "drop" else np.zeros(len(user), dtype=bool)
    of_new_item = ~is_item[item] & ~of_new_user
    left_out = {"user": user[of_new_user], "item": item[of_new_item]}
    _tell_left_out(n_later, held.nnz, left_out)
    stays = ~(of_new_user | of_new_item)
    is_user[user[stays]] = True
    cells = (held.data[stays], (user[stays], item[stays]))
    held = canonical_csr(coo_array(cells, shape=held.shape))
    with _said_once():
        learnt = clone(rows.encoder).fit(rows.frame[rows.place[is_learnt]])
    return InteractionSplit(
        history[is_user][:, is_item], held[is_user][:, is_item], rows.users[is_user], learnt
    )


def _tell_left_out(n_later: int, n_held: int, left_out: dict[str, np.ndarray]) -> None:
    """Warn of held-out cells that have no place in the matrices; raise if there are no others."""
    n_users, n_items = map(len, left_out.values())
    if n_users + n_items == n_held:
        raise ValueError(
            f"held_out would be empty: of {n_later} pairs of user and item after the cut-off, "
            f"{n_later - n_held} repeat history, {n_users} are of new users and {n_items} of new "
            "items. Split the log elsewhere, or keep some of these."
        )
    parts = [
        f"{len(cells)} of {len(np.unique(cells))} new {noun}s (new_{noun}s='keep' keeps them)"
        for noun, cells in left_out.items()
        if len(cells)
    ]
    if parts:
        warn(
            f"held_out leaves out, of {n_held} pairs of user and item, {' and '.join(parts)}.",
            CustbaseWarning,
        )


@contextmanager
def _said_once() -> Iterator[None]:
    """Keep an encoder from repeating the warnings of its first fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CustbaseWarning)
        yield
