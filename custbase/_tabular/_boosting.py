"""How much boosting may learn: leaves, penalty and number of trees by the loss of held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor

from ._design import make_codes, make_columns, split_columns
from ._losses import choose_by_others
from ._screen import screen_columns

# Trees after which the loss is looked at, about a quarter more each time.
STAGES = (8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100, 126, 158, 200, 251)
BLOCKS = (50, 100, 158, 251)  # trees, between which it is decided whether more are worth it
MOST_VALUES = 255  # of a number; of more, scikit-learn takes weighted quantiles
NEAR = 0.05  # of the least loss: who is farther behind will not catch up
WORTH = 0.004  # of the loss: what the last quarter of trees has saved, if more are worth it


class Boosting(NamedTuple):
    """What boosting of histograms may learn."""

    n_leaves: int
    step: float
    penalty: float
    share: float = 1.0  # of the columns that a split may take, drawn again for each split
    n_trees: int = 100
    columns: tuple[str, ...] | None = None  # that trees look at; None for all


# From little to much. Chosen on generated tables and on earlier days of logs.
CAPACITIES = (Boosting(4, 0.1, 10.0, 0.5), Boosting(8, 0.1, 10.0), Boosting(31, 0.1, 10.0))
PLAIN = CAPACITIES[1]


class Part(NamedTuple):
    """Rows that are learnt from, and others that are held out."""

    columns: ColumnTransformer
    n_categories: int  # which come first
    seen: np.ndarray  # the rows as boosting takes them
    y: np.ndarray
    weights: np.ndarray | None
    held: np.ndarray


class FirstTrees(NamedTuple):
    """A model of which only the first trees are asked."""

    columns: ColumnTransformer
    model: Any
    n_trees: int

    def decision_function(self, rows: pd.DataFrame) -> np.ndarray:
        """Log-odds of rows."""
        design = self.columns.transform(rows)
        if self.n_trees == self.model.n_iter_:
            return np.asarray(self.model.decision_function(design))
        return next(islice(_say_in_stages(self.model, design), self.n_trees - 1, None))


class Settled(NamedTuple):
    """What boosting may learn, and how it came out on held-out rows."""

    boosting: Boosting
    said: list[np.ndarray]  # of the rows that each part holds out: log-odds, or amounts
    models: list[FirstTrees]  # of each part
    unseen: list[np.ndarray]  # as `said`, where a part had no say in what boosting may learn


def make_boosting(kind: type, settled: Boosting, n_categories: int, seed: int) -> Any:
    """Boosting, not fitted, of rows whose categories come first, as `make_codes` puts them."""
    poisson = {"loss": "poisson"} if kind is HistGradientBoostingRegressor else {}
    return kind(
        **poisson,
        learning_rate=settled.step,
        max_iter=settled.n_trees,
        max_leaf_nodes=settled.n_leaves,
        l2_regularization=settled.penalty,
        max_features=settled.share,
        early_stopping=False,
        categorical_features=list(range(n_categories)),
        random_state=seed,
    )


def merge_values(design: np.ndarray) -> np.ndarray:
    """Bring numbers of many values to the nearest of 255 that stand at their quantiles.

    Of more values, scikit-learn finds the weighted quantiles one by one, which takes many times as
    long as the trees. It cuts 255 values halfway between them: numbers that were not brought to
    the nearest fall on the same side of every cut.
    """
    merged = design.copy()
    for column in merged.T:
        is_known = ~np.isnan(column)
        values = np.unique(column[is_known])
        if len(values) <= MOST_VALUES:
            continue
        ordered = np.sort(column[is_known])
        places = (len(ordered) - 1) * np.arange(MOST_VALUES) // (MOST_VALUES - 1)
        values = np.unique(ordered[places])
        cuts = (values[:-1] + values[1:]) / 2
        column[is_known] = values[np.searchsorted(cuts, column[is_known])]
    return merged


def settle(
    kind: type,
    rows: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray,
    cuts: list[tuple[np.ndarray, np.ndarray]],
    lose: Callable[[list[np.ndarray]], np.ndarray],
    *,
    seed: int,
) -> Settled | None:
    """Find what boosting may learn, by the loss of held-out rows.

    Parameters
    ----------
    kind : type
        Classifier or regressor of histograms.
    rows : DataFrame
        Rows, as `read_columns` gives them.
    y : ndarray of shape (n_rows,)
        Who does something, or amounts.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.
    cuts : list of (ndarray, ndarray)
        Rows that are learnt from, and those that are held out.
    lose : callable
        Losses, of each cut, of the log-odds, or amounts, that its held-out rows get.
    seed : int
        Seed of the models.

    Returns
    -------
    Settled or None
        The one of the least loss; None if the rows of a cut say nothing.

    Notes
    -----
    Capacities race: more leaves as long as they help, and more trees of those in front.
    """
    parts = _cut_parts(rows, y, weights, cuts)
    if not parts:
        return None
    racing = [_Growing(kind, capacity, parts, lose, seed) for capacity in CAPACITIES[:2]]
    for capacity in CAPACITIES[2:]:
        if racing[-1].least < racing[-2].least:
            racing.append(_Growing(kind, capacity, parts, lose, seed))
    for n_trees in BLOCKS[1:]:
        limit = (1 + NEAR) * min(growing.least for growing in racing)
        for growing in [g for g in racing if g.is_falling and g.least <= limit]:
            growing.grow(n_trees)
    settled = _settle_race(racing)
    asked = np.unique(np.concatenate([seen for seen, _ in cuts]))
    names = tuple(screen_columns(rows.iloc[asked], y[asked], weights[asked]))
    return settled._replace(boosting=settled.boosting._replace(columns=names))


def _settle_race(racing: list[_Growing]) -> Settled:
    """Take the least loss of all parts; and, to be judged on a part, that of the others."""
    stages = [(growing, stage) for growing in racing for stage in growing.losses]
    losses = np.stack([growing.losses[stage] for growing, stage in stages])
    best, n_trees = stages[int(losses.sum(axis=1).argmin())]
    unseen = []
    for part, number in enumerate(choose_by_others(losses)):
        growing, stage = stages[number]
        unseen.append(growing.said[stage][part])
    models = [
        FirstTrees(part.columns, model, n_trees)
        for model, part in zip(best.models, best.parts, strict=True)
    ]
    boosting = best.capacity._replace(n_trees=n_trees)
    return Settled(boosting, best.said[n_trees], models, unseen)


def _cut_parts(
    rows: pd.DataFrame,
    y: np.ndarray,
    weights: np.ndarray,
    cuts: list[tuple[np.ndarray, np.ndarray]],
) -> list[Part]:
    """Rows that are learnt from and held out; no parts if some cannot be learnt from."""
    parts = []
    for seen, held in cuts:
        if not np.ptp(y[seen].astype(float)):
            return []
        some = rows.iloc[seen]
        some = some[screen_columns(some, y[seen], weights[seen])]
        columns = make_columns(make_codes(some))
        if columns is None:
            return []
        design = columns.fit_transform(some)
        given = weights[seen] if np.ptp(weights[seen]) > 0 else None
        if given is not None:
            design = merge_values(design)
        later = columns.transform(rows.iloc[held])
        n_categories = len(split_columns(some)[1])
        parts.append(Part(columns, n_categories, design, y[seen], given, later))
    return parts


class _Growing:
    """Models of a capacity, one a part, and the loss of held-out rows after every stage."""

    def __init__(
        self,
        kind: type,
        capacity: Boosting,
        parts: list[Part],
        lose: Callable[[list[np.ndarray]], np.ndarray],
        seed: int,
    ) -> None:
        self.capacity, self.parts, self.lose = capacity, parts, lose
        self.models = [make_boosting(kind, capacity, part.n_categories, seed) for part in parts]
        self.losses: dict[int, np.ndarray] = {}  # of each part
        self.said: dict[int, list[np.ndarray]] = {}
        self.grow(BLOCKS[0])

    def grow(self, n_trees: int) -> None:
        """Add trees up to a number."""
        grown = max(self.losses, default=0)
        said: dict[int, list[np.ndarray]] = {n: [] for n in STAGES if grown < n <= n_trees}
        for model, part in zip(self.models, self.parts, strict=True):
            model.set_params(max_iter=n_trees, warm_start=True)
            model.fit(part.seen, part.y, sample_weight=part.weights)
            for stage, values in enumerate(_say_in_stages(model, part.held), 1):
                if stage in said:
                    said[stage].append(values)
        self.said |= said
        self.losses |= {stage: self.lose(values) for stage, values in said.items()}

    @property
    def least(self) -> float:
        """Least mean loss so far."""
        return min(float(losses.mean()) for losses in self.losses.values())

    @property
    def is_falling(self) -> bool:
        """Whether the last trees have saved so much that more are worth their time."""
        *_, before, last = self.losses.values()
        return bool(last.mean() <= (1 - WORTH) * before.mean())


def _say_in_stages(model: Any, design: np.ndarray) -> Any:
    """What a model says of rows after one tree, two trees, and so on: log-odds, or amounts."""
    if isinstance(model, HistGradientBoostingRegressor):
        return model.staged_predict(design)
    return (odds.reshape(-1) for odds in model.staged_decision_function(design))
