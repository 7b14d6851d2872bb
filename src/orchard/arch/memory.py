"""Bytes of weights, gradients and optimiser state.

A number format is bits per element plus a scale shared by a block of elements; an optimiser is bytes
per trained parameter. Both are named, with their sources, so that a reader can check each of them.
"""

from __future__ import annotations

from typing import NamedTuple

BITS_PER_BYTE = 8


class NumberFormat(NamedTuple):
    """How a weight is stored: `bits` per element, and `scale_bits` per `block` of elements."""

    bits: int
    block: int = 1
    scale_bits: int = 0
    source: str = "IEEE 754 and bfloat16"

    @property
    def bytes_per_element(self) -> float:
        """Bytes of one element with its share of the scale."""
        return (self.bits + self.scale_bits / self.block) / BITS_PER_BYTE


_MX = "OCP Microscaling Formats (MX) Specification 1.0, table 1"
_DEEPSEEK = "DeepSeek-V3 technical report, arXiv 2412.19437, section 3.3: 128 x 128 blocks, FP32 scale"
_NVFP4 = "NVIDIA, Introducing NVFP4 (2025): 16-element blocks, FP8 E4M3 scale"

FORMATS: dict[str, NumberFormat] = {
    "fp32": NumberFormat(32),
    "bf16": NumberFormat(16),
    "fp16": NumberFormat(16),
    "fp8": NumberFormat(8, source="FP8 Formats for Deep Learning, arXiv 2209.05433; one scale a tensor"),
    "fp8-block": NumberFormat(8, 128 * 128, 32, _DEEPSEEK),
    "mxfp8": NumberFormat(8, 32, 8, _MX),
    "int8": NumberFormat(8, source="one scale a channel, not counted"),
    "mxfp4": NumberFormat(4, 32, 8, _MX),
    "nvfp4": NumberFormat(4, 16, 8, _NVFP4),
    "fp4": NumberFormat(4, 16, 8, _NVFP4),
}


class Optimiser(NamedTuple):
    """Bytes an optimiser keeps per trained parameter, beside the weights in use and the gradient."""

    master: int
    moments: int
    source: str

    @property
    def bytes_per_parameter(self) -> int:
        """Master weight and moments together."""
        return self.master + self.moments


OPTIMISERS: dict[str, Optimiser] = {
    "adam": Optimiser(4, 8, "ZeRO, arXiv 1910.02054, section 3.1: K = 12 (FP32 weight, mean, variance)"),
    "adam-bf16-moments": Optimiser(4, 4, "DeepSeek-V3, arXiv 2412.19437, section 3.3.3: BF16 moments"),
    "muon": Optimiser(4, 4, "Muon is scalable, arXiv 2502.16982: one FP32 momentum"),
    "sgd": Optimiser(4, 0, "FP32 master weight alone"),
}


def number_format(name: str) -> NumberFormat:
    """Look a number format up.

    Raises
    ------
    ValueError
        no such format; the message lists those known

    >>> number_format("mxfp4").bytes_per_element
    0.53125
    """
    if name not in FORMATS:
        raise ValueError(f"no number format {name!r}; known: {', '.join(FORMATS)}")
    return FORMATS[name]


def weight_bytes(
    parameters: float, dtype: str = "bf16", *, kept: float = 0.0, kept_dtype: str = "bf16"
) -> float:
    """Bytes of `parameters` weights stored as `dtype`, scales included.

    `kept` of them stay in `kept_dtype`: quantised checkpoints leave embeddings, norms, routers and
    often attention alone.

    >>> weight_bytes(671e9, "fp8") / 1e9, weight_bytes(8.03e9) / 1e9
    (671.0, 16.06)
    """
    if not 0 <= kept <= parameters:
        raise ValueError(f"kept {kept:g} must lie between 0 and parameters {parameters:g}")
    stored = (parameters - kept) * number_format(dtype).bytes_per_element
    return stored + kept * number_format(kept_dtype).bytes_per_element


def gradient_bytes(trained: float, dtype: str = "fp32") -> float:
    """Bytes of the gradients of `trained` parameters.

    Megatron-LM accumulates in FP32 (4 bytes); ZeRO (arXiv 1910.02054) counts 2 in half precision.

    >>> gradient_bytes(8e9) / 1e9
    32.0
    """
    return trained * number_format(dtype).bytes_per_element


def optimiser_bytes(trained: float, optimiser: str = "adam") -> float:
    """Bytes of master weights and moments of `trained` parameters, before any sharding.

    Raises
    ------
    ValueError
        no such optimiser; the message lists those known

    >>> optimiser_bytes(8e9) / 1e9
    96.0
    """
    if optimiser not in OPTIMISERS:
        raise ValueError(f"no optimiser {optimiser!r}; known: {', '.join(OPTIMISERS)}")
    return trained * OPTIMISERS[optimiser].bytes_per_parameter
