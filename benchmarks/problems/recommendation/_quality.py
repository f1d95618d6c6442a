"""What the problems of quality share: splits of real interactions, and what is said of a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
from scipy.sparse import csr_array

from benchmarks._case import Rows, Study, Verdict
from benchmarks.problems.recommendation._contenders import MODELS, NEIGHBORS
from benchmarks.problems.recommendation._tuning import (
    BEST,
    BEST_ERROR,
    ERROR,
    FAMILY,
    MORE,
    NDCG,
    Split,
    answer_all,
    tabulate,
)
from custbase.model_selection import split_by_time, split_items, split_last_out

DRAWN = {"figure": NDCG, "meaning": "NDCG of 10 recommendations, held out"}
LIMIT = 0.002
GROUPS = {"neighbours": NEIGHBORS, "models": MODELS}


def split_randomly(X: csr_array, seed: int, *, n_inner: int) -> Split:
    """Hold out a fifth of the items of each user, and of the rest a fifth, several times."""
    history, held_out = split_items(X, random_state=seed)
    inner = [split_items(history, random_state=100 + seed + 10 * i) for i in range(n_inner)]
    return Split(history, held_out, inner)


def split_at_once(log: pd.DataFrame, share: float = 0.8) -> Split:
    """Cut a log after a share of its rows, for users of both sides, and again what is before."""

    def cut(rows: pd.DataFrame) -> tuple[csr_array, csr_array, pd.DataFrame]:
        day = rows["date"].quantile(share).date()
        split = split_by_time(rows, cutoff=day)
        return split.history, split.held_out, rows[rows["date"].dt.date <= day]

    history, held_out, past = cut(log)
    return Split(history, held_out, [cut(past)[:2]])


def split_last(log: pd.DataFrame, n: int = 10) -> Split:
    """Hold out the last items of each user, and again the last ones before those."""
    split = split_last_out(log, n_held_out=n)
    known = split.history.tocoo()
    pairs = pd.DataFrame(
        {
            "customer_id": split.users[known.coords[0]],
            "product_id": split.encoder.items_[known.coords[1]],
        }
    )
    inner = split_last_out(log.merge(pairs), n_held_out=n)
    return Split(split.history, split.held_out, [(inner.history, inner.held_out)])


def make_cases(
    name: str, make: Callable[[], Sequence[Split]], n_trials: dict[str, int]
) -> dict[str, Study]:
    """Neighbours, and models of all items: one case each, with so many trials."""

    def measure(group: str) -> Rows:
        splits = make()
        return tabulate(answer_all(GROUPS[group], splits, n_trials[group]), splits)

    return {f"{name}: {group}": Study(partial(measure, group)) for group in GROUPS}


def conclude(rows: dict[str, Rows], *, n_errors: float = 0.0) -> list[Verdict]:
    """Hold each family against its best peer, and the best of custbase against the best of all.

    A family may be `LIMIT` below, or so many standard errors of the difference.
    """
    verdicts = []
    for case, found in rows.items():
        for family in dict.fromkeys(row[FAMILY] for row in found):
            peers = [
                row for row in found if row[FAMILY] == family and MORE in row and not _is_ours(row)
            ]
            if not peers:
                continue
            worst = min(peers, key=lambda row: row[MORE])
            verdicts.append(
                Verdict(
                    f"{case}: {family}: no peer is more than {LIMIT} above custbase"
                    + (f", or {n_errors:g} standard errors" if n_errors else ""),
                    f"{worst[MORE]:+.4f} +- {worst[ERROR]:.4f} ({worst['contender']})",
                    worst[MORE] >= -max(LIMIT, n_errors * worst[ERROR]),
                )
            )
        theirs = [row for row in found if BEST in row and not _is_ours(row)]
        if theirs:
            best = max(theirs, key=lambda row: row[NDCG])
            verdicts.append(
                Verdict(
                    f"{case}: the best of custbase not below the best of the others, within twice "
                    "the standard error",
                    f"{best[BEST]:+.4f} +- {best[BEST_ERROR]:.4f} ({best['contender']})",
                    best[BEST] >= -2 * best[BEST_ERROR],
                )
            )
    return verdicts


def _is_ours(row: dict[str, object]) -> bool:
    return str(row["contender"]).startswith("custbase")
