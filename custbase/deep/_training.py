"""Training of networks by Adam, with early stopping, without global seeds or settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np

from ._networks import Ops, Shape, State, run_network
from ._tensorflow import import_tensorflow, iterate_apart

# Epochs without a better validation loss, after which a network stops.
PATIENCE = 10
# Gradients of a network are shortened to this length: one customer of a fortune moves it no more.
LONGEST_GRADIENT = 1.0
FIRST_MOMENT, SECOND_MOMENT, SMALL = 0.9, 0.999, 1e-7
# Few customers learn in smaller batches, or epochs would be over before anything is learnt.
FEWEST_BATCHES, SMALLEST_BATCH = 10, 32
ROWS_AT_ONCE = 16384  # when losses are measured: bounds the memory


class Rows(NamedTuple):
    """What is learnt from; float32 arrays of as many rows.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
        What is no sequence.
    steps : ndarray of shape (n_rows, n_times, n_channels)
        Sequences; (n_rows, 0, 0) without.
    mask : ndarray of shape (n_rows, n_times, 1)
        1 where a step is real.
    target : ndarray of shape (n_rows, n_targets)
        What the loss compares with.
    weight : ndarray of shape (n_rows,)
        Weights, about 1 on average.
    """

    columns: np.ndarray
    steps: np.ndarray
    mask: np.ndarray
    target: np.ndarray
    weight: np.ndarray


class Trained(NamedTuple):
    """Networks after training.

    Parameters
    ----------
    weights : list of ndarray
        Those of the best epoch of each network.
    n_epochs : int
        Epochs that were run.
    losses : ndarray of shape (n_epochs, n_networks)
        Validation loss after each epoch.
    """

    weights: list[np.ndarray]
    n_epochs: int
    losses: np.ndarray


class Schedule(NamedTuple):
    """How long and how fast networks learn."""

    max_epochs: int
    batch_size: int
    learning_rate: float


def train_networks(
    shape: Shape,
    weights: Sequence[np.ndarray],
    loss: Callable[[Any, Any, Any], Any],
    rows: Rows,
    held_out: np.ndarray,
    schedule: Schedule,
    rng: np.random.RandomState,
    *,
    needed_by: str,
    report: Callable[[int, np.ndarray], None] | None = None,
) -> Trained:
    """Train networks of one shape side by side.

    Parameters
    ----------
    shape : Shape
        The networks.
    weights : sequence of ndarray
        Where they start.
    loss : callable of (tensorflow, outputs, target)
        Gives the loss of each network and row.
    rows : Rows
        What they learn from.
    held_out : ndarray of bool of shape (n_rows,)
        Rows that decide when to stop, and are not learnt from; if there are none, all rows
        do both.
    schedule : Schedule
        How long and how fast.
    rng : RandomState
        Source of the order of the rows.
    needed_by : str
        The public name the user called.
    report : callable of (epoch, losses) or None, default=None
        Told the validation losses after each epoch.

    Returns
    -------
    Trained
        The networks.

    Raises
    ------
    ImportError
        If tensorflow is not installed.
    RuntimeError
        If it cannot compute in this process: one that was forked from one that had used it,
        or whose eager execution is disabled.
    """
    tf = import_tensorflow(needed_by)
    best = [array.copy() for array in weights]
    lowest = np.full(len(best[0]), np.inf)
    since = np.zeros(len(lowest), dtype=int)
    history: list[np.ndarray] = []

    def begin() -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
        return _run_epochs(tf, shape, weights, loss, rows, held_out, schedule, rng)

    with closing(iterate_apart(tf, begin, needed_by)) as epochs:
        for losses, learnt in epochs:
            history.append(losses)
            if report is not None:
                report(len(history), losses)
            better = losses < lowest  # False for NaN
            since = np.where(better, 0, since + 1)
            lowest = np.where(better, losses, lowest)
            for kept, array in zip(best, learnt, strict=True):
                kept[better] = array[better]
            if since.min() >= PATIENCE:
                break
    return Trained(best, len(history), np.array(history))


def _run_epochs(
    tf: Any,
    shape: Shape,
    weights: Sequence[np.ndarray],
    loss: Callable[[Any, Any, Any], Any],
    rows: Rows,
    held_out: np.ndarray,
    schedule: Schedule,
    rng: np.random.RandomState,
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Yield the validation losses and the weights after each epoch."""
    variables = [tf.Variable(array) for array in weights]
    moments = [[tf.Variable(tf.zeros_like(v)) for v in variables] for _ in range(2)]
    step, measure = _compile(tf, shape, variables, moments, loss, rows)
    learnt = np.flatnonzero(~held_out)
    judged = np.flatnonzero(held_out) if held_out.any() else learnt
    n_batches = count_batches(len(learnt), schedule.batch_size)
    done = 0
    for _ in range(schedule.max_epochs):
        for batch in np.array_split(rng.permutation(learnt), n_batches):
            done += 1
            step(
                tf.constant(batch.astype(np.int32)),
                tf.constant(_step_size(schedule.learning_rate, done), tf.float32),
            )
        losses = _measure_rows(tf, measure, judged, rows.weight)
        yield losses, [variable.numpy() for variable in variables]


def make_ops(tf: Any) -> Ops:
    """Functions of tensorflow that networks need."""

    def carry(advance: Callable[[Any, State], State], state: State, n_times: int) -> State:
        return tf.while_loop(
            lambda time, _: time < n_times,
            lambda time, carried: (time + 1, advance(time, carried)),
            (tf.constant(0), state),
            maximum_iterations=n_times,
        )[1]

    return Ops(
        relu=tf.nn.relu,
        tanh=tf.tanh,
        sigmoid=tf.sigmoid,
        join=lambda parts: tf.concat(parts, axis=-1),
        split=lambda values, sizes: tf.split(values, sizes, axis=-1),
        where=tf.where,
        carry=carry,
    )


def count_batches(n_rows: int, batch_size: int) -> int:
    """Number of batches of an epoch: ten at least, unless they would be very small."""
    return max(-(-n_rows // batch_size), min(FEWEST_BATCHES, n_rows // SMALLEST_BATCH), 1)


def _step_size(learning_rate: float, done: int) -> float:
    """Correct the moments of Adam for their start at 0."""
    correction = np.sqrt(1.0 - SECOND_MOMENT**done) / (1.0 - FIRST_MOMENT**done)
    return float(learning_rate * correction)


def _measure_rows(tf: Any, measure: Any, chosen: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean loss of each network."""
    parts = [
        measure(tf.constant(chosen[start : start + ROWS_AT_ONCE].astype(np.int32))).numpy()
        for start in range(0, len(chosen), ROWS_AT_ONCE)
    ]
    total = max(float(weight[chosen].sum()), float(np.finfo(np.float32).tiny))
    return np.asarray(np.sum(parts, axis=0, dtype=np.float64) / total)


def _compile(
    tf: Any,
    shape: Shape,
    variables: list[Any],
    moments: list[list[Any]],
    loss: Callable[[Any, Any, Any], Any],
    rows: Rows,
) -> tuple[Any, Any]:
    """Make the function that learns from a batch, and the one that adds up losses.

    They do not keep variables and moments alive: the caller does.
    """
    ops = make_ops(tf)
    tensors = [tf.constant(array) for array in rows]

    def add_up(chosen: Any) -> Any:
        columns, steps, mask, target, weight = (tf.gather(t, chosen) for t in tensors)
        outputs = run_network(ops, shape, variables, columns, steps, mask)
        return tf.reduce_sum(loss(tf, outputs, target) * weight, axis=-1)

    def learn(chosen: Any, step_size: Any) -> None:
        with tf.GradientTape() as tape:
            mean = add_up(chosen) / tf.cast(tf.size(chosen), tf.float32)
        gradients = _shorten(tf, tape.gradient(mean, variables))
        for variable, gradient, first, second in zip(variables, gradients, *moments, strict=True):
            first.assign_add((1.0 - FIRST_MOMENT) * (gradient - first))
            second.assign_add((1.0 - SECOND_MOMENT) * (tf.square(gradient) - second))
            variable.assign_sub(step_size * first / (tf.sqrt(second) + SMALL))

    # Batches of any length share one graph. It is asked for here: tensorflow takes functions of
    # many short fits for one that is compiled again and again, and logs a warning.
    indices, number = tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.float32)
    return (
        tf.function(learn, autograph=False).get_concrete_function(indices, number),
        tf.function(add_up, autograph=False).get_concrete_function(indices),
    )


def _shorten(tf: Any, gradients: list[Any]) -> list[Any]:
    """Bound the length of each network's gradient, and drop what is no number."""
    gradients = [tf.where(tf.math.is_finite(g), g, tf.zeros_like(g)) for g in gradients]
    squares = tf.add_n([tf.reduce_sum(tf.square(g), axis=[1, 2]) for g in gradients])
    factor = LONGEST_GRADIENT / tf.maximum(tf.sqrt(squares), LONGEST_GRADIENT)
    return [g * factor[:, None, None] for g in gradients]
