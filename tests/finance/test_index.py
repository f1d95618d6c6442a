"""Series of other customers are refused by every equation, not combined by place."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest

from custbase import CampaignFinance, finance

# Values of an argument where 1 is none.
FITTING = {"cashflows": [[1.0, 2.0], [3.0, 4.0]], "spend": [1.0, 2.0], "rate": [0.1, 0.2]}
FITTING |= {"retention_rate": [0.5, 0.6], "contribution": [1.0, 3.0]}
# Arguments that are one number, or that the one beside it rules out.
NO_SERIES = {"axis", "horizon", "first_period"}
ALTERNATIVES = [{"lifespan", "retention_rate"}, {"lifespan", "discount_rate"}]
ALTERNATIVES += [{"target_ratio", "required_profit"}]


def pairs_of_arguments():
    """All pairs of arguments that may be Series, of all equations."""
    for name in finance.__all__:
        equation = getattr(finance, name)
        if not inspect.isfunction(equation):
            continue
        names = [each for each in inspect.signature(equation).parameters if each not in NO_SERIES]
        for pair in itertools.combinations(names, 2):
            if set(pair) not in ALTERNATIVES:
                yield pytest.param(equation, pair, id=f"{name}-{'-'.join(pair)}")


def call(equation, given):
    """Call an equation with some arguments given, and numbers for others that it needs."""
    for name, parameter in inspect.signature(equation).parameters.items():
        if parameter.default is inspect.Parameter.empty and name not in given:
            given = {name: FITTING.get(name, 2.0), **given}
    if equation is finance.customer_lifetime_value and not {"lifespan", "retention_rate"} & {
        *given
    }:
        given = {"retention_rate": 0.5, **given}
    if equation is finance.max_affordable_cac and len(given) == 1:
        given = {"target_ratio": 3.0, **given}
    return equation(**given)


def column(name, index):
    """A Series or frame of an argument."""
    values = np.array(FITTING.get(name, [1.0, 2.0]))
    return (pd.Series if values.ndim == 1 else pd.DataFrame)(values, index=index)


@pytest.mark.parametrize(("equation", "pair"), list(pairs_of_arguments()))
def test_an_equation_refuses_series_of_other_customers(equation, pair):
    first, second = pair
    same = call(equation, {name: column(name, ["ann", "bob"]) for name in pair})
    plain = call(equation, {name: np.array(column(name, None)) for name in pair})
    np.testing.assert_array_equal(same, plain)
    for other, remedy in (
        (["bob", "ann"], r"another order.*\.reindex\("),
        ([0, 1], r"in one of them only.*\.to_numpy"),
    ):
        given = {first: column(first, ["ann", "bob"]), second: column(second, other)}
        with pytest.raises(ValueError, match=rf"must have the index of .*{remedy}"):
            call(equation, given)
        given[second] = given[second].to_numpy()
        np.testing.assert_array_equal(call(equation, given), plain)
        given[second] = pl.DataFrame(given[second]) if given[second].ndim > 1 else given[second]
        np.testing.assert_array_equal(call(equation, given), plain)


def test_series_of_a_campaign_share_one_index_whatever_x_is():
    X, y = np.zeros((3, 1)), pd.Series([1.0, 2.0, 3.0], index=list("abc"))
    turned = pd.Series([0.5, 0.5, 9.0], index=list("cba"))
    campaign = CampaignFinance(n_bootstrap=0)
    with pytest.raises(ValueError, match="baseline must have the index of y"):
        campaign.fit(X, y, baseline=turned)
    with pytest.raises(ValueError, match="new_customers must have the index of y"):
        campaign.fit(X, y, new_customers=turned > 1)
    campaign.fit(X, y, baseline=turned[y.index])
    with pytest.raises(ValueError, match="baseline must have the index of y"):
        campaign.score(X, y, baseline=turned)
    with pytest.raises(ValueError, match="sample_weight must have the index of y"):
        campaign.score(X, y, sample_weight=turned)
    assert campaign.score(X, y, sample_weight=turned[y.index]) == pytest.approx(
        campaign.score(X, y, sample_weight=turned[y.index].to_numpy())
    )
