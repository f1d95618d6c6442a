"""How long recurrent networks of sequences take to learn, in time of the processor and on the wall.

The graph of before, with operations of its own for every step, is "unrolled": the same formulas,
carried through the steps by a loop of Python while the graph is made.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import numpy as np

from benchmarks import _machine
from benchmarks._case import Contenders, Rows, Study, Verdict
from benchmarks.peers import keras
from custbase import CLVRegressor
from custbase.deep import _training
from custbase.deep._losses import ziln_loss
from custbase.deep._networks import NUMPY

TITLE = "Recurrent networks, trained"
CLAIM = (
    "CLVRegressor of sequences of 5 channels, padded on the left, 64 recurrent units and 32 dense "
    "ones, ziln: a fit of one network takes at most twice the processor time of keras' layers "
    "with the same loss, optimiser, batches and epochs, the quicker of with and without XLA, for "
    "200 customers and 1 epoch and 2,000 customers and 10 epochs, of 32 and 128 steps (--full; "
    "200 customers and 8 steps otherwise). custbase's time holds the scaling of the channels and "
    "a prediction of all customers, and keras' does not. Five networks are its default. "
    "Medians of three fits of 200 customers, one fit unrolled and of 2,000; each makes its graph."
)
OURS, FIVE, UNROLLED = "custbase", "custbase, 5 networks", "custbase, unrolled"
PEERS = {"keras": False, "keras, XLA": True}
PROCESSOR, LOSS = "processor s", "validation loss"
DRAWN = {"figure": PROCESSOR, "meaning": "processor seconds of a fit"}
NETWORKS, N_CHANNELS = ("rnn", "gru", "lstm"), 5
UNITS, LEARNING_RATE, LIMIT = (64, 32), 0.002, 2.0


def draw(n_customers: int, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of 1 to `n_steps` real steps, the mask first, and spend that hangs on them."""
    rng = np.random.default_rng(0)
    n_real = rng.integers(1, n_steps + 1, n_customers)
    mask = (np.arange(n_steps) >= n_steps - n_real[:, None])[:, :, None]
    steps = mask * rng.gamma(2.0, 1.0, (n_customers, n_steps, N_CHANNELS))
    spends = rng.random(n_customers) < 0.3 + 0.4 * n_real / n_steps
    y = spends * steps[:, -1, 0] * rng.lognormal(3.0, 0.5, n_customers)
    return np.concatenate([mask, steps], axis=2), y


def setup(network: str, n_steps: int, n_customers: int, n_epochs: int) -> Contenders:
    """Fits that return the validation loss after the last epoch."""
    X, y = draw(n_customers, n_steps)
    positive = y > 0
    log_y = np.log(np.where(positive, y, 1.0)) - positive * np.log(np.median(y[positive]))
    target = np.column_stack([positive, log_y]).astype(np.float32)
    scaled = np.concatenate([X[:, :, :1], np.log1p(X[:, :, 1:])], axis=2).astype(np.float32)
    n_learnt = n_customers - n_customers // 10
    batch_size = -(-n_learnt // _training.count_batches(n_learnt, 512))

    def fit(n_networks: int) -> float:
        model = CLVRegressor(
            network,
            hidden_units=UNITS,
            n_networks=n_networks,
            max_epochs=n_epochs,
            learning_rate=LEARNING_RATE,
            random_state=0,
        )
        return float(model.fit(X, y).validation_loss_[-1].mean())

    def fit_unrolled() -> float:
        make = _training.make_ops
        with mock.patch.object(
            _training, "make_ops", lambda tf: make(tf)._replace(carry=NUMPY.carry)
        ):
            return fit(1)

    def fit_keras(*, jit_compile: bool) -> float:
        import tensorflow as tf

        return keras.fit_recurrent(
            network,
            scaled,
            target,
            lambda true, outputs: ziln_loss(tf, outputs, true),
            units=UNITS,
            n_epochs=n_epochs,
            batch_size=batch_size,
            learning_rate=LEARNING_RATE,
            jit_compile=jit_compile,
        )[-1]

    calls: dict[str, Callable[[], float]] = {OURS: partial(fit, 1), FIVE: partial(fit, 5)}
    calls |= {name: partial(fit_keras, jit_compile=jit) for name, jit in PEERS.items()}
    return calls | ({UNROLLED: fit_unrolled} if n_epochs == 1 else {})


def run(network: str, n_steps: int, n_customers: int, n_epochs: int) -> Rows:
    """Fit in turns, after a fit of each kind that only loads what it needs."""
    for name, call in setup("rnn", 2, 40, 1).items():
        if name != UNROLLED:
            call()
    found: dict[str, list[tuple[float, float, float]]] = {}
    start = _machine.read_clock()
    for turn in range(3 if n_epochs == 1 else 1):
        for name, call in setup(network, n_steps, n_customers, n_epochs).items():
            if name != UNROLLED or turn == 0:
                wall, processor = time.perf_counter(), time.process_time()
                loss = call()
                wall, processor = time.perf_counter() - wall, time.process_time() - processor
                found.setdefault(name, []).append((processor, wall, loss))
    load = _machine.load_since(start)
    return [describe(name, fits, found[OURS], load) for name, fits in found.items()]


def describe(
    name: str,
    fits: list[tuple[float, float, float]],
    ours: list[tuple[float, float, float]],
    load: float,
) -> dict[str, Any]:
    """Medians of the fits of a contender, and the ratio of its time on the wall to ours."""
    processor, wall, loss = (statistics.median(column) for column in zip(*fits, strict=True))
    walls = [fit[1] for fit in fits]
    return {
        "contender": name,
        "median_s": wall,
        "min_s": min(walls),
        "max_s": max(walls),
        "ratio": wall / statistics.median(fit[1] for fit in ours),
        "runs": len(fits),
        PROCESSOR: round(processor, 2),
        LOSS: round(loss, 3),
        "load_by_others": load,
    }


def cases(full: bool) -> dict[str, Study]:
    """Each network, of short and long sequences, of few customers and of many."""
    sizes = ((200, 1), (2_000, 10)) if full else ((200, 1),)
    return {
        f"{network}, {n_steps} steps, {n_customers:,} customers": Study(
            partial(run, network, n_steps, n_customers, n_epochs)
        )
        for n_customers, n_epochs in sizes
        for n_steps in ((32, 128) if full else (8,))
        for network in NETWORKS
    }


def conclude(rows: dict[str, Rows]) -> list[Verdict]:
    """Hold the processor time against that of the quicker keras."""
    ratios = []
    for case, found in rows.items():
        seconds = {row["contender"]: row[PROCESSOR] for row in found}
        ratios.append((seconds[OURS] / min(seconds[peer] for peer in PEERS), case))
    ratio, case = max(ratios)
    return [
        Verdict(
            f"no more than {LIMIT:g} times the processor time of keras",
            f"at most {ratio:.2f} times, at {case}",
            ratio <= LIMIT,
        )
    ]
