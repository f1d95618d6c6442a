"""What the contract tests know about the house: its rooms, files, imports and public names."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import custbase

PACKAGE = Path(custbase.__file__).parent
REPOSITORY = Path(__file__).parents[2]

# Not part of the public API: compiled loops and (later) networks are reached through estimators.
INTERNAL_ROOMS = {"kernels", "deep"}


def source_files() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    """Dotted name of a file of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_names() -> list[str]:
    """Public rooms: the folders of the package that users import from."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return sorted(name for name in folders - INTERNAL_ROOMS if not name.startswith("_"))


def public_objects() -> dict[str, Any]:
    """Qualified name -> every public class and function."""
    found = {}
    for room in room_names():
        module = importlib.import_module(f"custbase.{room}")
        for name in module.__all__:
            found[f"custbase.{room}.{name}"] = getattr(module, name)
    found["custbase.call"] = custbase.call
    exceptions = importlib.import_module("custbase.exceptions")
    for name in exceptions.__all__:
        found[f"custbase.exceptions.{name}"] = getattr(exceptions, name)
    return found


def public_classes() -> dict[str, type]:
    """Qualified name -> every public class of a room."""
    return {
        name: value
        for name, value in public_objects().items()
        if inspect.isclass(value) and not name.startswith("custbase.exceptions.")
    }


def public_methods() -> dict[str, Any]:
    """Qualified name -> every method that a public class defines in custbase and documents."""
    found = {}
    for qualified, cls in public_classes().items():
        for name, value in inspect.getmembers(cls):
            if name.startswith("_") or not callable(value):
                continue
            home = inspect.getmodule(value)
            if home is not None and home.__name__.startswith("custbase"):
                found[f"{qualified}.{name}"] = value
    return found


def imports_of(source: str, module: str, *, is_package: bool) -> Iterator[tuple[str, bool]]:
    """Yield (absolute dotted name, at module level) of everything a source imports.

    Imports for type checkers only are left out.
    """
    tree = ast.parse(source)
    inside_functions = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside_functions.update(id(child) for child in ast.walk(node))
    typing_only = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            typing_only.update(id(child) for child in ast.walk(node))
    base = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        top = id(node) not in inside_functions
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, top
        elif isinstance(node, ast.ImportFrom):
            start = base[: len(base) - node.level + 1] if node.level else []
            origin = ".".join([*start, *(node.module.split(".") if node.module else [])])
            for alias in node.names:
                yield f"{origin}.{alias.name}", top
