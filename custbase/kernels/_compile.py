"""How kernels are compiled: the decorators of this room."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import types
from numba.core import event
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import intrinsic

from .._threads import hold_while_forking

Kernel = TypeVar("Kernel", bound=Callable)


def kernel(function: Kernel) -> Kernel:
    """Compile a kernel on first use, without the GIL, cached on disk where possible.

    numba refuses a cached function at import time when neither the package nor
    the user's cache folder can be written (a read-only container without a
    home); such a process compiles in memory instead. NUMBA_CACHE_DIR names a
    folder to cache in.

    Parameters
    ----------
    function : callable
        A function on arrays in numba's nopython subset.

    Returns
    -------
    callable
        Its compiled twin.
    """
    return _compile(function, nogil=True)


def helper_kernel(function: Kernel) -> Kernel:
    """Compile a kernel that only kernels call, without what Python needs to call it.

    Its products and sums may be fused: one rounding instead of two, and two thirds
    of the instructions. Nothing is reordered, and NaN stays NaN.

    Parameters
    ----------
    function : callable
        A function on arrays in numba's nopython subset.

    Returns
    -------
    callable
        Its twin for other kernels; its ``py_func`` is the function.
    """
    return _compile(function, no_cpython_wrapper=True, fastmath={"contract"})


@intrinsic
def prefer_wide_vectors(typing_context: Any) -> tuple[Any, Any]:
    """Let a kernel use the widest vectors that the processor has.

    LLVM shuns those of 512 bits, for they made early processors lower their clock
    for the code around them. Where loops do nothing but multiply and add, as in
    the distances of k-means, they take up to half the time.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        # llvmlite's set of attributes takes in those alone that have no value.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def fetch(typing_context: Any, array: Any, place: Any) -> tuple[Any, Any]:
    """Ask the processor for an element that will soon be read, and do not wait for it.

    It may lie behind the end of the array: what cannot be fetched is not.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        pointer = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        to_read, into_all_caches, data_cache = number(0), number(3), number(1)
        call = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], call)
        builder.call(prefetch, [pointer, to_read, into_all_caches, data_cache])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


class _NoCollection(event.Listener):
    """Pauses garbage collection while a kernel is compiled.

    It would go through all that was ever imported, again and again, for the many
    small objects of the compiler: an eighth of the time.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._was_enabled = False

    def on_start(self, event: event.Event) -> None:
        """Pause; kernels are compiled within kernels."""
        if not self._depth:
            self._was_enabled = gc.isenabled()
            gc.disable()
        self._depth += 1

    def on_end(self, event: event.Event) -> None:
        """Go on after the outermost."""
        self._depth -= 1
        if not self._depth and self._was_enabled:
            gc.enable()


event.register("numba:compile", _NoCollection())
# A process that forked while another thread compiled could never compile a kernel.
hold_while_forking(global_compiler_lock)


# Time and size of every file of this room: kernels hold what they call in other files.
_STAMP = sorted(
    (path.name, path.stat().st_mtime_ns, path.stat().st_size)
    for path in Path(__file__).parent.glob("*.py")
)


def _compile(function: Kernel, **options: bool | str | set[str]) -> Kernel:
    """Compile with a cache, or in memory where nothing can be cached."""
    # Kernels are called, never passed on as C functions: that saves compiling a wrapper.
    options["no_cfunc_wrapper"] = True
    # A division that must not be by zero needs no code for an exception.
    options["error_model"] = "numpy"
    try:
        dispatcher = numba.njit(cache=True, **options)(function)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return numba.njit(**options)(function)
    # numba would ask for the file of the function alone.
    dispatcher._cache._cache_file._source_stamp = _STAMP
    return dispatcher
