"""keras: a recurrent layer and dense layers on padded sequences, compiled with XLA or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def fit_recurrent(
    network: str,
    X: np.ndarray,
    target: np.ndarray,
    loss: Callable[[Any, Any], Any],
    *,
    units: tuple[int, int],
    n_epochs: int,
    batch_size: int,
    learning_rate: float,
    jit_compile: bool,
) -> list[float]:
    """Build, compile and fit a network, and return the validation loss after each epoch.

    Gradients are as long as those of custbase at most, and the last tenth of the rows validates.
    """
    import keras

    layer = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            keras.layers.Masking(),
            layer[network](units[0]),
            keras.layers.Dense(units[1], activation="relu"),
            keras.layers.Dense(3),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate, global_clipnorm=1.0)
    model.compile(optimizer, loss, jit_compile=jit_compile)
    found = model.fit(
        X, target, batch_size=batch_size, epochs=n_epochs, validation_split=0.1, verbose=0
    )
    return [float(value) for value in found.history["val_loss"]]
