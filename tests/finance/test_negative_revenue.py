"""More is returned than bought: shares of a negative revenue mean nothing, and figures agree."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custbase import CampaignFinance
from custbase.exceptions import NegativeDenominatorWarning, ZeroDenominatorWarning
from custbase.finance import (
    break_even_pct,
    customer_acquisition_cost,
    marketing_roi_pct,
    payback_period,
    profit_margin_pct,
    return_on_investment_pct,
)
from custbase.finance._figures import HEADLINE, SHARES

MONEY = st.floats(-1e6, 1e6).filter(lambda money: abs(money) > 1e-3)


@pytest.mark.parametrize("share", [profit_margin_pct, break_even_pct])
def test_a_share_of_a_negative_revenue_is_nan_by_name(share):
    with pytest.warns(NegativeDenominatorWarning, match=f"{share.__name__} is NaN where revenue"):
        assert math.isnan(share(-100.0, 50.0))
    with pytest.warns(NegativeDenominatorWarning, match="1 of 3 are"):
        found = share([-100.0, 200.0, 50.0], 50.0)
    assert np.isnan(found).tolist() == [True, False, False]
    with pytest.warns(NegativeDenominatorWarning):
        assert math.isnan(share(-100.0, 0.0))


def test_ratios_by_what_cannot_be_negative_keep_their_meaning():
    assert return_on_investment_pct(-100.0, 50.0) == -300.0
    assert marketing_roi_pct(-100.0, 50.0) == -300.0
    assert payback_period(100.0, -5.0) == math.inf
    assert payback_period(0.0, -5.0) == 0.0
    for ratio in (return_on_investment_pct, marketing_roi_pct, customer_acquisition_cost):
        with pytest.raises(ValueError, match=r"must be >= 0; got -50"):
            ratio(100.0, -50.0)


@settings(max_examples=200, deadline=None)
@given(revenue=MONEY, cost=st.floats(1e-2, 1e6))
def test_roi_margin_and_break_even_tell_one_story(revenue, cost):
    roi = return_on_investment_pct(revenue, cost)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NegativeDenominatorWarning)
        margin, break_even = profit_margin_pct(revenue, cost), break_even_pct(revenue, cost)
    assert math.isnan(margin) == math.isnan(break_even) == (revenue < 0)
    if revenue > 0:
        assert np.sign(margin) == np.sign(roi)
        assert margin == pytest.approx(100 - break_even, rel=1e-9, abs=1e-6)
        assert margin == pytest.approx(100 * (1 - 1 / (1 + roi / 100)), rel=1e-6, abs=1e-4)


def fit(y, **params) -> CampaignFinance:
    """A campaign of two segments, one of which may return more than it bought."""
    labels = np.arange(len(y)) % 2
    params = {"cost_per_contact": 3.0, "random_state": 0, "n_bootstrap": 101} | params
    return CampaignFinance("segment", **params).fit(pd.DataFrame({"segment": labels}), y)


@settings(max_examples=30, deadline=None)
@given(
    y=st.lists(st.integers(-40, 50), min_size=4, max_size=30),
    level=st.sampled_from([0.5, 0.8, 0.9, 0.95]),
    margin_rate=st.sampled_from([1.0, 0.4]),
)
def test_intervals_of_monotone_figures_agree(y, level, margin_rate):
    y = np.array(y, dtype=float)
    campaign = fit(y, confidence_level=level, margin_rate=margin_rate)
    cost = campaign.figures_["total_cost"]
    low, high = campaign.intervals_["total_revenue"]
    for bound, revenue, other in ((0, low, high), (1, high, low)):
        np.testing.assert_allclose(
            campaign.intervals_["roi_pct"][bound], 100 * (revenue / cost - 1), atol=1e-9
        )
        with np.errstate(divide="ignore"):
            margin = np.where(revenue > 0, 100 * (1 - cost / revenue), -np.inf)
            break_even = np.where(other > 0, 100 * cost / other, np.inf)
        np.testing.assert_allclose(
            campaign.intervals_["profit_margin_pct"][bound], margin, atol=1e-9
        )
        np.testing.assert_allclose(campaign.intervals_["break_even_pct"][bound], break_even)
        np.testing.assert_allclose(
            campaign.intervals_["average_revenue_per_customer"][bound],
            revenue / campaign.figures_["n_customers"],
            atol=1e-9,
        )


def test_the_report_names_segments_that_returned_more_than_they_bought():
    campaign = fit([-20.0, 30.0, -5.0, 40.0])
    with pytest.warns(
        NegativeDenominatorWarning, match=r"the revenue is negative in 0: break_even"
    ):
        report = campaign.report_
    assert report.loc[0, list(SHARES)].isna().all()
    assert report.loc[1, list(SHARES)].notna().all()
    assert report.loc[0, "roi_pct"] < -100
    assert report.loc[0, ["profit_margin_pct_low", "break_even_pct_high"]].tolist() == [
        -np.inf,
        np.inf,
    ]


def test_no_figure_turns_its_sign_where_the_revenue_does():
    names = [name for name in HEADLINE if name not in ("cac", "clv", "ltv_cac")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZeroDenominatorWarning)
        curve = [fit(np.full(4, level), n_bootstrap=0).figures_ for level in (-9.0, -1, 1, 2, 9)]
    for name in names:
        values = np.array([figures[name][-1] for figures in curve])
        steps = np.diff(values[~np.isnan(values)])
        assert (steps > 0).all() or (steps < 0).all() or name.startswith("incremental"), name
