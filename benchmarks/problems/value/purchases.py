"""How long purchase models take to fit and to predict, and whether they find the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks._case import Case, Contenders, Rows, Verdict
from benchmarks.peers import clvkit, lifetimes
from custbase import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel
from custbase.datasets import load_cdnow, make_transactions
from custbase.features import rfm_summary

TITLE = "Purchase models"
CLAIM = (
    "BG/NBD and MBG/NBD models of customers whose rows are all distinct (471,400 of "
    "make_transactions, times to the second; --full; 20,000 otherwise): fit is at least 10 times "
    "faster than that of lifetimes and of clvkit, of the CDNOW sample at least 3 times, and "
    "expected purchases within 39 weeks at least 5 times. The log-likelihood is at least theirs. "
    "Pareto/NBD on the sample. Peers get a summary, ready made."
)
HORIZON, COLUMNS = 39.0, ["frequency", "recency", "T"]
LIKELIHOOD, DIFFERENCE = "log-likelihood", "largest difference"
N_ROWS = {True: 471_400, False: 20_000}
WEEK = 7 * 86_400


class Model(NamedTuple):
    """A model, and what peers call theirs; None if there is none."""

    custbase: type
    lifetimes: str
    clvkit: str | None


MODELS = {
    "BG/NBD": Model(BetaGeoModel, "BetaGeoFitter", "BGNBD"),
    "MBG/NBD": Model(ModifiedBetaGeoModel, "ModifiedBetaGeoFitter", "MBGNBD"),
    "Pareto/NBD": Model(ParetoNBDModel, "ParetoNBDFitter", None),
}


def read_sample() -> pd.DataFrame:
    """Summary of the CDNOW sample, in weeks."""
    return rfm_summary(load_cdnow(), end="1997-09-30")


def draw_distinct(n_rows: int) -> pd.DataFrame:
    """Summary of simulated customers at the second, in weeks, no row twice."""
    log, _ = make_transactions(int(1.06 * n_rows), random_state=0)
    times = log.groupby("customer_id")["date"].agg(["min", "max", "count"])
    end = pd.Timestamp("1998-07-01")
    recency = (times["max"] - times["min"]).dt.total_seconds() / WEEK
    summary = pd.DataFrame(
        {
            "frequency": np.where(recency > 0, times["count"] - 1.0, 0.0),
            "recency": recency,
            "T": (end - times["min"]).dt.total_seconds() / WEEK,
        }
    )
    return summary.drop_duplicates().head(n_rows).reset_index(drop=True)


def setup_fit(draw: Callable[[], pd.DataFrame], model: Model) -> Contenders:
    """Fits of a summary."""
    summary = draw()
    calls: dict[str, Callable[[], Any]] = {
        "custbase": lambda: model.custbase().fit(summary),
        "lifetimes": lambda: lifetimes.fit(model.lifetimes, summary),
    }
    if (name := model.clvkit) is not None:
        base = clvkit.open_summary(summary)
        calls["clvkit"] = lambda: clvkit.fit(name, base)
    return calls


def judge_fit(
    draw: Callable[[], pd.DataFrame], results: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Log-likelihood at the parameters of each."""
    summary = draw()
    names = list(results["custbase"].params_)
    found = {}
    for contender, fitted in results.items():
        at = deepcopy(results["custbase"])
        at.params_ = {name: float(fitted.params_[name]) for name in names}
        values = ", ".join(f"{value:.5g}" for value in at.params_.values())
        likelihood = at.score(summary) * len(summary)
        found[contender] = {LIKELIHOOD: round(likelihood, 3), ", ".join(names): values}
    return found


def setup_predict(draw: Callable[[], pd.DataFrame], model: Model) -> Contenders:
    """Expected purchases, by fitted models."""
    summary = draw()
    ours = model.custbase(horizon=HORIZON).fit(summary)
    theirs = lifetimes.fit(model.lifetimes, summary)
    calls: dict[str, Callable[[], Any]] = {
        "custbase": lambda: ours.predict(summary),
        "lifetimes": lambda: lifetimes.predict(theirs, summary, HORIZON),
    }
    if (name := model.clvkit) is not None:
        base = clvkit.open_summary(summary)
        fitted = clvkit.fit(name, base)
        calls["clvkit"] = lambda: fitted.predict(HORIZON, base)
    return calls


def judge_predict(results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Largest difference from custbase."""
    ours = results["custbase"]
    return {
        contender: {DIFFERENCE: f"{np.nanmax(np.abs(_values(found) - ours)):.1e}"}
        for contender, found in results.items()
    }


def _values(found: Any) -> np.ndarray:
    """Numbers of a result, whatever wraps them."""
    for name in ("to_pandas", "values"):
        if hasattr(found, name):
            inner = getattr(found, name)
            found = inner() if callable(inner) else inner
    table = np.asarray(found, dtype=np.float64)
    return table if table.ndim == 1 else table[:, -1]


def cases(full: bool) -> dict[str, Case]:
    """Fits and predictions, of simulated customers and of the sample."""
    found = {}
    draw = partial(draw_distinct, N_ROWS[full])
    for source, make, models, once in (
        (f"{N_ROWS[full]:,} distinct rows", draw, ["BG/NBD", "MBG/NBD"], ("clvkit",)),
        ("CDNOW sample", read_sample, list(MODELS), ()),
    ):
        for name in models:
            model = MODELS[name]
            found[f"fit, {name}, {source}"] = Case(
                partial(setup_fit, make, model), partial(judge_fit, make), once
            )
            found[f"predict, {name}, {source}"] = Case(
                partial(setup_predict, make, model), judge_predict
            )
    return found


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold each ratio against its limit, and log-likelihoods against each other."""
    verdicts = []
    kinds = {
        "fit of distinct rows": (10.0, lambda case: case.startswith("fit") and "distinct" in case),
        "fit of the sample": (3.0, lambda case: case.startswith("fit") and "sample" in case),
        "predict": (5.0, lambda case: case.startswith("predict")),
    }
    for kind, (limit, holds) in kinds.items():
        for peer in ("lifetimes", "clvkit"):
            ratio, case = min(
                (row["ratio"], case)
                for case, found in rows.items()
                for row in found
                if holds(case) and row["contender"] == peer
            )
            verdicts.append(
                Verdict(
                    f"{kind}: no ratio of {peer} below {limit:g}",
                    f"{ratio:.2f} at {case}",
                    ratio >= limit,
                )
            )
    least = min(
        found[0][LIKELIHOOD] - row[LIKELIHOOD]
        for case, found in rows.items()
        for row in found
        if case.startswith("fit")
    )
    verdicts.append(
        Verdict("no peer has a larger likelihood by 0.01", f"{least:+.3f}", least >= -0.01)
    )
    return verdicts
