"""Recommenders whose options are chosen on training data, and what their answers are worth."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from benchmarks._case import Rows
from custbase.metrics import coverage, ndcg_at_k, recall_at_k

N = 10
NDCG, RECALL, COVERAGE = "NDCG@10", "recall@10", "coverage@10"
FAMILY, CHOSEN, MORE, ERROR = "family", "chosen", "custbase has more", "error"
BEST, BEST_ERROR = "best custbase has more", "error of the best"

# Interactions and options -> numbers of N items for every customer, -1 for none.
Answer = Callable[[Any, Mapping[str, Any]], np.ndarray]


class Split(NamedTuple):
    """Interactions to learn from and to find, and such pairs within those to learn from."""

    history: Any  # csr_array of shape (n_users, n_items), or whatever contenders take
    held_out: csr_array
    inner: Sequence[tuple[Any, csr_array]]


@dataclass(frozen=True)
class Contender:
    """A recommender that is tuned.

    Attributes
    ----------
    name, family : str
        What it is called, and what it is held against: the contender of the
        family whose name starts with custbase.
    answer : callable
        Fits and recommends.
    space : dict
        Option -> optuna distribution.
    share : float
        Of the trials that others get, where each takes very long.
    """

    name: str
    family: str
    answer: Answer
    space: Mapping[str, Any] = field(default_factory=dict)
    share: float = 1.0


class Answers(NamedTuple):
    """What a contender recommends, for one split after the other."""

    contender: Contender
    items: list[np.ndarray]
    options: list[dict[str, Any]]
    inner: list[float]  # NDCG by which options were chosen
    seconds: list[float]  # of fitting and recommending


def tune(contender: Contender, split: Split, n_trials: int) -> tuple[dict[str, Any], float]:
    """Choose options by NDCG within the training data, mean over its inner pairs.

    Options are proposed by optuna's TPE sampler, after ten random ones.

    Returns
    -------
    options, ndcg
        The best ones, the first of equals, and what they reach.
    """
    import optuna

    optuna.logging.set_verbosity(logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    for _ in range(max(1, round(contender.share * n_trials)) if contender.space else 1):
        trial = study.ask(dict(contender.space))
        found = [
            ndcg_at_k(held_out, contender.answer(history, trial.params))
            for history, held_out in split.inner
        ]
        study.tell(trial, float(np.mean(found)))
    return study.best_params, study.best_value


def answer_all(
    contenders: Sequence[Contender], splits: Sequence[Split], n_trials: int
) -> list[Answers]:
    """Tune and ask every contender for every split."""
    found = []
    for contender in contenders:
        answers = Answers(contender, [], [], [], [])
        for split in splits:
            options, inner = tune(contender, split, n_trials)
            start = time.perf_counter()
            answers.items.append(contender.answer(split.history, options))
            answers.seconds.append(time.perf_counter() - start)
            answers.options.append(options)
            answers.inner.append(inner)
        found.append(answers)
    return found


def score_users(held_out: csr_array, items: np.ndarray) -> np.ndarray:
    """NDCG of every customer; NaN of those who have nothing held out."""
    (n_users, n_items), n_held = held_out.shape, np.diff(held_out.indptr)
    cells = np.repeat(np.arange(n_users), n_held) * n_items + held_out.indices
    is_hit = np.isin(np.arange(n_users)[:, None] * n_items + items, cells) & (items >= 0)
    gains = 1 / np.log2(np.arange(2, items.shape[1] + 2))
    best = np.append(np.nan, gains.cumsum())[np.minimum(n_held, len(gains))]
    scores = is_hit @ gains / best
    if not np.isclose(np.nanmean(scores), ndcg_at_k(held_out, items), rtol=1e-12):
        raise AssertionError("Scores of customers must agree with ndcg_at_k.")
    return scores


def tabulate(found: Sequence[Answers], splits: Sequence[Split]) -> Rows:
    """Write one row a contender: means over the splits, and differences with standard errors.

    Differences are paired: those of a customer are averaged over the splits, the error is
    that of the mean over customers. Where there are contenders of other families than those
    of custbase, all are held against the best of custbase: that of the highest NDCG within
    the training data.
    """
    scores = {
        answers.contender.name: np.stack(
            [
                score_users(split.held_out, items)
                for split, items in zip(splits, answers.items, strict=True)
            ]
        )
        for answers in found
    }
    ours = [answers for answers in found if answers.contender.name.startswith("custbase")]
    own = {answers.contender.family: answers.contender.name for answers in ours}
    has_strangers = any(answers.contender.family not in own for answers in found)
    best = max(ours, key=lambda answers: np.mean(answers.inner)).contender.name
    rows = []
    for answers in found:
        name, family = answers.contender.name, answers.contender.family
        pairs = list(zip(splits, answers.items, strict=True))
        row = {
            "contender": name,
            FAMILY: family,
            NDCG: _mean([ndcg_at_k(split.held_out, items) for split, items in pairs]),
            RECALL: _mean([recall_at_k(split.held_out, items) for split, items in pairs]),
            COVERAGE: _mean([coverage(items, split.history.shape[1]) for split, items in pairs]),
            "NDCG@10 in training": _mean(answers.inner),
        }
        if family in own:
            row[MORE], row[ERROR] = compare(scores[own[family]], scores[name])
        if has_strangers:
            row[BEST], row[BEST_ERROR] = compare(scores[best], scores[name])
        row["s to fit and answer"] = round(float(np.median(answers.seconds)), 2)
        row[CHOSEN] = "; ".join(map(describe, answers.options))
        rows.append(row)
    return rows


def compare(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Mean difference of scores (n_splits, n_users), and its standard error over customers."""
    differences = ours - theirs
    known = ~np.isnan(differences).all(axis=0)
    of_users = np.nanmean(differences[:, known], axis=0)
    error = of_users.std(ddof=1) / np.sqrt(len(of_users))
    return round(float(of_users.mean()), 5), round(float(error), 5)


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def describe(options: Mapping[str, Any]) -> str:
    """Write options in a line."""
    parts = [
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in options.items()
    ]
    return ", ".join(parts)
