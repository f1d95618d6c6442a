"""Likelihoods, their derivatives, and the parameters that are published for them."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from mpmath import log, mp, mpf

from custbase import (
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    ShiftedBetaGeoModel,
)
from custbase.btyd import _gamma_gamma_model, _shifted_beta_geo_model
from custbase.btyd._maximum_likelihood import maximize
from custbase.btyd._rows import collapse
from custbase.datasets import load_cdnow, make_transactions
from custbase.features import rfm_summary
from tests.oracles import btyd as oracle

MODELS = [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel]
PUBLISHED = {
    BetaGeoModel: ({"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, -9582.4292),
    ModifiedBetaGeoModel: ({"r": 0.5248, "alpha": 6.1831, "a": 0.8914, "b": 1.6140}, -9582.1357),
    ParetoNBDModel: ({"r": 0.5533, "alpha": 10.5777, "s": 0.6062, "beta": 11.6685}, -9594.9763),
}
DAYS = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}


@pytest.fixture(scope="module")
def summary():
    return rfm_summary(load_cdnow(), end="1997-09-30")


@pytest.fixture(scope="module")
def rows(summary):
    scaled = summary[["frequency", "recency", "T"]].to_numpy() / [1, 39, 39]
    return collapse(scaled, np.ones(len(scaled)))


def log_likelihood(model, params, x, recency, T):
    """One customer's, in many digits."""
    params = [mpf(value) for value in params]
    x, recency, T = mpf(x), mpf(recency), mpf(T)
    if isinstance(model, ParetoNBDModel):
        return log(sum(oracle.pareto_parts(params, x, recency, T)))
    return log(sum(oracle.beta_geo_parts(params, x, recency, T, model._n_first)))


@pytest.mark.parametrize("unit", DAYS)
@pytest.mark.parametrize("model", MODELS)
def test_published_parameters_in_any_unit(model, unit):
    summary = rfm_summary(load_cdnow(), end="1997-09-30", unit=unit)
    fitted = model().fit(summary)
    expected, log_likelihood = PUBLISHED[model]
    scale = 7 / DAYS[unit]
    for name, value in expected.items():
        found = fitted.params_[name] / (scale if name in ("alpha", "beta") else 1)
        assert found == pytest.approx(value, rel=1e-3)
    n_purchases = summary["frequency"].sum()
    assert fitted.log_likelihood_ + n_purchases * np.log(scale) == pytest.approx(
        log_likelihood, abs=1e-3
    )


@pytest.mark.parametrize("model", MODELS)
def test_any_start_finds_them(model, rows):
    best = model()
    with best._open_likelihood(rows) as likelihood:
        expected = maximize(likelihood, best._list_starts(rows)[0], rows.weights.sum())
        for seed in range(20):
            start = np.exp(np.random.default_rng(seed).uniform(-4, 4, 4))
            found = maximize(likelihood, start, rows.weights.sum())
            np.testing.assert_allclose(found.params, expected.params, rtol=1e-6)
            assert found.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
            assert found.n_iter < 40


def test_any_start_finds_the_spend(summary):
    told = summary[summary["frequency"] > 0]
    fitted = GammaGammaModel().fit(summary)
    expected = {"p": 6.2496, "q": 3.7442, "v": 15.4436}
    assert fitted.params_ == pytest.approx(expected, rel=1e-4)
    assert fitted.log_likelihood_ == pytest.approx(-4055.918, abs=1e-3)
    unit = told["monetary_value"].mean()
    rows = collapse(
        np.column_stack([told["frequency"], told["monetary_value"] / unit]), np.ones(len(told))
    )
    with fitted._open_likelihood(rows) as likelihood:
        for seed in range(20):
            start = [0, 1, 0] + np.exp(np.random.default_rng(seed).uniform(-4, 4, 3))
            found = maximize(likelihood, start, len(told), _gamma_gamma_model.FLOOR)
            params = dict(zip("pqv", found.params * [1, 1, unit], strict=True))
            assert params == pytest.approx(fitted.params_, rel=1e-6)


@pytest.mark.parametrize(
    ("left", "params", "log_likelihood"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], (0.668, 3.806), -1611.2),
        ([1000, 631, 468, 382, 326, 289, 262, 241], (0.704, 1.182), -1680.3),
    ],
)
def test_published_contracts(left, params, log_likelihood):
    weights = np.append(-np.diff(left), left[-1])
    T, cancelled = np.arange(8.0)[:, None], np.arange(8) < 7
    fitted = ShiftedBetaGeoModel().fit(T, cancelled, sample_weight=weights)
    assert list(fitted.params_.values()) == pytest.approx(params, abs=5e-4)
    assert fitted.log_likelihood_ == pytest.approx(log_likelihood, abs=0.05)
    # One row a customer says the same.
    each = ShiftedBetaGeoModel().fit(np.repeat(T, weights, axis=0), np.repeat(cancelled, weights))
    assert each.params_ == pytest.approx(fitted.params_, rel=1e-9)
    survival = fitted.predict_survival([[0], [3]], range(20))
    np.testing.assert_allclose(
        survival[1], fitted.predict_survival([[0]], range(3, 23))[0] / survival[0, 3]
    )


@pytest.mark.parametrize("model", MODELS)
def test_equals_the_formula_in_many_digits(model):
    rng = np.random.default_rng(0)
    fitted = model()
    with mp.workdps(60):
        for x in (0, 1, 2, 7, 150, 10_000):
            for _ in range(4):
                params = 10 ** rng.uniform(-1.5, 1.5, 4)
                T = 10 ** rng.uniform(-1, 2)
                recency = (T if rng.random() < 0.3 else rng.uniform(0.01, T)) if x else 0.0
                expected = log_likelihood(fitted, params, x, recency, T)
                one = collapse(np.array([[x, recency, T]]), np.ones(1))
                with fitted._open_likelihood(one) as likelihood:
                    found = likelihood(params).value
                assert found == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_derivatives(model, rows):
    fitted = model()
    with fitted._open_likelihood(rows) as likelihood:
        for seed in range(6):
            params = np.exp(np.random.default_rng(seed).normal(size=4))
            check_derivatives(likelihood, params)


def test_derivatives_of_spend_and_contracts(summary):
    told = summary[summary["frequency"] > 0][["frequency", "monetary_value"]].to_numpy()
    rows = collapse(told / [1, 30], np.ones(len(told)))
    with GammaGammaModel()._open_likelihood(rows) as likelihood:
        for seed in range(4):
            check_derivatives(likelihood, np.exp(np.random.default_rng(seed).normal(size=3)))
    contracts = _shifted_beta_geo_model.make_likelihood(
        np.arange(9.0), np.arange(9) % 2 == 0, np.arange(1.0, 10)
    )
    check_derivatives(contracts, np.array([0.7, 2.5]))


def check_derivatives(likelihood, params):
    found = likelihood(params)
    steps = 1e-5 * np.diag(params)
    sides = [(likelihood(params + step), likelihood(params - step)) for step in steps]
    first = [(a.value - b.value) / (2e-5 * p) for (a, b), p in zip(sides, params, strict=True)]
    second = [(a.first - b.first) / (2e-5 * p) for (a, b), p in zip(sides, params, strict=True)]
    np.testing.assert_allclose(found.first, first, rtol=1e-5, atol=1e-4)
    scale = np.sqrt(np.outer(np.diag(found.second), np.diag(found.second)).clip(1e-12))
    np.testing.assert_allclose(found.second / scale, second / scale, atol=2e-5)
    assert np.array_equal(found.second, found.second.T)


def test_likelihood_of_spend_in_many_digits():
    with mp.workdps(40):
        for x, z in [(1, 3.0), (4, 0.2), (300, 50.0)]:
            rows = collapse(np.array([[x, z]]), np.ones(1))
            with GammaGammaModel()._open_likelihood(rows) as likelihood:
                found = likelihood(np.array([6.2, 3.7, 15.4])).value
            expected = oracle.gamma_gamma_log([mpf("6.2"), mpf("3.7"), mpf("15.4")], x, mpf(z))
            assert found == pytest.approx(float(expected), rel=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_weights_are_repetitions_and_order_does_not_matter(model, summary):
    some = summary.iloc[::7]
    counts = np.random.default_rng(0).integers(0, 4, len(some))
    weighed = model().fit(some, sample_weight=counts)
    repeated = some.iloc[
        np.random.default_rng(1).permutation(np.repeat(np.arange(len(some)), counts))
    ]
    each = model().fit(repeated)
    assert weighed.params_ == pytest.approx(each.params_, rel=1e-9)
    assert weighed.standard_errors_ == pytest.approx(each.standard_errors_, rel=1e-6)
    assert weighed.log_likelihood_ == pytest.approx(each.log_likelihood_, rel=1e-12)
    assert weighed.score(some, sample_weight=counts) == pytest.approx(
        weighed.log_likelihood_ / counts.sum()
    )


def make_weighed(summary):
    """Fits of every model as functions of weights, whose customers tell all, or too little."""
    some = summary.iloc[::3]
    silent = summary[summary["frequency"] == 0].iloc[::9]
    alike = pd.DataFrame({"frequency": [1, 2, 9], "monetary_value": 5.0})
    T = np.repeat(np.arange(8), [13, 12, 9, 6, 4, 3, 2, 49])[:, None]
    fits = {
        f"{model.__name__} {told}": (model, (X,))
        for model in MODELS
        for told, X in (("all", some), ("nothing", silent))
    }
    fits["GammaGammaModel all"] = (GammaGammaModel, (some,))
    fits["GammaGammaModel nothing"] = (GammaGammaModel, (alike,))
    fits["ShiftedBetaGeoModel all"] = (ShiftedBetaGeoModel, (T, T.ravel() < 7))
    fits["ShiftedBetaGeoModel nothing"] = (ShiftedBetaGeoModel, (T, T.ravel() < 0))
    return fits


@pytest.mark.parametrize("factor", [1e-200, 1e-6, None, 1e6, 1e200])
def test_the_scale_of_weights_changes_standard_errors_alone(summary, factor):
    for name, (model, data) in make_weighed(summary).items():
        weights = np.random.default_rng(0).integers(1, 9, len(data[0])) / 3
        scale = factor or 1 / weights.sum()
        found = []
        for weight in (weights, weights * scale):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found.append((model().fit(*data, sample_weight=weight), caught))
        (one, told), (other, again) = found
        kinds, others = ([str(w.message).partition(";")[0] for w in c] for c in (told, again))
        assert kinds == others, name
        assert bool(told) == ("nothing" in name), name
        if told:  # Where all parameters do, the last bit of weights decides.
            continue
        assert other.params_ == pytest.approx(one.params_, rel=1e-8), name
        errors = np.sqrt(scale) * np.array(list(other.standard_errors_.values()))
        np.testing.assert_allclose(errors, list(one.standard_errors_.values()), rtol=1e-6)
        assert other.log_likelihood_ / scale == pytest.approx(one.log_likelihood_, rel=1e-9)
        assert other.score(*data, sample_weight=weights * scale) == pytest.approx(
            one.score(*data, sample_weight=weights), rel=1e-9
        )


def test_few_who_leave_of_many_are_known_however_they_are_written():
    # 19 of 10,000 cancelled: four rows with counts say as much as 10,000 rows.
    T, left, counts = np.array([0, 1, 2, 3])[:, None], np.array([1, 1, 1, 0]), [10, 5, 4, 9981]
    counted = ShiftedBetaGeoModel().fit(T, left, sample_weight=counts)
    each = ShiftedBetaGeoModel().fit(np.repeat(T, counts, axis=0), np.repeat(left, counts))
    assert counted.standard_errors_ == pytest.approx(each.standard_errors_, rel=1e-6)
    shares = ShiftedBetaGeoModel().fit(T, left, sample_weight=np.array(counts) / 10_000)
    assert shares.params_ == pytest.approx(each.params_, rel=1e-8)
    assert shares.standard_errors_["alpha"] == pytest.approx(100 * each.standard_errors_["alpha"])


def draw_distinct(model, n_customers):
    """Customers of a model, at times that are no days: rows are distinct, tasks are many."""
    names = dict(zip(MODELS, ("beta_geo", "modified_beta_geo", "pareto_nbd"), strict=True))
    log, _ = make_transactions(n_customers, model=names[model], random_state=0)
    summary = rfm_summary(log, end="1998-06-30")
    times = np.random.default_rng(0).random((len(summary), 2)) * 0.1
    summary["T"] += times[:, 0] + 0.1
    summary["recency"] += np.where(summary["frequency"] > 0, times[:, 1], 0)
    return summary


@pytest.mark.parametrize("model", MODELS)
def test_threads_give_the_same_bits_and_a_part_the_start(model):
    summary = draw_distinct(model, 40_000)
    one, two = (model(n_jobs=n_jobs, horizon=20).fit(summary) for n_jobs in (1, 3))
    assert one.params_ == two.params_
    assert one.log_likelihood_ == two.log_likelihood_
    for method in ("predict", "predict_any", "predict_alive", "next_purchase_quantile"):
        assert np.array_equal(*(getattr(fitted, method)(summary) for fitted in (one, two)))
    unit = summary["T"].max()
    rows = collapse(
        summary[["frequency", "recency", "T"]].to_numpy() / [1, unit, unit], np.ones(len(summary))
    )
    assert len(rows.weights) == len(summary)
    with one._open_likelihood(rows) as likelihood:
        whole = maximize(likelihood, one._list_starts(rows)[0], len(summary))
    scale = np.where(np.isin(one._names, one._times), unit, 1.0)
    np.testing.assert_allclose(list(one.params_.values()), whole.params * scale, rtol=1e-7)


def test_rows_are_added_up():
    X = np.array([[1, 2.0, 3.0], [0, 0.0, 3.0], [1, 2.0, 3.0], [4, 1.0, 3.0], [1, 2.5, 3.0]])
    rows = collapse(X, np.array([1.0, 2.0, 3.0, 0.0, 1.0]))
    table = pd.DataFrame(np.column_stack([rows.frequency[rows.place], *rows.columns, rows.weights]))
    assert table.to_numpy().tolist() == [[1, 2, 3, 4], [0, 0, 3, 2], [1, 2.5, 3, 1]]
    assert rows.frequency.tolist() == [0, 1]
    assert rows.counts.tolist() == [2, 5]
