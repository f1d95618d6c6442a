"""How kernels are compiled."""

from __future__ import annotations

import gc

import numba
import pytest
from numba.core import event

import custbase.kernels._compile  # noqa: F401  (pauses the collection)


class Watch(event.Listener):
    """Notes whether garbage is collected while something is compiled."""

    def __init__(self) -> None:
        self.seen: set[bool] = set()

    def on_start(self, event: event.Event) -> None:
        self.seen.add(gc.isenabled())

    def on_end(self, event: event.Event) -> None:
        pass


@pytest.fixture
def watch():
    watch = Watch()
    event.register("numba:compile", watch)
    yield watch
    event.unregister("numba:compile", watch)
    gc.enable()


@pytest.mark.parametrize("was_enabled", [True, False])
def test_no_garbage_is_collected_while_a_kernel_is_compiled(watch, was_enabled):
    if not was_enabled:
        gc.disable()

    assert numba.njit(lambda number: number + 1)(1) == 2
    assert watch.seen == {False}
    assert gc.isenabled() == was_enabled


def test_garbage_is_collected_again_after_a_kernel_that_does_not_compile(watch):
    with pytest.raises(numba.TypingError):
        numba.njit(lambda number: number + "1")(1)
    assert gc.isenabled()
