"""Docstrings are numpydoc, complete, and say the defaults that the code has."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

from tests.contract._house import public_methods, public_objects

# Left to the writer: See Also and Extended Summary are for where they help, and examples stand in
# classes and functions, not in each method.
NOT_REQUIRED = {"ES01", "SA01", "SA04", "GL01", "GL02", "GL03", "YD01", "EX01"}
# scikit-learn documents fitted attributes and the constructor in the class.
NOT_REQUIRED_OF_METHODS = {"GL08"}


@pytest.mark.parametrize("name", [*public_objects(), *public_methods()])
def test_docstring_is_numpydoc(name: str) -> None:
    errors = [
        f"{code} {text}" for code, text in validate(name)["errors"] if code not in NOT_REQUIRED
    ]
    assert errors == []


@pytest.mark.parametrize(
    "name", [n for n in public_objects() if not n.startswith("custbase.exceptions")]
)
def test_public_object_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(public_objects()[name]) or "")


def documented_defaults(text: str) -> dict[str, str]:
    """Parameter -> the default its type line states."""
    found = {}
    for parameter in NumpyDocString(text)["Parameters"]:
        if match := re.search(r"default[=: ]\s*(.+)$", parameter.type):
            for name in parameter.name.split(", "):
                found[name] = match.group(1).strip()
    return found


def actual_defaults(function: Callable) -> dict[str, Any]:
    """Parameter -> the default of the code."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def disagreements(function: Callable, text: str) -> list[str]:
    """Defaults that the docstring leaves out or states otherwise than the code."""
    documented, actual = documented_defaults(text), actual_defaults(function)
    found = [f"{name}: no such default" for name in documented.keys() - actual.keys()]
    for name, value in actual.items():
        if name not in documented:
            # y=None of scikit-learn's signatures is "ignored", not a choice.
            if name != "y":
                found.append(f"{name}: default {value!r} is not documented")
            continue
        stated = documented[name].strip("`")
        try:
            same = ast.literal_eval(stated) == value
        except (ValueError, SyntaxError):
            same = stated == value
        if not same:
            found.append(f"{name}: documented {stated}, is {value!r}")
    return found


@pytest.mark.parametrize("name", [*public_objects(), *public_methods()])
def test_documented_defaults_equal_the_code(name: str) -> None:
    value = {**public_objects(), **public_methods()}[name]
    if name.startswith("custbase.exceptions"):
        assert issubclass(value, Warning | Exception)
        return
    assert disagreements(value, inspect.getdoc(value) or "") == []


def test_the_default_check_can_fail() -> None:
    def function(rate: float = 0.1, *, unit: str = "W") -> None:
        """Do it.

        Parameters
        ----------
        rate : float, default=0.2
            Rate.
        """

    assert disagreements(function, inspect.getdoc(function) or "") == [
        "rate: documented 0.2, is 0.1",
        "unit: default 'W' is not documented",
    ]
