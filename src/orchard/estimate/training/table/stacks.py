"""What is known of software stacks, and the words that say otherwise.

A stack is named as ``family version`` ("megatron-bridge 26.04"). STACKS holds what each family does
unless told otherwise, and why; what tells otherwise are :mod:`keywords
<orchard.estimate.training.table.keywords>` of the options cell. How much slower than the model a family is,
is fitted (`stack.<family>` of the calibration), not known here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from orchard.arch.memory import OPTIMISERS
from orchard.estimate.training.formulas.configuration import (
    BF16_BYTES,
    FLASH,
    FP32_BYTES,
    FSDP,
    FUSED,
    TRITON,
    UNFUSED,
    ZERO_1,
)
from orchard.estimate.training.table.keywords import stated

GENERIC = "generic"
# First release of Megatron-Bridge whose experts quantise and activate inside their matmuls.
FUSED_EXPERTS_SINCE = (26, 6)


class Stack(NamedTuple):
    """What a family of stacks does unless told otherwise."""

    attention: int = FUSED  # index into ATTENTION
    eager: bool = False  # elementwise operations are launched one by one
    shard: int = ZERO_1  # what data parallelism shards, as in Layout
    gradient_bytes: float = FP32_BYTES
    reason: str = ""


class Traits(NamedTuple):
    """What a run's stack does. `recompute` is -1 and `shard` None where nothing says."""

    family: str
    version: tuple[int, ...]
    years: float  # from 2026 on, of its release
    attention: int
    eager: bool
    sequence_parallel: bool
    multi_token: bool
    gradient_bytes: float
    optimiser_bytes: float
    kept_gathered: float  # -1 where nothing says
    offloads: bool
    overlap: bool
    host_sync: bool  # a dropless dispatcher; waits only where the scale-up domain is a node
    fused_experts: bool  # with MXFP8, gated experts and Blackwell
    default_shard: int
    shard: int | None
    sharded: bool  # "FSDP" in so many words
    hybrid: bool  # weights sharded in a node, copied across nodes
    recompute: int
    expert_tensor: float  # ranks each expert is cut over
    slices: float  # pods joined by the network
    across: bool  # weights sharded across them


_MEGATRON = "Megatron-Core: attention of Transformer Engine (cuDNN), fused kernels, distributed optimiser"
_TORCH = "PyTorch: scaled-dot-product attention is FlashAttention-2; eager unless torch.compile is asked for"
STACKS: dict[str, Stack] = {
    "megatron-bridge": Stack(
        gradient_bytes=BF16_BYTES, reason=f"{_MEGATRON}; its performance recipes reduce gradients in BF16"
    ),
    "nemo": Stack(reason=_MEGATRON),
    "megatron-lm": Stack(reason=f"{_MEGATRON}; gradients are summed in FP32 by default"),
    "megatron-2022": Stack(
        UNFUSED, shard=0, reason="Megatron-LM of 2021 and 2022 kept attention scores (arXiv 2205.05198)"
    ),
    "mlperf": Stack(reason=f"{_MEGATRON}; submissions of NVIDIA and partners run NeMo"),
    "maxtext": Stack(shard=FSDP, reason="XLA: fused kernels and splash attention; weights sharded"),
    "primus": Stack(reason="AMD's Megatron: attention of Transformer Engine for ROCm"),
    "llm-foundry": Stack(
        TRITON, True, FSDP, reason="PyTorch FSDP, attention in Triton with ALiBi biases, no compilation"
    ),
    "torchtitan": Stack(FLASH, True, FSDP, reason=f"FSDP2 of {_TORCH}"),
    "fsdp": Stack(FLASH, True, FSDP, reason=_TORCH),
    "axolotl": Stack(FLASH, True, FSDP, reason=f"Hugging Face Trainer, FSDP or ZeRO-3; {_TORCH}"),
    "deepspeed": Stack(FLASH, True, ZERO_1, reason=f"ZeRO of the stage that options state; {_TORCH}"),
    GENERIC: Stack(reason="nothing known: taken as Megatron-Core, what most published runs use"),
}

# what a stack cell may start with -> family; the longest that fits counts
NAMES: dict[str, str] = {
    "megatron-bridge": "megatron-bridge",
    "mbridge": "megatron-bridge",
    "nemo": "nemo",
    "megatron": "megatron-lm",
    "mcore": "megatron-lm",
    "megatron-deepspeed": "deepspeed",
    "simumax": "megatron-lm",
    "seqsel": "megatron-2022",
    "calculon": "megatron-2022",
    "mlperf": "mlperf",
    "maxtext": "maxtext",
    "tpu": "maxtext",
    "jax": "maxtext",
    "primus": "primus",
    "llm-foundry": "llm-foundry",
    "composer": "llm-foundry",
    "torchtitan": "torchtitan",
    "fsdp": "fsdp",
    "pytorch": "fsdp",
    "torch": "fsdp",
    "nanochat": "fsdp",
    "litgpt": "fsdp",
    "axolotl": "axolotl",
    "huggingface": "axolotl",
    "transformers": "axolotl",
    "deepspeed": "deepspeed",
}


# Families whose versions are year and month: the first and the last release measured. Releases gain
# speed over the years between (`yearly_gain`); what they gained before and since is not known.
RELEASES: dict[str, tuple[float, float]] = {"megatron-bridge": (25 + 9 / 12, 26 + 8 / 12)}
START_OF_YEARS = 26.0

# Families whose recipes offload activations or recompute parts of layers that no cell states: MaxText, and
# Megatron-Core with its kin. PyTorch's FSDP and DeepSpeed compute whole layers again.
OFFLOADING = ("megatron-bridge", "nemo", "megatron-lm", "mlperf", "maxtext", "primus", GENERIC)

_VERSION = re.compile(r"\d+(?:\.\d+)*")
# Years of Megatron-LM, as text: the last that split no norms, the last that kept scores, the last
# before cuDNN attention.
_WHOLE_NORMS, _KEPT_SCORES, _BEFORE_CUDNN = "2021", "2022", "2023"


def family(stack: str, vendor: str = "NVIDIA") -> tuple[str, tuple[int, ...]]:
    """Family and version of a stack cell; `vendor` of the chip tells MLPerf submissions apart.

    >>> family("megatron-bridge 26.04.01")
    ('megatron-bridge', (26, 4, 1))
    >>> family("mlperf v4.1", "Google"), family("megatron-lm 2021"), family("home-grown")
    (('maxtext', (4, 1)), ('megatron-2022', (2021,)), ('generic', ()))
    """
    text = re.sub(r"[ _]+", "-", stack.strip().casefold())
    known = max((name for name in NAMES if text.startswith(name)), key=len, default="")
    name = NAMES.get(known, GENERIC)
    found = _VERSION.search(text)
    version = tuple(int(part) for part in found.group().split(".")) if found else ()
    if name == "megatron-lm" and "" < _year(version) <= _KEPT_SCORES:
        name = "megatron-2022"
    if vendor == "Google" and name in ("mlperf", GENERIC):
        name = "maxtext"
    return name, version


def traits(stack: str, options: str = "", vendor: str = "NVIDIA") -> Traits:
    """What a run's stack does, by its family and version unless options say otherwise."""
    name, version = family(stack, vendor)
    known = STACKS[name]
    said = stated(options)
    attention = known.attention
    if name == "megatron-lm" and "" < _year(version) <= _BEFORE_CUDNN:
        attention = FLASH
    attention = int(max(said.get("attention", attention), said.get("at least", UNFUSED)))
    before_parallel_norms = name == "megatron-2022" and "" < _year(version) <= _WHOLE_NORMS
    shard = said.get("shard")
    return Traits(
        family=name,
        version=version,
        years=_years(name, version),
        attention=attention,
        eager=bool(said.get("eager", known.eager)),
        sequence_parallel=bool(said.get("sequence_parallel", not before_parallel_norms)),
        multi_token=bool(said.get("multi_token", False)),
        gradient_bytes=said.get("gradient_bytes", known.gradient_bytes),
        optimiser_bytes=said.get("optimiser_bytes", float(OPTIMISERS["adam"].bytes_per_parameter)),
        kept_gathered=said.get("kept_gathered", -1.0),
        offloads=name in OFFLOADING,
        overlap=bool(said.get("overlap", True)),
        host_sync=bool(said.get("host_sync", True)),
        fused_experts=bool(
            said.get("fused_experts", name == "megatron-bridge" and version >= FUSED_EXPERTS_SINCE)
        ),
        default_shard=known.shard,
        shard=None if shard is None else int(shard),
        sharded=bool(said.get("fsdp", False)),
        hybrid=bool(said.get("hybrid", False)),
        recompute=int(said.get("recompute", -1)),
        expert_tensor=max(said.get("expert_tensor", 1.0), 1.0),
        slices=max(said.get("slices", 1.0), 1.0),
        across=bool(said.get("across", False)),
    )


def _year(version: tuple[int, ...]) -> str:
    """Year of a version such as 2025; versions of other kinds have none."""
    first = str(version[0]) if version else ""
    return first if len(first) == 4 else ""


def _years(name: str, version: tuple[int, ...]) -> float:
    """Years from the start of 2026 to a release named by year and month, within those measured.

    >>> _years("megatron-bridge", (26, 6)), _years("nemo", (24, 7))
    (0.5, 0.0)
    """
    if name not in RELEASES or len(version) == 1:
        return 0.0
    first, last = RELEASES[name]
    released = version[0] + version[1] / 12 if version else START_OF_YEARS
    return float(np.clip(released, first, last)) - START_OF_YEARS
