"""How kernels are compiled: the decorators of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

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


def fused_kernel(function: Kernel) -> Kernel:
    """Compile a kernel whose products and sums may be fused: one rounding instead of two.

    Nothing is reordered and NaN stays NaN; the loop takes two thirds of the
    instructions.

    Parameters
    ----------
    function : callable
        A function on arrays in numba's nopython subset.

    Returns
    -------
    callable
        Its compiled twin.
    """
    return _compile(function, nogil=True, fastmath={"contract"})


def _compile(function: Kernel, **options: bool | set[str]) -> Kernel:
    """Compile with a cache, or in memory where nothing can be cached."""
    # Kernels are called, never passed on as C functions: that saves compiling a wrapper.
    options["no_cfunc_wrapper"] = True
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return numba.njit(**options)(function)
