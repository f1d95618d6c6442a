"""What importing custbase costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benchmarks._case import Case

TITLE = "Import cost"
CLAIM = (
    "`import custbase` costs at most 0.05 s over `import sklearn`, and `from custbase import "
    "SegmentClusterer` at most 0.5 s over `from sklearn.cluster import KMeans`: differences of the "
    "medians of whole processes, files warm."
)


def _process(statement: str) -> Callable[[], None]:
    def call() -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    return call


def _case(statements: dict[str, str]) -> Case:
    return Case(
        setup=lambda: {name: _process(code) for name, code in statements.items()},
        judge=lambda results: {},
    )


def cases(full: bool) -> dict[str, Case]:
    """Two budgets; the size of nothing is reduced."""
    return {
        "import custbase": _case(
            {
                "sklearn, then custbase": "import sklearn, custbase",
                "custbase alone": "import custbase",
                "sklearn": "import sklearn",
            }
        ),
        "SegmentClusterer": _case(
            {
                "from custbase import SegmentClusterer": "from custbase import SegmentClusterer",
                "from sklearn.cluster import KMeans": "from sklearn.cluster import KMeans",
            }
        ),
        "every public class": _case(
            {
                "from custbase import *": "from custbase import *",
                "from sklearn.cluster import KMeans": "from sklearn.cluster import KMeans",
            }
        ),
    }
