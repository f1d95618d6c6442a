"""Slow, obvious twins of the splits: one row after the other, in dicts."""

from __future__ import annotations

from collections import defaultdict


def time_split(rows, cutoff, n_days=None, *, repeats, new_items, new_users):
    """Split rows (user, item, day, amount) after the day `cutoff`.

    Returns users, items, the cells of history and of what is held out, and how many cells
    of how many new users and new items were left out.
    """
    history, later = defaultdict(float), defaultdict(float)
    for user, item, day, amount in rows:
        if amount == 0:
            continue
        if day <= cutoff:
            history[user, item] += amount
        elif n_days is None or day <= cutoff + n_days:
            later[user, item] += amount
    history = {cell: value for cell, value in history.items() if value}
    later = {cell: value for cell, value in later.items() if value}
    if repeats == "drop":
        later = {cell: value for cell, value in later.items() if cell not in history}
    users, items = ({cell[axis] for cell in history} for axis in (0, 1))
    strangers, unknown = [], []
    if new_users == "drop":
        strangers = [cell for cell in later if cell[0] not in users]
    if new_items == "drop":
        unknown = [cell for cell in later if cell[1] not in items and cell not in strangers]
    else:
        items |= {item for _, item in later}
    later = {cell: v for cell, v in later.items() if cell not in strangers + unknown}
    users |= {user for user, _ in later}
    counts = {
        "user": (len(strangers), len({user for user, _ in strangers})),
        "item": (len(unknown), len({item for _, item in unknown})),
    }
    return sorted(users), sorted(items), history, later, counts


def last_out_split(rows, n_held_out, *, new_items):
    """Leave the last items of rows (user, item, time, amount) out, user by user."""
    history, later = defaultdict(float), defaultdict(float)
    for user in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == user and row[3] != 0]
        own.sort(key=lambda row: row[2])
        found = list(dict.fromkeys(item for _, item, _, _ in own))
        found = [i for i in found if sum(row[3] for row in own if row[1] == i) != 0]
        last = found[-n_held_out:] if len(found) > n_held_out else []
        starts = [place for place, row in enumerate(own) if last and row[1] == last[0]]
        cut = starts[0] if starts else len(own)
        for place, (_, item, _, amount) in enumerate(own):
            if place < cut:
                history[user, item] += amount
            elif item in last:
                later[user, item] += amount
    history = {cell: value for cell, value in history.items() if value}
    items = {item for _, item in history}
    if new_items == "keep":
        items |= {item for _, item in later}
    unknown = [cell for cell in later if cell[1] not in items]
    later = {cell: value for cell, value in later.items() if cell not in unknown}
    users = {user for user, _ in history} | {user for user, _ in later}
    return sorted(users), sorted(items), history, later, len(unknown)
