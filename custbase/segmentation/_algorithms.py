"""The algorithms that divide customers, by name, and the segment of other customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.cluster import HDBSCAN

from ._any_clusterer import divide_by_clusterer, find_number_parameter
from ._candidates import Candidate, Task
from ._density import divide_by_density
from ._hierarchical import divide_by_ward
from ._kmeans import sweep_kmeans
from ._lloyd import run_lloyd

Divide = Callable[[Task], list[Candidate]]


def divide_by_kmeans(task: Task) -> list[Candidate]:
    """Run k-means from the given centres, or for every number of segments from its own."""
    assert task.n_clusters is not None
    if task.init is not None:
        solution = run_lloyd(task.rows, task.init, max_iter=task.max_iter, tol=task.tol)
        return [Candidate(solution)]
    solutions = sweep_kmeans(
        task.rows,
        task.n_clusters,
        n_init=task.n_init,
        max_iter=task.max_iter,
        tol=task.tol,
        random_state=task.random_state,
    )
    return [Candidate(solution) for solution in solutions]


ALGORITHMS: dict[str, Divide] = {
    "kmeans": divide_by_kmeans,
    "hierarchical": divide_by_ward,
    "density": divide_by_density,
}


def find_divide(algorithm: Any) -> Divide:
    """Look up how a named algorithm, or a clusterer, divides customers."""
    if isinstance(algorithm, str):
        return ALGORITHMS[algorithm]
    # How far a dense region reaches is known by Euclidean distances alone.
    if isinstance(algorithm, HDBSCAN) and algorithm.metric == "euclidean":
        return divide_by_density
    return divide_by_clusterer


def finds_own_number(algorithm: Any) -> bool:
    """Tell whether an algorithm says itself how many segments there are."""
    if isinstance(algorithm, str):
        return algorithm == "density"
    return find_number_parameter(algorithm) is None
