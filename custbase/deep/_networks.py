"""Networks as formulas on arrays: of numpy to predict, of tensorflow to learn.

A formula is written once, with the functions of `Ops`, so a trained network needs no
tensorflow any more. Weights have a leading axis of networks that are trained together:
a matrix of (n_networks, n_in, n_out) maps rows of (n_rows, n_in) to (n_networks, n_rows,
n_out).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

State = tuple[Any, ...]


class Ops(NamedTuple):
    """What a formula needs beyond + - * @ and slices.

    Parameters
    ----------
    relu, tanh, sigmoid : callable
        Of each number.
    join : callable
        Sequence of arrays -> one, side by side along the last axis.
    split : callable
        Array, sizes -> parts of these sizes along the last axis.
    where : callable
        Condition, arrays where it holds and where not -> array.
    carry : callable
        (time, state) -> state, a first state, a number of times -> the last state. Its cost
        to set up does not grow with the number of times.
    """

    relu: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]
    join: Callable[[Sequence[Any]], Any]
    split: Callable[[Any, Sequence[int]], Sequence[Any]]
    where: Callable[[Any, Any, Any], Any]
    carry: Callable[[Callable[[Any, State], State], State, int], State]


def _carry(advance: Callable[[Any, State], State], state: State, n_times: int) -> State:
    for time in range(n_times):
        state = advance(time, state)
    return state


NUMPY = Ops(
    relu=lambda values: np.maximum(values, 0.0),
    tanh=np.tanh,
    sigmoid=expit,
    join=lambda parts: np.concatenate(parts, axis=-1),
    split=lambda values, sizes: np.split(values, np.cumsum(sizes[:-1]), axis=-1),
    where=np.where,
    carry=_carry,
)

# Network -> number of gates, each with weights of its own.
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
NETWORKS = ("feedforward", *GATES)
N_RECURRENT = 3  # arrays of a recurrent layer: of the input, of the state, and biases


class Shape(NamedTuple):
    """What a network looks like.

    Parameters
    ----------
    network : {"feedforward", "rnn", "gru", "lstm"}
        Its kind.
    n_channels : int
        Columns of each step of a sequence; unused by "feedforward".
    n_columns : int
        Columns that are no sequence.
    hidden_units : tuple of int
        Units of the hidden layers; the first one is the recurrent one, if any.
    n_outputs : int
        Numbers that come out for a row.
    """

    network: str
    n_channels: int
    n_columns: int
    hidden_units: tuple[int, ...]
    n_outputs: int


def draw_weights(
    shape: Shape, bias: np.ndarray, n_networks: int, rng: np.random.RandomState
) -> list[np.ndarray]:
    """Draw the weights that training starts from.

    Parameters
    ----------
    shape : Shape
        The network.
    bias : ndarray of shape (n_outputs,)
        What comes out of the network at first, before it has seen differences of rows.
    n_networks : int
        How many of them.
    rng : RandomState
        Source of the draws.

    Returns
    -------
    list of ndarray
        Float32 arrays, each of a leading axis of `n_networks`.
    """
    weights = []
    n_in, hidden = shape.n_columns, shape.hidden_units
    if shape.network in GATES:
        n_gates, units = GATES[shape.network], hidden[0]
        weights += [
            _glorot(rng, (n_networks, shape.n_channels, units), n_gates),
            _orthogonal(rng, (n_networks, units, units), n_gates),
            np.zeros((n_networks, 1, n_gates * units), dtype=np.float32),
        ]
        if shape.network == "lstm":
            weights[-1][..., units : 2 * units] = 1.0  # keep what is known, at first
        n_in, hidden = n_in + units, hidden[1:]
    for n_out in hidden:
        weights.append(_glorot(rng, (n_networks, n_in, n_out), 1) * np.float32(np.sqrt(2)))
        weights.append(np.zeros((n_networks, 1, n_out), dtype=np.float32))
        n_in = n_out
    # Small last weights: what is known before any row counts most at the start.
    last = 0.1 * _glorot(rng, (n_networks, n_in, shape.n_outputs), 1)
    start = np.tile(np.asarray(bias, dtype=np.float32), (n_networks, 1, 1))
    return [*weights, last.astype(np.float32), start]


def run_network(
    ops: Ops, shape: Shape, weights: Sequence[Any], columns: Any, steps: Any, mask: Any
) -> Any:
    """Compute what comes out of networks.

    Parameters
    ----------
    ops : Ops
        Functions on the arrays given.
    shape : Shape
        The network.
    weights : sequence of arrays
        As `draw_weights` makes them.
    columns : array of shape (n_rows, n_columns)
        What is no sequence.
    steps : array of shape (n_rows, n_times, n_channels)
        The sequences; unused by "feedforward".
    mask : array of shape (n_rows, n_times, 1)
        1 where a step is real, 0 where the state passes it unchanged.

    Returns
    -------
    array of shape (n_networks, n_rows, n_outputs)
        The outputs.
    """
    hidden, layers = columns, weights
    if shape.network in GATES:
        state = _run_recurrent(ops, shape, weights[:N_RECURRENT], steps, mask)
        # The same columns beside the state of every network.
        shared = columns + 0.0 * state[..., :1] if shape.n_columns else None
        hidden = state if shared is None else ops.join([state, shared])
        layers = weights[N_RECURRENT:]
    for kernel, bias in zip(layers[:-2:2], layers[1:-2:2], strict=True):
        hidden = ops.relu(hidden @ kernel + bias)
    return hidden @ layers[-2] + layers[-1]


def _run_recurrent(ops: Ops, shape: Shape, weights: Sequence[Any], steps: Any, mask: Any) -> Any:
    """Carry a state through the steps, and return the last one."""
    units = shape.hidden_units[0]
    of_input, of_state, bias = weights
    make = {"rnn": _make_rnn, "gru": _make_gru, "lstm": _make_lstm}[shape.network]
    step = make(ops, of_state, units)

    def advance(time: Any, state: State) -> State:
        news = step(steps[:, time] @ of_input + bias, *state)
        is_real = mask[:, time] > 0
        return tuple(ops.where(is_real, *pair) for pair in zip(news, state, strict=True))

    start = 0.0 * (steps[:, 0] @ of_input[..., :units])
    n_carried = 2 if shape.network == "lstm" else 1
    return ops.carry(advance, (start,) * n_carried, steps.shape[1])[0]


# Weights are cut apart here, before the loop over the steps: in it, the gradient of a slice is an
# array as large as the whole.
def _make_rnn(ops: Ops, of_state: Any, _units: int) -> Callable[..., State]:
    def step(seen: Any, state: Any) -> State:
        return (ops.tanh(seen + state @ of_state),)

    return step


def _make_gru(ops: Ops, of_state: Any, units: int) -> Callable[..., State]:
    of_gates, of_news = ops.split(of_state, [2 * units, units])

    def step(seen: Any, state: Any) -> State:
        for_gates, for_news = ops.split(seen, [2 * units, units])
        gates = ops.sigmoid(for_gates + state @ of_gates)
        keep, reset = ops.split(gates, [units, units])
        news = ops.tanh(for_news + (reset * state) @ of_news)
        return (keep * state + (1.0 - keep) * news,)

    return step


def _make_lstm(ops: Ops, of_state: Any, units: int) -> Callable[..., State]:
    def step(seen: Any, state: Any, memory: Any) -> State:
        for_gates, for_news = ops.split(seen + state @ of_state, [3 * units, units])
        write, keep, show = ops.split(ops.sigmoid(for_gates), [units, units, units])
        memory = keep * memory + write * ops.tanh(for_news)
        return show * ops.tanh(memory), memory

    return step


def _glorot(rng: np.random.RandomState, shape: tuple[int, int, int], n_gates: int) -> np.ndarray:
    """Uniform weights that keep the variance from layer to layer, of each gate."""
    n_networks, n_in, n_out = shape
    limit = np.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_networks, n_in, n_gates * n_out)).astype(np.float32)


def _orthogonal(
    rng: np.random.RandomState, shape: tuple[int, int, int], n_gates: int
) -> np.ndarray:
    """Rotations of the state, one a gate: what is carried on neither grows nor vanishes."""
    n_networks, n_in, n_out = shape
    drawn = rng.standard_normal((n_gates * n_networks, n_in, n_out))
    rotations = np.linalg.qr(drawn)[0].reshape(n_gates, n_networks, n_in, n_out)
    return np.concatenate(list(rotations), axis=-1).astype(np.float32)
