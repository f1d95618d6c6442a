"""Checks of parameters, declared as rules; every error is one sentence of one shape.

An estimator states its rules once, in the order of its constructor, and calls
`check_params(self, rules)` at the start of ``fit``; a function calls
`check_value(name, value, rule, ...)`. A value passes if any of the rules given
for it accepts it. A value of a type that no rule knows is a TypeError, any
other refusal a ValueError::

    n_clusters must be an integer >= 1 or 'auto'; got 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

import numpy as np


class Rule(Protocol):
    """What a parameter may be; ``str(rule)`` completes the phrase "must be ..."."""

    def knows(self, value: Any) -> bool:
        """Tell whether the value has the right type."""

    def accepts(self, value: Any) -> bool:
        """Tell whether the value, of the right type, is allowed."""


@dataclass(frozen=True)
class Number:
    """A finite real number, or an integer, between two bounds.

    Parameters
    ----------
    low, high : float, default=-inf, inf
        Bounds, inclusive unless `low_open` or `high_open`.
    low_open, high_open : bool, default=False
        Leave the bound itself out.
    integer : bool, default=False
        Accept integers only.
    """

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    integer: bool = False

    def knows(self, value: Any) -> bool:
        kind = Integral if self.integer else Real
        return isinstance(value, kind) and not isinstance(value, bool | np.bool_)

    def accepts(self, value: Any) -> bool:
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return math.isfinite(value) and above and below

    def __str__(self) -> str:
        bounds = []
        if self.low > -math.inf:
            bounds.append(f"{'>' if self.low_open else '>='} {self.low:g}")
        if self.high < math.inf:
            bounds.append(f"{'<' if self.high_open else '<='} {self.high:g}")
        noun = "an integer" if self.integer else "a number"
        return f"{noun} {' and '.join(bounds)}".rstrip()


@dataclass(frozen=True)
class OneOf:
    """One of a few strings."""

    options: tuple[str, ...]

    def knows(self, value: Any) -> bool:
        return isinstance(value, str)

    def accepts(self, value: Any) -> bool:
        return value in self.options

    def __str__(self) -> str:
        return " or ".join(repr(option) for option in self.options)


@dataclass(frozen=True)
class Is:
    """An instance of one of some classes; `phrase` says it in words."""

    classes: tuple[type, ...]
    phrase: str

    def knows(self, value: Any) -> bool:
        return isinstance(value, self.classes)

    def accepts(self, value: Any) -> bool:
        return True

    def __str__(self) -> str:
        return self.phrase


@dataclass(frozen=True)
class HasMethods:
    """An object with some methods, such as a scikit-learn estimator."""

    methods: tuple[str, ...]

    def knows(self, value: Any) -> bool:
        return not isinstance(value, type) and all(
            callable(getattr(value, name, None)) for name in self.methods
        )

    def accepts(self, value: Any) -> bool:
        return True

    def __str__(self) -> str:
        return f"an object with {' and '.join(self.methods)}"


NONE = Is((type(None),), "None")
BOOLEAN = Is((bool, np.bool_), "True or False")
STRING = Is((str,), "a string")
MAPPING = Is((Mapping,), "a mapping")
ARRAY = Is((np.ndarray, list, tuple), "an array")
RANDOM_STATE = (
    Number(0, 2**32 - 1, integer=True),
    Is((np.random.RandomState,), "a numpy RandomState"),
    NONE,
)
N_JOBS = (Number(1, integer=True), Number(-math.inf, -1, integer=True), NONE)


def check_value(name: str, value: Any, *rules: Rule) -> None:
    """Raise unless one of the rules accepts the value.

    Parameters
    ----------
    name : str
        How the user knows the argument.
    value : object
        What was given.
    *rules : Rule
        What is allowed.

    Raises
    ------
    TypeError
        If no rule knows the type of the value.
    ValueError
        If a rule knows the type and none accepts the value.
    """
    known = [rule for rule in rules if rule.knows(value)]
    if any(rule.accepts(value) for rule in known):
        return
    allowed = [str(rule) for rule in rules]
    phrase = allowed[0] if len(allowed) == 1 else f"{', '.join(allowed[:-1])} or {allowed[-1]}"
    kind = "" if known else f" ({type(value).__name__})"
    error = ValueError if known else TypeError
    raise error(f"{name} must be {phrase}; got {shorten(value)}{kind}.")


def shorten(value: Any) -> str:
    """Write a value for an error, in one line, the beginning of it if it is long."""
    written = re.sub(r"\s*\n\s*", " ", repr(value))
    return written if len(written) <= 80 else written[:77] + "..."


def as_numbers(given: Any, kinds: str = "iuf") -> np.ndarray:
    """Make an array of what a user gave.

    Parameters
    ----------
    given : object
        Numbers, perhaps.
    kinds : str, default="iuf"
        Kinds of numpy that count as numbers.

    Returns
    -------
    ndarray
        In the shape that was given; a single NaN for what holds no numbers.
    """
    try:
        numbers = np.asarray(given)
    except ValueError:  # lists of different lengths
        return np.array(np.nan)
    return numbers if numbers.dtype.kind in kinds else np.array(np.nan)


def check_params(estimator: Any, rules: Mapping[str, tuple[Rule, ...]]) -> None:
    """Check the constructor parameters of an estimator against its rules.

    Parameters
    ----------
    estimator : object with get_params
        The estimator about to be fitted.
    rules : mapping of str to tuple of Rule
        One entry a parameter; a parameter without rules is an error of ours.

    Raises
    ------
    TypeError, ValueError
        As `check_value` does, for the first parameter that is refused.
    """
    params = estimator.get_params(deep=False)
    if missing := params.keys() ^ rules.keys():
        raise RuntimeError(f"{type(estimator).__name__} has no rule for {sorted(missing)}.")
    for name, allowed in rules.items():
        check_value(f"{type(estimator).__name__}: {name}", params[name], *allowed)
