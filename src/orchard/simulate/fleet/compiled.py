"""Functions that Numba compiles for the types that their annotations say, and keeps on disk.

Without annotated types each would be compiled anew for every constant that it is called with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba import types

F = TypeVar("F", bound=Callable[..., object])

_TYPES = {
    "int": types.int64,
    "float": types.float64,
    "bool": types.boolean,
    "None": types.void,
    "Whole": types.int64[:, ::1],
    "Real": types.float64[:, ::1],
}


def compiled(function: F) -> F:
    """Compile a function of numbers and tables for others that are compiled; Python cannot call it."""
    return _compile(function, wrapped=False)


def compiled_for_python(function: F) -> F:
    """Compile a function of numbers and tables that Python calls too; it behaves as written."""
    return _compile(function, wrapped=True)


def _compile(function: F, wrapped: bool) -> F:
    said = dict(function.__annotations__)
    result = _type(said.pop("return"))
    signature = result(*(_type(name) for name in said.values()))
    wrappers: Any = {"no_cpython_wrapper": not wrapped, "no_cfunc_wrapper": True}
    make = numba.njit(signature, cache=True, nogil=True, error_model="numpy", **wrappers)
    made: F = make(function)
    return made


def _type(name: str) -> Any:
    if name.startswith("tuple["):
        tuples: Any = types.Tuple
        return tuples([_TYPES[part.strip()] for part in name[6:-1].split(",")])
    return _TYPES[name]
