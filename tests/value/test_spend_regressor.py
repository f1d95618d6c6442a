"""What customers will spend, by classical models."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_poisson_deviance
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor

from custbase import SpendRegressor
from custbase._tabular._losses import mean_deviance
from custbase.exceptions import CustbaseWarning
from custbase.features import make_snapshots
from custbase.metrics import decile_mape, normalized_gini

FOREST = pytest.param("forest", marks=pytest.mark.slow)
MODELS = ["linear", "tree", "boosting", FOREST]
HURDLES = [True, False]


def draw_customers(n_customers: int, seed: int):
    """A raw frame, what customers spent, and the truth: who buys, and how much those do."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "past": rng.lognormal(3, 1, n_customers),
            "inactivity": rng.uniform(0, 40, n_customers),
            "channel": rng.choice(["web", "shop", "phone"], n_customers),
            "member": rng.random(n_customers) < 0.4,
        }
    )
    p = expit(0.5 - 0.08 * frame["inactivity"] + 0.8 * frame["member"]).to_numpy()
    amount = (2 * frame["past"] ** 0.8 * np.where(frame["channel"] == "shop", 1.5, 1.0)).to_numpy()
    spend = np.where(rng.random(n_customers) < p, amount * rng.gamma(2, 0.5, n_customers), 0.0)
    frame.loc[rng.random(n_customers) < 0.05, "past"] = np.nan
    return frame, spend, p, p * amount


@pytest.fixture(scope="module")
def customers():
    """Frame and spend."""
    return draw_customers(2000, 0)[:2]


@pytest.fixture(scope="module")
def fitted(customers):
    return SpendRegressor("linear", random_state=0).fit(*customers)


@pytest.mark.parametrize("hurdle", HURDLES)
@pytest.mark.parametrize("model", MODELS)
def test_learns_who_buys_and_how_much(model, hurdle, customers):
    spend = SpendRegressor(model, hurdle=hurdle, random_state=0).fit(*customers)
    found = spend.predict(customers[0])
    assert found.min() >= 0
    assert found.mean() == pytest.approx(customers[1].mean(), rel=0.06)
    frame, paid, p, expected = draw_customers(20_000, 7)
    known = frame["past"].notna().to_numpy()
    found = spend.predict(frame)
    assert found.sum() == pytest.approx(expected.sum(), rel=0.08)
    # Means of leaves are coarser than curves.
    slack = {"tree": 2.5, "forest": 1.25}.get(model, 1)
    assert np.corrcoef(np.log(found[known]), np.log(expected[known]))[0, 1] > 1 - 0.15 * slack
    assert normalized_gini(paid, found) > normalized_gini(paid, expected) - 0.05 * slack
    if hurdle:
        assert np.abs(spend.predict_positive(frame) - p).mean() < 0.06 * slack


def test_parts_multiply(customers, fitted):
    frame, spend = customers
    rows = fitted.model_.feature_names_in_
    amounts = (fitted.model_.predict(_read(frame)[rows]) * fitted.unit_).clip(0, spend.max())
    expected = fitted.scale_ * fitted.predict_positive(frame) * amounts
    np.testing.assert_allclose(fitted.predict(frame), expected.clip(0, spend.max()))
    assert 0.9 < fitted.scale_ < 1.1
    assert fitted.unit_ == pytest.approx(spend[spend > 0].mean())


def _read(frame):
    from custbase._tabular._columns import learn_columns, read_columns

    return read_columns(frame, learn_columns(frame))


@pytest.mark.parametrize("model", ["tree", "boosting", "auto"])  # which takes the linear
def test_the_currency_makes_no_difference(model, customers):
    frame, spend = customers
    euros = SpendRegressor(model, random_state=0).fit(frame, spend).predict(frame)
    for factor in (100.0, 2.0**-400, 2.0**400):
        other = SpendRegressor(model, random_state=0).fit(frame, spend * factor)
        np.testing.assert_allclose(other.predict(frame) / factor, euros, rtol=1e-5)


@pytest.mark.parametrize("hurdle", HURDLES)
def test_any_regressor(hurdle, customers):
    frame, paid = customers
    model = KNeighborsRegressor(20)
    spend = SpendRegressor(model, hurdle=hurdle, random_state=0).fit(frame, paid)
    assert not hasattr(model, "n_features_in_")
    assert spend.unit_ == 1.0
    assert spend.predict(frame).mean() == pytest.approx(paid.mean(), rel=0.1)
    # Straight lines go below 0; spend does not.
    lines = SpendRegressor(LinearRegression(), hurdle=hurdle, random_state=0).fit(frame, paid)
    assert lines.predict(frame).min() >= 0


@pytest.mark.parametrize("hurdle", HURDLES)
def test_auto_takes_the_model_of_least_deviance(hurdle, customers):
    frame, paid = customers
    auto = SpendRegressor(hurdle=hurdle, random_state=0).fit(frame, paid)
    table = auto.selection_
    assert table.index.name == "model"
    assert set(table.index) == {"linear", "boosting"}
    assert table["worse_by"].iloc[0] == 0 < table["worse_by"].iloc[1]
    assert auto.model_name_ == table.index[0] == "linear"  # spend is a product of powers
    alone = SpendRegressor("linear", hurdle=hurdle, random_state=0).fit(frame, paid)
    np.testing.assert_array_equal(auto.predict(frame), alone.predict(frame))
    assert alone.selection_.loc["linear", "deviance"] == table["deviance"].iloc[0]
    if not hurdle:
        tree = SpendRegressor("tree", hurdle=False, random_state=0).fit(frame, paid)
        assert tree.selection_["deviance"].isna().all()


@pytest.mark.parametrize("hurdle", HURDLES)
def test_lines_are_drawn_to_the_mean_as_far_as_others_want(hurdle):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(6000, 150))).add_prefix("x")
    expected = np.exp(frame["x0"].to_numpy() / 2)
    paid = expected * rng.gamma(0.5, 2, 6000) * (rng.random(6000) < 0.7)
    seen, later = np.arange(1500), np.arange(1500, 6000)
    few = SpendRegressor("linear", hurdle=hurdle, random_state=0)
    few.fit(frame[["x0", "x1"]].iloc[seen], paid[seen])
    many = clone(few).fit(frame.iloc[seen], paid[seen])
    n_rows = np.count_nonzero(paid[seen]) if hurdle else len(seen)
    assert few.model_[-1].alpha == 10 / n_rows
    assert many.model_[-1].alpha > 100 / n_rows
    assert not many.model_[-1].warm_start
    mean = np.full(len(later), paid[seen].mean())
    losses = [
        mean_deviance(paid[later], said, np.ones(len(later)))
        for said in (many.predict(frame.iloc[later]), mean)
    ]
    assert losses[0] < losses[1] - 0.05


@pytest.mark.parametrize("hurdle", HURDLES)
def test_auto_sees_what_no_line_can(hurdle):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 2))
    expected = np.where((X[:, 0] > 0) ^ (X[:, 1] > 0), 50.0, 5.0)
    paid = expected * rng.gamma(2, 0.5, len(X)) * (rng.random(len(X)) < 0.7)
    auto = SpendRegressor(hurdle=hurdle, random_state=0).fit(X, paid)
    assert auto.model_name_ == "boosting"
    assert auto.selection_.loc["linear", "worse_by"] > 10 * auto.selection_.loc["linear"].iloc[2]


def test_auto_where_everybody_buys(customers):
    frame, paid = customers
    everybody = SpendRegressor(random_state=0).fit(frame, paid + 1)
    assert everybody.classifier_ is None
    assert everybody.selection_["deviance"].notna().all()
    np.testing.assert_array_equal(everybody.predict_positive(frame), 1.0)
    groups = np.arange(len(frame)) // 2
    assert clone(everybody).fit(frame, paid + 1, groups=groups).model_name_ == "linear"


def test_deviance_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    paid = rng.gamma(1, 20, 50) * (rng.random(50) < 0.5)
    expected, weights = rng.gamma(2, 5, 50), rng.random(50)
    found = mean_deviance(paid, expected, weights)
    assert found == pytest.approx(
        mean_poisson_deviance(paid, expected, sample_weight=weights), rel=1e-12
    )


def test_without_a_hurdle_there_is_no_probability(customers):
    spend = SpendRegressor("tree", hurdle=False).fit(*customers)
    with pytest.raises(ValueError, match=r"hurdle must be True in fit .* got False"):
        spend.predict_positive(customers[0])
    # What counts is how it was fitted.
    with pytest.raises(ValueError, match="hurdle must be True in fit"):
        spend.set_params(hurdle=True).predict_positive(customers[0])


def test_bad_spend_is_refused_by_name(customers):
    frame, spend = customers[0][:50], customers[1][:50].copy()
    spend[[7, 30]] = -12.5, -1.0
    with pytest.raises(ValueError, match=r"-12.5 in row 7, the first of 2 negative .*y\.clip"):
        SpendRegressor().fit(frame, spend)
    spend[[7, 30]] = np.nan, 0.0
    with pytest.raises(ValueError, match="Input y contains NaN: 1 amounts are missing"):
        SpendRegressor().fit(frame, spend)
    spend[7] = np.inf
    with pytest.raises(ValueError, match="Input y contains infinity"):
        SpendRegressor().fit(frame, spend)
    with pytest.raises(ValueError, match="y must hold numbers"):
        SpendRegressor().fit(frame, ["a lot"] * 50)
    with pytest.raises(TypeError, match="model must be a name or a regressor"):
        SpendRegressor(LogisticRegression()).fit(frame, np.ones(50))
    with pytest.raises(ValueError, match=r"model must be .*'linear'"):
        SpendRegressor("logistic").fit(frame, np.ones(50))


@pytest.mark.filterwarnings("ignore:X has no column that differs")
@pytest.mark.parametrize("hurdle", HURDLES)
@pytest.mark.parametrize("model", ["linear", "tree", "boosting", "auto"])
def test_hardly_anybody_buys(model, hurdle, customers):
    frame = customers[0][:200]
    spend = SpendRegressor(model, hurdle=hurdle, random_state=0)
    np.testing.assert_array_equal(spend.fit(frame, np.zeros(200)).predict(frame), 0.0)
    one = np.where(np.arange(200) == 50, 80.0, 0.0)
    np.testing.assert_allclose(spend.fit(frame, one).predict(frame), 0.4)
    if hurdle:
        np.testing.assert_allclose(spend.predict_positive(frame), 1 / 200)
    np.testing.assert_allclose(spend.fit(frame[:1], [7.0]).predict(frame), 7.0)


def test_columns_that_say_nothing_leave_the_mean():
    with pytest.warns(CustbaseWarning, match="no column that differs") as caught:
        spend = SpendRegressor("linear").fit(np.ones((30, 2)), np.arange(30.0))
    assert caught[0].filename == __file__
    np.testing.assert_allclose(spend.predict(np.zeros((3, 2))), 14.5)
    assert spend.explain(np.zeros((3, 2))).sum(axis=1).tolist() == pytest.approx([14.5] * 3)


VALUES = st.sampled_from([0.0, 0.0, 1.0, 20.0, 1e-300, 1e9, 1e149])


@st.composite
def tables(draw):
    """Degenerate customers: few, alike, with gaps, extreme money, far values."""
    n_rows = draw(st.integers(1, 40))
    cells = st.sampled_from([0.0, 1.0, -3.5, np.nan, 1e140, 1e-200])
    numbers = draw(st.lists(cells, min_size=2 * n_rows, max_size=2 * n_rows))
    frame = pd.DataFrame(np.reshape(numbers, (n_rows, 2)), columns=["a", "b"])
    texts = st.sampled_from(["x", "y", None])
    frame["c"] = draw(st.lists(texts, min_size=n_rows, max_size=n_rows))
    spend = draw(st.lists(VALUES, min_size=n_rows, max_size=n_rows))
    return frame, np.array(spend)


@pytest.mark.filterwarnings("ignore::custbase.exceptions.CustbaseWarning")
@given(tables(), st.sampled_from(["linear", "tree", "boosting", "auto"]), st.booleans())
@settings(max_examples=8, deadline=None)
def test_degenerate_customers_never_give_nan(table, model, hurdle):
    check_degenerate(table, model, hurdle)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::custbase.exceptions.CustbaseWarning")
@given(tables(), st.sampled_from(["linear", "tree", "forest", "boosting", "auto"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_60_degenerate_tables_never_give_nan(table, model, hurdle):
    check_degenerate(table, model, hurdle)


def check_degenerate(table, model, hurdle):
    frame, paid = table
    spend = SpendRegressor(model, hurdle=hurdle, random_state=0).fit(frame, paid)
    far = pd.DataFrame({"a": [1e150, -1e150], "b": [np.nan, 0.0], "c": ["new", None]})
    for rows in (frame, far):
        found = spend.predict(rows)
        assert np.isfinite(found).all()
        assert found.min() >= 0
        assert found.max() <= paid.max() * (1 + 1e-9)
        if hurdle:
            p = spend.predict_positive(rows)
            assert ((p >= 0) & (p <= 1)).all()


def test_frames_of_any_kind(customers, fitted):
    frame, spend = customers
    expected = fitted.predict(frame)
    other = clone(fitted).fit(pl.DataFrame(frame.to_dict("list")), spend)
    np.testing.assert_allclose(other.predict(pl.DataFrame(frame.to_dict("list"))), expected)
    np.testing.assert_allclose(
        clone(fitted).fit(frame, pd.Series(spend, index=frame.index[::-1])).predict(frame), expected
    )
    unseen = frame[:5].assign(channel="fax")
    assert np.isfinite(fitted.predict(unseen)).all()


def test_weights_count_as_ratios(customers, fitted):
    frame, spend = customers
    expected = fitted.predict(frame)
    same = clone(fitted).fit(frame, spend, sample_weight=np.full(len(spend), 7.0))
    np.testing.assert_allclose(same.predict(frame), expected, rtol=1e-9)
    some = clone(fitted).fit(frame, spend, sample_weight=np.repeat([1.0, 0.0], [1200, 800]))
    alone = clone(fitted).fit(frame[:1200], spend[:1200])
    np.testing.assert_allclose(some.predict(frame), alone.predict(frame), rtol=1e-9)
    shop = np.where(frame["channel"] == "shop", 3.0, 1.0)
    drawn = clone(fitted).fit(frame, spend, sample_weight=shop)
    assert np.average(drawn.predict(frame), weights=shop) == pytest.approx(
        np.average(spend, weights=shop), rel=0.05
    )


def test_groups_are_held_out_together(customers, fitted):
    frame, spend = customers
    twice, paid = pd.concat([frame[:500]] * 2), np.tile(spend[:500], 2)
    groups = np.tile(np.arange(500), 2)
    assert clone(fitted).fit(twice, paid, groups=groups).predict(frame).min() >= 0
    with pytest.raises(ValueError, match="groups must have one group for each"):
        clone(fitted).fit(twice, paid, groups=groups[:10])


def test_groups_that_leave_nobody_to_learn_from(customers):
    frame = customers[0][:21]
    for paid, groups in [
        (np.append(np.arange(1.0, 21.0), 0.0), np.append(np.zeros(20), 1)),  # one group buys
        (np.append(np.arange(1.0, 20.0), [0.0, 0.0]), np.append(np.arange(19), [99, 99])),
        (np.append(np.zeros(9), np.arange(1.0, 13.0)), np.append(np.arange(9), np.full(12, 50))),
    ]:
        spend = SpendRegressor(random_state=0).fit(frame, paid, groups=groups)
        assert spend.classifier_ is None
        assert np.isfinite(spend.predict(frame)).all()
        assert spend.predict_positive(frame) == pytest.approx(np.mean(paid > 0))


def test_is_an_estimator_like_others(customers, fitted):
    frame, spend = customers
    expected = fitted.predict(frame)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(frame), expected)
    np.testing.assert_array_equal(clone(fitted).fit(frame, spend).predict(frame), expected)
    grid = {"model": ["linear", DummyRegressor()]}
    search = GridSearchCV(SpendRegressor(random_state=0), grid, cv=3).fit(frame, spend)
    assert search.best_params_["model"] == "linear"


@pytest.mark.slow  # shap compiles for seconds
def test_reasons_add_up(customers):
    frame, spend = customers
    model = SpendRegressor("tree", random_state=0).fit(frame, spend)
    parts = model.explain(frame[:1])
    assert parts.columns.tolist() == ["baseline", *frame.columns]
    np.testing.assert_allclose(parts.sum(axis=1), model.predict(frame[:1]))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["linear", "auto"])  # of linear and boosting
def test_full_cdnow(model):
    if "CUSTBASE_DATA" not in os.environ:
        pytest.skip("CUSTBASE_DATA is not set")
    path = Path(os.environ["CUSTBASE_DATA"]) / "cdnow" / "cdnow_master.csv.gz"
    log = pd.read_csv(path, parse_dates=["date"])
    X, y = make_snapshots(
        log, amount="dollar_value", cutoffs="1997-09-30", horizon=39, target="spend"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cross_val_predict(
            SpendRegressor(model, random_state=0), X, y, cv=KFold(5, shuffle=True, random_state=0)
        )
    assert normalized_gini(y, found) > 0.715
    assert decile_mape(y, found) < 0.075
    assert abs(found.sum() / y.sum() - 1) < 0.03
    assert np.sqrt(np.mean((found - y) ** 2)) < 100
