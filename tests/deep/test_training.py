"""What is trained, whatever the length of the sequences."""

from __future__ import annotations

import numpy as np
import pytest

from custbase.deep._losses import mse_loss
from custbase.deep._networks import GATES, Shape, draw_weights
from custbase.deep._training import Rows, _compile

pytestmark = pytest.mark.deep


def count_nodes(tf, network: str, n_steps: int) -> list[int]:
    """Operations of the graphs that learn and measure, those of their loops included."""
    shape = Shape(network, 2, 0, (3,), 1)
    weights = draw_weights(shape, np.zeros(1), 2, np.random.RandomState(0))
    variables = [tf.Variable(w) for w in weights]
    moments = [[tf.Variable(tf.zeros_like(v)) for v in variables] for _ in range(2)]
    sizes = (4, 0), (4, n_steps, 2), (4, n_steps, 1), (4, 1), (4,)
    rows = Rows(*(np.ones(size, dtype=np.float32) for size in sizes))
    graphs = [
        compiled.graph.as_graph_def()
        for compiled in _compile(tf, shape, variables, moments, mse_loss, rows)
    ]
    return [
        len(graph.node) + sum(len(function.node_def) for function in graph.library.function)
        for graph in graphs
    ]


@pytest.mark.parametrize("network", list(GATES))
def test_graphs_do_not_grow_with_the_sequences(network: str) -> None:
    tf = pytest.importorskip("tensorflow")
    assert count_nodes(tf, network, 2) == count_nodes(tf, network, 40)
