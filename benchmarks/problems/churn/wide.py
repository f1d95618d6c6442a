"""How long a fit takes where a column has thousands of levels, or a table hundreds of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import log_loss

from benchmarks._case import Case, Contenders, Rows, Verdict
from benchmarks.peers import classifiers
from custbase import ChurnClassifier

TITLE = "Wide tables"
CLAIM = (
    "One column of 100, 1,000 and 10,000 levels beside 5 numbers, of 20,000 customers (150,000 "
    "with 10,000 levels), and 50, 500 and 2,000 numbers of 10,000 customers (--full; a tenth of "
    "the customers otherwise): ChurnClassifier('logistic').fit, which chooses a penalty and "
    "calibrates on three folds, takes at most 5 times what one logistic regression of one penalty "
    "takes on sparse dummies and the same columns (curves, but for more than 100 numbers), fitted "
    "by scikit-learn's lbfgs. Log-losses are of 10,000 other customers."
)
OURS, AUTO, PEER = "custbase, logistic", "custbase, default", "sparse dummies and lbfgs"
STRAIGHT = "sparse dummies and lbfgs, no curves"
LIMIT, N_LATER, LOSS = 5.0, 10_000, "log-loss"


def draw_levels(n_levels: int, n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of as many towns, of which some are large, and five numbers."""
    rng = np.random.default_rng([n_levels, n])
    share = 1 / (np.arange(n_levels) + n_levels / 10)
    town = rng.choice(n_levels, size=n, p=share / share.sum())
    numbers = rng.normal(size=(n, 5))
    effect = 0.8 * rng.normal(size=n_levels)[town] + numbers[:, 0] - numbers[:, 1] ** 2 / 2
    frame = pd.DataFrame(numbers, columns=[f"score_{j}" for j in range(5)])
    frame["town"] = np.array([f"town {j}" for j in range(n_levels)], dtype=object)[town]
    return frame, (rng.random(n) < expit(effect)).astype(int)


def draw_numbers(n_numbers: int, n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers of as many numbers, of which twenty matter, and a column of five levels."""
    rng = np.random.default_rng([n_numbers, n])
    numbers = rng.normal(size=(n, n_numbers))
    effect = numbers[:, :20] @ np.linspace(1, 0.1, 20) - np.abs(numbers[:, 3])
    frame = pd.DataFrame(numbers, columns=[f"score_{j}" for j in range(n_numbers)])
    frame["plan"] = np.array(list("ABCDE"), dtype=object)[rng.integers(5, size=n)]
    return frame, (rng.random(n) < expit(effect)).astype(int)


def _case(draw: Callable[..., tuple[pd.DataFrame, np.ndarray]], width: int, n: int) -> Case:
    def setup() -> Contenders:
        frame, did = draw(width, n + N_LATER)
        seen, y = frame[:n], did[:n]
        return {
            OURS: lambda: ChurnClassifier("logistic", random_state=0).fit(seen, y),
            PEER: lambda: classifiers.make_sparse_logistic(seen, curves=True).fit(seen, y),
            STRAIGHT: lambda: classifiers.make_sparse_logistic(seen, curves=False).fit(seen, y),
            AUTO: lambda: ChurnClassifier(random_state=0).fit(seen, y),
        }

    def judge(results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        frame, did = draw(width, n + N_LATER)
        return {
            name: {LOSS: round(log_loss(did[n:], model.predict_proba(frame[n:])[:, 1]), 4)}
            for name, model in results.items()
        }

    return Case(setup, judge, once=(AUTO,))


def cases(full: bool) -> dict[str, Case]:
    """Levels, and numbers."""
    levels = [(100, 20_000), (1_000, 20_000), (10_000, 150_000)]
    numbers = [(50, 10_000), (500, 10_000), (2_000, 10_000)]
    less = 1 if full else 10
    return {
        f"{width:,} levels, {n // less:,} customers": _case(draw_levels, width, n // less)
        for width, n in levels
    } | {
        f"{width:,} numbers, {n // less:,} customers": _case(draw_numbers, width, n // less)
        for width, n in numbers[: None if full else 2]
    }


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold every table against the limit."""
    verdicts = []
    for name, of in rows.items():
        peer = STRAIGHT if name.startswith(("500 ", "2,000 ")) else PEER
        ratio = next(1 / row["ratio"] for row in of if row["contender"] == peer)
        verdicts.append(
            Verdict(f"{name}: at most {LIMIT:g} times", f"{ratio:.1f} times", ratio <= LIMIT)
        )
    return verdicts
