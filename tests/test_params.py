from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from custbase._params import (
    BOOLEAN,
    N_JOBS,
    NONE,
    RANDOM_STATE,
    HasMethods,
    Number,
    OneOf,
    check_params,
    check_value,
)


class Estimator(BaseEstimator):
    def __init__(self, k: object = 3, mode: object = "a") -> None:
        self.k = k
        self.mode = mode


RULES = {"k": (Number(1, integer=True), OneOf(("auto",))), "mode": (OneOf(("a", "b")), NONE)}


@pytest.mark.parametrize("params", [{}, {"k": "auto"}, {"k": np.int64(2)}, {"mode": None}])
def test_good_params_pass(params: dict) -> None:
    assert check_params(Estimator(**params), RULES) is None


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"k": 0}, ValueError, r"Estimator: k must be an integer >= 1 or 'auto'; got 0\."),
        ({"k": "many"}, ValueError, r"k must be an integer >= 1 or 'auto'; got 'many'\."),
        ({"k": 2.5}, TypeError, r"k must be .*; got 2.5 \(float\)\."),
        ({"k": True}, TypeError, r"got True \(bool\)"),
        ({"mode": "c"}, ValueError, r"mode must be 'a' or 'b' or None; got 'c'\."),
        ({"mode": 1}, TypeError, r"mode must be .*got 1 \(int\)"),
    ],
)
def test_bad_params_are_named(params: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check_params(Estimator(**params), RULES)


def test_a_parameter_without_rule_is_our_own_error() -> None:
    with pytest.raises(RuntimeError, match="no rule for \\['mode'\\]"):
        check_params(Estimator(), {"k": RULES["k"]})


@given(st.floats(), st.floats(-5, 5), st.booleans())
def test_number_accepts_exactly_its_interval(value: float, low: float, low_open: bool) -> None:
    inside = math.isfinite(value) and (value > low if low_open else value >= low) and value < 6
    assert Number(low, 6, low_open=low_open, high_open=True).accepts(value) == inside


@pytest.mark.parametrize(
    ("rule", "phrase"),
    [
        (Number(), "a number"),
        (Number(-1, low_open=True), "a number > -1"),
        (Number(0, 1, high_open=True), "a number >= 0 and < 1"),
        (Number(1, integer=True), "an integer >= 1"),
        (HasMethods(("fit", "predict")), "an object with fit and predict"),
    ],
)
def test_phrases(rule: object, phrase: str) -> None:
    assert str(rule) == phrase


@pytest.mark.parametrize("value", [None, 0, 7, np.random.RandomState(0)])
def test_random_state_accepts(value: object) -> None:
    assert check_value("random_state", value, *RANDOM_STATE) is None


@pytest.mark.parametrize("value", [0, 1.5, "all"])
def test_n_jobs_refuses(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match="n_jobs must be"):
        check_value("n_jobs", value, *N_JOBS)


def test_classes_are_not_estimators() -> None:
    rule = HasMethods(("fit", "get_params"))
    assert rule.knows(Estimator()) is False
    with pytest.raises(TypeError, match="segmenter must be an object with fit and get_params"):
        check_value("segmenter", Estimator, rule)


def test_long_values_are_cut() -> None:
    with pytest.raises(TypeError) as caught:
        check_value("verbose", list(range(1000)), BOOLEAN)
    assert len(str(caught.value)) < 160
