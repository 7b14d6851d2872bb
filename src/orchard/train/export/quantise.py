"""Weights of fewer bits, in the blocks that llama.cpp reads.

Types of 32 entries a block are worked out by the `gguf` package. Those of 256 (the K types) are worked out
by llama.cpp's own function, ``ggml_quantize_chunk``, which the xllamacpp package carries; it is given no
importance of entries (imatrix). A matrix whose rows are not whole blocks gets the next larger type of 32,
as llama.cpp's own quantisation does; one that fits neither stays in 16 bits.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.util import find_spec
from typing import Literal, get_args

import gguf
import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, TrainError

Kind = gguf.GGMLQuantizationType
Quantisation = Literal[
    "f32", "f16", "bf16", "q8_0", "q6_k", "q5_k", "q5_1", "q5_0", "q4_k", "q4_1", "q4_0", "q3_k", "q2_k"
]
QUANTISATIONS: tuple[Quantisation, ...] = get_args(Quantisation)

_BLOCK, _SUPERBLOCK = 32, 256
# For rows that are not whole blocks of 256 (llama.cpp, src/llama-quant.cpp, tensor_type_fallback).
_NARROW = {
    Kind.Q2_K: Kind.Q4_0,
    Kind.Q3_K: Kind.Q4_0,
    Kind.Q4_K: Kind.Q5_0,
    Kind.Q5_K: Kind.Q5_1,
    Kind.Q6_K: Kind.Q8_0,
}
# Embedding and head, which every token passes through, keep more bits.
_FEW_BITS = ("q5_k", "q5_1", "q5_0", "q4_k", "q4_1", "q4_0", "q3_k", "q2_k")


def kind_of(quantisation: Quantisation) -> Kind:
    """The type of most matrices.

    >>> kind_of("q8_0").name
    'Q8_0'
    """
    return gguf.GGMLQuantizationType[quantisation.upper()]


def placed(quantisation: Quantisation, name: str, shape: tuple[int, ...]) -> Kind:
    """The type of one weight.

    >>> placed("q4_k", "blk.0.attn_q.weight", (256, 256)).name
    'Q4_K'
    >>> placed("q4_k", "blk.0.ffn_down.weight", (256, 704)).name
    'Q5_0'
    >>> placed("q4_k", "output_norm.weight", (256,)).name
    'F32'
    """
    if len(shape) < 2 or "ffn_gate_inp" in name:
        return Kind.F32
    wanted = kind_of(quantisation)
    if quantisation in _FEW_BITS and name in ("token_embd.weight", "output.weight"):
        wanted = Kind.Q6_K
    if wanted in _NARROW and shape[-1] % _SUPERBLOCK:
        wanted = _NARROW[wanted]
    if wanted not in (Kind.F32, Kind.F16, Kind.BF16) and shape[-1] % _BLOCK:
        return Kind.F16
    return wanted


def quantised(weight: NDArray[np.float32], kind: Kind) -> NDArray[np.generic]:
    """A weight as llama.cpp reads it: numbers for 16 and 32 bits, rows of bytes for all others.

    Parameters
    ----------
    weight
        float32, rows last

    Raises
    ------
    TrainError
        O904: llama.cpp's function cannot be found
    """
    if kind in (Kind.F32, Kind.F16):
        return weight.astype(np.float32 if kind == Kind.F32 else np.float16)
    if kind not in _NARROW:
        made: NDArray[np.generic] = gguf.quants.quantize(weight, kind)
        return made
    return _by_llama(np.ascontiguousarray(weight, np.float32), kind)


def _by_llama(weight: NDArray[np.float32], kind: Kind) -> NDArray[np.uint8]:
    """Quantise by llama.cpp's function: (type, source, target, first row, rows, row length, importance)."""
    entries, size = gguf.GGML_QUANT_SIZES[kind]
    made = np.zeros((*weight.shape[:-1], weight.shape[-1] // entries * size), np.uint8)
    rows = weight.size // weight.shape[-1]
    written = _function()(kind.value, weight.ctypes.data, made.ctypes.data, 0, rows, weight.shape[-1], None)
    if written != made.size:
        raise _missing(f"{written} bytes of {made.size} were written")
    return made


@cache
def _function() -> ctypes._NamedFuncPointer:
    found = find_spec("xllamacpp.xllamacpp") if find_spec("xllamacpp") else None
    if found is None or found.origin is None:
        raise _missing("the package xllamacpp is not installed")
    try:
        function = ctypes.CDLL(found.origin).ggml_quantize_chunk
    except (OSError, AttributeError) as error:
        raise _missing(" ".join(str(error).split())[:200]) from None
    function.restype = ctypes.c_size_t
    function.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
        ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
    ]  # fmt: skip
    return function


def _missing(found: str) -> TrainError:
    wanted = "llama.cpp's ggml_quantize_chunk, which xllamacpp carries"
    hint = "pip install 'orchard[train]', or one of q8_0, q5_1, q5_0, q4_1, q4_0"
    return TrainError(Finding("O904", "", "", found, wanted, hint))
