"""Functions that Numba compiles, kept on disk for the next run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays for others that are compiled; Python cannot call it.

    Without wrappers for Python each takes half as long to compile.
    """
    made: F = numba.njit(cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )
    return made


def callable_and_compiled(function: F) -> F:
    """Compile a function that Python calls; it behaves as written."""
    made: F = numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    return made
