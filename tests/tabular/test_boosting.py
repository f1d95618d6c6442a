"""What boosting may learn, by the loss of held-out rows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss

from custbase._tabular import _boosting
from custbase._tabular._boosting import (
    CAPACITIES,
    MOST_VALUES,
    Boosting,
    make_boosting,
    merge_values,
    settle,
)
from custbase._tabular._folds import Table, cross_fit, cut_folds
from custbase._tabular._menu import build_model, fit_model
from custbase._threads import as_rows_need

N = 900


@pytest.fixture(autouse=True)
def _one_thread():
    with as_rows_need(N):
        yield


def draw(kind: str, n: int = N) -> tuple[pd.DataFrame, np.ndarray]:
    """Six numbers and a category, and who did something because of one number, or of three."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(n, 6))
    effect = 2 * z[:, 0] if kind == "one" else 4 * np.sign(z[:, 0] * z[:, 1] + z[:, 2] / 4)
    rows = pd.DataFrame(z, columns=list("012345"))
    rows["6"] = rng.integers(3, size=n).astype(np.int32)
    return rows, rng.random(n) < 1 / (1 + np.exp(-effect))


def cut(n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    numbers = np.arange(n)
    return [(numbers[numbers % 3 != part], numbers[numbers % 3 == part]) for part in range(3)]


def settle_on(rows, y, kind=HistGradientBoostingClassifier, weights=None):
    cuts = cut(len(rows))

    def lose(said):
        if kind is HistGradientBoostingRegressor:
            pairs = zip(said, cuts, strict=True)
            return np.array([np.mean(m - y[h] * np.log(m)) for m, (_, h) in pairs])
        pairs = zip(said, cuts, strict=True)
        return np.array([log_loss(y[h], 1 / (1 + np.exp(-odds))) for odds, (_, h) in pairs])

    weights = np.ones(len(rows)) if weights is None else weights
    return settle(kind, rows, y, weights, cuts, lose, seed=3), lose


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, HistGradientBoostingRegressor])
def test_what_is_settled_is_that_of_models_learnt_from_scratch(kind, monkeypatch):
    monkeypatch.setattr(_boosting, "BLOCKS", (20, 50))
    rows, hits = draw("three")
    y = hits if kind is HistGradientBoostingClassifier else hits * (2.0 + rows["3"].abs()) + 0.1
    y = np.asarray(y)
    weights = 1.0 + hits
    found, _ = settle_on(rows, y, kind, weights)
    assert found.boosting.share == 1.0  # draws of columns begin anew with more trees
    design = rows[["6", *"012345"]].to_numpy()
    for (seen, held), said, model in zip(cut(N), found.said, found.models, strict=True):
        alone = make_boosting(kind, found.boosting, 1, 3)
        alone.fit(merge_values(design[seen]), y[seen], sample_weight=weights[seen])
        assert alone.n_iter_ == found.boosting.n_trees
        if kind is HistGradientBoostingClassifier:
            np.testing.assert_array_equal(said, alone.decision_function(design[held]))
            np.testing.assert_array_equal(model.decision_function(rows.iloc[held]), said)
        else:
            np.testing.assert_array_equal(said, alone.predict(design[held]))


def test_merged_values_fall_on_the_same_side_of_every_cut():
    rng = np.random.default_rng(0)
    design = np.column_stack(
        [rng.normal(size=N), rng.integers(200, size=N), rng.lognormal(3, 2, N), rng.random(N)]
    )
    design[rng.random((N, 4)) < 0.1] = np.nan
    hits = np.nan_to_num(design[:, 0]) + rng.normal(size=N) > 0
    merged = merge_values(design)
    counts = [len(np.unique(column[~np.isnan(column)])) for column in merged.T]
    assert counts[0] == counts[2] == counts[3] == MOST_VALUES
    np.testing.assert_array_equal(merged[:, 1], design[:, 1])
    model = make_boosting(HistGradientBoostingClassifier, CAPACITIES[2], 0, 3)
    model.fit(merged, hits, sample_weight=rng.exponential(size=N))
    np.testing.assert_array_equal(model.decision_function(design), model.decision_function(merged))


def test_no_capacity_is_better_with_any_number_of_its_first_trees():
    rows, hits = draw("three")
    found, lose = settle_on(rows, hits)
    design = rows[["6", *"012345"]].to_numpy()
    losses = []
    for capacity in CAPACITIES:
        stages = []
        for seen, held in cut(N):
            model = make_boosting(HistGradientBoostingClassifier, capacity, 1, 3)
            model.set_params(max_iter=50).fit(design[seen], hits[seen])
            stages.append(list(model.staged_decision_function(design[held])))
        losses += [
            lose([odds.ravel() for odds in said]).mean() for said in zip(*stages, strict=True)
        ]
    # Not every number of trees is looked at.
    assert lose(found.said).mean() <= min(losses) + 0.003


def test_more_is_learnt_where_there_is_more_to_learn():
    (plain, _), (woven, _) = (settle_on(*draw(kind, 3 * N)) for kind in ("one", "three"))
    size = [b.boosting.n_leaves * b.boosting.n_trees for b in (plain, woven)]
    assert size[0] * 2 < size[1]


def test_a_part_is_judged_by_what_the_others_chose():
    """Noise that one part likes is no merit of a capacity in that part."""
    losses = {8: np.array([0.5, 0.6, 0.6]), 10: np.array([0.1, 0.7, 0.7]), 13: np.full(3, 0.61)}
    said = {stage: [f"{stage} {part}" for part in range(3)] for stage in losses}
    models = ["a", "b", "c"]
    parts = [SimpleNamespace(columns=None)] * 3
    growing = SimpleNamespace(
        losses=losses, said=said, models=models, parts=parts, capacity=Boosting(4, 0.1, 1.0)
    )
    found = _boosting._settle_race([growing])
    assert found.boosting.n_trees == 10  # of the least mean
    assert found.said == ["10 0", "10 1", "10 2"]
    assert found.unseen == ["8 0", "10 1", "10 2"]


def test_rows_that_say_nothing_settle_nothing():
    rows, hits = draw("one")
    is_first = np.arange(N) % 3 == 0  # known only where the first part is held out
    known = rows[["0"]].where(is_first[:, None])
    assert settle_on(known, hits)[0] is None
    table = Table(known, hits, np.ones(N))
    folds = [held for _, held in cut(N)]
    fitted = cross_fit("boosting", table, folds, seed=0, n_jobs=1)
    assert fitted.model == _boosting.PLAIN
    assert np.isfinite(fitted.scores).all()


def test_the_model_of_all_rows_is_the_one_that_was_settled():
    rows, hits = draw("one")
    table = Table(rows, hits, np.ones(N))
    folds = cut_folds(hits, None, np.random.RandomState(0))
    fitted = cross_fit("boosting", table, folds, seed=0, n_jobs=1)
    pipeline = build_model(fitted.model, rows, N, seed=0, n_jobs=1)
    fit_model(fitted.model, pipeline, rows, hits, table.weights)
    model = pipeline[-1]
    names = ["max_leaf_nodes", "learning_rate", "l2_regularization", "max_features", "max_iter"]
    assert tuple(getattr(model, name) for name in names) == fitted.model[:-1]
    assert fitted.model.columns == tuple(rows)
