"""Every public class at the front door, every function in its room, all of it documented."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

import custbase
from tests.contract._house import (
    PACKAGE,
    REPOSITORY,
    public_classes,
    public_objects,
    room_names,
)


def test_front_door_holds_exactly_the_public_classes_and_call() -> None:
    classes = {name.rpartition(".")[2] for name in public_classes()}
    assert set(custbase.__all__) == classes | {"call"}
    assert custbase.__all__ == sorted(custbase.__all__)


@pytest.mark.parametrize("name", custbase.__all__)
def test_front_door_gives_the_class_of_the_room(name: str) -> None:
    value = getattr(custbase, name)
    assert value.__name__ == name
    assert name in dir(custbase)


def test_front_door_refuses_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'SegmentClusterers'"):
        _ = custbase.SegmentClusterers


def test_type_checkers_see_the_same_door() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == custbase._HOMES
    assert {*room_names(), "exceptions"} == set(custbase._ROOMS)


@pytest.mark.parametrize("name", public_objects())
def test_public_object_is_documented_and_on_its_api_page(name: str) -> None:
    value = public_objects()[name]
    assert inspect.getdoc(value)
    _, room, *rest = name.split(".")
    page = REPOSITORY / "docs" / "api" / f"{room if rest else 'custbase'}.rst"
    short = rest[0] if rest else room
    assert re.search(rf"^ +{short}$", page.read_text(), flags=re.MULTILINE), f"not on {page.name}"


@pytest.mark.parametrize("room", room_names())
def test_room_exports_what_it_says(room: str) -> None:
    module = getattr(custbase, room)
    assert inspect.getdoc(module)
    assert module.__all__ == sorted(module.__all__, key=str.lower) or module.__all__ == sorted(
        module.__all__
    )
