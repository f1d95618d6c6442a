"""Imports point down, rooms of one layer never meet, and each big dependency has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract._house import imports_of, module_name, source_files

# Lowest first. A room may import from lower layers and, where the layer allows it, from its own.
LAYERS = [
    {
        "exceptions",
        "_base",
        "_params",
        "_column_names",
        "_inputs",
        "_interactions",
        "_id_names",
        "_id_numbers",
        "_joins",
        "_log_or_matrix",
        "_missing_values",
        "_numbers",
        "_summaries",
        "_memory",
        "_compat",
        "_models",
        "_optional",
        "_threads",
        "_tabular",
        "_units",
        "_warn",
        "_wrappers",
    },
    {"kernels"},
    {"metrics", "model_selection", "features", "datasets", "deep"},
    {"btyd"},
    {
        "segmentation",
        "churn",
        "recommendation",
        "value",
        "timing",
        "offers",
        "messages",
        "finance",
    },
    {"plot", "scale", "report"},
]
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
STRANGERS = 4  # layers from here on hold rooms that never import each other
# The front door: may name every room, is imported by none, but for the version stamp.
DOORS = {"custbase", "custbase._call"}

# Third-party package -> rooms that may import it, and those imported inside functions only.
HOMES = {
    "matplotlib": {"plot"},
    "mpl_toolkits": {"plot"},
    "plotly": {"report"},
    "tensorflow": {"deep"},
    "keras": {"deep"},
    "numba": {"kernels"},
}
# Frames are read anywhere, but sentences about columns are written in one room only.
EXPRESSIONS = {"all", "coalesce", "col", "concat", "len", "lit", "when"}
LAZY = {
    "matplotlib",
    "mpl_toolkits",
    "plotly",
    "tensorflow",
    "keras",
    "pyspark",
    "polars",
    "duckdb",
}


def room_of(dotted: str) -> str:
    """The room, or private module, directly under custbase."""
    return dotted.split(".")[1]


def violations(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Yield a sentence for everything a source reaches for that the house forbids."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Attribute) or node.attr not in EXPRESSIONS:
            continue
        if ast.unparse(node.value) == "nw" and room_of(module) != "features":
            yield f"{module} writes narwhals expressions, whose home is features"
    for name, top in imports_of(source, module, is_package=is_package):
        package = name.partition(".")[0]
        if package in LAZY and top:
            yield f"{module} imports {package} at module level"
        if package == "custbase":
            if module in DOORS or name == "custbase.__version__":
                continue
            here, there = room_of(module), room_of(name)
            if there not in RANK:
                yield f"{module} imports {name}, which no layer holds"
            elif here != there and (
                RANK[there] > RANK[here] or (RANK[there] == RANK[here] >= STRANGERS)
            ):
                yield f"{module} imports {name}: {there} is not below {here}"
            continue
        if package in HOMES and room_of(module) not in HOMES[package]:
            yield f"{module} imports {package}, whose home is {sorted(HOMES[package])}"
        if package == "sklearn":
            private = any(part.startswith("_") for part in name.split("."))
            if private and module != "custbase._compat":
                yield f"{module} imports the private {name}"
            if name.endswith(".validate_data") and module != "custbase._inputs":
                yield f"{module} calls validate_data; use custbase._inputs"


@pytest.mark.parametrize("path", source_files(), ids=module_name)
def test_imports_point_down(path: Path) -> None:
    module = module_name(path)
    found = list(violations(path.read_text(), module, is_package=path.name == "__init__.py"))
    assert found == []


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("custbase.finance._campaign", "from ..segmentation import SegmentClusterer", "not below"),
        ("custbase.features._rfm", "from ..finance import total_cost", "not below"),
        ("custbase.kernels._kmeans", "from ..features import rfm_summary", "not below"),
        ("custbase._params", "from .kernels import _kmeans", "not below"),
        ("custbase.plot._elbow", "import matplotlib.pyplot as plt", "at module level"),
        ("custbase.finance._plot", "def f():\n    import matplotlib", "whose home is"),
        ("custbase.segmentation._x", "from numba import njit", "whose home is"),
        ("custbase.finance._x", "frame.select(nw.col('a'))", "writes narwhals expressions"),
        ("custbase.segmentation._x", "from sklearn.cluster._kmeans import x", "private"),
        ("custbase.segmentation._x", "from sklearn.utils.validation import validate_data", "use"),
    ],
)
def test_the_layer_check_can_fail(module: str, source: str, complaint: str) -> None:
    found = list(violations(source, module))
    assert len(found) == 1
    assert complaint in found[0]


def test_every_room_has_a_layer() -> None:
    modules = {module_name(path) for path in source_files()} - DOORS
    assert {room_of(module) for module in modules} <= RANK.keys()
