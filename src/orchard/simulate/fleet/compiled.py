"""Functions that Numba compiles for the types that their annotations say, and keeps on disk.

Without annotated types each would be compiled anew for every constant that it is called with. What is kept
holds the code of every function that it calls, so it is kept in a folder that is named by the digest of all
files with such functions: a change to any of them compiles anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
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
    folder = _folder()
    with _kept_in(folder):
        make = numba.njit(signature, cache=folder != "", nogil=True, error_model="numpy", **wrappers)
        made: F = make(function)
    return made


def _type(name: str) -> Any:
    if name.startswith("tuple["):
        tuples: Any = types.Tuple
        return tuples([_TYPES[part.strip()] for part in name[6:-1].split(",")])
    return _TYPES[name]


@cache
def _folder() -> str:
    """Where compiled code is kept: beside the code, or in the user's cache; empty where neither can be."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.glob("*.py")):
        text = path.read_bytes()
        if b"\n@compiled" in text or path.stem in ("compiled", "tables"):
            digest.update(path.name.encode() + b"\0" + text)
    name = f"compiled-{digest.hexdigest()[:16]}"
    given = os.environ.get("NUMBA_CACHE_DIR")
    for base in (Path(given) if given else here / "__pycache__", Path("~/.cache/orchard").expanduser()):
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=base / name):
                return str(base / name)
        except OSError:
            continue
    return ""


@contextmanager
def _kept_in(folder: str) -> Iterator[None]:
    """Numba keeps what is decorated meanwhile in this folder."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = folder or before
    try:
        yield
    finally:
        config.CACHE_DIR = before
