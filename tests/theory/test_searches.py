"""Searches find the highest peak of the likelihood, whatever customers there are."""

from __future__ import annotations

import warnings

import pytest
from sklearn.exceptions import ConvergenceWarning

from custbase.exceptions import CustbaseWarning
from tests.oracles.histories import MODELS, draw
from tests.oracles.searches import ESTIMATORS, find_best

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("model", MODELS)
def test_no_search_from_random_starts_finds_more(model):
    short = {}
    for number in range(20):
        drawn = draw(model, number, most=300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", CustbaseWarning)
            fitted = ESTIMATORS[model]().fit(drawn.X, drawn.y, sample_weight=drawn.weights)
        short[number, drawn.kind] = find_best(model, drawn) - fitted.log_likelihood_
    assert {case: value for case, value in short.items() if value > 1e-3} == {}
