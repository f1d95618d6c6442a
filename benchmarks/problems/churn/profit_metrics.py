"""Profit metrics of many scores, and their bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks._case import Case, Contenders, Rows, Verdict
from benchmarks.peers import empulse
from custbase.metrics import (
    expected_maximum_profit_interval,
    expected_maximum_profit_score,
    maximum_profit_score,
)

TITLE = "Profit metrics"
CLAIM = (
    "Of 1,000,000 scores (--full; 100,000 otherwise) expected_maximum_profit_score is at least 2.5 "
    "times faster than empulse's empc_score, with the same result. A draw of "
    "expected_maximum_profit_interval is at least 10 times faster than drawing rows and calling "
    "the score again: 100 draws each at 1,000,000 scores, 1,000 at 10,000, on 2 threads."
)
SCORE, INTERVAL = "score of", "bootstrap of"


def draw_scores(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, a fifth of them positive, and scores that overlap."""
    rng = np.random.default_rng(0)
    left = (rng.random(n_rows) < 0.2).astype(int)
    return left, 0.7 * rng.random(n_rows) + 0.2 * left


def _setup_scores(n_rows: int) -> Callable[[], Contenders]:
    def setup() -> Contenders:
        left, scores = draw_scores(n_rows)
        return {
            "custbase": lambda: expected_maximum_profit_score(left, scores),
            "empulse": lambda: empulse.expected_maximum_profit(left, scores),
            "custbase, certain share": lambda: maximum_profit_score(left, scores),
            "empulse, certain share": lambda: empulse.maximum_profit(left, scores),
        }

    return setup


def _setup_interval(n_rows: int, n_draws: int) -> Callable[[], Contenders]:
    def setup() -> Contenders:
        left, scores = draw_scores(n_rows)

        def call_again() -> tuple[float, float]:
            rng = np.random.default_rng(0)
            found = []
            for _ in range(n_draws):
                rows = rng.integers(n_rows, size=n_rows)
                found.append(expected_maximum_profit_score(left[rows], scores[rows]))
            low, high = np.quantile(found, [0.025, 0.975])
            return float(low), float(high)

        return {
            "custbase": lambda: expected_maximum_profit_interval(
                left, scores, n_bootstrap=n_draws, random_state=0
            ),
            "calls repeated": call_again,
        }

    return setup


def judge_scores(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Difference to empulse."""
    pairs = {"custbase": "empulse", "custbase, certain share": "empulse, certain share"}
    return {
        ours: {"difference": f"{abs(results[ours] - results[theirs]):.1e}"}
        for ours, theirs in pairs.items()
    }


def judge_intervals(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Bounds of both."""
    return {name: {"interval": f"{low:.4f} to {high:.4f}"} for name, (low, high) in results.items()}


def cases(full: bool) -> dict[str, Case]:
    """One size of scores, two of draws."""
    n_rows, n_draws = (1_000_000, 100) if full else (100_000, 20)
    return {
        f"{SCORE} {n_rows:,}": Case(_setup_scores(n_rows), judge_scores),
        f"{INTERVAL} 10,000": Case(_setup_interval(10_000, 1000 if full else 100), judge_intervals),
        f"{INTERVAL} {n_rows:,}": Case(_setup_interval(n_rows, n_draws), judge_intervals),
    }


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the ratios against their limits."""
    verdicts = []
    for case, found in rows.items():
        rival, least = ("empulse", 2.5) if case.startswith(SCORE) else ("calls repeated", 10)
        ratio = next(row["ratio"] for row in found if row["contender"] == rival)
        verdicts.append(
            Verdict(
                f"{case}: at least {least} times faster than {rival}",
                f"{ratio:.2f}",
                ratio >= least,
            )
        )
        if case.startswith(SCORE):
            differences = [float(row["difference"]) for row in found if row.get("difference")]
            verdicts.append(
                Verdict(
                    f"{case}: equal to empulse within 1e-10",
                    f"{max(differences):.1e}",
                    max(differences) <= 1e-10,
                )
            )
    return verdicts
