"""The highest of several peaks of a likelihood."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln
from sklearn.exceptions import ConvergenceWarning

from custbase import ModifiedBetaGeoModel, ParetoNBDModel
from custbase.btyd._maximum_likelihood import climb_highest, find_peaks, maximize
from custbase.btyd._rows import collapse, gather, measure_rates
from custbase.btyd._terms import Terms
from custbase.datasets import make_transactions
from custbase.features import rfm_summary
from tests.oracles.histories import draw
from tests.oracles.searches import ESTIMATORS, list_scales, open_likelihood

# Customers for whom one start, of middling parameters, ends at a lower peak: those who bought once
# left, and are taken for those who seldom buy, or the other way round.
STUCK = [
    ("modified_beta_geo", 40),  # regulars, and those who buy once
    ("modified_beta_geo", 60),  # months
    ("modified_beta_geo", 104),  # regulars who stop
    ("modified_beta_geo", 120),
    ("modified_beta_geo", 158),  # uneven weights
    ("pareto_nbd", 9),  # regulars until now
    ("pareto_nbd", 44),  # months
    ("pareto_nbd", 68),  # a short time
    ("pareto_nbd", 109),  # weights
    ("pareto_nbd", 184),  # regulars who stop
]


def draw_rows(model, number):
    """Rows in units of the longest time, and their weight."""
    drawn = draw(model, number, most=300)
    longest = drawn.X[:, 2].max()
    return drawn, collapse(drawn.X / [1, longest, longest], drawn.weights)


def fit(model, X, weights=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return ESTIMATORS[model]().fit(X, sample_weight=weights)


def find_limit(x, recency, T):
    """Largest log-likelihood if a share of customers leaves at once, and nobody later."""

    def measure(logs):
        r, alpha = np.exp(logs[:2])
        gone = 1 / (1 + np.exp(-logs[2]))
        log_buying = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
        return -np.log((1 - gone) * np.exp(log_buying) + gone * (x == 0)).sum()

    return -minimize(measure, [1.0, 1.0, 0.0], method="Nelder-Mead", options={"maxiter": 2000}).fun


def test_who_bought_once_has_left():
    params = {"r": 1.0, "alpha": 10.0, "a": 0.1, "b": 0.03}
    log, truth = make_transactions(
        1000,
        model="modified_beta_geo",
        params=params,
        acquisition_days=90,
        end="1997-12-31",
        random_state=0,
    )
    summary = rfm_summary(log, end="1997-12-31")
    fitted = ModifiedBetaGeoModel().fit(summary)
    # That of lifetimes, from many starts, is -3064.072.
    assert fitted.log_likelihood_ >= -3064.08
    bought_once = (summary["frequency"] == 0).to_numpy()
    alive = truth["alive"].to_numpy()[bought_once].mean()
    assert alive == pytest.approx(0.056, abs=1e-3)
    assert fitted.predict_alive(summary)[bought_once].mean() == pytest.approx(alive, abs=0.02)
    assert np.isfinite(list(fitted.standard_errors_.values())).all()


@pytest.mark.parametrize("seed", range(3))
def test_regulars_beside_those_who_buy_once(seed):
    rng = np.random.default_rng(seed)
    T = rng.uniform(20, 40, 1000)
    x = rng.poisson(0.5 * T * rng.gamma(10, 0.1, 1000)).astype(float)
    x[:600] = 0
    recency = np.where(x > 0, T * rng.beta(np.maximum(x, 1), 1), 0)
    with pytest.warns(ConvergenceWarning, match="likelihood grows as beta falls, and the search"):
        fitted = ParetoNBDModel().fit(np.column_stack([x, recency, T]))
    # Who bought once left at once, and regulars never: a Pareto/NBD model close to that, which
    # beta comes to by less and less.
    limit = find_limit(x, recency, T)
    assert limit - 10 < fitted.log_likelihood_ < limit
    x, recency, T = x[400:], recency[400:], T[400:]
    assert fitted.params_["r"] > 5
    alive = fitted.predict_alive(np.column_stack([x, recency, T]))
    assert alive[x == 0].max() < 0.01
    assert alive[x > 0].mean() > 0.95


@pytest.mark.parametrize(("model", "number"), STUCK)
def test_one_start_is_stuck(model, number):
    drawn, rows = draw_rows(model, number)
    unit, _ = list_scales(model, drawn)
    rate = measure_rates(rows).of_all
    middling = np.array([0.5, 0.5 / rate, 0.5, 0.5 if model == "pareto_nbd" else 1.5])
    with open_likelihood(model, drawn) as likelihood:
        one = maximize(likelihood, middling * unit, drawn.weights.sum())
    fitted = fit(model, drawn.X, drawn.weights)
    assert fitted.log_likelihood_ > one.log_likelihood + 0.5


@pytest.mark.parametrize(("model", "number"), STUCK[::4])
def test_peaks_are_climbed_in_any_order(model, number):
    drawn, rows = draw_rows(model, number)
    total, estimator = float(drawn.weights.sum()), ESTIMATORS[model]()
    with estimator._open_likelihood(gather(rows)) as likelihood:
        peaks = find_peaks(likelihood, estimator._list_starts(rows), total)
    assert len(peaks) > 1
    heights = [peak.log_likelihood for peak in peaks]
    assert heights == sorted(heights, reverse=True)
    calls = []
    with estimator._open_likelihood(rows) as likelihood:
        for order in (peaks, peaks[::-1]):
            n_calls = 0

            def count(params):
                nonlocal n_calls
                n_calls += 1
                return likelihood(params)

            found = climb_highest(count, order, total)
            assert found.log_likelihood == pytest.approx(
                climb_highest(likelihood, peaks, total).log_likelihood, abs=1e-3
            )
            calls.append(n_calls)
    # From the highest on, little is spent on those without a prospect.
    assert calls[0] <= calls[1]


def test_a_peak_without_prospect_takes_one_call():
    def count(params):
        """Two peaks, of height 1 and 2, at 1 and at 100."""
        nonlocal n_calls
        n_calls += 1
        x = np.log(params[0])
        far = np.log(100.0)
        height, at = (1.0, 0.0) if x < far / 2 else (2.0, far)
        p = params[0]
        slope, curve = -(x - at) / p, ((x - at) - 1) / p**2
        return Terms(height - (x - at) ** 2 / 2, np.array([slope]), np.array([[curve]]))

    n_calls = 0
    peaks = find_peaks(count, [np.array([0.9]), np.array([1.2]), np.array([90.0])], 1.0)
    assert [peak.params[0] for peak in peaks] == pytest.approx([100, 1], rel=0.01)
    n_calls = 0
    assert climb_highest(count, peaks[:1], 1.0).params == pytest.approx([100.0])
    alone, n_calls = n_calls, 0
    found = climb_highest(count, peaks, 1.0)
    assert found.params == pytest.approx([100.0])
    assert n_calls == alone + 1
    assert climb_highest(count, peaks[::-1], 1.0).params == pytest.approx([100.0])


def test_ridges_are_followed_to_their_end():
    # Regulars stop half-way, all of them: s and beta are known by their ratio only.
    rng = np.random.default_rng(0)
    T = rng.uniform(20, 40, 1000)
    x = rng.poisson(0.5 * T * rng.gamma(10, 0.1, 1000)).astype(float)
    x[:600] = 0
    recency = np.where(x > 0, 0.5 * T * rng.beta(np.maximum(x, 1), 1), 0)
    X = np.column_stack([x, recency, T])
    with pytest.warns(ConvergenceWarning, match="do not determine") as caught:
        fitted = ParetoNBDModel().fit(X)
    assert len(caught) == 1
    assert np.isnan(fitted.standard_errors_["s"])
    # Steps of noise would take a hundred, and end earlier.
    assert fitted.n_iter_ < 30
    assert fitted.params_["s"] > 5e5
    assert fitted.log_likelihood_ >= -7902.337


def test_few_rows_stand_for_all():
    for number in range(16):
        drawn, rows = draw_rows("modified_beta_geo", number)
        few = gather(rows)
        assert len(few.weights) <= len(rows.weights)
        assert few.weights.sum() == pytest.approx(drawn.weights.sum())
        assert few.counts.sum() == pytest.approx(drawn.weights.sum())
        assert few.counts @ few.frequency == pytest.approx(rows.counts @ rows.frequency)
        for column, means in zip(rows.columns, few.columns, strict=True):
            assert few.weights @ means == pytest.approx(rows.weights @ column)
        recency, T = few.columns
        assert (recency <= T * (1 + 1e-12)).all()
        assert ((recency > 0) == (few.frequency[few.place] > 0)).all()
        # The value is about that of all rows.
        params = np.array([0.5, 0.3, 0.6, 0.9])
        estimator = ModifiedBetaGeoModel()
        with estimator._open_likelihood(rows) as all_of_them:
            expected = all_of_them(params)
        with estimator._open_likelihood(few) as of_few:
            np.testing.assert_allclose(
                of_few(params).first, expected.first, atol=0.1 * np.abs(expected.first).max()
            )


def test_extreme_customers_can_be_gathered():
    X = np.array([[0, 0, 0.0], [0, 0, 1.0], [1, 1e-300, 1.0], [1e15, 1, 1], [3, 1e-9, 1e-9]])
    few = gather(collapse(X, np.ones(5)))
    assert few.weights.sum() == 5
    assert np.isfinite(few.frequency).all()
    nobody = collapse(np.array([[0, 0, 1.0], [0, 0, 0.5]]), np.array([1e-3, 2e-3]))
    for rows in (nobody, collapse(X[3:4], np.ones(1))):
        rates = np.array(measure_rates(rows))
        assert (rates > 0).all()
        assert np.isfinite(rates).all()


def test_rates_do_not_hang_on_the_size_of_weights():
    _, rows = draw_rows("beta_geo", 0)
    small = rows._replace(counts=rows.counts / 1e6, weights=rows.weights / 1e6)
    assert measure_rates(small) == pytest.approx(measure_rates(rows))
