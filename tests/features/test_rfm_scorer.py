"""Scores, percentiles and names; and scikit-learn's common checks on data of this domain."""

from __future__ import annotations

import pickle
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from custbase import RFMScorer
from custbase.features import rfm_summary
from tests.oracles.rfm import CLAIM_PRESENCE, CLAIM_SILENCE, gaps, name_customer, score_customer

COLUMNS = ["frequency", "recency", "T", "monetary_value"]
NAMES = {
    "Lost", "Hibernating", "At risk", "About to sleep", "Needs attention", "Loyal", "Promising",
    "Potential loyalist", "Champions",
}  # fmt: skip


def make_summary(n=200, seed=0):
    """Many ties; times are days over 7, as `rfm_summary` makes them."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 300, n)
    frequency = rng.poisson(1.0, n)
    last = np.where(frequency > 0, rng.integers(0, age + 1), 0)
    money = np.where(frequency > 0, np.round(rng.gamma(2, 20, n)), 0.0)
    columns = {"frequency": frequency, "recency": last / 7, "T": age / 7, "monetary_value": money}
    return pd.DataFrame({"customer_id": np.arange(n), **columns, "days_since": age - last})


def in_days(summary):
    """Customers as the oracle takes them, in exact days."""
    days = summary.assign(recency=(summary["recency"] * 7).round(), T=(summary["T"] * 7).round())
    return [
        {k: Fraction(float(v)) for k, v in row.items()} for row in days[COLUMNS].to_dict("records")
    ]


@pytest.mark.parametrize("n_bins", [2, 5, 300])
def test_scores_and_names_equal_the_slow_twin(n_bins):
    summary, later = make_summary(200, 0), make_summary(40, 1)
    scorer, base, new = RFMScorer(n_bins).fit(summary), in_days(summary), in_days(later)
    want = [score_customer(customer, base, n_bins) for customer in new]
    np.testing.assert_allclose(scorer.transform(later), want, rtol=1e-12)
    names = [name_customer(customer, base, n_bins) for customer in new]
    assert scorer.predict(later).tolist() == names
    median, mean = gaps(base)
    assert scorer.median_gap_ == pytest.approx(float(median) / 7)
    assert scorer.mean_gap_ == pytest.approx(float(mean) / 7)


customers = st.tuples(
    st.integers(0, 4), st.integers(0, 6), st.integers(0, 9), st.sampled_from([0, 0.1, 0.3, 7, 50])
)


def as_summary(rows, unit=7):
    """A summary of tuples: purchases after the first, days between, days of silence, money."""
    frequency, gap, silence, money = (
        np.array(column, dtype=float) for column in zip(*rows, strict=True)
    )
    recency = frequency * (gap + 1)
    T = recency + silence
    return pd.DataFrame(
        {"frequency": frequency, "recency": recency / unit, "T": T / unit, "monetary_value": money}
    )


@settings(deadline=None, max_examples=20)
@given(st.lists(customers, min_size=1, max_size=30), st.integers(2, 12), st.randoms())
def test_any_base_is_scored_by_the_rule(rows, n_bins, random):
    summary = as_summary(rows)
    base = in_days(summary)
    scorer = RFMScorer(n_bins).fit(summary)
    got, names = scorer.transform(summary), scorer.predict(summary)
    want = [score_customer(customer, base, n_bins) for customer in base]
    np.testing.assert_allclose(got, want, rtol=1e-12)
    assert names.tolist() == [name_customer(customer, base, n_bins) for customer in base]
    for customer, name in zip(base, names, strict=True):
        silence, known = customer["T"] - customer["recency"], gaps(base)
        assert known is None or not (silence < known[0] and name in CLAIM_SILENCE)
        assert known is None or not (silence > 2 * known[1] and name in CLAIM_PRESENCE)
    assert 1 <= got[:, :3].min() <= got[:, :3].max() <= n_bins
    # Neither the order of customers nor a second copy of all of them changes anything.
    order = random.sample(range(len(rows)), len(rows))
    for other in (summary.iloc[order], pd.concat([summary, summary])):
        again = RFMScorer(n_bins).fit(other)
        np.testing.assert_array_equal(again.transform(summary), got)
        assert again.predict(summary).tolist() == names.tolist()


def test_who_pays_on_the_same_day_is_not_lost():
    # Subscribers who pay every 30 days, 45 of 50 of them two days ago.
    rows = [(11, 29, 2, 9.99)] * 45 + [(11, 29, 32 + i, 9.99) for i in range(5)]
    for n_bins in range(2, 12):
        scorer = RFMScorer(n_bins).fit(as_summary(rows))
        names = scorer.predict(as_summary(rows))
        assert not set(names[:45]) & set(CLAIM_SILENCE)
    middle = RFMScorer().fit_transform(as_summary(rows))[:45]
    assert (middle == [3, 3, 3, 100]).all()


@pytest.mark.parametrize("n_bins", range(2, 12))
def test_a_single_customer_is_in_the_middle(n_bins):
    alone = as_summary([(82, 6, 3, 20.0)])
    scorer = RFMScorer(n_bins).fit(alone)
    assert scorer.transform(alone).tolist() == [[n_bins // 2 + 1] * 3 + [100]]
    assert scorer.predict(alone)[0] == ("Champions" if n_bins == 2 else "Needs attention")


def test_values_that_fit_did_not_see_stand_between_those_it_saw():
    base = as_summary([(f, 6, 1, 10.0 * f) for f in range(1, 11)])
    new = pd.concat([base[:1]] * 5).assign(frequency=[0.5, 2.5, 4, 4.5, 99])
    # 0, 2, 3 and a half, 4 and 10 of 10 customers are fewer; edges belong to the bin above.
    assert RFMScorer(5).fit(base).transform(new)[:, 1].tolist() == [1, 2, 2, 3, 5]


def test_without_repeat_purchases_the_scores_alone_decide():
    base = as_summary([(0, 0, silence, 0.0) for silence in range(9)])
    scorer = RFMScorer().fit(base)
    assert np.isnan([scorer.median_gap_, scorer.mean_gap_]).all()
    assert scorer.predict(base)[[0, -1]].tolist() == ["Potential loyalist", "Hibernating"]


@pytest.mark.parametrize(
    "convert",
    [
        lambda X: X.astype("float32"),
        lambda X: X.astype({"recency": "float32"}),
        lambda X: X.astype("float32").astype("float64"),
        lambda X: X.astype({"T": "float32"}),
        lambda X: pl.from_pandas(X).with_columns(pl.col("recency").cast(pl.Float32)),
        lambda X: pl.from_pandas(X.astype("float32")).to_arrow(),
        lambda X: X.astype("Float32"),
        lambda X: X.to_numpy(np.float32),
    ],
)
def test_single_precision_parts_no_equal_customers(convert):
    # Ten days and no day of silence, after histories of any length, in weeks and single precision.
    age = np.arange(10, 2000)
    rows = pd.DataFrame({"frequency": 1.0, "recency": (age - 10) / 7, "T": age / 7})
    rows["monetary_value"] = 5.0
    fresh = rows.assign(recency=rows["T"])
    both = pd.concat([rows, fresh], ignore_index=True)
    scorer = RFMScorer().fit(convert(both))
    scores = scorer.transform(convert(both))
    assert len(np.unique(scores[: len(age)], axis=0)) == 1
    assert len(np.unique(scores[len(age) :], axis=0)) == 1
    assert scores[0, 0] == 2
    assert scores[-1, 0] == 4
    double = both if hasattr(scorer, "feature_names_in_") else both.to_numpy()
    np.testing.assert_array_equal(RFMScorer().fit(double).transform(convert(both)), scores)


def test_equal_customers_have_equal_scores_whenever_they_came():
    # T - recency of 10 days has several floating-point values if it comes from days over 7.
    age = np.arange(10, 2000)
    summary = pd.DataFrame(
        {"frequency": 1, "recency": (age - 10) / 7, "T": age / 7, "monetary_value": 5.0}
    )
    assert len(np.unique(summary["T"] - summary["recency"])) > 1
    scores = RFMScorer().fit_transform(summary)
    assert len(np.unique(scores, axis=0)) == 1


@pytest.mark.parametrize("n_bins", [2, 5])
def test_better_customers_never_score_lower(n_bins):
    summary = make_summary()
    scorer = RFMScorer(n_bins).fit(summary)
    base = scorer.transform(summary)
    assert 1 <= base[:, :3].min() <= base[:, :3].max() == n_bins
    for name, step in (("frequency", 1), ("monetary_value", 7.5), ("T", 2)):
        better = summary.assign(**{name: summary[name] + step})
        sign = -1 if name == "T" else 1
        assert (sign * (scorer.transform(better) - base) >= 0).all()


def test_the_best_customer_has_all_of_everything():
    summary = pd.DataFrame(
        {"frequency": [0, 3], "recency": [0.0, 9.0], "T": [9.0, 9.0], "monetary_value": [0.0, 5.0]}
    )
    assert RFMScorer(2).fit_transform(summary).tolist() == [[1, 1, 1, 50], [2, 2, 2, 100]]


def test_scores_are_those_among_the_fitted_customers():
    summary = make_summary()
    scorer = RFMScorer().fit(summary)
    np.testing.assert_allclose(scorer.transform(summary[:7]), scorer.transform(summary)[:7], rtol=0)
    for lowest, highest, counts in scorer.counts_.values():
        assert counts[-1] == len(summary)
        assert (np.diff(counts) > 0).all()
        assert (lowest[1:] > highest[:-1]).all()
    assert scorer.transform(summary.assign(frequency=10**6))[:, 1].tolist() == [5.0] * 200


@pytest.mark.parametrize("n_bins", [2, 3, 4, 5, 7])
def test_every_combination_of_scores_has_a_name(n_bins):
    scale = np.arange(n_bins, dtype=float)
    recency, frequency, money = (axis.ravel() for axis in np.meshgrid(scale, scale, scale))
    summary = pd.DataFrame(
        {"frequency": frequency, "recency": recency, "T": n_bins, "monetary_value": money}
    )
    # One purchase day each, so that there are no gaps to hold the names against.
    scorer = RFMScorer(n_bins).fit(summary.assign(recency=0, T=n_bins - recency))
    summary = summary.assign(recency=0, T=n_bins - recency)
    scores = scorer.transform(summary)[:, :3]
    assert len(np.unique(scores, axis=0)) == n_bins**3
    names = scorer.predict(summary)
    for score, name in zip(scores, names, strict=True):
        r, v = (score[0] - 1) / (n_bins - 1), (score[1] + score[2] - 2) / (2 * n_bins - 2)
        level = [0 if x < 1 / 3 - 1e-9 else 2 if x > 2 / 3 + 1e-9 else 1 for x in (r, v)]
        assert name == [
            ["Lost", "Hibernating", "At risk"],
            ["About to sleep", "Needs attention", "Loyal"],
            ["Promising", "Potential loyalist", "Champions"],
        ][level[0]][level[1]]  # fmt: skip
    no_middle = {"About to sleep", "Needs attention", "Loyal"} if n_bins == 2 else set()
    assert set(names) == NAMES - no_middle


def test_cdnow_end_to_end(real_data):
    log = real_data("cdnow/cdnow_sample.csv.gz")
    log["date"] = pd.to_datetime(log["date"])
    summary = rfm_summary(log, amount="dollar_value", end="1997-09-30", holdout_end="1998-06-30")
    scorer = RFMScorer().set_output(transform="pandas").fit(summary)
    later = summary["holdout_value"].groupby(scorer.predict(summary)).mean()
    assert set(later.index) <= NAMES
    assert later["Champions"] == later.max()
    assert later["Champions"] > 5 * later["Lost"]


# The checks of scikit-learn, on summaries.


@pytest.mark.parametrize(
    "convert",
    [
        pd.DataFrame.copy,
        pl.from_pandas,
        lambda frame: pl.from_pandas(frame).to_arrow(),
        lambda frame: frame.convert_dtypes(),
        lambda frame: frame.sample(frac=1, axis=1, random_state=0),
        lambda frame: frame.assign(note="text"),
        lambda frame: frame.astype({"frequency": "int8"}),
    ],
)
def test_columns_are_taken_by_name_from_any_frame(convert):
    summary = make_summary()
    want = RFMScorer().fit_transform(summary)
    scorer = RFMScorer()
    np.testing.assert_array_equal(scorer.fit_transform(convert(summary)), want)
    assert scorer.feature_names_in_.tolist() == COLUMNS
    assert scorer.n_features_in_ == 4


def test_an_array_has_the_columns_in_order():
    summary = make_summary()
    X = summary[COLUMNS].to_numpy(dtype=float)
    scorer = RFMScorer().fit(X)
    np.testing.assert_array_equal(scorer.transform(X), RFMScorer().fit_transform(summary))
    np.testing.assert_array_equal(scorer.transform(X.tolist()), scorer.transform(X))
    assert not hasattr(scorer, "feature_names_in_")
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        RFMScorer().fit(summary).transform(X)


def test_output_is_what_set_output_asks_for():
    summary = make_summary().set_index("customer_id", drop=False)[::-1]
    names = ["recency_score", "frequency_score", "monetary_score", "engagement"]
    scorer = RFMScorer().fit(summary)
    plain = scorer.transform(summary)
    assert isinstance(plain, np.ndarray)
    assert scorer.get_feature_names_out().tolist() == names
    as_pandas = clone(scorer).set_output(transform="pandas").fit(summary).transform(summary)
    assert as_pandas.columns.tolist() == names
    assert as_pandas.index.equals(summary.index)
    as_polars = scorer.set_output(transform="polars").transform(summary)
    assert isinstance(as_polars, pl.DataFrame)
    np.testing.assert_array_equal(as_polars.to_numpy(), plain)


def test_parameters_and_input_are_never_changed():
    summary = make_summary()
    before = summary.copy(deep=True)
    scorer = RFMScorer(n_bins=4)
    assert scorer.get_params() == {"n_bins": 4}
    assert vars(scorer) == {"n_bins": 4}
    scorer.fit(summary).predict(summary)
    scorer.transform(summary)
    assert scorer.get_params() == {"n_bins": 4}
    pd.testing.assert_frame_equal(summary, before)
    frozen = summary[COLUMNS].to_numpy(dtype=float)
    frozen.setflags(write=False)
    RFMScorer().fit(frozen).transform(frozen)


def test_fit_returns_itself_and_is_idempotent():
    summary = make_summary()
    scorer = RFMScorer()
    assert scorer.fit(summary, y=None) is scorer
    first = scorer.transform(summary)
    np.testing.assert_array_equal(scorer.fit(summary).transform(summary), first)
    np.testing.assert_array_equal(RFMScorer().fit_transform(summary), first)
    scorer.set_params(n_bins=3).fit(make_summary(50, 1))
    fresh = RFMScorer(3).fit(make_summary(50, 1))
    np.testing.assert_array_equal(scorer.transform(summary), fresh.transform(summary))


def test_parameters_changed_after_fit_do_not_reach_a_fitted_scorer():
    summary = make_summary()
    scorer = RFMScorer().fit(summary)
    want = scorer.transform(summary), scorer.predict(summary)
    scorer.set_params(n_bins=2)
    np.testing.assert_array_equal(scorer.transform(summary), want[0])
    np.testing.assert_array_equal(scorer.predict(summary), want[1])


def test_clone_and_pickle():
    summary = make_summary()
    scorer = RFMScorer(n_bins=3).fit(summary)
    assert clone(scorer).get_params() == scorer.get_params()
    assert not hasattr(clone(scorer), "counts_")
    again = pickle.loads(pickle.dumps(scorer))
    np.testing.assert_array_equal(again.transform(summary), scorer.transform(summary))


def test_fitted_names_end_in_an_underscore():
    scorer = RFMScorer().fit(make_summary())
    learnt = set(vars(scorer)) - {"n_bins"}
    assert learnt == {
        "counts_", "median_gap_", "mean_gap_", "n_bins_", "n_features_in_", "feature_names_in_",
    }  # fmt: skip


@pytest.mark.parametrize("method", ["transform", "predict"])
def test_an_unfitted_scorer_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(RFMScorer(), method)(make_summary())
    with pytest.raises(NotFittedError):
        RFMScorer().get_feature_names_out()


def test_rows_are_scored_on_their_own():
    summary = make_summary()
    scorer = RFMScorer().fit(summary)
    order = np.random.default_rng(0).permutation(len(summary))
    whole = scorer.transform(summary)
    np.testing.assert_array_equal(scorer.transform(summary.iloc[order]), whole[order])
    single = [scorer.transform(summary[i : i + 1])[0] for i in range(5)]
    np.testing.assert_array_equal(single, whole[:5])


def test_it_works_inside_pipelines_and_searches():
    summary = make_summary()
    pipe = make_pipeline(RFMScorer(), KMeans(3, n_init=1, random_state=0))
    search = GridSearchCV(pipe, {"rfmscorer__n_bins": [3, 5]}, cv=3, error_score="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(search.fit(summary).predict(summary)) == len(summary)


def test_one_customer_is_enough():
    scorer = RFMScorer().fit(make_summary(1))
    assert scorer.transform(make_summary(1)).tolist() == [[3, 3, 3, 100]]


def broken(column, value):
    summary = make_summary().astype({"frequency": float})
    summary.loc[3, column] = value
    return summary


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (make_summary().drop(columns=["T", "recency"]), ValueError, r"no column 'recency', 'T'"),
        (broken("recency", np.nan), ValueError, r"contains NaN"),
        (broken("monetary_value", np.inf), ValueError, r"contains infinity"),
        (broken("recency", 999.0), ValueError, r"recency must not exceed T.*recency=999.*row 3"),
        (make_summary()[:0], ValueError, r"0 sample"),
        (np.ones((3, 5)), ValueError, r"X must have the columns frequency.* got 5 columns"),
        (pl.from_pandas(make_summary()).lazy(), TypeError, r"lazy polars LazyFrame"),
    ],
)
def test_wrong_input_is_refused_by_name(X, error, message):
    with pytest.raises(error, match=message):
        RFMScorer().fit(X)
    with pytest.raises(error, match=message):
        RFMScorer().fit(make_summary()).transform(X)


def test_a_single_row_needs_two_dimensions():
    with pytest.raises(ValueError, match="Expected 2D array"):
        RFMScorer().fit(np.ones(4))


@pytest.mark.parametrize(("n_bins", "error"), [(1, ValueError), (2.5, TypeError), ("5", TypeError)])
def test_wrong_parameters_are_refused_in_fit(n_bins, error):
    with pytest.raises(error, match=r"RFMScorer: n_bins must be an integer >= 2"):
        RFMScorer(n_bins).fit(make_summary())
